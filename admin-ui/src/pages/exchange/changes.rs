//! What an import would change of records that are there: seen before anything is signed.

use crdt_schema::record::Kind;
use crdt_schema::vocabulary::AnyField;

use crate::files::Imported;
use crate::i18n::Language;
use crate::wording;

/// A record that would change.
pub(super) struct Change {
    pub(super) href: String,
    pub(super) name: String,
    /// The labels of its fields that would.
    pub(super) fields: String,
}

/// Lists the first records that an import would change.
pub(super) fn of(language: Language, imported: &Imported) -> Vec<Change> {
    let kind = imported.report.kind.and_then(Kind::parse);
    let label = |name: &String| {
        let known = kind.and_then(|kind| kind.field(name)).map(AnyField::Known);
        wording::field_label(language, known, name)
    };
    let changed = imported.touched.iter().filter(|touched| !touched.is_new);
    let changes = changed.map(|touched| {
        let fields: Vec<_> = touched.fields.iter().map(label).collect();
        Change {
            href: format!("/fiches/{}", touched.record),
            name: touched.name.clone(),
            fields: fields.join(", "),
        }
    });
    changes.collect()
}
