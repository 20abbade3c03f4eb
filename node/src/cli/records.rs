//! `record` and `search`: what a record says, and which records say something.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use crdt_schema::record::Document;
use serde_json::{Value as Json, json};

use crate::call::{Call, NewDocument, Question, Search};
use crate::cli::print::{items, text};
use crate::cli::{label, pair};
use crate::say::say;

/// See `maillage record --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    /// The record as it reads, with who wrote each value.
    #[command(after_help = "Example:\n  maillage record show 3f9a1c --dir ville")]
    Show {
        /// The record's id, or its first digits.
        record: String,
    },
    /// Attach a file to the record, or give the address of a page. All partners get to know it; they fetch the file when they open it.
    #[command(
        after_help = "Example:\n  maillage record attach 3f9a1c compte-rendu.pdf --dir ville\n  maillage record attach 3f9a1c --link https://www.exemple.fr/affiche.pdf --dir ville\n\nAt most 20 MiB: PDF, ODF, Office Open XML without macros, CSV, TXT, JPEG, PNG, WebP. Place, time and device are taken out of pictures."
    )]
    Attach {
        /// The record's id, or its first digits.
        record: String,
        /// The file.
        #[arg(required_unless_present = "link", conflicts_with = "link")]
        file: Option<PathBuf>,
        /// What partners call the file.
        #[arg(long, value_name = "NAME", conflicts_with = "link")]
        name: Option<String>,
        /// The address of a page, in place of a file.
        #[arg(long, value_name = "ADDRESS")]
        link: Option<String>,
    },
    /// Take a document of the record away. The file goes from the nodes a day later; `record attach` has it back before.
    #[command(
        after_help = "Example:\n  maillage record detach 3f9a1c compte-rendu.pdf --dir ville"
    )]
    Detach {
        /// The record's id, or its first digits.
        record: String,
        /// Its name, its address, or the first digits of its hash.
        document: String,
    },
    /// Write an attached file to the disk. One that is on another node only is fetched.
    #[command(
        after_help = "Example:\n  maillage record fetch 3f9a1c compte-rendu.pdf --out cr.pdf --dir ville"
    )]
    Fetch {
        /// The record's id, or its first digits.
        record: String,
        /// Its name, or the first digits of its hash.
        document: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Every edit of the record, with what became of it.
    #[command(after_help = "Example:\n  maillage record history 3f9a1c --dir ville")]
    History {
        /// The record's id, or its first digits.
        record: String,
    },
    /// Take a record out of lists, maps and files, on every node. Nothing is deleted: `record restore` has it back.
    #[command(
        after_help = "Example:\n  maillage record withdraw 3f9a1c --why \"L'association est dissoute\" --dir ville\n  maillage record withdraw 3f9a1c --why \"En double\" --replaced-by 77ab02 --dir ville\n\nWithdrawn records are found by `maillage search --withdrawn`. What must disappear is erased: see `maillage erase --help`."
    )]
    Withdraw {
        /// The record's id, or its first digits.
        record: String,
        /// Why: all partners read it.
        #[arg(long, value_name = "TEXT")]
        why: String,
        /// The record that stands in its place.
        #[arg(long, value_name = "RECORD")]
        replaced_by: Option<String>,
    },
    /// Take a withdrawn record into lists again.
    #[command(after_help = "Example:\n  maillage record restore 3f9a1c --dir ville")]
    Restore {
        /// The record's id, or its first digits.
        record: String,
    },
}

/// See `maillage search --help`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// The words.
    #[arg(default_value = "")]
    text: String,
    /// Only this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only records with this term. Beside fields: `due=never|required|advised|up_to_date`, `label=SCHEME` (in force),
    /// `label_state=being_decided|to_come|in_force|expiring|changed_since|expired|withdrawn`, `keeper=PARTNER`, `partner=PARTNER`.
    #[arg(long = "facet", value_name = "FACET=TERM", value_parser = pair)]
    facets: Vec<(String, String)>,
    /// Only withdrawn records, which are left out otherwise.
    #[arg(long)]
    withdrawn: bool,
    /// The order; the best match first when absent, or the name without words.
    #[arg(long, value_name = "ORDER", value_parser = ["relevance", "name", "newest", "confirmed"])]
    sort: Option<String>,
    /// Records of a page, 200 at most.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Records before the page.
    #[arg(long, default_value_t = 0)]
    offset: usize,
}

impl RecordCommand {
    pub(crate) fn call(self) -> Call {
        match self {
            RecordCommand::Show { record } => Call::RecordShow { record },
            RecordCommand::Attach {
                record,
                file,
                name,
                link,
            } => Call::RecordAttach {
                record,
                document: match link {
                    Some(address) => NewDocument::Link(address),
                    None => NewDocument::File {
                        file: absolute(file.unwrap_or_default()),
                        name,
                    },
                },
            },
            RecordCommand::Detach { record, document } => Call::RecordDetach { record, document },
            RecordCommand::Fetch {
                record,
                document,
                out,
                force,
            } => Call::RecordFetch {
                record,
                document,
                file: absolute(out),
                force,
            },
            RecordCommand::History { record } => Call::RecordHistory { record },
            RecordCommand::Withdraw {
                record,
                why,
                replaced_by,
            } => Call::RecordWithdraw {
                record,
                why,
                replaced_by,
            },
            RecordCommand::Restore { record } => Call::RecordRestore { record },
        }
    }
}

impl SearchArgs {
    pub(crate) fn call(self) -> Call {
        Call::Search(Search {
            question: Question {
                text: self.text,
                facets: self.facets,
                withdrawn: self.withdrawn,
            },
            kind: self.kind,
            sort: self.sort,
            limit: self.limit,
            offset: self.offset,
        })
    }
}

/// The node that runs has another current folder.
fn absolute(file: PathBuf) -> PathBuf {
    std::path::absolute(&file).unwrap_or(file)
}

/// Prints what became of a document that was to be added.
pub(crate) fn attached(answer: &Json) {
    let document = text(&answer["document"]);
    if answer["changed"] == Json::Bool(false) {
        say!("the record has {document} already: nothing was signed");
        return;
    }
    say!("{document} is added: signed, the other nodes get to know it as soon as they can");
    if answer["cleaned"] == Json::Bool(true) {
        say!("place, time, device and comments were taken out of the picture");
    }
}

/// Prints what became of a document that was to be taken away.
pub(crate) fn detached(answer: &Json) {
    say!("{} is taken away: signed", text(&answer["document"]));
}

/// Prints where a file was written.
pub(crate) fn fetched(answer: &Json) {
    let whence = match answer["fetched"].as_bool() {
        Some(true) => ", fetched from another node",
        _ => "",
    };
    say!(
        "{} bytes written to {}{whence}",
        answer["bytes"],
        text(&answer["file"])
    );
}

/// Prints what became of a withdrawal or a restoration; `already` is said of a record that was so before.
pub(crate) fn saved(answer: &Json, done: &str, already: &str) {
    let record = text(&answer["record"]);
    let record = record.get(..8).unwrap_or(record);
    match answer["changed"].as_bool() {
        Some(true) => {
            say!("record {record} is {done}: signed, the other nodes get it as soon as they can");
        }
        _ => say!("record {record} is {already}: nothing was signed"),
    }
}

/// Prints what a search finds.
pub(crate) fn hits(answer: &Json) {
    for hit in items(&answer["hits"]) {
        say!(
            "{}  {:10}  {}",
            &text(&hit["record"])[..8],
            text(&hit["kind"]),
            text(&hit["name"])
        );
        for label in items(&hit["labels"]) {
            say!("{:20}  label {}", "", label::stands(label));
        }
    }
    say!("{} records", answer["total"]);
    if answer["complete"] == Json::Bool(false) {
        say!("not every record can be found yet: search again, or let `maillage reindex` finish");
    }
}

/// Prints a record as it reads, with who wrote each value.
pub(crate) fn shown(answer: &Json) {
    say!(
        "{} {} ({})",
        text(&answer["kind"]),
        text(&answer["record"]),
        text(&answer["territory"])
    );
    if answer["withdrawn"] == json!(true) {
        match answer["replaced_by"].as_str() {
            Some(place) => say!("  withdrawn, and replaced by {place}"),
            None => say!("  withdrawn: `maillage record restore` has it back"),
        }
    }
    for (name, field) in answer["fields"].as_object().into_iter().flatten() {
        for value in items(&field["values"]) {
            say!(
                "  {name:20} {}  — {}, {}",
                value["value"],
                text(&value["by"]["partner"]),
                text(&value["by"]["claimed"])
            );
        }
        let rows = items(&field["rows"]);
        for row in rows {
            let by = items(&field["terms"]).iter();
            let by = by.filter(|term| term["term"] == row["term"]);
            let by = by.flat_map(|term| items(&term["by"])).next();
            let apart = match row["versions"].as_u64() {
                Some(0 | 1) | None => "",
                Some(_) => " (changed apart)",
            };
            say!(
                "  {name:20} + {}{apart}  — {}, {}",
                text(&row["says"]),
                by.map_or("", |by| text(&by["partner"])),
                by.map_or("", |by| text(&by["claimed"]))
            );
        }
        for term in items(&field["terms"]) {
            if rows.iter().any(|row| row["term"] == term["term"]) {
                continue;
            }
            let term = text(&term["term"]);
            // A file is shown by its name, below.
            if Document::parse(term).is_none_or(|it| matches!(it, Document::Link(_))) {
                say!("  {name:20} + {term}");
            }
        }
        if let Some(text) = field["text"].as_str() {
            say!("  {name:20} {text}");
        }
    }
    for each in items(&answer["labels"]) {
        say!("  {:20} {}", "label", label::stands(each));
    }
    for (linked, place) in answer["links_replaced"].as_object().into_iter().flatten() {
        say!("  {linked} is withdrawn, and replaced by {}", text(place));
    }
    for file in items(&answer["documents"]) {
        if let Some(name) = file["name"].as_str() {
            let place = match file["held"].as_bool() {
                Some(true) => "on this node",
                _ => "on another node: `maillage record fetch` gets it",
            };
            let hash = text(&file["blake3"]);
            let hash = hash.get(..8).unwrap_or(hash);
            say!(
                "  {:20} {name} ({} bytes, {hash}), {place}",
                "file",
                file["bytes"]
            );
        }
    }
    for conflict in items(&answer["conflicts"]) {
        say!(
            "  conflict: {} holds several values, settle it on the record's page",
            text(conflict)
        );
    }
}

/// Prints the edits of a record.
pub(crate) fn history(answer: &Json) {
    for edit in items(&answer["edits"]) {
        let reason = edit["reason"]
            .as_str()
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        say!(
            "{}  {}  {}{reason}",
            text(&edit["by"]["claimed"]),
            text(&edit["by"]["partner"]),
            text(&edit["state"])
        );
        for operation in items(&edit["operations"]) {
            let detail = ["says", "value", "term", "inserted"].map(|key| &operation[key]);
            let detail = detail
                .into_iter()
                .find(|value| !value.is_null())
                .cloned()
                .unwrap_or_default();
            say!(
                "    {} {} {detail}",
                text(&operation["op"]),
                text(&operation["field"])
            );
        }
    }
}
