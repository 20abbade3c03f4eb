//! Communes change from year to year. This finds the records whose commune is gone, was renumbered or was split since the list that its
//! code is of, and carries them over by ordinary edits, which can be taken back like an import. What is split is left to a person.
//!
//! The year of a code is derived: that of the author's day, at most that of our latest list, since forms and imports took the code by
//! the list of their day. It is a claim like any day, and decides nothing: whoever carries codes over sees each one first.

use std::collections::BTreeMap;

use crdt_schema::edit::{Operation, Value};
use crdt_schema::id::RecordId;
use crdt_schema::register::{Carried, FIRST_YEAR, LAST_YEAR, Territories};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use replica::local::{ImportBegun, Local};
use replica::{Fault, NewItem, Reader, Replica};

use super::{BulkError, Request, name_of};
use crate::mandates::OwnMandate;

/// What stands for the kind of records where they are of several.
pub(crate) const ALL_KINDS: &str = "*";
/// The field that is carried over.
const COMMUNE: &str = "commune";

/// Which year the codes are carried to.
#[derive(Clone, Copy)]
pub struct Carry<'a> {
    /// The year of the list.
    pub year: u16,
    /// What a person chose for codes that may mean several communes: by the code that records hold, the one that they are to hold.
    pub choices: &'a BTreeMap<String, String>,
}

/// What a carry did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CarryReport {
    /// Codes that are not what they were, in their order.
    pub moves: Vec<Move>,
    /// Records that it changes.
    pub changed: u64,
    /// Records whose code means several communes, and nobody has chosen.
    pub open: u64,
    /// Records where several communes stand side by side: they are left to a person.
    pub conflicts: u64,
    /// Records that our mandate does not cover: what we would sign there would count for nothing.
    pub outside: u64,
    /// The number under which it can be taken back, once it is signed.
    pub number: Option<u64>,
}

/// One code that records hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The code.
    pub code: String,
    /// The name that it had.
    pub name: String,
    /// What became of it.
    pub became: Became,
    /// Records that hold it.
    pub records: u64,
    /// The first of them, with their names.
    pub examples: Vec<(RecordId, String)>,
    /// What they are to hold; nothing where a person has still to choose.
    pub taken: Option<String>,
}

/// What became of a code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// It was split, or a commune that it had taken came back: one of these, by code and name.
    Choose(Vec<(String, String)>),
    /// One commune took its place: code and name.
    Successor(String, String),
    /// No list has it, or it was shared out.
    Unknown,
}

/// Tells whether codes can be carried to the list of a year.
pub fn is_year(year: u16) -> bool {
    (FIRST_YEAR..=LAST_YEAR).contains(&year)
}

impl Carry<'_> {
    /// Says what would change, and signs nothing.
    pub fn dry_run(&self, replica: &Replica) -> Result<CarryReport, Fault> {
        Ok(self.pass(replica)?.0)
    }

    /// Signs the change, where it changes as many records as were seen, and remembers it among the imports of this node under a title.
    pub fn run(
        &self,
        (replica, local): (&Replica, &Local),
        title: &str,
        (seen, request): (u64, Request<'_>),
    ) -> Result<CarryReport, BulkError> {
        let (mut report, mut items) = self.pass(replica)?;
        if report.changed != seen {
            let now = report.changed;
            return Err(BulkError::NotAsSeen { seen, now });
        }
        if items.is_empty() {
            return Ok(report);
        }
        let begun = ImportBegun {
            source: String::new(),
            file: title.to_owned(),
            kind: ALL_KINDS.to_owned(),
            by: request.by.to_owned(),
            at: request.at,
        };
        let under_way = local.begin_import(&begun)?;
        let number = under_way.number();
        while !items.is_empty() {
            let rest = items.split_off(items.len().min(EDITS_AT_ONCE));
            let entries = replica.contribute(std::mem::replace(&mut items, rest))?;
            local.keep_imported(number, &entries, &begun.source, &[])?;
        }
        local.end_import(number, 0, report.changed)?;
        report.number = Some(number);
        Ok(report)
    }

    /// Looks at every record; returns what it would sign.
    fn pass(&self, replica: &Replica) -> Result<(CarryReport, Vec<NewItem>), Fault> {
        let (own, reader) = (OwnMandate::of(replica), replica.read()?);
        let (mut report, mut items) = (CarryReport::default(), Vec::new());
        let mut moves: BTreeMap<(String, Became), Move> = BTreeMap::new();
        reader.each_record(|view| {
            let Some((code, became)) = self.moved(&reader, &view)? else {
                return Ok(());
            };
            if view.field(COMMUNE).is_some_and(|held| held.is_conflict()) {
                report.conflicts += 1;
                return Ok(());
            }
            let birth = view.birth.as_ref();
            let is_covered = |own: &OwnMandate| {
                birth.is_some_and(|(kind, territory)| own.covers(kind, territory))
            };
            if own.as_ref().is_some_and(|own| !is_covered(own)) {
                report.outside += 1;
                return Ok(());
            }
            let taken = self.taken(&code, &became);
            let is_open = matches!(became, Became::Choose(_));
            let key = (code.clone(), became.clone());
            let found = moves.entry(key).or_insert_with(|| Move {
                name: called(&code),
                code,
                became,
                records: 0,
                examples: Vec::new(),
                taken: taken.clone(),
            });
            found.records += 1;
            if found.examples.len() < EXAMPLES_MAX {
                found.examples.push((view.record, name_of(&view)));
            }
            match taken {
                Some(code) => {
                    report.changed += 1;
                    // A commune that keeps its code is written again: that says by which list it is meant.
                    let operation = Operation::Put {
                        field: COMMUNE.to_owned(),
                        value: Value::Text(code),
                    };
                    let item = NewItem::of_edit(view.record, view.heads, None, vec![operation]);
                    items.push(item);
                }
                None if is_open => report.open += 1,
                None => {}
            }
            Ok::<(), Fault>(())
        })?;
        report.moves = moves.into_values().collect();
        Ok((report, items))
    }

    /// Returns the code of a record, and what became of it; nothing where it stands as it was.
    fn moved(&self, reader: &Reader, view: &RecordView) -> Result<Option<(String, Became)>, Fault> {
        let written = view.field(COMMUNE).and_then(|held| held.winner());
        let Some(written) = written.filter(|_| !view.is_withdrawn()) else {
            return Ok(None);
        };
        let Value::Text(code) = written.value.clone() else {
            return Ok(None);
        };
        let lists = Territories::shared();
        // Most codes never moved, whatever their year: no edit is looked up for them.
        if lists.became(&code, FIRST_YEAR, self.year) == Carried::Same
            && lists.became(&code, LAST_YEAR, self.year) == Carried::Same
        {
            return Ok(None);
        }
        let edits = reader.edits(&view.record)?;
        let edit = edits.iter().find(|edit| edit.id == written.edit);
        let from = edit.map_or(LAST_YEAR, |edit| year_of(edit.claimed));
        let became = match lists.became(&code, from, self.year) {
            Carried::Same => return Ok(None),
            Carried::Successor(one) => Became::Successor(one.to_owned(), called(one)),
            Carried::Choose(all) => {
                let all = all.into_iter().map(|one| (one.to_owned(), called(one)));
                Became::Choose(all.collect())
            }
            Carried::Unknown => Became::Unknown,
        };
        Ok(Some((code, became)))
    }

    fn taken(&self, code: &str, became: &Became) -> Option<String> {
        match became {
            Became::Successor(one, _) => Some(one.clone()),
            Became::Choose(all) => {
                let chosen = self.choices.get(code)?;
                all.iter()
                    .any(|(one, _)| one == chosen)
                    .then(|| chosen.clone())
            }
            Became::Unknown => None,
        }
    }
}

/// The year of the list by which a code was taken on a day.
fn year_of(claimed: Timestamp) -> u16 {
    let date = claimed.date();
    let year = date.and_then(|date| date.get(..4)?.parse::<u16>().ok());
    year.map_or(LAST_YEAR, |year| year.clamp(FIRST_YEAR, LAST_YEAR))
}

/// The name of a code in the latest list that has it.
fn called(code: &str) -> String {
    let lists = Territories::shared();
    let mut years = (FIRST_YEAR..=LAST_YEAR).rev();
    let name = years.find_map(|year| lists.name_in(code, year));
    name.unwrap_or_default().to_owned()
}

/// Edits that are signed at once.
const EDITS_AT_ONCE: usize = 2_048;
/// Records that are named for each code: enough to see what it is about.
const EXAMPLES_MAX: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_of_the_list_of_its_day_and_of_ours_at_the_latest() {
        let day = |millis| year_of(Timestamp::from_millis(millis));
        assert_eq!(day(1_672_531_200_000), 2023);
        assert_eq!(day(0), FIRST_YEAR);
        assert_eq!(day(4_000_000_000_000), LAST_YEAR);
        assert_eq!(day(i64::MAX), LAST_YEAR);
        assert!(is_year(LAST_YEAR) && !is_year(LAST_YEAR + 1) && !is_year(FIRST_YEAR - 1));
    }

    #[test]
    fn only_a_choice_among_the_communes_in_question_is_taken() {
        let choices = |choice: &str| BTreeMap::from([("85084".to_owned(), choice.to_owned())]);
        let all = ["85084", "85165"].map(|code| (code.to_owned(), called(code)));
        let became = Became::Choose(all.into());
        let taken = |choices: &BTreeMap<String, String>| {
            let carry = Carry {
                year: 2026,
                choices,
            };
            carry.taken("85084", &became)
        };
        assert_eq!(taken(&BTreeMap::new()), None);
        assert_eq!(taken(&choices("45155")), None);
        assert_eq!(taken(&choices("85165")).as_deref(), Some("85165"));
        assert_eq!(called("85165"), "L'Oie");
    }
}
