//! What peers bring is verified, put into the replica in one transaction, and told to the session.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::entry::{EntryError, SignedEntry, VerifiedEntry};
use crdt_schema::governance::{Approval, Charter};
use crdt_schema::id::{EntryId, FeedId};
use replica::{Fault, Replica};

use crate::limits::HEADS_MAX;
use crate::message::{Head, NewHead};
use crate::session::{Receipt, Refusal, Unreadable};

/// The heads of the feeds of one batch, as they will be once it is stored.
struct Growth<'r> {
    replica: &'r Replica,
    feeds: BTreeMap<FeedId, BTreeSet<Head>>,
    /// The entries that are taken and were not held, each with its place.
    places: BTreeMap<EntryId, (FeedId, u64)>,
    paused: BTreeSet<FeedId>,
}

/// Stores entries. What is not connected, or would flood a feed with branches, is left out and its feed paused.
pub(super) fn entries(replica: &Replica, entries: Vec<SignedEntry>) -> Result<Receipt, Refusal> {
    let federation = *replica.state().federation();
    let mut bad_signatures = 0;
    let mut growth = Growth::of(replica);
    let mut taken = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry.verify(&federation) {
            Ok(entry) if growth.takes(&entry) => taken.push(entry),
            Ok(_) => {}
            Err(EntryError::Signature(_)) => bad_signatures += 1,
            Err(error) => return Err(Refusal::Invalid(error.to_string())),
        }
    }
    if !taken.is_empty() {
        let ingested = replica.ingest(taken).map_err(fault)?;
        if let Some(entry) = ingested.unconnected {
            // Every entry was seen to be connected, and nothing is ever taken out.
            let reason = format!("entry {} was connected and is not any more", entry.short());
            return Err(Refusal::Fault(Unreadable(reason)));
        }
    }
    Ok(Receipt {
        heads: growth.new_heads(),
        has_new_objects: false,
        paused: growth.paused.into_iter().collect(),
        bad_signatures,
    })
}

/// Stores charters and approvals. Whether they are adopted is for the replica to say.
pub(super) fn objects(
    replica: &Replica,
    charters: &[Vec<u8>],
    approvals: &[Vec<u8>],
) -> Result<Receipt, Refusal> {
    let charters = charters.iter().map(|bytes| Charter::from_bytes(bytes));
    let charters = charters.collect::<Result<Vec<_>, _>>();
    let mut charters = charters.map_err(|error| Refusal::Invalid(error.to_string()))?;
    let approvals = approvals.iter().map(|bytes| Approval::from_bytes(bytes));
    let approvals = approvals.collect::<Result<Vec<_>, _>>();
    let mut approvals = approvals.map_err(|error| Refusal::Invalid(error.to_string()))?;
    {
        let state = replica.state();
        let (federation, held) = (state.federation(), state.charters());
        let is_foreign = charters
            .iter()
            .any(|charter| charter.federation() != *federation);
        if is_foreign {
            return Err(Refusal::Invalid(
                "a charter of another federation".to_owned(),
            ));
        }
        charters.retain(|charter| held.charter(&charter.id()).is_none());
        approvals.retain(|approval| {
            let votes = held.approvals(&approval.vote().charter);
            !votes.into_iter().any(|vote| vote == approval)
        });
    }
    let has_new_objects = !charters.is_empty() || !approvals.is_empty();
    if has_new_objects {
        replica.add_charters(charters, approvals).map_err(fault)?;
    }
    Ok(Receipt {
        has_new_objects,
        ..Receipt::default()
    })
}

impl<'r> Growth<'r> {
    fn of(replica: &'r Replica) -> Self {
        Self {
            replica,
            feeds: BTreeMap::new(),
            places: BTreeMap::new(),
            paused: BTreeSet::new(),
        }
    }

    /// Returns whether the entry is to be stored, and counts it in.
    fn takes(&mut self, entry: &VerifiedEntry) -> bool {
        let (header, id) = (entry.header(), entry.id());
        let state = self.replica.state();
        if self.places.contains_key(&id) {
            return false;
        }
        if state.feeds().holds(&id) {
            // It may bring contents that were missing.
            return true;
        }
        let heads = self.feeds.entry(header.feed).or_insert_with(|| {
            let heads = state.feeds().heads(&header.feed).into_iter();
            heads.map(|(sequence, id)| Head { sequence, id }).collect()
        });
        let before = header
            .previous
            .and_then(|previous| self.places.get(&previous));
        let follows_new = before.is_some_and(|(feed, sequence)| {
            *feed == header.feed && sequence.checked_add(1) == Some(header.sequence)
        });
        let previous = heads
            .iter()
            .find(|head| Some(head.id) == header.previous)
            .copied();
        let is_flooded = previous.is_none() && heads.len() >= HEADS_MAX;
        if is_flooded || !(follows_new || state.feeds().is_connected(header)) {
            self.paused.insert(header.feed);
            return false;
        }
        if let Some(previous) = previous {
            heads.remove(&previous);
        }
        heads.insert(Head {
            sequence: header.sequence,
            id,
        });
        self.places.insert(id, (header.feed, header.sequence));
        true
    }

    fn new_heads(&self) -> Vec<NewHead> {
        let all = self.feeds.iter();
        let all = all.flat_map(|(feed, heads)| heads.iter().map(|head| (*feed, *head)));
        all.filter(|(_, head)| self.places.contains_key(&head.id))
            .map(|(feed, head)| NewHead { feed, head })
            .collect()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "taken by map_err")]
fn fault(fault: Fault) -> Refusal {
    Refusal::Fault(Unreadable(fault.to_string()))
}
