//! Tables for people: columns are called as pages call them, terms are words, and a record that a link leads to has its name beside it.
//!
//! The file still reads back as the same records ([`Mapping`](crate::Mapping) knows it by its first column). A column whose words would
//! leave a doubt has its code in brackets behind them; a term whose words mean another term is written as its code.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crdt_schema::draft::{shown, shown_in, shown_set, zone_of};
use crdt_schema::edit::{Field as Held, Value};
use crdt_schema::id::RecordId;
use crdt_schema::record::{Kind, Shape};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, OWN_FIELD, Words};

use crate::csv::{Cell, Flavour, Writer};
use crate::export::Reach;
use crate::export::fields::{CODES, Fields, is_code, said};
use crate::export::labels::{LABELS, LabelsSaid, beside_labels};
use crate::import::is_absent;
use crate::mapping::spreadsheet as ours;

/// What a file for people is called and written with.
#[derive(Clone, Copy, Debug)]
pub struct Worded<'w> {
    /// The words of the federation.
    pub words: &'w Words,
    /// The language of whoever asks for the file: English for `en`, else French.
    pub language: &'w str,
}

/// Returns the records that the links of a record lead to: whoever writes it for people looks for their names.
pub fn linked(view: &RecordView) -> BTreeSet<RecordId> {
    let mut linked = BTreeSet::new();
    for (name, held) in view.fields() {
        let field = Kind::parse(view.kind()).and_then(|kind| kind.field(name));
        if field.is_some_and(|field| is_link(&field.shape)) {
            linked.extend(led_to(held));
        }
    }
    linked
}

/// A CSV for people with a spreadsheet, while it is written.
pub struct Spreadsheet<'w, W> {
    writer: Writer<W>,
    columns: Columns<'w>,
}

impl<'w, W: Write> Spreadsheet<'w, W> {
    /// Starts a file with its header.
    pub fn new(
        out: W,
        kind: &'static Kind,
        extras: &BTreeSet<String>,
        reach: Reach,
        worded: Worded<'w>,
    ) -> io::Result<Self> {
        let columns = Columns::of(kind, extras, reach, worded);
        let mut writer = Writer::new(out, Flavour::Spreadsheet)?;
        let headers: Vec<&str> = columns.headers().collect();
        writer.header(&headers)?;
        Ok(Self { writer, columns })
    }

    /// Says these labels beside their records.
    #[must_use]
    pub fn with_labels(mut self, labels: LabelsSaid) -> Self {
        self.columns.labels = labels;
        self
    }

    /// Writes one record, with the names of those that it is [`linked`] to.
    pub fn record(
        &mut self,
        view: &RecordView,
        names: &BTreeMap<RecordId, String>,
    ) -> io::Result<()> {
        self.writer.row(&self.columns.cells(view, names))
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        self.writer.finish()
    }
}

/// The columns of one kind.
pub(super) struct Columns<'w> {
    worded: Worded<'w>,
    fields: Fields,
    columns: Vec<Column<'w>>,
    pub(super) labels: LabelsSaid,
}

struct Column<'w> {
    header: String,
    part: Part<'w>,
}

enum Part<'w> {
    Conflicts,
    /// A field that nobody declares.
    Extra(String),
    Field(AnyField<'w>),
    Labels,
    /// The names of the records that a field leads to.
    Names(&'static str),
    Record,
}

impl<'w> Columns<'w> {
    pub(super) fn of(
        kind: &'static Kind,
        extras: &BTreeSet<String>,
        reach: Reach,
        worded: Worded<'w>,
    ) -> Self {
        let Worded { words, language } = worded;
        let is_english = language == "en";
        let fields = Fields::of(kind, extras, reach, words);
        let column = |label: &str, code: &str, part| Column {
            header: ours::with_code(label, code),
            part,
        };
        let record = if is_english { "Record" } else { "Fiche" };
        let mut columns = vec![column(record, &ours::record_code(kind), Part::Record)];
        for field in &fields.declared {
            let label = field.wording.in_language(language);
            if is_link(&field.shape) {
                let names = match is_english {
                    true => format!("{label}: name"),
                    false => format!("{label} : nom"),
                };
                columns.push(column(
                    &names,
                    &ours::names_code(field.name),
                    Part::Names(field.name),
                ));
            }
            let header = match ours::is_clear(kind, field, label) {
                true => label.to_owned(),
                false => ours::with_code(label, field.name),
            };
            let part = Part::Field(AnyField::Known(field));
            columns.push(Column { header, part });
        }
        for name in &fields.extras {
            // The label of an own field may change: its code stands in every file.
            columns.push(match words.any_field(kind.code, name) {
                Some(any) => column(any.label(language), name, Part::Field(any)),
                None if name.starts_with(OWN_FIELD) => Column {
                    header: name.clone(),
                    part: Part::Extra(name.clone()),
                },
                None => {
                    let called = beside_labels(name);
                    column(&called, &called, Part::Extra(name.clone()))
                }
            });
        }
        columns.push(column("Labels", LABELS, Part::Labels));
        let conflicts = match is_english {
            true => "Fields in conflict",
            false => "Champs en conflit",
        };
        columns.push(column(conflicts, ours::CONFLICTS, Part::Conflicts));
        Self {
            worded,
            fields,
            columns,
            labels: LabelsSaid::default(),
        }
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.header.as_str())
    }

    /// Returns each header with what may stand below it, for the widths of a sheet. `None`: the id of a record.
    pub(super) fn shapes(&self) -> impl Iterator<Item = (&str, Option<Shape>)> {
        self.columns.iter().map(|column| {
            let shape = match &column.part {
                Part::Record => None,
                Part::Field(field) => Some(field.shape()),
                Part::Conflicts | Part::Extra(_) | Part::Labels | Part::Names(_) => {
                    Some(Shape::Text)
                }
            };
            (column.header.as_str(), shape)
        })
    }

    pub(super) fn cells(&self, view: &RecordView, names: &BTreeMap<RecordId, String>) -> Vec<Cell> {
        let zone = zone_of(view.fields());
        let cells = self.columns.iter().map(|column| match &column.part {
            Part::Record => Cell::Code(view.record.to_string()),
            Part::Conflicts => Cell::Text(self.conflicts(view)),
            Part::Labels => Cell::Text(self.labels.words(&view.record)),
            Part::Extra(name) => view
                .field(name)
                .map_or(Cell::Empty, |held| Cell::Text(said(None, held))),
            Part::Field(field) => view
                .field(field.name())
                .map_or(Cell::Empty, |held| self.cell(*field, held, zone)),
            Part::Names(name) => {
                let held = view.field(name);
                let led = held.into_iter().flat_map(led_to);
                let led: Vec<&str> = led
                    .filter_map(|record| names.get(&record).map(String::as_str))
                    .collect();
                Cell::Text(led.join(" | "))
            }
        });
        cells.collect()
    }

    fn cell(&self, field: AnyField<'_>, held: &Held, zone: &str) -> Cell {
        let shape = field.shape();
        let text = said(Some(&shape), held);
        let is_a_code = match field {
            AnyField::Known(field) => is_code(field),
            AnyField::Own(field) => CODES.contains(&field.name.as_str()),
        };
        match shape {
            Shape::Phone => Cell::Code(national(&text)),
            _ if is_a_code => Cell::Code(text),
            Shape::Date => Cell::Date(text),
            Shape::Decimal | Shape::Integer => Cell::Number(text),
            Shape::Instant => held
                .winner()
                .map_or(Cell::Text(text), |written| hour(zone, &written.value)),
            Shape::Boolean if self.worded.language == "en" => Cell::Text(match text.as_str() {
                "oui" => "yes".to_owned(),
                "non" => "no".to_owned(),
                _ => text,
            }),
            Shape::Term(_) => Cell::Text(self.term(&shape, &text)),
            Shape::Terms(_) if !held.terms.is_empty() => {
                let terms = held.terms.keys();
                let terms: Vec<String> = terms.map(|code| self.term(&shape, code)).collect();
                Cell::Text(shown_set(terms.iter().map(String::as_str)))
            }
            _ => Cell::Text(text),
        }
    }

    /// Writes a term in words, where an import finds the term by them.
    fn term(&self, shape: &Shape, code: &str) -> String {
        let Worded { words, language } = self.worded;
        let worded = shape.vocabulary().and_then(|vocabulary| {
            let term = words.term(vocabulary, code)?;
            let wording = term.in_language(language);
            let is_found = words.code_meant(vocabulary, wording) == Some(code);
            let is_one_word = !wording.contains(['|', '\n']) && !is_absent(wording);
            (is_found && is_one_word).then(|| wording.to_owned())
        });
        worded.unwrap_or_else(|| code.to_owned())
    }

    fn conflicts(&self, view: &RecordView) -> String {
        let Worded { words, language } = self.worded;
        let labels = self.fields.conflicts(view).into_iter().map(|name| {
            let field = words.any_field(view.kind(), name);
            field.map_or(name, |field| field.label(language))
        });
        labels.collect::<Vec<_>>().join(" | ")
    }
}

/// Writes an hour as a clock on the wall of its place says it. A workbook would show midnight as a day without an hour.
fn hour(zone: &str, value: &Value) -> Cell {
    let typed = shown_in(zone, value);
    match typed
        .strip_suffix("T00:00")
        .map(|day| day.split('-').collect::<Vec<_>>())
        .as_deref()
    {
        Some([year, month, day]) => Cell::Text(format!("{day}/{month}/{year} 00:00")),
        _ => Cell::Date(typed),
    }
}

fn is_link(shape: &Shape) -> bool {
    matches!(shape, Shape::Record(_) | Shape::Records(_))
}

/// The records that a field leads to.
fn led_to(held: &Held) -> Vec<RecordId> {
    let one = held.winner().map(|written| match written.value {
        Value::Record(record) => Some(record),
        ref other => RecordId::parse(&shown(other)).ok(),
    });
    let several = held.terms.keys().map(|text| RecordId::parse(text).ok());
    one.into_iter().chain(several).flatten().collect()
}

/// Writes a French number as people do: `04 65 71 00 01`.
fn national(phone: &str) -> String {
    let digits = phone
        .strip_prefix("+33")
        .filter(|rest| rest.len() == 9 && rest.is_ascii());
    let Some(digits) = digits else {
        return phone.to_owned();
    };
    let all = format!("0{digits}");
    let pairs: Vec<_> = (0..5).map(|pair| &all[2 * pair..2 * pair + 2]).collect();
    pairs.join(" ")
}
