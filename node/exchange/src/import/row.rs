//! One row as a draft: cells go to their fields, are read by their shapes, and what cannot be accepted is said.

mod foreign;
mod gather;
mod hours;
mod place;

use std::collections::BTreeMap;

use crdt_schema::draft::{Context, Draft, PARIS, Wanted, read, read_hour};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::personal::{masked, traces};
use crdt_schema::record::Shape;
use crdt_schema::register::{Code, Outcome, Standing};
use crdt_schema::territory::{Level, TerritoryCode};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::AnyField;

use crate::export::{is_code, said};
use crate::import::identity::Identity;
use crate::import::links::Link;
use crate::import::reason::{other_register, sentence};
use crate::import::rows::TypedRows;
use crate::import::{Settings, Strictness};
use crate::mapping::{Mapping, Use, is_told_by_values, key};
use crate::official::InList;
use crate::report::{Problem, shortened};
use crate::table::{Column, Row};
use crate::workbook::Mark;

/// Reads rows of one table.
pub(super) struct Reader<'a> {
    pub(super) columns: &'a [Column],
    pub(super) mapping: &'a Mapping,
    pub(super) settings: &'a Settings<'a>,
    /// The record that the row is known to be about.
    pub(super) known: Option<RecordId>,
    /// The record that the row names itself, where the census has it.
    pub(super) held: Option<&'a RecordView>,
    /// Whether the rows are those of an official list: what it says of a code is so.
    pub(super) is_official: bool,
}

/// What a row says.
pub(super) struct Reading {
    pub(super) draft: Draft,
    pub(super) identity: Identity,
    /// Why the row is refused; empty when it is not.
    pub(super) refusals: Vec<Problem>,
    /// What was accepted and is worth knowing.
    pub(super) notes: Vec<Problem>,
    /// What was accepted, or left out, and a person should look at.
    pub(super) warnings: Vec<Problem>,
    /// The source of the row, and the column that has the identifier of its holder.
    pub(super) holder: Option<(String, usize)>,
    /// The cells that name other records, to be looked for.
    pub(super) links: Vec<Link>,
    /// The cells with rows, to be read once the record is known.
    pub(super) rows: Vec<TypedRows>,
    /// Whether the row names its record itself, and the census has it.
    pub(super) is_of_named: bool,
}

/// The text for one field and the column that it comes from.
pub(super) struct Typed {
    pub(super) text: String,
    pub(super) column: usize,
}

/// A row while it is read.
struct Work<'a> {
    reader: &'a Reader<'a>,
    line: u64,
    marks: &'a BTreeMap<usize, Mark>,
    typed: BTreeMap<&'a str, Typed>,
    /// The names that stand beside the identifiers of links.
    beside: BTreeMap<&'a str, Typed>,
    /// The postal code, as it is read.
    postal_code: Option<Typed>,
    draft: Draft,
    refusals: Vec<Problem>,
    notes: Vec<Problem>,
    warnings: Vec<Problem>,
    links: Vec<Link>,
    rows: Vec<TypedRows>,
}

impl Reader<'_> {
    pub(super) fn read(&self, row: &Row) -> Reading {
        let mut work = Work {
            reader: self,
            line: row.line,
            marks: &row.marks,
            typed: BTreeMap::new(),
            beside: BTreeMap::new(),
            postal_code: None,
            draft: Draft::default(),
            refusals: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
            links: Vec::new(),
            rows: Vec::new(),
        };
        work.gather(row);
        if row.in_list != InList::Gone {
            work.check_name();
        }
        work.read_postal_code();
        work.read_fields();
        work.check_dates();
        let identity = work.identity(row);
        let uses = &self.mapping.uses;
        let holder = uses.iter().position(|usage| *usage == Use::HolderId);
        let is_given = |column: &usize| row.cells.get(*column).is_some_and(|cell| !cell.is_empty());
        let holder = holder.filter(is_given);
        let source = work.typed.get("sources");
        let source = source.map_or(String::new(), |typed| typed.text.clone());
        let holder = holder.map(|column| (source, column));
        Reading {
            holder,
            draft: work.draft,
            identity,
            refusals: work.refusals,
            notes: work.notes,
            warnings: work.warnings,
            links: work.links,
            rows: work.rows,
            is_of_named: self.held.is_some(),
        }
    }

    /// Returns the record that the row names, and the column that does.
    pub(super) fn record_named(&self, row: &Row) -> (Option<RecordId>, Option<usize>) {
        let uses = &self.mapping.uses;
        let column = uses.iter().position(|usage| *usage == Use::Record);
        if let Some(record) = self.known {
            return (Some(record), column);
        }
        let cell = column.and_then(|column| row.cells.get(column));
        (cell.and_then(|cell| RecordId::parse(cell).ok()), column)
    }

    /// The field with this name, as this version or the federation has it.
    fn field(&self, name: &str) -> Option<AnyField<'_>> {
        let kind = self.mapping.kind;
        let own = || {
            self.settings
                .words
                .field(kind.code, name)
                .map(AnyField::Own)
        };
        kind.field(name).map(AnyField::Known).or_else(own)
    }
}

impl Work<'_> {
    /// Reads the commune first: the zone of times without one comes from it.
    fn read_fields(&mut self) {
        let mut typed = std::mem::take(&mut self.typed);
        let text_of = |typed: &BTreeMap<&str, Typed>, name: &str| {
            typed.get(name).map(|typed| typed.text.clone())
        };
        let commune_name = text_of(&typed, "commune_name");
        let postal_code = text_of(&typed, "postal_code");
        let (level, tribunal) = (text_of(&typed, "level"), text_of(&typed, "tribunal"));
        let year = self.year(&typed);
        let mut zone = self.said_zone(&typed);
        typed.remove("postal_code");
        for is_commune in [true, false] {
            for (name, typed) in &typed {
                if (*name == "commune") == is_commune {
                    let context = Context {
                        year,
                        level: level.as_deref(),
                        tribunal: tribunal.as_deref(),
                        commune_name: commune_name.as_deref(),
                        postal_code: postal_code.as_deref(),
                        time_zone: zone.as_deref(),
                        words: self.reader.settings.words,
                        ..Context::of(self.reader.settings.lists)
                    };
                    self.read_field(name, typed, &context);
                }
            }
            if is_commune {
                self.find_commune(&typed);
            }
            zone = zone.or_else(|| self.zone_of_place());
        }
        self.keep_zone(&typed, zone.as_deref().unwrap_or(PARIS));
        self.typed = typed;
    }

    fn read_field(&mut self, name: &str, typed: &Typed, context: &Context<'_>) {
        let Some(field) = self.reader.field(name) else {
            return;
        };
        let is_free = matches!(field.shape(), Shape::LongText | Shape::Text | Shape::Words);
        // Identifiers of calendars look like mails, and are none.
        let is_global_id = name == "source_id" && self.reader.mapping.has_global_ids();
        if (is_free || field.shape() == Shape::OpeningHours) && !is_global_id {
            self.warn_of_persons(typed.column, &typed.text, CONTACT_IN_TEXT);
        }
        if !is_free && is_absent(&typed.text) {
            let reason = format!("« {} » est lu comme une cellule vide.", typed.text);
            let note = self.problem(typed.column, &typed.text, "absence_word", reason);
            self.notes.push(note);
            return;
        }
        if let Shape::Record(_) | Shape::Records(_) = field.shape() {
            self.links.push(Link {
                field: name.to_owned(),
                shape: field.shape(),
                column: typed.column,
                text: typed.text.clone(),
                is_of_named: self.reader.held.is_some(),
                beside: self.beside.remove(name),
            });
            return;
        }
        if let Shape::Rows(rows) = field.shape() {
            let rows = TypedRows {
                field: name.to_owned(),
                label: field.label("fr").to_owned(),
                rows,
                column: typed.column,
                text: typed.text.clone(),
            };
            for text in rows.texts() {
                self.warn_of_persons(typed.column, &text, CONTACT_IN_TEXT);
            }
            self.rows.push(rows);
            return;
        }
        let words = self.reader.settings.words;
        let is_ours = self.reader.mapping.is_spreadsheet();
        let vocabulary = field.shape().vocabulary().filter(|_| !is_ours);
        let translated = vocabulary.and_then(|vocabulary| {
            foreign::translated(words, vocabulary, &typed.text, field.shape().is_set())
        });
        if translated.is_some() {
            let spare = self.reader.mapping.spares[typed.column].clone();
            self.keep(&spare, typed.column, &typed.text);
            let reason = "Termes d'une autre liste : traduits dans la liste commune, et gardés tels quels dans un champ supplémentaire.";
            let note = self.problem(
                typed.column,
                &typed.text,
                "terms_translated",
                reason.to_owned(),
            );
            self.notes.push(note);
        }
        let translated = translated.or_else(|| {
            let is_bare = field.shape() == Shape::Zones && self.reader.mapping.list.is_some();
            is_bare.then(|| foreign::zones_of_inclusion(&typed.text, context.lists))
        });
        let text = translated.as_deref().unwrap_or(&typed.text);
        let reading = match field.shape() {
            Shape::OfficialCode if self.reader.is_official => read(&Shape::Text, text, context),
            Shape::Instant => read_hour(text, context),
            shape => read(&shape, text, context),
        };
        self.take(field, typed, reading.outcome, reading.suggestion.as_deref());
        self.note_former(field, typed);
    }

    /// Says of a term that forms offer no more what stands in its place. It is taken all the same.
    fn note_former(&mut self, field: AnyField<'_>, typed: &Typed) {
        let wanted = self.draft.fields.get(field.name());
        let vocabulary = field.shape().vocabulary();
        let former = wanted.zip(vocabulary).map(|(wanted, vocabulary)| {
            foreign::former(self.reader.settings.words, vocabulary, wanted)
        });
        for (term, successor) in former.into_iter().flatten() {
            let reason = format!(
                "« {term} » est un ancien terme, que les formulaires ne proposent plus. Il est repris tel quel."
            );
            let note = self.problem(typed.column, &typed.text, "term_former", reason);
            self.notes.push(match successor {
                Some(successor) => note.suggesting(successor),
                None => note,
            });
        }
    }

    /// Takes what is accepted; says what was changed, and what is refused.
    fn take(
        &mut self,
        field: AnyField<'_>,
        typed: &Typed,
        outcome: Outcome<Wanted>,
        suggestion: Option<&str>,
    ) {
        let said = outcome.code().map(|code| {
            let problem = self.problem(
                typed.column,
                &typed.text,
                code.as_str(),
                other_register(field, &typed.text)
                    .filter(|_| outcome.accepted().is_none())
                    .map_or_else(
                        || sentence(code, field.shape(), field.hint("fr")),
                        str::to_owned,
                    ),
            );
            // What was repaired is shown as it was understood.
            let repaired = match &outcome {
                Outcome::Repaired(wanted, _) => Some(shortened(&wanted.shown())),
                _ => None,
            };
            let problem = match suggestion.map(str::to_owned).or(repaired) {
                Some(suggestion) => problem.suggesting(suggestion),
                None => problem,
            };
            if matches!(outcome, Outcome::Proposed { .. }) {
                problem.proposing()
            } else {
                problem
            }
        });
        let said = self.said_of_number(field, typed, &outcome, said);
        let is_noted = matches!(outcome, Outcome::Noted(..));
        let outcome = match outcome {
            Outcome::Proposed { value, code } if self.is_confirmed(typed.column, code) => {
                Outcome::Repaired(value, code)
            }
            other => other,
        };
        match (outcome.into_accepted(), said) {
            (Some(wanted), said) => {
                self.notes.extend(said.filter(|_| !is_noted));
                if wanted != Wanted::Nothing {
                    self.draft.fields.insert(field.name().to_owned(), wanted);
                }
            }
            (None, Some(problem)) => self.refuse(field, typed, problem),
            (None, None) => {}
        }
    }

    /// Adds, for a code that a workbook holds as a number, why it may be wrong and how to keep it whole.
    fn said_of_number(
        &self,
        field: AnyField<'_>,
        typed: &Typed,
        outcome: &Outcome<Wanted>,
        said: Option<Problem>,
    ) -> Option<Problem> {
        let is_code = matches!(field, AnyField::Known(field) if is_code(field));
        if self.marks.get(&typed.column) != Some(&Mark::Number) || !is_code {
            return said;
        }
        match (said, outcome.accepted()) {
            (Some(mut problem), accepted) => {
                problem.reason = format!("{} {HELD_AS_NUMBER}", problem.reason);
                if let (None, Some(Wanted::Value(Value::Text(code)))) =
                    (&problem.suggestion, accepted.or(outcome.proposed()))
                {
                    problem.suggestion = Some(code.clone());
                }
                Some(problem)
            }
            (None, Some(Wanted::Value(Value::Text(code)))) => {
                let reason = format!("Le code est lu tel quel. {HELD_AS_NUMBER}");
                let problem = self.problem(typed.column, &typed.text, "code_as_number", reason);
                Some(problem.suggesting(code.clone()))
            }
            (None, _) => None,
        }
    }

    fn is_confirmed(&self, column: usize, code: Code) -> bool {
        let name = self
            .reader
            .columns
            .get(column)
            .map_or("", |column| &column.name);
        let confirmed = self.reader.settings.confirmed;
        confirmed
            .iter()
            .any(|(column, confirmed)| column == name && confirmed == code.as_str())
    }

    /// Refuses a cell, unless the record that the row names says just that: what an older version or list took stays as it is.
    fn refuse(&mut self, field: AnyField<'_>, typed: &Typed, problem: Problem) {
        if is_as_held(self.reader.held, field.name(), field.shape(), &typed.text) {
            return;
        }
        if self.reader.settings.strictness == Strictness::Row || field.name() == "name" {
            self.refusals.push(problem);
            return;
        }
        // A text of an outline would say nothing to anybody, and is too long for a field.
        if field.shape() == Shape::Outline {
            self.notes.push(problem);
            return;
        }
        let spare = self.reader.mapping.spares[typed.column].clone();
        self.keep(&spare, typed.column, &typed.text);
        self.notes.push(problem);
    }

    fn check_dates(&mut self) {
        let date = |name: &str| match self.draft.fields.get(name) {
            Some(Wanted::Value(Value::Date(date))) => Some(date),
            _ => None,
        };
        let (Some(starts), Some(ends)) = (date("starts"), date("ends")) else {
            return;
        };
        if ends < starts {
            let reason = format!("La fin ({ends}) est avant le début ({starts}).");
            if let (Some(typed), Some(field)) =
                (self.typed.remove("ends"), self.reader.field("ends"))
            {
                self.draft.fields.remove("ends");
                let problem = self.problem(typed.column, &typed.text, "ends_before_start", reason);
                self.refuse(field, &typed, problem);
            }
        }
    }

    /// Returns the département of the commune, or `*`.
    fn territory(&self) -> &'static str {
        let Some(Wanted::Value(Value::Text(code))) = self.draft.fields.get("commune") else {
            return "*";
        };
        let settings = self.reader.settings;
        let code = match settings.lists.standing(code, settings.year) {
            Some(Standing::MunicipalArrondissement { commune }) => commune,
            _ => code.as_str(),
        };
        settings
            .lists
            .commune(code)
            .map_or("*", |commune| commune.departement)
    }

    /// A column that its values tell today may not be told tomorrow, when one of them is wrong: it gives no identity. What was, or will
    /// be, imported with its field said by a person is found again by the other key.
    fn identity(&self, row: &Row) -> Identity {
        let (record, record_column) = self.reader.record_named(row);
        let mapping = self.reader.mapping;
        let is_guessed = |column: usize| mapping.by_values.contains(&column);
        let is_mute = |name: &str, column: usize| {
            let column = self.reader.columns.get(column);
            column.is_some_and(|column| is_told_by_values(column, name))
        };
        let (key, column) = match record {
            Some(record) => (format!("record:{record}"), record_column),
            None => self.key_without(&|_, column| is_guessed(column)),
        };
        let other = match mapping.by_values.is_empty() {
            true => self.key_without(&is_mute).0,
            false => self.key_without(&|_, _| false).0,
        };
        let place = self.territory();
        let of_place = match self.typed.get("commune") {
            Some(commune) => [Some(commune), None],
            None => [self.typed.get("commune_name"), self.postal_code.as_ref()],
        };
        let mut of_place = of_place.into_iter().flatten();
        let is_guess = of_place.any(|typed| is_guessed(typed.column));
        Identity {
            record,
            other_key: Some(other).filter(|other| record.is_none() && *other != key),
            key,
            column,
            official: self.official().filter(|_| record.is_none()),
            territory: if is_guess { "*" } else { place },
            place,
        }
    }

    /// Returns the key of the row by its columns, but for some, and the column that it comes from, if it is one.
    fn key_without(&self, is_left_out: &dyn Fn(&str, usize) -> bool) -> (String, Option<usize>) {
        let typed = |name: &str| {
            let typed = self.typed.get(name);
            typed.filter(|typed| !is_left_out(name, typed.column))
        };
        let numbered = ["source_id", "siret", "rna"].into_iter().find_map(|name| {
            let typed = typed(name)?;
            // Numbers of registers are compared as they are read, not as they are typed.
            let read = match self.draft.fields.get(name) {
                Some(Wanted::Value(Value::Text(text))) => text.clone(),
                _ => key(&typed.text),
            };
            (!read.is_empty()).then_some((name, read, typed.column))
        });
        match numbered {
            Some(("source_id", id, column)) => {
                let sources = self.typed.get("sources");
                let sources = sources.filter(|_| !self.reader.mapping.has_global_ids());
                let source = sources.map_or("", |typed| &typed.text);
                (format!("id:{source}\u{1f}{id}"), Some(column))
            }
            Some((name, number, column)) => (format!("{name}:{number}"), Some(column)),
            None => {
                let text =
                    |name: &&str| typed(name).map_or(String::new(), |typed| key(&typed.text));
                let texts: Vec<_> = DESCRIBING.iter().map(text).collect();
                (format!("text:{}", texts.join("\u{1f}")), None)
            }
        }
    }

    /// Returns the official territory that a row is about, be it of a list or of a table that somebody made.
    fn official(&self) -> Option<TerritoryCode> {
        let value = |name: &str| match self.draft.fields.get(name) {
            Some(Wanted::Value(Value::Term(text) | Value::Text(text))) => Some(text.as_str()),
            _ => None,
        };
        let level = Level::of_term(value("level")?)?;
        let code = TerritoryCode::of(level, value("code")?);
        code.filter(|_| self.reader.mapping.kind.code == TERRITORY)
    }

    /// Warns of each mail and phone of a text: it may be a person's. The report shows enough of it to find it in the file.
    pub(super) fn warn_of_persons(&mut self, column: usize, text: &str, reason: &str) {
        for trace in traces(text) {
            let value = masked(trace.text);
            let warning = self.problem(column, &value, "contact_in_text", reason.to_owned());
            self.warnings
                .push(warning.suggesting(CONTACT_ADVICE.to_owned()));
        }
    }

    fn problem(&self, column: usize, value: &str, code: &'static str, reason: String) -> Problem {
        let problem = Problem::of_row(self.line, value, code, reason);
        match self.reader.columns.get(column) {
            Some(column) => problem.in_column(column),
            None => problem,
        }
    }
}

/// The kind whose records are known by their official code.
pub(super) const TERRITORY: &str = "territory";

/// Tells whether a text is what our exports write of a field of this record.
pub(super) fn is_as_held(view: Option<&RecordView>, name: &str, shape: Shape, text: &str) -> bool {
    let held = view.and_then(|view| view.field(name));
    held.is_some_and(|held| {
        let said = said(Some(&shape), held);
        let said = said.replace("\r\n", "\n");
        !said.is_empty() && said.trim() == text.replace("\r\n", "\n").trim()
    })
}

/// Tells whether a text says that nothing is known.
pub(crate) fn is_absent(text: &str) -> bool {
    ABSENT.contains(&text.trim().to_lowercase().as_str())
}

/// What is said of a mail or a phone in a text that is kept.
pub(super) const CONTACT_IN_TEXT: &str = "Ce texte contient un courriel ou un téléphone, et tous les partenaires le liront. S'il est à une personne, il n'a pas sa place ici.";
/// What is said of a code that a workbook holds as a number.
const HELD_AS_NUMBER: &str = "Le classeur tient ce code comme un nombre, qui perd ses zéros de tête : mettez la colonne au format « Texte », puis écrivez le code en entier.";
/// What can be done about it.
const CONTACT_ADVICE: &str = "Retirez-le du texte, et ajoutez un contact depuis la fiche ; ou laissez-le, s'il est à l'organisme.";
/// How people and programs write that they do not know.
const ABSENT: &[&str] = &[
    "nan",
    "none",
    "null",
    "nc",
    "n/c",
    "n.c.",
    "nd",
    "n/a",
    "nr",
    "n.r.",
    "na",
    "--",
    "—",
    "?",
    "inconnu",
    "non renseigné",
    "non renseigne",
];
/// What tells two rows without number apart.
const DESCRIBING: &[&str] = &[
    "name",
    "address",
    "postal_code",
    "commune",
    "commune_name",
    "holder_name",
    "organiser_name",
    "starts",
    "code",
];
