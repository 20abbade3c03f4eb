//! What the address of the census asks for, and how it is written again.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::record::Kind;
use crdt_schema::vocabulary::OWN_FIELD;
use replica::search::{Query, Sort, Withdrawn};

use crate::visit::encoded;

/// Records of a page.
pub(crate) const ROWS_PER_PAGE: usize = 50;
/// Facets of the page, in their order; the federation's own fields follow. A kind that has no such field shows none.
pub(crate) const FACETS: [&str; 11] = [
    "themes",
    "audiences",
    "nature",
    "status",
    "level",
    "region",
    "departement",
    "epci",
    "cost",
    "national_schemes",
    "conflict",
];

/// How an address asks for withdrawn records.
const WITHDRAWN: &str = "withdrawn";
const IS_ASKED: &str = "yes";

/// What the address asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) shown: Shown,
    pub(crate) text: String,
    pub(crate) kind: Option<String>,
    pub(crate) facets: BTreeMap<String, BTreeSet<String>>,
    /// Whether only withdrawn records are asked for: they are left out otherwise.
    pub(crate) is_withdrawn: bool,
    pub(crate) page: Option<usize>,
}

/// How the answer is shown: the same question has an address for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Shown {
    #[default]
    List,
    Map,
}

impl Shown {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Shown::List => "/recensement",
            Shown::Map => "/recensement/carte",
        }
    }
}

impl Asked {
    pub(crate) fn read(query: &str) -> Self {
        let mut asked = Asked::default();
        let pairs: Vec<(String, String)> = pairs_of(query);
        for (name, value) in pairs {
            match name.as_str() {
                "q" => asked.text = value,
                "kind" => asked.kind = Some(value).filter(|kind| Kind::parse(kind).is_some()),
                WITHDRAWN => asked.is_withdrawn = value == IS_ASKED,
                "page" => asked.page = value.parse().ok(),
                _ => {
                    if FACETS.contains(&name.as_str()) || name.starts_with(OWN_FIELD) {
                        asked.facets.entry(name).or_default().insert(value);
                    }
                }
            }
        }
        asked
    }

    /// Returns the first value of anything else that an address says.
    pub(crate) fn value(query: &str, name: &str) -> Option<String> {
        let pairs = pairs_of(query).into_iter();
        pairs
            .filter(|(own, _)| own == name)
            .map(|(_, value)| value)
            .next()
    }

    /// Says whether no more than a kind is asked for.
    pub(crate) fn is_only_a_kind(&self) -> bool {
        self.text.trim().is_empty() && self.facets.is_empty() && !self.is_withdrawn
    }

    /// The same question, shown in this way.
    pub(crate) fn shown_as(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    pub(crate) fn to_query(&self) -> Query {
        let page = self.page.unwrap_or(1).max(1);
        Query {
            text: self.text.clone(),
            kind: self.kind.clone(),
            facets: self.facets.clone(),
            withdrawn: match self.is_withdrawn {
                true => Withdrawn::Only,
                false => Withdrawn::LeftOut,
            },
            sort: if self.text.trim().is_empty() {
                Sort::Name
            } else {
                Sort::Relevance
            },
            size: ROWS_PER_PAGE,
            offset: (page - 1).saturating_mul(ROWS_PER_PAGE),
            ..Query::default()
        }
    }

    /// Writes the query of an address, after a change; a changed question starts at its first page.
    pub(crate) fn to_address(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut asked = Asked {
            page: None,
            ..self.clone()
        };
        change(&mut asked);
        let mut pairs = Vec::new();
        if !asked.text.is_empty() {
            pairs.push(format!("q={}", encoded(&asked.text)));
        }
        pairs.extend(
            asked
                .hidden_fields()
                .iter()
                .map(|(name, value)| format!("{name}={}", encoded(value))),
        );
        pairs.join("&")
    }

    /// Writes a whole address, after a change.
    pub(crate) fn href(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut asked = self.clone();
        change(&mut asked);
        format!("{}?{}", asked.shown.path(), asked.to_address(|_| ()))
    }

    /// What the search form carries along beside its text.
    pub(crate) fn hidden_fields(&self) -> Vec<(String, String)> {
        let kind = self
            .kind
            .iter()
            .map(|kind| ("kind".to_owned(), kind.clone()));
        let facets = self.facets.iter().flat_map(|(name, values)| {
            values
                .iter()
                .map(move |value| (name.clone(), value.clone()))
        });
        let withdrawn = (WITHDRAWN.to_owned(), IS_ASKED.to_owned());
        let withdrawn = self.is_withdrawn.then_some(withdrawn);
        kind.chain(facets).chain(withdrawn).collect()
    }

    pub(crate) fn toggle(&mut self, facet: &str, value: &str) {
        let values = self.facets.entry(facet.to_owned()).or_default();
        if !values.remove(value) {
            values.insert(value.to_owned());
        }
        if values.is_empty() {
            self.facets.remove(facet);
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.kind.is_none() && self.is_only_a_kind()
    }
}

/// Reads the pairs of a query. What is no pair is left out.
fn pairs_of(query: &str) -> Vec<(String, String)> {
    let uri = format!("/?{query}").parse::<axum::http::Uri>();
    let read = uri
        .ok()
        .and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    read.map(|axum::extract::Query(pairs)| pairs)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        let asked = Asked::read(
            "q=maison+%C3%A9t%C3%A9&kind=actor&themes=sport&themes=sante&couleur=bleu&page=3",
        );
        assert_eq!(asked.text, "maison été");
        assert_eq!(asked.kind.as_deref(), Some("actor"));
        assert_eq!(asked.facets["themes"].len(), 2);
        assert_eq!(asked.page, Some(3));
        let again = Asked::read(&asked.to_address(|_| ()));
        assert_eq!(
            (again.text, again.kind, again.facets),
            (asked.text, asked.kind, asked.facets)
        );
        assert_eq!(again.page, None);
    }

    #[test]
    fn the_list_and_the_map_of_a_question_differ_by_their_path_alone() {
        let asked = Asked::read("q=sport&themes=sante&page=4");
        assert_eq!(asked.href(|_| ()), "/recensement?q=sport&themes=sante");
        let map = asked.href(|asked| asked.shown = Shown::Map);
        assert_eq!(map, "/recensement/carte?q=sport&themes=sante");
    }

    #[test]
    fn a_facet_is_chosen_and_left_by_the_same_link() {
        let asked = Asked::read("themes=sport");
        assert_eq!(
            asked.to_address(|asked| asked.toggle("themes", "sport")),
            ""
        );
        assert_eq!(
            asked.to_address(|asked| asked.toggle("themes", "sante")),
            "themes=sante&themes=sport"
        );
    }

    #[test]
    fn withdrawn_records_are_found_only_where_the_address_asks_for_them() {
        let asked = Asked::read("kind=actor");
        assert_eq!(asked.to_query().withdrawn, Withdrawn::LeftOut);
        assert!(asked.is_only_a_kind());
        let asked = Asked::read("withdrawn=yes&kind=actor");
        assert_eq!(asked.to_query().withdrawn, Withdrawn::Only);
        assert_eq!(asked.to_address(|_| ()), "kind=actor&withdrawn=yes");
        assert!(!asked.is_only_a_kind() && !Asked::read("withdrawn=yes").is_plain());
    }

    #[test]
    fn a_kind_that_does_not_exist_is_no_kind() {
        assert_eq!(Asked::read("kind=admin").kind, None);
    }
}
