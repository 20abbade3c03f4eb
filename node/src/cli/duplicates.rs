//! Records that may describe one thing: what the node proposes, for persons to settle.

use clap::Args;
use serde_json::Value as Json;

use crate::call::{Call, DuplicatesAsk};
use crate::cli::print;
use crate::say::say;

/// What the help ends with.
pub(crate) const HELP: &str = "Settle a pair with `maillage statement duplicate`: the first record stays, the other one is withdrawn, or both stay; it is then listed no more.\n\nExample:\n  maillage duplicates --dir ville\n  maillage duplicates 3f9a1c --dir ville";

/// See `maillage duplicates --help`.
#[derive(Debug, Args)]
pub(crate) struct DuplicatesArgs {
    /// The record's id, or its first digits. Without it, all pairs that no partner has settled.
    record: Option<String>,
    /// Pairs of a page, 1,000 at most.
    #[arg(long, default_value_t = 20, value_parser = limit)]
    limit: usize,
    /// Where to go on, as the page before said it.
    #[arg(long, value_name = "PLACE", conflicts_with = "record")]
    after: Option<String>,
}

impl DuplicatesArgs {
    pub(crate) fn call(self) -> Call {
        Call::Duplicates(DuplicatesAsk {
            record: self.record,
            limit: self.limit,
            after: self.after,
        })
    }
}

/// Pairs of a page: each is read from the store.
const LIMIT_MAX: usize = 1_000;

fn limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
        _ => Err("write a number from 1 to 1,000".to_owned()),
    }
}

/// Prints pairs.
pub(crate) fn duplicates(answer: &Json) {
    let pairs = print::items(&answer["pairs"]);
    for pair in pairs {
        for side in [&pair["record"], &pair["other"]] {
            say!(
                "{}  {:10}  {}",
                &print::text(&side["record"])[..8],
                print::text(&pair["kind"]),
                print::text(&side["name"])
            );
        }
        for (label, codes) in [("for", &pair["for"]), ("against", &pair["against"])] {
            let codes: Vec<&str> = print::items(codes).iter().map(print::text).collect();
            if !codes.is_empty() {
                say!("    {label:8} {}", codes.join(", "));
            }
        }
        for verdict in print::items(&pair["verdicts"]) {
            let (partner, said) = (&verdict["partner"], &verdict["verdict"]);
            say!("    {:8} {}", print::text(said), print::text(partner));
        }
    }
    if answer["complete"] == Json::Bool(false) {
        say!("not every record was compared yet: call again, or let `maillage reindex` finish");
    }
    match answer["next"].as_str() {
        Some(next) => say!("{} pairs; more with --after {next}", pairs.len()),
        None => say!("{} pairs", pairs.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_to_a_thousand_pairs() {
        assert!(limit("0").is_err() && limit("1001").is_err() && limit("x").is_err());
        assert_eq!(limit("1"), Ok(1));
        assert_eq!(limit("1000"), Ok(1_000));
    }
}
