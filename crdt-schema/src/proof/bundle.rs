//! The file of a proof: what it holds, and its bytes.
//!
//! ```text
//! "maillage/proof/v1\0" ‖ u32(size of the body) ‖ body ‖ signature
//! ```
//!
//! The body is deterministic CBOR. The maker of the file signs its hash, so that no byte can change, and so that the claims that no
//! entry backs (as of when, nothing newer known, changed since) have an author.

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::governance::{Label, Position};
use crate::id::{FeedId, domain, hash};
use crate::key::{PublicKey, SecretKey};
use crate::proof::Refusal;
use crate::proof::chain::Chain;
use crate::time::Timestamp;

/// Bytes of a proof: some sixty charters of full size, or the feeds of coordinators with two hundred thousand entries.
pub const PROOF_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a proof holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bundle {
    /// When the file was made, as its maker says.
    pub(super) made: Timestamp,
    /// The instance that made it.
    pub(super) maker: FeedId,
    pub(super) label: Label,
    /// The adopted charters, from the genesis on.
    pub(super) charters: Vec<Vec<u8>>,
    pub(super) approvals: Vec<Vec<u8>>,
    pub(super) chains: Vec<Chain>,
    /// The last entries of the committee's feeds that the maker held.
    pub(super) seen: Vec<(FeedId, Position)>,
    /// The projection that the label is bound to.
    pub(super) projection: Vec<u8>,
    /// The fields that differ from it by then. `None`: the record reads as it did.
    pub(super) changed: Option<Vec<String>>,
    /// The credential of one issue, in its canonical writing.
    pub(super) credential: Vec<u8>,
}

impl Bundle {
    /// Writes the file.
    pub(super) fn sign(&self, maker: &SecretKey) -> Vec<u8> {
        let body = self.to_cbor();
        let size = u32::try_from(body.len()).expect("a body is far below four gibibytes");
        let mut bytes = domain(PURPOSE);
        bytes.extend(size.to_be_bytes());
        bytes.extend(&body);
        bytes.extend(maker.sign(PURPOSE, &hash(PURPOSE, &[&body])));
        bytes
    }

    /// Reads a file whose signature holds, and nothing else.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(Refusal::TooLarge(bytes.len()));
        }
        let rest = after_domain(bytes)?;
        let (size, rest) = rest.split_first_chunk().ok_or(Refusal::Truncated)?;
        let size = u32::from_be_bytes(*size) as usize;
        if rest.len() < size.saturating_add(SIGNATURE_BYTES) {
            return Err(Refusal::Truncated);
        }
        let (body, signature) = rest.split_at(size);
        let signature = signature.try_into().map_err(|_| Refusal::Tampered)?;
        let maker = claimed_maker(body).ok_or(Refusal::Tampered)?;
        let maker = PublicKey::from_bytes(&maker).map_err(|_| Refusal::Tampered)?;
        maker
            .verify(PURPOSE, &hash(PURPOSE, &[body]), signature)
            .map_err(|_| Refusal::Tampered)?;
        Ok(cbor::decode_exact(body)?)
    }
}

fn after_domain(bytes: &[u8]) -> Result<&[u8], Refusal> {
    let domain = domain(PURPOSE);
    if let Some(rest) = bytes.strip_prefix(domain.as_slice()) {
        return Ok(rest);
    }
    if domain.starts_with(bytes) && !bytes.is_empty() {
        return Err(Refusal::Truncated);
    }
    if bytes.starts_with(&domain[..domain.len() - VERSION_BYTES]) {
        return Err(Refusal::Version);
    }
    Err(Refusal::NotAProof)
}

/// Reads whose signature to check, before anything else is read.
fn claimed_maker(body: &[u8]) -> Option<[u8; 32]> {
    let mut from = Decoder::new(body);
    cbor::array_of(&mut from, FIELDS as u64).ok()?;
    cbor::fixed_bytes(&mut from).ok()
}

impl Wire for Bundle {
    fn encode(&self, to: &mut Writer) {
        to.array(FIELDS).bytes(self.maker.as_bytes());
        to.integer(self.made.as_millis()).value(&self.label);
        byte_strings(to, &self.charters);
        byte_strings(to, &self.approvals);
        to.list(&self.chains).array(self.seen.len());
        for (feed, position) in &self.seen {
            to.array(2).bytes(feed.as_bytes()).value(position);
        }
        to.bytes(&self.projection);
        match &self.changed {
            None => {
                to.null();
            }
            Some(fields) => {
                to.array(fields.len());
                for field in fields {
                    to.text(field);
                }
            }
        }
        to.bytes(&self.credential);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, FIELDS as u64)?;
        Ok(Self {
            maker: FeedId::from_bytes(cbor::fixed_bytes(from)?),
            made: Timestamp::from_millis(from.i64()?),
            label: Label::decode(from)?,
            charters: each(from, |from| Ok(from.bytes()?.to_vec()))?,
            approvals: each(from, |from| Ok(from.bytes()?.to_vec()))?,
            chains: cbor::list(from)?,
            seen: each(from, |from| {
                cbor::array_of(from, 2)?;
                let feed = FeedId::from_bytes(cbor::fixed_bytes(from)?);
                Ok((feed, Position::decode(from)?))
            })?,
            projection: from.bytes()?.to_vec(),
            changed: cbor::optional(from, |from| each(from, cbor::text))?,
            credential: from.bytes()?.to_vec(),
        })
    }
}

fn byte_strings(to: &mut Writer, all: &[Vec<u8>]) {
    to.array(all.len());
    for bytes in all {
        to.bytes(bytes);
    }
}

/// Reads a list. Nothing is allocated from its length.
pub(super) fn each<'b, T>(
    from: &mut Decoder<'b>,
    mut read: impl FnMut(&mut Decoder<'b>) -> Result<T, CborError>,
) -> Result<Vec<T>, CborError> {
    let len = cbor::array(from)?;
    let mut values = Vec::new();
    for _ in 0..len {
        values.push(read(from)?);
    }
    Ok(values)
}

const PURPOSE: &str = "proof";
const SIGNATURE_BYTES: usize = 64;
/// `v1\0`, at the end of the prefix.
const VERSION_BYTES: usize = 3;
const FIELDS: usize = 10;
