//! Logging in and out.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use replica::local::{AccountName, LoginId};
use serde::Deserialize;

use crate::app::{App, blocking};
use crate::cookies::{self, Purpose};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::login::{Attempt, is_password};
use crate::parts::{Field, Problem, Summary};
use crate::server::PeerAddress;
use crate::visit::{From, Visit, next_page};

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    layout: Layout,
    summary: Summary,
    name: Field,
    password: Field,
    next: String,
}

/// What the form shows again after a refusal.
#[derive(Default)]
struct Typed<'a> {
    name: &'a str,
    next: &'a str,
    problems: Vec<Problem>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/connexion", get(form).post(log_in))
        .route("/deconnexion", post(log_out))
}

async fn form(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    visit: Visit,
) -> Result<Response, PageError> {
    let next = next_page(&asked.next);
    if visit.person.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    let typed = Typed {
        next,
        ..Typed::default()
    };
    let mut response = page(StatusCode::OK, &view(&visit, typed))?;
    if let Some(secret) = visit.new_secret() {
        let cookie = cookies::keep_secret(app.settings().transport(), Purpose::Visit, secret);
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn log_in(
    State(app): State<App>,
    From(address): From,
    form: SentForm,
) -> Result<Response, PageError> {
    let language = form.visit.language;
    let mut typed = Typed {
        name: form.text("name"),
        next: next_page(form.text("next")),
        problems: missing(language, &form),
    };
    if !typed.problems.is_empty() {
        return page(StatusCode::UNPROCESSABLE_ENTITY, &view(&form.visit, typed));
    }
    match admit(&app, address, typed.name, form.raw("password")).await? {
        Admission::Admitted(name) => start(&app, &form.visit, name, typed.next).await,
        Admission::Refused => {
            typed
                .problems
                .push(Problem::new("name", language.text("login-wrong")));
            page(StatusCode::UNPROCESSABLE_ENTITY, &view(&form.visit, typed))
        }
        Admission::Wait(seconds) => {
            let values = [("seconds", seconds.into())];
            let text = language.text_with("login-wait", &values);
            typed.problems.push(Problem::new("name", text));
            let mut response = page(StatusCode::TOO_MANY_REQUESTS, &view(&form.visit, typed))?;
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(response)
        }
    }
}

/// Ends the login. Whoever has none any more, or has waited too long, is where a logout leads: on the login page.
async fn log_out(
    State(app): State<App>,
    visit: Visit,
    form: Result<SentForm, Response>,
) -> Result<Response, Response> {
    if let Some(person) = visit.person {
        form?;
        let key = person.login.key();
        let ended = app.local(move |local| local.end_login(&key)).await;
        ended.map_err(IntoResponse::into_response)?;
        tracing::info!("a person logged out");
    }
    let cookie = cookies::forget_secret(app.settings().transport(), Purpose::Login);
    Ok((
        AppendHeaders([(SET_COOKIE, cookie)]),
        Redirect::to("/connexion"),
    )
        .into_response())
}

/// What became of a password.
pub(crate) enum Admission {
    Admitted(AccountName),
    Refused,
    Wait(u64),
}

/// Compares a password. A name that no account has takes the same way: same wait, one hash, same words.
pub(crate) async fn admit(
    app: &App,
    from: PeerAddress,
    typed: &str,
    password: &str,
) -> Result<Admission, PageError> {
    let name = AccountName::parse(typed).ok();
    let counted = name.as_ref().map_or("", AccountName::as_str).to_owned();
    if let Attempt::Wait(seconds) = app.throttle().begin(&counted, from, app.now()) {
        return Ok(Admission::Wait(seconds));
    }
    let sought = name.clone();
    let account = app.local(move |local| match sought {
        Some(name) => local.account(&name),
        None => Ok(None),
    });
    let account = account.await?;
    let known = account
        .as_ref()
        .map_or(app.nobody(), |account| &account.password);
    let (password, known) = (password.to_owned(), known.to_owned());
    let place = app.hashing().acquire_owned().await;
    let is_right = blocking(move || {
        // Held here, so that a request that ran out of time does not free it while its hash goes on.
        let _place = place;
        is_password(&password, &known)
    })
    .await?;
    match account {
        Some(account) if is_right => {
            app.throttle().succeed(&counted, from);
            Ok(Admission::Admitted(account.name))
        }
        _ => {
            tracing::warn!("a login was refused");
            Ok(Admission::Refused)
        }
    }
}

/// Starts a login under a new id, whatever id the browser came with, and ends the one it had.
async fn start(
    app: &App,
    visit: &Visit,
    name: AccountName,
    next: &str,
) -> Result<Response, PageError> {
    let id = LoginId::from_bytes(app.draw());
    let (key, now) = (id.key(), app.now());
    let old = visit.person.as_ref().map(|person| person.login.key());
    app.local(move |local| {
        if let Some(old) = old {
            local.end_login(&old)?;
        }
        local.start_login(&key, &name, now)
    })
    .await?;
    tracing::info!("a person logged in");
    let transport = app.settings().transport();
    let cookies = AppendHeaders([
        (
            SET_COOKIE,
            cookies::keep_secret(transport, Purpose::Login, &id),
        ),
        (
            SET_COOKIE,
            cookies::forget_secret(transport, Purpose::Visit),
        ),
    ]);
    Ok((cookies, Redirect::to(next)).into_response())
}

fn missing(language: Language, form: &SentForm) -> Vec<Problem> {
    let mut problems = Vec::new();
    if form.text("name").is_empty() {
        problems.push(Problem::new("name", language.text("login-name-missing")));
    }
    if form.raw("password").is_empty() {
        problems.push(Problem::new(
            "password",
            language.text("login-password-missing"),
        ));
    }
    problems
}

fn view(visit: &Visit, typed: Typed<'_>) -> Login {
    let language = visit.language;
    Login {
        layout: visit.layout(language.text("login-heading")),
        name: Field::text("name", language.text("login-name"))
            .with_hint(language.text("login-name-hint"))
            .with_value(typed.name)
            .with_autocomplete("username")
            .with_problems(&typed.problems),
        password: Field::password("password", language.text("login-password"))
            .with_autocomplete("current-password")
            .with_problems(&typed.problems),
        next: typed.next.to_owned(),
        summary: Summary::new(language, typed.problems),
    }
}
