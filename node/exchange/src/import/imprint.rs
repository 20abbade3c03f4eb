//! What a file said of a record, as short hashes: by them the next file of the same source tells what it says anew from what partners
//! have changed since.

use std::collections::BTreeMap;

use crdt_schema::cbor::Wire;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::{Content, Field};
use crdt_schema::id::hash;

/// What an import wanted of the fields of a record. No value can be read from it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Imprint(BTreeMap<[u8; NAME_BYTES], [u8; VALUE_BYTES]>);

impl Imprint {
    /// Returns the imprint of what a row says.
    pub fn of(draft: &Draft) -> Self {
        let mark = |(name, wanted): (&String, &Wanted)| (name_mark(name), value_mark(name, wanted));
        Self(draft.fields.iter().map(mark).collect())
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote. `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (marks, rest) = bytes.as_chunks::<{ NAME_BYTES + VALUE_BYTES }>();
        let halves = |mark: &[u8; NAME_BYTES + VALUE_BYTES]| {
            let (name, value) = mark.split_first_chunk()?;
            Some((*name, *value.first_chunk()?))
        };
        let marks = marks.iter().map(halves).collect::<Option<_>>()?;
        rest.is_empty().then_some(Self(marks))
    }

    /// Writes the marks of the fields, one after the other: 4 bytes of the field, 8 bytes of the value.
    pub fn to_bytes(&self) -> Vec<u8> {
        let marks = self.0.iter();
        marks
            .flat_map(|(name, value)| name.iter().chain(value).copied())
            .collect()
    }

    /// Returns what was said of these fields only.
    #[must_use]
    pub fn only(mut self, names: &[String]) -> Self {
        let marks: Vec<_> = names.iter().map(|name| name_mark(name)).collect();
        self.0.retain(|mark, _| marks.contains(mark));
        self
    }

    /// Tells whether the file said this of the field, word for word.
    pub(super) fn says(&self, name: &str, wanted: &Wanted) -> bool {
        self.0.get(&name_mark(name)) == Some(&value_mark(name, wanted))
    }

    /// Tells whether the file said anything of the field.
    pub(super) fn speaks_of(&self, name: &str) -> bool {
        self.0.contains_key(&name_mark(name))
    }

    /// Returns these marks, and of the fields that they do not speak of, those of before: a column that a file leaves out is not
    /// forgotten.
    pub(super) fn over(self, before: Imprint) -> Self {
        let mut marks = before.0;
        marks.extend(self.0);
        Self(marks)
    }
}

/// Returns what a field holds, in the form in which a row would want it. `None` where several values stand side by side.
pub(super) fn held_as(wanted: &Wanted, held: &Field) -> Option<Wanted> {
    if held.is_conflict() {
        return None;
    }
    Some(match wanted {
        _ if held.is_empty() => Wanted::Nothing,
        Wanted::Terms(_) => Wanted::Terms(held.terms.keys().cloned().collect()),
        Wanted::Text(_) => Wanted::Text(held.text.clone()?),
        Wanted::Nothing | Wanted::Value(_) => Wanted::Value(held.winner()?.value.clone()),
    })
}

fn name_mark(name: &str) -> [u8; NAME_BYTES] {
    start(&hash("import-field", &[name.as_bytes()]))
}

/// The bytes of a value are those of the operations that write it where nothing is.
fn value_mark(name: &str, wanted: &Wanted) -> [u8; VALUE_BYTES] {
    let alone = Draft {
        fields: BTreeMap::from([(name.to_owned(), wanted.clone())]),
    };
    let operations = Content(alone.operations(&BTreeMap::new()));
    start(&hash("import-value", &[&operations.to_cbor()]))
}

fn start<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    *hash.first_chunk().expect("a hash is longer")
}

/// Two fields of one record share a mark once in some millions of records; then one of them is left as it is.
const NAME_BYTES: usize = 4;
/// Enough that no two values share a mark by chance; nobody gains by making two that do.
const VALUE_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use crdt_schema::edit::Value;

    use super::*;

    fn text(text: &str) -> Wanted {
        Wanted::Value(Value::Text(text.to_owned()))
    }

    fn draft(fields: &[(&str, Wanted)]) -> Draft {
        let fields = fields.iter();
        Draft {
            fields: fields
                .map(|(name, wanted)| ((*name).to_owned(), wanted.clone()))
                .collect(),
        }
    }

    #[test]
    fn it_knows_again_what_it_was_made_of_and_nothing_else() {
        let terms = Wanted::Terms(["sport", "sante"].map(str::to_owned).into());
        let made = draft(&[
            ("name", text("Gien")),
            ("themes", terms.clone()),
            ("description", Wanted::Text("Long.".to_owned())),
        ]);
        let imprint = Imprint::of(&made);
        for (name, wanted) in &made.fields {
            assert!(imprint.says(name, wanted), "{name}");
        }
        assert!(!imprint.says("name", &text("Briare")));
        assert!(!imprint.says("summary", &text("Gien")));
        assert!(
            !imprint.says("description", &text("Long.")),
            "a line is no long text"
        );
        let fewer = Wanted::Terms(["sport"].map(str::to_owned).into());
        assert!(!imprint.says("themes", &fewer));
        assert!(imprint.speaks_of("themes") && !imprint.speaks_of("summary"));
    }

    #[test]
    fn its_bytes_read_back_and_others_do_not() {
        let imprint = Imprint::of(&draft(&[
            ("name", text("Gien")),
            ("rna", text("W452001234")),
        ]));
        let bytes = imprint.to_bytes();
        assert_eq!(bytes.len(), 2 * (NAME_BYTES + VALUE_BYTES));
        assert_eq!(Imprint::from_bytes(&bytes), Some(imprint));
        assert_eq!(Imprint::from_bytes(&bytes[1..]), None);
        assert_eq!(Imprint::from_bytes(&[]), Some(Imprint::default()));
    }

    #[test]
    fn a_column_that_is_left_out_is_remembered() {
        let before = Imprint::of(&draft(&[("name", text("A")), ("phone", text("17"))]));
        let now = Imprint::of(&draft(&[("name", text("B"))])).over(before);
        assert!(now.says("name", &text("B")) && now.says("phone", &text("17")));
        let only = now.only(&["phone".to_owned()]);
        assert!(only.says("phone", &text("17")) && !only.speaks_of("name"));
    }
}
