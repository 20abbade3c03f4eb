//! A vote that is signed off line: the ballot that is carried to the key, and the signature that is brought back.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::governance::{Approval, Ballot};
use crdt_schema::id::CharterId;
use data_encoding::HEXLOWER;
use replica::State as Held;

use super::deciding::{self, Pending, refused_in_words};
use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::office::Refused;
use crate::parts::{self, Problem, Summary};
use crate::said::{self, Said};
use crate::visit::{PersonVisit, Visit};

#[derive(Template)]
#[template(path = "federation/ballot.html")]
struct BallotPage {
    layout: Layout,
    summary: Summary,
    address: String,
    seen: Seen,
    command: String,
    typed: String,
    error: Option<String>,
}

/// What the page shows of a ballot.
struct Seen {
    federation: String,
    parent: String,
    charter: String,
    says: Vec<Said>,
    recovery: Recovery,
}

/// The recovery keys of a charter, and which of them have signed.
pub(super) struct Recovery {
    pub(super) label: String,
    /// The start of each public key, and whether it has signed.
    pub(super) keys: Vec<(String, bool)>,
}

/// Digits of a public key that are shown: enough to tell a handful of keys apart.
const KEY_DIGITS: usize = 8;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/federation/charte/{charter}/signature",
            get(show).post(take),
        )
        .route("/federation/charte/{charter}/bulletin", get(ballot))
}

async fn show(
    State(app): State<App>,
    Path(charter): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.decider().map_err(IntoResponse::into_response)?;
    let shown = shown(&app, &visit, &charter, "", None).await;
    shown.map_err(IntoResponse::into_response)
}

async fn shown(
    app: &App,
    visit: &Visit,
    charter: &str,
    typed: &str,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let id = CharterId::parse(charter).map_err(|_| PageError::NotFound)?;
    let read = app.read(move |replica, _| Ok(seen(language, &replica.state(), &id)));
    let seen = read.await?.ok_or(PageError::NotFound)?;
    let problems: Vec<Problem> = problem
        .iter()
        .map(|text| Problem::new("signature", text.clone()))
        .collect();
    let status = parts::status(&problems);
    let view = BallotPage {
        layout: visit.layout(language.text("ballot-heading")),
        address: format!("/federation/charte/{id}"),
        command: format!("maillage charter sign {} --key secours.key", file_name(&id)),
        seen,
        typed: typed.to_owned(),
        error: problem,
        summary: Summary::new(language, problems),
    };
    page(status, &view)
}

fn seen(language: Language, state: &Held, id: &CharterId) -> Option<Seen> {
    let ballot = state.ballot(id)?;
    let amendments = ballot.amendments();
    Some(Seen {
        federation: state.federation().to_string(),
        parent: ballot.parent().id().to_string(),
        charter: id.to_string(),
        says: amendments
            .iter()
            .map(|each| said::amendment(language, state, each))
            .collect(),
        recovery: recovery(language, state, &ballot),
    })
}

/// Says which recovery keys have signed.
pub(super) fn recovery(language: Language, state: &Held, ballot: &Ballot) -> Recovery {
    let its = &ballot.parent().recovery;
    let values = [
        ("k", u64::from(its.k).into()),
        ("of", its.keys.len().into()),
    ];
    let id = ballot.next().id();
    let has_signed = |key: &[u8; 32]| {
        let mut approvals = state.charters().approvals(&id);
        approvals.any(|each| each.vote().signer == *key)
    };
    let shown = |key: &[u8; 32]| (key_start(key), has_signed(key));
    Recovery {
        label: language.text_with("votes-recovery", &values),
        keys: its.keys.iter().map(shown).collect(),
    }
}

/// Returns the start of a public key, as people compare it.
pub(super) fn key_start(key: &[u8; 32]) -> String {
    format!("{}…", &HEXLOWER.encode(key)[..KEY_DIGITS])
}

fn file_name(id: &CharterId) -> String {
    format!("charte-{}.maillage-ballot", id.short())
}

/// Gives the ballot as a file.
async fn ballot(
    State(app): State<App>,
    Path(charter): Path<String>,
    PersonVisit { .. }: PersonVisit,
) -> Result<Response, Response> {
    let not_found = || PageError::NotFound.into_response();
    let id = CharterId::parse(&charter).map_err(|_| not_found())?;
    let read = app.read(move |replica, _| Ok(replica.state().ballot(&id)));
    let ballot = read.await.map_err(IntoResponse::into_response)?;
    let mut response = (StatusCode::OK, ballot.ok_or_else(not_found)?.to_text()).into_response();
    let name = format!("attachment; filename=\"{}\"", file_name(&id));
    let name = HeaderValue::from_str(&name).expect("hexadecimal digits and letters");
    let headers = response.headers_mut();
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(CONTENT_TYPE, text);
    headers.insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Reads the signature that was brought, and shows what it would do. Nothing is kept yet.
async fn take(
    State(app): State<App>,
    Path(charter): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    let answer = async {
        form.visit.decider()?;
        let language = form.visit.language;
        let id = CharterId::parse(&charter).map_err(|_| PageError::NotFound)?;
        let typed = form.text("signature").to_owned();
        let Some(approval) = Approval::from_text(&typed) else {
            let problem = language.text("ballot-unreadable");
            return shown(&app, &form.visit, &charter, &typed, Some(problem)).await;
        };
        let read = app.read(move |replica, _| Ok(replica.state().check_vote(&approval)));
        let wrong = match read.await? {
            Ok(()) if approval.vote().charter == id => None,
            Ok(()) => Some(language.text("ballot-other-charter")),
            Err(error) => {
                let refused = Refused::new(error.code(), error.to_string());
                Some(refused_in_words(language, &refused))
            }
        };
        match wrong {
            Some(problem) => shown(&app, &form.visit, &charter, &typed, Some(problem)).await,
            None => {
                let pending = Pending::Vote(Box::new(approval));
                deciding::show(&app, &form.visit, &pending, Vec::new()).await
            }
        }
    };
    answer
        .await
        .map_err(|error: PageError| error.into_response())
}
