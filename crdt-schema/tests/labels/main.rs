//! Labels: as properties, and as stories. They are held against the oracle's worlds in `oracle_worlds`.

#![expect(clippy::unwrap_used, reason = "tests")]

mod golden;
mod held;
mod hostile;
mod properties;
mod signed;
