//! A replica, as sessions read and write it.

mod claiming;
mod reading;
mod storing;

use std::sync::Arc;

use crdt_schema::id::FileHash;
use replica::Replica;

use crate::endpoint::{Sink, Source};
use crate::gate::Door;
use crate::intake::Intake;
use crate::session::{Batch, Close, Event, PeerId, Receipt, Refusal, Unreadable};

pub(crate) use claiming::Claiming;
use reading::Reading;
pub(crate) use storing::Verified;

/// A replica with what the node knows of its peers.
#[derive(Clone)]
pub(crate) struct Shelf {
    replica: Arc<Replica>,
    door: Arc<dyn Door>,
    intake: Arc<Intake>,
    claiming: Arc<Claiming>,
}

impl Shelf {
    pub(crate) fn new(replica: Arc<Replica>, door: Arc<dyn Door>, intake: Arc<Intake>) -> Self {
        let claiming = Claiming::new(Arc::clone(&replica), Arc::clone(&door));
        Self {
            replica,
            door,
            intake,
            claiming: Arc::new(claiming),
        }
    }

    pub(crate) fn replica(&self) -> &Arc<Replica> {
        &self.replica
    }

    pub(crate) fn intake(&self) -> &Arc<Intake> {
        &self.intake
    }

    pub(crate) fn claiming(&self) -> &Arc<Claiming> {
        &self.claiming
    }

    /// Stores a batch on this thread. `from` is `None` for a file that a person gave.
    pub(crate) fn store_now(&self, from: Option<PeerId>, batch: Batch) -> Result<Receipt, Refusal> {
        self.store_verified(from, storing::verify(&self.replica, batch)?)
    }

    fn store_verified(&self, from: Option<PeerId>, batch: Verified) -> Result<Receipt, Refusal> {
        match batch {
            Verified::Entries(entries) => {
                storing::guard_own_feed(&self.replica, &entries)?;
                storing::entries(&self.replica, &self.intake, from, entries)
            }
            Verified::Objects {
                charters,
                approvals,
            } => storing::objects(&self.replica, &charters, &approvals),
        }
    }
}

impl Source for Shelf {
    type Snapshot = Reading;

    fn snapshot(&self) -> Result<Reading, Unreadable> {
        if let Some(fault) = self.replica.fault() {
            return Err(Unreadable(fault.to_string()));
        }
        Ok(Reading::new(
            Arc::clone(&self.replica),
            Arc::clone(&self.door),
            Arc::clone(&self.intake),
        ))
    }

    fn attachment(&self, hash: &FileHash) -> Result<Option<Vec<u8>>, Unreadable> {
        let unreadable = |reason: String| Unreadable(reason);
        let is_named = self.replica.names_file(hash);
        if !is_named.map_err(|fault| unreadable(fault.to_string()))? {
            return Ok(None);
        }
        let read = self.replica.attachments().read(hash);
        read.map_err(|error| unreadable(error.to_string()))
    }
}

impl Sink for Shelf {
    type Verified = Verified;

    async fn verify(&self, batch: Batch) -> Result<Verified, Refusal> {
        let replica = Arc::clone(&self.replica);
        // Signatures take milliseconds.
        aside(move || storing::verify(&replica, batch)).await
    }

    async fn store(&self, from: PeerId, batch: Verified) -> Result<Receipt, Refusal> {
        let shelf = self.clone();
        // The writer's disk may take long.
        aside(move || shelf.store_verified(Some(from), batch)).await
    }

    fn hear(&self, from: PeerId, event: &Event) {
        self.claiming.hear(from, event);
    }

    fn ended(&self, from: PeerId, close: &Close) {
        self.claiming.ended(from, close);
    }
}

/// Works on a thread that may wait.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(Refusal::Fault(Unreadable(error.to_string()))),
    }
}

#[cfg(test)]
mod bases;
#[cfg(test)]
mod bundles;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod erasures;
#[cfg(test)]
mod quotas;
#[cfg(test)]
mod tests;
