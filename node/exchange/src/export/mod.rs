//! Records as files: CSV for programs and for spreadsheets, JSON, GeoJSON.
//!
//! Records come one after the other and nothing is kept. Every file tells which fields have concurrent values; JSON gives them all.
//! The CSV for programs reads back as the same records.

mod fields;
mod geojson;
mod json;
mod table;

pub use fields::{Reach, extras};
pub use geojson::GeoJson;
pub use json::Json;
pub use table::Csv;

#[cfg(test)]
mod tests;
