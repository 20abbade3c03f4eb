//! From rows to edits, without writing anything: each row finds its record by a stable key, and what differs becomes one edit.
//!
//! The plan is pure: it reads a table and a census and gives edits and a report. The same file a second time gives no edit. A dry run
//! is a plan whose edits nobody takes.

mod ahead;
mod beside;
mod census;
mod contact;
mod decided;
mod earlier;
mod finding;
mod foresee;
mod identity;
mod imprint;
mod links;
mod ours;
mod reason;
mod renamed;
mod report;
mod returned;
mod row;
mod rows;
mod size;
mod three_way;
mod yearly;

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::{Operation, Value};
use crdt_schema::entry::RecordBirth;
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::limits::BASE_MAX;
use crdt_schema::record::Kind;
use crdt_schema::register::Territories;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;

use crate::import::ahead::Ahead;
use crate::import::finding::Meant;
use crate::import::identity::Seen;
use crate::import::links::Links;
use crate::import::ours::Ours;
use crate::import::report::Notices;
use crate::import::row::{Reader, Reading, TERRITORY};
use crate::import::three_way::ThreeWay;
use crate::mapping::{Mapping, Unmapped, Use};
use crate::official::InList;
use crate::report::Problem;
use crate::table::{Column, Row, Table};

pub use census::{Census, Erased, source_identifier};
pub use contact::PlannedContact;
pub use decided::{RowDecision, RowKey};
pub use earlier::Earlier;
pub use imprint::Imprint;
pub use links::{Called, Named};
pub use report::{Level, Report, Reported, Unread};
pub use returned::hand_back;
pub(crate) use returned::{LINE, TO_CORRECT};
pub(crate) use row::is_absent;
pub use three_way::KEPT_CODES;

/// What an import is told.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The name of the source: rows of one source keep their records from one file to the next.
    pub source: &'a str,
    /// The kind of the records, or the one that the columns speak of.
    pub kind: Option<&'static Kind>,
    /// Columns and the fields that they go to, where the person knows better; an empty field leaves a column out.
    pub wishes: &'a [(String, String)],
    /// Columns and codes of proposals that the person has confirmed: there, the reading that is offered is taken.
    pub confirmed: &'a [(String, String)],
    /// The official lists.
    pub lists: &'a Territories,
    /// The year of the codes of communes.
    pub year: u16,
    /// What a refused cell refuses.
    pub strictness: Strictness,
    /// Whether the columns that name a person give contacts; otherwise they are left out.
    pub has_contacts: bool,
    /// The words of the federation: its terms, and the fields of its own.
    pub words: &'a Words,
}

/// What a refused cell refuses.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Strictness {
    /// Itself: its text is kept in an extra field, and the rest of the row goes through.
    Cell,
    /// Its row.
    #[default]
    Row,
}

/// An edit that the plan would make.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlannedEdit {
    /// The line that it comes from.
    pub line: u64,
    /// What tells its row from the others of its source.
    pub row: RowKey,
    /// What a person has decided of the row.
    pub decided: Option<RowDecision>,
    /// The record.
    pub record: RecordId,
    /// For a new record, what its id is the hash of.
    pub birth: Option<RecordBirth>,
    /// Whether the record says nothing yet: it is new, or an import of it was undone.
    pub is_new: bool,
    /// The heads that it stands on.
    pub base: Vec<ItemId>,
    /// What it does.
    pub operations: Vec<Operation>,
    /// What the row says.
    pub draft: Draft,
}

/// The edits of a table, one after the other. When there are no more, the report is whole.
pub struct Plan<'a, C: Census> {
    table: Table,
    ahead: Ahead,
    columns: Vec<Column>,
    mapping: Mapping,
    settings: Settings<'a>,
    census: &'a C,
    seen: Seen,
    touched: BTreeSet<RecordId>,
    /// Records to which persons have led rows that would make others.
    joined: BTreeSet<RecordId>,
    decisions: Vec<(RowKey, RowDecision)>,
    links: Links,
    notices: Notices,
    report: Report,
    contacts: Vec<PlannedContact>,
    imprints: Vec<(RecordId, Imprint)>,
}

impl<'a, C: Census> Plan<'a, C> {
    /// Prepares the import of a table; no row is read yet.
    pub fn new(mut table: Table, settings: Settings<'a>, census: &'a C) -> Result<Self, Unmapped> {
        let columns = table.columns().to_vec();
        let mut mapping = Mapping::of(&columns, settings.kind, settings.wishes, settings.words)?;
        let ahead = Ahead::of(&mut table, &mapping, &settings);
        if !ahead.recognised.is_empty() {
            let wishes = [settings.wishes, &ahead.recognised].concat();
            mapping = Mapping::of(&columns, Some(mapping.kind), &wishes, settings.words)?;
            let is_told = |column: &Column| {
                let mut told = ahead.recognised.iter();
                told.any(|(name, _)| *name == column.name)
            };
            let told = columns.iter().enumerate();
            let told = told.filter(|(_, column)| is_told(column));
            mapping.by_values = told.map(|(place, _)| place).collect();
        }
        let mut report = Report {
            kind: Some(mapping.kind.code),
            sheet: table.sheet().map(str::to_owned),
            columns: mapping.described(&columns),
            ..Report::default()
        };
        for (place, (column, usage)) in columns.iter().zip(&mapping.uses).enumerate() {
            if *usage == Use::Personal {
                let is_part = mapping.contact_part(&columns, place).is_some();
                let (code, reason) = if is_part && settings.has_contacts {
                    ("contact_column", CONTACT_COLUMN)
                } else {
                    ("personal_column", PERSONAL_COLUMN)
                };
                let notice = Problem::of_row(0, "", code, reason.to_owned());
                report.notice(notice.in_column(column));
            }
        }
        let hidden = ahead::hidden(&columns, &mapping, settings.words);
        for notice in ahead.said(&columns, mapping.kind).chain(hidden) {
            report.notice(notice);
        }
        for (column, field) in mapping.outside(&columns) {
            if settings.wishes.iter().all(|(name, _)| *name != column.name) {
                let reason = format!("« {} » : {COLUMN_OUTSIDE}", field.wording.in_language("fr"));
                let notice = Problem::of_row(0, "", "column_outside", reason);
                report.notice(notice.in_column(column));
            }
        }
        for column in mapping.labels(&columns) {
            let notice = Problem::of_row(0, "", "column_labels", COLUMN_LABELS.to_owned());
            report.notice(notice.in_column(column));
        }
        if let Some(list) = mapping.list {
            for column in columns.iter().filter(|column| !list.has(&column.name)) {
                let notice = Problem::of_row(0, "", "column_unknown", COLUMN_UNKNOWN.to_owned());
                report.notice(notice.in_column(column));
            }
        }
        Ok(Self {
            table,
            ahead,
            columns,
            mapping,
            settings,
            census,
            seen: Seen::default(),
            touched: BTreeSet::new(),
            joined: BTreeSet::new(),
            decisions: Vec::new(),
            links: Links::default(),
            notices: Notices::default(),
            report,
            contacts: Vec::new(),
            imprints: Vec::new(),
        })
    }

    /// Returns what becomes of each column.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Returns the report as far as the rows are read.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Takes the problems that were met since the last time, so that a long list need not stay in memory.
    pub fn take_problems(&mut self) -> Vec<Reported> {
        std::mem::take(&mut self.report.problems)
    }

    /// Takes the contacts that were met since the last time. Their records are in edits given before, or held already.
    pub fn take_contacts(&mut self) -> Vec<PlannedContact> {
        std::mem::take(&mut self.contacts)
    }

    /// Takes the decisions that were followed since the last time.
    pub fn take_decisions(&mut self) -> Vec<(RowKey, RowDecision)> {
        std::mem::take(&mut self.decisions)
    }

    /// Takes what rows wanted of their records and was not remembered yet, since the last time: it is to be kept for
    /// [`Census::imported`], once the edits given before are signed.
    pub fn take_imprints(&mut self) -> Vec<(RecordId, Imprint)> {
        std::mem::take(&mut self.imprints)
    }

    /// Reads one row: an edit, or nothing to write. `None` after the last row.
    ///
    /// INVARIANT: each row counts once, as new, changed, unchanged, refused or left out.
    ///
    /// A row of an official list that says what took the place of a code counts only where the census has the record of that code.
    pub fn step(&mut self) -> Option<Result<Option<PlannedEdit>, C::Error>> {
        let row = self.ahead.rows.pop_front().or_else(|| self.table.next())?;
        if let Ok(row) = &row
            && row.in_list == InList::Gone
        {
            match self.is_held(row) {
                Ok(true) => {}
                Ok(false) => return Some(Ok(None)),
                Err(error) => return Some(Err(error)),
            }
        }
        self.report.rows += 1;
        Some(match row {
            Ok(row) => self.plan(&row),
            Err(problem) => {
                self.refuse(vec![*problem]);
                Ok(None)
            }
        })
    }

    /// Reads what is left and returns the report.
    pub fn finish(mut self) -> Result<Report, C::Error> {
        for step in self.by_ref() {
            step?;
        }
        for notice in self.table.notices() {
            self.report.notice(notice.clone());
        }
        self.notices.close(&mut self.report);
        Ok(self.report)
    }

    /// Tells whether the census has the record of a row of an official list, and something is in it.
    fn is_held(&self, row: &Row) -> Result<bool, C::Error> {
        let reading = self.read(row, None)?;
        let Some(code) = reading.identity.official else {
            return Ok(false);
        };
        let view = self.census.find(&code.record(&self.census.federation()))?;
        Ok(view.is_some_and(|view| !view.fields().is_empty()))
    }

    /// Tells whether the rows are those of an official list, which says what changed from one year to the next.
    fn is_official(&self) -> bool {
        self.table.is_official() && self.mapping.kind.code == TERRITORY
    }

    fn reader(&self, known: Option<RecordId>) -> Reader<'_> {
        Reader {
            columns: &self.columns,
            mapping: &self.mapping,
            settings: &self.settings,
            known,
            held: None,
            is_official: self.is_official(),
        }
    }

    /// Plans one row: an edit, or nothing to write.
    fn plan(&mut self, row: &Row) -> Result<Option<PlannedEdit>, C::Error> {
        let mut edited = None;
        let read = (&self.mapping, &self.settings);
        if let Some(mut ours) = Ours::of(row, &self.columns, self.census, read)? {
            for problem in std::mem::take(&mut ours.older) {
                self.report.problem(Level::Warning, problem);
            }
            if ours.is_unchanged(&self.columns, &self.mapping) && self.touched.insert(ours.record) {
                self.report.unchanged += 1;
                return Ok(None);
            }
            edited = Some(ours);
        }
        let row = edited.as_ref().map_or(row, |ours| &ours.row);
        let known = edited.as_ref().map(|ours| ours.record);
        let mut reading = self.read(row, known)?;
        let line = row.line;
        let note = self.find_holder(row, &mut reading)?;
        let times = self.seen.times(&reading.identity, self.settings.source);
        let (row_key, mut decided) = self.decision(line, &reading.identity, times)?;
        if decided == Some(RowDecision::LeftOut) {
            self.report.left_out += 1;
            self.decisions.push((row_key, RowDecision::LeftOut));
            return Ok(None);
        }
        let mut meant = self.meant(&reading.identity, times)?;
        if let Some(RowDecision::Same(record)) = &decided {
            match self.told(line, record, &meant)? {
                Ok(told) => meant = told,
                Err(problem) => {
                    self.report.problem(Level::Warning, problem);
                    decided = None;
                }
            }
        }
        self.find_links((line, meant.record), &mut reading)?;
        self.find_rows((line, meant.record), &mut reading)?;
        let Reading {
            mut draft,
            identity,
            refusals,
            notes,
            warnings,
            ..
        } = reading;
        if times.key > 0 {
            self.report.duplicates += 1;
            let warning = identity.repeated(row.line, &self.columns);
            if identity.official.is_some() {
                self.refuse(vec![warning]);
                return Ok(None);
            }
            self.report.problem(Level::Warning, warning);
        }
        for note in notes.into_iter().chain(note) {
            self.notices.add(note, &mut self.report);
        }
        for warning in warnings {
            self.report.problem(Level::Warning, warning);
        }
        if !refusals.is_empty() {
            self.refuse(refusals);
            return Ok(None);
        }
        let is_of_another_kind = meant.is_of_another_kind(self.mapping.kind.code);
        let is_named = identity.record == Some(meant.record) && meant.view.is_some();
        if is_named && (is_of_another_kind || !self.touched.insert(meant.record)) {
            let problem = identity.misplaced(row.line, &self.columns, is_of_another_kind);
            self.refuse(vec![problem]);
            return Ok(None);
        }
        let Meant {
            record,
            birth,
            view,
        } = meant;
        let is_led = matches!(decided, Some(RowDecision::Same(_)));
        let is_first = is_named || self.touched.insert(record);
        if (is_led && !is_first) || self.joined.contains(&record) {
            let text = record.to_string();
            let reason = decided::RECORD_TWICE.to_owned();
            self.refuse(vec![Problem::of_row(line, &text, "record_twice", reason)]);
            return Ok(None);
        }
        if let (true, Some(view)) = (is_led, &view) {
            self.joined.insert(record);
            decided::join(&mut draft, view);
        }
        self.decisions
            .extend(decided.map(|decided| (row_key, decided)));
        let refused = self.report.refused;
        let mut edit = self.edit((row.line, row.in_list), record, birth, view, draft)?;
        if let Some(edit) = &mut edit {
            edit.row = row_key;
            edit.decided = decided;
        }
        if self.settings.has_contacts && self.report.refused == refused {
            let (contact, problems) = contact::read(row, &self.columns, &self.mapping, record);
            self.contacts.extend(contact);
            for problem in problems {
                self.report.problem(Level::Warning, problem);
            }
        }
        Ok(edit)
    }

    fn edit(
        &mut self,
        (line, in_list): (u64, InList),
        record: RecordId,
        birth: RecordBirth,
        view: Option<RecordView>,
        draft: Draft,
    ) -> Result<Option<PlannedEdit>, C::Error> {
        let is_unborn = view.is_none();
        if self.census.erased(&record)? == Some(Erased::Record) {
            let problem = Problem::of_row(line, "", "record_erased", RECORD_ERASED.to_owned());
            self.refuse(vec![problem]);
            return Ok(None);
        }
        // A record that says nothing is one of which an import was undone: nothing of it is to be kept.
        let is_blank = view.as_ref().is_none_or(|view| view.fields().is_empty());
        let mut draft = draft;
        if let (true, Some(list)) = (is_blank, self.mapping.list) {
            for (field, code) in list.given() {
                let given = Wanted::Value(Value::Term((*code).to_owned()));
                draft.fields.entry((*field).to_owned()).or_insert(given);
            }
        }
        if view.as_ref().is_some_and(RecordView::is_withdrawn) {
            let problem =
                Problem::of_row(line, "", "record_withdrawn", RECORD_WITHDRAWN.to_owned());
            self.report.problem(Level::Notice, problem);
        }
        if let (true, Some(view)) = (self.is_official(), &view) {
            if let Some(older) = yearly::older(line, &draft, view) {
                self.notices.add(older, &mut self.report);
                self.report.unchanged += 1;
                return Ok(None);
            }
            yearly::restore(in_list, &mut draft, view);
        }
        let nothing = BTreeMap::new();
        let held = view.as_ref().map_or(&nothing, RecordView::fields);
        let before = match is_blank {
            true => None,
            false => self.census.imported(self.settings.source, &record)?,
        };
        let three_way = ThreeWay {
            census: self.census,
            settings: &self.settings,
            mapping: &self.mapping,
            columns: &self.columns,
            before: before.as_ref(),
        };
        let mut changed = three_way.changed((line, &record), &draft, held, &mut self.report)?;
        if self.is_official() && !is_blank {
            yearly::without_year_alone(&mut changed, |rest| !rest.operations(held).is_empty());
        }
        let operations = changed.operations(held);
        // Of what a person has still to decide, the source's former word stays.
        let imprint = Imprint::of(&changed).over(before.clone().unwrap_or_default());
        let is_news = before != Some(imprint.clone());
        if operations.is_empty() {
            self.report.unchanged += 1;
            self.imprints.extend(is_news.then_some((record, imprint)));
            return Ok(None);
        }
        let mut base = view.map(|view| view.heads).unwrap_or_default();
        // INVARIANT of edits: rising, distinct, at most this many. What is left is settled by the next import.
        base.sort_unstable();
        base.dedup();
        base.truncate(BASE_MAX);
        let edit = PlannedEdit {
            line,
            row: RowKey::default(),
            decided: None,
            record,
            birth: is_unborn.then_some(birth),
            is_new: is_blank,
            base,
            operations,
            draft,
        };
        if let Some(excess) = size::excess(&edit) {
            let problem = excess.problem(line, &self.mapping, &self.columns);
            self.refuse(vec![problem]);
            return Ok(None);
        }
        if in_list == InList::Gone {
            let gone = yearly::gone(line, &edit.draft);
            self.notices.add(gone, &mut self.report);
        }
        if is_blank {
            self.report.new += 1;
        } else {
            self.report.changed += 1;
        }
        self.imprints.extend(is_news.then_some((record, imprint)));
        Ok(Some(edit))
    }

    fn refuse(&mut self, problems: Vec<Problem>) {
        self.report.refused += 1;
        for problem in problems {
            self.report.problem(Level::Refused, problem);
        }
    }
}

impl<C: Census> Iterator for Plan<'_, C> {
    type Item = Result<PlannedEdit, C::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(step) = self.step()?.transpose() {
                return Some(step);
            }
        }
    }
}

const COLUMN_UNKNOWN: &str = "Cette colonne n'est pas du schéma data·inclusion v1. Si aucun champ ne lui correspond, elle est gardée dans un champ supplémentaire.";
const COLUMN_LABELS: &str = "Un fichier n'attribue aucun label : cette colonne n'est pas reprise. Un label n'existe que par les décisions signées de son comité.";
const COLUMN_OUTSIDE: &str = "cette colonne n'est là que pour être lue. Elle n'est pas reprise, et les fiches gardent ce qu'elles ont : cela se change depuis la page de chaque fiche.";
const RECORD_WITHDRAWN: &str = "Cette fiche est retirée et le reste : ce que la ligne change y est écrit, sans qu'elle revienne dans les listes. Pour cela, rétablissez-la depuis sa page.";
const RECORD_ERASED: &str = "Cette fiche a été effacée pour tous les partenaires : rien ne peut plus y être écrit. Retirez la ligne du fichier, ou créez une autre fiche si vous en avez le droit.";
const CONTACT_COLUMN: &str =
    "Colonne de contact : ses valeurs deviennent des données personnelles, à part des fiches.";
const PERSONAL_COLUMN: &str =
    "Colonne ignorée : donnée personnelle. Elle n'entre dans aucune fiche.";

#[cfg(test)]
mod tests;
