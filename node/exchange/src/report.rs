//! What is wrong with a file, or with one row of it.
//!
//! Both are read by the person who brought the file: the sentences are in French and say what to do.

use std::io;

use serde::Serialize;
use thiserror::Error;

use crate::text::Encoding;

/// Says what is wrong, or worth knowing, at one place of a file.
///
/// The same shape serves refused rows and notices, which refuse nothing. Its JSON form is what
/// `maillage import --dry-run --json` prints.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Problem {
    /// Line of the file where the record starts; for JSON, position of the object in its list, from 1.
    pub line: u64,
    /// Name of the column, when one column is at fault.
    pub column: Option<String>,
    /// Letter of that column, as a spreadsheet shows it.
    pub letter: Option<String>,
    /// Text as found in the file, cut at 200 characters.
    pub value: String,
    /// Stable code.
    pub code: &'static str,
    /// French sentence.
    pub reason: String,
    /// Text that would be accepted, when there is one.
    pub suggestion: Option<String>,
    /// Whether the suggestion is a reading of this cell that a person may confirm for the whole column.
    pub proposed: bool,
}

impl Problem {
    /// Describes a problem of a whole row.
    pub fn of_row(line: u64, value: &str, code: &'static str, reason: String) -> Self {
        let value = shortened(value);
        Self {
            line,
            column: None,
            letter: None,
            value,
            code,
            reason,
            suggestion: None,
            proposed: false,
        }
    }

    /// Names the column at fault.
    #[must_use]
    pub fn in_column(mut self, column: &crate::Column) -> Self {
        self.column = Some(column.name.clone());
        self.letter = Some(column.letter.clone());
        self
    }

    /// Offers a text that would be accepted.
    #[must_use]
    pub fn suggesting(mut self, suggestion: String) -> Self {
        self.suggestion = Some(suggestion);
        self
    }

    /// Says that the suggestion is what the cell most likely means, once a person has confirmed it.
    #[must_use]
    pub fn proposing(mut self) -> Self {
        self.proposed = true;
        self
    }
}

/// Cuts a text that a report shows.
pub(crate) fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// Length of the text shown in a report: enough to recognise it, short enough for a table.
const VALUE_CHARACTERS_MAX: usize = 200;

/// Says why a file as a whole cannot be read as a table, and what the person can do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Characters were replaced by U+FFFD before the file reached us.
    #[error(
        "Des accents ont été perdus avant que ce fichier nous parvienne : {count} caractère(s) « \u{FFFD} », le premier \
         ligne {line}. Ils ne peuvent pas être retrouvés : demandez le fichier d'origine, ou exportez-le de nouveau \
         en « CSV UTF-8 »."
    )]
    AccentsLost {
        /// How many.
        count: u64,
        /// Line of the first.
        line: u64,
    },
    /// Components that are not closed, or too deep.
    #[error(
        "Cet agenda n'est pas correct (ligne {line} : {detail}). Il a peut-être été coupé : exportez-le de nouveau."
    )]
    CalendarInvalid {
        /// Line of the file.
        line: u64,
        /// What was met or expected.
        detail: String,
    },
    /// An error of calculation that the parser does not know: where it stands is not known exactly.
    #[error(
        "Une cellule de cette feuille contient l'erreur de calcul « {value} », ligne {line} ou juste après. Corrigez ou effacez \
         cette formule, puis recommencez."
    )]
    CellErrorUnknown {
        /// The error, as the cell shows it.
        value: String,
        /// The last line that was read.
        line: u64,
    },
    /// More columns than a table may have.
    #[error("Ce fichier a {count} colonnes ; la limite est {max}. Retirez les colonnes inutiles.")]
    ColumnsTooMany {
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A GeoJSON in another projection.
    #[error(
        "Les coordonnées de ce fichier sont dans le système « {name} ». Exportez-le en longitude et latitude \
         (WGS 84, EPSG:4326)."
    )]
    CrsUnsupported {
        /// The name that the file gives.
        name: String,
    },
    /// Nothing in it.
    #[error("Ce fichier est vide. Vérifiez que l'export s'est terminé, puis recommencez.")]
    Empty,
    /// Bytes that the announced encoding does not allow.
    #[error(
        "Ce fichier est annoncé en {encoding}, mais la ligne {line} n'en est pas. Enregistrez-le de nouveau en \
         « CSV UTF-8 », ou choisissez un autre encodage."
    )]
    EncodingMixed {
        /// The encoding that the mark at the start, or the person, announced.
        encoding: Encoding,
        /// Line of the first wrong byte.
        line: u64,
    },
    /// Neither UTF-8 nor Windows-1252.
    #[error(
        "L'encodage de ce fichier n'est pas reconnu (octet {byte:02X}, ligne {line}). Enregistrez-le de nouveau en \
         « CSV UTF-8 », ou choisissez l'encodage (Mac Roman pour un ancien Mac)."
    )]
    EncodingUnknown {
        /// The first byte that Windows-1252 does not define.
        byte: u8,
        /// Its line.
        line: u64,
    },
    /// More events, or articles, than a table may have rows.
    #[error("Ce fichier a plus de {max} {what}. Découpez-le, par exemple par année.")]
    EntriesTooMany {
        /// What they are.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// No row of names.
    #[error(
        "Aucune ligne d'en-tête trouvée dans les {rows} premières lignes. La ligne d'en-tête doit donner au moins \
         deux noms de colonnes différents, séparés par un point-virgule, une virgule, une tabulation ou une barre."
    )]
    HeaderMissing {
        /// How many rows were looked at.
        rows: usize,
    },
    /// The disk, or the network folder, failed.
    #[error(
        "Ce fichier n'a pas pu être lu : {0}. Vérifiez qu'il existe et que vous pouvez l'ouvrir."
    )]
    Io(#[from] io::Error),
    /// Brackets, quotes or values that are not JSON.
    #[error(
        "Ce fichier n'est pas un JSON correct (ligne {line} : {detail}). Il a peut-être été coupé : exportez-le de \
         nouveau."
    )]
    JsonInvalid {
        /// Line of the file.
        line: u64,
        /// What was met or expected.
        detail: String,
    },
    /// Brackets inside brackets, further than any table needs.
    #[error(
        "Ce JSON est imbriqué sur plus de {max} niveaux (ligne {line}). Exportez une liste d'objets simples."
    )]
    JsonTooDeep {
        /// Line of the file.
        line: u64,
        /// The limit.
        max: usize,
    },
    /// The list that the person named is not there.
    #[error(
        "Ce fichier n'a pas de liste « {name} ». Indiquez une des listes qu'il contient : {present}."
    )]
    ListAbsent {
        /// The name asked for.
        name: String,
        /// The names that are there.
        present: String,
    },
    /// Several lists, and no way to know which one is meant.
    #[error(
        "Ce fichier décrit un objet qui contient plusieurs listes ({names}). Indiquez celle qui forme le tableau, ou \
         fournissez une liste d'objets."
    )]
    ListsSeveral {
        /// Their names.
        names: String,
    },
    /// A sheet is asked for, of a file that has none.
    #[error(
        "Ce fichier n'est pas un classeur : il n'a pas de feuilles. Recommencez sans indiquer de feuille."
    )]
    NoSheets,
    /// The name says so, but there is no calendar inside.
    #[error(
        "Ce fichier n'est pas un agenda iCalendar : il ne commence pas par « BEGIN:VCALENDAR ». Téléchargez-le de nouveau, ou \
         demandez l'adresse de l'agenda au format iCal."
    )]
    NotACalendar,
    /// XML, but no feed.
    #[error(
        "Ce fichier XML n'est ni un flux Atom ni un flux RSS{found}. Téléchargez l'adresse du flux lui-même, et non celle d'une page."
    )]
    NotAFeed {
        /// What it is, where that is known.
        found: String,
    },
    /// Another kind of workbook, or another archive.
    #[error("Ce fichier n'est pas un classeur XLSX : c'est {what}. {advice}")]
    NotAWorkbook {
        /// What it is.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A year, or a part of a list, is named for a file that is no official list.
    #[error(
        "Ce fichier n'est pas une liste officielle de territoires que le programme reconnaît : l'année de la liste et le territoire à \
         garder ne s'y appliquent pas. Recommencez sans eux."
    )]
    NotOfficial,
    /// JSON, but no list of objects.
    #[error(
        "Ce fichier JSON n'est pas un tableau : il ne contient pas de liste d'objets. Il faut une liste \
         « [{{…}}, {{…}}] », un objet par ligne, ou un GeoJSON."
    )]
    NotATable,
    /// Not a text at all.
    #[error("Ce fichier n'est pas un tableau en texte : c'est {what}. {advice}")]
    NotText {
        /// What it looks like.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A gzip that cannot be unpacked.
    #[error(
        "Ce fichier compressé est abîmé ({detail}). Il a peut-être été coupé : téléchargez-le de nouveau."
    )]
    PackedDamaged {
        /// What the decoder says.
        detail: String,
    },
    /// More rows than a sheet may have.
    #[error(
        "Cette feuille a plus de {max} lignes. Découpez-la, ou enregistrez-la en « CSV UTF-8 »."
    )]
    RowsTooMany {
        /// The limit.
        max: u64,
    },
    /// Rows that no separator cuts evenly.
    #[error(
        "Les colonnes de ce fichier ne sont pas reconnues : aucun séparateur (point-virgule, virgule, tabulation, \
         barre) ne donne le même nombre de colonnes sur ses premières lignes. Enregistrez le tableau en « CSV UTF-8 »."
    )]
    SeparatorUnknown,
    /// The sheet that the person named is not there.
    #[error(
        "Ce classeur n'a pas de feuille « {name} ». Indiquez une de celles qu'il contient : {present}."
    )]
    SheetAbsent {
        /// The name asked for.
        name: String,
        /// The names that are there.
        present: String,
    },
    /// The sheet that the person named has no row of names.
    #[error(
        "La feuille « {name} » n'a pas de ligne d'en-tête dans ses {rows} premières lignes remplies : il faut au moins deux noms de \
         colonnes différents. Ajoutez-les, ou indiquez une autre feuille."
    )]
    SheetWithoutTable {
        /// The sheet.
        name: String,
        /// How many rows were looked at.
        rows: usize,
    },
    /// No sheet has a row of names.
    #[error(
        "Aucune feuille visible de ce classeur n'a de tableau : une ligne d'en-tête d'au moins deux noms, dans les dix premières \
         lignes. Il contient : {present}. Si le tableau est sur une feuille masquée, indiquez-la."
    )]
    SheetsWithoutTable {
        /// The names that are there.
        present: String,
    },
    /// Over the limit.
    #[error(
        "Ce fichier fait {mebibytes} Mio ; la limite est {max} Mio. Découpez-le, par exemple par département."
    )]
    TooLarge {
        /// Its size.
        mebibytes: u64,
        /// The limit.
        max: u64,
    },
    /// An archive or XML that cannot be read.
    #[error(
        "Ce classeur est abîmé ({detail}). Ouvrez-le dans votre tableur et enregistrez-le de nouveau en .xlsx, ou enregistrez la \
         feuille en « CSV UTF-8 »."
    )]
    WorkbookDamaged {
        /// What the parser says.
        detail: String,
    },
    /// A workbook with a password.
    #[error(
        "Ce classeur est protégé par un mot de passe. Ouvrez-le, retirez le mot de passe (Fichier, Informations, Protéger le \
         classeur), enregistrez-le et recommencez."
    )]
    WorkbookLocked,
    /// A workbook that would take more memory than any table needs.
    #[error(
        "Ce classeur n'est pas ouvert, par prudence : {reason}. Enregistrez la feuille utile en « CSV UTF-8 », ou dans un nouveau \
         classeur."
    )]
    WorkbookUnsafe {
        /// What is too much.
        reason: &'static str,
    },
    /// A document type: it could name other files, or grow without end.
    #[error(
        "Ce flux déclare un type de document (DOCTYPE, ligne {line}) : il n'est pas lu, par prudence. Demandez-le sans cette \
         déclaration."
    )]
    XmlDoctype {
        /// Line of the file.
        line: u64,
    },
    /// Tags or entities that are not XML.
    #[error(
        "Ce flux n'est pas un XML correct (ligne {line} : {detail}). Il a peut-être été coupé : téléchargez-le de nouveau."
    )]
    XmlInvalid {
        /// Line of the file.
        line: u64,
        /// What was met or expected.
        detail: String,
    },
    /// Elements inside elements, further than any feed needs.
    #[error(
        "Ce flux est imbriqué sur plus de {max} niveaux (ligne {line}) : il n'est pas lu, par prudence."
    )]
    XmlTooDeep {
        /// Line of the file.
        line: u64,
        /// The limit.
        max: usize,
    },
    /// An official list that does not say its year, and nobody has named it.
    #[error(
        "Cette liste officielle ne dit pas de quelle année elle est, et ses codes changent d'une année à l'autre : indiquez l'année de \
         la liste, par exemple 2026 (elle figure sur la page où vous l'avez téléchargée)."
    )]
    YearMissing,
    /// A year in which there was no list.
    #[error(
        "Il n'y a pas de liste officielle de l'année {year}. Écrivez les quatre chiffres de l'année de la liste, par exemple 2026."
    )]
    YearUnlikely {
        /// The year that was named.
        year: u16,
    },
}

impl Unreadable {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccentsLost { .. } => "accents_lost",
            Self::CalendarInvalid { .. } => "calendar_invalid",
            Self::CellErrorUnknown { .. } => "cell_error_unknown",
            Self::ColumnsTooMany { .. } => "columns_too_many",
            Self::CrsUnsupported { .. } => "crs_unsupported",
            Self::Empty => "empty",
            Self::EncodingMixed { .. } => "encoding_mixed",
            Self::EncodingUnknown { .. } => "encoding_unknown",
            Self::EntriesTooMany { .. } => "entries_too_many",
            Self::HeaderMissing { .. } => "header_missing",
            Self::Io(_) => "io",
            Self::JsonInvalid { .. } => "json_invalid",
            Self::JsonTooDeep { .. } => "json_too_deep",
            Self::ListAbsent { .. } => "list_absent",
            Self::ListsSeveral { .. } => "lists_several",
            Self::NoSheets => "no_sheets",
            Self::NotACalendar => "not_a_calendar",
            Self::NotAFeed { .. } => "not_a_feed",
            Self::NotATable => "not_a_table",
            Self::NotAWorkbook { .. } => "not_a_workbook",
            Self::NotOfficial => "not_official",
            Self::NotText { .. } => "not_text",
            Self::PackedDamaged { .. } => "packed_damaged",
            Self::RowsTooMany { .. } => "rows_too_many",
            Self::SeparatorUnknown => "separator_unknown",
            Self::SheetAbsent { .. } => "sheet_absent",
            Self::SheetWithoutTable { .. } => "sheet_without_table",
            Self::SheetsWithoutTable { .. } => "sheets_without_table",
            Self::TooLarge { .. } => "too_large",
            Self::WorkbookDamaged { .. } => "workbook_damaged",
            Self::WorkbookLocked => "workbook_locked",
            Self::WorkbookUnsafe { .. } => "workbook_unsafe",
            Self::XmlDoctype { .. } => "xml_doctype",
            Self::XmlInvalid { .. } => "xml_invalid",
            Self::XmlTooDeep { .. } => "xml_too_deep",
            Self::YearMissing => "year_missing",
            Self::YearUnlikely { .. } => "year_unlikely",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_prints_the_keys_that_people_know() {
        let problem = Problem::of_row(7, "4000", "code_postal_court", "Il manque un zéro.".into())
            .suggesting("04000".into());
        let json = serde_json::to_value(&problem).expect("serialises");
        assert_eq!(json["line"], 7);
        assert_eq!(json["column"], serde_json::Value::Null);
        assert_eq!(json["value"], "4000");
        assert_eq!(json["code"], "code_postal_court");
        assert_eq!(json["suggestion"], "04000");
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let exact = "é".repeat(VALUE_CHARACTERS_MAX);
        assert_eq!(Problem::of_row(1, &exact, "c", String::new()).value, exact);
        let over = Problem::of_row(1, &format!("{exact}é"), "c", String::new()).value;
        assert_eq!(over, format!("{exact}…"));
    }
}
