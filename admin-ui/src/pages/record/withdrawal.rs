//! A record that no longer holds: how it is withdrawn, what its page says then, and how it is restored.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::personal::traces;
use crdt_schema::record::{Kind, REPLACED_BY, WITHDRAWN, restoring, withdrawing};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::{AnyField, Lexicon};
use replica::{NoReplacement, Saving};

use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::census;
use crate::pages::record_form::{Asked, Chosen, Input, Links, Typed, chosen};
use crate::pages::statements::held_record;
use crate::parts::{self, Problem, Summary};
use crate::visit::{PersonVisit, Visit};

#[derive(Template)]
#[template(path = "record_withdraw.html")]
struct WithdrawPage {
    layout: Layout,
    summary: Summary,
    address: String,
    /// How many records name this one.
    links: Option<String>,
    why: Input,
    replaced_by: Input,
}

/// What the page of a withdrawn record says.
pub(super) struct Withdrawn {
    /// Why, and who said so: one line for each partner that withdrew it apart.
    pub(super) reasons: Vec<(String, String)>,
    /// Address and name of what stands in its place.
    pub(super) replaced_by: Option<(String, String)>,
    /// Whether that one is withdrawn in favour of this one: two partners merged them apart, each the other way round.
    pub(super) is_circle: bool,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/{record}/retirer", get(form).post(withdraw))
        .route("/fiches/{record}/retablir", post(restore))
}

impl Withdrawn {
    /// Says why a record is withdrawn, if it is.
    pub(super) fn of(
        view: &RecordView,
        authors: &BTreeMap<ItemId, String>,
        names: &BTreeMap<RecordId, String>,
        is_circle: bool,
    ) -> Option<Self> {
        let field = view.field(WITHDRAWN.name)?;
        let reasons = field.values.iter().filter_map(|written| {
            let Value::Text(why) = &written.value else {
                return None;
            };
            let author = authors.get(&written.edit).cloned().unwrap_or_default();
            Some((why.clone(), author))
        });
        let replaced_by = view.replaced_by().map(|record| {
            let name = names.get(&record).cloned();
            (
                format!("/fiches/{record}"),
                name.unwrap_or_else(|| record.short()),
            )
        });
        Some(Self {
            reasons: reasons.collect(),
            replaced_by,
            is_circle,
        })
    }
}

async fn form(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    let shown = async {
        let kind = Kind::parse(view.kind()).ok_or(PageError::NotFound)?;
        let (lexicon, mut typed) = (app.lexicon().await?, Typed::new());
        let place = asked(visit.language, &lexicon, kind, PLACE);
        let links = Links::read(&app, &place, Chosen::new(), &mut typed, &Typed::new()).await?;
        show(&app, &visit, &view, (&typed, &links), Vec::new()).await
    };
    let shown = shown.await;
    shown.map_err(IntoResponse::into_response)
}

async fn show(
    app: &App,
    visit: &Visit,
    view: &RecordView,
    (typed, links): (&Typed, &Links),
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let kind = Kind::parse(view.kind()).ok_or(PageError::NotFound)?;
    let record = view.record;
    let others = app.read(move |replica, _| replica.linked_from(&record));
    let (_, others) = others.await?;
    let lexicon = app.lexicon().await?;
    let input =
        |field| asked(language, &lexicon, kind, field).input(field, typed, links, &problems);
    let name = census::name(language, view);
    let shown = WithdrawPage {
        layout: visit.layout(language.text_with("withdraw-heading", &[("name", name.into())])),
        address: format!("/fiches/{record}"),
        links: (others > 0)
            .then(|| language.text_with("withdraw-links", &[("count", others.into())])),
        why: input(WHY),
        replaced_by: input(PLACE),
        summary: Summary::new(language, problems.clone()),
    };
    page(parts::status(&problems), &shown)
}

const WHY: AnyField<'static> = AnyField::Known(&WITHDRAWN);
const PLACE: AnyField<'static> = AnyField::Known(&REPLACED_BY);

fn asked<'a>(
    language: Language,
    lexicon: &'a Lexicon,
    kind: &'static Kind,
    field: AnyField<'a>,
) -> Asked<'a> {
    Asked::one(language, lexicon, (kind, field))
}

async fn withdraw(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    withdrawn(&app, &form, view)
        .await
        .map_err(IntoResponse::into_response)
}

async fn withdrawn(app: &App, form: &SentForm, view: RecordView) -> Result<Response, PageError> {
    let language = form.visit.language;
    let kind = Kind::parse(view.kind()).ok_or(PageError::NotFound)?;
    let lexicon = app.lexicon().await?;
    let mut typed = asked(language, &lexicon, kind, WHY).typed(form);
    let place = asked(language, &lexicon, kind, PLACE);
    typed.extend(place.typed(form));
    let chosen = chosen(form, &place);
    let links = Links::read(app, &place, chosen, &mut typed, &Typed::new()).await?;
    let read =
        |field| asked(language, &lexicon, kind, field).read_field(field, &typed, &[], &links);
    let mut problems = Vec::new();
    let why = match read(WHY) {
        Ok(Wanted::Value(Value::Text(why))) if traces(&why).is_empty() => Some(why),
        Ok(Wanted::Value(_)) => {
            let text = language.text("withdraw-why-personal");
            problems.push(Problem::new(WITHDRAWN.name, text));
            None
        }
        Ok(_) => {
            let text = language.text("why-missing");
            problems.push(Problem::new(WITHDRAWN.name, text));
            None
        }
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let place = match read(PLACE) {
        Ok(Wanted::Value(Value::Record(place))) => {
            match cannot_replace(app, view.record, place).await? {
                Some(key) => {
                    problems.push(Problem::new(REPLACED_BY.name, language.text(key)));
                    None
                }
                None => Some(place),
            }
        }
        Ok(_) => None,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let (Some(why), true) = (why, problems.is_empty()) else {
        return show(app, &form.visit, &view, (&typed, &links), problems).await;
    };
    save(app, view, withdrawing(&why, place)).await
}

/// Says why a record cannot stand in the place of another, by the key of the sentence.
async fn cannot_replace(
    app: &App,
    record: RecordId,
    place: RecordId,
) -> Result<Option<&'static str>, PageError> {
    let fault = app.read(move |_, reader| reader.replaces(&record, &place));
    Ok(fault.await?.map(|fault| match fault {
        NoReplacement::Itself => "withdraw-by-itself",
        NoReplacement::Unknown => "withdraw-by-unknown",
        NoReplacement::Withdrawn => "withdraw-by-withdrawn",
    }))
}

async fn restore(
    State(app): State<App>,
    Path(record): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let (_, view) = held_record(&app, &record).await?;
    save(&app, view, restoring())
        .await
        .map_err(IntoResponse::into_response)
}

/// Writes on what is there now. Whoever does what somebody else has done already writes nothing.
async fn save(app: &App, view: RecordView, draft: Draft) -> Result<Response, PageError> {
    let record = view.record;
    app.save(Saving::over(&view, draft)).await?;
    Ok(Redirect::to(&format!("/fiches/{record}?enregistre=1")).into_response())
}
