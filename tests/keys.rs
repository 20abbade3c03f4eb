//! Stores that were rolled back, folders that were copied, processes that ended between two steps: no key ever signs a sequence twice
//! knowing it, and what was signed twice without knowing is kept, named, and ends the feed.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use crdt_schema::entry::Certificate;
use crdt_schema::governance::{Act, Mandate};
use crdt_schema::id::FeedId;
use crdt_schema::time::Timestamp;
use replica::{Author, ContributeError, NewItem, Replica, Signing};
use sync::quota::SpentRow;
use sync::{Door, Endpoint, JoinError, JoinReply, JoinRequest, Links, Settings};

use crate::harness::federation::{Node, birth, charter, key, until};

const POINTS: usize = 10;

fn author(number: u8) -> Author {
    Author {
        secret: key(number),
        now: || Timestamp::from_millis(1_764_000_000_000),
        fill_random: |bytes| bytes.fill(7),
    }
}

/// The certificate of the instance `key(instance)` of the partner whose root is `key(root)`.
fn certificate(root: u8, instance: u8) -> Certificate {
    Certificate::sign(
        &key(root),
        key(root).public().partner(),
        &charter().federation(),
        &key(instance).public().feed(),
        [root; 32],
    )
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("readable") {
        let file = file.expect("readable");
        if file.file_type().expect("known").is_file() {
            fs::copy(file.path(), to.join(file.file_name())).expect("copied");
        }
    }
}

fn copied(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().expect("a folder");
    copy(from, to.path());
    to
}

fn opened(folder: tempfile::TempDir, partner: u8) -> Node {
    Node {
        replica: Node::open(folder.path(), partner),
        folder,
    }
}

/// Closes the node, so that its files are whole.
fn close(node: Node) -> tempfile::TempDir {
    let Node { replica, folder } = node;
    drop(Arc::into_inner(replica).expect("nobody else has it"));
    folder
}

#[test]
fn a_store_restored_at_any_of_ten_points_signs_no_sequence_twice() {
    let mut node = Node::new(1);
    let (record, its_birth) = birth(1);
    let mut states = Vec::new();
    for point in 0..POINTS {
        let birth = (point == 0).then(|| its_birth.clone());
        node.put(record, birth, &format!("Nom {point}"));
        let folder = close(node);
        states.push(copied(folder.path()));
        node = opened(folder, 1);
    }
    let all = node.entries();
    let folder = close(node);
    for (point, state) in states.into_iter().enumerate() {
        // The store of that day, with the sidecar of today.
        fs::copy(
            folder.path().join("published"),
            state.path().join("published"),
        )
        .expect("copied");
        let back = opened(state, 1);
        if point == POINTS - 1 {
            assert!(matches!(back.replica.signing(), Signing::Feed(_)));
            continue;
        }
        let old = key(101).public().feed();
        assert_eq!(back.replica.signing(), Signing::Ended(old), "point {point}");
        let refused = back.replica.contribute(Vec::new());
        assert!(refused.is_ok(), "nothing is nothing");
        let new = 150 + point as u8;
        back.replica
            .renew(author(new), certificate(1, new), &[])
            .expect("a new feed");
        back.put(record, None, "Après la restauration");
        // What peers bring of the old feed is kept, and ends nothing any more.
        let federation = charter().federation();
        let entries = all.iter().cloned().map(|entry| entry.verify(&federation));
        let entries = entries.map(|entry| entry.expect("signed")).collect();
        back.replica.ingest(entries).expect("it is written");
        assert_eq!(back.replica.state().feeds().forks().count(), 0);
        let feed = back.replica.feed().expect("it signs");
        assert_eq!(feed, key(new).public().feed());
        let head = back.replica.state().feeds().furthest_head(&feed);
        assert_eq!(head.map(|(sequence, _)| sequence), Some(1));
    }
}

#[test]
fn a_missing_or_damaged_sidecar_ends_the_feed_also_after_another_start() {
    for damage in [None, Some("0304"), Some("")] {
        let node = Node::new(1);
        let (record, its_birth) = birth(1);
        node.put(record, Some(its_birth), "Maison");
        let folder = close(node);
        let sidecar = folder.path().join("published");
        match damage {
            None => fs::remove_file(&sidecar).expect("it was there"),
            Some(text) => fs::write(&sidecar, text).expect("writable"),
        }
        let ended = Signing::Ended(key(101).public().feed());
        let node = opened(folder, 1);
        assert_eq!(node.replica.signing(), ended);
        let edit = NewItem {
            frame: crdt_schema::entry::Frame::Checkpoint,
            content: Vec::new(),
        };
        let refused = node.replica.contribute(vec![edit]).expect_err("no key");
        assert_eq!(refused.code(), "read_only");
        assert_eq!(opened(close(node), 1).replica.signing(), ended);
    }
}

#[test]
fn an_end_between_any_two_steps_of_signing_goes_on_with_the_same_feed() {
    let node = Node::new(1);
    let (record, its_birth) = birth(1);
    node.put(record, Some(its_birth), "Un");
    let folder = close(node);
    let before = fs::read(folder.path().join("published")).expect("a sidecar");
    let node = opened(folder, 1);
    node.put(record, None, "Deux");
    let folder = close(node);
    let after = fs::read(folder.path().join("published")).expect("a sidecar");
    // Ended after the commit; while the line was written; after it.
    let is_new = |at: &usize| before.get(*at) != after.get(*at);
    let new: Vec<usize> = (0..after.len()).filter(is_new).collect();
    let cut = |at: usize| [&after[..at], &before[at.min(before.len())..]].concat();
    let half = new[new.len() / 2];
    for sidecar in [before.clone(), cut(new[0] + 1), cut(half), after.clone()] {
        let folder = copied(folder.path());
        fs::write(folder.path().join("published"), sidecar).expect("writable");
        let node = opened(folder, 1);
        assert!(matches!(node.replica.signing(), Signing::Feed(_)));
        let written = fs::read(node.folder.path().join("published")).expect("a sidecar");
        let line = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let lines = text
                .lines()
                .map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" "));
            lines.collect::<std::collections::BTreeSet<String>>()
        };
        assert!(
            line(&written).is_superset(&line(&after)),
            "the sidecar follows the store"
        );
        node.put(record, None, "Trois");
        assert_eq!(node.replica.state().feeds().forks().count(), 0);
    }
    // A new key was kept, and the process ended before its certificate was written.
    let node = Arc::new(Replica::open(folder.path(), Some(author(160))).expect("a store"));
    assert_eq!(node.signing(), Signing::Feed(key(160).public().feed()));
    assert_eq!(node.partner(), None);
    node.renew(author(160), certificate(1, 160), &[])
        .expect("the same key, again");
    assert_eq!(node.partner(), Some(key(1).public().partner()));
}

#[test]
fn a_folder_copied_to_a_second_node_is_found_at_the_next_contact_and_both_entries_are_kept() {
    let node = Node::new(1);
    let (record, its_birth) = birth(1);
    node.put(record, Some(its_birth), "Maison");
    let folder = close(node);
    let (one, other, third) = (
        opened(copied(folder.path()), 1),
        opened(folder, 1),
        Node::new(2),
    );
    one.put(record, None, "Maison du nord");
    other.put(record, None, "Maison du sud");
    third.take_all(&one);
    third.take_all(&other);
    let feed = key(101).public().feed();
    assert!(matches!(third.replica.signing(), Signing::Feed(_)));
    for (node, is_own) in [(&one, true), (&other, true), (&third, false)] {
        if is_own {
            node.take_all(&third);
            assert_eq!(node.replica.signing(), Signing::Ended(feed));
        }
        let forks = node.replica.forks().expect("readable");
        let [fork] = forks.as_slice() else {
            panic!("{forks:?}");
        };
        assert_eq!((fork.feed, fork.sequence), (feed, 2));
        assert_eq!(fork.partner, Some(key(1).public().partner()));
        assert_eq!(fork.is_own, is_own);
        assert_eq!(fork.entries.len(), 2);
        assert_ne!(fork.entries[0].id, fork.entries[1].id);
        let mut names = node.names(&record);
        names.sort();
        assert_eq!(names, ["Maison du nord", "Maison du sud"]);
        assert_eq!(node.digest(), third.digest());
    }
}

#[test]
fn no_act_is_signed_before_the_feed_was_compared_and_contributions_need_not_wait() {
    let node = Node::new(1);
    let act = Act::Enrol {
        partner: key(5).public().partner(),
        root: *key(5).public().as_bytes(),
        name: "Nouvelle".to_owned(),
        mandate: Mandate::everything(),
    };
    let item = NewItem {
        frame: crdt_schema::entry::Frame::Act(act.name().expect("named").to_owned()),
        content: act.to_content(),
    };
    node.replica.hold_acts(true);
    let refused = node.replica.decide(vec![item.clone()]).expect_err("held");
    assert!(matches!(refused, ContributeError::NotCompared));
    assert!(refused.to_string().contains("--alone"));
    let (record, its_birth) = birth(1);
    node.put(record, Some(its_birth), "Maison");
    node.replica.hold_acts(false);
    assert_eq!(
        node.replica.decide(vec![item]).map(|ids| ids.len()).ok(),
        Some(1)
    );
}

/// Lets everybody in, and does what a node does with what it hears.
struct Hearing {
    replica: Arc<Replica>,
    feeds: Vec<([u8; 32], FeedId)>,
}

impl Door for Hearing {
    fn is_allowed(&self, _: &[u8; 32]) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        false
    }

    fn join(&self, _: &JoinRequest, _: [u8; 32]) -> JoinReply {
        JoinReply::Refused(JoinError::Code)
    }

    fn claimed(&self, _: &[u8; 32], _: u64) {
        self.replica.hold_acts(true);
    }

    fn unproved(&self, endpoint: &[u8; 32]) {
        panic!("what was claimed was not shown: {endpoint:?}");
    }

    fn compared(&self) {
        self.replica.hold_acts(false);
    }

    fn level(&self) {
        self.replica.hold_acts(false);
    }

    fn feeds_of(&self, endpoint: &[u8; 32]) -> Vec<FeedId> {
        let its = self.feeds.iter().filter(|(id, _)| id == endpoint);
        its.map(|(_, feed)| *feed).collect()
    }

    fn spent(&self) -> Vec<SpentRow> {
        Vec::new()
    }

    fn keep_spent(&self, _: &[SpentRow]) {}
}

fn identity(number: u8) -> [u8; 32] {
    *key(number).public().as_bytes()
}

async fn listen(node: &Node, number: u8, peers: Vec<([u8; 32], SocketAddr)>) -> Endpoint {
    let settings = Settings {
        secret: [number; 32],
        listen: "127.0.0.1:0".parse().expect("an address"),
        peers: peers
            .into_iter()
            .map(|(peer, at)| (peer, vec![at]))
            .collect(),
        links: Links::default(),
        meets_others: true,
        now: || Timestamp::from_millis(0),
    };
    let door = Hearing {
        replica: Arc::clone(&node.replica),
        feeds: vec![
            (identity(11), key(101).public().feed()),
            (identity(12), key(102).public().feed()),
        ],
    };
    let opened = Endpoint::open(settings, Arc::clone(&node.replica), Arc::new(door)).await;
    opened.expect("loopback can be listened on")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_rolled_back_with_its_sidecar_is_told_by_the_first_peer() {
    let (node, peer) = (Node::new(1), Node::new(2));
    let (record, its_birth) = birth(1);
    node.put(record, Some(its_birth), "Hier");
    let folder = close(node);
    let yesterday = copied(folder.path());
    let node = opened(folder, 1);
    node.put(record, None, "Aujourd'hui");
    peer.take_all(&node);
    drop(node);
    // The whole machine is as it was yesterday, and cannot know.
    let node = opened(yesterday, 1);
    assert!(matches!(node.replica.signing(), Signing::Feed(_)));
    node.replica.hold_acts(true);
    let at = listen(&peer, 12, Vec::new()).await;
    let calling = listen(&node, 11, vec![(at.id(), at.addresses()[0])]).await;
    let ended = Signing::Ended(key(101).public().feed());
    until("the end of the feed", || node.replica.signing() == ended).await;
    until("the lost entry", || node.digest() == peer.digest()).await;
    assert_eq!(node.names(&record), ["Aujourd'hui"]);
    node.replica
        .renew(author(150), certificate(1, 150), &[])
        .expect("a new feed");
    node.put(record, None, "Demain");
    until("the new feed", || node.digest() == peer.digest()).await;
    assert_eq!(peer.names(&record), ["Demain"]);
    assert_eq!(peer.replica.state().feeds().forks().count(), 0);
    until("the comparison", || !node.replica.holds_acts()).await;
    calling.close().await;
    at.close().await;
}
