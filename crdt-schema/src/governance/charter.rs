//! The charter: the constitution of a federation in one version, and the votes for it.

use std::collections::BTreeMap;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::governance::wire;
use crate::governance::{Mandate, Position, Scheme, Selection};
use crate::id::{CharterId, FederationId, FeedId, PartnerId, hash};
use crate::limits::CHARTER_BYTES_MAX;

/// One version of the constitution. Whether it is valid is decided against the version before it, by `Adoption`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charter {
    /// The federation. `None` in the genesis charter, whose id *is* the federation's.
    pub federation: Option<FederationId>,
    /// The version: one more than the parent's.
    pub version: u64,
    /// The version before. `None` in the genesis charter.
    pub parent: Option<CharterId>,
    /// The federation's name.
    pub name: String,
    /// Who votes.
    pub seats: Vec<Seat>,
    /// How many seats must approve.
    pub k: u32,
    /// Who can end a dispute, or replace lost seats.
    pub recovery: Recovery,
    /// The partners that decide from day to day.
    pub coordinators: BTreeMap<PartnerId, Coordinator>,
    /// The partners that stay enrolled whatever a coordinator signs.
    pub partners: BTreeMap<PartnerId, Confirmed>,
    /// For each feed that is cut, the last place that counts.
    pub cuts: BTreeMap<FeedId, Position>,
    /// The label schemes of the federation, by name and version.
    pub schemes: BTreeMap<SchemeName, Scheme>,
    /// What one partner may publish in a day.
    pub quotas: Quotas,
    /// The lowest version of the exchange protocol that a node of the federation speaks.
    pub min_protocol: u32,
}

/// A voter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// What people call it.
    pub id: String,
    /// Its public key.
    pub key: [u8; 32],
}

/// Keys kept aside, `k` of which can sign a charter in the place of all seats.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    /// The public keys.
    pub keys: Vec<[u8; 32]>,
    /// How many must sign. 0: the federation cannot be recovered.
    pub k: u32,
}

/// A partner that decides from day to day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coordinator {
    /// Its root public key.
    pub root: [u8; 32],
    /// Its name.
    pub name: String,
    /// The acts that it may sign.
    pub rights: Selection,
    /// The widest mandate that it may give.
    pub mandate: Mandate,
}

/// A partner that the charter itself enrols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// Its root public key.
    pub root: [u8; 32],
    /// Its name.
    pub name: String,
    /// What it may write.
    pub mandate: Mandate,
}

/// One version of one label of the federation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemeName {
    /// The code of the label.
    pub id: String,
    /// The version of its rules.
    pub version: u32,
}

/// What one partner may publish in a day. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quotas {
    /// Entries a day.
    pub entries_per_day: Option<u64>,
    /// Bytes a day.
    pub bytes_per_day: Option<u64>,
}

impl Charter {
    /// Reads the bytes of a charter.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CharterError> {
        if bytes.len() > CHARTER_BYTES_MAX {
            return Err(CharterError::TooLarge(bytes.len()));
        }
        Ok(cbor::decode_exact(bytes)?)
    }

    /// Returns the bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_cbor()
    }

    /// Returns the id, which is the hash of the bytes.
    pub fn id(&self) -> CharterId {
        CharterId::from_bytes(hash("charter", &[&self.to_bytes()]))
    }

    /// Returns the federation, also of a genesis charter, which founds it.
    pub fn federation(&self) -> FederationId {
        self.federation.unwrap_or_else(|| self.id().founds())
    }
}

/// Bytes that are no charter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CharterError {
    /// The bytes are not the one CBOR writing of a charter.
    #[error("the charter cannot be read: {0}")]
    Cbor(#[from] CborError),
    /// The charter is too large.
    #[error("the charter takes {0} bytes, {CHARTER_BYTES_MAX} at most")]
    TooLarge(usize),
}

impl CharterError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            CharterError::Cbor(_) => "charter_unreadable",
            CharterError::TooLarge(_) => "charter_too_large",
        }
    }
}

impl Wire for Charter {
    fn encode(&self, to: &mut Writer) {
        to.array(FIELDS).unsigned(FORMAT_VERSION);
        optional_bytes(to, self.federation.as_ref().map(FederationId::as_bytes));
        to.unsigned(self.version);
        optional_bytes(to, self.parent.as_ref().map(CharterId::as_bytes));
        to.text(&self.name).list(&self.seats);
        to.unsigned(self.k.into()).value(&self.recovery);
        to.array(self.coordinators.len());
        for (partner, coordinator) in &self.coordinators {
            to.array(5).bytes(partner.as_bytes());
            to.bytes(&coordinator.root).text(&coordinator.name);
            to.value(&coordinator.rights).value(&coordinator.mandate);
        }
        to.array(self.partners.len());
        for (partner, confirmed) in &self.partners {
            to.array(4).bytes(partner.as_bytes());
            to.bytes(&confirmed.root).text(&confirmed.name);
            to.value(&confirmed.mandate);
        }
        wire::write_positions(to, &self.cuts);
        to.array(self.schemes.len());
        for (name, scheme) in &self.schemes {
            to.array(2).value(name).value(scheme);
        }
        to.value(&self.quotas).unsigned(self.min_protocol.into());
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, FIELDS as u64)?;
        if from.u64()? != FORMAT_VERSION {
            return Err(CborError::Malformed);
        }
        let federation = cbor::optional(from, cbor::fixed_bytes)?.map(FederationId::from_bytes);
        let version = from.u64()?;
        let parent = cbor::optional(from, cbor::fixed_bytes)?.map(CharterId::from_bytes);
        // A charter without parent founds its own federation, and no other does.
        if federation.is_some() != parent.is_some() {
            return Err(CborError::Malformed);
        }
        Ok(Self {
            federation,
            version,
            parent,
            name: wire::name(from)?,
            seats: cbor::list(from)?,
            k: wire::small(from)?,
            recovery: Recovery::decode(from)?,
            coordinators: wire::pairs(from, coordinator)?,
            partners: wire::pairs(from, confirmed)?,
            cuts: wire::positions(from)?,
            schemes: wire::pairs(from, |from| {
                cbor::array_of(from, 2)?;
                Ok((SchemeName::decode(from)?, Scheme::decode(from)?))
            })?,
            quotas: Quotas::decode(from)?,
            min_protocol: wire::small(from)?,
        })
    }
}

impl Wire for Seat {
    fn encode(&self, to: &mut Writer) {
        to.array(2).text(&self.id).bytes(&self.key);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        Ok(Self {
            id: wire::name(from)?,
            key: cbor::fixed_bytes(from)?,
        })
    }
}

impl Wire for Recovery {
    fn encode(&self, to: &mut Writer) {
        to.array(2).array(self.keys.len());
        for key in &self.keys {
            to.bytes(key);
        }
        to.unsigned(self.k.into());
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        Ok(Self {
            keys: wire::each(from, cbor::fixed_bytes)?,
            k: wire::small(from)?,
        })
    }
}

impl Wire for SchemeName {
    fn encode(&self, to: &mut Writer) {
        to.array(2).text(&self.id).unsigned(self.version.into());
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        Ok(Self {
            id: wire::name(from)?,
            version: wire::small(from)?,
        })
    }
}

impl Wire for Quotas {
    fn encode(&self, to: &mut Writer) {
        to.array(2);
        for quota in [self.entries_per_day, self.bytes_per_day] {
            match quota {
                None => to.null(),
                Some(quota) => to.unsigned(quota),
            };
        }
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        let mut quota = || cbor::optional(from, |from| Ok(from.u64()?));
        Ok(Self {
            entries_per_day: quota()?,
            bytes_per_day: quota()?,
        })
    }
}

fn coordinator(from: &mut Decoder<'_>) -> Result<(PartnerId, Coordinator), CborError> {
    cbor::array_of(from, 5)?;
    let partner = PartnerId::from_bytes(cbor::fixed_bytes(from)?);
    let coordinator = Coordinator {
        root: cbor::fixed_bytes(from)?,
        name: wire::name(from)?,
        rights: Selection::decode(from)?,
        mandate: Mandate::decode(from)?,
    };
    Ok((partner, coordinator))
}

fn confirmed(from: &mut Decoder<'_>) -> Result<(PartnerId, Confirmed), CborError> {
    cbor::array_of(from, 4)?;
    let partner = PartnerId::from_bytes(cbor::fixed_bytes(from)?);
    let confirmed = Confirmed {
        root: cbor::fixed_bytes(from)?,
        name: wire::name(from)?,
        mandate: Mandate::decode(from)?,
    };
    Ok((partner, confirmed))
}

fn optional_bytes(to: &mut Writer, bytes: Option<&[u8; 32]>) {
    match bytes {
        None => to.null(),
        Some(bytes) => to.bytes(bytes),
    };
}

const FORMAT_VERSION: u64 = 1;
const FIELDS: usize = 14;
