//! The journal of the federation: every decision that is held, decoded, with what became of it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::governance::{NoEffect, SignedAct};
use crdt_schema::id::ItemId;
use crdt_schema::time::Timestamp;
use replica::{Became, Reader, State as Held};
use serde::Deserialize;

use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::parts::Pagination;
use crate::said::{self, Said};
use crate::visit::PersonVisit;

/// Decisions of a page: each takes a few lines.
const DECISIONS_PER_PAGE: usize = 25;

#[derive(Template)]
#[template(path = "federation/decisions.html")]
struct Decisions {
    layout: Layout,
    decisions: Vec<Decision>,
    pagination: Pagination,
}

struct Decision {
    said: Said,
    author: String,
    day: String,
    id: String,
    state: String,
    counts: bool,
}

#[derive(Template)]
#[template(path = "federation/decision.html")]
struct OneDecision {
    layout: Layout,
    decision: Decision,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<usize>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/federation/decisions", get(decisions))
        .route("/federation/decisions/{act}", get(one))
}

async fn decisions(
    State(app): State<App>,
    asked: Query<Asked>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let asked = asked.page;
    let read = app.read(move |replica, reader| {
        let held: Vec<_> = {
            let state = replica.state();
            let acts = state.acts().iter();
            acts.map(|(id, signed)| (*id, signed.clone())).collect()
        };
        let acts = dated(held, reader)?;
        let state = replica.state();
        let pagination = Pagination::new(
            language,
            "/federation/decisions?",
            asked,
            acts.len(),
            DECISIONS_PER_PAGE,
        );
        let shown = acts.get(pagination.rows()).unwrap_or_default();
        let decisions = shown
            .iter()
            .map(|(claimed, id, signed)| decision(language, &state, *claimed, id, signed));
        Ok((decisions.collect(), pagination))
    });
    let (decisions, pagination) = read.await.map_err(IntoResponse::into_response)?;
    let view = Decisions {
        layout: visit.layout(language.text("decisions-heading")),
        decisions,
        pagination,
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

/// One decision, where pages name it.
async fn one(
    State(app): State<App>,
    Path(act): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let id = ItemId::parse(&act).map_err(|_| PageError::NotFound.into_response())?;
    let read = app.read(move |replica, reader| {
        let state = replica.state();
        let Some(signed) = state.acts().get(&id) else {
            return Ok(None);
        };
        let claimed = reader.claimed(&state, &signed.entry)?;
        Ok(claimed.map(|claimed| decision(language, &state, claimed, &id, signed)))
    });
    let read = read.await.and_then(|read| read.ok_or(PageError::NotFound));
    let decision = read.map_err(IntoResponse::into_response)?;
    let title = decision.said.title.clone();
    let view = OneDecision {
        layout: visit.layout(language.text_with("decision-heading", &[("title", title.into())])),
        decision,
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

type Listed = (Timestamp, ItemId, SignedAct);

/// For reading only: whether an act counts never depends on these times.
fn dated(held: Vec<(ItemId, SignedAct)>, reader: &Reader) -> Result<Vec<Listed>, replica::Fault> {
    let mut acts = Vec::with_capacity(held.len());
    for (id, signed) in held {
        if let Some(entry) = reader.entry(&signed.entry)? {
            acts.push((entry.header().claimed, id, signed));
        }
    }
    acts.sort_by_key(|(claimed, id, _)| std::cmp::Reverse((*claimed, *id)));
    Ok(acts)
}

fn decision(
    language: Language,
    state: &Held,
    claimed: Timestamp,
    id: &ItemId,
    signed: &SignedAct,
) -> Decision {
    let owner = state.feeds().owner(&signed.entry);
    let became = state.became(id, signed);
    let state_in_words = match became {
        Some(Became::Counts) => language.text("decision-counts"),
        Some(Became::ErasesOwn) => language.text("decision-own-erasure"),
        Some(Became::NotOfCommittee) => language.text("decision-not-of-committee"),
        Some(Became::Nothing(reason)) => reason_in_words(language, reason),
        None => language.text("decision-pending"),
    };
    let counts = became.is_some_and(Became::counts);
    Decision {
        said: said::act(language, state, &signed.act),
        author: owner.map_or_else(
            || language.text("decision-nobody"),
            |partner| state.partner_name(&partner),
        ),
        day: language.day(claimed),
        id: id.to_string(),
        state: state_in_words,
        counts,
    }
}

fn reason_in_words(language: Language, reason: NoEffect) -> String {
    language.text(match reason {
        NoEffect::AfterUnknownCritical => "decision-after-unknown",
        NoEffect::CharterNotAdopted => "decision-charter",
        NoEffect::CutByCharter => "decision-cut",
        NoEffect::ForkNotResolved => "decision-fork",
        NoEffect::NoLongerCoordinator => "decision-no-longer",
        NoEffect::NotAmongRights => "decision-right",
        NoEffect::NotCoordinator => "decision-not-coordinator",
        NoEffect::NotInGovernance => "decision-misplaced",
        NoEffect::OutdatedRoot => "decision-outdated-root",
        NoEffect::Suspended => "decision-suspended",
        NoEffect::UnknownAct => "decision-unknown",
    })
}
