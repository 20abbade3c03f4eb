//! The payload of an entry: 1 to 256 items, and one commitment to all of them.

use minicbor::Decoder;

use crate::cbor::{self, CborError, Wire, Writer};
use crate::entry::Item;
use crate::id::hash;
use crate::limits::{ENTRY_ITEMS_MAX, ITEM_BYTES_MAX, PAYLOAD_BYTES_HELD_MAX, PAYLOAD_BYTES_MAX};

/// The items of an entry, within the limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload(Vec<Item>);

/// A payload that breaks a rule of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The bytes are not the one CBOR writing of a list of items.
    #[error("the payload cannot be read: {0}")]
    Cbor(#[from] CborError),
    /// No item.
    #[error("the payload holds no item")]
    Empty,
    /// An item is too large.
    #[error("item {index} takes {size_bytes} bytes, {ITEM_BYTES_MAX} at most")]
    ItemTooLarge {
        /// Position of the item, from 0.
        index: usize,
        /// Its size.
        size_bytes: usize,
    },
    /// All the items together are too large.
    #[error("the payload takes {0} bytes, {PAYLOAD_BYTES_MAX} at most")]
    TooLarge(usize),
    /// Too many items.
    #[error("the payload holds {0} items, {ENTRY_ITEMS_MAX} at most")]
    TooManyItems(usize),
}

impl Payload {
    /// Takes items within the limits, with or without erased contents.
    pub fn new(items: Vec<Item>) -> Result<Self, PayloadError> {
        let payload = Self(items);
        payload.check(payload.to_cbor().len())?;
        Ok(payload)
    }

    /// Reads the bytes of a payload, with or without erased contents.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError> {
        if bytes.len() > PAYLOAD_BYTES_HELD_MAX {
            return Err(PayloadError::TooLarge(bytes.len()));
        }
        let payload: Self = cbor::decode_exact(bytes)?;
        payload.check(bytes.len())?;
        Ok(payload)
    }

    /// Returns the bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_cbor()
    }

    /// Returns the items.
    pub fn items(&self) -> &[Item] {
        &self.0
    }

    /// Returns the items, and gives up the payload.
    pub fn into_items(self) -> Vec<Item> {
        self.0
    }

    /// Returns whether every content is there.
    pub fn is_whole(&self) -> bool {
        self.0.iter().all(|item| item.content().is_some())
    }

    /// Returns whether this can be what is left of a payload that had this size when it was signed: exactly that size when every content
    /// is there, else 16 bytes more for each that is not, at most. Whatever is erased next, it then stays within the limit.
    pub fn can_be_of(&self, signed_bytes: usize) -> bool {
        let size_bytes = self.to_cbor().len();
        let erased = self.0.iter().filter(|item| item.content().is_none());
        match erased.count() {
            0 => size_bytes == signed_bytes,
            count => size_bytes <= signed_bytes + 16 * count,
        }
    }

    /// Returns the commitment that stands in the header: it does not change when contents are erased.
    pub fn commitment(&self) -> [u8; 32] {
        let count = (self.0.len() as u32).to_be_bytes();
        let commitments: Vec<[u8; 32]> = self.0.iter().map(Item::commitment).collect();
        let mut parts: Vec<&[u8]> = vec![&count];
        parts.extend(commitments.iter().map(<[u8; 32]>::as_slice));
        hash("payload", &parts)
    }

    fn check(&self, size_bytes: usize) -> Result<(), PayloadError> {
        match self.0.len() {
            0 => return Err(PayloadError::Empty),
            count if count > ENTRY_ITEMS_MAX => return Err(PayloadError::TooManyItems(count)),
            _ => {}
        }
        for (index, item) in self.0.iter().enumerate() {
            let size_bytes = item.size_bytes();
            if size_bytes > ITEM_BYTES_MAX {
                return Err(PayloadError::ItemTooLarge { index, size_bytes });
            }
        }
        let size_bytes_max = if self.is_whole() {
            PAYLOAD_BYTES_MAX
        } else {
            PAYLOAD_BYTES_HELD_MAX
        };
        if size_bytes > size_bytes_max {
            return Err(PayloadError::TooLarge(size_bytes));
        }
        Ok(())
    }
}

impl Wire for Payload {
    fn encode(&self, to: &mut Writer) {
        to.list(&self.0);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::list(from).map(Self)
    }
}
