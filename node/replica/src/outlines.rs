//! Which territories a position has to be compared with, and which positions an outline: found by the squares and the box that the
//! search index knows, and said for sure by the outline itself.

use crdt_schema::id::RecordId;
use crdt_schema::register::Point;
use crdt_schema::territory::{Outline, TILE_ANYWHERE, tile_of};

use crate::fault::Fault;
use crate::indexing::TILES;
use crate::replica::Replica;
use crate::search;

impl Replica {
    /// Returns the records with an outline that a position may lie in or near to, 200 at most: the outline of each tells.
    pub fn outlines_near(&self, point: Point) -> Result<Vec<RecordId>, Fault> {
        let mut query = search::Query {
            kind: Some("territory".to_owned()),
            sort: search::Sort::Name,
            size: search::PAGE_MAX,
            ..search::Query::default()
        };
        let tiles = [tile_of(point), TILE_ANYWHERE.to_owned()];
        query.facets.insert(TILES.to_owned(), tiles.into());
        self.first(&query)
    }

    /// Returns the records with a position in the box around an outline, by name. `None` when there are more than this.
    pub fn in_box_of(&self, outline: &Outline, max: usize) -> Result<Option<Vec<RecordId>>, Fault> {
        let bounds = outline.bounds();
        let query = search::Query {
            within: Some(search::BoundingBox {
                south: bounds.south,
                west: bounds.west,
                north: bounds.north,
                east: bounds.east,
            }),
            sort: search::Sort::Name,
            size: search::PAGE_MAX,
            ..search::Query::default()
        };
        self.all(query, max)
    }

    /// Returns the first page of an answer: no place lies in so many outlines that somebody drew with care.
    fn first(&self, query: &search::Query) -> Result<Vec<RecordId>, Fault> {
        match self.search(query) {
            Ok(answer) => Ok(answer.hits.iter().map(|hit| hit.record).collect()),
            Err(search::Error::Fault(fault)) => Err(fault.into()),
            Err(search::Error::Refused(refused)) => Err(Fault::Search(refused.to_string())),
        }
    }

    /// Returns the whole answer to a query. `None` when it has more hits than this.
    fn all(&self, mut query: search::Query, max: usize) -> Result<Option<Vec<RecordId>>, Fault> {
        let mut found = Vec::new();
        loop {
            let answer = match self.search(&query) {
                Ok(answer) => answer,
                Err(search::Error::Fault(fault)) => return Err(fault.into()),
                Err(search::Error::Refused(refused)) => {
                    return Err(Fault::Search(refused.to_string()));
                }
            };
            if answer.total > max as u64 {
                return Ok(None);
            }
            found.extend(answer.hits.iter().map(|hit| hit.record));
            query.offset += search::PAGE_MAX;
            if answer.hits.is_empty() || query.offset as u64 >= answer.total {
                return Ok(Some(found));
            }
        }
    }
}
