//! The domain of Maillage, pure: what is signed, how it merges, who may do what, and how a record reads.
//!
//! There is no file, socket, clock, thread or log in here: time and chance come in as arguments, and the same inputs give the same
//! answer on every node. It is not a store and not a protocol: `replica` keeps entries, `sync` exchanges them.

pub mod cbor;
pub mod checkpoint;
pub mod draft;
pub mod edit;
pub mod entry;
pub mod governance;
pub mod id;
pub mod key;
pub mod label;
pub mod likeness;
pub mod limits;
pub mod personal;
pub mod profile;
pub mod proof;
pub mod record;
pub mod register;
pub mod statement;
pub mod territory;
pub mod time;
pub mod view;
pub mod vocabulary;
