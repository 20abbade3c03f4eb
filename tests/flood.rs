//! A coordinator's key in bad hands signs more branches than nodes hold: two honest nodes then hold others, say that this feed is contested,
//! and agree again once a charter cuts it, also on a branch that one of them had refused.

use std::collections::BTreeMap;

use crdt_schema::checkpoint::Standing;
use crdt_schema::entry::VerifiedEntry;
use crdt_schema::governance::{Approval, Charter, Position};
use crdt_schema::id::{FeedId, PartnerId};
use crdt_schema::limits::BRANCHES_MAX;
use crdt_schema::time::Timestamp;
use replica::{Fork, GovernanceSeen};
use sync::Endpoint;

use crate::harness::federation::{Node, key, until};
use crate::harness::forged::Forger;
use crate::split::listen;
use crate::suspension::{enrol, two_coordinators};

/// The day on which the harness signs.
const SIGNED_MS: i64 = 1_764_000_000_000;

fn ville() -> FeedId {
    key(102).public().feed()
}

fn partner(number: u8) -> PartnerId {
    key(number).public().partner()
}

/// Entries of the ville: what all nodes hold, and twice as many branches as one holds. The first one lets 6 in.
fn flood() -> (Vec<VerifiedEntry>, Vec<VerifiedEntry>) {
    let charter = two_coordinators();
    let mut ville = Forger::new(key(102), charter.federation(), charter.id());
    let start = ville.certificate(&key(2), [2; 32]);
    let common = ville.act(Forger::after(&start), &enrol(5));
    let branch = |number: usize| {
        let admitted = 6 + u8::from(number > 0);
        ville.act(Forger::after(&common), &enrol(admitted))
    };
    let branches = (0..2 * BRANCHES_MAX).map(branch).collect();
    (vec![start, common], branches)
}

fn seen(node: &Node) -> GovernanceSeen {
    let now = Timestamp::from_millis(SIGNED_MS);
    node.replica.governance_seen(now, 7).expect("readable")
}

fn fork(node: &Node) -> Fork {
    let forks = node.replica.forks().expect("readable");
    assert_eq!(forks.len(), 1, "{forks:?}");
    forks.into_iter().next().expect("one")
}

/// The next charter, which cuts the feed of the ville there.
fn cut_at(entry: &VerifiedEntry) -> (Charter, Approval) {
    let before = two_coordinators();
    let position = Position {
        sequence: entry.header().sequence,
        entry: entry.id(),
    };
    let next = Charter {
        federation: Some(before.federation()),
        version: 1,
        parent: Some(before.id()),
        cuts: BTreeMap::from([(ville(), position)]),
        ..two_coordinators()
    };
    let approval = Approval::sign(&key(9), before.federation(), before.id(), next.id());
    (next, approval)
}

/// Two nodes in one session, each with its four branches, whose checkpoints have met.
async fn flooded(branches: &[VerifiedEntry], common: &[VerifiedEntry]) -> [(Node, Endpoint); 2] {
    let charter = two_coordinators();
    let (left, right) = (Node::under(&charter, 1), Node::under(&charter, 3));
    let (mine, theirs) = branches.split_at(BRANCHES_MAX);
    left.take_in_any_order(&[common, mine].concat());
    right.take_in_any_order(&[common, theirs].concat());
    let at = listen(&right, 13, Vec::new()).await;
    let address = (at.id(), at.addresses()[0]);
    let calling = listen(&left, 11, vec![address]).await;
    until("a branch is refused on both", || {
        [&left, &right].iter().all(|node| {
            let state = node.replica.state();
            state.flood(&ville()).is_some()
        })
    })
    .await;
    for node in [&left, &right] {
        assert!(fork(node).is_flooded() && !fork(node).is_settled);
        assert_eq!(fork(node).branches, BRANCHES_MAX);
        node.replica.checkpoint().expect("it is signed");
    }
    until("each has the other's word", || {
        seen(&left).words.len() == 1 && seen(&right).words.len() == 1
    })
    .await;
    [(left, calling), (right, at)]
}

/// Adopts a charter at the left node, and lets the right one ask for what checkpoints name, as a running node does.
async fn adopt(nodes: &[(Node, Endpoint); 2], charter: Charter, approval: Approval) {
    let [(left, _), (right, at)] = nodes;
    let tip = charter.id();
    let added = left.replica.add_charters(vec![charter], vec![approval]);
    added.expect("it is written");
    until("the charter is adopted on both", || {
        let state = right.replica.state();
        state.governance().adoption().tip_id() == tip
    })
    .await;
    left.replica.checkpoint().expect("it is signed");
    let (_, word) = {
        let state = left.replica.state();
        let head = state.feeds().furthest_head(&key(101).public().feed());
        head.expect("its own feed")
    };
    until("the right node has the new word", || {
        right.replica.state().feeds().holds(&word)
    })
    .await;
    let to_ask = seen(right).to_ask(0);
    at.ask(to_ask.iter().map(|it| (it.feed, it.sequence, it.entry)));
}

async fn agree(nodes: &[(Node, Endpoint); 2]) {
    let [(left, _), (right, _)] = nodes;
    right.replica.checkpoint().expect("it is signed");
    let confirms =
        |node: &Node, other: u8| seen(node).confirmation.by.contains_key(&partner(other));
    until("each confirms the other", || {
        confirms(left, 3) && confirms(right, 1)
    })
    .await;
    for (node, _) in nodes {
        assert!(seen(node).unknown.is_empty() && seen(node).strange.is_empty());
        assert!(fork(node).is_settled);
        assert!(
            !node
                .replica
                .checkpoint_due(Timestamp::from_millis(SIGNED_MS))
                .expect("readable")
        );
    }
}

async fn close(nodes: [(Node, Endpoint); 2]) {
    for (_, endpoint) in &nodes {
        endpoint.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_contested_and_a_cut_before_it_ends_that() {
    let (common, branches) = flood();
    let nodes = flooded(&branches, &common).await;
    for ((node, _), other) in nodes.iter().zip([3, 1]) {
        assert_eq!(
            seen(node).partners(Standing::Contested),
            [partner(other)].into()
        );
        assert!(seen(node).partners(Standing::Contradictory).is_empty());
        assert!(seen(node).confirmation.by.is_empty());
    }
    let (charter, approval) = cut_at(&common[1]);
    adopt(&nodes, charter, approval).await;
    agree(&nodes).await;
    let enrolled = |node: &Node| [5, 6, 7].map(|number| node.is_enrolled(number));
    for (node, _) in &nodes {
        assert_eq!(enrolled(node), [true, false, false]);
    }
    close(nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_on_a_branch_that_was_refused_brings_that_branch_and_no_other() {
    let (common, branches) = flood();
    let nodes = flooded(&branches, &common).await;
    // Among those of the left node.
    let kept = &branches[0];
    let (charter, approval) = cut_at(kept);
    adopt(&nodes, charter, approval).await;
    let [(left, _), (right, _)] = &nodes;
    until("the branch of the cut has come", || {
        right.replica.state().feeds().holds(&kept.id())
    })
    .await;
    agree(&nodes).await;
    assert_eq!(fork(left).branches, BRANCHES_MAX);
    assert_eq!(fork(right).branches, BRANCHES_MAX + 1);
    for node in [left, right] {
        assert_eq!(node.outcome(&kept.id()), Ok(()));
        assert!(node.is_enrolled(6) && !node.is_enrolled(7));
    }
    close(nodes).await;
}
