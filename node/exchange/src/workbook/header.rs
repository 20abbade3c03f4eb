//! Which row of a sheet names the columns. As in a CSV: the first with two different texts within ten rows; a row that only groups
//! columns by merged cells is passed over.

use std::collections::{BTreeMap, BTreeSet};

use calamine::Dimensions;

use crate::table::{HEADER_ROWS, trimmed};
use crate::workbook::spool::HeldRow;

/// The row of names.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Header {
    /// Row of the sheet, from 0.
    pub(super) row: u32,
    /// Rows above that hold something.
    pub(super) rows_before: usize,
    /// Names by column.
    pub(super) names: BTreeMap<u32, String>,
    /// Whether something stands below.
    pub(super) has_rows: bool,
}

/// Finds the row of names among the first rows that hold something.
pub(super) fn find(rows: &[HeldRow], merged: &[Dimensions]) -> Option<Header> {
    let named: Vec<BTreeMap<u32, String>> =
        rows.iter().map(|row| names(row, rows, merged)).collect();
    let is_header = |names: &BTreeMap<u32, String>| {
        let texts: BTreeSet<&str> = names.values().map(|name| trimmed(name)).collect();
        texts.len() >= 2
    };
    let within = named.iter().take(HEADER_ROWS);
    let found = within.zip(rows).enumerate().find(|(place, (names, row))| {
        let next = rows.get(place + 1);
        let is_group = next.is_some_and(|next| {
            groups(row.row, merged) && next.row == row.row + 1 && is_header(&named[place + 1])
        });
        is_header(names) && !is_group
    });
    let (place, (names, row)) = found?;
    Some(Header {
        row: row.row,
        rows_before: place,
        names: names.clone(),
        has_rows: rows.len() > place + 1,
    })
}

/// Tells whether cells of this row are merged over several columns, and in this row alone.
fn groups(row: u32, merged: &[Dimensions]) -> bool {
    let is_one =
        |area: &Dimensions| area.start.0 == row && area.end.0 == row && area.end.1 > area.start.1;
    merged.iter().any(is_one)
}

/// The texts of a row; a cell that is merged with those above has their text.
fn names(row: &HeldRow, rows: &[HeldRow], merged: &[Dimensions]) -> BTreeMap<u32, String> {
    let own = row
        .cells
        .iter()
        .filter(|cell| !trimmed(&cell.text).is_empty());
    let mut names: BTreeMap<u32, String> =
        own.map(|cell| (cell.column, cell.text.clone())).collect();
    let from_above = |area: &&Dimensions| {
        area.start.0 < row.row && area.end.0 >= row.row && area.start.1 == area.end.1
    };
    for area in merged.iter().filter(from_above) {
        let above = rows.iter().find(|above| above.row == area.start.0);
        let cells = above.map_or(&[][..], |above| &above.cells);
        if let Some(cell) = cells.iter().find(|cell| cell.column == area.start.1) {
            names
                .entry(cell.column)
                .or_insert_with(|| cell.text.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbook::spool::Held;

    fn row(row: u32, cells: &[(u32, &str)]) -> HeldRow {
        let cells = cells
            .iter()
            .map(|(column, text)| Held::new(*column, text, None));
        HeldRow {
            row,
            cells: cells.collect(),
        }
    }

    fn area(start: (u32, u32), end: (u32, u32)) -> Dimensions {
        Dimensions { start, end }
    }

    #[test]
    fn titles_are_passed_over_and_names_found_within_ten_rows() {
        for (titles, found) in [(0, true), (9, true), (10, false)] {
            let mut rows: Vec<_> = (0..titles)
                .map(|at| row(at, &[(0, "Titre"), (5, "Titre")]))
                .collect();
            rows.push(row(titles, &[(1, "nom"), (2, "commune")]));
            let header = find(&rows, &[]);
            assert_eq!(header.is_some(), found, "{titles}");
            if let Some(header) = header {
                assert_eq!((header.row, header.rows_before), (titles, titles as usize));
                assert_eq!(header.names[&2], "commune");
                assert!(!header.has_rows);
            }
        }
    }

    #[test]
    fn a_row_of_merged_groups_gives_way_to_the_names_below() {
        let rows = [
            row(0, &[(0, "Code"), (1, "Structure"), (3, "Contact")]),
            row(1, &[(1, "nom"), (2, "siret"), (3, "mail"), (4, "tel")]),
            row(2, &[(0, "1"), (1, "a"), (2, "b")]),
        ];
        let merged = [
            area((0, 0), (1, 0)),
            area((0, 1), (0, 2)),
            area((0, 3), (0, 4)),
        ];
        let header = find(&rows, &merged).expect("found");
        assert_eq!((header.row, header.has_rows), (1, true));
        let names: Vec<&str> = header.names.values().map(String::as_str).collect();
        assert_eq!(names, ["Code", "nom", "siret", "mail", "tel"]);
        assert_eq!(find(&rows, &[]).expect("found").row, 0);
    }
}
