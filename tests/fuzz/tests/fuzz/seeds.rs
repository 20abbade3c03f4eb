//! The seeds that our own encoders make: `SEEDS=write` writes them anew. Those of files that people import are written by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::checkpoint::Checkpoint;
use crdt_schema::edit::{Content, Replayed, Value, replay};
use crdt_schema::entry::{
    Body, Certificate, Frame, HEADER_BYTES, Item, Payload, PersonalFrame, SIGNATURE_BYTES,
    SignedEntry, StatementFrame, VerifiedEntry,
};
use crdt_schema::governance::{Approval, Criterion, Mandate, Scheme};
use crdt_schema::id::{FederationId, ItemId, RecordId, SubjectId};
use crdt_schema::label::{Day, Projection};
use crdt_schema::personal::{PersonalContent, Visibility};
use crdt_schema::statement::{
    Answer, Answers, Endorsement, Outcome, Report, ReportReason, Verification,
};
use crdt_schema::view::RecordView;
use data_encoding::HEXLOWER;
use fuzz::federation::{NOON, charter, entries, key};
use fuzz::proof::PREFIX;
use fuzz::session::Side;
use replica::Replica;
use sync::codec::{Block, encode};
use sync::message::{
    Digest, Entries, FeedHeads, Frontier, Head, Locator, Message, Need, NewHead, PeerAddress, Stage,
};
use sync::session::{PeerId, Role};
use sync::{Bundles, CharterBytes, JoinError, JoinReply, JoinRequest, Ticket};

/// The federation of the targets that stand alone.
const ALONE: FederationId = FederationId::from_bytes([1; 32]);
const RECORD: RecordId = RecordId::from_bytes([7; 16]);

#[test]
fn the_seeds_are_those_that_our_encoders_make() {
    let is_writing = std::env::var("SEEDS").is_ok_and(|mode| mode == "write");
    for (path, bytes) in all() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(path);
        if is_writing {
            fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
            fs::write(&path, &bytes).expect("writable");
        }
        let kept = fs::read(&path).unwrap_or_default();
        let shown = path.display();
        assert!(
            kept == bytes,
            "{shown} is another (SEEDS=write writes it anew)"
        );
    }
}

fn all() -> BTreeMap<PathBuf, Vec<u8>> {
    let mut seeds = BTreeMap::new();
    for (target, named) in [
        ("bundle", bundles()),
        ("cbor", cbor()),
        ("frames", frames()),
        ("header", headers()),
        ("items", items()),
        ("proof", proofs()),
        ("ticket", tickets()),
    ] {
        for (name, bytes) in named {
            seeds.insert(Path::new(target).join(name), bytes);
        }
    }
    seeds
}

type Seeds = Vec<(String, Vec<u8>)>;

fn named(name: &str, bytes: Vec<u8>) -> (String, Vec<u8>) {
    (name.to_owned(), bytes)
}

/// Entries that the tests of the format hold, byte by byte: their header, signature and payload.
fn golden(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crdt-schema/tests/golden");
    let text = fs::read_to_string(folder.join(name)).expect("a golden file");
    HEXLOWER
        .decode(text.replace('\n', "").as_bytes())
        .expect("hexadecimal")
}

const GOLDEN: [&str; 6] = [
    "certificate_entry",
    "edit_entry",
    "later_root_entry",
    "mixed_entry",
    "mixed_entry_erased",
    "rotation_entry",
];

fn headers() -> Seeds {
    GOLDEN
        .iter()
        .map(|name| {
            named(
                name,
                golden(&format!("{name}.hex"))[..HEADER_BYTES].to_vec(),
            )
        })
        .collect()
}

fn items() -> Seeds {
    let from = HEADER_BYTES + SIGNATURE_BYTES;
    let payload = |name: &&str| named(name, golden(&format!("{name}.hex"))[from..].to_vec());
    let mut seeds: Seeds = GOLDEN.iter().map(payload).collect();
    for (number, entry) in entries().iter().enumerate() {
        seeds.push((format!("entry-{number}"), entry.to_signed().payload));
    }
    // Several edits of one entry, which the target takes as edits of one record.
    let all = entries();
    let several: Vec<Item> = all.iter().flat_map(VerifiedEntry::items).cloned().collect();
    seeds.push(named(
        "several",
        Payload::new(several).expect("small").to_bytes(),
    ));
    seeds.push(named(
        "said",
        Payload::new(said()).expect("small").to_bytes(),
    ));
    seeds
}

/// Statements and a personal value.
fn said() -> Vec<Item> {
    let statement = |predicate: &str| {
        Frame::Statement(StatementFrame {
            subject: RECORD,
            other: None,
            predicate: predicate.to_owned(),
        })
    };
    let endorsed = Endorsement::new("Nous y étions.").expect("short");
    let reported = Report::new(ReportReason::parse("closed").expect("a reason"), "Fermé.");
    let person = PersonalContent {
        value: "Camille Inventée".to_owned(),
        visibility: Visibility::Partners,
        purpose: "Contact du club".to_owned(),
        until: Some("2027-01-01".to_owned()),
    };
    let frame = PersonalFrame {
        record: RECORD,
        field: "contact".to_owned(),
        subject: SubjectId::from_bytes([8; 16]),
        supersedes: vec![ItemId::from_bytes([9; 16])],
    };
    [
        (statement("verified"), verification().to_cbor()),
        (statement("endorsed"), endorsed.to_cbor()),
        (statement("reported"), reported.expect("short").to_cbor()),
        (statement("answered"), answers().to_cbor()),
        (Frame::Personal(frame), person.to_cbor()),
        (
            Frame::Unknown(Tree::List(vec![Tree::text("later"), Tree::Null])),
            vec![0x80],
        ),
    ]
    .into_iter()
    .map(|(frame, content)| {
        let salt = [5; 16];
        let body = Body::Held { salt, content };
        Item { frame, body }
    })
    .collect()
}

fn verification() -> Verification {
    let day = Day::parse("2026-05-12").expect("a day");
    let sections = [("identity".to_owned(), day), ("place".to_owned(), day)];
    Verification::new(sections).expect("two sections")
}

fn answers() -> Answers {
    let outcome = Outcome::parse("corrected").expect("an outcome");
    let answer = Answer::new(outcome, "C’est fait.").expect("short");
    Answers::new([(ItemId::from_bytes([6; 16]), answer)]).expect("one")
}

fn cbor() -> Seeds {
    let tree = Tree::map([
        (
            "a",
            Tree::List(vec![Tree::Integer(-1), Tree::Boolean(true), Tree::Null]),
        ),
        ("bb", Tree::Bytes(vec![1, 2, 3])),
        ("c", Tree::map([("d", Tree::text("é"))])),
    ]);
    let scheme = Scheme {
        title: "Label inventé".to_owned(),
        criteria: vec![Criterion {
            id: "accueil".to_owned(),
            title: "Accueil".to_owned(),
            weight: 1,
            mandatory: true,
        }],
        fields: vec!["name".to_owned()],
        k: 1,
        committee: [key(1).public().partner()].into(),
        months: 12,
        complements: vec![],
    };
    let history: Vec<Replayed> = history();
    let merged = replay(&history).expect("it replays");
    let projection = Projection::of(&merged.fields, &["name".to_owned(), "themes".to_owned()]);
    let view = RecordView {
        record: RECORD,
        birth: Some(("actor".to_owned(), "45".to_owned())),
        heads: vec![history[0].id],
        merged: merged.clone(),
    };
    let checkpoint = Checkpoint {
        tip: (0, charter().id()),
        governance: [(key(101).public().feed(), [(3, entries()[3].id())].into())].into(),
        heads: [3; 32],
        unfinished: Some([ItemId::from_bytes([6; 16])].into()),
    };
    let approval = Approval::sign(
        &key(9),
        charter().federation(),
        charter().id(),
        charter().id(),
    );
    let payload = entries()[1].to_signed().payload;
    [
        ("tree", 0, tree.to_cbor()),
        (
            "content",
            1,
            Content(history[0].operations.clone()).to_cbor(),
        ),
        ("merged", 2, merged.to_cbor()),
        ("payload", 3, payload),
        ("approval", 4, approval.to_bytes()),
        ("charter", 5, charter().to_bytes()),
        ("mandate", 6, Mandate::everything().to_cbor()),
        ("scheme", 7, scheme.to_cbor()),
        ("projection", 8, projection.to_cbor()),
        ("answers", 9, answers().to_cbor()),
        ("verification", 11, verification().to_cbor()),
        ("view", 12, view.to_cbor()),
        ("checkpoint", 12, checkpoint.to_cbor()),
    ]
    .map(|(name, kind, bytes)| named(name, [&[kind], bytes.as_slice()].concat()))
    .into()
}

/// The first edit of the seeds, as a whole history.
fn history() -> Vec<Replayed> {
    let all = entries();
    let mut items = all[1].identified_items();
    let (id, item) = items.next().expect("one item");
    let Content(mut operations) =
        Content::from_bytes(item.content().expect("held")).expect("an edit");
    operations.push(crdt_schema::edit::Operation::Put {
        field: "position".to_owned(),
        value: Value::Point {
            latitude_e7: 479_000_000,
            longitude_e7: 19_000_000,
        },
    });
    vec![Replayed {
        id,
        parents: vec![],
        operations,
    }]
}

fn frames() -> Seeds {
    let mut seeds = Vec::new();
    // What each side says to the other, until both are level.
    let (mut one, to_two) = Side::start(Role::Dialler);
    let (mut two, to_one) = Side::start(Role::Listener);
    let mut heard = [Vec::new(), Vec::new()];
    let (mut to_one, mut to_two) = (to_one, to_two);
    while !to_one.is_empty() || !to_two.is_empty() {
        heard[0].extend(to_one.clone());
        heard[1].extend(to_two.clone());
        let answers: Vec<_> = to_one
            .drain(..)
            .flat_map(|message| one.hear(message))
            .collect();
        to_one = to_two
            .drain(..)
            .flat_map(|message| two.hear(message))
            .collect();
        to_two = answers;
    }
    assert!(
        !one.is_over() && !two.is_over(),
        "two empty nodes are level"
    );
    for (name, said) in [("to-dialler", &heard[0]), ("to-listener", &heard[1])] {
        seeds.push(named(name, stream(said)));
    }
    // To a side that is level: heads, entries, and all the rest.
    let mut later = heard[0].clone();
    later.extend(news());
    seeds.push(named("news", stream(&later)));
    // To a side that compares: a frontier, and what follows it.
    let hello = heard[0][..1].to_vec();
    seeds.push(named(
        "compared",
        stream(&[hello, compared(&heard[0])].concat()),
    ));
    for (number, message) in news().into_iter().enumerate() {
        seeds.push((format!("message-{number}"), stream(&[message])));
    }
    seeds
}

fn stream(messages: &[Message]) -> Vec<u8> {
    let frames = messages
        .iter()
        .map(|message| encode(message).expect("within the limits"));
    frames.collect::<Vec<_>>().concat()
}

fn signed() -> Vec<SignedEntry> {
    entries().iter().map(VerifiedEntry::to_signed).collect()
}

fn head(entry: &VerifiedEntry) -> Head {
    Head {
        sequence: entry.header().sequence,
        id: entry.id(),
    }
}

fn news() -> Vec<Message> {
    let all = entries();
    let feed = all[0].header().feed;
    let heads = vec![NewHead {
        feed,
        head: head(&all[3]),
    }];
    let block = Block::pack(&signed()).expect("small");
    let (batch, last) = (0, true);
    let after = Need::After(vec![head(&all[2]), head(&all[0])]);
    vec![
        Message::NewHeads { heads },
        Message::Ask { feeds: vec![feed] },
        Message::Locators {
            locators: vec![
                Locator { feed, need: after },
                Locator {
                    feed,
                    need: Need::Nothing,
                },
            ],
        },
        Message::Entries(Entries { batch, last, block }),
        Message::Ack {
            batch,
            paused: vec![feed],
        },
        Message::Want(FeedHeads {
            feed,
            heads: vec![head(&all[1])],
        }),
        Message::Fetch {
            ids: vec![all[2].id()],
        },
        Message::Peers {
            peers: ["192.0.2.7:4433", "[2001:db8::7]:443"]
                .map(|address| PeerAddress {
                    peer: PeerId::from_bytes([4; 32]),
                    address: address.parse().expect("an address"),
                })
                .to_vec(),
        },
    ]
}

/// Charters, another digest, a frontier, entries, and the end of both stages.
fn compared(said: &[Message]) -> Vec<Message> {
    let all = entries();
    let heads = FeedHeads {
        feed: all[0].header().feed,
        heads: vec![head(&all[3])],
    };
    said[1..]
        .iter()
        .flat_map(|message| match message {
            Message::Digest(summary) => {
                let mut summary = *summary;
                summary.heads = Digest::of([&heads]);
                let frontier = Frontier {
                    feeds: vec![heads.clone()],
                    is_complete: true,
                };
                let block = Block::pack(&signed()[..4]).expect("small");
                let entries = Entries {
                    batch: 1,
                    last: true,
                    block,
                };
                vec![
                    Message::Digest(summary),
                    Message::Frontier(frontier),
                    Message::Entries(entries),
                    Message::Done(Stage::Governance),
                    Message::Done(Stage::Data),
                ]
            }
            other => vec![other.clone()],
        })
        .collect()
}

fn bundles() -> Seeds {
    // As many entries as there are numbers.
    [
        ("empty", 0),
        ("one", 1),
        ("one-feed", 4),
        ("whole", usize::MAX),
    ]
    .map(|(name, count)| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
        let replica = Arc::new(Replica::open(folder.path(), None).expect("a store"));
        let taken = entries().into_iter().take(count).collect();
        replica.ingest(taken).expect("it is written");
        let door = Arc::new(fuzz::Alone);
        let mut bytes = Vec::new();
        let written = Bundles::of(replica, door, || NOON).export(&mut bytes, &mut |_, _| ());
        written.expect("it is written");
        named(name, bytes)
    })
    .into()
}

fn proofs() -> Seeds {
    let whole = golden("proof/label.hex");
    let body = whole[PREFIX.len() + 4..whole.len() - SIGNATURE_BYTES].to_vec();
    let half = whole[..whole.len() / 2].to_vec();
    let prefix = PREFIX.to_vec();
    vec![
        named("body", body),
        named("half", half),
        named("prefix", prefix),
        named("whole", whole),
    ]
}

fn tickets() -> Seeds {
    let ticket = |addresses: &[&str]| Ticket {
        endpoint: [4; 32],
        addresses: addresses
            .iter()
            .map(|it| it.parse().expect("an address"))
            .collect(),
        federation: *ALONE.as_bytes(),
        charter: [2; 32],
        code: [9; 16],
        expires: NOON.as_millis(),
        relays: Vec::new(),
    };
    let few = ticket(&["127.0.0.1:7000"]);
    let many = ticket(&["192.0.2.1:7000", "[2001:db8::1]:7000", "[fe80::1%3]:65535"]);
    let (root, feed) = (key(1), key(101).public().feed());
    let certificate = Certificate::sign(&root, root.public().partner(), &ALONE, &feed, [4; 32]);
    let request = JoinRequest::new([9; 16], "Ville inventée", &feed, &certificate);
    let admitted = JoinReply::Admitted(CharterBytes {
        charters: vec![charter().to_bytes()],
        approvals: vec![vec![1, 2, 3]],
    });
    let refused = JoinReply::Refused(JoinError::Used);
    let plain = |ticket: &Ticket| postcard::to_stdvec(ticket).expect("memory");
    let relays = postcard::to_stdvec(&["https://relais.example.fr"].as_slice()).expect("memory");
    [
        ("few", 0, plain(&few)),
        ("many", 0, plain(&many)),
        ("text", 1, many.to_text().into_bytes()),
        ("request", 2, postcard::to_stdvec(&request).expect("memory")),
        (
            "admitted",
            3,
            postcard::to_stdvec(&admitted).expect("memory"),
        ),
        ("refused", 3, postcard::to_stdvec(&refused).expect("memory")),
        ("relays", 4, [plain(&few), relays].concat()),
    ]
    .map(|(name, kind, bytes)| named(name, [&[kind], bytes.as_slice()].concat()))
    .into()
}
