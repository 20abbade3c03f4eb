//! File formats in and out.
//!
//! This crate turns a file that somebody hands us (CSV of any origin, JSON, JSON Lines, GeoJSON) into a
//! [`Table`]: named columns and a stream of rows with the line each row comes from. It writes the two
//! kinds of CSV that we hand out. It knows nothing of records: mapping rows to fields is another step,
//! and judging values belongs to `crdt-schema`.
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

pub mod csv;
pub mod export;
pub mod import;
mod json;
pub mod mapping;
mod report;
mod synonyms;
mod table;
mod text;

pub use report::{Problem, Unreadable};
pub use table::{Choices, Column, Format, Row, Source, Table, normal_name};
pub use text::Encoding;
