//! The charter: what it says, what is proposed, who has approved; proposing and approving.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use crdt_schema::governance::{Charter, Seat};
use crdt_schema::id::{CharterId, PartnerId};
use data_encoding::HEXLOWER;
use replica::State as Held;

use super::ballot::{self, Recovery};
use super::deciding::{self, Pending, refused_in_words};
use super::invitations::{allowed, not_done};
use super::{overview, proposal};
use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::office::Refused;
use crate::parts::{self, Problem, Summary};
use crate::said::{self, Said};
use crate::visit::{PersonVisit, Visit};

#[derive(Template)]
#[template(path = "federation/charter.html")]
struct CharterPage {
    layout: Layout,
    summary: Summary,
    done: Option<String>,
    version: String,
    id: String,
    says: Vec<Said>,
    /// What is said of a dispute, while there is one.
    dispute: Option<Dispute>,
    proposals: Vec<Proposal>,
    may_decide: bool,
    seat: Option<String>,
    is_seated: bool,
    typed: proposal::Typed,
    /// Whether the form is shown open, since something in it cannot be read.
    is_open: bool,
}

struct Proposal {
    id: String,
    short: String,
    says: Vec<Said>,
    before: Votes,
    after: Votes,
    recovery: Option<Recovery>,
    can_approve: bool,
    is_ours: bool,
    /// It has all votes that it needs, and a rival that has them too.
    is_rival: bool,
}

/// Two charters stand as the follower of the one in force.
struct Dispute {
    text: String,
    /// Who has approved more than one of them.
    twice: Option<String>,
    /// What can end it.
    way_out: String,
}

/// The votes of the seats of one charter.
struct Votes {
    label: String,
    seats: Vec<(String, bool)>,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/federation/charte", get(charter))
        .route("/federation/charte/approuver", post(approve))
        .route("/federation/charte/proposer", post(propose))
        .route("/federation/siege", post(make_seat))
}

async fn charter(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let done = overview::done(visit.language, query.as_deref());
    let shown = show(&app, &visit, done, None).await;
    shown.map_err(IntoResponse::into_response)
}

/// Shows the charter, with what was sent and cannot be read.
async fn show(
    app: &App,
    visit: &Visit,
    done: Option<String>,
    sent: Option<(proposal::Typed, Problem)>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let office = app.office()?;
    let seat = office.seat();
    let (typed, problems) = match sent {
        Some((typed, problem)) => (Some(typed), vec![problem]),
        None => (None, Vec::new()),
    };
    let read = app.read(move |replica, _| {
        let state = replica.state();
        let adoption = state.governance().adoption();
        let approved = office.approved(&adoption.tip_id());
        Ok(Seen {
            version: overview::version(language, &state),
            id: adoption.tip_id().to_string(),
            says: whole(language, &state, adoption.tip()),
            dispute: dispute(language, &state),
            proposals: proposals(language, &state, seat, approved),
            is_seated: seat.is_some_and(|seat| is_seated(adoption.tip(), &seat)),
            typed: match typed {
                Some(typed) => typed.named(&state),
                None => proposal::Typed::of(&state),
            },
        })
    });
    let seen = read.await?;
    let is_open = !problems.is_empty();
    let status = parts::status(&problems);
    let view = CharterPage {
        layout: visit.layout(language.text("charter-heading")),
        summary: Summary::new(language, problems),
        done,
        version: seen.version,
        id: seen.id,
        says: seen.says,
        dispute: seen.dispute,
        proposals: seen.proposals,
        may_decide: visit.decider().is_ok(),
        seat: seat.map(|seat| HEXLOWER.encode(&seat)),
        is_seated: seen.is_seated,
        typed: seen.typed,
        is_open,
    };
    page(status, &view)
}

struct Seen {
    version: String,
    id: String,
    says: Vec<Said>,
    dispute: Option<Dispute>,
    proposals: Vec<Proposal>,
    is_seated: bool,
    typed: proposal::Typed,
}

/// A whole charter is what it changes in an empty one.
fn whole(language: Language, state: &Held, charter: &Charter) -> Vec<Said> {
    let empty = Charter {
        name: String::new(),
        seats: Vec::new(),
        k: 0,
        recovery: Default::default(),
        coordinators: Default::default(),
        partners: Default::default(),
        cuts: Default::default(),
        schemes: Default::default(),
        quotas: Default::default(),
        min_protocol: 0,
        ..charter.clone()
    };
    let says = empty.amendments(charter);
    says.iter()
        .map(|each| said::amendment(language, state, each))
        .collect()
}

fn is_seated(charter: &Charter, seat: &[u8; 32]) -> bool {
    charter.seats.iter().any(|each| each.key == *seat)
}

/// Says what a dispute is about, who has voted twice, and how it ends.
fn dispute(language: Language, state: &Held) -> Option<Dispute> {
    let adoption = state.governance().adoption();
    if !adoption.is_disputed() {
        return None;
    }
    let tip = adoption.tip();
    let rivals = adoption.rivals().get(&adoption.tip_id())?;
    let votes = |seat: &Seat| {
        let approved = rivals.iter().filter(|id| {
            let mut approvals = state.charters().approvals(id);
            approvals.any(|each| each.vote().signer == seat.key)
        });
        approved.count()
    };
    let twice = tip.seats.iter().filter(|seat| votes(seat) > 1);
    let twice: Vec<&str> = twice.map(|seat| seat.id.as_str()).collect();
    let said_twice = || {
        let values = [("seats", twice.join(", ").into())];
        language.text_with("dispute-twice", &values)
    };
    Some(Dispute {
        text: language.text("dispute-title"),
        twice: (!twice.is_empty()).then(said_twice),
        way_out: language.text(match tip.recovery.k {
            0 => "dispute-no-recovery",
            _ => "dispute-recovery",
        }),
    })
}

/// The charters that would follow the one in force, adopted or not.
fn proposals(
    language: Language,
    state: &Held,
    seat: Option<[u8; 32]>,
    approved: Option<CharterId>,
) -> Vec<Proposal> {
    let adoption = state.governance().adoption();
    let (tip, tip_id) = (adoption.tip(), adoption.tip_id());
    let rivals = adoption.rivals().get(&tip_id);
    let children = state
        .charters()
        .iter()
        .filter(|(_, charter)| charter.parent == Some(tip_id));
    let proposal = |(id, charter): (&CharterId, &Charter)| {
        let votes = |label: &str, of: &Charter| {
            let voted = |seat: &Seat| {
                let mut approvals = state.charters().approvals(id);
                approvals.any(|each| each.vote().signer == seat.key)
            };
            let values = [("k", u64::from(of.k).into()), ("of", of.seats.len().into())];
            Votes {
                label: language.text_with(label, &values),
                seats: of
                    .seats
                    .iter()
                    .map(|seat| (seat.id.clone(), voted(seat)))
                    .collect(),
            }
        };
        let amendments = tip.amendments(charter);
        let has_part = seat.is_some_and(|seat| is_seated(tip, &seat) || is_seated(charter, &seat));
        Proposal {
            id: id.to_string(),
            short: id.short(),
            says: amendments
                .iter()
                .map(|each| said::amendment(language, state, each))
                .collect(),
            before: votes("votes-before", tip),
            after: votes("votes-after", charter),
            recovery: state
                .ballot(id)
                .filter(|ballot| ballot.parent().recovery.k > 0)
                .map(|ballot| ballot::recovery(language, state, &ballot)),
            can_approve: has_part && approved.is_none(),
            is_ours: approved == Some(*id),
            is_rival: rivals.is_some_and(|rivals| rivals.contains(id)),
        }
    };
    children.map(proposal).collect()
}

async fn approve(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let id = CharterId::parse(form.text("charter"));
    let id = id.map_err(|_| PageError::NotFound.into_response())?;
    let pending = Pending::Approval(id);
    let shown = deciding::show(&app, &form.visit, &pending, Vec::new()).await;
    shown.map_err(IntoResponse::into_response)
}

async fn propose(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let language = form.visit.language;
    let sent = proposal::Typed::sent(&form);
    let typed = sent.clone();
    let read = app.read(move |replica, reader| {
        let state = replica.state();
        let tip = state.governance().adoption().tip().clone();
        let amendments = match typed.amendments(&state) {
            Ok(amendments) => amendments,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let owed = state.cuts_owed(reader, &amendments)?;
        Ok(Ok(tip.amended([amendments, owed].concat())))
    });
    let drafted = read.await.map_err(IntoResponse::into_response)?;
    let problem = match drafted {
        Ok(Ok(draft)) => {
            let pending = Pending::Proposal(Box::new(draft));
            let shown = deciding::show(&app, &form.visit, &pending, Vec::new()).await;
            return shown.map_err(IntoResponse::into_response);
        }
        Ok(Err(error)) => {
            let refused = Refused::new(error.code(), error.to_string());
            Problem::new("seats", refused_in_words(language, &refused))
        }
        Err(wrong) => wrong.problem(language),
    };
    let shown = show(&app, &form.visit, None, Some((sent, problem))).await;
    shown.map_err(IntoResponse::into_response)
}

async fn make_seat(State(app): State<App>, form: SentForm) -> Result<Response, Response> {
    let form = allowed(form).map_err(IntoResponse::into_response)?;
    let office = app.office().map_err(IntoResponse::into_response)?;
    let made = blocking(move || office.make_seat()).await;
    match made.map_err(IntoResponse::into_response)? {
        Ok(_) => Ok(Redirect::to("/federation/charte?fait=siege").into_response()),
        Err(refused) => {
            let text = refused_in_words(form.visit.language, &refused);
            Ok(not_done(
                &form,
                Problem::new("seat", text),
                "/federation/charte",
            ))
        }
    }
}

/// Returns the partners that are enrolled, by name.
pub(super) fn enrolled(state: &Held) -> Vec<(PartnerId, String)> {
    let enrolled = state.governance().partners().enrolled();
    let mut named: Vec<_> = enrolled
        .iter()
        .map(|(partner, profile)| (*partner, profile.name.clone()))
        .collect();
    named.sort_by_key(|(_, name)| name.to_lowercase());
    named
}
