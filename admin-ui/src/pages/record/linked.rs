//! The records that lead to this one, by the field that names it.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::edit::{Field, Value};
use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use crdt_schema::record::{Kind, REPLACED_BY, Shape};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Lexicon};
use replica::{Fault, LINKS, Reader, Replica, Standing};

use crate::i18n::Language;
use crate::pages::census;
use crate::pages::labels::Badges;
use crate::wording;

/// What a page shows of the records that lead to its own. Empty when none does.
#[derive(Template)]
#[template(path = "parts/linked.html")]
pub(super) struct Block {
    heading: String,
    groups: Vec<Group>,
    /// To the list of all, where they are more than the page shows.
    all: Option<(String, String)>,
}

impl HtmlSafe for Block {}

struct Group {
    label: String,
    links: Vec<Link>,
}

#[derive(Clone)]
struct Link {
    name: String,
    href: String,
    labels: Badges,
}

/// The records that lead to one, as they are held.
pub(super) struct Found {
    /// By the kind and the name of the field that names it.
    by_field: BTreeMap<(String, String), Vec<Link>>,
    shown: u64,
    total: u64,
}

impl Found {
    pub(super) fn of(
        language: Language,
        replica: &Replica,
        reader: &Reader,
        record: &RecordId,
        today: Day,
    ) -> Result<Self, Fault> {
        let (others, total) = replica.linked_from(record)?;
        let held = (replica, reader);
        let labels = Badges::of(language, held, others.iter().copied(), Some(today))?;
        let mut by_field: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut standing = Standing::default();
        for other in &others {
            let Some(view) = reader.record(other)? else {
                continue;
            };
            for (field, held) in view.fields() {
                // What a record says of its own withdrawal leads where it says.
                let shape = shape_of(&view, field);
                let is_named = match field == REPLACED_BY.name {
                    true => names(shape, held, |other| Ok(other == record))?,
                    false => {
                        let leads = |other: &RecordId| Ok(standing.of(reader, other)? == *record);
                        names(shape, held, leads)?
                    }
                };
                if !is_named {
                    continue;
                }
                let key = (view.kind().to_owned(), field.clone());
                let link = Link {
                    name: census::name(language, &view),
                    href: format!("/fiches/{other}"),
                    labels: labels.of(other),
                };
                by_field.entry(key).or_default().push(link);
            }
        }
        Ok(Self {
            by_field,
            shown: others.len() as u64,
            total,
        })
    }
}

impl Block {
    pub(super) fn of(
        language: Language,
        lexicon: &Lexicon,
        record: RecordId,
        found: &Found,
    ) -> Self {
        // Kinds that call a field the same are shown together.
        let mut groups: BTreeMap<String, Vec<Link>> = BTreeMap::new();
        for ((kind, name), others) in &found.by_field {
            let known = lexicon.words().any_field(kind, name);
            let label = match known.map(AnyField::shape) {
                Some(Shape::Rows(rows)) => rows.led.in_language(language.tag()).to_owned(),
                _ => wording::field_label(language, known, name),
            };
            groups
                .entry(label)
                .or_default()
                .extend(others.iter().cloned());
        }
        let groups = groups.into_iter().map(|(label, mut links)| {
            links.sort_by(|one, other| (&one.name, &one.href).cmp(&(&other.name, &other.href)));
            Group { label, links }
        });
        let all = (found.total > found.shown).then(|| {
            let values = [("count", found.total.into())];
            (
                format!("/recensement?{LINKS}={record}"),
                language.text_with("record-linked-all", &values),
            )
        });
        Self {
            heading: language.text("record-linked-from"),
            groups: groups.collect(),
            all,
        }
    }
}

fn shape_of(view: &RecordView, field: &str) -> Option<Shape> {
    let field = Kind::parse(view.kind())?.field(field)?;
    Some(field.shape)
}

/// Whether a field leads to a record that is meant.
fn names(
    shape: Option<Shape>,
    field: &Field,
    mut is_meant: impl FnMut(&RecordId) -> Result<bool, Fault>,
) -> Result<bool, Fault> {
    let values = field
        .values
        .iter()
        .filter_map(|written| match written.value {
            Value::Record(record) => Some(record),
            _ => None,
        });
    let terms = field
        .terms
        .keys()
        .filter_map(|term| RecordId::parse(term).ok());
    let of_rows = match shape {
        Some(Shape::Rows(rows)) => rows.links(field.terms.keys().map(String::as_str)),
        _ => BTreeSet::new(),
    };
    for record in values.chain(terms).chain(of_rows) {
        if is_meant(&record)? {
            return Ok(true);
        }
    }
    Ok(false)
}
