//! Items: the erasable parts of an entry. An item has a *frame* (what others stand on: type, record, base …), which stays for
//! ever, and a *content* (operations, values), which may have to go. The commitment holds with and without the content.

use minicbor::Decoder;

use crate::cbor::{self, CborError, Tree, Wire, Writer};
use crate::entry::{Certificate, Rotation};
use crate::id::{ItemId, RecordId, SubjectId, hash};

/// One part of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What others stand on.
    pub frame: Frame,
    /// What may have to go.
    pub body: Body,
}

/// The content of an item, or what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The content was erased: its hash is left, so that the entry still verifies.
    Erased {
        /// Hash of the salt and the content.
        content_hash: [u8; 32],
    },
    /// The content is there.
    Held {
        /// Random bytes, so that nobody can guess the content from its hash once it is gone.
        salt: [u8; 16],
        /// The bytes as they were signed, decoded by whoever knows the type.
        content: Vec<u8>,
    },
}

/// The lasting part of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A coordinator decides, or an author erases; the name of the act. The rest is in the content.
    Act(String),
    /// The root of a partner certifies the instance.
    Certificate(Box<Certificate>),
    /// What the node has seen and done. All of it is in the content.
    Checkpoint,
    /// A change of a record.
    Edit(EditFrame),
    /// A personal value.
    Personal(PersonalFrame),
    /// A partner gives itself another root key.
    Rotation(Box<Rotation>),
    /// What a partner holds about a subject.
    Statement(StatementFrame),
    /// An item of a later version: kept, not interpreted. A list whose first value is a text that is none of ours.
    Unknown(Tree),
}

/// The lasting part of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditFrame {
    /// The record that is changed.
    pub record: RecordId,
    /// The record's heads that the author saw.
    pub base: Vec<ItemId>,
    /// For a creation: what the record's id is the hash of.
    pub creation: Option<RecordBirth>,
}

/// What a record's id is the hash of, beside the federation. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordBirth {
    /// The kind, as its code (`actor`, `event` …).
    pub kind: String,
    /// The home territory: a département's code, or `*`.
    pub territory: String,
    /// Random bytes that tell apart two records of one kind and place.
    pub nonce: [u8; 16],
}

/// The lasting part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFrame {
    /// The record that it is about.
    pub subject: RecordId,
    /// The second record of a *duplicate*.
    pub other: Option<RecordId>,
    /// What is stated: `verified`, `assessed` …
    pub predicate: String,
}

/// The lasting part of a personal value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalFrame {
    /// The record that has the value.
    pub record: RecordId,
    /// The field that has the value.
    pub field: String,
    /// The person: an opaque tag.
    pub subject: SubjectId,
    /// The earlier values of this field that this one replaces.
    pub supersedes: Vec<ItemId>,
}

impl Item {
    /// Returns the commitment that the payload's commitment is made of.
    pub fn commitment(&self) -> [u8; 32] {
        hash("item", &[&self.frame.to_cbor(), &self.body.content_hash()])
    }

    /// Returns the content, unless it was erased.
    pub fn content(&self) -> Option<&[u8]> {
        match &self.body {
            Body::Erased { .. } => None,
            Body::Held { content, .. } => Some(content),
        }
    }

    /// Returns the item without its content and salt. Nobody can make one from the other again.
    pub fn erased(&self) -> Self {
        let content_hash = self.body.content_hash();
        Self {
            frame: self.frame.clone(),
            body: Body::Erased { content_hash },
        }
    }

    /// Returns the size that is bounded by `limits::ITEM_BYTES_MAX`.
    pub fn size_bytes(&self) -> usize {
        self.frame.to_cbor().len() + self.content().map_or(0, <[u8]>::len)
    }
}

impl Body {
    fn content_hash(&self) -> [u8; 32] {
        match self {
            Body::Erased { content_hash } => *content_hash,
            Body::Held { salt, content } => hash("content", &[salt, content]),
        }
    }
}

impl Wire for Item {
    fn encode(&self, to: &mut Writer) {
        let frame = self.frame.to_cbor();
        match &self.body {
            Body::Erased { content_hash } => to.array(2).bytes(&frame).bytes(content_hash),
            Body::Held { salt, content } => to.array(3).bytes(&frame).bytes(salt).bytes(content),
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let len = cbor::array(from)?;
        let frame = cbor::decode_exact(from.bytes()?)?;
        let body = match len {
            2 => Body::Erased {
                content_hash: cbor::fixed_bytes(from)?,
            },
            3 => Body::Held {
                salt: cbor::fixed_bytes(from)?,
                content: from.bytes()?.to_vec(),
            },
            _ => return Err(CborError::Malformed),
        };
        Ok(Self { frame, body })
    }
}

impl Wire for Frame {
    fn encode(&self, to: &mut Writer) {
        match self {
            Frame::Act(name) => to.array(2).text("act").text(name),
            Frame::Certificate(certificate) => certificate.encode_frame(to),
            Frame::Checkpoint => to.array(1).text("checkpoint"),
            Frame::Edit(edit) => {
                to.array(4).text("edit").bytes(edit.record.as_bytes());
                ids(to, &edit.base);
                match &edit.creation {
                    None => to.null(),
                    Some(birth) => to
                        .array(3)
                        .text(&birth.kind)
                        .text(&birth.territory)
                        .bytes(&birth.nonce),
                }
            }
            Frame::Personal(personal) => {
                to.array(5)
                    .text("personal")
                    .bytes(personal.record.as_bytes());
                to.text(&personal.field).bytes(personal.subject.as_bytes());
                ids(to, &personal.supersedes)
            }
            Frame::Rotation(rotation) => rotation.encode_frame(to),
            Frame::Statement(statement) => {
                to.array(4)
                    .text("statement")
                    .bytes(statement.subject.as_bytes());
                match &statement.other {
                    None => to.null(),
                    Some(other) => to.bytes(other.as_bytes()),
                };
                to.text(&statement.predicate)
            }
            Frame::Unknown(tree) => to.value(tree),
        };
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        let start = from.position();
        let len = cbor::array(from)?;
        let name = cbor::text(from)?;
        match (name.as_str(), len) {
            ("act", 2) => Ok(Frame::Act(cbor::text(from)?)),
            ("certificate", Certificate::FRAME_VALUES) => Ok(Frame::Certificate(Box::new(
                Certificate::decode_frame(from)?,
            ))),
            ("checkpoint", 1) => Ok(Frame::Checkpoint),
            ("edit", 4) => Ok(Frame::Edit(EditFrame {
                record: RecordId::from_bytes(cbor::fixed_bytes(from)?),
                base: read_ids(from)?,
                creation: cbor::optional(from, RecordBirth::decode)?,
            })),
            ("personal", 5) => Ok(Frame::Personal(PersonalFrame {
                record: RecordId::from_bytes(cbor::fixed_bytes(from)?),
                field: cbor::text(from)?,
                subject: SubjectId::from_bytes(cbor::fixed_bytes(from)?),
                supersedes: read_ids(from)?,
            })),
            ("statement", 4) => Ok(Frame::Statement(StatementFrame {
                subject: RecordId::from_bytes(cbor::fixed_bytes(from)?),
                other: cbor::optional(from, |from| {
                    cbor::fixed_bytes(from).map(RecordId::from_bytes)
                })?,
                predicate: cbor::text(from)?,
            })),
            ("rotation", Rotation::FRAME_VALUES) => match Rotation::decode_frame(from) {
                Ok(rotation) => Ok(Frame::Rotation(Box::new(rotation))),
                Err(_) => unknown(from, start),
            },
            (known, _) if KNOWN.contains(&known) => Err(CborError::Malformed),
            _ => unknown(from, start),
        }
    }
}

impl RecordBirth {
    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 3)?;
        Ok(Self {
            kind: cbor::text(from)?,
            territory: cbor::text(from)?,
            nonce: cbor::fixed_bytes(from)?,
        })
    }
}

/// Reads the frame that starts at `start` as one of a later version.
fn unknown(from: &mut Decoder<'_>, start: usize) -> Result<Frame, CborError> {
    from.set_position(start);
    Tree::decode(from).map(Frame::Unknown)
}

fn ids<'w>(to: &'w mut Writer, ids: &[ItemId]) -> &'w mut Writer {
    to.array(ids.len());
    for id in ids {
        to.bytes(id.as_bytes());
    }
    to
}

fn read_ids(from: &mut Decoder<'_>) -> Result<Vec<ItemId>, CborError> {
    let len = cbor::array(from)?;
    let mut ids = Vec::new();
    for _ in 0..len {
        ids.push(ItemId::from_bytes(cbor::fixed_bytes(from)?));
    }
    Ok(ids)
}

/// The types of the first version. A `rotation` of another shape is not among them: a node of that version keeps it as it keeps every
/// type that it does not know, and refusing it here would make the two differ for ever.
const KNOWN: [&str; 6] = [
    "act",
    "certificate",
    "checkpoint",
    "edit",
    "personal",
    "statement",
];
