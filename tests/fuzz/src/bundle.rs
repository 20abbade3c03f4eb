//! Bundles, taken in by a whole replica that stays from one input to the next. Their checks are written anew here, so that what stands
//! behind them is looked at.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;

use crdt_schema::entry::VerifiedEntry;
use crdt_schema::id::{EntryId, FeedId, hash};
use replica::Replica;
use sync::codec::PREFIX_BYTES;
use sync::limits::BLOCK_BYTES_MAX;
use sync::quota::SpentRow;
use sync::{Bundles, Door, JoinError, JoinReply, JoinRequest};

use crate::Target;
use crate::federation::{NOON, charter, entries};

/// A frame, its block inflated and taken apart, and the batch before it, which waits for its commit.
pub(crate) const TARGET: Target = Target {
    name: "bundle",
    bytes_max: 32 << 10,
    run: bundle,
    fixed: (128 << 10) + 4 * BLOCK_BYTES_MAX as u64,
    per_byte: 32,
};

/// Bytes of the preamble before the name of the program, whose length is the last of them.
const PREAMBLE_BYTES: usize = 123;
const CHECK_BYTES: usize = 32;

struct Node {
    replica: Arc<Replica>,
    bundles: Bundles,
    /// What anybody has signed: nothing else may ever be held.
    signed: BTreeSet<EntryId>,
    _folder: tempfile::TempDir,
}

thread_local! {
    static NODE: RefCell<Option<Node>> = const { RefCell::new(None) };
}

fn bundle(input: &[u8]) {
    NODE.with_borrow_mut(|node| {
        let node = node.get_or_insert_with(Node::open);
        node.take(input);
        node.take(&sealed(input));
    });
}

impl Node {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Replica::create(folder.path(), &[charter()], &[]).expect("an empty folder");
        let replica = Arc::new(Replica::open(folder.path(), None).expect("a store"));
        Self {
            bundles: Bundles::of(Arc::clone(&replica), Arc::new(Alone), || NOON),
            replica,
            signed: entries().iter().map(VerifiedEntry::id).collect(),
            _folder: folder,
        }
    }

    fn take(&self, bytes: &[u8]) {
        let before = self.held().len();
        let taken = self.bundles.import(Cursor::new(bytes), &mut |_, _| ());
        let held = self.held();
        assert!(held.is_subset(&self.signed), "what nobody signed is held");
        let new = (held.len() - before) as u64;
        match taken {
            Ok(taken) => {
                assert_eq!(taken.new, new);
                let left_out: u64 = taken.left_out.values().map(|left| left.entries).sum();
                assert!(taken.new + taken.known + left_out <= taken.entries.max(new));
            }
            Err(_) => assert_eq!(new, 0, "an error means that nothing was taken"),
        }
        let tip = self.replica.state().governance().adoption().tip_id();
        assert_eq!(tip, charter().id(), "nobody has voted");
    }

    fn held(&self) -> BTreeSet<EntryId> {
        let state = self.replica.state();
        state.feeds().entries().map(|(id, _)| id).collect()
    }
}

/// Writes the check of each part anew, as far as there are whole parts.
fn sealed(input: &[u8]) -> Vec<u8> {
    let (mut bytes, mut check) = (Vec::new(), [0; CHECK_BYTES]);
    let mut rest = input;
    while let Some(length) = part_bytes(rest, bytes.is_empty())
        && let Some((part, after)) = rest.split_at_checked(length)
        && after.len() >= CHECK_BYTES
    {
        check = hash("bundle", &[&check, part]);
        bytes.extend(part);
        bytes.extend(check);
        rest = &after[CHECK_BYTES..];
    }
    bytes.extend(rest);
    bytes
}

/// Returns the bytes of a part without its check.
fn part_bytes(rest: &[u8], is_first: bool) -> Option<usize> {
    if is_first {
        return Some(PREAMBLE_BYTES + usize::from(*rest.get(PREAMBLE_BYTES - 1)?));
    }
    let length = u32::from_be_bytes(*rest.first_chunk::<PREFIX_BYTES>()?) as usize;
    // The end has a length of nothing, and two numbers.
    Some(PREFIX_BYTES + if length == 0 { 16 } else { length })
}

/// A door at which nobody is met.
#[derive(Debug)]
pub struct Alone;

impl Door for Alone {
    fn is_allowed(&self, _: &[u8; 32]) -> bool {
        false
    }

    fn is_open(&self) -> bool {
        false
    }

    fn join(&self, _: &JoinRequest, _: [u8; 32]) -> JoinReply {
        JoinReply::Refused(JoinError::Code)
    }

    fn claimed(&self, _: &[u8; 32], _: u64) {}

    fn unproved(&self, _: &[u8; 32]) {}

    fn compared(&self) {}

    fn level(&self) {}

    fn feeds_of(&self, _: &[u8; 32]) -> Vec<FeedId> {
        Vec::new()
    }

    fn spent(&self) -> Vec<SpentRow> {
        Vec::new()
    }

    fn keep_spent(&self, _: &[SpentRow]) {}
}
