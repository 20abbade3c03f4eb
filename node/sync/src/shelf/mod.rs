//! A replica, as sessions read and write it.

mod reading;
mod storing;

use std::sync::Arc;

use replica::Replica;

use crate::endpoint::{Sink, Source};
use crate::gate::Door;
use crate::intake::Intake;
use crate::session::{Batch, PeerId, Receipt, Refusal, Unreadable};

use reading::Reading;

/// A replica with what the node knows of its peers.
pub(crate) struct Shelf {
    replica: Arc<Replica>,
    door: Arc<dyn Door>,
    intake: Arc<Intake>,
}

impl Shelf {
    pub(crate) fn new(replica: Arc<Replica>, door: Arc<dyn Door>, intake: Arc<Intake>) -> Self {
        Self {
            replica,
            door,
            intake,
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
}

impl Sink for Shelf {
    async fn store(&self, from: PeerId, batch: Batch) -> Result<Receipt, Refusal> {
        let (replica, intake) = (Arc::clone(&self.replica), Arc::clone(&self.intake));
        // Signatures take milliseconds, and the writer's disk may take longer.
        let stored = tokio::task::spawn_blocking(move || match batch {
            Batch::Entries(entries) => storing::entries(&replica, &intake, from, entries),
            Batch::Objects {
                charters,
                approvals,
            } => storing::objects(&replica, &charters, &approvals),
        });
        match stored.await {
            Ok(outcome) => outcome,
            Err(error) => Err(Refusal::Fault(Unreadable(error.to_string()))),
        }
    }
}

#[cfg(test)]
mod bases;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod erasures;
#[cfg(test)]
mod quotas;
#[cfg(test)]
mod tests;
