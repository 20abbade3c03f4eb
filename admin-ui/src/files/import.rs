//! A file into a replica: once to see what it would change, once to sign.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use crdt_schema::draft::{Wanted, shown};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::record::Kind;
use crdt_schema::register::{LAST_YEAR, Territories};
use crdt_schema::statement::StatementError;
use crdt_schema::time::Timestamp;
use crdt_schema::vocabulary::Words;
use exchange::csv::Separator;
use exchange::{
    Choices, Encoding, Format, Level, Mapping, Only, Plan, PlannedEdit, Problem, Report, Reported,
    RowDecision, Settings, Strictness, Table, Unmapped, Unreadable, first_lines, hand_back,
};
use replica::local::{ImportBegun, Local};
use replica::{ContributeError, Fault, Reader, Replica};

use super::alike::{Alike, likeliest};
use super::batch::Batch;
use super::decided::{Decided, DecidedCounts, Decisions};
use super::held::Held;
use super::{ContactCounts, Contacts, PROGRESS_ROWS, Progress};
use crate::mandates::{Outside, OwnMandate};
use crate::neighbourhoods;
use crate::sources::keep_result;

/// A file that is to be imported, and what the person says of it.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    /// The file. Each reading keeps its own place in it.
    pub file: &'a File,
    /// Its name: the ending tells the format.
    pub name: &'a str,
    /// The sheet, in a workbook; the first that has a table where it is not given.
    pub sheet: Option<&'a str>,
    /// How its text is read.
    pub text: AsText,
    /// The name of the source, by which rows find their records again.
    pub source: &'a str,
    /// The kind of the records; guessed from the columns when it is not given.
    pub kind: Option<&'static Kind>,
    /// Columns and the fields that they go to; an empty field leaves a column out.
    pub wishes: &'a [(String, String)],
    /// Columns and codes of proposed readings that the person has confirmed.
    pub confirmed: &'a [(String, String)],
    /// What happens when something is refused.
    pub refused: Refused,
    /// How many problems are kept with their text; the others are counted.
    pub problems_max: usize,
    /// What becomes of the persons that it names; without a word, they are left out.
    pub contacts: Option<Contacts<'a>>,
    /// The year of an official list whose codes do not say it.
    pub list_year: Option<u16>,
    /// The part of an official list that is wanted.
    pub only: Option<&'a Only>,
    /// What the person has decided of rows that may be records which are there already.
    pub decided: Option<&'a Decided>,
}

/// How the text of a file is read, where a person knows better than what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AsText {
    /// How its characters are written; found where it is not given.
    pub encoding: Option<Encoding>,
    /// What parts its columns; found where it is not given.
    pub separator: Option<Separator>,
    /// Whether accents that were encoded twice are put right.
    pub repair_accents: bool,
}

/// Who asks for an import, as the list of imports shows it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The account; empty for the command line.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

/// What happens to a file when some of it is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Refused {
    /// Nothing of it is written.
    #[default]
    Stop,
    /// The other rows are written.
    Row,
    /// Rows are written without their refused cells, whose texts are kept in extra fields. A row that has no name is still refused.
    Cell,
}

impl Refused {
    /// All of them, from the strictest.
    pub const ALL: [Refused; 3] = [Refused::Stop, Refused::Row, Refused::Cell];

    /// Returns the word for it.
    pub fn code(self) -> &'static str {
        match self {
            Refused::Stop => "stop",
            Refused::Row => "row",
            Refused::Cell => "cell",
        }
    }

    /// Reads the word for it.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refused| refused.code() == code)
    }
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The rows, and what is wrong with them.
    pub report: Report,
    /// Problems that are not in the report any more, since there were too many.
    pub problems_left_out: u64,
    /// Whether something was allowed to be written.
    pub is_written: bool,
    /// The first records that are made, and the first that are changed.
    pub touched: Vec<Touched>,
    /// What became of the persons.
    pub contacts: ContactCounts,
    /// New rows that may be records which are there already. They are looked for when nothing is to be written.
    pub alike: Alike,
    /// The decisions that were followed, of today and of earlier files of the source.
    pub decided: DecidedCounts,
    /// The number under which it can be taken back, when it has signed something.
    pub number: Option<u64>,
}

/// A record that an import makes or changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// The record.
    pub record: RecordId,
    /// Its name in the file.
    pub name: String,
    /// The line of the file.
    pub line: u64,
    /// Whether the import makes it.
    pub is_new: bool,
    /// The fields that it writes, by their names.
    pub fields: BTreeSet<String>,
}

/// Why an import ended before its last row.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The replica did not take what was signed.
    #[error(transparent)]
    Contribute(#[from] ContributeError),
    /// Two records cannot be told apart in a sentence.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Whoever watches asked for it. What was signed before stays.
    #[error("stopped")]
    Stopped,
    /// A wish that cannot be fulfilled.
    #[error(transparent)]
    Unmapped(#[from] Unmapped),
    /// No row can be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl ImportError {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ImportError::Contribute(error) => error.code(),
            ImportError::Fault(fault) => fault.code(),
            ImportError::Statement(error) => error.code(),
            ImportError::Stopped => "stopped",
            ImportError::Unmapped(_) => "mapping",
            ImportError::Unreadable(unreadable) => unreadable.code(),
        }
    }
}

/// What a file is read for.
#[derive(Clone, Copy)]
enum Asked<'a> {
    /// Only to see whether something is refused.
    Counting,
    /// For a person who looks at what it would do.
    Looking,
    /// To be signed.
    Writing(Request<'a>),
}

/// Told now and then how far it is; says whether to go on.
type Watch<'w> = &'w mut dyn FnMut(Progress) -> ControlFlow<()>;

impl Import<'_> {
    /// Opens the file as a table.
    pub fn table(&self) -> Result<Table, Unreadable> {
        let file = Reading {
            file: self.file.try_clone()?,
            at: 0,
        };
        let choices = Choices {
            format: Format::of_name(Path::new(self.name)),
            sheet: self.sheet.map(str::to_owned),
            encoding: self.text.encoding,
            separator: self.text.separator,
            repair_accents: self.text.repair_accents,
            list_year: self.list_year,
            only: self.only.cloned(),
            ..Choices::default()
        };
        Table::read(file, &choices)
    }

    /// Returns the first lines of the file as they are, to see how it is to be read. A file that cannot be read has none.
    pub(crate) fn first_lines(&self) -> Vec<String> {
        let Ok(file) = self.file.try_clone() else {
            return Vec::new();
        };
        let AsText {
            encoding,
            repair_accents,
            ..
        } = self.text;
        first_lines(&mut Reading { file, at: 0 }, encoding, repair_accents).unwrap_or_default()
    }

    /// Writes the file back as a workbook, with what the report says of its cells. Its rows wait in private files of this folder.
    pub fn hand_back<W: Write + Send>(
        &self,
        report: &Report,
        folder: &Path,
        out: W,
    ) -> Result<W, Unreadable> {
        Ok(hand_back(self.table()?, report, folder, out)?)
    }

    /// Says what the import would do, and writes nothing.
    pub fn dry_run(
        &self,
        held: (&Replica, &Local),
        watch: Watch<'_>,
    ) -> Result<Imported, ImportError> {
        self.pass(held, None, watch, Asked::Looking)
    }

    /// Signs what the file changes. When nothing may be written if something is refused, the file is read twice.
    pub fn run(
        &self,
        held: (&Replica, &Local),
        request: Request<'_>,
        watch: Watch<'_>,
    ) -> Result<Imported, ImportError> {
        let mut total = None;
        if self.refused == Refused::Stop {
            let planned = self.pass(held, None, watch, Asked::Counting)?;
            let report = &planned.report;
            if report.refused > 0 {
                keep_result(held.1, (self.source, self.name), request, &planned);
                return Ok(planned);
            }
            total = Some(report.rows);
        }
        let imported = self.pass(held, total, watch, Asked::Writing(request))?;
        let imported = Imported {
            is_written: true,
            ..imported
        };
        keep_result(held.1, (self.source, self.name), request, &imported);
        Ok(imported)
    }

    fn pass(
        &self,
        (replica, local): (&Replica, &Local),
        total: Option<u64>,
        watch: Watch<'_>,
        asked: Asked<'_>,
    ) -> Result<Imported, ImportError> {
        let table = self.table()?;
        if table.lacks_year() {
            return Err(Unreadable::YearMissing.into());
        }
        let (federation, words, erased_records) = {
            let state = replica.state();
            let (governance, federation) = (state.governance(), *state.federation());
            let erased = governance.erasures().records().clone();
            (federation, governance.words().clone(), erased)
        };
        let is_looking = matches!(asked, Asked::Looking);
        let is_writing = matches!(asked, Asked::Writing(_));
        let decisions = Decisions::of(local, self.source, self.decided)?;
        let tells_apart = is_writing && decisions.tells_apart();
        let is_index_late = (is_looking || tells_apart || self.names_records(&table, &words))
            && !are_views_ready(replica, total, watch)?;
        let reader = replica.read()?;
        let imprints = local.imprints(self.source)?;
        let shown = (replica, local, &reader);
        let census = Held::of(shown, federation, erased_records, imprints, decisions);
        let held = neighbourhoods::lists(replica, &reader)?;
        let lists = held.as_ref().unwrap_or_else(|| Territories::shared());
        let mut plan = Plan::new(table, self.settings(&words, lists), &census)?;
        if plan.names_own_records() {
            plan.foresee(self.table()?)?;
        }
        let begun = match asked {
            Asked::Writing(request) => Some(self.begun(plan.mapping(), request)),
            Asked::Counting | Asked::Looking => None,
        };
        if is_writing && self.decided.is_some_and(|decided| decided.forgets) {
            local.forget_row_choices(self.source)?;
        }
        let mut looks = (is_looking || tells_apart).then(|| replica.look_alikes(&reader));
        let (mut imported, mut batch) = (Imported::default(), Batch::default());
        let (own, mut outside) = (OwnMandate::of(replica), Outside::default());
        let mut under_way = None;
        while let Some(step) = plan.step() {
            let done = plan.report().rows;
            if let Some(edit) = step? {
                imported.touch(&reader, &edit)?;
                let is_outside = match &own {
                    Some(own) => outside.look(own, &reader, &edit)?,
                    None => false,
                };
                match &mut looks {
                    Some(looks) if is_looking && edit.is_new => {
                        imported.alike.look(looks, &reader, &edit)?;
                    }
                    Some(looks) if edit.decided == Some(RowDecision::Apart) && edit.is_new => {
                        let other = likeliest(looks, &reader, &edit)?;
                        batch.apart.extend(other.map(|other| (edit.record, other)));
                    }
                    _ => {}
                }
                match is_outside {
                    true => batch.outside.push(edit),
                    false => batch.edits.push(edit),
                }
            }
            for (row, decision) in plan.take_decisions() {
                imported.decided.add(decision);
                if census.decisions.is_news(&row, decision) {
                    batch.choices.push((row, decision.to_bytes()));
                }
            }
            let imprints = plan.take_imprints().into_iter();
            let kept = imprints.map(|(record, imprint)| (record, imprint.to_bytes()));
            batch.imprints.extend(kept);
            imported.keep_problems(plan.take_problems(), self.problems_max);
            if let Some(contacts) = &self.contacts {
                for planned in plan.take_contacts() {
                    let counts = &mut imported.contacts;
                    let waiting = &mut batch.contacts;
                    let said = contacts.take(replica, &reader, &planned, waiting, counts)?;
                    imported.keep_problems(said, self.problems_max);
                }
            }
            if batch.is_full() {
                let full = std::mem::take(&mut batch);
                if let Some(begun) = &begun {
                    full.write((replica, local), self.contacts, begun, &mut under_way)?;
                }
            }
            if done.is_multiple_of(PROGRESS_ROWS) && watch(Progress { done, total }).is_break() {
                return Err(ImportError::Stopped);
            }
        }
        if let Some(begun) = &begun {
            batch.write((replica, local), self.contacts, begun, &mut under_way)?;
        }
        let problems = std::mem::take(&mut imported.report.problems);
        imported.report = plan.finish()?;
        imported.report.problems = problems;
        outside.report(own.as_ref(), &mut imported.report);
        if is_index_late {
            imported.report.notices.push(Reported {
                level: Level::Warning,
                problem: Problem::of_row(0, "", "index_late", INDEX_LATE.to_owned()),
            });
        }
        if let Some(under_way) = under_way {
            let (report, number) = (&imported.report, under_way.number());
            local.end_import(number, report.new, report.changed)?;
            imported.number = Some(number);
        }
        Ok(imported)
    }

    /// Tells whether cells may name records of the census, which are looked for in its index.
    fn names_records(&self, table: &Table, words: &Words) -> bool {
        let mapping = Mapping::of(table.columns(), self.kind, self.wishes, words);
        mapping.is_ok_and(|mapping| mapping.names_records())
    }

    fn begun(&self, mapping: &Mapping, request: Request<'_>) -> ImportBegun {
        ImportBegun {
            source: self.source.to_owned(),
            file: self.name.to_owned(),
            kind: mapping.kind.code.to_owned(),
            by: request.by.to_owned(),
            at: request.at,
        }
    }

    fn settings<'s>(&'s self, words: &'s Words, lists: &'s Territories) -> Settings<'s> {
        Settings {
            source: self.source,
            kind: self.kind,
            wishes: self.wishes,
            confirmed: self.confirmed,
            lists,
            year: LAST_YEAR,
            strictness: match self.refused {
                Refused::Cell => Strictness::Cell,
                Refused::Row | Refused::Stop => Strictness::Row,
            },
            has_contacts: self.contacts.is_some(),
            words,
        }
    }
}

impl Imported {
    fn touch(&mut self, reader: &Reader, edit: &PlannedEdit) -> Result<(), Fault> {
        let is_new = edit.is_new;
        let alike = self.touched.iter().filter(|one| one.is_new == is_new);
        if alike.count() == TOUCHED_MAX {
            return Ok(());
        }
        let name = match edit.draft.fields.get("name") {
            Some(Wanted::Value(Value::Text(name))) => name.clone(),
            // A row that only says what took the place of a territory does not name it.
            _ => reader
                .record(&edit.record)?
                .and_then(|view| Some(view.field("name")?.winner()?.value.clone()))
                .map(|name| shown(&name))
                .unwrap_or_default(),
        };
        let fields = edit.operations.iter();
        let fields = fields.map(|operation| operation.field().to_owned());
        self.touched.push(Touched {
            record: edit.record,
            name,
            line: edit.line,
            is_new,
            fields: fields.collect(),
        });
        Ok(())
    }

    fn keep_problems(&mut self, problems: impl IntoIterator<Item = Reported>, max: usize) {
        for problem in problems {
            if self.report.problems.len() < max {
                self.report.problems.push(problem);
            } else {
                self.problems_left_out += 1;
            }
        }
    }
}

/// A file that is read from a place of its own: somebody may fetch a report while the same file is imported.
struct Reading {
    file: File,
    at: u64,
}

impl Read for Reading {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Reading {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(by) => (self.at, by),
            SeekFrom::End(by) => (self.file.metadata()?.len(), by),
        };
        let at = from.checked_add_signed(by);
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Waits for the index to have all that the replica has: what was written a moment ago is not found in it yet. `false` when it takes too
/// long.
fn are_views_ready(
    replica: &Replica,
    total: Option<u64>,
    watch: Watch<'_>,
) -> Result<bool, ImportError> {
    for _ in 0..VIEWS_SECONDS_MAX {
        if replica.wait_for_views(Duration::from_secs(1)) {
            return Ok(true);
        }
        // Whoever stops the node does not wait for this.
        if watch(Progress { done: 0, total }).is_break() {
            return Err(ImportError::Stopped);
        }
    }
    Ok(false)
}

/// As long as commands wait for the index elsewhere.
const VIEWS_SECONDS_MAX: u64 = 30;
const INDEX_LATE: &str = "L'index de recherche n'a pas encore toutes les fiches de ce nœud : une fiche peut manquer parmi celles que des cellules désignent par leur nom, ou parmi les doublons possibles. Attendez une minute, puis recommencez.";
/// Records of either sort that a page can show as links; a longer list is a search.
const TOUCHED_MAX: usize = 50;
