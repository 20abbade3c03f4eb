//! Prints what was published today, and what waits.

use serde_json::Value as Json;

use crate::cli::print::{items, text};
use crate::limits::OVER;
use crate::say::say;

/// The lines of a status: each limit of the charter that there is, and each feed that waits.
pub(crate) fn status(answer: &Json) {
    disk(&answer["disk"]);
    let own = &answer["own_use"];
    for (what, of) in [("entries", "entries_per_day"), ("bytes", "bytes_per_day")] {
        if let Some(quota) = own[of].as_u64() {
            say!("  today     {} of {quota} {what}", own[what]);
        }
    }
    if own["waits"].as_bool().unwrap_or_default() {
        say!("  today     {OVER}");
    }
    for partner in items(&answer["today"]) {
        say!(
            "  today     {}  {} entries, {} bytes",
            partner["partner"].as_str().unwrap_or("not enrolled"),
            partner["entries"],
            partner["bytes"]
        );
    }
    for missing in items(&answer["missing"]) {
        let names = |key: &str| {
            let names: Vec<&str> = items(&missing[key]).iter().map(text).collect();
            names.join(", ")
        };
        say!(
            "  missing   record {}  edits {}  for {}",
            text(&missing["record"]).get(..8).unwrap_or_default(),
            names("edits"),
            names("partners")
        );
    }
    for pause in items(&answer["paused"]) {
        say!(
            "  waits     feed {}  {}  {} since {} until {}",
            text(&pause["feed"]),
            pause["partner"].as_str().unwrap_or("not enrolled"),
            text(&pause["reason"]),
            text(&pause["since"]),
            text(&pause["until"])
        );
    }
}

/// The line of a disk that lacks room, with what does not happen for want of it.
fn disk(disk: &Json) {
    let (what, of) = match text(&disk["state"]) {
        "full" => ("nothing is written", "write_min_bytes"),
        "low" => ("what other organisations publish waits", "fetch_min_bytes"),
        _ => return,
    };
    let mebibytes = |key: &str| disk[key].as_u64().unwrap_or_default() >> 20;
    say!(
        "  disk      {} MiB free, {} MiB to be kept free: {what}",
        mebibytes("free_bytes"),
        mebibytes(of)
    );
}

/// The line of an import after which partners take the rest later.
pub(crate) fn import(answer: &Json) {
    if answer["waits"].as_bool().unwrap_or_default() {
        say!("{OVER}");
    }
}
