//! A session with a node that holds nothing, written down.

use std::collections::VecDeque;
use std::io::Write;
use std::time::Duration;

use crdt_schema::governance::Act;
use crdt_schema::time::Timestamp;

use crate::bundle::layout::{Preamble, Totals, Writer};
use crate::bundle::library::{Alone, Nothing};
use crate::bundle::{BundleError, taking};
use crate::endpoint::Source;
use crate::limits::FRONTIER_FEEDS_MAX;
use crate::message::Message;
use crate::session::{
    Batch, Close, Config, Input, Library, Output, Receipt, Role, Session, Unreadable,
};
use crate::shelf::Shelf;

/// What a bundle holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Its bytes.
    pub bytes: u64,
    /// Entries.
    pub entries: u64,
    /// Feeds of which it says the heads.
    pub feeds: u64,
    /// Charters.
    pub charters: u64,
    /// Acts of erasure.
    pub erasures: u64,
}

/// The two sides: the node, and who holds nothing.
const GIVER: usize = 0;
const TAKER: usize = 1;

pub(super) fn give<W: Write>(
    shelf: &Shelf,
    made: Timestamp,
    software: &str,
    file: W,
    watch: &mut dyn FnMut(u64, u64),
) -> Result<Exported, BundleError> {
    let feeds = shelf.snapshot()?.frontier(FRONTIER_FEEDS_MAX + 1)?.len();
    if feeds > FRONTIER_FEEDS_MAX {
        return Err(BundleError::TooManyFeeds);
    }
    let (totals, all) = (erasures(shelf), entries(shelf));
    let preamble = preamble(shelf, made, software)?;
    let nothing = Nothing(preamble.federation);
    let mut writer = Writer::begin(file, &preamble)?;
    let config = |role| Config {
        role,
        peer: taking::NOBODY,
        software: software.to_owned(),
        exporter: writer.check(),
        jitter: 0,
    };
    let mut sessions = [config(Role::Dialler), config(Role::Listener)]
        .map(|config| Session::new(config, Duration::ZERO));
    let mut inputs = VecDeque::from([(GIVER, Input::Start), (TAKER, Input::Start)]);
    let mut exported = Exported {
        erasures: totals,
        ..Exported::default()
    };
    while let Some((side, input)) = inputs.pop_front() {
        let outputs = if side == GIVER {
            let library = Alone {
                library: shelf.snapshot()?,
                gives: true,
            };
            sessions[side].handle(input, Duration::ZERO, &library)
        } else {
            sessions[side].handle(input, Duration::ZERO, &nothing)
        };
        for output in outputs {
            match output {
                Output::Send(message) => {
                    if side == GIVER && is_kept(&message) {
                        writer.message(&message)?;
                    }
                    inputs.push_back((1 - side, Input::Message(message)));
                }
                Output::Store { batch, content } => {
                    exported.count(&content);
                    watch(exported.entries, all.max(exported.entries));
                    let outcome = Ok(Receipt::default());
                    inputs.push_back((side, Input::Stored { batch, outcome }));
                }
                Output::Close(close) => return Err(failed(close)),
                Output::Report(_) | Output::Schedule(..) => {}
            }
        }
    }
    if !sessions[GIVER].is_open() {
        return Err(Unreadable("the exchange with a file did not end".to_owned()).into());
    }
    exported.feeds = feeds as u64;
    exported.bytes = writer.end(Totals {
        entries: exported.entries,
        erasures: exported.erasures,
    })?;
    Ok(exported)
}

/// What a file needs of a session. Answers to who holds nothing say nothing to anybody else.
fn is_kept(message: &Message) -> bool {
    !matches!(message, Message::Ack { .. })
}

impl Exported {
    fn count(&mut self, content: &Batch) {
        match content {
            Batch::Entries(entries) => self.entries += entries.len() as u64,
            Batch::Objects { charters, .. } => self.charters += charters.len() as u64,
        }
    }
}

fn preamble(shelf: &Shelf, made: Timestamp, software: &str) -> Result<Preamble, Unreadable> {
    let reading = shelf.snapshot()?;
    Ok(Preamble {
        federation: reading.federation(),
        tip: reading.tip()?,
        made,
        feed: reading.own_feed()?,
        software: software.to_owned(),
    })
}

fn erasures(shelf: &Shelf) -> u64 {
    let state = shelf.replica().state();
    let acts = state.acts().values();
    acts.filter(|signed| matches!(signed.act, Act::Erase(_)))
        .count() as u64
}

fn entries(shelf: &Shelf) -> u64 {
    shelf.replica().state().feeds().len() as u64
}

/// Both sides are our own: whatever ends their exchange is a fault of ours.
fn failed(close: Close) -> BundleError {
    BundleError::Fault(match close {
        Close::Fault(fault) => fault,
        other => Unreadable(other.to_string()),
    })
}
