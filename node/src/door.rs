//! Who may come in: instances of enrolled partners, and newcomers with a ticket. Kept beside the store, in `invitations.json`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::Context;
use crdt_schema::entry::{Certified, Root};
use crdt_schema::governance::{Act, Line, Mandate};
use crdt_schema::id::{FederationId, FeedId, PartnerId};
use replica::local::Local;
use replica::{Bar, ContributeError, NewItem, Replica};
use sync::message::PeerAddress;
use sync::quota::SpentRow;
use sync::{
    CharterBytes, Invite, Invites, JoinError, JoinReply, JoinRequest, NewInvite, Open, Presented,
    Ticket,
};

use crate::restored::Restored;
use crate::{clock, keys, met};

/// See the module.
pub(crate) struct Door {
    replica: Arc<Replica>,
    folder: PathBuf,
    file: PathBuf,
    invites: Mutex<Invites>,
    restored: Arc<Restored>,
    /// Nodes that the configuration names: the one that gave the ticket has to be believed before its certificate has come.
    configured: BTreeSet<[u8; 32]>,
    /// A person has said that no older copy was put in the place of this node.
    is_vouched: AtomicBool,
    /// Where what partners spend is kept, while the node runs.
    local: OnceLock<Local>,
}

/// A newcomer that waits for a person.
pub(crate) struct Newcomer {
    /// Who it is.
    pub(crate) partner: PartnerId,
    /// The name that was meant.
    pub(crate) invited: String,
    /// The name that it gives itself.
    pub(crate) name: String,
    /// Why its ticket, which admits by itself, has not done so.
    pub(crate) withheld: Option<String>,
}

impl Door {
    pub(crate) fn open(
        folder: &Path,
        replica: Arc<Replica>,
        configured: BTreeSet<[u8; 32]>,
        restored: Arc<Restored>,
    ) -> anyhow::Result<Self> {
        let file = folder.join("invitations.json");
        let invites = match fs::read(&file) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).with_context(|| file.display().to_string())?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Invites::default(),
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        };
        Ok(Self {
            replica,
            folder: folder.to_owned(),
            file,
            invites: Mutex::new(invites),
            restored,
            configured,
            is_vouched: AtomicBool::new(false),
            local: OnceLock::new(),
        })
    }

    /// Keeps from now on what partners spend of their quotas. The first call counts.
    pub(crate) fn keep_in(&self, local: Local) {
        // It is given once, when the node starts.
        let _ = self.local.set(local);
    }

    /// A person says that no older copy was put in the place of this node: acts wait for no peer in this run.
    pub(crate) fn vouch(&self) {
        self.is_vouched.store(true, Ordering::Release);
    }

    /// Makes an invitation, and returns its ticket. The file holds the code's hash only.
    pub(crate) fn invite(
        &self,
        new: &NewInvite,
        (endpoint, addresses, relays): ([u8; 32], Vec<std::net::SocketAddr>, Vec<String>),
    ) -> anyhow::Result<Ticket> {
        let mut code = [0; 16];
        keys::fill_random(&mut code);
        let mut invites = self.lock();
        invites.add(&code, new);
        self.keep(&invites)?;
        let state = self.replica.state();
        Ok(Ticket {
            endpoint,
            addresses,
            federation: *state.federation().as_bytes(),
            charter: *state.governance().adoption().tip_id().as_bytes(),
            code,
            expires: new.expires.as_millis(),
            relays,
        })
    }

    /// Returns the invitations, oldest first.
    pub(crate) fn invites(&self) -> Vec<Invite> {
        self.lock().invites.clone()
    }

    /// Voids an invitation. Returns whether there was one.
    pub(crate) fn revoke(&self, id: &str) -> anyhow::Result<bool> {
        let mut invites = self.lock();
        let is_revoked = invites.revoke(id);
        self.keep(&invites)?;
        Ok(is_revoked)
    }

    /// Sends a newcomer that waits away. Returns whether it waited.
    pub(crate) fn decline(&self, partner: &PartnerId) -> anyhow::Result<bool> {
        let mut invites = self.lock();
        let is_declined = invites.decline(partner);
        self.keep(&invites)?;
        Ok(is_declined)
    }

    /// Returns the newcomers that wait for a person.
    pub(crate) fn waiting(&self) -> Vec<Newcomer> {
        let invites = self.lock();
        let waiting = invites.invites.iter().filter(|invite| !invite.is_admitted);
        waiting
            .filter_map(|invite| {
                Some(Newcomer {
                    partner: PartnerId::from_bytes(invite.partner?),
                    invited: invite.name.clone(),
                    name: invite.claimed_name.clone()?,
                    withheld: invite.withheld.clone(),
                })
            })
            .collect()
    }

    /// Returns what the invitation of a newcomer that waits lets it write.
    pub(crate) fn mandate(&self, partner: &PartnerId) -> Option<Mandate> {
        let invites = self.lock();
        let mut invites = invites.invites.iter();
        let its = invites.find(|invite| invite.partner == Some(*partner.as_bytes()));
        its.map(Invite::mandate)
    }

    /// Returns the enrolment that would admit a newcomer that waits.
    pub(crate) fn enrolment(&self, partner: &PartnerId, mandate: &Mandate) -> Option<Act> {
        let invites = self.lock();
        let mut waiting = invites.invites.iter().filter(|invite| !invite.is_admitted);
        let its = waiting.find(|invite| invite.partner == Some(*partner.as_bytes()))?;
        Some(Act::Enrol {
            partner: *partner,
            root: its.root?,
            name: its.claimed_name.clone()?,
            mandate: mandate.clone(),
        })
    }

    /// Remembers that a newcomer was enrolled: its next knock opens.
    pub(crate) fn admitted(&self, partner: &PartnerId) -> anyhow::Result<()> {
        let mut invites = self.lock();
        invites.admit(partner);
        self.keep(&invites)
    }

    /// Signs the enrolment of a newcomer whose ticket says that nobody looks at it again, or returns why a person has to: a ticket gives
    /// no right that its node has not. Another node of a partner that is in needs no enrolment.
    fn enrol(
        &self,
        partner: PartnerId,
        root: [u8; 32],
        name: String,
        mandate: Mandate,
    ) -> Result<Option<&'static str>, ContributeError> {
        let act = Act::Enrol {
            partner,
            root,
            name,
            mandate,
        };
        let signs = self.replica.partner().zip(self.replica.feed());
        {
            let state = self.replica.state();
            if state.is_in(&partner) {
                return Ok(None);
            }
            if state.governance().partners().has_left(&partner) {
                return Ok(Some("partner_left"));
            }
            let Some((ours, feed)) = signs else {
                return Ok(Some("read_only"));
            };
            let checked = state.check_right(&ours, &feed, std::slice::from_ref(&act));
            if let Err(error) = checked {
                return Ok(Some(error.code()));
            }
        }
        let item = NewItem::of_act(&act).expect("an enrolment has a name");
        match self.replica.decide(vec![item]) {
            Ok(_) => Ok(None),
            // It asks again in some seconds: by then a peer may have been reached.
            Err(error @ (ContributeError::Held | ContributeError::NotCompared)) => {
                Ok(Some(error.code()))
            }
            Err(error) => Err(error),
        }
    }

    /// Why a network identity may not exchange. Nothing where it may.
    fn barred(&self, endpoint: &[u8; 32]) -> Option<Bar> {
        let admitted = self.lock().admitted().get(endpoint).copied();
        let state = self.replica.state();
        if let Some(judged) = state.bar_of_endpoint(endpoint) {
            return judged.err();
        }
        // Its certificate may still be on its way.
        match admitted {
            Some(partner) if state.is_in(&partner) => None,
            _ if self.configured.contains(endpoint) => None,
            Some(_) => Some(Bar::Left),
            None => Some(Bar::Stranger),
        }
    }

    fn charters(&self) -> CharterBytes {
        let state = self.replica.state();
        let held = state.charters();
        CharterBytes {
            charters: held.iter().map(|(_, charter)| charter.to_bytes()).collect(),
            approvals: held
                .iter()
                .flat_map(|(id, _)| held.approvals(id))
                .map(|approval| approval.to_bytes())
                .collect(),
        }
    }

    /// The partner whose root in force this is, where it is not its first one.
    fn partner_of(&self, root: &[u8; 32]) -> Option<PartnerId> {
        let state = self.replica.state();
        let mut lines = state.governance().roots().lines();
        let is_its = |line: &Line| !line.is_disputed() && line.current() == Root::Later(*root);
        lines
            .find(|(_, line)| is_its(line))
            .map(|(partner, _)| *partner)
    }

    fn try_join(&self, request: &JoinRequest, endpoint: [u8; 32]) -> Result<JoinReply, JoinError> {
        let federation: FederationId = *self.replica.state().federation();
        let certificate = request
            .certificate(&federation, endpoint, self.partner_of(request.root()))
            .ok_or(JoinError::Certificate)?;
        // A root that was rotated certifies nothing any more, and one in dispute nothing yet.
        let is_in_force = {
            let state = self.replica.state();
            let roots = state.governance().roots();
            roots.is_in_force(&Certified::from(&certificate))
        };
        if !is_in_force {
            return Err(JoinError::Certificate);
        }
        let mut invites = self.lock();
        let presented = invites.present(request, &certificate, clock::now());
        // Also a wrong code is kept, so that a restart gives nobody new tries.
        self.keep(&invites).map_err(|error| failed(&error))?;
        match presented? {
            Presented::Waiting => Ok(JoinReply::Waiting),
            Presented::Admitted if !self.replica.state().is_in(&certificate.partner) => {
                Err(JoinError::Left)
            }
            Presented::Admitted => Ok(JoinReply::Admitted(self.charters())),
            Presented::Enrol {
                partner,
                root,
                name,
                mandate,
            } => {
                let enrolled = self.enrol(partner, root, name, mandate);
                if let Some(code) = enrolled.map_err(|error| failed(&error.into()))? {
                    // It knocks every few seconds, and is told once.
                    if invites.withhold(&partner, code) {
                        self.keep(&invites).map_err(|error| failed(&error))?;
                        tracing::warn!(partner = %partner.short(), code, "a ticket that admits by itself waits for a person");
                    }
                    return Ok(JoinReply::Waiting);
                }
                invites.admit(&partner);
                self.keep(&invites).map_err(|error| failed(&error))?;
                tracing::info!(partner = %partner.short(), "a partner was admitted with its ticket");
                Ok(JoinReply::Admitted(self.charters()))
            }
        }
    }

    fn keep(&self, invites: &Invites) -> anyhow::Result<()> {
        let new = self.file.with_extension("json.new");
        fs::write(&new, serde_json::to_vec(invites)?).with_context(|| new.display().to_string())?;
        fs::File::open(&new)?.sync_all()?;
        fs::rename(&new, &self.file).with_context(|| self.file.display().to_string())
    }

    /// INVARIANT: nobody who holds the state asks for the invitations. Whoever enrols a newcomer holds them while the writer waits for the
    /// state.
    fn lock(&self) -> MutexGuard<'_, Invites> {
        self.invites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl sync::Door for Door {
    fn is_allowed(&self, endpoint: &[u8; 32]) -> bool {
        self.barred(endpoint).is_none()
    }

    fn bar(&self, endpoint: &[u8; 32]) -> Bar {
        self.barred(endpoint).unwrap_or(Bar::Stranger)
    }

    fn is_coordinator(&self, endpoint: &[u8; 32]) -> bool {
        let state = self.replica.state();
        let coordinators = &state.governance().adoption().tip().coordinators;
        let mut certificates = state.certificates().values();
        certificates.any(|it| it.endpoint == *endpoint && coordinators.contains_key(&it.partner))
    }

    fn met(&self) -> Vec<PeerAddress> {
        met::read(&self.folder)
    }

    fn keep_met(&self, met: &[PeerAddress]) {
        met::write(&self.folder, met);
    }

    fn is_open(&self) -> bool {
        let unheard = match self.lock().open(clock::now()) {
            Open::ToAll => return true,
            Open::To(unheard) => unheard,
        };
        let state = self.replica.state();
        let is_heard = |endpoint: &[u8; 32]| state.bar_of_endpoint(endpoint).is_some();
        !unheard.iter().all(is_heard)
    }

    fn join(&self, request: &JoinRequest, endpoint: [u8; 32]) -> JoinReply {
        self.try_join(request, endpoint)
            .unwrap_or_else(JoinReply::Refused)
    }

    fn claimed(&self, endpoint: &[u8; 32], sequence: u64) {
        let id = data_encoding::HEXLOWER.encode(&endpoint[..4]);
        tracing::warn!(
            peer.id = %id,
            sequence,
            "a peer names a later entry of this node than this node holds: nothing is signed while it is asked for it, a minute at most"
        );
        // Whether an old copy was put in the place of this node is asked anew.
        if !self.is_vouched.load(Ordering::Acquire) {
            self.replica.hold_acts(true);
        }
    }

    fn unproved(&self, endpoint: &[u8; 32]) {
        let id = data_encoding::HEXLOWER.encode(&endpoint[..4]);
        tracing::warn!(
            peer.id = %id,
            "a peer names later entries of this node, and did not show them: it is not believed in this again before the next start, and this node signs on; ask who runs it"
        );
    }

    fn compared(&self) {
        self.replica.hold_acts(false);
    }

    fn level(&self) {
        self.restored.met();
    }

    fn feeds_of(&self, endpoint: &[u8; 32]) -> Vec<FeedId> {
        let state = self.replica.state();
        let certificates = state.certificates().iter();
        certificates
            .filter(|(_, each)| each.endpoint == *endpoint)
            .map(|(feed, _)| *feed)
            .collect()
    }

    fn spent(&self) -> Vec<SpentRow> {
        let rows = self.local.get().map(Local::spent);
        match rows.unwrap_or_else(|| Ok(Vec::new())) {
            Ok(rows) => rows.into_iter().map(SpentRow::from).collect(),
            Err(fault) => {
                tracing::error!(
                    code = fault.code(),
                    "what partners have spent cannot be read: {fault}"
                );
                Vec::new()
            }
        }
    }

    fn keep_spent(&self, rows: &[SpentRow]) {
        let rows: Vec<_> = rows.iter().map(|row| (row.key, row.value)).collect();
        if let Some(Err(fault)) = self.local.get().map(|local| local.keep_spent(&rows)) {
            tracing::error!(
                code = fault.code(),
                "what partners spend cannot be kept: {fault}"
            );
        }
    }
}

fn failed(error: &anyhow::Error) -> JoinError {
    tracing::error!("a newcomer could not be admitted: {error:#}");
    JoinError::Failed
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use sync::Door as _;

    use super::*;
    use crate::app::App;
    use crate::config::Config;
    use crate::found::{self, OtherSeats, RootKeeping};

    /// Enrolments, each a commit that needs the state: who waits with the state in hand has begun to wait before the last.
    const COMMITS: usize = 50;

    fn ask(app: &Arc<App>, ask: fn(&App)) -> std::thread::JoinHandle<()> {
        let app = Arc::clone(app);
        std::thread::spawn(move || ask(&app))
    }

    #[test]
    fn nobody_waits_for_the_invitations_with_the_state_in_hand() {
        let folder = tempfile::tempdir().expect("a folder");
        let node = folder.path().join("prefecture");
        let config = Config::new("Préfecture");
        let seats = OtherSeats::default();
        found::federation(&node, "Loiret", &[], &config, RootKeeping::Clear, &seats)
            .expect("founded");
        let app = Arc::new(App::open(&node).expect("opens"));
        // Whoever admits a newcomer holds the invitations while the writer waits for the state.
        let door = app.door();
        let invites = door.lock();
        let asking = [
            ask(&app, |app| {
                let _ = app.door().is_allowed(&[7; 32]);
            }),
            ask(&app, |app| {
                let _ = crate::calls::partners(app);
            }),
        ];
        let (done, is_done) = channel();
        let replica = Arc::clone(&app.replica);
        let deciding = std::thread::spawn(move || {
            for number in 0..COMMITS {
                let act = Act::Enrol {
                    partner: PartnerId::from_bytes([number as u8; 32]),
                    root: [number as u8; 32],
                    name: format!("Essai {number}"),
                    mandate: Mandate::default(),
                };
                let item = NewItem::of_act(&act).expect("it has a name");
                replica.decide(vec![item]).map(drop).expect("signed");
            }
            done.send(()).expect("somebody waits");
        });
        let ended = is_done.recv_timeout(Duration::from_secs(60));
        assert!(ended.is_ok(), "the writer waits for the state for ever");
        drop(invites);
        for thread in asking.into_iter().chain([deciding]) {
            thread.join().expect("ends");
        }
    }
}
