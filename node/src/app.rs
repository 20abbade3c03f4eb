//! An open node: its folder, its configuration, its replica. Opened by every command that finds no node running, and by `run`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use admin_ui::PeerRow;
use anyhow::bail;
use crdt_schema::key::SecretKey;
use data_encoding::HEXLOWER;
use replica::Replica;
use serde_json::json;
use sync::{Endpoint, Peer, Peers};
use tokio::sync::Notify;

use crate::call::{Call, Outcome, Progress, Refusal};
use crate::config::Config;
use crate::door::Door;
use crate::found;
use crate::keys::{KeyFolder, Purpose};

/// An open node.
pub(crate) struct App {
    folder: PathBuf,
    door: Arc<Door>,
    /// The endpoint of a node that runs: its identity, where it listens, its peers.
    endpoint: OnceLock<([u8; 32], Vec<SocketAddr>, Arc<Peers>)>,
    pub(crate) config: Config,
    pub(crate) replica: Arc<Replica>,
    pub(crate) endpoint_key: SecretKey,
    /// Told when a command asks the running node to stop.
    pub(crate) stop: Notify,
}

impl App {
    /// Opens the node of a folder.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let config = Config::read(folder)?;
        let keys = KeyFolder::of(folder);
        let Some(instance) = keys.read(Purpose::Instance)? else {
            bail!(
                "{}: the instance key is missing: restore a backup",
                folder.display()
            )
        };
        let Some(endpoint_key) = keys.read(Purpose::Endpoint)? else {
            bail!(
                "{}: the endpoint key is missing: restore a backup",
                folder.display()
            )
        };
        let replica = Arc::new(Replica::open(folder, Some(found::author(instance)))?);
        let configured = config
            .peers()?
            .into_iter()
            .map(|(endpoint, _)| endpoint)
            .collect();
        let door = Arc::new(Door::open(folder, Arc::clone(&replica), configured)?);
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            door,
            endpoint: OnceLock::new(),
            config,
            replica,
            endpoint_key,
            stop: Notify::new(),
        })
    }

    /// Returns who decides who comes in.
    pub(crate) fn door(&self) -> Arc<Door> {
        Arc::clone(&self.door)
    }

    /// Lets calls see the endpoint of the running node.
    pub(crate) fn show_endpoint(&self, endpoint: &Endpoint) {
        let shown = (
            endpoint.id(),
            endpoint.addresses(),
            Arc::clone(endpoint.peers()),
        );
        // It is shown once, when the node starts.
        let _ = self.endpoint.set(shown);
    }

    fn ask_to_stop(&self) -> Outcome {
        if self.endpoint.get().is_none() {
            return Err(Refusal::new("not_running", "the node does not run"));
        }
        self.stop.notify_one();
        Ok(json!({ "stopping": true }))
    }

    /// Returns what is known of the peers; nothing while the node does not run.
    pub(crate) fn peers(&self) -> BTreeMap<[u8; 32], Peer> {
        self.endpoint
            .get()
            .map(|(_, _, peers)| peers.all())
            .unwrap_or_default()
    }

    /// Returns the peers as the pages show them: by the name of their partner, once its certificate is held.
    pub(crate) fn peer_rows(&self) -> Vec<PeerRow> {
        let state = self.replica.state();
        let name = |endpoint: &[u8; 32]| {
            let known = state
                .certificates()
                .values()
                .find(|each| each.endpoint == *endpoint);
            known.map_or_else(
                || HEXLOWER.encode(&endpoint[..4]),
                |each| state.partner_name(&each.partner),
            )
        };
        let row = |(endpoint, peer): (&[u8; 32], &Peer)| PeerRow {
            name: name(endpoint),
            state: peer.state.code().to_owned(),
            last_contact: peer.last_contact,
            last_caught_up: peer.last_caught_up,
        };
        self.peers().iter().map(row).collect()
    }

    /// Returns the identity and the addresses of the endpoint, while the node runs.
    pub(crate) fn shown_endpoint(&self) -> Option<([u8; 32], Vec<SocketAddr>)> {
        let (id, addresses, _) = self.endpoint.get()?;
        Some((*id, addresses.clone()))
    }

    /// Returns the node's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Carries out a call.
    pub(crate) fn call(&self, call: Call, progress: &mut dyn FnMut(Progress)) -> Outcome {
        match call {
            Call::Acts => crate::calls::acts(self),
            Call::Admit {
                partner,
                kinds,
                territories,
            } => crate::calls::admit(self, &partner, &kinds, &territories),
            Call::CharterApprove { charter, key } => {
                crate::calls::charter_approve(self, &charter, key.as_deref())
            }
            Call::CharterDecode { charter } => crate::calls::charter_decode(self, &charter),
            Call::CharterPropose(proposal) => crate::calls::charter_propose(self, &proposal),
            Call::CharterPublish { draft } => crate::calls::charter_publish(self, &draft),
            Call::CharterShow => crate::calls::charter_show(self),
            Call::Decide(ask) => crate::calls::decide(self, &ask),
            Call::Doctor => crate::calls::doctor(self),
            Call::Export(export) => crate::calls::export(self, &export, progress),
            Call::Import(import) => crate::calls::import(self, &import, progress),
            Call::Invite(invite) => crate::calls::invite(self, &invite),
            Call::Labels { record } => crate::calls::labels(self, record.as_deref()),
            Call::LabelDecide(ask) => crate::calls::label_decide(self, &ask),
            Call::LabelProve {
                record,
                scheme,
                file,
            } => crate::calls::label_prove(self, &record, &scheme, &file),
            Call::PartnerShow { partner } => crate::calls::partner_show(self, &partner),
            Call::Partners => crate::calls::partners(self),
            Call::RecordHistory { record } => crate::calls::record_history(self, &record),
            Call::RecordShow { record } => crate::calls::record_show(self, &record),
            Call::Search(search) => crate::calls::search(self, &search),
            Call::Seat { is_new } => crate::calls::seat(self, is_new),
            Call::Sign { acts } => crate::calls::sign(self, &acts),
            Call::Status => crate::calls::status(self),
            Call::Stop => self.ask_to_stop(),
        }
    }
}
