//! Logins: which browsers have shown a password, and until when. The store holds the hash of a login's id, so that a copy of the file
//! opens no page.

use std::fmt;
use std::time::Duration;

use crdt_schema::time::Timestamp;
use redb::{ReadableDatabase, ReadableTable};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{AccountName, LOGINS, Local, from_row, to_row};
use crate::fault::Fault;

/// How long a login lasts without a request: a screen left in a shared office.
pub const LOGIN_IDLE: Duration = Duration::from_secs(30 * 60);
/// How long a login lasts in all: a day's work.
pub const LOGIN_TOTAL: Duration = Duration::from_secs(12 * 3600);
/// A request writes `seen` only when the one before is older than this: a page must not cost a write to the disk each time.
const SEEN_STEP_MS: i64 = 60_000;

/// The secret of one login: 256 random bits that the browser keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginId([u8; 32]);

impl LoginId {
    /// Takes random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the secret bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns what the store knows of this id.
    pub fn key(&self) -> LoginKey {
        LoginKey(Sha256::digest(self.0).into())
    }

    /// Returns another secret made from this one, for a purpose. It tells nothing about the id.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"maillage/login/derive/1\0");
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.0);
        hash.finalize().into()
    }
}

impl fmt::Debug for LoginId {
    /// Never writes the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginId(…)")
    }
}

/// SHA-256 of a login's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginKey([u8; 32]);

/// A login that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Whose it is.
    pub account: AccountName,
    /// When the password was shown.
    pub created: Timestamp,
    /// About when the last request came: exact to a minute.
    pub seen: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Row {
    account: String,
    created_ms: i64,
    seen_ms: i64,
}

impl Login {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let row: Row = from_row("logins", bytes)?;
        let account = AccountName::parse(&row.account)
            .map_err(|_| Fault::damaged("local.redb, account of a login"))?;
        Ok(Self {
            account,
            created: Timestamp::from_millis(row.created_ms),
            seen: Timestamp::from_millis(row.seen_ms),
        })
    }

    fn to_row(&self) -> Vec<u8> {
        to_row(&Row {
            account: self.account.to_string(),
            created_ms: self.created.as_millis(),
            seen_ms: self.seen.as_millis(),
        })
    }

    /// Says whether the login still counts. Distances are taken without sign: after a jump of the clock, in either direction, the
    /// person shows the password again.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let within = |since: Timestamp, limit: Duration| {
            let distance_ms = now.as_millis().abs_diff(since.as_millis());
            u128::from(distance_ms) < limit.as_millis()
        };
        within(self.seen, LOGIN_IDLE) && within(self.created, LOGIN_TOTAL)
    }
}

impl Local {
    /// Starts a login, and forgets those that have run out.
    pub fn start_login(
        &self,
        key: &LoginKey,
        account: &AccountName,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let login = Login {
            account: account.clone(),
            created: now,
            seen: now,
        };
        self.write(|write| {
            let mut table = write.open_table(LOGINS)?;
            // A row that does not read is of no use to anybody: it goes too.
            table.retain(|_, row| Login::read(row).is_ok_and(|login| login.is_live(now)))?;
            table.insert(&key.0, login.to_row().as_slice())?;
            Ok(())
        })
    }

    /// Returns a login that still counts, and notes that it was used.
    pub fn login(&self, key: &LoginKey, now: Timestamp) -> Result<Option<Login>, Fault> {
        let read = self.database().begin_read()?;
        let Some(row) = read.open_table(LOGINS)?.get(&key.0)? else {
            return Ok(None);
        };
        let login = Login::read(row.value())?;
        if !login.is_live(now) {
            self.end_login(key)?;
            return Ok(None);
        }
        if now.as_millis().abs_diff(login.seen.as_millis()) >= SEEN_STEP_MS.unsigned_abs() {
            return self.note_login(key, now);
        }
        Ok(Some(login))
    }

    /// Ends a login.
    pub fn end_login(&self, key: &LoginKey) -> Result<(), Fault> {
        self.write(|write| {
            write.open_table(LOGINS)?.remove(&key.0)?;
            Ok(())
        })
    }

    /// Reads again inside the transaction: a logout in between must not be undone.
    fn note_login(&self, key: &LoginKey, now: Timestamp) -> Result<Option<Login>, Fault> {
        self.write(|write| {
            let mut table = write.open_table(LOGINS)?;
            let Some(mut login) = table
                .get(&key.0)?
                .map(|row| Login::read(row.value()))
                .transpose()?
            else {
                return Ok(None);
            };
            login.seen = now;
            table.insert(&key.0, login.to_row().as_slice())?;
            Ok(Some(login))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::FILE;
    use super::super::tests::temporary;
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_764_000_000_000 + millis)
    }

    fn zoe() -> AccountName {
        AccountName::parse("zoe").expect("is a name")
    }

    #[test]
    fn a_login_ends_after_thirty_idle_minutes_and_not_one_millisecond_before() {
        let (_folder, local) = temporary();
        let key = LoginId::from_bytes([7; 32]).key();
        local.start_login(&key, &zoe(), at(0)).expect("starts");
        let last = 30 * MINUTE_MS - 1;
        assert!(
            local.login(&key, at(last)).expect("reads").is_some(),
            "and counts as seen"
        );
        assert!(local.login(&key, at(2 * last)).expect("reads").is_some());
        assert_eq!(
            local
                .login(&key, at(2 * last + 30 * MINUTE_MS))
                .expect("reads"),
            None
        );
        assert_eq!(
            local.login(&key, at(2 * last)).expect("reads"),
            None,
            "it is forgotten"
        );
    }

    #[test]
    fn a_login_in_use_ends_after_twelve_hours() {
        let (_folder, local) = temporary();
        let key = LoginId::from_bytes([7; 32]).key();
        local.start_login(&key, &zoe(), at(0)).expect("starts");
        for step in 1..36 {
            let seen = local.login(&key, at(step * 20 * MINUTE_MS)).expect("reads");
            assert!(seen.is_some(), "after {step} times twenty minutes");
        }
        let twelve_hours = 12 * 60 * MINUTE_MS;
        assert!(
            local
                .login(&key, at(twelve_hours - 1))
                .expect("reads")
                .is_some()
        );
        assert_eq!(local.login(&key, at(twelve_hours)).expect("reads"), None);
    }

    #[test]
    fn a_clock_that_jumps_back_ends_a_login() {
        let login = Login {
            account: zoe(),
            created: at(0),
            seen: at(0),
        };
        assert!(login.is_live(at(-MINUTE_MS)));
        assert!(!login.is_live(at(-31 * MINUTE_MS)));
        assert!(!login.is_live(Timestamp::from_millis(i64::MIN)));
        assert!(!login.is_live(Timestamp::from_millis(i64::MAX)));
    }

    #[test]
    fn an_ended_login_stays_ended_and_others_go_on() {
        let (_folder, local) = temporary();
        let (one, two) = (LoginId::from_bytes([1; 32]), LoginId::from_bytes([2; 32]));
        local
            .start_login(&one.key(), &zoe(), at(0))
            .expect("starts");
        local
            .start_login(&two.key(), &zoe(), at(0))
            .expect("starts");
        local.end_login(&one.key()).expect("ends");
        assert_eq!(local.note_login(&one.key(), at(1)).expect("reads"), None);
        assert_eq!(local.login(&one.key(), at(1)).expect("reads"), None);
        assert!(local.login(&two.key(), at(1)).expect("reads").is_some());
    }

    #[test]
    fn the_file_does_not_hold_the_id_of_a_login() {
        let (folder, local) = temporary();
        let id = LoginId::from_bytes(*b"a secret of thirty-two bytes !!!");
        local.start_login(&id.key(), &zoe(), at(0)).expect("starts");
        drop(local);
        let file = std::fs::read(folder.path().join(FILE)).expect("reads");
        assert!(!file.windows(32).any(|part| part == id.as_bytes()));
        assert!(file.windows(32).any(|part| part == id.key().0));
        assert_ne!(id.derive("form"), id.derive("other"));
        assert_ne!(id.derive("form"), id.key().0);
        assert_eq!(format!("{id:?}"), "LoginId(…)");
    }
}
