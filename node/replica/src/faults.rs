//! A scripted day on a disk that fails at every call in turn, or whose power is cut with writes half done. What must hold: what was
//! confirmed is there, no sequence is signed twice, and what is shown is a function of the entries that are held.
//!
//! `FAULTS=all` tries every call instead of some; `scripts/faults` does.

use std::collections::BTreeSet;
use std::fs;

use crdt_schema::entry::VerifiedEntry;
use crdt_schema::id::EntryId;

use crate::erasure::tests::federation::{
    DEADLINE, Feed, Node, certificate, charter, creation, erase, key, now, of_subject, personal,
    put, statement,
};
use crate::store::FILE;
use crate::store::faulty::{Disk, DiskInPlace, Failing};
use crate::{Author, Fault, NewItem, Replica, Signing};

/// Calls that are tried where not all are.
const SOME: u64 = 30;
/// Power cuts where not all are tried, and where they are.
const CUTS: (u64, u64) = (25, 2_000);

/// A node on a disk of its own.
struct Ground {
    folder: tempfile::TempDir,
    disk: Disk,
    _place: DiskInPlace,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        // The file is looked for before it is opened.
        fs::write(&path, []).expect("writable");
        let disk = Disk::instead_of(&path);
        Replica::create(folder.path(), &[charter()], &[]).expect("a sound disk");
        Self {
            folder,
            disk,
            _place: DiskInPlace(path),
        }
    }

    fn try_open(&self) -> Result<Replica, Fault> {
        let author = Author {
            secret: key(101),
            now,
            fill_random: |bytes| bytes.fill(7),
        };
        Replica::open(self.folder.path(), Some(author))
    }
}

/// What a peer sends during the day.
fn from_a_peer() -> Vec<VerifiedEntry> {
    let (mut feed, first) = Feed::new(2);
    let mut entries = vec![first];
    for number in 20..28 {
        let frames = vec![
            creation(number, &format!("Fiche {number}")),
            personal(number, 1, "Camille Exemple"),
        ];
        entries.push(feed.sign(crdt_schema::entry::Kind::Contribution, frames));
    }
    entries
}

/// Plays the day until something fails. Returns what was confirmed until then, and whether it came to its end.
fn day(replica: &Replica, peer: &[VerifiedEntry]) -> (BTreeSet<EntryId>, bool) {
    let mut confirmed = BTreeSet::new();
    let done = play(replica, peer, &mut confirmed);
    (confirmed, done.is_ok())
}

fn play(
    replica: &Replica,
    peer: &[VerifiedEntry],
    confirmed: &mut BTreeSet<EntryId>,
) -> Result<(), Fault> {
    let items = |frames: Vec<_>| -> Vec<NewItem> {
        let items = frames.into_iter();
        items
            .map(|(frame, content)| NewItem { frame, content })
            .collect()
    };
    let stopped = |error: crate::ContributeError| Fault::Stopped(error.to_string());
    let mut tell = |ids: Vec<EntryId>| -> Result<(), Fault> {
        confirmed.extend(ids);
        match replica.wait_for_views(DEADLINE) && replica.fault().is_none() {
            true => Ok(()),
            false => Err(Fault::Stopped("views".to_owned())),
        }
    };
    if replica.state().certificates().is_empty() {
        replica.certify(certificate(1), &[]).map_err(stopped)?;
        let own = replica
            .state()
            .feeds()
            .furthest_head(&key(101).public().feed());
        tell(own.map(|(_, id)| id).into_iter().collect())?;
    }
    for number in 1..4 {
        let made = items(vec![
            creation(number, "Un"),
            personal(number, 1, "Camille Exemple"),
        ]);
        tell(replica.contribute(made).map_err(stopped)?)?;
    }
    let half = peer.len() / 2;
    for part in [&peer[..half], &peer[half..]] {
        replica.ingest(part.to_vec())?;
        tell(part.iter().map(VerifiedEntry::id).collect())?;
    }
    let said = items(vec![
        statement(1, "à revoir"),
        put(1, Vec::new(), None, "Deux"),
    ]);
    tell(replica.contribute(said).map_err(stopped)?)?;
    let (frame, content) = erase(of_subject(1));
    tell(
        replica
            .decide(vec![NewItem { frame, content }])
            .map_err(stopped)?,
    )?;
    tell(
        replica
            .contribute(items(vec![creation(9, "Le soir")]))
            .map_err(stopped)?,
    )
}

/// What must hold once the disk is sound again.
fn check(ground: &Ground, confirmed: &BTreeSet<EntryId>, what: &str) {
    ground.disk.fail(Failing::None);
    let replica = ground
        .try_open()
        .unwrap_or_else(|fault| panic!("{what}: {fault}"));
    {
        let state = replica.state();
        let lost: Vec<_> = confirmed
            .iter()
            .filter(|id| !state.feeds().holds(id))
            .collect();
        assert!(
            lost.is_empty(),
            "{what}: {lost:?} were confirmed and are lost"
        );
    }
    // It goes on with the same key, which has signed no sequence twice, or with none.
    let own = key(101).public().feed();
    let before = replica.state().feeds().furthest_head(&own);
    match replica.signing() {
        Signing::Feed(_) => {
            // A feed that has not begun begins as any: with its certificate.
            let before = before.unwrap_or_else(|| {
                replica.certify(certificate(1), &[]).expect("a sound disk");
                let state = replica.state();
                state.feeds().furthest_head(&own).expect("it has begun")
            });
            let (frame, content) = creation(50, "Le lendemain");
            let signed = replica.contribute(vec![NewItem { frame, content }]);
            let signed = signed.unwrap_or_else(|error| panic!("{what}: {error}"));
            let state = replica.state();
            let (sequence, id) = state.feeds().furthest_head(&own).expect("it has signed");
            assert_eq!(signed, [id], "{what}");
            assert_eq!(Some(sequence), Some(before.0 + 1), "{what}");
            assert_eq!(state.feeds().first_fork(&own), None, "{what}");
        }
        Signing::Ended(_) | Signing::Keyless => {}
    }
    assert!(replica.wait_for_views(DEADLINE), "{what}");
    assert!(replica.fault().is_none(), "{what}: {:?}", replica.fault());
    let node = Node {
        replica,
        folder: tempfile::tempdir().expect("a folder"),
    };
    let other = Node::new(3);
    other.replica.ingest(node.entries()).expect("a sound disk");
    other.settle();
    // The certificate of the other node says nothing of records.
    assert_eq!(node.digest(), other.digest(), "{what}");
}

fn are_all_asked() -> bool {
    std::env::var_os("FAULTS").is_some_and(|asked| asked == "all")
}

/// How many calls a day without fault makes, those of its opening included.
fn calls_of_a_day(peer: &[VerifiedEntry]) -> u64 {
    let ground = Ground::new();
    ground.disk.fail(Failing::None);
    let replica = ground.try_open().expect("a sound disk");
    let (confirmed, is_whole) = day(&replica, peer);
    assert!(is_whole && confirmed.len() > 14, "{confirmed:?}");
    drop(replica);
    let calls = ground.disk.calls();
    check(&ground, &confirmed, "without fault");
    calls
}

#[test]
fn whichever_call_of_a_day_fails_what_was_confirmed_is_there() {
    let peer = from_a_peer();
    let calls = calls_of_a_day(&peer);
    let step = if are_all_asked() {
        1
    } else {
        (calls / SOME).max(1)
    };
    let (mut tried, mut stopped) = (0, 0);
    for call in (0..calls).step_by(step as usize) {
        for failing in [Failing::Once(call), Failing::From(call)] {
            let ground = Ground::new();
            ground.disk.fail(failing);
            let confirmed = match ground.try_open() {
                Err(_) => BTreeSet::new(),
                Ok(replica) => {
                    let (confirmed, is_whole) = day(&replica, &peer);
                    stopped += u64::from(!is_whole);
                    confirmed
                }
            };
            check(&ground, &confirmed, &format!("{failing:?} of {calls}"));
            tried += 1;
        }
    }
    assert!(
        stopped > tried / 4,
        "most failures are noticed: {stopped} of {tried}"
    );
    println!(
        "fault: failing call of the store: {tried} injected ({calls} calls a day), {stopped} ended the day, 0 confirmed entries lost"
    );
}

#[test]
fn a_power_cut_with_writes_half_done_loses_nothing_that_was_confirmed() {
    let peer = from_a_peer();
    let calls = calls_of_a_day(&peer);
    let cuts = if are_all_asked() { CUTS.1 } else { CUTS.0 };
    // splitmix64: the same cuts in each run.
    let mut chance = 0_u64;
    let mut draw = move || {
        chance = chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (chance ^ (chance >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    };
    for cut in 0..cuts {
        let at = draw() % calls;
        let ground = Ground::new();
        ground.disk.fail(Failing::From(at));
        let confirmed = match ground.try_open() {
            Err(_) => BTreeSet::new(),
            Ok(replica) => day(&replica, &peer).0,
        };
        let share = draw() % 5;
        ground.disk.cut(|| draw() % 4 < share);
        check(
            &ground,
            &confirmed,
            &format!("cut {cut}, after call {at}, {share}/4 of what was not synced written"),
        );
    }
    println!("fault: power cut with torn writes: {cuts} injected, 0 confirmed entries lost");
}
