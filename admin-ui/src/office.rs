//! What the pages ask of the program because it holds the keys: invitations, decisions, votes. Nothing here judges a right: the program
//! and the charter do.

use std::collections::BTreeMap;

use crdt_schema::entry::Keeping;
use crdt_schema::governance::{Act, Approval, Charter, Mandate};
use crdt_schema::id::{CharterId, FeedId, PartnerId};
use crdt_schema::time::Timestamp;

/// The part of the program that signs for its organisation.
pub trait Office: Send + Sync {
    /// Returns the invitations, the newest first.
    fn invitations(&self) -> Vec<Invitation>;

    /// Makes an invitation and returns its ticket, which is shown once: only the hash of its code is kept.
    fn invite(&self, wish: &NewInvitation) -> Result<String, Refused>;

    /// Makes an invitation for another node of our own organisation, whose holder shows the root key. Returns its ticket.
    fn invite_instance(&self, hours: u32) -> Result<String, Refused>;

    /// Voids an invitation that nobody has used.
    fn revoke(&self, invitation: &str) -> Result<(), Refused>;

    /// Returns the enrolment that would admit a newcomer that waits. Nothing is signed.
    fn admission(&self, partner: &PartnerId, mandate: &Mandate) -> Result<Act, Refused>;

    /// Signs the enrolment of a newcomer that waits.
    fn admit(&self, enrolment: &Act) -> Result<(), Refused>;

    /// Sends a newcomer that waits away, and voids its invitation.
    fn decline(&self, partner: &PartnerId) -> Result<(), Refused>;

    /// Signs decisions, in one entry.
    fn decide(&self, acts: &[Act]) -> Result<(), Refused>;

    /// Returns the public key of the seat that this node votes with.
    fn seat(&self) -> Option<[u8; 32]>;

    /// Draws the key of a seat, when the node has none, and returns its public part.
    fn make_seat(&self) -> Result<[u8; 32], Refused>;

    /// Publishes the draft of a charter, and votes for it when this node has a seat.
    fn propose(&self, charter: Charter) -> Result<(), Refused>;

    /// Votes for a charter that is held. Never for two that follow the same one.
    fn approve(&self, charter: &CharterId) -> Result<(), Refused>;

    /// Keeps a vote that was signed off line and carried here.
    fn keep_vote(&self, approval: &Approval) -> Result<(), Refused>;

    /// Returns where the root key of our organisation is.
    fn root_place(&self) -> RootPlace;

    /// Returns what a rotation of our root would keep, when these feeds of ours go on and these count for nothing any more. Nothing is
    /// signed.
    fn rotation(
        &self,
        open: &[FeedId],
        close: &[FeedId],
    ) -> Result<BTreeMap<FeedId, Keeping>, Refused>;

    /// Makes another root, keeps it, and publishes the rotation.
    fn rotate(
        &self,
        kept: &BTreeMap<FeedId, Keeping>,
        passphrase: Option<String>,
    ) -> Result<(), Refused>;

    /// Returns the charter that this node's seat has approved as the follower of another.
    fn approved(&self, parent: &CharterId) -> Option<CharterId>;
}

/// Where the root key of an organisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootPlace {
    /// On this node, in clear.
    Clear,
    /// On another node, or in a safe.
    Elsewhere,
    /// On this node, under a passphrase.
    Sealed,
}

/// An invitation as the pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What names it: the first digits of its code's hash.
    pub id: String,
    /// The organisation that is meant.
    pub name: String,
    /// Until when the ticket can be shown.
    pub expires: Timestamp,
    /// What has become of it.
    pub state: InvitationState,
}

/// What has become of an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvitationState {
    /// Its newcomer is in.
    Admitted,
    /// Nobody has shown the ticket, and nobody can any more.
    Expired,
    /// Nobody has shown the ticket yet.
    Open,
    /// Nobody has, and nobody can any more: five wrong codes were shown.
    Void,
    /// Somebody has, and waits for a person.
    Waiting {
        /// The newcomer.
        partner: PartnerId,
        /// What it calls itself.
        claimed_name: String,
        /// Why its ticket, which admits by itself, has not done so: a stable code.
        withheld: Option<String>,
    },
}

/// What an invitation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// The organisation that is meant.
    pub name: String,
    /// How long the ticket can be used.
    pub hours: u32,
    /// Whether the first who shows it is admitted without another look.
    pub is_auto: bool,
    /// What the newcomer may write.
    pub mandate: Mandate,
}

/// Why the program did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// Stable code. The pages have words for it.
    pub code: String,
    /// What is wrong and what to do, for logs and commands.
    pub message: String,
}

impl Refused {
    /// Writes a refusal.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }
}
