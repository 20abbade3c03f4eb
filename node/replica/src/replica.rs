//! A node's whole copy of the census: opened, written through one queue, read through snapshots.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLockReadGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use crdt_schema::draft::Draft;
use crdt_schema::entry::{Certificate, Frame, Kind, ProvenRotation, RecordBirth, VerifiedEntry};
use crdt_schema::governance::{Approval, Charter};
use crdt_schema::id::{EntryId, FederationId, FeedId, ItemId, PartnerId, RecordId};
use crdt_schema::view::RecordView;
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata};

use crate::apply::Numbers;
use crate::author::{Author, NewItem, group};
use crate::fault::Fault;
use crate::indexing::LINKS;
use crate::materialise::EntryCache;
use crate::opening::{self, Before};
use crate::published::Sidecar;
use crate::reader::{InHand, Reader};
use crate::request::{Ingested, Request};
use crate::room::Guard;
use crate::search::{self, Index};
use crate::shared::{Listener, Shared};
use crate::signing::{self, Signing};
use crate::state::State;
use crate::store::{self, Identity, PayloadPacker, StoreFile, tables};
use crate::view_rows::Dictionaries;
use crate::waiting::Waiting;
use crate::worker::Worker;
use crate::writer::{QUEUE_REQUESTS_MAX, Writer};

/// An open replica. Dropping it stops its threads after what they were asked is on disk.
pub struct Replica {
    folder: PathBuf,
    store: Arc<StoreFile>,
    pub(crate) shared: Arc<Shared>,
    cache: Arc<EntryCache>,
    pub(crate) index: Arc<Index>,
    writer: Option<SyncSender<Request>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What a person wants a record to hold.
#[derive(Debug, Clone)]
pub struct Saving {
    /// The record.
    pub record: RecordId,
    /// For a new record: what its id is the hash of.
    pub birth: Option<RecordBirth>,
    /// The heads that the person saw; none for a new record.
    pub base: Vec<ItemId>,
    /// What the fields should hold.
    pub draft: Draft,
}

impl Saving {
    /// What a record is to hold, written on all that it holds now.
    pub fn over(view: &RecordView, draft: Draft) -> Self {
        Self {
            record: view.record,
            birth: None,
            base: view.heads.clone(),
            draft,
        }
    }

    /// A new record. Its id is drawn with the nonce.
    pub fn creation(
        federation: &FederationId,
        kind: &str,
        territory: &str,
        nonce: [u8; 16],
        draft: Draft,
    ) -> Self {
        let birth = RecordBirth {
            kind: kind.to_owned(),
            territory: territory.to_owned(),
            nonce,
        };
        Self {
            record: RecordId::of(federation, kind, territory, &nonce),
            birth: Some(birth),
            base: Vec::new(),
            draft,
        }
    }
}

/// Why something was not contributed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ContributeError {
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A peer names later entries of our feed: nothing is signed while it is asked for them.
    #[error(
        "another node says that it holds later entries of this node's feed, and is asked for them: nothing is signed meanwhile, and nothing was saved; try again in a minute"
    )]
    Held,
    /// Acts wait until another node has said what it holds of our feed.
    #[error(
        "no act is signed before this node has compared its feed with another node since it started: wait until one is reached, or start it with --alone if you know that no older copy was put in its place"
    )]
    NotCompared,
    /// An item is larger than an entry can carry.
    #[error("what stands at position {0} takes more than 64 KiB: shorten its longest text")]
    TooLarge(usize),
    /// The node holds no instance key, or its feed has ended.
    #[error("this node has no instance key that may sign: give it a new one with `maillage renew`")]
    ReadOnly,
}

impl ContributeError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            ContributeError::Fault(fault) => fault.code(),
            ContributeError::Held => "signing_held",
            ContributeError::NotCompared => "not_compared",
            ContributeError::TooLarge(_) => "item_too_large",
            ContributeError::ReadOnly => "read_only",
        }
    }
}

impl Replica {
    /// Makes the store of a node that trusts the last of these charters. The others are those before it.
    pub fn create(
        folder: &Path,
        charters: &[Charter],
        approvals: &[Approval],
    ) -> Result<(), Fault> {
        let Some(newest) = charters.last() else {
            return Err(Fault::damaged("no charter to start from"));
        };
        let identity = Identity {
            federation: newest.federation(),
            pin: newest.id(),
        };
        store::create(folder, &identity, charters, approvals)
    }

    /// Opens the store of a folder. Without an author, nothing can be contributed.
    pub fn open(folder: &Path, author: Option<Author>) -> Result<Self, Fault> {
        let before = opening::before(folder);
        opening::begin(folder, before)?;
        let opened = store::open(folder, before != Before::Well)
            .and_then(|(database, identity)| Self::start(folder, database, &identity, author));
        opening::end(folder, before, opened.as_ref().err())?;
        opened
    }

    fn start(
        folder: &Path,
        database: Database,
        identity: &Identity,
        author: Option<Author>,
    ) -> Result<Self, Fault> {
        store::begin_anew(folder)?;
        let state = State::load(&database, identity)?;
        let sidecar = Sidecar::in_folder(folder);
        let (author, signing) = signing::judge(author, &sidecar, &state)?;
        let cache = Arc::new(EntryCache::default());
        let waiting = Waiting::load(&database, &state, &cache)?;
        let shared = Shared::new(
            state.clone(),
            signing,
            author.clone(),
            waiting,
            Dictionaries::load(&database)?,
            Guard::new(folder),
        );
        let shared = Arc::new(shared);
        let index = Arc::new(Index::open(&folder.join("search"))?);
        let (sender, receiver) = sync_channel(QUEUE_REQUESTS_MAX);
        let mut numbers = numbers(&database, &state)?;
        if let Some(read) = index.progress().filter(|read| *read >= numbers.next_change) {
            // An older copy of the store, or one that was begun again: whoever remembers a change must not take a new one for it.
            store::go_on_from(&database, read + 1)?;
            numbers.next_change = read + 1;
            index.clear()?;
        }
        let store = Arc::new(StoreFile::new(folder, database));
        let writer = Writer {
            numbers,
            store: Arc::clone(&store),
            cache: Arc::clone(&cache),
            state,
            packer: PayloadPacker::new()?,
            author,
            sidecar,
            shared: Arc::clone(&shared),
        };
        let worker = Worker {
            store: Arc::clone(&store),
            shared: Arc::clone(&shared),
            cache: Arc::clone(&cache),
            writer: sender.clone(),
            index: Arc::clone(&index),
        };
        let threads = Mutex::new(vec![
            spawn("replica-writer", move || run_writer(writer, &receiver))?,
            spawn("replica-views", move || worker.run())?,
        ]);
        shared.wake_worker();
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            store,
            shared,
            cache,
            index,
            writer: Some(sender),
            threads,
        })
    }

    /// Takes entries whose signatures hold. They are on disk when this returns. Stops at the first entry whose predecessor is not
    /// held: nothing inside a feed is ever skipped.
    pub fn ingest(&self, entries: Vec<VerifiedEntry>) -> Result<Ingested, Fault> {
        self.ask(|reply| Request::Ingest(entries, reply))
    }

    /// Signs and keeps what this node contributes, in as many entries as it takes. It is on disk when this returns. Waits some seconds
    /// while signing is held.
    pub fn contribute(&self, items: Vec<NewItem>) -> Result<Vec<EntryId>, ContributeError> {
        self.shared.pen.wait_while_held();
        self.sign(Kind::Contribution, items)
    }

    /// Signs what differs between a draft and the record as it read at the heads that the person saw. Returns `None` when nothing
    /// differs. What others wrote since stays beside it, as a concurrent edit.
    pub fn save(&self, saving: Saving) -> Result<Option<EntryId>, ContributeError> {
        let Saving {
            record,
            birth,
            base,
            draft,
        } = saving;
        let fields = match self.read()?.record_at(&record, &base)? {
            Some(view) => view.merged.fields,
            None => Default::default(),
        };
        let operations = draft.operations(&fields);
        if operations.is_empty() {
            return Ok(None);
        }
        let creation = birth.filter(|_| base.is_empty());
        let edit = NewItem::of_edit(record, base, creation, operations);
        let signed = self.contribute(vec![edit])?;
        Ok(signed.first().copied())
    }

    /// Signs and keeps acts. Whether they count is decided by the charter, not here.
    pub fn decide(&self, acts: Vec<NewItem>) -> Result<Vec<EntryId>, ContributeError> {
        if self.shared.pen.holds_acts() {
            return Err(ContributeError::NotCompared);
        }
        self.sign(Kind::Governance, acts)
    }

    /// Signs and keeps a rotation of our partner's root, in an entry like those of decisions: it must not fork a coordinator's feed.
    pub fn rotate(&self, rotation: &ProvenRotation) -> Result<Vec<EntryId>, ContributeError> {
        self.decide(vec![NewItem::of_rotation(rotation)])
    }

    /// Starts the feed of this instance with its certificate, and with the way to the root that signed it. Nothing happens when the
    /// feed has started.
    pub fn certify(
        &self,
        certificate: Certificate,
        way: &[ProvenRotation],
    ) -> Result<(), ContributeError> {
        if self
            .state()
            .certificates()
            .contains_key(&self.feed().ok_or(ContributeError::ReadOnly)?)
        {
            return Ok(());
        }
        let content = concat!("maillage ", env!("CARGO_PKG_VERSION"))
            .as_bytes()
            .to_vec();
        let frame = Frame::Certificate(Box::new(certificate));
        let way = way.iter().map(NewItem::of_rotation);
        let items = std::iter::once(NewItem { frame, content }).chain(way);
        self.sign(Kind::Certificate, items.collect()).map(|_| ())
    }

    /// Returns the feed that this node signs.
    pub fn feed(&self) -> Option<FeedId> {
        match self.signing() {
            Signing::Feed(feed) => Some(feed),
            Signing::Ended(_) | Signing::Keyless => None,
        }
    }

    /// Returns with which key this node signs, and why with none.
    pub fn signing(&self) -> Signing {
        self.shared.pen.signing()
    }

    /// Signs no more with the key of this node: a peer holds entries of its feed that it did not write. On disk when this returns.
    pub fn end_feed(&self) -> Result<(), Fault> {
        self.ask(Request::End)
    }

    /// Signs with another key from now on, and starts its feed with the certificate.
    pub fn renew(
        &self,
        author: Author,
        certificate: Certificate,
        way: &[ProvenRotation],
    ) -> Result<(), ContributeError> {
        self.shared.room.check()?;
        self.shared.pen.give(author.clone());
        self.ask(|reply| Request::Renew(author, reply))?;
        self.certify(certificate, way)
    }

    /// Holds acts back, or no more. A node that may have been rolled back without knowing must first hear from another node.
    pub fn hold_acts(&self, holds: bool) {
        self.shared.pen.hold_acts(holds);
    }

    /// Returns whether acts are held back.
    pub fn holds_acts(&self) -> bool {
        self.shared.pen.holds_acts()
    }

    /// Returns the key that signs, with the clock and the chance that it signs with.
    pub(crate) fn author(&self) -> Option<Author> {
        self.shared.pen.author()
    }

    /// Returns the partner for which this node signs.
    pub fn partner(&self) -> Option<PartnerId> {
        let feed = self.feed()?;
        self.state()
            .certificates()
            .get(&feed)
            .map(|certificate| certificate.partner)
    }

    pub(crate) fn sign(
        &self,
        kind: Kind,
        items: Vec<NewItem>,
    ) -> Result<Vec<EntryId>, ContributeError> {
        let entries = group(items).map_err(ContributeError::TooLarge)?;
        let is_empty = entries.is_empty();
        match self.ask(|reply| Request::Contribute(kind, entries, reply))? {
            None => Err(ContributeError::Held),
            Some(signed) if signed.is_empty() && !is_empty => Err(ContributeError::ReadOnly),
            Some(signed) => Ok(signed),
        }
    }

    /// Keeps charters and approvals. Whether they are adopted is decided by evaluation.
    pub fn add_charters(
        &self,
        charters: Vec<Charter>,
        approvals: Vec<Approval>,
    ) -> Result<(), Fault> {
        self.ask(|reply| Request::Charters(charters, approvals, reply))
    }

    /// Opens a snapshot to read from.
    pub fn read(&self) -> Result<Reader, Fault> {
        Reader::open(
            self.store.database(),
            Arc::clone(&self.shared),
            Arc::clone(&self.cache),
        )
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// Returns the records that name this one in a field, or one that it replaced, 200 at most, and how many they are. Withdrawn ones
    /// are among them.
    pub fn linked_from(&self, record: &RecordId) -> Result<(Vec<RecordId>, u64), Fault> {
        let mut query = search::Query {
            size: search::PAGE_MAX,
            withdrawn: search::Withdrawn::Included,
            ..search::Query::default()
        };
        query
            .facets
            .insert(LINKS.to_owned(), [record.to_string()].into());
        match self.search(&query) {
            Ok(answer) => {
                let records = answer.hits.into_iter().map(|hit| hit.record);
                Ok((records.collect(), answer.total))
            }
            Err(search::Error::Fault(fault)) => Err(fault.into()),
            Err(search::Error::Refused(refused)) => Err(Fault::Search(refused.to_string())),
        }
    }

    /// Returns what verdicts depend on, as it is on disk. Held only for a short time: the writer waits for it.
    pub fn state(&self) -> RwLockReadGuard<'_, State> {
        self.shared.state()
    }

    /// Returns the fault that ended all writing, if one did.
    pub fn fault(&self) -> Option<Fault> {
        self.shared.fault()
    }

    /// Asks to be told after each commit that brings entries or charters. The listener must not wait.
    pub fn listen(&self, listener: Listener) {
        self.shared.listen(listener);
    }

    /// Waits until every view is built, or the deadline has passed. Returns whether they are.
    pub fn wait_for_views(&self, deadline: Duration) -> bool {
        self.shared.wait_until_idle(deadline)
    }

    /// Returns how far this node is with what it holds.
    pub fn in_hand(&self) -> Result<InHand, Fault> {
        // First what is asked for last: what arrives in between is not told as done.
        let is_searchable = self.shared.wait_until_idle(Duration::ZERO);
        let unbuilt = self.read()?.count_unbuilt()?;
        Ok(InHand {
            entries: self.state().feeds().len() as u64,
            unbuilt,
            is_searchable: is_searchable && unbuilt == 0,
        })
    }

    /// Fills the search index anew, in the background. What is searched meanwhile may be incomplete.
    pub fn reindex(&self) {
        self.shared.ask_for_index();
    }

    /// Returns the store. It is held as long as a snapshot of it is read.
    pub(crate) fn database(&self) -> Arc<Database> {
        self.store.database()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Notes that the process ends in good order, although other threads may still hold the replica: the next start checks nothing.
    pub fn leave(&self) {
        if self.shared.fault().is_none() {
            opening::left(&self.folder);
        }
    }

    /// Returns the folder of the node.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn ask<T>(
        &self,
        request: impl FnOnce(crate::request::Reply<T>) -> Request,
    ) -> Result<T, Fault> {
        let stopped = || Fault::Stopped("the writer has ended".to_owned());
        let (reply, answer) = sync_channel(1);
        let writer = self.writer.as_ref().ok_or_else(stopped)?;
        writer.send(request(reply)).map_err(|_| stopped())?;
        answer.recv().map_err(|_| stopped())?
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.shared.stop_worker();
        self.leave();
        self.writer = None;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        // The worker holds a sender to the writer, so it is waited for first.
        while let Some(thread) = threads.pop() {
            if thread.join().is_err() {
                tracing::error!("a thread of the replica panicked");
            }
        }
    }
}

fn run_writer(writer: Writer, requests: &Receiver<Request>) {
    writer.run(requests);
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Fault> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|error| Fault::file(name, &error))
}

fn numbers(database: &Database, state: &State) -> Result<Numbers, Fault> {
    let read = database.begin_read()?;
    let dirty = read.open_table(tables::DIRTY)?;
    let mut next_mark = 1;
    for row in dirty.iter()? {
        next_mark = next_mark.max(row?.1.value() + 1);
    }
    let changes = read.open_table(tables::CHANGES)?;
    let next_change = changes.last()?.map_or(1, |(change, _)| change.value() + 1);
    let next_change = next_change.max(store::goes_on_from(&read)?);
    Ok(Numbers {
        federation: *state.federation(),
        feeds: state.feed_numbers.clone(),
        next_record: read.open_table(tables::RECORD_IDS)?.len()?,
        next_mark,
        next_change,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{channel, sync_channel};

    use crdt_schema::entry::Kind;
    use crdt_schema::governance::{Approval, Charter};

    use super::*;
    use crate::erasure::tests::federation::{DEADLINE, Node, charter, creation, key};

    fn next_charter() -> Charter {
        let before = charter();
        Charter {
            federation: Some(before.federation()),
            version: 1,
            parent: Some(before.id()),
            ..before
        }
    }

    #[test]
    fn a_commit_that_two_callers_share_is_told_with_all_that_it_brings() {
        let node = Node::new(1);
        let own = node.replica.feed().expect("it signs");
        let (tell, told) = channel();
        let (release, released) = channel::<()>();
        let gate = Mutex::new(released);
        node.replica.listen(Box::new(move |news| {
            tell.send(news.clone()).expect("the test listens");
            // The writer tells, so nothing is written until the test has put two requests in the queue.
            let gate = gate.lock().expect("one writer");
            // A test that has failed releases nothing.
            let _ = gate.recv();
        }));
        let writer = node.replica.writer.as_ref().expect("it runs");
        let item = || {
            let (frame, content) = creation(1, "Un");
            NewItem { frame, content }
        };
        let contribute = || {
            let (reply, answer) = sync_channel(1);
            let request = Request::Contribute(Kind::Contribution, vec![vec![item()]], reply);
            writer.send(request).expect("it runs");
            answer
        };
        let first = contribute();
        let alone = told.recv_timeout(DEADLINE).expect("the first commit");
        assert_eq!((alone.feeds, alone.has_new_charters), ([own].into(), false));
        let (next, second) = (next_charter(), contribute());
        let approval = Approval::sign(&key(9), charter().federation(), charter().id(), next.id());
        let (reply, third) = sync_channel(1);
        let request = Request::Charters(vec![next], vec![approval], reply);
        writer.send(request).expect("it runs");
        release.send(()).expect("the writer waits");
        let shared = told.recv_timeout(DEADLINE).expect("the second commit");
        assert_eq!(
            (shared.feeds, shared.has_new_charters),
            ([own].into(), true)
        );
        release.send(()).expect("the writer waits");
        first.recv().expect("answered").expect("written");
        second.recv().expect("answered").expect("written");
        third.recv().expect("answered").expect("written");
    }
}
