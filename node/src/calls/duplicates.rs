//! Records that may describe one thing, and what is said of two of them.

use admin_ui::merging::{self, Choice, Choices, Sides, Split};
use crdt_schema::id::RecordId;
use crdt_schema::likeness::Reason;
use crdt_schema::personal::traces;
use crdt_schema::statement::{Duplicate, Sameness, Statement};
use replica::{Candidate, CandidatePlace, Reader, StateError};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{DuplicatesAsk, Outcome, Refusal, StatementAsk};
use crate::calls::{records, statements};

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

/// Says whether two records are one thing, and merges or splits them accordingly.
pub(super) fn say(app: &App, reader: &Reader, ask: &StatementAsk) -> Outcome {
    let StatementAsk::Duplicate {
        record,
        other,
        verdict,
        why,
        take,
        keep,
    } = ask
    else {
        return Err(Refusal::new(
            "predicate_unknown",
            "this says nothing of two records",
        ));
    };
    let (record, stays) = statements::view(reader, record)?;
    let (other, goes) = statements::view(reader, other)?;
    let verdict = Sameness::parse(verdict).ok_or_else(|| {
        statements::unknown("verdict", verdict, &Sameness::ALL.map(Sameness::code))
    })?;
    let why = why.trim();
    let said = Duplicate::new(verdict, why).map_err(statements::not_stated)?;
    if verdict != Sameness::Same && !(take.is_empty() && keep.is_empty()) {
        let message = "--take and --keep choose what stays of two records that are one thing: leave them out, or say --verdict same";
        return Err(Refusal::new("choice_useless", message));
    }
    // Who agrees names the two as they come: no form has shown which of them stays.
    let is_other_way = stays.replaced_by() == Some(other);
    let sides = Sides {
        stays: &stays,
        other: &goes,
    };
    let (entry, withdrawn, split) = match verdict {
        Sameness::Same if !is_other_way => {
            let choices = choices(app, sides, take, keep)?;
            if record == other || stays.kind() != goes.kind() {
                let message = "two records that are one thing are two records of one kind: see `maillage record show`";
                return Err(Refusal::new("statement_pair", message));
            }
            if !traces(why).is_empty() {
                let message =
                    "all partners read the reason: put no mail address and no phone number there";
                return Err(Refusal::new("why_personal", message));
            }
            let words = app.replica.state().governance().words().clone();
            let taken = sides.draft(&words, &choices);
            let entry = merging::merge(&app.replica, sides, &taken, why)
                .map_err(|error| Refusal::new(error.code(), error.to_string()))?;
            // A partner who agrees merges nothing a second time.
            let withdrawn = (!sides.are_merged()).then(|| other.to_string());
            (entry, withdrawn, Split::default())
        }
        Sameness::Distinct => {
            let split = merging::split(&app.replica, (record, other), why);
            let (entry, split) = split.map_err(|error| not_signed(&error))?;
            (entry, None, split)
        }
        Sameness::Same | Sameness::Unsure => {
            let statement = Statement::Duplicate(said);
            let signed = app.replica.make_statement(record, Some(other), &statement);
            (
                signed.map_err(|error| not_signed(&error))?,
                None,
                Split::default(),
            )
        }
    };
    let kept = split
        .kept
        .iter()
        .map(|(record, fields)| json!({ "record": record.to_string(), "fields": fields }));
    let restored = split.restored.iter().map(ToString::to_string);
    Ok(json!({
        "record": record.to_string(),
        "predicate": "duplicate",
        "entry": entry.to_string(),
        "withdrawn": withdrawn,
        "restored": restored.collect::<Vec<_>>(),
        "kept": kept.collect::<Vec<_>>(),
        "outside": split.outside.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }))
}

/// What loses nothing, but where the person chose otherwise.
fn choices(
    app: &App,
    sides: Sides<'_>,
    take: &[String],
    keep: &[String],
) -> Result<Choices, Refusal> {
    let words = app.replica.state().governance().words().clone();
    let mut choices = sides.first_choices(&words);
    let differing: Vec<String> = choices.keys().cloned().collect();
    for (names, choice) in [(take, Choice::Taken), (keep, Choice::Kept)] {
        for name in names {
            let differing: Vec<&str> = differing.iter().map(String::as_str).collect();
            if !differing.contains(&name.as_str()) {
                let message = format!(
                    "both records say the same of {name}: write one of {}",
                    differing.join(", ")
                );
                return Err(Refusal::new("choice_useless", message));
            }
            choices.insert(name.clone(), choice);
        }
    }
    Ok(choices)
}

fn not_signed(error: &StateError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
