//! The view worker: builds the views of marked records in the background, in the order of their numbers, so that records that came
//! in one entry are built from one decoded entry. `dirty` is its resume point after a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use crdt_schema::id::ItemId;
use redb::{ReadableDatabase, ReadableTable};

use crate::fault::Fault;
use crate::indexing::catch_up;
use crate::materialise::{EntryCache, Source};
use crate::reader::Reader;
use crate::search::Index;
use crate::shared::{Next, Shared};
use crate::store::StoreFile;
use crate::store::tables::{self, item_of};
use crate::writer::{Reply, Request};

/// Views of one transaction: large enough for the commit to be cheap, small enough to hold the state's lock for milliseconds.
const CHUNK_RECORDS: usize = 256;

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
            if !self.resolve_foreign()? {
                break;
            }
        }
        match self.shared.wait_for_room() {
            Next::Build => self.index(),
            Next::Stop => Ok(()),
        }
    }

    fn build_marked(&self) -> Result<(), Fault> {
        let mut after = None;
        while self.shared.wait_for_room() == Next::Build {
            // The state first, and held: the snapshot must show nothing that the state does not.
            let state = self.shared.state();
            let epoch = self.cache.epoch();
            let database = self.store.database();
            let source = Source::open(&database.begin_read()?, epoch)?;
            let marked = source.marked(after, CHUNK_RECORDS)?;
            let Some((last, _)) = marked.last() else {
                // Start again for what was marked behind us; nothing there ends the work.
                match after.take() {
                    Some(_) => continue,
                    None => break,
                }
            };
            after = Some(*last);
            let build =
                |(record, mark): &(u64, u64)| source.build(*record, *mark, &state, &self.cache);
            let mut views = marked
                .iter()
                .map(build)
                .collect::<Result<Vec<_>, Fault>>()?;
            for view in &mut views {
                // While the state is held: no commit with newer edits of the record comes in between.
                let waiting = std::mem::take(&mut view.waiting);
                self.shared.waiting.replace(view.id, waiting);
            }
            drop(source);
            drop(state);
            self.ask(|reply| Request::Views(views, reply))?;
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
            Err(fault) => {
                tracing::error!(code = fault.code(), "the search is not up to date: {fault}");
                Ok(())
            }
        }
    }

    fn ask(&self, request: impl FnOnce(Reply<()>) -> Request) -> Result<(), Fault> {
        let stopped = || Fault::Stopped("the writer has ended".to_owned());
        let (reply, answer) = sync_channel(1);
        self.writer.send(request(reply)).map_err(|_| stopped())?;
        answer.recv().map_err(|_| stopped())?
    }

    /// Finds which of the ids that records wait for are edits of *another* record: what stands on these is invalid, and waits no
    /// more. One pass over the ids of all edits, made only when something waits. Returns whether anything was found.
    fn resolve_foreign(&self) -> Result<bool, Fault> {
        let database = self.store.database();
        let read = database.begin_read()?;
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
        if awaited.is_empty() {
            return Ok(false);
        }
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
