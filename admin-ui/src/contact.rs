//! Contacts: the persons by whom a record is reached. Their names, mails and phones are personal values, apart from the record, so that
//! each can go alone. One way for the pages and the commands.

mod found;
mod held;
mod removal;

use crdt_schema::entry::PersonalFrame;
use crdt_schema::id::{ItemId, RecordId, SubjectId};
use crdt_schema::label::Day;
use crdt_schema::limits::{NAME_BYTES_MAX, VALUE_BYTES_MAX};
use crdt_schema::personal::{PersonalContent, Visibility, traces};
use crdt_schema::register::{Outcome, clean, date, email, phone};
use replica::local::{Local, OwnValue};
use replica::{ContributeError, Fault, NewItem, PersonalState, Replica};

pub use found::{Found, Spot, find};
pub use held::{HeldValue, Origin, about, of_record, overdue};
pub use removal::Removal;

/// The fields that a contact can have.
pub const FIELDS: [&str; 3] = [NAME, MAIL, PHONE];
/// The kinds of records that have contacts.
pub const KINDS: [&str; 3] = ["actor", "event", "initiative"];

const NAME: &str = "contact_name";
const MAIL: &str = "contact_mail";
const PHONE: &str = "contact_phone";

/// Who may see a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenBy {
    /// The people of our own organisation: it never leaves the node.
    OurOrganisation,
    /// As the content of the item says.
    Others(Visibility),
}

/// A contact as it was read. It says something of a person: it is in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    values: Vec<(&'static str, String)>,
    purpose: String,
    until: Option<String>,
    seen_by: SeenBy,
}

/// A contact as it was typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TypedContact {
    /// What the person is called.
    pub name: String,
    /// Its direct mail.
    pub mail: String,
    /// Its direct phone.
    pub phone: String,
    /// What the values are kept for.
    pub purpose: String,
    /// The last day for which they are kept, as people write a date.
    pub until: String,
    /// The code of [`SeenBy`].
    pub seen_by: String,
}

/// Why a contact is not kept.
#[derive(Debug, thiserror::Error)]
pub enum ContactError {
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It was not signed.
    #[error(transparent)]
    NotSigned(#[from] ContributeError),
}

impl SeenBy {
    /// All of them, the one that shows least first.
    pub const ALL: [SeenBy; 3] = [
        SeenBy::OurOrganisation,
        SeenBy::Others(Visibility::Partners),
        SeenBy::Others(Visibility::PublicProfessional),
    ];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            SeenBy::OurOrganisation => "own",
            SeenBy::Others(visibility) => visibility.code(),
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.code() == code)
    }
}

impl TypedContact {
    /// Returns whether no value was typed.
    pub fn is_empty(&self) -> bool {
        let values = [&self.name, &self.mail, &self.phone];
        values.iter().all(|value| value.trim().is_empty())
    }

    /// Reads what was typed, or says which fields are wrong.
    pub fn read(&self) -> Result<Contact, Vec<&'static str>> {
        let mut wrong = Vec::new();
        let mut values = Vec::new();
        let name = Outcome::Valid(clean(&self.name));
        let read = [
            (NAME, &self.name, name),
            (MAIL, &self.mail, email(&self.mail)),
            (PHONE, &self.phone, phone(&self.phone)),
        ];
        for (field, typed, read) in read {
            if typed.trim().is_empty() {
                continue;
            }
            match read.into_accepted() {
                Some(value) if (1..=VALUE_BYTES_MAX).contains(&value.len()) => {
                    values.push((field, value));
                }
                _ => wrong.push(field),
            }
        }
        if self.is_empty() {
            wrong.push(NAME);
        }
        let purpose = clean(&self.purpose);
        // The purpose is read wherever the value is erased: it names nobody.
        let is_plain = !purpose.is_empty() && traces(&purpose).is_empty();
        if !is_plain || purpose.len() > NAME_BYTES_MAX {
            wrong.push("purpose");
        }
        let typed = clean(&self.until);
        let until = date(&typed).into_accepted().unwrap_or_default();
        if !typed.is_empty() && Day::parse(&until).is_none() {
            wrong.push("until");
        }
        let seen_by = SeenBy::parse(self.seen_by.trim());
        match seen_by.filter(|_| wrong.is_empty()) {
            Some(seen_by) => Ok(Contact {
                values,
                purpose,
                until: (!until.is_empty()).then_some(until),
                seen_by,
            }),
            None => {
                if seen_by.is_none() {
                    wrong.push("seen_by");
                }
                Err(wrong)
            }
        }
    }
}

impl Contact {
    /// Returns the fields and their values.
    pub fn values(&self) -> &[(&'static str, String)] {
        &self.values
    }

    /// Returns whether somebody called so, or with this mail or phone, has objected. Whoever asks warns, and does not refuse.
    pub fn is_objected(&self, local: &Local) -> Result<bool, Fault> {
        for (_, value) in &self.values {
            if local.objection_to(value)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Keeps the contact, in the place of what this person had in the same fields of the record.
    pub fn keep(
        &self,
        replica: &Replica,
        local: &Local,
        record: RecordId,
        subject: SubjectId,
    ) -> Result<(), ContactError> {
        let items = self.put((replica, local), record, subject, None)?;
        if !items.is_empty() {
            replica.contribute(items)?;
        }
        Ok(())
    }

    /// Keeps what stays on this node, and returns what is to be signed. What an import writes says its number.
    pub(crate) fn put(
        &self,
        (replica, local): (&Replica, &Local),
        record: RecordId,
        subject: SubjectId,
        import: Option<u64>,
    ) -> Result<Vec<NewItem>, Fault> {
        match self.seen_by {
            SeenBy::OurOrganisation => {
                replica.check_room()?;
                for (field, value) in &self.values {
                    local.keep_own_value(&OwnValue {
                        record,
                        subject,
                        field: (*field).to_owned(),
                        value: value.clone(),
                        purpose: self.purpose.clone(),
                        until: self.until.clone(),
                        import,
                    })?;
                }
                Ok(Vec::new())
            }
            SeenBy::Others(visibility) => self.items(replica, record, subject, visibility),
        }
    }

    /// Returns who may see it.
    pub fn seen_by(&self) -> SeenBy {
        self.seen_by
    }

    fn items(
        &self,
        replica: &Replica,
        record: RecordId,
        subject: SubjectId,
        visibility: Visibility,
    ) -> Result<Vec<NewItem>, Fault> {
        let held = replica.read()?.all_personal(&record)?;
        let item = |(field, value): &(&'static str, String)| {
            let is_before = |held: &&replica::PersonalValue| {
                held.subject == subject && held.field == *field && held.state == PersonalState::Live
            };
            let supersedes: Vec<ItemId> = held.iter().filter(is_before).map(|it| it.id).collect();
            let frame = PersonalFrame {
                record,
                field: (*field).to_owned(),
                subject,
                supersedes,
            };
            let content = PersonalContent {
                value: value.clone(),
                visibility,
                purpose: self.purpose.clone(),
                until: self.until.clone(),
            };
            NewItem::personal(frame, &content)
        };
        Ok(self.values.iter().map(item).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An invented person.
    fn typed() -> TypedContact {
        TypedContact {
            name: "Camille Exemple".to_owned(),
            mail: "camille@exemple.fr".to_owned(),
            phone: "02 38 00 00 00".to_owned(),
            purpose: "coordination".to_owned(),
            until: "2028-02-29".to_owned(),
            seen_by: "partners".to_owned(),
        }
    }

    fn wrong(change: impl Fn(&mut TypedContact)) -> Vec<&'static str> {
        let mut typed = typed();
        change(&mut typed);
        typed.read().err().unwrap_or_default()
    }

    #[test]
    fn a_contact_is_read_in_the_form_of_the_registers() {
        let read = typed().read().unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let values: Vec<&str> = read
            .values()
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(
            values,
            ["Camille Exemple", "camille@exemple.fr", "+33238000000"]
        );
        assert_eq!(read.until.as_deref(), Some("2028-02-29"));
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        assert!(wrong(|_| ()).is_empty());
        assert!(wrong(|it| it.until.clear()).is_empty());
        assert!(wrong(|it| it.phone.clear()).is_empty());
        let all = wrong(|it| {
            it.mail = "camille".to_owned();
            it.phone = "12345678901234567890".to_owned();
            it.purpose = " ".to_owned();
            it.until = "2027-02-29".to_owned();
            it.seen_by = "tous".to_owned();
        });
        assert_eq!(all, [MAIL, PHONE, "purpose", "until", "seen_by"]);
        assert_eq!(
            wrong(|it| *it = TypedContact {
                name: " ".to_owned(),
                mail: String::new(),
                phone: String::new(),
                ..typed()
            }),
            [NAME]
        );
        assert_eq!(
            wrong(|it| it.name = "n".repeat(VALUE_BYTES_MAX + 1)),
            [NAME]
        );
        assert_eq!(
            wrong(|it| it.purpose = "p".repeat(NAME_BYTES_MAX + 1)),
            ["purpose"]
        );
        assert!(wrong(|it| it.purpose = "p".repeat(NAME_BYTES_MAX)).is_empty());
    }

    #[test]
    fn every_visibility_is_read_by_its_code() {
        for seen_by in SeenBy::ALL {
            assert_eq!(SeenBy::parse(seen_by.code()), Some(seen_by));
        }
        assert_eq!(SeenBy::parse("tous"), None);
    }
}
