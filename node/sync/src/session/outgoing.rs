//! What goes out: batches of charters and entries, in the order of what others stand on, at most two under way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crdt_schema::entry::SignedEntry;
use crdt_schema::id::{EntryId, FeedId};
use crdt_schema::limits::PAYLOAD_BYTES_MAX;

use crate::codec::Block;
use crate::limits::{
    BATCH_BYTES_SENT, BATCH_ENTRIES_MAX, BATCHES_IN_FLIGHT_MAX, FETCH_IDS_MAX, FRONTIER_FEEDS_MAX,
    OBJECTS_BYTES_SENT,
};
use crate::message::{Entries, Head, Message, NewHead, Objects, Stage};
use crate::session::incoming::block_length;
use crate::session::{Close, Library, ObjectsPage, PeerFault, Phase, Room, Session};

/// Entries of a batch, with the head that each is for the peer.
pub(super) type Found = (Vec<NewHead>, Vec<SignedEntry>);

/// What is left to send, and what is not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    next_batch: u32,
    /// Charters and approvals already sent, if some are left to send.
    objects_skip: Option<usize>,
    governance: VecDeque<Job>,
    data: VecDeque<Job>,
    in_flight: BTreeMap<u32, Vec<NewHead>>,
    /// Entries that the peer asked for again.
    again: VecDeque<EntryId>,
    asked: BTreeSet<FeedId>,
    paused: BTreeSet<FeedId>,
}

/// The rest of a feed, to be sent.
#[derive(Debug)]
struct Job {
    feed: FeedId,
    known: Vec<Head>,
    cursor: Option<Head>,
}

impl Outgoing {
    /// Returns whether nothing is left to send, to be acknowledged or to be answered.
    pub(super) fn is_idle(&self) -> bool {
        self.is_done(Stage::Governance) && self.data.is_empty() && self.again.is_empty()
    }

    /// Returns whether everything up to this stage is sent and acknowledged.
    pub(super) fn is_done(&self, stage: Stage) -> bool {
        let is_sent = self.governance.is_empty() && self.objects_skip.is_none();
        let is_settled = self.in_flight.is_empty() && self.asked.is_empty();
        is_sent && is_settled && (stage == Stage::Governance || self.data.is_empty())
    }

    /// Sends charters and approvals again from the start.
    pub(super) fn start_objects(&mut self) {
        self.objects_skip = Some(0);
    }

    /// Notes a question to the peer. Returns whether it is a new one.
    pub(super) fn ask(&mut self, feed: FeedId) -> bool {
        self.asked.len() < FRONTIER_FEEDS_MAX && self.asked.insert(feed)
    }

    /// Notes an answer of the peer. Returns whether there was a question.
    pub(super) fn settle_question(&mut self, feed: &FeedId) -> bool {
        self.asked.remove(feed)
    }

    /// Queues what follows the known heads. A job of the same feed that has not begun is replaced.
    pub(super) fn queue(&mut self, feed: FeedId, known: Vec<Head>, stage: Stage) {
        if self.paused.contains(&feed) {
            return;
        }
        let queue = match stage {
            Stage::Governance => &mut self.governance,
            Stage::Data => &mut self.data,
        };
        let job = Job {
            feed,
            known,
            cursor: None,
        };
        let waiting = queue
            .iter()
            .position(|job| job.feed == feed && job.cursor.is_none());
        match waiting {
            Some(place) => queue[place] = job,
            // More than two jobs a feed never wait, so the frontier bounds this, and only a hostile peer gets there.
            None if queue.len() < 2 * FRONTIER_FEEDS_MAX => queue.push_back(job),
            None => {}
        }
    }

    /// Sends of a feed again, which the peer had paused and asks for. What was to be sent stands on what it did not take.
    pub(super) fn resume(&mut self, feed: &FeedId) {
        if self.paused.remove(feed) {
            self.governance.retain(|job| job.feed != *feed);
            self.data.retain(|job| job.feed != *feed);
        }
    }

    /// Queues entries that the peer asked for again. Beyond the limit they are left out: it asks once more.
    pub(super) fn again(&mut self, ids: Vec<EntryId>) {
        let room = FETCH_IDS_MAX.saturating_sub(self.again.len());
        self.again.extend(ids.into_iter().take(room));
    }

    pub(super) fn next_again(&self) -> Option<EntryId> {
        self.again.front().copied()
    }

    pub(super) fn done_again(&mut self) {
        self.again.pop_front();
    }

    fn number(&mut self, heads: Vec<NewHead>) -> u32 {
        let batch = self.next_batch;
        self.next_batch = batch.wrapping_add(1);
        self.in_flight.insert(batch, heads);
        batch
    }

    fn collect<L: Library + ?Sized>(
        &mut self,
        stage: Stage,
        bytes_max: usize,
        library: &L,
    ) -> Result<Found, Close> {
        let queue = match stage {
            Stage::Governance => &mut self.governance,
            Stage::Data => &mut self.data,
        };
        let (mut heads, mut entries) = (Vec::new(), Vec::new());
        let mut room = Room {
            entries: BATCH_ENTRIES_MAX,
            bytes: bytes_max.min(BATCH_BYTES_SENT),
        };
        while let Some(job) = queue.front_mut() {
            if room.entries == 0 || room.bytes < ENTRY_BYTES_MAX {
                break;
            }
            let found = if self.paused.contains(&job.feed) {
                Vec::new()
            } else {
                library.entries_after(&job.feed, &job.known, job.cursor.as_ref(), room)?
            };
            let Some((last, _)) = found.last() else {
                queue.pop_front();
                continue;
            };
            job.cursor = Some(*last);
            for (head, entry) in found {
                room.entries = room.entries.saturating_sub(1);
                room.bytes = room.bytes.saturating_sub(Block::size_bytes(&entry));
                let feed = job.feed;
                heads.push(NewHead { feed, head });
                entries.push(entry);
            }
        }
        Ok((heads, entries))
    }
}

impl Session {
    /// Sends as much as may be under way.
    pub(super) fn pump<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        while self.outgoing.in_flight.len() < BATCHES_IN_FLIGHT_MAX {
            if let Some(skip) = self.outgoing.objects_skip {
                self.send_objects(skip, library)?;
                continue;
            }
            let is_sent = match self.phase {
                Phase::Catching(catching) => {
                    self.send_entries(Stage::Governance, library)?
                        || (catching.stage == Stage::Data
                            && self.send_entries(Stage::Data, library)?)
                }
                Phase::Open => {
                    self.send_again(library)?
                        || self.send_entries(Stage::Governance, library)?
                        || self.send_entries(Stage::Data, library)?
                }
                _ => false,
            };
            if !is_sent {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn take_ack(&mut self, batch: u32, paused: Vec<FeedId>) -> Result<(), Close> {
        let Some(heads) = self.outgoing.in_flight.remove(&batch) else {
            return Err(PeerFault::Batch(batch).into());
        };
        for new in heads.iter().filter(|new| !paused.contains(&new.feed)) {
            self.note(new.feed, new.head);
        }
        if self.outgoing.paused.len() < FRONTIER_FEEDS_MAX {
            self.outgoing.paused.extend(paused);
        }
        Ok(())
    }

    fn send_objects<L: Library + ?Sized>(&mut self, skip: usize, library: &L) -> Result<(), Close> {
        let page = match &self.peer.tip {
            Some(tip) => library.objects_above(tip, skip, OBJECTS_BYTES_SENT)?,
            None => ObjectsPage::default(),
        };
        let count = page.charters.len() + page.approvals.len();
        let has_more = page.has_more && count > 0;
        self.outgoing.objects_skip = has_more.then_some(skip + count);
        // The opening waits for a last page, even an empty one.
        if count > 0 || self.phase == Phase::Governance {
            let batch = self.outgoing.number(Vec::new());
            self.send(Message::Governance(Objects {
                batch,
                charters: page.charters,
                approvals: page.approvals,
                last: !has_more,
            }));
        }
        Ok(())
    }

    /// Sends one batch of what the peer asked for again. Returns whether there was one.
    fn send_again<L: Library + ?Sized>(&mut self, library: &L) -> Result<bool, Close> {
        let found = self.collect_again(library)?;
        self.send_batch(found)
    }

    /// Sends one batch of the stage. Returns whether there was one.
    fn send_entries<L: Library + ?Sized>(
        &mut self,
        stage: Stage,
        library: &L,
    ) -> Result<bool, Close> {
        let bytes_max = self.peer.batch_bytes_max;
        let found = self.outgoing.collect(stage, bytes_max, library)?;
        self.send_batch(found)
    }

    fn send_batch(&mut self, (heads, entries): Found) -> Result<bool, Close> {
        if entries.is_empty() {
            return Ok(false);
        }
        let batch = self.outgoing.number(heads);
        let mut rest = entries.as_slice();
        while !rest.is_empty() {
            let (now, after) = rest.split_at(block_length(rest));
            rest = after;
            self.send(Message::Entries(Entries {
                batch,
                last: rest.is_empty(),
                block: Block::pack(now)?,
            }));
        }
        Ok(true)
    }
}

/// Bytes of the largest entry in a block.
const ENTRY_BYTES_MAX: usize = PAYLOAD_BYTES_MAX + 1024;
