//! `bulk`: one change in all records that a search finds.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value as Json;

use crate::call::Call;
use crate::calls::{BulkAsk, BulkHow};
use crate::cli::deciding::{Consent, confirmed};
use crate::cli::pair;
use crate::say::say;

/// See `maillage bulk --help`.
#[derive(Debug, Args)]
pub(crate) struct BulkArgs {
    /// The field, by its code.
    field: String,
    /// The value, as a file would have it; several of a field that holds several.
    values: Vec<String>,
    /// The kind of the records.
    #[arg(long)]
    kind: String,
    /// Only records that this search finds.
    #[arg(long, default_value = "")]
    text: String,
    /// Only records with this term.
    #[arg(long = "facet", value_name = "FACET=TERM", value_parser = pair)]
    facets: Vec<(String, String)>,
    /// Keep what is there, and add these.
    #[arg(long, group = "how")]
    add: bool,
    /// Keep what is there, but these.
    #[arg(long, group = "how")]
    remove: bool,
    /// Empty the field.
    #[arg(long, group = "how", conflicts_with = "values")]
    clear: bool,
    #[command(flatten)]
    consent: Consent,
}

/// Shows what the change would do, and signs it after a yes.
pub(crate) fn bulk(dir: &Path, args: BulkArgs, json: bool) -> anyhow::Result<ExitCode> {
    let ask = BulkAsk {
        field: args.field,
        values: args.values,
        kind: args.kind,
        text: args.text,
        facets: args.facets,
        how: match (args.add, args.remove, args.clear) {
            (true, _, _) => BulkHow::Add,
            (_, true, _) => BulkHow::Remove,
            (_, _, true) => BulkHow::Clear,
            _ => BulkHow::Put,
        },
        seen: None,
    };
    let call = |seen| {
        Call::Bulk(BulkAsk {
            seen,
            ..ask.clone()
        })
    };
    confirmed(dir, &call(None), &args.consent, json, |shown| {
        call(Some(shown["changed"].as_u64().unwrap_or_default()))
    })
}

pub(crate) fn done(answer: &Json) {
    say!(
        "{} records changed, {} say so already, {} in conflict stay",
        answer["changed"],
        answer["unchanged"],
        answer["conflicts"]
    );
    outside(answer);
    if let Some(number) = answer["import"].as_u64() {
        say!("`maillage imports undo {number}` takes it back");
    }
}

/// Says how many records a mandate does not cover.
pub(super) fn outside(answer: &Json) {
    if answer["outside"]
        .as_u64()
        .is_some_and(|outside| outside > 0)
    {
        say!(
            "{} outside your mandate stay: a coordinator can extend it",
            answer["outside"]
        );
    }
}

pub(crate) const HELP: &str = "Example:
  maillage bulk themes sport --add --kind actor --text judo --dir ville
  maillage bulk status ended --kind initiative --facet status=running --dir ville
  maillage bulk website --clear --kind actor --facet departement=45 --dir ville
Names, identification numbers, places and long texts are changed one record at a time.";
