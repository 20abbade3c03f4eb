//! Contacts by command: the persons by whom a record is reached.

use admin_ui::contact::{ContactError, KINDS, TypedContact};
use crdt_schema::id::SubjectId;
use replica::PersonalValue;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{ContactAsk, Outcome, Refusal};
use crate::calls::records;
use crate::keys;

/// The contacts of a record: what is shared, and what stays on this node.
pub(crate) fn contacts(app: &App, record: &str) -> Outcome {
    let reader = app.replica.read()?;
    let record = records::find(&reader, record)?;
    let values = reader.all_personal(&record)?;
    let own = app.local()?.own_values(&record)?;
    let own = own.iter().map(|value| {
        json!({
            "subject": value.subject.to_string(),
            "field": value.field,
            "value": value.value,
            "purpose": value.purpose,
            "until": value.until,
        })
    });
    let state = app.replica.state();
    let values = values.iter().map(|value| {
        let partner = value.partner.map(|partner| state.partner_name(&partner));
        value_json(value, partner.as_deref())
    });
    Ok(json!({
        "record": record.to_string(),
        "values": values.collect::<Vec<_>>(),
        "own_values": own.collect::<Vec<_>>(),
    }))
}

/// Keeps a contact. An objection is said, and refuses nothing: two people may have one name.
pub(crate) fn contact_add(app: &App, ask: &ContactAsk) -> Outcome {
    let record = {
        let reader = app.replica.read()?;
        let record = records::find(&reader, &ask.record)?;
        let view = reader.record(&record)?;
        let kind = view.and_then(|view| view.birth.map(|(kind, _)| kind));
        if !kind.is_some_and(|kind| KINDS.contains(&kind.as_str())) {
            let message = format!("only these kinds have contacts: {}", KINDS.join(", "));
            return Err(Refusal::new("no_contacts", message));
        }
        record
    };
    let subject = match ask.subject.as_deref().map(SubjectId::parse) {
        None => SubjectId::from_bytes(drawn()),
        Some(Ok(subject)) => subject,
        Some(Err(_)) => {
            return Err(Refusal::new(
                "id_unreadable",
                "a person is named by 32 hexadecimal digits: see `maillage contact list`",
            ));
        }
    };
    let typed = TypedContact {
        name: ask.name.clone(),
        mail: ask.mail.clone(),
        phone: ask.phone.clone(),
        purpose: ask.purpose.clone(),
        until: ask.until.clone(),
        seen_by: ask.seen_by.clone(),
    };
    let contact = typed.read().map_err(|wrong| {
        let message = format!("these cannot be read: {}", wrong.join(", "));
        Refusal::new("contact_unreadable", message)
    })?;
    let local = app.local()?;
    let is_objected = contact.is_objected(&local)?;
    let kept = contact.keep(&app.replica, &local, record, subject);
    kept.map_err(|error| match error {
        ContactError::Fault(fault) => Refusal::from(fault),
        ContactError::NotSigned(error) => Refusal::from(error),
    })?;
    Ok(json!({
        "record": record.to_string(),
        "subject": subject.to_string(),
        "objection": is_objected,
    }))
}

fn drawn() -> [u8; 16] {
    let mut bytes = [0; 16];
    keys::fill_random(&mut bytes);
    bytes
}

fn value_json(value: &PersonalValue, partner: Option<&str>) -> Json {
    let content = value.content.as_ref();
    json!({
        "item": value.id.to_string(),
        "subject": value.subject.to_string(),
        "field": value.field,
        "value": content.map(|content| content.value.clone()),
        "seen_by": content.map(|content| content.visibility.code()),
        "purpose": content.map(|content| content.purpose.clone()),
        "until": content.and_then(|content| content.until.clone()),
        "partner": partner,
        "claimed": value.claimed.to_string(),
        "state": value.state.code(),
    })
}
