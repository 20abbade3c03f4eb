//! From the rows of a file to edits: planned row by row, in bounded memory, and written by whoever asked.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::Wire;
use crdt_schema::draft::{self, Draft, Wanted, degrees_text};
use crdt_schema::edit::{Content, Field, Operation, Value};
use crdt_schema::entry::RecordBirth;
use crdt_schema::id::{FederationId, ItemId, RecordId, hash};
use crdt_schema::limits::{FIELD_BYTES_MAX, ITEM_BYTES_MAX, OPERATIONS_MAX, VALUE_BYTES_MAX};
use crdt_schema::record::Shape;
use serde::Serialize;

use crate::mapping::{Mapping, Target};
use crate::report::Problem;
use crate::table::{Column, Row, Table};

/// Problems that a report lists. The counts go on.
const PROBLEMS_MAX: usize = 10_000;
/// What a frame and the lists around an edit's content can take of an item.
const FRAME_BYTES: usize = 1_024;

/// Heads and fields of a record.
pub type Found = (Vec<ItemId>, BTreeMap<String, Field>);

/// What is held of a record that a row may be about.
pub trait Census {
    /// What goes wrong when the census cannot be read.
    type Error;

    /// Returns the heads and the fields of a record.
    fn find(&self, record: &RecordId) -> Result<Option<Found>, Self::Error>;
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows that were read: `new + changed + unchanged + refused`.
    pub rows: u64,
    /// Records that are not there yet.
    pub new: u64,
    /// Records that would change.
    pub changed: u64,
    /// Records that are as the row says.
    pub unchanged: u64,
    /// Rows that cannot be taken.
    pub refused: u64,
    /// Rows that name a record which an earlier row of the file names too.
    pub duplicates: u64,
    /// Why rows are refused.
    pub problems: Vec<Problem>,
    /// What is worth knowing, and refuses nothing.
    pub notices: Vec<Problem>,
    /// Which column went where.
    pub columns: Vec<(String, Target)>,
    /// The kind of the records.
    pub kind: String,
}

/// One edit to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedEdit {
    /// The record.
    pub record: RecordId,
    /// For a new record.
    pub birth: Option<RecordBirth>,
    /// The heads that the row was compared with.
    pub base: Vec<ItemId>,
    /// What changes.
    pub operations: Vec<Operation>,
}

/// Plans an import.
pub struct Planner<'a, C> {
    census: &'a C,
    federation: FederationId,
    source: String,
    mapping: Mapping,
    columns: Vec<Column>,
    seen: BTreeMap<[u8; 16], u32>,
    report: Report,
}

impl<'a, C: Census> Planner<'a, C> {
    /// Prepares to plan. `source` names the file's provider: rows of one source are known again by their identifier.
    pub fn new(
        census: &'a C,
        federation: FederationId,
        source: &str,
        mapping: Mapping,
        table: &Table,
    ) -> Self {
        let columns = table.columns().to_vec();
        let report = Report {
            columns: columns
                .iter()
                .map(|column| column.name.clone())
                .zip(mapping.targets.clone())
                .collect(),
            kind: mapping.kind.code.to_owned(),
            ..Report::default()
        };
        let source = source.to_owned();
        Self {
            census,
            federation,
            source,
            mapping,
            columns,
            seen: BTreeMap::new(),
            report,
        }
    }

    /// Takes what the table gives for a row, and returns the edit that it asks for.
    pub fn row(&mut self, row: Result<Row, Box<Problem>>) -> Result<Option<PlannedEdit>, C::Error> {
        self.report.rows += 1;
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                self.refuse(vec![*problem]);
                return Ok(None);
            }
        };
        let draft = match self.draft(&row) {
            Ok(draft) => draft,
            Err(problems) => {
                self.refuse(problems);
                return Ok(None);
            }
        };
        let exported = self
            .mapping
            .column_with(&Target::Record)
            .and_then(|at| RecordId::parse(&row.cells[at]).ok());
        let known = match exported {
            Some(record) => self.census.find(&record)?.map(|found| (record, found)),
            None => None,
        };
        let (record, birth, found) = match known {
            // The row comes from an export of this very census.
            Some((record, found)) => (record, None, Some(found)),
            None => {
                let (record, birth) = self.identity(&row, &draft);
                (record, Some(birth), self.census.find(&record)?)
            }
        };
        let is_new = found.is_none();
        let (base, fields) = found.unwrap_or_default();
        let operations = draft.operations(&fields);
        if let Err(problem) = check_size(&row, &operations) {
            self.refuse(vec![*problem]);
            return Ok(None);
        }
        if operations.is_empty() {
            self.report.unchanged += 1;
            return Ok(None);
        }
        *(if is_new {
            &mut self.report.new
        } else {
            &mut self.report.changed
        }) += 1;
        Ok(Some(PlannedEdit {
            record,
            birth: birth.filter(|_| is_new),
            base,
            operations,
        }))
    }

    /// Returns what was counted.
    pub fn finish(mut self, table: &Table) -> Report {
        self.report.notices.extend(table.notices().iter().cloned());
        for (column, target) in self.columns.iter().zip(&self.mapping.targets) {
            if *target == Target::Personal {
                let reason = "colonne laissée de côté : elle désigne une personne, et une fiche ne garde rien de personnel".to_owned();
                self.report
                    .notices
                    .push(Problem::of_row(0, "", "personal_column", reason).in_column(column));
            }
        }
        self.report
    }

    fn refuse(&mut self, problems: Vec<Problem>) {
        self.report.refused += 1;
        let room = PROBLEMS_MAX.saturating_sub(self.report.problems.len());
        self.report.problems.extend(problems.into_iter().take(room));
    }

    fn draft(&self, row: &Row) -> Result<Draft, Vec<Problem>> {
        let mut draft = Draft::default();
        let mut problems = Vec::new();
        for ((column, target), cell) in self
            .columns
            .iter()
            .zip(&self.mapping.targets)
            .zip(&row.cells)
        {
            let read = match target {
                Target::Field(name) => {
                    let shape = self
                        .mapping
                        .kind
                        .field(name)
                        .expect("a mapping names fields of its kind")
                        .shape;
                    draft::read(&shape, cell).map(|wanted| (*name, wanted))
                }
                Target::Extra(name) => {
                    draft::read(&Shape::Text, cell).map(|wanted| (name.as_str(), wanted))
                }
                Target::Latitude
                | Target::Longitude
                | Target::Personal
                | Target::Record
                | Target::Nothing => continue,
            };
            match read {
                // A cell left empty says nothing: it does not empty a field that partners have filled.
                Ok((_, Wanted::Nothing)) => {}
                Ok((name, wanted)) => drop(draft.fields.insert(name.to_owned(), wanted)),
                Err(error) => problems.push(problem(row, column, cell, &error)),
            }
        }
        if let Err(problem) = self.add_point(row, &mut draft) {
            problems.push(*problem);
        }
        if problems.is_empty() && !draft.fields.contains_key("name") {
            let reason = "la fiche n'a pas de nom".to_owned();
            let at = self
                .mapping
                .column_of("name")
                .expect("a mapping has a name");
            problems.push(
                Problem::of_row(row.line, "", "name_missing", reason).in_column(&self.columns[at]),
            );
        }
        if problems.is_empty() {
            Ok(draft)
        } else {
            Err(problems)
        }
    }

    /// Latitude and longitude in two columns are one place.
    fn add_point(&self, row: &Row, draft: &mut Draft) -> Result<(), Box<Problem>> {
        let cell = |target| {
            self.mapping
                .column_with(&target)
                .map(|at| (at, row.cells[at].trim()))
        };
        let (Some((at, latitude)), Some((_, longitude))) =
            (cell(Target::Latitude), cell(Target::Longitude))
        else {
            return Ok(());
        };
        if latitude.is_empty() && longitude.is_empty() {
            return Ok(());
        }
        let text = format!("{latitude}; {longitude}");
        let wanted = draft::read(&Shape::Point, &text)
            .map_err(|error| Box::new(problem(row, &self.columns[at], &text, &error)))?;
        draft.fields.insert("point".to_owned(), wanted);
        Ok(())
    }

    /// The same row of the same source is the same record, on every node that imports it.
    fn identity(&mut self, row: &Row, draft: &Draft) -> (RecordId, RecordBirth) {
        let kind = self.mapping.kind.code;
        let territory = text_of(draft, "commune")
            .and_then(departement)
            .unwrap_or_else(|| "*".to_owned());
        let record_column = self
            .mapping
            .column_with(&Target::Record)
            .map(|at| row.cells[at].clone());
        let key = record_column
            .filter(|id| RecordId::parse(id).is_ok())
            .unwrap_or_else(|| {
                let by = |names: &[&str]| -> Vec<String> {
                    names
                        .iter()
                        .map(|name| text_of(draft, name).unwrap_or_default().to_owned())
                        .collect()
                };
                let own = by(&["source_id"]).concat();
                if own.is_empty() {
                    by(&[
                        "siret",
                        "rna",
                        "name",
                        "address",
                        "postal_code",
                        "commune",
                        "starts",
                    ])
                    .join("\u{1f}")
                } else {
                    own
                }
            });
        let digest = hash(
            "import-row",
            &[
                &(self.source.len() as u64).to_be_bytes(),
                self.source.as_bytes(),
                key.as_bytes(),
            ],
        );
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&digest[..16]);
        let times = self.seen.entry(nonce).or_default();
        *times += 1;
        if *times > 1 {
            // A second row with the same identifier is another record: nothing of a file is dropped.
            self.report.duplicates += 1;
            let reason = format!(
                "cet identifiant est déjà sur une ligne précédente ({times}ᵉ fois) : la ligne devient une fiche à part"
            );
            self.report.notices.push(Problem::of_row(
                row.line,
                &key.replace('\u{1f}', " "),
                "row_repeated",
                reason,
            ));
            let digest = hash("import-row", &[&digest, &times.to_be_bytes()]);
            nonce.copy_from_slice(&digest[..16]);
        }
        let birth = RecordBirth {
            kind: kind.to_owned(),
            territory,
            nonce,
        };
        (
            RecordId::of(
                &self.federation,
                &birth.kind,
                &birth.territory,
                &birth.nonce,
            ),
            birth,
        )
    }
}

fn text_of<'d>(draft: &'d Draft, field: &str) -> Option<&'d str> {
    match draft.fields.get(field) {
        Some(Wanted::Value(Value::Text(text) | Value::Date(text))) => Some(text),
        _ => None,
    }
}

/// The département of a commune's code: two characters, three overseas.
fn departement(commune: &str) -> Option<String> {
    let is_code = commune.len() == 5 && commune.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let digits = if commune.starts_with("97") || commune.starts_with("98") {
        3
    } else {
        2
    };
    is_code.then(|| commune[..digits].to_owned())
}

/// An edit must fit into an item, whatever the row holds.
fn check_size(row: &Row, operations: &[Operation]) -> Result<(), Box<Problem>> {
    let refuse = |code, reason: String| Err(Box::new(Problem::of_row(row.line, "", code, reason)));
    if operations.len() > OPERATIONS_MAX {
        return refuse(
            "too_many_columns",
            format!(
                "la ligne change {} champs, {OPERATIONS_MAX} au plus",
                operations.len()
            ),
        );
    }
    if operations
        .iter()
        .any(|operation| operation.field().len() > FIELD_BYTES_MAX)
    {
        return refuse(
            "field_name_too_long",
            format!("un nom de champ dépasse {FIELD_BYTES_MAX} octets"),
        );
    }
    let bytes = Content(operations.to_vec()).to_cbor().len() + FRAME_BYTES;
    if bytes > ITEM_BYTES_MAX {
        return refuse(
            "row_too_large",
            format!(
                "la ligne prend {bytes} octets, {ITEM_BYTES_MAX} au plus : raccourcissez son texte le plus long"
            ),
        );
    }
    Ok(())
}

fn problem(row: &Row, column: &Column, cell: &str, error: &draft::Unreadable) -> Problem {
    let problem =
        Problem::of_row(row.line, cell, error.code, sentence(error.code)).in_column(column);
    match &error.suggestion {
        Some(suggestion) => problem.suggesting(suggestion.clone()),
        None => problem,
    }
}

/// What a code means, for the person who brought the file.
pub fn sentence(code: &str) -> String {
    let text = match code {
        "boolean" => "répondez par oui ou par non",
        "date" => "ce n'est pas une date : écrivez AAAA-MM-JJ ou JJ/MM/AAAA",
        "decimal" => "ce n'est pas un montant : écrivez par exemple 12500,50",
        "instant" => "ce n'est pas une date avec son heure : écrivez par exemple 2026-06-21T18:30",
        "integer" => "ce n'est pas un nombre entier",
        "no_such_day" => "ce jour n'existe pas",
        "nonexistent_local_time" => {
            "cette heure n'existe pas ce jour-là, ou existe deux fois (changement d'heure)"
        }
        "null_island" => {
            "la position 0, 0 est au large de l'Afrique : la ligne n'a sans doute pas de position"
        }
        "point" => "ce n'est pas une position : écrivez la latitude puis la longitude, en degrés",
        "range" => "la valeur est hors de l'intervalle possible",
        "record_id" => "ce n'est pas l'identifiant d'une fiche : 32 chiffres hexadécimaux",
        "term_unknown" => "ce terme n'est pas dans la liste commune",
        "too_long" => return format!("le texte est trop long : {VALUE_BYTES_MAX} octets au plus"),
        "two_digit_year" => "l'année s'écrit avec quatre chiffres",
        _ => return format!("la valeur n'est pas acceptée ({code})"),
    };
    text.to_owned()
}

/// The fields that no kind knows, in a set of records: the columns that an export adds.
pub(crate) fn extra_fields<'f>(fields: impl Iterator<Item = &'f String>) -> BTreeSet<String> {
    fields
        .filter(|name| name.starts_with("x_"))
        .cloned()
        .collect()
}

/// Writes a point as two cells.
pub(crate) fn point_cells(latitude_e7: i32, longitude_e7: i32) -> (String, String) {
    (degrees_text(latitude_e7), degrees_text(longitude_e7))
}
