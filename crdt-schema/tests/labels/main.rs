//! Labels: against the oracle's worlds, as properties, and as stories.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../oracle_worlds/drawn.rs"]
mod drawn;
#[path = "../oracle_worlds/names.rs"]
mod names;
#[expect(
    dead_code,
    reason = "the reader of the oracle's worlds is shared with the tests of governance"
)]
#[path = "../oracle_worlds/world.rs"]
mod world;

mod golden;
mod held;
mod hostile;
mod oracle;
mod properties;
