//! The only place that reads the time.

use std::time::{SystemTime, UNIX_EPOCH};

use crdt_schema::time::Timestamp;

/// Returns the time of this machine. It is only ever a claim: a node whose clock is years off works like any other.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
pub(crate) fn now() -> Timestamp {
    let now = SystemTime::now();
    let millis = match now.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => {
            i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis)
        }
    };
    Timestamp::from_millis(millis.saturating_add(offset_ms()))
}

/// Milliseconds added to the clock, from `MAILLAGE_CLOCK_OFFSET_MS`: for trying what a wrong clock does.
fn offset_ms() -> i64 {
    std::env::var("MAILLAGE_CLOCK_OFFSET_MS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}
