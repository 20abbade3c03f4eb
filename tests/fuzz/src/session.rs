//! A session that holds nothing, and takes whatever it is sent.

use std::time::Duration;

use crdt_schema::entry::SignedEntry;
use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId};
use sync::message::{Digest, FeedHeads, Head, Message, NewHead, Tip};
use sync::session::{
    Batch, Config, Input, Library, ObjectsPage, Output, PeerId, Receipt, Role, Room, Session,
    Unreadable,
};

use crate::entries::FEDERATION;

/// What the seeds are written for: both ends of one TLS session.
const EXPORTER: [u8; 32] = [5; 32];

/// A node that was just founded.
struct Nothing;

/// One side of an exchange.
pub struct Side {
    session: Session,
    is_over: bool,
}

impl Side {
    /// Starts a side, and returns its first words.
    pub fn start(role: Role) -> (Self, Vec<Message>) {
        let config = Config {
            role,
            peer: PeerId::from_bytes([6; 32]),
            software: "maillage".to_owned(),
            exporter: EXPORTER,
            jitter: 0,
        };
        let mut side = Self {
            session: Session::new(config, Duration::ZERO),
            is_over: false,
        };
        let sent = side.handle(Input::Start);
        (side, sent)
    }

    /// Hears a message, and returns what is answered. What is to be stored is stored.
    pub fn hear(&mut self, message: Message) -> Vec<Message> {
        self.handle(Input::Message(message))
    }

    /// Whether this side has closed the session.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    fn handle(&mut self, input: Input) -> Vec<Message> {
        let (mut sent, mut inputs) = (Vec::new(), vec![input]);
        while let Some(input) = inputs.pop() {
            let outputs = self.session.handle(input, Duration::ZERO, &Nothing);
            assert!(
                !self.is_over || outputs.is_empty(),
                "nothing follows the end"
            );
            for output in outputs {
                assert!(!self.is_over, "nothing follows the end");
                match output {
                    Output::Send(message) => sent.push(message),
                    Output::Store { batch, content } => inputs.push(Input::Stored {
                        batch,
                        outcome: Ok(receipt(content)),
                    }),
                    Output::Close(_) => self.is_over = true,
                    Output::Report(_) | Output::Schedule(..) => {}
                }
            }
        }
        sent
    }
}

/// What is sent is believed to be new.
fn receipt(content: Batch) -> Receipt {
    let Batch::Entries(entries) = content else {
        return Receipt {
            has_new_objects: true,
            ..Receipt::default()
        };
    };
    let heads = entries.iter().filter_map(|entry| {
        let header = crdt_schema::entry::Header::from_bytes(&entry.header).ok()?;
        let (sequence, id) = (header.sequence, header.id());
        Some(NewHead {
            feed: header.feed,
            head: Head { sequence, id },
        })
    });
    Receipt {
        heads: heads.collect(),
        ..Receipt::default()
    }
}

impl Library for Nothing {
    fn federation(&self) -> FederationId {
        FEDERATION
    }

    fn tip(&self) -> Result<Tip, Unreadable> {
        Ok(Tip {
            version: 0,
            id: CharterId::from_bytes(*FEDERATION.as_bytes()),
        })
    }

    fn protocol_min(&self) -> Result<u16, Unreadable> {
        Ok(1)
    }

    fn own_feed(&self) -> Result<Option<FeedId>, Unreadable> {
        Ok(None)
    }

    fn feeds_of(&self, _: &PeerId) -> Result<Vec<FeedId>, Unreadable> {
        Ok(Vec::new())
    }

    fn is_allowed(&self, _: &PeerId) -> Result<bool, Unreadable> {
        Ok(true)
    }

    fn is_governance(&self, feed: &FeedId) -> Result<bool, Unreadable> {
        Ok(feed.as_bytes()[0].is_multiple_of(2))
    }

    fn is_paused(&self, _: &FeedId) -> Result<bool, Unreadable> {
        Ok(false)
    }

    fn objects_above(&self, _: &Tip, _: usize, _: usize) -> Result<ObjectsPage, Unreadable> {
        Ok(ObjectsPage::default())
    }

    fn digest(&self) -> Result<Digest, Unreadable> {
        Ok(Digest::of([]))
    }

    fn frontier(&self, _: usize) -> Result<Vec<FeedHeads>, Unreadable> {
        Ok(Vec::new())
    }

    fn heads(&self, _: &FeedId) -> Result<Vec<Head>, Unreadable> {
        Ok(Vec::new())
    }

    fn holds(&self, _: &FeedId, _: &Head) -> Result<bool, Unreadable> {
        Ok(false)
    }

    fn ancestor(&self, _: &FeedId, _: &Head, _: u64) -> Result<Option<Head>, Unreadable> {
        Ok(None)
    }

    fn entries_after(
        &self,
        _: &FeedId,
        _: &[Head],
        _: Option<&Head>,
        _: Room,
    ) -> Result<Vec<(Head, SignedEntry)>, Unreadable> {
        Ok(Vec::new())
    }

    fn entry(&self, _: &EntryId) -> Result<Option<(FeedId, Head, SignedEntry)>, Unreadable> {
        Ok(None)
    }
}
