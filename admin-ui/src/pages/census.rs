//! The list of the census: search, facets, pages, and the map as a layer over it. Every choice is a link or a field of a GET form, so that an address says it all.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::edit::{Field, Value};
use crdt_schema::record::{KINDS, Kind, Shape};
use crdt_schema::register::Territories;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Words};
use replica::search::Answer;

use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::{Asked, FACETS, ROWS_PER_PAGE, Shown};
use crate::pages::map::{MapLayer, located};
use crate::parts::Pagination;
use crate::visit::{PersonVisit, Visit};
use crate::wording;

/// Values of a facet that are open to see.
const FACET_VALUES_MAX: usize = 12;

#[derive(Template)]
#[template(path = "census.html")]
struct Census {
    layout: Layout,
    action: &'static str,
    layers: Vec<FacetLink>,
    map: Option<MapLayer>,
    text: String,
    hidden: Vec<(String, String)>,
    kinds: Vec<FacetLink>,
    facets: Vec<Facet>,
    chosen: Vec<FacetLink>,
    found: String,
    /// To the withdrawn records among what is asked, or back.
    withdrawn: Option<FacetLink>,
    rows: Vec<Row>,
    pagination: Pagination,
    refused: Option<String>,
    new_links: Vec<(String, String)>,
    export: String,
    bulk: String,
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

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(Shown::List.path(), get(list))
        .route(Shown::Map.path(), get(map))
}

async fn list(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let asked = Asked::read(query.as_deref().unwrap_or_default()).shown_as(Shown::List);
    census(&app, &visit, &asked).await
}

async fn map(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let asked = Asked::read(query.as_deref().unwrap_or_default()).shown_as(Shown::Map);
    census(&app, &visit, &asked).await
}

async fn census(app: &App, visit: &Visit, asked: &Asked) -> Result<Response, Response> {
    let language = visit.language;
    let replica = app
        .census()
        .map_err(IntoResponse::into_response)?
        .replica
        .clone();
    let query = asked.to_query();
    let shown = asked.shown;
    let answer = blocking(move || {
        let answer = replica.search(&query)?;
        let located = (shown == Shown::Map).then(|| located(&replica, &query));
        Ok((answer, located.transpose()?))
    });
    let answer = answer.await.map_err(IntoResponse::into_response)?;
    let ((answer, located), refused) = match answer {
        Ok(answer) => (answer, None),
        Err(error @ replica::search::Error::Refused(_)) => (
            (no_answer(), None),
            Some(language.text(refusal_key(error.code()))),
        ),
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
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let map = located.map(|located| MapLayer::new(language, asked, answer.total, located));
    let layout = visit.layout(language.text("section-census"));
    let view = Census {
        map,
        refused,
        ..view(layout, (language, lexicon.words()), asked, &answer, &views)
    };
    let status = if view.refused.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    page(status, &view).map_err(IntoResponse::into_response)
}

fn view(
    layout: Layout,
    (language, words): (Language, &Words),
    asked: &Asked,
    answer: &Answer,
    views: &[RecordView],
) -> Census {
    let address = asked.href(|_| ());
    let separator = if address.ends_with('?') { "" } else { "&" };
    let total = usize::try_from(answer.total).unwrap_or(usize::MAX);
    let offered = wording::offered_kinds(language, layout.profile);
    Census {
        layout,
        action: asked.shown.path(),
        layers: layers(language, asked),
        map: None,
        refused: None,
        text: asked.text.clone(),
        hidden: asked.hidden_fields(),
        kinds: kind_links(language, &offered, asked),
        facets: facets(language, words, asked, answer),
        chosen: chosen(language, words, asked),
        found: language.text_with("census-found", &[("count", answer.total.into())]),
        rows: views
            .iter()
            .map(|view| row(language, words, view))
            .collect(),
        pagination: Pagination::new(
            language,
            &format!("{address}{separator}"),
            asked.page,
            total,
            ROWS_PER_PAGE,
        ),
        new_links: offered
            .into_iter()
            .map(|kind| (format!("/fiches/nouvelle?kind={}", kind.code), kind.one))
            .collect(),
        withdrawn: (answer.withdrawn > 0 || asked.is_withdrawn).then(|| FacetLink {
            label: language.text("census-withdrawn"),
            href: asked.href(|asked| asked.is_withdrawn = !asked.is_withdrawn),
            count: Some(language.number(answer.withdrawn)),
            is_chosen: asked.is_withdrawn,
        }),
        export: format!("/exporter?{}", asked.to_address(|_| ())),
        bulk: format!("/recensement/lot?{}", asked.to_address(|_| ())),
        is_empty_census: answer.total == 0 && asked.is_plain(),
    }
}

fn row(language: Language, words: &Words, view: &RecordView) -> Row {
    let kind = Kind::parse(view.kind());
    let themes = kind
        .and_then(|kind| kind.field("themes"))
        .map(|field| field.shape);
    let terms = view.field("themes").map(|field| {
        field
            .terms
            .keys()
            .map(|term| wording::term(language, words, themes, term))
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

/// Returns the name of a record, or what stands for one. It says of a withdrawn record that it is one.
pub(crate) fn name(language: Language, view: &RecordView) -> String {
    let name = text(view.field("name"));
    let name = if name.is_empty() {
        language.text("record-nameless")
    } else {
        name
    };
    if view.is_withdrawn() {
        return language.text_with("record-withdrawn-name", &[("name", name.into())]);
    }
    name
}

pub(super) fn text(field: Option<&Field>) -> String {
    match field.and_then(Field::winner).map(|written| &written.value) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// The list and the map of the same question.
fn layers(language: Language, asked: &Asked) -> Vec<FacetLink> {
    let layer = |shown, label| FacetLink {
        label,
        href: asked.href(|asked| asked.shown = shown),
        count: None,
        is_chosen: asked.shown == shown,
    };
    vec![
        layer(Shown::List, language.text("census-as-list")),
        layer(Shown::Map, language.text("census-as-map")),
    ]
}

fn kind_links(
    language: Language,
    offered: &[wording::OfferedKind],
    asked: &Asked,
) -> Vec<FacetLink> {
    let all = FacetLink {
        label: language.text("census-all-kinds"),
        href: asked.href(|asked| asked.kind = None),
        count: None,
        is_chosen: asked.kind.is_none(),
    };
    let each = offered.iter().map(|kind| FacetLink {
        label: kind.many.clone(),
        href: asked.href(|asked| asked.kind = Some(kind.code.to_owned())),
        count: None,
        is_chosen: asked.kind.as_deref() == Some(kind.code),
    });
    std::iter::once(all).chain(each).collect()
}

fn facets(language: Language, words: &Words, asked: &Asked, answer: &Answer) -> Vec<Facet> {
    let mut facets = Vec::new();
    let own = own_facets(words, asked.kind.as_deref());
    for name in FACETS.into_iter().chain(own.iter().copied()) {
        let Some(counts) = answer.facets.get(name).filter(|counts| !counts.is_empty()) else {
            continue;
        };
        let values = counts.iter().take(FACET_VALUES_MAX).map(|count| FacetLink {
            label: value_label(language, words, name, &count.value),
            href: asked.href(|asked| asked.toggle(name, &count.value)),
            count: Some(language.number(count.count)),
            is_chosen: asked
                .facets
                .get(name)
                .is_some_and(|values| values.contains(&count.value)),
        });
        facets.push(Facet {
            label: facet_label(language, words, name),
            values: values.collect(),
        });
    }
    facets
}

/// The federation's own fields that have a list to choose from, each once, by their name.
fn own_facets<'w>(words: &'w Words, kind: Option<&str>) -> BTreeSet<&'w str> {
    let kinds = KINDS
        .iter()
        .filter(|its| kind.is_none_or(|kind| its.code == kind));
    let own = kinds.flat_map(|kind| words.fields(kind.code));
    let own = own.filter(|field| {
        field.shape.shape().vocabulary().is_some() && !words.hides(&field.kind, &field.name)
    });
    own.map(|field| field.name.as_str()).collect()
}

fn chosen(language: Language, words: &Words, asked: &Asked) -> Vec<FacetLink> {
    let pairs = asked
        .facets
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    let withdrawn = FacetLink {
        label: language.text("census-withdrawn"),
        href: asked.href(|asked| asked.is_withdrawn = false),
        count: None,
        is_chosen: true,
    };
    let pairs = pairs.map(|(name, value)| FacetLink {
        label: format!(
            "{} : {}",
            facet_label(language, words, name),
            value_label(language, words, name, value)
        ),
        href: asked.href(|asked| asked.toggle(name, value)),
        count: None,
        is_chosen: true,
    });
    pairs
        .chain(asked.is_withdrawn.then_some(withdrawn))
        .collect()
}

fn facet_label(language: Language, words: &Words, name: &str) -> String {
    match name {
        "conflict" => language.text("facet-conflict"),
        "departement" => language.text("facet-departement"),
        "epci" => language.text("facet-epci"),
        "region" => language.text("facet-region"),
        _ => wording::field_label(language, words.field_of_any_kind(name), name),
    }
}

fn value_label(language: Language, words: &Words, name: &str, value: &str) -> String {
    match (name, value) {
        ("conflict", "yes") => language.text("yes"),
        ("conflict", _) => language.text("no"),
        ("departement", code) => named(lists().departement(code).map(|one| one.name), code),
        ("epci", code) => named(lists().epci_by_code(code).map(|one| one.name), code),
        ("region", code) => named(lists().region(code).map(|one| one.name), code),
        _ => {
            // Two kinds may have a field of one name with different vocabularies: the first that knows the term words it.
            let shapes = KINDS
                .iter()
                .filter_map(|kind| words.any_field(kind.code, name))
                .map(AnyField::shape);
            let knows = |shape: &Shape| {
                shape
                    .vocabulary()
                    .is_some_and(|vocabulary| words.term(vocabulary, value).is_some())
            };
            wording::term(language, words, shapes.into_iter().find(knows), value)
        }
    }
}

/// The official lists, where the names of territories stand.
fn lists() -> &'static Territories {
    Territories::shared()
}

fn named(name: Option<&str>, code: &str) -> String {
    name.map_or_else(|| code.to_owned(), |name| format!("{name} ({code})"))
}

pub(super) fn refusal_key(code: &str) -> &'static str {
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
        withdrawn: 0,
        hits: Vec::new(),
        facets: BTreeMap::new(),
    }
}
