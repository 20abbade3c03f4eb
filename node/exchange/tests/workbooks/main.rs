//! Workbooks in and out: what real programs write, what nobody should have to open, and what comes back.

mod bombs;
mod hours;
mod import;
mod made;
mod people;
mod sheets;
mod there_and_back;
mod vectors;
mod witness;

#[path = "../census/mod.rs"]
mod census;
