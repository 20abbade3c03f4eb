//! What a running node does by itself so that what was erased is gone, and so that the other nodes know: values of our own
//! organisation, and what imports remember, follow the erasures, files are written anew within the hour, checkpoints say what is done. What the checkpoints of the
//! others name and is not held here is asked for.

use std::sync::Arc;
use std::time::Duration;

use crdt_schema::checkpoint::UnknownHead;
use crdt_schema::governance::Erasures;
use crdt_schema::id::CharterId;
use replica::{ContributeError, Fault, Leaving, Rewriting};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::{clock, limits};

/// Between two looks: each reads some rows.
const ROUND: Duration = Duration::from_secs(10);
/// Between two looks while files are to be written anew or the others are to be told: it waits for a reader or for a first peer.
const ROUND_WHEN_OWED: Duration = Duration::from_secs(2);
/// Looks before the first checkpoint after a start: a node that has just started hears from others first, and can say more then.
const ROUNDS_BEFORE_CHECKPOINT: u32 = 6;
/// Looks between two questions for the same heads: a peer may have got them meanwhile.
const ROUNDS_BETWEEN_QUESTIONS: u32 = 30;
/// How often a rewriting that a person waits for is tried while a search still reads old files, and the pause in between.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(250);

/// Looks again and again until it is stopped. A look that has begun is ended first: half a rewriting changes nothing, and costs as much.
pub(crate) async fn keep(app: Arc<App>, until: CancellationToken) {
    let mut keeper = Keeper {
        app,
        rounds: 0,
        is_rewriting_due: false,
        is_receipt_owed: false,
        followed: None,
        missing: Vec::new(),
        turn: 0,
        compared: None,
    };
    loop {
        let round = tokio::task::spawn_blocking(move || {
            keeper.round();
            keeper
        });
        keeper = match round.await {
            Ok(keeper) => keeper,
            Err(error) => {
                tracing::error!(%error, "erasures are not followed any more: start the node again");
                return;
            }
        };
        tokio::select! {
            () = until.cancelled() => return,
            () = tokio::time::sleep(keeper.pause()) => {}
        }
    }
}

/// Writes the files of this node anew now, whatever the hour, and tells the others.
pub(crate) fn finish(app: &App) -> Result<Rewriting, ContributeError> {
    if !follow(app, &erasures(app), Leaving::Now)? {
        return Ok(Rewriting::Later);
    }
    leave_set_aside(app)?;
    let mut became = app.replica.rewrite_now()?;
    for _ in 1..TRIES {
        if became != Rewriting::Later {
            break;
        }
        std::thread::park_timeout(PAUSE);
        became = app.replica.rewrite_now()?;
    }
    tell(app)?;
    Ok(became)
}

struct Keeper {
    app: Arc<App>,
    /// Looks since the start, those not counted that come early.
    rounds: u32,
    /// Whether the files could not be written anew although it is time.
    is_rewriting_due: bool,
    /// Whether the files were written anew, and nobody was told.
    is_receipt_owed: bool,
    /// The erasures that the values of our own organisation have followed.
    followed: Option<Erasures>,
    /// The heads that were not held when checkpoints were compared last.
    missing: Vec<UnknownHead>,
    /// How often peers were asked.
    turn: usize,
    /// How many entries were held, and under which charter, when checkpoints were compared last: without a new one, the answer is the same.
    compared: Option<(usize, CharterId)>,
}

impl Keeper {
    fn round(&mut self) {
        // A full disk is said elsewhere. What is due waits for room.
        if limits::is_full(&self.app) {
            return;
        }
        let is_extra = self.is_owed();
        if let Err(error) = self.look() {
            tracing::error!(code = error.code(), "erasures cannot be followed: {error}");
        }
        if !is_extra {
            self.rounds = self.rounds.saturating_add(1);
        }
    }

    fn is_owed(&self) -> bool {
        self.is_rewriting_due || self.is_receipt_owed
    }

    fn pause(&self) -> Duration {
        if self.is_owed() {
            ROUND_WHEN_OWED
        } else {
            ROUND
        }
    }

    fn look(&mut self) -> Result<(), ContributeError> {
        let erasures = erasures(&self.app);
        if self.followed.as_ref() != Some(&erasures) {
            // What was carried out before this start has gone already.
            let is_owed = !self.app.replica.read()?.unfinished_erasures()?.is_empty();
            let leaving = match self.followed.is_some() || is_owed {
                true => Leaving::Now,
                false => Leaving::Later,
            };
            // Otherwise once more in the next round, and nobody is told before that anything is done.
            if !follow(&self.app, &erasures, leaving)? {
                return Ok(());
            }
            self.followed = Some(erasures);
        }
        leave_set_aside(&self.app)?;
        let became = self.app.replica.rewrite_if_due(clock::now())?;
        self.is_rewriting_due = became == Rewriting::Later;
        self.is_receipt_owed |= became == Rewriting::Done;
        let is_settled = self.rounds >= ROUNDS_BEFORE_CHECKPOINT;
        if (is_settled || self.is_receipt_owed) && tell(&self.app)? {
            self.is_receipt_owed = false;
        }
        self.ask()?;
        Ok(())
    }

    /// Asks the peers for governance that a checkpoint names: the peer that brought the checkpoint may hold back what it names.
    fn ask(&mut self) -> Result<(), Fault> {
        let held = {
            let state = self.app.replica.state();
            let tip = state.governance().adoption().tip_id();
            (state.feeds().len(), tip)
        };
        if self.compared == Some(held) && self.missing.is_empty() {
            return Ok(());
        }
        self.compared = Some(held);
        let days_max = self.app.config.sync.confirm_days;
        let seen = self.app.replica.governance_seen(clock::now(), days_max)?;
        let is_turn = self.rounds.is_multiple_of(ROUNDS_BETWEEN_QUESTIONS);
        let missing = [&seen.unknown[..], &seen.strange[..]].concat();
        if !missing.is_empty() && (is_turn || missing != self.missing) {
            self.app.ask_for(&seen.to_ask(self.turn));
            self.turn = self.turn.wrapping_add(1);
        }
        self.missing = missing;
        Ok(())
    }
}

/// Removes damaged stores that were set aside, where something that was erased may be in them and peers have brought everything again:
/// one is level with this node, no feed waits, and what this node had signed is back. What could be saved of them was; of the rest that no peer
/// has, nobody can say that it was not erased. Own entries that are not back are for a person to give up: `doctor` says so.
fn leave_set_aside(app: &App) -> Result<(), Fault> {
    if app.replica.set_aside()?.is_empty() || !app.has_caught_up() {
        return Ok(());
    }
    let is_waiting = app
        .intake()
        .is_some_and(|intake| !intake.pauses().is_empty());
    if is_waiting || app.replica.missing_since_set_aside()? > 0 {
        return Ok(());
    }
    if app.replica.read()?.unfinished_erasures()?.is_empty() {
        return Ok(());
    }
    app.replica.remove_set_aside().map(drop)
}

/// A copy: nothing is written while the state is held.
fn erasures(app: &App) -> Erasures {
    app.replica.state().governance().erasures().clone()
}

/// Lets everything beside the entries follow the erasures. Returns whether it could: attached files wait for the views.
fn follow(app: &App, erasures: &Erasures, leaving: Leaving) -> Result<bool, Fault> {
    let local = app.local()?;
    let values = local.erase_own_values(erasures)?;
    let mut records = app.replica.read()?.records_with_erased_edits()?;
    records.extend(erasures.records());
    let sources = local.forget_imprints(&records)?;
    if sources > 0 {
        tracing::info!(sources, "what sources said of erased records is forgotten");
    }
    if values > 0 {
        tracing::info!(values, "values of our own organisation were erased");
    }
    match app.replica.clean_attachments(leaving, clock::now())? {
        Some(0) => Ok(true),
        Some(files) => {
            tracing::info!(files, "attached files that no record names are removed");
            Ok(true)
        }
        None => {
            tracing::warn!("attached files wait for the views: they are looked at again");
            Ok(false)
        }
    }
}

/// Signs a checkpoint when one is due. Returns whether nothing is left to be told. A store that may have been rolled back without knowing
/// signs nothing by itself.
fn tell(app: &App) -> Result<bool, ContributeError> {
    if app.replica.holds_acts() || app.replica.is_signing_held() {
        return Ok(false);
    }
    if app.replica.checkpoint_due(clock::now())? {
        app.replica.checkpoint()?;
        tracing::info!("a checkpoint is signed");
    }
    Ok(true)
}
