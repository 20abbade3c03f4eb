//! All pairs that no partner has settled, page by page.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::id::RecordId;
use replica::{CandidatePlace, Fault, Reader};
use serde::Deserialize;

use super::words;
use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::census;
use crate::pages::labels::{Badges, BadgesOf};
use crate::visit::PersonVisit;
use crate::wording;

/// Pairs of a page.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "duplicates/list.html")]
struct List {
    layout: Layout,
    pairs: Vec<Pair>,
    is_start: bool,
    next: Option<String>,
}

struct Pair {
    kind: String,
    one: Side,
    other: Side,
    href: String,
    speaks_for: Vec<String>,
    against: Vec<String>,
    verdicts: Vec<String>,
}

struct Side {
    href: String,
    name: String,
    place: String,
    labels: Badges,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    apres: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/doublons", get(list))
}

async fn list(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let from = match asked.apres.as_str() {
        "" => Some(CandidatePlace::default()),
        place => CandidatePlace::parse(place),
    };
    let from = from.ok_or_else(|| PageError::NotFound.into_response())?;
    let today = app.today();
    let read = app.read(move |replica, reader| {
        let found = replica.duplicates(from, SHOWN)?;
        let both = found.candidates.iter();
        let both = both.flat_map(|candidate| [candidate.record, candidate.other]);
        let labels = Badges::of(language, (replica, reader), both, today)?;
        let mut pairs = Vec::new();
        for candidate in &found.candidates {
            let (kind, one) = side(language, (reader, &labels), &candidate.record)?;
            let (_, other) = side(language, (reader, &labels), &candidate.other)?;
            let (speaks_for, against) = words::reasons(language, &candidate.likeness.reasons);
            // After everything that was read: a reader looks at the state too.
            let verdicts = words::verdicts(language, &replica.state(), candidate);
            pairs.push(Pair {
                kind,
                href: format!("/doublons/{}/{}", candidate.record, candidate.other),
                one,
                other,
                speaks_for,
                against,
                verdicts,
            });
        }
        let next = found.next.map(|next| format!("/doublons?apres={next}"));
        Ok((pairs, next))
    });
    let (pairs, next) = read.await.map_err(IntoResponse::into_response)?;
    let shown = List {
        layout: visit.layout(language.text("duplicates-heading")),
        pairs,
        is_start: from == CandidatePlace::default(),
        next,
    };
    page(StatusCode::OK, &shown).map_err(IntoResponse::into_response)
}

fn side(
    language: Language,
    (reader, labels): (&Reader, &BadgesOf),
    record: &RecordId,
) -> Result<(String, Side), Fault> {
    let labels = labels.of(record);
    let href = format!("/fiches/{record}");
    let Some(view) = reader.record(record)? else {
        // It went between two looks.
        let name = record.short();
        let place = String::new();
        let side = Side {
            href,
            name,
            place,
            labels,
        };
        return Ok((String::new(), side));
    };
    let place = view.field("commune_name").and_then(|field| field.winner());
    let place = match place.map(|written| &written.value) {
        Some(crdt_schema::edit::Value::Text(place)) => place.clone(),
        _ => String::new(),
    };
    let name = census::name(language, &view);
    let kind = wording::kind_label(language, view.kind());
    let side = Side {
        href,
        name,
        place,
        labels,
    };
    Ok((kind, side))
}
