//! Labels in words: states, dates, voters, differences.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::id::RecordId;
use crdt_schema::label::{Day, Standing, State as LabelState};
use replica::{Fault, Labelled, Reader, Replica, State as Held};
use serde::Serialize;

use super::address;
use crate::i18n::Language;
use crate::labelled;
use crate::wording;

/// A state with its colour. The word alone says it.
#[derive(Clone, Serialize)]
pub(in crate::pages) struct Badge {
    pub(in crate::pages) class: &'static str,
    pub(in crate::pages) text: String,
}

/// A label as pages show it.
pub(in crate::pages) struct Row {
    pub(in crate::pages) address: String,
    pub(in crate::pages) title: String,
    /// Set for a coordinator's own scheme, which is never shown as the federation's.
    pub(in crate::pages) own: Option<String>,
    pub(in crate::pages) badge: Badge,
    pub(in crate::pages) period: String,
    pub(in crate::pages) voters: String,
    pub(in crate::pages) differing: Vec<String>,
    pub(in crate::pages) reasons: Vec<String>,
    pub(in crate::pages) is_decided: bool,
    pub(in crate::pages) is_open: bool,
    /// How the label can be decided anew, where that is due.
    pub(in crate::pages) renewal: Option<Renewal>,
}

/// A label that follows an earlier one of the same scheme.
pub(in crate::pages) struct Renewal {
    pub(in crate::pages) scheme: String,
    /// Its first day; empty for that of a decision under way, or else today.
    pub(in crate::pages) from: String,
}

fn badge(language: Language, label: &Labelled) -> Badge {
    let class = match label.standing {
        Standing::BeingDecided | Standing::ToCome => "badge-notice",
        Standing::InForce => "badge-success",
        Standing::ChangedSince | Standing::Expired | Standing::Expiring => "badge-warning",
        Standing::Withdrawn => "badge-danger",
    };
    let text = labelled::standing(language, label);
    Badge { class, text }
}

/// The labels of a record where it is named among others: what each is called, and how it stands.
#[derive(Template, Clone, Default)]
#[template(path = "parts/labels.html")]
pub(in crate::pages) struct Badges(Vec<Badge>);

impl HtmlSafe for Badges {}

impl Badges {
    /// Says the labels of each of these records. The state must not be held: what is read holds it too.
    pub(in crate::pages) fn of(
        language: Language,
        (replica, reader): (&Replica, &Reader),
        records: impl IntoIterator<Item = RecordId>,
        today: Option<Day>,
    ) -> Result<BadgesOf, Fault> {
        let Some(today) = today else {
            return Ok(BadgesOf::default());
        };
        let found = reader.labels_among(&records.into_iter().collect(), today)?;
        let state = replica.state();
        let said = found.into_iter().map(|(record, labels)| {
            let labels = labels.iter().map(|each| named(language, &state, each));
            (record, Self(labels.collect()))
        });
        Ok(BadgesOf(said.collect()))
    }

    /// Returns the words alone, for what is not written in HTML.
    pub(in crate::pages) fn into_said(self) -> Vec<Badge> {
        self.0
    }
}

/// The labels of several records.
#[derive(Default)]
pub(in crate::pages) struct BadgesOf(BTreeMap<RecordId, Badges>);

impl BadgesOf {
    /// Returns those of one record.
    pub(in crate::pages) fn of(&self, record: &RecordId) -> Badges {
        self.0.get(record).cloned().unwrap_or_default()
    }
}

/// A badge that says which label stands so: in a list, nothing else does.
fn named(language: Language, state: &Held, label: &Labelled) -> Badge {
    let Badge { class, .. } = badge(language, label);
    let text = labelled::said(language, state, label);
    Badge { class, text }
}

/// Says labels of one record. `kind` names the fields that differ.
pub(in crate::pages) fn rows(
    language: Language,
    state: &Held,
    kind: &str,
    labels: &[Labelled],
) -> Vec<Row> {
    labels
        .iter()
        .map(|each| row(language, state, kind, each))
        .collect()
}

fn row(language: Language, state: &Held, kind: &str, labelled: &Labelled) -> Row {
    let decision = &labelled.decision;
    let names: Vec<String> = decision
        .votes
        .keys()
        .map(|partner| state.partner_name(partner))
        .collect();
    let field = |name: &String| {
        let known = state.governance().words().any_field(kind, name);
        wording::field_label(language, known, name)
    };
    let reason = |each: &crdt_schema::label::Withdrawal| {
        let values = [
            ("partner", state.partner_name(&each.partner).into()),
            ("reason", each.reason.clone().into()),
        ];
        language.text_with("label-withdrawn-by", &values)
    };
    Row {
        address: address(&labelled.label),
        title: decision.scheme.title.clone(),
        own: labelled::own(language, state, decision),
        badge: badge(language, labelled),
        period: labelled::period(language, decision),
        voters: names.join(", "),
        differing: labelled.differing.iter().map(field).collect(),
        reasons: decision.withdrawals.iter().map(reason).collect(),
        is_decided: decision.has_quorum(),
        is_open: decision.withdrawals.is_empty(),
        renewal: renewal(labelled),
    }
}

/// A label that is about to end goes on without a gap; one that has ended, or that no longer says what the record says, begins anew.
fn renewal(labelled: &Labelled) -> Option<Renewal> {
    let from = match labelled.state {
        LabelState::Expiring => labelled.decision.last_day.tomorrow().to_string(),
        LabelState::ChangedSince | LabelState::Expired => String::new(),
        LabelState::BeingDecided { .. } | LabelState::InForce | LabelState::Withdrawn => {
            return None;
        }
    };
    Some(Renewal {
        scheme: labelled.label.scheme.to_string(),
        from,
    })
}
