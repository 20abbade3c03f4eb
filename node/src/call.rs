//! What a command asks of a node, be it in this process or over the local socket of the one that runs.

mod asks;

use std::path::PathBuf;

use crate::calls::{BulkAsk, CarryAsk, DueAsk, VocabularyAsk, WatchAsk};
pub(crate) use crate::calls::{Question, Search};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use asks::{
    Ask, ContactAsk, ContactsAsk, DuplicatesAsk, EraseAsk, Export, Import, Invite, LabelAsk,
    NewDocument, PersonAsk, Proposal, Renew, RotateAsk, StatementAsk,
};

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Call {
    /// Every decision that is held.
    Acts,
    /// Say what would let a newcomer in that waits.
    Admit {
        /// The partner's id, or the start of it.
        partner: String,
        /// Kinds that it may write, beside none: what its invitation says.
        kinds: Vec<String>,
        /// Home territories in which it may write.
        territories: Vec<String>,
    },
    /// Let a newcomer in, by an enrolment that was decoded.
    AdmitSigned {
        /// The enrolment.
        act: String,
        /// Sign although no other node has confirmed our feed since the start.
        #[serde(default)]
        alone: bool,
    },
    /// Copy everything that cannot be had from peers to one file.
    Backup {
        /// The file to write.
        file: PathBuf,
    },
    /// Write everything that partners may have to one file.
    BundleExport {
        /// The file to write.
        file: PathBuf,
        /// Whether a file that is there is replaced.
        force: bool,
    },
    /// Take in what a bundle holds.
    BundleImport {
        /// The file.
        file: PathBuf,
    },
    /// Verify everything that is held again.
    Check,
    /// Vote for a charter.
    CharterApprove {
        /// The charter's id, or the start of it.
        charter: String,
        /// A secret key to vote with, in place of the node's seat.
        key: Option<String>,
    },
    /// Say what a proposed charter changes.
    CharterDecode {
        /// The charter's id, or the start of it.
        charter: String,
    },
    /// Draft a charter and say what it changes.
    CharterPropose(Proposal),
    /// Publish a draft.
    CharterPublish {
        /// Its bytes, in hexadecimal.
        draft: String,
    },
    /// The charter in force and the proposals.
    CharterShow,
    /// The contacts of a record.
    Contacts {
        /// The record's id, or the start of it.
        record: String,
    },
    /// Keep a contact.
    ContactAdd(ContactAsk),
    /// What is kept for too long.
    ContactDue,
    /// Everything that is held on whoever is called so.
    ContactFind(PersonAsk),
    /// Say what our organisation wrote of a person in a record, or take it away.
    ContactRemove {
        /// The record's id, or the start of it.
        record: String,
        /// The person.
        subject: String,
        /// Whether it is carried out.
        sign: bool,
    },
    /// Say what a decision would sign.
    Decide(Ask),
    /// What is wrong, and what to do.
    Doctor,
    /// What our organisation has to confirm.
    Due(DueAsk),
    /// Records that may be one thing.
    Duplicates(DuplicatesAsk),
    /// Say what an erasure would take away, and sign.
    Erase(EraseAsk),
    /// The erasures, and how far each node is.
    Erasures {
        /// Write the files of this node anew now.
        finish: bool,
    },
    /// Write the records to a file.
    Export(Export),
    /// Read a file, and sign what it changes.
    Import(Import),
    /// Say what one change in many records would do, or do it.
    Bulk(BulkAsk),
    /// Say which records hold commune codes that changed, or carry them over.
    TerritoriesCarry(CarryAsk),
    /// The imports of this node.
    Imports,
    /// Say what taking an import back would do, or do it.
    ImportUndo {
        /// Its number.
        import: u64,
        /// Whether it is done.
        sign: bool,
    },
    /// Void an invitation.
    InvitationCancel {
        /// What names it.
        invitation: String,
    },
    /// Send a newcomer away.
    InvitationDecline {
        /// The partner's id, or the start of it.
        partner: String,
    },
    /// The invitations of this node.
    Invitations,
    /// Open the door to a new partner.
    Invite(Invite),
    /// One partner.
    PartnerShow {
        /// Its id, the start of it, or its name.
        partner: String,
    },
    /// Labels, all or of one record.
    Labels {
        /// The record's id, or the start of it.
        record: Option<String>,
    },
    /// Say what a vote or a withdrawal would sign.
    LabelDecide(LabelAsk),
    /// Write the proof of a label.
    LabelProve {
        /// The record's id, or the start of it.
        record: String,
        /// The scheme and its version.
        scheme: String,
        /// The file to write.
        file: PathBuf,
    },
    /// Keep the objection of somebody, or forget it.
    Objection {
        /// Who.
        person: PersonAsk,
        /// Whether it is forgotten.
        is_withdrawn: bool,
    },
    /// When people objected.
    Objections,
    /// Write the status list of this coordinator.
    LabelStatusList {
        /// The file to write. Without one, the list is in the answer.
        file: Option<PathBuf>,
    },
    /// The partners, and those that wait to be admitted.
    Partners,
    /// Add a document to a record.
    RecordAttach {
        /// The record's id, or the start of it.
        record: String,
        /// The document.
        document: NewDocument,
    },
    /// Take a document of a record away.
    RecordDetach {
        /// The record's id, or the start of it.
        record: String,
        /// Its name, its address, or the start of its hash.
        document: String,
    },
    /// Write an attached file to the disk.
    RecordFetch {
        /// The record's id, or the start of it.
        record: String,
        /// Its name, or the start of its hash.
        document: String,
        /// The file to write.
        file: PathBuf,
        /// Whether a file that is there is replaced.
        force: bool,
    },
    /// The edits of a record.
    RecordHistory {
        /// The record's id, or the start of it.
        record: String,
    },
    /// Take a withdrawn record into lists again.
    RecordRestore {
        /// The record's id, or the start of it.
        record: String,
    },
    /// Take a record out of lists.
    RecordWithdraw {
        /// The record's id, or the start of it.
        record: String,
        /// Why.
        why: String,
        /// The id of what stands in its place, or the start of it.
        replaced_by: Option<String>,
    },
    /// A record as it reads.
    RecordShow {
        /// The record's id, or the start of it.
        record: String,
    },
    /// Fill the search index anew.
    Reindex {
        /// Answer when it is done.
        waits: bool,
    },
    /// Give the node a new instance key.
    Renew(Renew),
    /// Say what a rotation of our root would keep, or carry it out.
    RotateRoot(RotateAsk),
    /// Records that match words and facets.
    Search(Search),
    /// The seat of this node.
    Seat {
        /// Make a key when there is none.
        is_new: bool,
    },
    /// Sign decisions as they were decoded.
    Sign {
        /// Name and content of each.
        acts: Vec<String>,
    },
    /// Records that partners report, with what became of it.
    Reports {
        /// Which, by code: see `admin_ui::reports::Which`.
        which: String,
        /// Only for this reason, by its code.
        reason: Option<String>,
    },
    /// The sources of imports, with what is kept of each here.
    Sources,
    /// Sign a statement of our own organisation.
    State(StatementAsk),
    /// Statements about a record, or of a partner.
    Statements {
        /// The record's id, or the start of it.
        record: Option<String>,
        /// The partner's id, the start of it, or its name.
        partner: Option<String>,
        /// Those that do not count too.
        all: bool,
    },
    /// What the node holds, and with whom it speaks.
    Status,
    /// How far the node is with what has arrived: cheap, to be asked again and again.
    InHand,
    /// End the node that runs.
    Stop,
    /// The words of the federation, or what a declaration would sign.
    Vocabulary(VocabularyAsk),
    /// Searches that an account follows.
    Watch(WatchAsk),
}

/// How far a long call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// What is done.
    pub(crate) done: u64,
    /// All there is to do, where it is known.
    pub(crate) total: Option<u64>,
}

/// Why a call was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refusal {
    /// Stable code.
    pub(crate) code: String,
    /// What is wrong, and what to do.
    pub(crate) message: String,
    /// Exit status of the command.
    pub(crate) exit: u8,
    /// What the command prints with `--json` beside the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<Box<Value>>,
}

/// The answer to a call.
pub(crate) type Outcome = Result<Value, Refusal>;

impl Refusal {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            exit: 1,
            detail: None,
        }
    }
}

impl From<admin_ui::Refused> for Refusal {
    fn from(refused: admin_ui::Refused) -> Self {
        Refusal::new(&refused.code, refused.message)
    }
}

impl From<replica::Fault> for Refusal {
    fn from(fault: replica::Fault) -> Self {
        Refusal::new(fault.code(), fault.to_string())
    }
}

impl From<replica::ContributeError> for Refusal {
    fn from(error: replica::ContributeError) -> Self {
        Refusal::new(error.code(), error.to_string())
    }
}
