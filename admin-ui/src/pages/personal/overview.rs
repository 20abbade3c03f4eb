//! What is held on a person, what is kept for too long, and who has objected. A value is only ever sent in the body of a form: it
//! stands in no address, no history of a browser, no log.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::limits::VALUE_BYTES_MAX;
use crdt_schema::vocabulary::Words;
use data_encoding::HEXLOWER;
use replica::{Fault, Reader, Replica};
use serde::Deserialize;

use super::{Row, rows};
use crate::app::App;
use crate::contact::{self, Found, HeldValue};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::labels;
use crate::parts::{self, Field, Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

/// Values of the list of what is kept for too long: more is no list to work through.
const OVERDUE_MAX: usize = 200;

#[derive(Template)]
#[template(path = "personal/overview.html")]
struct Overview {
    layout: Layout,
    summary: Summary,
    done: Option<String>,
    search: Field,
    is_writer: bool,
    overdue: Vec<Row>,
    objections: Vec<Objection>,
    objection: Field,
}

struct Objection {
    key: String,
    since: String,
}

#[derive(Template)]
#[template(path = "personal/found.html")]
struct FoundPage {
    layout: Layout,
    typed: String,
    is_writer: bool,
    /// The day of the answer, for who prints it.
    day: String,
    persons: Vec<Person>,
    spots: Vec<Spot>,
    objection: Option<String>,
    is_empty: bool,
    is_cut: bool,
}

struct Person {
    caption: String,
    erase: String,
    rows: Vec<Row>,
}

struct Spot {
    href: String,
    name: String,
    field: String,
}

#[derive(Deserialize)]
struct Asked {
    fait: Option<String>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/donnees-personnelles", get(overview))
        .route("/donnees-personnelles/recherche", post(search))
        .route("/donnees-personnelles/export", post(export))
        .route("/donnees-personnelles/oppositions", post(object))
        .route("/donnees-personnelles/oppositions/retirer", post(withdraw))
}

async fn overview(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let key = match asked.fait.as_deref() {
        Some("efface") => Some("personal-done-erased"),
        Some("opposition") => Some("personal-done-objection"),
        Some("retiree") => Some("personal-done-withdrawn"),
        _ => None,
    };
    let shown = show(&app, &visit, key, Vec::new()).await;
    shown.map_err(IntoResponse::into_response)
}

async fn show(
    app: &App,
    visit: &Visit,
    done: Option<&str>,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let (language, today) = (visit.language, labels::today(app.now())?.to_string());
    let (overdue, objections) = app
        .read_both(move |replica, local| {
            let values = contact::overdue(replica, local, &today, OVERDUE_MAX)?;
            let rows = rows(language, replica, &replica.read()?, &values, &today)?;
            Ok((rows, local.objections()?))
        })
        .await?;
    let status = parts::status(&problems);
    let field = |id, label: &str, hint: &str| {
        Field::text(id, language.text(label))
            .with_hint(language.text(hint))
            .with_autocomplete("off")
            .with_problems(&problems)
    };
    let view = Overview {
        layout: visit.layout(language.text("section-personal")),
        done: done.map(|key| language.text(key)),
        search: field("personne", "personal-search", "personal-search-hint"),
        is_writer: visit.writer().is_ok(),
        overdue,
        objections: objections
            .iter()
            .map(|objection| Objection {
                key: HEXLOWER.encode(&objection.key),
                since: language.day(objection.since),
            })
            .collect(),
        objection: field(
            "opposition",
            "personal-objection",
            "personal-objection-hint",
        ),
        summary: Summary::new(language, problems),
    };
    page(status, &view)
}

async fn search(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let answer = async {
        let Some(typed) = typed(&form, "personne")? else {
            let text = form.visit.language.text("personal-search-missing");
            let problems = vec![Problem::new("personne", text)];
            return show(&app, &form.visit, None, problems).await;
        };
        found(&app, &form.visit, typed).await
    };
    answer.await.map_err(IntoResponse::into_response)
}

async fn found(app: &App, visit: &Visit, typed: String) -> Result<Response, PageError> {
    let (language, today) = (visit.language, labels::today(app.now())?.to_string());
    let wanted = typed.clone();
    let lexicon = app.lexicon().await?;
    let (found, persons) = app
        .read_both(move |replica, local| {
            let found = contact::find(replica, local, &wanted)?;
            let persons = persons(language, replica, &replica.read()?, &found, &today)?;
            Ok((found, persons))
        })
        .await?;
    let view = FoundPage {
        layout: visit.layout(language.text("personal-found-heading")),
        typed,
        is_writer: visit.writer().is_ok(),
        day: language.day(app.now()),
        persons,
        is_empty: found.is_empty(),
        is_cut: found.is_cut,
        objection: found.objection.map(|since| {
            language.text_with("personal-objected", &[("day", language.day(since).into())])
        }),
        spots: found
            .spots
            .iter()
            .map(|spot| spot_of(language, lexicon.words(), spot))
            .collect(),
    };
    page(StatusCode::OK, &view)
}

fn persons(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    found: &Found,
    today: &str,
) -> Result<Vec<Person>, Fault> {
    let is_one = |one: &HeldValue, other: &HeldValue| one.subject == other.subject;
    let mut persons = Vec::new();
    for values in found.values.chunk_by(is_one) {
        let number = persons.len() + 1;
        persons.push(Person {
            caption: language.text_with("personal-person", &[("number", number.into())]),
            erase: format!("/donnees-personnelles/{}/effacer", values[0].subject),
            rows: rows(language, replica, reader, values, today)?,
        });
    }
    Ok(persons)
}

fn spot_of(language: Language, words: &Words, spot: &contact::Spot) -> Spot {
    let known = words.field_of_any_kind(&spot.field);
    Spot {
        href: format!("/fiches/{}", spot.record),
        name: if spot.name.is_empty() {
            language.text("record-nameless")
        } else {
            spot.name.clone()
        },
        field: wording::field_label(language, known, &spot.field),
    }
}

/// Everything that was found, as a file for the person who asked.
async fn export(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let answer = async {
        let typed = typed(&form, "personne")?.ok_or(PageError::NotFound)?;
        let found = app.read_both(move |replica, local| {
            Ok(contact::find(replica, local, &typed)?.to_json(replica))
        });
        let text = format!("{:#}\n", found.await?);
        let mut response = text.into_response();
        let headers = response.headers_mut();
        let name = "attachment; filename=\"donnees-personnelles.json\"";
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(name));
        Ok(response)
    };
    answer
        .await
        .map_err(|error: PageError| error.into_response())
}

async fn object(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let answer = async {
        form.visit.writer()?;
        let Some(value) = typed(&form, "opposition")? else {
            let text = form.visit.language.text("personal-objection-missing");
            let problems = vec![Problem::new("opposition", text)];
            return show(&app, &form.visit, None, problems).await;
        };
        let (fresh, now) = (app.draw(), app.now());
        app.local(move |local| local.object(&value, fresh, now))
            .await?;
        Ok(Redirect::to("/donnees-personnelles?fait=opposition").into_response())
    };
    answer.await.map_err(IntoResponse::into_response)
}

async fn withdraw(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let answer = async {
        form.visit.writer()?;
        let key = HEXLOWER.decode(form.text("cle").as_bytes()).ok();
        let key = key.and_then(|key| <[u8; 32]>::try_from(key).ok());
        let key = key.ok_or(PageError::NotFound)?;
        app.local(move |local| local.forget_objection(&key)).await?;
        Ok(Redirect::to("/donnees-personnelles?fait=retiree").into_response())
    };
    answer
        .await
        .map_err(|error: PageError| error.into_response())
}

/// What somebody is called, as a person typed it. Only those who are logged in may ask.
fn typed(form: &SentForm, field: &str) -> Result<Option<String>, PageError> {
    if form.visit.person.is_none() {
        return Err(PageError::NotForThisRole);
    }
    let value = form.text(field);
    let is_enough = value.chars().filter(|c| c.is_alphanumeric()).count() >= LETTERS_MIN;
    Ok((is_enough && value.len() <= VALUE_BYTES_MAX).then(|| value.to_owned()))
}

/// Letters and digits of the shortest name, as the search wants it.
const LETTERS_MIN: usize = 3;
