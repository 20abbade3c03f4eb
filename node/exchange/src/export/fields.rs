//! Which fields a file has, and what each says in one text.

use std::collections::BTreeSet;

use crdt_schema::draft::{shown, shown_set};
use crdt_schema::edit::Field as Held;
use crdt_schema::record::{Field, Kind, Rows, Shape, is_in_conflict};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;

/// Who may read the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// The partners: every field.
    Partners,
    /// Everyone: the fields that the public portal shows, and no extra field.
    Public,
}

/// Returns the fields that records have and their kind does not declare, by name. An export writes a column for each.
pub fn extras<'a>(
    kind: &Kind,
    views: impl IntoIterator<Item = &'a RecordView>,
) -> BTreeSet<String> {
    let names = views.into_iter().flat_map(|view| view.fields().keys());
    let unknown = names.filter(|name| kind.field(name).is_none());
    unknown.cloned().collect()
}

/// The fields of a file, in their order.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) declared: Vec<&'static Field>,
    pub(super) extras: Vec<String>,
}

impl Fields {
    /// Fields that the federation hides are in no table; they keep what they hold.
    pub(super) fn of(
        kind: &'static Kind,
        extras: &BTreeSet<String>,
        reach: Reach,
        words: &Words,
    ) -> Self {
        let is_for_all = reach == Reach::Public;
        let is_hidden = |name: &str| words.hides(kind.code, name);
        let declared = kind.fields().filter(|field| field.is_public || !is_for_all);
        let declared = declared.filter(|field| !is_hidden(field.name));
        let extras = extras.iter().filter(|name| !is_for_all && !is_hidden(name));
        Self {
            declared: declared.collect(),
            extras: extras.cloned().collect(),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let declared = self.declared.iter().map(|field| field.name);
        declared.chain(self.extras.iter().map(String::as_str))
    }

    /// Returns the names of the fields that a person has to settle.
    pub(super) fn conflicts(&self, view: &RecordView) -> Vec<&str> {
        let declared = self.declared.iter();
        let declared = declared.map(|field| (field.name, Some(field.shape)));
        let extras = self.extras.iter().map(|name| (name.as_str(), None));
        let is_conflict = |name: &str, shape| {
            view.field(name)
                .is_some_and(|held| is_in_conflict(shape, held))
        };
        let all = declared.chain(extras);
        all.filter(|(name, shape)| is_conflict(name, *shape))
            .map(|(name, _)| name)
            .collect()
    }
}

/// Tells whether the digits of a field are a code, which is a text everywhere.
pub(crate) fn is_code(field: &Field) -> bool {
    CODES.contains(&field.name)
        || matches!(
            field.shape,
            Shape::Commune
                | Shape::OfficialCode
                | Shape::Pacific
                | Shape::Phone
                | Shape::PostalCode
                | Shape::Prefecture
                | Shape::Qpv
                | Shape::Record(_)
                | Shape::Rna
                | Shape::Siren
                | Shape::Siret
        )
}

/// Writes the one text that stands for a field: the set, the long text or the value that its shape asks for, else what there is.
pub(crate) fn said(shape: Option<&Shape>, held: &Held) -> String {
    let set = || shown_set(held.terms.keys().map(String::as_str));
    let value = || {
        held.winner()
            .map(|written| shown(&written.value))
            .unwrap_or_default()
    };
    let text = || held.text.clone().unwrap_or_default();
    let rows = |rows: &Rows| match held.terms.is_empty() {
        true => String::new(),
        false => rows
            .to_json(held.terms.keys().map(String::as_str))
            .to_string(),
    };
    let is_set = shape.is_some_and(Shape::is_set);
    let first = match shape {
        Some(Shape::Rows(shape)) => rows(shape),
        _ if is_set => set(),
        Some(Shape::LongText) => text(),
        _ => value(),
    };
    [first, value(), text(), set()]
        .into_iter()
        .find(|said| !said.is_empty())
        .unwrap_or_default()
}

/// Fields whose shape is a text and whose digits are a code.
pub(super) const CODES: &[&str] = &["source_id"];
