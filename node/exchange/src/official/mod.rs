//! Official lists of territories, read as tables of territories: the yearly lists of INSEE and of Etalab, the answers of the API of
//! communes, centres and neighbourhoods as ANCT publishes them, outlines in GeoJSON.
//!
//! A list is known by its columns, as it is published. Whatever it calls them, the table that comes out has one set of columns, those
//! of our fields, so that mapping, dry run and report have no second way in. What a list does not say is not made up: the year is
//! named by a person, and an outline that is that of another area is left out, and said.

mod layout;
mod only;
mod rows;

use std::ops::RangeInclusive;

pub use only::Only;

pub(crate) use layout::Layout;
pub(crate) use rows::Official;

/// Years of which there can be a list: the first code was published in 1943, and a year of another century is a typing mistake.
pub(crate) const YEARS: RangeInclusive<u16> = 1943..=2099;

/// What an official list says of the code of a row.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum InList {
    /// It is no longer in the list: the row names what took its place, and only counts where the census has its record.
    Gone,
    /// It is in a list that has all codes of its level: nothing took its place.
    InForce,
    /// Nothing.
    #[default]
    Silent,
}
