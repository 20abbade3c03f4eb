//! The first page of the federation: what asks for attention, the partners, the newcomers that wait.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crdt_schema::id::PartnerId;
use replica::{Fork, GovernanceSeen, Signing, State as Held};

use super::confirmed;
use super::deciding::refused_in_words;
use super::limits::Limits;
use super::mandates::MandateFields;
use super::{may_decide, standing};
use crate::app::App;
use crate::error::page;
use crate::i18n::Language;
use crate::intake::OwnUse;
use crate::layout::Layout;
use crate::office::{Invitation, InvitationState, Refused};
use crate::said;
use crate::visit::PersonVisit;

#[derive(Template)]
#[template(path = "federation/overview.html")]
struct Overview {
    layout: Layout,
    done: Option<String>,
    alarms: Vec<String>,
    confirmed: Option<String>,
    name: String,
    federation: String,
    version: String,
    seats: String,
    partners: Vec<PartnerRow>,
    limits: Limits,
    may_decide: bool,
    waiting: Vec<Waiting>,
    invitations: Vec<InvitationRow>,
    invitation_mandate: MandateFields,
}

struct PartnerRow {
    href: String,
    name: String,
    roles: Vec<String>,
    mandate: String,
    instances: String,
    is_ours: bool,
    has_left: bool,
}

struct Waiting {
    partner: String,
    short: String,
    name: String,
    claimed_name: String,
    withheld: Option<String>,
    mandate: MandateFields,
}

struct InvitationRow {
    id: String,
    name: String,
    expires: String,
    state: String,
    is_open: bool,
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/federation", get(overview))
}

async fn overview(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, Response> {
    let language = visit.language;
    let office = app.office().map_err(IntoResponse::into_response)?;
    let invitations = office.invitations();
    let intake = (app.census().map_err(IntoResponse::into_response)?.intake)();
    let confirm_days = app
        .census()
        .map_err(IntoResponse::into_response)?
        .confirm_days;
    let peers = (app.census().map_err(IntoResponse::into_response)?.peers)();
    let now = app.now();
    let read = app.read(move |replica, _| {
        let own = OwnUse::today(replica, now)?;
        let ours = replica.partner();
        let has_ended = matches!(replica.signing(), Signing::Ended(_));
        let is_held = replica.is_signing_held();
        let (forks, governance) = (
            replica.forks()?,
            replica.governance_seen(now, confirm_days)?,
        );
        let state = replica.state();
        Ok(Seen {
            limits: Limits::of(language, replica, own, intake),
            alarms: has_ended
                .then(|| language.text("alarm-own-ended"))
                .into_iter()
                .chain(is_held.then(|| language.text("alarm-own-held")))
                .chain(standing::alarms(language, &state, replica.feed(), &peers))
                .chain(alarms(language, &state, &forks, &governance))
                .collect(),
            confirmed: confirmed::line(language, &state, &governance),
            name: state.governance().adoption().tip().name.clone(),
            federation: state.federation().to_string(),
            version: version(language, &state),
            seats: seats(language, &state),
            partners: partners(language, &state, ours),
        })
    });
    let seen = read.await.map_err(IntoResponse::into_response)?;
    let view = Overview {
        layout: visit.layout(language.text("section-federation")),
        done: done(language, query.as_deref()),
        alarms: seen.alarms,
        confirmed: seen.confirmed,
        name: seen.name,
        federation: seen.federation,
        version: seen.version,
        seats: seen.seats,
        partners: seen.partners,
        limits: seen.limits,
        may_decide: may_decide(person.account.role),
        waiting: waiting(language, &invitations),
        invitations: rows(language, &invitations),
        invitation_mandate: MandateFields::empty(language, "invitation-"),
    };
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

struct Seen {
    limits: Limits,
    alarms: Vec<String>,
    confirmed: Option<String>,
    name: String,
    federation: String,
    version: String,
    seats: String,
    partners: Vec<PartnerRow>,
}

/// What the page says once after a form.
pub(super) fn done(language: Language, query: Option<&str>) -> Option<String> {
    let done = query?
        .split('&')
        .find_map(|pair| pair.strip_prefix("fait="))?;
    Some(language.text(match done {
        "admis" => "done-admitted",
        "approuve" => "done-approved",
        "decide" => "done-decided",
        "propose" => "done-proposed",
        "refuse" => "done-declined",
        "siege" => "done-seat",
        "signature" => "done-vote",
        "annule" => "done-revoked",
        _ => return None,
    }))
}

/// What a coordinator has to look at.
fn alarms(language: Language, state: &Held, forks: &[Fork], seen: &GovernanceSeen) -> Vec<String> {
    let governance = state.governance();
    let mut alarms = Vec::new();
    if governance.adoption().is_disputed() {
        alarms.push(language.text("alarm-disputed"));
    }
    if governance.acts().is_read_only() {
        alarms.push(language.text("alarm-upgrade"));
    }
    let tip = governance.adoption().tip();
    alarms.extend(confirmed::forks(language, state, forks));
    alarms.extend(confirmed::alarms(language, state, seen));
    for partner in tip.coordinators.keys() {
        let mut places = state.last_places(partner).into_keys();
        if places.any(|feed| governance.acts().is_suspended(&feed)) {
            let values = [("partner", state.partner_name(partner).into())];
            alarms.push(language.text_with("alarm-suspended", &values));
        }
    }
    alarms
}

pub(super) fn version(language: Language, state: &Held) -> String {
    let adoption = state.governance().adoption();
    let values = [
        (
            "version",
            language.number(adoption.tip().version + 1).into(),
        ),
        ("id", adoption.tip_id().short().into()),
    ];
    language.text_with("charter-version", &values)
}

fn seats(language: Language, state: &Held) -> String {
    let tip = state.governance().adoption().tip();
    let values = [
        ("k", u64::from(tip.k).into()),
        ("of", tip.seats.len().into()),
    ];
    language.text_with("k-of-n", &values)
}

fn partners(language: Language, state: &Held, ours: Option<PartnerId>) -> Vec<PartnerRow> {
    let governance = state.governance();
    let tip = governance.adoption().tip();
    let enrolled = governance.partners().enrolled();
    let row = |(partner, profile): (&PartnerId, &crdt_schema::governance::Profile)| {
        let mut roles = Vec::new();
        let has_left = governance.partners().has_left(partner);
        if has_left {
            roles.push(language.text("partner-left"));
        }
        if tip.coordinators.contains_key(partner) {
            roles.push(language.text("partner-coordinator"));
        }
        if tip.partners.contains_key(partner) {
            roles.push(language.text("partner-confirmed"));
        }
        let certificates = state.certificates().values();
        let instances = certificates.filter(|its| its.partner == *partner).count();
        PartnerRow {
            href: format!("/federation/partenaires/{partner}"),
            name: profile.name.clone(),
            roles,
            mandate: mandate_of(language, state, partner),
            instances: language.number(instances as u64),
            is_ours: ours.as_ref() == Some(partner),
            has_left,
        }
    };
    let mut rows: Vec<PartnerRow> = enrolled.iter().map(row).collect();
    rows.sort_by_key(|row| (row.has_left, row.name.to_lowercase()));
    rows
}

fn waiting(language: Language, invitations: &[Invitation]) -> Vec<Waiting> {
    let waiting = invitations.iter().filter_map(|invitation| {
        let InvitationState::Waiting {
            partner,
            claimed_name,
            withheld,
        } = &invitation.state
        else {
            return None;
        };
        Some(Waiting {
            partner: partner.to_string(),
            short: partner.short(),
            name: invitation.name.clone(),
            claimed_name: claimed_name.clone(),
            withheld: withheld.as_ref().map(|code| {
                let why = refused_in_words(language, &Refused::new(code, ""));
                language.text_with("waiting-withheld", &[("why", why.into())])
            }),
            mandate: MandateFields::empty(language, &format!("{}-", partner.short())),
        })
    });
    waiting.collect()
}

fn rows(language: Language, invitations: &[Invitation]) -> Vec<InvitationRow> {
    let row = |invitation: &Invitation| InvitationRow {
        id: invitation.id.clone(),
        name: invitation.name.clone(),
        expires: language.day(invitation.expires),
        state: language.text(match invitation.state {
            InvitationState::Admitted => "invitation-admitted",
            InvitationState::Expired => "invitation-expired",
            InvitationState::Open => "invitation-open",
            InvitationState::Void => "invitation-void",
            InvitationState::Waiting { .. } => "invitation-waiting",
        }),
        is_open: invitation.state == InvitationState::Open,
    };
    invitations.iter().map(row).collect()
}

/// Says what a partner may write today, from all that was given and not taken back.
pub(super) fn mandate_of(language: Language, state: &Held, partner: &PartnerId) -> String {
    let given = state.mandates(partner);
    let mut words: Vec<String> = given
        .map(|mandate| said::mandate(language, mandate))
        .collect();
    words.sort();
    words.dedup();
    if words.is_empty() {
        language.text("mandate-nothing")
    } else {
        words.join(" ; ")
    }
}
