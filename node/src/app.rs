//! An open node: its folder, its configuration, its replica. Opened by every command that finds no node running, and by `run`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, Weak};

use admin_ui::{PeerRow, RelayRow};
use anyhow::bail;
use crdt_schema::checkpoint::UnknownHead;
use crdt_schema::id::EntryId;
use crdt_schema::key::SecretKey;
use data_encoding::HEXLOWER;
use replica::local::Local;
use replica::{Fault, Replica, SetAside};
use serde_json::json;
use sync::{Bundles, Endpoint, Intake, LocalNetwork, Peer, Peers, RelayStanding, Way};
use tokio::sync::Notify;

use crate::call::{Call, Outcome, Progress, Refusal};
use crate::config::Config;
use crate::door::Door;
use crate::keys::{KeyFolder, Purpose};
use crate::restored::Restored;
use crate::{accounts, clock, found};

/// An open node.
pub(crate) struct App {
    folder: PathBuf,
    door: Arc<Door>,
    /// The endpoint of a node that runs.
    endpoint: OnceLock<Shown>,
    /// The local store of a node that runs: the pages have it open.
    local: OnceLock<Local>,
    /// Where the pages are, once the node runs.
    pages: OnceLock<SocketAddr>,
    set_aside: Option<SetAside>,
    pub(crate) restored: Arc<Restored>,
    pub(crate) config: Config,
    pub(crate) replica: Arc<Replica>,
    pub(crate) endpoint_key: SecretKey,
    /// Told when a command asks the running node to stop.
    pub(crate) stop: Notify,
}

/// What calls see of the endpoint: its peers, and how it asks for entries that are damaged or not known.
struct Shown {
    peers: Arc<Peers>,
    intake: Arc<Intake>,
    fetch: Box<dyn Fn(Vec<EntryId>) + Send + Sync>,
    ask: Box<dyn Fn(Vec<UnknownHead>) + Send + Sync>,
    bundles: Box<dyn Fn() -> Option<Bundles> + Send + Sync>,
    endpoint: Weak<Endpoint>,
    /// On which the endpoint's work is waited for by threads that may wait.
    runtime: tokio::runtime::Handle,
}

impl App {
    /// Opens the node of a folder. One whose feed has ended, or that has no instance key, can be read.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let config = Config::read(folder)?;
        let keys = KeyFolder::of(folder);
        let author = keys.read(Purpose::Instance)?.map(found::author);
        let Some(endpoint_key) = keys.read(Purpose::Endpoint)? else {
            bail!(
                "{}: the endpoint key is missing: restore a backup",
                folder.display()
            )
        };
        let (replica, set_aside) = Replica::open_or_set_aside(folder, author, clock::now())?;
        replica.keep_free(config.free_min()?);
        let replica = Arc::new(replica);
        // This very store may be an old copy: only another node can tell, if there is one.
        let own = *endpoint_key.public().as_bytes();
        replica.hold_acts(knows_others(&replica, &own));
        let restored = Arc::new(Restored::of(folder));
        let configured = config
            .peers()?
            .into_iter()
            .map(|(endpoint, _)| endpoint)
            .collect();
        let door = Arc::new(Door::open(
            folder,
            Arc::clone(&replica),
            configured,
            Arc::clone(&restored),
        )?);
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            door,
            endpoint: OnceLock::new(),
            local: OnceLock::new(),
            pages: OnceLock::new(),
            set_aside,
            restored,
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
    pub(crate) fn show_endpoint(&self, endpoint: &Arc<Endpoint>) {
        let asking = Arc::downgrade(endpoint);
        let asking_heads = Arc::downgrade(endpoint);
        let bundling = Arc::downgrade(endpoint);
        let shown = Shown {
            peers: Arc::clone(endpoint.peers()),
            intake: Arc::clone(endpoint.intake()),
            fetch: Box::new(move |entries| {
                if let Some(endpoint) = asking.upgrade() {
                    endpoint.fetch(entries);
                }
            }),
            ask: Box::new(move |heads: Vec<UnknownHead>| {
                if let Some(endpoint) = asking_heads.upgrade() {
                    endpoint.ask(heads.into_iter().map(|it| (it.feed, it.sequence, it.entry)));
                }
            }),
            bundles: Box::new(move || bundling.upgrade().map(|endpoint| endpoint.bundles())),
            endpoint: Arc::downgrade(endpoint),
            runtime: tokio::runtime::Handle::current(),
        };
        // It is shown once, when the node starts.
        let _ = self.endpoint.set(shown);
    }

    /// Lets calls see the local store, which the pages of the running node have open.
    pub(crate) fn show_local(&self, local: Local) {
        self.door.keep_in(local.clone());
        // It is shown once, when the node starts.
        let _ = self.local.set(local);
    }

    /// Lets calls know where the pages of the running node are.
    pub(crate) fn show_pages(&self, address: SocketAddr) {
        // It is shown once, when the node starts.
        let _ = self.pages.set(address);
    }

    /// Returns where the pages are: those of the running node, else where they will be. `None` where only the start will tell.
    pub(crate) fn pages_address(&self) -> Option<SocketAddr> {
        let configured = self.config.pages.listen;
        let lasting = (configured.port() != 0).then_some(configured);
        self.pages.get().copied().or(lasting)
    }

    /// Returns the local store.
    pub(crate) fn local(&self) -> Result<Local, Fault> {
        match self.local.get() {
            Some(local) => Ok(local.clone()),
            None => Local::open(&accounts::store(&self.folder)),
        }
    }

    /// Returns the store that was set aside when this node was opened, if it was damaged.
    pub(crate) fn set_aside(&self) -> Option<&SetAside> {
        self.set_aside.as_ref()
    }

    /// Asks the peers for what is damaged. Returns whether this node runs, so that there may be some.
    pub(crate) fn fetch_damaged(&self) -> bool {
        let Some(endpoint) = self.endpoint.get() else {
            return false;
        };
        let damaged = self.replica.damaged();
        if !damaged.is_empty() {
            (endpoint.fetch)(damaged);
        }
        true
    }

    /// Returns the endpoint of a node that runs.
    pub(crate) fn running_endpoint(&self) -> Option<Arc<Endpoint>> {
        self.endpoint.get()?.endpoint.upgrade()
    }

    /// Waits on this thread for something that the running node does. `None` if the node does not run.
    pub(crate) fn block_on<'a, F: Future>(
        &'a self,
        work: impl FnOnce(&'a Self) -> F,
    ) -> Option<F::Output> {
        let shown = self.endpoint.get()?;
        Some(shown.runtime.block_on(work(self)))
    }

    /// Asks all peers for heads that a checkpoint names and that are not held here: whoever has them sends what follows.
    pub(crate) fn ask_for(&self, heads: &[UnknownHead]) {
        if let Some(endpoint) = self.endpoint.get() {
            (endpoint.ask)(heads.to_vec());
        }
    }

    /// Returns what writes and reads bundles. They are judged by the books of the node that runs, or by those of this command.
    pub(crate) fn bundles(&self) -> Result<Bundles, Refusal> {
        if let Some(endpoint) = self.endpoint.get() {
            let stops = || Refusal::new("stopping", "the node stops: ask again once it runs");
            return (endpoint.bundles)().ok_or_else(stops);
        }
        self.door.keep_in(self.local()?);
        Ok(Bundles::of(
            Arc::clone(&self.replica),
            self.door(),
            clock::now,
        ))
    }

    /// A person says that no other node will be met: acts are signed and pages opened all the same.
    pub(crate) fn go_alone(&self) {
        self.door.vouch();
        if self.replica.holds_acts() {
            tracing::warn!(
                "--alone: acts are signed although no other node has confirmed the feed of this one"
            );
            self.replica.hold_acts(false);
        }
        self.restored.open_alone();
    }

    fn ask_to_stop(&self) -> Outcome {
        if self.endpoint.get().is_none() {
            return Err(Refusal::new("not_running", "the node does not run"));
        }
        // The socket tells the node once this answer is written.
        Ok(json!({ "stopping": true }))
    }

    /// Returns what is known of the peers; nothing while the node does not run.
    pub(crate) fn peers(&self) -> BTreeMap<[u8; 32], Peer> {
        self.endpoint
            .get()
            .map(|shown| shown.peers.all())
            .unwrap_or_default()
    }

    /// Returns whether a peer and this node have held the same since the start.
    pub(crate) fn has_caught_up(&self) -> bool {
        let peers = self.peers();
        peers.values().any(|peer| peer.last_caught_up.is_some())
    }

    /// Returns what is taken in for now; nothing while the node does not run.
    pub(crate) fn intake(&self) -> Option<&Arc<Intake>> {
        self.endpoint.get().map(|shown| &shown.intake)
    }

    /// Returns which way the packets of each peer take; nothing while the node does not run.
    pub(crate) fn ways(&self) -> BTreeMap<[u8; 32], Way> {
        let endpoint = self.running_endpoint();
        endpoint.map(|endpoint| endpoint.ways()).unwrap_or_default()
    }

    /// Returns how things stand with the relays of the federation; nothing while the node does not run.
    pub(crate) fn relays(&self) -> Vec<RelayStanding> {
        let endpoint = self.running_endpoint();
        endpoint
            .map(|endpoint| endpoint.relays())
            .unwrap_or_default()
    }

    /// Returns whether nodes are looked for on the local network; not while the node does not run.
    pub(crate) fn local_network(&self) -> LocalNetwork {
        let endpoint = self.running_endpoint();
        endpoint.map_or(LocalNetwork::Off, |endpoint| endpoint.local().clone())
    }

    /// Returns the relays as the pages show them.
    pub(crate) fn relay_rows(&self) -> Vec<RelayRow> {
        let relays = self.relays().into_iter();
        relays
            .map(|relay| RelayRow {
                address: relay.address,
                state: relay.state.code().to_owned(),
            })
            .collect()
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
        let ways = self.ways();
        let row = |(endpoint, peer): (&[u8; 32], &Peer)| PeerRow {
            endpoint: *endpoint,
            is_connected: peer.sessions > 0,
            name: name(endpoint),
            state: peer.state.code().to_owned(),
            way: ways.get(endpoint).map(|way| way.code().to_owned()),
            last_contact: peer.last_contact,
            last_caught_up: peer.last_caught_up,
        };
        self.peers().iter().map(row).collect()
    }

    /// Returns the identity of the endpoint and where it is reached, while the node runs: its addresses, and relays.
    pub(crate) fn shown_endpoint(&self) -> Option<([u8; 32], Vec<SocketAddr>, Vec<String>)> {
        let endpoint = self.running_endpoint()?;
        let relays = endpoint.relays().into_iter().map(|relay| relay.address);
        Some((endpoint.id(), endpoint.addresses(), relays.collect()))
    }

    /// Returns whether this is the node that runs, not one opened for a command.
    pub(crate) fn is_running(&self) -> bool {
        self.endpoint.get().is_some()
    }

    /// Returns the node's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Carries out a call.
    pub(crate) fn call(&self, call: Call, progress: &mut dyn FnMut(Progress)) -> Outcome {
        self.restored.check(&call)?;
        match call {
            Call::Acts => crate::calls::acts(self),
            Call::Admit {
                partner,
                kinds,
                territories,
            } => crate::calls::admit(self, &partner, &kinds, &territories),
            Call::AdmitSigned { act, alone } => {
                if alone {
                    self.go_alone();
                }
                crate::calls::admit_signed(self, &act)
            }
            Call::InvitationCancel { invitation } => {
                crate::calls::cancel_invitation(self, &invitation)
            }
            Call::InvitationDecline { partner } => crate::calls::decline(self, &partner),
            Call::Invitations => crate::calls::invitations(self),
            Call::Backup { file } => crate::calls::backup(self, &file, progress),
            Call::BundleExport { file, force } => {
                crate::calls::bundle_export(self, &file, force, progress)
            }
            Call::Bulk(ask) => crate::calls::bulk(self, &ask),
            Call::TerritoriesCarry(ask) => crate::calls::carry(self, &ask),
            Call::Imports => crate::calls::imports(self),
            Call::ImportUndo { import, sign } => {
                crate::calls::import_undo(self, import, sign, progress)
            }
            Call::BundleImport { file } => crate::calls::bundle_import(self, &file, progress),
            Call::CharterApprove { charter, key } => {
                crate::calls::charter_approve(self, &charter, key.as_deref())
            }
            Call::CharterDecode { charter } => crate::calls::charter_decode(self, &charter),
            Call::CharterPropose(proposal) => crate::calls::charter_propose(self, &proposal),
            Call::CharterPublish { draft } => crate::calls::charter_publish(self, &draft),
            Call::CharterShow => crate::calls::charter_show(self),
            Call::Check => crate::calls::check(self, progress),
            Call::Contacts { record } => crate::calls::contacts(self, &record),
            Call::ContactAdd(ask) => crate::calls::contact_add(self, &ask),
            Call::ContactDue => crate::calls::contact_due(self),
            Call::ContactFind(ask) => crate::calls::contact_find(self, &ask),
            Call::ContactRemove {
                record,
                subject,
                sign,
            } => crate::calls::contact_remove(self, &record, &subject, sign),
            Call::Objection {
                person,
                is_withdrawn,
            } => crate::calls::objection(self, &person, is_withdrawn),
            Call::Objections => crate::calls::objections(self),
            Call::Decide(ask) => crate::calls::decide(self, &ask),
            Call::Doctor => crate::calls::doctor(self),
            Call::Due(ask) => crate::calls::due(self, &ask),
            Call::Duplicates(ask) => crate::calls::duplicates(self, &ask),
            Call::Erase(ask) => crate::calls::erase(self, &ask),
            Call::Erasures { finish } => crate::calls::erasures(self, finish),
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
            Call::LabelStatusList { file } => {
                crate::calls::label_status_list(self, file.as_deref())
            }
            Call::PartnerShow { partner } => crate::calls::partner_show(self, &partner),
            Call::Partners => crate::calls::partners(self),
            Call::RecordAttach { record, document } => {
                crate::calls::record_attach(self, &record, &document)
            }
            Call::RecordDetach { record, document } => {
                crate::calls::record_detach(self, &record, &document)
            }
            Call::RecordFetch {
                record,
                document,
                file,
                force,
            } => {
                let to = (file.as_path(), force);
                crate::calls::record_fetch(self, &record, &document, to, progress)
            }
            Call::RecordHistory { record } => crate::calls::record_history(self, &record),
            Call::RecordRestore { record } => crate::calls::record_restore(self, &record),
            Call::RecordWithdraw {
                record,
                why,
                replaced_by,
            } => crate::calls::record_withdraw(self, &record, &why, replaced_by.as_deref()),
            Call::Reindex { waits } => crate::calls::reindex(self, waits, progress),
            Call::Renew(renew) => crate::calls::renew(self, renew.passphrase),
            Call::RotateRoot(ask) => crate::calls::rotate_root(self, &ask),
            Call::RecordShow { record } => crate::calls::record_show(self, &record),
            Call::Search(search) => crate::calls::search(self, &search),
            Call::Seat { is_new } => crate::calls::seat(self, is_new),
            Call::Sign { acts } => crate::calls::sign(self, &acts),
            Call::Reports { which, reason } => {
                crate::calls::reports(self, &which, reason.as_deref())
            }
            Call::Sources => crate::calls::sources(self),
            Call::State(ask) => crate::calls::state(self, &ask),
            Call::Statements {
                record,
                partner,
                all,
            } => crate::calls::statements(self, record.as_deref(), partner.as_deref(), all),
            Call::Status => crate::calls::status(self),
            Call::InHand => crate::calls::in_hand(self),
            Call::Stop => self.ask_to_stop(),
            Call::Vocabulary(ask) => crate::calls::vocabulary(self, &ask),
            Call::Watch(ask) => crate::calls::watches(self, &ask),
        }
    }
}

/// Returns whether another node has ever been met: a federation of one has nobody to ask.
fn knows_others(replica: &Replica, own: &[u8; 32]) -> bool {
    let state = replica.state();
    let mut certificates = state.certificates().values();
    certificates.any(|each| each.endpoint != *own)
}
