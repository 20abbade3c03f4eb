//! Objections: people who asked not to be in the census. Only keyed hashes of what they are called are kept, enough to warn whoever
//! enters them again, and no list of names.

use crdt_schema::id::hash;
use crdt_schema::register::phone;
use crdt_schema::time::Timestamp;
use redb::{ReadableDatabase, ReadableTable};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Local, OBJECTIONS};
use crate::fault::Fault;

/// The setting that holds the key.
const KEY: &str = "objection_key";
/// Digits from which on a text without letters is a phone number.
const PHONE_DIGITS_MIN: usize = 6;

/// An objection, as far as it can be told from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Objection {
    /// The keyed hash of what the person is called.
    pub key: [u8; 32],
    /// When it was entered.
    pub since: Timestamp,
}

impl Local {
    /// Remembers that somebody called so, or with this mail or phone, objects. `fresh` is 32 random bytes: the key, if there is none yet.
    pub fn object(&self, value: &str, fresh: [u8; 32], now: Timestamp) -> Result<(), Fault> {
        let key = match self.objection_key()? {
            Some(key) => key,
            None => {
                self.keep_setting(KEY, &fresh)?;
                fresh.to_vec()
            }
        };
        self.write(|write| {
            let mut table = write.open_table(OBJECTIONS)?;
            table.insert(&keyed(&key, value), now.as_millis())?;
            Ok(())
        })
    }

    /// Returns when somebody objected who is called so, or has this mail or phone. The caller warns; it does not refuse, since two
    /// people may have one name.
    pub fn objection_to(&self, value: &str) -> Result<Option<Timestamp>, Fault> {
        let Some(key) = self.objection_key()? else {
            return Ok(None);
        };
        let read = self.database().begin_read()?;
        let row = read.open_table(OBJECTIONS)?.get(&keyed(&key, value))?;
        Ok(row.map(|row| Timestamp::from_millis(row.value())))
    }

    /// Forgets an objection; says whether there was one.
    pub fn withdraw_objection(&self, value: &str) -> Result<bool, Fault> {
        let Some(key) = self.objection_key()? else {
            return Ok(false);
        };
        self.write(|write| {
            let mut table = write.open_table(OBJECTIONS)?;
            Ok(table.remove(&keyed(&key, value))?.is_some())
        })
    }

    /// Returns the objections that are kept, the newest first. Nothing in them says whose they are.
    pub fn objections(&self) -> Result<Vec<Objection>, Fault> {
        let read = self.database().begin_read()?;
        let mut objections = Vec::new();
        for row in read.open_table(OBJECTIONS)?.iter()? {
            let (key, since) = row?;
            objections.push(Objection {
                key: *key.value(),
                since: Timestamp::from_millis(since.value()),
            });
        }
        objections.sort_by_key(|objection| (std::cmp::Reverse(objection.since), objection.key));
        Ok(objections)
    }

    /// Forgets the objection that has this key; says whether there was one.
    pub fn forget_objection(&self, key: &[u8; 32]) -> Result<bool, Fault> {
        self.write(|write| {
            let mut table = write.open_table(OBJECTIONS)?;
            Ok(table.remove(key)?.is_some())
        })
    }

    fn objection_key(&self) -> Result<Option<Vec<u8>>, Fault> {
        self.setting(KEY)
    }
}

fn keyed(key: &[u8], value: &str) -> [u8; 32] {
    // Keys have one length, so the boundary is clear.
    hash("objection", &[key, folded(value).as_bytes()])
}

/// Returns what stays of a name, a mail or a phone number when it is written in another way: by this, two writings are compared.
pub fn folded(value: &str) -> String {
    let value = value.trim();
    if value.contains('@') {
        return value.to_lowercase();
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= PHONE_DIGITS_MIN && !value.chars().any(char::is_alphabetic) {
        // The register knows which national numbers are overseas: `0692…` and `+262 692…` are one.
        let read = phone(value).into_accepted();
        let value = read.as_deref().unwrap_or(value);
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        let is_foreign = value.starts_with('+') || digits.starts_with("00");
        let bare = digits.trim_start_matches("00");
        let national = bare.strip_prefix("33").filter(|_| is_foreign);
        return national.map_or_else(
            || digits.clone(),
            |rest| format!("0{}", rest.strip_prefix('0').unwrap_or(rest)),
        );
    }
    let plain: String = value
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .collect();
    let words = plain.split(|letter: char| !letter.is_alphanumeric());
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::tests::temporary;

    const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);

    #[test]
    fn one_person_is_recognised_in_several_writings() {
        let (_folder, local) = temporary();
        assert_eq!(local.objection_to("Zoé Exemple").expect("read"), None);
        for value in [
            "Zoé Exemple-Inventée",
            "zoe@exemple.test",
            "06 00 00 00 01",
            "0692 00 00 01",
        ] {
            local.object(value, [7; 32], NOW).expect("written");
        }
        for same in [
            "EXEMPLE INVENTEE Zoe",
            " ZOE@exemple.test ",
            "+33 6 00 00 00 01",
            "0033600000001",
            "+33 (0)6 00 00 00 01",
            "06.00.00.00.01",
            "+262 692 00 00 01",
        ] {
            assert_eq!(local.objection_to(same).expect("read"), Some(NOW), "{same}");
        }
        for other in ["Zoé Exemple", "zoe@exemple.tes", "06 00 00 00 02", "", "33"] {
            assert_eq!(local.objection_to(other).expect("read"), None, "{other}");
        }
    }

    #[test]
    fn an_objection_is_withdrawn_and_holds_no_name() {
        let (folder, local) = temporary();
        local.object("Zoé Exemple", [7; 32], NOW).expect("written");
        // A second key would make the first objection unfindable.
        local.object("Noé Exemple", [8; 32], NOW).expect("written");
        let objections = local.objections().expect("read");
        assert_eq!(objections.len(), 2);
        let bytes = std::fs::read(folder.path().join(super::super::FILE)).expect("readable");
        assert!(
            !bytes
                .windows(7)
                .any(|at| at.eq_ignore_ascii_case(b"exemple"))
        );
        assert!(local.withdraw_objection("zoe EXEMPLE").expect("written"));
        assert!(!local.withdraw_objection("zoe EXEMPLE").expect("written"));
        assert!(local.objection_to("Noé Exemple").expect("read").is_some());
        for objection in objections {
            local.forget_objection(&objection.key).expect("written");
        }
        assert!(local.objection_to("Noé Exemple").expect("read").is_none());
    }
}
