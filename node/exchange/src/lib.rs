//! File formats in and out.
//!
//! This crate turns a file that somebody hands us (CSV of any origin, JSON, JSON Lines, GeoJSON, a sheet of a workbook, a calendar, a
//! feed of articles, an agenda of OpenAgenda, an official list of territories) into a [`Table`]: named columns and a stream of rows with the line each row comes from.
//! A [`Plan`] maps the columns to fields and gives the edits that the rows come to, with a [`Report`]; [`export`] writes records again.
//! It writes nothing to a store and judges no edit: that is for `replica` and `crdt-schema`.
//!
//! ```
//! use std::io::Cursor;
//!
//! use exchange::{Choices, Table};
//!
//! let file = Cursor::new("nom;commune\r\nAtelier;Saint-Denis\r\n");
//! let mut table = Table::read(file, &Choices::default())?;
//! assert_eq!(table.columns()[1].name, "commune");
//! let row = table.next().expect("one row").expect("an even row");
//! assert_eq!((row.line, row.cells[0].as_str()), (2, "Atelier"));
//! # Ok::<(), exchange::Unreadable>(())
//! ```

pub mod attachment;
mod calendar;
pub mod csv;
pub mod export;
mod feed;
mod import;
mod json;
mod mapping;
mod official;
mod report;
mod table;
mod text;
mod workbook;

pub use import::{
    Called, Census, Earlier, Erased, Imprint, KEPT_CODES, Level, Named, Plan, PlannedContact,
    PlannedEdit, Report, Reported, RowDecision, RowKey, Settings, Strictness, Unread, hand_back,
    source_identifier,
};
pub use mapping::{ColumnUse, ContactPart, Mapping, Unmapped, Use, Values, guess};
pub use official::{InList, Only};
pub use report::{Problem, Unreadable};
pub use table::{Choices, Column, Format, Row, Source, Table, normal_name};
pub use text::{Encoding, Lost, first_lines};
pub use workbook::Mark;
