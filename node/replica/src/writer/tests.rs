//! What acts change is shown wherever it is, and nothing else is built again.

use std::collections::BTreeMap;

use crdt_schema::entry::{Frame, Kind, VerifiedEntry};
use crdt_schema::governance::{Act, Mandate, Position, Scope, Selection};
use crdt_schema::id::{ItemId, RecordId};
use proptest::prelude::*;

use crate::erasure::tests::federation::{
    Feed, Node, charter, creation, item, key, open, put, record, statement,
};
use crate::indexing::{KEEPER, PARTNER, REPORTER};
use crate::search::Query;
use crate::{NewItem, Replica};

const FEEDS: u8 = 4;
const RECORDS: u8 = 4;
/// The partner that writes most, and whose entries come last.
const BUSY: u8 = 2;

/// Who writes next, and what.
#[derive(Debug, Clone)]
enum Step {
    /// A record is created anew or renamed.
    Edit(u8, u8),
    /// A report of a record.
    Report(u8, u8),
    /// What the last entries of a feed say does not count from one of them on: by an act of the coordinator.
    Cut(u8, prop::sample::Index),
    Suspend(u8, prop::sample::Index),
    /// The fourth partner, of whom the charter knows nothing.
    Enrol,
    Narrow(u8),
    /// A grant is taken back.
    Descope(prop::sample::Index),
    /// A feed goes on from an earlier state of it.
    Fork(u8, prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    // Mostly one feed: what is rare needs a cut, a branch and several edits of the same.
    let author = prop_oneof![3 => Just(BUSY), 1 => 1..=FEEDS];
    let number = 1..=RECORDS;
    let at = any::<prop::sample::Index>;
    prop_oneof![
        4 => (author.clone(), number.clone()).prop_map(|(who, what)| Step::Edit(who, what)),
        1 => (author.clone(), number).prop_map(|(who, what)| Step::Report(who, what)),
        2 => (author.clone(), at()).prop_map(|(whose, at)| Step::Cut(whose, at)),
        1 => (author.clone(), at()).prop_map(|(whose, at)| Step::Suspend(whose, at)),
        1 => Just(Step::Enrol),
        1 => author.clone().prop_map(Step::Narrow),
        1 => at().prop_map(Step::Descope),
        3 => (author, at()).prop_map(|(whose, at)| Step::Fork(whose, at)),
    ]
}

/// The feeds of the four partners, as far as they are written.
struct World {
    /// By partner, each state of its feed.
    feeds: BTreeMap<u8, Vec<Feed>>,
    entries: Vec<VerifiedEntry>,
    grants: Vec<ItemId>,
}

impl World {
    fn new() -> Self {
        let (mut feeds, mut entries) = (BTreeMap::new(), Vec::new());
        for partner in 1..=FEEDS {
            let (feed, first) = Feed::new(partner);
            feeds.insert(partner, vec![feed]);
            entries.push(first);
        }
        let grants = Vec::new();
        Self {
            feeds,
            entries,
            grants,
        }
    }

    fn sign(&mut self, partner: u8, kind: Kind, items: Vec<(Frame, Vec<u8>)>) -> VerifiedEntry {
        let states = self.feeds.get_mut(&partner).expect("a feed");
        let mut feed = states.last().expect("begun").clone();
        let entry = feed.sign(kind, items);
        states.push(feed);
        self.entries.push(entry.clone());
        entry
    }

    fn act(&mut self, act: &Act) -> VerifiedEntry {
        let name = match act {
            Act::Cut { .. } => "cut",
            Act::Descope { .. } => "descope",
            Act::Enrol { .. } => "enrol",
            Act::Mandate { .. } => "mandate",
            _ => "suspend",
        };
        let frame = Frame::Act(name.to_owned());
        self.sign(1, Kind::Governance, vec![(frame, act.to_content())])
    }

    /// Any place in a feed, also one that a receiver does not hold yet: entries come in any order.
    fn place(&self, partner: u8, at: prop::sample::Index) -> Position {
        let feed = key(partner + 100).public().feed();
        let its: Vec<_> = self
            .entries
            .iter()
            .filter(|it| it.header().feed == feed)
            .collect();
        let entry = at.get(&its);
        Position {
            sequence: entry.header().sequence,
            entry: entry.id(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Edit(who, what) => {
                let name = format!("Nom {}", self.entries.len());
                let items = match self.entries.len() % 3 {
                    0 => vec![put(*what, Vec::new(), None, &name)],
                    _ => vec![creation(*what, &name)],
                };
                self.sign(*who, Kind::Contribution, items);
            }
            Step::Report(who, what) => {
                self.sign(*who, Kind::Contribution, vec![statement(*what, "fermé")]);
            }
            Step::Cut(whose, at) => {
                let (feed, position) = (key(whose + 100).public().feed(), self.place(*whose, *at));
                self.act(&Act::Cut { feed, position });
            }
            Step::Suspend(whose, at) => {
                let (feed, position) = (key(whose + 100).public().feed(), self.place(*whose, *at));
                self.act(&Act::Suspend { feed, position });
            }
            Step::Enrol => {
                let given = self.act(&Act::Enrol {
                    partner: key(FEEDS).public().partner(),
                    root: *key(FEEDS).public().as_bytes(),
                    name: "Partenaire 4".to_owned(),
                    mandate: Mandate::everything(),
                });
                self.grants.push(item(&given, 0));
            }
            Step::Narrow(whom) => {
                let elsewhere = Scope {
                    kinds: Selection::All,
                    territories: Selection::Only(["75".to_owned()].into()),
                };
                let given = self.act(&Act::Mandate {
                    partner: key(*whom).public().partner(),
                    mandate: Mandate::new(vec![elsewhere]),
                });
                self.grants.push(item(&given, 0));
            }
            Step::Descope(which) if !self.grants.is_empty() => {
                let grant = *which.get(&self.grants);
                let feed = key(FEEDS + 100).public().feed();
                let positions = [(feed, self.place(FEEDS, *which))].into();
                self.act(&Act::Descope { grant, positions });
            }
            Step::Descope(_) => {}
            Step::Fork(whose, at) => {
                let states = self.feeds.get_mut(whose).expect("a feed");
                let earlier = at.get(states).clone();
                states.push(earlier);
            }
        }
    }
}

/// What is shown of each record, and what finds it.
type Shown = BTreeMap<RecordId, (Option<String>, Vec<String>)>;

fn shown(replica: &Replica) -> Shown {
    let reader = replica.read().expect("a snapshot");
    let facets = [KEEPER, PARTNER, REPORTER];
    let query = Query {
        facets: facets.map(|it| (it.to_owned(), [].into())).into(),
        withdrawn: crate::search::Withdrawn::Included,
        size: 100,
        ..Query::default()
    };
    let answer = replica.search(&query).expect("answered");
    let found: Vec<String> = answer
        .facets
        .iter()
        .map(|(facet, counts)| format!("{facet} {counts:?}"))
        .collect();
    let one = |number| {
        let view = reader.record(&record(number)).expect("readable");
        let is_found = answer.hits.iter().any(|hit| hit.record == record(number));
        let view = view.map(|view| format!("{view:?}"));
        (record(number), (view, vec![is_found.to_string()]))
    };
    let mut all: Shown = (1..=RECORDS).map(one).collect();
    all.insert(RecordId::from_bytes([0; 16]), (None, found));
    all
}

fn replica(folder: &tempfile::TempDir) -> Replica {
    Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
    open(folder.path(), 9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// One entry after the other, each with its views and its place in the search, or all at once: the same is shown.
    #[test]
    fn what_acts_change_is_shown(steps in prop::collection::vec(step(), 6..16)) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        let (one, all) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let (slow, fast) = (replica(&one), replica(&all));
        // What names entries is known before them.
        let last = key(BUSY + 100).public().feed();
        let (early, late): (Vec<_>, Vec<_>) = world.entries.iter().cloned().partition(|it| it.header().feed != last);
        for entry in early.into_iter().chain(late) {
            slow.ingest(vec![entry]).expect("written");
            prop_assert!(slow.wait_for_views(crate::erasure::tests::federation::DEADLINE));
        }
        fast.ingest(world.entries).expect("written");
        prop_assert!(fast.wait_for_views(crate::erasure::tests::federation::DEADLINE));
        prop_assert_eq!(shown(&slow), shown(&fast));
    }
}

/// A coordinator writes acts in the feed in which it writes everything else.
#[test]
fn who_admits_a_partner_builds_nothing_again() {
    let node = Node::new(1);
    let written = (1..=RECORDS).map(|number| {
        let (frame, content) = creation(number, "Association");
        NewItem { frame, content }
    });
    node.replica.contribute(written.collect()).expect("written");
    node.settle();
    let changes = |node: &Node| {
        let reader = node.replica.read().expect("a snapshot");
        reader.change_range().expect("readable").1
    };
    let before = changes(&node);
    let act = Act::Enrol {
        partner: key(FEEDS).public().partner(),
        root: *key(FEEDS).public().as_bytes(),
        name: "Partenaire 4".to_owned(),
        mandate: Mandate::everything(),
    };
    let content = act.to_content();
    let frame = Frame::Act("enrol".to_owned());
    node.replica
        .decide(vec![NewItem { frame, content }])
        .expect("written");
    node.settle();
    assert_eq!(changes(&node), before);
    let state = node.replica.state();
    assert_eq!(state.governance().partners().enrolled().len(), 4);
}
