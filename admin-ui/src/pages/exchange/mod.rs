//! Files in and out. An import goes through four pages: the file, its columns, a dry run, the result. Nothing is written before the
//! person has seen the dry run.

mod alike;
mod begin;
mod changes;
mod columns;
mod export;
mod grants;
mod inclusion;
mod list;
mod past;
mod problems;
mod reading;
mod report;
mod sheets;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::PageError;
use crate::i18n::Language;
use crate::imports::Job;
use crate::pages::is_writer;
use crate::visit::PersonVisit;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(begin::routes())
        .merge(columns::routes())
        .merge(export::routes())
        .merge(grants::routes())
        .merge(inclusion::routes())
        .merge(past::routes())
        .merge(reading::routes())
        .merge(report::routes())
        .merge(sheets::routes())
}

/// An import of the person who asks. Those of others are not there.
struct Own(Arc<Job>);

impl FromRequestParts<App> for Own {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let PersonVisit { person, .. } = PersonVisit::from_request_parts(parts, app).await?;
        if !is_writer(person.account.role) {
            return Err(PageError::NotForThisRole.into_response());
        }
        let Path(id) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let imports = app.imports().map_err(IntoResponse::into_response)?;
        let job = imports.find(&id, &person.account.name, app.now());
        job.map(Self)
            .ok_or_else(|| PageError::NotFound.into_response())
    }
}

/// A step of an import, as the list on top of its pages shows it.
struct Step {
    label: String,
    is_done: bool,
    is_current: bool,
}

fn steps(language: Language, current: usize) -> Vec<Step> {
    let labels = [
        "import-step-file",
        "import-step-columns",
        "import-step-try",
        "import-step-done",
    ];
    let steps = labels.into_iter().enumerate();
    steps
        .map(|(place, key)| Step {
            label: language.text(key),
            is_done: place < current,
            is_current: place == current,
        })
        .collect()
}

/// One of a list to choose from.
struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}
