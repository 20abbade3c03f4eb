//! Which territories a position has to be compared with: those whose outline may hold it, found by the squares of the search index.

use crdt_schema::id::RecordId;
use crdt_schema::register::Point;
use crdt_schema::territory::{TILE_ANYWHERE, tile_of};

use crate::fault::Fault;
use crate::indexing::TILES;
use crate::replica::Replica;
use crate::search;

impl Replica {
    /// Returns the records with an outline that a position may lie in or near to: the outline of each tells.
    pub fn outlines_near(&self, point: Point) -> Result<Vec<RecordId>, Fault> {
        let mut query = search::Query {
            kind: Some("territory".to_owned()),
            sort: search::Sort::Name,
            size: search::PAGE_MAX,
            ..search::Query::default()
        };
        let tiles = [tile_of(point), TILE_ANYWHERE.to_owned()];
        query.facets.insert(TILES.to_owned(), tiles.into());
        let mut found = Vec::new();
        loop {
            let answer = match self.search(&query) {
                Ok(answer) => answer,
                Err(search::Error::Fault(fault)) => return Err(fault.into()),
                Err(search::Error::Refused(refused)) => {
                    return Err(Fault::Search(refused.to_string()));
                }
            };
            found.extend(answer.hits.iter().map(|hit| hit.record));
            query.offset += search::PAGE_MAX;
            if answer.hits.is_empty() || query.offset as u64 >= answer.total {
                return Ok(found);
            }
        }
    }
}
