//! What a typed text may name a record by, beside its identifier.

use crdt_schema::edit::{Field as HeldField, Value};
use crdt_schema::record::folded;
use crdt_schema::register::{rna, siret};
use crdt_schema::view::RecordView;

/// What a text names a record by.
pub(super) struct Meant {
    name: String,
    siret: Option<String>,
    rna: Option<String>,
}

impl Meant {
    pub(super) fn by(text: &str) -> Self {
        Self {
            name: folded(text),
            siret: siret(text).into_accepted(),
            rna: rna(text).into_accepted(),
        }
    }

    pub(super) fn is(&self, view: &RecordView) -> bool {
        let held = |field: &str, code: &Option<String>| {
            let code = code.as_deref();
            code.is_some_and(|code| texts(view.field(field)).any(|held| held == code))
        };
        let mut names = texts(view.field("name"));
        !self.name.is_empty() && names.any(|name| folded(name) == self.name)
            || held("siret", &self.siret)
            || held("rna", &self.rna)
    }
}

/// The texts of a field, those of a conflict too.
fn texts(field: Option<&HeldField>) -> impl Iterator<Item = &str> {
    let values = field.into_iter().flat_map(|field| &field.values);
    values.filter_map(|written| match &written.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    })
}
