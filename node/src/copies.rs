//! Copies of attached files: a node that is set to keep all of them asks for each as soon as it hears of it, so that partners whose own
//! nodes sleep at night can open them. The node that founds a federation does, unless it is told otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use admin_ui::Files;
use crdt_schema::id::FileHash;
use crdt_schema::record::AttachedFile;
use replica::Fault;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::Documents;

/// Between two looks: each asks the index for what changed.
const ROUND: Duration = Duration::from_secs(5);
/// Looks after which all records are looked through again: what was missed, or lost by the disk, is found.
const ROUNDS_BETWEEN_WHOLE: u32 = 17_280;
/// Files that are waited for. More are found in the next look through all records.
const MISSING_MAX: usize = 10_000;
/// Rounds after which a file is asked for again at the latest: an hour.
const ROUNDS_PUT_OFF_MAX: u32 = 720;
/// How long a look waits for views that are being built.
const VIEWS_DEADLINE: Duration = Duration::from_secs(30);
/// Files that are asked for in one round.
const ASKED_MAX: usize = 20;

struct Keeper {
    app: Arc<App>,
    /// The newest change of a record that was looked at.
    seen: Option<u64>,
    /// What is missing, by hash and size: one record may name a file by a size that it has not.
    missing: BTreeMap<(FileHash, u64), Missing>,
    round: u32,
}

/// A file that is not held here.
struct Missing {
    /// How often it was asked for in vain.
    tries: u32,
    /// The round from which on it is asked for again.
    due: u32,
}

/// Looks again and again until it is stopped.
pub(crate) async fn keep(app: Arc<App>, until: CancellationToken) {
    if app.config.sync.documents != Documents::All {
        return;
    }
    let mut keeper = Keeper {
        app,
        seen: None,
        missing: BTreeMap::new(),
        round: 0,
    };
    for round in 1_u32.. {
        tokio::select! {
            () = until.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        if round.is_multiple_of(ROUNDS_BETWEEN_WHOLE) {
            keeper.seen = None;
        }
        keeper.round = round;
        let looked = tokio::task::spawn_blocking(move || {
            let looked = keeper.look();
            (keeper, looked)
        });
        let looked = match looked.await {
            Ok((back, looked)) => {
                keeper = back;
                looked
            }
            Err(error) => {
                tracing::error!(%error, "no copies of attached files are kept any more: start the node again");
                return;
            }
        };
        if let Err(fault) = looked {
            tracing::error!(
                code = fault.code(),
                "attached files cannot be looked for: {fault}"
            );
            continue;
        }
        tokio::select! {
            () = until.cancelled() => return,
            () = keeper.ask() => {}
        }
    }
}

impl Keeper {
    /// Finds what records name and this node does not hold.
    fn look(&mut self) -> Result<(), Fault> {
        let replica = &self.app.replica;
        // A part of the index says nothing of the rest.
        if !replica.wait_for_views(VIEWS_DEADLINE) {
            return Ok(());
        }
        let named = replica.files_named_after(self.seen)?;
        let attachments = replica.attachments();
        for AttachedFile { hash, bytes, .. } in named.files {
            if self.missing.len() < MISSING_MAX && !attachments.holds(&hash) {
                let new = Missing {
                    tries: 0,
                    due: self.round,
                };
                self.missing.entry((hash, bytes)).or_insert(new);
            }
        }
        self.seen = named.newest.or(self.seen);
        // Somebody may have opened it meanwhile, or taken it away.
        let mut left = BTreeMap::new();
        for ((hash, bytes), missing) in std::mem::take(&mut self.missing) {
            if !attachments.holds(&hash) && replica.names_file(&hash)? {
                left.insert((hash, bytes), missing);
            }
        }
        self.missing = left;
        Ok(())
    }

    /// Asks for some of them, those that wait longest first.
    async fn ask(&mut self) {
        let due = self.missing.iter();
        let due = due.filter(|(_, missing)| missing.due <= self.round);
        let mut due: Vec<_> = due.map(|(file, missing)| (missing.due, *file)).collect();
        due.sort_unstable();
        for (_, (hash, bytes)) in due.into_iter().take(ASKED_MAX) {
            let came = self.app.file(&hash, bytes, &|_| ()).await;
            let Ok(bytes_of_file) = came else {
                self.put_off(hash, bytes);
                continue;
            };
            let replica = Arc::clone(&self.app.replica);
            let kept =
                tokio::task::spawn_blocking(move || replica.keep_fetched(&bytes_of_file)).await;
            match kept {
                Ok(Ok(true)) => {
                    self.missing.remove(&(hash, bytes));
                    tracing::info!(file = %hash, "a copy of an attached file is kept");
                }
                // The disk is nearly full, or it was erased meanwhile.
                Ok(Ok(false)) => self.put_off(hash, bytes),
                Ok(Err(fault)) => {
                    tracing::error!(
                        code = fault.code(),
                        "a file that came cannot be kept: {fault}"
                    );
                    return;
                }
                Err(_) => return,
            }
        }
    }

    /// Waits longer each time, an hour at most.
    fn put_off(&mut self, hash: FileHash, bytes: u64) {
        if let Some(missing) = self.missing.get_mut(&(hash, bytes)) {
            missing.tries = missing.tries.saturating_add(1);
            missing.due = self.round + (1 << missing.tries.min(9)).min(ROUNDS_PUT_OFF_MAX);
        }
    }
}
