//! The map of the census: a layer over the list, for the same question, and the points that it shows.

use std::collections::BTreeSet;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use crdt_schema::edit::{Field, Value};
use crdt_schema::id::RecordId;
use crdt_schema::view::RecordView;
use replica::Replica;
use replica::search::{BoundingBox, Error, PAGE_MAX, Query, Refused};
use serde::Serialize;

use crate::app::App;
use crate::assets::{self, MapAddresses};
use crate::i18n::Language;
use crate::pages::asked::Asked;
use crate::pages::census::{name, refusal_key, text};
use crate::pages::labels::{Badge, Badges};
use crate::visit::PersonVisit;
use crate::wording;

/// Points of a map. More say nothing to a person, and a browser slows down: the page says that the map is cut.
const POINTS_MAX: usize = 10 * PAGE_MAX;
const POINTS_PATH: &str = "/recensement/points.geojson";
const EARTH: BoundingBox = BoundingBox {
    south: -900_000_000,
    west: -1_800_000_000,
    north: 900_000_000,
    east: 1_800_000_000,
};

/// The map on the page of the census, with what it cannot show in words.
#[derive(Template)]
#[template(path = "parts/map.html")]
pub(super) struct MapLayer {
    pub(super) addresses: &'static MapAddresses,
    language: Language,
    points: String,
    shown: String,
    without: Option<String>,
    cut: Option<String>,
    cluster: String,
}

impl MapLayer {
    /// Puts the map over an answer of `total` records, of which `located` have a point.
    pub(super) fn new(language: Language, asked: &Asked, total: u64, located: u64) -> Self {
        let shown = located.min(POINTS_MAX as u64);
        let without = total.saturating_sub(located);
        let sentence = |key: &str, count: u64| language.text_with(key, &[("count", count.into())]);
        Self {
            addresses: &assets::addresses().map,
            language,
            points: format!("{POINTS_PATH}?{}", asked.to_address(|_| ())),
            shown: sentence("map-shown", shown),
            without: (without > 0).then(|| sentence("map-without", without)),
            cut: (located > shown).then(|| sentence("map-cut", shown)),
            // The script writes the number of a cluster in its place.
            cluster: language.text_with("map-cluster", &[("count", "{n}".into())]),
        }
    }
}

impl HtmlSafe for MapLayer {}

pub(crate) fn routes() -> Router<App> {
    Router::new().route(POINTS_PATH, get(points))
}

/// Counts the records of an answer that have a point.
pub(super) fn located(replica: &Replica, query: &Query) -> Result<u64, Error> {
    let located = Query {
        within: Some(EARTH),
        size: 1,
        offset: 0,
        ..query.clone()
    };
    Ok(replica.search(&located)?.total)
}

async fn points(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    let today = app.today();
    let query = asked.to_query(today);
    let read = app.read(move |replica, reader| {
        let records = match located_records(replica, &query) {
            Ok(records) => records,
            Err(Error::Refused(refused)) => return Ok(Err(refused)),
            Err(Error::Fault(fault)) => return Err(fault.into()),
        };
        let labels = Badges::of(language, (replica, reader), records.iter().copied(), today)?;
        let mut features = Vec::with_capacity(records.len());
        for record in records {
            let Some(view) = reader.record(&record)? else {
                continue;
            };
            let labels = labels.of(&record).into_said();
            features.extend(Feature::of(language, &view, labels));
        }
        Ok(Ok(features))
    });
    match read.await.map_err(IntoResponse::into_response)? {
        Ok(features) => Ok(FeatureCollection::new(features).into_response()),
        Err(refused) => Ok(refusal(language, &refused)),
    }
}

/// Returns the first records of the answer that have a point, each once, [`POINTS_MAX`] at most.
fn located_records(replica: &Replica, query: &Query) -> Result<Vec<RecordId>, Error> {
    let mut records = Vec::new();
    // What arrives between two pages may move a record from one to the other.
    let mut seen = BTreeSet::new();
    for offset in (0..POINTS_MAX).step_by(PAGE_MAX) {
        let page = Query {
            within: Some(EARTH),
            size: PAGE_MAX,
            offset,
            ..query.clone()
        };
        let hits = replica.search(&page)?.hits;
        let is_last = hits.len() < PAGE_MAX;
        records.extend(
            hits.into_iter()
                .map(|hit| hit.record)
                .filter(|record| seen.insert(*record)),
        );
        if is_last {
            break;
        }
    }
    Ok(records)
}

/// Says why there are no points, as RFC 9457 does.
fn refusal(language: Language, refused: &Refused) -> Response {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let problem = Problem {
        title: language.text(refusal_key(refused.code())),
        status: status.as_u16(),
        code: refused.code(),
    };
    let headers = [(CONTENT_TYPE, "application/problem+json")];
    (status, headers, Json(problem)).into_response()
}

#[derive(Serialize)]
struct Problem {
    title: String,
    status: u16,
    code: &'static str,
}

/// Points as RFC 7946 writes them.
#[derive(Serialize)]
struct FeatureCollection {
    r#type: &'static str,
    features: Vec<Feature>,
}

#[derive(Serialize)]
struct Feature {
    r#type: &'static str,
    geometry: Geometry,
    properties: Properties,
}

#[derive(Serialize)]
struct Geometry {
    r#type: &'static str,
    /// Longitude first.
    coordinates: [f64; 2],
}

/// What a marker and its popup say, in the language of the reader.
#[derive(Serialize)]
struct Properties {
    href: String,
    kind: String,
    name: String,
    place: String,
    labels: Vec<Badge>,
}

impl FeatureCollection {
    fn new(features: Vec<Feature>) -> Self {
        Self {
            r#type: "FeatureCollection",
            features,
        }
    }
}

impl IntoResponse for FeatureCollection {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/geo+json")], Json(self)).into_response()
    }
}

impl Feature {
    /// Draws a record, unless it has lost its point since the index was written.
    fn of(language: Language, view: &RecordView, labels: Vec<Badge>) -> Option<Self> {
        let Some(Value::Point {
            latitude_e7,
            longitude_e7,
        }) = view
            .field("point")
            .and_then(Field::winner)
            .map(|written| &written.value)
        else {
            return None;
        };
        let degrees = |e7: i32| f64::from(e7) / 1e7;
        Some(Self {
            r#type: "Feature",
            geometry: Geometry {
                r#type: "Point",
                coordinates: [degrees(*longitude_e7), degrees(*latitude_e7)],
            },
            properties: Properties {
                href: format!("/fiches/{}", view.record),
                kind: wording::kind_label(language, view.kind()),
                name: name(language, view),
                place: text(view.field("commune_name")),
                labels,
            },
        })
    }
}
