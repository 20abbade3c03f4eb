//! The contacts on the page of a record: only what the reader may see, with who wrote it and how long it is kept.

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::id::RecordId;
use replica::local::Local;
use replica::{Fault, Reader, Replica};

use super::{Row, rows};
use crate::contact::{self, KINDS};
use crate::i18n::Language;

/// The contacts of a record. Empty for a kind that has none.
#[derive(Template)]
#[template(path = "personal/block.html")]
pub(in crate::pages) struct Block {
    language: Language,
    address: String,
    has_contacts: bool,
    is_writer: bool,
    persons: Vec<Person>,
}

struct Person {
    address: String,
    name: String,
    rows: Vec<Row>,
    /// Whether our organisation wrote something of it.
    is_ours: bool,
}

impl HtmlSafe for Block {}

impl Block {
    /// Reads the contacts of a record.
    pub(in crate::pages) fn of(
        language: Language,
        (replica, reader, local): (&Replica, &Reader, &Local),
        (record, kind): (RecordId, &str),
        today: &str,
        is_writer: bool,
    ) -> Result<Self, Fault> {
        let address = format!("/fiches/{record}/contacts");
        let mut persons = Vec::new();
        for (subject, mut values) in contact::of_record(reader, local, &record)? {
            // The name first, then how to reach the person.
            values.sort_by_key(|value| {
                contact::FIELDS
                    .iter()
                    .position(|field| *field == value.field)
            });
            let name = values
                .iter()
                .find(|value| value.field == contact::FIELDS[0]);
            persons.push(Person {
                address: format!("{address}/{subject}"),
                name: name.map_or_else(
                    || language.text("contact-nameless"),
                    |name| name.value.clone(),
                ),
                is_ours: values.iter().any(|value| value.is_of(replica.partner())),
                rows: rows(language, replica, reader, &values, today)?,
            });
        }
        Ok(Self {
            language,
            address,
            has_contacts: KINDS.contains(&kind) || !persons.is_empty(),
            is_writer,
            persons,
        })
    }
}
