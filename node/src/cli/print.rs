//! How answers are printed: one JSON object for programs, lines for people.

use std::process::ExitCode;

use serde_json::{Value as Json, json};

use crate::call::{Call, Outcome, Refusal};

/// Prints the answer to a call, and returns the exit status.
pub(crate) fn outcome(call: &Call, outcome: &Outcome, json: bool) -> ExitCode {
    match outcome {
        Ok(answer) => {
            if json {
                println!("{answer}");
            } else {
                lines(call, answer);
            }
            exit_of(call, answer)
        }
        Err(refusal) => {
            print_refusal(refusal, json);
            ExitCode::from(refusal.exit)
        }
    }
}

/// Prints what went wrong outside any call.
pub(crate) fn error(error: &anyhow::Error, json: bool) {
    print_refusal(&Refusal::new("failed", format!("{error:#}")), json);
}

fn print_refusal(refusal: &Refusal, json: bool) {
    if json {
        let detail = match &refusal.detail {
            None => json!({ "code": refusal.code, "reason": refusal.message }),
            Some(detail) => detail.as_ref().clone(),
        };
        println!("{detail}");
    } else {
        eprintln!("maillage: {}", refusal.message);
    }
}

/// `import` that refused rows and `doctor` that found something end with 2.
fn exit_of(call: &Call, answer: &Json) -> ExitCode {
    let is_wrong = match call {
        Call::Import(_) => answer["refused"]
            .as_u64()
            .is_some_and(|refused| refused > 0),
        Call::Check => answer["left"].as_u64().is_some_and(|left| left > 0),
        Call::Doctor => answer["well"] == json!(false),
        _ => false,
    };
    ExitCode::from(if is_wrong { 2 } else { 0 })
}

fn lines(call: &Call, answer: &Json) {
    match call {
        Call::Admit { .. } => println!("{} is in", text(&answer["name"])),
        Call::Backup { .. } => println!(
            "{} entries written to {} ({} bytes)",
            answer["entries"],
            text(&answer["file"]),
            answer["bytes"]
        ),
        Call::Check => checked(answer),
        Call::Doctor => doctor(answer),
        Call::Export(_) => println!(
            "{} records written to {}",
            answer["records"],
            text(&answer["file"])
        ),
        Call::Import(import) => import_report(answer, import.dry_run),
        Call::Invite(_) => println!("{}", text(&answer["ticket"])),
        Call::Partners => {
            partners(answer);
            waiting(answer);
        }
        Call::RecordHistory { .. } => history(answer),
        Call::RecordShow { .. } => record(answer),
        Call::Reindex { waits: true } => println!("{} records can be searched", answer["records"]),
        Call::Reindex { waits: false } => {
            println!("the index of {} records is being filled", answer["records"]);
        }
        Call::Renew(_) => println!("this node signs the feed {} now", text(&answer["feed"])),
        Call::Search(_) => hits(answer),
        Call::Status => status(answer),
        Call::Stop => println!("the node stops"),
    }
}

fn status(answer: &Json) {
    println!("{}", text(&answer["partner"]));
    println!("  records   {}", answer["records"]);
    println!("  entries   {}", answer["entries"]);
    println!("  pending   {}", answer["pending"]);
    println!("  rejected  {}", answer["rejected"]);
    println!("  disk      {} bytes", answer["disk_bytes"]);
    println!("  digest    {}", text(&answer["state_digest"]));
    for feed in items(&answer["feeds"]) {
        println!(
            "  feed {}  {}  {} entries",
            &text(&feed["feed"])[..8],
            text(&feed["partner"]),
            feed["heads"][0]["sequence"]
                .as_u64()
                .map_or(0, |last| last + 1)
        );
    }
    println!("  signs     {}", text(&answer["signing"]["state"]));
    forks(answer);
    for peer in items(&answer["peers"]) {
        println!(
            "  peer {}  {}",
            text(&peer["endpoint"]).get(..8).unwrap_or_default(),
            text(&peer["state"])
        );
    }
}

fn checked(answer: &Json) {
    for damage in items(&answer["damaged"]) {
        let state = if damage["repaired"] == json!(true) {
            "fetched again"
        } else {
            "damaged"
        };
        println!(
            "{state}: entry {} of feed {}: {}",
            damage["sequence"],
            text(&damage["feed"]),
            text(&damage["reason"])
        );
    }
    println!(
        "{} entries verified, {} damaged",
        answer["entries"], answer["left"]
    );
    if answer["left"] != json!(0) && answer["asked_peers"] == json!(false) {
        println!("start the node with `maillage run` and check again, so that peers can be asked");
    }
}

fn forks(answer: &Json) {
    for fork in items(&answer["forks"]) {
        println!(
            "  fork of feed {}  {}  from entry {} on",
            &text(&fork["feed"])[..8],
            text(&fork["partner"]),
            fork["sequence"]
        );
        for entry in items(&fork["entries"]) {
            println!(
                "    {}  signed {}",
                &text(&entry["id"])[..8],
                text(&entry["claimed"])
            );
        }
    }
}

fn doctor(answer: &Json) {
    for finding in items(&answer["findings"]) {
        println!("{}: {}", text(&finding["level"]), text(&finding["message"]));
    }
    if answer["well"] == json!(true) {
        println!("nothing is wrong");
    }
}

fn partners(answer: &Json) {
    println!("{}", text(&answer["federation"]));
    for partner in items(&answer["partners"]) {
        let role = if partner["coordinator"] == json!(true) {
            "coordinator"
        } else {
            "partner"
        };
        println!(
            "  {:12} {}  {}",
            role,
            &text(&partner["partner"])[..8],
            text(&partner["name"])
        );
    }
}

fn waiting(answer: &Json) {
    for newcomer in items(&answer["waiting"]) {
        println!(
            "  waits        {}  {} (invited as {})",
            &text(&newcomer["partner"])[..8],
            text(&newcomer["name"]),
            text(&newcomer["invited"])
        );
    }
}

fn hits(answer: &Json) {
    for hit in items(&answer["hits"]) {
        println!(
            "{}  {:10}  {}",
            &text(&hit["record"])[..8],
            text(&hit["kind"]),
            text(&hit["name"])
        );
    }
    println!("{} records", answer["total"]);
}

fn record(answer: &Json) {
    println!(
        "{} {} ({})",
        text(&answer["kind"]),
        text(&answer["record"]),
        text(&answer["territory"])
    );
    for (name, field) in answer["fields"].as_object().into_iter().flatten() {
        for value in items(&field["values"]) {
            println!(
                "  {name:20} {}  — {}, {}",
                value["value"],
                text(&value["by"]["partner"]),
                text(&value["by"]["claimed"])
            );
        }
        for term in items(&field["terms"]) {
            println!("  {name:20} + {}", text(&term["term"]));
        }
        if let Some(text) = field["text"].as_str() {
            println!("  {name:20} {text}");
        }
    }
    for conflict in items(&answer["conflicts"]) {
        println!(
            "  conflict: {} holds several values, settle it on the record's page",
            text(conflict)
        );
    }
}

fn history(answer: &Json) {
    for edit in items(&answer["edits"]) {
        let reason = edit["reason"]
            .as_str()
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        println!(
            "{}  {}  {}{reason}",
            text(&edit["by"]["claimed"]),
            text(&edit["by"]["partner"]),
            text(&edit["state"])
        );
        for operation in items(&edit["operations"]) {
            let detail = ["value", "term", "inserted"].map(|key| &operation[key]);
            let detail = detail
                .into_iter()
                .find(|value| !value.is_null())
                .cloned()
                .unwrap_or_default();
            println!(
                "    {} {} {detail}",
                text(&operation["op"]),
                text(&operation["field"])
            );
        }
    }
}

fn import_report(answer: &Json, dry_run: bool) {
    let counts = [
        "rows",
        "new",
        "changed",
        "unchanged",
        "refused",
        "duplicates",
    ];
    let counts: Vec<String> = counts
        .iter()
        .map(|name| format!("{name} {}", answer[*name]))
        .collect();
    println!("{}", counts.join(", "));
    for problem in items(&answer["problems"]) {
        let suggestion = problem["suggestion"]
            .as_str()
            .map(|text| format!(" → {text}"))
            .unwrap_or_default();
        println!(
            "  ligne {}, {} : {}{suggestion}",
            problem["line"],
            text(&problem["column"]),
            text(&problem["reason"])
        );
    }
    if dry_run {
        println!("nothing was written: this was a dry run");
    } else if answer["written"] == json!(false) {
        println!(
            "nothing was written, since rows are refused: correct them, or call again with --import-the-rest"
        );
    }
}

fn items(list: &Json) -> &[Json] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or("–")
}
