//! Labels in words: states, dates, voters, differences.

use crdt_schema::label::{Origin, State as LabelState};
use replica::{Labelled, State as Held};

use super::address;
use crate::i18n::Language;
use crate::wording;

/// A state with its colour. The word alone says it.
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

/// Says a state.
fn badge(language: Language, state: LabelState) -> Badge {
    let (class, text) = match state {
        LabelState::Withdrawn => ("badge-danger", language.text("label-withdrawn")),
        LabelState::BeingDecided { votes, k } => {
            let values = [("k", (votes as u64).into()), ("of", u64::from(k).into())];
            (
                "badge-notice",
                language.text_with("label-being-decided", &values),
            )
        }
        LabelState::Expired => ("badge-warning", language.text("label-expired")),
        LabelState::ChangedSince => ("badge-warning", language.text("label-changed-since")),
        LabelState::Expiring => ("badge-warning", language.text("label-expiring")),
        LabelState::InForce => ("badge-success", language.text("label-in-force")),
    };
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
    let period = [
        (
            "from",
            language.date(&decision.first_day.to_string()).into(),
        ),
        ("to", language.date(&decision.last_day.to_string()).into()),
    ];
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
        own: match decision.origin {
            Origin::Federation => None,
            Origin::Own(partner) => {
                let values = [("partner", state.partner_name(&partner).into())];
                Some(language.text_with("label-own", &values))
            }
        },
        badge: badge(language, labelled.state),
        period: language.text_with("label-period", &period),
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
