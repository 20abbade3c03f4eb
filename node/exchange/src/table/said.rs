//! What every format says of a table in the same words.

use crate::report::Problem;
use crate::table::{CELL_BYTES_MAX, Column};

/// Says that rows above the header are not read.
pub(crate) fn header_below(rows_before: usize, line: u64) -> Problem {
    let reason =
        format!("L'en-tête est ligne {line} ; {rows_before} ligne(s) au-dessus ne sont pas lues.");
    Problem::of_row(line, "", "header_below", reason)
}

/// Says that rows without any value are not read: the line of the first, and how many.
pub(crate) fn blank_rows((line, count): (u64, u64)) -> Problem {
    let reason =
        format!("{count} ligne(s) sans aucune valeur ne sont pas lues, la première ligne {line}.");
    Problem::of_row(line, "", "rows_blank", reason)
}

/// Refuses a row for a cell that no format may have.
pub(crate) fn cell_too_long(line: u64, column: Option<&Column>) -> Problem {
    let reason = format!(
        "Une cellule dépasse {} Kio. Raccourcissez ce texte, ou vérifiez les guillemets de la ligne.",
        CELL_BYTES_MAX / 1024
    );
    let problem = Problem::of_row(line, "", "cell_too_long", reason);
    match column {
        Some(column) => problem.in_column(column),
        None => problem,
    }
}

/// Says that the file could not be read to its end.
pub(crate) fn interrupted(line: u64, cause: &str) -> Problem {
    let reason =
        format!("La lecture du fichier s'est arrêtée ici ({cause}). Recommencez l'import.");
    Problem::of_row(line, "", "read_interrupted", reason)
}
