//! Labels: the register, the decision on one record, the certificate and the proof that leaves the federation.

mod application;
mod applications;
mod apply;
mod certificate;
mod decide;
mod register;
mod words;

use axum::Router;
use crdt_schema::cbor::Wire;
use crdt_schema::governance::Label;
use crdt_schema::id::hash;
use crdt_schema::label::Day;
use crdt_schema::time::Timestamp;
use data_encoding::HEXLOWER;

use crate::app::App;
use crate::error::PageError;

pub(in crate::pages) use words::{Row, rows};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(application::routes())
        .merge(applications::routes())
        .merge(apply::routes())
        .merge(certificate::routes())
        .merge(decide::routes())
        .merge(register::routes())
}

/// Returns what names a label in an address: the first half of a hash of its name.
fn address(label: &Label) -> String {
    HEXLOWER.encode(&hash("label-address", &[&label.to_cbor()])[..16])
}

/// Returns the day of the node's clock, on which states are shown.
pub(in crate::pages) fn today(now: Timestamp) -> Result<Day, PageError> {
    // A clock outside the calendar is a fault of the machine, not of the page.
    Day::of(now).ok_or(PageError::Interrupted)
}
