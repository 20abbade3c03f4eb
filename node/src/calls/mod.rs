//! What each call does, and what it answers.

mod bulk;
mod bundles;
mod confirming;
mod contacts;
mod deciding;
mod documents;
mod due;
mod duplicates;
mod erasing;
mod files;
pub(crate) mod free_text;
mod imports;
mod labels;
mod partners;
mod persons;
mod records;
mod reports;
mod rotating;
mod rows;
mod sheets;
mod sources;
mod standing;
mod statements;
mod status;
mod territories;
mod upkeep;
mod vocabulary;
mod watches;
mod withdrawing;

pub(crate) use bulk::{BulkAsk, BulkHow, bulk};
pub(crate) use bundles::{bundle_export, bundle_import};
pub(crate) use contacts::{contact_add, contacts};
pub(crate) use deciding::{
    acts, charter_approve, charter_decode, charter_propose, charter_publish, charter_show, decide,
    seat, sign,
};
pub(crate) use documents::{record_attach, record_detach, record_fetch};
pub(crate) use due::{DueAsk, due};
pub(crate) use duplicates::duplicates;
pub(crate) use erasing::{erase, erasures};
pub(crate) use files::export;
pub(crate) use imports::{import_undo, imports};
pub(crate) use labels::{label_decide, label_prove, label_status_list, labels};
pub(crate) use partners::{
    admit, admit_signed, cancel_invitation, decline, invitations, invite, partner_show, partners,
};
pub(crate) use persons::{contact_due, contact_find, contact_remove, objection, objections};
pub(crate) use records::{Question, Search, record_history, record_show, search};
pub(crate) use reports::reports;
pub(crate) use rotating::rotate_root;
pub(crate) use sheets::import;
pub(crate) use sources::sources;
pub(crate) use statements::{state, statements};
pub(crate) use status::{doctor, in_hand, status};
pub(crate) use territories::{CarryAsk, carry};
pub(crate) use upkeep::{backup, check, reindex, renew};
pub(crate) use vocabulary::{DeclareAsk, FieldAsk, Offered, TermAsk, VocabularyAsk, vocabulary};
pub(crate) use watches::{FeedChange, WatchAsk, WatchWhat, watches};
pub(crate) use withdrawing::{record_restore, record_withdraw};
