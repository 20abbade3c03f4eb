//! Which records may be one thing: found by the blocks of the search index, compared as they read now, with what partners said of them.
//!
//! No pair is stored. The list of all pairs walks the blocks in their order, the surest first, and gives each pair at the first block
//! that it shares, so that a page can be asked for from where the last one ended. A pair of which the index has not read both records
//! yet is missing for that moment.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

use crdt_schema::id::{PartnerId, RecordId};
use crdt_schema::likeness::{Block, Likeness, Traits};
use crdt_schema::statement::{Sameness, Statement};

use crate::fault::Fault;
use crate::indexing::blocks_of;
use crate::reader::Reader;
use crate::replica::Replica;
use crate::search::{Blocks, SharedBlock};

/// Two records that may be one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The record that was asked for, or the one with the lower id.
    pub record: RecordId,
    /// The other one.
    pub other: RecordId,
    /// How alike they are, and why.
    pub likeness: Likeness,
    /// What partners hold of the pair, one current statement each.
    pub verdicts: BTreeSet<(PartnerId, Sameness)>,
}

/// Some of all pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidatePage {
    /// The pairs.
    pub candidates: Vec<Candidate>,
    /// Where to go on; `None` at the end.
    pub next: Option<CandidatePlace>,
}

/// A place in the list of all pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CandidatePlace {
    /// The block to begin with.
    block: u64,
    /// Pairs of it that were given already.
    given: usize,
}

/// Looks for records that may be the same thing as one that is not held yet: as rows of a file are tried, one after the other.
pub struct LookAlikes<'a> {
    reader: &'a Reader,
    blocks: Blocks<'a>,
    /// What was read already: neighbours in a file have neighbours in the census.
    read: HashMap<RecordId, Option<Traits>>,
}

/// Pairs that are compared for one page: most of the time goes into reading their records, ten seconds for five times as many in a
/// program that is not optimised. A page may so be shorter than asked, and have a next one.
const COMPARED_MAX: usize = 20_000;
/// Records that are compared with one: a page shows fewer.
const NEAR_MAX: usize = 1_000;
/// Records with which each row of a file is compared, and as many again at most: a hundred thousand rows must not take an hour.
const NEAR_ROW_MIN: usize = 40;
/// Records that are kept in memory for the next rows: some five kilobytes each.
const READ_MAX: usize = 10_000;

impl Candidate {
    /// Whether a partner said that it is one thing, or two. Who is unsure leaves it open.
    pub fn is_settled(&self) -> bool {
        self.verdicts
            .iter()
            .any(|(_, verdict)| *verdict != Sameness::Unsure)
    }
}

impl CandidatePlace {
    /// Reads a place as it was written.
    pub fn parse(text: &str) -> Option<Self> {
        let (block, given) = text.split_once('-')?;
        let block = u64::from_str_radix(block, 16).ok()?;
        let given = given.parse().ok()?;
        Some(Self { block, given })
    }
}

impl fmt::Display for CandidatePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.block, self.given)
    }
}

impl Replica {
    /// Returns the records that may be the same thing as this one, settled or not, the likeliest first.
    pub fn duplicates_of(&self, record: &RecordId) -> Result<Vec<Candidate>, Fault> {
        let reader = self.read()?;
        let Some(view) = reader.record(record)? else {
            return Ok(Vec::new());
        };
        let traits = Traits::of(&view);
        let near = self.index().blocks().near(&blocks_of(&view))?;
        let mut found = Vec::new();
        for other in near.iter().filter(|other| *other != record).take(NEAR_MAX) {
            let likeness = traits_of(&reader, other)?.and_then(|it| traits.compare(&it));
            if let Some(likeness) = likeness.filter(Likeness::is_proposed) {
                found.push(reader.candidate((*record, *other), likeness)?);
            }
        }
        found.sort_by_key(|it| {
            (
                Reverse((it.likeness.is_exact(), it.likeness.points)),
                it.other,
            )
        });
        Ok(found)
    }

    /// Returns pairs that nobody has settled, from a place on, `candidates_max` at most.
    pub fn duplicates(
        &self,
        from: CandidatePlace,
        candidates_max: usize,
    ) -> Result<CandidatePage, Fault> {
        let reader = self.read()?;
        let blocks = self.index().blocks();
        let (mut candidates, mut compared) = (Vec::new(), 0);
        let mut within = None;
        let next = blocks.each_shared(Block(from.block), |shared| {
            compared += shared.records.len() * (shared.records.len() - 1) / 2;
            let skipped = if shared.block.0 == from.block {
                from.given
            } else {
                0
            };
            let found = in_block(&reader, &blocks, &shared)?;
            for (place, proposed) in found.into_iter().enumerate().skip(skipped) {
                if candidates.len() == candidates_max {
                    let block = shared.block.0;
                    within = Some(CandidatePlace {
                        block,
                        given: place,
                    });
                    return Ok::<bool, Fault>(false);
                }
                let candidate = reader.candidate(proposed.pair, proposed.likeness)?;
                if !candidate.is_settled() {
                    candidates.push(candidate);
                }
            }
            Ok(compared < COMPARED_MAX)
        })?;
        let after = next.map(|block| CandidatePlace {
            block: block.0,
            given: 0,
        });
        Ok(CandidatePage {
            candidates,
            next: within.or(after),
        })
    }
}

impl Replica {
    /// Looks at the census as a reader shows it.
    pub fn look_alikes<'a>(&'a self, reader: &'a Reader) -> LookAlikes<'a> {
        LookAlikes {
            reader,
            blocks: self.index().blocks(),
            read: HashMap::new(),
        }
    }
}

impl LookAlikes<'_> {
    /// Returns the likeliest of the records that may be the same thing.
    pub fn likeliest(&mut self, traits: &Traits) -> Result<Option<(RecordId, Likeness)>, Fault> {
        let near = self.blocks.nearest(&traits.blocks(), NEAR_ROW_MIN)?;
        let mut best: Option<(RecordId, Likeness)> = None;
        for record in near {
            if self.read.len() >= READ_MAX {
                self.read.clear();
            }
            let held = match self.read.entry(record) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(traits_of(self.reader, &record)?),
            };
            let likeness = held.as_ref().and_then(|held| traits.compare(held));
            let Some(likeness) = likeness.filter(Likeness::is_proposed) else {
                continue;
            };
            let rank = |likeness: &Likeness| (likeness.is_exact(), likeness.points);
            if best
                .as_ref()
                .is_none_or(|(_, it)| rank(it) < rank(&likeness))
            {
                best = Some((record, likeness));
            }
        }
        Ok(best)
    }
}

/// A proposed pair, the lower id first.
struct Proposed {
    pair: (RecordId, RecordId),
    likeness: Likeness,
}

/// The proposed pairs of a block that share no open block before it.
fn in_block(
    reader: &Reader,
    blocks: &Blocks<'_>,
    shared: &SharedBlock,
) -> Result<Vec<Proposed>, Fault> {
    let mut held = Vec::new();
    for record in &shared.records {
        // The index may be a moment behind: what was withdrawn since is compared with nothing.
        if let Some(view) = reader.record(record)? {
            held.push((*record, blocks_of(&view), Traits::of(&view)));
        }
    }
    let mut found = Vec::new();
    for (n, (one, one_blocks, traits)) in held.iter().enumerate() {
        for (other, other_blocks, other_traits) in &held[n + 1..] {
            let likeness = traits.compare(other_traits).filter(Likeness::is_proposed);
            let Some(likeness) = likeness else {
                continue;
            };
            let before: BTreeSet<Block> = one_blocks
                .intersection(other_blocks)
                .filter(|block| **block < shared.block)
                .copied()
                .collect();
            if !is_any_open(blocks, &before)? {
                let pair = (*one, *other);
                found.push(Proposed { pair, likeness });
            }
        }
    }
    Ok(found)
}

fn is_any_open(blocks: &Blocks<'_>, some: &BTreeSet<Block>) -> Result<bool, Fault> {
    for block in some {
        if blocks.is_open(*block)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns what a record is compared by, unless it is withdrawn.
fn traits_of(reader: &Reader, record: &RecordId) -> Result<Option<Traits>, Fault> {
    let view = reader.record(record)?.filter(|view| !view.is_withdrawn());
    Ok(view.map(|view| Traits::of(&view)))
}

impl Reader {
    /// Adds to a comparison of two records what partners hold of the pair.
    pub fn candidate(
        &self,
        (record, other): (RecordId, RecordId),
        likeness: Likeness,
    ) -> Result<Candidate, Fault> {
        let mut verdicts = BTreeSet::new();
        for held in self.statements_with(&record, "duplicate")? {
            let is_pair = [held.frame.other, Some(held.frame.subject)].contains(&Some(other));
            if let (true, Some(partner), Some(Statement::Duplicate(said))) =
                (is_pair, held.partner, &held.statement)
            {
                verdicts.insert((partner, said.verdict()));
            }
        }
        Ok(Candidate {
            record,
            other,
            likeness,
            verdicts,
        })
    }
}
