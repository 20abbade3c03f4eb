//! Which partners know the same governance as this node, and which know which history of a fork.

use std::collections::BTreeSet;

use crdt_schema::checkpoint::Standing;
use crdt_schema::id::PartnerId;
use crdt_schema::limits::BRANCHES_MAX;
use replica::{Fork, GovernanceSeen, State as Held};

use crate::i18n::Language;

/// Says who confirms the governance of this node. Nothing where there is nobody to ask.
pub(super) fn line(language: Language, state: &Held, seen: &GovernanceSeen) -> Option<String> {
    let confirmation = &seen.confirmation;
    if confirmation.asked == 0 {
        return None;
    }
    if confirmation.by.is_empty() {
        return Some(language.text("governance-confirmed-nobody"));
    }
    let values = [
        ("count", confirmation.by.len().into()),
        ("days", confirmation.by_days.into()),
        ("partners", names(state, confirmation.by.keys()).into()),
    ];
    Some(language.text_with("governance-confirmed", &values))
}

/// Says what is wrong: too few partners confirm, or some know more or something else.
pub(super) fn alarms(language: Language, state: &Held, seen: &GovernanceSeen) -> Vec<String> {
    let mut alarms = Vec::new();
    let naming = |partners: &BTreeSet<PartnerId>| [("partners", names(state, partners).into())];
    let contradicting = seen.partners(Standing::Contradictory);
    if !contradicting.is_empty() {
        alarms.push(language.text_with("alarm-contradicts", &naming(&contradicting)));
    }
    let contested = &seen.confirmation.contested;
    if !contested.is_empty() {
        alarms.push(language.text_with("alarm-contested", &naming(contested)));
    }
    let ahead = seen.partners(Standing::Ahead);
    if !ahead.is_empty() {
        alarms.push(language.text_with("alarm-missing", &naming(&ahead)));
    }
    if seen.confirmation.is_late {
        let values = [
            ("days", seen.confirmation.days.into()),
            ("asked", seen.confirmation.asked.into()),
        ];
        alarms.push(language.text_with("alarm-unconfirmed", &values));
    }
    alarms
}

/// Says of each forked feed, once, what it means and who knows which history. One that is settled asks for nothing.
pub(super) fn forks(language: Language, state: &Held, forks: &[Fork]) -> Vec<String> {
    let tip = state.governance().adoption().tip();
    let mut said = Vec::new();
    for fork in forks.iter().filter(|it| !it.is_settled) {
        let name = fork
            .partner
            .map_or_else(|| fork.feed.short(), |partner| state.partner_name(&partner));
        let values = [
            ("partner", name.into()),
            ("feed", fork.feed.short().into()),
            ("sequence", language.number(fork.sequence).into()),
        ];
        let decides = fork
            .partner
            .is_some_and(|it| tip.coordinators.contains_key(&it));
        let mut sentences = vec![match decides {
            true => language.text_with("alarm-fork-coordinator", &values),
            false => language.text_with("alarm-fork", &values),
        }];
        for entry in fork.entries.iter().filter(|it| !it.confirmed_by.is_empty()) {
            let values = [
                ("entry", entry.id.short().into()),
                ("partners", names(state, &entry.confirmed_by).into()),
            ];
            sentences.push(language.text_with("fork-history", &values));
        }
        if fork.is_flooded() {
            let values = [("count", BRANCHES_MAX.into())];
            sentences.push(language.text_with("fork-flooded", &values));
        }
        said.push(sentences.join(" "));
    }
    said
}

fn names<'p>(state: &Held, partners: impl IntoIterator<Item = &'p PartnerId>) -> String {
    let partners = partners.into_iter();
    let names: Vec<String> = partners.map(|it| state.partner_name(it)).collect();
    names.join(", ")
}
