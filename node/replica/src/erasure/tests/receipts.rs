//! Checkpoints and the board.

use crdt_schema::entry::Kind;
use crdt_schema::id::ItemId;
use crdt_schema::time::Timestamp;

use super::federation::{
    Feed, Node, creation, key, now, of_items, of_record, of_subject, personal,
};
use crate::{Bar, Decision, ErasureStatus, NewItem, Place, Rewriting};

fn new((frame, content): (crdt_schema::entry::Frame, Vec<u8>)) -> NewItem {
    NewItem { frame, content }
}

fn only(node: &Node) -> ErasureStatus {
    let mut board = node.replica.erasure_board().expect("read");
    assert_eq!(board.len(), 1);
    board.remove(0)
}

fn due(node: &Node) -> bool {
    node.replica.checkpoint_due(now()).expect("read")
}

/// Three nodes that held what is said of a person, which the first of them then erased.
fn erased_by_the_first_of_three() -> [Node; 3] {
    let nodes = [Node::new(1), Node::new(2), Node::new(3)];
    let [coordinator, city, club] = &nodes;
    let items = vec![
        new(creation(1, "Un")),
        new(personal(1, 1, "Camille Exemple")),
    ];
    city.replica.contribute(items).expect("written");
    city.give_all(coordinator);
    city.give_all(club);
    club.give_all(coordinator);
    coordinator.replica.erase(&of_subject(1)).expect("signed");
    nodes
}

#[test]
fn the_board_says_at_how_many_nodes_an_erasure_is_done() {
    let nodes = erased_by_the_first_of_three();
    let [coordinator, city, club] = &nodes;
    let status = only(coordinator);
    assert_eq!((status.done(), status.nodes.len()), (0, 3));
    assert!(status.is_for_all);
    assert_eq!(status.partner, Some(key(1).public().partner()));
    assert_eq!(status.erasure, of_subject(1));
    assert!(status.nodes.iter().all(|node| node.last_seen.is_some()));
    // Here it is done once the file is written anew, elsewhere once the other node says so.
    assert_eq!(
        coordinator.replica.rewrite_now().expect("written"),
        Rewriting::Done
    );
    assert_eq!(only(coordinator).done(), 1);
    coordinator.give_all(city);
    city.replica.checkpoint().expect("signed");
    city.give_all(coordinator);
    assert_eq!(
        only(coordinator).done(),
        1,
        "rows are cleared there, files are not"
    );
    city.replica.rewrite_now().expect("written");
    assert!(due(city));
    city.replica.checkpoint().expect("signed");
    city.give_all(coordinator);
    assert_eq!(only(coordinator).done(), 2);
    let away: Vec<_> = only(coordinator)
        .nodes
        .into_iter()
        .filter(|node| !node.is_done)
        .collect();
    assert_eq!(away.len(), 1);
    assert_eq!(away[0].partner, key(3).public().partner());
    // The third node comes back, and a later checkpoint of another node takes nothing away.
    coordinator.give_all(club);
    club.replica.rewrite_now().expect("written");
    club.replica.checkpoint().expect("signed");
    city.replica.checkpoint().expect("signed");
    for node in [club, city] {
        node.give_all(coordinator);
    }
    assert_eq!(only(coordinator).done(), 3);
    coordinator.replica.checkpoint().expect("signed");
    coordinator.give_all(club);
    assert_eq!(only(club).done(), 3, "every node sees the same board");
}

#[test]
fn a_checkpoint_is_due_daily_and_after_each_change_of_governance() {
    let (coordinator, city) = (Node::new(1), Node::new(2));
    assert!(due(&coordinator), "there was none");
    coordinator.replica.checkpoint().expect("signed");
    assert!(!due(&coordinator), "its own checkpoint is no change");
    let day = 24 * 3_600_000;
    let tomorrow = Timestamp::from_millis(now().as_millis() + day);
    assert!(coordinator.replica.checkpoint_due(tomorrow).expect("read"));
    coordinator
        .replica
        .contribute(vec![new(creation(1, "Un"))])
        .expect("written");
    assert!(!due(&coordinator), "data is no governance");
    coordinator.replica.erase(&of_record(2)).expect("signed");
    assert!(due(&coordinator), "an act was signed");
    coordinator.replica.checkpoint().expect("signed");
    assert!(!due(&coordinator));
    // A checkpoint is read again after a restart.
    let coordinator = coordinator.reopened(1);
    assert!(!due(&coordinator));
    coordinator.replica.erase(&of_record(1)).expect("signed");
    coordinator.replica.checkpoint().expect("signed");
    assert!(!due(&coordinator));
    coordinator.replica.rewrite_now().expect("written");
    assert!(due(&coordinator), "an erasure is done since");
    city.replica.checkpoint().expect("signed");
    coordinator.give_all(&city);
    assert!(due(&city), "acts came from another node");
}

#[test]
fn a_checkpoint_that_names_what_nobody_holds_is_no_receipt() {
    let coordinator = Node::new(1);
    let (mut feed, first) = Feed::new(2);
    let entry = feed.sign(Kind::Contribution, vec![creation(1, "Un")]);
    coordinator
        .replica
        .ingest(vec![first, entry.clone()])
        .expect("written");
    coordinator
        .replica
        .erase(&of_items([ItemId::of(&entry.id(), 0)]))
        .expect("signed");
    for content in [b"tout est fait".to_vec(), Vec::new(), vec![0x84]] {
        let frame = crdt_schema::entry::Frame::Checkpoint;
        let entry = feed.sign(Kind::Checkpoint, vec![(frame, content)]);
        coordinator.replica.ingest(vec![entry]).expect("written");
    }
    let status = only(&coordinator);
    assert!(status.nodes.iter().all(|node| !node.is_done));
}

#[test]
fn an_erasure_of_a_partner_that_does_not_coordinate_has_its_receipts() {
    let nodes = [Node::new(1), Node::new(2), Node::new(3)];
    let [coordinator, city, club] = &nodes;
    let written = city.replica.contribute(vec![new(creation(1, "Un"))]);
    let entry = *written.expect("written").first().expect("an entry");
    city.give_all(coordinator);
    city.give_all(club);
    let own = of_items([ItemId::of(&entry, 0)]);
    city.replica.erase(&own).expect("signed");
    for node in [coordinator, club] {
        city.give_all(node);
        node.replica.rewrite_now().expect("written");
        node.replica.checkpoint().expect("signed");
        assert!(!due(node), "it is told");
        node.give_all(city);
    }
    city.replica.rewrite_now().expect("written");
    let status = only(city);
    assert!(!status.is_for_all);
    assert_eq!((status.done(), status.nodes.len()), (3, 3));
}

#[test]
fn a_coordinator_that_an_act_cut_is_still_asked_for_its_receipt() {
    let [coordinator, _, _] = &erased_by_the_first_of_three();
    let feed = coordinator.replica.feed().expect("it signs");
    let acts = {
        let reader = coordinator.replica.read().expect("read");
        let decided = Decision::Cut(feed, Place::Last);
        decided.acts(&coordinator.replica.state(), &reader)
    };
    let acts = acts.expect("it is held");
    let items = acts.iter().map(|act| NewItem::of_act(act).expect("known"));
    coordinator.replica.decide(items.collect()).expect("signed");
    let status = only(coordinator);
    assert!(status.nodes.iter().any(|node| node.feed == feed));
    assert_eq!((status.nodes.len(), status.out.len()), (3, 0));
}

#[test]
fn nobody_waits_for_a_node_that_was_put_out_and_the_board_names_it() {
    let nodes = erased_by_the_first_of_three();
    let [coordinator, city, _] = &nodes;
    assert_eq!(only(coordinator).nodes.len(), 3);
    assert!(only(coordinator).out.is_empty());
    let club = key(3).public().partner();
    let acts = {
        let reader = coordinator.replica.read().expect("read");
        let decided = Decision::PutOut(club).acts(&coordinator.replica.state(), &reader);
        decided.expect("it has a feed")
    };
    let items = acts.iter().map(|act| NewItem::of_act(act).expect("known"));
    coordinator.replica.decide(items.collect()).expect("signed");
    let status = only(coordinator);
    assert_eq!(status.nodes.len(), 2);
    assert!(status.nodes.iter().all(|node| node.partner != club));
    let out: Vec<_> = status.out.iter().map(|it| (it.partner, it.bar)).collect();
    assert_eq!(out, [(club, Bar::Cut)]);
    // Once the others have said it, it is done.
    coordinator.replica.rewrite_now().expect("written");
    coordinator.give_all(city);
    city.replica.rewrite_now().expect("written");
    city.replica.checkpoint().expect("signed");
    city.give_all(coordinator);
    let status = only(coordinator);
    assert_eq!((status.done(), status.nodes.len()), (2, 2));
}
