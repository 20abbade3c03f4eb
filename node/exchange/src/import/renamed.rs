//! Cells that call a record by a name that it had before: whoever keeps a table writes the name that they know.

use crdt_schema::id::RecordId;

use crate::import::links::Called;
use crate::import::{Census, Plan};
use crate::report::Problem;

impl<C: Census> Plan<'_, C> {
    /// Finds the one record that was called so, and is not any more; it is remembered, to be said. Of several, nobody knows which is meant.
    pub(super) fn formerly(
        &mut self,
        kinds: &[&'static str],
        called: &Called,
        own: RecordId,
    ) -> Result<Option<RecordId>, C::Error> {
        let Called::Name(text) = called else {
            return Ok(None);
        };
        let named = self.census.formerly(kinds, called)?;
        let [one] = &named[..] else {
            return Ok(None);
        };
        if one.record == own {
            return Ok(None);
        }
        self.links.former.push((text.clone(), one.clone()));
        Ok(Some(one.record))
    }

    /// Says which records the cells of a column have just called by a former name.
    pub(super) fn said_former(&mut self, line: u64, column: usize) -> Vec<Problem> {
        let column = self.columns.get(column);
        let former = self.links.former.drain(..);
        let said = former.map(|(text, now)| {
            let reason = format!(
                "« {text} » est un ancien nom : la fiche s'appelle maintenant « {} ». C'est elle qui est reprise. Si ce n'est pas elle, écrivez le numéro ou l'identifiant de la bonne fiche.",
                now.name
            );
            let note = Problem::of_row(line, &text, "link_former_name", reason);
            let note = note.suggesting(now.shown());
            match column {
                Some(column) => note.in_column(column),
                None => note,
            }
        });
        said.collect()
    }
}
