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
/// Files that are asked for in one round.
const ASKED_MAX: usize = 20;

struct Keeper {
    app: Arc<App>,
    /// The newest change of a record that was looked at.
    seen: Option<u64>,
    missing: BTreeMap<FileHash, AttachedFile>,
    /// The last one that was asked for: those behind it have their turn.
    turn: Option<FileHash>,
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
        turn: None,
    };
    for round in 1_u32.. {
        tokio::select! {
            () = until.cancelled() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        if round.is_multiple_of(ROUNDS_BETWEEN_WHOLE) {
            keeper.seen = None;
        }
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
        let named = self.app.replica.files_named_after(self.seen)?;
        let attachments = self.app.replica.attachments();
        for file in named.files {
            if self.missing.len() < MISSING_MAX && !attachments.holds(&file.hash) {
                self.missing.insert(file.hash, file);
            }
        }
        self.seen = named.newest.or(self.seen);
        // Somebody may have opened it meanwhile, or taken it away.
        let app = &self.app;
        let mut left = BTreeMap::new();
        for (hash, file) in std::mem::take(&mut self.missing) {
            if !attachments.holds(&hash) && app.replica.names_file(&hash)? {
                left.insert(hash, file);
            }
        }
        self.missing = left;
        Ok(())
    }

    /// Asks for some of them, one after the other.
    async fn ask(&mut self) {
        let all = self.missing.keys().copied();
        let (before, behind): (Vec<_>, Vec<_>) =
            all.partition(|hash| self.turn.is_some_and(|turn| *hash <= turn));
        for hash in behind.into_iter().chain(before).take(ASKED_MAX) {
            let Some(file) = self.missing.get(&hash) else {
                continue;
            };
            self.turn = Some(hash);
            let Ok(bytes) = self.app.file(&hash, file.bytes, &|_| ()).await else {
                continue;
            };
            let replica = Arc::clone(&self.app.replica);
            let kept = tokio::task::spawn_blocking(move || replica.keep_fetched(&bytes)).await;
            match kept {
                Ok(Ok(true)) => {
                    self.missing.remove(&hash);
                    tracing::info!(file = %hash, "a copy of an attached file is kept");
                }
                // The disk is nearly full: it is asked for again once there is room.
                Ok(Ok(false)) => return,
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
}
