//! Watches: searches that a person follows, asked again, for the pages and for the command. What is new in one is what changed here after
//! the change that the person has seen, so that what comes late from another node is new too; and what answers now and would not have
//! answered on the day on which the person looked: a record becomes due, and a label begins or ends, without any change.

use std::collections::BTreeSet;

use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use replica::Replica;
use replica::local::{FeedSecret, Watch};
use replica::search::{AMONG_MAX, Error, Hit, Query, Sort};

use crate::app::Settings;
use crate::pages::asked::Asked;

/// Where feeds are read.
pub(crate) const FEED_PLACE: &str = "/veilles/flux";
/// How the address of a feed names its secret.
const SECRET: &str = "cle";

/// Returns the address of a feed: whoever knows it reads the feed without a login.
pub fn feed_address(settings: &Settings, secret: &FeedSecret) -> String {
    let base = settings.reached_at();
    format!("{base}{FEED_PLACE}?{SECRET}={}", secret.to_text())
}

/// A watch, and what its search finds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The watch.
    pub watch: Watch,
    /// The records that are found.
    pub total: u64,
    /// Those of them that are new or were changed since the person looked.
    pub new: u64,
    /// Those that answer since a day came.
    became: BTreeSet<RecordId>,
}

impl Followed {
    /// Says whether a record is new or was changed since the person looked.
    pub fn is_new(&self, hit: &Hit) -> bool {
        hit.changed > self.watch.seen || self.became.contains(&hit.record)
    }
}

/// Returns what a search asks that stands in the address of a page. Parts that are no part of a search say nothing.
pub fn question(search: &str, today: Option<Day>) -> Query {
    Asked::read(search).to_query(today)
}

/// Writes a search as the address of a page has it: its parts by their names, such as `q`, `kind`, `themes` or `due`. `Err` holds the part
/// that is none.
pub fn search_of(parts: &[(String, String)]) -> Result<String, (String, String)> {
    let mut asked = Asked::default();
    for (name, value) in parts {
        let pair = format!("{name}={}", crate::visit::encoded(value));
        let one = Asked::read(&pair);
        let written = one.to_address(|_| ());
        if written.is_empty() && !value.trim().is_empty() {
            return Err((name.clone(), value.clone()));
        }
        asked = asked.with(one);
    }
    Ok(asked.to_address(|_| ()))
}

/// Asks a watch again.
pub fn followed(replica: &Replica, watch: Watch, today: Option<Day>) -> Result<Followed, Error> {
    let all = question(&watch.search, today);
    let new = Query {
        changed_after: Some(watch.seen),
        ..all.clone()
    };
    let became = became(replica, &all, watch.seen_day())?;
    let new = match became.is_empty() {
        true => replica.count(&new)?,
        false => {
            let changed = replica.found(&new)?.into_iter();
            changed
                .chain(became.iter().copied())
                .collect::<BTreeSet<_>>()
                .len() as u64
        }
    };
    Ok(Followed {
        total: replica.count(&all)?,
        new,
        watch,
        became,
    })
}

/// Returns the records that a search finds on its day, and would not have found on an earlier one. Confirmations and labels are those that
/// are known now: what came meanwhile is a change of the record, and no work of the calendar.
pub(crate) fn became(
    replica: &Replica,
    query: &Query,
    since: Option<Day>,
) -> Result<BTreeSet<RecordId>, Error> {
    let hangs_on_the_day =
        !(query.due.is_empty() && query.labels.is_empty() && query.standings.is_empty());
    let is_later = since
        .zip(query.today)
        .is_some_and(|(since, today)| since < today);
    if !(hangs_on_the_day && is_later) {
        return Ok(BTreeSet::new());
    }
    let then = Query {
        today: since,
        ..query.clone()
    };
    let then: BTreeSet<RecordId> = replica.found(&then)?.into_iter().collect();
    let now = replica.found(query)?.into_iter();
    Ok(now.filter(|record| !then.contains(record)).collect())
}

/// Returns a page of what a watch finds: what is new before the rest, the newest changes first in each.
pub fn page(
    replica: &Replica,
    followed: &Followed,
    today: Option<Day>,
    page: (usize, usize),
) -> Result<Vec<Hit>, Error> {
    let query = question(&followed.watch.search, today);
    if followed.became.is_empty() {
        return newest(replica, &query, &BTreeSet::new(), page);
    }
    let changed = Query {
        changed_after: Some(followed.watch.seen),
        ..query.clone()
    };
    let mut first = followed.became.clone();
    first.extend(replica.found(&changed)?);
    newest(replica, &query, &first, page)
}

/// Returns so many hits after so many, some records before the others and the newest changes first. Of more records than a search may name,
/// the rest stands among the others.
pub(crate) fn newest(
    replica: &Replica,
    query: &Query,
    first: &BTreeSet<RecordId>,
    (size, offset): (usize, usize),
) -> Result<Vec<Hit>, Error> {
    let query = Query {
        sort: Sort::Newest,
        size,
        offset,
        ..query.clone()
    };
    if first.is_empty() {
        return Ok(replica.search(&query)?.hits);
    }
    let first: BTreeSet<RecordId> = first.iter().copied().take(AMONG_MAX).collect();
    let before = Query {
        among: Some(first.clone()),
        ..query.clone()
    };
    let before = replica.search(&before)?;
    let (count, mut hits) = (
        usize::try_from(before.total).unwrap_or(usize::MAX),
        before.hits,
    );
    let left = size - hits.len();
    if left > 0 {
        let rest = Query {
            except: first,
            size: left,
            offset: offset.saturating_sub(count),
            ..query
        };
        hits.extend(replica.search(&rest)?.hits);
    }
    Ok(hits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_search_is_written_from_its_parts_and_an_unknown_one_is_named() {
        let search = search_of(&pairs(&[
            ("q", "été & sport"),
            ("kind", "actor"),
            ("themes", "sport"),
            ("themes", "sante"),
            ("due", "never"),
            ("q", ""),
        ]));
        let search = search.expect("all are known");
        let query = question(&search, None);
        assert_eq!(query.text, "été & sport");
        assert_eq!(query.kind.as_deref(), Some("actor"));
        assert_eq!(query.facets["themes"].len(), 2);
        assert_eq!(query.due.len(), 1);
        for wrong in [("kind", "x"), ("couleur", "bleu"), ("due", "x")] {
            let refused = search_of(&pairs(&[wrong])).expect_err("is no part");
            assert_eq!(refused.0, wrong.0);
        }
        assert_eq!(search_of(&[]), Ok(String::new()));
    }
}
