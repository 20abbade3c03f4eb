//! The first rows of a table, read before they are planned: where the name of a column says nothing, its values may.

use std::collections::VecDeque;

use crdt_schema::record::Kind;
use crdt_schema::vocabulary::Words;

use crate::import::Settings;
use crate::mapping::{Mapping, ROWS_LOOKED_AT, Use, Values};
use crate::report::Problem;
use crate::table::{Column, Row, Table};

/// Rows that wait to be planned, and what they tell.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) rows: VecDeque<Result<Row, Box<Problem>>>,
    /// Columns that are recognised by their values, each with its field.
    pub(super) recognised: Vec<(String, String)>,
}

impl Ahead {
    /// Reads some rows, unless the names of all columns say enough.
    pub(super) fn of(table: &mut Table, mapping: &Mapping, settings: &Settings<'_>) -> Self {
        let columns = table.columns().to_vec();
        if table.is_official() || !(0..columns.len()).any(|place| mapping.is_mute(&columns, place))
        {
            return Self::default();
        }
        let rows: VecDeque<_> = table.by_ref().take(ROWS_LOOKED_AT).collect();
        let mut values = Values::default();
        for row in rows.iter().flatten() {
            values.look(&row.cells);
        }
        let knowing = (settings.words, settings.lists);
        let recognised = values.recognised(&columns, mapping, settings.wishes, knowing);
        Self { rows, recognised }
    }

    /// Says what was recognised, so that nobody is surprised by it.
    pub(super) fn said<'a>(
        &'a self,
        columns: &'a [Column],
        kind: &'static Kind,
    ) -> impl Iterator<Item = Problem> + 'a {
        self.recognised.iter().filter_map(move |(name, field)| {
            let column = columns.iter().find(|column| column.name == *name)?;
            let label = kind.field(field)?.wording.in_language("fr");
            let reason = format!(
                "Le nom de cette colonne ne dit rien ; d'après ses valeurs, c'est « {label} ». Si ce n'est pas cela, rattachez-la à un autre champ."
            );
            let notice = Problem::of_row(0, "", "column_recognised", reason);
            Some(notice.in_column(column))
        })
    }
}

/// Says which columns fill a field that the federation hides: what they hold would be seen in no form and on no page.
pub(super) fn hidden<'a>(
    columns: &'a [Column],
    mapping: &'a Mapping,
    words: &'a Words,
) -> impl Iterator<Item = Problem> + 'a {
    columns.iter().zip(&mapping.uses).filter_map(|(column, usage)| {
        let name: &str = match usage {
            Use::AddressPart(_) => "address",
            Use::Extra(name) => name,
            Use::Field(name) | Use::Names(name) => name,
            Use::HolderId => "holder",
            Use::Latitude | Use::Longitude => "point",
            Use::Dropped | Use::Personal | Use::Record => return None,
        };
        let kind = mapping.kind.code;
        let field = words.any_field(kind, name)?;
        if !words.hides(kind, name) {
            return None;
        }
        let reason = format!(
            "La fédération masque le champ « {} » : cette colonne y est importée, mais les formulaires et les pages ne le montrent pas. Si elle n'est pas à garder, laissez-la de côté.",
            field.label("fr")
        );
        let notice = Problem::of_row(0, "", "field_hidden", reason);
        Some(notice.in_column(column))
    })
}
