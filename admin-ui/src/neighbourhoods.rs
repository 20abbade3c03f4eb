//! The priority neighbourhoods that are checked: no list of them ships, and the records of an official list that was imported are one.

use std::collections::BTreeMap;

use crdt_schema::register::Territories;
use crdt_schema::territory::{Level, TerritoryCode};
use replica::search::{self, Query};
use replica::{Fault, Reader, Replica};

/// Returns the official lists with the neighbourhoods of 2024 that this node has records of; `None` where it has none. A département of
/// which none is held is not checked.
pub(crate) fn lists(replica: &Replica, reader: &Reader) -> Result<Option<Territories>, Fault> {
    let level = Level::Qpv.term().to_owned();
    let query = Query {
        kind: Some("territory".to_owned()),
        facets: BTreeMap::from([("level".to_owned(), [level].into())]),
        ..Query::default()
    };
    let records = match replica.found(&query) {
        Ok(records) => records,
        Err(search::Error::Refused(_)) => return Ok(None),
        Err(search::Error::Fault(fault)) => return Err(fault.into()),
    };
    let mut codes = Vec::new();
    for record in records {
        let view = reader.record(&record)?;
        let code = view.as_ref().and_then(TerritoryCode::of_record);
        let current = code.filter(TerritoryCode::is_current_qpv);
        codes.extend(current.map(|code| code.code().to_owned()));
    }
    let lists = (!codes.is_empty()).then(|| Territories::shared().clone().with_some_qpv(codes));
    Ok(lists)
}
