//! What the address of the census asks for, and how it is written again.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::label::{Day, Standing};
use crdt_schema::record::{KINDS, Kind};
use crdt_schema::statement::Due;
use crdt_schema::vocabulary::OWN_FIELD;
use replica::search::{Query, Sort, Withdrawn};
use replica::{COMMUNE, KEEPER, LINKS, PARTNER, QPV, REPORTED};

use crate::visit::encoded;

/// Records of a page.
pub(crate) const ROWS_PER_PAGE: usize = 50;
/// How an address names how long a record waits to be confirmed.
pub(crate) const DUE: &str = "due";
/// How an address names a label: in force, where it does not say how it stands.
pub(crate) const LABEL: &str = "label";
/// How an address says how a label stands.
pub(crate) const STANDING: &str = "label_state";
/// How an address names the order of the list.
pub(crate) const SORT: &str = "sort";
/// Facets of the page, in their order; the other vocabularies and the federation's own fields follow. A kind that has no such field
/// shows none.
pub(crate) const FACETS: [&str; 16] = [
    "themes",
    "audiences",
    "nature",
    "status",
    "level",
    "region",
    "departement",
    "epci",
    COMMUNE,
    QPV,
    "cost",
    "national_schemes",
    "conflict",
    REPORTED,
    KEEPER,
    PARTNER,
];
/// The orders that a list is offered in, with the codes that addresses have for them.
pub(crate) const SORTS: [(&str, Sort); 4] = [
    ("relevance", Sort::Relevance),
    ("name", Sort::Name),
    ("newest", Sort::Newest),
    ("confirmed", Sort::Confirmed),
];

/// How the page of exports names the form of a file: no facet can have this name. The field of sources that has it is found by words.
const NO_FACET: &str = "format";

/// Returns the other fields that are written with a vocabulary, each once, in the order of the kinds.
pub(crate) fn other_vocabularies() -> Vec<&'static str> {
    let mut seen: BTreeSet<&str> = FACETS.into();
    seen.insert(NO_FACET);
    let fields = KINDS.iter().flat_map(|kind| kind.fields());
    fields
        .filter(|field| field.shape.vocabulary().is_some())
        .map(|field| field.name)
        .filter(|name| seen.insert(name))
        .collect()
}

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
    pub(crate) due: BTreeSet<Due>,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) standings: BTreeSet<Standing>,
    /// The order that was chosen; without one, the best match or the name comes first.
    pub(crate) sort: Option<Sort>,
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
                DUE => asked.due.extend(Due::parse(&value)),
                LABEL => drop(asked.labels.insert(value)),
                STANDING => asked.standings.extend(Standing::parse(&value)),
                SORT => {
                    let mut known = SORTS.into_iter();
                    asked.sort = known.find(|(code, _)| *code == value).map(|(_, sort)| sort);
                }
                _ => {
                    if is_facet(&name) {
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
        self.text.trim().is_empty()
            && self.facets.is_empty()
            && self.due.is_empty()
            && self.labels.is_empty()
            && self.standings.is_empty()
            && !self.is_withdrawn
    }

    /// Asks what another question asks too: its text and kind where it has one, and all of its values.
    pub(crate) fn with(mut self, other: Self) -> Self {
        if !other.text.is_empty() {
            self.text = other.text;
        }
        self.kind = other.kind.or(self.kind);
        for (facet, values) in other.facets {
            self.facets.entry(facet).or_default().extend(values);
        }
        self.due.extend(other.due);
        self.labels.extend(other.labels);
        self.standings.extend(other.standings);
        self.is_withdrawn |= other.is_withdrawn;
        self.sort = other.sort.or(self.sort);
        self
    }

    /// The same question, shown in this way.
    pub(crate) fn shown_as(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    /// Returns what the index is asked. `today` is the day of the clock, by which it is judged what is due and how labels stand.
    pub(crate) fn to_query(&self, today: Option<Day>) -> Query {
        let page = self.page.unwrap_or(1).max(1);
        Query {
            text: self.text.clone(),
            kind: self.kind.clone(),
            facets: self.facets.clone(),
            withdrawn: match self.is_withdrawn {
                true => Withdrawn::Only,
                false => Withdrawn::LeftOut,
            },
            due: self.due.clone(),
            labels: self.labels.clone(),
            standings: self.standings.clone(),
            today,
            sort: self.order(),
            size: ROWS_PER_PAGE,
            offset: (page - 1).saturating_mul(ROWS_PER_PAGE),
            ..Query::default()
        }
    }

    /// Returns the order of the list.
    pub(crate) fn order(&self) -> Sort {
        let usual = match self.text.trim().is_empty() {
            true => Sort::Name,
            false => Sort::Relevance,
        };
        self.sort.unwrap_or(usual)
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
        let due = self.due.iter();
        let due = due.map(|due| (DUE.to_owned(), due.code().to_owned()));
        let labels = self.labels.iter();
        let labels = labels.map(|label| (LABEL.to_owned(), label.clone()));
        let standings = self.standings.iter();
        let standings = standings.map(|each| (STANDING.to_owned(), each.word().to_owned()));
        let sort = SORTS
            .iter()
            .filter(|(_, sort)| Some(*sort) == self.sort)
            .map(|(code, _)| (SORT.to_owned(), (*code).to_owned()));
        kind.chain(facets)
            .chain(due)
            .chain(labels)
            .chain(standings)
            .chain(withdrawn)
            .chain(sort)
            .collect()
    }

    pub(crate) fn toggle(&mut self, facet: &str, value: &str) {
        match (facet, Due::parse(value), Standing::parse(value)) {
            (DUE, Some(due), _) => switch(&mut self.due, due),
            (STANDING, _, Some(standing)) => switch(&mut self.standings, standing),
            (LABEL, _, _) => switch(&mut self.labels, value.to_owned()),
            _ => {
                let values = self.facets.entry(facet.to_owned()).or_default();
                switch(values, value.to_owned());
                if values.is_empty() {
                    self.facets.remove(facet);
                }
            }
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.kind.is_none() && self.is_only_a_kind()
    }
}

fn switch<T: Ord + Clone>(values: &mut BTreeSet<T>, value: T) {
    if !values.remove(&value) {
        values.insert(value);
    }
}

/// Says whether an address may choose values of this facet.
fn is_facet(name: &str) -> bool {
    FACETS.contains(&name)
        // The records that lead to one: its page has the address, and no list offers it.
        || name == LINKS
        || name.starts_with(OWN_FIELD)
        || other_vocabularies().contains(&name)
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
        assert_eq!(asked.to_query(None).withdrawn, Withdrawn::LeftOut);
        assert!(asked.is_only_a_kind());
        let asked = Asked::read("withdrawn=yes&kind=actor");
        assert_eq!(asked.to_query(None).withdrawn, Withdrawn::Only);
        assert_eq!(asked.to_address(|_| ()), "kind=actor&withdrawn=yes");
        assert!(!asked.is_only_a_kind() && !Asked::read("withdrawn=yes").is_plain());
    }

    #[test]
    fn what_is_due_labels_and_the_order_are_read_as_they_are_written() {
        let address =
            "disabilities=x&due=never&due=required&label=a%401&label_state=expired&sort=newest";
        let asked = Asked::read(&format!("{address}&due=some&label_state=some&sort=x"));
        assert_eq!(asked.due, [Due::Never, Due::Required].into());
        assert_eq!(asked.labels, ["a@1".to_owned()].into());
        assert_eq!(asked.standings, [Standing::Expired].into());
        assert_eq!(asked.sort, None, "the last one says nothing");
        let asked = Asked::read(address);
        assert_eq!(asked.sort, Some(Sort::Newest));
        let again = Asked::read(&asked.to_address(|_| ()));
        assert_eq!((again.due, again.labels), (asked.due, asked.labels));
        assert_eq!(again.standings, asked.standings);
        assert_eq!((again.sort, again.facets), (asked.sort, asked.facets));
        assert!(!Asked::read("label_state=expired").is_plain());
        let asked = Asked::read("due=never&label=a@1&label_state=to_come");
        assert!(!asked.is_plain() && !asked.is_only_a_kind());
        let left = asked.to_address(|asked| {
            asked.toggle(DUE, "never");
            asked.toggle(LABEL, "a@1");
            asked.toggle(STANDING, "to_come");
            asked.toggle(DUE, "advised");
        });
        assert_eq!(left, "due=advised");
    }

    #[test]
    fn every_vocabulary_of_every_kind_is_a_facet_once() {
        let others = other_vocabularies();
        for kind in KINDS {
            for field in kind.fields().filter(|it| it.shape.vocabulary().is_some()) {
                assert_eq!(
                    is_facet(field.name),
                    field.name != NO_FACET,
                    "{}",
                    field.name
                );
            }
        }
        let once: BTreeSet<&str> = others.iter().copied().collect();
        assert_eq!(once.len(), others.len());
        assert!(!is_facet("name") && !is_facet("siret"));
    }

    #[test]
    fn a_kind_that_does_not_exist_is_no_kind() {
        assert_eq!(Asked::read("kind=admin").kind, None);
    }
}
