//! Contacts out of a file: kept apart from its records, and only when whoever imports says for whom, for what and how long.

use crdt_schema::id::{EntryId, RecordId, SubjectId};
use crdt_schema::personal::masked;
use exchange::{Level, PlannedContact, Problem, Reported};
use replica::local::Local;
use replica::{ContributeError, Fault, NewItem, Reader, Replica};

use crate::contact::{Contact, SeenBy, TypedContact, of_record};

/// What becomes of the persons of a file.
#[derive(Clone, Copy)]
pub struct Contacts<'a> {
    /// Who may see them.
    pub seen_by: SeenBy,
    /// What they are kept for.
    pub purpose: &'a str,
    /// The last day for which they are kept, as people write a date.
    pub until: &'a str,
    /// What stays on this node, and who has objected.
    pub local: &'a Local,
    /// Draws who is not known yet.
    pub draw: fn(&mut [u8]),
}

/// How many contacts of a file became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContactCounts {
    /// Contacts that are kept, or would be.
    pub kept: u64,
    /// Contacts that were there already.
    pub unchanged: u64,
    /// People who have objected: they are left out.
    pub objected: u64,
}

/// Contacts that wait for their records to be written.
#[derive(Default)]
pub(super) struct Waiting(Vec<(RecordId, SubjectId, Contact)>);

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Contacts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contacts")
    }
}

impl Contacts<'_> {
    /// Says which of what was said for all of them is wrong: `purpose`, `until`.
    pub fn wrong(&self) -> Vec<&'static str> {
        self.typed("x", "", "").read().err().unwrap_or_default()
    }

    fn typed(&self, name: &str, mail: &str, phone: &str) -> TypedContact {
        TypedContact {
            name: name.to_owned(),
            mail: mail.to_owned(),
            phone: phone.to_owned(),
            purpose: self.purpose.to_owned(),
            until: self.until.to_owned(),
            seen_by: self.seen_by.code().to_owned(),
        }
    }

    /// Takes a contact, unless it is there already or the person has objected: then the report says so.
    pub(super) fn take(
        &self,
        replica: &Replica,
        reader: &Reader,
        planned: &PlannedContact,
        waiting: &mut Waiting,
        counts: &mut ContactCounts,
    ) -> Result<Option<Reported>, Fault> {
        let typed = self.typed(&planned.name, &planned.mail, &planned.phone);
        let Ok(contact) = typed.read() else {
            return Ok(Some(said(planned, "contact_unread", TOO_LONG)));
        };
        if contact.is_objected(self.local)? {
            counts.objected += 1;
            return Ok(Some(said(planned, "contact_objected", OBJECTED)));
        }
        let ours = replica.partner();
        for (subject, values) in of_record(reader, self.local, &planned.record)? {
            let is_same = |(field, value): &(&'static str, String)| {
                let mut own = values.iter().filter(|held| held.is_of(ours));
                own.any(|held| {
                    held.field == *field && held.value == *value && held.seen_by == self.seen_by
                })
            };
            if contact.values().iter().all(is_same) {
                counts.unchanged += 1;
                return Ok(None);
            }
            if contact.values().iter().any(is_same) {
                counts.kept += 1;
                waiting.0.push((planned.record, subject, contact));
                return Ok(None);
            }
        }
        let mut drawn = [0; 16];
        (self.draw)(&mut drawn);
        counts.kept += 1;
        waiting
            .0
            .push((planned.record, SubjectId::from_bytes(drawn), contact));
        Ok(None)
    }

    /// Keeps the contacts whose records are written, for the import with this number. Returns the entries that they became.
    pub(super) fn keep(
        &self,
        replica: &Replica,
        waiting: Waiting,
        number: u64,
    ) -> Result<Vec<EntryId>, ContributeError> {
        let held = (replica, self.local);
        let mut items: Vec<NewItem> = Vec::new();
        for (record, subject, contact) in waiting.0 {
            items.extend(contact.put(held, record, subject, Some(number))?);
        }
        if items.is_empty() {
            return Ok(Vec::new());
        }
        replica.contribute(items)
    }
}

/// The person is named by so little that only the file tells who it is.
fn said(planned: &PlannedContact, code: &'static str, reason: &str) -> Reported {
    let values = [&planned.name, &planned.mail, &planned.phone];
    let value = values.iter().find(|value| !value.is_empty());
    let value = value.map_or(String::new(), |value| masked(value));
    Reported {
        level: Level::Warning,
        problem: Problem::of_row(planned.line, &value, code, reason.to_owned()),
    }
}

const OBJECTED: &str = "Une personne de ce nom, ou avec ce courriel ou ce téléphone, a demandé à ne pas figurer dans le recensement : elle est laissée de côté.";
const TOO_LONG: &str =
    "Ce contact ne peut pas être lu : il est laissé de côté. Ajoutez-le depuis la fiche.";
