//! The sources of imports, for the page and for the command: the records that describe them, and what this node keeps of each, its
//! mapping and what its last import did. The records are shared, what is kept is this node's own.
//!
//! An import names its source in words: those of the record's name, or its id.

use std::collections::BTreeSet;

use crdt_schema::edit::{Field, Value};
use crdt_schema::id::RecordId;
use crdt_schema::record::folded;
use crdt_schema::view::RecordView;
use replica::local::{Local, SourceResult};
use replica::search::{Error, Query};
use replica::{Fault, Reader, Replica};

use crate::files::{Imported, Remembered, Request, name_of, text_of};
use crate::imports::Kept;

/// A source: its record, what is kept of it here, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name, as its record or as imports have it.
    pub name: String,
    /// Its record, where it has one.
    pub record: Option<RecordId>,
    /// Where it is read; empty where nobody says so.
    pub location: String,
    /// Terms of its format, how often it is read and its licence; `None` where nobody says so.
    pub terms: SourceTerms,
    /// What this node keeps of imports under this name.
    pub kept: KeptOfSource,
}

/// What the record of a source says in terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceTerms {
    /// The format.
    pub format: Option<String>,
    /// How often it is to be read.
    pub frequency: Option<String>,
    /// The licence.
    pub licence: Option<String>,
}

/// What a node keeps of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptOfSource {
    /// How its columns become fields, where a person said so.
    pub mapping: Option<Remembered>,
    /// What its last import did here.
    pub result: Option<SourceResult>,
}

impl Source {
    /// Days after which the last result is old, by what the record says of how often the source is read.
    pub fn days_max(&self) -> Option<i64> {
        match self.terms.frequency.as_deref()? {
            "chaque-jour" => Some(1),
            "chaque-semaine" => Some(7),
            "chaque-mois" => Some(31),
            _ => None,
        }
    }

    /// Whether it is to be read again: nothing came in for longer than its record says.
    pub fn is_due(&self, now_ms: i64) -> bool {
        let Some(days) = self.days_max() else {
            return false;
        };
        let since = self.kept.result.as_ref().map(|result| result.at_ms);
        since.is_none_or(|since| now_ms.saturating_sub(since) > days.saturating_mul(DAY_MS))
    }

    fn of(local: &Local, view: &RecordView, known: &BTreeSet<String>) -> Result<Self, Fault> {
        let name = name_of(view);
        let is_its =
            |word: &&String| folded(word) == folded(&name) || **word == view.record.to_string();
        let mut kept = KeptOfSource::default();
        for word in known.iter().filter(is_its) {
            let other = KeptOfSource::of(local, word)?;
            kept.mapping = kept.mapping.or(other.mapping);
            let newest = [kept.result, other.result].into_iter().flatten();
            kept.result = newest.max_by_key(|result| result.at_ms);
        }
        let term = |field: &str| term_of(view.field(field));
        Ok(Self {
            location: text_of(view, "location"),
            record: Some(view.record),
            terms: SourceTerms {
                format: term("format"),
                frequency: term("frequency"),
                licence: term("licence"),
            },
            name,
            kept,
        })
    }
}

impl KeptOfSource {
    fn of(local: &Local, source: &str) -> Result<Self, Fault> {
        let mapping = local.mapping(source)?;
        let mapping = mapping.and_then(|bytes| Kept::read(&bytes));
        Ok(Self {
            mapping: mapping.map(|kept| kept.whole()),
            result: local.source_result(source)?,
        })
    }
}

/// Returns what is known of the source that a record describes; `None` for a record of another kind.
pub fn of_record(local: &Local, view: &RecordView) -> Result<Option<Source>, Fault> {
    if view.kind() != "source" {
        return Ok(None);
    }
    Ok(Some(Source::of(local, view, &local.known_sources()?)?))
}

/// Lists all sources by their names: those with records, then those of which only imports know.
pub fn list((replica, reader): (&Replica, &Reader), local: &Local) -> Result<Vec<Source>, Error> {
    let query = Query {
        kind: Some("source".to_owned()),
        ..Query::default()
    };
    let mut others = local.known_sources()?;
    let known = others.clone();
    let mut sources = Vec::new();
    for record in replica.found(&query)? {
        let Some(view) = reader.record(&record)? else {
            continue;
        };
        let source = Source::of(local, &view, &known)?;
        let id = record.to_string();
        others.retain(|word| folded(word) != folded(&source.name) && *word != id);
        sources.push(source);
    }
    sources.sort_by_cached_key(|source| folded(&source.name));
    for name in others {
        sources.push(Source {
            kept: KeptOfSource::of(local, &name)?,
            name,
            record: None,
            location: String::new(),
            terms: SourceTerms::default(),
        });
    }
    Ok(sources)
}

/// Remembers what an import of a source has just brought: its name, and that of the file. What was signed is signed, whether or not
/// this can be kept.
pub(crate) fn keep_result(
    local: &Local,
    (source, file): (&str, &str),
    request: Request<'_>,
    imported: &Imported,
) {
    let report = &imported.report;
    let result = SourceResult {
        file: file.to_owned(),
        kind: report.kind.unwrap_or_default().to_owned(),
        by: request.by.to_owned(),
        at_ms: request.at.as_millis(),
        rows: report.rows,
        new: report.new,
        changed: report.changed,
        unchanged: report.unchanged,
        refused: report.refused,
        is_written: imported.is_written,
    };
    if let Err(fault) = local.keep_source_result(source, &result) {
        tracing::warn!("the result of an import is not kept with its source: {fault}");
    }
}

fn term_of(field: Option<&Field>) -> Option<String> {
    match &field?.winner()?.value {
        Value::Term(term) => Some(term.clone()),
        _ => None,
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_due_a_day_a_week_or_a_month_after_its_last_import() {
        let source = |frequency: Option<&str>, at_ms: Option<i64>| Source {
            name: "clubs".to_owned(),
            record: None,
            location: String::new(),
            terms: SourceTerms {
                frequency: frequency.map(str::to_owned),
                ..SourceTerms::default()
            },
            kept: KeptOfSource {
                result: at_ms.map(|at_ms| SourceResult {
                    file: String::new(),
                    kind: String::new(),
                    by: String::new(),
                    at_ms,
                    rows: 0,
                    new: 0,
                    changed: 0,
                    unchanged: 0,
                    refused: 0,
                    is_written: true,
                }),
                mapping: None,
            },
        };
        for (frequency, days) in [
            ("chaque-jour", 1),
            ("chaque-semaine", 7),
            ("chaque-mois", 31),
        ] {
            let read = source(Some(frequency), Some(5));
            assert!(!read.is_due(5 + days * DAY_MS), "{frequency}");
            assert!(read.is_due(6 + days * DAY_MS), "{frequency}");
            assert!(source(Some(frequency), None).is_due(0), "{frequency}");
        }
        assert!(!source(Some("a-la-demande"), None).is_due(i64::MAX));
        assert!(!source(None, None).is_due(i64::MAX));
    }
}
