//! Feeds that show two histories: a copied key, a backup restored by hand, or a dishonest author. Both are kept, and shown with their
//! names, so that people can ask each other.

use crdt_schema::entry::Header;
use crdt_schema::id::{EntryId, FeedId, PartnerId};

use crate::fault::Fault;
use crate::replica::Replica;
use crate::signing::Signing;

/// A feed with two entries at one sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The feed.
    pub feed: FeedId,
    /// The partner for which it is written.
    pub partner: Option<PartnerId>,
    /// Whether it is, or was, the feed of this node.
    pub is_own: bool,
    /// The lowest sequence at which two entries are held.
    pub sequence: u64,
    /// The headers of the entries at that sequence, in the order of their ids.
    pub entries: Vec<ForkedEntry>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkedEntry {
    /// The entry.
    pub id: EntryId,
    /// Its header.
    pub header: Header,
}

impl Replica {
    /// Returns the forked feeds, with the headers that show each fork.
    pub fn forks(&self) -> Result<Vec<Fork>, Fault> {
        let forked: Vec<(FeedId, u64)> = {
            let state = self.state();
            let forks = state.feeds().forks();
            forks.map(|(feed, sequence)| (*feed, sequence)).collect()
        };
        let own = match self.signing() {
            Signing::Feed(feed) | Signing::Ended(feed) => Some(feed),
            Signing::Keyless => None,
        };
        let own_partner = self.partner();
        let reader = self.read()?;
        let mut forks = Vec::with_capacity(forked.len());
        for (feed, sequence) in forked {
            let mut entries = Vec::new();
            for id in reader.feed_entries_at(&feed, sequence)? {
                if let Some(entry) = reader.entry(&id)? {
                    entries.push(ForkedEntry {
                        id,
                        header: entry.header().clone(),
                    });
                }
            }
            entries.sort_by_key(|entry| entry.id);
            let state = self.state();
            let partner = state.certificates().get(&feed).map(|each| each.partner);
            forks.push(Fork {
                feed,
                partner,
                is_own: own == Some(feed) || (partner.is_some() && partner == own_partner),
                sequence,
                entries,
            });
        }
        Ok(forks)
    }
}
