//! Partners: who is in, who is invited.

use data_encoding::HEXLOWER;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Invite, Outcome, Refusal};

/// Longest life of an invitation: a week. After that, whoever finds the ticket in a mailbox can do nothing with it.
const INVITE_HOURS_MAX: u32 = 7 * 24;

pub(crate) fn partners(app: &App) -> Outcome {
    let state = app.replica.state();
    let charter = state.governance().adoption().tip();
    // Coordinators first, then by name: the order of ids would say nothing to anybody.
    let mut enrolled: Vec<_> = state.governance().partners().enrolled().iter().collect();
    enrolled.sort_by_cached_key(|(partner, profile)| {
        let is_coordinator = charter.coordinators.contains_key(*partner);
        (!is_coordinator, profile.name.clone(), partner.to_string())
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
                "root": HEXLOWER.encode(&profile.root),
                "coordinator": charter.coordinators.contains_key(partner),
                "confirmed": charter.partners.contains_key(partner),
                "feeds": feeds.map(|(feed, _)| feed.to_string()).collect::<Vec<_>>(),
            })
        })
        .collect();
    let waiting: Vec<Json> = app
        .door()
        .waiting()
        .into_iter()
        .map(|(partner, invited, name)| json!({ "partner": partner.to_string(), "invited": invited, "name": name }))
        .collect();
    Ok(json!({ "federation": charter.name, "partners": partners, "waiting": waiting }))
}

/// Admits the newcomer whose id starts so.
pub(crate) fn admit(app: &App, start: &str) -> Outcome {
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
    match app.door().admit(partner) {
        Ok(_) => Ok(json!({ "admitted": partner.to_string(), "name": name })),
        Err(error) => Err(Refusal::new("failed", format!("{error:#}"))),
    }
}

pub(crate) fn invite(app: &App, invite: &Invite) -> Outcome {
    if invite.name.trim().is_empty() {
        return Err(Refusal::new(
            "name_missing",
            "an invitation names the organisation that is invited: --name \"Ville de Gien\"",
        ));
    }
    if !(1..=INVITE_HOURS_MAX).contains(&invite.hours) {
        let message = format!("an invitation lasts from 1 to {INVITE_HOURS_MAX} hours");
        return Err(Refusal::new("hours_out_of_range", message));
    }
    let Some(partner) = app.replica.partner() else {
        return Err(Refusal::new(
            "read_only",
            "this node has no instance key: it cannot invite",
        ));
    };
    let may_enrol = {
        let state = app.replica.state();
        let coordinators = &state.governance().adoption().tip().coordinators;
        coordinators
            .get(&partner)
            .is_some_and(|its| its.rights.contains("enrol"))
    };
    if !may_enrol {
        return Err(Refusal::new(
            "not_a_coordinator",
            "only a coordinator invites: ask the coordinator of your federation",
        ));
    }
    app.invite(invite)
}
