//! Labels: the register, the decision on one record, the certificate and the proof that leaves the federation.

mod application;
mod applications;
mod apply;
mod certificate;
mod decide;
mod register;
mod verifier;
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

pub(in crate::pages) use words::{Badge, Badges, BadgesOf, Row, rows};

/// Where anybody checks a label.
const VERIFIER: &str = "/verifier";
/// Where the pages serve the status list of this coordinator: below the check, so that a proxy lets one place through.
pub const STATUS_LIST_PATH: &str = "/verifier/statuts.json";

/// Returns what the code of a certificate holds: an address that says how the label stands, or its bare reference where nobody outside
/// reaches this node.
fn reference(public_address: Option<&str>, label: &Label) -> String {
    let id = address(label);
    match public_address {
        Some(public) => format!("{public}{VERIFIER}?label={id}"),
        None => format!("maillage:label:{id}"),
    }
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(application::routes())
        .merge(applications::routes())
        .merge(apply::routes())
        .merge(certificate::routes())
        .merge(decide::routes())
        .merge(register::routes())
        .merge(verifier::routes())
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
