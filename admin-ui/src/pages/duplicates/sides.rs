//! Two records field by field: what each says, and what the one that stays is to say.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::draft::{Draft, Wanted, zone_of};
use crdt_schema::edit::{Field, Value};
use crdt_schema::id::RecordId;
use crdt_schema::record::{Kind, field_of_every_kind, restoring};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Lexicon};
use replica::{Fault, Reader};

use crate::i18n::Language;
use crate::pages::census;
use crate::wording;

/// What the record that stays is to say in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The terms of both.
    Both,
    /// What it says already.
    Kept,
    /// What the other one says.
    Taken,
}

/// Choices that differ from what is offered first.
pub(super) type Choices = BTreeMap<String, Choice>;

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

impl Choice {
    pub(super) fn parse(code: &str) -> Option<Self> {
        match code {
            "both" => Some(Choice::Both),
            "kept" => Some(Choice::Kept),
            "taken" => Some(Choice::Taken),
            _ => None,
        }
    }
}

impl Row {
    pub(super) fn is_chosen(&self, code: &str) -> bool {
        Choice::parse(code) == Some(self.choice)
    }
}

/// Two records as they read at some heads.
pub(super) struct Sides<'v> {
    pub(super) stays: &'v RecordView,
    pub(super) other: &'v RecordView,
}

impl Sides<'_> {
    /// Returns the fields in the order of the form, then all others, but those that a coordinator hides.
    pub(super) fn rows(
        &self,
        language: Language,
        lexicon: &Lexicon,
        names: &BTreeMap<RecordId, String>,
        chosen: &Choices,
    ) -> Vec<Row> {
        let kind = self.stays.kind();
        let words = lexicon.words();
        let fields = self.fields(lexicon).into_iter().map(|name| {
            let known = words.any_field(kind, &name);
            let says = |view: &RecordView| {
                let says = Says {
                    language,
                    lexicon,
                    names,
                    zone: zone_of(view.fields()),
                };
                view.field(&name)
                    .map_or_else(Vec::new, |field| says.lines(known, field))
            };
            let (stays, other) = self.wanted(&name);
            Row {
                label: wording::field_label(language, known, &name),
                kept: says(self.stays),
                taken: says(self.other),
                differs: stays != other,
                is_set: matches!((&stays, &other), (Wanted::Terms(_), Wanted::Terms(_))),
                choice: chosen
                    .get(&name)
                    .copied()
                    .unwrap_or_else(|| first_choice(&stays, &other)),
                field: name,
            }
        });
        fields.collect()
    }

    /// Returns what the record that stays is to say. A field that is kept is not touched, so that its authors stay. It is not withdrawn
    /// any more.
    pub(super) fn draft(&self, lexicon: &Lexicon, chosen: &Choices) -> Draft {
        let mut draft = restoring();
        for name in self.fields(lexicon) {
            let (stays, other) = self.wanted(&name);
            if stays == other {
                continue;
            }
            let choice = chosen.get(&name).copied();
            let wanted = match choice.unwrap_or(Choice::Kept) {
                Choice::Kept => continue,
                Choice::Taken => other,
                Choice::Both => match (stays, other) {
                    (Wanted::Terms(stays), Wanted::Terms(other)) => {
                        Wanted::Terms(stays.union(&other).cloned().collect())
                    }
                    _ => continue,
                },
            };
            draft.fields.insert(name, wanted);
        }
        draft
    }

    fn fields(&self, lexicon: &Lexicon) -> Vec<String> {
        let kind = self.stays.kind();
        let held: BTreeSet<&String> = [self.stays, self.other]
            .into_iter()
            .flat_map(|view| view.fields().keys())
            .filter(|name| !lexicon.words().hides(kind, name))
            .filter(|name| field_of_every_kind(name).is_none())
            .collect();
        let asked = Kind::parse(kind).map_or_else(Vec::new, |kind| lexicon.fields(kind));
        let first = asked.iter().map(|field| field.name());
        let first: Vec<&str> = first
            .filter(|name| held.contains(&(*name).to_owned()))
            .collect();
        let others = held.iter().map(|name| name.as_str());
        let others = others.filter(|name| !first.contains(name));
        first
            .iter()
            .copied()
            .chain(others)
            .map(str::to_owned)
            .collect()
    }

    fn wanted(&self, name: &str) -> (Wanted, Wanted) {
        let of = |view: &RecordView| view.field(name).map_or(Wanted::Nothing, Wanted::of);
        (of(self.stays), of(self.other))
    }
}

/// Nothing is lost where nobody chooses: what one does not say is taken, and sets are put together.
fn first_choice(stays: &Wanted, other: &Wanted) -> Choice {
    match (stays, other) {
        (Wanted::Nothing, _) => Choice::Taken,
        (Wanted::Terms(_), Wanted::Terms(_)) => Choice::Both,
        _ => Choice::Kept,
    }
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
            name.unwrap_or_else(|| wording::term(self.language, words, shape, term))
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
    for field in views.into_iter().flat_map(|view| view.fields().values()) {
        let values = field.values.iter().map(|written| &written.value);
        let linked = values.filter_map(|value| match value {
            Value::Record(record) => Some(*record),
            _ => None,
        });
        let terms = field
            .terms
            .keys()
            .filter_map(|term| RecordId::parse(term).ok());
        for record in linked.chain(terms) {
            if let Some(view) = reader.record(&record)? {
                names.insert(record, census::name(language, &view));
            }
        }
    }
    Ok(names)
}
