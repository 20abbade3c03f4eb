//! Which names of columns stand for which field: French files as partners publish them, data·inclusion in both versions, the
//! register of associations, SCDL, OpenAgenda.
//!
//! The table is `names.tsv`: a kind, a field, and the names of columns, the surest first, as [`key`](super::key) makes them (letters
//! and digits only). The kind `common` is for the fields that several kinds share, `part` for what makes a field together with
//! other columns; the field `?` holds the names that tell that a file is about the kind, whatever else it holds. Three more kinds are
//! formats with names of their own, where `SUMMARY` is a name and `description` a summary; `@` holds what speaks of a person there.

use std::sync::LazyLock;

use crate::table::Column;

/// A field and the names of columns that stand for it, the surest first.
pub(super) struct Names {
    pub(super) kind: &'static str,
    pub(super) field: &'static str,
    pub(super) names: Vec<&'static str>,
}

/// Returns the names for one kind, then the common ones.
pub(super) fn of_kind(kind: &str) -> impl Iterator<Item = &'static Names> {
    let own = rows(move |row| row.kind == kind && row.field != HINTS);
    own.chain(rows(|row| row.kind == "common"))
}

/// Tells whether a name says that a file is about one kind.
pub(super) fn is_hint(kind: &str, name: &str) -> bool {
    rows(|row| row.kind == kind && row.field == HINTS).any(|row| row.names.contains(&name))
}

/// A format whose columns have names of its own: as we read it, or as a table that was made of it has them.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Format {
    code: &'static str,
    /// Columns that no other file has, exactly as they are written.
    marks: &'static [&'static str],
    /// The kind that it is mostly about.
    pub(super) kind: &'static str,
    /// Whether its identifiers are the same wherever the file comes from.
    pub(super) has_global_ids: bool,
}

/// Calendars (iCalendar).
pub(super) const CALENDAR: Format = Format {
    code: "calendar",
    marks: &["DTSTART", "DTSTART;VALUE=DATE"],
    kind: "event",
    has_global_ids: true,
};
/// Articles (Atom, RSS).
const FEED: Format = Format {
    code: "feed",
    marks: &["entry.id", "entry.title"],
    kind: "proposal",
    has_global_ids: true,
};
/// Agendas of OpenAgenda.
const AGENDA: Format = Format {
    code: "agenda",
    marks: &["timings.begin"],
    kind: "event",
    has_global_ids: true,
};

/// Returns the format whose own names the columns have.
pub(super) fn format(columns: &[Column]) -> Option<&'static Format> {
    let has = |mark: &&str| columns.iter().any(|column| column.name == **mark);
    [&AGENDA, &CALENDAR, &FEED]
        .into_iter()
        .find(|format| format.marks.iter().any(has))
}

/// Returns what a format calls the fields.
pub(super) fn of_format(format: &'static Format) -> impl Iterator<Item = &'static Names> {
    rows(move |row| row.kind == format.code && row.field != PERSONS)
}

/// Tells whether a name speaks of a person in a format.
pub(super) fn is_of_a_person(format: &'static Format, name: &str) -> bool {
    rows(move |row| row.kind == format.code && row.field == PERSONS)
        .any(|row| row.names.contains(&name))
}

/// Returns the names of a latitude or a longitude.
pub(super) fn part(part: &str) -> &'static [&'static str] {
    let row = TABLE
        .iter()
        .find(|row| row.kind == "part" && row.field == part);
    row.map_or(&[], |row| &row.names)
}

/// Returns the ways in which an address is cut into columns; the parts of each in their order.
pub(super) fn addresses() -> impl Iterator<Item = Vec<&'static [&'static str]>> {
    ["address1", "address2", "address3"].into_iter().map(|way| {
        rows(move |row| row.kind == "part" && row.field == way)
            .map(|row| &row.names[..])
            .collect()
    })
}

fn rows<'a>(is_wanted: impl Fn(&Names) -> bool + 'a) -> impl Iterator<Item = &'static Names> + 'a {
    TABLE.iter().filter(move |row| is_wanted(row))
}

static TABLE: LazyLock<Vec<Names>> = LazyLock::new(|| {
    let rows = include_str!("names.tsv").lines().map(|line| {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        Names {
            kind: cell(),
            field: cell(),
            names: cell().split(' ').collect(),
        }
    });
    rows.collect()
});

/// The field that stands for none.
const HINTS: &str = "?";
/// The field that stands for what is left out.
const PERSONS: &str = "@";

#[cfg(test)]
mod tests {
    use crdt_schema::record::{KINDS, Kind};

    use super::*;
    use crate::mapping::key;

    #[test]
    fn every_row_of_the_table_leads_somewhere_and_every_name_is_a_key() {
        assert!(TABLE.len() > 50);
        for row in TABLE.iter() {
            let leads = match (row.kind, row.field) {
                ("part", field) => {
                    field.starts_with("address") || ["latitude", "longitude"].contains(&field)
                }
                ("agenda" | "calendar" | "feed", PERSONS) => true,
                ("agenda" | "calendar" | "common" | "feed", field) => {
                    KINDS.iter().any(|kind| kind.field(field).is_some())
                }
                (kind, HINTS) => Kind::parse(kind).is_some(),
                (kind, field) => Kind::parse(kind).is_some_and(|kind| kind.field(field).is_some()),
            };
            assert!(leads, "{} {}", row.kind, row.field);
            assert!(
                row.names
                    .iter()
                    .all(|name| !name.is_empty() && key(name) == *name),
                "{:?}",
                row.names
            );
        }
    }
}
