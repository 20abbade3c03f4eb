//! Calendars in: iCalendar (RFC 5545), an event a row, a property a column.
//!
//! Nothing is computed of what recurs: rules and lists of dates are kept as a text.

mod event;
mod line;
mod read;
mod unfold;
mod when;

pub(crate) use read::{Rows, cells_of_one, looks_like};
pub(crate) use unfold::Unfolded;
