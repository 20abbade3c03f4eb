//! Taking an import back: looked at first, then done, by the thread of imports, since a large one takes a while.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crdt_schema::time::Timestamp;
use replica::local::Local;
use replica::{ContributeError, Fault, Replica};

use crate::files::{Progress, Undo, UndoError, Undone};
use crate::imports::Failure;

/// An import that somebody wants to take back.
pub(crate) struct Undoing {
    /// Its number on this node.
    pub(crate) number: u64,
    inner: Mutex<(Stage, Timestamp)>,
}

/// How far taking it back is.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// It is taken back.
    Done(Arc<Undone>),
    Failed(Failure),
    /// What it would do is there, to be looked at.
    Looked(Arc<Undone>),
    /// Being looked at, or done.
    Running {
        signs: bool,
        progress: Progress,
    },
    Waiting {
        signs: bool,
    },
}

impl Stage {
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Stage::Running { .. } | Stage::Waiting { .. })
    }
}

impl Undoing {
    /// An import that waits to be looked at.
    pub(super) fn new(number: u64, now: Timestamp) -> Self {
        Self {
            number,
            inner: Mutex::new((Stage::Waiting { signs: false }, now)),
        }
    }

    pub(crate) fn stage(&self) -> Stage {
        self.inner().0.clone()
    }

    pub(super) fn touched(&self) -> Timestamp {
        self.inner().1
    }

    /// Says that it is to be done, once it was looked at.
    pub(super) fn wait(&self, now: Timestamp) -> bool {
        let mut inner = self.inner();
        let is_looked_at = matches!(inner.0, Stage::Looked(_));
        if is_looked_at {
            *inner = (Stage::Waiting { signs: true }, now);
        }
        is_looked_at
    }

    pub(super) fn fail(&self, failure: Failure) {
        self.inner().0 = Stage::Failed(failure);
    }

    /// Does what was asked for. Runs on the thread of imports.
    pub(super) fn work(&self, replica: &Replica, local: &Local, stop: &AtomicBool) {
        let (Stage::Waiting { signs }, now) = self.inner().clone() else {
            return;
        };
        let mut watch = |progress: Progress| {
            self.inner().0 = Stage::Running { signs, progress };
            match stop.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let ended = match local.import_run(self.number) {
            Err(fault) => Err(fault.into()),
            // It was forgotten meanwhile: there is nothing to take back.
            Ok(None) => Err(UndoError::Already),
            Ok(Some(run)) => {
                let undo = Undo {
                    run: &run,
                    local,
                    now,
                };
                match signs {
                    true => undo.run(replica, &mut watch),
                    false => undo.dry_run(replica, &mut watch),
                }
            }
        };
        self.inner().0 = match ended {
            Ok(undone) if signs => Stage::Done(Arc::new(undone)),
            Ok(undone) => Stage::Looked(Arc::new(undone)),
            Err(error) => Stage::Failed(failure(&error)),
        };
    }

    fn inner(&self) -> MutexGuard<'_, (Stage, Timestamp)> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failure(error: &UndoError) -> Failure {
    match error {
        UndoError::Contribute(ContributeError::Fault(Fault::NoRoom { .. }))
        | UndoError::Fault(Fault::NoRoom { .. }) => Failure::NoRoom,
        UndoError::Already | UndoError::Stopped | UndoError::UnderWay => Failure::Interrupted,
        UndoError::Contribute(_) | UndoError::Fault(_) => {
            tracing::error!(%error, "an import could not be taken back: look for the cause, not for who asked");
            Failure::Store
        }
    }
}
