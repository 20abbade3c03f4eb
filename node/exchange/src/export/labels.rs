//! The labels of the records that leave, as each form says them. They are no field: what a partner writes in a field of that name
//! stands beside them under another.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crdt_schema::id::RecordId;
use crdt_schema::label::{Day, Standing};
use serde_json::{Value, json};

/// The name of the column, the property and the key. An import writes nothing of it.
pub(crate) const LABELS: &str = "labels";

/// The key of the licences of its sources. An import writes nothing of it either.
pub(crate) const LICENCES: &str = "licences";

/// One label of a record, on the day of the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LabelSaid {
    /// The scheme and its version.
    pub scheme: String,
    /// What it is called.
    pub title: String,
    /// The coordinator whose own it is, where it is not the federation's.
    pub own: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// All of it in words, for files that people read.
    pub words: String,
}

/// The labels of all records that have any, read once for a whole file.
#[derive(Clone, Debug, Default)]
pub struct LabelsSaid(Arc<BTreeMap<RecordId, Vec<LabelSaid>>>);

impl FromIterator<(RecordId, Vec<LabelSaid>)> for LabelsSaid {
    fn from_iter<I: IntoIterator<Item = (RecordId, Vec<LabelSaid>)>>(labels: I) -> Self {
        Self(Arc::new(labels.into_iter().collect()))
    }
}

impl LabelsSaid {
    /// Returns one text for each label, with codes: the scheme, how it stands, the first and the last day.
    pub(super) fn codes(&self, record: &RecordId) -> Vec<String> {
        let codes = self.of(record).map(|label| {
            let (scheme, word) = (&label.scheme, label.standing.word());
            format!("{scheme} {word} {} {}", label.from, label.to)
        });
        codes.collect()
    }

    /// Returns the words for all of them.
    pub(super) fn words(&self, record: &RecordId) -> String {
        let words: Vec<&str> = self.of(record).map(|label| label.words.as_str()).collect();
        words.join(" | ")
    }

    /// Returns them as objects.
    pub(super) fn objects(&self, record: &RecordId) -> Value {
        let objects = self.of(record).map(|label| {
            json!({
                "scheme": label.scheme,
                "title": label.title,
                "own_of": label.own,
                "state": label.standing.code(),
                "from": label.from.to_string(),
                "to": label.to.to_string(),
            })
        });
        objects.collect()
    }

    fn of(&self, record: &RecordId) -> impl Iterator<Item = &LabelSaid> {
        self.0.get(record).into_iter().flatten()
    }
}

/// Returns what a field that nobody declares is called in a file: never as the labels or the licences are.
pub(super) fn beside_labels(field: &str) -> Cow<'_, str> {
    match field.trim_end_matches('_') {
        LABELS | LICENCES => Cow::Owned(format!("{field}_")),
        _ => Cow::Borrowed(field),
    }
}
