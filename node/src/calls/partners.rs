//! Partners: who is in, who is invited.

use admin_ui::{InvitationState, Language, NewInvitation, Office, said};
use crdt_schema::entry::{Certified, Root};
use crdt_schema::governance::{Act, Line};
use crdt_schema::id::PartnerId;
use data_encoding::HEXLOWER;
use replica::State;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Invite, Outcome, Refusal};
use crate::calls::deciding;
use crate::door::Newcomer;

pub(crate) fn partners(app: &App) -> Outcome {
    // Before the state is held: see `Door`.
    let waiting: Vec<Json> = app
        .door()
        .waiting()
        .into_iter()
        .map(|newcomer| {
            json!({
                "partner": newcomer.partner.to_string(),
                "invited": newcomer.invited,
                "name": newcomer.name,
                "withheld": newcomer.withheld,
            })
        })
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

/// Decodes what would admit the newcomer whose id starts so, with what its invitation says unless kinds or territories are given. Nothing
/// is signed: `admission` goes back to [`admit_signed`] as it is.
pub(crate) fn admit(app: &App, start: &str, kinds: &[String], territories: &[String]) -> Outcome {
    let newcomer = waiting(app, start)?;
    let partner = &newcomer.partner;
    let mandate = if kinds.is_empty() && territories.is_empty() {
        app.door().mandate(partner).unwrap_or_default()
    } else {
        deciding::mandate(kinds, territories)?
    };
    let enrolment = app.admission(partner, &mandate)?;
    app.check_acts(std::slice::from_ref(&enrolment))?;
    let mut words = said::act(Language::English, &app.replica.state(), &enrolment);
    words
        .facts
        .insert(0, ("Invited as".to_owned(), newcomer.invited.clone()));
    Ok(json!({
        "says": [deciding::said(&words)],
        "admission": enrolment.to_text(),
        "signed": false,
    }))
}

/// Signs an enrolment that was decoded before.
pub(crate) fn admit_signed(app: &App, text: &str) -> Outcome {
    let enrolment = Act::from_text(text);
    let Some(Act::Enrol { partner, name, .. }) = &enrolment else {
        return Err(Refusal::new("act_unknown", "this is no enrolment"));
    };
    let (partner, name) = (partner.to_string(), name.clone());
    Office::admit(app, enrolment.as_ref().expect("read above"))?;
    Ok(json!({ "admitted": partner, "name": name }))
}

/// The newcomer whose id starts so.
fn waiting(app: &App, start: &str) -> Result<Newcomer, Refusal> {
    let mut found = app.door().waiting();
    found.retain(|each| each.partner.to_string().starts_with(start));
    match found.as_slice() {
        [_] => Ok(found.remove(0)),
        _ => {
            let message = format!(
                "{} newcomers wait under {start:?}: see `maillage partners`",
                found.len()
            );
            Err(Refusal::new("partner_not_found", message))
        }
    }
}

/// Sends a newcomer away, and voids its invitation.
pub(crate) fn decline(app: &App, start: &str) -> Outcome {
    let newcomer = waiting(app, start)?;
    Office::decline(app, &newcomer.partner)?;
    Ok(json!({ "declined": newcomer.partner.to_string(), "name": newcomer.name }))
}

/// Voids an invitation that nobody has used.
pub(crate) fn cancel_invitation(app: &App, invitation: &str) -> Outcome {
    Office::revoke(app, invitation)?;
    Ok(json!({ "cancelled": invitation }))
}

/// The invitations of this node, the newest first.
pub(crate) fn invitations(app: &App) -> Outcome {
    let all = Office::invitations(app);
    let all = all.iter().map(|invitation| {
        let (partner, name, withheld) = match &invitation.state {
            InvitationState::Waiting {
                partner,
                claimed_name,
                withheld,
            } => (
                Some(partner.to_string()),
                Some(claimed_name),
                withheld.as_ref(),
            ),
            _ => (None, None, None),
        };
        json!({
            "id": invitation.id,
            "name": invitation.name,
            "expires": invitation.expires.to_string(),
            "state": match invitation.state {
                InvitationState::Admitted => "admitted",
                InvitationState::Expired => "expired",
                InvitationState::Open => "open",
                InvitationState::Void => "void",
                InvitationState::Waiting { .. } => "waiting",
            },
            "partner": partner,
            "claimed_name": name,
            "withheld": withheld,
        })
    });
    Ok(json!({ "invitations": all.collect::<Vec<_>>() }))
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
