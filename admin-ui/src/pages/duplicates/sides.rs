//! Two records field by field: what each says, and what the one that stays is to say.

use std::collections::BTreeMap;

use crdt_schema::draft::{Wanted, zone_of};
use crdt_schema::edit::{Field, Value};
use crdt_schema::id::RecordId;
use crdt_schema::record::{Kind, Shape};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Lexicon};
use replica::{Fault, Reader};

use crate::i18n::Language;
use crate::merging::{Choice, Choices, Sides, first_choice};
use crate::pages::census;
use crate::wording;

/// One field of two records.
pub(super) struct Row {
    pub(super) field: String,
    pub(super) label: String,
    pub(super) kept: Vec<String>,
    pub(super) taken: Vec<String>,
    /// Whether there is something to choose.
    pub(super) differs: bool,
    /// Whether both hold terms, which can stand side by side.
    pub(super) is_set: bool,
    pub(super) choice: Choice,
}

impl Row {
    pub(super) fn is_chosen(&self, code: &str) -> bool {
        Choice::parse(code) == Some(self.choice)
    }
}

/// Returns the fields in the order of the form, then all others, but those that a coordinator hides.
pub(super) fn rows(
    sides: Sides<'_>,
    language: Language,
    lexicon: &Lexicon,
    names: &BTreeMap<RecordId, String>,
    chosen: &Choices,
) -> Vec<Row> {
    let kind = sides.stays.kind();
    let words = lexicon.words();
    let fields = in_order(sides, lexicon).into_iter().map(|name| {
        let known = words.any_field(kind, name);
        let says = |view: &RecordView| {
            let says = Says {
                language,
                lexicon,
                names,
                zone: zone_of(view.fields()),
            };
            view.field(name)
                .map_or_else(Vec::new, |field| says.lines(known, field))
        };
        let (stays, other) = sides.wanted(name);
        Row {
            label: wording::field_label(language, known, name),
            kept: says(sides.stays),
            taken: says(sides.other),
            differs: stays != other,
            is_set: matches!((&stays, &other), (Wanted::Terms(_), Wanted::Terms(_))),
            choice: chosen
                .get(name)
                .copied()
                .unwrap_or_else(|| first_choice(&stays, &other)),
            field: name.to_owned(),
        }
    });
    fields.collect()
}

fn in_order<'v>(sides: Sides<'v>, lexicon: &Lexicon) -> Vec<&'v str> {
    let mut held = sides.fields(lexicon.words());
    let asked = Kind::parse(sides.stays.kind()).map_or_else(Vec::new, |kind| lexicon.fields(kind));
    let asked = asked.iter().map(|field| field.name());
    let mut fields: Vec<&str> = asked.filter_map(|name| held.take(name)).collect();
    fields.extend(held);
    fields
}

struct Says<'a> {
    language: Language,
    lexicon: &'a Lexicon,
    names: &'a BTreeMap<RecordId, String>,
    zone: &'a str,
}

impl Says<'_> {
    fn lines(&self, known: Option<AnyField<'_>>, field: &Field) -> Vec<String> {
        let (words, shape) = (self.lexicon.words(), known.map(AnyField::shape));
        let values = field.values.iter().map(|written| match &written.value {
            Value::Record(record) if self.names.contains_key(record) => self.names[record].clone(),
            value => wording::value(self.language, words, shape, value, self.zone),
        });
        let terms = field.terms.keys().map(|term| {
            let linked = RecordId::parse(term).ok();
            let name = linked.and_then(|record| self.names.get(&record).cloned());
            let named = |record: &RecordId| self.names.get(record).cloned();
            let said = || wording::term_or_row(self.language, words, shape, term, &named);
            name.unwrap_or_else(said)
        });
        values.chain(terms).chain(field.text.clone()).collect()
    }
}

/// Reads the names of the records that both name.
pub(super) fn names(
    language: Language,
    reader: &Reader,
    views: [&RecordView; 2],
) -> Result<BTreeMap<RecordId, String>, Fault> {
    let mut names = BTreeMap::new();
    let fields = views.into_iter().flat_map(|view| {
        let kind = Kind::parse(view.kind());
        let shape = move |name: &str| kind?.field(name).map(|field| field.shape);
        let fields = view.fields().iter();
        fields.map(move |(name, field)| (shape(name), field))
    });
    for (shape, field) in fields {
        let values = field.values.iter().map(|written| &written.value);
        let linked = values.filter_map(|value| match value {
            Value::Record(record) => Some(*record),
            _ => None,
        });
        let terms = field
            .terms
            .keys()
            .filter_map(|term| RecordId::parse(term).ok());
        let of_rows = match shape {
            Some(Shape::Rows(rows)) => rows.links(field.terms.keys().map(String::as_str)),
            _ => Default::default(),
        };
        for record in linked.chain(terms).chain(of_rows) {
            if let Some(view) = reader.record(&record)? {
                names.insert(record, census::name(language, &view));
            }
        }
    }
    Ok(names)
}
