//! One application for a label, before its committee: the answers, what each partner of the committee holds, what is missing. It
//! informs, and decides nothing: only the signed acts of the committee make a label.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::edit::{Field, Value};
use crdt_schema::governance::Scheme;
use crdt_schema::id::{PartnerId, RecordId};
use crdt_schema::label::Answers;
use crdt_schema::statement::{Assessment, MET_LEVEL, Spread, Statement, Tally, tally};
use crdt_schema::view::RecordView;
use replica::{Fault, HeldStatement, Reader, Replica, State as Held};

use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::statements::{self, AskedMark, MarkForm, Typed};
use crate::pages::{census, is_writer};
use crate::parts::{self, Problem, Summary};
use crate::visit::{PersonVisit, Visit};

/// The kind of records that are applications.
pub(super) const KIND: &str = "application";

#[derive(Template)]
#[template(path = "labels/application.html")]
struct Page {
    layout: Layout,
    summary: Summary,
    address: String,
    record: String,
    found: Found,
    marks: Option<MarkForm>,
}

/// What the page shows.
struct Found {
    name: String,
    candidate: Option<(String, String)>,
    scheme: String,
    is_known: bool,
    general: String,
    evidence: Option<String>,
    criteria: Vec<Row>,
    columns: Vec<Column>,
    missing: Vec<String>,
    outside: Vec<String>,
    asked: Vec<AskedMark>,
    own: Typed,
    is_ours: bool,
}

/// One criterion.
struct Row {
    title: String,
    weight: String,
    answer: String,
    cells: Vec<Cell>,
    median: String,
    spread: String,
}

/// What one partner holds of one criterion.
struct Cell {
    text: String,
    why: String,
    is_not_met: bool,
}

/// What one partner's assessment comes to.
struct Column {
    partner: String,
    total: String,
    not_met: Vec<String>,
    missing: Vec<String>,
    evidence: Option<String>,
}

/// Which scheme an application names, as far as it is known here.
pub(super) struct Applied {
    code: String,
    pub(super) scheme: Option<Scheme>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/labels/candidatures/{record}", get(show))
        .route("/labels/candidatures/{record}/evaluer", post(assess))
}

impl Applied {
    pub(super) fn of(state: &Held, view: &RecordView) -> Self {
        let code = census::text(view.field("label_scheme"));
        let mut schemes = state.governance().schemes().iter();
        let scheme = schemes.find(|(id, _)| id.to_string() == code);
        Self {
            scheme: scheme.map(|(_, scheme)| scheme.clone()),
            code,
        }
    }

    pub(super) fn is_for_no_label(&self) -> bool {
        self.code.is_empty()
    }

    pub(super) fn title(&self) -> String {
        match &self.scheme {
            Some(scheme) => scheme.title.clone(),
            None => self.code.clone(),
        }
    }

    /// Returns whether an assessment is one of the committee, against this very scheme.
    pub(super) fn counts(&self, held: &HeldStatement, assessment: &Assessment) -> bool {
        let sits = |partner: &PartnerId| {
            let scheme = self.scheme.as_ref();
            scheme.is_some_and(|scheme| scheme.committee.contains(partner))
        };
        assessment.scheme() == Some(&self.code) && held.partner.as_ref().is_some_and(sits)
    }

    /// Returns the record that is put forward, with its name.
    pub(super) fn candidate(
        language: Language,
        reader: &Reader,
        view: &RecordView,
    ) -> Result<Option<(RecordId, String)>, Fault> {
        let winner = view.field("candidate").and_then(Field::winner);
        let Some(Value::Record(candidate)) = winner.map(|written| &written.value) else {
            return Ok(None);
        };
        let view = reader.record(candidate)?;
        Ok(view.map(|view| (*candidate, census::name(language, &view))))
    }
}

async fn show(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, Response> {
    let may = is_writer(person.account.role);
    let found = found(&app, &visit, &record).await?;
    let typed = found.own.clone();
    shown(&visit, &record, found, may.then_some(&typed), Vec::new())
        .map_err(IntoResponse::into_response)
}

async fn found(app: &App, visit: &Visit, record: &str) -> Result<Found, Response> {
    let not_found = || PageError::NotFound.into_response();
    let record = RecordId::parse(record).map_err(|_| not_found())?;
    let language = visit.language;
    let read = app.read(move |replica, reader| {
        let Some(view) = reader.record(&record)?.filter(|view| view.kind() == KIND) else {
            return Ok(None);
        };
        read_page(language, replica, reader, &view).map(Some)
    });
    read.await
        .map_err(IntoResponse::into_response)?
        .ok_or_else(not_found)
}

fn shown(
    visit: &Visit,
    record: &str,
    found: Found,
    typed: Option<&Typed>,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let status = parts::status(&problems);
    let language = visit.language;
    let typed = typed.filter(|_| found.is_ours && !found.asked.is_empty());
    let marks = typed.map(|typed| MarkForm::new(language, &found.asked, typed, &problems));
    let view = Page {
        layout: visit.layout(found.name.clone()),
        summary: Summary::new(language, problems),
        address: format!("/labels/candidatures/{record}"),
        record: record.to_owned(),
        found,
        marks,
    };
    page(status, &view)
}

fn read_page(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    view: &RecordView,
) -> Result<Found, Fault> {
    let assessed = reader.statements_with(&view.record, "assessed")?;
    let candidate = Applied::candidate(language, reader, view)?;
    let ours = (replica.partner(), replica.feed());
    let state = replica.state();
    let applied = Applied::of(&state, view);
    let text = view.field("answers").and_then(|field| field.text.clone());
    let text = text.unwrap_or_default();
    let (scheme, is_known) = match &applied.scheme {
        Some(scheme) => (scheme.clone(), true),
        None => (Scheme::default(), false),
    };
    let answers = Answers::read(&scheme.criteria, &text);
    let mut committee: Vec<(&HeldStatement, &Assessment)> = Vec::new();
    let (mut outside, mut own) = (Vec::new(), Typed::default());
    for held in &assessed {
        let Some(Statement::Assessed(assessment)) = &held.statement else {
            continue;
        };
        if !applied.counts(held, assessment) {
            outside.push(statements::author(&state, held));
            continue;
        }
        if Some(held.feed) == ours.1 {
            own = statements::typed_of(assessment);
        }
        committee.push((held, assessment));
    }
    let has = |partner: &&PartnerId| {
        let mut by = committee.iter();
        !by.any(|(held, _)| held.partner.as_ref() == Some(*partner))
    };
    let missing = scheme.committee.iter().filter(has);
    let columns = committee.iter().map(|(held, assessment)| {
        let tally = tally(&scheme.criteria, assessment);
        column(
            language,
            statements::author(&state, held),
            &scheme,
            &tally,
            assessment,
        )
    });
    Ok(Found {
        name: census::name(language, view),
        candidate: candidate.map(|(record, name)| (format!("/fiches/{record}"), name)),
        scheme: applied.title(),
        is_known,
        general: answers.general.clone(),
        evidence: Some(census::text(view.field("evidence"))).filter(|link| !link.is_empty()),
        criteria: rows(language, &scheme, &answers, &committee),
        columns: columns.collect(),
        missing: missing.map(|partner| state.partner_name(partner)).collect(),
        outside,
        asked: asked(language, &scheme),
        own,
        is_ours: ours
            .0
            .is_some_and(|partner| scheme.committee.contains(&partner)),
    })
}

fn rows(
    language: Language,
    scheme: &Scheme,
    answers: &Answers,
    committee: &[(&HeldStatement, &Assessment)],
) -> Vec<Row> {
    let row = |criterion: &crdt_schema::governance::Criterion| {
        let marks: Vec<_> = committee
            .iter()
            .map(|(_, assessment)| assessment.marks().get(&criterion.id))
            .collect();
        let spread = Spread::of(marks.iter().flatten().map(|mark| mark.level()));
        let cell = |mark: &Option<&crdt_schema::statement::Mark>| match mark {
            Some(mark) => Cell {
                text: format!(
                    "{} – {}",
                    mark.level(),
                    statements::level(language, mark.level())
                ),
                why: mark.why().to_owned(),
                is_not_met: criterion.mandatory && mark.level() < MET_LEVEL,
            },
            None => Cell {
                text: language.text("application-no-mark"),
                why: String::new(),
                is_not_met: false,
            },
        };
        Row {
            title: criterion.title.clone(),
            weight: weight(language, criterion),
            answer: answers
                .by_criterion
                .get(&criterion.id)
                .cloned()
                .unwrap_or_default(),
            cells: marks.iter().map(cell).collect(),
            median: spread.map_or_else(String::new, |spread| statements::median(language, spread)),
            spread: spread.map_or_else(String::new, |spread| {
                format!("{}–{}", spread.low, spread.high)
            }),
        }
    };
    scheme.criteria.iter().map(row).collect()
}

fn column(
    language: Language,
    partner: String,
    scheme: &Scheme,
    tally: &Tally,
    assessment: &Assessment,
) -> Column {
    let titles: BTreeMap<&str, &str> = scheme
        .criteria
        .iter()
        .map(|each| (each.id.as_str(), each.title.as_str()))
        .collect();
    let named = |codes: &[String]| {
        let named = codes.iter().filter_map(|code| titles.get(code.as_str()));
        named.map(|title| (*title).to_owned()).collect()
    };
    let values = [("total", tally.total.into()), ("of", tally.of.into())];
    Column {
        partner,
        total: language.text_with("application-total", &values),
        not_met: named(&tally.not_met),
        missing: named(&tally.missing),
        evidence: assessment.evidence().map(str::to_owned),
    }
}

fn weight(language: Language, criterion: &crdt_schema::governance::Criterion) -> String {
    let values = [("weight", u64::from(criterion.weight).into())];
    let key = match criterion.mandatory {
        true => "application-weight-mandatory",
        false => "application-weight",
    };
    language.text_with(key, &values)
}

fn asked(language: Language, scheme: &Scheme) -> Vec<AskedMark> {
    let criteria = scheme.criteria.iter().map(|criterion| AskedMark {
        code: criterion.id.clone(),
        label: criterion.title.clone(),
        hint: weight(language, criterion),
    });
    criteria.collect()
}

/// Signs what our organisation, which sits in the committee, holds of each criterion.
async fn assess(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let found = found(&app, &form.visit, &record).await?;
    if !found.is_ours {
        return Err(PageError::NotForThisRole.into_response());
    }
    let (id, view) = statements::held_record(&app, &record).await?;
    let scheme = census::text(view.field("label_scheme"));
    let build = |marks, evidence| Assessment::by_criteria(&scheme, marks, evidence);
    match statements::read(form.visit.language, &found.asked, &form, build) {
        (_, Ok(assessment)) => {
            let signed = statements::sign(&app, id, Statement::Assessed(assessment)).await;
            signed.map_err(IntoResponse::into_response)?;
            Ok(Redirect::to(&format!("/labels/candidatures/{record}")).into_response())
        }
        (typed, Err(problems)) => shown(&form.visit, &record, found, Some(&typed), problems)
            .map_err(IntoResponse::into_response),
    }
}
