//! Which edits records wait for, and whether one of them has come: what stands on an edit of *another* record is invalid and waits no
//! more, and whether such an edit is held is found by a pass over the ids of all edits. Here is kept when that pass is due.
//!
//! INVARIANT: an edit that is awaited is either seen by the pass that follows [`Awaited::is_due`], whose snapshot is opened afterwards, or it is
//! committed later, and [`Awaited::see`] compares it with what was said then.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crdt_schema::entry::{Frame, VerifiedEntry};
use crdt_schema::id::ItemId;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Awaited(Mutex<Said>);

#[derive(Debug, Default)]
struct Said {
    ids: HashSet<ItemId>,
    has_come: bool,
}

impl Awaited {
    /// Takes the edits that records wait for now. Returns whether a pass is due: one of them is new here, or has come since.
    pub(crate) fn is_due(&self, ids: HashSet<ItemId>) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_come = std::mem::take(&mut said.has_come);
        let is_new = ids.iter().any(|id| !said.ids.contains(id));
        said.ids = ids;
        is_new || (has_come && !said.ids.is_empty())
    }

    /// Looks at entries that were committed.
    pub(crate) fn see(&self, entries: &[VerifiedEntry]) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.ids.is_empty() || said.has_come {
            return;
        }
        said.has_come = entries.iter().any(|entry| {
            (0..).zip(entry.items()).any(|(index, item)| {
                matches!(item.frame, Frame::Edit(_))
                    && said.ids.contains(&ItemId::of(&entry.id(), index))
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use crdt_schema::entry::Kind;
    use proptest::prelude::*;
    use redb::ReadableTableMetadata;

    use super::*;
    use crate::erasure::tests::federation::{DEADLINE, Feed, Node, creation, item, put};
    use crate::store::tables;

    fn ids(numbers: &[u8]) -> HashSet<ItemId> {
        numbers
            .iter()
            .map(|number| ItemId::from_bytes([*number; ItemId::BYTES]))
            .collect()
    }

    #[test]
    fn a_pass_is_due_for_what_is_new_and_for_what_has_come() {
        let (mut feed, first) = Feed::new(2);
        let (edit, other) = (
            feed.sign(Kind::Contribution, vec![creation(1, "Un")]),
            feed.sign(Kind::Contribution, vec![creation(2, "Deux")]),
        );
        let awaited = Awaited::default();
        assert!(!awaited.is_due(ids(&[])));
        assert!(awaited.is_due(ids(&[1, 2])));
        assert!(!awaited.is_due(ids(&[1, 2])));
        assert!(!awaited.is_due(ids(&[2])));
        assert!(awaited.is_due(ids(&[2, 3])));
        let wanted: HashSet<_> = [item(&edit, 0)].into();
        assert!(awaited.is_due(wanted.clone()));
        awaited.see(&[first, other]);
        assert!(!awaited.is_due(wanted.clone()));
        awaited.see(&[edit]);
        assert!(awaited.is_due(wanted.clone()));
        assert!(!awaited.is_due(wanted));
    }

    /// How many records wait, and how many ids are known to be edits of other records.
    fn held(node: &Node) -> (u64, u64) {
        assert!(node.replica.wait_for_views(DEADLINE), "views are built");
        let reader = node.replica.read().expect("a snapshot");
        let waiting = reader.read.open_table(tables::WAITING).expect("opened");
        let foreign = reader.read.open_table(tables::FOREIGN).expect("opened");
        (
            waiting.len().expect("readable"),
            foreign.len().expect("readable"),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// Edits of one record that stand on edits of another come before these or after them, one by one, with a restart in between or
        /// not: in the end none waits but for what is nowhere.
        #[test]
        fn what_stands_on_another_record_waits_no_more(
            order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
            restart in 0..6_usize,
        ) {
            let (mut edits, mut others) = (Feed::new(2), Feed::new(3));
            let mut bases: Vec<_> = (1..5)
                .map(|number| edits.0.sign(Kind::Contribution, vec![creation(number, "Une fiche")]))
                .collect();
            let on = |base| put(9, vec![base], None, "Une autre");
            let mut standing: Vec<_> = bases
                .iter()
                .map(|base| others.0.sign(Kind::Contribution, vec![on(item(base, 0))]))
                .collect();
            let nowhere = ItemId::from_bytes([7; ItemId::BYTES]);
            standing.push(others.0.sign(Kind::Contribution, vec![on(nowhere)]));
            let last = bases.pop();
            let mut node = Node::new(1);
            node.replica.ingest(vec![edits.1.clone(), others.1.clone()]).expect("written");
            // Each feed comes in its order; what is drawn says which goes on.
            let (mut first, mut second) = (bases.iter(), standing.iter());
            for (step, which) in order.into_iter().enumerate() {
                let next = if which < 3 { first.next() } else { second.next() };
                node.replica.ingest(next.cloned().into_iter().collect()).expect("written");
                held(&node);
                if step == restart {
                    node = node.reopened(1);
                }
            }
            node.replica.ingest(second.cloned().collect()).expect("written");
            held(&node);
            // Nothing new is waited for when this one comes.
            node.replica.ingest(last.into_iter().collect()).expect("written");
            prop_assert_eq!(held(&node), (1, 4));
        }
    }
}
