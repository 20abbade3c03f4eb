//! Label schemes: the rules of one version of a label.

use std::collections::BTreeSet;
use std::fmt;

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::governance::{SchemeName, wire};
use crate::id::{ItemId, PartnerId};

/// The rules of one version of a label. Only the fields, `k`, the committee and the validity decide anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scheme {
    /// The name that people read.
    pub title: String,
    /// What is looked at.
    pub criteria: Vec<Criterion>,
    /// The fields that the label binds: when one of them changes, the label is *changed since*.
    pub fields: Vec<String>,
    /// How many partners of the committee must decide the same.
    pub k: u32,
    /// The partners whose decisions count.
    pub committee: BTreeSet<PartnerId>,
    /// How long the label stands, in months.
    pub months: u32,
    /// The national schemes that it complements.
    pub complements: Vec<String>,
}

impl Scheme {
    /// Returns the words in it that people wrote: the title, those of the criteria, and what it complements.
    pub fn texts(&self) -> Vec<&str> {
        let criteria = self.criteria.iter().map(|it| it.title.as_str());
        let complements = self.complements.iter().map(String::as_str);
        std::iter::once(self.title.as_str())
            .chain(criteria)
            .chain(complements)
            .collect()
    }
}

/// One thing that is looked at before a label is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// The code that answers name.
    pub id: String,
    /// The question.
    pub title: String,
    /// How much it weighs.
    pub weight: u32,
    /// Whether the label is refused without it.
    pub mandatory: bool,
}

/// Which rules a label goes by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SchemeId {
    /// A scheme of the federation, written in its charter.
    Charter(SchemeName),
    /// A coordinator's own scheme, named by the `vocabulary` act that declares it.
    Declared(ItemId),
}

impl fmt::Display for SchemeId {
    /// Writes `code@version` for a scheme of the federation, the id of the act for a coordinator's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemeId::Charter(name) => write!(f, "{}@{}", name.id, name.version),
            SchemeId::Declared(act) => act.fmt(f),
        }
    }
}

impl Wire for Scheme {
    fn encode(&self, to: &mut Writer) {
        to.array(7).text(&self.title).list(&self.criteria);
        texts(to, &self.fields);
        to.unsigned(self.k.into()).array(self.committee.len());
        for partner in &self.committee {
            to.bytes(partner.as_bytes());
        }
        to.unsigned(self.months.into());
        texts(to, &self.complements);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 7)?;
        Ok(Self {
            title: wire::name(from)?,
            criteria: cbor::list(from)?,
            fields: wire::each(from, wire::name)?,
            k: wire::small(from)?,
            committee: wire::each(from, |from| {
                cbor::fixed_bytes(from).map(PartnerId::from_bytes)
            })?
            .into_iter()
            .collect(),
            months: wire::small(from)?,
            complements: wire::each(from, wire::name)?,
        })
    }
}

impl Wire for Criterion {
    fn encode(&self, to: &mut Writer) {
        to.array(4).text(&self.id).text(&self.title);
        to.unsigned(self.weight.into()).boolean(self.mandatory);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 4)?;
        Ok(Self {
            id: wire::name(from)?,
            title: cbor::text(from)?,
            weight: wire::small(from)?,
            mandatory: from.bool()?,
        })
    }
}

impl Wire for SchemeId {
    fn encode(&self, to: &mut Writer) {
        match self {
            SchemeId::Charter(name) => to.array(2).unsigned(0).value(name),
            SchemeId::Declared(act) => to.array(2).unsigned(1).bytes(act.as_bytes()),
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 2)?;
        Ok(match from.u8()? {
            0 => SchemeId::Charter(SchemeName::decode(from)?),
            1 => SchemeId::Declared(ItemId::from_bytes(cbor::fixed_bytes(from)?)),
            _ => return Err(CborError::Malformed),
        })
    }
}

fn texts(to: &mut Writer, texts: &[String]) {
    to.array(texts.len());
    for text in texts {
        to.text(text);
    }
}
