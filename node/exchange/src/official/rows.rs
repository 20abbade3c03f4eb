//! The rows of an official list, each as a territory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crdt_schema::register::Point;
use crdt_schema::territory::{Level, Outline, TerritoryCode};

use crate::json::GEOMETRY;
use crate::official::layout::{Cells, Said, Sort};
use crate::official::{InList, Layout, Only};
use crate::report::Problem;
use crate::table::{Cleaner, Column, Row};

/// An official list that is being read.
pub(crate) struct Official {
    layout: &'static Layout,
    /// The columns of the file.
    inner: Vec<Column>,
    index: BTreeMap<String, usize>,
    year: Option<u16>,
    only: Option<Only>,
    /// Codes of the list, where some row may say that one is gone.
    in_force: BTreeSet<String>,
    /// Codes that are gone, by the first line that says so, with what took their place.
    gone: BTreeMap<String, (u64, BTreeSet<String>)>,
    /// Neighbourhoods that rows of communes name.
    gathered: BTreeMap<TerritoryCode, Gathered>,
    ready: VecDeque<Row>,
    left_out: u64,
    others: u64,
    places_left_out: u64,
    is_ended: bool,
}

/// What the rows of communes say of one neighbourhood.
struct Gathered {
    line: u64,
    name: String,
    parents: BTreeSet<String>,
}

/// What the list gives to a table of ours, in the order of [`COLUMNS`].
#[derive(Default)]
struct Given<'a> {
    name: &'a str,
    population: &'a str,
    parents: String,
    successors: String,
    point: Option<(String, String)>,
    outline: &'a str,
}

impl Official {
    pub(crate) fn new(
        layout: &'static Layout,
        inner: Vec<Column>,
        year: Option<u16>,
        only: Option<Only>,
    ) -> Self {
        let index = inner
            .iter()
            .map(|column| (column.name.clone(), column.index));
        Self {
            layout,
            index: index.collect(),
            inner,
            year,
            only,
            in_force: BTreeSet::new(),
            gone: BTreeMap::new(),
            gathered: BTreeMap::new(),
            ready: VecDeque::new(),
            left_out: 0,
            others: 0,
            places_left_out: 0,
            is_ended: false,
        }
    }

    /// Returns the columns of a table of territories.
    pub(crate) fn columns() -> Vec<Column> {
        let columns = COLUMNS.iter().enumerate();
        columns
            .map(|(place, name)| Column::new(place, (*name).to_owned()))
            .collect()
    }

    /// Says what the list is.
    pub(crate) fn found(&self) -> Problem {
        let reason = format!(
            "Ce fichier donne {} : chaque territoire a sa fiche, la même chez tous les partenaires. Les codes postaux et les colonnes de gestion ne sont pas repris.",
            self.layout.what
        );
        Problem::of_row(1, "", "official_list_found", reason)
    }

    /// Tells whether a person has to name the year of the list, and has not.
    pub(crate) fn lacks_year(&self) -> bool {
        self.needs_year() && self.year.is_none()
    }

    pub(crate) fn needs_year(&self) -> bool {
        self.layout.needs_year()
    }

    /// Reads one more row. `next` gives those of the file.
    pub(crate) fn next(
        &mut self,
        cleaner: &mut Cleaner,
        mut next: impl FnMut(&[Column], &mut Cleaner) -> Option<Result<Row, Box<Problem>>>,
    ) -> Option<Result<Row, Box<Problem>>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Some(Ok(row));
            }
            if self.is_ended {
                return None;
            }
            match next(&self.inner, cleaner) {
                Some(Ok(row)) => {
                    if let Err(problem) = self.take(&row) {
                        return Some(Err(problem));
                    }
                }
                Some(Err(problem)) => return Some(Err(problem)),
                None => {
                    self.is_ended = true;
                    self.end(cleaner);
                }
            }
        }
    }

    /// Takes one row of the file; what comes of it waits in `ready`.
    fn take(&mut self, row: &Row) -> Result<(), Box<Problem>> {
        let cells = Cells {
            index: &self.index,
            cells: &row.cells,
        };
        if self.layout.is_by_commune() {
            return self.gather(row);
        }
        match self.layout.read(&cells) {
            Sort::Listed(said) => {
                let former = cells.words("anciensCodes");
                let ready = self.listed(row.line, &said, &cells);
                if self.layout.is_complete() {
                    self.in_force.insert(said.code.code().to_owned());
                }
                // Whatever is kept: a commune may go into one of another département.
                let successor = said.code.to_string();
                for code in former {
                    self.succeeds(row.line, code, successor.clone());
                }
                if let Some(ready) = ready {
                    self.ready.push_back(ready);
                } else {
                    self.left_out += 1;
                }
                Ok(())
            }
            Sort::PartOf { code, commune } => {
                if let Some(commune) = TerritoryCode::of(Level::Commune, &commune)
                    && commune.code() != code
                {
                    self.succeeds(row.line, code, commune.to_string());
                }
                Ok(())
            }
            Sort::Other => {
                self.others += 1;
                Ok(())
            }
            Sort::Malformed(code) => Err(Box::new(malformed(row.line, &code))),
        }
    }

    fn keeps(&self, code: &TerritoryCode, members: &[String]) -> bool {
        let only = self.only.as_ref();
        only.is_none_or(|only| only.keeps(code, members))
    }

    /// Keeps what takes the place of a commune. What is no code of one is nothing: codes are few, and whatever else a file says is not.
    fn succeeds(&mut self, line: u64, code: String, successor: String) {
        if TerritoryCode::of(Level::Commune, &code).is_none() {
            return;
        }
        let (_, successors) = self
            .gone
            .entry(code)
            .or_insert_with(|| (line, BTreeSet::new()));
        successors.insert(successor);
    }

    /// Returns the row of a territory, unless it is none of those that are asked for.
    fn listed(&self, line: u64, said: &Said, cells: &Cells<'_>) -> Option<Row> {
        if !self.keeps(&said.code, &said.members) {
            return None;
        }
        let outline = cells.text(GEOMETRY);
        let given = Given {
            name: &said.name,
            population: &said.population,
            parents: joined(&said.parents),
            point: point(cells, outline),
            outline,
            ..Given::default()
        };
        let in_list = match self.layout.is_complete() {
            true => InList::InForce,
            false => InList::Silent,
        };
        Some(self.row(line, &said.code, given, in_list))
    }

    /// Takes a row that names the neighbourhoods of one commune: each may be named by several.
    fn gather(&mut self, row: &Row) -> Result<(), Box<Problem>> {
        let cells = Cells {
            index: &self.index,
            cells: &row.cells,
        };
        let (codes, names) = (cells.text("code_qp"), cells.text("lib_qp"));
        let codes: Vec<&str> = codes.split(',').map(str::trim).collect();
        let names: Vec<&str> = match codes.len() {
            // A name alone may have a comma.
            1 => vec![names],
            _ => names.split(',').map(str::trim).collect(),
        };
        if codes.len() != names.len() {
            let reason = format!(
                "Cette ligne nomme {} quartiers et {} noms : on ne sait pas lequel est à qui. Séparez les quartiers, un par ligne.",
                codes.len(),
                names.len()
            );
            let value = cells.text("code_qp");
            return Err(Box::new(Problem::of_row(
                row.line,
                value,
                "names_uneven",
                reason,
            )));
        }
        self.places_left_out += 1;
        let commune = TerritoryCode::of(Level::Commune, cells.text("insee_com"));
        let mut kept = Vec::new();
        for (code, name) in codes.into_iter().zip(names) {
            let Some(code) = TerritoryCode::of(Level::Qpv, code) else {
                return Err(Box::new(malformed(row.line, code)));
            };
            if self.keeps(&code, &[]) {
                kept.push((code, name.to_owned()));
            } else {
                self.left_out += 1;
            }
        }
        for (code, name) in kept {
            let mut parents = BTreeSet::new();
            let departement = code.departement();
            let departement =
                departement.and_then(|code| TerritoryCode::of(Level::Departement, code));
            parents.extend(departement.map(|code| code.to_string()));
            let gathered = self.gathered.entry(code).or_insert(Gathered {
                line: row.line,
                name,
                parents,
            });
            let commune = commune.as_ref().map(TerritoryCode::to_string);
            gathered.parents.extend(commune);
        }
        Ok(())
    }

    /// Gives what only the whole list tells, and says what was left out.
    fn end(&mut self, cleaner: &mut Cleaner) {
        for (code, gathered) in std::mem::take(&mut self.gathered) {
            let given = Given {
                name: &gathered.name,
                parents: joined(&gathered.parents),
                ..Given::default()
            };
            let row = self.row(gathered.line, &code, given, InList::Silent);
            self.ready.push_back(row);
        }
        for (code, (line, successors)) in std::mem::take(&mut self.gone) {
            // A number that another commune took, or that came back, is not gone.
            let code = TerritoryCode::of(Level::Commune, &code);
            let Some(code) = code.filter(|code| !self.in_force.contains(code.code())) else {
                continue;
            };
            let given = Given {
                successors: joined(&successors),
                ..Given::default()
            };
            let row = self.row(line, &code, given, InList::Gone);
            self.ready.push_back(row);
        }
        let mut say = |count: u64, code, reason: String| {
            if count > 0 {
                cleaner.notices.push(Problem::of_row(0, "", code, reason));
            }
        };
        let of = self.only.as_ref().map(Only::code).unwrap_or_default();
        say(
            self.left_out,
            "outside_only",
            format!(
                "{} territoire(s) hors de {of} sont laissés de côté.",
                self.left_out
            ),
        );
        say(
            self.others,
            "other_level",
            format!(
                "{} ligne(s) ne sont pas de ce niveau (collectivités d'outre-mer dans une liste de régions, ou autres découpages) et sont laissées de côté.",
                self.others
            ),
        );
        say(
            self.places_left_out,
            "places_of_communes",
            format!(
                "{} position(s) ou contour(s) sont laissés de côté : ce fichier donne ceux des communes, et non ceux des quartiers.",
                self.places_left_out
            ),
        );
    }

    fn row(&self, line: u64, code: &TerritoryCode, given: Given<'_>, in_list: InList) -> Row {
        let year = code.generation_year().or(self.year);
        let (latitude, longitude) = given.point.unwrap_or_default();
        let cells = [
            code.level().term().to_owned(),
            code.code().to_owned(),
            year.map(|year| year.to_string()).unwrap_or_default(),
            given.name.to_owned(),
            given.population.to_owned(),
            given.parents,
            given.successors,
            latitude,
            longitude,
            given.outline.to_owned(),
        ];
        Row {
            line,
            cells: cells.into(),
            marks: BTreeMap::new(),
            in_list,
        }
    }
}

/// Returns the latitude and the longitude that the row gives; of an outline alone, its centre.
fn point(cells: &Cells<'_>, outline: &str) -> Option<(String, String)> {
    let (latitude, longitude) = (cells.text("latitude"), cells.text("longitude"));
    if !latitude.is_empty() && !longitude.is_empty() {
        return Some((latitude.to_owned(), longitude.to_owned()));
    }
    // The API writes its centres as points of GeoJSON, longitude first.
    let centre = cells.text("centre.coordinates");
    if let Some((longitude, latitude)) = centre.split_once('|') {
        return Some((latitude.to_owned(), longitude.to_owned()));
    }
    let Point { lat_e7, lon_e7 } = Outline::parse(outline).ok()?.centre()?;
    let degrees = |e7: i32| format!("{:.6}", f64::from(e7) / 1e7);
    Some((degrees(lat_e7), degrees(lon_e7)))
}

fn joined(codes: &BTreeSet<String>) -> String {
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    codes.join("|")
}

fn malformed(line: u64, code: &str) -> Problem {
    let reason = format!(
        "« {code} » n'a pas la forme d'un code de ce niveau. Corrigez-le, ou retirez la ligne."
    );
    Problem::of_row(line, code, "code_malformed", reason)
}

/// The columns of a table of territories, by the names of our fields.
const COLUMNS: [&str; 10] = [
    "level",
    "code",
    "code_year",
    "name",
    "population",
    "parents",
    "successors",
    "latitude",
    "longitude",
    "outline",
];
