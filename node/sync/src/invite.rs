//! How a partner comes in: a ticket on the coordinator's side, a request on the newcomer's, an answer.
//!
//! A ticket holds a code of 128 bits; only its hash is kept. It can be used once, for a time, by the first network identity that shows
//! it. Wrong codes are counted over all tickets: after five, all open ones are void.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crdt_schema::cbor::{self, Wire};
use crdt_schema::entry::Certificate;
use crdt_schema::governance::Mandate;
use crdt_schema::id::{FederationId, FeedId, PartnerId, hash};
use crdt_schema::time::Timestamp;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};

/// A ticket of a node that is reached at its addresses only.
const PREFIX: &str = "maillage1";
/// A ticket that names relays too, which earlier programs do not read.
const PREFIX_WITH_RELAYS: &str = "maillage2";
/// Wrong codes before every open invitation is void: nobody mistypes a ticket that is copied.
const WRONG_CODES_MAX: u32 = 5;
/// How long after its ticket has ended a newcomer that was admitted can still ask: a week.
const UNHEARD_MAX_MS: i64 = 7 * 24 * 3_600_000;

/// What a coordinator gives to a newcomer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The coordinator's network identity.
    pub endpoint: [u8; 32],
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
    /// The federation.
    pub federation: [u8; 32],
    /// The newest charter: the newcomer trusts no other history.
    pub charter: [u8; 32],
    /// The secret.
    pub code: [u8; 16],
    /// Milliseconds since 1970, UTC.
    pub expires: i64,
    /// Addresses of the relays through which it is reached too. Their token is not in it: a ticket ends, a token does not.
    #[serde(skip)]
    pub relays: Vec<String>,
}

/// A text that is no ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no ticket: it starts with {PREFIX} or {PREFIX_WITH_RELAYS}, and nothing of it may be missing"
)]
pub struct TicketError;

impl Ticket {
    /// Writes the ticket as one word.
    pub fn to_text(&self) -> String {
        let mut bytes = postcard::to_stdvec(self).expect("a ticket is written to memory");
        let mut prefix = PREFIX;
        if !self.relays.is_empty() {
            let relays = postcard::to_stdvec(&self.relays).expect("it is written to memory");
            bytes.extend(relays);
            prefix = PREFIX_WITH_RELAYS;
        }
        let check = &hash("ticket", &[&bytes])[..4];
        let bytes = [bytes.as_slice(), check].concat();
        format!("{prefix}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
    }

    /// Reads a ticket. White space that a mail program put in is dropped.
    pub fn parse(text: &str) -> Result<Self, TicketError> {
        let word: String = text.split_whitespace().collect();
        let (code, has_relays) = match word.strip_prefix(PREFIX_WITH_RELAYS) {
            Some(code) => (code, true),
            None => (word.strip_prefix(PREFIX).ok_or(TicketError)?, false),
        };
        let code = code.to_uppercase();
        let bytes = BASE32_NOPAD
            .decode(code.as_bytes())
            .map_err(|_| TicketError)?;
        let (bytes, check) = bytes.split_last_chunk::<4>().ok_or(TicketError)?;
        if hash("ticket", &[bytes])[..4] != check[..] {
            return Err(TicketError);
        }
        let (mut ticket, rest): (Self, _) =
            postcard::take_from_bytes(bytes).map_err(|_| TicketError)?;
        let mut rest = rest;
        if has_relays {
            (ticket.relays, rest) = postcard::take_from_bytes(rest).map_err(|_| TicketError)?;
        }
        match rest {
            [] => Ok(ticket),
            _ => Err(TicketError),
        }
    }
}

/// What a newcomer shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// The secret of the ticket.
    pub code: [u8; 16],
    /// The organisation, as it calls itself.
    pub name: String,
    /// The feed that the new instance will sign.
    pub feed: [u8; 32],
    root: [u8; 32],
    signature: Vec<u8>,
}

impl JoinRequest {
    /// Writes a request.
    pub fn new(code: [u8; 16], name: &str, feed: &FeedId, certificate: &Certificate) -> Self {
        Self {
            code,
            name: name.to_owned(),
            feed: *feed.as_bytes(),
            root: certificate.root,
            signature: certificate.signature.to_vec(),
        }
    }

    /// Returns the root key of the newcomer.
    pub fn root(&self) -> &[u8; 32] {
        &self.root
    }

    /// Checks that the root key of the newcomer certifies this instance on this network identity. `rotated` is the partner whose root
    /// in force it is, when it is a later one than its first.
    pub fn certificate(
        &self,
        federation: &FederationId,
        endpoint: [u8; 32],
        rotated: Option<PartnerId>,
    ) -> Option<Certificate> {
        let root = crdt_schema::key::PublicKey::from_bytes(&self.root).ok()?;
        let certificate = Certificate {
            partner: rotated.unwrap_or_else(|| root.partner()),
            root: self.root,
            endpoint,
            signature: self.signature.as_slice().try_into().ok()?,
        };
        let feed = FeedId::from_bytes(self.feed);
        certificate
            .verify(federation, &feed)
            .is_ok()
            .then_some(certificate)
    }
}

/// Charters and approvals as they were signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CharterBytes {
    /// The charters, oldest first.
    pub charters: Vec<Vec<u8>>,
    /// The approvals.
    pub approvals: Vec<Vec<u8>>,
}

/// What the coordinator answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinReply {
    /// You are in. The charters, to start from.
    Admitted(CharterBytes),
    /// The ticket is good; a person has still to admit you. Ask again.
    Waiting,
    /// No.
    Refused(JoinError),
}

/// Why a newcomer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum JoinError {
    /// The certificate does not hold.
    #[error("the certificate of the new node does not hold")]
    Certificate,
    /// No open invitation has this code.
    #[error("the ticket is not valid, or not any more: ask the coordinator for a new one")]
    Code,
    /// The store failed.
    #[error("the coordinator's node could not write: ask its operator")]
    Failed,
    /// The ticket is for another node of a partner that is in, and the root key is not that partner's.
    #[error(
        "the ticket is for another node of an organisation that is in: give its root key with --root"
    )]
    Instance,
    /// The name is empty or too long, or holds what names a person: it would be signed for good.
    #[error(
        "the name of the organisation is empty or too long, or holds a mail address or a phone number"
    )]
    Name,
    /// The ticket was shown before, by another node.
    #[error("the ticket was used already, by another node: ask the coordinator for a new one")]
    Used,
    /// The organisation has left since the ticket was used. It comes last: earlier programs know the others by their places.
    #[error("your organisation has left the federation: ask the coordinator for a new ticket")]
    Left,
}

/// One invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Hash of the code.
    pub code_hash: [u8; 32],
    /// The organisation that the coordinator meant.
    pub name: String,
    /// Whether the first who shows the ticket is admitted without another look.
    pub is_auto: bool,
    /// Milliseconds since 1970, UTC.
    pub expires: i64,
    /// The network identity that showed it first.
    pub endpoint: Option<[u8; 32]>,
    /// What it says it is called.
    pub claimed_name: Option<String>,
    /// The partner that it is.
    pub partner: Option<[u8; 32]>,
    /// Its root public key.
    pub root: Option<[u8; 32]>,
    /// Whether it was admitted.
    pub is_admitted: bool,
    /// What the newcomer may write, as CBOR in hexadecimal. Everything, when it says nothing.
    #[serde(default)]
    pub mandate: Option<String>,
    /// For another node of a partner that is in: its id. Nobody else can use the ticket.
    #[serde(default)]
    pub instance_of: Option<[u8; 32]>,
    /// Whether wrong codes have voided it.
    #[serde(default)]
    pub is_void: bool,
    /// Why its ticket, which admits by itself, waits for a person: a stable code.
    #[serde(default)]
    pub withheld: Option<String>,
}

/// What an invitation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvite {
    /// The organisation that is meant.
    pub name: String,
    /// Whether the first who shows the ticket is admitted without another look.
    pub is_auto: bool,
    /// Until when it can be used.
    pub expires: Timestamp,
    /// What the newcomer may write.
    pub mandate: Mandate,
    /// For another node of a partner that is in: its id.
    pub instance_of: Option<PartnerId>,
}

/// For whom the door of a node is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// Anybody may show a ticket.
    ToAll,
    /// Only who was admitted by these network identities, as long as they have not been heard of.
    To(Vec<[u8; 32]>),
}

/// The invitations of a node. The caller keeps them on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invites {
    /// All invitations, open or used.
    pub invites: Vec<Invite>,
    wrong_codes: u32,
}

/// What a good request leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// Enrol this partner now, then answer that it is admitted.
    Enrol {
        /// The partner.
        partner: PartnerId,
        /// Its root public key.
        root: [u8; 32],
        /// Its name.
        name: String,
        /// What it may write.
        mandate: Mandate,
    },
    /// It was admitted before: answer so again.
    Admitted,
    /// A person has to decide.
    Waiting,
}

impl Invite {
    /// Returns what names the invitation: the first digits of its code's hash.
    pub fn id(&self) -> String {
        HEXLOWER.encode(&self.code_hash[..4])
    }

    /// Returns what the newcomer may write.
    pub fn mandate(&self) -> Mandate {
        let Some(text) = &self.mandate else {
            return Mandate::everything();
        };
        let bytes = HEXLOWER.decode(text.as_bytes()).unwrap_or_default();
        // A mandate that cannot be read gives nothing.
        cbor::decode_exact(&bytes).unwrap_or_default()
    }
}

impl Invites {
    /// Adds an invitation.
    pub fn add(&mut self, code: &[u8; 16], new: &NewInvite) {
        // Codes that were tried before this ticket say nothing of it.
        self.void_if_tried();
        self.wrong_codes = 0;
        self.invites.push(Invite {
            code_hash: code_hash(code),
            name: new.name.clone(),
            is_auto: new.is_auto,
            expires: new.expires.as_millis(),
            endpoint: None,
            claimed_name: None,
            partner: None,
            root: None,
            is_admitted: false,
            mandate: Some(HEXLOWER.encode(&new.mandate.to_cbor())),
            instance_of: new.instance_of.map(|partner| *partner.as_bytes()),
            is_void: false,
            withheld: None,
        });
    }

    /// Counts a wrong code. Once there are too many, every ticket that nobody has shown is void for good: whoever tries codes may have had
    /// luck with the next one. Tickets that are made later are counted anew, and so are old ones no good with them.
    fn count_wrong(&mut self) {
        self.wrong_codes += 1;
        self.void_if_tried();
    }

    fn void_if_tried(&mut self) {
        if self.wrong_codes < WRONG_CODES_MAX {
            return;
        }
        self.wrong_codes = 0;
        for invite in &mut self.invites {
            invite.is_void |= invite.endpoint.is_none();
        }
    }

    /// Voids an invitation that nobody was admitted with, by the first digits of its code's hash. Returns whether there was one.
    pub fn revoke(&mut self, id: &str) -> bool {
        let before = self.invites.len();
        self.invites
            .retain(|invite| invite.is_admitted || invite.id() != id);
        self.invites.len() < before
    }

    /// Sends a newcomer that waits away, and voids its invitation. Returns whether it waited.
    pub fn decline(&mut self, partner: &PartnerId) -> bool {
        let before = self.invites.len();
        self.invites
            .retain(|invite| invite.is_admitted || invite.partner != Some(*partner.as_bytes()));
        self.invites.len() < before
    }

    /// Judges a request that came from a network identity.
    pub fn present(
        &mut self,
        request: &JoinRequest,
        certificate: &Certificate,
        now: Timestamp,
    ) -> Result<Presented, JoinError> {
        // A file of an earlier version may say so.
        self.void_if_tried();
        let wanted = code_hash(&request.code);
        let Some(invite) = self
            .invites
            .iter_mut()
            .find(|invite| invite.code_hash == wanted)
        else {
            self.count_wrong();
            return Err(JoinError::Code);
        };
        if invite.is_void {
            return Err(JoinError::Code);
        }
        let name = request.name.trim();
        let is_long = name.len() > crdt_schema::limits::NAME_BYTES_MAX;
        if name.is_empty() || is_long || !crdt_schema::personal::traces(name).is_empty() {
            return Err(JoinError::Name);
        }
        if invite
            .endpoint
            .is_some_and(|endpoint| endpoint != certificate.endpoint)
        {
            return Err(JoinError::Used);
        }
        if invite.is_admitted {
            return Ok(Presented::Admitted);
        }
        if now.as_millis() > invite.expires {
            return Err(JoinError::Code);
        }
        let its = *certificate.partner.as_bytes();
        if invite.instance_of.is_some_and(|partner| partner != its) {
            return Err(JoinError::Instance);
        }
        invite.endpoint = Some(certificate.endpoint);
        invite.claimed_name = Some(name.to_owned());
        invite.partner = Some(*certificate.partner.as_bytes());
        invite.root = Some(certificate.root);
        if !invite.is_auto {
            return Ok(Presented::Waiting);
        }
        let (partner, root) = (certificate.partner, certificate.root);
        Ok(Presented::Enrol {
            partner,
            root,
            name: name.to_owned(),
            mandate: invite.mandate(),
        })
    }

    /// Remembers that a partner was admitted.
    pub fn admit(&mut self, partner: &PartnerId) {
        for invite in &mut self.invites {
            if invite.partner == Some(*partner.as_bytes()) {
                invite.is_admitted = true;
                invite.withheld = None;
            }
        }
    }

    /// Remembers why the ticket of a newcomer, which admits by itself, has not done so.
    /// Returns whether that is news.
    pub fn withhold(&mut self, partner: &PartnerId, code: &str) -> bool {
        let mut is_news = false;
        for invite in &mut self.invites {
            if invite.partner == Some(*partner.as_bytes()) && !invite.is_admitted {
                is_news |= invite.withheld.as_deref() != Some(code);
                invite.withheld = Some(code.to_owned());
            }
        }
        is_news
    }

    /// Returns the partners of admitted network identities: their first certificate may still be on its way.
    pub fn admitted(&self) -> BTreeMap<[u8; 32], PartnerId> {
        let admitted = self.invites.iter().filter(|invite| invite.is_admitted);
        admitted
            .filter_map(|invite| Some((invite.endpoint?, PartnerId::from_bytes(invite.partner?))))
            .collect()
    }

    /// Returns for whom the door is open: anybody while a ticket can be used, else the newcomers that were admitted lately, who may not
    /// have heard it yet.
    pub fn open(&self, now: Timestamp) -> Open {
        let now = now.as_millis();
        let mut invites = self.invites.iter();
        if invites.any(|it| !it.is_admitted && !it.is_void && now <= it.expires) {
            return Open::ToAll;
        }
        let lately = self.invites.iter();
        let lately =
            lately.filter(|it| it.is_admitted && now <= it.expires.saturating_add(UNHEARD_MAX_MS));
        Open::To(lately.filter_map(|it| it.endpoint).collect())
    }
}

fn code_hash(code: &[u8; 16]) -> [u8; 32] {
    hash("invitation", &[code])
}

#[cfg(test)]
mod tests;
