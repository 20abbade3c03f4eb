//! Personal values for one's own organisation only. They are no items and are never signed: nothing in this file leaves the node.

use crdt_schema::governance::Erasures;
use crdt_schema::id::{RecordId, SubjectId};
use redb::{ReadableDatabase, ReadableTable};
use serde::{Deserialize, Serialize};

use super::{Local, OWN_VALUES, from_row, to_row};
use crate::fault::Fault;

/// A personal value that stays here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnValue {
    /// The record that has the value.
    pub record: RecordId,
    /// The person.
    pub subject: SubjectId,
    /// The field that has the value. A person has one value of a field in a record.
    pub field: String,
    /// The value.
    pub value: String,
    /// What it is kept for.
    pub purpose: String,
    /// The last day for which it is kept, `AAAA-MM-JJ`.
    pub until: Option<String>,
    /// The number of the import that wrote it; none of what a person wrote.
    pub import: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    value: String,
    purpose: String,
    until: Option<String>,
    /// Values of before this field have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    import: Option<u64>,
}

impl Local {
    /// Keeps a value, in the place of the one before. The bytes of the one before are gone when this returns.
    pub fn keep_own_value(&self, own: &OwnValue) -> Result<(), Fault> {
        let row = to_row(&Row {
            value: own.value.clone(),
            purpose: own.purpose.clone(),
            until: own.until.clone(),
            import: own.import,
        });
        let key = key(&own.record, &own.subject, &own.field);
        let has_replaced = self.write(|write| {
            let mut table = write.open_table(OWN_VALUES)?;
            let before = table.insert(key.as_slice(), row.as_slice())?;
            Ok(before.is_some_and(|before| before.value() != row))
        })?;
        if has_replaced { self.rewrite() } else { Ok(()) }
    }

    /// Returns every value, to find a person in them.
    pub fn every_own_value(&self) -> Result<Vec<OwnValue>, Fault> {
        self.own_values_where(|_, _| true)
    }

    /// Returns the values of a record.
    pub fn own_values(&self, record: &RecordId) -> Result<Vec<OwnValue>, Fault> {
        self.own_values_where(|of, _| of == record)
    }

    /// Returns the values that this import wrote and nobody has written over since.
    pub fn own_values_of_import(&self, number: u64) -> Result<Vec<OwnValue>, Fault> {
        let mut values = self.every_own_value()?;
        values.retain(|own| own.import == Some(number));
        Ok(values)
    }

    /// Returns the values about a person.
    pub fn own_values_about(&self, subject: &SubjectId) -> Result<Vec<OwnValue>, Fault> {
        self.own_values_where(|_, of| of == subject)
    }

    /// Returns the values whose last day is over on this day, `AAAA-MM-JJ`.
    pub fn own_values_over(&self, today: &str) -> Result<Vec<OwnValue>, Fault> {
        let mut values = self.own_values_where(|_, _| true)?;
        values.retain(|own| own.until.as_deref().is_some_and(|until| until < today));
        Ok(values)
    }

    /// Forgets a value; says whether there was one. Its bytes are gone when this returns.
    pub fn forget_own_value(
        &self,
        record: &RecordId,
        subject: &SubjectId,
        field: &str,
    ) -> Result<bool, Fault> {
        let key = key(record, subject, field);
        let was_there = self.write(|write| {
            let mut table = write.open_table(OWN_VALUES)?;
            Ok(table.remove(key.as_slice())?.is_some())
        })?;
        if was_there {
            self.rewrite()?;
        }
        Ok(was_there)
    }

    /// Forgets what the erasures in force name: their records and their persons. Returns how many values went; their bytes are gone
    /// when this returns. The program calls this whenever governance changes.
    pub fn erase_own_values(&self, erasures: &Erasures) -> Result<usize, Fault> {
        let named = self.own_values_where(|record, subject| {
            erasures.records().contains(record) || erasures.subjects().contains(subject)
        })?;
        self.forget(&named)
    }

    /// Forgets the values that this import wrote and nobody has written over since. Returns how many went; their bytes are gone when this
    /// returns.
    pub fn forget_own_values_of_import(&self, number: u64) -> Result<usize, Fault> {
        self.forget(&self.own_values_of_import(number)?)
    }

    fn forget(&self, named: &[OwnValue]) -> Result<usize, Fault> {
        if named.is_empty() {
            return Ok(0);
        }
        self.write(|write| {
            let mut table = write.open_table(OWN_VALUES)?;
            for own in named {
                table.remove(key(&own.record, &own.subject, &own.field).as_slice())?;
            }
            Ok(())
        })?;
        self.rewrite()?;
        Ok(named.len())
    }

    fn own_values_where(
        &self,
        is_wanted: impl Fn(&RecordId, &SubjectId) -> bool,
    ) -> Result<Vec<OwnValue>, Fault> {
        let read = self.database().begin_read()?;
        let table = read.open_table(OWN_VALUES)?;
        let mut values = Vec::new();
        for row in table.iter()? {
            let (key, row) = row?;
            let (record, subject, field) = parse(key.value())?;
            if is_wanted(&record, &subject) {
                let row: Row = from_row("own_values", row.value())?;
                values.push(OwnValue {
                    record,
                    subject,
                    field,
                    value: row.value,
                    purpose: row.purpose,
                    until: row.until,
                    import: row.import,
                });
            }
        }
        Ok(values)
    }
}

fn key(record: &RecordId, subject: &SubjectId, field: &str) -> Vec<u8> {
    [
        record.as_bytes().as_slice(),
        subject.as_bytes(),
        field.as_bytes(),
    ]
    .concat()
}

fn parse(key: &[u8]) -> Result<(RecordId, SubjectId, String), Fault> {
    let parsed = || {
        let (record, rest) = key.split_at_checked(RecordId::BYTES)?;
        let (subject, field) = rest.split_at_checked(SubjectId::BYTES)?;
        Some((
            RecordId::from_slice(record)?,
            SubjectId::from_slice(subject)?,
            str::from_utf8(field).ok()?.to_owned(),
        ))
    };
    parsed().ok_or_else(|| Fault::damaged("local.redb, key of own_values"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::tests::temporary;

    fn own(record: u8, subject: u8, value: &str) -> OwnValue {
        OwnValue {
            record: RecordId::from_bytes([record; 16]),
            subject: SubjectId::from_bytes([subject; 16]),
            field: "phone".to_owned(),
            value: value.to_owned(),
            purpose: "rappel".to_owned(),
            until: Some("2027-01-31".to_owned()),
            import: None,
        }
    }

    fn holds(folder: &std::path::Path, bytes: &str) -> bool {
        std::fs::read_dir(folder).expect("readable").any(|file| {
            let content = std::fs::read(file.expect("readable").path()).expect("readable");
            content
                .windows(bytes.len())
                .any(|at| at == bytes.as_bytes())
        })
    }

    #[test]
    fn own_values_are_found_by_record_person_and_last_day() {
        let (_folder, local) = temporary();
        for value in [own(1, 1, "un"), own(1, 2, "deux"), own(2, 1, "trois")] {
            local.keep_own_value(&value).expect("written");
        }
        let values = |of: Vec<OwnValue>| of.into_iter().map(|own| own.value).collect::<Vec<_>>();
        let of_record = local.own_values(&RecordId::from_bytes([1; 16]));
        assert_eq!(values(of_record.expect("read")), ["un", "deux"]);
        let about = local.own_values_about(&SubjectId::from_bytes([1; 16]));
        assert_eq!(values(about.expect("read")), ["un", "trois"]);
        assert_eq!(local.own_values_over("2027-01-31").expect("read").len(), 0);
        assert_eq!(local.own_values_over("2027-02-01").expect("read").len(), 3);
    }

    #[test]
    fn what_an_import_wrote_is_known_until_a_person_writes_over_it() {
        let (_folder, local) = temporary();
        for subject in [1, 2] {
            let import = Some(7);
            let own = OwnValue {
                import,
                ..own(1, subject, "importé")
            };
            local.keep_own_value(&own).expect("written");
        }
        local
            .keep_own_value(&own(1, 1, "importé"))
            .expect("written");
        let of = |number| local.own_values_of_import(number).expect("read");
        assert_eq!((of(7).len(), of(8).len()), (1, 0));
        assert_eq!(local.forget_own_values_of_import(7).expect("written"), 1);
        let left = local.every_own_value().expect("read");
        assert_eq!(left, [own(1, 1, "importé")]);
    }

    #[test]
    fn no_byte_of_a_forgotten_or_replaced_value_is_left_in_the_folder() {
        let (folder, local) = temporary();
        let canary = "canari-7f3a9c51e2";
        local.keep_own_value(&own(1, 1, canary)).expect("written");
        assert!(
            holds(folder.path(), canary),
            "the search below must be able to fail"
        );
        local.keep_own_value(&own(1, 1, "autre")).expect("written");
        assert!(!holds(folder.path(), canary));
        local.keep_own_value(&own(1, 2, canary)).expect("written");
        local.keep_setting("language", b"fr").expect("written");
        let (record, subject) = (
            RecordId::from_bytes([1; 16]),
            SubjectId::from_bytes([2; 16]),
        );
        let forget = || local.forget_own_value(&record, &subject, "phone");
        assert!(forget().expect("written"));
        assert!(!forget().expect("written"));
        assert!(!holds(folder.path(), canary));
        // Everything else is still there, also after reopening.
        drop(local);
        let local = Local::open(&folder.path().join(super::super::FILE)).expect("opens");
        assert_eq!(local.own_values(&record).expect("read")[0].value, "autre");
        let setting = local.setting("language").expect("read");
        assert_eq!(setting.as_deref(), Some(&b"fr"[..]));
    }
}
