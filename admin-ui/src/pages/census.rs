//! The list of the census: search, facets, pages, and the map as a layer over it. Every choice is a link or a field of a GET form, so that an address says it all.

mod labels;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::edit::{Field, Value};
use crdt_schema::record::{KINDS, Kind};
use crdt_schema::statement::Due;
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use replica::search::{Answer, Query};
use replica::{LabelCounts, Replica, State as Held};

use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::{
    Asked, DUE, FACETS, LABEL, ROWS_PER_PAGE, SORTS, STANDING, Shown, other_vocabularies,
};
use crate::pages::labels::{Badges, BadgesOf};
use crate::pages::map::{MapLayer, located};
use crate::parts::Pagination;
use crate::visit::{PersonVisit, Visit};
use crate::wording;
use labels::{Names, facet_label, is_former, named_by, value_label};

/// Values of a facet that are open to see; the index counts 50.
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
    sorts: Vec<FacetLink>,
    found: String,
    /// To the withdrawn records among what is asked, or back.
    withdrawn: Option<FacetLink>,
    rows: Vec<Row>,
    pagination: Pagination,
    refused: Option<String>,
    new_links: Vec<(String, String)>,
    export: String,
    bulk: String,
    watch: String,
    /// For those who may contribute.
    campaign: Option<String>,
    is_empty_census: bool,
}

/// What the index does not count beside the hits, and the names of what it counts by id.
#[derive(Default)]
struct Beside {
    due: BTreeMap<Due, u64>,
    labels: LabelCounts,
    names: Names,
}

struct Facet {
    label: String,
    values: Vec<FacetLink>,
    /// Those that are seen once they are asked for.
    more: Vec<FacetLink>,
}

impl Facet {
    /// Values that are chosen are open to see wherever they stand.
    fn new(label: String, values: impl Iterator<Item = FacetLink>) -> Self {
        let mut values: Vec<FacetLink> = values.collect();
        let rest = values.split_off(values.len().min(FACET_VALUES_MAX));
        let (chosen, more) = rest
            .into_iter()
            .partition(|link: &FacetLink| link.is_chosen);
        let chosen: Vec<FacetLink> = chosen;
        values.extend(chosen);
        Self {
            label,
            values,
            more,
        }
    }
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
    labels: Badges,
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
    let query = asked.to_query(app.today());
    let shown = asked.shown;
    let answer = blocking(move || {
        let answer = replica.search(&query)?;
        let located = (shown == Shown::Map).then(|| located(&replica, &query));
        let beside = Beside::of(&replica, &query)?;
        Ok((answer, beside, located.transpose()?))
    });
    let answer = answer.await.map_err(IntoResponse::into_response)?;
    let ((answer, mut beside, located), refused) = match answer {
        Ok(answer) => (answer, None),
        Err(error @ replica::search::Error::Refused(_)) => (
            (no_answer(), Beside::default(), None),
            Some(language.text(refusal_key(error.code()))),
        ),
        Err(replica::search::Error::Fault(fault)) => {
            return Err(PageError::Fault(fault.into()).into_response());
        }
    };
    let records: Vec<_> = answer.hits.iter().map(|hit| hit.record).collect();
    let told = named_by(asked, &answer);
    let today = app.today();
    let views = app.read(move |replica, reader| {
        let names = Names::of_records(language, (replica, reader), &told)?;
        let views = records.iter();
        let views = views.filter_map(|record| reader.record(record).transpose());
        let views = views.collect::<Result<Vec<_>, _>>()?;
        let labels = Badges::of(language, (replica, reader), records, today)?;
        Ok((views, names, labels))
    });
    let (views, names, labels) = views.await.map_err(IntoResponse::into_response)?;
    beside.names.0.extend(names.0);
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let map = located.map(|located| MapLayer::new(language, asked, answer.total, located));
    let layout = visit.layout(language.text("section-census"));
    let may_ask = visit.writer().is_ok() && answer.total > 0;
    let view = Census {
        map,
        refused,
        campaign: may_ask.then(|| format!("/campagnes/nouvelle?{}", asked.to_address(|_| ()))),
        ..view(
            layout,
            (language, lexicon.words()),
            asked,
            (&answer, &beside),
            (&views, &labels),
        )
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
    (answer, beside): (&Answer, &Beside),
    (views, labels): (&[RecordView], &BadgesOf),
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
        facets: facets(language, words, asked, (answer, beside)),
        chosen: chosen(language, words, asked, &beside.names),
        sorts: sorts(language, asked),
        found: language.text_with("census-found", &[("count", answer.total.into())]),
        rows: views
            .iter()
            .map(|view| row(language, words, view, labels.of(&view.record)))
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
        watch: format!("/veilles/nouvelle?{}", asked.to_address(|_| ())),
        campaign: None,
        is_empty_census: answer.total == 0 && asked.is_plain(),
    }
}

fn row(language: Language, words: &Words, view: &RecordView, labels: Badges) -> Row {
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
        has_conflict: !view.conflicts().is_empty(),
        labels,
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

/// Says a question in words: what is searched for, the kind, and each value that was chosen.
pub(super) fn in_words(language: Language, words: &Words, state: &Held, asked: &Asked) -> String {
    let mut said = Vec::new();
    if !asked.text.trim().is_empty() {
        let values = [("text", asked.text.trim().to_owned().into())];
        said.push(language.text_with("census-said-text", &values));
    }
    if let Some(kind) = asked.kind.as_deref().and_then(Kind::parse) {
        said.push(kind.plural.in_language(language.tag()).to_owned());
    }
    let values = chosen(language, words, asked, &Names::of(state)).into_iter();
    said.extend(values.map(|link| link.label));
    match said.is_empty() {
        true => language.text("census-all-kinds"),
        false => said.join(" · "),
    }
}

/// The orders of the list: without words, there is no best match.
fn sorts(language: Language, asked: &Asked) -> Vec<FacetLink> {
    let is_searched = !asked.text.trim().is_empty();
    let offered = SORTS
        .into_iter()
        .filter(|(code, _)| is_searched || *code != "relevance");
    let links = offered.map(|(code, sort)| FacetLink {
        label: language.text(match code {
            "confirmed" => "sort-confirmed",
            "name" => "sort-name",
            "newest" => "sort-newest",
            _ => "sort-relevance",
        }),
        href: asked.href(|asked| asked.sort = Some(sort)),
        count: None,
        is_chosen: asked.order() == sort,
    });
    links.collect()
}

impl Beside {
    fn of(replica: &Replica, query: &Query) -> Result<Self, replica::search::Error> {
        Ok(Self {
            due: replica.count_due(query)?,
            labels: replica.count_labels(query)?,
            names: Names::of(&replica.state()),
        })
    }

    /// The facets that are counted apart, in the form of the others.
    fn counts(&self, name: &str) -> Vec<(&str, u64)> {
        match name {
            DUE => {
                let counted = self.due.iter().filter(|(_, count)| **count > 0);
                counted.map(|(due, count)| (due.code(), *count)).collect()
            }
            LABEL => {
                let counted = self.labels.by_scheme.iter();
                counted
                    .map(|(label, count)| (label.as_str(), *count))
                    .collect()
            }
            STANDING => {
                let counted = self.labels.by_standing.iter();
                counted.map(|(each, count)| (each.word(), *count)).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn facets(
    language: Language,
    words: &Words,
    asked: &Asked,
    (answer, beside): (&Answer, &Beside),
) -> Vec<Facet> {
    let mut facets = Vec::new();
    let own = own_facets(words, asked.kind.as_deref());
    let others = other_vocabularies();
    let names = FACETS.into_iter().chain(others);
    let names = names.filter(|name| !is_hidden(words, asked.kind.as_deref(), name));
    for name in names.chain(own.iter().copied()) {
        let Some(counts) = answer.facets.get(name).filter(|counts| !counts.is_empty()) else {
            continue;
        };
        let is_chosen = |value: &String| {
            let chosen = asked.facets.get(name);
            chosen.is_some_and(|chosen| chosen.contains(value))
        };
        // What only stands under an old term is found by the others.
        let shown = counts.iter().filter(|count| {
            count.carrying > 0 || is_chosen(&count.value) || !is_former(words, name, &count.value)
        });
        let values = shown.map(|count| FacetLink {
            label: value_label(language, words, &beside.names, name, &count.value),
            href: asked.href(|asked| asked.toggle(name, &count.value)),
            count: Some(language.number(count.count)),
            is_chosen: is_chosen(&count.value),
        });
        facets.push(Facet::new(facet_label(language, words, name), values));
    }
    for name in [DUE, LABEL, STANDING] {
        let values = beside.counts(name).into_iter().map(|(value, count)| {
            let chosen = match name {
                DUE => asked.due.iter().any(|due| due.code() == value),
                STANDING => asked.standings.iter().any(|each| each.word() == value),
                _ => asked.labels.contains(value),
            };
            FacetLink {
                label: value_label(language, words, &beside.names, name, value),
                href: asked.href(|asked| asked.toggle(name, value)),
                count: Some(language.number(count)),
                is_chosen: chosen,
            }
        });
        let facet = Facet::new(facet_label(language, words, name), values);
        if !facet.values.is_empty() {
            facets.push(facet);
        }
    }
    facets
}

/// Says whether the federation hides a field in all the kinds that are asked for and have it.
fn is_hidden(words: &Words, kind: Option<&str>, name: &str) -> bool {
    let kinds = KINDS
        .iter()
        .filter(|its| kind.is_none_or(|kind| its.code == kind));
    let mut having = kinds.filter(|its| its.field(name).is_some()).peekable();
    having.peek().is_some() && having.all(|its| words.hides(its.code, name))
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

fn chosen(language: Language, words: &Words, asked: &Asked, names: &Names) -> Vec<FacetLink> {
    let pairs = asked.facets.iter().flat_map(|(name, values)| {
        let values = values.iter().map(String::as_str);
        values.map(move |value| (name.as_str(), value))
    });
    let due = asked.due.iter().map(|due| (DUE, due.code()));
    let labels = asked.labels.iter().map(|label| (LABEL, label.as_str()));
    let standings = asked.standings.iter();
    let standings = standings.map(|each| (STANDING, each.word()));
    let withdrawn = FacetLink {
        label: language.text("census-withdrawn"),
        href: asked.href(|asked| asked.is_withdrawn = false),
        count: None,
        is_chosen: true,
    };
    let pairs = pairs
        .chain(due)
        .chain(labels)
        .chain(standings)
        .map(|(name, value)| FacetLink {
            label: format!(
                "{} : {}",
                facet_label(language, words, name),
                value_label(language, words, names, name, value)
            ),
            href: asked.href(|asked| asked.toggle(name, value)),
            count: None,
            is_chosen: true,
        });
    pairs
        .chain(asked.is_withdrawn.then_some(withdrawn))
        .collect()
}

pub(super) fn refusal_key(code: &str) -> &'static str {
    match code {
        "search_leading_wildcard" => "search-leading-wildcard",
        "search_text_too_long" => "search-text-too-long",
        "search_too_many_records" => "search-too-many-records",
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
