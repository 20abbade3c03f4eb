//! The view worker: builds the views of marked records in the background, in the order of their numbers, so that records that came
//! in one entry are built from one decoded entry. `dirty` is its resume point after a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crdt_schema::id::ItemId;
use redb::{ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata};

use crate::fault::Fault;
use crate::indexing::catch_up;
use crate::materialise::{EntryCache, Source, Voids};
use crate::reader::Reader;
use crate::request::{Lasting, Reply, Request};
use crate::search::Index;
use crate::shared::{Next, Shared};
use crate::store::StoreFile;
use crate::store::tables::{self, item_of};
use crate::view_rows::{BuiltView, Packer};

/// Views of one transaction: large enough for the commit to be cheap, small enough to hold the state's lock for milliseconds.
const CHUNK_RECORDS: usize = 256;
/// Chunks after which views must be on disk: what a crash makes to be built again, and what waits in memory for the disk.
const LASTING_CHUNKS: usize = 16;

/// See the module.
pub(crate) struct Worker {
    pub(crate) store: Arc<StoreFile>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) cache: Arc<EntryCache>,
    pub(crate) writer: SyncSender<Request>,
    pub(crate) index: Arc<Index>,
}

impl Worker {
    /// Works until it is stopped.
    pub(crate) fn run(self) {
        while self.shared.wait_for_work() == Next::Build {
            let built = catch_unwind(AssertUnwindSafe(|| self.build_all()));
            let outcome = built.unwrap_or_else(|_| Err(Fault::damaged("building views panicked")));
            if let Err(fault) = outcome {
                self.shared.stop(&fault);
                self.shared.worker_ended();
                return;
            }
        }
    }

    fn build_all(&self) -> Result<(), Fault> {
        loop {
            self.build_marked()?;
            if self.shared.is_stopping() {
                return Ok(());
            }
            // Both look through much: not after each of many arrivals.
            if self.shared.may_index() && !self.resolve_foreign()? {
                break;
            }
        }
        match self.shared.wait_for_room() {
            Next::Build => self.index(),
            Next::Stop => Ok(()),
        }
    }

    fn build_marked(&self) -> Result<(), Fault> {
        let mut packer = Packer::new(&self.shared.dictionaries);
        let (mut after, mut unsettled) = (None, 0);
        let mut before = None;
        while self.shared.wait_for_room() == Next::Build {
            self.shared.let_arrive();
            let (built, last) = self.next_views(after)?;
            let Some(last) = last else {
                settled(before.take())?;
                if unsettled > 0 {
                    self.ask(|reply| Request::Views(Vec::new(), Lasting::Now, reply))?;
                    unsettled = 0;
                }
                // Start again for what was marked behind us; nothing there ends the work.
                match after.take() {
                    Some(_) => continue,
                    None => break,
                }
            };
            after = Some(last);
            unsettled += 1;
            let is_last = built.len() < CHUNK_RECORDS || unsettled >= LASTING_CHUNKS;
            let lasting = if is_last {
                Lasting::Now
            } else {
                Lasting::Later
            };
            if is_last {
                unsettled = 0;
            }
            packer.follow(&self.shared.dictionaries);
            let views = built.into_iter().map(|view| packer.pack(view));
            let views = views.collect::<Result<Vec<_>, Fault>>()?;
            // While the writer writes these, the next ones are built.
            settled(before.take())?;
            before = Some(self.send(|reply| Request::Views(views, lasting, reply))?);
            if is_last {
                settled(before.take())?;
            }
            self.learn()?;
        }
        settled(before)
    }

    /// Builds the views of the first records that are marked after a number. Returns them with the last of these numbers.
    fn next_views(&self, after: Option<u64>) -> Result<(Vec<BuiltView>, Option<u64>), Fault> {
        // The state first, and held: the snapshot must show nothing that the state does not.
        let state = self.shared.state();
        let epoch = self.cache.epoch();
        let database = self.store.database();
        let source = Source::open(&database.begin_read()?, epoch)?;
        let marked = source.marked(after, CHUNK_RECORDS)?;
        let mut voids = Voids::new();
        let mut views = Vec::with_capacity(marked.len());
        for (record, mark) in &marked {
            let mut view = source.build(*record, *mark, &state, &mut voids, &self.cache)?;
            // While the state is held: no commit with newer edits of the record comes in between.
            let waiting = std::mem::take(&mut view.waiting);
            self.shared.waiting.replace(view.id, waiting);
            views.push(view);
        }
        Ok((views, marked.last().map(|(record, _)| *record)))
    }

    /// Learns a dictionary once there are views enough, and again once there are many more.
    fn learn(&self) -> Result<(), Fault> {
        let database = self.store.database();
        let read = database.begin_read()?;
        let views = read.open_table(tables::VIEWS)?.len()?;
        if self.shared.dictionaries.is_due(views)
            && let Some(row) = self.shared.dictionaries.learn(&read)?
        {
            self.ask(|reply| Request::Dictionary(row, reply))?;
        }
        Ok(())
    }

    /// Lets the search index read what changed. A failing index stops no edit: it is derived, and is filled again at the next start.
    fn index(&self) -> Result<(), Fault> {
        let reader = Reader::open(
            self.store.database(),
            Arc::clone(&self.shared),
            Arc::clone(&self.cache),
        )?;
        if self.shared.takes_index() {
            // Here and nowhere else: a catching up under way would take the emptied index for a full one.
            self.index.clear()?;
        }
        match catch_up(&self.index, &reader) {
            Ok(change) => self.ask(|reply| Request::Indexed(change, reply)),
            Err(Fault::Stopped(_)) if self.shared.is_stopping() => Ok(()),
            Err(fault) => {
                tracing::error!(code = fault.code(), "the search is not up to date: {fault}");
                Ok(())
            }
        }
    }

    fn ask(&self, request: impl FnOnce(Reply<()>) -> Request) -> Result<(), Fault> {
        settled(Some(self.send(request)?))
    }

    fn send(&self, request: impl FnOnce(Reply<()>) -> Request) -> Result<Answer, Fault> {
        let (reply, answer) = sync_channel(1);
        self.writer.send(request(reply)).map_err(|_| stopped())?;
        Ok(answer)
    }

    /// Finds which of the ids that records wait for are edits of *another* record: what stands on these is invalid, and waits no
    /// more. One pass over the ids of all edits, made only when something new is waited for or has come. Returns whether anything was found.
    fn resolve_foreign(&self) -> Result<bool, Fault> {
        let database = self.store.database();
        let mut awaited = awaited(&database.begin_read()?)?;
        if !self
            .shared
            .awaited
            .is_due(awaited.keys().copied().collect())
        {
            return Ok(false);
        }
        // Opened after what is waited for was said.
        let read = database.begin_read()?;
        let mut found = BTreeMap::new();
        for row in read.open_table(tables::EDITS)?.iter()? {
            let id = item_of(row?.0.value());
            if let Some(records) = awaited.remove(&id) {
                found.insert(id, records);
            }
        }
        if found.is_empty() {
            return Ok(false);
        }
        self.ask(|reply| Request::Foreign(found, reply))?;
        Ok(true)
    }
}

/// Returns the edits that records wait for, with the records.
fn awaited(read: &ReadTransaction) -> Result<BTreeMap<ItemId, BTreeSet<u64>>, Fault> {
    let mut awaited: BTreeMap<ItemId, BTreeSet<u64>> = BTreeMap::new();
    for row in read.open_table(tables::WAITING)?.iter()? {
        let (record, ids) = row?;
        for id in ids
            .value()
            .chunks_exact(ItemId::BYTES)
            .filter_map(ItemId::from_slice)
        {
            awaited.entry(id).or_default().insert(record.value());
        }
    }
    Ok(awaited)
}

/// What the writer says of a request.
type Answer = Receiver<Result<(), Fault>>;

/// Waits for an answer, if one is due.
fn settled(answer: Option<Answer>) -> Result<(), Fault> {
    answer.map_or(Ok(()), |answer| answer.recv().map_err(|_| stopped())?)
}

fn stopped() -> Fault {
    Fault::Stopped("the writer has ended".to_owned())
}
