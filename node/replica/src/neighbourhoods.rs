//! In which priority neighbourhoods a record lies: by its position and the outlines that are held, for the search index.
//!
//! An outline may come, move or go when nobody touches the records in it, so the index follows outlines too: whatever lay in one that
//! changed, or lies in the box around it now, is indexed again. Both are found in the index itself.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crdt_schema::edit::Value;
use crdt_schema::id::{RecordId, hash};
use crdt_schema::register::Point;
use crdt_schema::territory::{Level, Outline, TerritoryCode, tile_of};
use crdt_schema::view::RecordView;

use crate::fault::Fault;
use crate::indexing::TILES;
use crate::reader::Reader;
use crate::search::{self, BoundingBox, Index, Query, Withdrawn};

/// The facet of the records of neighbourhoods in which a position lies: by it is found who lay in an outline that moved.
pub(crate) const OUTLINED: &str = "outlined";
/// Outlines that are remembered while documents are made: most have one to four KiB, none more than 16.
const KNOWN_MAX: usize = 2_000;
/// Records that are looked for at once.
const LOOKED_FOR: usize = 1_000;
/// The widest neighbourhood, in 1e-7 degrees: some 15 km, where the largest on the list has five. An outline over a whole country would put
/// everybody into one neighbourhood, and have every record indexed again each time it changes.
const EXTENT_MAX_E7: i32 = 2_000_000;
/// Neighbourhoods of one position: one of each generation, and some that partners draw apart.
const AROUND_MAX: usize = 8;
/// The facet of what a record says as a neighbourhood: one that still says the same moves nobody.
pub(crate) const OUTLINE: &str = "outline_said";

/// A priority neighbourhood with its outline.
pub(crate) struct Neighbourhood {
    /// The record of the territory.
    pub(crate) record: RecordId,
    /// Its code, of either generation.
    pub(crate) code: String,
    outline: Outline,
    /// A hash of its code and outline.
    pub(crate) said: String,
}

/// The neighbourhoods that the index knows, each read once for many records.
pub(crate) struct Neighbourhoods<'r> {
    index: &'r Index,
    reader: &'r Reader,
    known: BTreeMap<RecordId, Option<Rc<Neighbourhood>>>,
    by_tile: BTreeMap<String, Vec<RecordId>>,
}

impl<'r> Neighbourhoods<'r> {
    pub(crate) fn new(index: &'r Index, reader: &'r Reader) -> Self {
        Self {
            index,
            reader,
            known: BTreeMap::new(),
            by_tile: BTreeMap::new(),
        }
    }

    /// Returns those in which the position of a record lies. Territories lie in none: what they are a part of, they say themselves.
    pub(crate) fn around(&mut self, view: &RecordView) -> Result<Vec<Rc<Neighbourhood>>, Fault> {
        let point = view.point();
        let Some(point) = point.filter(|_| view.kind() != TERRITORY) else {
            return Ok(Vec::new());
        };
        let mut around = Vec::new();
        for record in self.near(point)? {
            let neighbourhood = self.neighbourhood(record)?;
            around.extend(neighbourhood.filter(|one| one.outline.contains(point)));
            if around.len() == AROUND_MAX {
                break;
            }
        }
        Ok(around)
    }

    fn near(&mut self, point: Point) -> Result<Vec<RecordId>, Fault> {
        if self.by_tile.len() >= KNOWN_MAX {
            self.by_tile.clear();
        }
        let tile = tile_of(point);
        if let Some(near) = self.by_tile.get(&tile) {
            return Ok(near.clone());
        }
        // One that is no wider than a neighbourhood may be carries each of its squares.
        let mut near = self.index.carrying(TILES, [tile.as_str()])?;
        near.sort_unstable();
        self.by_tile.insert(tile, near.clone());
        Ok(near)
    }

    fn neighbourhood(&mut self, record: RecordId) -> Result<Option<Rc<Neighbourhood>>, Fault> {
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        if let Some(known) = self.known.get(&record) {
            return Ok(known.clone());
        }
        let view = self.reader.record(&record)?;
        let read = view.as_ref().and_then(Neighbourhood::of).map(Rc::new);
        self.known.insert(record, read.clone());
        Ok(read)
    }
}

impl Neighbourhood {
    /// Reads the record of a neighbourhood. One that is withdrawn is none.
    pub(crate) fn of(view: &RecordView) -> Option<Self> {
        let code = TerritoryCode::of_record(view).filter(|code| code.level() == Level::Qpv)?;
        let Value::Text(text) = &view.field("outline")?.winner()?.value else {
            return None;
        };
        let outline = Outline::parse(text).ok()?;
        let said = hash(OUTLINE, &[code.code().as_bytes(), b"\0", text.as_bytes()]);
        let bounds = outline.bounds();
        let is_small = |from: i32, to: i32| to.saturating_sub(from) <= EXTENT_MAX_E7;
        let is_one = is_small(bounds.south, bounds.north) && is_small(bounds.west, bounds.east);
        (is_one && !view.is_withdrawn()).then(|| Self {
            record: view.record,
            code: code.code().to_owned(),
            outline,
            said: said.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }
}

/// What changed of the territories while documents were made.
#[derive(Default)]
pub(crate) struct Moved {
    /// Records that are, or may have been, neighbourhoods.
    records: BTreeSet<RecordId>,
    /// The boxes around those that are some now.
    boxes: Vec<BoundingBox>,
}

impl Moved {
    /// Looks at a record that changed. One that says what the index knows of it moves nobody.
    pub(crate) fn see(&mut self, view: &RecordView, index: &Index) -> Result<(), Fault> {
        if view.kind() != TERRITORY {
            return Ok(());
        }
        let neighbourhood = Neighbourhood::of(view);
        if let Some(one) = &neighbourhood
            && index.is_followed()
            && index
                .carrying(OUTLINE, [one.said.as_str()])?
                .contains(&view.record)
        {
            return Ok(());
        }
        self.records.insert(view.record);
        if let Some(neighbourhood) = neighbourhood {
            let bounds = neighbourhood.outline.bounds();
            self.boxes.push(BoundingBox {
                south: bounds.south,
                west: bounds.west,
                north: bounds.north,
                east: bounds.east,
            });
        }
        Ok(())
    }

    /// Looks at a record of which nothing is shown any more: it may have been a neighbourhood.
    pub(crate) fn lost(&mut self, record: RecordId) {
        self.records.insert(record);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Returns the records whose neighbourhoods may have changed, from the last commit of the index.
    pub(crate) fn touched(&self, index: &Index) -> Result<BTreeSet<RecordId>, Fault> {
        let mut touched = BTreeSet::new();
        let ids: Vec<String> = self.records.iter().map(ToString::to_string).collect();
        for some in ids.chunks(LOOKED_FOR) {
            let some = some.iter().map(String::as_str);
            touched.extend(index.carrying(OUTLINED, some)?);
        }
        for within in &self.boxes {
            let query = Query {
                within: Some(*within),
                withdrawn: Withdrawn::Included,
                ..Query::default()
            };
            let found = index.records(&query).map_err(|error| match error {
                search::Error::Fault(fault) => fault.into(),
                search::Error::Refused(refused) => Fault::Search(refused.to_string()),
            });
            touched.extend(found?);
        }
        Ok(touched)
    }
}

/// The kind of record that has an outline.
const TERRITORY: &str = "territory";
