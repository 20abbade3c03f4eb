//! The programmes that the federation follows: their kinds, sections and words are what the pages of all its nodes show.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::profile::Profile;
use crdt_schema::vocabulary::Declared;

use super::{pending, why};
use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::layout::Layout;
use crate::pages::federation::deciding;
use crate::parts::{self, Problem, Summary};
use crate::visit::{PersonVisit, Visit};

#[derive(Template)]
#[template(path = "words/profiles.html")]
struct ProfilesPage {
    layout: Layout,
    summary: Summary,
    /// The titles of those that are followed, the leading one first.
    followed: Vec<String>,
    is_disputed: bool,
    /// The title of the one that this node shows instead.
    own: Option<String>,
    may_decide: bool,
    error: Option<String>,
    choices: Vec<Choice>,
    leading: Vec<Choice>,
}

struct Choice {
    code: &'static str,
    title: String,
    sentence: String,
    is_chosen: bool,
}

/// What a person chose, or what is declared.
#[derive(Default)]
struct Typed {
    codes: Vec<String>,
    leading: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/federation/programmes", get(show).post(declare))
}

async fn show(
    State(app): State<App>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let shown = render(&app, &visit, None, Vec::new()).await;
    shown.map_err(IntoResponse::into_response)
}

async fn declare(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    form.visit.decider().map_err(IntoResponse::into_response)?;
    let typed = Typed {
        codes: form.all("profile").map(str::to_owned).collect(),
        leading: form.text("leading").to_owned(),
    };
    let declared = Declared::Profiles(typed.in_order());
    let pending = pending(&app, declared).await;
    let shown = match pending.map_err(IntoResponse::into_response)? {
        Ok(pending) => deciding::show(&app, &form.visit, &pending, Vec::new()).await,
        Err(_) if typed.codes.is_empty() => {
            let none = form.visit.language.text("profiles-problem-none");
            let problems = vec![Problem::new(FIELD, none)];
            render(&app, &form.visit, Some(typed), problems).await
        }
        Err(error) => {
            let problems = vec![Problem::new(FIELD, why(form.visit.language, error))];
            render(&app, &form.visit, Some(typed), problems).await
        }
    };
    shown.map_err(IntoResponse::into_response)
}

async fn render(
    app: &App,
    visit: &Visit,
    typed: Option<Typed>,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let tag = visit.language.tag();
    let read = app.read(|replica, _| {
        let state = replica.state();
        let words = state.governance().words();
        let codes: Vec<String> = words.profiles().into_iter().map(str::to_owned).collect();
        Ok((codes, words.are_profiles_disputed()))
    });
    let (codes, is_disputed) = read.await?;
    let title = |code: &String| {
        let known = Profile::of(code);
        known
            .map_or(code.as_str(), |profile| profile.title().in_language(tag))
            .to_owned()
    };
    let followed = codes.iter().map(title).collect();
    let typed = typed.unwrap_or_else(|| Typed {
        leading: codes.first().cloned().unwrap_or_default(),
        codes,
    });
    let choices = |is_chosen: &dyn Fn(&str) -> bool| -> Vec<Choice> {
        let all = Profile::all().iter();
        all.map(|profile| Choice {
            code: profile.code(),
            title: profile.title().in_language(tag).to_owned(),
            sentence: profile.sentence().in_language(tag).to_owned(),
            is_chosen: is_chosen(profile.code()),
        })
        .collect()
    };
    let own = app.settings().profile();
    let view = ProfilesPage {
        layout: visit.layout(visit.language.text("profiles-heading")),
        followed,
        is_disputed,
        own: own.map(|profile| profile.title().in_language(tag).to_owned()),
        may_decide: visit.decider().is_ok(),
        error: problems.iter().find_map(|problem| problem.of(FIELD)),
        choices: choices(&|code| typed.codes.iter().any(|chosen| chosen == code)),
        leading: choices(&|code| typed.leading == code),
        summary: Summary::new(visit.language, problems.clone()),
    };
    page(parts::status(&problems), &view)
}

impl Typed {
    /// The leading one first, where it is among those that were chosen.
    fn in_order(&self) -> Vec<String> {
        let (mut first, others): (Vec<_>, Vec<_>) = self
            .codes
            .iter()
            .cloned()
            .partition(|code| *code == self.leading);
        first.extend(others);
        first
    }
}

const FIELD: &str = "profile";
