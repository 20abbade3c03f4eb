//! Erasures between nodes: whole sessions in memory over real replicas. What was erased goes over no wire, and a node that was away
//! the whole time neither keeps it nor gives it back.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crdt_schema::cbor::Wire;
use crdt_schema::entry::{
    Certificate, Frame, PersonalFrame, RecordBirth, SignedEntry, StatementFrame, VerifiedEntry,
};
use crdt_schema::governance::{
    Charter, Confirmed, Coordinator, Erasure, Mandate, Quotas, Recovery, Seat, Selection,
};
use crdt_schema::id::{FeedId, ItemId, RecordId, SubjectId};
use crdt_schema::key::SecretKey;
use crdt_schema::personal::{PersonalContent, Visibility};
use crdt_schema::time::Timestamp;
use replica::{Author, NewItem, Replica, Rewriting};

use super::tests::{Open, over, try_store};
use super::*;
use crate::message::Message;
use crate::session::{Config, Input, Output, Role, Session};

pub(super) fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

fn charter() -> Charter {
    charter_of(5)
}

/// A charter of so many partners, of which the first coordinates; all names are invented.
pub(super) fn charter_of(partners: u8) -> Charter {
    let root = |number| *key(number).public().as_bytes();
    let partners = (1..=partners).map(|number| {
        let confirmed = Confirmed {
            root: root(number),
            name: format!("Partenaire {number}"),
            mandate: Mandate::everything(),
        };
        (key(number).public().partner(), confirmed)
    });
    let coordinator = Coordinator {
        root: root(1),
        name: "Partenaire 1".to_owned(),
        rights: Selection::All,
        mandate: Mandate::everything(),
    };
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: "Essai".to_owned(),
        seats: vec![Seat {
            id: "Siège".to_owned(),
            key: root(9),
        }],
        k: 1,
        recovery: Recovery::default(),
        coordinators: [(key(1).public().partner(), coordinator)].into(),
        partners: partners.collect(),
        cuts: BTreeMap::new(),
        schemes: BTreeMap::new(),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

/// Any bytes do for salts here: each call gives others.
fn fill(bytes: &mut [u8]) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    for (byte, value) in bytes.iter_mut().zip(next.iter().cycle()) {
        *byte = *value;
    }
}

fn now() -> Timestamp {
    static NOW: AtomicI64 = AtomicI64::new(1_764_000_000_000);
    Timestamp::from_millis(NOW.fetch_add(1_000, Ordering::Relaxed))
}

struct Node {
    shelf: Shelf,
    folder: tempfile::TempDir,
}

impl Node {
    fn new(partner: u8) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
        let node = Self::open(folder, partner);
        let certificate = Certificate::sign(
            &key(partner),
            key(partner).public().partner(),
            &charter().federation(),
            &key(partner + 100).public().feed(),
            [partner; 32],
        );
        node.replica()
            .certify(certificate, &[])
            .expect("the feed starts");
        node
    }

    fn open(folder: tempfile::TempDir, partner: u8) -> Self {
        let author = Author {
            secret: key(partner + 100),
            now,
            fill_random: fill,
        };
        let replica = Replica::open(folder.path(), Some(author)).expect("a store");
        let shelf = over(Arc::new(replica), Arc::new(Open::default()));
        Self { shelf, folder }
    }

    fn replica(&self) -> &Replica {
        &self.shelf.replica
    }

    fn rewrite(&self) -> Rewriting {
        self.replica().rewrite_now().expect("written")
    }

    /// Returns every entry that is held, as it would be sent.
    fn entries(&self) -> Vec<SignedEntry> {
        let reader = self.replica().read().expect("a snapshot");
        let feeds: Vec<FeedId> = self.replica().state().feeds().ids().copied().collect();
        let of_feed = |feed: &FeedId| {
            let bounds = (usize::MAX, usize::MAX);
            let page = reader.feed_entries(feed, 0, bounds, |_| false);
            page.expect("readable").0
        };
        feeds.iter().flat_map(of_feed).collect()
    }

    fn holds(&self, needle: &[u8]) -> bool {
        is_below(self.folder.path(), needle)
    }

    fn done(&self) -> (usize, usize) {
        let board = self.replica().erasure_board().expect("read");
        (board[0].done(), board[0].nodes.len())
    }
}

fn is_below(folder: &Path, needle: &[u8]) -> bool {
    fs::read_dir(folder).expect("readable").any(|file| {
        let path = file.expect("readable").path();
        if path.is_dir() {
            return is_below(&path, needle);
        }
        match fs::read(&path) {
            Ok(bytes) => contains(&bytes, needle),
            // The search index has removed it meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => panic!("{}: {error}", path.display()),
        }
    })
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|at| at == needle)
}

/// Lets two nodes talk until both are level. Returns what each sent.
fn meet(one: &Node, two: &Node) -> [Vec<SignedEntry>; 2] {
    let config = |role, peer| Config {
        role,
        peer: PeerId::from_bytes([peer; 32]),
        software: "maillage essai".into(),
        exporter: [3; 32],
        jitter: 0,
    };
    let nodes = [one, two];
    let mut sessions = [
        Session::new(config(Role::Dialler, 2), Duration::ZERO),
        Session::new(config(Role::Listener, 1), Duration::ZERO),
    ];
    let mut sent = [Vec::new(), Vec::new()];
    let mut inputs = VecDeque::from([(0, Input::Start), (1, Input::Start)]);
    while let Some((side, input)) = inputs.pop_front() {
        let reading = nodes[side].shelf.snapshot().expect("no fault");
        for output in sessions[side].handle(input, Duration::ZERO, &reading) {
            match output {
                Output::Send(message) => {
                    if let Message::Entries(entries) = &message {
                        sent[side].extend(entries.block.open().expect("packed by us"));
                    }
                    inputs.push_back((1 - side, Input::Message(message)));
                }
                Output::Store { batch, content } => {
                    let replica = nodes[side].replica();
                    let outcome = match content {
                        Batch::Entries(entries) => try_store(&nodes[side].shelf, entries),
                        Batch::Objects {
                            charters,
                            approvals,
                        } => storing::objects(replica, &charters, &approvals),
                    };
                    inputs.push_back((side, Input::Stored { batch, outcome }));
                }
                Output::Close(close) => panic!("the session closed: {close}"),
                Output::Report(_) | Output::Schedule(..) => {}
            }
        }
    }
    assert!(sessions.iter().all(Session::is_open), "both are level");
    sent
}

/// Bytes that no compression shortens, so that they can be searched for in files.
fn canary(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(step).take(4_000).collect()
}

fn birth() -> RecordBirth {
    RecordBirth {
        kind: "actor".to_owned(),
        territory: "93".to_owned(),
        nonce: [1; 16],
    }
}

fn record() -> RecordId {
    RecordId::of(&charter().federation(), "actor", "93", &[1; 16])
}

fn said(bytes: &[u8]) -> NewItem {
    let frame = Frame::Statement(StatementFrame {
        subject: record(),
        other: None,
        predicate: "reported".to_owned(),
    });
    NewItem {
        frame,
        content: bytes.to_vec(),
    }
}

fn contact(value: &str) -> NewItem {
    let frame = PersonalFrame {
        record: record(),
        field: "contact".to_owned(),
        subject: SubjectId::from_bytes([7; 16]),
        supersedes: Vec::new(),
    };
    let content = PersonalContent {
        value: value.to_owned(),
        visibility: Visibility::Partners,
        purpose: "coordination".to_owned(),
        until: None,
    };
    NewItem::personal(frame, &content)
}

fn created(name: &str) -> NewItem {
    use crdt_schema::edit::{Content, Operation, Value};
    let frame = Frame::Edit(crdt_schema::entry::EditFrame {
        record: record(),
        base: Vec::new(),
        creation: Some(birth()),
    });
    let operation = Operation::Put {
        field: "name".to_owned(),
        value: Value::Text(name.to_owned()),
    };
    NewItem {
        frame,
        content: Content(vec![operation]).to_cbor(),
    }
}

fn erasure() -> Erasure {
    Erasure {
        record: Some(record()),
        subject: Some(SubjectId::from_bytes([7; 16])),
        ground: "demande".to_owned(),
        ..Erasure::default()
    }
}

/// Asserts that no contribution in these entries has a content.
fn assert_bare(entries: &[SignedEntry]) {
    let federation = charter().federation();
    for entry in entries {
        let entry = entry.clone().verify(&federation);
        let entry = entry.expect("an erased form verifies");
        let mut items = entry.items().iter();
        let is_contribution = |frame: &Frame| {
            matches!(
                frame,
                Frame::Edit(_) | Frame::Personal(_) | Frame::Statement(_)
            )
        };
        assert!(items.all(|item| !is_contribution(&item.frame) || item.content().is_none()));
    }
}

#[test]
fn a_node_that_was_away_the_whole_time_ends_without_the_bytes_and_never_gives_them_back() {
    let nodes: Vec<Node> = (1..=5).map(Node::new).collect();
    let secrets = [canary(1), canary(2)];
    let needles = secrets.each_ref().map(|secret| &secret[2_000..2_032]);
    let items = vec![created("Un"), contact("Camille Exemple"), said(&secrets[0])];
    nodes[1].replica().contribute(items).expect("written");
    for _ in 0..2 {
        for (one, two) in [(0, 1), (0, 2), (0, 3), (0, 4)] {
            meet(&nodes[one], &nodes[two]);
        }
    }
    assert!(
        nodes.iter().all(|node| node.holds(needles[0])),
        "all hold what will have to go"
    );
    // The fifth node goes away. It keeps a bundle, and writes about the same person.
    let bundle = bundles::export(&nodes[4].shelf);
    let items = vec![contact("Camille E."), said(&secrets[1])];
    nodes[4].replica().contribute(items).expect("written");
    let late = bundles::export(&nodes[4].shelf);
    nodes[0].replica().erase(&erasure()).expect("signed");
    for other in 1..=3 {
        meet(&nodes[0], &nodes[other]);
    }
    for node in &nodes[..4] {
        assert_eq!(node.rewrite(), Rewriting::Done);
        node.replica().checkpoint().expect("signed");
        assert!(!node.holds(needles[0]));
        assert_bare(&node.entries());
    }
    for other in 1..=3 {
        meet(&nodes[0], &nodes[other]);
    }
    assert_eq!(nodes[0].done(), (4, 5));
    // Imported while it is away, the bundle brings it nothing new, and nothing that stays.
    assert_eq!(bundles::import(&nodes[4].shelf, &bundle).new, 0);
    // It comes back, to a node that is no coordinator.
    let [given, taken] = meet(&nodes[4], &nodes[2]);
    assert!(!given.is_empty() && !taken.is_empty());
    assert_bare(&given);
    assert_bare(&nodes[4].entries());
    assert_eq!(nodes[4].rewrite(), Rewriting::Done);
    nodes[4].replica().checkpoint().expect("signed");
    // The bundle is imported everywhere, and so are the entries that were written while away.
    for node in &nodes {
        for bundle in [&bundle, &late] {
            let imported = bundles::import(&node.shelf, bundle);
            assert!(imported.erased > 0, "its contents are left out");
            assert!(imported.broken.is_none() && imported.left_out.is_empty());
        }
        assert_bare(&node.entries());
    }
    for _ in 0..2 {
        for (one, two) in [(4, 2), (0, 2), (0, 4), (0, 1), (0, 3)] {
            for sent in meet(&nodes[one], &nodes[two]) {
                assert_bare(&sent);
            }
        }
    }
    for node in &nodes {
        for needle in needles {
            assert!(!node.holds(needle));
        }
        assert_eq!(node.done(), (5, 5));
    }
    let digests = nodes.iter().map(|node| {
        let reader = node.replica().read().expect("a snapshot");
        reader.state_digest().expect("readable")
    });
    let digests: std::collections::BTreeSet<_> = digests.collect();
    assert_eq!(digests.len(), 1);
}

/// Copies a folder, as a backup that was made without the node's help.
fn copied(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for name in ["replica.redb", "published"] {
        let from = folder.join(name);
        fs::write(copy.path().join(name), fs::read(from).expect("readable")).expect("written");
    }
    copy
}

#[test]
fn a_restored_copy_loses_what_was_erased_at_its_first_exchange() {
    let (coordinator, city, club) = (Node::new(1), Node::new(2), Node::new(3));
    let secret = canary(3);
    let items = vec![created("Un"), said(&secret)];
    city.replica().contribute(items).expect("written");
    meet(&coordinator, &city);
    meet(&club, &city);
    // A copy of a stopped node.
    let Node { shelf, folder } = club;
    drop(shelf);
    let copy = copied(folder.path());
    coordinator.replica().erase(&erasure()).expect("signed");
    let club = Node::open(folder, 3);
    meet(&coordinator, &club);
    assert_eq!(club.rewrite(), Rewriting::Done);
    assert!(!club.holds(&secret[2_000..2_032]));
    drop(club);
    let restored = Node::open(copy, 3);
    assert!(restored.holds(&secret[2_000..2_032]));
    let [given, _] = meet(&restored, &coordinator);
    assert_bare(&given);
    assert_eq!(restored.rewrite(), Rewriting::Done);
    assert!(!restored.holds(&secret[2_000..2_032]));
}

#[test]
fn an_authors_own_erasure_reaches_the_others_before_any_data() {
    let (city, club) = (Node::new(2), Node::new(3));
    let items = vec![created("Un"), contact("Camille Exemple")];
    let entry = city.replica().contribute(items).expect("written")[0];
    meet(&city, &club);
    let erasure = Erasure {
        items: [ItemId::of(&entry, 1)].into(),
        ground: "erreur".to_owned(),
        ..Erasure::default()
    };
    city.replica().erase(&erasure).expect("signed");
    meet(&club, &city);
    let reader = club.replica().read().expect("a snapshot");
    let held: Arc<VerifiedEntry> = reader.entry(&entry).expect("readable").expect("held");
    let contents: Vec<bool> = held
        .items()
        .iter()
        .map(|it| it.content().is_some())
        .collect();
    assert_eq!(contents, [true, false]);
    // Another partner's erasure of what is not its own changes nothing anywhere.
    let others = Erasure {
        items: [ItemId::of(&entry, 0)].into(),
        ..erasure
    };
    club.replica().erase(&others).expect("signed");
    meet(&club, &city);
    let reader = city.replica().read().expect("a snapshot");
    let held = reader.entry(&entry).expect("readable").expect("held");
    assert!(held.items()[0].content().is_some());
}
