//! Records that no longer hold: taken out of lists and files, and restored.

use crdt_schema::draft::{Context, Draft, Wanted, read};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::personal::traces;
use crdt_schema::record::{WITHDRAWN, restoring, withdrawing};
use crdt_schema::register::Territories;
use replica::{ContributeError, Reader, Saving};
use serde_json::json;

use crate::app::App;
use crate::call::{Outcome, Refusal};
use crate::calls::records::{find, not_found};

/// Withdraws a record: why, and what stands in its place.
pub(crate) fn record_withdraw(
    app: &App,
    record: &str,
    why: &str,
    replaced_by: Option<&str>,
) -> Outcome {
    let reader = app.replica.read()?;
    let record = find(&reader, record)?;
    let why = reason(app, why)?;
    let place = replaced_by.map(|place| find(&reader, place)).transpose()?;
    if let Some(place) = &place
        && let Some(fault) = reader.replaces(&record, place)?
    {
        let message = format!(
            "{fault}: find the one that replaces it with `maillage search`, or leave it out"
        );
        return Err(Refusal::new(fault.code(), message));
    }
    save(app, &reader, record, withdrawing(&why, place))
}

/// Restores a record.
pub(crate) fn record_restore(app: &App, record: &str) -> Outcome {
    let reader = app.replica.read()?;
    let record = find(&reader, record)?;
    save(app, &reader, record, restoring())
}

fn reason(app: &App, why: &str) -> Result<String, Refusal> {
    let words = app.replica.state().governance().words().clone();
    let context = Context {
        words: &words,
        ..Context::of(Territories::shared())
    };
    let read = read(&WITHDRAWN.shape, why, &context);
    match read.outcome.into_accepted() {
        Some(Wanted::Value(Value::Text(why))) if traces(&why).is_empty() => Ok(why),
        Some(Wanted::Value(_)) => Err(Refusal::new(
            "why_personal",
            "all partners read the reason: put no mail address and no phone number there",
        )),
        Some(_) => Err(Refusal::new("why_missing", "say why: --why TEXT")),
        None => Err(Refusal::new(
            "why_too_long",
            "the reason is too long: say it in one line",
        )),
    }
}

fn save(app: &App, reader: &Reader, record: RecordId, draft: Draft) -> Outcome {
    let view = reader.record(&record)?;
    let view = view.ok_or_else(|| not_found(&record.to_string()))?;
    let saving = Saving {
        record,
        birth: None,
        base: view.heads,
        draft,
    };
    let saved = app.replica.save(saving).map_err(|error| match error {
        ContributeError::Fault(fault) => fault.into(),
        other => Refusal::new(other.code(), other.to_string()),
    })?;
    Ok(json!({
        "record": record.to_string(),
        "entry": saved.map(|entry| entry.to_string()),
        "changed": saved.is_some(),
    }))
}
