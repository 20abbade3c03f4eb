//! Whether two records may describe the same thing: what they are looked up by, and what speaks for it and against it.
//!
//! Nothing is decided in here. Records that share a [`block`](Traits::blocks) are worth a comparison, and a comparison gives points and
//! the reasons for them; persons decide, by statements. It works badly for records that say little beside a common name.

mod block;
mod compare;
mod words;

use std::collections::BTreeSet;

use crate::edit::{Field, Value};
use crate::label::Day;
use crate::territory::TerritoryCode;
use crate::time::Timestamp;
use crate::view::RecordView;

pub use block::{BLOCK_RECORDS_MAX, Block};
pub use compare::{Likeness, POINTS_MIN, Reason};
use words::{Name, street};

/// What is looked at of a record, taken out of it once so that many comparisons are cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    kind: String,
    territory: String,
    name: Name,
    holder: Name,
    /// Numbers of registers that are of one thing, without spaces; of a territory, its official code.
    registers: BTreeSet<String>,
    /// The official territory that it describes: two codes are two territories, whatever they are called.
    official: Option<TerritoryCode>,
    /// Source and identifier there.
    origins: BTreeSet<(String, String)>,
    website: Option<Website>,
    contacts: BTreeSet<String>,
    commune: Option<String>,
    address: Option<Address>,
    point: Option<(i32, i32)>,
    day: Option<Day>,
}

/// A page, without what two writings of its address differ in: the scheme, `www.`, a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Website {
    address: String,
    /// Whether it is more than the front page of a site, which all records of one organisation name.
    is_page: bool,
}

/// A number and a street.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    number: Option<String>,
    street: Name,
}

impl Traits {
    /// Takes out what is looked at. Of concurrent values, the one that wins.
    pub fn of(view: &RecordView) -> Self {
        let text = |name: &str| text_of(view.field(name));
        let holders = ["holder_name", "organiser_name", "issuer_name"];
        let sources = view.field("sources").into_iter();
        let source_id = words::folded(&text("source_id"));
        let origin = |source: &String| (words::folded(source), source_id.clone());
        let commune = [text("commune"), words::folded(&text("commune_name"))];
        let official = TerritoryCode::of_record(view);
        let numbers = ["siret", "rna"].map(|name| letters(&text(name)));
        // Other registers have numbers of the same forms. A SIREN is no number of one thing: establishments share it.
        let others = ["prefecture", "ridet", "tahiti"].map(|name| {
            let number = letters(&text(name));
            filled(number).map_or_else(String::new, |number| format!("{name}:{number}"))
        });
        let folio = match (filled(text("alsace_moselle")), filled(text("tribunal"))) {
            (Some(folio), Some(tribunal)) => format!("{}:{folio}", words::folded(&tribunal)),
            _ => String::new(),
        };
        let numbers = numbers.into_iter().chain(others).chain([folio]);
        let numbers = numbers.chain(official.as_ref().map(TerritoryCode::to_string));
        Self {
            kind: view.kind().to_owned(),
            territory: view
                .birth
                .as_ref()
                .map(|(_, territory)| territory.clone())
                .unwrap_or_default(),
            name: Name::of(&text("name"), &text("commune_name")),
            holder: Name::of(
                &holders
                    .map(text)
                    .into_iter()
                    .find_map(filled)
                    .unwrap_or_default(),
                "",
            ),
            registers: numbers.filter_map(filled).collect(),
            official,
            origins: sources
                .flat_map(|sources| sources.terms.keys().map(origin))
                .filter(|(_, id)| !id.is_empty())
                .collect(),
            website: Website::of(&text("website")),
            contacts: ["phone", "email"]
                .map(text)
                .into_iter()
                .filter_map(filled)
                .collect(),
            commune: commune.into_iter().find_map(filled),
            address: Address::of(&text("address")),
            point: view.point().map(|point| (point.lat_e7, point.lon_e7)),
            day: day_of(view),
        }
    }

    /// Returns what the record is looked up by: two records that share nothing of it are not compared.
    pub fn blocks(&self) -> BTreeSet<Block> {
        block::blocks(self)
    }

    /// Compares two records. `None` where they are of two kinds, or of none, or are two official territories.
    pub fn compare(&self, other: &Traits) -> Option<Likeness> {
        compare::compare(self, other)
    }
}

impl Website {
    fn of(link: &str) -> Option<Self> {
        let (_, rest) = link.trim().split_once("://")?;
        let rest = rest.trim_end_matches(['/', '#']);
        // Only hosts are the same in small and capital letters.
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, page) = rest.split_at(end);
        let host = host.to_lowercase();
        let host = host.strip_prefix("www.").unwrap_or(&host);
        let is_page = !page.is_empty();
        let address = format!("{host}{page}");
        (!address.is_empty()).then_some(Self { address, is_page })
    }
}

impl Address {
    fn of(text: &str) -> Option<Self> {
        let (number, street) = street(text);
        let street = Name::of(&street, "");
        (!street.is_empty()).then_some(Self { number, street })
    }
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn letters(code: &str) -> String {
    let kept = code.chars().filter(|letter| letter.is_alphanumeric());
    kept.flat_map(char::to_uppercase).collect()
}

fn text_of(field: Option<&Field>) -> String {
    match field.and_then(Field::winner).map(|written| &written.value) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// The day on which it starts, whatever the kind calls it.
fn day_of(view: &RecordView) -> Option<Day> {
    let fields = ["starts", "starts_at", "opens", "seen_on", "asked_on"];
    let written = |name: &&str| Some(&view.field(name)?.winner()?.value);
    match fields.iter().find_map(written)? {
        Value::Date(date) => Day::parse(date),
        Value::Instant(at) => Day::of(Timestamp::from_millis(*at)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
