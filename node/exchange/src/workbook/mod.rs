//! Workbooks (XLSX): the table of one sheet in, typed sheets out.
//!
//! A workbook is an archive of XML that somebody else has made. It is looked at whole before it is parsed (`guard`), one sheet of it is
//! brought to a private file (`sheet`, `spool`), and the rows come from there one at a time: what stays in memory does not grow with
//! the rows. Works badly with sheets of millions of different texts, which are refused.

mod cell;
mod guard;
mod header;
mod read;
mod sheet;
mod spool;
mod write;

pub use cell::Mark;
pub(crate) use guard::is_workbook;
pub(crate) use read::Rows;
pub(crate) use write::{Book, Tone};
