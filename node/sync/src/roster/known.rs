//! What a roster remembers of one node, and the sessions with it.

use std::net::SocketAddr;
use std::time::Duration;

use crate::limits::{ADDRESSES_HEARD_MAX, HEARSAY_PAUSE_MAX, REDIAL_MAX, REDIAL_MIN};
use crate::roster::Enough;
use crate::session::PeerId;

/// A node.
#[derive(Debug)]
pub(super) struct Known {
    /// Where the configuration says that it is, if it names it: nowhere that is known, where a relay leads to it.
    pub(super) configured: Option<Vec<SocketAddr>>,
    /// Where a session with it stood last.
    pub(super) met: Option<SocketAddr>,
    /// Where others say that it is, with who says so, newest last. One teller has one place: nobody talks over what others say.
    pub(super) heard: Vec<(PeerId, SocketAddr)>,
    pub(super) lines: Vec<Line>,
    pub(super) is_called: bool,
    pub(super) explores: bool,
    pub(super) not_before: Duration,
    pub(super) pause: Duration,
}

/// A session with a node.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) is_outward: bool,
    pub(super) explores: bool,
    pub(super) since: Duration,
    pub(super) level_since: Option<Duration>,
    pub(super) left: Option<Enough>,
}

impl Known {
    pub(super) fn new() -> Self {
        Self {
            configured: None,
            met: None,
            heard: Vec::new(),
            lines: Vec::new(),
            is_called: false,
            explores: false,
            not_before: Duration::ZERO,
            pause: REDIAL_MIN,
        }
    }

    /// Returns where it may be: where the configuration says, where it was, where others say.
    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        let configured = self.configured.iter().flatten().copied();
        let rest = self
            .met
            .into_iter()
            .chain(self.heard.iter().rev().map(|heard| heard.1));
        configured
            .clone()
            .chain(rest.filter(move |it| !configured.clone().any(|other| other == *it)))
    }

    pub(super) fn has_address(&self) -> bool {
        self.addresses().next().is_some()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.lines.iter().any(|line| line.left.is_none())
    }

    /// Returns whether there is neither a session nor a call.
    pub(super) fn is_free_at_all(&self) -> bool {
        self.lines.is_empty() && !self.is_called
    }

    pub(super) fn is_free(&self, now: Duration) -> bool {
        self.is_free_at_all() && now >= self.not_before
    }

    /// Returns how long at most it is left alone after a call that nobody answered. What nobody but others say of it need not be true.
    pub(super) fn longest_pause(&self) -> Duration {
        if self.configured.is_none() && self.met.is_none() {
            HEARSAY_PAUSE_MAX
        } else {
            REDIAL_MAX
        }
    }

    /// Remembers where somebody says that it is.
    pub(super) fn hear(&mut self, from: PeerId, address: SocketAddr) {
        if self.addresses().any(|known| known == address) {
            return;
        }
        self.heard.retain(|(teller, _)| *teller != from);
        if self.heard.len() >= ADDRESSES_HEARD_MAX {
            self.heard.remove(0);
        }
        self.heard.push((from, address));
    }

    pub(super) fn next_pause(&mut self, longest: Duration) -> Duration {
        let pause = self.pause.min(longest);
        self.pause = (pause * 2).min(longest);
        pause
    }
}
