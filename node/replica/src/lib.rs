//! What a node holds: the store, ingest, contribution, views and search.

pub mod search;
