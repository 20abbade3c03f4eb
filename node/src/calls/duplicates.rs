//! Records that may describe one thing.

use crdt_schema::id::RecordId;
use crdt_schema::likeness::Reason;
use replica::{Candidate, CandidatePlace, Reader};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{DuplicatesAsk, Outcome, Refusal};
use crate::calls::records;

/// Lists the pairs of one record, or those that nobody has settled.
pub(crate) fn duplicates(app: &App, ask: &DuplicatesAsk) -> Outcome {
    let is_complete = app.replica.wait_for_views(records::VIEWS_DEADLINE);
    let reader = app.replica.read()?;
    let (candidates, next) = match &ask.record {
        Some(record) => {
            let record = records::find(&reader, record)?;
            let mut candidates = app.replica.duplicates_of(&record)?;
            candidates.truncate(ask.limit);
            (candidates, None)
        }
        None => {
            let from = ask.after.as_deref().map(place).transpose()?;
            let page = app
                .replica
                .duplicates(from.unwrap_or_default(), ask.limit)?;
            (page.candidates, page.next)
        }
    };
    let pairs = candidates.iter().map(|pair| to_json(app, &reader, pair));
    let pairs = pairs.collect::<Result<Vec<Json>, Refusal>>()?;
    let next = next.map(|next| next.to_string());
    Ok(json!({ "pairs": pairs, "next": next, "complete": is_complete }))
}

fn place(text: &str) -> Result<CandidatePlace, Refusal> {
    let wrong = || {
        let message = "--after takes what the page before ended with";
        Refusal::new("place_malformed", message)
    };
    CandidatePlace::parse(text).ok_or_else(wrong)
}

fn to_json(app: &App, reader: &Reader, pair: &Candidate) -> Result<Json, Refusal> {
    let view = reader.record(&pair.record)?;
    let (record, other) = (side(reader, &pair.record)?, side(reader, &pair.other)?);
    let codes = |is_for: bool| {
        let reasons = pair.likeness.reasons.iter().copied();
        let side = reasons.filter(move |reason| reason.speaks_for() == is_for);
        side.map(Reason::code).collect::<Vec<_>>()
    };
    // After everything that was read: a reader looks at the state too.
    let state = app.replica.state();
    let verdicts = pair.verdicts.iter().map(|(partner, verdict)| {
        json!({
            "partner": state.partner_name(partner),
            "partner_id": partner.to_string(),
            "verdict": verdict.code(),
        })
    });
    Ok(json!({
        "kind": view.as_ref().map_or("", |view| view.kind()),
        "record": record,
        "other": other,
        "points": pair.likeness.points,
        "exact": pair.likeness.is_exact(),
        "for": codes(true),
        "against": codes(false),
        "verdicts": verdicts.collect::<Vec<_>>(),
        "settled": pair.is_settled(),
    }))
}

fn side(reader: &Reader, record: &RecordId) -> Result<Json, Refusal> {
    let view = reader.record(record)?;
    let name = view.map(|view| records::name_of(view.fields()));
    Ok(json!({ "record": record.to_string(), "name": name }))
}
