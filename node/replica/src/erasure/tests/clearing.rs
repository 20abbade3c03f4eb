//! What goes, what stays, and what never comes back, whatever the order in which things arrive.

use std::collections::BTreeSet;

use crdt_schema::entry::{Frame, Kind, VerifiedEntry};
use crdt_schema::id::{ItemId, PartnerId};
use crdt_schema::personal::PersonalContent;
use proptest::prelude::*;

use super::federation::{
    Feed, Node, creation, erase, item, key, of_items, of_record, of_subject, personal, put, record,
    statement, subject,
};
use crate::{PersonalState, Viewer};

/// What is drawn: who writes what, and who erases what.
#[derive(Debug, Clone)]
enum Step {
    Write(u8, u8, u8),
    EraseItems(u8, Vec<prop::sample::Index>),
    EraseRecord(u8, u8),
    EraseSubject(u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (1..=3_u8, 1..=3_u8, 1..=2_u8).prop_map(|(who, record, person)| Step::Write(who, record, person)),
        2 => (1..=3_u8, prop::collection::vec(any::<prop::sample::Index>(), 1..4))
            .prop_map(|(who, items)| Step::EraseItems(who, items)),
        1 => (1..=2_u8, 1..=3_u8).prop_map(|(who, record)| Step::EraseRecord(who, record)),
        1 => (1..=2_u8, 1..=2_u8).prop_map(|(who, person)| Step::EraseSubject(who, person)),
    ];
    prop::collection::vec(step, 1..14)
}

/// The entries of all feeds, and the items that have to go, computed here from what was drawn alone.
struct World {
    feeds: Vec<Vec<VerifiedEntry>>,
    gone: BTreeSet<ItemId>,
}

fn world(steps: &[Step]) -> World {
    let (mut feeds, mut entries): (Vec<Feed>, Vec<Vec<VerifiedEntry>>) = (1..=3)
        .map(Feed::new)
        .map(|(feed, first)| (feed, vec![first]))
        .unzip();
    let mut written: Vec<(ItemId, u8, Frame)> = Vec::new();
    let mut rules: Vec<(u8, Step, BTreeSet<ItemId>)> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let (who, kind, items) = match step {
            Step::Write(who, record, person) => {
                let items = vec![
                    creation(*record, &format!("nom {number}")),
                    personal(*record, *person, &format!("personne {number}")),
                    statement(*record, &format!("dit {number}")),
                ];
                (*who, Kind::Contribution, items)
            }
            Step::EraseItems(who, indexes) if !written.is_empty() => {
                let items = indexes.iter().map(|at| at.get(&written).0);
                let items: BTreeSet<ItemId> = items.collect();
                rules.push((*who, step.clone(), items.clone()));
                (*who, Kind::Governance, vec![erase(of_items(items))])
            }
            Step::EraseItems(..) => continue,
            Step::EraseRecord(who, record) => {
                rules.push((*who, step.clone(), BTreeSet::new()));
                (*who, Kind::Governance, vec![erase(of_record(*record))])
            }
            Step::EraseSubject(who, person) => {
                rules.push((*who, step.clone(), BTreeSet::new()));
                (*who, Kind::Governance, vec![erase(of_subject(*person))])
            }
        };
        let entry = feeds[usize::from(who) - 1].sign(kind, items);
        if kind == Kind::Contribution {
            let items = entry.identified_items();
            written.extend(items.map(|(id, item)| (id, who, item.frame.clone())));
        }
        entries[usize::from(who) - 1].push(entry);
    }
    let goes = |(id, author, frame): &(ItemId, u8, Frame)| {
        rules.iter().any(|(who, step, items)| match (step, frame) {
            (Step::EraseItems(..), _) => items.contains(id) && (*who == 1 || who == author),
            (Step::EraseRecord(_, number), frame) if *who == 1 => match frame {
                Frame::Edit(edit) => edit.record == record(*number),
                Frame::Personal(personal) => personal.record == record(*number),
                Frame::Statement(statement) => statement.subject == record(*number),
                _ => false,
            },
            (Step::EraseSubject(_, person), Frame::Personal(personal)) if *who == 1 => {
                personal.subject == subject(*person)
            }
            _ => false,
        })
    };
    let gone = written.iter().filter(|it| goes(it)).map(|it| it.0);
    let gone = gone.collect();
    World {
        feeds: entries,
        gone,
    }
}

/// One order of arrival in which every feed stays in its own order, cut into batches.
fn arrival(world: &World, choices: &[u8]) -> Vec<Vec<VerifiedEntry>> {
    let mut left: Vec<_> = world
        .feeds
        .iter()
        .map(|feed| feed.iter().cloned().peekable())
        .collect();
    let mut batches = vec![Vec::new()];
    for turn in 0.. {
        let choice = usize::from(choices[turn % choices.len()]);
        let count = left.len();
        let open = (0..count).map(|at| (at + choice) % count);
        let Some(feed) = open.into_iter().find(|at| left[*at].peek().is_some()) else {
            return batches;
        };
        let batch = batches.last_mut().expect("never empty");
        batch.extend(left[feed].next());
        if choice % 3 == 0 {
            batches.push(Vec::new());
        }
    }
    batches
}

fn check(node: &Node, world: &World) {
    for entry in node.entries() {
        for (id, item) in entry.identified_items() {
            let is_gone = item.content().is_none();
            assert_eq!(is_gone, world.gone.contains(&id), "{id} {:?}", item.frame);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn exactly_what_is_erased_is_gone_in_every_order_and_never_comes_back(
        steps in steps(),
        one in prop::collection::vec(any::<u8>(), 1..30),
        other in prop::collection::vec(any::<u8>(), 1..30),
    ) {
        let world = world(&steps);
        let nodes = [one, other].map(|choices| {
            let folder = tempfile::tempdir().expect("a folder");
            crate::Replica::create(folder.path(), &[super::federation::charter()], &[]).expect("made");
            let replica = crate::Replica::open(folder.path(), None).expect("opened");
            let node = Node { replica, folder };
            for batch in arrival(&world, &choices) {
                node.replica.ingest(batch).expect("it is written");
            }
            check(&node, &world);
            // Everything whole, once more, as a peer or a bundle that never heard of the erasures would bring it.
            node.replica.ingest(world.feeds.concat()).expect("it is written");
            check(&node, &world);
            node
        });
        prop_assert_eq!(nodes[0].digest(), nodes[1].digest());
    }
}

fn partner(number: u8) -> PartnerId {
    key(number).public().partner()
}

#[test]
fn an_erased_value_leaves_what_it_had_replaced_and_its_author_to_be_seen() {
    let node = Node::new(2);
    let (frame, content) = creation(1, "Avant");
    let new = |(frame, content)| crate::NewItem { frame, content };
    let first = node.replica.contribute(vec![new((frame, content))]);
    let first = ItemId::of(&first.expect("written")[0], 0);
    let second = node
        .replica
        .contribute(vec![new(put(1, vec![first], None, "Secret"))]);
    let second = ItemId::of(&second.expect("written")[0], 0);
    node.settle();
    let name = |node: &Node| {
        let reader = node.replica.read().expect("a snapshot");
        let view = reader.record(&record(1)).expect("readable").expect("held");
        let field = view.field("name").expect("it has a name").clone();
        field.winner().expect("one value").value.clone()
    };
    assert_eq!(format!("{:?}", name(&node)), "Text(\"Secret\")");
    node.replica.erase(&of_items([second])).expect("signed");
    assert_eq!(format!("{:?}", name(&node)), "Text(\"Avant\")");
    let reader = node.replica.read().expect("a snapshot");
    let edits = reader.edits(&record(1)).expect("readable");
    let erased = edits.iter().find(|edit| edit.id == second).expect("kept");
    assert_eq!(erased.partner, Some(partner(2)));
    assert!(erased.operations.is_none());
    assert_eq!(erased.state, crdt_schema::edit::State::Erased);
    // It stays a head, so that the next edit stands on it.
    let view = reader.record(&record(1)).expect("readable").expect("held");
    assert_eq!(view.heads, [second]);
    // The search follows.
    node.settle();
    let found = |text: &str| {
        let query = crate::search::Query {
            text: text.to_owned(),
            ..crate::search::Query::default()
        };
        node.replica.search(&query).expect("answered").total
    };
    assert_eq!((found("secret"), found("avant")), (0, 1));
    // And so it is after a restart.
    drop(reader);
    let node = node.reopened(2);
    assert_eq!(format!("{:?}", name(&node)), "Text(\"Avant\")");
}

#[test]
fn contents_that_were_missing_are_taken_and_erased_ones_are_not() {
    let (mut feed, first) = Feed::new(2);
    let entry = feed.sign(
        Kind::Contribution,
        vec![creation(1, "Un"), personal(1, 1, "Deux")],
    );
    let node = Node::new(3);
    let bare = entry.erased(|_, _| true).expect("it has contents");
    node.replica.ingest(vec![first, bare]).expect("written");
    let held = |node: &Node| {
        let reader = node.replica.read().expect("a snapshot");
        let held = reader.entry(&entry.id()).expect("readable").expect("held");
        held.items()
            .iter()
            .filter(|it| it.content().is_some())
            .count()
    };
    assert_eq!(held(&node), 0, "somebody kept the contents back");
    let act = feed.sign(Kind::Governance, vec![erase(of_items([item(&entry, 1)]))]);
    node.replica
        .ingest(vec![act, entry.clone()])
        .expect("written");
    assert_eq!(held(&node), 1);
    node.settle();
    let reader = node.replica.read().expect("a snapshot");
    assert!(reader.record(&record(1)).expect("readable").is_some());
}

#[test]
fn personal_values_are_shown_to_those_who_may_see_them_and_superseded_by_id() {
    let node = Node::new(2);
    let new = |(frame, content)| crate::NewItem { frame, content };
    let public = PersonalContent {
        visibility: crdt_schema::personal::Visibility::PublicProfessional,
        ..super::federation::content("accueil@exemple.test")
    };
    let Frame::Personal(frame) = personal(1, 1, "").0 else {
        unreachable!("a personal value");
    };
    let signed = node.replica.contribute(vec![
        new(creation(1, "Un")),
        new(personal(1, 1, "Camille Exemple")),
        crate::NewItem::personal(frame.clone(), &public),
    ]);
    let signed = signed.expect("written")[0];
    let values = |viewer| {
        let reader = node.replica.read().expect("a snapshot");
        let values = reader.personal(&record(1), viewer).expect("readable");
        let texts = values.into_iter().filter_map(|it| it.content);
        texts.map(|it| it.value).collect::<BTreeSet<_>>()
    };
    let texts = |of: &[&str]| of.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(values(Viewer::Public), texts(&["accueil@exemple.test"]));
    assert_eq!(
        values(Viewer::Partner),
        texts(&["accueil@exemple.test", "Camille Exemple"])
    );
    // A later value stands in the place of the one that it names, and of no value of another field.
    let mut other_field = frame.clone();
    other_field.field = "phone".to_owned();
    for (mut frame, text) in [(frame, "Noa Exemple"), (other_field, "0600000000")] {
        frame.supersedes = vec![ItemId::of(
            &signed,
            if frame.field == "phone" { 2 } else { 1 },
        )];
        let item = crate::NewItem::personal(frame, &super::federation::content(text));
        node.replica.contribute(vec![item]).expect("written");
    }
    assert_eq!(
        values(Viewer::Partner),
        texts(&["accueil@exemple.test", "Noa Exemple", "0600000000"])
    );
    // Everything about the person is listed, the superseded value too, and all of it goes at once.
    let about = |node: &Node| {
        let reader = node.replica.read().expect("a snapshot");
        let about = reader.about(&subject(1)).expect("readable");
        let states: Vec<PersonalState> = about.iter().map(|it| it.state).collect();
        let contents = about.iter().filter(|it| it.content.is_some()).count();
        (states, contents)
    };
    let (states, contents) = about(&node);
    assert_eq!((states.len(), contents), (4, 4));
    assert!(states.contains(&PersonalState::Superseded));
    let found = |node: &Node| {
        let reader = node.replica.read().expect("a snapshot");
        let is_wanted = |it: &crate::PersonalValue| {
            it.content
                .as_ref()
                .is_some_and(|it| it.value.contains("Exemple"))
        };
        reader.find_personal(10, is_wanted).expect("readable").len()
    };
    assert_eq!(found(&node), 2);
    let coordinator = Node::new(1);
    node.give_all(&coordinator);
    coordinator.replica.erase(&of_subject(1)).expect("signed");
    coordinator.give_all(&node);
    let (states, contents) = about(&node);
    assert_eq!((states, contents), (vec![PersonalState::Erased; 4], 0));
    assert_eq!((values(Viewer::Partner), found(&node)), (texts(&[]), 0));
}

#[test]
fn a_preview_says_what_goes_and_what_is_out_of_reach() {
    let (coordinator, other) = (Node::new(1), Node::new(2));
    let new = |(frame, content)| crate::NewItem { frame, content };
    let entry = other.replica.contribute(vec![
        new(creation(1, "Un")),
        new(personal(1, 1, "Camille Exemple")),
        new(statement(1, "fermé")),
        new(personal(1, 2, "Noa Exemple")),
    ]);
    let entry = entry.expect("written")[0];
    other.give_all(&coordinator);
    let unknown = ItemId::from_bytes([9; 16]);
    let mut erasure = of_record(1);
    erasure.items = [unknown, ItemId::of(&entry, 3)].into();
    let preview = coordinator
        .replica
        .preview_erasure(&erasure)
        .expect("readable");
    assert_eq!(
        (preview.edits, preview.statements, preview.personal),
        (1, 1, 2)
    );
    assert_eq!(preview.records, [record(1)].into());
    assert_eq!(preview.authors, [(Some(partner(2)), 4)].into());
    assert_eq!(preview.unknown, [unknown].into());
    assert_eq!((preview.already, preview.out_of_reach), (0, 0));
    let preview = coordinator
        .replica
        .preview_erasure(&of_subject(2))
        .expect("readable");
    assert_eq!((preview.edits, preview.personal), (0, 1));
    // The author reaches its own items by their names only; another partner reaches nothing.
    let preview = other.replica.preview_erasure(&erasure).expect("readable");
    assert_eq!((preview.personal, preview.out_of_reach), (1, 3));
    let third = Node::new(3);
    other.give_all(&third);
    let preview = third.replica.preview_erasure(&erasure).expect("readable");
    assert_eq!((preview.personal, preview.out_of_reach), (0, 4));
    coordinator.replica.erase(&of_subject(2)).expect("signed");
    let preview = coordinator
        .replica
        .preview_erasure(&erasure)
        .expect("readable");
    assert_eq!((preview.personal, preview.already), (1, 1));
}
