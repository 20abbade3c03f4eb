//! Feeds that wait: the side that takes no more says so once, and asks again when they may go on. The other side sends nothing of them
//! before it is asked.

use crate::limits::FRONTIER_FEEDS_MAX;
use crate::session::{Close, Library, Receipt, Session};

impl Session {
    /// Remembers which feeds wait here.
    pub(super) fn hold_back(&mut self, receipt: &Receipt) {
        self.is_to_compare |= receipt.misses;
        // What was under way when a feed was asked for may come late, and leave a gap: it is asked for once more.
        let late = receipt.paused.iter();
        let late = late.filter(|feed| self.has_waited.contains(feed));
        let waiting: Vec<_> = receipt.waiting.iter().chain(late).copied().collect();
        for feed in waiting {
            // One that finds no room goes on in the next session.
            if self.has_waited.len() < FRONTIER_FEEDS_MAX || self.has_waited.contains(&feed) {
                self.has_waited.insert(feed);
                self.held_back.insert(feed);
            }
        }
    }

    /// Compares once more where that was put off until nothing is under way.
    pub(super) fn compare_if_due<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        if self.is_to_compare && self.is_open() {
            self.is_to_compare = false;
            self.compare(library)?;
        }
        Ok(())
    }

    /// Asks for the rest of the feeds that wait no more. Called when the session opens after a comparison, and when some pauses ended.
    pub(super) fn resume<L: Library + ?Sized>(&mut self, library: &L) -> Result<(), Close> {
        if !self.has_opened {
            return Ok(());
        }
        let mut free = Vec::new();
        for feed in &self.held_back {
            if !library.is_paused(feed)? {
                free.push(*feed);
            }
        }
        for feed in free {
            self.wanted.remove(&feed);
            // One of which the peer is not known to hold more stays: the next comparison may tell, and only a request lets it go on.
            if let Some(newest) = self.lacks(&feed, library)?.last() {
                self.want(feed, *newest, library)?;
            }
        }
        Ok(())
    }
}
