//! What people type or files say, and how it becomes an edit: only what differs from the record as it reads is written, so that a
//! value which nobody touched keeps its author, and concurrent changes of other fields are never overwritten.

mod json;
mod read;
mod rows;
mod text;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{Field, Operation, Value};
use crate::record::Row;

use json::json_text;
pub use json::{degrees, json};
pub use read::{Context, Reading, cut, nearest, read, shown, shown_set, tidy};
pub use rows::{RowSaid, RowsRead, read_rows};
pub use zone::{PARIS, TIME_ZONE, read_hour, shown_in, zone_beside, zone_field, zone_of};

/// What fields should hold. A field that is not named is left as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// What each named field should hold.
    pub fields: BTreeMap<String, Wanted>,
}

/// What one field should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing at all.
    Nothing,
    /// A set of terms.
    Terms(BTreeSet<String>),
    /// A long text.
    Text(String),
    /// One value.
    Value(Value),
}

impl Wanted {
    /// Returns what makes a field read as this one does. Of several values, the one that wins.
    pub fn of(held: &Field) -> Self {
        match (held.winner(), &held.text) {
            (Some(written), _) => Wanted::Value(written.value.clone()),
            (None, Some(text)) => Wanted::Text(text.clone()),
            (None, None) if held.terms.is_empty() => Wanted::Nothing,
            (None, None) => Wanted::Terms(held.terms.keys().cloned().collect()),
        }
    }

    /// Writes it as a text that [`read()`] turns into the same; nothing is an empty text.
    pub fn shown(&self) -> String {
        match self {
            Wanted::Nothing => String::new(),
            Wanted::Terms(terms) => {
                let rows = terms.iter().map(|term| Row::parse(term));
                match rows.collect::<Option<Vec<Row>>>() {
                    Some(rows) if !rows.is_empty() => {
                        let rows: Vec<String> = rows.iter().map(Row::term).collect();
                        format!("[{}]", rows.join(","))
                    }
                    _ => shown_set(terms.iter().map(String::as_str)),
                }
            }
            Wanted::Text(text) => text.clone(),
            Wanted::Value(value) => shown(value),
        }
    }
}

impl Draft {
    /// Returns the operations that lead from the fields as they read to what is wanted. None when nothing differs.
    ///
    /// A value that wins a conflict and is wanted again settles the conflict: the operation is written.
    pub fn operations(&self, fields: &BTreeMap<String, Field>) -> Vec<Operation> {
        let empty = Field::default();
        let mut operations = Vec::new();
        for (name, wanted) in &self.fields {
            let held = fields.get(name).unwrap_or(&empty);
            match wanted {
                Wanted::Nothing if held.is_empty() => {}
                Wanted::Nothing => operations.push(Operation::Clear {
                    field: name.clone(),
                }),
                Wanted::Terms(terms) => operations.extend(set_operations(name, held, terms)),
                Wanted::Text(text) => {
                    let before = held.text.as_deref().unwrap_or_default();
                    operations.extend(text::splices(name, before, text));
                }
                Wanted::Value(value) => {
                    let is_alone = held.values.len() == 1 && held.values[0].value == *value;
                    if !is_alone {
                        let (field, value) = (name.clone(), value.clone());
                        operations.push(Operation::Put { field, value });
                    }
                }
            }
        }
        operations
    }
}

fn set_operations(name: &str, held: &Field, wanted: &BTreeSet<String>) -> Vec<Operation> {
    let added = wanted.iter().filter(|term| !held.terms.contains_key(*term));
    let added = added.map(|term| Operation::Add {
        field: name.to_owned(),
        term: term.clone(),
    });
    let removed = held.terms.keys().filter(|term| !wanted.contains(*term));
    let removed = removed.map(|term| Operation::Remove {
        field: name.to_owned(),
        term: term.clone(),
    });
    added.chain(removed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{Writer, Written};
    use crate::id::ItemId;

    fn edit(number: u8) -> ItemId {
        ItemId::from_bytes([number; 16])
    }

    fn field_with(values: &[&str]) -> BTreeMap<String, Field> {
        let written = |(index, text): (usize, &&str)| Written {
            value: Value::Text((*text).to_owned()),
            edit: edit(index as u8),
            number: 1,
        };
        let values = values.iter().enumerate().map(written).collect();
        BTreeMap::from([(
            "name".to_owned(),
            Field {
                values,
                ..Field::default()
            },
        )])
    }

    fn draft(wanted: Wanted) -> Draft {
        Draft {
            fields: BTreeMap::from([("name".to_owned(), wanted)]),
        }
    }

    fn text(text: &str) -> Wanted {
        Wanted::Value(Value::Text(text.to_owned()))
    }

    #[test]
    fn a_value_that_stands_alone_is_not_written_again() {
        assert_eq!(draft(text("Gien")).operations(&field_with(&["Gien"])), []);
        assert_eq!(
            draft(text("Gien"))
                .operations(&field_with(&["Briare"]))
                .len(),
            1
        );
        assert_eq!(draft(text("Gien")).operations(&BTreeMap::new()).len(), 1);
    }

    #[test]
    fn the_winner_of_a_conflict_is_written_again_so_that_it_is_settled() {
        assert_eq!(
            draft(text("Gien"))
                .operations(&field_with(&["Gien", "Briare"]))
                .len(),
            1
        );
    }

    #[test]
    fn nothing_is_cleared_where_nothing_is() {
        assert_eq!(draft(Wanted::Nothing).operations(&BTreeMap::new()), []);
        assert_eq!(
            draft(Wanted::Nothing).operations(&field_with(&["Gien"])),
            [Operation::Clear {
                field: "name".to_owned()
            }]
        );
    }

    #[test]
    fn only_the_terms_that_differ_are_written() {
        let writer = Writer {
            edit: edit(1),
            number: 1,
        };
        let terms = ["sport", "culture"].map(|term| (term.to_owned(), vec![writer]));
        let held = Field {
            terms: BTreeMap::from(terms),
            ..Field::default()
        };
        let fields = BTreeMap::from([("themes".to_owned(), held)]);
        let wanted = ["culture", "sante"].map(str::to_owned).into();
        let draft = Draft {
            fields: BTreeMap::from([("themes".to_owned(), Wanted::Terms(wanted))]),
        };
        assert_eq!(
            draft.operations(&fields),
            [
                Operation::Add {
                    field: "themes".to_owned(),
                    term: "sante".to_owned()
                },
                Operation::Remove {
                    field: "themes".to_owned(),
                    term: "sport".to_owned()
                },
            ]
        );
    }
}
