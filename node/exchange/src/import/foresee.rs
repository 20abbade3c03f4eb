//! A file whose rows name each other is read once before they are planned, to learn what its records are called.

use std::collections::{BTreeSet, HashMap};

use crdt_schema::draft::{Draft, Wanted, cut};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::limits::BASE_MAX;
use crdt_schema::view::RecordView;

use crate::import::finding::Meant;
use crate::import::identity::Seen;
use crate::import::links::{Called, Link, Links, names_of};
use crate::import::row::Reading;
use crate::import::size::excess;
use crate::import::{Census, Erased, Plan, PlannedEdit, RowDecision, Strictness};
use crate::official::InList;
use crate::table::Table;

/// A row that will be refused when one of its cells names nothing.
struct Foreseen {
    row: (u64, RecordId),
    /// What it may be called.
    keys: Vec<[u8; 16]>,
    links: Vec<Link>,
}

impl<C: Census> Plan<'_, C> {
    /// Reads the same file once before its rows are planned, and learns what its records are called. Rows that will be refused make no
    /// record, and cannot be named; nor can those of records that are withdrawn or erased.
    pub fn foresee(&mut self, table: Table) -> Result<(), C::Error> {
        let (mut seen, mut touched) = (Seen::default(), BTreeSet::new());
        let mut with_links = Vec::new();
        self.links = Links::default();
        let kinds = [self.mapping.kind.code];
        for row in table.flatten().filter(|row| row.in_list != InList::Gone) {
            let reading = self.read(&row, None)?;
            let times = seen.times(&reading.identity, self.settings.source);
            let is_repeated = times.key > 0 && reading.identity.official.is_some();
            if is_repeated || !reading.refusals.is_empty() {
                continue;
            }
            let (_, decided) = self.decision(row.line, &reading.identity, times)?;
            let mut meant = self.meant(&reading.identity, times)?;
            match decided {
                Some(RowDecision::LeftOut) => continue,
                Some(RowDecision::Same(record)) => {
                    if let Ok(told) = self.told(row.line, &record, &meant)? {
                        meant = told;
                    }
                }
                Some(RowDecision::Apart) | None => {}
            }
            let record = meant.record;
            let named = reading.identity.record;
            let is_twice = meant.view.is_some() && named == Some(record) && !touched.insert(record);
            if is_twice || !self.is_to_be(row.line, meant, &reading)? {
                continue;
            }
            let called = names_of(&reading.draft.fields);
            let former = named.filter(|named| *named != record);
            let called = called.chain(former.map(Called::identified));
            let keys: Vec<_> = called.map(|called| called.key(&kinds)).collect();
            self.links.learn(&keys, (row.line, record));
            if !reading.links.is_empty() && self.settings.strictness == Strictness::Row {
                with_links.push(Foreseen {
                    row: (row.line, record),
                    keys,
                    links: reading.links,
                });
            }
        }
        self.settle(&with_links)
    }

    /// Tells whether the record of a row will be there to be named.
    fn is_to_be(&self, line: u64, meant: Meant, reading: &Reading) -> Result<bool, C::Error> {
        let is_withdrawn = meant.view.as_ref().is_some_and(RecordView::is_withdrawn);
        if is_withdrawn
            || meant.is_of_another_kind(self.mapping.kind.code)
            || self.census.erased(&meant.record)? == Some(Erased::Record)
        {
            return Ok(false);
        }
        let draft = with_links(reading.draft.clone(), &reading.links, meant.record);
        let Meant {
            record,
            birth,
            view,
        } = meant;
        let held = view.as_ref().map(RecordView::fields);
        let operations = draft.operations(held.unwrap_or(&Default::default()));
        let mut base = view.as_ref().map_or(Vec::new(), |view| view.heads.clone());
        base.truncate(BASE_MAX);
        let edit = PlannedEdit {
            line,
            row: [0; 16],
            decided: None,
            record,
            birth: view.is_none().then_some(birth),
            base,
            operations,
            draft,
            is_new: false,
        };
        Ok(excess(&edit).is_none())
    }

    /// Forgets the rows whose cells name nothing, then those that named these, until all that is named will be there.
    fn settle(&mut self, rows: &[Foreseen]) -> Result<(), C::Error> {
        let kinds = [self.mapping.kind.code];
        let mut naming: HashMap<[u8; 16], Vec<usize>> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            for text in row.links.iter().flat_map(named_in) {
                naming.entry(text.key(&kinds)).or_default().push(place);
            }
        }
        let mut is_gone = vec![false; rows.len()];
        let mut waiting: Vec<usize> = (0..rows.len()).rev().collect();
        while let Some(place) = waiting.pop() {
            let row = &rows[place];
            if is_gone[place] || self.are_found(row)? {
                continue;
            }
            is_gone[place] = true;
            self.links.forget(&row.keys, row.row);
            let naming = row.keys.iter().filter_map(|key| naming.get(key));
            waiting.extend(naming.flatten().copied());
        }
        Ok(())
    }

    fn are_found(&mut self, row: &Foreseen) -> Result<bool, C::Error> {
        for link in &row.links {
            let is_as_held = self.is_link_as_held(link, row.row.1)?;
            if !is_as_held && self.linked(link, row.row.1)?.is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// All that a cell may name.
fn named_in(link: &Link) -> Vec<Called> {
    let parts = cut(&link.text).filter(|_| link.kinds().1);
    let texts: BTreeSet<String> = parts.chain([link.text.clone()]).collect();
    texts.iter().flat_map(|text| Called::all_of(text)).collect()
}

/// The draft of a row as large as it will be when its cells are found: all links are of one size.
fn with_links(mut draft: Draft, links: &[Link], record: RecordId) -> Draft {
    for link in links {
        let wanted = match link.kinds() {
            (_, false) => Wanted::Value(Value::Record(record)),
            (_, true) => {
                let terms = cut(&link.text).enumerate();
                Wanted::Terms(terms.map(|(place, _)| format!("{place:032}")).collect())
            }
        };
        draft.fields.insert(link.field.clone(), wanted);
    }
    draft
}
