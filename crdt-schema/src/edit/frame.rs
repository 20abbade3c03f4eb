//! The rules of an edit's frame: what it stands on. They hold for everybody, whoever signs, and outlive an erasure.

use crate::edit::Invalid;
use crate::entry::EditFrame;
use crate::id::{FederationId, ItemId, RecordId};
use crate::limits::BASE_MAX;

/// What is known of the past of an edit: its base, the bases of these, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Something in it is not held.
    Incomplete,
    /// All of it is held, and it, or the edit itself, creates the record.
    WithCreation,
    /// All of it is held, and nothing in it creates the record.
    WithoutCreation,
}

/// Returns the first rule that a frame breaks. `is_of_another` says whether an id is a held edit of another record.
pub fn check_frame(
    edit: &EditFrame,
    federation: &FederationId,
    is_of_another: impl Fn(&ItemId) -> bool,
    past: Past,
) -> Result<(), Invalid> {
    if edit.base.len() > BASE_MAX {
        return Err(Invalid::BaseTooLong);
    }
    if !edit.base.is_sorted_by(|one, next| one < next) {
        return Err(Invalid::BaseNotSorted);
    }
    match (&edit.creation, edit.base.is_empty()) {
        (Some(_), false) => return Err(Invalid::CreationWithBase),
        (None, true) => return Err(Invalid::NoBaseNoCreation),
        (Some(_), true) if !edit.creates_its_record(federation) => {
            return Err(Invalid::CreationOfAnotherRecord);
        }
        _ => {}
    }
    if edit.base.iter().any(is_of_another) {
        return Err(Invalid::BaseOfAnotherRecord);
    }
    if past == Past::WithoutCreation {
        return Err(Invalid::NoCreationInItsPast);
    }
    Ok(())
}

impl EditFrame {
    /// Returns whether the creation is what the record's id is the hash of.
    pub fn creates_its_record(&self, federation: &FederationId) -> bool {
        self.creation.as_ref().is_some_and(|birth| {
            let born = RecordId::of(federation, &birth.kind, &birth.territory, &birth.nonce);
            born == self.record
        })
    }
}
