//! Brings the cells of a row to their fields.

use std::collections::BTreeMap;

use crdt_schema::draft::{Wanted, cut, shown_set, tidy};
use crdt_schema::edit::Value;
use crdt_schema::limits::VALUE_BYTES_MAX;
use crdt_schema::personal::{masked, traces};
use crdt_schema::record::Shape;
use crdt_schema::register::Code;

use crate::export::CUT_MARK;
use crate::import::Strictness;
use crate::import::row::{CONTACT_IN_TEXT, Typed, Work, is_absent};
use crate::mapping::{Use, holds_mail, key};
use crate::report::Problem;
use crate::table::Row;
use crate::workbook::Mark;

impl<'a> Work<'a> {
    /// Brings the cells to their fields.
    pub(super) fn gather(&mut self, row: &Row) {
        let (mut point, mut address) = (BTreeMap::new(), BTreeMap::new());
        let cells = self.reader.mapping.uses.iter().zip(&row.cells).enumerate();
        for (column, (usage, cell)) in cells {
            if let Use::Names(field) = usage {
                let is_whole = !cell.ends_with(CUT_MARK) && !cell.contains('\u{FFFD}');
                if is_whole && !cell.is_empty() && !row.marks.contains_key(&column) {
                    let text = cell.clone();
                    self.beside.insert(field, Typed { text, column });
                }
                continue;
            }
            if let Some(mark @ (Mark::Error | Mark::Uncalculated)) = row.marks.get(&column) {
                if !matches!(usage, Use::Dropped | Use::Personal) {
                    self.refuse_formula(column, *mark, cell);
                }
                continue;
            }
            if cell.is_empty() {
                continue;
            }
            if cell.ends_with(CUT_MARK) && !matches!(usage, Use::Dropped | Use::Personal) {
                let problem = self.problem(column, cell, "text_cut", TEXT_CUT.to_owned());
                self.warnings.push(problem);
                continue;
            }
            if cell.contains('\u{FFFD}') && !matches!(usage, Use::Dropped | Use::Personal) {
                let reason = "Des accents ont été perdus (« \u{FFFD} ») avant que ce fichier nous parvienne. Reprenez le texte d'origine.";
                let problem = self.problem(column, cell, "accents_lost", reason.to_owned());
                self.refusals.push(problem);
                continue;
            }
            match usage {
                Use::Field(name) => self.add(name, column, cell),
                Use::Latitude | Use::Longitude => {
                    point.insert(
                        usize::from(*usage == Use::Longitude),
                        (column, cell.as_str()),
                    );
                }
                Use::AddressPart(order) => {
                    address.insert(*order, (column, cell.as_str()));
                }
                Use::Extra(name) if self.reader.field(name).is_some() => {
                    self.add(name, column, cell);
                }
                Use::Extra(name) => self.keep(name, column, cell),
                Use::Dropped | Use::HolderId | Use::Names(_) | Use::Personal | Use::Record => {}
            }
        }
        self.read_names_alone();
        if let Some((_, (column, _))) = address.first_key_value() {
            let column = *column;
            let parts: Vec<_> = address.values().map(|(_, part)| *part).collect();
            self.add("address", column, &parts.join(" "));
        }
        self.part_register_numbers();
        // Half a point is a mistake to be shown as it stands, whatever the other half says.
        if point.values().all(|(_, cell)| is_absent(cell)) {
            point.clear();
        }
        if let Some((_, (column, _))) = point.first_key_value() {
            let column = *column;
            let part = |order: &usize| point.get(order).map_or("", |(_, cell)| cell);
            let text = format!("{} ; {}", part(&0), part(&1));
            self.add("point", column, &text);
        }
    }

    /// A name without an identifier beside it is all that is said of the link.
    fn read_names_alone(&mut self) {
        for (field, named) in std::mem::take(&mut self.beside) {
            match self.typed.contains_key(field) {
                true => drop(self.beside.insert(field, named)),
                false => drop(self.typed.insert(field, named)),
            }
        }
    }

    /// Refuses a cell that shows no value. When the rest of the row goes through, nothing of it is kept.
    fn refuse_formula(&mut self, column: usize, mark: Mark, cell: &str) {
        let (code, reason) = match mark {
            Mark::Uncalculated => ("formula_uncalculated", FORMULA_UNCALCULATED),
            _ => ("cell_error", CELL_ERROR),
        };
        let problem = self.problem(column, cell, code, reason.to_owned());
        match self.reader.settings.strictness {
            Strictness::Row => self.refusals.push(problem),
            Strictness::Cell => self.notes.push(problem),
        }
    }

    /// Files of digital inclusion have one column for both registers (`pivot`): a number with a W is no SIRET.
    fn part_register_numbers(&mut self) {
        let is_rna = |typed: &Typed| typed.text.starts_with(['W', 'w']);
        if self.reader.field("rna").is_none() || self.typed.contains_key("rna") {
            return;
        }
        if self.typed.get("siret").is_some_and(is_rna)
            && let Some(typed) = self.typed.remove("siret")
        {
            let reason =
                "Ce numéro est celui du registre des associations : il va dans le champ RNA.";
            let note = self.problem(typed.column, &typed.text, "rna_given", reason.to_owned());
            self.notes.push(note);
            self.typed.insert("rna", typed);
        }
    }

    /// Sets of several columns are one set; of other fields, the first column that says something counts.
    fn add(&mut self, name: &'a str, column: usize, cell: &str) {
        let shape = self.reader.field(name).map(|field| field.shape());
        // Two lists of rows in one text would be none.
        let is_set = shape.is_some_and(|shape| shape.is_set() && !matches!(shape, Shape::Rows(_)));
        match self.typed.get_mut(name) {
            None => {
                let text = cell.to_owned();
                self.typed.insert(name, Typed { text, column });
            }
            Some(typed) if is_set => {
                let words: Vec<String> = cut(&typed.text).chain(cut(cell)).collect();
                typed.text = shown_set(words.iter().map(String::as_str));
            }
            Some(_) => {
                let spare = self.reader.mapping.spares[column].clone();
                self.keep(&spare, column, cell);
            }
        }
    }

    /// Keeps a text in an extra field. Nobody checks what is in there, so that mail addresses stay outside.
    pub(super) fn keep(&mut self, name: &str, column: usize, cell: &str) {
        if holds_mail(cell) {
            let reason = "Cellule ignorée : elle contient une adresse de courriel, et cette colonne n'est rattachée à aucun champ.";
            let note = self.problem(column, &hidden(cell), "personal_cell", reason.to_owned());
            self.notes.push(note);
            return;
        }
        self.warn_of_persons(column, cell, CONTACT_IN_TEXT);
        let text = tidy(cell).replace("\r\n", "\n").replace(['\r', '\0'], "\n");
        if text.len() > VALUE_BYTES_MAX {
            let reason = format!(
                "Ce texte est trop long pour un champ supplémentaire ({} Kio au plus). Laissez cette colonne de côté, ou rattachez-la à une description.",
                VALUE_BYTES_MAX / 1024
            );
            let problem = self.problem(column, cell, Code::Length.as_str(), reason);
            self.refusals.push(problem);
        } else if !text.is_empty() {
            let wanted = Wanted::Value(Value::Text(text));
            self.draft.fields.insert(name.to_owned(), wanted);
        }
    }

    /// A record without a name is found by nobody.
    pub(super) fn check_name(&mut self) {
        let name = self.typed.get("name");
        let is_there = name.is_some_and(|typed| {
            let key = key(&typed.text);
            !key.is_empty() && !NAMELESS.contains(&key.as_str())
        });
        if is_there {
            return;
        }
        let value = name.map(|typed| typed.text.clone()).unwrap_or_default();
        let reason = "Il manque le nom. Sans lui, personne ne retrouverait la fiche.".to_owned();
        let is_name = |usage: &Use| *usage == Use::Field("name");
        let problem = match self.reader.mapping.uses.iter().position(is_name) {
            Some(column) => self.problem(column, &value, "name_missing", reason),
            None => Problem::of_row(
                self.line,
                &value,
                "name_missing",
                "Aucune colonne ne donne le nom des fiches. Indiquez-la dans la correspondance des colonnes.".to_owned(),
            ),
        };
        self.typed.remove("name");
        self.refusals.push(problem);
    }
}

/// The mails of a cell that is left out, so that it can be found in the file and is in no report.
fn hidden(cell: &str) -> String {
    let pieces: Vec<String> = traces(cell)
        .iter()
        .map(|trace| masked(trace.text))
        .collect();
    if pieces.is_empty() {
        masked(cell)
    } else {
        pieces.join(", ")
    }
}

const CELL_ERROR: &str = "Cette cellule affiche une erreur de calcul. Corrigez la formule, ou effacez la cellule si la valeur n'est pas connue.";
const FORMULA_UNCALCULATED: &str = "Cette formule n'a pas de résultat dans le fichier. Ouvrez le classeur dans votre tableur, enregistrez-le, et recommencez.";
const TEXT_CUT: &str = "Ce texte a été coupé par l'export, parce qu'une cellule de classeur en tient 32 767 caractères au plus : il n'est pas repris, et celui de la fiche reste.";

/// Names that are none, as [`key`] writes them.
const NAMELESS: &[&str] = &[
    "acompleter",
    "nan",
    "nc",
    "none",
    "nonrenseigne",
    "null",
    "sansnom",
    "xxx",
];
