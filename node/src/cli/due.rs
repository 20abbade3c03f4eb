//! `due`: what our organisation has to confirm.

use clap::Args;
use serde_json::Value as Json;

use crate::call::Call;
use crate::calls::DueAsk;
use crate::cli::print;
use crate::say::say;

/// What the help ends with.
pub(crate) const HELP: &str = "Example:
  maillage due --dir ville
  maillage due --kind actor --state never --state required --limit 200 --dir ville --json
A record is kept by the organisation that wrote most of its values. Confirm one with `maillage statement verify`.";

/// See `maillage due --help`.
#[derive(Debug, Args)]
pub(crate) struct DueArgs {
    /// Only records that these words find.
    #[arg(long, default_value = "")]
    text: String,
    /// Only this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only what waits so long: never verified, required, advised, up_to_date. Everything that waits when absent. The list says after
    /// how many days each kind is advised and required.
    #[arg(long = "state", value_name = "STATE", value_parser = ["never", "required", "advised", "up_to_date"])]
    states: Vec<String>,
    /// Records of a page, 200 at most.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Records before the page.
    #[arg(long, default_value_t = 0)]
    offset: usize,
}

impl DueArgs {
    pub(crate) fn call(self) -> Call {
        Call::Due(DueAsk {
            text: self.text,
            kind: self.kind,
            states: self.states,
            limit: self.limit,
            offset: self.offset,
        })
    }
}

/// Prints the list.
pub(crate) fn due(answer: &Json) {
    for record in print::items(&answer["records"]) {
        let sections = record["sections"].as_object().into_iter().flatten();
        let sections = sections.map(|(section, day)| match day.as_str() {
            Some(day) => format!("{section} {day}"),
            None => section.clone(),
        });
        let sections: Vec<String> = sections.collect();
        say!(
            "{}  {:10}  {:10}  {}",
            &print::text(&record["record"])[..8],
            print::text(&record["due"]),
            print::text(&record["kind"]),
            print::text(&record["name"]),
        );
        if !sections.is_empty() {
            say!("          {}", sections.join(", "));
        }
    }
    if answer["complete"] == Json::Bool(false) {
        say!("not every record can be searched yet: call again, or let `maillage reindex` finish");
    }
    let days = |days: &Json| format!("advised {}, required {}", days["advised"], days["required"]);
    say!("after so many days: {}", days(&answer["after"]));
    for (kind, own) in answer["after_by_kind"].as_object().into_iter().flatten() {
        say!("  {kind}: {}", days(own));
    }
    let counts = &answer["counts"];
    say!(
        "{} records; never {}, required {}, advised {}, up to date {}",
        answer["total"],
        counts["never"],
        counts["required"],
        counts["advised"],
        counts["up_to_date"]
    );
}
