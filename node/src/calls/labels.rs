//! Labels by command: the register, votes, withdrawals, proofs.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use admin_ui::{Language, said};
use crdt_schema::governance::{Act, SchemeId};
use crdt_schema::id::RecordId;
use crdt_schema::label::{Day, Origin, State as LabelState};
use replica::{LabelError, Labelled, Reader, State, first_day};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{LabelAsk, Outcome, Refusal};
use crate::calls::{deciding, erasing, records};
use crate::clock;

/// Every label, or those of one record, as they stand today.
pub(crate) fn labels(app: &App, record: Option<&str>) -> Outcome {
    let reader = app.replica.read()?;
    let today = today()?;
    let labels = match record {
        None => reader.labels(today)?,
        Some(start) => reader.labels_of(&records::find(&reader, start)?, today)?,
    };
    let mut names = Vec::with_capacity(labels.len());
    for each in &labels {
        let view = reader.record(&each.label.record)?;
        names.push(view.map(|view| records::name_of(view.fields())));
    }
    let state = app.replica.state();
    let shown = labels.iter().zip(names);
    let labels: Vec<Json> = shown
        .map(|(each, name)| label_json(&state, each, name.as_deref()))
        .collect();
    Ok(json!({ "today": today.to_string(), "labels": labels }))
}

fn label_json(state: &State, labelled: &Labelled, name: Option<&str>) -> Json {
    let decision = &labelled.decision;
    let partners = decision.votes.keys();
    let withdrawals = decision
        .withdrawals
        .iter()
        .map(|each| json!({ "partner": state.partner_name(&each.partner), "reason": each.reason }));
    let (votes, needed) = match labelled.state {
        LabelState::BeingDecided { votes, k } => (votes, k),
        _ => (decision.votes.len(), decision.scheme.k),
    };
    json!({
        "record": labelled.label.record.to_string(),
        "name": name,
        "scheme": labelled.label.scheme.to_string(),
        "title": decision.scheme.title,
        "of_the_federation": matches!(labelled.label.scheme, SchemeId::Charter(_)),
        "state": labelled.standing.code(),
        "from": decision.first_day.to_string(),
        "to": decision.last_day.to_string(),
        "votes": votes,
        "needed": needed,
        "partners": partners.map(|partner| state.partner_name(partner)).collect::<Vec<_>>(),
        "withdrawals": withdrawals.collect::<Vec<_>>(),
        "differing": labelled.differing,
    })
}

/// The labels of some records as they stand today, in short: which, how it stands, from when to when.
pub(super) fn in_short(
    app: &App,
    reader: &Reader,
    records: impl IntoIterator<Item = RecordId>,
) -> Result<BTreeMap<RecordId, Json>, Refusal> {
    let found = reader.labels_among(&records.into_iter().collect(), today()?)?;
    let state = app.replica.state();
    let short = |each: &Labelled| {
        let own = match each.decision.origin {
            Origin::Federation => None,
            Origin::Own(partner) => Some(state.partner_name(&partner)),
        };
        json!({
            "scheme": each.label.scheme.to_string(),
            "title": each.decision.scheme.title,
            "own_of": own,
            "state": each.standing.code(),
            "from": each.decision.first_day.to_string(),
            "to": each.decision.last_day.to_string(),
        })
    };
    let found = found.into_iter();
    let found = found.map(|(record, labels)| (record, labels.iter().map(short).collect()));
    Ok(found.collect())
}

/// Decodes a vote or a withdrawal. Nothing is signed but the credential inside a vote.
pub(crate) fn label_decide(app: &App, ask: &LabelAsk) -> Outcome {
    let act = act(app, ask)?;
    erasing::check_act(&act)?;
    let state = app.replica.state();
    let words = said::act(Language::English, &state, &act);
    Ok(json!({
        "says": [deciding::said(&words)],
        "acts": [act.to_text()],
        "signed": false,
    }))
}

/// Writes the proof of a label to a file that must not exist.
pub(crate) fn label_prove(app: &App, start: &str, scheme: &str, file: &Path) -> Outcome {
    let reader = app.replica.read()?;
    let record = records::find(&reader, start)?;
    let labels = reader.labels_of(&record, today()?)?;
    let its = labels
        .into_iter()
        .filter(|each| each.label.scheme.to_string() == scheme && each.decision.has_quorum());
    // A renewal is another label: the newest is proven.
    let newest = its.max_by_key(|each| each.decision.first_day);
    let label = newest.ok_or_else(no_label)?.label;
    let bytes = app.replica.prove(&label).map_err(|error| refusal(&error))?;
    let failed =
        |error: std::io::Error| Refusal::new("file", format!("{}: {error}", file.display()));
    let mut written = std::fs::File::create_new(file).map_err(failed)?;
    written.write_all(&bytes).map_err(failed)?;
    written.sync_all().map_err(failed)?;
    Ok(json!({ "file": file.display().to_string(), "bytes": bytes.len() }))
}

/// Writes the status list of this coordinator, as it is signed now. It replaces the file of last time in one step: a web server may be
/// reading it.
pub(crate) fn label_status_list(app: &App, file: Option<&Path>) -> Outcome {
    let address = list_address(app)?.ok_or_else(|| {
        Refusal::new(
            "no_public_address",
            "nobody would know where to find the list: name pages.public_address or pages.status_list in maillage.toml",
        )
    })?;
    let list = app.replica.status_list(&address);
    let list = list.map_err(|error| refusal(&error))?;
    let mut answer = json!({
        "address": address,
        "until": list["validUntil"],
        "list": list,
        "file": null,
    });
    if let Some(file) = file {
        let failed =
            |error: std::io::Error| Refusal::new("file", format!("{}: {error}", file.display()));
        replace(file, list.to_string().as_bytes()).map_err(failed)?;
        answer["file"] = file.display().to_string().into();
    }
    Ok(answer)
}

fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    let mut written = std::fs::File::create(new)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    std::fs::rename(new, file)
}

fn list_address(app: &App) -> Result<Option<String>, Refusal> {
    let address = app.config.status_list();
    address.map_err(|error| Refusal::new("configuration", format!("{error:#}")))
}

fn act(app: &App, ask: &LabelAsk) -> Result<Act, Refusal> {
    let reader = app.replica.read()?;
    match ask {
        LabelAsk::Vote {
            record,
            scheme,
            from,
        } => {
            let record = records::find(&reader, record)?;
            let scheme = known_scheme(app, scheme)?;
            let labels = reader.labels_of(&record, today()?)?;
            let from = match from {
                Some(text) => day(text)?,
                None => first_day(&labels, &scheme, today()?),
            };
            let list = list_address(app)?;
            let act = app
                .replica
                .label_vote(&scheme, &record, from, list.as_deref());
            act.map_err(|error| refusal(&error))
        }
        LabelAsk::Withdraw {
            record,
            scheme,
            reason,
        } => {
            let record: RecordId = records::find(&reader, record)?;
            let labels = reader.labels_of(&record, today()?)?;
            let its = labels.into_iter().filter(|each| {
                each.label.scheme.to_string() == *scheme && each.decision.withdrawals.is_empty()
            });
            let newest = its.max_by_key(|each| each.decision.first_day);
            let label = newest.ok_or_else(no_label)?.label;
            let ours = app.replica.partner();
            let ours = ours.ok_or_else(|| refusal(&LabelError::ReadOnly))?;
            if !app.replica.state().sits(&ours, &label) {
                return Err(refusal(&LabelError::NotOfCommittee));
            }
            Ok(Act::LabelWithdraw {
                label,
                reason: reason.clone(),
            })
        }
    }
}

fn known_scheme(app: &App, code: &str) -> Result<SchemeId, Refusal> {
    let state = app.replica.state();
    let schemes = state.governance().schemes();
    let found = schemes.keys().find(|id| id.to_string() == code).cloned();
    found.ok_or_else(|| {
        let known: Vec<String> = schemes.keys().map(ToString::to_string).collect();
        let known = if known.is_empty() {
            "the charter has none".to_owned()
        } else {
            known.join(", ")
        };
        Refusal::new(
            "scheme_unknown",
            format!("there is no scheme {code}: {known}"),
        )
    })
}

fn day(text: &str) -> Result<Day, Refusal> {
    let wrong = || Refusal::new("date", format!("{text:?} is no date: write AAAA-MM-JJ"));
    Day::parse(text).ok_or_else(wrong)
}

fn today() -> Result<Day, Refusal> {
    Day::of(clock::now())
        .ok_or_else(|| Refusal::new("clock", "the clock of this machine is outside the calendar"))
}

fn no_label() -> Refusal {
    Refusal::new(
        "label_not_held",
        "the record has no such label: see `maillage label list`",
    )
}

fn refusal(error: &LabelError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
