//! `territories`: codes of communes that changed since the list of their year.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use crdt_schema::register::LAST_YEAR;
use serde_json::Value as Json;

use crate::call::Call;
use crate::calls::CarryAsk;
use crate::cli::deciding::{Consent, confirmed};
use crate::cli::{bulk, pair};
use crate::say::say;

/// See `maillage territories --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum TerritoriesCommand {
    /// Carry the commune codes of records over to the list of a year. Shown first, signed after a yes.
    #[command(after_help = HELP)]
    Carry(CarryArgs),
}

/// See `maillage territories carry --help`.
#[derive(Debug, Args)]
pub(crate) struct CarryArgs {
    /// The year of the official list.
    #[arg(long, default_value_t = LAST_YEAR)]
    year: u16,
    /// For a commune that was split, the one that all records of the old code lie in.
    #[arg(long = "choose", value_name = "OLD=NEW", value_parser = pair)]
    choices: Vec<(String, String)>,
    #[command(flatten)]
    consent: Consent,
}

/// Shows which records would change, and signs it after a yes.
pub(crate) fn territories(
    dir: &Path,
    command: TerritoriesCommand,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let TerritoriesCommand::Carry(args) = command;
    let call = |seen| {
        Call::TerritoriesCarry(CarryAsk {
            year: args.year,
            choices: args.choices.clone(),
            seen,
        })
    };
    confirmed(dir, &call(None), &args.consent, json, |shown| {
        call(Some(shown["changed"].as_u64().unwrap_or_default()))
    })
}

pub(crate) fn done(answer: &Json) {
    say!(
        "{} records changed, {} wait for a choice, {} in conflict stay",
        answer["changed"],
        answer["open"],
        answer["conflicts"]
    );
    bulk::outside(answer);
    if let Some(number) = answer["import"].as_u64() {
        say!("`maillage imports undo {number}` takes it back");
    }
}

const HELP: &str = "Example:
  maillage territories carry --dir ville
  maillage territories carry --choose 85084=85165 --yes --dir ville
A commune that merged or was renumbered leads to the one that took its place. One that was split waits for a choice; single records are
changed on their pages.";
