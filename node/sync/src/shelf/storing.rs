//! What peers bring is verified, put into the replica in one transaction, and told to the session.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::entry::{EntryError, SignedEntry, VerifiedEntry};
use crdt_schema::governance::{Approval, Charter, Position};
use crdt_schema::id::{EntryId, FeedId};
use replica::{Arrivals, Fault, Replica, State, WaitingEdit};

use crate::codec::Block;
use crate::intake::{Intake, Judging};
use crate::limits::HEADS_MAX;
use crate::message::{Head, NewHead};
use crate::session::{Batch, PeerId, Receipt, Refusal, Unreadable};

/// The heads of the feeds of one batch, as they will be once it is stored.
struct Growth<'r> {
    replica: &'r Replica,
    judging: Judging<'r>,
    arrivals: Arrivals<'r>,
    feeds: BTreeMap<FeedId, BTreeSet<Head>>,
    /// The entries that are taken and were not held, each with its place.
    places: BTreeMap<EntryId, (FeedId, u64)>,
    paused: BTreeSet<FeedId>,
    /// Entries that are damaged here, so that peers were asked for them.
    damaged: BTreeSet<EntryId>,
    /// Entries that lead to the place of a cut which is not held.
    leading: BTreeSet<EntryId>,
    /// The first entry of each feed that would have begun a branch too many.
    refused: BTreeMap<FeedId, Position>,
    is_flooded: bool,
}

/// A batch whose signatures were looked at.
pub(crate) enum Verified {
    /// Entries.
    Entries(Entries),
    /// Charters and approvals, which the replica judges.
    Objects {
        /// Bytes of each charter.
        charters: Vec<Vec<u8>>,
        /// Bytes of each approval.
        approvals: Vec<Vec<u8>>,
    },
}

/// The entries of a batch.
pub(crate) struct Entries {
    offered: Vec<Offered>,
    bad_signatures: u32,
}

/// An entry whose signature holds, with its size.
struct Offered {
    entry: VerifiedEntry,
    bytes: u64,
}

/// Ends our own feed if the batch shows that somebody else signs with our key. First of all: what is left out below is no less signed.
pub(super) fn guard_own_feed(replica: &Replica, entries: &Entries) -> Result<(), Refusal> {
    let entries = entries.offered.iter().map(|each| &each.entry);
    replica.guard_own_feed(entries).map_err(fault)
}

/// Stores entries. What is not connected, would flood a feed with branches, or is more than may come today, is left out and its feed
/// paused.
pub(super) fn entries(
    replica: &Replica,
    intake: &Intake,
    from: Option<PeerId>,
    Entries {
        offered,
        bad_signatures,
    }: Entries,
) -> Result<Receipt, Refusal> {
    let mut growth = Growth::of(replica, intake.judge(from).map_err(fault)?);
    growth.leading = leading_to_cuts(&replica.state(), &offered);
    let mut taken = Vec::with_capacity(offered.len());
    for offer in offered {
        if growth.takes(&offer).map_err(fault)? {
            taken.push(offer.entry);
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
    growth.note_floods().map_err(fault)?;
    growth.close(bad_signatures)
}

/// Returns the entries of a batch on the way from what is held to the place of a cut. Without that place, nothing of a forked feed is
/// within the cut, so these are taken whatever branches are held: nobody but who cuts the feed chooses them.
fn leading_to_cuts(state: &State, offered: &[Offered]) -> BTreeSet<EntryId> {
    let batch: BTreeMap<EntryId, (FeedId, Option<EntryId>)> = offered
        .iter()
        .map(|each| (each.entry.id(), each.entry.header()))
        .map(|(id, header)| (id, (header.feed, header.previous)))
        .collect();
    let cuts = state.governance().partners().cuts();
    let places = cuts.filter(|(_, cut)| !state.feeds().holds(&cut.entry));
    let mut leading = BTreeSet::new();
    for (feed, cut) in places {
        let mut next = Some(cut.entry);
        while let Some(entry) = next
            && let Some((its, previous)) = batch.get(&entry)
            && its == feed
            && leading.insert(entry)
        {
            next = *previous;
        }
    }
    leading
}

/// Looks at the signatures of a batch.
pub(super) fn verify(replica: &Replica, batch: Batch) -> Result<Verified, Refusal> {
    match batch {
        Batch::Entries(entries) => verify_entries(replica, entries).map(Verified::Entries),
        Batch::Objects {
            charters,
            approvals,
        } => Ok(Verified::Objects {
            charters,
            approvals,
        }),
    }
}

/// Keeps the entries whose signatures hold, and counts those whose do not.
fn verify_entries(replica: &Replica, entries: Vec<SignedEntry>) -> Result<Entries, Refusal> {
    let federation = *replica.state().federation();
    let (mut offered, mut bad_signatures) = (Vec::with_capacity(entries.len()), 0);
    for entry in entries {
        let bytes = Block::size_bytes(&entry) as u64;
        match entry.verify(&federation) {
            Ok(entry) => offered.push(Offered { entry, bytes }),
            Err(EntryError::Signature(_)) => bad_signatures += 1,
            Err(error) => return Err(Refusal::Invalid(error.to_string())),
        }
    }
    Ok(Entries {
        offered,
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
    fn of(replica: &'r Replica, judging: Judging<'r>) -> Self {
        Self {
            replica,
            judging,
            arrivals: Arrivals::of(replica),
            feeds: BTreeMap::new(),
            places: BTreeMap::new(),
            paused: BTreeSet::new(),
            damaged: replica.damaged().into_iter().collect(),
            leading: BTreeSet::new(),
            refused: BTreeMap::new(),
            is_flooded: false,
        }
    }

    /// Returns whether the entry is to be stored, and counts it in.
    fn takes(&mut self, offered: &Offered) -> Result<bool, Fault> {
        let entry = &offered.entry;
        if let Some(is_stored) = self.is_repeated(offered) {
            return Ok(is_stored);
        }
        let waiting = self.arrivals.waiting(entry)?;
        let is_taken = self.grows(offered, &waiting);
        if is_taken {
            self.arrivals.take(entry, &waiting);
        }
        Ok(is_taken)
    }

    /// Returns whether an entry that is known already is to be stored all the same; `None` for a new one.
    fn is_repeated(&mut self, Offered { entry, bytes }: &Offered) -> Option<bool> {
        let id = entry.id();
        let state = self.replica.state();
        let is_held = state.feeds().holds(&id);
        let is_repeated = is_held || self.places.contains_key(&id);
        let is_wanted = self.judging.is_answer(&id) || self.damaged.contains(&id);
        if is_repeated && !is_wanted {
            self.is_flooded |= self.judging.is_flooded(&state, *bytes);
        }
        // It may bring contents that were missing.
        let is_stored = is_held && !self.is_flooded && !self.judging.is_full();
        (is_repeated || self.is_flooded).then_some(is_stored)
    }

    /// Returns whether a new entry is to be stored, and counts it in.
    fn grows(&mut self, Offered { entry, bytes }: &Offered, waiting: &[WaitingEdit]) -> bool {
        let (header, id) = (entry.header(), entry.id());
        let state = self.replica.state();
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
        let is_connected = follows_new || state.feeds().is_connected(header);
        let begins = previous.is_none() && !self.leading.contains(&id);
        let is_flooded = begins && heads.len() >= HEADS_MAX;
        if is_flooded || !is_connected {
            self.paused.insert(header.feed);
            if is_connected && state.flood(&header.feed).is_none() {
                self.refused.entry(header.feed).or_insert(Position {
                    sequence: header.sequence,
                    entry: id,
                });
            }
            return false;
        }
        if !self.judging.takes(&state, entry, *bytes, waiting) {
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

    /// Keeps which feeds have too many branches, once each.
    fn note_floods(&mut self) -> Result<(), Fault> {
        let refused = std::mem::take(&mut self.refused);
        if refused.is_empty() {
            return Ok(());
        }
        for feed in refused.keys() {
            tracing::warn!(feed = %feed.short(), "a branch is refused: the feed has as many as nodes hold");
        }
        self.replica.note_floods(refused)
    }

    /// Returns what is on disk now. A peer that repeats itself too much hears nothing of it: its session ends.
    fn close(self, bad_signatures: u32) -> Result<Receipt, Refusal> {
        let (heads, misses) = (self.new_heads(), self.judging.misses());
        let waiting = self.judging.paused().clone();
        self.judging.close();
        if self.is_flooded {
            return Err(Refusal::Flood);
        }
        Ok(Receipt {
            heads,
            has_new_objects: false,
            paused: self.paused.into_iter().collect(),
            waiting: waiting.into_iter().collect(),
            misses,
            bad_signatures,
        })
    }

    fn new_heads(&self) -> Vec<NewHead> {
        let all = self.feeds.iter();
        let all = all.flat_map(|(feed, heads)| heads.iter().map(|head| (*feed, *head)));
        all.filter(|(_, head)| self.places.contains_key(&head.id))
            .map(|(feed, head)| NewHead { feed, head })
            .collect()
    }
}

fn fault(fault: Fault) -> Refusal {
    match fault {
        Fault::NoRoom { .. } => Refusal::NoRoom,
        fault => Refusal::Fault(Unreadable(fault.to_string())),
    }
}
