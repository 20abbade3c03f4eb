//! `bundle`: exchange by files.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::Value as Json;

use crate::call::Call;
use crate::cli::print::{items, text};
use crate::say::say;

/// See `maillage bundle --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Write everything that partners may have to one file: charters and erasures first, then all entries.
    #[command(after_help = EXPORT_HELP)]
    Export {
        /// The file to write.
        file: PathBuf,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Take in a bundle, as if its entries came from a peer. Exits 2 when entries are left out.
    #[command(after_help = IMPORT_HELP)]
    Import {
        /// The file.
        file: PathBuf,
    },
}

impl BundleCommand {
    pub(crate) fn call(self) -> Call {
        let absolute = |file: PathBuf| std::path::absolute(&file).unwrap_or(file);
        match self {
            BundleCommand::Export { file, force } => Call::BundleExport {
                file: absolute(file),
                force,
            },
            BundleCommand::Import { file } => Call::BundleImport {
                file: absolute(file),
            },
        }
    }
}

pub(crate) fn exported(answer: &Json) {
    say!(
        "{} entries of {} feeds, {} charters and {} erasures written to {} ({} bytes)",
        answer["entries"],
        answer["feeds"],
        answer["charters"],
        answer["erasures"],
        text(&answer["file"]),
        answer["bytes"]
    );
}

pub(crate) fn imported(answer: &Json) {
    say!(
        "{} new entries, {} known, {} left out; {} erased contents not stored",
        answer["new"],
        answer["known"],
        answer["refused"],
        answer["erased"]
    );
    for refusal in items(&answer["refusals"]) {
        say!(
            "  {} entries of {}: {}",
            refusal["entries"],
            text(&refusal["partner"]),
            text(&refusal["why"])
        );
    }
}

const EXPORT_HELP: &str = "Example:
  maillage bundle export /mnt/usb/ville.bundle --dir ville
  maillage bundle export /mnt/usb/ville.bundle --dir ville --force
The file holds what the other partners' nodes would get over the network, personal values for
partners included: keep it as you keep the node. What was erased and what stays with your
organisation is not in it. It is written under another name and renamed once it is whole.
Its entries are signed by their authors; nobody signs the file as such.";

const IMPORT_HELP: &str = "Example:
  maillage bundle import /mnt/usb/ville.bundle --dir prefecture
  maillage bundle import /mnt/usb/ville.bundle --dir prefecture --json
Nothing of the file is believed: each entry is verified, erasures come first, and the quotas of
the charter hold. A file that is damaged is reported with its place. What stands before is kept,
like what came before a line was cut: get another copy and import it, nothing is taken twice.
A bundle is no peer: a restored node stays closed, and a coordinator's node that waits for
another node before it signs goes on waiting.";
