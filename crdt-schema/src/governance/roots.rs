//! Roots of partners: which one is in force, and what certificates of the earlier ones are still worth.
//!
//! From its first root, whose hash names it, a partner goes from root to root by rotations that both signed. The *line* follows them
//! while one successor is there; two successors of one root are a **dispute**, which ends the line before them until somebody above
//! the partner names the one that holds: the newest charter, by the root that it writes for the partner, or else a coordinator's act
//! `root`. Of a coordinator only the charter may say it: revocation points down, and two coordinators cannot settle each other. A root
//! that stands in the line already never comes back, and no way through it leads anywhere: a thief of an old root could otherwise rotate
//! back to the one that the charter names, and have this name speak for him.
//!
//! What **gives** (contributions, grants) needs a certificate of the root in force, or of an earlier one in a feed that *every* rotation
//! since keeps up to there; in a dispute, every one of the rivals too, and every one that follows them: whoever has an old root
//! and makes it disputed brings nothing to life that a later root had closed. Several rotations from one root to the same next one are not a
//! dispute: both keys signed each, and together they keep what all of them keep.
//!
//! What **takes away** (denials, an author's own erasures) is judged the other way round, since no rotation may bring to life what was
//! taken away, and since a thief of an old root can always make a dispute: it stands for every root to which rotations lead, until the
//! charter (for a coordinator's acts) or an act `root` names a later root. From then on a feed of an earlier root takes away only as far
//! as *some* rotation of each step keeps it, and one of a losing rival nothing.
//!
//! Nothing here depends on an order: a line is a function of the set of rotations and of the names given.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::{Certified, Keeping, ProvenRotation, Root};
use crate::governance::{Act, Acts, Adoption, Charter, Feeds, Held, SignedAct};
use crate::id::{EntryId, FeedId, ItemId, PartnerId};

/// The lines of all partners of whom a rotation is held. Everybody else has its first root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roots {
    lines: BTreeMap<PartnerId, Line>,
}

/// The roots of one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From the first one to the one in force.
    roots: Vec<Root>,
    /// What the rotations from each root of the line to the next one keep.
    kept: Vec<Vec<Kept>>,
    /// Where two successors stand beside each other, what the rotations to each of them and those that follow it keep.
    rivals: BTreeMap<[u8; 32], Vec<Kept>>,
    /// The furthest root that was named from above, and those to which rotations lead from there.
    named: Option<(usize, BTreeSet<Root>)>,
}

type Kept = BTreeMap<FeedId, Keeping>;

/// What the ranks above say of a partner's roots.
#[derive(Debug, Clone, Default)]
struct Names {
    by_charter: Option<Root>,
    by_acts: BTreeSet<Root>,
}

impl Roots {
    /// Follows the rotations as far as the charter lets coordinators' acts be judged.
    pub(super) fn by_charter(feeds: &Feeds, adoption: &Adoption) -> Self {
        let names = |partner: &PartnerId| Names {
            by_charter: written_root(adoption.tip(), partner),
            by_acts: BTreeSet::new(),
        };
        Self::follow(feeds, names)
    }

    /// Follows the rotations with the `root` acts that count.
    pub(super) fn judge(
        feeds: &Feeds,
        adoption: &Adoption,
        acts: &Acts,
        held: &BTreeMap<ItemId, SignedAct>,
    ) -> Self {
        let tip = adoption.tip();
        let mut by_acts: BTreeMap<PartnerId, BTreeSet<Root>> = BTreeMap::new();
        for (_, signed) in acts.counting(held) {
            if let Act::Root { partner, root } = &signed.act
                && !tip.coordinators.contains_key(partner)
            {
                let named = by_acts.entry(*partner).or_default();
                named.insert(Root::of(partner, root));
            }
        }
        Self::follow(feeds, |partner| Names {
            by_charter: written_root(tip, partner),
            by_acts: by_acts.remove(partner).unwrap_or_default(),
        })
    }

    fn follow(feeds: &Feeds, mut names: impl FnMut(&PartnerId) -> Names) -> Self {
        let lines = feeds.rotated().map(|partner| {
            let rotations: Vec<_> = feeds.rotations_of(partner).map(|(each, _)| each).collect();
            (*partner, Line::follow(&rotations, &names(partner)))
        });
        Self {
            lines: lines.filter(|(_, line)| line.has_rotation()).collect(),
        }
    }

    /// Returns the roots of a partner, if it ever rotated the first one.
    pub fn line(&self, partner: &PartnerId) -> Option<&Line> {
        self.lines.get(partner)
    }

    /// Returns the partners that rotated a root, with their lines.
    pub fn lines(&self) -> impl Iterator<Item = (&PartnerId, &Line)> {
        self.lines.iter()
    }

    /// Returns whether a root is the one in force, so that what it certifies anew can count.
    pub fn is_in_force(&self, certified: &Certified) -> bool {
        match self.line(&certified.partner) {
            None => certified.root == Root::First,
            Some(line) => line.current() == certified.root && !line.is_disputed(),
        }
    }

    /// Returns whether what a feed signs next can give anything, as far as its partner's roots go.
    pub fn vouch_for(&self, feed: &FeedId, certified: &Certified) -> bool {
        match self.line(&certified.partner) {
            None => certified.root == Root::First,
            Some(line) => line.keeps(certified.root, |kept| {
                kept.get(feed) == Some(&Keeping::Open)
            }),
        }
    }

    /// Returns whether an entry may give: be it a contribution, or a grant.
    pub(super) fn give(&self, feeds: &Feeds, id: &EntryId, entry: &Held) -> bool {
        let Some(line) = self.line_of(entry) else {
            return entry.root == Root::First;
        };
        line.keeps(entry.root, |kept| is_kept(kept, feeds, id, entry))
    }

    /// Returns whether an entry may take away.
    pub(super) fn take(&self, feeds: &Feeds, id: &EntryId, entry: &Held) -> bool {
        self.line_of(entry)
            .is_none_or(|line| line.lets_take(entry.root, |kept| is_kept(kept, feeds, id, entry)))
    }

    /// Returns whether what is given and taken depends on whether this entry is held.
    pub(super) fn names(&self, entry: &EntryId) -> bool {
        self.lines.values().flat_map(Line::all_kept).any(|kept| {
            kept.values().any(|keeping| match keeping {
                Keeping::Open => false,
                Keeping::Until(place) => place.entry == *entry,
            })
        })
    }

    fn line_of(&self, entry: &Held) -> Option<&Line> {
        self.lines.get(&entry.owner?)
    }
}

impl Line {
    /// Returns the roots from the first one to the one in force, which is the last.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// Returns the root in force. In a dispute, the last one before it.
    pub fn current(&self) -> Root {
        self.roots.last().copied().unwrap_or(Root::First)
    }

    /// Returns whether two rotations from the root in force lead to different ones, and nobody above has said which holds.
    pub fn is_disputed(&self) -> bool {
        !self.rivals.is_empty()
    }

    /// Returns the public keys of the roots that are in dispute.
    pub fn rivals(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.rivals.keys()
    }

    fn follow(rotations: &[&ProvenRotation], names: &Names) -> Self {
        let graph = Graph::of(rotations);
        let mut line = Self {
            roots: vec![Root::First],
            kept: Vec::new(),
            rivals: BTreeMap::new(),
            named: None,
        };
        let mut seen = BTreeSet::from([Root::First]);
        loop {
            let mut steps = graph.steps(line.current());
            steps.retain(|next, _| !seen.contains(next));
            let chosen = match steps.len() {
                0 => break,
                1 => steps.keys().next().copied(),
                _ => graph.choose(&steps, names, &seen),
            };
            let Some(next) = chosen else {
                let rivals = steps.into_iter().filter_map(|step| graph.rival(step));
                line.rivals = rivals.collect();
                break;
            };
            seen.insert(next);
            line.kept.push(steps.remove(&next).unwrap_or_default());
            line.roots.push(next);
        }
        line.named = line.furthest_named(names).map(|at| {
            let reached = graph.reached_from(line.roots[at]);
            (at, reached)
        });
        line
    }

    fn furthest_named(&self, names: &Names) -> Option<usize> {
        let is_named =
            |root: &Root| names.by_charter == Some(*root) || names.by_acts.contains(root);
        let at = self.roots.iter().rposition(is_named)?;
        // Every charter names the first root of whoever never had another one.
        (at > 0).then_some(at)
    }

    fn has_rotation(&self) -> bool {
        self.roots.len() > 1 || self.is_disputed()
    }

    fn keeps(&self, root: Root, mut keeps: impl FnMut(&Kept) -> bool) -> bool {
        let Some(at) = self.roots.iter().position(|each| *each == root) else {
            return false;
        };
        let since = self.kept[at..].iter().chain(self.rivals.values());
        since.flatten().all(&mut keeps)
    }

    fn lets_take(&self, root: Root, mut keeps: impl FnMut(&Kept) -> bool) -> bool {
        let Some((named, reached)) = &self.named else {
            return true;
        };
        match self.roots[..*named].iter().position(|each| *each == root) {
            Some(at) => {
                let mut since = self.kept[at..*named].iter();
                since.all(|kept| kept.iter().any(&mut keeps))
            }
            None => reached.contains(&root),
        }
    }

    fn all_kept(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter().chain(self.rivals.values()).flatten()
    }
}

/// The rotations of one partner, by the root that goes.
struct Graph<'h> {
    rotations: &'h [&'h ProvenRotation],
    from: BTreeMap<Root, Vec<&'h ProvenRotation>>,
    to: BTreeMap<Root, Vec<Root>>,
}

impl<'h> Graph<'h> {
    fn of(rotations: &'h [&'h ProvenRotation]) -> Self {
        let mut graph = Self {
            rotations,
            from: BTreeMap::new(),
            to: BTreeMap::new(),
        };
        for rotation in graph.rotations {
            graph
                .from
                .entry(rotation.from())
                .or_default()
                .push(rotation);
            graph
                .to
                .entry(rotation.to())
                .or_default()
                .push(rotation.from());
        }
        graph
    }

    /// The next roots, with what the rotations to each keep.
    fn steps(&self, from: Root) -> BTreeMap<Root, Vec<Kept>> {
        let mut steps: BTreeMap<Root, Vec<Kept>> = BTreeMap::new();
        for rotation in self.from.get(&from).into_iter().flatten() {
            let kept = steps.entry(rotation.to()).or_default();
            kept.push(rotation.said().kept.clone());
        }
        steps
    }

    /// Of several next roots, the only one that leads to the charter's; where none does, the only one that leads to an act's. No way counts
    /// that goes through the roots of the line.
    fn choose(
        &self,
        steps: &BTreeMap<Root, Vec<Kept>>,
        names: &Names,
        line: &BTreeSet<Root>,
    ) -> Option<Root> {
        let by_charter = self.leading_to(names.by_charter, line);
        let by_acts = self.leading_to(names.by_acts.iter().copied(), line);
        for leading in [by_charter, by_acts] {
            let mut found = steps.keys().filter(|next| leading.contains(next));
            match (found.next(), found.next()) {
                (None, _) => {}
                (only, None) => return only.copied(),
                _ => return None,
            }
        }
        None
    }

    /// These roots, and all from which rotations lead to one of them, without those of the line.
    fn leading_to(
        &self,
        roots: impl IntoIterator<Item = Root>,
        line: &BTreeSet<Root>,
    ) -> BTreeSet<Root> {
        let roots = roots.into_iter().filter(|root| !line.contains(root));
        closure(roots, |root| {
            let before = self.to.get(&root).into_iter().flatten().copied();
            before.filter(|root| !line.contains(root))
        })
    }

    /// The public key of a root that is in dispute, with what the rotations to it and all that follow it keep.
    fn rival(&self, (next, mut kept): (Root, Vec<Kept>)) -> Option<([u8; 32], Vec<Kept>)> {
        let Root::Later(key) = next else {
            return None;
        };
        for root in self.reached_from(next) {
            let followers = self.from.get(&root).into_iter().flatten();
            kept.extend(followers.map(|rotation| rotation.said().kept.clone()));
        }
        Some((key, kept))
    }

    /// This root, and all to which rotations lead from it.
    fn reached_from(&self, root: Root) -> BTreeSet<Root> {
        let next = |root| self.from.get(&root).into_iter().flatten();
        closure([root], |root| next(root).map(|rotation| rotation.to()))
    }
}

fn closure<I: Iterator<Item = Root>>(
    from: impl IntoIterator<Item = Root>,
    step: impl Fn(Root) -> I,
) -> BTreeSet<Root> {
    let mut waiting: Vec<Root> = from.into_iter().collect();
    let mut reached = BTreeSet::new();
    while let Some(root) = waiting.pop() {
        if reached.insert(root) {
            waiting.extend(step(root));
        }
    }
    reached
}

fn is_kept(kept: &Kept, feeds: &Feeds, id: &EntryId, entry: &Held) -> bool {
    match kept.get(&entry.feed) {
        None => false,
        Some(Keeping::Open) => true,
        Some(Keeping::Until(place)) => feeds.within(id, place),
    }
}

/// The root that a charter writes for a partner: as a coordinator first, then as a confirmed partner.
fn written_root(tip: &Charter, partner: &PartnerId) -> Option<Root> {
    let coordinator = tip.coordinators.get(partner).map(|its| &its.root);
    let confirmed = tip.partners.get(partner).map(|its| &its.root);
    let root = coordinator.or(confirmed)?;
    Some(Root::of(partner, root))
}
