//! Looking after the store: backup, check, search index, instance key.

use std::path::Path;
use std::time::Duration;

use replica::Damage;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::backup;
use crate::call::{Outcome, Progress, Refusal};
use crate::keys::KeyFolder;
use crate::renew;

/// How long a check waits for peers to bring what is damaged.
const REPAIR_DEADLINE: Duration = Duration::from_secs(15);
/// Between two words on the progress of the index.
const INDEX_PROGRESS: Duration = Duration::from_millis(200);

pub(crate) fn backup(app: &App, file: &Path, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let written = backup::write(app, file, progress)
        .map_err(|error| Refusal::new(error.code(), error.to_string()))?;
    Ok(json!({
        "file": file.display().to_string(),
        "entries": written.entries,
        "left_out": written.left_out,
        "attachments": written.attachments,
        "bytes": std::fs::metadata(file).map(|it| it.len()).unwrap_or_default(),
    }))
}

/// Verifies everything again. What is damaged is asked of the peers, where the node runs.
pub(crate) fn check(app: &App, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let checked = app.replica.check(&mut |done, total| {
        progress(Progress {
            done,
            total: Some(total),
        });
    })?;
    let (files, damaged_files) = app.replica.check_attachments()?;
    let is_asked = !checked.damaged.is_empty() && app.fetch_damaged();
    if is_asked {
        app.replica.wait_until_repaired(REPAIR_DEADLINE);
    }
    let left = app.replica.damaged();
    let is_repaired = |damage: &Damage| damage.entry.is_some_and(|entry| !left.contains(&entry));
    let damaged: Vec<Json> = checked
        .damaged
        .iter()
        .map(|damage| {
            json!({
                "feed": damage.feed.map(|feed| feed.to_string()),
                "sequence": damage.sequence,
                "entry": damage.entry.map(|entry| entry.to_string()),
                "reason": damage.what,
                "repaired": is_repaired(damage),
            })
        })
        .collect();
    let left = checked.damaged.iter().filter(|damage| !is_repaired(damage));
    Ok(json!({
        "entries": checked.entries,
        "damaged": damaged,
        "left": left.count(),
        "asked_peers": is_asked,
        "attachments": files,
        "attachments_damaged": damaged_files,
    }))
}

/// Fills the search index anew.
pub(crate) fn reindex(app: &App, waits: bool, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let total = app.replica.read()?.counts()?.records;
    app.replica.reindex();
    if !waits {
        return Ok(json!({ "records": total, "done": false }));
    }
    while !app.replica.wait_for_views(INDEX_PROGRESS) {
        let query = replica::search::Query {
            size: 1,
            withdrawn: replica::search::Withdrawn::Included,
            ..replica::search::Query::default()
        };
        let done = app.replica.search(&query).map_or(0, |found| found.total);
        progress(Progress {
            done,
            total: Some(total),
        });
        if let Some(fault) = app.replica.fault() {
            return Err(fault.into());
        }
    }
    Ok(json!({ "records": total, "done": true }))
}

/// Gives the node a new instance key, if it needs one.
pub(crate) fn renew(app: &App, passphrase: Option<String>) -> Outcome {
    if !renew::is_needed(&app.replica) && !renew::is_outdated(&app.replica) {
        return Err(Refusal::new(
            "not_needed",
            "the instance key of this node is good: nothing was changed",
        ));
    }
    let keys = KeyFolder::of(app.folder());
    let passphrase = passphrase.map(Into::into);
    match renew::renew(&app.replica, &keys, &app.endpoint_key, passphrase) {
        Ok(feed) => Ok(json!({ "feed": feed.to_string() })),
        Err(error) => Err(Refusal::new("not_renewed", format!("{error:#}"))),
    }
}
