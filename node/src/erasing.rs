//! What a running node does by itself so that what was erased is gone, and so that the other nodes know: values of our own
//! organisation follow the erasures, files are written anew within the hour, checkpoints say what is done. What the checkpoints of the
//! others name and is not held here is asked for.

use std::sync::Arc;
use std::time::Duration;

use crdt_schema::checkpoint::UnknownHead;
use crdt_schema::governance::Erasures;
use replica::{ContributeError, Fault, Rewriting};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::{clock, limits};

/// Between two looks: each reads some rows.
const ROUND: Duration = Duration::from_secs(10);
/// Looks before the first checkpoint after a start: a node that has just started hears from others first, and can say more then.
const ROUNDS_BEFORE_CHECKPOINT: u32 = 6;
/// Looks between two questions for the same heads: a peer may have got them meanwhile.
const ROUNDS_BETWEEN_QUESTIONS: u32 = 30;
/// How often a rewriting that a person waits for is tried while a search still reads old files, and the pause in between.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(250);

/// Looks again and again until it is stopped. A look that has begun is ended first: half a rewriting changes nothing, and costs as much.
pub(crate) async fn keep(app: Arc<App>, until: CancellationToken) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut keeper = Keeper {
        app,
        rounds: 0,
        is_receipt_owed: false,
        followed: None,
        asked: Vec::new(),
        compared: None,
    };
    loop {
        tokio::select! {
            () = until.cancelled() => return,
            _ = rounds.tick() => {}
        }
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
    }
}

/// Writes the files of this node anew now, whatever the hour, and tells the others.
pub(crate) fn finish(app: &App) -> Result<Rewriting, ContributeError> {
    follow(app, &erasures(app))?;
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
    /// Looks since the start.
    rounds: u32,
    /// Whether the files were written anew, and nobody was told.
    is_receipt_owed: bool,
    /// The erasures that the values of our own organisation have followed.
    followed: Option<Erasures>,
    /// The heads that were asked for last.
    asked: Vec<UnknownHead>,
    /// How many entries were held when checkpoints were compared last: without a new one, the answer is the same.
    compared: Option<usize>,
}

impl Keeper {
    fn round(&mut self) {
        // A full disk is said elsewhere. What is due waits for room.
        if limits::is_full(&self.app) {
            return;
        }
        if let Err(error) = self.look() {
            tracing::error!(code = error.code(), "erasures cannot be followed: {error}");
        }
        self.rounds = self.rounds.saturating_add(1);
    }

    fn look(&mut self) -> Result<(), ContributeError> {
        let erasures = erasures(&self.app);
        if self.followed.as_ref() != Some(&erasures) {
            follow(&self.app, &erasures)?;
            self.followed = Some(erasures);
        }
        if self.app.replica.rewrite_if_due(clock::now())? == Rewriting::Done {
            self.is_receipt_owed = true;
        }
        let is_settled = self.rounds >= ROUNDS_BEFORE_CHECKPOINT;
        if (is_settled || self.is_receipt_owed) && tell(&self.app)? {
            self.is_receipt_owed = false;
        }
        self.ask()?;
        Ok(())
    }

    /// Asks the peers for governance that a checkpoint names: the peer that brought the checkpoint may hold back what it names.
    fn ask(&mut self) -> Result<(), Fault> {
        let held = self.app.replica.state().feeds().len();
        if self.compared == Some(held) && self.asked.is_empty() {
            return Ok(());
        }
        self.compared = Some(held);
        let days_max = self.app.config.sync.confirm_days;
        let seen = self.app.replica.governance_seen(clock::now(), days_max)?;
        let is_turn = self.rounds.is_multiple_of(ROUNDS_BETWEEN_QUESTIONS);
        if !seen.unknown.is_empty() && (is_turn || seen.unknown != self.asked) {
            self.app.ask_for(&seen.unknown);
        }
        self.asked = seen.unknown;
        Ok(())
    }
}

/// A copy: nothing is written while the state is held.
fn erasures(app: &App) -> Erasures {
    app.replica.state().governance().erasures().clone()
}

fn follow(app: &App, erasures: &Erasures) -> Result<(), Fault> {
    let values = app.local()?.erase_own_values(erasures)?;
    if values > 0 {
        tracing::info!(values, "values of our own organisation were erased");
    }
    Ok(())
}

/// Signs a checkpoint when one is due. Returns whether nothing is left to be told. A store that may have been rolled back without knowing
/// signs nothing by itself.
fn tell(app: &App) -> Result<bool, ContributeError> {
    if app.replica.holds_acts() {
        return Ok(false);
    }
    if app.replica.checkpoint_due(clock::now())? {
        app.replica.checkpoint()?;
        tracing::info!("a checkpoint is signed");
    }
    Ok(true)
}
