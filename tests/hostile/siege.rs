//! A real node with a healthy peer, its memory, and what its operator sees.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crdt_schema::entry::{Certificate, VerifiedEntry};
use crdt_schema::governance::{
    Act, Approval, Charter, Coordinator, Mandate, Position, Quotas, Scope, Selection,
};
use crdt_schema::id::{CharterId, FederationId, FeedId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::time::Timestamp;
use replica::{Author, NewItem, Replica};
use serde_json::Value as Json;
use sync::PeerState;
use sync::message::{Hello, Tip};
use sync::session::PROTOCOL;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::harness::federation::{Node, birth_in, until};
use crate::harness::forged::Forger;
use crate::harness::process::NodeProcess;
use crate::split::endpoint;

/// What a partner may publish in a day here.
pub(crate) const QUOTA: u64 = 400;
/// Hostile partners.
const PARTNERS: u8 = 90;
/// The partner that keeps to the rules.
const HEALTHY: u8 = 200;
/// A hostile partner that coordinates too.
pub(crate) const COORDINATOR: u8 = 201;
/// A hostile partner whose feed was cut.
pub(crate) const CUT: u8 = 202;
/// The bounds of every attack.
pub(crate) const RSS_MAX_MB: u64 = 300;
pub(crate) const SERVED_MAX: Duration = Duration::from_secs(2);

/// See the module.
pub(crate) struct Siege {
    node: NodeProcess,
    folder: tempfile::TempDir,
    pub(crate) endpoint: [u8; 32],
    pub(crate) address: SocketAddr,
    federation: FederationId,
    tip: Tip,
    pub(crate) healthy: Node,
    served: watch::Sender<usize>,
}

/// A key of an invented partner.
pub(crate) fn secret(purpose: &str, number: u8) -> SecretKey {
    let mut bytes = [number; 32];
    bytes[..purpose.len()].copy_from_slice(purpose.as_bytes());
    SecretKey::from_bytes(&bytes)
}

pub(crate) fn public(purpose: &str, number: u8) -> [u8; 32] {
    *secret(purpose, number).public().as_bytes()
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether something of a list is so.
pub(crate) fn some(list: &Json, is_so: impl Fn(&Json) -> bool) -> bool {
    list.as_array().is_some_and(|all| all.iter().any(is_so))
}

/// When the folder was made: entries of today are charged to today.
fn today(folder: &Path) -> Timestamp {
    let made = std::fs::metadata(folder).expect("it is there").modified();
    let since = made
        .expect("the system knows")
        .duration_since(std::time::UNIX_EPOCH);
    let millis = since.expect("after 1970").as_millis();
    Timestamp::from_millis(i64::try_from(millis).expect("small"))
}

/// Each edit claims the hour after that of the one before: whoever keeps to the rules is within its quota of each day.
fn an_hour_later() -> Timestamp {
    static HOURS: AtomicI64 = AtomicI64::new(0);
    let hours = HOURS.fetch_add(1, Ordering::Relaxed);
    Timestamp::from_millis(1_600_000_000_000 + hours * 3_600_000)
}

fn author(secret: SecretKey) -> Author {
    Author {
        secret,
        now: an_hour_later,
        fill_random: |bytes| bytes.fill(7),
    }
}

/// Records in the Loiret only.
fn loiret() -> Mandate {
    Mandate::new(vec![Scope {
        kinds: Selection::All,
        territories: Selection::Only(["45".to_owned()].into()),
    }])
}

fn enrol(number: u8) -> NewItem {
    let root = secret("root", number).public();
    let act = Act::Enrol {
        partner: root.partner(),
        root: *root.as_bytes(),
        name: format!("Partenaire {number}"),
        mandate: loiret(),
    };
    NewItem::of_act(&act).expect("a known act")
}

fn certificate(federation: &FederationId, charter: CharterId, number: u8) -> VerifiedEntry {
    let mut forger = Forger::new(secret("instance", number), *federation, charter);
    forger.certificate(&secret("root", number), public("endpoint", number))
}

/// The next charter: a quota, and a second coordinator.
fn next(node: &NodeProcess, before: &Charter) -> (Charter, Approval) {
    let root = secret("root", COORDINATOR).public();
    let coordinator = Coordinator {
        root: *root.as_bytes(),
        name: "Partenaire 201".to_owned(),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    let mut charter = Charter {
        federation: Some(before.federation()),
        version: before.version + 1,
        parent: Some(before.id()),
        quotas: Quotas {
            entries_per_day: Some(QUOTA),
            bytes_per_day: None,
        },
        ..before.clone()
    };
    charter.coordinators.insert(root.partner(), coordinator);
    let seat = node.key("seat");
    let approval = Approval::sign(&seat, before.federation(), before.id(), charter.id());
    (charter, approval)
}

impl Siege {
    /// Founds a federation, enrols everybody, and starts the node and its healthy peer.
    pub(crate) fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut node = NodeProcess::found(folder.path().join("prefecture"), "Préfecture");
        let (charters, approvals, federation, tip) = Self::furnish(&node);
        let healthy = Self::healthy(folder.path(), &charters, &approvals, &node);
        node.start();
        Self {
            endpoint: *node.key("endpoint").public().as_bytes(),
            address: node.listens_at().parse().expect("an address"),
            node,
            folder,
            federation,
            tip,
            healthy,
            served: watch::Sender::new(0),
        }
    }

    /// Puts charters, enrolments, certificates and a cut into the store of a node that does not run.
    fn furnish(node: &NodeProcess) -> (Vec<Charter>, Vec<Approval>, FederationId, Tip) {
        let replica = Replica::open(node.folder(), Some(author(node.key("instance"))));
        let replica = replica.expect("a store");
        let federation = *replica.state().federation();
        let genesis = replica.state().governance().adoption().tip().clone();
        let (charter, approval) = next(node, &genesis);
        let tip = Tip {
            version: charter.version,
            id: charter.id(),
        };
        let added = replica.add_charters(vec![charter.clone()], vec![approval]);
        added.expect("it is written");
        let numbers = (1..=PARTNERS).chain([HEALTHY, COORDINATOR, CUT]);
        replica
            .decide(numbers.clone().map(enrol).collect())
            .expect("enrolled");
        let starts = numbers.filter(|number| *number != HEALTHY);
        let starts: Vec<_> = starts
            .map(|it| certificate(&federation, tip.id, it))
            .collect();
        replica.ingest(starts).expect("they are written");
        let start = certificate(&federation, tip.id, CUT);
        let cut = Act::Cut {
            feed: start.header().feed,
            position: Position {
                sequence: 0,
                entry: start.id(),
            },
        };
        let cut = NewItem::of_act(&cut).expect("a known act");
        replica.decide(vec![cut]).expect("signed");
        (vec![genesis, charter], vec![approval], federation, tip)
    }

    fn healthy(
        folder: &Path,
        charters: &[Charter],
        approvals: &[Approval],
        node: &NodeProcess,
    ) -> Node {
        let own = tempfile::tempdir_in(folder).expect("a folder");
        Replica::create(own.path(), charters, approvals).expect("an empty folder");
        let opened = Replica::open(own.path(), Some(author(secret("instance", HEALTHY))));
        let (root, federation) = (secret("root", HEALTHY), charters[0].federation());
        let feed = secret("instance", HEALTHY).public().feed();
        let endpoint = public("endpoint", HEALTHY);
        let its = Certificate::sign(&root, root.public().partner(), &federation, &feed, endpoint);
        let healthy = Node {
            replica: Arc::new(opened.expect("a store")),
            folder: own,
        };
        healthy.replica.certify(its, &[]).expect("its feed begins");
        let other = Replica::open(node.folder(), None).expect("a store");
        other.ingest(healthy.verified()).expect("it is written");
        healthy
    }

    /// A hand that signs with the instance key of a hostile partner, today.
    pub(crate) fn forger(&self, number: u8) -> Forger {
        let key = secret("instance", number);
        let mut forger = Forger::new(key, self.federation, self.tip.id);
        forger.claimed = today(self.folder.path());
        forger
    }

    pub(crate) fn hello(&self, binding: [u8; 32]) -> Hello {
        Hello {
            protocol: PROTOCOL,
            federation: self.federation,
            tip: self.tip,
            software: "hostile".to_owned(),
            batch_bytes_max: 4 << 20,
            yours: Vec::new(),
            binding,
        }
    }

    pub(crate) fn birth(&self, nonce: u8) -> (RecordId, crdt_schema::entry::RecordBirth) {
        birth_in(&self.federation, nonce)
    }

    pub(crate) fn federation(&self) -> FederationId {
        self.federation
    }

    pub(crate) fn ask(&self, arguments: &[&str]) -> Json {
        self.node.ask(arguments)
    }

    pub(crate) fn ask_all(&self, arguments: &[&str]) -> Json {
        self.node.ask_all(arguments)
    }

    /// Waits until the answer of a command is so, for ten seconds.
    pub(crate) async fn shows(&self, what: &str, is_so: impl Fn(&Json) -> bool) {
        let began = Instant::now();
        let mut last = Json::Null;
        while began.elapsed() < Duration::from_secs(10) {
            last = tokio::task::block_in_place(|| self.node.ask(&["status"]));
            if is_so(&last) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the status never shows {what}: {last}");
    }

    /// The log has a line that names the peer with this reason.
    pub(crate) fn logs(&self, peer: &str, reason: &str) {
        let log = std::fs::read_to_string(self.node.folder().with_extension("log"));
        let log = log.expect("it logs");
        let mut lines = log.lines();
        let is_named = lines.any(|line| line.contains(peer) && line.contains(reason));
        assert!(is_named, "not in the log: {peer} {reason}\n{log}");
    }

    /// What became of each edit of a record, in the order of their feed: its state, with the reason.
    pub(crate) async fn history(&self, record: &RecordId) -> Vec<String> {
        // The status is answered once the views are built.
        let ask = || {
            self.node.ask(&["status"]);
            self.node.ask(&["record", "history", &record.to_string()])
        };
        let shown = tokio::task::block_in_place(ask);
        let mut edits = shown["edits"].as_array().expect("a list").clone();
        edits.sort_by_key(|edit| edit["sequence"].as_u64());
        let became = |edit: &Json| match (&edit["state"], &edit["reason"]) {
            (Json::String(state), Json::String(reason)) => format!("{state}: {reason}"),
            (Json::String(state), _) => state.clone(),
            _ => panic!("{edit}"),
        };
        edits.iter().map(became).collect()
    }

    /// Why the one act that says this has no effect.
    pub(crate) fn without_effect(&self, says: &str) -> String {
        let listed = tokio::task::block_in_place(|| self.node.ask(&["acts"]));
        let acts = listed["acts"].as_array().expect("a list").iter();
        let its: Vec<_> = acts
            .filter(|act| act["says"].to_string().contains(says))
            .collect();
        let [act] = its[..] else {
            panic!("{listed}");
        };
        assert_eq!(act["counts"], false);
        act["reason"].as_str().expect("a reason").to_owned()
    }

    /// Waits until the newest entry of a feed has this sequence.
    pub(crate) async fn holds_up_to(&self, feed: &FeedId, sequence: u64) {
        let its = feed.to_string();
        let is_last = |each: &Json| {
            let heads = each["heads"].as_array();
            each["feed"] == *its
                && heads.is_some_and(|all| all.len() == 1)
                && each["heads"][0]["sequence"] == sequence
        };
        let is_so = |status: &Json| some(&status["feeds"], is_last);
        self.shows(&format!("{its} up to {sequence}"), is_so).await;
    }

    /// The record that the healthy peer made when it was served for this time.
    pub(crate) fn served_record(
        &self,
        number: usize,
    ) -> (RecordId, crdt_schema::entry::RecordBirth) {
        let mut birth = self.birth(0).1;
        birth.nonce[..8].copy_from_slice(&(number as u64).to_be_bytes());
        birth.nonce[8..].copy_from_slice(b"healthy!");
        let (kind, territory) = (&birth.kind, &birth.territory);
        let record = RecordId::of(&self.federation, kind, territory, &birth.nonce);
        (record, birth)
    }

    /// Lets an edit of the healthy peer reach the node over a new session, and returns how long that took.
    pub(crate) async fn serve(&self) -> Duration {
        let (record, birth) = self.served_record(*self.served.borrow());
        self.healthy.put(record, Some(birth), "Club sain");
        let began = Instant::now();
        let to = vec![(self.endpoint, self.address)];
        let key = *secret("endpoint", HEALTHY).to_bytes();
        let here = "127.0.0.1:0".parse().expect("an address");
        let calling = endpoint(&self.healthy.replica, key, here, to).await;
        until("the healthy peer is level with the node", || {
            let peers = calling.peers().all();
            peers.values().any(|peer| peer.state == PeerState::CaughtUp)
        })
        .await;
        let took = began.elapsed();
        calling.close().await;
        self.served.send_modify(|count| *count += 1);
        took
    }

    /// Waits until the healthy peer was served once more, from its first word to its last.
    pub(crate) async fn served(&self) {
        let mut served = self.served.subscribe();
        let before = *served.borrow();
        let waited = served.wait_for(|count| *count >= before + 2);
        tokio::time::timeout(Duration::from_secs(60), waited)
            .await
            .expect("the healthy peer is served")
            .expect("it goes on");
    }

    /// Forgets the peak of memory so far.
    pub(crate) fn forget_peak(&self) {
        let file = format!("/proc/{}/clear_refs", self.node.process_id());
        std::fs::write(file, "5").expect("the process is ours");
    }

    /// Returns the most memory that the process has held since, in MB.
    pub(crate) fn peak_mb(&self) -> u64 {
        let file = format!("/proc/{}/status", self.node.process_id());
        let status = std::fs::read_to_string(file).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.split_whitespace().next());
        kb.expect("a number").parse::<u64>().expect("a number") / 1024
    }

    /// Both honest nodes hold the same and show the same: nothing that was acknowledged is gone.
    pub(crate) async fn agree(&self) {
        let began = Instant::now();
        loop {
            self.serve().await;
            let ours = tokio::task::block_in_place(|| self.healthy.digest());
            let ours = hexadecimal(&ours);
            let status = tokio::task::block_in_place(|| self.node.ask(&["status"]));
            let held = self.healthy.replica.state().feeds().entries().count();
            if status["state_digest"] == ours.as_str() && status["entries"] == held {
                return;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{ours} {held} {status}"
            );
        }
    }
}
