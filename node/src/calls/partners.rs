//! Partners: who is in, who is invited.

use admin_ui::{Language, NewInvitation, Office};
use crdt_schema::entry::{Certified, Root};
use crdt_schema::governance::Line;
use crdt_schema::id::PartnerId;
use data_encoding::HEXLOWER;
use replica::State;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Invite, Outcome, Refusal};
use crate::calls::deciding;

pub(crate) fn partners(app: &App) -> Outcome {
    // Before the state is held: see `Door`.
    let waiting: Vec<Json> = app
        .door()
        .waiting()
        .into_iter()
        .map(|(partner, invited, name)| json!({ "partner": partner.to_string(), "invited": invited, "name": name }))
        .collect();
    let state = app.replica.state();
    let charter = state.governance().adoption().tip();
    // Coordinators first, then by name: the order of ids would say nothing to anybody.
    let mut enrolled: Vec<_> = state.governance().partners().enrolled().iter().collect();
    enrolled.sort_by_cached_key(|(partner, profile)| {
        let is_coordinator = charter.coordinators.contains_key(*partner);
        let has_left = state.governance().partners().has_left(partner);
        (
            !is_coordinator,
            has_left,
            profile.name.clone(),
            partner.to_string(),
        )
    });
    let partners: Vec<Json> = enrolled
        .into_iter()
        .map(|(partner, profile)| {
            let feeds = state
                .certificates()
                .iter()
                .filter(|(_, each)| each.partner == *partner);
            json!({
                "partner": partner.to_string(),
                "name": profile.name,
                "root": root_of(&state, partner),
                "coordinator": charter.coordinators.contains_key(partner),
                "confirmed": charter.partners.contains_key(partner),
                "left": state.governance().partners().has_left(partner),
                "feeds": feeds.map(|(feed, _)| feed.to_string()).collect::<Vec<_>>(),
            })
        })
        .collect();
    Ok(json!({ "federation": charter.name, "partners": partners, "waiting": waiting }))
}

/// Admits the newcomer whose id starts so, with what its invitation says unless kinds or territories are given.
pub(crate) fn admit(app: &App, start: &str, kinds: &[String], territories: &[String]) -> Outcome {
    let waiting = app.door().waiting();
    let found: Vec<_> = waiting
        .iter()
        .filter(|(partner, _, _)| partner.to_string().starts_with(start))
        .collect();
    let [(partner, _, name)] = found.as_slice() else {
        let message = format!(
            "{} newcomers wait under {start:?}: see `maillage partners`",
            found.len()
        );
        return Err(Refusal::new("partner_not_found", message));
    };
    let mandate = if kinds.is_empty() && territories.is_empty() {
        app.door().mandate(partner).unwrap_or_default()
    } else {
        deciding::mandate(kinds, territories)?
    };
    let enrolment = app.admission(partner, &mandate)?;
    Office::admit(app, &enrolment)?;
    Ok(json!({ "admitted": partner.to_string(), "name": name }))
}

/// One partner: what it may write, its feeds.
pub(crate) fn partner_show(app: &App, named: &str) -> Outcome {
    let state = app.replica.state();
    let partner = deciding::partner(&state, named)?;
    let governance = state.governance();
    let tip = governance.adoption().tip();
    let profile = &governance.partners().enrolled()[&partner];
    let grants = governance.partners().grants(&partner).iter().map(|grant| {
        json!({
            "grant": grant.act.map(|act| act.to_string()),
            "mandate": admin_ui::said::mandate(Language::English, &grant.mandate),
            "taken_back": grant.act.is_some_and(|act| governance.partners().is_narrowed(&act)),
        })
    });
    let feeds = state
        .feed_summaries()
        .filter(|summary| summary.partner == Some(partner))
        .map(|summary| {
            let heads = summary.heads.iter().map(
                |(sequence, entry)| json!({ "sequence": sequence, "entry": entry.to_string() }),
            );
            json!({
                "feed": summary.feed.to_string(),
                "heads": heads.collect::<Vec<_>>(),
                "fork": summary.fork,
                "cut": governance.partners().cut_at(&summary.feed),
                "outdated": !state.certificates().get(&summary.feed).is_some_and(|certificate| {
                    governance.roots().vouch_for(&summary.feed, &Certified::from(certificate))
                }),
                "suspended": governance.acts().is_suspended(&summary.feed),
            })
        });
    Ok(json!({
        "partner": partner.to_string(),
        "name": profile.name,
        "root": root_of(&state, &partner),
        "roots": roots_of(&state, &partner),
        "coordinator": tip.coordinators.contains_key(&partner),
        "confirmed": tip.partners.contains_key(&partner),
        "left": governance.partners().has_left(&partner),
        "grants": grants.collect::<Vec<_>>(),
        "feeds": feeds.collect::<Vec<_>>(),
    }))
}

/// The root in force of a partner.
fn root_of(state: &State, partner: &PartnerId) -> Option<String> {
    let root = state.governance().partners().root(partner)?;
    Some(HEXLOWER.encode(&root))
}

/// The roots that a partner had, and those in dispute.
fn roots_of(state: &State, partner: &PartnerId) -> Json {
    let line = state.governance().roots().line(partner);
    let later = line.into_iter().flat_map(Line::roots);
    let later = later.filter_map(|root| match root {
        Root::First => None,
        Root::Later(key) => Some(HEXLOWER.encode(key)),
    });
    let rivals = line.into_iter().flat_map(Line::rivals);
    json!({
        "later": later.collect::<Vec<_>>(),
        "disputed": rivals.map(|key| HEXLOWER.encode(key)).collect::<Vec<_>>(),
    })
}

pub(crate) fn invite(app: &App, invite: &Invite) -> Outcome {
    let name = if invite.is_for_us {
        app.config.partner.clone()
    } else {
        invite.name.clone()
    };
    let wish = NewInvitation {
        name: name.clone(),
        hours: invite.hours,
        is_auto: invite.auto,
        mandate: deciding::mandate(&invite.kinds, &invite.territories)?,
    };
    let (ticket, expires) = app.make_invitation(&wish, invite.is_for_us)?;
    Ok(json!({ "ticket": ticket, "name": name, "expires": expires.to_string() }))
}
