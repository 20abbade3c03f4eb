//! Records as GeoJSON (RFC 7946): longitude first, at most seven decimals, `null` without a place. A territory with an outline is its
//! polygons, outer rings counter-clockwise; its point stays a property.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crdt_schema::draft::degrees;
use crdt_schema::edit::Value as Held;
use crdt_schema::record::Kind;
use crdt_schema::territory::Outline;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use serde_json::{Map, Value, json};

use crate::export::Reach;
use crate::export::fields::Fields;
use crate::export::json::content;
use crate::export::labels::{LABELS, LabelsSaid, beside_labels};

/// A GeoJSON that is being written.
pub struct GeoJson<W> {
    out: W,
    fields: Fields,
    has_outlines: bool,
    labels: LabelsSaid,
    is_empty: bool,
}

impl<W: Write> GeoJson<W> {
    /// Starts the collection. Every feature has every property, since readers learn them from the first features.
    pub fn new(
        mut out: W,
        kind: &'static Kind,
        extras: &BTreeSet<String>,
        reach: Reach,
        words: &Words,
    ) -> io::Result<Self> {
        out.write_all(br#"{"type":"FeatureCollection","features":["#)?;
        let mut fields = Fields::of(kind, extras, reach, words);
        // The geometry says it.
        let has_outlines = fields.declared.iter().any(|field| field.name == OUTLINE);
        let said = if has_outlines { OUTLINE } else { "point" };
        fields.declared.retain(|field| field.name != said);
        Ok(Self {
            out,
            fields,
            has_outlines,
            labels: LabelsSaid::default(),
            is_empty: true,
        })
    }

    /// Says these labels beside their records.
    #[must_use]
    pub fn with_labels(mut self, labels: LabelsSaid) -> Self {
        self.labels = labels;
        self
    }

    /// Writes one record.
    pub fn record(&mut self, view: &RecordView) -> io::Result<()> {
        self.out
            .write_all(if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        let feature = json!({
            "type": "Feature",
            "id": view.record.to_string(),
            "geometry": self.geometry(view),
            "properties": self.properties(view),
        });
        serde_json::to_writer(&mut self.out, &feature)?;
        Ok(())
    }

    /// Ends the collection and gives back what it was written to. The sources of its records, with their licences, are a member of
    /// ours beside the features (RFC 7946, 6.1).
    pub fn finish(mut self, sources: &[String]) -> io::Result<W> {
        self.out.write_all(b"\n]")?;
        if !sources.is_empty() {
            self.out.write_all(b",\"licences\":")?;
            serde_json::to_writer(&mut self.out, sources)?;
        }
        self.out.write_all(b"}\n")?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn properties(&self, view: &RecordView) -> Value {
        let mut properties = Map::new();
        properties.insert("record".to_owned(), json!(view.record.to_string()));
        for field in &self.fields.declared {
            let held = view.field(field.name);
            let said = held.map_or(Value::Null, |held| content(Some(&field.shape), held));
            properties.insert(field.name.to_owned(), said);
        }
        for name in &self.fields.extras {
            let said = view
                .field(name)
                .map_or(Value::Null, |held| content(None, held));
            properties.insert(beside_labels(name).into_owned(), said);
        }
        let labels = self.labels.codes(&view.record);
        properties.insert(LABELS.to_owned(), json!(labels));
        properties.insert("conflicts".to_owned(), json!(self.fields.conflicts(view)));
        Value::Object(properties)
    }

    fn geometry(&self, view: &RecordView) -> Value {
        let value = |name: &str| {
            let written = view.field(name).and_then(|held| held.winner());
            written.map(|written| &written.value)
        };
        // What another version wrote may be no outline: the point stands in for it.
        if self.has_outlines
            && let Some(Held::Text(text)) = value(OUTLINE)
            && let Ok(outline) = Outline::parse(text)
            && let Ok(geometry) = serde_json::from_str(&outline.to_text())
        {
            return geometry;
        }
        match value("point") {
            Some(Held::Point {
                latitude_e7,
                longitude_e7,
            }) => json!({
                "type": "Point",
                "coordinates": [degrees(*longitude_e7), degrees(*latitude_e7)],
            }),
            _ => Value::Null,
        }
    }
}

/// The field of an outline, which only territories have.
const OUTLINE: &str = "outline";
