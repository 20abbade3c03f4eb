//! One import: the file that somebody sent, what they said of it, and how far it is.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crdt_schema::record::Kind;
use crdt_schema::time::Timestamp;
use crdt_schema::vocabulary::Words;
use exchange::{Mapping, Only};
use replica::local::{AccountName, Local};
use replica::{ContributeError, Fault, Replica};

use crate::contact::SeenBy;
use crate::files::{
    AsText, Contacts, Decided, Import, ImportError, Imported, Progress, Refused, Remembered,
    Request, remember,
};
use crate::imports::Sheet;

/// Problems that are shown and can be downloaded. Whoever has more starts with these.
const PROBLEMS_MAX: usize = 20_000;

/// A file as it was sent.
#[derive(Debug)]
pub(crate) struct Upload {
    /// Open, and without a name on the disk: nothing is left of it when this is dropped.
    pub(crate) file: File,
    pub(crate) name: String,
}

impl Upload {
    /// Returns all its bytes. It is as small as uploads are.
    pub(crate) fn bytes(mut self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// What the person says of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choices {
    pub(crate) source: String,
    /// The sheet, in a workbook; the first that has a table where it is not given.
    pub(crate) sheet: Option<String>,
    /// How its text is read.
    pub(crate) text: AsText,
    pub(crate) kind: Option<&'static Kind>,
    pub(crate) wishes: Vec<(String, String)>,
    pub(crate) confirmed: Vec<(String, String)>,
    /// What becomes of the persons of the file: for whom, for what, until when. Without it, they are left out.
    pub(crate) contacts: Option<ContactChoice>,
    /// Which list it is, when it is an official one.
    pub(crate) list: ListChoice,
    /// What was decided of rows that may be records which are there already.
    pub(crate) decided: Decided,
}

/// What the person says of an official list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ListChoice {
    pub(crate) year: Option<u16>,
    pub(crate) only: Option<Only>,
    /// What was typed for both, to be shown again where it cannot be read.
    pub(crate) typed: (String, String),
}

/// What the person says of the contacts of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContactChoice {
    pub(crate) seen_by: SeenBy,
    pub(crate) purpose: String,
    pub(crate) until: String,
}

/// What is asked of the thread that imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Try,
    Write(Refused),
}

/// How far an import is.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// The columns are to be looked at.
    Columns,
    /// Everything was written that could be.
    Done(Arc<Imported>),
    Failed(Failure),
    Running(Work, Progress),
    /// The report of the dry run is there.
    Tried(Arc<Imported>),
    /// Another import has its turn first.
    Waiting(Work),
}

impl Phase {
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Phase::Running(..) | Phase::Waiting(_))
    }
}

/// Why an import ended without a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// What is wrong with the file: a French sentence.
    File(String),
    /// The disk is nearly full. What was written before stays.
    NoRoom,
    /// The thread that imports has ended, or the node stops.
    Interrupted,
    /// Our own store, or the key that signs: the log says more.
    Store,
}

/// One import.
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) owner: AccountName,
    pub(crate) upload: Upload,
    /// Whether the columns are as they were kept for the source.
    pub(crate) is_remembered: bool,
    is_given_up: AtomicBool,
    inner: Mutex<Inner>,
}

struct Inner {
    choices: Choices,
    sheet: Arc<Sheet>,
    phase: Phase,
    /// Rows of the file, once they were counted.
    rows: Option<u64>,
    touched: Timestamp,
}

impl Job {
    pub(crate) fn new(
        (id, owner): (String, AccountName),
        (upload, sheet): (Upload, Sheet),
        (choices, is_remembered): (Choices, bool),
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            owner,
            upload,
            is_remembered,
            is_given_up: AtomicBool::new(false),
            inner: Mutex::new(Inner {
                choices,
                sheet: Arc::new(sheet),
                phase: Phase::Columns,
                rows: None,
                touched: now,
            }),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.inner().phase.clone()
    }

    /// Returns what the first look at the file showed.
    pub(crate) fn sheet(&self) -> Arc<Sheet> {
        Arc::clone(&self.inner().sheet)
    }

    /// Takes another reading of the same file: what was said of columns that it does not have any more is forgotten. Of others, what
    /// their values tell holds where nothing was said.
    pub(crate) fn read_again(&self, sheet: Sheet, text: AsText, recognised: Vec<(String, String)>) {
        let mut choices = self.choices();
        let is_there = |name: &str| sheet.columns.iter().any(|column| column.name == name);
        choices.wishes.retain(|(column, _)| is_there(column));
        choices.confirmed.retain(|(column, _)| is_there(column));
        for (column, field) in recognised {
            if choices
                .wishes
                .iter()
                .all(|(said, to)| *said != column && *to != field)
            {
                choices.wishes.push((column, field));
            }
        }
        choices.text = text;
        if self.choose(choices) {
            self.inner().sheet = Arc::new(sheet);
        }
    }

    /// Takes another sheet of the same workbook: what was said of the columns of the one before says nothing of this one.
    pub(crate) fn choose_sheet(
        &self,
        sheet: Sheet,
        name: String,
        recognised: Vec<(String, String)>,
    ) {
        let choices = Choices {
            sheet: Some(name),
            wishes: recognised,
            confirmed: Vec::new(),
            decided: Decided::default(),
            ..self.choices()
        };
        if self.choose(choices) {
            let mut inner = self.inner();
            inner.sheet = Arc::new(sheet);
            inner.rows = None;
        }
    }

    pub(crate) fn choices(&self) -> Choices {
        self.inner().choices.clone()
    }

    /// Returns what becomes of each column, as things stand. The choices were tried when they were made.
    pub(crate) fn mapping(&self, words: &Words) -> Option<Mapping> {
        let choices = self.choices();
        Mapping::of(&self.sheet().columns, choices.kind, &choices.wishes, words).ok()
    }

    /// Takes other choices; the report of before speaks of other columns then. Nothing changes while work goes on or once it is done.
    pub(crate) fn choose(&self, choices: Choices) -> bool {
        let mut inner = self.inner();
        if inner.phase.is_busy() || matches!(inner.phase, Phase::Done(_)) {
            return false;
        }
        inner.choices = choices;
        inner.phase = Phase::Columns;
        true
    }

    pub(crate) fn touched(&self) -> Timestamp {
        self.inner().touched
    }

    pub(super) fn touch(&self, now: Timestamp) {
        self.inner().touched = now;
    }

    pub(super) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    /// Says that work is asked for, unless some is already, or all is done.
    pub(super) fn wait_for(&self, work: Work) -> bool {
        let mut inner = self.inner();
        if inner.phase.is_busy() || matches!(inner.phase, Phase::Done(_)) {
            return false;
        }
        inner.phase = Phase::Waiting(work);
        true
    }

    pub(super) fn fail(&self, failure: Failure) {
        self.inner().phase = Phase::Failed(failure);
    }

    /// Does what was asked for. Runs on the thread of imports.
    pub(super) fn work(
        &self,
        (replica, local): (&Replica, &Local),
        draw: fn(&mut [u8]),
        stop: &AtomicBool,
    ) {
        let (work, choices, total) = {
            let inner = self.inner();
            let Phase::Waiting(work) = inner.phase else {
                return;
            };
            (work, inner.choices.clone(), inner.rows)
        };
        let mut watch = |progress: Progress| {
            let total = progress.total.or(total);
            self.inner().phase = Phase::Running(work, Progress { total, ..progress });
            if stop.load(Ordering::Relaxed) || self.is_given_up.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        if watch(Progress { done: 0, total }).is_break() {
            return;
        }
        let import = Import {
            refused: match work {
                Work::Try => Refused::Stop,
                Work::Write(refused) => refused,
            },
            contacts: choices.contacts.as_ref().map(|choice| Contacts {
                seen_by: choice.seen_by,
                purpose: &choice.purpose,
                until: &choice.until,
                local,
                draw,
            }),
            ..self.import(&choices)
        };
        let ended = match work {
            Work::Try => import.dry_run((replica, local), &mut watch),
            Work::Write(_) => {
                let request = Request {
                    by: self.owner.as_str(),
                    at: self.touched(),
                };
                import.run((replica, local), request, &mut watch)
            }
        };
        self.end(work, ended);
        if matches!(self.phase(), Phase::Done(_)) {
            let said = Remembered {
                kind: choices.kind,
                wishes: choices.wishes,
                confirmed: choices.confirmed,
                only: choices.list.only,
            };
            remember(local, &choices.source, &said);
        }
    }

    /// The file with what was said of it, but for contacts.
    pub(crate) fn import<'a>(&'a self, choices: &'a Choices) -> Import<'a> {
        Import {
            file: &self.upload.file,
            name: &self.upload.name,
            sheet: choices.sheet.as_deref(),
            text: choices.text,
            source: &choices.source,
            kind: choices.kind,
            wishes: &choices.wishes,
            confirmed: &choices.confirmed,
            refused: Refused::Stop,
            problems_max: PROBLEMS_MAX,
            contacts: None,
            list_year: choices.list.year,
            only: choices.list.only.as_ref(),
            decided: Some(&choices.decided),
        }
    }

    fn end(&self, work: Work, ended: Result<Imported, ImportError>) {
        let imported = match ended {
            Ok(imported) => Arc::new(imported),
            Err(error) => {
                self.fail(failure(&error));
                return;
            }
        };
        let report = &imported.report;
        tracing::info!(
            rows = report.rows,
            new = report.new,
            changed = report.changed,
            refused = report.refused,
            contacts = imported.contacts.kept,
            written = imported.is_written,
            "a file was imported on the pages, or tried"
        );
        let mut inner = self.inner();
        inner.rows = Some(report.rows);
        // Somebody may have changed the census since the dry run: what is refused now is looked at once more.
        inner.phase = match work {
            Work::Write(_) if imported.is_written => Phase::Done(imported),
            _ => Phase::Tried(imported),
        };
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failure(error: &ImportError) -> Failure {
    match error {
        ImportError::Contribute(ContributeError::Fault(Fault::NoRoom { .. }))
        | ImportError::Fault(Fault::NoRoom { .. }) => Failure::NoRoom,
        // What was signed stays so, and another try goes on from there.
        ImportError::Contribute(ContributeError::Held) | ImportError::Stopped => {
            Failure::Interrupted
        }
        ImportError::Unmapped(unmapped) => Failure::File(unmapped.to_string()),
        ImportError::Unreadable(unreadable) => Failure::File(unreadable.to_string()),
        ImportError::Contribute(_) | ImportError::Fault(_) | ImportError::Statement(_) => {
            tracing::error!(%error, "an import failed: look for its cause, not for who began it");
            Failure::Store
        }
    }
}
