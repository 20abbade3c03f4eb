//! Two records side by side. Whoever says that they are one thing chooses, field by field, what the one on the left is to say; this is
//! written as an ordinary edit of it. The other one is withdrawn, with the first in its place, and keeps everything that it said: "two
//! things", said later, restores both.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::likeness::{Likeness, Traits};
use crdt_schema::personal::traces;
use crdt_schema::statement::{Duplicate, Sameness, Statement, StatementError};
use crdt_schema::view::RecordView;
use replica::Reader;
use serde::Deserialize;

use super::sides::{Row, names, rows};
use super::words;
use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::layout::Layout;
use crate::merging::{self, Choice, Choices, MergeError, Sides, Split};
use crate::pages::free_text::{self, Keep};
use crate::pages::labels::Badges;
use crate::pages::{census, is_writer, statements};
use crate::parts::{self, Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

const LIST: &str = "/doublons";
/// Names the fields that stay as they were merged.
const KEPT: &str = "gardes";
/// Says that a record stays as it was merged, since our mandate does not cover it.
const OUTSIDE: &str = "hors";

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    gardes: String,
    #[serde(default)]
    hors: String,
}

#[derive(Template)]
#[template(path = "duplicates/pair.html")]
struct PairPage {
    layout: Layout,
    summary: Summary,
    /// What a split has left as it was.
    left: Vec<String>,
    is_writer: bool,
    action: String,
    swapped: String,
    stays: Side,
    other: Side,
    speaks_for: Vec<String>,
    against: Vec<String>,
    verdicts: Vec<String>,
    rows: Vec<Row>,
    why: String,
    why_error: Option<String>,
    keep: Keep,
}

struct Side {
    href: String,
    name: String,
    heads: String,
    labels: Badges,
}

/// What a person typed, when the form was refused.
#[derive(Default)]
struct Typed {
    choices: Choices,
    why: String,
    problems: Vec<Problem>,
    /// Fields that stay as they were merged, after a split.
    kept: Vec<String>,
    /// Whether a record stays so, since our mandate does not cover it.
    is_outside: bool,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/doublons/{record}/{other}", get(show).post(decide))
}

async fn show(
    State(app): State<App>,
    Path((record, other)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let pair = parse(&record, &other).map_err(IntoResponse::into_response)?;
    let typed = Typed {
        kept: asked.gardes.split(',').map(str::to_owned).collect(),
        is_outside: !asked.hors.is_empty(),
        ..Typed::default()
    };
    let shown = shown(&app, &visit, pair, typed).await;
    shown.map_err(IntoResponse::into_response)
}

fn parse(record: &str, other: &str) -> Result<(RecordId, RecordId), PageError> {
    let parse = |id: &str| RecordId::parse(id).map_err(|_| PageError::NotFound);
    let pair = (parse(record)?, parse(other)?);
    if pair.0 == pair.1 {
        return Err(PageError::NotFound);
    }
    Ok(pair)
}

/// Both records, as they read now or did at some heads.
fn views(
    reader: &Reader,
    (record, other): (RecordId, RecordId),
) -> Result<Option<(RecordView, RecordView)>, replica::Fault> {
    let (Some(stays), Some(other)) = (reader.record(&record)?, reader.record(&other)?) else {
        return Ok(None);
    };
    let is_pair = !stays.kind().is_empty() && stays.kind() == other.kind();
    Ok(is_pair.then_some((stays, other)))
}

async fn shown(
    app: &App,
    visit: &Visit,
    pair: (RecordId, RecordId),
    typed: Typed,
) -> Result<Response, PageError> {
    let language = visit.language;
    let lexicon = app.lexicon().await?;
    let today = app.today();
    let read = app.read(move |replica, reader| {
        let Some((stays, other)) = views(reader, pair)? else {
            return Ok(None);
        };
        let names = names(language, reader, [&stays, &other])?;
        let likeness = Traits::of(&stays).compare(&Traits::of(&other));
        let likeness = likeness.unwrap_or(Likeness {
            points: 0,
            reasons: Vec::new(),
        });
        let candidate = reader.candidate(pair, likeness)?;
        let labels = Badges::of(language, (replica, reader), [pair.0, pair.1], today)?;
        let said = words::verdicts(language, &replica.state(), &candidate);
        Ok(Some((stays, other, names, candidate, (said, labels))))
    });
    let read = read.await?.ok_or(PageError::NotFound)?;
    let (stays, other, names, candidate, (verdicts, labels)) = read;
    let sides = Sides {
        stays: &stays,
        other: &other,
    };
    let (speaks_for, against) = words::reasons(language, &candidate.likeness.reasons);
    let side = |view: &RecordView| {
        let heads = view.heads.iter().map(ToString::to_string);
        Side {
            href: format!("/fiches/{}", view.record),
            labels: labels.of(&view.record),
            name: census::name(language, view),
            heads: heads.collect::<Vec<_>>().join(" "),
        }
    };
    let role = visit.person.as_ref().map(|person| person.account.role);
    let status = parts::status(&typed.problems);
    let kind = stays.kind();
    let kept: Vec<String> = typed
        .kept
        .iter()
        .filter_map(|name| lexicon.words().any_field(kind, name).zip(Some(name)))
        .map(|(field, name)| wording::field_label(language, Some(field), name))
        .collect();
    let kept = (!kept.is_empty()).then(|| {
        let values = [
            ("name", census::name(language, &stays).into()),
            ("fields", kept.join(", ").into()),
        ];
        language.text_with("duplicates-split-kept", &values)
    });
    let outside = typed.is_outside;
    let outside = outside.then(|| language.text("duplicates-split-outside"));
    let view = PairPage {
        left: kept.into_iter().chain(outside).collect(),
        layout: visit.layout(language.text("duplicates-pair-heading")),
        is_writer: role.is_some_and(is_writer),
        action: format!("/doublons/{}/{}", pair.0, pair.1),
        swapped: format!("/doublons/{}/{}", pair.1, pair.0),
        stays: side(&stays),
        other: side(&other),
        speaks_for,
        against,
        verdicts,
        rows: rows(sides, language, &lexicon, &names, &typed.choices),
        keep: Keep::of(language, [typed.why.as_str()]),
        why: typed.why,
        why_error: typed.problems.iter().find_map(|each| each.of("why")),
        summary: Summary::new(language, typed.problems),
    };
    page(status, &view)
}

async fn decide(
    State(app): State<App>,
    Path((record, other)): Path<(String, String)>,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let pair = parse(&record, &other).map_err(IntoResponse::into_response)?;
    decided(&app, pair, &form)
        .await
        .map_err(IntoResponse::into_response)
}

async fn decided(
    app: &App,
    pair: (RecordId, RecordId),
    form: &SentForm,
) -> Result<Response, PageError> {
    let verdict = Sameness::parse(form.text("verdict")).ok_or(PageError::StaleForm)?;
    let (stays_at, other_at) = (heads(form, "heads"), heads(form, "other-heads"));
    if stays_at.is_empty() || other_at.is_empty() {
        return Err(PageError::StaleForm);
    }
    let seen = app.read(move |_, reader| {
        let now = views(reader, pair)?;
        let stays = reader.record_at(&pair.0, &stays_at)?;
        let other = reader.record_at(&pair.1, &other_at)?;
        Ok(now.zip(stays.zip(other)))
    });
    let (now, (stays, other)) = seen.await?.ok_or(PageError::NotFound)?;
    // Somebody merged them meanwhile, perhaps the other way round: both would leave the lists.
    let is_as_seen = now.0.is_withdrawn() == stays.is_withdrawn()
        && now.1.is_withdrawn() == other.is_withdrawn();
    if verdict == Sameness::Same && !is_as_seen {
        return Err(PageError::StaleForm);
    }
    let why = form.text("why").replace("\r\n", "\n");
    let choices = choices(form);
    let said = match Duplicate::new(verdict, &why) {
        Ok(said) => said,
        Err(error) => {
            let key = match error {
                StatementError::WhyTooLong => "why-too-long",
                _ => "why-missing",
            };
            let typed = Typed {
                choices,
                why,
                problems: vec![Problem::new("why", form.visit.language.text(key))],
                ..Typed::default()
            };
            return shown(app, &form.visit, pair, typed).await;
        }
    };
    if verdict == Sameness::Same && !traces(&why).is_empty() {
        let text = form.visit.language.text("withdraw-why-personal");
        let typed = Typed {
            choices,
            why,
            problems: vec![Problem::new("why", text)],
            ..Typed::default()
        };
        return shown(app, &form.visit, pair, typed).await;
    }
    if let Some(problem) = free_text::problem(form.visit.language, form, "why", &why) {
        let typed = Typed {
            choices,
            why,
            problems: vec![problem],
            ..Typed::default()
        };
        return shown(app, &form.visit, pair, typed).await;
    }
    let replica = Arc::clone(&app.census()?.replica);
    let place = match verdict {
        Sameness::Same => {
            let lexicon = app.lexicon().await?;
            let (asked, reason) = (choices.clone(), why.clone());
            let merged = blocking(move || {
                let sides = Sides {
                    stays: &stays,
                    other: &other,
                };
                let taken = sides.draft(lexicon.words(), &choices);
                merging::merge(&replica, sides, &taken, &why)
            });
            match merged.await? {
                Ok(_) => format!("/fiches/{}?enregistre=1", pair.0),
                Err(MergeError::State(error)) => return Err(statements::not_signed(error)),
                Err(refused) => {
                    let key = match refused {
                        MergeError::OtherWay => "duplicates-other-way",
                        _ => "duplicates-outside-mandate",
                    };
                    let typed = Typed {
                        choices: asked,
                        why: reason,
                        problems: vec![Problem::new("why", form.visit.language.text(key))],
                        ..Typed::default()
                    };
                    return shown(app, &form.visit, pair, typed).await;
                }
            }
        }
        Sameness::Distinct => {
            let split = blocking(move || merging::split(&replica, pair, &why)).await?;
            let (_, split) = split.map_err(statements::not_signed)?;
            after_split(pair, &split)
        }
        Sameness::Unsure => {
            let statement = Statement::Duplicate(said);
            let signed =
                blocking(move || replica.make_statement(pair.0, Some(pair.1), &statement)).await?;
            signed.map_err(statements::not_signed)?;
            LIST.to_owned()
        }
    };
    Ok(Redirect::to(&place).into_response())
}

/// Where a person goes on: to the pair, while the page has fields to name.
fn after_split(pair: (RecordId, RecordId), split: &Split) -> String {
    let mut said = Vec::new();
    let mut shown = pair;
    if let Some((record, fields)) = split.kept.first() {
        let other = if *record == pair.0 { pair.1 } else { pair.0 };
        shown = (*record, other);
        said.push(format!("{KEPT}={}", fields.join(",")));
    }
    if !split.outside.is_empty() {
        said.push(format!("{OUTSIDE}=1"));
    }
    match said.is_empty() {
        true => LIST.to_owned(),
        false => format!("{LIST}/{}/{}?{}", shown.0, shown.1, said.join("&")),
    }
}

fn heads(form: &SentForm, name: &str) -> Vec<ItemId> {
    let ids = form.text(name).split(' ');
    ids.filter_map(|id| ItemId::parse(id).ok()).collect()
}

fn choices(form: &SentForm) -> Choices {
    let names: Vec<&str> = form.all("field").collect();
    let chosen = names.iter().filter_map(|name| {
        let choice = Choice::parse(form.text(&format!("choice-{name}")))?;
        Some(((*name).to_owned(), choice))
    });
    chosen.collect()
}
