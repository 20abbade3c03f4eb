//! The feed of a watch: what its search finds, in pages (RFC 5005): what answers since a day of the last month first, since no change tells it, then
//! the newest change here. Whoever reads it is nobody that this node
//! knows: it has public fields only, and nothing of closed sources, as every file that is given away.

use crdt_schema::time::Timestamp;
use exchange::export::{About, Atom, Reach};
use replica::search::Query;
use replica::{Replica, Standing};

use super::export::{ExportError, VIEWS_DEADLINE};
use super::feed::{EPOCH, Wanted, gone, history, id, publisher};
use super::licences::Licences;
use crate::watches::{became, newest};

/// Entries of a page: what a reader shows at once.
const ENTRIES_PER_PAGE: usize = 50;
/// Pages of a feed: readers follow what is new, and whole lists are exported.
pub(crate) const PAGES_MAX: usize = 20;
/// Days for which a record stands first that answers without a change: readers come more often.
const RECENT_DAYS: u16 = 31;
/// Deleted entries, the newest ones, all on the first page: a reader that comes less often than they fill it asks for the feed anew.
const GONE_MAX: usize = 500;

/// A page of a feed.
pub(crate) struct WatchFeed<'a> {
    /// What the watch is called.
    pub(crate) title: &'a str,
    /// What it asks.
    pub(crate) query: &'a Query,
    /// The number of the page, from 1.
    pub(crate) page: usize,
    /// Now.
    pub(crate) now: Timestamp,
    /// Where the pages of this node are.
    pub(crate) address: &'a str,
    /// Where the list is that a person looks at.
    pub(crate) list: &'a str,
    /// The address of a page of the feed, without its number.
    pub(crate) own: &'a str,
}

impl WatchFeed<'_> {
    /// Writes the page.
    pub(crate) fn write(&self, replica: &Replica) -> Result<Vec<u8>, ExportError> {
        // A source that was closed a moment ago is closed.
        replica.wait_for_views(VIEWS_DEADLINE);
        let reader = replica.read()?;
        let words = replica.state().governance().words().clone();
        let licences = Licences::of(replica, &reader)?;
        let month = self.query.today.map(|today| today.minus_days(RECENT_DAYS));
        let place = (ENTRIES_PER_PAGE, (self.page - 1) * ENTRIES_PER_PAGE);
        let found = became(replica, self.query, month)
            .and_then(|first| newest(replica, self.query, &first, place));
        let hits = found.map_err(ExportError::Search)?;
        let total = replica.count(self.query).map_err(ExportError::Search)?;
        let (mut standing, mut entries) = (Standing::default(), Vec::new());
        for hit in &hits {
            let Some(view) = reader.record(&hit.record)? else {
                continue;
            };
            // The index may be a moment behind.
            if view.fields().is_empty() || licences.closes(&view) {
                continue;
            }
            let dated = history(replica, &reader, &hit.record, self.now)?;
            let led = view.leading(&words, |record| standing.of(&reader, record))?;
            entries.push((led, dated));
        }
        let wanted = Wanted {
            found: Some(self.query),
            kind: None,
            now: self.now,
        };
        let mut deleted = Vec::new();
        if self.page == 1 {
            deleted.extend(gone(&wanted, replica, &reader, Some(&licences))?);
            deleted.sort_by_key(|(record, at)| (std::cmp::Reverse(*at), *record));
            deleted.truncate(GONE_MAX);
        }
        let changes = entries.iter().map(|(_, dated)| dated.updated);
        let changes = changes.chain(deleted.iter().map(|(_, at)| *at));
        let (feed_id, author) = (id(&wanted, replica), publisher(replica));
        let pages = usize::try_from(total).unwrap_or(usize::MAX);
        let pages = pages.div_ceil(ENTRIES_PER_PAGE).clamp(1, PAGES_MAX);
        let links = self.links(pages);
        let about = About {
            id: &feed_id,
            title: self.title,
            author: &author,
            updated: changes.max().unwrap_or(EPOCH),
            address: Some(self.address),
            list: Some(self.list),
            links: &links,
        };
        let mut atom = Atom::new(Vec::new(), &about, Reach::Public)?;
        for (record, at) in &deleted {
            atom.deleted(record, *at)?;
        }
        for (view, dated) in &entries {
            atom.record(view, dated)?;
        }
        Ok(atom.finish()?)
    }

    fn links(&self, pages: usize) -> Vec<(&'static str, String)> {
        let at = |page: usize| match page {
            1 => self.own.to_owned(),
            page => format!("{}&page={page}", self.own),
        };
        let mut links = vec![("self", at(self.page)), ("first", at(1))];
        if self.page > 1 {
            links.push(("previous", at(self.page - 1)));
        }
        if self.page < pages {
            links.push(("next", at(self.page + 1)));
        }
        links
    }
}
