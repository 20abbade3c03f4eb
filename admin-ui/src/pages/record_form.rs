//! The form of a record, to make one or to change it. It carries the heads that the person saw, so that what others write meanwhile
//! is kept beside it, never overwritten.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::draft::{self, Context, Draft, Wanted, shown, shown_set};
use crdt_schema::edit::Field as HeldField;
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::record::{Field, Kind, Shape};
use crdt_schema::register::{Code, Territories, departement_of_commune};
use replica::Saving;
use serde::Deserialize;

use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::census;
use crate::pages::personal::{Entered, Entering};
use crate::parts::{Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

#[derive(Template)]
#[template(path = "record_form.html")]
struct RecordForm {
    layout: Layout,
    action: String,
    cancel: String,
    token: String,
    base: String,
    summary: Summary,
    sections: Vec<Section>,
    persons: Entering,
}

struct Section {
    id: &'static str,
    label: String,
    inputs: Vec<Input>,
}

/// A field of the form, as its shape asks for it.
#[derive(Template)]
#[template(path = "parts/input.html")]
struct Input {
    id: &'static str,
    label: String,
    hint: String,
    error: Option<String>,
    control: Control,
}

impl HtmlSafe for Input {}

/// How a field is filled in.
enum Control {
    /// Boxes to tick.
    Boxes(Vec<Choice>),
    /// A line.
    Line(String),
    /// Several paragraphs.
    Paragraphs(String),
    /// One of a list.
    Select(Vec<Choice>),
}

struct Choice {
    code: String,
    label: String,
    is_chosen: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
}

/// What the person typed, by field; several values for boxes.
type Typed = BTreeMap<&'static str, Vec<String>>;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/nouvelle", get(new_form).post(create))
        .route("/fiches/{record}/modifier", get(edit_form).post(change))
}

async fn new_form(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    app.census().map_err(IntoResponse::into_response)?;
    let kind = Kind::parse(&asked.kind).ok_or_else(|| PageError::NotFound.into_response())?;
    visit.writer().map_err(IntoResponse::into_response)?;
    let view = form_view(
        &visit,
        &Target::New(kind),
        kind,
        &Typed::new(),
        &[],
        Vec::new(),
        Entering::new(visit.language, kind),
    );
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

async fn edit_form(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let view = app.read(move |_, reader| reader.record(&record)).await;
    let view = view
        .and_then(|view| view.ok_or(PageError::NotFound))
        .map_err(IntoResponse::into_response)?;
    let kind = Kind::parse(view.kind()).ok_or_else(|| PageError::NotFound.into_response())?;
    let target = Target::Known(record, census::name(visit.language, &view));
    let form = form_view(
        &visit,
        &target,
        kind,
        &typed_of(kind, view.fields()),
        &view.heads,
        Vec::new(),
        Entering::new(visit.language, kind),
    );
    page(StatusCode::OK, &form).map_err(IntoResponse::into_response)
}

/// Which record the form is about.
enum Target {
    New(&'static Kind),
    Known(RecordId, String),
}

async fn create(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let kind = Kind::parse(&asked.kind).ok_or_else(|| PageError::NotFound.into_response())?;
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let mut typed = typed(kind, &form);
    let entered = Entered::read(&app, &form, kind, &mut typed, &Typed::new()).await;
    let entered = entered.map_err(IntoResponse::into_response)?;
    let draft = match entered.with(read(form.visit.language, kind, &typed)) {
        Ok(draft) => draft,
        Err(problems) => {
            let persons = entered.shown(form.visit.language);
            let target = Target::New(kind);
            return refused(&form.visit, &target, kind, &typed, &[], problems, persons)
                .map_err(IntoResponse::into_response);
        }
    };
    let federation = *app
        .census()
        .map_err(IntoResponse::into_response)?
        .replica
        .state()
        .federation();
    let territory = territory(&draft);
    let saving = Saving::creation(&federation, kind.code, &territory, app.draw(), draft);
    let record = saving.record;
    app.save(saving)
        .await
        .map_err(IntoResponse::into_response)?;
    let kept = entered.keep(&app, record).await;
    kept.map_err(IntoResponse::into_response)?;
    tracing::info!(record.kind = kind.code, record.id = %record.short(), "a record was made on the pages");
    Ok(Redirect::to(&format!("/fiches/{record}?enregistre=1")).into_response())
}

async fn change(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let view = app.read(move |_, reader| reader.record(&record)).await;
    let view = view
        .and_then(|view| view.ok_or(PageError::NotFound))
        .map_err(IntoResponse::into_response)?;
    let kind = Kind::parse(view.kind()).ok_or_else(|| PageError::NotFound.into_response())?;
    let base: Vec<ItemId> = form
        .text("base")
        .split(' ')
        .filter_map(|id| ItemId::parse(id).ok())
        .collect();
    if base.is_empty() {
        return Err(PageError::StaleForm.into_response());
    }
    let mut typed = typed(kind, &form);
    let stood = typed_of(kind, view.fields());
    let entered = Entered::read(&app, &form, kind, &mut typed, &stood).await;
    let entered = entered.map_err(IntoResponse::into_response)?;
    let draft = match entered.with(read(form.visit.language, kind, &typed)) {
        Ok(draft) => draft,
        Err(problems) => {
            let target = Target::Known(record, census::name(form.visit.language, &view));
            let persons = entered.shown(form.visit.language);
            return refused(&form.visit, &target, kind, &typed, &base, problems, persons)
                .map_err(IntoResponse::into_response);
        }
    };
    let seen = base.clone();
    let before = app
        .read(move |_, reader| reader.record_at(&record, &seen))
        .await
        .map_err(IntoResponse::into_response)?;
    let fields = before.map(|view| view.merged.fields).unwrap_or_default();
    let draft = only_changed(kind, draft, &typed, &typed_of(kind, &fields));
    app.save(Saving {
        record,
        birth: None,
        base,
        draft,
    })
    .await
    .map_err(IntoResponse::into_response)?;
    let kept = entered.keep(&app, record).await;
    kept.map_err(IntoResponse::into_response)?;
    Ok(Redirect::to(&format!("/fiches/{record}?enregistre=1")).into_response())
}

/// A field that the person left as the form showed it is no part of the draft: a conflict in it stays, and is settled on the record's page.
fn only_changed(kind: &'static Kind, mut draft: Draft, typed: &Typed, shown: &Typed) -> Draft {
    for field in kind.fields() {
        let same = |one: Option<&Vec<String>>, other: Option<&Vec<String>>| {
            one.map(Vec::as_slice).unwrap_or_default()
                == other.map(Vec::as_slice).unwrap_or_default()
        };
        if same(typed.get(field.name), shown.get(field.name)) {
            draft.fields.remove(field.name);
        }
    }
    draft
}

fn refused(
    visit: &Visit,
    target: &Target,
    kind: &'static Kind,
    typed: &Typed,
    base: &[ItemId],
    problems: Vec<Problem>,
    persons: Entering,
) -> Result<Response, PageError> {
    let view = form_view(visit, target, kind, typed, base, problems, persons);
    page(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// What the form sent, field by field, without the blanks around it.
fn typed(kind: &'static Kind, form: &SentForm) -> Typed {
    let mut typed = Typed::new();
    for field in kind.fields() {
        let values: Vec<String> = match field.shape {
            Shape::Terms(_) => form.all(field.name).map(str::to_owned).collect(),
            Shape::LongText => vec![form.raw(field.name).replace("\r\n", "\n").trim().to_owned()],
            _ => vec![form.text(field.name).to_owned()],
        };
        let values: Vec<String> = values
            .into_iter()
            .filter(|value| !value.is_empty())
            .collect();
        if !values.is_empty() {
            typed.insert(field.name, values);
        }
    }
    typed
}

/// What the form shows of a record.
fn typed_of(kind: &'static Kind, fields: &BTreeMap<String, HeldField>) -> Typed {
    let mut typed = Typed::new();
    for field in kind.fields() {
        let Some(held) = fields.get(field.name) else {
            continue;
        };
        let values = match field.shape {
            Shape::Terms(_) => held.terms.keys().cloned().collect(),
            Shape::Records(_) | Shape::Words => {
                vec![held.terms.keys().cloned().collect::<Vec<_>>().join(" | ")]
            }
            Shape::LongText => held.text.iter().cloned().collect(),
            _ => held
                .winner()
                .map(|winner| shown(&winner.value))
                .into_iter()
                .collect(),
        };
        if values.iter().any(|value: &String| !value.is_empty()) {
            typed.insert(field.name, values);
        }
    }
    typed
}

/// Reads all fields, and names every problem at once. What would be repaired in a file is taken here too: the page shows it as it was
/// understood.
fn read(language: Language, kind: &'static Kind, typed: &Typed) -> Result<Draft, Vec<Problem>> {
    let (mut draft, mut problems) = (Draft::default(), Vec::new());
    let beside = |name: &str| {
        typed
            .get(name)
            .and_then(|values| values.first())
            .map(String::as_str)
    };
    let context = Context {
        commune_name: beside("commune_name"),
        postal_code: beside("postal_code"),
        time_zone: beside("time_zone"),
        ..Context::of(Territories::shared())
    };
    for field in kind.fields() {
        let values = typed.get(field.name).map(Vec::as_slice).unwrap_or_default();
        let typed = match field.shape {
            Shape::Terms(_) => shown_set(values.iter().map(String::as_str)),
            _ => values.concat(),
        };
        let reading = draft::read(&field.shape, &typed, &context);
        let code = reading.outcome.code();
        match (reading.outcome.into_accepted(), code) {
            (Some(wanted), _) => drop(draft.fields.insert(field.name.to_owned(), wanted)),
            (None, code) => problems.push(Problem::new(
                field.name,
                problem_text(language, field, code, reading.suggestion),
            )),
        }
    }
    if draft.fields.get("name") == Some(&Wanted::Nothing) {
        problems.insert(
            0,
            Problem::new("name", language.text("problem-name-missing")),
        );
    }
    if problems.is_empty() {
        Ok(draft)
    } else {
        Err(problems)
    }
}

/// What is wrong, by what the field asks for, and what may have been meant.
fn problem_text(
    language: Language,
    field: &'static Field,
    code: Option<Code>,
    suggestion: Option<String>,
) -> String {
    let label = field.wording.in_language(language.tag());
    let key = match (field.shape, code) {
        (_, Some(Code::NoSuchDay)) => "problem-no-such-day",
        (Shape::Boolean, _) => "problem-boolean",
        (Shape::Commune, _) => "problem-commune",
        (Shape::Date, _) => "problem-date",
        (Shape::Decimal, _) => "problem-decimal",
        (Shape::Email, _) => "problem-email",
        (Shape::Instant, _) => "problem-instant",
        (Shape::Integer, _) => "problem-integer",
        (Shape::Link, _) => "problem-link",
        (Shape::Phone, _) => "problem-phone",
        (Shape::Point, _) => "problem-point",
        (Shape::Qpv, _) => "problem-qpv",
        (Shape::Record(_) | Shape::Records(_), _) => "problem-record",
        (Shape::Rna, _) => "problem-rna",
        (Shape::Siret, _) => "problem-siret",
        (Shape::Term(_) | Shape::Terms(_), _) => "problem-term",
        (Shape::LongText | Shape::OpeningHours | Shape::Text | Shape::Words, _) => {
            "problem-too-long"
        }
    };
    let text = language.text_with(key, &[("field", label.into())]);
    match suggestion {
        Some(suggestion) => format!(
            "{text} {}",
            language.text_with("problem-suggestion", &[("suggestion", suggestion.into())])
        ),
        None => text,
    }
}

/// The département of the commune, which the record's id is the hash of; `*` without one.
fn territory(draft: &Draft) -> String {
    let commune = match draft.fields.get("commune") {
        Some(Wanted::Value(crdt_schema::edit::Value::Text(code))) => code.as_str(),
        _ => "",
    };
    departement_of_commune(commune).unwrap_or("*").to_owned()
}

fn form_view(
    visit: &Visit,
    target: &Target,
    kind: &'static Kind,
    typed: &Typed,
    base: &[ItemId],
    problems: Vec<Problem>,
    persons: Entering,
) -> RecordForm {
    let language = visit.language;
    let (heading, action, cancel) = match target {
        Target::New(kind) => (
            language.text_with(
                "form-new",
                &[(
                    "kind",
                    wording::kind_label(language, kind.code)
                        .to_lowercase()
                        .into(),
                )],
            ),
            format!("/fiches/nouvelle?kind={}", kind.code),
            "/recensement".to_owned(),
        ),
        Target::Known(record, name) => (
            language.text_with("form-edit", &[("name", name.clone().into())]),
            format!("/fiches/{record}/modifier"),
            format!("/fiches/{record}"),
        ),
    };
    let sections = kind.sections.iter().map(|section| Section {
        id: section.code,
        label: section.wording.in_language(language.tag()).to_owned(),
        inputs: section
            .fields
            .iter()
            .map(|field| input(language, field, typed.get(field.name), &problems))
            .collect(),
    });
    RecordForm {
        layout: visit.layout(heading),
        action,
        cancel,
        token: visit.form_token(),
        base: base
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        sections: sections.collect(),
        persons,
        summary: Summary::new(language, problems),
    }
}

fn input(
    language: Language,
    field: &'static Field,
    typed: Option<&Vec<String>>,
    problems: &[Problem],
) -> Input {
    let typed = typed.map(Vec::as_slice).unwrap_or_default();
    let choices = || {
        let terms = field
            .shape
            .vocabulary()
            .map_or(&[][..], |vocabulary| vocabulary.terms);
        let known = terms.iter().map(|term| Choice {
            code: term.code.to_owned(),
            label: term.wording.in_language(language.tag()).to_owned(),
            is_chosen: typed.iter().any(|code| code == term.code),
        });
        known.collect::<Vec<_>>()
    };
    let control = match field.shape {
        Shape::Terms(_) => Control::Boxes(choices()),
        Shape::Term(_) => Control::Select(choices()),
        Shape::LongText => Control::Paragraphs(typed.concat()),
        _ => Control::Line(typed.concat()),
    };
    Input {
        id: field.name,
        label: field.wording.in_language(language.tag()).to_owned(),
        hint: field.hint.in_language(language.tag()).to_owned(),
        error: problems.iter().find_map(|problem| problem.of(field.name)),
        control,
    }
}
