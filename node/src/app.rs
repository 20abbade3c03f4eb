//! An open node: its folder, its configuration, its replica. Opened by every command that finds no node running, and by `run`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use crdt_schema::key::SecretKey;
use replica::Replica;

use crate::call::{Call, Outcome, Progress};
use crate::config::Config;
use crate::found;
use crate::keys::{KeyFolder, Purpose};

/// An open node.
pub(crate) struct App {
    folder: PathBuf,
    pub(crate) config: Config,
    pub(crate) replica: Arc<Replica>,
    pub(crate) endpoint_key: SecretKey,
}

impl App {
    /// Opens the node of a folder.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let config = Config::read(folder)?;
        let keys = KeyFolder::of(folder);
        let Some(instance) = keys.read(Purpose::Instance)? else {
            bail!("{}: the instance key is missing: restore a backup", folder.display())
        };
        let Some(endpoint_key) = keys.read(Purpose::Endpoint)? else {
            bail!("{}: the endpoint key is missing: restore a backup", folder.display())
        };
        let replica = Arc::new(Replica::open(folder, Some(found::author(instance)))?);
        Ok(Self { folder: folder.to_owned(), config, replica, endpoint_key })
    }

    /// Returns the node's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Carries out a call.
    pub(crate) fn call(&self, call: Call, progress: &mut dyn FnMut(Progress)) -> Outcome {
        match call {
            Call::Doctor => crate::calls::doctor(self),
            Call::Export(export) => crate::calls::export(self, &export, progress),
            Call::Import(import) => crate::calls::import(self, &import, progress),
            Call::Invite(invite) => crate::calls::invite(self, &invite),
            Call::Partners => crate::calls::partners(self),
            Call::RecordHistory { record } => crate::calls::record_history(self, &record),
            Call::RecordShow { record } => crate::calls::record_show(self, &record),
            Call::Search(search) => crate::calls::search(self, &search),
            Call::Status => crate::calls::status(self),
        }
    }
}
