//! The command line: what people type, and how answers are printed.

mod ask;
mod bulk;
mod bundle;
mod deciding;
mod due;
mod duplicates;
mod erasing;
mod export;
mod found;
mod import;
mod imports;
mod invitations;
mod key;
mod label;
mod limits;
mod manual;
mod offline;
mod print;
mod records;
mod restore;
mod run;
mod statement;
mod territories;
mod verify;
mod vocabulary;
mod wait;
mod watches;

use std::path::PathBuf;
use std::process::ExitCode;

use age::secrecy::ExposeSecret;
use clap::{Args, FromArgMatches, Parser, Subcommand};
use serde_json::json;

use crate::call::{Call, Export, Invite, Question, Renew};
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
    #[command(
        after_help = "Example:\n  maillage status --dir ville\n  maillage status --dir ville --json\n  maillage status --dir ville --wait 600"
    )]
    Status {
        /// Wait until the node that runs is level with a peer, and all is built and searchable: for so many seconds at most, exit status 1 after that.
        #[arg(long, value_name = "SECONDS")]
        wait: Option<u64>,
    },
    /// End the node that runs in the folder, in good order.
    #[command(after_help = "Example:\n  maillage stop --dir ville")]
    Stop,
    /// What is wrong, and what to do about it. Exits 2 when something is.
    #[command(after_help = "Example:\n  maillage doctor --dir ville")]
    Doctor,
    /// Print a ticket for a new partner.
    #[command(
        after_help = "Example:\n  maillage invite --dir prefecture --partner \"Ville de Gien\" --auto\n  maillage invite --dir ville --instance"
    )]
    Invite(InviteArgs),
    /// The partners of the federation, and the newcomers that wait.
    #[command(after_help = "Example:\n  maillage partners --dir prefecture")]
    Partners,
    /// Let a newcomer in that waits.
    #[command(
        after_help = "Example:\n  maillage admit 3f9a1c --kind event --territory 45 --dir prefecture\nWhat it says is shown first, and signed after a yes. Compare the id with the newcomer by another way."
    )]
    Admit {
        /// The newcomer's id, or its first digits: `maillage partners` shows it.
        partner: String,
        #[command(flatten)]
        scope: deciding::ScopeArgs,
        /// Sign although no other node was met since the start. Only if you know that no older copy of this folder was put in its place.
        #[arg(long)]
        alone: bool,
        #[command(flatten)]
        consent: deciding::Consent,
    },
    /// The invitations of this node: list them, cancel one, send a newcomer away.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage invitations list --dir prefecture\n  maillage invitations cancel 3f9a1c04 --dir prefecture"
    )]
    Invitations(invitations::InvitationsCommand),
    /// A partner's mandate and feeds; cutting, suspending, extending, taking back.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage partner list --dir prefecture"
    )]
    Partner(deciding::PartnerCommand),
    /// The charter: what it says, proposals, votes.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage charter show --dir prefecture"
    )]
    Charter(deciding::CharterCommand),
    /// Labels: the register, votes, withdrawals, proofs.
    #[command(subcommand, after_help = "Example:\n  maillage label list --dir ville")]
    Label(label::LabelCommand),
    /// The words of the federation: vocabularies and their terms, own fields, programmes; and what a coordinator declares of them.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage vocabulary show themes --dir ville\n  maillage vocabulary declare themes natation --fr Natation --broader sport --dir prefecture"
    )]
    Vocabulary(vocabulary::VocabularyCommand),
    /// Every signed decision that the node holds, and whether it counts.
    #[command(after_help = "Example:\n  maillage acts --dir ville")]
    Acts,
    /// Erase a record, items, or everything about a person, on every node and for good: shown first, signed after a yes.
    #[command(
        after_help = "Example:\n  maillage erase --subject 0a1b2c3d4e5f60718293a4b5c6d7e8f9 --ground \"demande de la personne\" --dir prefecture\n  maillage erase --item 0a1b2c3d4e5f60718293a4b5c6d7e8f9 --ground \"saisie par erreur\" --dir ville\nA coordinator erases what anybody signed; everybody erases items of their own. Nothing takes it back."
    )]
    Erase(erasing::Erase),
    /// The erasures in force, and which nodes have carried them out.
    #[command(
        after_help = "Example:\n  maillage erasures --dir prefecture\n  maillage erasures --finish --dir ville"
    )]
    Erasures {
        /// Write the files of this node anew now: it does so by itself within the hour.
        #[arg(long)]
        finish: bool,
    },
    /// The persons by whom a record is reached.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage contact list 3f9a1c --dir ville\n  maillage contact add --help"
    )]
    Contact(erasing::ContactCommand),
    /// Write the root key of your organisation to a file, to be kept elsewhere.
    #[command(after_help = "Example:\n  maillage export-root racine.key --dir ville < phrase.txt")]
    ExportRoot(key::ExportRoot),
    /// Read a file of records: XLSX, CSV, JSON, JSON Lines, GeoJSON, iCalendar, OpenAgenda, Atom or RSS. The same file twice changes nothing.
    #[command(after_help = import::HELP)]
    Import(Box<import::ImportArgs>),
    /// Change one field of all records that a search finds. Shown first, signed after a yes.
    #[command(after_help = bulk::HELP)]
    Bulk(bulk::BulkArgs),
    /// Communes that changed since the list of their year.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage territories carry --dir ville\n  maillage territories carry --help"
    )]
    Territories(territories::TerritoriesCommand),
    /// What was imported here, and taking it back.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage imports list --dir ville\n  maillage imports undo 3 --dir ville"
    )]
    Imports(imports::ImportsCommand),
    /// Write the records to a file.
    #[command(
        after_help = "Example:\n  maillage export recensement.xlsx --dir ville\n  maillage export acteurs.csv --dir ville --kind actor\n  maillage export carte.geojson --dir ville\n  maillage export acteurs.parquet --dir ville --kind actor\n  maillage export agenda.ics --dir ville\n  maillage export gien.json --format data-inclusion --dir ville"
    )]
    Export(ExportArgs),
    /// Exchange without a network: a file, on a USB stick, with what nodes send each other.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage bundle export /mnt/usb/ville.bundle --dir ville\n  maillage bundle import /mnt/usb/ville.bundle --dir prefecture"
    )]
    Bundle(bundle::BundleCommand),
    /// Show a record or its history, withdraw or restore it.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage record show 3f9a1c --dir ville\n  maillage record history 3f9a1c --dir ville"
    )]
    Record(records::RecordCommand),
    /// The sources of imports, and what the last import of each did here.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage source list --dir ville"
    )]
    Source(imports::SourceCommand),
    /// What partners hold about a record: verified, assessed, reported, endorsed. None of it makes a label.
    #[command(
        subcommand,
        after_help = "Example:\n  maillage statement list 3f9a1c --dir ville\n  maillage statement verify 3f9a1c --dir ville"
    )]
    Statement(statement::StatementCommand),
    /// List the records that our organisation keeps and has to verify, those that wait for the longest time first.
    #[command(after_help = due::HELP)]
    Due(due::DueArgs),
    /// List records that may describe one thing, with what speaks for it. Nothing is merged.
    #[command(after_help = duplicates::HELP)]
    Duplicates(duplicates::DuplicatesArgs),
    /// Find records.
    #[command(
        after_help = "Example:\n  maillage search \"maison sport santé\" --dir ville --kind actor --facet themes=sport"
    )]
    Search(records::SearchArgs),
    /// Searches that an account follows, with what is new in each.
    #[command(subcommand, after_help = watches::HELP)]
    Watch(watches::WatchCommand),
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
struct ExportArgs {
    /// The file to write.
    file: PathBuf,
    /// xlsx (a sheet for each kind), tableur (CSV for spreadsheets), ics (calendar), atom (feed), csv (for programs), json, geojson,
    /// parquet (typed columns), data-inclusion (to a file in .xlsx; one in .json becomes two lists, NAME-structures.json and
    /// NAME-services.json) or scdl-subventions (open data of grants, CSV). From the file's name when absent.
    #[arg(long)]
    format: Option<String>,
    /// Language of the headers and terms of xlsx and tableur: fr or en. Imports read both.
    #[arg(long, default_value = "fr", value_parser = ["fr", "en"])]
    language: String,
    /// Only what everyone may read: no budgets, no fields for partners, no extra fields. So are ics and atom without a word, and
    /// data-inclusion and scdl-subventions always.
    #[arg(long)]
    public: bool,
    /// Every field, also in ics and atom: for partners only.
    #[arg(long, conflicts_with = "public")]
    partners: bool,
    /// Only records of this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only withdrawn records, which are left out otherwise.
    #[arg(long)]
    withdrawn: bool,
    /// Only records that these words find.
    #[arg(long, default_value = "")]
    text: String,
    /// Only records with this term, as `maillage search` takes it.
    #[arg(long = "facet", value_name = "FACET=TERM", value_parser = pair)]
    facets: Vec<(String, String)>,
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
        Command::Admit {
            partner,
            scope,
            alone,
            consent,
        } => deciding::admit(&dir, (partner, scope), alone, &consent, json),
        Command::Partner(command) => deciding::partner(&dir, command, json),
        Command::Charter(command) => deciding::charter(&dir, command, json),
        Command::Label(command) => label::label(&dir, command, json),
        Command::Vocabulary(command) => vocabulary::vocabulary(&dir, command, json),
        Command::Statement(command) => Ok(statement::statement(&dir, command, json)),
        Command::Erase(erase) => erasing::erase(&dir, erase, json),
        Command::Contact(command) => erasing::contact(&dir, command, json),
        Command::Bulk(args) => bulk::bulk(&dir, args, json),
        Command::Territories(command) => territories::territories(&dir, command, json),
        Command::Imports(command) => imports::imports(&dir, command, json),
        Command::Restore(restore) => restore::restore(&dir, &restore, json),
        Command::Renew { passphrase_stdin } => renew(&dir, passphrase_stdin, json),
        Command::ExportRoot(export) => key::export_root(&dir, &export, json),
        Command::Verify(verify) => verify::verify(&verify, json),
        Command::Completions(completions) => Ok(manual::completions(&completions, json)),
        Command::Man(man) => manual::man(&man, json),
        Command::Status {
            wait: Some(seconds),
        } => Ok(wait::wait(&dir, seconds, json)),
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
        Command::Bundle(command) => command.call(),
        Command::Check => Call::Check,
        Command::Reindex { no_wait } => Call::Reindex { waits: !no_wait },
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
        Command::Import(args) => Call::Import(args.call()),
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
                language: args.language,
                kind: args.kind,
                reach: match (args.public, args.partners) {
                    (true, _) => Some("public".to_owned()),
                    (_, true) => Some("partners".to_owned()),
                    _ => None,
                },
                question: Question {
                    text: args.text,
                    facets: args.facets,
                    withdrawn: args.withdrawn,
                },
            })
        }
        Command::Record(command) => command.call(),
        Command::Search(args) => args.call(),
        Command::Source(imports::SourceCommand::List) => Call::Sources,
        Command::Due(args) => args.call(),
        Command::Duplicates(args) => args.call(),
        Command::Watch(command) => command.call(),
        Command::Stop => Call::Stop,
        Command::Erasures { finish } => Call::Erasures { finish },
        Command::Acts => Call::Acts,
        Command::Invitations(command) => command.call(),
        Command::Status { .. }
        | Command::Admit { .. }
        | Command::Partner(_)
        | Command::Charter(_)
        | Command::Label(_)
        | Command::Statement(_)
        | Command::Vocabulary(_)
        | Command::Erase(_)
        | Command::Contact(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::ExportRoot(_)
        | Command::Bulk(_)
        | Command::Territories(_)
        | Command::Imports(_)
        | Command::Init(_)
        | Command::Join(_)
        | Command::Renew { .. }
        | Command::Restore(_)
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
