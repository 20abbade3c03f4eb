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
use crate::edit::history::{Graph, ReplayError, Replayed};
use crate::edit::plan::{Plan, Seen};
use crate::id::ItemId;

/// The document of a whole history, and the numbers that each edit took.
pub(super) struct Walked {
    pub(super) document: Automerge,
    pub(super) numbers: BTreeMap<ItemId, (u64, u64)>,
}

/// Replays a history.
pub(super) fn document(graph: &Graph<'_>) -> Result<Walked, ReplayError> {
    let plan = Plan::of(graph);
    let mut walk = Walk::new(&plan);
    for place in plan.shallow_first() {
        walk.visit(place)?;
    }
    walk.finish()
}

/// Replays a history in the order in which it is given, in which each edit must come after what it stands on.
pub(super) fn document_as_given(
    graph: &Graph<'_>,
    history: &[Replayed],
) -> Result<Walked, ReplayError> {
    let plan = Plan::of(graph);
    let mut walk = Walk::new(&plan);
    for place in plan.as_given(history)? {
        walk.visit(place)?;
    }
    walk.finish()
}

/// Documents that are kept at the same time. One that holds the longest texts takes some tens of megabytes.
const KEPT_MAX: usize = 16;

struct Walk<'a> {
    plan: &'a Plan<'a>,
    /// For each place, what it wrote: the creations of texts that it found missing, then its own change.
    changes: Vec<Vec<Change>>,
    texts: BTreeMap<&'a str, Change>,
    /// For each place that has children to come, what it has seen, itself included.
    seen: Vec<Option<Rc<Seen>>>,
    to_come: Vec<usize>,
    kept: BTreeMap<usize, Kept>,
    /// The largest document of an edit without children.
    largest_leaf: Option<(usize, Kept)>,
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
    fn new(plan: &'a Plan<'a>) -> Self {
        let len = plan.edits.len();
        Self {
            plan,
            changes: vec![Vec::new(); len],
            texts: BTreeMap::new(),
            seen: vec![None; len],
            to_come: plan.children.iter().map(Vec::len).collect(),
            kept: BTreeMap::new(),
            largest_leaf: None,
            turn: 0,
            numbers: BTreeMap::new(),
        }
    }

    fn visit(&mut self, place: usize) -> Result<(), ReplayError> {
        let past = self.past(place);
        self.turn += 1;
        let edit = self.plan.edits[place];
        let does_nothing = edit.is_none_or(|edit| edit.operations.is_empty());
        if !(does_nothing && self.to_come[place] == 0) {
            let mut document = self.document_at(place, &past)?;
            if let Some(edit) = edit {
                self.write(place, edit, &mut document)?;
            }
            self.keep(place, document, Rc::new(past.with(place)));
        }
        self.leave_parents(place);
        Ok(())
    }

    fn write(
        &mut self,
        place: usize,
        edit: &'a Replayed,
        document: &mut Automerge,
    ) -> Result<(), ReplayError> {
        self.add_texts(place, edit, document)?;
        if let Some(change) = engine::write(document, edit)? {
            let first = change.start_op().get();
            self.numbers.insert(edit.id, (first, change.len() as u64));
            self.changes[place].push(change);
        }
        Ok(())
    }

    /// What an edit stands on, and all that this stands on.
    fn past(&self, place: usize) -> Seen {
        let mut past = Seen::default();
        for parent in &self.plan.parents[place] {
            let seen = self.seen[*parent].as_ref();
            past.join(seen.expect("a parent has a child to come until this one has come"));
        }
        past
    }

    /// Returns a document that holds exactly the past: the kept one that comes nearest to it, and what that one lacks.
    fn document_at(&mut self, place: usize, past: &Seen) -> Result<Automerge, ReplayError> {
        let nearest = self
            .kept
            .iter()
            .filter(|(place, _)| past.holds(**place))
            .max_by_key(|(_, kept)| kept.seen.len)
            .map(|(place, _)| *place);
        let (mut document, has) = match nearest {
            None => (engine::empty_document(), Rc::default()),
            Some(nearest) => self.take(nearest, place),
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

    /// Takes a kept document over for an edit, or copies it if another edit is still to come for it.
    fn take(&mut self, place: usize, taker: usize) -> (Automerge, Rc<Seen>) {
        let is_last = self.plan.parents[taker].contains(&place) && self.to_come[place] == 1;
        if !is_last {
            let kept = &self.kept[&place];
            (kept.document.clone(), Rc::clone(&kept.seen))
        } else {
            let kept = self.kept.remove(&place).expect("it was found among them");
            (kept.document, kept.seen)
        }
    }

    /// Applies the creation of the texts that the edit splices and that its past does not have.
    fn add_texts(
        &mut self,
        place: usize,
        edit: &'a Replayed,
        document: &mut Automerge,
    ) -> Result<(), ReplayError> {
        for field in engine::texts_needed(&edit.operations) {
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
        for parent in &self.plan.parents[place] {
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
