//! JSON, JSON Lines and GeoJSON, read as tables.

mod agenda;
mod cursor;
mod flatten;
mod read;
mod shape;

pub(crate) use flatten::GEOMETRY;
pub(crate) use read::Rows;
pub(crate) use shape::looks_like;
