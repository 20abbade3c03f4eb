//! Labels: the register, votes, withdrawals, proofs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::Value as Json;

use crate::call::{Call, LabelAsk};
use crate::cli::ask;
use crate::cli::deciding::{Consent, sign_decoded};
use crate::cli::print::{items, text};
use crate::cli::statement::AssessArgs;
use crate::say::say;

/// See `maillage label --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum LabelCommand {
    /// The labels that the node knows, with their state today.
    #[command(
        after_help = "Example:\n  maillage label list --dir ville\n  maillage label list --record 3f9a1c --dir ville"
    )]
    List {
        /// Only those of this record: its id, or its first digits.
        #[arg(long)]
        record: Option<String>,
    },
    /// Assess an application by the criteria of its scheme. It informs the committee, and decides nothing.
    #[command(
        after_help = "Example:\n  maillage label assess 3f9a1c --mark \"accueil=2:Accueil vu sur place\" --dir ville"
    )]
    Assess(AssessArgs),
    /// Vote for a label of a record, as it reads now. It is given once enough of the committee have voted the same.
    #[command(
        after_help = "Example:\n  maillage label decide 3f9a1c --scheme accueil@1 --dir prefecture"
    )]
    Decide {
        /// The record's id, or its first digits.
        record: String,
        /// The scheme and its version.
        #[arg(long, value_name = "ID@VERSION")]
        scheme: String,
        /// The first day, AAAA-MM-JJ. That of the decision under way when absent, or else today.
        #[arg(long, value_name = "DATE")]
        from: Option<String>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Withdraw a label, with the reason that everybody reads.
    #[command(
        after_help = "Example:\n  maillage label withdraw 3f9a1c --scheme accueil@1 --reason \"Association dissoute\" --dir prefecture"
    )]
    Withdraw {
        /// The record's id, or its first digits.
        record: String,
        /// The scheme and its version.
        #[arg(long, value_name = "ID@VERSION")]
        scheme: String,
        /// Why, without any person's name.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Write the proof of a label to a file that anybody can check with `maillage verify`, without a node.
    #[command(
        after_help = "Example:\n  maillage label prove 3f9a1c club.maillage-proof --scheme accueil@1 --dir ville"
    )]
    Prove {
        /// The record's id, or its first digits.
        record: String,
        /// The file to write. It must not exist.
        file: PathBuf,
        /// The scheme and its version.
        #[arg(long, value_name = "ID@VERSION")]
        scheme: String,
    },
    /// Write the signed list of the labels of this coordinator that were withdrawn, for your web site. It is good for 14 days.
    #[command(
        after_help = "Example:\n  maillage label status-list --out /srv/www/labels/statuts.json --dir prefecture\n  maillage label status-list --dir prefecture > statuts.json\nIt holds one bit for each label, and no name. `maillage verify --status-list FILE` reads it. The address at which it is published is\n`pages.status_list` in maillage.toml, or below `pages.public_address`; each label names that address from its first vote on."
    )]
    StatusList {
        /// The file to write, in place of the one of last time. Standard output when absent.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Says in one line which label it is, how it stands, and for how long.
pub(super) fn stands(label: &Json) -> String {
    let of_whom = match label["own_of"].as_str() {
        None => String::new(),
        Some(partner) => format!(" ({partner}'s own)"),
    };
    let state = standing(label);
    let (title, from, to) = (&label["title"], &label["from"], &label["to"]);
    let (title, from, to) = (text(title), text(from), text(to));
    format!("{title}{of_whom}: {state}, {from} – {to}")
}

/// Says how a label stands.
pub(super) fn standing(label: &Json) -> String {
    let code = text(&label["state"]);
    code.trim_start_matches("label_").replace('_', " ")
}

/// Carries out a command on labels.
pub(crate) fn label(dir: &Path, command: LabelCommand, json: bool) -> anyhow::Result<ExitCode> {
    let (ask, consent) = match command {
        LabelCommand::List { record } => return Ok(ask::ask(dir, &Call::Labels { record }, json)),
        LabelCommand::Assess(args) => return Ok(ask::ask(dir, &args.call(true), json)),
        LabelCommand::StatusList { out } => {
            let file = out.map(|file| std::path::absolute(&file).unwrap_or(file));
            return Ok(ask::ask(dir, &Call::LabelStatusList { file }, json));
        }
        LabelCommand::Prove {
            record,
            file,
            scheme,
        } => {
            let call = Call::LabelProve {
                record,
                scheme,
                file: std::path::absolute(&file).unwrap_or(file),
            };
            return Ok(ask::ask(dir, &call, json));
        }
        LabelCommand::Decide {
            record,
            scheme,
            from,
            consent,
        } => {
            let ask = LabelAsk::Vote {
                record,
                scheme,
                from,
            };
            (ask, consent)
        }
        LabelCommand::Withdraw {
            record,
            scheme,
            reason,
            consent,
        } => {
            let ask = LabelAsk::Withdraw {
                record,
                scheme,
                reason,
            };
            (ask, consent)
        }
    };
    sign_decoded(dir, &Call::LabelDecide(ask), &consent, json)
}

/// Prints the labels of the federation.
pub(super) fn listed(answer: &Json) {
    for label in items(&answer["labels"]) {
        let state = standing(label);
        say!(
            "{}  {}  {state}  {} – {}  {}",
            &text(&label["record"])[..8],
            text(&label["scheme"]),
            text(&label["from"]),
            text(&label["to"]),
            text(&label["name"])
        );
        if state == "being decided" {
            say!("    {} of {} votes", label["votes"], label["needed"]);
        }
        let differing: Vec<&str> = items(&label["differing"]).iter().map(text).collect();
        if !differing.is_empty() {
            say!("    changed since: {}", differing.join(", "));
        }
        for each in items(&label["withdrawals"]) {
            say!(
                "    withdrawn by {}: {}",
                text(&each["partner"]),
                text(&each["reason"])
            );
        }
    }
    if items(&answer["labels"]).is_empty() {
        say!("no label");
    }
}
