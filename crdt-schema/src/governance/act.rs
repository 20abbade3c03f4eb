//! Acts: what a coordinator decides, as the content of an item. The name of the act is in the item's frame.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use minicbor::Decoder;

use crate::cbor::{self, CborError, Tree, Wire, Writer};
use crate::entry::{Body, Frame, Item};
use crate::governance::{Mandate, Position, Scheme, SchemeId, wire};
use crate::id::{FeedId, ItemId, PartnerId, RecordId, SubjectId};

/// What a coordinator decides. `Erase` is also how an author erases what is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Nothing that this feed signs after the position counts as a contribution, for ever. Denial.
    Cut {
        /// The feed.
        feed: FeedId,
        /// The last place that counts.
        position: Position,
    },
    /// A grant is taken back, from a position on in each feed that is named, altogether in the others. Denial.
    Descope {
        /// The `enrol` or `mandate` act that gave it.
        grant: ItemId,
        /// The last places that keep it.
        positions: BTreeMap<FeedId, Position>,
    },
    /// A partner comes in. Grant.
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
    /// Contents have to go, for good. Denial.
    Erase(Erasure),
    /// One vote for a label. Grant.
    LabelIssue {
        /// The label.
        label: Label,
        /// Proof value and status index of the credential. `Null` where there is none.
        proof: Tree,
    },
    /// The end of a label. Denial.
    LabelWithdraw {
        /// The label.
        label: Label,
        /// Why.
        reason: String,
    },
    /// A partner may write more. Grant.
    Mandate {
        /// The partner.
        partner: PartnerId,
        /// What it may write as well.
        mandate: Mandate,
    },
    /// Advice to those who read. It changes nothing by itself. Grant.
    Moderate(Tree),
    /// Of several roots to which a partner's rotations lead, this one holds. Grant.
    Root {
        /// The partner. Of a coordinator, only the charter says it.
        partner: PartnerId,
        /// The root public key.
        root: [u8; 32],
    },
    /// The later grants of this coordinator's feed wait for the next charter. Denial.
    Suspend {
        /// The feed.
        feed: FeedId,
        /// The last place that is not held back.
        position: Position,
    },
    /// An act of a later version, or one whose content is not what its name says. It counts for nothing.
    Unknown,
    /// A controlled list, or a label scheme of the coordinator's own. Grant.
    Vocabulary {
        /// The scheme, when the act declares one.
        scheme: Option<Scheme>,
        /// The words.
        body: Tree,
    },
}

/// What an `erase` act names: any of these.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Erasure {
    /// Single items.
    pub items: BTreeSet<ItemId>,
    /// Everything of a record.
    pub record: Option<RecordId>,
    /// Everything about a person.
    pub subject: Option<SubjectId>,
    /// Why, in words that say nothing about the person.
    pub ground: String,
}

/// What names a label. A renewal, with another first day, is another label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The rules.
    pub scheme: SchemeId,
    /// The record that has it.
    pub record: RecordId,
    /// Hash of the record's projection: the fields that the scheme binds, as they were.
    pub projection: [u8; 32],
    /// Its first day, `AAAA-MM-JJ`.
    pub from: String,
}

/// Whether an act gives or takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It takes away. Denials are never held back.
    Denial,
    /// It gives.
    Grant,
}

impl Act {
    /// Reads an act from the name in its frame and its content.
    pub fn read(name: &str, content: &[u8]) -> Self {
        Self::decode_whole(name, content).unwrap_or(Act::Unknown)
    }

    /// Builds the item. `salt` is 16 random bytes. `None` for an unknown act, which nobody signs.
    pub fn to_item(&self, salt: [u8; 16]) -> Option<Item> {
        let name = self.name()?;
        Some(Item {
            frame: Frame::Act(name.to_owned()),
            body: Body::Held {
                salt,
                content: self.to_content(),
            },
        })
    }

    /// Returns the name in the frame, which also names the right to sign it. `None` for an unknown act.
    pub fn name(&self) -> Option<&'static str> {
        Some(match self {
            Act::Cut { .. } => "cut",
            Act::Descope { .. } => "descope",
            Act::Enrol { .. } => "enrol",
            Act::Erase(_) => "erase",
            Act::LabelIssue { .. } => "label_issue",
            Act::LabelWithdraw { .. } => "label_withdraw",
            Act::Mandate { .. } => "mandate",
            Act::Moderate(_) => "moderate",
            Act::Root { .. } => "root",
            Act::Suspend { .. } => "suspend",
            Act::Unknown => return None,
            Act::Vocabulary { .. } => "vocabulary",
        })
    }

    /// Returns whether the act gives or takes away. `None` for an unknown act.
    pub fn effect(&self) -> Option<Effect> {
        match self {
            Act::Cut { .. }
            | Act::Descope { .. }
            | Act::Erase(_)
            | Act::LabelWithdraw { .. }
            | Act::Suspend { .. } => Some(Effect::Denial),
            Act::Enrol { .. }
            | Act::LabelIssue { .. }
            | Act::Mandate { .. }
            | Act::Moderate(_)
            | Act::Root { .. }
            | Act::Vocabulary { .. } => Some(Effect::Grant),
            Act::Unknown => None,
        }
    }

    /// Returns the content of the item.
    pub fn to_content(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.encode(&mut writer);
        writer.into_bytes()
    }

    /// Writes `name:content`, the content in hexadecimal: how a decoded act travels from its preview to its signature. Empty for an
    /// unknown act, which nobody signs.
    pub fn to_text(&self) -> String {
        self.name().map_or_else(String::new, |name| {
            format!("{name}:{}", HEXLOWER.encode(&self.to_content()))
        })
    }

    /// Reads what [`Act::to_text`] writes. What this version does not understand is no act to sign.
    pub fn from_text(text: &str) -> Option<Self> {
        let (name, content) = text.split_once(':')?;
        let content = HEXLOWER.decode(content.as_bytes()).ok()?;
        Some(Self::read(name, &content)).filter(|act| *act != Act::Unknown)
    }

    fn encode(&self, to: &mut Writer) {
        match self {
            Act::Cut { feed, position } | Act::Suspend { feed, position } => {
                to.array(2).bytes(feed.as_bytes()).value(position);
            }
            Act::Descope { grant, positions } => {
                to.array(2).bytes(grant.as_bytes());
                wire::write_positions(to, positions);
            }
            Act::Enrol {
                partner,
                root,
                name,
                mandate,
            } => {
                to.array(4).bytes(partner.as_bytes()).bytes(root);
                to.text(name).value(mandate);
            }
            Act::Erase(erasure) => {
                to.value(erasure);
            }
            Act::LabelIssue { label, proof } => {
                to.array(2).value(label).value(proof);
            }
            Act::LabelWithdraw { label, reason } => {
                to.array(2).value(label).text(reason);
            }
            Act::Mandate { partner, mandate } => {
                to.array(2).bytes(partner.as_bytes()).value(mandate);
            }
            Act::Moderate(body) => {
                to.value(body);
            }
            Act::Root { partner, root } => {
                to.array(2).bytes(partner.as_bytes()).bytes(root);
            }
            Act::Unknown => {
                to.null();
            }
            Act::Vocabulary { scheme, body } => {
                to.array(2);
                match scheme {
                    None => to.null(),
                    Some(scheme) => to.value(scheme),
                };
                to.value(body);
            }
        }
    }

    fn decode_whole(name: &str, content: &[u8]) -> Result<Self, CborError> {
        let mut decoder = Decoder::new(content);
        let act = Self::decode(name, &mut decoder)?;
        if decoder.position() != content.len() || act.to_content() != content {
            return Err(CborError::NotDeterministic);
        }
        Ok(act)
    }

    fn decode(name: &str, from: &mut Decoder<'_>) -> Result<Self, CborError> {
        match name {
            "erase" => return Erasure::decode(from).map(Act::Erase),
            "moderate" => return Tree::decode(from).map(Act::Moderate),
            "enrol" => cbor::array_of(from, 4)?,
            _ => cbor::array_of(from, 2)?,
        }
        Ok(match name {
            "cut" => Act::Cut {
                feed: FeedId::from_bytes(cbor::fixed_bytes(from)?),
                position: Position::decode(from)?,
            },
            "descope" => Act::Descope {
                grant: ItemId::from_bytes(cbor::fixed_bytes(from)?),
                positions: wire::positions(from)?,
            },
            "enrol" => Act::Enrol {
                partner: PartnerId::from_bytes(cbor::fixed_bytes(from)?),
                root: cbor::fixed_bytes(from)?,
                name: wire::name(from)?,
                mandate: Mandate::decode(from)?,
            },
            "label_issue" => Act::LabelIssue {
                label: Label::decode(from)?,
                proof: Tree::decode(from)?,
            },
            "label_withdraw" => Act::LabelWithdraw {
                label: Label::decode(from)?,
                reason: cbor::text(from)?,
            },
            "mandate" => Act::Mandate {
                partner: PartnerId::from_bytes(cbor::fixed_bytes(from)?),
                mandate: Mandate::decode(from)?,
            },
            "root" => Act::Root {
                partner: PartnerId::from_bytes(cbor::fixed_bytes(from)?),
                root: cbor::fixed_bytes(from)?,
            },
            "suspend" => Act::Suspend {
                feed: FeedId::from_bytes(cbor::fixed_bytes(from)?),
                position: Position::decode(from)?,
            },
            "vocabulary" => Act::Vocabulary {
                scheme: cbor::optional(from, Scheme::decode)?,
                body: Tree::decode(from)?,
            },
            _ => return Err(CborError::Malformed),
        })
    }
}

impl Wire for Erasure {
    fn encode(&self, to: &mut Writer) {
        to.array(4).array(self.items.len());
        for item in &self.items {
            to.bytes(item.as_bytes());
        }
        let record = self.record.as_ref().map(RecordId::as_bytes);
        let subject = self.subject.as_ref().map(SubjectId::as_bytes);
        for named in [record, subject] {
            match named {
                None => to.null(),
                Some(bytes) => to.bytes(bytes),
            };
        }
        to.text(&self.ground);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 4)?;
        let items = wire::each(from, |from| cbor::fixed_bytes(from).map(ItemId::from_bytes))?;
        Ok(Self {
            items: items.into_iter().collect(),
            record: cbor::optional(from, cbor::fixed_bytes)?.map(RecordId::from_bytes),
            subject: cbor::optional(from, cbor::fixed_bytes)?.map(SubjectId::from_bytes),
            ground: cbor::text(from)?,
        })
    }
}

impl Wire for Label {
    fn encode(&self, to: &mut Writer) {
        to.array(4).value(&self.scheme);
        to.bytes(self.record.as_bytes()).bytes(&self.projection);
        to.text(&self.from);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 4)?;
        Ok(Self {
            scheme: SchemeId::decode(from)?,
            record: RecordId::from_bytes(cbor::fixed_bytes(from)?),
            projection: cbor::fixed_bytes(from)?,
            from: wire::date(from)?,
        })
    }
}
