//! The status list of this node's partner: where withdrawals of what it signed show to people outside the federation.

use std::collections::BTreeMap;

use crdt_schema::governance::SignedAct;
use crdt_schema::id::{ItemId, PartnerId};
use crdt_schema::proof::{
    IssueError, StatusList, StatusPlace, free_index, revoked_indices, status_indices,
};
use serde_json::Value;

use crate::author::Author;
use crate::labels::LabelError;
use crate::replica::Replica;
use crate::state::State;

impl Replica {
    /// Writes the signed list to publish at an address: one bit for each label that this partner signed with a place in it. Only a
    /// partner that coordinates, or has given such places, has one.
    pub fn status_list(&self, address: &str) -> Result<Value, LabelError> {
        let author = self.author().ok_or(LabelError::ReadOnly)?;
        let partner = self.partner().ok_or(LabelError::ReadOnly)?;
        let state = self.state();
        let acts = own_acts(&state, &partner);
        let coordinators = &state.governance().adoption().tip().coordinators;
        if !coordinators.contains_key(&partner) && status_indices(&acts, address).is_empty() {
            return Err(IssueError::NotCoordinator.into());
        }
        let revoked = revoked_indices(&state.labels(), &acts, address);
        let list = StatusList::revoked(revoked)?;
        let signed = list.to_credential(address, (author.now)(), &author.secret);
        Ok(signed.ok_or(IssueError::Clock)?)
    }
}

/// Draws a place that no label of this partner has. `None` when the list is full: the label is then signed without one.
pub(crate) fn free_place(
    state: &State,
    partner: &PartnerId,
    author: &Author,
    address: &str,
) -> Option<StatusPlace> {
    let mut drawn = [0; 8];
    (author.fill_random)(&mut drawn);
    let taken = status_indices(&own_acts(state, partner), address);
    Some(StatusPlace {
        list: address.to_owned(),
        index: free_index(&taken, u64::from_le_bytes(drawn))?,
    })
}

/// The acts of one partner: what another one signed could name our list, take our places and set our bits.
fn own_acts(state: &State, partner: &PartnerId) -> BTreeMap<ItemId, SignedAct> {
    let is_own = |signed: &SignedAct| {
        let entry = state.feeds().entry(&signed.entry);
        entry.is_some_and(|entry| entry.owner == Some(*partner))
    };
    let own = state.acts().iter().filter(|(_, signed)| is_own(signed));
    own.map(|(id, signed)| (*id, signed.clone())).collect()
}
