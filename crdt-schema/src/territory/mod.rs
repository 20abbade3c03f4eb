//! Official territories: their codes with a level, their outlines, and what a place belongs to.
//!
//! All of it is derived and pure: from the code of a commune and the lists that are compiled in, or from a position and an outline
//! that somebody signed. It informs, and decides no right: mandates are judged by the home territory that a record was born with.
//!
//! A position is compared with an outline as whole numbers, so that every node gives the same answer; only distances are floating,
//! and they are only shown.

mod belonging;
mod code;
mod edge;
mod outline;
#[cfg(test)]
mod properties;

pub use belonging::Belonging;
pub use code::{Level, TerritoryCode};
pub use edge::{Located, NEAR_METRES};
pub use outline::{Bounds, OUTLINE_BYTES_MAX, Outline, TILE_ANYWHERE, tile_of};
