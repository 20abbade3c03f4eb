//! The sources of imports: their records, and what this node keeps of each.

use admin_ui::sources::{self, Source};
use crdt_schema::time::Timestamp;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::Outcome;
use crate::calls::records::VIEWS_DEADLINE;
use crate::clock;

/// Lists the sources.
pub(crate) fn sources(app: &App) -> Outcome {
    let is_complete = app.replica.wait_for_views(VIEWS_DEADLINE);
    let local = app.local()?;
    let reader = app.replica.read()?;
    let found = sources::list((&app.replica, &reader), &local)?;
    let now = clock::now();
    let sources: Vec<Json> = found.iter().map(|source| to_json(source, now)).collect();
    Ok(json!({ "sources": sources, "complete": is_complete }))
}

fn to_json(source: &Source, now: Timestamp) -> Json {
    let mapping = source.kept.mapping.as_ref().map(|mapping| {
        json!({
            "kind": mapping.kind.map(|kind| kind.code),
            "columns": mapping.wishes,
            "confirmed": mapping.confirmed,
        })
    });
    let result = source.kept.result.as_ref().map(|result| {
        json!({
            "at": Timestamp::from_millis(result.at_ms).to_string(),
            "file": result.file,
            "kind": result.kind,
            "by": result.by,
            "rows": result.rows,
            "new": result.new,
            "changed": result.changed,
            "unchanged": result.unchanged,
            "refused": result.refused,
            "written": result.is_written,
        })
    });
    json!({
        "name": source.name,
        "record": source.record.map(|record| record.to_string()),
        "location": source.location,
        "format": source.terms.format,
        "frequency": source.terms.frequency,
        "licence": source.terms.licence,
        "due": source.is_due(now.as_millis()),
        "mapping": mapping,
        "last": result,
    })
}
