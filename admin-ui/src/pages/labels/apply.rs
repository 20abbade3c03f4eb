//! Putting a record forward for a label: the criteria of a scheme as a form, which makes a record of kind *application*.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::governance::{Scheme, SchemeId};
use crdt_schema::id::RecordId;
use crdt_schema::label::Answers;
use crdt_schema::register::link;
use crdt_schema::view::RecordView;
use replica::Saving;
use serde::Deserialize;

use super::application::KIND;
use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::census;
use crate::pages::free_text::{self, Keep};
use crate::pages::statements::held_record;
use crate::parts::{self, Field, Problem, Summary};
use crate::visit::{PersonVisit, Visit};

/// Bytes of all answers together: they go into one entry, beside the other fields.
const ANSWERS_BYTES_MAX: usize = 48 * 1024;
/// The kinds of records that can be put forward.
const CANDIDATES: [&str; 3] = ["actor", "event", "initiative"];

#[derive(Template)]
#[template(path = "labels/apply.html")]
struct Apply {
    layout: Layout,
    summary: Summary,
    address: String,
    schemes: Vec<(String, String)>,
    chosen: Option<Chosen>,
}

struct Chosen {
    code: String,
    title: String,
    inputs: Vec<Input>,
    evidence: Field,
    keep: Keep,
}

struct Input {
    id: String,
    label: String,
    hint: String,
    answer: String,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    reglement: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/fiches/{record}/candidater", get(show).post(apply))
}

async fn show(
    State(app): State<App>,
    Path(record): Path<String>,
    Query(asked): Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = candidate(&app, &record).await?;
    let schemes = schemes(&app).map_err(IntoResponse::into_response)?;
    let chosen = find(&schemes, &asked.reglement);
    if chosen.is_none() && !asked.reglement.is_empty() {
        return Err(PageError::NotFound.into_response());
    }
    let (answers, evidence) = (Answers::default(), "");
    shown(
        &visit,
        &view,
        &schemes,
        chosen,
        &answers,
        evidence,
        Vec::new(),
    )
    .map_err(IntoResponse::into_response)
}

async fn candidate(app: &App, record: &str) -> Result<(RecordId, RecordView), Response> {
    let (record, view) = held_record(app, record).await?;
    if CANDIDATES.contains(&view.kind()) {
        Ok((record, view))
    } else {
        Err(PageError::NotFound.into_response())
    }
}

type Schemes = BTreeMap<SchemeId, Scheme>;

fn schemes(app: &App) -> Result<Schemes, PageError> {
    let state = app.census()?.replica.state();
    let schemes = state.governance().schemes().iter();
    Ok(schemes
        .map(|(id, scheme)| (id.clone(), scheme.clone()))
        .collect())
}

fn find<'s>(schemes: &'s Schemes, code: &str) -> Option<(&'s SchemeId, &'s Scheme)> {
    schemes.iter().find(|(id, _)| id.to_string() == code)
}

fn shown(
    visit: &Visit,
    view: &RecordView,
    schemes: &Schemes,
    chosen: Option<(&SchemeId, &Scheme)>,
    answers: &Answers,
    evidence: &str,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let status = parts::status(&problems);
    let chosen = chosen.map(|(id, scheme)| Chosen {
        code: id.to_string(),
        title: scheme.title.clone(),
        inputs: inputs(language, scheme, answers, &problems),
        keep: Keep::of(language, answers.by_criterion.values().map(String::as_str)),
        evidence: Field::text("evidence", language.text("apply-evidence"))
            .with_hint(language.text("apply-evidence-hint"))
            .with_value(evidence)
            .with_problems(&problems),
    });
    let name = census::name(language, view);
    let form = Apply {
        layout: visit.layout(language.text_with("apply-heading", &[("name", name.into())])),
        address: format!("/fiches/{}", view.record),
        schemes: schemes
            .iter()
            .map(|(id, scheme)| (id.to_string(), scheme.title.clone()))
            .collect(),
        chosen,
        summary: Summary::new(language, problems),
    };
    page(status, &form)
}

fn inputs(
    language: Language,
    scheme: &Scheme,
    answers: &Answers,
    problems: &[Problem],
) -> Vec<Input> {
    let inputs = scheme
        .criteria
        .iter()
        .enumerate()
        .map(|(place, criterion)| {
            let id = format!("answer-{place}");
            let key = match criterion.mandatory {
                true => "apply-answer-mandatory",
                false => "apply-answer-optional",
            };
            Input {
                label: criterion.title.clone(),
                hint: language.text(key),
                answer: answers
                    .by_criterion
                    .get(&criterion.id)
                    .cloned()
                    .unwrap_or_default(),
                error: problems.iter().find_map(|problem| problem.of(&id)),
                id,
            }
        });
    inputs.collect()
}

/// Makes the application. It is a record like others: whoever may write it is judged with the mandate, and no label comes of it.
async fn apply(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (candidate, view) = candidate(&app, &record).await?;
    let schemes = schemes(&app).map_err(IntoResponse::into_response)?;
    let (id, scheme) =
        find(&schemes, form.text("scheme")).ok_or_else(|| PageError::StaleForm.into_response())?;
    let language = form.visit.language;
    let (answers, evidence, problems) = read(language, scheme, &form);
    if !problems.is_empty() {
        let chosen = Some((id, scheme));
        let typed = form.text("evidence");
        let again = shown(
            &form.visit,
            &view,
            &schemes,
            chosen,
            &answers,
            typed,
            problems,
        );
        return again.map_err(IntoResponse::into_response);
    }
    let values = [
        ("name", census::name(language, &view).into()),
        ("label", scheme.title.clone().into()),
    ];
    // Everybody reads it, in the language of the census.
    let name = Language::French.text_with("apply-name", &values);
    let text = |text: String| Wanted::Value(Value::Text(text));
    let mut fields = BTreeMap::from([
        ("name".to_owned(), text(name)),
        ("label_scheme".to_owned(), text(id.to_string())),
        (
            "candidate".to_owned(),
            Wanted::Value(Value::Record(candidate)),
        ),
        (
            "answers".to_owned(),
            Wanted::Text(answers.to_text(&scheme.criteria)),
        ),
    ]);
    if let Some(link) = evidence {
        fields.insert("evidence".to_owned(), text(link));
    }
    let territory = view
        .birth
        .map_or_else(|| "*".to_owned(), |(_, territory)| territory);
    let saved = save(&app, &territory, Draft { fields }).await;
    let record = saved.map_err(IntoResponse::into_response)?;
    Ok(Redirect::to(&format!("/labels/candidatures/{record}")).into_response())
}

async fn save(app: &App, territory: &str, draft: Draft) -> Result<RecordId, PageError> {
    let federation = *app.census()?.replica.state().federation();
    let saving = Saving::creation(&federation, KIND, territory, app.draw(), draft);
    let record = saving.record;
    app.save(saving).await?;
    tracing::info!(record.id = %record.short(), "an application for a label was made on the pages");
    Ok(record)
}

fn read(
    language: Language,
    scheme: &Scheme,
    form: &SentForm,
) -> (Answers, Option<String>, Vec<Problem>) {
    let (mut answers, mut problems) = (Answers::default(), Vec::new());
    for (place, criterion) in scheme.criteria.iter().enumerate() {
        let id = format!("answer-{place}");
        let answer = form.text(&id).replace("\r\n", "\n");
        if answer.is_empty() && criterion.mandatory {
            let values = [("what", criterion.title.clone().into())];
            let text = language.text_with("apply-answer-missing", &values);
            problems.push(Problem::new(id, text));
        } else if !answer.is_empty() {
            problems.extend(free_text::problem(language, form, &id, &answer));
            answers.by_criterion.insert(criterion.id.clone(), answer);
        }
    }
    if answers.to_text(&scheme.criteria).len() > ANSWERS_BYTES_MAX {
        let text = language.text("apply-too-long");
        problems.push(Problem::new("answer-0", text));
    }
    let evidence = match form.text("evidence") {
        "" => None,
        typed => {
            let link = link(typed).into_accepted();
            if link.is_none() {
                let text = language.text("assess-evidence-wrong");
                problems.push(Problem::new("evidence", text));
            }
            link
        }
    };
    (answers, evidence, problems)
}
