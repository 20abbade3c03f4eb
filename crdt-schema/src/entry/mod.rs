//! Entries: what is signed, sent and stored. An entry is a header of fixed layout, a signature, and a payload of items.
//!
//! `UnsignedEntry` → `SignedEntry` → `VerifiedEntry`: only the last has been checked, and nothing leads back or changes it.
//! `FORMAT.md` beside this crate is the byte-exact description; the golden bytes in `tests/golden` hold it.

mod certificate;
mod header;
mod item;
mod payload;
mod rotation;
mod signed;

pub use certificate::{Certificate, Certified, Root};
pub use header::{HEADER_BYTES, Header, HeaderError, Kind};
pub use item::{Body, EditFrame, Frame, Item, PersonalFrame, RecordBirth, StatementFrame};
pub use payload::{Payload, PayloadError};
pub use rotation::{Keeping, ProvenRotation, Rotation, RotationError};
pub use signed::{EntryError, SIGNATURE_BYTES, SignedEntry, UnsignedEntry, VerifiedEntry};
