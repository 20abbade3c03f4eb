//! `record` and `search`: what a record says, and which records say something.

use clap::{Args, Subcommand};

use crate::call::{Call, Question, Search};
use crate::cli::pair;

/// See `maillage record --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
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

/// See `maillage search --help`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// The words.
    #[arg(default_value = "")]
    text: String,
    /// Only this kind.
    #[arg(long)]
    kind: Option<String>,
    /// Only records with this term. Beside fields: `due=never|required|advised|up_to_date`, `label=SCHEME`, `keeper=PARTNER`,
    /// `partner=PARTNER`.
    #[arg(long = "facet", value_name = "FACET=TERM", value_parser = pair)]
    facets: Vec<(String, String)>,
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
            RecordCommand::History { record } => Call::RecordHistory { record },
        }
    }
}

impl SearchArgs {
    pub(crate) fn call(self) -> Call {
        Call::Search(Search {
            question: Question {
                text: self.text,
                facets: self.facets,
            },
            kind: self.kind,
            sort: self.sort,
            limit: self.limit,
            offset: self.offset,
        })
    }
}
