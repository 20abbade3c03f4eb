//! What the other partners' checkpoints say of the governance held here, for `status` and `doctor`.

use crdt_schema::checkpoint::Standing;
use crdt_schema::id::PartnerId;
use crdt_schema::limits::BRANCHES_MAX;
use replica::{Fault, Fork, GovernanceSeen, State};
use serde_json::{Value as Json, json};

use super::status::finding;
use crate::app::App;
use crate::clock;

/// Returns the names of partners.
pub(super) fn names<'p>(
    state: &State,
    partners: impl IntoIterator<Item = &'p PartnerId>,
) -> Vec<String> {
    let partners = partners.into_iter();
    partners.map(|it| state.partner_name(it)).collect()
}

/// Returns who confirms the governance of this node, and for how many days too few partners have.
pub(super) fn governance_json(app: &App) -> Result<Json, Fault> {
    let seen = seen(app)?;
    let state = app.replica.state();
    let confirmation = &seen.confirmation;
    Ok(json!({
        "confirmed_by": names(&state, confirmation.by.keys()),
        "confirmed_days": confirmation.by_days,
        "asked": confirmation.asked,
        "since": confirmation.since.to_string(),
        "days": confirmation.days,
        "late": confirmation.is_late,
        "differing": names(&state, &confirmation.differing),
        "contested": names(&state, &confirmation.contested),
        "upgrade": state.governance().acts().is_read_only(),
        "unknown_heads": seen.unknown.len() + seen.strange.len(),
    }))
}

/// Returns what an operator has to look into: forks with who confirms what, and governance that is not confirmed.
pub(super) fn findings(app: &App) -> Result<Vec<Json>, Fault> {
    let (seen, forks) = (seen(app)?, app.replica.forks()?);
    let state = app.replica.state();
    let mut findings: Vec<Json> = Vec::new();
    for fork in forks.iter().filter(|it| !it.is_settled) {
        findings.push(finding("error", "fork", &said_of_fork(&state, fork)));
        if fork.is_flooded() {
            let message = format!(
                "feed {} has more than {BRANCHES_MAX} branches, and the others are refused here: whoever holds its key floods the federation; have a charter or a coordinator cut the feed",
                fork.feed.short(),
            );
            findings.push(finding("error", "flooded", &message));
        }
    }
    let contradicting = seen.partners(Standing::Contradictory);
    if !contradicting.is_empty() {
        let message = format!(
            "{} know another history of governance than this node: compare `maillage acts` by another way; the peers are asked for it",
            names(&state, &contradicting).join(", ")
        );
        findings.push(finding("error", "governance_contradicts", &message));
    }
    let contested = &seen.confirmation.contested;
    if !contested.is_empty() {
        let message = format!(
            "{} hold other branches of a feed that has too many of them, which does not show that they hide something: have a charter cut that feed, then the nodes agree again",
            names(&state, contested).join(", ")
        );
        findings.push(finding("warning", "governance_contested", &message));
    }
    let ahead = seen.partners(Standing::Ahead);
    if !ahead.is_empty() {
        let message = format!(
            "{} know governance that this node has not got: the peers are asked for it; if this stays, connect to another partner",
            names(&state, &ahead).join(", ")
        );
        findings.push(finding("warning", "governance_missing", &message));
    }
    if seen.confirmation.is_late {
        let message = format!(
            "for {} days, fewer than {} other partners have said that they know no governance but that of this node: connect to another partner",
            seen.confirmation.days, seen.confirmation.asked
        );
        findings.push(finding("warning", "governance_unconfirmed", &message));
    }
    Ok(findings)
}

fn seen(app: &App) -> Result<GovernanceSeen, Fault> {
    let days_max = app.config.sync.confirm_days;
    app.replica.governance_seen(clock::now(), days_max)
}

fn said_of_fork(state: &State, fork: &Fork) -> String {
    let mut said = format!(
        "feed {} shows two histories from position {} on: its key was copied, or a backup was restored by hand",
        fork.feed.short(),
        fork.sequence
    );
    for entry in fork.entries.iter().filter(|it| !it.confirmed_by.is_empty()) {
        let names = names(state, &entry.confirmed_by).join(", ");
        said.push_str(&format!("; {} is confirmed by {names}", entry.id.short()));
    }
    said
}
