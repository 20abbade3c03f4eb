//! Watches: searches that a person follows, asked again, for the pages and for the command. What is new in one is what changed here after
//! the change that the person has seen: no clock is asked, and what comes late from another node is new too.

use crdt_schema::label::Day;
use replica::Replica;
use replica::local::{FeedSecret, Watch};
use replica::search::{Error, Query, Sort};

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
    Ok(Followed {
        total: replica.count(&all)?,
        new: replica.count(&new)?,
        watch,
    })
}

/// Returns what a watch asks with the newest changes first, so that what is new comes before the rest.
pub fn newest_first(watch: &Watch, today: Option<Day>) -> Query {
    Query {
        sort: Sort::Newest,
        ..question(&watch.search, today)
    }
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
