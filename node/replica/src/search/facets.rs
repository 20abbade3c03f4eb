//! Counts facets and picks hits in one pass over the records that match everything but the facets.
//!
//! A facet is counted without its own selection, so that the other values of a selected facet show what choosing them would add. A
//! record that fails no selected facet is a hit and counts everywhere; one that fails a single facet counts in that facet alone; one
//! that fails more counts nowhere.
//!
//! A record stands under each term that it carries and under all wider ones: whoever chooses a wider term finds it, so it counts there
//! too, once. Wider terms that no record carries itself have no place in the dictionary of a segment; they get one behind it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::{DocId, Score, SegmentReader};

use super::index::FacetCount;
use super::schema::{FACETS, facet_bounds, facet_key, split_facet_key};
use super::wordings::Wordings;

/// Collects hits with `hits`, and counts them and their facets.
pub(super) struct Faceted<C> {
    hits: C,
    selected: Vec<(String, BTreeSet<String>)>,
    called: Arc<Wordings>,
}

/// What one pass gives.
pub(super) struct Counted<F> {
    pub(super) hits: F,
    pub(super) total: u64,
    pub(super) facets: BTreeMap<String, Vec<FacetCount>>,
}

impl<C> Faceted<C> {
    /// Takes the collector of hits and the selection, of which facets without values are no part.
    pub(super) fn new(
        hits: C,
        selection: &BTreeMap<String, BTreeSet<String>>,
        called: Arc<Wordings>,
    ) -> Self {
        let selected = selection.iter().filter(|(_, values)| !values.is_empty());
        let selected = selected.map(|(facet, values)| (facet.clone(), values.clone()));
        Self {
            hits,
            selected: selected.collect(),
            called,
        }
    }
}

impl<C: Collector> Collector for Faceted<C> {
    type Fruit = Counted<C::Fruit>;
    type Child = FacetedSegment<C::Child>;

    fn for_segment(&self, ordinal: u32, segment: &SegmentReader) -> tantivy::Result<Self::Child> {
        let column = segment.fast_fields().str(FACETS)?;
        let (mut roles, mut wider) = (Vec::new(), Wider::default());
        if let Some(column) = &column {
            roles = self::roles(column, &self.selected, &self.called)?;
            wider = Wider::of(column, &self.called)?;
            roles.extend(wider.behind.iter().map(|key| role_of(key, &self.selected)));
        }
        Ok(FacetedSegment {
            hits: self.hits.for_segment(ordinal, segment)?,
            total: 0,
            counts: vec![Counts::default(); roles.len()],
            column,
            roles,
            wider,
            wanted: (1 << self.selected.len()) - 1,
            keys: Vec::new(),
            above: Vec::new(),
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
        let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for fruit in fruits {
            hits.push(fruit.hits);
            total += fruit.total;
            for (key, count) in fruit.counts? {
                let (carrying, under) = counts.entry(key).or_default();
                *carrying += u64::from(count.carrying);
                *under += u64::from(count.under);
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
    counts: Vec<Counts>,
    wider: Wider,
    /// A bit for each selected facet.
    wanted: u64,
    /// The keys of the current record.
    keys: Vec<usize>,
    /// Those above its keys that it does not carry itself.
    above: Vec<usize>,
}

/// What is counted of a key.
#[derive(Clone, Copy, Default)]
struct Counts {
    /// Records that carry it.
    carrying: u32,
    /// Those that only stand under it.
    under: u32,
}

/// The keys of wider terms, by the ordinal of a key that stands under them.
#[derive(Default)]
struct Wider {
    by_key: Vec<Box<[usize]>>,
    /// The keys that no record of the segment carries: their ordinals follow those of its dictionary.
    behind: Vec<String>,
}

/// What a segment gives.
pub(super) struct SegmentCounts<F> {
    hits: F,
    total: u64,
    counts: tantivy::Result<Vec<(String, Counts)>>,
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
            self.count(|_| true);
        } else if failed.is_power_of_two() {
            let only = failed.trailing_zeros();
            self.count(|role| matches!(role, Role::Of { facet, .. } if u32::from(facet) == only));
        }
    }

    fn harvest(self) -> Self::Fruit {
        SegmentCounts {
            hits: self.hits.harvest(),
            total: self.total,
            counts: named(self.column.as_ref(), &self.counts, &self.wider.behind),
        }
    }
}

impl<S> FacetedSegment<S> {
    /// Counts the current record under its keys of some roles, and under those above them.
    fn count(&mut self, is_counted: impl Fn(Role) -> bool) {
        self.above.clear();
        for key in &self.keys {
            if is_counted(self.roles[*key]) {
                self.counts[*key].carrying += 1;
                // A term and the wider ones are of one facet: they have one role or none.
                let above = self.wider.by_key.get(*key);
                self.above.extend(above.into_iter().flatten());
            }
        }
        self.above.sort_unstable();
        self.above.dedup();
        for key in &self.above {
            if !self.keys.contains(key) {
                self.counts[*key].under += 1;
            }
        }
    }
}

impl Wider {
    fn of(column: &StrColumn, called: &Wordings) -> tantivy::Result<Self> {
        let dictionary = column.dictionary();
        let terms = dictionary.num_terms();
        let (mut wider, mut places) = (Self::default(), BTreeMap::new());
        for (key, above) in called.wider() {
            let Some(key) = dictionary.term_ord(key)? else {
                continue;
            };
            let mut ordinals = Vec::with_capacity(above.len());
            for key in above {
                ordinals.push(match (dictionary.term_ord(key)?, places.get(key)) {
                    (Some(ordinal), _) => ordinal as usize,
                    (None, Some(place)) => *place,
                    (None, None) => {
                        let place = terms + wider.behind.len();
                        wider.behind.push(key.clone());
                        places.insert(key, place);
                        place
                    }
                });
            }
            if wider.by_key.is_empty() {
                wider.by_key = vec![Box::default(); terms];
            }
            wider.by_key[key as usize] = ordinals.into();
        }
        Ok(wider)
    }
}

/// Returns the role of every key of a segment. What stands under a chosen value is chosen too.
fn roles(
    column: &StrColumn,
    selected: &[(String, BTreeSet<String>)],
    called: &Wordings,
) -> tantivy::Result<Vec<Role>> {
    let dictionary = column.dictionary();
    let mut roles = vec![Role::Free; dictionary.num_terms()];
    for (facet, (name, values)) in (0_u8..).zip(selected) {
        let chosen = |chosen| Role::Of { facet, chosen };
        roles[neighbours(column, name)?].fill(chosen(false));
        let keys = values.iter().filter_map(|value| facet_key(name, value));
        let keys: BTreeSet<String> = keys.collect();
        let under = called.wider().iter();
        let under = under.filter(|(_, above)| !above.is_disjoint(&keys));
        for key in keys.iter().chain(under.map(|(key, _)| key)) {
            if let Some(ordinal) = dictionary.term_ord(key)? {
                roles[ordinal as usize] = chosen(true);
            }
        }
    }
    Ok(roles)
}

/// Returns the role of a key that no record carries: nothing is found by it alone.
fn role_of(key: &str, selected: &[(String, BTreeSet<String>)]) -> Role {
    let facet = split_facet_key(key).map_or("", |(facet, _)| facet);
    let mut places = (0_u8..).zip(selected);
    let place = places.find(|(_, (name, _))| name == facet);
    place.map_or(Role::Free, |(facet, _)| Role::Of {
        facet,
        chosen: false,
    })
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

/// Returns the counted keys by their text: those of the dictionary, then those behind it.
fn named(
    column: Option<&StrColumn>,
    counts: &[Counts],
    behind: &[String],
) -> tantivy::Result<Vec<(String, Counts)>> {
    let Some(column) = column else {
        return Ok(Vec::new());
    };
    let is_counted = |count: &Counts| count.carrying + count.under > 0;
    let (counts, of_behind) = counts.split_at(column.dictionary().num_terms());
    let of_behind = behind.iter().cloned().zip(of_behind.iter().copied());
    let mut named: Vec<_> = of_behind.filter(|(_, count)| is_counted(count)).collect();
    let counted = (0_u64..).zip(counts).filter(|(_, count)| is_counted(count));
    let (ordinals, counts): (Vec<u64>, Vec<Counts>) = counted.unzip();
    named.reserve(ordinals.len());
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
fn most_frequent(counts: BTreeMap<String, (u64, u64)>) -> BTreeMap<String, Vec<FacetCount>> {
    let mut facets: BTreeMap<String, Vec<FacetCount>> = BTreeMap::new();
    for (key, (carrying, under)) in counts {
        let Some((facet, value)) = split_facet_key(&key) else {
            continue;
        };
        let value = value.to_owned();
        let count = FacetCount {
            value,
            count: carrying + under,
            carrying,
        };
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
