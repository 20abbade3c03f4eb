//! The names that our tables for people have beside the identifiers of links: whoever corrects the name alone is told what counts.

use std::collections::BTreeSet;

use crdt_schema::draft::Wanted;
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;

use crate::import::links::{Link, text_of};
use crate::import::{Census, Plan};
use crate::report::Problem;
use crate::table::normal_name;

impl<C: Census> Plan<'_, C> {
    /// Says that the name beside an identifier is not that of its record. Of records that are not here, nobody knows the name.
    pub(super) fn misnamed(
        &self,
        line: u64,
        link: &Link,
        wanted: &Wanted,
    ) -> Result<Option<Problem>, C::Error> {
        let Some(beside) = &link.beside else {
            return Ok(None);
        };
        let records: Vec<RecordId> = match wanted {
            Wanted::Value(Value::Record(record)) => vec![*record],
            Wanted::Terms(terms) => terms
                .iter()
                .filter_map(|id| RecordId::parse(id).ok())
                .collect(),
            _ => Vec::new(),
        };
        let mut names = Vec::new();
        for record in records {
            let view = self.census.find(&record)?;
            let name = view.map_or_else(String::new, |view| text_of(&view, "name"));
            names.extend(Some(name).filter(|name| !name.is_empty()));
        }
        let names = names.join(" | ");
        if names.is_empty() || each(&names) == each(&beside.text) {
            return Ok(None);
        }
        let reason = format!(
            "L'identifiant indiqué à côté est celui de « {names} » : c'est lui qui compte, et ce nom n'est pas repris. Pour désigner une autre fiche, changez la colonne de l'identifiant, ou videz-la et laissez le nom."
        );
        let note = Problem::of_row(line, &beside.text, "link_name_differs", reason);
        Ok(Some(match self.columns.get(beside.column) {
            Some(column) => note.in_column(column),
            None => note,
        }))
    }
}

/// The names of a cell as they are compared. A name may have the sign that parts them: both sides are cut alike.
fn each(names: &str) -> BTreeSet<String> {
    names.split('|').map(normal_name).collect()
}
