//! Who confirms governance, what is missing and which feed is flooded, where a person looks: every sentence, in both languages.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::cbor::Wire;
use crdt_schema::checkpoint::{Checkpoint, NamedHeads};
use crdt_schema::entry::{
    Body, Certificate, Frame, Item, Kind, Payload, UnsignedEntry, VerifiedEntry,
};
use crdt_schema::governance::{Act, Approval, Charter, Mandate, Position};
use crdt_schema::id::EntryId;
use crdt_schema::limits::BRANCHES_MAX;
use crdt_schema::time::Timestamp;

use crate::browser::{Node, PASSWORD};
use crate::census::{key, two_coordinators};

const START_MS: i64 = 1_764_000_000_000;
const DAY_S: i64 = 24 * 3_600;

/// A partner whose node is elsewhere.
struct Elsewhere {
    number: u8,
    salt: u8,
}

impl Elsewhere {
    fn begin(number: u8) -> (Self, VerifiedEntry) {
        let (root, instance) = (key(number), key(number + 100));
        let certificate = Certificate::sign(
            &root,
            root.public().partner(),
            &two_coordinators().federation(),
            &instance.public().feed(),
            [number; 32],
        );
        let mut partner = Self { number, salt: 0 };
        let frame = Frame::Certificate(Box::new(certificate));
        let start = partner.sign(Kind::Certificate, None, 0, (frame, b"ailleurs".to_vec()));
        (partner, start)
    }

    fn sign(
        &mut self,
        kind: Kind,
        after: Option<&VerifiedEntry>,
        day: i64,
        (frame, content): (Frame, Vec<u8>),
    ) -> VerifiedEntry {
        self.salt += 1;
        let salt = [self.salt; 16];
        let body = Body::Held { salt, content };
        let place = after.map_or((0, None), |entry| {
            (entry.header().sequence + 1, Some(entry.id()))
        });
        let entry = UnsignedEntry {
            kind,
            federation: two_coordinators().federation(),
            place,
            charter: two_coordinators().id(),
            claimed: Timestamp::from_millis(START_MS + day * DAY_S * 1_000),
            payload: Payload::new(vec![Item { frame, body }]).expect("a small item"),
        };
        entry.sign(&key(self.number + 100))
    }

    /// Lets a partner in.
    fn admit(&mut self, after: &VerifiedEntry, number: u8) -> VerifiedEntry {
        let act = Act::Enrol {
            partner: key(number).public().partner(),
            root: *key(number).public().as_bytes(),
            name: format!("Partenaire {number}"),
            mandate: Mandate::everything(),
        };
        let frame = Frame::Act("enrol".to_owned());
        self.sign(Kind::Governance, Some(after), 0, (frame, act.to_content()))
    }

    /// Says that it holds these, and what stands before them.
    fn say(&mut self, after: &VerifiedEntry, day: i64, named: &[&VerifiedEntry]) -> VerifiedEntry {
        let mut governance = NamedHeads::new();
        for entry in named {
            let head = (entry.header().sequence, entry.id());
            let heads = governance.entry(entry.header().feed).or_default();
            heads.insert(head);
        }
        let content = Checkpoint {
            tip: (0, two_coordinators().id()),
            governance,
            heads: [0; 32],
            unfinished: Some(BTreeSet::new()),
        };
        let item = (Frame::Checkpoint, content.to_cbor());
        self.sign(Kind::Checkpoint, Some(after), day, item)
    }
}

fn take(node: &Node, entries: &[&VerifiedEntry]) {
    let replica = node.replica.as_deref().expect("made with a census");
    let entries: Vec<_> = entries.iter().map(|entry| (*entry).clone()).collect();
    let ingested = replica.ingest(entries).expect("it is written");
    assert_eq!(ingested.unconnected, None);
}

/// The page of the federation in French and in English holds these, and none of what no longer holds.
async fn shows(node: &Node, there: &[[&str; 2]], gone: &[[&str; 2]]) {
    let mut browser = node.browser();
    browser.log_in("zoe", PASSWORD).await;
    for (index, language) in ["fr", "en"].into_iter().enumerate() {
        let page = browser.open(&format!("/federation?lang={language}")).await;
        for words in there {
            let words = words[index];
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        for words in gone {
            let words = words[index];
            assert!(!page.body.contains(words), "{words}: {}", page.body);
        }
    }
}

const NOBODY: [&str; 2] = [
    "Aucun autre partenaire n’a confirmé qu’il connaît exactement les mêmes décisions que ce nœud.",
    "No other partner has confirmed that it knows exactly the same decisions as this node.",
];
const ALARM: [&str; 2] = [
    "moins de deux autres partenaires ont fait savoir qu’ils ne connaissent aucune décision de plus que ce nœud",
    "fewer than two other partners have said that they know no decision beyond those of this node",
];
const MISSING: [&str; 2] = [
    "Département d’Exemple\u{a0}: ces partenaires connaissent des décisions que ce nœud n’a pas reçues.",
    "Département d’Exemple: these partners know decisions that this node has not received.",
];
const CONTRADICTS: [&str; 2] = [
    "Département d’Exemple\u{a0}: ces partenaires connaissent une autre histoire des décisions que ce nœud.",
    "Département d’Exemple: these partners know another history of the decisions than this node.",
];
const CONTESTED: [&str; 2] = [
    "Département d’Exemple\u{a0}: ces partenaires tiennent d’autres branches d’un fil qui en a trop.",
    "Département d’Exemple: these partners hold other branches of a feed that has too many.",
];
const FLOODED: [&str; 2] = [
    "Ce fil a plus de 4 branches\u{a0}; les suivantes sont refusées ici.",
    "This feed has more than 4 branches; the others are refused here.",
];

#[tokio::test]
async fn who_confirms_and_how_old_the_oldest_of_these_words_is() {
    let node = Node::with_coordinators();
    shows(&node, &[NOBODY], &[ALARM]).await;
    let ((mut ville, start), (mut departement, its_start)) =
        (Elsewhere::begin(1), Elsewhere::begin(2));
    let act = ville.admit(&start, 5);
    let said = ville.say(&act, 0, &[&act]);
    take(&node, &[&start, &its_start, &act, &said]);
    let one = [
        "Gouvernance confirmée par un autre partenaire, qui connaît exactement les mêmes décisions que ce nœud (Ville d’Exemple). Cette confirmation remonte à moins d’un jour.",
        "Governance confirmed by one other partner, which knows exactly the same decisions as this node (Ville d’Exemple). This confirmation is less than a day old.",
    ];
    shows(&node, &[one], &[NOBODY, ALARM]).await;
    node.pass(3 * DAY_S);
    // The other one knows less: it is not counted, and its day is not shown.
    let less = departement.say(&its_start, 3, &[&start]);
    take(&node, &[&less]);
    let one = [
        "Cette confirmation remonte à 3 jours.",
        "This confirmation is 3 days old.",
    ];
    shows(&node, &[one], &[ALARM]).await;
    let same = departement.say(&less, 3, &[&act]);
    take(&node, &[&same]);
    let two = [
        "Gouvernance confirmée par 2 autres partenaires, qui connaissent exactement les mêmes décisions que ce nœud",
        "Governance confirmed by 2 other partners, which know exactly the same decisions as this node",
    ];
    let oldest = [
        "La plus ancienne de ces confirmations remonte à 3 jours.",
        "The oldest of these confirmations is 3 days old.",
    ];
    shows(&node, &[two, oldest], &[NOBODY, ALARM]).await;
    node.pass(4 * DAY_S);
    let late = [
        "Depuis 7 jours, moins de deux",
        "For 7 days, fewer than two",
    ];
    shows(&node, &[two, ALARM, late], &[NOBODY]).await;
    let again = ville.say(&said, 6, &[&act]);
    take(&node, &[&again]);
    let oldest = [
        "La plus ancienne de ces confirmations remonte à 4 jours.",
        "The oldest of these confirmations is 4 days old.",
    ];
    shows(&node, &[two, oldest], &[ALARM]).await;
}

#[tokio::test]
async fn what_a_partner_knows_more_or_otherwise_is_said_with_its_name() {
    let node = Node::with_coordinators();
    let ((mut ville, start), (mut departement, its_start)) =
        (Elsewhere::begin(1), Elsewhere::begin(2));
    let (act, another) = (ville.admit(&start, 5), ville.admit(&start, 6));
    let more = ville.admit(&act, 7);
    let said = departement.say(&its_start, 0, &[&more]);
    take(&node, &[&start, &its_start, &act, &said]);
    shows(&node, &[NOBODY, MISSING], &[CONTRADICTS, CONTESTED, ALARM]).await;
    let said = departement.say(&said, 0, &[&another]);
    take(&node, &[&said]);
    shows(&node, &[NOBODY, CONTRADICTS], &[MISSING, CONTESTED, ALARM]).await;
    take(&node, &[&another]);
    let known = format!(
        "La suite {} est confirmée par Département d’Exemple.",
        another.id().short()
    );
    let known_in_english = format!(
        "The sequel {} is confirmed by Département d’Exemple.",
        another.id().short()
    );
    let fork = [
        "Ville d’Exemple, qui coordonne, a signé deux suites différentes dans son fil",
        "Ville d’Exemple, which coordinates, signed two different sequels in its feed",
    ];
    let known = [known.as_str(), known_in_english.as_str()];
    shows(
        &node,
        &[fork, known],
        &[MISSING, CONTRADICTS, CONTESTED, FLOODED],
    )
    .await;
}

#[tokio::test]
async fn a_flood_is_named_as_such_until_a_charter_cuts_the_feed() {
    let node = Node::with_coordinators();
    let ((mut ville, start), (mut departement, its_start)) =
        (Elsewhere::begin(1), Elsewhere::begin(2));
    let branches: Vec<_> = (0..=BRANCHES_MAX).map(|_| ville.admit(&start, 5)).collect();
    let (held, refused) = (&branches[..BRANCHES_MAX], &branches[BRANCHES_MAX]);
    let said = departement.say(&its_start, 0, &[refused]);
    take(&node, &[&start, &its_start, &said]);
    for branch in held {
        take(&node, &[branch]);
    }
    shows(
        &node,
        &[NOBODY, CONTESTED],
        &[MISSING, CONTRADICTS, FLOODED],
    )
    .await;
    let replica = node.replica.as_deref().expect("made with a census");
    let place = |entry: EntryId, sequence| Position { sequence, entry };
    let flood = BTreeMap::from([(start.header().feed, place(refused.id(), 1))]);
    replica.note_floods(flood).expect("it is written");
    shows(&node, &[CONTESTED, FLOODED], &[MISSING, CONTRADICTS]).await;
    let before = two_coordinators();
    let next = Charter {
        federation: Some(before.federation()),
        version: 1,
        parent: Some(before.id()),
        cuts: BTreeMap::from([(start.header().feed, place(start.id(), 0))]),
        ..two_coordinators()
    };
    let vote = Approval::sign(&key(9), before.federation(), before.id(), next.id());
    replica
        .add_charters(vec![next], vec![vote])
        .expect("it is written");
    let fork = ["deux suites différentes", "two different sequels"];
    shows(
        &node,
        &[],
        &[CONTESTED, FLOODED, MISSING, CONTRADICTS, fork],
    )
    .await;
}
