//! Disks that fill up: by what the tests say is free, and for real on small file systems. Whatever was confirmed is there afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crdt_schema::entry::Frame;
use crdt_schema::governance::{Act, Charter};
use crdt_schema::id::EntryId;
use crdt_schema::time::Timestamp;
use replica::{FreeMin, NewItem, Replica, Space};
use serde_json::Value as Json;

use crate::harness::federation::{DEADLINE, Node, birth, charter, key};
use crate::harness::process::NodeProcess;
use crate::harness::program::{run, text};

/// What is kept free in the tests that say what is free.
const MIN: u64 = 4_000;
const AMPLE: u64 = MIN;
const FULL: u64 = MIN / 4 - 1;
/// Measures of a disk after which a node has nothing more to do.
const POINTS: u64 = 20;

/// Lets a node find the disk as `free` says at each measure; the number of the measure is given, from 0 on.
fn measured(node: &Node, free: impl Fn(u64) -> u64 + Send + Sync + 'static) {
    let measures = AtomicU64::new(0);
    node.replica.measure_with(Box::new(move |_| {
        Ok(Space {
            free_bytes: free(measures.fetch_add(1, Ordering::SeqCst)),
            total_bytes: u64::MAX,
        })
    }));
    node.replica.keep_free(FreeMin::Bytes(MIN));
}

fn own_entries(node: &Node) -> BTreeSet<EntryId> {
    let state = node.replica.state();
    state.feeds().entries().map(|(id, _)| id).collect()
}

#[test]
fn a_full_disk_refuses_what_is_asked_latches_nothing_and_opens_by_itself() {
    let (node, peer) = (Node::new(1), Node::new(2));
    let (record, its_birth) = birth(1);
    let free = Arc::new(AtomicU64::new(FULL));
    let said = Arc::clone(&free);
    measured(&node, move |_| said.load(Ordering::SeqCst));
    let before = own_entries(&node);
    let refused = node.try_put(record, Some(its_birth.clone()), "Archers");
    let refused = refused.expect_err("there is no room");
    assert_eq!(refused.code(), "no_room");
    assert!(refused.to_string().contains("free some space"), "{refused}");
    let act = Act::Root {
        partner: key(2).public().partner(),
        root: *key(2).public().as_bytes(),
    };
    let frame = Frame::Act(act.name().expect("known").to_owned());
    let content = act.to_content();
    let refused = node
        .replica
        .decide(vec![NewItem { frame, content }])
        .map_err(|it| it.code());
    assert_eq!(refused, Err("no_room"));
    let refused = node.replica.ingest(peer.verified()).map_err(|it| it.code());
    assert_eq!(refused, Err("no_room"));
    let next = Charter {
        federation: Some(charter().federation()),
        version: 1,
        parent: Some(charter().id()),
        ..charter()
    };
    let refused = node.replica.add_charters(vec![next], vec![]);
    assert_eq!(refused.map_err(|it| it.code()), Err("no_room"));
    assert_eq!(own_entries(&node), before);
    assert!(node.replica.fault().is_none());
    free.store(FULL + 1, Ordering::SeqCst);
    node.put(record, Some(its_birth), "Archers");
    node.take_all(&peer);
    assert!(node.replica.wait_for_views(DEADLINE));
    assert_eq!(node.names(&record), ["Archers"]);
}

#[test]
fn whatever_point_the_disk_fills_at_what_was_confirmed_is_there_and_nothing_else() {
    for point in 0..POINTS {
        let node = Node::new(1);
        assert!(node.replica.wait_for_views(DEADLINE));
        let mut confirmed = own_entries(&node);
        // The writer measures for what is asked, and the view worker for what it builds.
        measured(
            &node,
            move |measure| if measure < point { AMPLE } else { FULL },
        );
        let mut refusals = 0;
        for number in 1..=20 {
            let (record, its_birth) = birth(number);
            match node.try_put(record, Some(its_birth), "Archers") {
                Ok(entry) => {
                    assert_eq!(refusals, 0, "it was full before");
                    assert!(confirmed.insert(entry));
                }
                Err(refused) => {
                    assert_eq!(refused.code(), "no_room");
                    refusals += 1;
                }
            }
        }
        assert!(refusals > 0, "point {point}");
        assert_eq!(own_entries(&node), confirmed, "point {point}");
        let node = node.reopened(1);
        assert_eq!(own_entries(&node), confirmed, "point {point}");
        // The views that had no room are built now, and the feed goes on.
        assert!(node.replica.wait_for_views(DEADLINE));
        let (record, its_birth) = birth(30);
        node.put(record, Some(its_birth), "Boulistes");
        let counts = node.replica.read().expect("a snapshot").counts();
        // One entry is the certificate.
        let records = confirmed.len() as u64;
        assert_eq!(counts.expect("readable").records, records, "point {point}");
    }
}

#[test]
fn views_wait_for_room_and_are_built_without_being_asked_again() {
    let node = Node::new(1);
    assert!(node.replica.wait_for_views(DEADLINE));
    let (record, its_birth) = birth(1);
    let has_room = Arc::new(AtomicU64::new(0));
    let said = Arc::clone(&has_room);
    let seen = Arc::new(AtomicU64::new(0));
    let measures = Arc::clone(&seen);
    // Room for the edit alone: `keep_free` and `measure_with` wake the view worker, which finds nothing to build.
    measured(&node, move |_| {
        measures.fetch_add(1, Ordering::SeqCst);
        said.load(Ordering::SeqCst)
    });
    has_room.store(AMPLE, Ordering::SeqCst);
    assert!(node.replica.wait_for_views(DEADLINE));
    node.put(record, Some(its_birth), "Archers");
    has_room.store(FULL, Ordering::SeqCst);
    let (other, its_birth) = birth(2);
    assert!(node.try_put(other, Some(its_birth), "Boulistes").is_err());
    has_room.store(AMPLE, Ordering::SeqCst);
    assert!(node.replica.wait_for_views(DEADLINE));
    assert_eq!(node.names(&record), ["Archers"]);
}

/// A file system in memory, of a size, that goes with the test.
struct Small(PathBuf);

impl Small {
    /// Mounts one; `None` where this is not allowed.
    fn mount(folder: &Path, kibibytes: u64) -> Option<Self> {
        let size = format!("size={kibibytes}k");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder);
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        if !is_mounted {
            println!("skipped: a small file system can only be mounted by root");
        }
        is_mounted.then(|| Self(folder.to_owned()))
    }

    fn grow(&self, kibibytes: u64) {
        let size = format!("remount,size={kibibytes}k");
        let mut mount = Command::new("mount");
        mount.args(["-o", &size]).arg(&self.0);
        let output = mount.output().expect("mount runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Files that a failing test has left open keep it until they are closed.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Sizes of file systems in KiB: the smallest holds a new node, and the largest some hundred edits more.
fn sizes() -> impl Iterator<Item = u64> {
    (0..POINTS).map(|step| 600 + 97 * step)
}

const LARGE: u64 = 200_000;

/// Writes edits until one is refused; returns what is confirmed, and the code of the refusal.
fn fill(node: &Node) -> (BTreeSet<EntryId>, &'static str) {
    let mut confirmed = own_entries(node);
    // Texts that cannot be compressed, of an order that is the same each time.
    let mut chance = 1_u64;
    let mut text = || -> String {
        let mut letter = || {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b'a' + (chance >> 33) as u8 % 26)
        };
        (0..4_000).map(|_| letter()).collect()
    };
    for number in 1..=u8::MAX {
        let (record, its_birth) = birth(number);
        for edit in 0..20 {
            let its_birth = (edit == 0).then(|| its_birth.clone());
            match node.try_put(record, its_birth, &text()) {
                Ok(entry) => assert!(confirmed.insert(entry)),
                Err(refused) => return (confirmed, refused.code()),
            }
        }
    }
    panic!("the disk never filled up")
}

#[test]
fn a_disk_that_is_full_for_real_loses_nothing_that_was_confirmed() {
    for size in sizes() {
        let place = tempfile::tempdir().expect("a folder");
        let Some(small) = Small::mount(place.path(), size) else {
            return;
        };
        let folder = tempfile::tempdir_in(place.path()).expect("a folder");
        // Nobody guards this disk: the system itself refuses.
        let node = Node::within(folder, &charter(), 1);
        let (confirmed, code) = fill(&node);
        assert!(["disk_full", "stopped"].contains(&code), "{size}: {code}");
        let fault = node.replica.fault().expect("writing has ended");
        assert_eq!(fault.code(), "disk_full", "{size}: {fault}");
        let Node { replica, folder } = node;
        drop(replica);
        // A supervisor starts it again and again meanwhile: no start takes the store for a damaged one.
        for _ in 0..4 {
            match Replica::open_or_set_aside(folder.path(), None, Timestamp::from_millis(0)) {
                Ok((_, aside)) => assert_eq!(aside, None, "{size}"),
                Err(fault) => assert_eq!(fault.code(), "disk_full", "{size}"),
            }
        }
        small.grow(LARGE);
        let node = Node {
            replica: Node::open(folder.path(), 1),
            folder,
        };
        let held = own_entries(&node);
        assert!(held.is_superset(&confirmed), "{size}");
        // At most the one that was refused is there as well: it was on disk, and the answer was an error all the same.
        assert!(held.len() <= confirmed.len() + 1, "{size}");
        let checked = node.replica.check(&mut |_, _| ()).expect("sound");
        assert!(checked.damaged.is_empty(), "{size}");
        let (record, its_birth) = birth(0);
        node.put(record, Some(its_birth), "Archers");
        assert!(node.replica.wait_for_views(DEADLINE));
        assert_eq!(node.names(&record), ["Archers"], "{size}");
    }
    println!("fault: disk full for real: {POINTS} injected, 0 confirmed entries lost");
}

#[test]
fn a_guarded_disk_is_never_full_for_real_and_goes_on_when_it_has_grown() {
    for size in sizes() {
        let place = tempfile::tempdir().expect("a folder");
        let Some(small) = Small::mount(place.path(), size + 4_096) else {
            return;
        };
        let folder = tempfile::tempdir_in(place.path()).expect("a folder");
        let node = Node::within(folder, &charter(), 1);
        node.replica.keep_free(FreeMin::Bytes(16 << 20));
        let (confirmed, code) = fill(&node);
        assert_eq!(code, "no_room", "{size}");
        assert!(node.replica.fault().is_none(), "{size}");
        assert_eq!(own_entries(&node), confirmed, "{size}");
        small.grow(LARGE);
        let (record, its_birth) = birth(0);
        node.put(record, Some(its_birth), "Archers");
        assert!(node.replica.wait_for_views(DEADLINE));
        assert_eq!(node.names(&record), ["Archers"], "{size}");
    }
}

fn free_kibibytes(folder: &Path) -> u64 {
    Space::of(folder).expect("measured").free_bytes >> 10
}

#[test]
fn a_node_on_a_disk_that_others_fill_is_read_only_says_so_and_goes_on_by_itself() {
    let place = tempfile::tempdir().expect("a folder");
    let Some(_small) = Small::mount(place.path(), 64_000) else {
        return;
    };
    let folder = place.path().join("ville");
    let mut node = NodeProcess::found(folder.clone(), "Ville");
    node.start();
    let import = |name: &str| {
        let file = place.path().join("clubs.csv");
        let rows = format!("identifiant;nom;commune;code_insee\n{name};{name};Gien;45155\n");
        fs::write(&file, rows).expect("some room is left");
        run(&[
            "import",
            &file.to_string_lossy(),
            "--dir",
            &folder.to_string_lossy(),
            "--kind",
            "actor",
            "--json",
        ])
    };
    let held = |node: &NodeProcess| node.ask(&["status"])["entries"].clone();
    assert!(import("Archers").status.success());
    assert_eq!(node.ask(&["status"])["disk"]["state"], "ample");
    let before = held(&node);
    let ballast = place.path().join("ballast");
    // The tests keep 16 MiB free, and a quarter of that for writing.
    for (left, state) in [(10_000, "low"), (3_000, "full")] {
        let _ = fs::remove_file(&ballast);
        let size = free_kibibytes(place.path()) - left;
        fs::write(&ballast, vec![1; (size as usize) << 10]).expect("it fits");
        assert_eq!(node.ask(&["status"])["disk"]["state"], state);
        let doctor = run(&["doctor", "--dir", &folder.to_string_lossy(), "--json"]);
        let found: Json = serde_json::from_slice(&doctor.stdout).expect("one object");
        let code = format!("disk_{state}");
        assert!(found.to_string().contains(&code), "{found}");
        let said = run(&["status", "--dir", &folder.to_string_lossy()]);
        let said = text(&said.stdout);
        assert!(said.contains("MiB to be kept free"), "{said}");
    }
    let refused = import("Boulistes");
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stdout);
    assert!(
        said.contains("no_room") && said.contains("free some space"),
        "{said}"
    );
    assert_eq!(held(&node), before);
    fs::remove_file(&ballast).expect("it is there");
    assert!(import("Boulistes").status.success(), "without a restart");
    assert_ne!(held(&node), before);
}
