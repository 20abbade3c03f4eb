//! Attached files that other nodes keep: asked for once, however many people wait, and kept here when they have come.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crdt_schema::id::FileHash;
use crdt_schema::record::AttachedFile;
use replica::Replica;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::app::{App, blocking};
use crate::error::PageError;

/// The part of the program that asks other nodes for attached files.
pub trait Files: Send + Sync {
    /// Asks the connected nodes for a file of this size. `progress` hears how many bytes have come.
    fn file<'a>(
        &'a self,
        hash: &'a FileHash,
        bytes: u64,
        progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, NoFile>> + Send + 'a>>;
}

/// Why a file does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoFile {
    /// No other node is connected.
    Alone,
    /// No connected node gives it.
    NotGiven,
}

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coming {
    /// So many bytes have come.
    Under(u64),
    /// It is here.
    Here,
    /// It does not come.
    Missing(NoFile),
    /// This node cannot keep it.
    NoRoom,
    /// As many files as may be are being asked for.
    Busy,
}

/// The files that are being asked for. INVARIANT: at most [`FETCHES_MAX`].
#[derive(Debug, Default)]
pub(crate) struct Fetching(Mutex<BTreeMap<(FileHash, u64), watch::Receiver<Coming>>>);

impl Fetching {
    /// Asks for a file that is not here, and waits a little for it.
    pub(crate) async fn file(&self, app: &App, file: &AttachedFile) -> Result<Coming, PageError> {
        let Some(mut coming) = self.join(app, file)? else {
            return Ok(Coming::Busy);
        };
        let end = coming.wait_for(|state| !matches!(state, Coming::Under(_)));
        let ended = timeout(PATIENCE, end)
            .await
            .map(|end| end.map(|state| *state));
        let state = match ended {
            Ok(Ok(state)) => state,
            // Whoever was at it is gone: the next visit asks anew.
            Ok(Err(_)) => Coming::Missing(NoFile::NotGiven),
            Err(_) => return Ok(*coming.borrow()),
        };
        self.lock().remove(&(file.hash, file.bytes));
        Ok(state)
    }

    fn join(
        &self,
        app: &App,
        file: &AttachedFile,
    ) -> Result<Option<watch::Receiver<Coming>>, PageError> {
        let census = app.census()?;
        let mut fetching = self.lock();
        if let Some(coming) = fetching.get(&(file.hash, file.bytes)) {
            return Ok(Some(coming.clone()));
        }
        // What nobody came back for makes room.
        fetching.retain(|_, coming| matches!(*coming.borrow(), Coming::Under(_)));
        if fetching.len() >= FETCHES_MAX {
            return Ok(None);
        }
        let (tell, coming) = watch::channel(Coming::Under(0));
        fetching.insert((file.hash, file.bytes), coming.clone());
        let (files, replica) = (Arc::clone(&census.files), Arc::clone(&census.replica));
        tokio::spawn(fetch(files, replica, file.clone(), tell));
        Ok(Some(coming))
    }

    fn lock(
        &self,
    ) -> std::sync::MutexGuard<'_, BTreeMap<(FileHash, u64), watch::Receiver<Coming>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch(
    files: Arc<dyn Files>,
    replica: Arc<Replica>,
    file: AttachedFile,
    tell: watch::Sender<Coming>,
) {
    let progress = |bytes| {
        tell.send_replace(Coming::Under(bytes));
    };
    let came = files.file(&file.hash, file.bytes, &progress).await;
    let end = match came {
        Ok(bytes) => match blocking(move || replica.keep_fetched(&bytes)).await {
            Ok(Ok(true)) => Coming::Here,
            Ok(Ok(false)) | Err(_) => Coming::NoRoom,
            Ok(Err(fault)) => {
                tracing::error!(%fault, "a file that came cannot be kept");
                Coming::NoRoom
            }
        },
        Err(no_file) => Coming::Missing(no_file),
    };
    tell.send_replace(end);
}

/// Files that are asked for at a time: each is held in memory until it is on disk.
const FETCHES_MAX: usize = 8;
/// How long a page waits before it shows how far the file is.
const PATIENCE: Duration = Duration::from_secs(4);
