//! The history of a record: its edits and what each stands on. Nothing here looks at operations, and nothing recurses: an author may
//! make a chain as long, or a base as tangled, as the limits allow.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::edit::Operation;
use crate::id::ItemId;

/// An edit to replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The edit.
    pub id: ItemId,
    /// The edits of the same record that it stands on. Neither sorted nor distinct when the edit is invalid.
    pub parents: Vec<ItemId>,
    /// What it does; nothing when it counts as empty.
    pub operations: Vec<Operation>,
}

/// A history that cannot be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// An edit stands on one that is not in the history. The caller replays only what is held with its whole past.
    #[error("edit {edit} stands on {base}, which is not in the history")]
    BaseNotHeld {
        /// The edit.
        edit: ItemId,
        /// What it stands on.
        base: ItemId,
    },
    /// Edits stand on each other. Their ids are hashes, so that nobody can sign such a history.
    #[error("edits that stand on each other")]
    Circular,
    /// The engine refused its own work, or panicked. The record is put aside.
    #[error("the engine failed: {0}")]
    Engine(String),
    /// A plain succession was asked of edits that are concurrent.
    #[error("the history is not linear")]
    NotLinear,
    /// The same id stands for two different edits.
    #[error("two different edits have the id {0}")]
    Twofold(ItemId),
}

impl ReplayError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            ReplayError::BaseNotHeld { .. } => "replay_base_not_held",
            ReplayError::Circular => "replay_circular",
            ReplayError::Engine(_) => "replay_engine",
            ReplayError::NotLinear => "replay_not_linear",
            ReplayError::Twofold(_) => "replay_twofold",
        }
    }
}

/// Returns the edits, each after what it stands on, and by id where that leaves a choice.
pub fn causal_order(history: &[Replayed]) -> Result<Vec<&Replayed>, ReplayError> {
    Graph::of(history).map(|graph| graph.edits)
}

/// Tells whether each edit stands exactly on the one before it.
pub fn is_linear(history: &[Replayed]) -> Result<bool, ReplayError> {
    Graph::of(history).map(|graph| graph.is_linear())
}

/// Returns the base of the next edit: the edits that count and that are in the past of no other edit that counts, sorted.
pub fn heads(
    history: &[Replayed],
    counts: impl Fn(&ItemId) -> bool,
) -> Result<Vec<ItemId>, ReplayError> {
    let graph = Graph::of(history)?;
    let mut is_covered = vec![false; graph.edits.len()];
    let mut heads = Vec::new();
    for place in (0..graph.edits.len()).rev() {
        let edit = graph.edits[place].id;
        let does_count = counts(&edit);
        if does_count && !is_covered[place] {
            heads.push(edit);
        }
        if does_count || is_covered[place] {
            for parent in &graph.parents[place] {
                is_covered[*parent] = true;
            }
        }
    }
    heads.sort_unstable();
    Ok(heads)
}

/// The edits in causal order, and their arrows as places in that order.
pub(super) struct Graph<'a> {
    pub(super) edits: Vec<&'a Replayed>,
    /// For each place, the places that it stands on, sorted and distinct. All are lower.
    pub(super) parents: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    pub(super) fn of(history: &'a [Replayed]) -> Result<Self, ReplayError> {
        let edits = by_id(history)?;
        let order = ordered(&edits)?;
        let places: BTreeMap<ItemId, usize> = order
            .iter()
            .enumerate()
            .map(|(place, edit)| (edit.id, place))
            .collect();
        let mut parents = Vec::with_capacity(order.len());
        for edit in &order {
            let mut under: Vec<usize> = edit.parents.iter().map(|parent| places[parent]).collect();
            under.sort_unstable();
            under.dedup();
            parents.push(under);
        }
        Ok(Self {
            edits: order,
            parents,
        })
    }

    pub(super) fn is_linear(&self) -> bool {
        self.parents
            .iter()
            .enumerate()
            .all(|(place, parents)| match place {
                0 => parents.is_empty(),
                _ => *parents == [place - 1],
            })
    }
}

/// The edits by id. The same edit given twice is one edit.
fn by_id(history: &[Replayed]) -> Result<BTreeMap<ItemId, &Replayed>, ReplayError> {
    let mut edits = BTreeMap::new();
    for edit in history {
        if edits
            .insert(edit.id, edit)
            .is_some_and(|other| other != edit)
        {
            return Err(ReplayError::Twofold(edit.id));
        }
    }
    Ok(edits)
}

fn ordered<'a>(edits: &BTreeMap<ItemId, &'a Replayed>) -> Result<Vec<&'a Replayed>, ReplayError> {
    let mut missing: BTreeMap<ItemId, usize> = BTreeMap::new();
    let mut children: BTreeMap<ItemId, Vec<ItemId>> = BTreeMap::new();
    let mut ready = BinaryHeap::new();
    for (id, edit) in edits {
        if let Some(base) = edit.parents.iter().find(|base| !edits.contains_key(base)) {
            return Err(ReplayError::BaseNotHeld {
                edit: *id,
                base: *base,
            });
        }
        for parent in &edit.parents {
            children.entry(*parent).or_default().push(*id);
        }
        // A parent named twice is missing twice, and is found twice.
        missing.insert(*id, edit.parents.len());
        if edit.parents.is_empty() {
            ready.push(Reverse(*id));
        }
    }
    let mut order = Vec::with_capacity(edits.len());
    while let Some(Reverse(id)) = ready.pop() {
        order.push(edits[&id]);
        for child in children.remove(&id).into_iter().flatten() {
            let count = missing.get_mut(&child).expect("every edit is counted");
            *count -= 1;
            if *count == 0 {
                ready.push(Reverse(child));
            }
        }
    }
    if order.len() == edits.len() {
        Ok(order)
    } else {
        Err(ReplayError::Circular)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn id(number: u32) -> ItemId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        ItemId::from_bytes(bytes)
    }

    fn edit(number: u32, parents: &[u32]) -> Replayed {
        Replayed {
            id: id(number),
            parents: parents.iter().copied().map(id).collect(),
            operations: Vec::new(),
        }
    }

    fn order(history: &[Replayed]) -> Vec<ItemId> {
        causal_order(history)
            .unwrap()
            .iter()
            .map(|edit| edit.id)
            .collect()
    }

    #[test]
    fn bases_come_first_and_ids_decide_the_rest() {
        let history = [
            edit(1, &[9]),
            edit(7, &[]),
            edit(9, &[]),
            edit(3, &[9, 7]),
            edit(2, &[3, 3]),
        ];
        assert_eq!(order(&history), [7, 9, 1, 3, 2].map(id));
    }

    #[test]
    fn a_base_that_is_not_held_is_named() {
        let missing = ReplayError::BaseNotHeld {
            edit: id(2),
            base: id(8),
        };
        assert_eq!(
            causal_order(&[edit(1, &[]), edit(2, &[1, 8])]),
            Err(missing)
        );
    }

    #[test]
    fn edits_that_stand_on_each_other_are_refused() {
        for circular in [
            vec![edit(1, &[1])],
            vec![edit(0, &[]), edit(1, &[0, 2]), edit(2, &[1])],
        ] {
            assert_eq!(causal_order(&circular), Err(ReplayError::Circular));
            assert_eq!(heads(&circular, |_| true), Err(ReplayError::Circular));
        }
    }

    #[test]
    fn the_same_edit_given_twice_is_one_edit_but_an_id_cannot_name_two() {
        assert_eq!(order(&[edit(1, &[]), edit(1, &[])]), [id(1)]);
        let two = [edit(0, &[]), edit(1, &[]), edit(1, &[0])];
        assert_eq!(causal_order(&two), Err(ReplayError::Twofold(id(1))));
    }

    #[test]
    fn a_line_is_a_line_in_any_order_and_a_repeated_or_older_base_is_none() {
        assert!(is_linear(&[]).unwrap());
        assert!(is_linear(&[edit(1, &[5]), edit(3, &[1]), edit(5, &[])]).unwrap());
        assert!(!is_linear(&[edit(1, &[]), edit(2, &[])]).unwrap());
        assert!(!is_linear(&[edit(1, &[]), edit(2, &[1]), edit(3, &[1])]).unwrap());
        assert!(!is_linear(&[edit(1, &[]), edit(2, &[1]), edit(3, &[1, 2])]).unwrap());
    }

    #[test]
    fn heads_are_the_edits_that_count_and_that_no_such_edit_has_seen() {
        // 1 ← 2 ← 4, 1 ← 3
        let history = [edit(1, &[]), edit(2, &[1]), edit(3, &[1]), edit(4, &[2])];
        assert_eq!(heads(&history, |_| true).unwrap(), [id(3), id(4)]);
        // A void edit is no head, and does not hide the one before it.
        assert_eq!(
            heads(&history, |edit| *edit != id(4)).unwrap(),
            [id(2), id(3)]
        );
        // A void edit is seen through: 4 still covers 1.
        assert_eq!(
            heads(&history, |edit| *edit == id(4) || *edit == id(1)).unwrap(),
            [id(4)]
        );
        assert!(heads(&history, |_| false).unwrap().is_empty());
        assert!(heads(&[], |_| true).unwrap().is_empty());
    }

    #[test]
    fn a_hundred_thousand_edits_in_a_line_or_on_sixteen_bases_are_ordered() {
        let line: Vec<_> = (0..100_000u32)
            .map(|n| edit(n, &(n.saturating_sub(1)..n).collect::<Vec<_>>()))
            .collect();
        assert_eq!(heads(&line, |_| true).unwrap(), [id(99_999)]);
        // Two to the power of 100,000 / 16 paths lead from the last edit to the first.
        let tangle: Vec<_> = (0..100_000u32)
            .map(|n| edit(n, &(n.saturating_sub(16)..n).collect::<Vec<_>>()))
            .collect();
        assert_eq!(heads(&tangle, |_| true).unwrap(), [id(99_999)]);
    }
}
