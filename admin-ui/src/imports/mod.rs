//! Imports that people have begun on the pages: each is tried, looked at, and written, by one thread for the whole node.
//!
//! They live in memory and in files without a name: nothing is left of them after the node has stopped. What was signed stays signed,
//! and the same file a second time goes on where it ended.

mod job;
mod kept;
mod sheet;
mod undoing;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crdt_schema::time::Timestamp;
use replica::Replica;
use replica::local::{AccountName, Local};

pub(crate) use job::{Choices, ContactChoice, Failure, Job, ListChoice, Phase, Upload, Work};
pub(crate) use kept::Kept;
pub(crate) use sheet::Sheet;
pub(crate) use undoing::Stage;
use undoing::Undoing;

/// Imports that are kept at a time: each holds a file, without a name on the disk, and its report.
const JOBS_MAX: usize = 8;
/// How long an import may lie: long enough for a lunch, short enough that files do not pile up.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// How long what taking an import back would do is true enough to be decided on: partners write meanwhile.
const LOOK: Duration = Duration::from_secs(10 * 60);

/// How long a failure is shown before a page that is opened again looks anew.
const RETRY: Duration = Duration::from_secs(30);

/// All imports of this node's pages.
pub(crate) struct Imports {
    jobs: Mutex<BTreeMap<String, Arc<Job>>>,
    undoings: Mutex<BTreeMap<u64, Arc<Undoing>>>,
    queue: Option<SyncSender<Task>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread of imports does next.
enum Task {
    Import(Arc<Job>),
    Undo(Arc<Undoing>),
}

impl Imports {
    /// Starts the thread that imports. Without it every import says that it failed, and the log says why.
    pub(crate) fn start(replica: Arc<Replica>, local: Arc<Local>, draw: fn(&mut [u8])) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (queue, asked) = sync_channel(JOBS_MAX);
        let told = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("imports".to_owned())
            .spawn(move || run(&asked, (&replica, &local), draw, &told));
        let thread = thread
            .inspect_err(|error| tracing::error!(%error, "the thread of imports does not start"));
        Self {
            jobs: Mutex::default(),
            undoings: Mutex::default(),
            queue: Some(queue),
            stop,
            thread: thread.ok(),
        }
    }

    /// Keeps a new import. `false` when there are too many that somebody still needs.
    pub(crate) fn keep(&self, job: Arc<Job>, now: Timestamp) -> bool {
        let mut jobs = self.jobs(now);
        if jobs.len() >= JOBS_MAX {
            let idle = jobs.values().filter(|job| !job.phase().is_busy());
            let oldest = idle
                .min_by_key(|job| job.touched())
                .map(|job| job.id.clone());
            let Some(oldest) = oldest else {
                return false;
            };
            jobs.remove(&oldest);
        }
        jobs.insert(job.id.clone(), job);
        true
    }

    /// Returns an import to the person who began it, and to nobody else.
    pub(crate) fn find(&self, id: &str, owner: &AccountName, now: Timestamp) -> Option<Arc<Job>> {
        let jobs = self.jobs(now);
        let job = jobs.get(id).filter(|job| job.owner == *owner)?;
        job.touch(now);
        Some(Arc::clone(job))
    }

    /// Returns the imports of a person, the newest first.
    pub(crate) fn of(&self, owner: &AccountName, now: Timestamp) -> Vec<Arc<Job>> {
        let jobs = self.jobs(now);
        let own = jobs.values().filter(|job| job.owner == *owner);
        let mut own: Vec<_> = own.map(Arc::clone).collect();
        own.sort_by_key(|job| std::cmp::Reverse(job.touched()));
        own
    }

    /// Forgets an import; what it is doing ends at its next row.
    pub(crate) fn forget(&self, job: &Job, now: Timestamp) {
        job.give_up();
        self.jobs(now).remove(&job.id);
    }

    /// Puts work in the queue. A job that is busy already is left alone.
    pub(crate) fn ask(&self, job: &Arc<Job>, work: Work) {
        if !job.wait_for(work) {
            return;
        }
        if !self.send(Task::Import(Arc::clone(job))) {
            job.fail(Failure::Interrupted);
        }
    }

    /// Returns what taking an import back would do, or did: it is asked for by the first who looks. What was seen long ago, or failed a
    /// while ago, is looked at anew.
    pub(crate) fn look_at(&self, number: u64, now: Timestamp) -> Arc<Undoing> {
        let mut undoings = self.undoings();
        let is_stale = |undoing: &Undoing| match undoing.stage() {
            Stage::Looked(_) => is_older(undoing.touched(), now, LOOK),
            Stage::Failed(_) => is_older(undoing.touched(), now, RETRY),
            Stage::Done(_) | Stage::Running { .. } | Stage::Waiting { .. } => false,
        };
        if let Some(undoing) = undoings.get(&number).filter(|undoing| !is_stale(undoing)) {
            return Arc::clone(undoing);
        }
        undoings.retain(|_, undoing| {
            undoing.stage().is_busy() || !is_older(undoing.touched(), now, IDLE)
        });
        let undoing = Arc::new(Undoing::new(number, now));
        undoings.insert(number, Arc::clone(&undoing));
        if !self.send(Task::Undo(Arc::clone(&undoing))) {
            undoing.fail(Failure::Interrupted);
        }
        undoing
    }

    /// Returns what somebody has looked at.
    pub(crate) fn undoing(&self, number: u64) -> Option<Arc<Undoing>> {
        self.undoings().get(&number).map(Arc::clone)
    }

    /// Takes an import back that was looked at. Nothing happens to one that nobody has looked at.
    pub(crate) fn undo(&self, number: u64, now: Timestamp) {
        if let Some(undoing) = self.undoing(number)
            && undoing.wait(now)
            && !self.send(Task::Undo(Arc::clone(&undoing)))
        {
            undoing.fail(Failure::Interrupted);
        }
    }

    fn send(&self, task: Task) -> bool {
        let sent = self.queue.as_ref().map(|queue| queue.try_send(task));
        matches!(sent, Some(Ok(())))
    }

    fn undoings(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Undoing>>> {
        self.undoings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn jobs(&self, now: Timestamp) -> MutexGuard<'_, BTreeMap<String, Arc<Job>>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|_, job| job.phase().is_busy() || !is_older(job.touched(), now, IDLE));
        jobs
    }
}

impl Drop for Imports {
    /// Ends what runs at its next row, and waits for it.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of imports panicked");
        }
    }
}

/// One import after the other. One that panics is said to have failed, and the next one has its turn.
fn run(asked: &Receiver<Task>, held: (&Replica, &Local), draw: fn(&mut [u8]), stop: &AtomicBool) {
    let (replica, local) = held;
    while let Ok(task) = asked.recv() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let done = catch_unwind(AssertUnwindSafe(|| match &task {
            Task::Import(job) => job.work(held, draw, stop),
            Task::Undo(undoing) => undoing.work(replica, local, stop),
        }));
        match (done, &task) {
            (Ok(()), _) => {}
            (Err(_), Task::Import(job)) => job.fail(Failure::Interrupted),
            (Err(_), Task::Undo(undoing)) => undoing.fail(Failure::Interrupted),
        }
    }
}

fn is_older(touched: Timestamp, now: Timestamp, than: Duration) -> bool {
    let age = now.as_millis().saturating_sub(touched.as_millis());
    u64::try_from(age).is_ok_and(|age| u128::from(age) > than.as_millis())
}
