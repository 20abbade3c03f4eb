//! Communes that changed since the list of their year: which records hold their codes, what became of them, and only then the signatures.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::register::{FIRST_YEAR, LAST_YEAR};

use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::files::{Became, BulkError, Carry, CarryReport, Move, Request, is_year};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::visit::{PersonVisit, Visit};

const PLACE: &str = "/communes/annee";
/// How an address names the year.
const YEAR: &str = "annee";
/// How an address starts that names what was chosen for a code.
const CHOICE: &str = "choix-";
/// How an address names the change that was just signed.
const DONE: &str = "fait";
/// How a form says how many records the person saw to be changed.
const SEEN: &str = "vues";

#[derive(Template)]
#[template(path = "yearly.html")]
struct YearlyPage {
    layout: Layout,
    token: String,
    years: Vec<(String, bool)>,
    lead: String,
    notes: Vec<String>,
    rows: Vec<Row>,
    /// What was chosen, carried along.
    sent: Vec<(String, String)>,
    button: Option<String>,
    has_changed: bool,
    /// What was signed, and where it is taken back.
    done: Option<(String, Option<String>)>,
}

/// One code that records hold.
struct Row {
    code: String,
    name: String,
    became: String,
    /// The communes to choose from: code, label, whether it is chosen.
    choices: Vec<(String, String, bool)>,
    records: String,
    href: String,
    examples: Vec<(String, String)>,
}

/// What is asked: the year, and what was chosen.
struct Asked {
    year: u16,
    choices: BTreeMap<String, String>,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route(PLACE, get(look).post(sign))
}

async fn look(
    State(app): State<App>,
    Query(pairs): Query<Vec<(String, String)>>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let done = pairs.iter().find(|(name, _)| name == DONE);
    let done = done.and_then(|(_, number)| number.parse().ok());
    let asked = Asked::of(&pairs);
    let report = asked.dry_run(&app).await;
    let report = report.map_err(IntoResponse::into_response)?;
    let shown = asked.shown(&app, &visit, &report, (done, false)).await;
    shown.map_err(IntoResponse::into_response)
}

async fn sign(
    State(app): State<App>,
    PersonVisit { person, .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let visit = &form.visit;
    visit.writer().map_err(IntoResponse::into_response)?;
    let chosen = form.all("choix").filter_map(|pair| pair.split_once('='));
    let chosen = chosen.map(|(code, one)| (format!("{CHOICE}{code}"), one.to_owned()));
    let mut pairs: Vec<(String, String)> = chosen.collect();
    pairs.push((YEAR.to_owned(), form.text(YEAR).to_owned()));
    let asked = Asked::of(&pairs);
    let by = person.account.name.as_str().to_owned();
    let taken = asked.take(&app, &form, by).await;
    taken.map_err(IntoResponse::into_response)
}

impl Asked {
    fn of(pairs: &[(String, String)]) -> Self {
        let year = pairs.iter().find(|(name, _)| name == YEAR);
        let year = year.and_then(|(_, year)| year.parse().ok());
        let choices = pairs.iter().filter_map(|(name, one)| {
            let code = name.strip_prefix(CHOICE)?;
            (!one.is_empty()).then(|| (code.to_owned(), one.clone()))
        });
        Self {
            year: year.filter(|year| is_year(*year)).unwrap_or(LAST_YEAR),
            choices: choices.collect(),
        }
    }

    fn carry(&self) -> Carry<'_> {
        Carry {
            year: self.year,
            choices: &self.choices,
        }
    }

    async fn dry_run(&self, app: &App) -> Result<CarryReport, PageError> {
        let replica = Arc::clone(&app.census()?.replica);
        let (year, choices) = (self.year, self.choices.clone());
        let looked = blocking(move || {
            let carry = Carry {
                year,
                choices: &choices,
            };
            carry.dry_run(&replica)
        });
        looked.await?.map_err(PageError::Fault)
    }

    /// Signs what the person saw; shows it again where it is not that any more.
    async fn take(&self, app: &App, form: &SentForm, by: String) -> Result<Response, PageError> {
        let (visit, language) = (&form.visit, form.visit.language);
        let seen: Option<u64> = form.text(SEEN).parse().ok();
        let Some(seen) = seen else {
            return Err(PageError::StaleForm);
        };
        let values = [("year", self.year.to_string().into())];
        let title = language.text_with("yearly-title", &values);
        let (year, choices, at) = (self.year, self.choices.clone(), app.now());
        let replica = Arc::clone(&app.census()?.replica);
        let local = app.local(|local| Ok(local.clone())).await?;
        let signed = blocking(move || {
            let carry = Carry {
                year,
                choices: &choices,
            };
            let request = Request { by: &by, at };
            carry.run((&replica, &local), &title, (seen, request))
        });
        let number = match signed.await? {
            Ok(report) => report.number.unwrap_or_default(),
            Err(BulkError::NotAsSeen { .. }) => {
                let report = self.dry_run(app).await?;
                return self.shown(app, visit, &report, (None, true)).await;
            }
            Err(BulkError::Fault(fault)) => return Err(PageError::Fault(fault)),
            Err(BulkError::Contribute(replica::ContributeError::Fault(fault))) => {
                return Err(PageError::Fault(fault));
            }
            Err(_) => return Err(PageError::NotForThisRole),
        };
        let address = format!("{PLACE}?{YEAR}={}&{DONE}={number}", self.year);
        Ok(Redirect::to(&address).into_response())
    }

    async fn shown(
        &self,
        app: &App,
        visit: &Visit,
        report: &CarryReport,
        (done, has_changed): (Option<u64>, bool),
    ) -> Result<Response, PageError> {
        let language = visit.language;
        let count = |key, count: u64| language.text_with(key, &[("count", count.into())]);
        let years = FIRST_YEAR..=LAST_YEAR;
        let mut sent = vec![
            (YEAR.to_owned(), self.year.to_string()),
            (SEEN.to_owned(), report.changed.to_string()),
        ];
        let carry = self.carry();
        let chosen = carry.choices.iter();
        sent.extend(chosen.map(|(code, one)| ("choix".to_owned(), format!("{code}={one}"))));
        let notes = [
            ("yearly-open", report.open),
            ("yearly-conflicts", report.conflicts),
            ("yearly-outside", report.outside),
        ];
        let notes = notes.into_iter().filter(|(_, number)| *number > 0);
        let stays = report.conflicts + report.outside;
        let lead = match report.moves.is_empty() && stays == 0 {
            true => {
                let values = [("year", self.year.to_string().into())];
                language.text_with("yearly-nothing", &values)
            }
            false => count("yearly-would-change", report.changed),
        };
        let done = match done {
            Some(number) => Some(done_in_words(app, language, number).await?),
            None => None,
        };
        let view = YearlyPage {
            layout: visit.layout(language.text("yearly-heading")),
            token: visit.form_token(),
            years: years
                .rev()
                .map(|year| (year.to_string(), year == self.year))
                .collect(),
            lead,
            notes: notes.map(|(key, number)| count(key, number)).collect(),
            rows: report.moves.iter().map(|one| row(language, one)).collect(),
            sent,
            button: (report.changed > 0).then(|| count("yearly-sign", report.changed)),
            has_changed,
            done,
        };
        page(StatusCode::OK, &view)
    }
}

/// Says what was signed, and where it is taken back. Nothing has the number 0.
async fn done_in_words(
    app: &App,
    language: Language,
    number: u64,
) -> Result<(String, Option<String>), PageError> {
    let run = match number {
        0 => None,
        _ => app.local(move |local| local.import_run(number)).await?,
    };
    let count = run.as_ref().and_then(|run| run.ended);
    let count = count.map_or(0, |(_, changed)| changed);
    let text = language.text_with("bulk-done", &[("count", count.into())]);
    Ok((
        text,
        run.map(|run| format!("/importer/faits/{}", run.number)),
    ))
}

fn row(language: Language, one: &Move) -> Row {
    let (became, choices) = match &one.became {
        Became::Successor(code, name) => {
            let values = [("code", code.clone().into()), ("name", name.clone().into())];
            (language.text_with("yearly-successor", &values), Vec::new())
        }
        Became::Choose(all) => {
            let choices = all.iter().map(|(code, name)| {
                let is_chosen = one.taken.as_ref() == Some(code);
                (code.clone(), format!("{name} ({code})"), is_chosen)
            });
            (language.text("yearly-choose"), choices.collect())
        }
        Became::Unknown => (language.text("yearly-unknown"), Vec::new()),
    };
    let examples = one.examples.iter().map(|(record, name)| {
        let name = match name.is_empty() {
            true => language.text("record-nameless"),
            false => name.clone(),
        };
        (format!("/fiches/{record}"), name)
    });
    Row {
        code: one.code.clone(),
        name: one.name.clone(),
        became,
        choices,
        records: language.number(one.records),
        href: format!("/recensement?q={}", one.code),
        examples: examples.collect(),
    }
}
