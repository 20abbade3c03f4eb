//! What a node holds: the store, the one thread that writes to it, and what is read from it.
//!
//! Entries come in by `Replica::ingest` (from other nodes) or `Replica::contribute` (signed here), and take the same path from there.
//! Views are derived, and can be thrown away. Nothing in here talks to the network.

mod apply;
mod attachments;
mod author;
mod awaited;
mod backup;
mod ballot;
mod birth;
mod check;
mod confirming;
mod decision;
mod duplicates;
mod erasure;
mod fault;
#[cfg(test)]
mod faults;
mod finding;
mod forks;
mod freshness;
mod indexing;
mod labels;
pub mod local;
mod lock;
mod materialise;
mod neighbourhoods;
mod opening;
mod outlines;
mod personal;
mod pin;
mod published;
mod reader;
mod replica;
mod request;
mod room;
pub mod search;
mod shared;
mod signing;
mod standing;
mod state;
mod statements;
mod status;
mod store;
mod used;
mod view_codec;
mod view_rows;
mod waiting;
mod withdrawal;
mod worker;
mod writer;

pub use attachments::{Attachments, Leaving, NamedFiles, UNNAMED_KEPT, hash_of};
pub use author::{Author, NewItem};
pub use backup::{BackedUp, Backup, BackupError, BackupFile};
pub use ballot::VoteError;
pub use check::{Checked, Damage};
pub use confirming::GovernanceSeen;
pub use decision::{Decision, DecisionError, Place};
pub use duplicates::{Candidate, CandidatePage, CandidatePlace, LookAlikes};
pub use erasure::{ErasurePreview, ErasureStatus, OutNode, REWRITE_AFTER, Receipt, Rewriting};
pub use fault::Fault;
pub use finding::LabelCounts;
pub use forks::{BRANCHES_SHOWN_MAX, Fork, ForkedEntry};
pub use freshness::Keeping;
pub use indexing::{
    ANSWERED, COMMITMENT_STATE, COMMUNE, KEEPER, LINKS, PARTNER, QPV, REPORTED, REPORTER,
};
pub use labels::{LabelError, Labelled, first_day};
pub use opening::SetAside;
pub use personal::{PersonalState, PersonalValue, Viewer};
pub use reader::{Counts, EditInfo, InHand, Reader};
pub use replica::{ContributeError, Replica, Saving};
pub use request::Ingested;
pub use room::{FreeMin, Measure, Room, RoomState, Space};
pub use shared::{Listener, News};
pub use signing::Signing;
pub use standing::{Aftermath, Bar, Became};
pub use state::{FeedSummary, State};
pub use statements::{Answered, BULK_MIN, HeldStatement, Reported, StateError, Together};
pub use used::Used;
pub use view_rows::Troubles;
pub use waiting::{Arrivals, MissingBases, WaitingEdit, WaitingEdits};
pub use withdrawal::{NoReplacement, Standing};
