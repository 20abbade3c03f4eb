//! Receipts: what this node says of itself in its checkpoints, and what the checkpoints of the others say of an erasure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crdt_schema::cbor::Wire;
use crdt_schema::checkpoint::{Checkpoint, NamedHeads, named_heads};
use crdt_schema::entry::{Frame, Kind};
use crdt_schema::governance::{Erasure, Position};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId, hash};
use crdt_schema::time::Timestamp;

use crate::author::NewItem;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::replica::{ContributeError, Replica};
use crate::standing::Bar;
use crate::state::State;

/// An erasure that is in force, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureStatus {
    /// The act.
    pub act: ItemId,
    /// The entry that carries it.
    pub entry: EntryId,
    /// Whose act it is.
    pub partner: Option<PartnerId>,
    /// When its author says it was signed.
    pub claimed: Option<Timestamp>,
    /// What it names.
    pub erasure: Erasure,
    /// Whether it reaches everybody's contributions, or its author's only.
    pub is_for_all: bool,
    /// The nodes of the federation, in the order of partners and feeds.
    pub nodes: Vec<Receipt>,
    /// The nodes that were put out before they said that it is done: nobody waits for them, and what they hold stays with them.
    pub out: Vec<OutNode>,
}

/// A node that is heard no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutNode {
    /// The partner whose node it is.
    pub partner: PartnerId,
    /// The feed of its last instance.
    pub feed: FeedId,
    /// Why it is heard no more.
    pub bar: Bar,
}

/// What is known of an erasure at one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The partner whose node it is.
    pub partner: PartnerId,
    /// The feed of its instance.
    pub feed: FeedId,
    /// Whether it is this node.
    pub is_own: bool,
    /// Whether the node says that none of the bytes are left in its files.
    pub is_done: bool,
    /// When the node says it signed the last entry that is held of it.
    pub last_seen: Option<Timestamp>,
}

/// How long a checkpoint is current.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(24 * 3_600);
/// Erasures that are not done, of one checkpoint. With more, it says nothing of erasures, and names its governance all the same.
const UNFINISHED_MAX: usize = 500;

impl ErasureStatus {
    /// Returns at how many nodes it is done. The others are the rest of `nodes`.
    pub fn done(&self) -> usize {
        self.nodes.iter().filter(|node| node.is_done).count()
    }
}

impl Replica {
    /// Signs a checkpoint: what this node has seen, and which erasures are done here.
    pub fn checkpoint(&self) -> Result<EntryId, ContributeError> {
        let content = self.new_checkpoint()?.to_cbor();
        let frame = Frame::Checkpoint;
        let signed = self.sign(Kind::Checkpoint, vec![NewItem { frame, content }])?;
        signed.first().copied().ok_or(ContributeError::ReadOnly)
    }

    /// Returns whether a new checkpoint is to be signed: the last one is a day old, or governance or erasures have changed since.
    pub fn checkpoint_due(&self, now: Timestamp) -> Result<bool, Fault> {
        let Some(feed) = self.feed() else {
            return Ok(false);
        };
        let reader = self.read()?;
        let unfinished = reader.unfinished_erasures()?;
        let state = self.state();
        if !state.certificates().contains_key(&feed) {
            return Ok(false);
        }
        let Some((claimed, last)) = reader.last_checkpoint(&state, &feed)? else {
            return Ok(true);
        };
        let age_ms = now.as_millis().abs_diff(claimed.as_millis());
        let adoption = state.governance().adoption();
        let unfinished = named(unfinished.into_keys().collect());
        Ok(u128::from(age_ms) >= CHECKPOINT_EVERY.as_millis()
            || last.tip.1 != adoption.tip_id()
            || last.unfinished != unfinished
            || tells_more(&last, &state))
    }

    /// Returns the erasures in force, and what each node says of them.
    pub fn erasure_board(&self) -> Result<Vec<ErasureStatus>, Fault> {
        let reader = self.read()?;
        let unfinished = reader.unfinished_erasures()?;
        let state = self.state();
        let nodes = reader.nodes(&state)?;
        let out = state.nodes_out();
        let mut words = Vec::new();
        for node in out {
            let word = reader.last_checkpoint(&state, &node.feed)?;
            words.push((node, word));
        }
        let mut board = Vec::new();
        for erasure in state.erasures_in_force() {
            let entry = erasure.signed.entry;
            let receipt = |node: &Node| {
                let is_own = Some(node.feed) == self.feed();
                let says_done = |it: &Checkpoint| it.has_done(&state.feeds, &erasure.act, &entry);
                Receipt {
                    partner: node.partner,
                    feed: node.feed,
                    is_own,
                    is_done: match is_own {
                        true => !unfinished.contains_key(&erasure.act),
                        false => node
                            .checkpoint
                            .as_ref()
                            .is_some_and(|(_, it)| says_done(it)),
                    },
                    last_seen: node.last_seen,
                }
            };
            board.push(ErasureStatus {
                act: erasure.act,
                entry,
                partner: state.feeds.owner(&entry),
                claimed: reader.claimed(&state, &entry)?,
                erasure: erasure.erasure.clone(),
                is_for_all: erasure.is_for_all,
                nodes: nodes.iter().map(receipt).collect(),
                out: words
                    .iter()
                    .filter(|(_, word)| {
                        !word
                            .as_ref()
                            .is_some_and(|(_, it)| it.has_done(&state.feeds, &erasure.act, &entry))
                    })
                    .map(|(node, _)| node.clone())
                    .collect(),
            });
        }
        Ok(board)
    }

    fn new_checkpoint(&self) -> Result<Checkpoint, Fault> {
        let reader = self.read()?;
        let state = self.state();
        let unfinished: BTreeSet<ItemId> = reader.unfinished_erasures()?.into_keys().collect();
        let adoption = state.governance().adoption();
        let tip = (adoption.tip().version, adoption.tip_id());
        Ok(Checkpoint {
            tip,
            governance: governance_heads(&state),
            heads: heads_digest(&state),
            unfinished: named(unfinished),
        })
    }
}

/// Returns the erasures that are not done, if there are few enough to be named.
fn named(unfinished: BTreeSet<ItemId>) -> Option<BTreeSet<ItemId>> {
    (unfinished.len() <= UNFINISHED_MAX).then_some(unfinished)
}

/// Returns whether a new checkpoint would name, or stand after, an entry that the last one does not.
fn tells_more(last: &Checkpoint, state: &State) -> bool {
    let now = Checkpoint {
        governance: governance_heads(state),
        ..last.clone()
    };
    let cuts = &state.governance.adoption().tip().cuts;
    let mut entries = state.act_entries();
    entries.extend(cuts.values().map(|cut| cut.entry));
    let mut entries = entries.iter();
    entries.any(|entry| now.covers(&state.feeds, entry) && !last.covers(&state.feeds, entry))
}

/// The heads that this node names. Erasures of an author's own stand wherever they are, and the others ask whether they are done.
fn governance_heads(state: &State) -> NamedHeads {
    let own_erasures = state.erasures_in_force().map(|it| it.signed.entry);
    named_heads(
        &state.feeds,
        state.governance.adoption(),
        &state.act_entries(),
        &own_erasures.collect(),
    )
}

fn heads_digest(state: &State) -> [u8; 32] {
    let mut bytes = Vec::new();
    for feed in state.feeds.ids() {
        let mut heads = state.feeds.heads(feed);
        heads.sort_unstable();
        bytes.extend(feed.as_bytes());
        bytes.extend((heads.len() as u32).to_be_bytes());
        for (sequence, id) in heads {
            bytes.extend(sequence.to_be_bytes());
            bytes.extend(id.as_bytes());
        }
    }
    hash("checkpoint-heads", &[&bytes])
}

impl State {
    /// Returns the nodes of partners that were enrolled once and that are heard no more, in the order of partners.
    fn nodes_out(&self) -> Vec<OutNode> {
        let enrolled = self.governance.partners().enrolled();
        let mut found: BTreeMap<(PartnerId, [u8; 32]), OutNode> = BTreeMap::new();
        for (feed, certificate) in self.certificates() {
            let why = self.bar_of_endpoint(&certificate.endpoint);
            let Some(Err(bar @ (Bar::Cut | Bar::Left))) = why else {
                continue;
            };
            let node = OutNode {
                partner: certificate.partner,
                feed: *feed,
                bar,
            };
            if enrolled.contains_key(&certificate.partner) {
                found.insert((certificate.partner, certificate.endpoint), node);
            }
        }
        found.into_values().collect()
    }
}

/// A node of the federation, as its feed shows it.
pub(crate) struct Node {
    pub(crate) partner: PartnerId,
    feed: FeedId,
    last_seen: Option<Timestamp>,
    /// Whether an act cut its feed.
    is_cut: bool,
    /// The newest one of its instance that can be read, with the time that its author claims.
    pub(crate) checkpoint: Option<(Timestamp, Checkpoint)>,
    /// The same of all its instances that are not cut: what a node knew before it had a new key, it knew. What it has erased it may have
    /// brought back since, from a backup.
    pub(crate) word: Option<(Timestamp, Checkpoint)>,
}

type Word = Option<(Timestamp, Checkpoint)>;

fn newest(one: Word, other: Word) -> Word {
    let both = one.into_iter().chain(other);
    both.max_by_key(|(claimed, _)| *claimed)
}

impl Reader {
    /// Returns the nodes that are heard. Of several instances of one endpoint, which a restored node leaves behind, the one that signed last
    /// is the node, and one that is not cut goes before one that is.
    pub(crate) fn nodes(&self, state: &State) -> Result<Vec<Node>, Fault> {
        let mut nodes: BTreeMap<(PartnerId, [u8; 32]), Node> = BTreeMap::new();
        for (feed, certificate) in state.certificates() {
            let Some((_, head)) = state.feeds.furthest_head(feed) else {
                continue;
            };
            if matches!(state.bar(feed), Some(Bar::Cut | Bar::Left)) {
                continue;
            }
            // A coordinator that an act cut is still heard: it answers for its files, and confirms nothing.
            let is_cut = state.governance.partners().is_cut(feed);
            let checkpoint = self.last_checkpoint(state, feed)?;
            let mut node = Node {
                partner: certificate.partner,
                feed: *feed,
                last_seen: self.claimed(state, &head)?,
                word: checkpoint.clone().filter(|_| !is_cut),
                checkpoint,
                is_cut,
            };
            let place = (certificate.partner, certificate.endpoint);
            if let Some(other) = nodes.remove(&place) {
                let rank = |node: &Node| (!node.is_cut, node.last_seen);
                let older = if rank(&other) < rank(&node) {
                    other
                } else {
                    std::mem::replace(&mut node, other)
                };
                node.word = newest(node.word, older.word);
            }
            nodes.insert(place, node);
        }
        Ok(nodes.into_values().collect())
    }

    /// Returns the instances that a node had before this one, with their last entry that is held. Nothing where this one is not its last.
    pub(crate) fn earlier_instances(
        &self,
        state: &State,
        feed: &FeedId,
    ) -> Result<BTreeMap<FeedId, Position>, Fault> {
        let mut nodes = self.nodes(state)?.into_iter();
        let certificates = state.certificates();
        let node = nodes.find(|node| node.feed == *feed);
        let Some(last) = node.and_then(|_| certificates.get(feed)) else {
            return Ok(BTreeMap::new());
        };
        let mut places = state.last_places(&last.partner);
        places.retain(|other, _| {
            let is_of_node = certificates
                .get(other)
                .is_some_and(|its| its.endpoint == last.endpoint);
            is_of_node && other != feed
        });
        Ok(places)
    }

    /// Returns the newest checkpoint of a feed that can be read, with the time that its author claims.
    pub(crate) fn last_checkpoint(
        &self,
        state: &State,
        feed: &FeedId,
    ) -> Result<Option<(Timestamp, Checkpoint)>, Fault> {
        let Some((_, id)) = state.checkpoints.get(feed) else {
            return Ok(None);
        };
        let Some(entry) = self.held(state, id)? else {
            return Ok(None);
        };
        let contents = entry.items().iter().filter_map(|item| match &item.frame {
            Frame::Checkpoint => item.content(),
            _ => None,
        });
        let mut read = contents.filter_map(Checkpoint::read);
        Ok(read
            .next()
            .map(|checkpoint| (entry.header().claimed, checkpoint)))
    }

    /// Returns when the author of an entry says it was signed, for a caller that looks at the state already: to lock it twice could wait
    /// for ever.
    pub fn claimed(&self, state: &State, entry: &EntryId) -> Result<Option<Timestamp>, Fault> {
        let entry = self.held(state, entry)?;
        Ok(entry.map(|entry| entry.header().claimed))
    }
}
