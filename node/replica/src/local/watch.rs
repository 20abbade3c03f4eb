//! Watches: searches that a person follows. A watch remembers the number of the last change that the person has seen: what this node learns
//! later has a greater number, whenever it was written. It remembers the day too, for searches whose answer hangs on it: a record becomes
//! due, and a label ends, without any change.

use std::fmt;

use crdt_schema::label::Day;
use crdt_schema::time::Timestamp;
use redb::{ReadableDatabase, ReadableTable, Table, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::watch_feed::{OpenFeed, forget_feed};
use super::{ACCOUNTS, AccountName, Local, SETTINGS, WATCHES, from_row, to_row};
use crate::fault::Fault;

/// Watches of one account: the page of all of them counts what is new in each.
pub const WATCHES_MAX: usize = 50;
/// Characters of a watch's name: a line of the list.
pub const WATCH_NAME_CHARS_MAX: usize = 100;
/// Bytes of the address of a search: what browsers send without a doubt.
pub const WATCH_SEARCH_BYTES_MAX: usize = 4_096;

/// The setting that holds the number of the newest watch, so that no number is given twice.
const NEWEST: &str = "newest_watch";

/// A search that somebody follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Its number, by which its account names it.
    #[serde(skip)]
    pub number: u64,
    /// What the person calls it.
    pub name: String,
    /// The search, as the address of a page says it.
    pub search: String,
    /// The last change that the person has seen.
    pub seen: u64,
    /// The day on which that was, as its text. A watch of an earlier version has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub since_ms: i64,
    /// What is kept of its feed, while one is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<OpenFeed>,
}

/// Up to where a person has seen the answer of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The last change that was shown.
    pub change: u64,
    /// The day for which it was asked.
    pub day: Option<Day>,
}

impl Watch {
    /// Returns the day on which the person looked last: that on which the watch was made, where nothing newer is known.
    pub fn seen_day(&self) -> Option<Day> {
        let day = self.day.as_deref().and_then(Day::parse);
        day.or_else(|| Day::of(Timestamp::from_millis(self.since_ms)))
    }

    fn see(&mut self, seen: Seen) {
        self.seen = self.seen.max(seen.change);
        if let Some(day) = seen.day {
            let known = self.day.as_deref().and_then(Day::parse);
            self.day = Some(known.map_or(day, |known| known.max(day)).to_string());
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day {
            Some(day) => write!(f, "{}@{day}", self.change),
            None => self.change.fmt(f),
        }
    }
}

impl Seen {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (change, day) = match text.split_once('@') {
            Some((change, day)) => (change, Some(Day::parse(day)?)),
            None => (text, None),
        };
        let change = change.parse().ok()?;
        Some(Self { change, day })
    }

    /// Leaves out what cannot have been shown: changes after this one, and days after this one.
    pub fn at_most(self, change: u64, today: Option<Day>) -> Self {
        Self {
            change: self.change.min(change),
            day: self
                .day
                .map(|day| today.map_or(day, |today| day.min(today))),
        }
    }
}

/// Why a watch is not kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WatchError {
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Its name is empty or too long.
    #[error("the name of a watch has 1 to {WATCH_NAME_CHARS_MAX} characters")]
    Name,
    /// There is no account of this name.
    #[error("there is no account of this name")]
    NoAccount,
    /// Its search is too long.
    #[error("the search is too long to be kept: choose fewer values")]
    Search,
    /// The account has as many as it may have.
    #[error("an account follows {WATCHES_MAX} searches at most: remove one first")]
    TooMany,
}

impl WatchError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            WatchError::Fault(fault) => fault.code(),
            WatchError::Name => "watch_name",
            WatchError::NoAccount => "account_unknown",
            WatchError::Search => "watch_search_too_long",
            WatchError::TooMany => "too_many_watches",
        }
    }
}

impl Local {
    /// Returns the watches of an account, in the order in which they were made.
    pub fn watches(&self, account: &AccountName) -> Result<Vec<Watch>, Fault> {
        let read = self.database().begin_read()?;
        let table = read.open_table(WATCHES)?;
        let name = account.as_str();
        let mut watches = Vec::new();
        for row in table.range((name, 0)..=(name, u64::MAX))? {
            let (key, row) = row?;
            watches.push(read_row(key.value().1, row.value())?);
        }
        Ok(watches)
    }

    /// Returns one of them.
    pub fn watch(&self, account: &AccountName, number: u64) -> Result<Option<Watch>, Fault> {
        let read = self.database().begin_read()?;
        let row = read.open_table(WATCHES)?.get((account.as_str(), number))?;
        row.map(|row| read_row(number, row.value())).transpose()
    }

    /// Keeps a search that somebody follows from now on; what is there up to `seen` is known. Returns its number.
    pub fn keep_watch(
        &self,
        account: &AccountName,
        (name, search): (&str, &str),
        seen: Seen,
        now: Timestamp,
    ) -> Result<u64, WatchError> {
        let name = checked_name(name)?;
        if search.len() > WATCH_SEARCH_BYTES_MAX {
            return Err(WatchError::Search);
        }
        let watch = Watch {
            number: 0,
            name,
            search: search.to_owned(),
            seen: seen.change,
            day: seen.day.map(|day| day.to_string()),
            since_ms: now.as_millis(),
            feed: None,
        };
        // A refusal changes nothing, and is committed as such.
        self.write(|write| {
            let accounts = write.open_table(ACCOUNTS)?;
            if accounts.get(account.as_str())?.is_none() {
                return Ok(Err(WatchError::NoAccount));
            }
            let mut table = write.open_table(WATCHES)?;
            if count_of(&table, account)? >= WATCHES_MAX {
                return Ok(Err(WatchError::TooMany));
            }
            let number = next_number(write)?;
            table.insert((account.as_str(), number), to_row(&watch).as_slice())?;
            Ok(Ok(number))
        })?
    }

    /// Gives a watch another name; says whether there is such a watch.
    pub fn rename_watch(
        &self,
        account: &AccountName,
        number: u64,
        name: &str,
    ) -> Result<bool, WatchError> {
        let name = checked_name(name)?;
        let renamed = self.change_watch(account, number, |_, watch| {
            watch.name = name;
            Ok(())
        });
        Ok(renamed?)
    }

    /// Remembers that the person has seen everything up to there; says whether there is such a watch. A page that was opened earlier
    /// than another one takes nothing back.
    pub fn see_watch(&self, account: &AccountName, number: u64, seen: Seen) -> Result<bool, Fault> {
        self.change_watch(account, number, |_, watch| {
            watch.see(seen);
            Ok(())
        })
    }

    /// Forgets a watch and closes its feed; says whether there was one.
    pub fn remove_watch(&self, account: &AccountName, number: u64) -> Result<bool, Fault> {
        self.write(|write| {
            let mut table = write.open_table(WATCHES)?;
            let row = table.remove((account.as_str(), number))?;
            let row = row.map(|row| row.value().to_vec());
            let Some(row) = row else {
                return Ok(false);
            };
            forget_feed(write, &read_row(number, &row)?)?;
            Ok(true)
        })
    }

    pub(super) fn change_watch(
        &self,
        account: &AccountName,
        number: u64,
        change: impl FnOnce(&WriteTransaction, &mut Watch) -> Result<(), Fault>,
    ) -> Result<bool, Fault> {
        self.write(|write| {
            let mut table = write.open_table(WATCHES)?;
            let key = (account.as_str(), number);
            let row = table.get(key)?.map(|row| row.value().to_vec());
            let Some(row) = row else {
                return Ok(false);
            };
            let mut watch = read_row(number, &row)?;
            change(write, &mut watch)?;
            table.insert(key, to_row(&watch).as_slice())?;
            Ok(true)
        })
    }
}

/// Forgets the watches of an account that goes, and closes their feeds.
pub(super) fn forget_watches_of(
    write: &WriteTransaction,
    account: &AccountName,
) -> Result<(), Fault> {
    let name = account.as_str();
    let mut table = write.open_table(WATCHES)?;
    for row in table.range((name, 0)..=(name, u64::MAX))? {
        let (key, row) = row?;
        forget_feed(write, &read_row(key.value().1, row.value())?)?;
    }
    table.retain_in((name, 0)..=(name, u64::MAX), |_, _| false)?;
    Ok(())
}

fn count_of(
    table: &Table<'_, (&'static str, u64), &'static [u8]>,
    account: &AccountName,
) -> Result<usize, Fault> {
    let name = account.as_str();
    Ok(table.range((name, 0)..=(name, u64::MAX))?.count())
}

fn next_number(write: &WriteTransaction) -> Result<u64, Fault> {
    let mut settings = write.open_table(SETTINGS)?;
    let newest = settings.get(NEWEST)?.map(|row| row.value().to_vec());
    let newest = match newest.map(|row| row.try_into().map(u64::from_be_bytes)) {
        None => 0,
        Some(Ok(newest)) => newest,
        Some(Err(_)) => return Err(Fault::damaged("local.redb, settings")),
    };
    let number = newest.saturating_add(1);
    settings.insert(NEWEST, number.to_be_bytes().as_slice())?;
    Ok(number)
}

fn checked_name(name: &str) -> Result<String, WatchError> {
    let name = name.trim();
    match name.chars().take(WATCH_NAME_CHARS_MAX + 1).count() {
        1..=WATCH_NAME_CHARS_MAX => Ok(name.to_owned()),
        _ => Err(WatchError::Name),
    }
}

pub(super) fn read_row(number: u64, row: &[u8]) -> Result<Watch, Fault> {
    Ok(Watch {
        number,
        ..from_row("watches", row)?
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::local::tests::temporary;
    use crate::local::{Account, FILE, Role};

    const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);

    fn account(local: &Local, name: &str) -> AccountName {
        let name = AccountName::parse(name).expect("is a name");
        let account = Account {
            name: name.clone(),
            role: Role::Reader,
            password: String::new(),
            created: NOW,
        };
        local.create_account(&account).expect("is made");
        name
    }

    fn at(change: u64, day: Option<u8>) -> Seen {
        let day = day.map(|day| Day::parse(&format!("2026-02-{day:02}")).expect("a day"));
        Seen { change, day }
    }

    fn keep(local: &Local, account: &AccountName, name: &str) -> Result<u64, WatchError> {
        local.keep_watch(account, (name, "kind=actor"), at(7, None), NOW)
    }

    #[test]
    fn a_watch_is_there_after_reopening_for_its_account_alone() {
        let (folder, local) = temporary();
        let (ana, anatole) = (account(&local, "ana"), account(&local, "anatole"));
        let number = keep(&local, &ana, "  Clubs ").expect("is kept");
        assert!(
            local
                .rename_watch(&ana, number, "Associations")
                .expect("written")
        );
        assert!(
            !local
                .rename_watch(&anatole, number, "Volé")
                .expect("written")
        );
        assert!(
            !local
                .see_watch(&anatole, number, at(99, None))
                .expect("written")
        );
        assert!(!local.remove_watch(&anatole, number).expect("written"));
        drop(local);
        let local = Local::open(&folder.path().join(FILE)).expect("opens again");
        let watches = local.watches(&ana).expect("read");
        assert_eq!(watches.len(), 1);
        assert_eq!(
            (watches[0].name.as_str(), watches[0].search.as_str()),
            ("Associations", "kind=actor")
        );
        assert_eq!(watches[0].seen, 7);
        assert_eq!(
            local.watch(&ana, number).expect("read").as_ref(),
            watches.first()
        );
        assert_eq!(local.watches(&anatole).expect("read"), []);
        // Backups hold them, and the rewriting of the file loses none.
        let path = folder.path().join("copy");
        local.copy_to(&path).expect("copies");
        let copy = Local::open(&path).expect("opens");
        assert_eq!(copy.watches(&ana).expect("read"), watches);
        local.rewrite().expect("written anew");
        assert_eq!(local.watches(&ana).expect("read"), watches);
    }

    #[test]
    fn a_store_that_knows_no_watches_yet_is_opened_and_keeps_some() {
        let (folder, local) = temporary();
        let ana = account(&local, "ana");
        local
            .write(|write| Ok(write.delete_table(WATCHES)?))
            .expect("the table goes");
        assert!(
            local.watches(&ana).is_err(),
            "as an earlier version left it"
        );
        drop(local);
        let local = Local::open(&folder.path().join(FILE)).expect("opens");
        assert_eq!(local.watches(&ana).expect("read"), []);
        keep(&local, &ana, "n").expect("is kept");
        assert_eq!(local.watches(&ana).expect("read").len(), 1);
    }

    #[test]
    fn watches_go_with_their_account_and_no_number_is_given_twice() {
        let (_folder, local) = temporary();
        let (ana, bob) = (account(&local, "ana"), account(&local, "bob"));
        let first = keep(&local, &ana, "a").expect("is kept");
        let second = keep(&local, &bob, "b").expect("is kept");
        assert!(local.remove_watch(&bob, second).expect("written"));
        let third = keep(&local, &bob, "c").expect("is kept");
        assert!(first < second && second < third);
        assert!(local.remove_account(&ana).expect("written"));
        assert_eq!(local.watches(&ana).expect("read"), []);
        assert_eq!(local.watches(&bob).expect("read").len(), 1);
        let refused = keep(&local, &ana, "d").expect_err("no account");
        assert_eq!(refused.code(), "account_unknown");
        account(&local, "ana");
        assert_eq!(local.watches(&ana).expect("read"), []);
    }

    #[test]
    fn names_searches_and_numbers_are_refused_just_above_their_limits() {
        let (_folder, local) = temporary();
        let ana = account(&local, "ana");
        let named = |length| keep(&local, &ana, &"é".repeat(length));
        assert_eq!(named(0).expect_err("refused").code(), "watch_name");
        assert!(named(WATCH_NAME_CHARS_MAX).is_ok());
        let long = named(WATCH_NAME_CHARS_MAX + 1).expect_err("refused");
        assert_eq!(long.code(), "watch_name");
        let searched = |length: usize| {
            let search = "a".repeat(length);
            local.keep_watch(&ana, ("n", &search), at(0, None), NOW)
        };
        assert!(searched(WATCH_SEARCH_BYTES_MAX).is_ok());
        let long = searched(WATCH_SEARCH_BYTES_MAX + 1).expect_err("refused");
        assert_eq!(long.code(), "watch_search_too_long");
        for _ in 2..WATCHES_MAX {
            keep(&local, &ana, "n").expect("is kept");
        }
        let refused = keep(&local, &ana, "n").expect_err("too many");
        assert_eq!(refused.code(), "too_many_watches");
        assert_eq!(local.watches(&ana).expect("read").len(), WATCHES_MAX);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

        /// Two pages of one watch may be marked as seen in any order: what one of them did not show is not lost by that.
        #[test]
        fn the_last_change_and_the_last_day_seen_are_the_greatest_in_any_order(
            seen in prop::collection::vec((0_u64..100, prop::option::of(1_u8..29)), 1..8),
        ) {
            let (_folder, local) = temporary();
            let ana = account(&local, "ana");
            let number = keep(&local, &ana, "n").expect("is kept");
            for (change, day) in &seen {
                let seen = at(*change, *day);
                prop_assert_eq!(Seen::parse(&seen.to_string()), Some(seen));
                local.see_watch(&ana, number, seen).expect("written");
            }
            let kept = local.watch(&ana, number).expect("read").expect("is there");
            let greatest = seen.iter().map(|(change, _)| *change).max().unwrap_or(0).max(7);
            prop_assert_eq!(kept.seen, greatest);
            // The day on which it was made, where none was told.
            let latest = seen.iter().filter_map(|(_, day)| *day).max();
            let latest = latest.map_or_else(|| Day::of(NOW), |day| at(0, Some(day)).day);
            prop_assert_eq!(kept.seen_day(), latest);
        }
    }
}
