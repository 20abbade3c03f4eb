//! What each call does, and what it answers.

mod files;
mod partners;
mod records;
mod status;
mod upkeep;

pub(crate) use files::{export, import};
pub(crate) use partners::{admit, invite, partners};
pub(crate) use records::{record_history, record_show, search};
pub(crate) use status::{doctor, status};
pub(crate) use upkeep::{backup, check, reindex, renew};
