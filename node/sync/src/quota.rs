//! What partners may publish in a day, counted: for each entry, whether it is taken today or waits for tomorrow.
//!
//! An entry is charged to the day that its author claims, as long as that day has room: years of history come at once to a node that is
//! new or was away, and nobody's clock is needed for that. What finds no room there is charged to today; what finds none there either
//! waits, with everything after it in its feed. A claimed day can be invented, so what is charged to earlier days is bounded by the day
//! on which it arrives. Days and quotas come in as arguments; nothing here decides what is valid.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::governance::Quotas;
use crdt_schema::id::PartnerId;
use crdt_schema::time::Timestamp;

/// What may be charged in one day to the days before it, in quotas: a year of a partner that always published all it may, and a month.
pub const EARLIER_QUOTAS_MAX: u64 = 400;
/// Days that are remembered of one account: eleven years. Beyond, the oldest is forgotten; what can arrive in a day stays bounded.
pub const DAYS_MAX: usize = 4_096;

/// A day, UTC: days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

/// Who pays for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// An enrolled partner, for all its feeds.
    Partner(PartnerId),
    /// All feeds for which no enrolled partner vouches, together.
    Strangers,
}

/// An amount of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// How many.
    pub entries: u64,
    /// Bytes that they take on the wire, before compression.
    pub bytes: u64,
}

/// What one day of an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// What is charged to this day.
    pub charged: Spent,
    /// What arrived on this day and is charged to days before it.
    pub earlier: Spent,
}

/// A row of the ledger as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpentRow {
    /// Account and day.
    pub key: [u8; 41],
    /// Four big-endian numbers: entries and bytes charged, entries and bytes charged to earlier days. Zeros: forget the row.
    pub value: [u8; 32],
}

/// What was charged to whom.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    accounts: BTreeMap<Account, BTreeMap<Day, Row>>,
    changed: BTreeSet<(Account, Day)>,
}

/// An entry as the ledger sees it.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// Who pays.
    pub account: Account,
    /// The day that its author claims.
    pub claimed: Day,
    /// Its size.
    pub bytes: u64,
}

impl Day {
    /// Returns the day of an instant.
    pub fn of(time: Timestamp) -> Self {
        Self(time.as_millis().div_euclid(DAY_MS))
    }

    /// Returns the instant at which it begins.
    pub fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_mul(DAY_MS))
    }

    /// Returns the day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Spent {
    /// One entry.
    pub fn one(bytes: u64) -> Self {
        Self { entries: 1, bytes }
    }

    /// Returns both together.
    #[must_use]
    pub fn plus(self, more: Self) -> Self {
        Self {
            entries: self.entries.saturating_add(more.entries),
            bytes: self.bytes.saturating_add(more.bytes),
        }
    }

    /// Returns whether no more than some quotas is spent.
    pub fn is_within(self, quotas: &Quotas, times: u64) -> bool {
        let fits = |spent: u64, quota: Option<u64>| {
            quota.is_none_or(|quota| spent <= quota.saturating_mul(times))
        };
        fits(self.entries, quotas.entries_per_day) && fits(self.bytes, quotas.bytes_per_day)
    }
}

impl Ledger {
    /// Takes what was kept. Rows that cannot be read are left out: they are as if they had been lost.
    pub fn from_rows(rows: &[SpentRow]) -> Self {
        let mut ledger = Self::default();
        for (account, day, row) in rows.iter().filter_map(SpentRow::read) {
            if row != Row::default() {
                let days = ledger.accounts.entry(account).or_default();
                days.insert(day, row);
            }
        }
        ledger
    }

    /// Charges an entry. Returns whether there was room; otherwise its feed waits until tomorrow.
    ///
    /// A day to which nothing is charged takes one entry of any size, so that no feed waits for ever.
    pub fn charge(&mut self, offer: &Offer, today: Day, quotas: &Quotas) -> bool {
        let entry = Spent::one(offer.bytes);
        let charged = |row: Row| row.charged.plus(entry);
        let has_room =
            |row: Row| row.charged == Spent::default() || charged(row).is_within(quotas, 1);
        let now = self.row(&offer.account, today);
        let then = self.row(&offer.account, offer.claimed);
        let earlier = now.earlier.plus(entry);
        if offer.claimed < today && has_room(then) && earlier.is_within(quotas, EARLIER_QUOTAS_MAX)
        {
            self.put(
                offer.account,
                offer.claimed,
                Row {
                    charged: charged(then),
                    ..then
                },
                today,
            );
            self.put(offer.account, today, Row { earlier, ..now }, today);
            return true;
        }
        let is_taken = has_room(now);
        if is_taken {
            self.put(
                offer.account,
                today,
                Row {
                    charged: charged(now),
                    ..now
                },
                today,
            );
        }
        is_taken
    }

    /// Counts an entry that is taken whatever was spent.
    pub fn count(&mut self, offer: &Offer, today: Day) {
        let day = offer.claimed.min(today);
        let row = self.row(&offer.account, day);
        let charged = row.charged.plus(Spent::one(offer.bytes));
        self.put(offer.account, day, Row { charged, ..row }, today);
    }

    /// Returns what a day of an account holds.
    pub fn row(&self, account: &Account, day: Day) -> Row {
        let days = self.accounts.get(account);
        days.and_then(|days| days.get(&day))
            .copied()
            .unwrap_or_default()
    }

    /// Returns the accounts to which something is charged on a day, with how much.
    pub fn on(&self, day: Day) -> impl Iterator<Item = (&Account, Spent)> {
        self.accounts.iter().filter_map(move |(account, days)| {
            let spent = days.get(&day)?.charged;
            (spent != Spent::default()).then_some((account, spent))
        })
    }

    /// Returns what changed since this was last asked, to be kept.
    pub fn take_changes(&mut self) -> Vec<SpentRow> {
        let changed = std::mem::take(&mut self.changed);
        let rows = changed.into_iter();
        rows.map(|(account, day)| SpentRow::write(&account, day, self.row(&account, day)))
            .collect()
    }

    fn put(&mut self, account: Account, day: Day, row: Row, today: Day) {
        let days = self.accounts.entry(account).or_default();
        days.insert(day, row);
        self.changed.insert((account, day));
        if days.len() > DAYS_MAX {
            let oldest = days.keys().copied().find(|day| *day != today);
            if let Some(oldest) = oldest {
                days.remove(&oldest);
                self.changed.insert((account, oldest));
            }
        }
    }
}

impl From<([u8; 41], [u8; 32])> for SpentRow {
    fn from((key, value): ([u8; 41], [u8; 32])) -> Self {
        Self { key, value }
    }
}

impl SpentRow {
    fn write(account: &Account, day: Day, row: Row) -> Self {
        let (mut key, mut value) = ([0; 41], [0; 32]);
        if let Account::Partner(partner) = account {
            key[0] = 1;
            key[1..33].copy_from_slice(partner.as_bytes());
        }
        key[33..].copy_from_slice(&day.0.to_be_bytes());
        let numbers = [
            row.charged.entries,
            row.charged.bytes,
            row.earlier.entries,
            row.earlier.bytes,
        ];
        for (place, number) in value.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        Self { key, value }
    }

    fn read(&self) -> Option<(Account, Day, Row)> {
        let partner = PartnerId::from_slice(&self.key[1..33])?;
        let account = match self.key[0] {
            0 => Account::Strangers,
            1 => Account::Partner(partner),
            _ => return None,
        };
        let day = Day(i64::from_be_bytes(self.key[33..].try_into().ok()?));
        let mut numbers = self
            .value
            .as_chunks::<8>()
            .0
            .iter()
            .map(|number| u64::from_be_bytes(*number));
        let mut spent = || {
            Some(Spent {
                entries: numbers.next()?,
                bytes: numbers.next()?,
            })
        };
        let (charged, earlier) = (spent()?, spent()?);
        Some((account, day, Row { charged, earlier }))
    }
}

const DAY_MS: i64 = 86_400_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TODAY: Day = Day(20_000);

    fn account(number: u8) -> Account {
        match number {
            0 => Account::Strangers,
            number => Account::Partner(PartnerId::from_bytes([number; 32])),
        }
    }

    fn quotas(entries: Option<u64>, bytes: Option<u64>) -> Quotas {
        Quotas {
            entries_per_day: entries,
            bytes_per_day: bytes,
        }
    }

    fn offer(claimed: i64, bytes: u64) -> Offer {
        Offer {
            account: account(1),
            claimed: Day(TODAY.0 + claimed),
            bytes,
        }
    }

    /// Offers what is left of each feed until it has to wait. Returns what was taken.
    fn one_day(
        ledger: &mut Ledger,
        feeds: &mut [Vec<Offer>],
        today: Day,
        quotas: &Quotas,
    ) -> Vec<Offer> {
        let mut taken = Vec::new();
        for feed in feeds {
            let length = feed
                .iter()
                .take_while(|offer| ledger.charge(offer, today, quotas))
                .count();
            taken.extend(feed.drain(..length));
        }
        taken
    }

    fn assert_within(ledger: &Ledger, quotas: &Quotas) {
        for row in ledger.accounts.values().flat_map(BTreeMap::values) {
            let is_one = row.charged.entries == 1;
            assert!(row.charged.is_within(quotas, 1) || is_one, "{row:?}");
            assert!(row.earlier.is_within(quotas, EARLIER_QUOTAS_MAX), "{row:?}");
        }
    }

    fn some_quotas() -> impl Strategy<Value = Quotas> {
        let entries = proptest::option::of(0_u64..6);
        let bytes = proptest::option::of(0_u64..4_000);
        (entries, bytes).prop_map(|(entries, bytes)| quotas(entries, bytes))
    }

    fn some_feeds() -> impl Strategy<Value = Vec<Vec<Offer>>> {
        let offer = |number: u8| {
            (-6_i64..4, 1_u64..2_000).prop_map(move |(claimed, bytes)| Offer {
                account: account(number),
                claimed: Day(TODAY.0 + claimed),
                bytes,
            })
        };
        let feed = move |number| proptest::collection::vec(offer(number), 0..25);
        let feeds = (0_u8..3).prop_flat_map(feed);
        proptest::collection::vec(feeds, 1..5)
    }

    proptest! {
        #[test]
        fn what_waits_is_taken_later_and_in_the_end_all_of_it(
            quotas in some_quotas(),
            mut feeds in some_feeds(),
            restarts in any::<u64>(),
        ) {
            let all: usize = feeds.iter().map(Vec::len).sum();
            let (mut ledger, mut kept, mut taken) = (Ledger::default(), BTreeMap::new(), 0);
            // An account with something to offer has one entry taken each day.
            for number in 0..=all as i64 {
                let today = Day(TODAY.0 + number);
                taken += one_day(&mut ledger, &mut feeds, today, &quotas).len();
                assert_within(&ledger, &quotas);
                kept.extend(ledger.take_changes().into_iter().map(|row| (row.key, row)));
                if restarts & (1 << (number % 64)) != 0 {
                    let rows: Vec<_> = kept.values().copied().collect();
                    let again = Ledger::from_rows(&rows);
                    prop_assert_eq!(&again.accounts, &ledger.accounts);
                    ledger = again;
                }
            }
            // Prefixes only were taken: with none left, it is all of each feed, as if there had been no quota.
            prop_assert_eq!(taken, all);
            prop_assert!(feeds.iter().all(Vec::is_empty));
        }

        #[test]
        fn a_day_brings_one_quota_and_four_hundred_of_earlier_days(
            (entries, bytes) in (1_u64..4, 100_u64..4_000),
            offers in proptest::collection::vec((-3_000_i64..3, 1_u64..100), 0..3_000),
        ) {
            let quotas = quotas(Some(entries), Some(bytes));
            let offers = offers.into_iter().map(|(claimed, bytes)| offer(claimed, bytes));
            let mut feeds: Vec<Vec<Offer>> = offers.map(|offer| vec![offer]).collect();
            let mut ledger = Ledger::default();
            let taken = one_day(&mut ledger, &mut feeds, TODAY, &quotas);
            let spent = taken.iter().fold(Spent::default(), |spent, offer| spent.plus(Spent::one(offer.bytes)));
            prop_assert!(spent.is_within(&quotas, EARLIER_QUOTAS_MAX + 1), "{:?}", spent);
            assert_within(&ledger, &quotas);
        }

        #[test]
        fn years_of_history_within_the_quota_come_in_one_day(
            (entries, days) in (1_u64..4, 1_i64..400),
            shuffle in any::<u64>(),
        ) {
            let quotas = quotas(Some(entries), None);
            // Two nodes of one partner, and a day of which it used nothing.
            let mut feeds = [Vec::new(), Vec::new()];
            for day in (-days..=0).filter(|day| day % 7 != 3) {
                for number in 0..entries {
                    let feed = (shuffle >> ((day.unsigned_abs() + number) % 64)) & 1;
                    feeds[feed as usize].push(offer(day * 3, 500));
                }
            }
            let mut ledger = Ledger::default();
            one_day(&mut ledger, &mut feeds, TODAY, &quotas);
            prop_assert!(feeds.iter().all(Vec::is_empty), "{} left", feeds[0].len() + feeds[1].len());
        }
    }

    #[test]
    fn ten_quotas_of_today_take_ten_days() {
        let quotas = quotas(Some(20), None);
        let mut feeds = [vec![offer(0, 10); 200]];
        let mut ledger = Ledger::default();
        for day in 0..10 {
            let taken = one_day(&mut ledger, &mut feeds, Day(TODAY.0 + day), &quotas);
            // What claims yesterday finds what yesterday took.
            assert_eq!(taken.len(), 20, "day {day}");
        }
        assert!(feeds[0].is_empty());
    }

    #[test]
    fn a_claim_of_tomorrow_is_charged_to_today() {
        let quotas = quotas(Some(1), None);
        let mut ledger = Ledger::default();
        assert!(ledger.charge(&offer(3_650, 10), TODAY, &quotas));
        assert!(!ledger.charge(&offer(0, 10), TODAY, &quotas));
        assert_eq!(ledger.row(&account(1), TODAY).charged, Spent::one(10));
        let tomorrow = offer(3_650, 10).claimed;
        assert_eq!(ledger.row(&account(1), tomorrow), Row::default());
    }

    #[test]
    fn an_entry_larger_than_the_quota_takes_a_whole_day() {
        let quotas = quotas(None, Some(100));
        let mut ledger = Ledger::default();
        assert!(ledger.charge(&offer(0, 60_000), TODAY, &quotas));
        assert!(!ledger.charge(&offer(0, 1), TODAY, &quotas));
        // Nor is it a way to fill the days before without bound.
        assert!(!ledger.charge(&offer(-1, 60_000), TODAY, &quotas));
        assert!(ledger.charge(&offer(-1, 40_000), TODAY, &quotas));
        assert!(ledger.charge(&offer(0, 1), TODAY.next(), &quotas));
    }

    #[test]
    fn accounts_do_not_pay_for_each_other_and_what_is_only_counted_knows_no_bound() {
        let quotas = quotas(Some(1), None);
        let mut ledger = Ledger::default();
        let other = Offer {
            account: account(2),
            ..offer(0, 10)
        };
        for _ in 0..3 {
            ledger.count(&other, TODAY);
        }
        assert_eq!(ledger.row(&other.account, TODAY).charged.entries, 3);
        assert!(ledger.charge(&offer(0, 10), TODAY, &quotas));
        assert!(!ledger.charge(&other, TODAY, &quotas));
        let on: Vec<_> = ledger.on(TODAY).map(|(_, spent)| spent.entries).collect();
        assert_eq!(on, [1, 3]);
    }

    #[test]
    fn of_invented_days_the_oldest_are_forgotten() {
        let quotas = quotas(Some(50), None);
        let mut ledger = Ledger::default();
        for number in 0..=DAYS_MAX as i64 {
            assert!(ledger.charge(&offer(-1 - number, 1), TODAY, &quotas));
        }
        let days = &ledger.accounts[&account(1)];
        assert_eq!(days.len(), DAYS_MAX);
        assert!(days.contains_key(&TODAY));
        let forgotten = ledger
            .take_changes()
            .into_iter()
            .filter(|row| row.value == [0; 32]);
        assert_eq!(forgotten.count(), 2);
    }

    #[test]
    fn days_begin_at_midnight_utc_on_both_sides_of_1970() {
        for (millis, day) in [(-1, -1), (0, 0), (DAY_MS - 1, 0), (DAY_MS, 1)] {
            assert_eq!(Day::of(Timestamp::from_millis(millis)), Day(day));
        }
        assert_eq!(Day::of(TODAY.next().start()), TODAY.next());
        for extreme in [i64::MIN, i64::MAX] {
            let day = Day::of(Timestamp::from_millis(extreme));
            let row = SpentRow::write(&account(1), day, Row::default());
            assert_eq!(row.read(), Some((account(1), day, Row::default())));
        }
    }
}
