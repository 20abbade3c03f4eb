//! Bundles over real replicas: what goes into a file comes out of it, and whatever else a file holds does no harm.

use std::collections::BTreeSet;
use std::io::Cursor;

use crdt_schema::entry::SignedEntry;
use crdt_schema::governance::Charter;
use crdt_schema::id::EntryId;
use crdt_schema::key::SecretKey;
use proptest::prelude::*;

use super::bases::{ENTRIES, changers, makers};
use super::quotas::{Feed, NOON, Node, charter, next_day, now, partner};
use super::*;
use crate::bundle::{
    BundleError, Bundles, Damage, Exported, Imported, LeftOut, Part, Reader, Totals, Writer,
};
use crate::codec::Block;
use crate::limits::FRONTIER_FEEDS_MAX;
use crate::message::{Entries, Frontier, Message, NewHead, Stage};
use crate::session::{Close, Library, PeerFault};

fn bundles(shelf: &Shelf) -> Bundles {
    Bundles::over(Arc::new(shelf.clone()), Box::new(|_, _| ()), now)
}

fn try_export(shelf: &Shelf) -> (Exported, Vec<u8>) {
    let mut bytes = Vec::new();
    let exported = bundles(shelf).export(&mut bytes, &mut |_, _| ());
    (exported.expect("written"), bytes)
}

pub(super) fn export(shelf: &Shelf) -> Vec<u8> {
    try_export(shelf).1
}

fn try_import(shelf: &Shelf, bytes: &[u8]) -> Result<Imported, BundleError> {
    bundles(shelf).import(Cursor::new(bytes), &mut |_, _| ())
}

pub(super) fn import(shelf: &Shelf, bytes: &[u8]) -> Imported {
    try_import(shelf, bytes).expect("a bundle of this federation")
}

fn heads(node: &Node) -> crate::message::Digest {
    let reading = node.shelf.snapshot().expect("readable");
    reading.digest().expect("readable")
}

fn held(node: &Node) -> BTreeSet<EntryId> {
    let state = node.shelf.replica.state();
    state.feeds().entries().map(|(id, _)| id).collect()
}

/// A node that holds feeds of two partners, the coordinator among them.
fn filled(charter: &Charter) -> Node {
    let node = Node::new(charter);
    node.take(&Feed::of(charter, partner(1), 1, 101).write(3, NOON));
    node.take(&Feed::of(charter, partner(2), 2, 102).write(5, NOON));
    node
}

#[test]
fn a_node_that_holds_more_feeds_than_a_file_can_name_writes_none() {
    let charter = charter(None);
    let node = Node::new(&charter);
    let mut all = Vec::new();
    for number in 0..=FRONTIER_FEEDS_MAX as u32 {
        let mut bytes = [9; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        let instance = SecretKey::from_bytes(&bytes);
        let feed = Feed::signed_by(&charter, partner(3), 3, instance);
        all.extend(feed.signed());
    }
    let last = all.pop().expect("one more than the limit");
    node.try_take(8, all).expect("taken");
    let (exported, _) = try_export(&node.shelf);
    assert_eq!(exported.feeds, FRONTIER_FEEDS_MAX as u64);
    node.try_take(8, vec![last]).expect("taken");
    let mut bytes = Vec::new();
    let refused = bundles(&node.shelf).export(&mut bytes, &mut |_, _| ());
    assert!(matches!(refused, Err(BundleError::TooManyFeeds)));
    assert!(bytes.is_empty());
}

#[test]
fn two_nodes_that_never_meet_agree_by_files_in_both_directions() {
    let charter = charter(None);
    let (one, two) = (filled(&charter), Node::new(&charter));
    two.take(&Feed::of(&charter, partner(3), 3, 103).write(300, NOON));
    assert_ne!(heads(&one), heads(&two));
    let (exported, bytes) = try_export(&one.shelf);
    assert_eq!(
        (exported.entries, exported.feeds, exported.charters),
        (10, 2, 1)
    );
    assert_eq!(exported.bytes, bytes.len() as u64);
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::<NewHead>::new()));
    let hearing = std::sync::Arc::clone(&told);
    let announce = move |heads: Vec<NewHead>, _| hearing.lock().expect("no panic").extend(heads);
    let listening = Bundles::over(Arc::new(two.shelf.clone()), Box::new(announce), now);
    let imported = listening.import(Cursor::new(&bytes), &mut |_, _| ());
    let imported = imported.expect("a bundle");
    assert_eq!(
        (imported.entries, imported.new, imported.known),
        (10, 10, 0)
    );
    assert!(imported.broken.is_none() && imported.left_out.is_empty());
    assert_eq!(imported.preamble.made, NOON);
    assert_eq!(told.lock().expect("no panic").len(), 2, "sessions are told");
    // More than a batch comes back.
    let imported = import(&one.shelf, &export(&two.shelf));
    assert_eq!((imported.new, imported.known), (301, 10));
    assert_eq!(heads(&one), heads(&two));
    for node in [&one, &two] {
        let again = import(&node.shelf, &bytes);
        assert_eq!((again.new, again.known), (0, 10));
        assert!(again.broken.is_none() && again.left_out.is_empty());
    }
}

#[test]
fn charters_go_first_and_an_empty_node_writes_an_empty_bundle() {
    let charter = charter(None);
    let next = Charter {
        federation: Some(charter.federation()),
        version: 1,
        parent: Some(charter.id()),
        ..charter.clone()
    };
    let (one, two) = (Node::new(&charter), Node::new(&charter));
    storing::objects(&one.shelf.replica, &[next.to_bytes()], &[]).expect("a charter");
    let imported = import(&two.shelf, &export(&one.shelf));
    assert_eq!((imported.charters, imported.entries), (1, 0));
    assert!(imported.broken.is_none());
    assert_eq!(import(&two.shelf, &export(&one.shelf)).charters, 0);
}

#[test]
fn a_bundle_beyond_the_quota_waits_at_a_prefix_and_is_never_a_flood() {
    let charter = charter(Some(4));
    let (giver, taker) = (Node::new(&charter), Node::new(&charter));
    let feed = Feed::of(&charter, partner(2), 2, 102).write(9, NOON);
    let whole = giver.shelf.replica.ingest(feed.entries.clone());
    assert!(whole.expect("stored").unconnected.is_none());
    let bytes = export(&giver.shelf);
    let imported = import(&taker.shelf, &bytes);
    let left_out = LeftOut {
        entries: 6,
        reason: "quota",
    };
    assert_eq!((imported.new, imported.known), (4, 0));
    assert_eq!(imported.left_out, [(feed.id(), left_out)].into());
    assert!(imported.broken.is_none());
    // A peer that repeats itself so often is sent away.
    for _ in 0..20 {
        let again = import(&taker.shelf, &bytes);
        assert_eq!((again.new, again.known), (0, 4));
        assert!(again.broken.is_none());
    }
    let taker = taker.restart();
    assert_eq!(import(&taker.shelf, &bytes).new, 0, "the books are kept");
    for new in [4, 2] {
        next_day();
        assert_eq!(import(&taker.shelf, &bytes).new, new);
    }
    assert_eq!(heads(&giver), heads(&taker));
}

#[test]
fn edits_that_wait_for_a_feed_further_on_are_taken_at_a_second_reading() {
    let charter = charter(None);
    let (nobody, taker) = (Node::new(&charter), Node::new(&charter));
    let made = makers(&charter);
    let changed = changers(&charter, &made, ENTRIES + 2);
    // One batch in several parts, so that none of its edits is counted anew before the next one comes.
    let signed = changed.signed();
    let chunks = signed.chunks(20);
    let parts = chunks.clone().zip(1..).map(|(part, number)| {
        Message::Entries(Entries {
            batch: 1,
            last: number == chunks.len(),
            block: Block::pack(part).expect("small"),
        })
    });
    let opening = [
        Message::Frontier(Frontier {
            feeds: Vec::new(),
            is_complete: true,
        }),
        Message::Done(Stage::Governance),
    ];
    let closing = [batch(2, &made.signed()), Message::Done(Stage::Data)];
    let parts: Vec<Message> = opening.into_iter().chain(parts).chain(closing).collect();
    let imported = import(&taker.shelf, &forged(&nobody, &parts));
    assert!(imported.broken.is_none(), "{:?}", imported.broken);
    assert!(imported.left_out.is_empty(), "{:?}", imported.left_out);
    assert_eq!(imported.new, imported.entries);
    assert_eq!(taker.held(&changed), ENTRIES + 3);
}

/// Writes a bundle of a node, with other entries after the opening: what a program that means harm could write.
fn forged(node: &Node, then: &[Message]) -> Vec<u8> {
    let bytes = export(&node.shelf);
    let (mut reader, preamble) = Reader::begin(bytes.as_slice()).expect("a bundle");
    let mut out = Vec::new();
    let mut writer = Writer::begin(&mut out, &preamble).expect("memory suffices");
    while let Ok(Part::Message(message)) = reader.next() {
        if matches!(message, Message::Entries(_) | Message::Done(_)) {
            break;
        }
        writer.message(&message).expect("memory suffices");
    }
    for message in then {
        writer.message(message).expect("memory suffices");
    }
    let entries = then.iter().map(|message| match message {
        Message::Entries(entries) => entries.block.open().expect("packed by us").len() as u64,
        _ => 0,
    });
    let totals = Totals {
        entries: entries.sum::<u64>().max(1),
        erasures: 0,
    };
    writer.end(totals).expect("memory suffices");
    out
}

fn batch(number: u32, entries: &[SignedEntry]) -> Message {
    Message::Entries(Entries {
        batch: number,
        last: true,
        block: Block::pack(entries).expect("small"),
    })
}

#[test]
fn a_forged_entry_is_left_out_or_ends_the_reading_and_changes_nothing() {
    let charter = charter(None);
    let giver = filled(&charter);
    let feed = Feed::of(&charter, partner(3), 3, 103);
    let sound = feed.signed();
    let mut signature = sound.clone();
    signature[0].signature[0] ^= 1;
    let taker = Node::new(&charter);
    let imported = import(&taker.shelf, &forged(&giver, &[batch(1, &signature)]));
    let left_out = LeftOut {
        entries: 1,
        reason: "signature",
    };
    assert_eq!(imported.left_out, [(feed.id(), left_out)].into());
    let mut payload = sound.clone();
    payload[0].payload.push(0);
    let imported = import(&taker.shelf, &forged(&giver, &[batch(1, &payload)]));
    let fault = |error: Option<BundleError>| match error {
        Some(BundleError::Refused {
            at,
            close: Close::PeerFault(fault),
        }) => (at > 0).then_some(fault),
        _ => None,
    };
    let found = fault(imported.broken);
    assert!(matches!(found, Some(PeerFault::Invalid(_))), "{found:?}");
    assert!(held(&taker).is_empty());
    // Three that do not hold are enough, as in a session.
    let many = vec![signature[0].clone(); 3];
    let imported = import(&taker.shelf, &forged(&giver, &[batch(1, &many)]));
    assert_eq!(fault(imported.broken), Some(PeerFault::Signatures));
    // What follows an entry that is not there.
    let gap = Feed::of(&charter, partner(3), 3, 103).write(2, NOON);
    let imported = import(
        &taker.shelf,
        &forged(&giver, &[batch(1, &gap.signed()[2..])]),
    );
    assert_eq!(imported.left_out[&gap.id()].reason, "gap");
    assert!(held(&taker).is_empty());
}

#[test]
fn messages_that_no_bundle_holds_end_the_reading() {
    let charter = charter(None);
    let (giver, taker) = (filled(&charter), Node::new(&charter));
    let questions = [
        Message::Ack {
            batch: 0,
            paused: Vec::new(),
        },
        Message::Ask { feeds: Vec::new() },
        Message::NewHeads { heads: Vec::new() },
        Message::Fetch { ids: Vec::new() },
    ];
    for question in questions {
        let name = question.name();
        let imported = import(&taker.shelf, &forged(&giver, &[question]));
        match imported.broken {
            Some(BundleError::Damaged { at, damage }) => {
                assert!(at > 0);
                assert_eq!(damage, Damage::Place(name));
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    // One that stops before its end is not whole, though every part of it is.
    let imported = import(&taker.shelf, &forged(&giver, &[]));
    let is_short = matches!(
        imported.broken,
        Some(BundleError::Damaged {
            damage: Damage::Totals { said: 1, found: 0 },
            ..
        })
    );
    assert!(is_short, "{:?}", imported.broken);
    assert!(held(&taker).is_empty());
}

#[test]
fn another_federation_a_newer_version_and_other_files_are_refused_as_a_whole() {
    let charter = charter(None);
    let other = Charter {
        name: "Autre".to_owned(),
        ..charter.clone()
    };
    let (giver, taker) = (filled(&charter), Node::new(&other));
    let bytes = export(&giver.shelf);
    let code = |bytes: &[u8]| try_import(&taker.shelf, bytes).map_err(|error| error.code());
    assert_eq!(
        code(&bytes).err(),
        Some("bundle_of_another_federation"),
        "another federation"
    );
    let mut newer = bytes.clone();
    newer[9] = 2;
    assert_eq!(code(&newer).err(), Some("bundle_newer"));
    for none in [
        &b""[..],
        b"maillbd",
        b"nom,commune\nClub,45155\n",
        &[0; 500],
    ] {
        assert_eq!(code(none).err(), Some("bundle_unknown"));
    }
    assert!(held(&taker).is_empty());
}

/// Reads a bundle to its end, without taking anything in.
fn read(bytes: &[u8]) -> Result<(), BundleError> {
    let (mut reader, _) = Reader::begin(bytes)?;
    while let Part::Message(_) = reader.next()? {}
    Ok(())
}

#[test]
fn every_changed_byte_and_every_missing_end_is_found_where_it_is() {
    let bytes = export(&filled(&charter(None)).shelf);
    read(&bytes).expect("whole");
    let mut changed = bytes.clone();
    for place in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            changed[place] ^= bit;
            let error = read(&changed).expect_err("a byte is changed");
            let at = error.at().unwrap_or(0);
            assert!(at <= place as u64, "{place}: {error}");
            assert!(place < 10 || error.at().is_some(), "{place}: {error}");
            changed[place] ^= bit;
        }
        let error = read(&bytes[..place]).expect_err("the end is missing");
        assert!(error.at().unwrap_or(0) <= place as u64, "{place}: {error}");
    }
    let mut longer = bytes;
    longer.push(0);
    let error = read(&longer).expect_err("something follows");
    assert!(matches!(
        error,
        BundleError::Damaged {
            damage: Damage::Rest,
            ..
        }
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happens to a file, what is taken is a part of what was in it, feed by feed from the start, and what stood before stays.
    #[test]
    fn a_damaged_bundle_changes_nothing_that_it_should_not(
        place in any::<proptest::sample::Index>(),
        change in prop_oneof![Just(None), (1_u8..).prop_map(Some)],
    ) {
        let charter = charter(None);
        let giver = filled(&charter);
        let bytes = export(&giver.shelf);
        let place = place.index(bytes.len());
        let mut damaged = bytes.clone();
        match change {
            Some(change) => damaged[place] ^= change,
            None => damaged.truncate(place),
        }
        let taker = Node::new(&charter);
        let own = Feed::of(&charter, partner(3), 3, 103).write(2, NOON);
        taker.take(&own);
        let at = match try_import(&taker.shelf, &damaged) {
            Ok(imported) => imported.broken.expect("it is damaged").at(),
            Err(error) => error.at(),
        };
        prop_assert!(at.unwrap_or(0) <= place as u64);
        prop_assert_eq!(taker.held(&own), 3);
        let mut allowed = held(&giver);
        allowed.extend(own.entries.iter().map(|entry| entry.id()));
        prop_assert!(held(&taker).is_subset(&allowed));
        // A good copy brings the rest.
        let again = import(&taker.shelf, &bytes);
        prop_assert!(again.broken.is_none());
        prop_assert_eq!(held(&taker), allowed);
    }
}

/// The bundle of a small node, as the first version of the format writes it. It changes only on purpose: `BUNDLE=write` writes it anew.
#[test]
fn the_bytes_of_a_bundle_are_those_of_the_format() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/shelf/golden.bundle");
    let charter = charter(None);
    let giver = filled(&charter);
    let mut bytes = Vec::new();
    let software = "maillage essai";
    crate::bundle::write_as(&giver.shelf, NOON, software, &mut bytes).expect("written");
    if std::env::var_os("BUNDLE").is_some_and(|wish| wish == "write") {
        std::fs::write(path, &bytes).expect("writable");
    }
    let golden = std::fs::read(path).expect("it is in the repository");
    assert_eq!(golden[..8], *b"maillbdl");
    assert_eq!(golden[8..10], 1_u16.to_be_bytes());
    assert_eq!(golden[10..42], *charter.federation().as_bytes());
    assert_eq!(golden[42..50], 0_u64.to_be_bytes());
    assert_eq!(golden[50..82], *charter.id().as_bytes());
    assert_eq!(golden[82..90], NOON.as_millis().to_be_bytes());
    assert_eq!(golden[90..122], [0; 32], "it signs nothing");
    assert_eq!(golden[122], software.len() as u8);
    assert_eq!(golden[123..137], *software.as_bytes());
    let check = crdt_schema::id::hash("bundle", &[&[0; 32], &golden[..137]]);
    assert_eq!(golden[137..169], check);
    let end = golden.len() - 52;
    assert_eq!(golden[end..end + 4], [0; 4]);
    assert_eq!(golden[end + 4..end + 12], 10_u64.to_be_bytes());
    assert_eq!(golden[end + 12..end + 20], 0_u64.to_be_bytes());
    assert_eq!(bytes, golden);
    let taker = Node::new(&charter);
    assert_eq!(import(&taker.shelf, &golden).new, 10);
    assert_eq!(heads(&giver), heads(&taker));
}
