//! The instance that signs for this node.

use std::fmt;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation};
use crdt_schema::entry::{
    Body, EditFrame, Frame, Item, Kind, Payload, RecordBirth, UnsignedEntry, VerifiedEntry,
};
use crdt_schema::id::{EntryId, FeedId, ItemId, RecordId};
use crdt_schema::key::SecretKey;
use crdt_schema::limits::{BASE_MAX, ENTRY_ITEMS_MAX, ITEM_BYTES_MAX, PAYLOAD_BYTES_MAX};
use crdt_schema::time::Timestamp;

use crate::state::State;

/// The key of this instance, and what the outside world gives it: the time, and chance.
#[derive(Clone)]
pub struct Author {
    /// The instance key.
    pub secret: SecretKey,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// A secure source of random bytes.
    pub fill_random: fn(&mut [u8]),
}

/// Something to sign: what others stand on, and what may have to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    /// The frame.
    pub frame: Frame,
    /// The content.
    pub content: Vec<u8>,
}

impl Author {
    /// Returns the feed of this instance.
    pub fn feed(&self) -> FeedId {
        self.secret.public().feed()
    }

    pub(crate) fn sign(
        &self,
        state: &State,
        kind: Kind,
        place: (u64, Option<EntryId>),
        items: Vec<NewItem>,
    ) -> VerifiedEntry {
        let items = items.into_iter().map(|item| self.salted(item)).collect();
        let entry = UnsignedEntry {
            kind,
            federation: *state.federation(),
            place,
            charter: state.governance.adoption().tip_id(),
            claimed: (self.now)(),
            payload: Payload::new(items).expect("items are grouped within the limits"),
        };
        entry.sign(&self.secret)
    }

    fn salted(&self, item: NewItem) -> Item {
        let mut salt = [0; 16];
        (self.fill_random)(&mut salt);
        Item {
            frame: item.frame,
            body: Body::Held {
                salt,
                content: item.content,
            },
        }
    }
}

impl fmt::Debug for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Author of {:?}", self.feed())
    }
}

/// Groups items into entries within the limits, in their order. `Err` holds the position of an item that no entry can take.
pub(crate) fn group(items: Vec<NewItem>) -> Result<Vec<Vec<NewItem>>, usize> {
    let mut entries: Vec<Vec<NewItem>> = Vec::new();
    let mut size_bytes = PAYLOAD_BYTES_MAX;
    for (index, item) in items.into_iter().enumerate() {
        let item_bytes = item.size_bytes();
        if item_bytes > ITEM_BYTES_MAX {
            return Err(index);
        }
        let is_full = entries
            .last()
            .is_none_or(|entry| entry.len() == ENTRY_ITEMS_MAX);
        if is_full || size_bytes + item_bytes + ITEM_OVERHEAD_BYTES > PAYLOAD_BYTES_MAX {
            entries.push(Vec::new());
            size_bytes = LIST_OVERHEAD_BYTES;
        }
        size_bytes += item_bytes + ITEM_OVERHEAD_BYTES;
        entries.last_mut().expect("one was just made").push(item);
    }
    Ok(entries)
}

impl NewItem {
    /// Writes an edit to sign. A base may name more heads than an edit may stand on, in any order: what is left is settled by the next edit.
    pub fn of_edit(
        record: RecordId,
        mut base: Vec<ItemId>,
        creation: Option<RecordBirth>,
        operations: Vec<Operation>,
    ) -> Self {
        // INVARIANT of edits: rising, distinct, at most this many.
        base.sort_unstable();
        base.dedup();
        base.truncate(BASE_MAX);
        let frame = Frame::Edit(EditFrame {
            record,
            base,
            creation,
        });
        Self {
            frame,
            content: Content(operations).to_cbor(),
        }
    }

    fn size_bytes(&self) -> usize {
        self.frame.to_cbor().len() + self.content.len()
    }
}

/// The salt with its head, and the heads of list, frame and content.
const ITEM_OVERHEAD_BYTES: usize = 17 + 1 + 5 + 5;
/// The head of the list of items.
const LIST_OVERHEAD_BYTES: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn item(content_bytes: usize) -> NewItem {
        NewItem {
            frame: Frame::Checkpoint,
            content: vec![7; content_bytes],
        }
    }

    fn sizes(entries: &[Vec<NewItem>]) -> Vec<usize> {
        entries.iter().map(Vec::len).collect()
    }

    #[test]
    fn an_entry_takes_256_items() {
        let sized = |count| sizes(&group(vec![item(1); count]).expect("small items fit"));
        assert_eq!(sized(0), Vec::<usize>::new());
        assert_eq!(sized(255), [255]);
        assert_eq!(sized(256), [256]);
        assert_eq!(sized(257), [256, 1]);
    }

    #[test]
    fn what_is_grouped_fits_into_entries() {
        let items = vec![
            item(60_000),
            item(60_000),
            item(60_000),
            item(60_000),
            item(30_000),
            item(10),
        ];
        for entry in group(items).expect("each item is small enough") {
            let held = entry.into_iter().map(|item| Item {
                frame: item.frame,
                body: Body::Held {
                    salt: [0; 16],
                    content: item.content,
                },
            });
            assert!(Payload::new(held.collect()).is_ok());
        }
    }

    #[test]
    fn an_item_of_64_kib_is_the_largest() {
        let frame_bytes = item(0).size_bytes();
        assert!(group(vec![item(ITEM_BYTES_MAX - frame_bytes)]).is_ok());
        assert_eq!(
            group(vec![item(3), item(ITEM_BYTES_MAX - frame_bytes + 1)]),
            Err(1)
        );
    }
}
