//! Which sheet of a workbook is read: chosen from those that it has, once it was looked at.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;

use super::reading::read_with;
use super::{Choice, Own};
use crate::app::App;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::imports::{Choices, Job};
use crate::parts::Problem;
use crate::visit::PersonVisit;

const SHEET: &str = "feuille";

/// The sheets of a workbook that has several.
pub(super) struct Asked {
    pub(super) choices: Vec<Choice>,
    pub(super) error: Option<String>,
}

impl Asked {
    pub(super) fn of(language: Language, job: &Job, problems: &[Problem]) -> Option<Self> {
        let sheet = job.sheet();
        if sheet.sheets.len() < 2 {
            return None;
        }
        let choices = sheet.sheets.iter().map(|(name, is_hidden)| Choice {
            value: name.clone(),
            label: match is_hidden {
                true => language.text_with("import-sheet-hidden", &[("name", name.into())]),
                false => name.clone(),
            },
            is_chosen: sheet.name.as_ref() == Some(name),
        });
        Some(Self {
            choices: choices.collect(),
            error: problems.iter().find_map(|problem| problem.of(SHEET)),
        })
    }
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/importer/{import}/feuille", post(choose))
}

/// Reads another sheet of the same file. Where it has no table, the one of before stays.
async fn choose(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let name = form.text(SHEET).to_owned();
    let choices = Choices {
        sheet: Some(name.clone()),
        ..job.choices()
    };
    read_with(
        &app,
        &job,
        (&form.visit, SHEET),
        choices,
        |sheet, recognised| {
            job.choose_sheet(sheet, name, recognised);
        },
    )
    .await
}
