//! Actors and initiatives as the structures and services of data·inclusion (schema v1.0.8).
//!
//! Only values of public fields leave, and a value that their schema would refuse is left out and said. Two things beside them are
//! looked at. What an import of data·inclusion kept of a finer list leaves where a public field still says its coarser sense: it is
//! a value of a closed list, which names nobody. And what only their schema has a place for comes back as it came. A structure or a service that lacks what they require is left out whole, with why.

mod files;
mod kept;
mod place;
mod quality;
mod said;
mod terms;
mod texts;

use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::record::Kind;
use crdt_schema::register::{Outcome, Territories, siret};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{InclusionList, Words};
use serde_json::{Map, Value as Json, json};

use crate::export::fields::said as text_of;
use crate::table::normal_name;

pub use files::{InclusionBook, InclusionJson};
pub(crate) use files::{SERVICE, STRUCTURE};
pub use quality::quality;
pub use said::{LeftOut, Notice};

/// What both lists are written with.
#[derive(Clone, Copy, Debug)]
pub struct Inclusion<'a> {
    /// Who gives the lists: see [`slug`].
    pub source: &'a str,
    /// The day, `AAAA-MM-JJ`: nothing is said to have changed later.
    pub today: &'a str,
    /// The official lists.
    pub lists: &'a Territories,
    /// The words of the federation: which fields of its own are public.
    pub words: &'a Words,
}

/// A structure or a service, and what of its record did not come along.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Described {
    /// The fields of the schema that are given.
    pub values: Map<String, Json>,
    /// What did not come along, or changed on the way.
    pub notices: Vec<Notice>,
}

/// Returns the name of a federation as the name of a source: small letters and digits, words joined by `-`.
pub fn slug(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().map(normal_name).collect();
    let words = words.join("-");
    let words = words.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    match words.join("-") {
        slug if slug.is_empty() => "maillage".to_owned(),
        slug => slug,
    }
}

/// Tells whether a record is a service in the sense of data·inclusion: a service or an action that runs.
pub fn is_service(view: &RecordView) -> bool {
    let is = |name: &str, wanted: &[&str]| {
        let value = view.field(name).and_then(|held| held.winner());
        matches!(value.map(|written| &written.value), Some(Value::Term(term)) if wanted.contains(&term.as_str()))
    };
    view.kind() == "initiative"
        && is("nature", &["service", "action"])
        && is("status", &["en-cours"])
}

/// Returns the record of the actor that holds an initiative.
pub fn holder(view: &RecordView) -> Option<RecordId> {
    match view.field("holder")?.winner()?.value {
        Value::Record(record) => Some(record),
        _ => None,
    }
}

impl Inclusion<'_> {
    /// Describes an actor as a structure. `changed` is its last live edit or verification.
    pub fn structure(
        &self,
        view: &RecordView,
        changed: Option<Timestamp>,
    ) -> Result<Described, LeftOut> {
        let mut work = self.begin(view, changed)?;
        work.description();
        work.register_number();
        work.address();
        work.reach();
        work.link("accessibilite_lieu", "accessibility");
        work.networks();
        work.source_page();
        Ok(work.described)
    }

    /// Describes an initiative as a service of a structure, which has to be in the same files.
    pub fn service(
        &self,
        view: &RecordView,
        changed: Option<Timestamp>,
        holder: &RecordId,
    ) -> Result<Described, LeftOut> {
        let mut work = self.begin(view, changed)?;
        work.put("structure_id", json!(self.id(holder)));
        work.description();
        if !work.described.values.contains_key("description") {
            return Err(LeftOut::DescriptionMissing);
        }
        work.address();
        work.reach();
        work.themes();
        work.audiences();
        work.access();
        work.zone();
        work.source_page();
        work.mobilisation();
        for (theirs, ours) in [
            ("conditions_acces", "conditions"),
            ("frais_precisions", "cost_detail"),
        ] {
            work.text(theirs, ours);
        }
        Ok(work.described)
    }

    /// The id of a record of ours in their lists.
    fn id(&self, record: &RecordId) -> String {
        format!("{}--{record}", self.source)
    }

    /// Starts with what both require.
    fn begin<'v>(
        &'v self,
        view: &'v RecordView,
        changed: Option<Timestamp>,
    ) -> Result<Work<'v>, LeftOut> {
        let mut work = Work {
            lists: self.lists,
            words: self.words,
            view,
            described: Described::default(),
        };
        work.put("source", json!(self.source));
        work.put("id", json!(self.id(&view.record)));
        work.name()?;
        let changed = changed.and_then(Timestamp::date);
        let changed = changed.map(|day| day.min(self.today.to_owned()));
        let changed = changed.filter(|day| day.as_str() >= FIRST_DAY);
        work.put("date_maj", json!(changed.ok_or(LeftOut::DateMissing)?));
        Ok(work)
    }
}

/// One record while it is described.
struct Work<'a> {
    lists: &'a Territories,
    words: &'a Words,
    view: &'a RecordView,
    described: Described,
}

impl Work<'_> {
    fn put(&mut self, name: &str, value: Json) {
        self.described.values.insert(name.to_owned(), value);
    }

    fn notice(&mut self, code: &'static str, field: &str, value: &str) {
        self.described.notices.push(Notice::new(code, field, value));
    }

    /// What a public field says, in one line.
    fn line(&self, field: &str) -> Option<String> {
        let text = self.whole(field)?;
        let words: Vec<_> = text.split_whitespace().collect();
        Some(words.join(" ")).filter(|line| !line.is_empty())
    }

    /// What a public field says.
    fn whole(&self, field: &str) -> Option<String> {
        let kind = Kind::parse(self.view.kind())?;
        let field = kind.field(field).filter(|field| field.is_public)?;
        let text = text_of(Some(&field.shape), self.view.field(field.name)?);
        let text = text.trim().to_owned();
        Some(text).filter(|text| !text.is_empty())
    }

    fn text(&mut self, theirs: &str, ours: &str) {
        if let Some(text) = self.line(ours) {
            self.put(theirs, json!(text));
        }
    }

    fn register_number(&mut self) {
        let Some(number) = self.line("siret") else {
            return;
        };
        match siret(&number) {
            Outcome::Valid(number) => self.put("siret", json!(number)),
            _ => self.notice("siret_invalid", "siret", &number),
        }
    }

    fn networks(&mut self) {
        let words = self.set("networks");
        let mut values = Vec::new();
        for word in words {
            match InclusionList::Network.called(&word) {
                Some(value) if values.contains(&value) => (),
                Some(value) => values.push(value),
                None => self.notice("network_unknown", "reseaux_porteurs", &word),
            }
        }
        self.list("reseaux_porteurs", &values);
    }

    /// An empty list is no value in their schema.
    fn list(&mut self, name: &str, values: &[&str]) {
        if !values.is_empty() {
            self.put(name, json!(values));
        }
    }

    /// The terms or words of a public field, in their order.
    fn set(&self, field: &str) -> Vec<String> {
        let kind = Kind::parse(self.view.kind());
        let is_public = kind
            .and_then(|kind| kind.field(field))
            .is_some_and(|field| field.is_public);
        let held = self.view.field(field).filter(|_| is_public);
        held.map(|held| held.terms.keys().cloned().collect())
            .unwrap_or_default()
    }
}

/// The first day that `date_maj` may name.
const FIRST_DAY: &str = "2000-01-01";

#[cfg(test)]
mod tests;
