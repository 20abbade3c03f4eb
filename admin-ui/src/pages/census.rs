//! The list of the census: search, facets, pages. Every choice is a link or a field of a GET form, so that an address says it all.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::edit::{Field, Value};
use crdt_schema::record::{KINDS, Kind, Shape};
use crdt_schema::view::RecordView;
use replica::search::{Answer, Query, Sort};

use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::parts::Pagination;
use crate::visit::{PersonVisit, encoded};
use crate::wording;

/// Records of a page.
const ROWS_PER_PAGE: usize = 50;
/// Facets of the page, in their order. A kind that has no such field shows none.
const FACETS: [&str; 8] = [
    "themes",
    "audiences",
    "nature",
    "status",
    "departement",
    "cost",
    "national_schemes",
    "conflict",
];
/// Values of a facet that are open to see.
const FACET_VALUES_MAX: usize = 12;

#[derive(Template)]
#[template(path = "census.html")]
struct Census {
    layout: Layout,
    text: String,
    hidden: Vec<(String, String)>,
    kinds: Vec<FacetLink>,
    facets: Vec<Facet>,
    chosen: Vec<FacetLink>,
    found: String,
    rows: Vec<Row>,
    pagination: Pagination,
    refused: Option<String>,
    new_links: Vec<(String, String)>,
    export: String,
    is_empty_census: bool,
}

struct Facet {
    label: String,
    values: Vec<FacetLink>,
}

struct FacetLink {
    label: String,
    href: String,
    count: Option<String>,
    is_chosen: bool,
}

struct Row {
    href: String,
    name: String,
    kind: String,
    place: String,
    themes: String,
    has_conflict: bool,
}

/// What the address asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) text: String,
    pub(crate) kind: Option<String>,
    facets: BTreeMap<String, BTreeSet<String>>,
    page: Option<usize>,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/recensement", get(census))
}

async fn census(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    let replica = app
        .census()
        .map_err(IntoResponse::into_response)?
        .replica
        .clone();
    let query = asked.to_query();
    let answer = blocking(move || replica.search(&query))
        .await
        .map_err(IntoResponse::into_response)?;
    let (answer, refused) = match answer {
        Ok(answer) => (answer, None),
        Err(error @ replica::search::Error::Refused(_)) => {
            (no_answer(), Some(language.text(refusal_key(error.code()))))
        }
        Err(replica::search::Error::Fault(fault)) => {
            return Err(PageError::Fault(fault.into()).into_response());
        }
    };
    let records: Vec<_> = answer.hits.iter().map(|hit| hit.record).collect();
    let views = app.read(move |_, reader| {
        records
            .iter()
            .filter_map(|record| reader.record(record).transpose())
            .collect::<Result<Vec<_>, _>>()
    });
    let views = views.await.map_err(IntoResponse::into_response)?;
    let view = view(
        visit.layout(language.text("section-census")),
        language,
        &asked,
        &answer,
        &views,
        refused,
    );
    let status = if view.refused.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    page(status, &view).map_err(IntoResponse::into_response)
}

fn view(
    layout: Layout,
    language: Language,
    asked: &Asked,
    answer: &Answer,
    views: &[RecordView],
    refused: Option<String>,
) -> Census {
    let address = format!("/recensement?{}", asked.to_address(|_| ()));
    let separator = if address.ends_with('?') { "" } else { "&" };
    let total = usize::try_from(answer.total).unwrap_or(usize::MAX);
    Census {
        layout,
        text: asked.text.clone(),
        hidden: asked.hidden_fields(),
        kinds: kind_links(language, asked),
        facets: facets(language, asked, answer),
        chosen: chosen(language, asked),
        found: language.text_with("census-found", &[("count", answer.total.into())]),
        rows: views.iter().map(|view| row(language, view)).collect(),
        pagination: Pagination::new(
            language,
            &format!("{address}{separator}"),
            asked.page,
            total,
            ROWS_PER_PAGE,
        ),
        refused,
        new_links: KINDS
            .iter()
            .map(|kind| {
                (
                    format!("/fiches/nouvelle?kind={}", kind.code),
                    wording::kind_label(language, kind.code),
                )
            })
            .collect(),
        export: format!("/exporter?{}", asked.to_address(|_| ())),
        is_empty_census: answer.total == 0 && asked.is_plain(),
    }
}

fn row(language: Language, view: &RecordView) -> Row {
    let kind = Kind::parse(view.kind());
    let themes = kind
        .and_then(|kind| kind.field("themes"))
        .map(|field| field.shape);
    let terms = view.field("themes").map(|field| {
        field
            .terms
            .keys()
            .map(|term| wording::term(language, themes, term))
            .collect::<Vec<_>>()
            .join(", ")
    });
    Row {
        href: format!("/fiches/{}", view.record),
        name: name(language, view),
        kind: wording::kind_label(language, view.kind()),
        place: text(view.field("commune_name")),
        themes: terms.unwrap_or_default(),
        has_conflict: view.fields().values().any(Field::is_conflict),
    }
}

/// Returns the name of a record, or what stands for one.
pub(crate) fn name(language: Language, view: &RecordView) -> String {
    let name = text(view.field("name"));
    if name.is_empty() {
        language.text("record-nameless")
    } else {
        name
    }
}

fn text(field: Option<&Field>) -> String {
    match field.and_then(Field::winner).map(|written| &written.value) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn kind_links(language: Language, asked: &Asked) -> Vec<FacetLink> {
    let all = FacetLink {
        label: language.text("census-all-kinds"),
        href: format!(
            "/recensement?{}",
            asked.to_address(|asked| asked.kind = None)
        ),
        count: None,
        is_chosen: asked.kind.is_none(),
    };
    let each = KINDS.iter().map(|kind| FacetLink {
        label: kind.plural.in_language(language.tag()).to_owned(),
        href: format!(
            "/recensement?{}",
            asked.to_address(|asked| asked.kind = Some(kind.code.to_owned()))
        ),
        count: None,
        is_chosen: asked.kind.as_deref() == Some(kind.code),
    });
    std::iter::once(all).chain(each).collect()
}

fn facets(language: Language, asked: &Asked, answer: &Answer) -> Vec<Facet> {
    let mut facets = Vec::new();
    for name in FACETS {
        let Some(counts) = answer.facets.get(name).filter(|counts| !counts.is_empty()) else {
            continue;
        };
        let values = counts.iter().take(FACET_VALUES_MAX).map(|count| FacetLink {
            label: value_label(language, name, &count.value),
            href: format!(
                "/recensement?{}",
                asked.to_address(|asked| asked.toggle(name, &count.value))
            ),
            count: Some(language.number(count.count)),
            is_chosen: asked
                .facets
                .get(name)
                .is_some_and(|values| values.contains(&count.value)),
        });
        facets.push(Facet {
            label: facet_label(language, name),
            values: values.collect(),
        });
    }
    facets
}

fn chosen(language: Language, asked: &Asked) -> Vec<FacetLink> {
    let pairs = asked
        .facets
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    pairs
        .map(|(name, value)| FacetLink {
            label: format!(
                "{} : {}",
                facet_label(language, name),
                value_label(language, name, value)
            ),
            href: format!(
                "/recensement?{}",
                asked.to_address(|asked| asked.toggle(name, value))
            ),
            count: None,
            is_chosen: true,
        })
        .collect()
}

fn facet_label(language: Language, name: &str) -> String {
    match name {
        "conflict" => language.text("facet-conflict"),
        "departement" => language.text("facet-departement"),
        _ => wording::field_label(language, any_field(name), name),
    }
}

fn value_label(language: Language, name: &str, value: &str) -> String {
    match (name, value) {
        ("conflict", "yes") => language.text("yes"),
        ("conflict", _) => language.text("no"),
        _ => {
            // Two kinds may have a field of one name with different vocabularies: the first that knows the term words it.
            let shapes = KINDS
                .iter()
                .filter_map(|kind| kind.field(name))
                .map(|field| field.shape);
            let knows = |shape: &Shape| {
                shape
                    .vocabulary()
                    .is_some_and(|vocabulary| vocabulary.term(value).is_some())
            };
            wording::term(language, shapes.into_iter().find(knows), value)
        }
    }
}

fn any_field(name: &str) -> Option<&'static crdt_schema::record::Field> {
    KINDS.iter().find_map(|kind| kind.field(name))
}

fn refusal_key(code: &str) -> &'static str {
    match code {
        "search_leading_wildcard" => "search-leading-wildcard",
        "search_text_too_long" => "search-text-too-long",
        "search_too_many_terms" => "search-too-many-terms",
        _ => "search-refused",
    }
}

fn no_answer() -> Answer {
    Answer {
        total: 0,
        hits: Vec::new(),
        facets: BTreeMap::new(),
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
                "page" => asked.page = value.parse().ok(),
                _ => {
                    if let Some(facet) = FACETS.iter().find(|facet| **facet == name) {
                        asked
                            .facets
                            .entry((*facet).to_owned())
                            .or_default()
                            .insert(value);
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

    pub(crate) fn to_query(&self) -> Query {
        let page = self.page.unwrap_or(1).max(1);
        Query {
            text: self.text.clone(),
            kind: self.kind.clone(),
            facets: self.facets.clone(),
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
        kind.chain(facets).collect()
    }

    fn toggle(&mut self, facet: &str, value: &str) {
        let values = self.facets.entry(facet.to_owned()).or_default();
        if !values.remove(value) {
            values.insert(value.to_owned());
        }
        if values.is_empty() {
            self.facets.remove(facet);
        }
    }

    /// Says whether no more than a kind is asked for.
    pub(crate) fn is_only_a_kind(&self) -> bool {
        self.text.trim().is_empty() && self.facets.is_empty()
    }

    fn is_plain(&self) -> bool {
        self.text.trim().is_empty() && self.kind.is_none() && self.facets.is_empty()
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
    fn a_kind_that_does_not_exist_is_no_kind() {
        assert_eq!(Asked::read("kind=admin").kind, None);
    }
}
