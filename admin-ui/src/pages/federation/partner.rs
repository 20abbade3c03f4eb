//! One partner: who it is, what it may write, its feeds, and what a coordinator can decide about it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use crdt_schema::id::{EntryId, FeedId, ItemId, PartnerId};
use crdt_schema::key::PublicKey;
use data_encoding::HEXLOWER;
use replica::{Decision, DecisionError, Place, State as Held};

use super::deciding::{self, Pending, refused_in_words};
use super::invitations::{allowed, not_done};
use super::mandates::{self, MandateFields};
use super::roots::{Roots, Rotating};
use super::{may_decide, overview};
use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::office::Refused;
use crate::parts::Problem;
use crate::said;
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "federation/partner.html")]
struct Partner {
    layout: Layout,
    id: String,
    root: String,
    roles: Vec<String>,
    mandate: String,
    grants: Vec<Grant>,
    feeds: Vec<Feed>,
    may_decide: bool,
    is_coordinator: bool,
    is_ours: bool,
    has_left: bool,
    new_mandate: MandateFields,
    roots: Roots,
    rotating: Option<Rotating>,
}

struct Grant {
    words: String,
    from: String,
    act: Option<String>,
    is_taken_back: bool,
}

struct Feed {
    id: String,
    short: String,
    entries: String,
    heads: Vec<Head>,
    state: String,
    is_sound: bool,
}

struct Head {
    entry: String,
    sequence: String,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/federation/partenaires/{partner}", get(partner))
        .route("/federation/partenaires/{partner}/preparer", post(prepare))
}

async fn partner(
    State(app): State<App>,
    Path(partner): Path<String>,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let id = PartnerId::parse(&partner).map_err(|_| PageError::NotFound.into_response())?;
    let read = app.read(move |replica, reader| {
        let ours = replica.partner();
        let state = replica.state();
        let roots = Roots::of(language, &state, reader, &id)?;
        Ok(seen(language, &state, &id, ours == Some(id)).map(|(name, seen)| (name, seen, roots)))
    });
    let read = read.await.and_then(|seen| seen.ok_or(PageError::NotFound));
    let (name, seen, roots) = read.map_err(IntoResponse::into_response)?;
    let rotating = match seen.is_ours && may_decide(person.account.role) {
        true => rotating(&app, language).await,
        false => None,
    };
    let view = Partner {
        layout: visit.layout(name),
        may_decide: may_decide(person.account.role),
        id: id.to_string(),
        root: seen.root,
        roles: seen.roles,
        mandate: seen.mandate,
        grants: seen.grants,
        feeds: seen.feeds,
        is_coordinator: seen.is_coordinator,
        is_ours: seen.is_ours,
        has_left: seen.has_left,
        new_mandate: MandateFields::empty(language, "new-"),
        roots,
        rotating,
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

/// What our own organisation can do about its root. Nothing where this node does not sign.
async fn rotating(app: &App, language: Language) -> Option<Rotating> {
    let office = app.office().ok()?;
    let planned = blocking(move || (office.root_place(), office.rotation(&[], &[]))).await;
    let (place, kept) = planned.ok()?;
    Some(Rotating::of(language, place, &kept.ok()?))
}

struct Seen {
    root: String,
    roles: Vec<String>,
    mandate: String,
    grants: Vec<Grant>,
    feeds: Vec<Feed>,
    is_coordinator: bool,
    is_ours: bool,
    has_left: bool,
}

fn seen(
    language: Language,
    state: &Held,
    partner: &PartnerId,
    is_ours: bool,
) -> Option<(String, Seen)> {
    let governance = state.governance();
    let profile = governance.partners().enrolled().get(partner)?;
    let tip = governance.adoption().tip();
    let is_coordinator = tip.coordinators.contains_key(partner);
    let has_left = governance.partners().has_left(partner);
    let mut roles = Vec::new();
    if has_left {
        roles.push(language.text("partner-left"));
    }
    if is_coordinator {
        roles.push(language.text("partner-coordinator"));
    }
    if tip.partners.contains_key(partner) {
        roles.push(language.text("partner-confirmed"));
    }
    let grants = governance
        .partners()
        .grants(partner)
        .iter()
        .map(|grant| Grant {
            words: said::mandate(language, &grant.mandate),
            from: match &grant.act {
                None => language.text("grant-charter"),
                Some(act) => grant_author(language, state, act),
            },
            act: grant.act.map(|act| act.to_string()),
            is_taken_back: grant
                .act
                .is_some_and(|act| governance.partners().is_narrowed(&act)),
        });
    let seen = Seen {
        root: HEXLOWER.encode(&governance.partners().root(partner)?),
        roles,
        mandate: overview::mandate_of(language, state, partner),
        grants: grants.collect(),
        feeds: feeds(language, state, partner),
        is_coordinator,
        is_ours,
        has_left,
    };
    Some((profile.name.clone(), seen))
}

fn grant_author(language: Language, state: &Held, act: &ItemId) -> String {
    let signed = state.acts().get(act);
    let owner = signed.and_then(|signed| state.feeds().owner(&signed.entry));
    let name = owner.map_or_else(
        || language.text("decision-nobody"),
        |partner| state.partner_name(&partner),
    );
    language.text_with("grant-act", &[("partner", name.into())])
}

fn is_outdated(state: &Held, feed: &FeedId) -> bool {
    let certificate = state.certificates().get(feed);
    certificate.is_some_and(|its| !state.governance().roots().vouch_for(feed, &its.into()))
}

fn feeds(language: Language, state: &Held, partner: &PartnerId) -> Vec<Feed> {
    let its = state
        .feed_summaries()
        .filter(|summary| summary.partner.as_ref() == Some(partner));
    let row = |summary: replica::FeedSummary| {
        let is_cut = state.governance().partners().cut_at(&summary.feed);
        let (state_in_words, is_sound) = if let Some(sequence) = is_cut {
            let values = [("sequence", language.number(sequence).into())];
            (language.text_with("feed-cut", &values), false)
        } else if let Some(sequence) = summary.fork {
            let values = [("sequence", language.number(sequence).into())];
            (language.text_with("feeds-forked", &values), false)
        } else if is_outdated(state, &summary.feed) {
            (language.text("feed-outdated-root"), false)
        } else if state.governance().acts().is_suspended(&summary.feed) {
            (language.text("feed-suspended"), false)
        } else {
            (language.text("feeds-sound"), true)
        };
        let last = summary.heads.iter().map(|(sequence, _)| *sequence).max();
        Feed {
            id: summary.feed.to_string(),
            short: summary.feed.short(),
            entries: language.number(last.map_or(0, |sequence| sequence + 1)),
            heads: summary
                .heads
                .iter()
                .map(|(sequence, entry)| Head {
                    entry: entry.to_string(),
                    sequence: language.number(*sequence),
                })
                .collect(),
            state: state_in_words,
            is_sound,
        }
    };
    its.map(row).collect()
}

/// Prepares a decision about this partner and shows it.
async fn prepare(
    State(app): State<App>,
    Path(partner): Path<String>,
    form: SentForm,
) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let language = form.visit.language;
    let partner = PartnerId::parse(&partner).map_err(|_| PageError::NotFound.into_response())?;
    let decision = match decision(language, &form, partner) {
        Ok(decision) => decision,
        Err(problem) => return Ok(not_done(&form, problem, "/federation")),
    };
    let read = app.read(move |replica, reader| Ok(decision.acts(&replica.state(), reader)));
    match read.await.map_err(IntoResponse::into_response)? {
        Ok(acts) => {
            let shown = deciding::show(&app, &form.visit, &Pending::Acts(acts), Vec::new()).await;
            shown.map_err(IntoResponse::into_response)
        }
        Err(DecisionError::Fault(fault)) => Err(PageError::Fault(fault).into_response()),
        Err(error) => {
            let refused = Refused::new(error.code(), error.to_string());
            let problem = Problem::new("decision", refused_in_words(language, &refused));
            Ok(not_done(&form, problem, "/federation"))
        }
    }
}

fn decision(language: Language, form: &SentForm, partner: PartnerId) -> Result<Decision, Problem> {
    let wrong = || Problem::new("decision", language.text("refused-place"));
    match form.text("decision") {
        "put-out" => Ok(Decision::PutOut(partner)),
        "cut" => {
            let feed = FeedId::parse(form.text("feed")).map_err(|_| wrong())?;
            let place = match form.text("place") {
                "" => Place::Last,
                text => match EntryId::parse(text) {
                    Ok(entry) => Place::Entry(entry),
                    Err(_) => Place::Sequence(text.parse().map_err(|_| wrong())?),
                },
            };
            Ok(Decision::Cut(feed, place))
        }
        "mandate" => Ok(Decision::Mandate(
            partner,
            mandates::mandate(language, form)?,
        )),
        "narrow" => {
            let grant = ItemId::parse(form.text("grant")).map_err(|_| wrong())?;
            Ok(Decision::Narrow(grant))
        }
        "root" => {
            let root = PublicKey::parse(form.text("root")).ok_or_else(wrong)?;
            Ok(Decision::Root(partner, *root.as_bytes()))
        }
        "suspend" => Ok(Decision::Suspend(partner)),
        _ => Err(wrong()),
    }
}
