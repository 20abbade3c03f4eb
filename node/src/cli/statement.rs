//! Statements: what partners hold about a record, and our own.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value as Json;

use crate::call::{Call, StatementAsk};
use crate::cli::{ask, print};
use crate::say::say;

/// See `maillage statement --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum StatementCommand {
    /// What partners state about a record; or, with --partner, what one of them states about all.
    #[command(
        after_help = "Example:\n  maillage statement list 3f9a1c --dir ville\n  maillage statement list --partner \"Ville de Gien\" --dir ville"
    )]
    List {
        /// The record's id, or its first digits.
        #[arg(required_unless_present = "partner")]
        record: Option<String>,
        /// A partner: its id, its first digits, or its name.
        #[arg(long, conflicts_with = "record")]
        partner: Option<String>,
        /// Also those that were replaced, erased, or do not count.
        #[arg(long, conflicts_with = "partner")]
        all: bool,
    },
    /// State that sections of a record are still right today.
    #[command(
        after_help = "Example:\n  maillage statement verify 3f9a1c --dir ville\n  maillage statement verify 3f9a1c --section contact --section place --dir ville"
    )]
    Verify {
        /// The record's id, or its first digits.
        record: String,
        /// A section. Every section that holds something when absent. Can be given several times.
        #[arg(long = "section", value_name = "CODE")]
        sections: Vec<String>,
    },
    /// Assess a record by prisms: a level from 0 to 3 and a sentence for each.
    #[command(
        after_help = "Example:\n  maillage statement assess 3f9a1c --mark \"engagement=2:Trente bénévoles à l'année\" --mark \"legacy=1:Rien après juin\" --dir ville"
    )]
    Assess(AssessArgs),
    /// Say that something is wrong with a record. All partners read it.
    #[command(
        after_help = "Example:\n  maillage statement report 3f9a1c --reason closed --why \"Fermé depuis mars\" --dir ville"
    )]
    Report {
        /// The record's id, or its first digits.
        record: String,
        /// closed, wrong, duplicate or personal-data.
        #[arg(long)]
        reason: String,
        /// In one sentence, without any person's name.
        #[arg(long)]
        why: String,
    },
    /// What partners report of records, and what became of it.
    #[command(
        after_help = "Example:\n  maillage statement reports --dir ville\n  maillage statement reports --which settled --reason closed --dir ville --json"
    )]
    Reports {
        /// Those that nobody has settled, those that were settled, or those that our organisation made.
        #[arg(long, default_value = "open", value_parser = ["open", "settled", "ours"])]
        which: String,
        /// Only closed, wrong, duplicate or personal-data.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Say what became of a report of a record: the report is then settled, and stays in the history.
    ///
    /// Our organisation settles the reports of records that its mandate covers, and its own.
    #[command(
        after_help = "Example:\n  maillage statement answer 3f9a1c --outcome corrected --dir ville\n  maillage statement answer 3f9a1c --report 77b0de --outcome not-kept --why \"Le club est bien ouvert\" --dir ville\n  maillage statement answer 3f9a1c --take-back --dir ville"
    )]
    Answer {
        /// The record's id, or its first digits.
        record: String,
        /// The report, by its item: see `maillage statement reports`. The only open one when absent.
        #[arg(long, value_name = "ITEM")]
        report: Option<String>,
        /// corrected, not-kept or settled (already).
        #[arg(long, required_unless_present = "take_back")]
        outcome: Option<String>,
        /// In one sentence; needed where the report is not kept.
        #[arg(long, default_value = "")]
        why: String,
        /// Take our answer back: the report is to be settled again.
        #[arg(long, conflicts_with_all = ["outcome", "why"])]
        take_back: bool,
    },
    /// State that our organisation stands behind a record.
    #[command(
        after_help = "Example:\n  maillage statement endorse 3f9a1c --why \"Nous y envoyons nos clubs\" --dir ville"
    )]
    Endorse {
        /// The record's id, or its first digits.
        record: String,
        /// In one sentence, if you like.
        #[arg(long, default_value = "")]
        why: String,
    },
    /// Say whether two records describe the same thing.
    ///
    /// When they do, the first one stays: it takes what only the other one says, and the terms of both. The other one is withdrawn and
    /// leads to it. Said later that they are distinct, both are restored, but for what somebody has changed meanwhile.
    #[command(
        after_help = "Example:\n  maillage statement duplicate 3f9a1c 77b0de --verdict same --take phone --why \"Même adresse, même objet\" --dir ville\n  maillage statement duplicate 3f9a1c 77b0de --verdict distinct --why \"Deux clubs\" --dir ville"
    )]
    Duplicate {
        /// The record's id, or its first digits.
        record: String,
        /// The other one's.
        other: String,
        /// same, distinct or unsure.
        #[arg(long)]
        verdict: String,
        /// In one sentence.
        #[arg(long)]
        why: String,
        /// A field that the first record takes from the other one. Can be given several times.
        #[arg(long, value_name = "FIELD")]
        take: Vec<String>,
        /// A field in which the first record stays as it is. Can be given several times.
        #[arg(long, value_name = "FIELD")]
        keep: Vec<String>,
    },
}

/// See `maillage statement assess --help` and `maillage label assess --help`.
#[derive(Debug, Args)]
pub(crate) struct AssessArgs {
    /// The record's id, or its first digits.
    record: String,
    /// What is marked, the level and the sentence. Can be given several times.
    #[arg(long = "mark", value_name = "CODE=LEVEL:WHY", value_parser = mark, required = true)]
    marks: Vec<(String, u8, String)>,
    /// The address of a page that shows it.
    #[arg(long, value_name = "ADDRESS")]
    evidence: Option<String>,
}

impl AssessArgs {
    /// Asks for an assessment by prisms, or by the criteria that an application answers.
    pub(crate) fn call(self, is_application: bool) -> Call {
        Call::State(StatementAsk::Assess {
            record: self.record,
            marks: self.marks,
            evidence: self.evidence,
            is_application,
        })
    }
}

/// Carries out a command on statements.
pub(crate) fn statement(dir: &Path, command: StatementCommand, json: bool) -> ExitCode {
    let call = match command {
        StatementCommand::List {
            record,
            partner,
            all,
        } => Call::Statements {
            record,
            partner,
            all,
        },
        StatementCommand::Verify { record, sections } => {
            Call::State(StatementAsk::Verify { record, sections })
        }
        StatementCommand::Assess(args) => args.call(false),
        StatementCommand::Report {
            record,
            reason,
            why,
        } => Call::State(StatementAsk::Report {
            record,
            reason,
            why,
        }),
        StatementCommand::Reports { which, reason } => Call::Reports { which, reason },
        StatementCommand::Answer {
            record,
            report,
            outcome,
            why,
            take_back: _,
        } => Call::State(StatementAsk::Answer {
            record,
            report,
            outcome,
            why,
        }),
        StatementCommand::Endorse { record, why } => {
            Call::State(StatementAsk::Endorse { record, why })
        }
        StatementCommand::Duplicate {
            record,
            other,
            verdict,
            why,
            take,
            keep,
        } => Call::State(StatementAsk::Duplicate {
            record,
            other,
            verdict,
            why,
            take,
            keep,
        }),
    };
    ask::ask(dir, &call, json)
}

/// Prints statements.
pub(crate) fn statements(answer: &Json) {
    for each in print::items(&answer["statements"]) {
        say!(
            "{}  {:10}  {} ({})",
            print::text(&each["claimed"]),
            print::text(&each["predicate"]),
            print::text(&each["partner"]),
            print::text(&each["state"])
        );
        for line in print::items(&each["says"]) {
            say!("    {}", print::text(line));
        }
    }
    if print::items(&answer["statements"]).is_empty() {
        say!("no statement");
    }
}

/// Prints reports.
pub(crate) fn reports(answer: &Json) {
    for record in print::items(&answer["records"]) {
        say!(
            "{}  {}",
            print::text(&record["record"]),
            print::text(&record["name"])
        );
        for report in print::items(&record["reports"]) {
            said(report, "reason", "  ");
            say!("    item {}", print::text(&report["item"]));
            for answer in print::items(&report["answers"]) {
                said(answer, "outcome", "    answer: ");
                if answer["settles"] == false {
                    say!("      outside the mandate of its author: it settles nothing");
                }
            }
        }
    }
    say!("{} records", answer["total"]);
}

fn said(each: &Json, word: &str, before: &str) {
    say!(
        "{before}{}  {}  {}: {}",
        print::text(&each["claimed"]),
        print::text(&each["partner"]),
        print::text(&each[word]),
        print::text(&each["why"])
    );
}

/// Prints what was signed.
pub(crate) fn stated(answer: &Json) {
    say!(
        "signed: {} {}, in entry {}",
        print::text(&answer["predicate"]),
        print::text(&answer["record"]),
        print::text(&answer["entry"])
    );
    if let Some(withdrawn) = answer["withdrawn"].as_str() {
        say!("withdrawn: {withdrawn}, replaced by the first one");
    }
    for restored in print::items(&answer["restored"]) {
        say!("restored: {}", print::text(restored));
    }
    for outside in print::items(&answer["outside"]) {
        say!(
            "outside your mandate, stays as it was merged: {}",
            print::text(outside)
        );
    }
    for kept in print::items(&answer["kept"]) {
        let fields: Vec<&str> = print::items(&kept["fields"])
            .iter()
            .map(print::text)
            .collect();
        say!(
            "changed since, stays in {}: {}",
            print::text(&kept["record"]),
            fields.join(", ")
        );
    }
}

fn mark(text: &str) -> Result<(String, u8, String), String> {
    let wrong =
        || "write a code, a level from 0 to 3 and a sentence: legacy=2:Reste après juin".to_owned();
    let (code, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (level, why) = rest.split_once(':').ok_or_else(wrong)?;
    let level: u8 = level.trim().parse().map_err(|_| wrong())?;
    if code.trim().is_empty() || level > 3 || why.trim().is_empty() {
        return Err(wrong());
    }
    Ok((code.trim().to_owned(), level, why.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_has_a_code_a_level_and_a_sentence() {
        let read = mark("legacy=2: Reste : oui = vrai");
        let why = "Reste : oui = vrai".to_owned();
        assert_eq!(read, Ok(("legacy".to_owned(), 2, why)));
        assert!(mark("legacy=3:w").is_ok());
        for wrong in [
            "",
            "legacy",
            "legacy=2",
            "=2:w",
            "legacy=4:w",
            "legacy=-1:w",
            "legacy=2: ",
        ] {
            assert!(mark(wrong).is_err(), "{wrong}");
        }
    }
}
