//! The two lists as files: JSON each, or a workbook with a sheet for each.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::csv::Cell;
use crate::workbook::{Book, Tone};

/// One of the lists as JSON, while it is written.
pub struct InclusionJson<W> {
    out: W,
    is_empty: bool,
}

impl<W: Write> InclusionJson<W> {
    /// Starts the list.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self {
            out,
            is_empty: true,
        })
    }

    /// Writes a structure or a service.
    pub fn row(&mut self, values: &Map<String, Json>) -> io::Result<()> {
        let before: &[u8] = if self.is_empty { b"\n" } else { b",\n" };
        self.out.write_all(before)?;
        self.is_empty = false;
        Ok(serde_json::to_writer(&mut self.out, values)?)
    }

    /// Ends the list and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"\n]\n")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A workbook with the sheets `Structures` and `Services`, and a third that says which records are not in them.
pub struct InclusionBook {
    book: Book,
    sheets: [usize; 3],
}

impl InclusionBook {
    /// Starts the file. Rows wait in private files of this folder.
    pub fn new(folder: &Path) -> io::Result<Self> {
        let mut book = Book::new(folder)?;
        let width = |name: &&'static str| (*name, 24);
        let structures: Vec<_> = STRUCTURE.iter().map(width).collect();
        let services: Vec<_> = SERVICE.iter().map(width).collect();
        let left: Vec<_> = LEFT_OUT.iter().map(width).collect();
        let sheets = [
            book.sheet("Structures", &structures)?,
            book.sheet("Services", &services)?,
            book.sheet("Non exportées", &left)?,
        ];
        Ok(Self { book, sheets })
    }

    /// Writes a structure.
    pub fn structure(&mut self, values: &Map<String, Json>) -> io::Result<()> {
        self.row(0, STRUCTURE, values)
    }

    /// Writes a service.
    pub fn service(&mut self, values: &Map<String, Json>) -> io::Result<()> {
        self.row(1, SERVICE, values)
    }

    /// Writes a record that is not in the lists, and why.
    pub fn left_out(&mut self, record: &str, name: &str, reason: &str) -> io::Result<()> {
        let cells = [
            Cell::Code(record.to_owned()),
            Cell::Text(name.to_owned()),
            Cell::Text(reason.to_owned()),
        ];
        self.book
            .row(self.sheets[2], &cells.map(|cell| (cell, Tone::Plain)))
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish<W: Write + Send>(self, out: W) -> io::Result<W> {
        self.book.finish(out)
    }

    fn row(&mut self, sheet: usize, names: &[&str], values: &Map<String, Json>) -> io::Result<()> {
        let cells = names
            .iter()
            .map(|name| (cell(name, values.get(*name)), Tone::Plain));
        let cells: Vec<_> = cells.collect();
        self.book.row(self.sheets[sheet], &cells)
    }
}

/// Sets are separated by commas.
fn cell(name: &str, value: Option<&Json>) -> Cell {
    match value {
        None | Some(Json::Null) => Cell::Empty,
        Some(Json::Number(number)) => Cell::Number(number.to_string()),
        Some(Json::Array(items)) => {
            let items: Vec<_> = items.iter().filter_map(Json::as_str).collect();
            Cell::Code(items.join(","))
        }
        Some(Json::String(text)) if name == "date_maj" => Cell::Date(text.clone()),
        Some(Json::String(text)) if CODES.contains(&name) => Cell::Code(text.clone()),
        Some(Json::String(text)) => Cell::Text(text.clone()),
        Some(other) => Cell::Text(other.to_string()),
    }
}

const CODES: &[&str] = &[
    "code_insee",
    "code_postal",
    "id",
    "siret",
    "structure_id",
    "telephone",
];
const LEFT_OUT: &[&str] = &["fiche", "nom", "raison"];
/// The fields of a structure, in the order of their template.
pub(crate) const STRUCTURE: &[&str] = &[
    "id",
    "siret",
    "nom",
    "commune",
    "code_postal",
    "code_insee",
    "adresse",
    "complement_adresse",
    "longitude",
    "latitude",
    "telephone",
    "courriel",
    "site_web",
    "description",
    "source",
    "date_maj",
    "lien_source",
    "horaires_accueil",
    "accessibilite_lieu",
    "reseaux_porteurs",
];
/// The fields of a service.
pub(crate) const SERVICE: &[&str] = &[
    "id",
    "structure_id",
    "source",
    "nom",
    "description",
    "type",
    "thematiques",
    "frais",
    "frais_precisions",
    "publics",
    "publics_precisions",
    "conditions_acces",
    "telephone",
    "courriel",
    "modes_accueil",
    "commune",
    "code_postal",
    "code_insee",
    "adresse",
    "complement_adresse",
    "longitude",
    "latitude",
    "zone_eligibilite",
    "contact_nom_prenom",
    "date_maj",
    "lien_mobilisation",
    "modes_mobilisation",
    "mobilisable_par",
    "mobilisation_precisions",
    "horaires_accueil",
    "lien_source",
    "volume_horaire_hebdomadaire",
    "nombre_semaines",
];
