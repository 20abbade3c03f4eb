//! No sequence of partner edits, imports, statements, forged or replayed entries makes a label appear. Every entry here has real bytes
//! and a real signature, and comes in by the same door as what a peer sends: it is verified, linked to its feed, and judged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{
    Body, Certificate, EditFrame, Frame, Header, Item, Kind, Payload, PersonalFrame, RecordBirth,
    SignedEntry, StatementFrame, VerifiedEntry,
};
use crdt_schema::governance::{
    Act, Charter, Charters, Confirmed, Coordinator, Feeds, Governance, Holdings, Label, Mandate,
    Position, Quotas, Recovery, Scheme, SchemeId, Seat, Selection, SignedAct,
};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId, RecordId, SubjectId};
use crdt_schema::key::SecretKey;
use crdt_schema::label::{Day, Labels, Origin};
use crdt_schema::time::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;

use crate::held::{issue, name, scheme, withdraw};

/// 1 and 2 are honest members of the committee. The attacker has 3, the third member; 4, a coordinator outside it; 5 and 6, partners;
/// and 66, whom nobody enrolled.
const HONEST: [u8; 2] = [1, 2];
const HOSTILE: [u8; 5] = [3, 4, 5, 6, 66];
const TODAY: &str = "2026-06-01";

fn root(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

fn instance(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number + 100; 32])
}

fn partner(number: u8) -> PartnerId {
    root(number).public().partner()
}

fn committee_scheme() -> Scheme {
    Scheme {
        committee: [1, 2, 3].map(partner).into(),
        ..scheme()
    }
}

fn genesis(federation: &str) -> Charter {
    let key = |number| *root(number).public().as_bytes();
    let called = |number: u8| format!("Organisation {number}");
    let coordinators = (1..=4).map(|number| {
        let coordinator = Coordinator {
            root: key(number),
            name: called(number),
            rights: Selection::All,
            mandate: Mandate::everything(),
        };
        (partner(number), coordinator)
    });
    let partners = (1..=6).map(|number| {
        let confirmed = Confirmed {
            root: key(number),
            name: called(number),
            mandate: Mandate::everything(),
        };
        (partner(number), confirmed)
    });
    Charter {
        federation: None,
        version: 0,
        parent: None,
        name: federation.to_owned(),
        seats: vec![Seat {
            id: "siège".to_owned(),
            key: key(9),
        }],
        k: 1,
        recovery: Recovery::default(),
        coordinators: coordinators.collect(),
        partners: partners.collect(),
        cuts: BTreeMap::new(),
        schemes: BTreeMap::from([(name(), committee_scheme())]),
        quotas: Quotas::default(),
        min_protocol: 1,
    }
}

/// What a node holds, filled as a node fills it.
#[derive(Clone)]
struct Node {
    charter: Charter,
    feeds: Feeds,
    charters: Charters,
    acts: BTreeMap<ItemId, SignedAct>,
    entries: Vec<VerifiedEntry>,
}

impl Node {
    fn new(charter: Charter) -> Self {
        Self {
            feeds: Feeds::new(charter.federation()),
            charters: Charters::new(charter.clone()),
            charter,
            acts: BTreeMap::new(),
            entries: Vec::new(),
        }
    }

    /// Takes the bytes of an entry, as a peer brings them. Returns whether it is kept.
    fn receive(&mut self, bytes: SignedEntry) -> bool {
        let Ok(entry) = bytes.verify(self.feeds.federation()) else {
            return false;
        };
        if self.feeds.take(&entry).is_err() {
            return false;
        }
        if entry.header().kind == Kind::Governance {
            self.acts.extend(SignedAct::all_of(&entry));
        }
        self.entries.push(entry);
        true
    }

    fn labels(&self) -> Labels {
        let holdings = Holdings {
            feeds: &self.feeds,
            charters: &self.charters,
            acts: &self.acts,
        };
        Labels::judge(holdings, &Governance::evaluate(holdings))
    }

    /// The labels of the federation that are in force.
    fn in_force(&self) -> BTreeSet<Label> {
        let on = Day::parse(TODAY).unwrap();
        let labels = self.labels();
        let its = labels.of_origin(Origin::Federation);
        let its = its.filter(|(_, decision)| decision.state(false, on).is_in_force());
        its.map(|(label, _)| label.clone()).collect()
    }

    fn chain(&self, feed: &FeedId) -> Vec<(u64, EntryId)> {
        let its = self.feeds.entries().filter(|(_, held)| held.feed == *feed);
        let mut its: Vec<_> = its.map(|(id, held)| (held.sequence, id)).collect();
        its.sort_unstable();
        its
    }
}

fn item(salt: u8, frame: Frame, content: Vec<u8>) -> Item {
    let salt = [salt; 16];
    Item {
        frame,
        body: Body::Held { salt, content },
    }
}

fn act(salt: u8, act: &Act) -> Item {
    act.to_item([salt; 16]).unwrap()
}

/// Signs items after the last entry of a feed, or `back` entries before it: a fork.
fn signed(
    node: &Node,
    number: u8,
    (kind, is_critical, back): (Kind, bool, usize),
    items: Vec<Item>,
) -> SignedEntry {
    let secret = instance(number);
    let chain = node.chain(&secret.public().feed());
    let at = chain.len().saturating_sub(1 + back);
    let payload = Payload::new(items).unwrap();
    let header = Header {
        kind,
        critical: is_critical,
        federation: node.charter.federation(),
        feed: secret.public().feed(),
        sequence: chain.get(at).map_or(0, |(sequence, _)| sequence + 1),
        previous: chain.get(at).map(|(_, id)| *id),
        charter: node.charter.id(),
        claimed: Timestamp::from_millis(1_780_000_000_000),
        payload: payload.commitment(),
        payload_bytes: u32::try_from(payload.to_bytes().len()).unwrap(),
    };
    sealed(&header, payload.to_bytes(), &secret)
}

fn sealed(header: &Header, payload: Vec<u8>, secret: &SecretKey) -> SignedEntry {
    let header = header.to_bytes();
    SignedEntry {
        signature: secret.sign("entry", &header),
        header,
        payload,
    }
}

fn certificate(node: &Node, number: u8, of: u8) -> Item {
    let (federation, feed) = (node.charter.federation(), instance(number).public().feed());
    let certificate = Certificate::sign(&root(number), partner(of), &federation, &feed, [0; 32]);
    item(0, Frame::Certificate(Box::new(certificate)), Vec::new())
}

/// Two records; the attacker wants a label for either.
fn birth(which: u8) -> RecordBirth {
    RecordBirth {
        kind: "actor".to_owned(),
        territory: "45".to_owned(),
        nonce: [which; 16],
    }
}

fn record(node: &Node, which: u8) -> RecordId {
    let birth = birth(which);
    let federation = node.charter.federation();
    RecordId::of(&federation, &birth.kind, &birth.territory, &birth.nonce)
}

fn label(node: &Node, which: u8, day: u8) -> Label {
    Label {
        scheme: SchemeId::Charter(name()),
        record: record(node, which),
        projection: [which; 32],
        from: format!("2026-01-{}", 15 + day),
    }
}

fn named(node: &Node, which: u8, base: Vec<ItemId>, field: &str, text: &str) -> Item {
    let put = Operation::Put {
        field: field.to_owned(),
        value: Value::Text(text.to_owned()),
    };
    let frame = EditFrame {
        record: record(node, which),
        creation: base.is_empty().then(|| birth(which)),
        base,
    };
    item(1, Frame::Edit(frame), Content(vec![put]).to_cbor())
}

/// A federation in which the honest have decided one label, withdrawn a second, and voted once for a third that they did not finish.
fn founded(federation: &str) -> Node {
    let mut node = Node::new(genesis(federation));
    for number in HONEST.into_iter().chain(HOSTILE) {
        let certificate = vec![certificate(&node, number, number)];
        let first = signed(&node, number, (Kind::Certificate, false, 0), certificate);
        assert!(node.receive(first));
    }
    let creation = vec![named(&node, 1, Vec::new(), "name", "Club inventé")];
    let creation = signed(&node, 5, (Kind::Contribution, false, 0), creation);
    assert!(node.receive(creation));
    let decide = |node: &mut Node, number, decided: Act| {
        let entry = signed(
            node,
            number,
            (Kind::Governance, false, 0),
            vec![act(2, &decided)],
        );
        assert!(node.receive(entry));
    };
    for number in HONEST {
        let (first, second) = (label(&node, 1, 0), label(&node, 1, 1));
        decide(&mut node, number, issue(&first));
        decide(&mut node, number, issue(&second));
    }
    let second = label(&node, 1, 1);
    decide(&mut node, 1, withdraw(&second));
    node
}

/// The world before the attack; making its signatures once is enough.
fn worlds() -> &'static (Node, Node) {
    static WORLDS: OnceLock<(Node, Node)> = OnceLock::new();
    WORLDS.get_or_init(|| (founded("Recensement"), founded("Autre fédération")))
}

/// What the attacker does once.
#[derive(Debug, Clone)]
struct Attempt {
    who: u8,
    kind: Kind,
    is_critical: bool,
    back: usize,
    what: What,
    spoiled: Spoiled,
    which: u8,
    day: u8,
    any: Index,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// A vote for a label.
    Issue,
    /// A denial; of these the attacker's coordinators are entitled to some.
    Withdraw,
    Cut,
    Suspend,
    /// An act that gives: somebody comes in, a scheme with k = 1 is declared.
    Enrol,
    Scheme,
    /// An edit of a field that is called like a label, alone or as the rows of an import.
    Edit,
    Rows,
    Statement,
    Personal,
    /// A certificate that names another partner.
    Certificate,
    /// The items of an honest entry, signed again as one's own.
    Copied,
    /// An honest entry as it stands: of this federation, or of another one.
    Replayed,
    Foreign,
}

/// What is wrong with the bytes.
#[derive(Debug, Clone, Copy)]
enum Spoiled {
    Nothing,
    /// One bit of the header, the signature or the payload is another.
    Bit,
    /// Signed with a key that is not the feed's.
    Signature,
    /// The header names an honest feed, its end, and the attacker's signature.
    Feed,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let kind = prop_oneof![
        6 => Just(Kind::Governance),
        2 => Just(Kind::Contribution),
        1 => Just(Kind::Checkpoint),
        1 => Just(Kind::Unknown(99)),
    ];
    let what = prop::sample::select(vec![
        What::Issue,
        What::Issue,
        What::Issue,
        What::Withdraw,
        What::Cut,
        What::Suspend,
        What::Enrol,
        What::Scheme,
        What::Edit,
        What::Rows,
        What::Statement,
        What::Personal,
        What::Certificate,
        What::Copied,
        What::Copied,
        What::Replayed,
        What::Foreign,
    ]);
    let spoiled = prop_oneof![
        5 => Just(Spoiled::Nothing),
        1 => Just(Spoiled::Bit),
        1 => Just(Spoiled::Signature),
        1 => Just(Spoiled::Feed),
    ];
    let attempt = (
        (
            prop::sample::select(HOSTILE.to_vec()),
            kind,
            prop::bool::weighted(0.1),
        ),
        (0..3_usize, what, spoiled),
        (1..3_u8, 0..3_u8, any::<Index>()),
    );
    let attempt = attempt.prop_map(
        |((who, kind, is_critical), (back, what, spoiled), (which, day, any))| Attempt {
            who,
            kind,
            is_critical,
            back,
            what,
            spoiled,
            which,
            day,
            any,
        },
    );
    prop::collection::vec(attempt, 1..10)
}

impl Attempt {
    /// Whether a coordinator whose key the attacker has takes something away, as it may.
    fn is_a_right(&self) -> bool {
        let denies = matches!(self.what, What::Cut | What::Suspend | What::Withdraw);
        // What somebody else had no right to sign, they may sign for themselves.
        (denies || matches!(self.what, What::Copied)) && [3, 4].contains(&self.who)
    }

    fn items(&self, node: &Node, salt: u8) -> Vec<Item> {
        let wanted = label(node, self.which, self.day);
        let feed = instance(HONEST[self.any.index(2)]).public().feed();
        let position = || {
            let chain = node.chain(&feed);
            let (sequence, entry) = chain[self.any.index(chain.len())];
            Position { sequence, entry }
        };
        let base = || {
            let edits = node.entries.iter().flat_map(|entry| {
                let items = entry.identified_items();
                items.filter(|(_, item)| matches!(item.frame, Frame::Edit(_)))
            });
            let edits: Vec<ItemId> = edits.map(|(id, _)| id).collect();
            vec![edits[self.any.index(edits.len())]]
        };
        let said = |predicate: &str| {
            let frame = StatementFrame {
                subject: record(node, self.which),
                other: None,
                predicate: predicate.to_owned(),
            };
            item(salt, Frame::Statement(frame), b"\xa0".to_vec())
        };
        match self.what {
            What::Issue => vec![act(salt, &issue(&wanted))],
            What::Withdraw => vec![act(salt, &withdraw(&label(node, 1, 0)))],
            What::Cut => vec![act(
                salt,
                &Act::Cut {
                    feed,
                    position: position(),
                },
            )],
            What::Suspend => vec![act(
                salt,
                &Act::Suspend {
                    feed,
                    position: position(),
                },
            )],
            What::Enrol => vec![act(
                salt,
                &Act::Enrol {
                    partner: partner(HONEST[self.any.index(2)]),
                    root: *root(self.who).public().as_bytes(),
                    name: "Organisation 1".to_owned(),
                    mandate: Mandate::everything(),
                },
            )],
            What::Scheme => vec![act(
                salt,
                &Act::Vocabulary {
                    scheme: Some(Scheme {
                        k: 1,
                        committee: (1..=6).map(partner).collect(),
                        ..scheme()
                    }),
                    body: Tree::Null,
                },
            )],
            What::Edit => {
                let fields = [
                    "labels",
                    "label",
                    "x_label",
                    "x_labels",
                    "accueil@1",
                    "name",
                ];
                let field = fields[self.any.index(fields.len())];
                vec![named(node, self.which, base(), field, "accueil@1 in_force")]
            }
            What::Rows => (0..8)
                .map(|_| named(node, self.which, base(), "labels", "accueil@1 in_force"))
                .collect(),
            What::Statement => ["verified", "assessed", "endorsed", "label_issue"]
                .map(said)
                .into(),
            What::Personal => {
                let frame = PersonalFrame {
                    record: record(node, self.which),
                    field: "label".to_owned(),
                    subject: SubjectId::from_bytes([salt; 16]),
                    supersedes: Vec::new(),
                };
                vec![item(salt, Frame::Personal(frame), b"accueil@1".to_vec())]
            }
            What::Certificate => {
                vec![certificate(node, self.who, HONEST[self.any.index(2)])]
            }
            What::Copied | What::Replayed | What::Foreign => {
                let entry = &node.entries[self.any.index(node.entries.len())];
                entry.items().to_vec()
            }
        }
    }

    fn bytes(&self, node: &Node, foreign: &Node, salt: u8) -> SignedEntry {
        match self.what {
            What::Replayed => return self.any.get(&node.entries).to_signed(),
            What::Foreign => return self.any.get(&foreign.entries).to_signed(),
            _ => {}
        }
        let made = (self.kind, self.is_critical, self.back);
        let mut entry = signed(node, self.who, made, self.items(node, salt));
        if matches!(self.what, What::Certificate) {
            // A feed that begins once more.
            let mut header = Header::from_bytes(&entry.header).unwrap();
            (header.sequence, header.previous) = (0, None);
            header.kind = Kind::Certificate;
            entry = sealed(&header, entry.payload, &instance(self.who));
        }
        match self.spoiled {
            Spoiled::Nothing => {}
            Spoiled::Bit => {
                let bit = 1 << self.any.index(8);
                match self.any.index(3) {
                    0 => entry.header[self.any.index(184)] ^= bit,
                    1 => entry.signature[self.any.index(64)] ^= bit,
                    _ => {
                        let at = self.any.index(entry.payload.len());
                        entry.payload[at] ^= bit;
                    }
                }
            }
            Spoiled::Signature => {
                entry.signature = instance(77).sign("entry", &entry.header);
            }
            Spoiled::Feed => {
                let honest = instance(HONEST[self.any.index(2)]).public().feed();
                let (sequence, previous) = node.feeds.furthest_head(&honest).unwrap();
                let mut header = Header::from_bytes(&entry.header).unwrap();
                header.feed = honest;
                header.sequence = sequence + 1;
                header.previous = Some(previous);
                entry = sealed(&header, entry.payload, &instance(self.who));
            }
        }
        entry
    }
}

proptest! {
    #![proptest_config(Config { cases: 10_000, ..Config::default() })]

    #[test]
    fn no_sequence_of_signed_hostile_entries_makes_a_label_appear(attempts in attempts()) {
        let (before, foreign) = worlds();
        let decided = BTreeSet::from([label(before, 1, 0)]);
        let mut node = before.clone();
        for (number, attempt) in attempts.iter().enumerate() {
            let salt = u8::try_from(number).expect("few attempts");
            let bytes = attempt.bytes(&node, foreign, salt);
            node.receive(bytes);
        }
        let found = node.in_force();
        if attempts.iter().any(Attempt::is_a_right) {
            prop_assert!(found.is_subset(&decided), "{:?}", found);
        } else {
            prop_assert_eq!(found, decided);
        }
    }
}

#[test]
fn the_same_entries_by_enough_honest_members_do_make_the_label() {
    let (before, _) = worlds();
    assert_eq!(before.in_force(), [label(before, 1, 0)].into());
    let mut node = before.clone();
    let wanted = label(before, 2, 0);
    for (number, counted) in [(3, false), (2, true)] {
        let vote = signed(
            &node,
            number,
            (Kind::Governance, false, 0),
            vec![act(9, &issue(&wanted))],
        );
        assert!(node.receive(vote));
        assert_eq!(node.in_force().contains(&wanted), counted);
    }
}
