//! The order in which a history is walked, and what each of its places has seen.

use std::collections::BTreeMap;

use crate::edit::history::{Graph, ReplayError, Replayed};
use crate::id::ItemId;

/// A history to walk. Where several edits have one base of several edits, a place of its own brings these together once, for all of
/// them: merging is what costs, and an edit that does nothing changes nothing.
pub(super) struct Plan<'a> {
    /// The edits in causal order; `None` where edits are only brought together.
    pub(super) edits: Vec<Option<&'a Replayed>>,
    /// For each place, the places that it stands on. All are lower.
    pub(super) parents: Vec<Vec<usize>>,
    /// For each place, the places that stand on it.
    pub(super) children: Vec<Vec<usize>>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(graph: &Graph<'a>) -> Self {
        let mut plan = Self {
            edits: Vec::new(),
            parents: Vec::new(),
            children: Vec::new(),
        };
        let shared = shared_bases(graph);
        let mut meetings: BTreeMap<&[usize], usize> = BTreeMap::new();
        let mut places = Vec::with_capacity(graph.edits.len());
        for (edit, base) in graph.edits.iter().zip(&graph.parents) {
            let under: Vec<usize> = base.iter().map(|parent| places[*parent]).collect();
            let under = if shared.get(base.as_slice()).is_some_and(|count| *count > 1) {
                let meeting = meetings
                    .entry(base)
                    .or_insert_with(|| plan.push(None, under));
                vec![*meeting]
            } else {
                under
            };
            places.push(plan.push(Some(edit), under));
        }
        plan
    }

    fn push(&mut self, edit: Option<&'a Replayed>, parents: Vec<usize>) -> usize {
        let place = self.edits.len();
        for parent in &parents {
            self.children[*parent].push(place);
        }
        self.edits.push(edit);
        self.parents.push(parents);
        self.children.push(Vec::new());
        place
    }

    /// Returns an order in which bases come first, and in which the shorter of several branches is finished before the longer one
    /// starts, so that few documents are needed at the same time.
    pub(super) fn shallow_first(&self) -> Vec<usize> {
        let len = self.edits.len();
        let mut depth = vec![0usize; len];
        for place in (0..len).rev() {
            let depths = self.children[place].iter().map(|child| depth[*child] + 1);
            depth[place] = depths.max().unwrap_or(0);
        }
        let mut missing: Vec<usize> = self.parents.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..len).filter(|place| missing[*place] == 0).collect();
        ready.sort_by_key(|place| std::cmp::Reverse(depth[*place]));
        let mut order = Vec::with_capacity(len);
        while let Some(place) = ready.pop() {
            order.push(place);
            let start = ready.len();
            for child in &self.children[place] {
                missing[*child] -= 1;
                if missing[*child] == 0 {
                    ready.push(*child);
                }
            }
            ready[start..].sort_by_key(|child| std::cmp::Reverse(depth[*child]));
        }
        order
    }
}

impl Plan<'_> {
    /// Returns the places in the order in which their edits are given, each meeting just before the first edit that needs it.
    pub(super) fn as_given(&self, history: &[Replayed]) -> Result<Vec<usize>, ReplayError> {
        let places: BTreeMap<ItemId, usize> = (self.edits.iter().enumerate())
            .filter_map(|(place, edit)| Some((edit.as_ref()?.id, place)))
            .collect();
        let mut is_placed = vec![false; self.edits.len()];
        let mut order = Vec::with_capacity(self.edits.len());
        for edit in history {
            for base in &edit.parents {
                if !is_placed[places[base]] {
                    let (edit, base) = (edit.id, *base);
                    return Err(ReplayError::BaseNotHeld { edit, base });
                }
            }
            let place = places[&edit.id];
            let meetings = self.parents[place].iter().copied();
            for step in meetings.chain([place]) {
                if !std::mem::replace(&mut is_placed[step], true) {
                    order.push(step);
                }
            }
        }
        Ok(order)
    }
}

/// For each base of several edits, how many edits have it.
fn shared_bases<'g>(graph: &'g Graph<'_>) -> BTreeMap<&'g [usize], usize> {
    let mut counts = BTreeMap::new();
    for base in graph.parents.iter().filter(|base| base.len() > 1) {
        *counts.entry(base.as_slice()).or_insert(0) += 1;
    }
    counts
}

/// A set of places.
#[derive(Default, Clone)]
pub(super) struct Seen {
    words: Vec<u64>,
    pub(super) len: usize,
}

impl Seen {
    pub(super) fn holds(&self, place: usize) -> bool {
        self.words
            .get(place / 64)
            .is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    pub(super) fn with(mut self, place: usize) -> Self {
        if self.words.len() <= place / 64 {
            self.words.resize(place / 64 + 1, 0);
        }
        self.words[place / 64] |= 1 << (place % 64);
        self.len = ones(&self.words);
        self
    }

    pub(super) fn join(&mut self, other: &Seen) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
        self.len = ones(&self.words);
    }

    /// The places that another set lacks, in causal order.
    pub(super) fn places_beyond<'s>(&'s self, other: &'s Seen) -> impl Iterator<Item = usize> + 's {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let beyond = word & !other.words.get(index).copied().unwrap_or(0);
            (0..64)
                .filter(move |bit| beyond >> bit & 1 == 1)
                .map(move |bit| index * 64 + bit)
        })
    }
}

fn ones(words: &[u64]) -> usize {
    words.iter().map(|word| word.count_ones() as usize).sum()
}
