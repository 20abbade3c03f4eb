//! The fields of the index, and how a document fills them.

use crdt_schema::label::Day;
use tantivy::TantivyDocument;
use tantivy::schema::{
    BytesOptions, FAST, Field, IndexRecordOption, NumericOptions, STRING, Schema,
    TextFieldIndexing, TextOptions,
};

use super::analysis::{FOLDED, STEMMED, code, name_key, whole_name};
use super::document::{Confirmed, SearchDocument};
use super::query::{IS_WITHDRAWN, NOT_WITHDRAWN, WITHDRAWN_FACET};

/// Names of the fast fields that are read while collecting.
pub(super) const CONFIRMED: &str = "confirmed";
pub(super) const FACETS: &str = "facets";
pub(super) const NAME_KEY: &str = "name_key";
pub(super) const RECORD: &str = "record";
pub(super) const UPDATED: &str = "updated";

/// The version of fields and analysis together. Any change of either adds one: the index is then filled again.
pub(super) const VERSION: u32 = 7;

/// The fields of the index. Nothing is stored: answers are record ids, and the store has the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub(super) blocks: Field,
    pub(super) codes: Field,
    pub(super) confirmed: Field,
    pub(super) facets: Field,
    pub(super) kind: Field,
    pub(super) latitude: Field,
    pub(super) longitude: Field,
    pub(super) name: Field,
    pub(super) name_key: Field,
    pub(super) name_stems: Field,
    pub(super) latest: Field,
    pub(super) reached: Field,
    pub(super) record: Field,
    pub(super) text: Field,
    pub(super) text_stems: Field,
    pub(super) updated: Field,
    pub(super) whole_name: Field,
}

impl Fields {
    /// Returns the schema and its fields.
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let exact = || STRING;
        let number = || NumericOptions::default().set_fast();
        let fields = Self {
            blocks: schema.add_u64_field("blocks", NumericOptions::default().set_indexed()),
            codes: schema.add_text_field("codes", exact()),
            confirmed: schema.add_i64_field(CONFIRMED, number()),
            facets: schema.add_text_field(FACETS, exact().set_fast("raw")),
            kind: schema.add_text_field("kind", exact()),
            latitude: schema.add_i64_field("latitude", number()),
            longitude: schema.add_i64_field("longitude", number()),
            name: schema.add_text_field("name", analysed(FOLDED)),
            name_key: schema.add_text_field(NAME_KEY, TextOptions::default().set_fast("raw")),
            name_stems: schema.add_text_field("name_stems", analysed(STEMMED)),
            latest: schema.add_i64_field("latest", number()),
            reached: schema.add_i64_field("reached", number()),
            record: schema.add_bytes_field(RECORD, BytesOptions::default().set_indexed() | FAST),
            text: schema.add_text_field("text", listed(FOLDED)),
            text_stems: schema.add_text_field("text_stems", analysed(STEMMED)),
            updated: schema.add_i64_field(UPDATED, number()),
            whole_name: schema.add_text_field("whole_name", exact()),
        };
        (schema.build(), fields)
    }

    /// Returns the document that the engine keeps.
    pub(super) fn fill(&self, from: &SearchDocument) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_bytes(self.record, from.record.as_bytes());
        document.add_text(self.kind, &from.kind);
        document.add_text(self.name, &from.name);
        document.add_text(self.name_stems, &from.name);
        document.add_text(self.name_key, name_key(&from.name));
        for name in from.names.iter() {
            document.add_text(self.whole_name, whole_name(name));
        }
        for text in &from.texts {
            document.add_text(self.text, text);
            document.add_text(self.text_stems, text);
        }
        for (facet, values) in &from.facets {
            for value in values {
                if let Some(key) = facet_key(facet, value) {
                    document.add_text(self.facets, key);
                }
            }
        }
        let withdrawn = match from.is_withdrawn {
            true => IS_WITHDRAWN,
            false => NOT_WITHDRAWN,
        };
        if let Some(key) = facet_key(WITHDRAWN_FACET, withdrawn) {
            document.add_text(self.facets, key);
        }
        for text in &from.codes {
            document.add_text(self.codes, code(text));
        }
        for block in &from.blocks {
            document.add_u64(self.blocks, block.0);
        }
        document.add_i64(self.confirmed, confirmed_number(from.confirmed));
        document.add_i64(self.latest, from.latest.map_or(NEVER, Day::number));
        document.add_i64(self.reached, confirmed_number(from.reached));
        document.add_i64(self.updated, from.updated.as_millis());
        if let Some((latitude, longitude)) = from.point {
            document.add_i64(self.latitude, latitude.into());
            document.add_i64(self.longitude, longitude.into());
        }
        document
    }
}

/// Every record has a number, so that each segment has the column: before all days stands what never was confirmed, and behind them
/// what has nothing to confirm.
fn confirmed_number(confirmed: Confirmed) -> i64 {
    match confirmed {
        Confirmed::Never => NEVER,
        Confirmed::Nothing => NOTHING,
        Confirmed::Since(day) => day.number(),
    }
}

/// Returns the key of a facet's value in the one column of all facets, or nothing if it cannot be one.
///
/// Keys begin with the facet, so that the values of a facet are neighbours in the dictionary of the column.
pub(super) fn facet_key(facet: &str, value: &str) -> Option<String> {
    let sound = !facet.contains(SEPARATOR) && value.len() <= FACET_VALUE_BYTES_MAX;
    sound.then(|| format!("{facet}{SEPARATOR}{value}"))
}

/// Returns the facet and the value of a key.
pub(super) fn split_facet_key(key: &str) -> Option<(&str, &str)> {
    key.split_once(SEPARATOR)
}

/// Returns the bounds, both excluded or included as a range, of the keys of one facet.
pub(super) fn facet_bounds(facet: &str) -> (String, String) {
    (
        format!("{facet}{SEPARATOR}"),
        format!("{facet}{AFTER_SEPARATOR}"),
    )
}

fn analysed(analysis: &str) -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(analysis)
        .set_index_option(IndexRecordOption::WithFreqs);
    TextOptions::default().set_indexing_options(indexing)
}

/// Words that are found and not weighed.
fn listed(analysis: &str) -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(analysis)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    TextOptions::default().set_indexing_options(indexing)
}

/// Farther from 1970 than any day of the calendar.
pub(super) const NEVER: i64 = -(1 << 40);
const NOTHING: i64 = 1 << 40;
/// The lowest character, so that no other can come between a facet and its values.
const SEPARATOR: char = '\0';
const AFTER_SEPARATOR: char = '\u{1}';
/// A facet's value is a term, a territory or a partner. What is longer is no value and is left out.
const FACET_VALUE_BYTES_MAX: usize = 512;
