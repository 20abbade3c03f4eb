//! Counts facets and picks hits in one pass over the records that match everything but the facets.
//!
//! A facet is counted without its own selection, so that the other values of a selected facet show what choosing them would add. A
//! record that fails no selected facet is a hit and counts everywhere; one that fails a single facet counts in that facet alone; one
//! that fails more counts nowhere.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::{DocId, Score, SegmentReader};

use super::index::FacetCount;
use super::schema::{FACETS, facet_bounds, facet_key, split_facet_key};

/// Collects hits with `hits`, and counts them and their facets.
pub(super) struct Faceted<C> {
    hits: C,
    selected: Vec<(String, BTreeSet<String>)>,
}

/// What one pass gives.
pub(super) struct Counted<F> {
    pub(super) hits: F,
    pub(super) total: u64,
    pub(super) facets: BTreeMap<String, Vec<FacetCount>>,
}

impl<C> Faceted<C> {
    /// Takes the collector of hits and the selection, of which facets without values are no part.
    pub(super) fn new(hits: C, selection: &BTreeMap<String, BTreeSet<String>>) -> Self {
        let selected = selection.iter().filter(|(_, values)| !values.is_empty());
        let selected = selected.map(|(facet, values)| (facet.clone(), values.clone()));
        Self {
            hits,
            selected: selected.collect(),
        }
    }
}

impl<C: Collector> Collector for Faceted<C> {
    type Fruit = Counted<C::Fruit>;
    type Child = FacetedSegment<C::Child>;

    fn for_segment(&self, ordinal: u32, segment: &SegmentReader) -> tantivy::Result<Self::Child> {
        let column = segment.fast_fields().str(FACETS)?;
        let roles = match &column {
            Some(column) => roles(column, &self.selected)?,
            None => Vec::new(),
        };
        Ok(FacetedSegment {
            hits: self.hits.for_segment(ordinal, segment)?,
            total: 0,
            counts: vec![0; roles.len()],
            column,
            roles,
            wanted: (1 << self.selected.len()) - 1,
            keys: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.hits.requires_scoring()
    }

    fn merge_fruits(
        &self,
        fruits: Vec<<Self::Child as SegmentCollector>::Fruit>,
    ) -> tantivy::Result<Self::Fruit> {
        let mut hits = Vec::with_capacity(fruits.len());
        let mut total = 0;
        let mut counts = BTreeMap::new();
        for fruit in fruits {
            hits.push(fruit.hits);
            total += fruit.total;
            for (key, count) in fruit.counts? {
                *counts.entry(key).or_insert(0) += u64::from(count);
            }
        }
        Ok(Counted {
            hits: self.hits.merge_fruits(hits)?,
            total,
            facets: most_frequent(counts),
        })
    }
}

/// The state of a pass over one segment.
pub(super) struct FacetedSegment<S> {
    hits: S,
    total: u64,
    column: Option<StrColumn>,
    /// By the ordinal of a key.
    roles: Vec<Role>,
    counts: Vec<u32>,
    /// A bit for each selected facet.
    wanted: u64,
    /// The keys of the current record.
    keys: Vec<usize>,
}

/// What a segment gives.
pub(super) struct SegmentCounts<F> {
    hits: F,
    total: u64,
    counts: tantivy::Result<Vec<(String, u32)>>,
}

/// What a key means for the selection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Its facet has no selection.
    Free,
    /// A value of the selected facet of this bit, selected itself or not.
    Of { facet: u8, chosen: bool },
}

impl<S: SegmentCollector> SegmentCollector for FacetedSegment<S> {
    type Fruit = SegmentCounts<S::Fruit>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let mut passed = 0_u64;
        self.keys.clear();
        if let Some(column) = &self.column {
            self.keys
                .extend(column.term_ords(doc).map(|key| key as usize));
        }
        if self.wanted != 0 {
            for key in &self.keys {
                if let Role::Of {
                    facet,
                    chosen: true,
                } = self.roles[*key]
                {
                    passed |= 1 << facet;
                }
            }
        }
        let failed = self.wanted & !passed;
        if failed == 0 {
            self.hits.collect(doc, score);
            self.total += 1;
            for key in &self.keys {
                self.counts[*key] += 1;
            }
        } else if failed.is_power_of_two() {
            let only = failed.trailing_zeros();
            for key in &self.keys {
                if matches!(self.roles[*key], Role::Of { facet, .. } if u32::from(facet) == only) {
                    self.counts[*key] += 1;
                }
            }
        }
    }

    fn harvest(self) -> Self::Fruit {
        SegmentCounts {
            hits: self.hits.harvest(),
            total: self.total,
            counts: named(self.column.as_ref(), &self.counts),
        }
    }
}

/// Returns the role of every key of a segment.
fn roles(
    column: &StrColumn,
    selected: &[(String, BTreeSet<String>)],
) -> tantivy::Result<Vec<Role>> {
    let dictionary = column.dictionary();
    let mut roles = vec![Role::Free; dictionary.num_terms()];
    for (facet, (name, values)) in (0_u8..).zip(selected) {
        let chosen = |chosen| Role::Of { facet, chosen };
        roles[neighbours(column, name)?].fill(chosen(false));
        for key in values.iter().filter_map(|value| facet_key(name, value)) {
            if let Some(ordinal) = dictionary.term_ord(&key)? {
                roles[ordinal as usize] = chosen(true);
            }
        }
    }
    Ok(roles)
}

/// Returns the ordinals of all values of a facet.
fn neighbours(column: &StrColumn, facet: &str) -> tantivy::Result<Range<usize>> {
    let (from, to) = facet_bounds(facet);
    let dictionary = column.dictionary();
    let (from, to) = dictionary.term_bounds_to_ord(Bound::Included(from), Bound::Excluded(to))?;
    let end = dictionary.num_terms();
    let from = match from {
        Bound::Included(ordinal) => ordinal as usize,
        Bound::Excluded(ordinal) => ordinal as usize + 1,
        Bound::Unbounded => 0,
    };
    let to = match to {
        Bound::Included(ordinal) => ordinal as usize + 1,
        Bound::Excluded(ordinal) => ordinal as usize,
        Bound::Unbounded => end,
    };
    let to = to.min(end);
    Ok(from.min(to)..to)
}

/// Returns the counted keys by their text.
fn named(column: Option<&StrColumn>, counts: &[u32]) -> tantivy::Result<Vec<(String, u32)>> {
    let Some(column) = column else {
        return Ok(Vec::new());
    };
    let counted = (0_u64..).zip(counts).filter(|(_, count)| **count > 0);
    let (ordinals, counts): (Vec<u64>, Vec<u32>) = counted.unzip();
    let mut named = Vec::with_capacity(ordinals.len());
    let mut counts = counts.into_iter();
    column
        .dictionary()
        .sorted_ords_to_term_cb(&ordinals, |key| {
            let key = String::from_utf8_lossy(key).into_owned();
            named.extend(counts.next().map(|count| (key, count)));
        })?;
    Ok(named)
}

/// Returns the values found most often in each facet; those found equally often by their code.
fn most_frequent(counts: BTreeMap<String, u64>) -> BTreeMap<String, Vec<FacetCount>> {
    let mut facets: BTreeMap<String, Vec<FacetCount>> = BTreeMap::new();
    for (key, count) in counts {
        let Some((facet, value)) = split_facet_key(&key) else {
            continue;
        };
        let value = value.to_owned();
        let count = FacetCount { value, count };
        match facets.get_mut(facet) {
            Some(values) => values.push(count),
            None => drop(facets.insert(facet.to_owned(), vec![count])),
        }
    }
    for values in facets.values_mut() {
        // Stable: values came in the order of their codes.
        values.sort_by_key(|value| Reverse(value.count));
        values.truncate(VALUES_MAX);
    }
    facets
}

/// Values shown in a facet: more is a list that nobody reads.
const VALUES_MAX: usize = 50;
