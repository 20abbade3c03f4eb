//! Records as files: CSV for programs and for spreadsheets, workbooks, JSON, GeoJSON, Parquet, calendars, feeds.
//!
//! Records come one after the other and nothing is kept. Every file tells which fields have concurrent values, and how labels stand; JSON gives them all.
//! Each CSV and each sheet of a workbook reads back as the same records. Those for programs have codes, those for people have words.

mod atom;
mod calendar;
mod fields;
mod geojson;
mod grants;
mod inclusion;
mod json;
mod labels;
mod parquet;
mod recurrence;
mod sheets;
mod table;
mod worded;

pub use atom::{About, Atom, Dated};
pub use calendar::{Calendar, Revisions, has_dates};
pub use fields::{Reach, extras};
pub(crate) use fields::{is_code, said};
pub use geojson::GeoJson;
pub use grants::{Grant, Grants, Parties, Unfit, is_granted};
pub use inclusion::{
    Described, Inclusion, InclusionBook, InclusionJson, LeftOut, Notice, holder, is_service,
    quality, slug,
};
pub(crate) use inclusion::{SERVICE, STRUCTURE};
pub use json::Json;
pub(crate) use labels::{LABELS, LICENCES};
pub use labels::{LabelSaid, LabelsSaid};
pub use parquet::{Parquet, Seen};
pub use sheets::Sheets;
pub use table::Csv;
pub use worded::{Spreadsheet, Worded, linked};

/// What stands at the end of a text that a cell of a workbook cannot hold whole. An import leaves such a text out.
pub(crate) const CUT_MARK: &str = "… [texte coupé par l'export]";

#[cfg(test)]
mod tests;
