//! What a coordinator's status list says of the label of a proof. It is told apart from the proof: a list that cannot be used changes
//! nothing, and whoever asked for it is told why.

use serde_json::Value;

use crate::label::Day;
use crate::proof::issue::StatusPlace;
use crate::proof::status::{PURPOSE, StatusError, StatusList};
use crate::proof::verdict::Verdict;

/// Bytes of a status list that are read: a mebibyte of bits that compress badly, in base64, with what stands around it.
pub const STATUS_LIST_BYTES_MAX: usize = 2 * 1024 * 1024;

/// What a list that can be used says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Whether the label is withdrawn according to it.
    pub is_revoked: bool,
    /// The day on which the list was made.
    pub from: Day,
    /// The last day on which it is good.
    pub until: Day,
}

impl Verdict {
    /// Returns where the coordinator whose credential this is lists withdrawals. `None` where it has no public address.
    pub fn status_place(&self) -> Option<StatusPlace> {
        let credential: Value = serde_json::from_str(&self.credential).ok()?;
        let status = &credential["credentialStatus"];
        if status["statusPurpose"] != PURPOSE {
            return None;
        }
        Some(StatusPlace {
            list: status["statusListCredential"].as_str()?.to_owned(),
            index: status["statusListIndex"].as_str()?.parse().ok()?,
        })
    }

    /// Reads a status list, as its coordinator signed it, for the day on which the proof is judged. Whatever is wrong with the list is
    /// an error, and never "valid".
    pub fn listed(&self, list: &[u8], on: Day) -> Result<Listed, StatusError> {
        let place = self.status_place().ok_or(StatusError::NoPlace)?;
        if list.len() > STATUS_LIST_BYTES_MAX {
            return Err(StatusError::Encoding);
        }
        let list: Value = serde_json::from_slice(list).map_err(|_| StatusError::Encoding)?;
        let did = self.issuer().ok_or(StatusError::NoPlace)?;
        let (list, from, until) = StatusList::from_credential(&list, &place.list, &did, on)?;
        Ok(Listed {
            is_revoked: list.is_revoked(place.index)?,
            from,
            until,
        })
    }

    /// Returns the name of the coordinator that signed the credential.
    pub fn issuer_name(&self) -> Option<String> {
        let credential: Value = serde_json::from_str(&self.credential).ok()?;
        Some(credential["issuer"]["name"].as_str()?.to_owned())
    }

    fn issuer(&self) -> Option<String> {
        let credential: Value = serde_json::from_str(&self.credential).ok()?;
        Some(credential["issuer"]["id"].as_str()?.to_owned())
    }
}
