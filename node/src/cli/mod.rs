//! The command line: what people type, and how answers are printed.

mod ask;
mod found;
mod key;
mod print;
mod restore;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use age::secrecy::ExposeSecret;
use clap::{Args, Parser, Subcommand};

use crate::call::{Call, Export, Import, Invite, Renew, Search};

/// Maillage: a shared census that each partner holds whole, edits without a network, and merges by itself.
#[derive(Debug, Parser)]
#[command(name = "maillage", version, after_help = EXIT_CODES)]
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
        after_help = "Example:\n  maillage init --dir prefecture --profile rencontres --name \"Loiret\" --partner \"Préfecture du Loiret\" --yes"
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
    /// Copy everything that cannot be had from peers to one file, while the node runs or not.
    #[command(
        after_help = "Example:\n  maillage backup /mnt/usb/ville-2026-03-01.maillage --dir ville\nThe file holds personal values and keys (a sealed root key stays sealed): keep it like the node itself, 30 days at most. It\noverwrites nothing. The instance key is left out, so that no copy can sign where the node has signed."
    )]
    Backup {
        /// The file to write. It must not exist.
        file: PathBuf,
    },
    /// Make a node's folder from a backup, with a new instance key. Exits 2 when that key could not be made.
    #[command(
        after_help = "Example:\n  maillage restore ville-2026-03-01.maillage --dir ville-2\n  maillage restore ville-2026-03-01.maillage --dir ville-2 --passphrase-stdin < phrase.txt\nThe folder must be missing or empty. The pages open once a peer was met, so that what was erased since stays erased."
    )]
    Restore(restore::Restore),
    /// Verify every entry again, and fetch from peers what is damaged. Exits 2 when something stays damaged.
    #[command(
        after_help = "Example:\n  maillage check --dir ville\n  maillage check --dir ville --json"
    )]
    Check,
    /// Fill the search index anew.
    #[command(
        after_help = "Example:\n  maillage reindex --dir ville\n  maillage reindex --dir ville --no-wait"
    )]
    Reindex {
        /// Come back at once: the node that runs goes on with it.
        #[arg(long)]
        no_wait: bool,
    },
    /// Give the node a new instance key, after its feed has ended.
    #[command(
        after_help = "Example:\n  maillage renew --dir ville\n  maillage renew --dir ville --passphrase-stdin < phrase.txt\nNothing happens to a node whose key is good."
    )]
    Renew {
        /// Read the passphrase of the root key from standard input.
        #[arg(long)]
        passphrase_stdin: bool,
    },
    /// Three nodes on this machine: a census, edits made apart, a merge.
    #[command(
        after_help = "Example:\n  maillage demo\n  maillage demo --check --keep /tmp/trois-noeuds"
    )]
    Demo(crate::demo::Demo),
    /// What the node holds, and with whom it speaks.
    Status,
    /// End the node that runs in the folder, in good order.
    Stop,
    /// What is wrong, and what to do about it. Exits 2 when something is.
    Doctor,
    /// Print a ticket for a new partner.
    #[command(
        after_help = "Example:\n  maillage invite --dir prefecture --partner \"Ville de Gien\" --auto"
    )]
    Invite(InviteArgs),
    /// The partners of the federation, and the newcomers that wait.
    Partners,
    /// Let a newcomer in that waits.
    #[command(after_help = "Example:\n  maillage admit 3f9a1c --dir prefecture")]
    Admit {
        /// The newcomer's id, or its first digits: `maillage partners` shows it.
        partner: String,
        /// Sign although no other node was met since the start. Only if you know that no older copy of this folder was put in its place.
        #[arg(long)]
        alone: bool,
    },
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
    #[command(subcommand)]
    Record(RecordCommand),
    /// Find records.
    #[command(
        after_help = "Example:\n  maillage search \"maison sport santé\" --dir ville --kind actor --facet themes=sport"
    )]
    Search(SearchArgs),
}

#[derive(Debug, Args)]
struct InviteArgs {
    /// The organisation that is invited.
    #[arg(long)]
    partner: String,
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
    let Cli { command, dir, json } = Cli::parse();
    let done = match command {
        Command::Init(init) => found::init(&dir, init, json),
        Command::Join(join) => found::join(&dir, &join, json),
        Command::Run(run) => run::run(&dir, &run, json),
        Command::Demo(demo) => crate::demo::demo(&demo, json),
        Command::Restore(restore) => restore::restore(&dir, &restore, json),
        Command::Renew { passphrase_stdin } => renew(&dir, passphrase_stdin, json),
        Command::ExportRoot(export) => key::export_root(&dir, &export, json),
        other => Ok(ask::ask(&dir, &call(other), json)),
    };
    done.unwrap_or_else(|error| {
        print::error(&error, json);
        ExitCode::from(1)
    })
}

/// The passphrase is read here: a node that runs has no terminal.
fn renew(dir: &std::path::Path, passphrase_stdin: bool, json: bool) -> anyhow::Result<ExitCode> {
    let phrase = passphrase_stdin.then(key::passphrase).transpose()?;
    let passphrase = phrase.map(|phrase| phrase.expose_secret().to_owned());
    Ok(ask::ask(dir, &Call::Renew(Renew { passphrase }), json))
}

fn call(command: Command) -> Call {
    match command {
        Command::Backup { file } => Call::Backup {
            file: std::path::absolute(&file).unwrap_or(file),
        },
        Command::Check => Call::Check,
        Command::Reindex { no_wait } => Call::Reindex { waits: !no_wait },
        Command::Doctor => Call::Doctor,
        Command::Invite(args) => Call::Invite(Invite {
            name: args.partner,
            hours: args.hours,
            auto: args.auto,
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
        Command::Admit { partner, alone } => Call::Admit { partner, alone },
        Command::Status
        | Command::ExportRoot(_)
        | Command::Init(_)
        | Command::Join(_)
        | Command::Renew { .. }
        | Command::Restore(_)
        | Command::Run(_)
        | Command::Demo(_) => Call::Status,
    }
}

const EXIT_CODES: &str = "Exit status:
  0  done
  1  not done: the message says what to do
  2  done in part, or something is wrong: `import` refused rows, `doctor` found something, `check` left damage, `restore` made no key
  3  the command line cannot be read";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_pair_needs_both_sides() {
        assert_eq!(pair("a b=c=d"), Ok(("a b".to_owned(), "c=d".to_owned())));
        for wrong in ["a", "=b", "a="] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
