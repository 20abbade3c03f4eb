//! Records for data·inclusion: which leave as structures and services, and what is said of the others.

use std::collections::BTreeMap;
use std::io::Write;

use crdt_schema::id::RecordId;
use crdt_schema::register::Territories;
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use exchange::export::{
    Described, Inclusion, InclusionBook, InclusionJson, LeftOut, Notice, holder, is_service,
    quality, slug,
};
use replica::{Fault, Reader, Replica};
use serde_json::{Map, Value as Json};

use super::export::{ExportError, Form, revisions};
use super::licences::Licences;
use super::name_of;
use super::records::Records;

/// What became of the records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InclusionReport {
    /// Actors that are structures.
    pub structures: u64,
    /// Initiatives that are services.
    pub services: u64,
    /// Initiatives that are no service or action, or do not run.
    pub others: u64,
    /// Records that lack what the schema requires.
    pub left_out: u64,
    /// Values that did not come along, or changed on the way.
    pub notices: u64,
    /// The first of the records that were left out, each with why.
    pub left: Vec<(Named, LeftOut)>,
    /// The first of the values.
    pub noticed: Vec<(Named, Notice)>,
    /// The scores of the first services.
    pub scores: Vec<(Named, f64)>,
    score_total: f64,
}

/// A record that something is said of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The record.
    pub record: RecordId,
    /// Its name.
    pub name: String,
}

impl InclusionReport {
    /// Returns the mean score of the services.
    pub fn mean_score(&self) -> Option<f64> {
        let count = u32::try_from(self.services)
            .ok()
            .filter(|count| *count > 0)?;
        Some((self.score_total / f64::from(count) * 100.0).round() / 100.0)
    }
}

/// Which of the two lists a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Both,
    Services,
    Structures,
}

impl Part {
    pub(super) fn of(form: Form) -> Option<Self> {
        match form {
            Form::Inclusion => Some(Part::Both),
            Form::InclusionServices => Some(Part::Services),
            Form::InclusionStructures => Some(Part::Structures),
            _ => None,
        }
    }
}

/// Writes one list, or both as a workbook.
pub(super) fn outgoing(
    records: &mut Records<'_>,
    replica: &Replica,
    (now, said_max): (Timestamp, usize),
    (part, words): (Part, &Words),
    out: impl Write + Send,
) -> Result<InclusionReport, ExportError> {
    let source = slug(&replica.state().governance().adoption().tip().name);
    let today = now.date().unwrap_or_default();
    let mut walk = Walk {
        reader: records.reader,
        inclusion: Inclusion {
            source: &source,
            today: &today,
            lists: Territories::shared(),
            words,
        },
        licences: records.licences,
        part,
        said_max,
        holders: BTreeMap::new(),
        report: InclusionReport::default(),
    };
    if part == Part::Both {
        let mut book = InclusionBook::new(replica.folder())?;
        records.each(&mut |view| {
            walk.record(view, &mut |row| {
                match row {
                    Row::Left(named, why) => {
                        let record = named.record.to_string();
                        book.left_out(&record, &named.name, why.reason())?;
                    }
                    Row::Service(values) => book.service(values)?,
                    Row::Structure(values) => book.structure(values)?,
                }
                Ok(())
            })
        })?;
        book.finish(out)?.flush()?;
    } else {
        let mut list = InclusionJson::new(out)?;
        records.each(&mut |view| {
            walk.record(view, &mut |row| {
                if let Row::Service(values) | Row::Structure(values) = row {
                    list.row(values)?;
                }
                Ok(())
            })
        })?;
        list.finish()?.flush()?;
    }
    Ok(walk.report)
}

/// What is written of a record.
enum Row<'r> {
    Left(&'r Named, LeftOut),
    Service(&'r Map<String, Json>),
    Structure(&'r Map<String, Json>),
}

type Take<'t> = &'t mut dyn FnMut(Row<'_>) -> Result<(), ExportError>;

/// Goes through the records. A structure is written once: with its own record, or with the first service that it holds.
struct Walk<'a> {
    reader: &'a Reader,
    inclusion: Inclusion<'a>,
    licences: &'a Licences,
    part: Part,
    said_max: usize,
    /// The actors that were looked at, and whether each is a structure.
    holders: BTreeMap<RecordId, bool>,
    report: InclusionReport,
}

impl Walk<'_> {
    fn record(&mut self, view: &RecordView, take: Take<'_>) -> Result<(), ExportError> {
        let is_one = view.kind() == "actor" || is_service(view);
        // Whoever asks for withdrawn records does not hand them on as structures.
        if view.is_withdrawn() && is_one {
            return self.leave(view, LeftOut::Withdrawn, take);
        }
        match view.kind() {
            "actor" if self.part != Part::Services => {
                self.structure(view, take)?;
            }
            "initiative" if !is_service(view) => self.report.others += 1,
            "initiative" => self.service(view, take)?,
            _ => (),
        }
        Ok(())
    }

    /// Says whether the actor is a structure.
    fn structure(&mut self, view: &RecordView, take: Take<'_>) -> Result<bool, ExportError> {
        if let Some(is_one) = self.holders.get(&view.record) {
            return Ok(*is_one);
        }
        let described = match self.licences.closes(view) {
            true => Err(LeftOut::LicenceClosed),
            false => {
                let changed = changed(self.reader, &view.record)?;
                self.inclusion.structure(view, changed)
            }
        };
        self.holders.insert(view.record, described.is_ok());
        if self.part == Part::Services {
            return Ok(described.is_ok());
        }
        match described {
            Ok(described) => {
                take(Row::Structure(&described.values))?;
                self.report.structures += 1;
                self.say(view, described);
                Ok(true)
            }
            Err(why) => {
                self.leave(view, why, take)?;
                Ok(false)
            }
        }
    }

    fn service(&mut self, view: &RecordView, take: Take<'_>) -> Result<(), ExportError> {
        let described = match self.holder(view, take)? {
            Err(why) => Err(why),
            Ok(holder) => {
                let changed = changed(self.reader, &view.record)?;
                self.inclusion.service(view, changed, &holder)
            }
        };
        if self.part == Part::Structures {
            return Ok(());
        }
        match described {
            Ok(described) => {
                take(Row::Service(&described.values))?;
                let score = quality(&described.values, self.inclusion.today);
                self.report.services += 1;
                self.report.score_total += score;
                if self.report.scores.len() < self.said_max {
                    self.report.scores.push((named(view), score));
                }
                self.say(view, described);
                Ok(())
            }
            Err(why) => self.leave(view, why, take),
        }
    }

    /// Finds the structure that holds a service, which is written with it.
    fn holder(
        &mut self,
        view: &RecordView,
        take: Take<'_>,
    ) -> Result<Result<RecordId, LeftOut>, ExportError> {
        let Some(holder) = holder(view) else {
            return Ok(Err(LeftOut::HolderMissing));
        };
        let actor = self.reader.record(&holder)?;
        let Some(actor) = actor.filter(|view| view.kind() == "actor") else {
            return Ok(Err(LeftOut::HolderMissing));
        };
        // What stands in its place was followed already.
        if actor.is_withdrawn() {
            return Ok(Err(LeftOut::HolderWithdrawn));
        }
        Ok(match self.structure(&actor, take)? {
            true => Ok(holder),
            false => Err(LeftOut::HolderLeftOut),
        })
    }

    fn leave(
        &mut self,
        view: &RecordView,
        why: LeftOut,
        take: Take<'_>,
    ) -> Result<(), ExportError> {
        let named = named(view);
        take(Row::Left(&named, why))?;
        self.report.left_out += 1;
        if self.report.left.len() < self.said_max {
            self.report.left.push((named, why));
        }
        Ok(())
    }

    fn say(&mut self, view: &RecordView, described: Described) {
        for notice in described.notices {
            self.report.notices += 1;
            if self.report.noticed.len() < self.said_max {
                self.report.noticed.push((named(view), notice));
            }
        }
    }
}

fn named(view: &RecordView) -> Named {
    Named {
        record: view.record,
        name: name_of(view),
    }
}

/// The newest of the last live edit and the last verification that counts.
fn changed(reader: &Reader, record: &RecordId) -> Result<Option<Timestamp>, Fault> {
    let edited = revisions(reader, record)?.last;
    let verified = reader.statements_with(record, "verified")?;
    let verified = verified.iter().map(|each| each.claimed).max();
    Ok(edited.max(verified))
}
