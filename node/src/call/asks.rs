//! What goes with a question, one type for each command that has much to say.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::calls::Question;

/// See `maillage record attach`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewDocument {
    /// A file of this machine.
    File {
        /// Where it is.
        file: PathBuf,
        /// What it is to be called, if not as it is.
        name: Option<String>,
    },
    /// The address of a page.
    Link(String),
}

/// See `maillage import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Import {
    /// The file.
    pub(crate) file: PathBuf,
    /// Kind of the records; guessed from the columns when it is not given.
    pub(crate) kind: Option<String>,
    /// Name of the source: rows of one source are known again by their identifier.
    pub(crate) source: Option<String>,
    /// Which column goes to which field, beside those that are found by name.
    pub(crate) columns: Vec<(String, String)>,
    /// Columns and codes of proposed readings that are confirmed.
    pub(crate) confirmed: Vec<(String, String)>,
    /// The sheet, in a workbook.
    #[serde(default)]
    pub(crate) sheet: Option<String>,
    /// How its letters are written, by the word for it.
    #[serde(default)]
    pub(crate) encoding: Option<String>,
    /// What parts its columns, by the word for it.
    #[serde(default)]
    pub(crate) separator: Option<String>,
    /// Whether accents that were encoded twice are put right.
    #[serde(default)]
    pub(crate) repair_accents: bool,
    /// Whether what was kept for the source is left aside.
    #[serde(default)]
    pub(crate) anew: bool,
    /// Where to write the file back as a workbook, with what is wrong in it.
    #[serde(default)]
    pub(crate) report: Option<PathBuf>,
    /// Lines of the file and the records that they are about.
    #[serde(default)]
    pub(crate) same: Vec<(u64, String)>,
    /// Whether rows that share with a record what should be there once are about it.
    #[serde(default)]
    pub(crate) same_exact: bool,
    /// Lines that are other things than the records that they are like.
    #[serde(default)]
    pub(crate) apart: Vec<u64>,
    /// Lines that do not come in.
    #[serde(default)]
    pub(crate) skip: Vec<u64>,
    /// Whether what was decided of rows before is forgotten.
    #[serde(default)]
    pub(crate) forget_choices: bool,
    /// The year of an official list of territories.
    #[serde(default)]
    pub(crate) list_year: Option<u16>,
    /// The département or région of an official list that is wanted, as `DEP-45`.
    #[serde(default)]
    pub(crate) only: Option<String>,
    /// Report only.
    pub(crate) dry_run: bool,
    /// What happens when something is refused: `stop`, `row` or `cell`.
    pub(crate) refused: String,
    /// What becomes of the persons that the file names; left out without it.
    #[serde(default)]
    pub(crate) contacts: Option<ContactsAsk>,
}

/// What is said of the contacts of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContactsAsk {
    /// Who may see them: `own`, `partners` or `public`.
    pub(crate) seen_by: String,
    /// What they are kept for.
    pub(crate) purpose: String,
    /// The last day for which they are kept; empty without one.
    pub(crate) until: String,
}

/// See `maillage export`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Export {
    /// The file to write.
    pub(crate) file: PathBuf,
    /// `xlsx`, `tableur`, `ics`, `csv`, `json`, `geojson`, `parquet` …
    pub(crate) format: String,
    /// The language of tables for people, `fr` or `en`.
    #[serde(default)]
    pub(crate) language: String,
    /// Only this kind.
    pub(crate) kind: Option<String>,
    /// For whom, by the word for it; as the format has it without one.
    #[serde(default)]
    pub(crate) reach: Option<String>,
    /// Only what this finds.
    #[serde(default)]
    pub(crate) question: Question,
}

/// See `maillage invite`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invite {
    /// The name of the organisation that is invited.
    pub(crate) name: String,
    /// How long the code can be used.
    pub(crate) hours: u32,
    /// Admit whoever shows the code, without a person looking at it again.
    pub(crate) auto: bool,
    /// Kinds that the newcomer may write; all when empty.
    pub(crate) kinds: Vec<String>,
    /// Home territories in which it may write; all when empty.
    pub(crate) territories: Vec<String>,
    /// For another node of our own organisation.
    pub(crate) is_for_us: bool,
}

/// What a coordinator asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Cut one feed of a partner.
    Cut {
        /// The partner.
        partner: String,
        /// One of its feeds.
        feed: String,
        /// The last entry that counts.
        at: Option<String>,
    },
    /// Put a partner out: its feeds are cut, its mandates taken back.
    PutOut {
        /// The partner.
        partner: String,
    },
    /// Let a partner write more.
    Mandate {
        /// The partner.
        partner: String,
        /// Kinds; all when empty.
        kinds: Vec<String>,
        /// Home territories; all when empty.
        territories: Vec<String>,
    },
    /// Say which of a partner's roots holds.
    Root {
        /// The partner.
        partner: String,
        /// The root's public key, or the start of it.
        root: String,
    },
    /// Take a mandate back.
    Narrow {
        /// The act that gave it.
        grant: String,
    },
    /// Hold back what a coordinator grants.
    Suspend {
        /// The coordinator.
        partner: String,
    },
}

/// See `maillage erase`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EraseAsk {
    /// A whole record: its id, or the start of it.
    pub(crate) record: Option<String>,
    /// Single items.
    pub(crate) items: Vec<String>,
    /// Everything about a person.
    pub(crate) subject: Option<String>,
    /// Why, in words that say nothing about the person.
    pub(crate) ground: String,
}

/// See `maillage contact add`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContactAsk {
    /// The record's id, or the start of it.
    pub(crate) record: String,
    /// The person, where it is known already.
    pub(crate) subject: Option<String>,
    /// What the person is called.
    pub(crate) name: String,
    /// Its direct mail.
    pub(crate) mail: String,
    /// Its direct phone.
    pub(crate) phone: String,
    /// What the values are kept for.
    pub(crate) purpose: String,
    /// The last day for which they are kept.
    pub(crate) until: String,
    /// Who may see them.
    pub(crate) seen_by: String,
}

/// What somebody is called: a name, a mail or a phone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PersonAsk {
    /// As it is typed.
    pub(crate) value: String,
}

/// See `maillage statement`. `record` is the record's id, or the start of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StatementAsk {
    /// Say what became of a report.
    Answer {
        record: String,
        /// The report's item, or the start of it; the only one that is open when absent.
        report: Option<String>,
        /// The code of what became of it; the answer is taken back when absent.
        outcome: Option<String>,
        why: String,
    },
    /// Assess a record.
    Assess {
        record: String,
        /// Code, level and sentence of each.
        marks: Vec<(String, u8, String)>,
        /// The address of a page that shows it.
        evidence: Option<String>,
        /// Whether the codes are criteria of the scheme that the record, an application, answers.
        is_application: bool,
    },
    /// Say whether two records are one.
    Duplicate {
        record: String,
        /// The other record.
        other: String,
        /// The code of the verdict.
        verdict: String,
        why: String,
        /// Fields that the first record takes from the other one, when both are one thing.
        #[serde(default)]
        take: Vec<String>,
        /// Fields in which the first record stays as it is.
        #[serde(default)]
        keep: Vec<String>,
    },
    /// Stand behind a record.
    Endorse { record: String, why: String },
    /// Say that something is wrong.
    Report {
        record: String,
        /// The code of what is wrong.
        reason: String,
        why: String,
    },
    /// Say that sections are still right.
    Verify {
        record: String,
        /// Their codes; all that hold something when there is none.
        sections: Vec<String>,
    },
}

impl StatementAsk {
    /// Returns the record that is meant.
    pub(crate) fn record(&self) -> &str {
        match self {
            StatementAsk::Answer { record, .. }
            | StatementAsk::Assess { record, .. }
            | StatementAsk::Duplicate { record, .. }
            | StatementAsk::Endorse { record, .. }
            | StatementAsk::Report { record, .. }
            | StatementAsk::Verify { record, .. } => record,
        }
    }
}

/// What a coordinator asks about a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LabelAsk {
    /// Vote for it.
    Vote {
        /// The record's id, or the start of it.
        record: String,
        /// The scheme and its version.
        scheme: String,
        /// The first day.
        from: Option<String>,
    },
    /// End it.
    Withdraw {
        /// The record's id, or the start of it.
        record: String,
        /// The scheme and its version.
        scheme: String,
        /// Why.
        reason: String,
    },
}

/// What a proposed charter changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proposal {
    /// The federation's name.
    pub(crate) name: Option<String>,
    /// Seats to add: name and public key.
    pub(crate) add_seats: Vec<(String, String)>,
    /// Seats to remove, by name.
    pub(crate) remove_seats: Vec<String>,
    /// How many seats must approve.
    pub(crate) k: Option<u32>,
    /// Partners to make coordinators.
    pub(crate) coordinators: Vec<String>,
    /// Coordinators to drop.
    pub(crate) drop_coordinators: Vec<String>,
    /// Partners to name in the charter.
    pub(crate) confirm: Vec<String>,
    /// Partners no longer to name in the charter.
    pub(crate) release: Vec<String>,
    /// Feeds to cut, each after an entry.
    pub(crate) cuts: Vec<(String, String)>,
    /// Recovery keys, in place of those before.
    pub(crate) recovery_keys: Vec<String>,
    /// How many recovery keys must sign.
    pub(crate) recovery_k: Option<u32>,
    /// Label schemes to add or to replace, each the text of a file.
    pub(crate) schemes: Vec<String>,
    /// Label schemes to drop, each by name and version.
    #[serde(default)]
    pub(crate) drop_schemes: Vec<String>,
    /// Entries that a partner may publish in a day: a number, or `none`.
    #[serde(default)]
    pub(crate) entries_per_day: Option<String>,
    /// Bytes that a partner may publish in a day: a number, or `none`.
    #[serde(default)]
    pub(crate) bytes_per_day: Option<String>,
}

/// See `maillage renew`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Renew {
    /// Opens the root key, where it is sealed.
    pub(crate) passphrase: Option<String>,
}

/// See `maillage partner rotate-root`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RotateAsk {
    /// Feeds of other nodes of ours that go on.
    pub(crate) open: Vec<String>,
    /// Feeds of which nothing counts any more.
    pub(crate) close: Vec<String>,
    /// What was shown, to be signed. Without it, nothing is.
    pub(crate) kept: Option<Vec<String>>,
    /// Opens the root key, where it is sealed.
    pub(crate) passphrase: Option<String>,
    /// The root key, where it is not on the node: the text of its file, and the file for the new one.
    pub(crate) carried: Option<(String, PathBuf)>,
}

/// See `maillage duplicates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DuplicatesAsk {
    /// The record's id, or the start of it. Without one, all pairs that nobody has settled.
    pub(crate) record: Option<String>,
    /// Pairs of a page.
    pub(crate) limit: usize,
    /// Where to go on, as the page before said it.
    pub(crate) after: Option<String>,
}

impl std::fmt::Debug for Renew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A passphrase is in no log.
        f.write_str("Renew")
    }
}

impl std::fmt::Debug for RotateAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither passphrase nor key is in a log.
        f.write_str("RotateAsk")
    }
}

impl std::fmt::Debug for ContactAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither is a person.
        f.write_str("ContactAsk")
    }
}

impl std::fmt::Debug for PersonAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonAsk")
    }
}
