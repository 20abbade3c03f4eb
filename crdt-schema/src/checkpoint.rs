//! Checkpoints: what a node says of itself, daily and after each change of governance. Other nodes compare what they see, and know
//! which erasures are done there.

use std::collections::{BTreeMap, BTreeSet};

mod comparison;
mod confirmation;
mod deciding;

use minicbor::Decoder;

pub use comparison::{Comparison, Standing, UNKNOWN_MAX, UnknownHead, compare};
pub use confirmation::{Confirmation, PARTNERS_ASKED, Word, confirm};
pub use deciding::{NamedHeads, named_heads};

use crate::cbor::{self, CborError, Wire, Writer};
use crate::governance::Feeds;
use crate::id::{CharterId, EntryId, FeedId, ItemId};

/// The content of a `checkpoint` item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Version and id of the newest charter that the node has adopted.
    pub tip: (u64, CharterId),
    /// The heads, as sequence and id, of the feeds that decide, and of those whose erasures the others ask about.
    pub governance: NamedHeads,
    /// The digest of all heads.
    pub heads: [u8; 32],
    /// Erasures that stand at or before these heads and are not done: their bytes may still be in a file of the node. `None` when there
    /// are too many to be named: then nothing is said of any.
    pub unfinished: Option<BTreeSet<ItemId>>,
}

impl Checkpoint {
    /// Reads a content. `None` when it is not of this form.
    pub fn read(content: &[u8]) -> Option<Self> {
        cbor::decode_exact(content).ok()
    }

    /// Returns whether the node held this entry of a feed that holds acts.
    pub fn covers(&self, feeds: &Feeds, entry: &EntryId) -> bool {
        let Some(held) = feeds.entry(entry) else {
            return false;
        };
        let heads = self.governance.get(&held.feed);
        heads.is_some_and(|heads| {
            heads
                .iter()
                .any(|(_, head)| feeds.is_same_or_ancestor(entry, head))
        })
    }

    /// Returns whether an erasure, by its act and the entry that carries it, is done at the node.
    pub fn has_done(&self, feeds: &Feeds, act: &ItemId, entry: &EntryId) -> bool {
        let unfinished = self.unfinished.as_ref();
        self.covers(feeds, entry) && unfinished.is_some_and(|them| !them.contains(act))
    }
}

impl Wire for Checkpoint {
    fn encode(&self, to: &mut Writer) {
        to.array(4).array(2).unsigned(self.tip.0);
        to.bytes(self.tip.1.as_bytes()).array(self.governance.len());
        for (feed, heads) in &self.governance {
            to.array(2).bytes(feed.as_bytes()).array(heads.len());
            for (sequence, head) in heads {
                to.array(2).unsigned(*sequence).bytes(head.as_bytes());
            }
        }
        to.bytes(&self.heads);
        let Some(unfinished) = &self.unfinished else {
            to.null();
            return;
        };
        to.array(unfinished.len());
        for act in unfinished {
            to.bytes(act.as_bytes());
        }
    }

    /// Lists out of order, or with one value twice, are written differently again, and so refused by `cbor::decode_exact`.
    fn decode(from: &mut Decoder<'_>) -> Result<Self, CborError> {
        cbor::array_of(from, 4)?;
        cbor::array_of(from, 2)?;
        let tip = (from.u64()?, CharterId::from_bytes(cbor::fixed_bytes(from)?));
        let mut governance = BTreeMap::new();
        for _ in 0..cbor::array(from)? {
            cbor::array_of(from, 2)?;
            let feed = FeedId::from_bytes(cbor::fixed_bytes(from)?);
            let mut heads = BTreeSet::new();
            for _ in 0..cbor::array(from)? {
                cbor::array_of(from, 2)?;
                heads.insert((from.u64()?, EntryId::from_bytes(cbor::fixed_bytes(from)?)));
            }
            governance.insert(feed, heads);
        }
        let heads = cbor::fixed_bytes(from)?;
        let unfinished = cbor::optional(from, |from| {
            let mut unfinished = BTreeSet::new();
            for _ in 0..cbor::array(from)? {
                unfinished.insert(ItemId::from_bytes(cbor::fixed_bytes(from)?));
            }
            Ok(unfinished)
        })?;
        Ok(Self {
            tip,
            governance,
            heads,
            unfinished,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let head = |sequence, byte| (sequence, EntryId::from_bytes([byte; 32]));
        Checkpoint {
            tip: (3, CharterId::from_bytes([3; 32])),
            governance: [
                (FeedId::from_bytes([1; 32]), [head(7, 1)].into()),
                (FeedId::from_bytes([2; 32]), [head(2, 9), head(3, 1)].into()),
            ]
            .into(),
            heads: [5; 32],
            unfinished: Some([1, 2].map(|byte| ItemId::from_bytes([byte; 16])).into()),
        }
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_written() {
        assert_eq!(
            Checkpoint::read(&checkpoint().to_cbor()),
            Some(checkpoint())
        );
        let empty = Checkpoint {
            governance: BTreeMap::new(),
            unfinished: Some(BTreeSet::new()),
            ..checkpoint()
        };
        assert_eq!(Checkpoint::read(&empty.to_cbor()), Some(empty.clone()));
        let silent = Checkpoint {
            unfinished: None,
            ..checkpoint()
        };
        assert_ne!(silent.to_cbor(), empty.to_cbor());
        assert_eq!(Checkpoint::read(&silent.to_cbor()), Some(silent));
    }

    #[test]
    fn another_order_or_another_shape_is_no_checkpoint() {
        let bytes = checkpoint().to_cbor();
        let mut swapped = bytes.clone();
        let end = swapped.len();
        // The two ids at the end: 17 bytes each, with the byte that says their length.
        swapped[end - 34..].rotate_left(17);
        assert_eq!(Checkpoint::read(&swapped), None);
        for cut in 0..bytes.len() {
            assert_eq!(Checkpoint::read(&bytes[..cut]), None, "{cut}");
        }
        assert_eq!(Checkpoint::read(&[&bytes[..], &[0]].concat()), None);
        // A list that claims four thousand million feeds.
        let mut claims = vec![0x84, 0x82, 0x00, 0x58, 0x20];
        claims.extend([0; 32]);
        claims.extend([0x9a, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(Checkpoint::read(&claims), None);
    }
}
