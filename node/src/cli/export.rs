//! What `maillage export` says.

use serde_json::Value as Json;

use crate::cli::print::{items, text};
use crate::say::say;

/// Says what was written, and what stayed behind.
pub(super) fn exported(answer: &Json) {
    let file = text(&answer["file"]);
    say!("{} records written to {file}", answer["records"]);
    if answer["reach"] == "public" && answer["inclusion"].is_null() && answer["grants"].is_null() {
        say!("only what everyone may read is in it: --partners writes every field");
    }
    match answer["closed"].as_u64() {
        None | Some(0) => (),
        Some(count) => say!(
            "{count} records are not in it: the licence of their source keeps them among partners"
        ),
    }
    for source in items(&answer["licences"]) {
        let parts = ["source", "licence", "attribution"].map(|part| text(&source[part]));
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        say!("  source: {}", parts.join(", "));
    }
    match answer["without_date"].as_u64() {
        None | Some(0) => (),
        Some(count) => say!("{count} without a date are not in it"),
    }
    if !answer["inclusion"].is_null() {
        inclusion(&answer["inclusion"]);
    }
    if !answer["grants"].is_null() {
        grants(&answer["grants"]);
    }
}

fn grants(report: &Json) {
    match report["others"].as_u64() {
        None | Some(0) => (),
        Some(count) => say!("{count} applications were not granted, or not yet"),
    }
    let left = items(&report["left_out"]);
    if !left.is_empty() {
        say!("{} granted applications were left out:", left.len());
    }
    for one in left {
        let record: String = text(&one["record"]).chars().take(8).collect();
        say!("  {record}  {}", text(&one["name"]));
        for reason in items(&one["reasons"]) {
            say!("    {}", text(&reason["reason"]));
        }
    }
}

fn inclusion(report: &Json) {
    say!(
        "{} structures, {} services",
        report["structures"],
        report["services"]
    );
    if let Some(score) = report["mean_score"].as_f64() {
        say!("mean quality of the services, as data·inclusion counts it: {score:.2}");
    }
    match report["others"].as_u64() {
        None | Some(0) => (),
        Some(count) => say!("{count} initiatives are no running services or actions"),
    }
    let left = items(&report["left_out"]);
    if !left.is_empty() {
        say!("{} records were left out:", left.len());
    }
    for one in left {
        let record: String = text(&one["record"]).chars().take(8).collect();
        say!(
            "  {record}  {} : {}",
            text(&one["name"]),
            text(&one["reason"])
        );
    }
    let notices = items(&report["notices"]).len();
    if notices > 0 {
        say!("{notices} values did not come along or were changed: --json names them");
    }
}
