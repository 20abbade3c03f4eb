//! Personal values: the contacts of a record, what is held on a person, what has to go. No value stands in an address or in a log.

mod block;
mod contact;
mod entering;
mod erasing;
mod fields;
mod overview;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use axum::Router;
use crdt_schema::id::RecordId;
use replica::{Fault, PersonalState, Reader, Replica};

use crate::app::App;
use crate::contact::{HeldValue, Origin, SeenBy};
use crate::i18n::Language;
use crate::pages::census;

pub(super) use block::Block;
pub(super) use entering::{Entered, Entering};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(contact::routes())
        .merge(erasing::routes())
        .merge(overview::routes())
}

/// A value as its table shows it.
struct Row {
    record: String,
    record_name: String,
    field: String,
    value: String,
    seen_by: String,
    purpose: String,
    until: Option<String>,
    is_over: bool,
    author: String,
    since: Option<String>,
    /// What became of it, when it is not simply shown.
    state: Option<String>,
    /// Where it can be erased.
    erase: String,
}

/// Writes the rows of some values.
fn rows(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    values: &[HeldValue],
    today: &str,
) -> Result<Vec<Row>, Fault> {
    let mut names: BTreeMap<RecordId, String> = BTreeMap::new();
    let mut rows = Vec::new();
    for value in values {
        let name = match names.entry(value.record) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let view = reader.record(&value.record)?;
                let name = view.map(|view| census::name(language, &view));
                let unknown = || language.text("record-nameless");
                free.insert(name.unwrap_or_else(unknown)).clone()
            }
        };
        rows.push(row(language, replica, value, name, today));
    }
    Ok(rows)
}

fn row(
    language: Language,
    replica: &Replica,
    value: &HeldValue,
    record_name: String,
    today: &str,
) -> Row {
    let (author, since, state) = match value.origin {
        Origin::Here => (language.text("personal-author-here"), None, None),
        Origin::Shared {
            partner,
            claimed,
            state,
            ..
        } => {
            let name = partner.map(|partner| replica.state().partner_name(&partner));
            (
                name.unwrap_or_default(),
                Some(language.day(claimed)),
                state_words(language, state),
            )
        }
    };
    let record = format!("/fiches/{}", value.record);
    Row {
        erase: format!(
            "{record}/contacts/{}/effacer?champ={}",
            value.subject, value.field
        ),
        record,
        record_name,
        field: field_label(language, &value.field),
        value: value.value.clone(),
        seen_by: seen_by_label(language, value.seen_by),
        purpose: value.purpose.clone(),
        until: value.until.as_deref().map(|until| language.date(until)),
        is_over: value.is_over(today),
        author,
        since,
        state,
    }
}

fn state_words(language: Language, state: PersonalState) -> Option<String> {
    let key = match state {
        PersonalState::Superseded => "personal-state-superseded",
        PersonalState::Void => "personal-state-void",
        PersonalState::Pending => "personal-state-pending",
        PersonalState::Erased | PersonalState::Unreadable | PersonalState::Live => return None,
    };
    Some(language.text(key))
}

pub(super) fn field_label(language: Language, field: &str) -> String {
    match field {
        "contact_mail" => language.text("contact-mail"),
        "contact_name" => language.text("contact-name"),
        "contact_phone" => language.text("contact-phone"),
        other => other.to_owned(),
    }
}

fn seen_by_label(language: Language, seen_by: SeenBy) -> String {
    language.text(match seen_by.code() {
        "own" => "seen-by-own",
        "partners" => "seen-by-partners",
        _ => "seen-by-public",
    })
}
