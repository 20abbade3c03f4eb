//! What is held on a person, by command: found, taken away, kept for too long, objected to.

use admin_ui::contact::{self, HeldValue, Removal};
use admin_ui::{Language, said};
use crdt_schema::id::SubjectId;
use crdt_schema::label::Day;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Outcome, PersonAsk, Refusal};
use crate::calls::{deciding, records};
use crate::{clock, keys};

/// Values that one answer lists.
const OVERDUE_MAX: usize = 10_000;

/// Everything that this node holds on whoever is called so, or has this mail or phone.
pub(crate) fn contact_find(app: &App, ask: &PersonAsk) -> Outcome {
    let value = value_of(ask)?;
    let found = contact::find(&app.replica, &app.local()?, value)?;
    Ok(found.to_json(&app.replica))
}

/// The values whose last day is over.
pub(crate) fn contact_due(app: &App) -> Outcome {
    let today = Day::of(clock::now()).ok_or_else(|| {
        Refusal::new(
            "clock",
            "the clock of this machine is outside the calendar: set it",
        )
    })?;
    let today = today.to_string();
    let values = contact::overdue(&app.replica, &app.local()?, &today, OVERDUE_MAX)?;
    let values = values.iter().map(|value| value.to_json(&app.replica));
    Ok(json!({ "values": values.collect::<Vec<_>>(), "day": today }))
}

/// Says what our organisation wrote of a person in a record; with `sign`, takes it away.
pub(crate) fn contact_remove(app: &App, record: &str, subject: &str, sign: bool) -> Outcome {
    let reader = app.replica.read()?;
    let record = records::find(&reader, record)?;
    let subject = SubjectId::parse(subject).map_err(|_| {
        let message = "a person is named by 32 hexadecimal digits: see `maillage contact list`";
        Refusal::new("id_unreadable", message)
    })?;
    let local = app.local()?;
    let mut values = contact::about(&reader, &local, &subject)?;
    drop(reader);
    values.retain(|value| value.record == record);
    let removal = Removal::of(&values, app.replica.partner());
    if removal.is_empty() {
        let message = "our organisation wrote nothing of this person here: `maillage erase` reaches what others wrote";
        return Err(Refusal::new("nothing_of_ours", message));
    }
    if sign {
        if let Some(act) = removal.act() {
            app.sign_acts(&[act])?;
        }
        removal.forget(&local)?;
        return Ok(json!({ "removed": removal.len() }));
    }
    Ok(json!({ "says": [says(app, &removal, &values)?], "values": removal.len() }))
}

/// Keeps the objection of somebody, or forgets it.
pub(crate) fn objection(app: &App, person: &PersonAsk, is_withdrawn: bool) -> Outcome {
    let (value, local) = (value_of(person)?, app.local()?);
    if is_withdrawn {
        return match local.withdraw_objection(value)? {
            true => Ok(json!({ "kept": false })),
            false => Err(Refusal::new(
                "objection_not_found",
                "nobody has objected who is called so: write it as it was entered",
            )),
        };
    }
    let mut fresh = [0; 32];
    keys::fill_random(&mut fresh);
    local.object(value, fresh, clock::now())?;
    Ok(json!({ "kept": true }))
}

/// When people objected: who they are is kept nowhere.
pub(crate) fn objections(app: &App) -> Outcome {
    let objections = app.local()?.objections()?;
    let since = objections
        .iter()
        .map(|objection| objection.since.to_string());
    Ok(json!({ "objections": since.collect::<Vec<_>>() }))
}

fn says(app: &App, removal: &Removal, values: &[HeldValue]) -> Result<Json, Refusal> {
    let mut words = match removal.act() {
        Some(act) => {
            app.check_acts(std::slice::from_ref(&act))?;
            said::act(Language::English, &app.replica.state(), &act)
        }
        None => said::Said {
            title: "forget".to_owned(),
            meaning: "Values of our own organisation go from this node.".to_owned(),
            facts: Vec::new(),
        },
    };
    let ours = values
        .iter()
        .filter(|value| value.is_of(app.replica.partner()));
    words
        .facts
        .extend(ours.map(|value| (value.field.clone(), value.value.clone())));
    Ok(deciding::said(&words))
}

fn value_of(ask: &PersonAsk) -> Result<&str, Refusal> {
    let value = ask.value.trim();
    let letters = value.chars().filter(|c| c.is_alphanumeric()).count();
    if letters < LETTERS_MIN {
        let message =
            "write a name, a mail or a phone on standard input: three letters or digits at least";
        return Err(Refusal::new("person_missing", message));
    }
    Ok(value)
}

/// Shorter than this, everybody is meant.
const LETTERS_MIN: usize = 3;
