//! Tables whose columns the format names: of all that it has, those are shown that some row fills.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::official::InList;
use crate::report::{Problem, Unreadable};
use crate::table::{Cleaner, Column, Row, cell_too_long, columns, interrupted};

/// Which columns of a format are shown, by their places in it.
pub(crate) struct Shown(Vec<usize>);

impl Shown {
    /// Makes the columns: those that are always shown, and those that some row fills.
    pub(crate) fn of(
        names: &[&str],
        always: &[usize],
        filled: &[bool],
        notices: &mut Vec<Problem>,
    ) -> Result<(Vec<Column>, Self), Unreadable> {
        let is_shown = |place: &usize| always.contains(place) || filled[*place];
        let shown: Vec<usize> = (0..names.len()).filter(is_shown).collect();
        let named = shown.iter().map(|place| names[*place].to_owned());
        let named: Vec<_> = named.enumerate().collect();
        Ok((columns(named, 1, notices)?, Self(shown)))
    }

    /// Makes a row out of the cells of all columns. One that is too long refuses it.
    pub(crate) fn row(
        &self,
        line: u64,
        (cells, too_long): (&mut [String], Option<usize>),
        columns: &[Column],
        cleaner: &mut Cleaner,
    ) -> Result<Row, Box<Problem>> {
        if let Some(long) = too_long {
            let at = self.0.iter().position(|place| *place == long);
            let column = at.and_then(|at| columns.get(at));
            return Err(Box::new(cell_too_long(line, column)));
        }
        let cells = self.0.iter().zip(columns).map(|(place, column)| {
            let cell = std::mem::take(&mut cells[*place]);
            cleaner.clean(column, line, cell)
        });
        Ok(Row {
            line,
            cells: cells.collect(),
            marks: BTreeMap::new(),
            in_list: InList::Silent,
        })
    }
}

/// Returns what comes next of a file that was read whole once already: nothing after the last, and nothing after a fault, which says that
/// the file has changed, or the disk failed.
pub(crate) fn next_of<T, E: Display>(
    met: Result<Option<T>, E>,
    line: u64,
    ended: &mut bool,
) -> Option<Result<T, Box<Problem>>> {
    let met = met.transpose();
    *ended = !matches!(met, Some(Ok(_)));
    met.map(|met| met.map_err(|fault| Box::new(interrupted(line, &fault.to_string()))))
}
