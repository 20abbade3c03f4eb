//! Disks that lie: what is damaged is found, set aside or fetched again, and never shown as verified.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crdt_schema::entry::SignedEntry;
use crdt_schema::time::Timestamp;
use replica::{Author, Replica, Signing};

use crate::harness::federation::{DEADLINE, Node, birth, charter, key};
use crate::harness::program::injected;

/// Places at which a bit is flipped, half of them after a stop without warning: some, and all that `scripts/faults` asks for.
const FLIPS: (usize, usize) = (40, 1_000);
/// Lengths to which the file is cut, likewise.
const CUTS: (usize, usize) = (12, 200);
const STORE: &str = "replica.redb";

fn author() -> Author {
    Author {
        secret: key(101),
        now,
        fill_random: |bytes| bytes.fill(7),
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_764_000_000_000)
}

fn close(node: Node) -> tempfile::TempDir {
    let Node { replica, folder } = node;
    drop(Arc::into_inner(replica).expect("nobody else has it"));
    folder
}

/// Two nodes that hold the same forty entries; the first is closed, with its charters kept beside its store.
fn pair() -> (tempfile::TempDir, Node) {
    let (node, peer) = (Node::new(1), Node::new(2));
    for nonce in 0..20 {
        let (record, its_birth) = birth(nonce);
        node.put(record, Some(its_birth), &format!("Maison {nonce}"));
        peer.take_all(&node);
        peer.put(record, None, &format!("Maison du quartier {nonce}"));
    }
    node.take_all(&peer);
    let folder = close(node);
    let opened = Replica::open_or_set_aside(folder.path(), Some(author()), now());
    assert!(opened.expect("it is sound").1.is_none());
    (folder, peer)
}

/// Flips one bit of every place in the file that holds these bytes.
pub(crate) fn flip_where(path: &Path, bytes: &[u8], at: usize) {
    let mut file = fs::read(path).expect("readable");
    let places: Vec<usize> = file
        .windows(bytes.len())
        .enumerate()
        .filter(|(_, window)| *window == bytes)
        .map(|(place, _)| place)
        .collect();
    assert!(!places.is_empty(), "the bytes are in the file");
    for place in places {
        file[place + at] ^= 1;
    }
    fs::write(path, file).expect("writable");
}

/// Brings everything that the peer holds, as a session would.
fn bring(replica: &Replica, entries: &[SignedEntry]) {
    let federation = charter().federation();
    let entries = entries.iter().cloned();
    let entries = entries.map(|entry| entry.verify(&federation).expect("signed"));
    replica.ingest(entries.collect()).expect("it is written");
}

fn digest(replica: &Replica) -> [u8; 32] {
    assert!(replica.wait_for_views(DEADLINE));
    let reader = replica.read().expect("a snapshot");
    reader.state_digest().expect("readable")
}

#[test]
fn a_check_finds_a_flipped_bit_and_a_peer_mends_it_with_the_same_signature() {
    let (folder, peer) = pair();
    let entries = peer.entries();
    let feed = key(102).public().feed();
    let damaged = entries
        .iter()
        .find(|entry| entry.header[36..68] == *feed.as_bytes() && entry.header[75] == 7)
        .expect("an entry of the peer");
    flip_where(&folder.path().join(STORE), &damaged.signature, 40);
    let replica = Replica::open(folder.path(), Some(author())).expect("one bad signature");
    let mut heard = Vec::new();
    let checked = replica.check(&mut |done, total| heard.push((done, total)));
    let checked = checked.expect("readable");
    assert_eq!(checked.entries as usize, entries.len());
    assert_eq!(heard.last(), Some(&(checked.entries, checked.entries)));
    let [damage] = checked.damaged.as_slice() else {
        panic!("{:?}", checked.damaged);
    };
    assert_eq!((damage.feed, damage.sequence), (Some(feed), 7));
    assert_eq!(replica.damaged(), [damage.entry.expect("its id is known")]);
    assert!(!replica.wait_until_repaired(std::time::Duration::ZERO));
    bring(&replica, &entries);
    assert!(replica.wait_until_repaired(DEADLINE));
    let again = replica.check(&mut |_, _| ()).expect("readable");
    assert_eq!(again.damaged, []);
    assert_eq!(digest(&replica), peer.digest());
    assert!(matches!(replica.signing(), Signing::Feed(_)));
}

#[test]
fn an_altered_header_sets_the_store_aside_and_keeps_what_still_holds() {
    let (folder, peer) = pair();
    let entries = peer.entries();
    let own = key(101).public().feed();
    let damaged = entries
        .iter()
        .find(|entry| entry.header[36..68] == *own.as_bytes() && entry.header[75] == 9)
        .expect("an entry of ours");
    // The time that its author claims: nothing but its id says that it is another.
    flip_where(&folder.path().join(STORE), &damaged.header, 147);
    let opened = Replica::open_or_set_aside(folder.path(), Some(author()), now());
    let (replica, aside) = opened.expect("a new store");
    let aside = aside.expect("it was set aside");
    assert!(aside.file.exists());
    let name = aside.file.file_name().expect("a name").to_string_lossy();
    assert!(name.contains("damaged-2025-11-24"), "{name}");
    assert!(aside.saved > 9, "{} were saved", aside.saved);
    assert!(aside.saved < entries.len());
    assert_eq!(replica.signing(), Signing::Ended(own));
    let missing = replica.missing_since_set_aside().expect("readable");
    assert!((1..20).contains(&missing), "{missing} are not back");
    bring(&replica, &entries);
    assert_eq!(replica.missing_since_set_aside().expect("readable"), 0);
    assert_eq!(digest(&replica), peer.digest());
    // Also the next start signs with this key no more.
    drop(replica);
    let again = Replica::open(folder.path(), Some(author())).expect("a store");
    assert_eq!(again.signing(), Signing::Ended(own));
    // What was kept beside the damaged store goes with it.
    let beside = |start: &str| {
        let files = fs::read_dir(folder.path()).expect("readable");
        let names = files.map(|file| file.expect("a file").file_name());
        let mut names = names.map(|name| name.to_string_lossy().into_owned());
        names.any(|name| name.starts_with(start))
    };
    assert!(beside("published.damaged-"));
    assert_eq!(again.remove_set_aside().expect("removed"), 1);
    assert!(!beside("published.damaged-") && !beside("replica.redb.damaged-"));
}

/// What must hold of a damaged store: it opens, alone or in a new one's place; what it then shows, a check finds sound or names; and a
/// peer mends it.
fn opens_and_mends(folder: &Path, entries: &[SignedEntry], expected: [u8; 32], what: &str) -> bool {
    let opened = Replica::open_or_set_aside(folder, Some(author()), now());
    let (replica, aside) = opened.unwrap_or_else(|fault| panic!("{what}: {fault}"));
    if aside.is_some() {
        assert!(matches!(replica.signing(), Signing::Ended(_)), "{what}");
    }
    let healthy = replica.check(&mut |_, _| ()).is_ok();
    if healthy && replica.fault().is_none() {
        let federation = charter().federation();
        let all = entries.iter().cloned();
        let all = all.map(|entry| entry.verify(&federation).expect("signed"));
        if replica.ingest(all.collect()).is_ok() && replica.fault().is_none() {
            assert!(replica.wait_until_repaired(DEADLINE), "{what}");
            if replica.wait_for_views(DEADLINE) && replica.fault().is_none() {
                let shown = replica.read().and_then(|reader| reader.state_digest());
                return shown.is_ok_and(|shown| shown == expected);
            }
        }
    }
    // A page that only now turned out to be bad: the node ends with a fault, and the next start finds it.
    false
}

#[test]
fn a_flipped_bit_or_a_cut_anywhere_in_the_file_is_found_or_harmless() {
    let (folder, peer) = pair();
    let (entries, expected) = (peer.entries(), peer.digest());
    let sound = fs::read(folder.path().join(STORE)).expect("readable");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    let mut ways: Vec<(String, Vec<u8>, bool)> = Vec::new();
    let (flips, cuts) = (injected(FLIPS), injected(CUTS));
    for flip in 0..flips {
        // The start of the file holds its header; the rest is drawn where there is something.
        let place = match flip {
            0..8 => draw(320),
            _ => loop {
                let place = draw(sound.len());
                if sound[place] != 0 {
                    break place;
                }
            },
        };
        let mut bytes = sound.clone();
        bytes[place] ^= 1 << draw(8);
        ways.push((format!("bit flipped at {place}"), bytes, flip % 2 == 0));
    }
    for cut in 0..cuts {
        let length = if cut == 0 { 0 } else { draw(sound.len()) };
        let bytes = sound[..length].to_vec();
        ways.push((format!("cut to {length}"), bytes, cut % 2 == 0));
    }
    for (what, bytes, is_sudden) in ways {
        let copy = tempfile::tempdir().expect("a folder");
        for name in ["pin", "published"] {
            fs::copy(folder.path().join(name), copy.path().join(name)).expect("copied");
        }
        fs::write(copy.path().join(STORE), bytes).expect("writable");
        if is_sudden {
            fs::write(copy.path().join("running"), "open").expect("writable");
        }
        let is_mended = opens_and_mends(copy.path(), &entries, expected, &what) || {
            // The fault ended the node, whose supervisor starts it again.
            fs::write(copy.path().join("running"), "open").expect("writable");
            opens_and_mends(copy.path(), &entries, expected, &what)
        };
        assert!(is_mended, "{what}");
    }
    println!("fault: bit of the store flipped: {flips} injected, 0 undetected or lost");
    println!("fault: store cut short: {cuts} injected, 0 undetected or lost");
}

#[test]
fn an_opening_that_killed_the_process_three_times_is_tried_no_fourth_time() {
    let (folder, peer) = pair();
    for (times, is_aside) in [("1", false), ("2", false), ("3", true)] {
        fs::write(folder.path().join("running"), times).expect("writable");
        let opened = Replica::open_or_set_aside(folder.path(), Some(author()), now());
        let (replica, aside) = opened.expect("a store");
        assert_eq!(aside.is_some(), is_aside, "{times}");
        // The file itself was sound, so all of it is saved.
        assert_eq!(digest(&replica), peer.digest());
        drop(replica);
        assert!(!folder.path().join("running").exists());
    }
}
