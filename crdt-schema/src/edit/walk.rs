//! How every edit of a history finds a document that holds exactly its past, at a bearable cost.
//!
//! The recipe says: fork the record's document at the edit's base, write, merge. A fork takes 30 ms on 2,000 edits, so documents are
//! handed on instead: an edit takes over the document of one that it stands on, and only copies it if another edit will come for it.
//! What is missing from the document is applied in one batch. A few documents are kept; one that was dropped can always be made again
//! from the changes. Which document is taken decides the cost and never the result: what an edit writes depends on its past alone.

use std::collections::BTreeMap;
use std::rc::Rc;

use automerge::{Automerge, Change};

use crate::edit::engine;
use crate::edit::history::{Graph, ReplayError};
use crate::id::ItemId;

/// The document of a whole history, and the numbers that each edit took.
pub(super) struct Walked {
    pub(super) document: Automerge,
    pub(super) numbers: BTreeMap<ItemId, (u64, u64)>,
}

/// Replays a history.
pub(super) fn document(graph: &Graph<'_>) -> Result<Walked, ReplayError> {
    let mut walk = Walk::new(graph);
    for place in shallow_first(graph) {
        walk.visit(place)?;
    }
    walk.finish()
}

/// Documents that are kept at the same time. One that holds the longest texts takes some tens of megabytes.
const KEPT_MAX: usize = 16;

/// Edits that are sooner applied to another document than a document is copied.
const NEAR: usize = 32;

struct Walk<'a> {
    graph: &'a Graph<'a>,
    /// For each place, what it wrote: the creations of texts that it found missing, then its own change.
    changes: Vec<Vec<Change>>,
    texts: BTreeMap<&'a str, Change>,
    /// For each place that has children to come, what it has seen, itself included.
    seen: Vec<Option<Rc<Seen>>>,
    to_come: Vec<usize>,
    kept: BTreeMap<usize, Kept>,
    /// The largest document of an edit without children.
    largest_leaf: Option<(usize, Kept)>,
    is_visited: Vec<bool>,
    turn: usize,
    numbers: BTreeMap<ItemId, (u64, u64)>,
}

/// A document that holds exactly what one edit has seen, itself included.
struct Kept {
    document: Automerge,
    seen: Rc<Seen>,
    /// The turn at which it was kept; the oldest is dropped first.
    turn: usize,
}

impl<'a> Walk<'a> {
    fn new(graph: &'a Graph<'a>) -> Self {
        let len = graph.edits.len();
        Self {
            graph,
            changes: vec![Vec::new(); len],
            texts: BTreeMap::new(),
            seen: vec![None; len],
            to_come: graph.children.iter().map(Vec::len).collect(),
            kept: BTreeMap::new(),
            largest_leaf: None,
            is_visited: vec![false; len],
            turn: 0,
            numbers: BTreeMap::new(),
        }
    }

    fn visit(&mut self, place: usize) -> Result<(), ReplayError> {
        let past = self.past(place);
        let edit = self.graph.edits[place];
        self.is_visited[place] = true;
        self.turn += 1;
        let is_leaf = self.to_come[place] == 0;
        if !(is_leaf && edit.operations.is_empty()) {
            let mut document = self.document_at(&past)?;
            self.add_texts(place, &mut document)?;
            if let Some(change) = engine::write(&mut document, edit)? {
                let first = change.start_op().get();
                self.numbers.insert(edit.id, (first, change.len() as u64));
                self.changes[place].push(change);
            }
            self.keep(place, document, Rc::new(past.with(place)));
        }
        self.leave_parents(place);
        Ok(())
    }

    /// What an edit stands on, and all that this stands on.
    fn past(&self, place: usize) -> Seen {
        let mut past = Seen::default();
        for parent in &self.graph.parents[place] {
            let seen = self.seen[*parent].as_ref();
            past.join(seen.expect("a parent has a child to come until this one has come"));
        }
        past
    }

    /// Returns a document that holds exactly the past: the kept one that comes nearest to it, and what that one lacks.
    fn document_at(&mut self, past: &Seen) -> Result<Automerge, ReplayError> {
        let nearest = self
            .kept
            .iter()
            .filter(|(place, _)| past.holds(**place))
            .max_by_key(|(_, kept)| kept.seen.len)
            .map(|(place, _)| *place);
        let (mut document, has) = match nearest {
            None => (engine::empty_document(), Rc::default()),
            Some(place) => self.take(place),
        };
        if has.len < past.len {
            let missing: Vec<Change> = past
                .places_beyond(&has)
                .flat_map(|place| self.changes[place].iter().cloned())
                .collect();
            document.apply_changes(missing)?;
        }
        Ok(document)
    }

    /// Takes a kept document over, or copies it if an edit that is still to come has no other one nearby.
    fn take(&mut self, place: usize) -> (Automerge, Rc<Seen>) {
        if self.is_wanted(place) {
            let kept = &self.kept[&place];
            (kept.document.clone(), Rc::clone(&kept.seen))
        } else {
            let kept = self.kept.remove(&place).expect("it was found among them");
            (kept.document, kept.seen)
        }
    }

    fn is_wanted(&self, place: usize) -> bool {
        let seen = &self.kept[&place].seen;
        let is_near = |other: &usize| {
            *other != place
                && self
                    .kept
                    .get(other)
                    .is_some_and(|kept| seen.len.saturating_sub(kept.seen.common(seen)) <= NEAR)
        };
        self.graph.children[place]
            .iter()
            .filter(|child| !self.is_visited[**child])
            .any(|child| !self.graph.parents[*child].iter().any(is_near))
    }

    /// Applies the creation of the texts that the edit splices and that its past does not have.
    fn add_texts(&mut self, place: usize, document: &mut Automerge) -> Result<(), ReplayError> {
        for field in engine::texts_needed(&self.graph.edits[place].operations) {
            if engine::has_text(document, field)? {
                continue;
            }
            let creation = match self.texts.get(field) {
                Some(creation) => creation.clone(),
                None => engine::text_creation(field)?,
            };
            document.apply_changes([creation.clone()])?;
            self.texts.insert(field, creation.clone());
            self.changes[place].push(creation);
        }
        Ok(())
    }

    fn keep(&mut self, place: usize, document: Automerge, seen: Rc<Seen>) {
        let kept = Kept {
            document,
            seen,
            turn: self.turn,
        };
        if self.to_come[place] == 0 {
            if (self.largest_leaf.as_ref()).is_none_or(|(_, leaf)| leaf.seen.len < kept.seen.len) {
                self.largest_leaf = Some((place, kept));
            }
            return;
        }
        self.seen[place] = Some(Rc::clone(&kept.seen));
        if self.kept.len() >= KEPT_MAX {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.turn);
            if let Some(place) = oldest.map(|(place, _)| *place) {
                self.kept.remove(&place);
            }
        }
        self.kept.insert(place, kept);
    }

    /// Drops what was kept for children that have now all come.
    fn leave_parents(&mut self, place: usize) {
        for parent in &self.graph.parents[place] {
            self.to_come[*parent] -= 1;
            if self.to_come[*parent] == 0 {
                self.seen[*parent] = None;
                self.kept.remove(parent);
            }
        }
    }

    fn finish(mut self) -> Result<Walked, ReplayError> {
        let (mut document, has) = match self.largest_leaf.take() {
            None => (engine::empty_document(), Rc::default()),
            Some((_, leaf)) => (leaf.document, leaf.seen),
        };
        let missing: Vec<Change> = (0..self.changes.len())
            .filter(|place| !has.holds(*place))
            .flat_map(|place| std::mem::take(&mut self.changes[place]))
            .collect();
        document.apply_changes(missing)?;
        Ok(Walked {
            document,
            numbers: self.numbers,
        })
    }
}

/// A set of places.
#[derive(Default, Clone)]
struct Seen {
    words: Vec<u64>,
    len: usize,
}

impl Seen {
    fn holds(&self, place: usize) -> bool {
        self.words
            .get(place / 64)
            .is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn with(mut self, place: usize) -> Self {
        if self.words.len() <= place / 64 {
            self.words.resize(place / 64 + 1, 0);
        }
        self.words[place / 64] |= 1 << (place % 64);
        self.counted()
    }

    fn join(&mut self, other: &Seen) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
        self.len = ones(self.words.iter().copied());
    }

    fn common(&self, other: &Seen) -> usize {
        ones(self.words.iter().zip(&other.words).map(|(a, b)| a & b))
    }

    /// The places that another set lacks, in causal order.
    fn places_beyond<'s>(&'s self, other: &'s Seen) -> impl Iterator<Item = usize> + 's {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let beyond = word & !other.words.get(index).copied().unwrap_or(0);
            (0..64)
                .filter(move |bit| beyond >> bit & 1 == 1)
                .map(move |bit| index * 64 + bit)
        })
    }

    fn counted(mut self) -> Self {
        self.len = ones(self.words.iter().copied());
        self
    }
}

fn ones(words: impl Iterator<Item = u64>) -> usize {
    words.map(|word| word.count_ones() as usize).sum()
}

/// An order in which bases come first and of several branches the shorter is finished before the longer one starts, so that few
/// documents are needed at the same time.
fn shallow_first(graph: &Graph<'_>) -> Vec<usize> {
    let len = graph.edits.len();
    let mut depth = vec![0usize; len];
    for place in (0..len).rev() {
        let deepest = graph.children[place].iter().map(|child| depth[*child] + 1);
        depth[place] = deepest.max().unwrap_or(0);
    }
    let mut missing: Vec<usize> = graph.parents.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..len).filter(|place| missing[*place] == 0).collect();
    ready.sort_by_key(|place| std::cmp::Reverse(depth[*place]));
    let mut order = Vec::with_capacity(len);
    while let Some(place) = ready.pop() {
        order.push(place);
        let start = ready.len();
        for child in &graph.children[place] {
            missing[*child] -= 1;
            if missing[*child] == 0 {
                ready.push(*child);
            }
        }
        ready[start..].sort_by_key(|child| std::cmp::Reverse(depth[*child]));
    }
    order
}
