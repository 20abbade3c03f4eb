//! The command line: what people type, and how answers are printed.

mod ask;
mod deciding;
mod found;
mod key;
mod label;
mod manual;
mod print;
mod run;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, FromArgMatches, Parser, Subcommand};
use serde_json::json;

use crate::call::{Call, Export, Import, Invite, Search};
use crate::say::say;

/// Maillage: a shared census that each partner holds whole, edits without a network, and merges by itself.
#[derive(Debug, Parser)]
#[command(
    name = "maillage",
    version,
    after_help = "Example:\n  maillage demo\n  maillage init --help"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The node's folder.
    #[arg(
        long,
        global = true,
        default_value = "maillage-node",
        env = "MAILLAGE_DIR",
        value_name = "FOLDER"
    )]
    dir: PathBuf,
    /// Print one JSON object, for programs.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Found a federation: charter, keys, store, first account.
    #[command(
        after_help = "Example:\n  maillage init --dir prefecture --profile rencontres --name Loiret --partner \"Préfecture du Loiret\" --yes"
    )]
    Init(found::Init),
    /// Enter a federation with the ticket that a coordinator gave you.
    #[command(
        after_help = "Example:\n  maillage join maillage1… --dir ville --partner \"Ville de Gien\" --yes"
    )]
    Join(found::Join),
    /// Run the node: exchange with other nodes, pages, local socket.
    #[command(
        after_help = "Example:\n  maillage run --dir prefecture\nStops in good order on Ctrl-C; a second one stops at once."
    )]
    Run(run::Run),
    /// Three nodes on this machine: a census, edits made apart, a merge.
    #[command(
        after_help = "Example:\n  maillage demo\n  maillage demo --check --keep /tmp/trois-noeuds"
    )]
    Demo(crate::demo::Demo),
    /// What the node holds, and with whom it speaks.
    #[command(
        after_help = "Example:\n  maillage status --dir ville\n  maillage status --dir ville --json"
    )]
    Status,
    /// End the node that runs in the folder, in good order.
    #[command(after_help = "Example:\n  maillage stop --dir ville")]
    Stop,
    /// What is wrong, and what to do about it. Exits 2 when something is.
    #[command(after_help = "Example:\n  maillage doctor --dir ville")]
    Doctor,
    /// Print a ticket for a new partner.
    #[command(
        after_help = "Examples:\n  maillage invite --dir prefecture --partner \"Ville de Gien\" --auto\n  maillage invite --dir ville --instance"
    )]
    Invite(InviteArgs),
    /// The partners of the federation, and the newcomers that wait.
    #[command(after_help = "Example:\n  maillage partners --dir prefecture")]
    Partners,
    /// Let a newcomer in that waits.
    #[command(
        after_help = "Example:\n  maillage admit 3f9a1c --kind event --territory 45 --dir prefecture"
    )]
    Admit {
        /// The newcomer's id, or its first digits: `maillage partners` shows it.
        partner: String,
        #[command(flatten)]
        scope: deciding::ScopeArgs,
    },
    /// A partner's mandate and feeds; cutting, suspending, extending, taking back.
    #[command(subcommand)]
    Partner(deciding::PartnerCommand),
    /// The charter: what it says, proposals, votes.
    #[command(subcommand)]
    Charter(deciding::CharterCommand),
    /// Labels: the register, votes, withdrawals, proofs.
    #[command(subcommand)]
    Label(label::LabelCommand),
    /// Every signed decision that the node holds, and whether it counts.
    #[command(after_help = "Example:\n  maillage acts --dir ville")]
    Acts,
    /// Write the root key of your organisation to a file, to be kept elsewhere.
    #[command(after_help = "Example:\n  maillage export-root racine.key --dir ville < phrase.txt")]
    ExportRoot(key::ExportRoot),
    /// Read a file of records. Exits 2 when rows are refused, 1 when the file cannot be read.
    #[command(
        after_help = "Example:\n  maillage import clubs.csv --dir ville --dry-run\n  maillage import clubs.csv --dir ville --column \"Nom du club=name\""
    )]
    Import(ImportArgs),
    /// Write the records to a file.
    #[command(
        after_help = "Example:\n  maillage export acteurs.csv --dir ville --kind actor\n  maillage export carte.geojson --dir ville"
    )]
    Export(ExportArgs),
    /// Show a record, or its history.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage record show 3f9a1c --dir ville\n  maillage record history 3f9a1c --dir ville"
    )]
    Record(RecordCommand),
    /// Find records.
    #[command(
        after_help = "Example:\n  maillage search \"maison sport santé\" --dir ville --kind actor --facet themes=sport"
    )]
    Search(SearchArgs),
    /// Check the proof of a label: no node, no network.
    #[command(after_help = verify::HELP)]
    Verify(verify::Verify),
    /// Print the completions of a shell.
    #[command(
        after_help = "Example:\n  maillage completions bash > /usr/share/bash-completion/completions/maillage"
    )]
    Completions(manual::Completions),
    /// Write the man pages of the program and of its commands to a folder.
    #[command(after_help = "Example:\n  maillage man /usr/local/share/man/man1")]
    Man(manual::Man),
}

#[derive(Debug, Args)]
struct InviteArgs {
    /// The organisation that is invited.
    #[arg(long, required_unless_present = "instance", default_value = "")]
    partner: String,
    /// A ticket for another node of our own organisation: it needs our root key, `maillage join --root`.
    #[arg(long)]
    instance: bool,
    #[command(flatten)]
    scope: deciding::ScopeArgs,
    /// How many hours the ticket can be used.
    #[arg(long, default_value_t = 72)]
    hours: u32,
    /// Admit whoever shows the ticket first, without asking again.
    #[arg(long)]
    auto: bool,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// A CSV or JSON file.
    file: PathBuf,
    /// Kind of the records: actor, initiative, event or territory. Guessed from the columns when absent.
    #[arg(long)]
    kind: Option<String>,
    /// Name of the source, by which rows are known again. The file's name when absent.
    #[arg(long)]
    source: Option<String>,
    /// Which column goes to which field, for columns that are not found by name.
    #[arg(long = "column", value_name = "COLUMN=FIELD", value_parser = pair)]
    columns: Vec<(String, String)>,
    /// Report what would happen, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write the good rows although others are refused.
    #[arg(long)]
    import_the_rest: bool,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// The file to write.
    file: PathBuf,
    /// csv (for programs), tableur (for spreadsheets), json or geojson. From the file's name when absent.
    #[arg(long)]
    format: Option<String>,
    /// Only records of this kind.
    #[arg(long)]
    kind: Option<String>,
}

#[derive(Debug, Subcommand)]
enum RecordCommand {
    /// The record as it reads, with who wrote each value.
    #[command(after_help = "Example:\n  maillage record show 3f9a1c --dir ville")]
    Show {
        /// The record's id, or its first digits.
        record: String,
    },
    /// Every edit of the record, with what became of it.
    #[command(after_help = "Example:\n  maillage record history 3f9a1c --dir ville")]
    History {
        /// The record's id, or its first digits.
        record: String,
    },
}

#[derive(Debug, Args)]
struct SearchArgs {
    /// The words.
    #[arg(default_value = "")]
    text: String,
    /// Only this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only records with this term.
    #[arg(long = "facet", value_name = "FACET=TERM", value_parser = pair)]
    facets: Vec<(String, String)>,
    /// Records of a page, 200 at most.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Records before the page.
    #[arg(long, default_value_t = 0)]
    offset: usize,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((left, right)) if !left.is_empty() && !right.is_empty() => {
            Ok((left.to_owned(), right.to_owned()))
        }
        _ => Err("write it with an equals sign, for example themes=sport".to_owned()),
    }
}

/// Carries out what was typed.
pub(crate) fn main() -> ExitCode {
    let Cli { command, dir, json } = match typed() {
        Ok(cli) => cli,
        Err(error) => return unreadable(&error),
    };
    let done = match command {
        Command::Init(init) => found::init(&dir, init, json),
        Command::Join(join) => found::join(&dir, &join, json),
        Command::Run(run) => run::run(&dir, &run, json),
        Command::Demo(demo) => crate::demo::demo(&demo, json),
        Command::Partner(command) => deciding::partner(&dir, command, json),
        Command::Charter(command) => deciding::charter(&dir, command, json),
        Command::Label(command) => label::label(&dir, command, json),
        Command::ExportRoot(export) => key::export_root(&dir, &export, json),
        Command::Verify(verify) => verify::verify(&verify, json),
        Command::Completions(completions) => Ok(manual::completions(&completions, json)),
        Command::Man(man) => manual::man(&man, json),
        other => Ok(ask::ask(&dir, &call(other), json)),
    };
    done.unwrap_or_else(|error| {
        print::error(&error, json);
        ExitCode::from(1)
    })
}

fn typed() -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&manual::command().try_get_matches()?)
}

/// Help and version are no errors. Whoever asks for JSON gets it although the rest could not be read.
fn unreadable(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args_os().any(|word| word == "--json") {
        let reason = error.to_string();
        let reason = reason.trim().trim_start_matches("error: ");
        say!("{}", json!({ "code": "usage", "reason": reason }));
    } else {
        // Nobody can be told when the terminal is gone.
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { 3 } else { 0 })
}

fn call(command: Command) -> Call {
    match command {
        Command::Doctor => Call::Doctor,
        Command::Invite(args) => Call::Invite(Invite {
            name: args.partner,
            hours: args.hours,
            auto: args.auto,
            kinds: args.scope.kinds,
            territories: args.scope.territories,
            is_for_us: args.instance,
        }),
        Command::Partners => Call::Partners,
        Command::Import(args) => Call::Import(Import {
            file: std::path::absolute(&args.file).unwrap_or(args.file),
            kind: args.kind,
            source: args.source,
            columns: args.columns,
            dry_run: args.dry_run,
            import_the_rest: args.import_the_rest,
        }),
        Command::Export(args) => {
            let format = args.format.unwrap_or_else(|| {
                args.file
                    .extension()
                    .map(|end| end.to_string_lossy().into_owned())
                    .unwrap_or_default()
            });
            Call::Export(Export {
                file: std::path::absolute(&args.file).unwrap_or(args.file),
                format,
                kind: args.kind,
            })
        }
        Command::Record(RecordCommand::Show { record }) => Call::RecordShow { record },
        Command::Record(RecordCommand::History { record }) => Call::RecordHistory { record },
        Command::Search(args) => Call::Search(Search {
            text: args.text,
            kind: args.kind,
            facets: args.facets,
            limit: args.limit,
            offset: args.offset,
        }),
        Command::Stop => Call::Stop,
        Command::Acts => Call::Acts,
        Command::Admit { partner, scope } => Call::Admit {
            partner,
            kinds: scope.kinds,
            territories: scope.territories,
        },
        Command::Status
        | Command::Partner(_)
        | Command::Charter(_)
        | Command::Label(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::ExportRoot(_)
        | Command::Init(_)
        | Command::Join(_)
        | Command::Run(_)
        | Command::Demo(_)
        | Command::Verify(_) => Call::Status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        manual::command().debug_assert();
    }

    #[test]
    fn a_pair_needs_both_sides() {
        assert_eq!(pair("a b=c=d"), Ok(("a b".to_owned(), "c=d".to_owned())));
        for wrong in ["a", "=b", "a="] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
