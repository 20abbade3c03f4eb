//! What a session reads of a replica.
//!
//! Each answer takes the state anew, which only grows: nothing that was reported as held ceases to be. The table of entries is read
//! after the state, and nothing leaves that the state does not show, since only that is on disk and marked as published.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crdt_schema::entry::{Header, SignedEntry};
use crdt_schema::id::{EntryId, FederationId, FeedId, PartnerId};
use replica::{Fault, Replica, State};

use crate::codec::{Block, Bytes};
use crate::gate::Door;
use crate::intake::Intake;
use crate::limits::{HEADS_MAX, OBJECT_BYTES_MAX, OBJECTS_MAX, OWN_FEEDS_MAX};
use crate::message::{Digest, FeedHeads, Head, Tip};
use crate::session::{Library, ObjectsPage, PeerId, Room, Unreadable};

/// See the module.
pub(crate) struct Reading {
    replica: Arc<Replica>,
    door: Arc<dyn Door>,
    intake: Arc<Intake>,
    governance: OnceCell<BTreeSet<FeedId>>,
}

impl Reading {
    pub(super) fn new(replica: Arc<Replica>, door: Arc<dyn Door>, intake: Arc<Intake>) -> Self {
        Self {
            replica,
            door,
            intake,
            governance: OnceCell::new(),
        }
    }

    fn all_heads(&self, feeds_max: usize) -> Vec<FeedHeads> {
        let state = self.replica.state();
        let feeds = state.feeds().ids().take(feeds_max);
        feeds
            .map(|feed| FeedHeads {
                feed: *feed,
                heads: told(&state, feed),
            })
            .collect()
    }

    /// Returns from which sequence on there may be entries that are neither among `known` nor before one of them.
    fn first_unknown(&self, feed: &FeedId, known: &[Head]) -> u64 {
        let after_known = known.iter().map(|head| head.sequence.saturating_add(1));
        let after_known = after_known.max().unwrap_or(0);
        // Before its first fork a feed is a single line.
        let fork = self.replica.state().feeds().first_fork(feed);
        fork.map_or(after_known, |fork| fork.min(after_known))
    }

    /// Returns whether an entry is held, is neither among `known` nor before one of them, and stands after the cursor.
    fn is_unsent(&self, id: &EntryId, known: &[Head], cursor: Option<&Head>) -> bool {
        let state = self.replica.state();
        let feeds = state.feeds();
        let Some(held) = feeds.entry(id) else {
            return false;
        };
        let head = Head {
            sequence: held.sequence,
            id: *id,
        };
        cursor.is_none_or(|cursor| head > *cursor)
            && !known
                .iter()
                .any(|known| feeds.is_same_or_ancestor(id, &known.id))
    }
}

impl Library for Reading {
    fn federation(&self) -> FederationId {
        *self.replica.state().federation()
    }

    fn tip(&self) -> Result<Tip, Unreadable> {
        let state = self.replica.state();
        let adoption = state.governance().adoption();
        Ok(Tip {
            version: adoption.tip().version,
            id: adoption.tip_id(),
        })
    }

    fn protocol_min(&self) -> Result<u16, Unreadable> {
        let state = self.replica.state();
        let lowest = state.governance().adoption().tip().min_protocol;
        // A version beyond what the wire can say is one that no node speaks.
        Ok(u16::try_from(lowest).unwrap_or(u16::MAX))
    }

    fn own_feed(&self) -> Result<Option<FeedId>, Unreadable> {
        Ok(self.replica.feed())
    }

    fn feeds_of(&self, peer: &PeerId) -> Result<Vec<FeedId>, Unreadable> {
        let mut feeds = self.door.feeds_of(peer.as_bytes());
        feeds.truncate(OWN_FEEDS_MAX);
        Ok(feeds)
    }

    fn is_allowed(&self, peer: &PeerId) -> Result<bool, Unreadable> {
        Ok(self.door.is_allowed(peer.as_bytes()))
    }

    fn is_governance(&self, feed: &FeedId) -> Result<bool, Unreadable> {
        let feeds = self
            .governance
            .get_or_init(|| governance_feeds(&self.replica.state()));
        Ok(feeds.contains(feed))
    }

    fn is_paused(&self, feed: &FeedId) -> Result<bool, Unreadable> {
        Ok(self.intake.is_paused(feed))
    }

    fn objects_above(
        &self,
        tip: &Tip,
        skip: usize,
        bytes_max: usize,
    ) -> Result<ObjectsPage, Unreadable> {
        let state = self.replica.state();
        let is_ours = state.governance().adoption().adopted(&tip.id).is_some();
        let mut above: Vec<_> = state
            .charters()
            .iter()
            .filter(|(_, charter)| !is_ours || charter.version > tip.version)
            .collect();
        above.sort_by_key(|(id, charter)| (charter.version, **id));
        let charters = above.iter().map(|(_, charter)| (charter.to_bytes(), true));
        let approvals = above.iter().flat_map(|(id, _)| {
            let votes = state.charters().approvals(id);
            votes.map(|approval| (approval.to_bytes(), false))
        });
        page(charters.chain(approvals).skip(skip), bytes_max)
    }

    fn digest(&self) -> Result<Digest, Unreadable> {
        Ok(Digest::of(&self.all_heads(usize::MAX)))
    }

    fn frontier(&self, feeds_max: usize) -> Result<Vec<FeedHeads>, Unreadable> {
        Ok(self.all_heads(feeds_max))
    }

    fn heads(&self, feed: &FeedId) -> Result<Vec<Head>, Unreadable> {
        Ok(told(&self.replica.state(), feed))
    }

    fn holds(&self, feed: &FeedId, head: &Head) -> Result<bool, Unreadable> {
        let state = self.replica.state();
        let held = state.feeds().entry(&head.id);
        Ok(held.is_some_and(|held| held.feed == *feed && held.sequence == head.sequence))
    }

    fn ancestor(
        &self,
        feed: &FeedId,
        head: &Head,
        sequence: u64,
    ) -> Result<Option<Head>, Unreadable> {
        let reader = self.replica.read().map_err(unreadable)?;
        let ids = reader.feed_entries_at(feed, sequence).map_err(unreadable)?;
        let state = self.replica.state();
        let id = ids
            .into_iter()
            .find(|id| state.feeds().is_same_or_ancestor(id, &head.id));
        Ok(id.map(|id| Head { sequence, id }))
    }

    fn entries_after(
        &self,
        feed: &FeedId,
        known: &[Head],
        cursor: Option<&Head>,
        mut room: Room,
    ) -> Result<Vec<(Head, SignedEntry)>, Unreadable> {
        let mut from = self.first_unknown(feed, known);
        if let Some(cursor) = cursor {
            from = from.max(cursor.sequence);
        }
        let reader = self.replica.read().map_err(unreadable)?;
        let is_sent = |id: &EntryId| !self.is_unsent(id, known, cursor);
        let bounds = (room.entries, room.bytes);
        let page = reader.feed_entries(feed, from, bounds, is_sent);
        let mut found = Vec::new();
        // The reader counts payloads only, and does not cut a sequence between branches: the page may be longer than the room.
        for entry in page.map_err(unreadable)?.0 {
            let size = Block::size_bytes(&entry);
            if room.entries == 0 || room.bytes < size {
                break;
            }
            room.entries -= 1;
            room.bytes -= size;
            found.push((place(&entry)?, entry));
        }
        Ok(found)
    }

    fn entry(&self, id: &EntryId) -> Result<Option<(FeedId, Head, SignedEntry)>, Unreadable> {
        let held = self.replica.state().feeds().entry(id);
        let Some(held) = held else {
            return Ok(None);
        };
        let reader = self.replica.read().map_err(unreadable)?;
        let found = match reader.signed_entries(&[*id]) {
            // Damaged here too: another node may have it.
            Err(Fault::Damaged { .. }) => None,
            found => found.map_err(unreadable)?.into_iter().next(),
        };
        let federation = self.federation();
        let head = Head {
            sequence: held.sequence,
            id: *id,
        };
        // Only what still holds is of use to the peer, and would be held against us otherwise.
        let sound = found.filter(|entry| entry.clone().verify(&federation).is_ok());
        Ok(sound.map(|entry| (held.feed, head, entry)))
    }
}

/// Feeds of partners that a charter names as coordinators, and feeds that hold acts. Both only grow.
fn governance_feeds(state: &State) -> BTreeSet<FeedId> {
    let coordinators: BTreeSet<&PartnerId> = state
        .charters()
        .iter()
        .flat_map(|(_, charter)| charter.coordinators.keys())
        .collect();
    let theirs = state
        .certificates()
        .iter()
        .filter(|(_, certificate)| coordinators.contains(&certificate.partner));
    let acting = state.acts().values();
    let acting = acting.filter_map(|act| Some(state.feeds().entry(&act.entry)?.feed));
    theirs.map(|(feed, _)| *feed).chain(acting).collect()
}

/// A feed with more branches than are told is flooded. Those on which it is cut are told first: the others need them to know what counts.
fn told(state: &State, feed: &FeedId) -> Vec<Head> {
    let heads = state.feeds().heads(feed).into_iter();
    let mut heads: Vec<_> = heads.map(|(sequence, id)| Head { sequence, id }).collect();
    if heads.len() > HEADS_MAX {
        let cuts = state.governance().partners().cuts();
        let cuts: Vec<_> = cuts.filter(|(cut, _)| *cut == feed).collect();
        let is_cut_there = |head: &Head| {
            let mut places = cuts.iter();
            places.any(|(_, cut)| state.feeds().is_same_or_ancestor(&cut.entry, &head.id))
        };
        heads.sort_by_cached_key(|head| (!is_cut_there(head), *head));
        heads.truncate(HEADS_MAX);
    }
    heads.sort_unstable();
    heads
}

/// Takes charters (true) and approvals (false) until one is too much.
fn page(
    objects: impl Iterator<Item = (Vec<u8>, bool)>,
    bytes_max: usize,
) -> Result<ObjectsPage, Unreadable> {
    let (mut page, mut bytes) = (ObjectsPage::default(), 0);
    for (object, is_charter) in objects {
        let list = if is_charter {
            &mut page.charters
        } else {
            &mut page.approvals
        };
        if bytes >= bytes_max || list.len() >= OBJECTS_MAX {
            page.has_more = true;
            break;
        }
        bytes += object.len();
        let object = Bytes::<OBJECT_BYTES_MAX>::new(object);
        list.push(object.ok_or_else(|| Unreadable("an object beyond its limit".to_owned()))?);
    }
    Ok(page)
}

fn place(entry: &SignedEntry) -> Result<Head, Unreadable> {
    let header =
        Header::from_bytes(&entry.header).map_err(|error| Unreadable(error.to_string()))?;
    Ok(Head {
        sequence: header.sequence,
        id: header.id(),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "taken by map_err")]
fn unreadable(fault: Fault) -> Unreadable {
    tracing::error!(
        code = fault.code(),
        "the store cannot be read for a peer: {fault}"
    );
    Unreadable(fault.to_string())
}
