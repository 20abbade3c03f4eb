//! Every bound of the exchange, with its unit and its reason. A peer that goes past one is at fault: the session is closed.

use std::time::Duration;

/// Bytes of one frame on the wire.
pub const FRAME_BYTES_MAX: usize = 1 << 20;
/// Bytes of a frame's content once inflated: what a receiver holds in memory for one peer and batch.
pub const BATCH_BYTES_MAX: usize = 4 << 20;
/// Entries of one batch: one transaction of the receiver.
pub const BATCH_ENTRIES_MAX: usize = 256;
/// Batches on their way that the receiver has not acknowledged.
pub const BATCHES_IN_FLIGHT_MAX: usize = 2;
/// Feeds of one frontier: two hundred partners with three instances are six hundred.
pub const FRONTIER_FEEDS_MAX: usize = 4_096;
/// Heads of one feed that are told: a feed with more branches is flooded, and waits for a coordinator to cut it.
pub const FEED_HEADS_MAX: usize = 4;
/// Ids of a locator: steps of doubling length reach the start of any feed.
pub const LOCATOR_IDS_MAX: usize = 64;
/// Feeds for which a peer may ask before it was served.
pub const WANTS_MAX: usize = FRONTIER_FEEDS_MAX;
/// Charters that a peer may send at once: one a week for ten years.
pub const CHARTERS_MAX: usize = 520;
/// Approvals that a peer may send at once.
pub const APPROVALS_MAX: usize = 8 * CHARTERS_MAX;
/// Bytes of the name that a peer gives its software.
pub const SOFTWARE_BYTES_MAX: usize = 100;
/// The first byte of an answer.
pub const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// One whole frame, once it has begun.
pub const FRAME_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two comparisons of all heads, while nothing happens.
pub const DIGEST_EVERY: Duration = Duration::from_secs(180);
/// A call to another node.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that are open at once.
pub const CONNECTIONS_MAX: usize = 64;
