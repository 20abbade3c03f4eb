//! What an erasure names, in words: the act itself has ids only, and whoever signs it must recognise what goes. No value is shown.

use std::collections::BTreeMap;

use crdt_schema::entry::Frame;
use crdt_schema::governance::{Act, Erasure};
use crdt_schema::id::{PartnerId, RecordId};
use replica::{Fault, Reader, Replica};

use crate::i18n::Language;
use crate::pages::{census, personal, statements};
use crate::wording;

/// Says what each act would erase: label and value. Nothing for other acts.
pub(super) fn facts(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    act: &Act,
) -> Result<Vec<(String, String)>, Fault> {
    let Act::Erase(erasure) = act else {
        return Ok(Vec::new());
    };
    let mut naming = Naming {
        language,
        replica,
        reader,
        records: BTreeMap::new(),
    };
    let said = naming.erasure(erasure)?;
    let label = language.text("fact-erased");
    Ok(said.into_iter().map(|said| (label.clone(), said)).collect())
}

struct Naming<'r> {
    language: Language,
    replica: &'r Replica,
    reader: &'r Reader,
    /// Records that were named before, with their words.
    records: BTreeMap<RecordId, String>,
}

impl Naming<'_> {
    fn erasure(&mut self, erasure: &Erasure) -> Result<Vec<String>, Fault> {
        let mut said = Vec::new();
        if let Some(record) = &erasure.record {
            said.push(self.about("erased-record", record)?);
        }
        if erasure.subject.is_some() {
            let of_person = Erasure {
                subject: erasure.subject,
                ..Erasure::default()
            };
            for record in self.replica.preview_erasure(&of_person)?.records {
                said.push(self.about("erased-person", &record)?);
            }
        }
        if !erasure.items.is_empty() {
            for (frame, owner) in self.reader.frames_of(&erasure.items)?.values() {
                said.extend(self.item(frame, owner.as_ref())?);
            }
        }
        Ok(said)
    }

    fn item(&mut self, frame: &Frame, owner: Option<&PartnerId>) -> Result<Option<String>, Fault> {
        let (what, record) = match frame {
            Frame::Edit(edit) => (self.language.text("erased-edit"), &edit.record),
            Frame::Personal(value) => (
                personal::field_label(self.language, &value.field),
                &value.record,
            ),
            Frame::Statement(said) => (
                statements::predicate(self.language, &said.predicate),
                &said.subject,
            ),
            _ => return Ok(None),
        };
        let partner = owner.map_or_else(
            || self.language.text("decision-nobody"),
            |partner| self.replica.state().partner_name(partner),
        );
        let values = [
            ("what", what.into()),
            ("record", self.record(record)?.into()),
            ("partner", partner.into()),
        ];
        Ok(Some(self.language.text_with("erased-item", &values)))
    }

    fn about(&mut self, key: &str, record: &RecordId) -> Result<String, Fault> {
        let values = [("record", self.record(record)?.into())];
        Ok(self.language.text_with(key, &values))
    }

    fn record(&mut self, record: &RecordId) -> Result<String, Fault> {
        if let Some(known) = self.records.get(record) {
            return Ok(known.clone());
        }
        let view = self.reader.record(record)?;
        let said = view.map_or_else(
            || record.short(),
            |view| {
                let values = [
                    ("name", census::name(self.language, &view).into()),
                    (
                        "kind",
                        wording::kind_label(self.language, view.kind()).into(),
                    ),
                ];
                self.language.text_with("erased-of-record", &values)
            },
        );
        self.records.insert(*record, said.clone());
        Ok(said)
    }
}
