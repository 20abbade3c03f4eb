//! Feeds of watches: whoever knows the address of one reads what its watch finds, without a login. The store holds the hash of the secret
//! in the address, so that a copy of the file opens no feed.

use std::fmt;

use crdt_schema::time::Timestamp;
use redb::{ReadableDatabase, WriteTransaction};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::watch::read_row;
use super::{AccountName, Local, WATCH_FEEDS, WATCHES, Watch, from_row, to_row};
use crate::fault::Fault;

/// The secret of one feed: 256 random bits, in the address that a feed reader keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct FeedSecret([u8; 32]);

/// What is kept of an open feed beside its watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenFeed {
    /// SHA-256 of the secret.
    key: [u8; 32],
    /// When its address was drawn, in milliseconds since 1970.
    pub since_ms: i64,
}

#[derive(Serialize, Deserialize)]
struct Row {
    account: String,
    number: u64,
}

impl FeedSecret {
    /// Takes random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads what [`to_text`](Self::to_text) writes, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        let secret = Self(bytes.filter(|_| rest.is_empty())?.try_into().ok()?);
        (secret.to_text() == text).then_some(secret)
    }

    /// Writes it for an address: 64 hexadecimal digits.
    pub fn to_text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn key(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for FeedSecret {
    /// Never writes the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FeedSecret(…)")
    }
}

impl Local {
    /// Opens the feed of a watch under a new secret; the one of before leads nowhere any more. Says whether there is such a watch.
    pub fn open_feed(
        &self,
        account: &AccountName,
        number: u64,
        secret: &FeedSecret,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let feed = OpenFeed {
            key: secret.key(),
            since_ms: now.as_millis(),
        };
        self.set_feed(account, number, Some(feed))
    }

    /// Closes the feed of a watch. Says whether there is such a watch.
    pub fn close_feed(&self, account: &AccountName, number: u64) -> Result<bool, Fault> {
        self.set_feed(account, number, None)
    }

    /// Returns the watch whose feed has this secret.
    pub fn watch_of_feed(&self, secret: &FeedSecret) -> Result<Option<Watch>, Fault> {
        let read = self.database().begin_read()?;
        let Some(row) = read.open_table(WATCH_FEEDS)?.get(&secret.key())? else {
            return Ok(None);
        };
        let Row { account, number } = from_row("watch feeds", row.value())?;
        let row = read.open_table(WATCHES)?.get((account.as_str(), number))?;
        row.map(|row| read_row(number, row.value())).transpose()
    }

    fn set_feed(
        &self,
        account: &AccountName,
        number: u64,
        feed: Option<OpenFeed>,
    ) -> Result<bool, Fault> {
        self.change_watch(account, number, |write, watch| {
            forget_feed(write, watch)?;
            if let Some(feed) = &feed {
                let row = Row {
                    account: account.to_string(),
                    number,
                };
                let mut feeds = write.open_table(WATCH_FEEDS)?;
                feeds.insert(&feed.key, to_row(&row).as_slice())?;
            }
            watch.feed = feed;
            Ok(())
        })
    }
}

/// Has the address of a watch that goes, or gets another one, lead nowhere.
pub(super) fn forget_feed(write: &WriteTransaction, watch: &Watch) -> Result<(), Fault> {
    if let Some(feed) = &watch.feed {
        write.open_table(WATCH_FEEDS)?.remove(&feed.key)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::Seen;
    use crate::local::tests::temporary;
    use crate::local::{Account, FILE, Role};

    const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);

    fn seen(change: u64) -> Seen {
        Seen { change, day: None }
    }

    fn secret(byte: u8) -> FeedSecret {
        FeedSecret::from_bytes([byte; 32])
    }

    fn watching(local: &Local, name: &str) -> (AccountName, u64) {
        let name = AccountName::parse(name).expect("is a name");
        let account = Account {
            name: name.clone(),
            role: Role::Reader,
            password: String::new(),
            created: NOW,
        };
        local.create_account(&account).expect("is made");
        let number = local.keep_watch(&name, ("Clubs", "kind=actor"), seen(7), NOW);
        (name, number.expect("is kept"))
    }

    fn found(local: &Local, byte: u8) -> Option<u64> {
        let watch = local.watch_of_feed(&secret(byte)).expect("reads");
        watch.map(|watch| watch.number)
    }

    #[test]
    fn a_secret_reads_as_it_is_written_and_nothing_else_does() {
        let text = secret(0xa7).to_text();
        assert_eq!(text.len(), 64);
        assert_eq!(FeedSecret::parse(&text), Some(secret(0xa7)));
        let upper = text.to_uppercase();
        for wrong in ["", "a", &text[1..], &format!("{text}a"), &upper, "é"] {
            assert_eq!(FeedSecret::parse(wrong), None, "{wrong}");
        }
        assert!(!format!("{:?}", secret(0xa7)).contains(&text[..8]));
    }

    #[test]
    fn a_feed_is_open_until_it_is_closed_renewed_or_its_watch_goes() {
        let (folder, local) = temporary();
        let (ana, number) = watching(&local, "ana");
        assert_eq!(found(&local, 1), None);
        assert!(
            local
                .open_feed(&ana, number, &secret(1), NOW)
                .expect("writes")
        );
        assert_eq!(found(&local, 1), Some(number));
        drop(local);
        let path = folder.path().join(FILE);
        let bytes = std::fs::read(&path).expect("readable");
        let text = secret(1).to_text();
        let is_text = bytes.windows(64).any(|part| part == text.as_bytes());
        let is_secret = bytes.windows(32).any(|part| part == [1; 32]);
        assert!(!is_text && !is_secret, "the file does not hold the secret");
        let local = Local::open(&path).expect("opens");
        assert_eq!(found(&local, 1), Some(number));
        assert!(
            local
                .open_feed(&ana, number, &secret(2), NOW)
                .expect("writes")
        );
        assert_eq!((found(&local, 1), found(&local, 2)), (None, Some(number)));
        local.see_watch(&ana, number, seen(9)).expect("writes");
        assert_eq!(found(&local, 2), Some(number), "the feed stays");
        assert!(local.close_feed(&ana, number).expect("writes"));
        assert_eq!(found(&local, 2), None);
        assert!(
            local.close_feed(&ana, number).expect("writes"),
            "twice is once"
        );
        assert!(
            !local
                .open_feed(&ana, number + 1, &secret(3), NOW)
                .expect("writes")
        );
        assert_eq!(found(&local, 3), None);
    }

    #[test]
    fn a_feed_goes_with_its_watch_and_with_its_account() {
        let (_folder, local) = temporary();
        let (ana, first) = watching(&local, "ana");
        let second = local
            .keep_watch(&ana, ("Autres", ""), seen(7), NOW)
            .expect("kept");
        let (zoe, other) = watching(&local, "zoe");
        for (account, number, byte) in [(&ana, first, 1), (&ana, second, 2), (&zoe, other, 3)] {
            let opened = local.open_feed(account, number, &secret(byte), NOW);
            assert!(opened.expect("writes"));
        }
        assert!(local.remove_watch(&ana, first).expect("writes"));
        assert_eq!((found(&local, 1), found(&local, 2)), (None, Some(second)));
        local.remove_account(&ana).expect("writes");
        assert_eq!((found(&local, 2), found(&local, 3)), (None, Some(other)));
        // An account of the same name does not have it back.
        let (_, again) = watching(&local, "ana");
        assert_ne!(again, second);
        assert_eq!(found(&local, 2), None);
    }

    #[test]
    fn a_backup_keeps_feeds_open() {
        let (folder, local) = temporary();
        let (ana, number) = watching(&local, "ana");
        local
            .open_feed(&ana, number, &secret(1), NOW)
            .expect("writes");
        let copy = folder.path().join("copy.redb");
        local.copy_to(&copy).expect("copies");
        let copy = Local::open(&copy).expect("opens");
        assert_eq!(found(&copy, 1), Some(number));
    }
}
