//! The listening half of a session, whose peer is a file.
//!
//! A part that is damaged or refused ends it, as it ends the session with a peer: what was committed before stays, since every entry is
//! signed and no feed has a gap. Feeds that wait for the edits of feeds further on are read once more.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::time::Duration;

use crdt_schema::entry::{Header, SignedEntry, VerifiedEntry};
use crdt_schema::governance::Erasures;
use crdt_schema::id::{EntryId, FeedId};

use crate::bundle::layout::{Damage, Part, Preamble, Reader, Totals};
use crate::bundle::library::Alone;
use crate::bundle::{Announce, BundleError};
use crate::endpoint::Source;
use crate::limits::FRONTIER_FEEDS_MAX;
use crate::message::Message;
use crate::session::{
    Batch, Close, Config, Event, Input, Output, PeerId, Receipt, Refusal, Role, Session,
};
use crate::shelf::Shelf;

/// The network identity of a file. No key has it.
pub(super) const NOBODY: PeerId = PeerId::from_bytes([0; 32]);
/// How long the edits that wait are counted anew before a bundle is read once more.
const COUNT_DEADLINE: Duration = Duration::from_secs(60);

/// What became of a bundle.
#[derive(Debug)]
pub struct Imported {
    /// What it says of itself.
    pub preamble: Preamble,
    /// Entries that it holds, as far as it was read.
    pub entries: u64,
    /// Entries that were not held before.
    pub new: u64,
    /// Entries that were.
    pub known: u64,
    /// Entries that are not taken, by their feed.
    pub left_out: BTreeMap<FeedId, LeftOut>,
    /// Charters that were not held before.
    pub charters: u64,
    /// Contents that it brings and that were erased: they are not stored.
    pub erased: u64,
    /// Why it was not read to its end. What stood before is kept.
    pub broken: Option<BundleError>,
}

/// Entries of one feed that are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub entries: u64,
    /// The code of why: that of `intake::PauseReason`, `signature`, or `gap` for what follows something that is not held.
    pub reason: &'static str,
}

/// One reading of the file.
struct Pass<'s> {
    shelf: &'s Shelf,
    announce: &'s Announce,
    session: Session,
    is_level: bool,
    entries: u64,
    new: u64,
    left_out: BTreeMap<FeedId, LeftOut>,
    erased: u64,
    misses: bool,
}

/// An entry of a batch, before it is stored.
struct Offered {
    id: EntryId,
    feed: FeedId,
    was_held: bool,
    entry: SignedEntry,
}

pub(super) fn take<R: Read + Seek>(
    shelf: &Shelf,
    announce: &Announce,
    mut file: R,
    watch: &mut dyn FnMut(u64, u64),
) -> Result<Imported, BundleError> {
    let length = file.seek(SeekFrom::End(0))?;
    let charters = || shelf.replica().state().charters().iter().count();
    let (charters_before, mut new) = (charters(), 0);
    loop {
        file.seek(SeekFrom::Start(0))?;
        let (mut reader, preamble) = Reader::begin(BufReader::new(&mut file))?;
        if preamble.federation != *shelf.replica().state().federation() {
            return Err(BundleError::OtherFederation);
        }
        let mut pass = Pass::new(shelf, announce, reader.check());
        let mut progress = |at| watch(at, length);
        let broken = pass.run(&mut reader, &mut progress).err();
        new += pass.new;
        let is_to_repeat = pass.misses && pass.new > 0 && broken.is_none();
        if is_to_repeat && shelf.replica().wait_for_views(COUNT_DEADLINE) {
            continue;
        }
        let left_out = pass.left_out.values().map(|left_out| left_out.entries);
        return Ok(Imported {
            preamble,
            entries: pass.entries,
            new,
            known: pass.entries.saturating_sub(new + left_out.sum::<u64>()),
            left_out: pass.left_out,
            charters: (charters() - charters_before) as u64,
            erased: pass.erased,
            broken,
        });
    }
}

impl<'s> Pass<'s> {
    fn new(shelf: &'s Shelf, announce: &'s Announce, check: [u8; 32]) -> Self {
        let config = Config {
            role: Role::Listener,
            peer: NOBODY,
            software: crate::calling::SOFTWARE.to_owned(),
            exporter: check,
            jitter: 0,
        };
        Self {
            shelf,
            announce,
            session: Session::new(config, Duration::ZERO),
            is_level: false,
            entries: 0,
            new: 0,
            left_out: BTreeMap::new(),
            erased: 0,
            misses: false,
        }
    }

    fn run<R: Read>(
        &mut self,
        reader: &mut Reader<R>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), BundleError> {
        self.handle(0, Input::Start)?;
        loop {
            let at = reader.at();
            progress(at);
            match reader.next()? {
                Part::Message(message) => self.read(at, message)?,
                Part::End(totals) => return self.end(at, totals),
            }
        }
    }

    fn read(&mut self, at: u64, message: Message) -> Result<(), BundleError> {
        let is_read = match &message {
            Message::Entries(_) | Message::Governance(_) | Message::Hello(_) => true,
            // Both hold the same heads: there is nothing to compare, and a content may be missing here all the same.
            Message::Frontier(_) | Message::Done(_) => !self.is_level,
            Message::Digest(_) if !self.is_level => true,
            other => {
                let damage = Damage::Place(other.name());
                return Err(BundleError::Damaged { at, damage });
            }
        };
        if is_read {
            self.handle(at, Input::Message(message))?;
        }
        Ok(())
    }

    fn end(&self, at: u64, totals: Totals) -> Result<(), BundleError> {
        if totals.entries == self.entries && self.is_level {
            return Ok(());
        }
        let damage = Damage::Totals {
            said: totals.entries,
            found: self.entries,
        };
        Err(BundleError::Damaged { at, damage })
    }

    fn handle(&mut self, at: u64, input: Input) -> Result<(), BundleError> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let library = Alone {
                library: self.shelf.snapshot()?,
                gives: false,
            };
            for output in self.session.handle(input, Duration::ZERO, &library) {
                match output {
                    // The page of charters that opens a session, and has none here.
                    Output::Send(Message::Governance(objects)) => {
                        let (batch, paused) = (objects.batch, Vec::new());
                        inputs.push_back(Input::Message(Message::Ack { batch, paused }));
                    }
                    Output::Store { batch, content } => {
                        let outcome = self.store(content);
                        inputs.push_back(Input::Stored { batch, outcome });
                    }
                    Output::Report(event) => self.report(&event),
                    Output::Close(close) => return Err(refused(at, close)),
                    // Nobody hears it.
                    Output::Send(_) | Output::Schedule(..) => {}
                }
            }
        }
        Ok(())
    }

    /// A file is no peer that was met: what it says of our own feed is not believed. Entries that our key has signed are: the replica
    /// ends a feed of ours in which it finds some that it did not write.
    fn report(&mut self, event: &Event) {
        self.is_level |= *event == Event::Level;
    }

    fn store(&mut self, content: Batch) -> Result<Receipt, Refusal> {
        let offered = match &content {
            Batch::Entries(entries) => self.offered(entries),
            Batch::Objects { .. } => Vec::new(),
        };
        let receipt = self.shelf.store_now(None, content)?;
        if !receipt.heads.is_empty() || receipt.has_new_objects {
            (self.announce)(receipt.heads.clone(), receipt.has_new_objects);
        }
        self.misses |= receipt.misses;
        for offered in &offered {
            self.count(offered);
        }
        Ok(receipt)
    }

    fn offered(&mut self, entries: &[SignedEntry]) -> Vec<Offered> {
        self.entries += entries.len() as u64;
        let state = self.shelf.replica().state();
        let headers = entries.iter().map(|entry| {
            let header = Header::from_bytes(&entry.header).ok()?;
            let id = header.id();
            Some(Offered {
                id,
                feed: header.feed,
                was_held: state.feeds().holds(&id),
                entry: entry.clone(),
            })
        });
        // A header that cannot be read refuses the batch.
        headers.flatten().collect()
    }

    fn count(&mut self, offered: &Offered) {
        let (is_held, has_erasures) = {
            let state = self.shelf.replica().state();
            let erasures = state.governance().erasures();
            (
                state.feeds().holds(&offered.id),
                *erasures != Erasures::default(),
            )
        };
        if is_held {
            self.new += u64::from(!offered.was_held);
            if has_erasures {
                self.erased += self.erased_of(&offered.entry);
            }
            return;
        }
        // As many as a frontier tells.
        if self.left_out.len() >= FRONTIER_FEEDS_MAX && !self.left_out.contains_key(&offered.feed) {
            return;
        }
        let reason = self.reason(offered);
        let left_out = self
            .left_out
            .entry(offered.feed)
            .or_insert(LeftOut { entries: 0, reason });
        left_out.entries += 1;
    }

    /// Returns how many contents of an entry were erased here.
    fn erased_of(&self, entry: &SignedEntry) -> u64 {
        let Some(entry) = self.verified(entry) else {
            return 0;
        };
        let state = self.shelf.replica().state();
        let (governance, feeds, id) = (state.governance(), state.feeds(), entry.id());
        let items = entry.identified_items();
        let erased = items.filter(|(item, it)| {
            it.content().is_some() && governance.is_erased(feeds, &id, item, &it.frame)
        });
        erased.count() as u64
    }

    fn reason(&self, offered: &Offered) -> &'static str {
        if self.verified(&offered.entry).is_none() {
            return "signature";
        }
        let pauses = self.shelf.intake().pauses();
        let pause = pauses.get(&offered.feed);
        pause.map_or("gap", |pause| pause.reason.code())
    }

    fn verified(&self, entry: &SignedEntry) -> Option<VerifiedEntry> {
        let federation = *self.shelf.replica().state().federation();
        entry.clone().verify(&federation).ok()
    }
}

fn refused(at: u64, close: Close) -> BundleError {
    match close {
        Close::Fault(fault) => BundleError::Fault(fault),
        Close::OtherFederation => BundleError::OtherFederation,
        close => BundleError::Refused { at, close },
    }
}
