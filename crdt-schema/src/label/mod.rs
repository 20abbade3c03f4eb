//! Labels: what a label is bound to, who decided it, and its state on a given day.
//!
//! A label is named by its scheme and version, the record, the hash of the record's [`Projection`], and its first day: a renewal, with
//! another first day, is another label. Whether it stands depends on acts only; whether the record has changed since, on the
//! projection only; whether it has expired, on the day only. Nothing else makes a label.

mod answers;
mod day;
mod decision;
mod projection;
mod standing;

pub use answers::Answers;
pub use day::Day;
pub use decision::{Decision, EXPIRING_DAYS, Labels, Origin, State, Withdrawal};
pub use projection::{Bound, Projection};
pub use standing::Standing;
