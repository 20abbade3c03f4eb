//! How labels stand, in the same words on every page and in every file for people.

use crdt_schema::label::{Decision, Origin, Standing};
use replica::{Labelled, State};

use crate::i18n::Language;

/// Says which label it is and how it stands, for where nothing else does.
pub(crate) fn said(language: Language, state: &State, labelled: &Labelled) -> String {
    let decision = &labelled.decision;
    let title = match own(language, state, decision) {
        None => decision.scheme.title.clone(),
        Some(own) => format!("{} ({own})", decision.scheme.title),
    };
    let stands = standing(language, labelled);
    let values = [("title", title.into()), ("state", stands.into())];
    language.text_with("label-badge", &values)
}

/// Says from when to when a label is given.
pub(crate) fn period(language: Language, decision: &Decision) -> String {
    let days = [
        (
            "from",
            language.date(&decision.first_day.to_string()).into(),
        ),
        ("to", language.date(&decision.last_day.to_string()).into()),
    ];
    language.text_with("label-period", &days)
}

/// Says how a label stands.
pub(crate) fn standing(language: Language, labelled: &Labelled) -> String {
    let decision = &labelled.decision;
    match labelled.standing {
        Standing::BeingDecided => {
            let (votes, k) = (decision.votes.len() as u64, u64::from(decision.scheme.k));
            let values = [("k", votes.into()), ("of", k.into())];
            language.text_with("label-being-decided", &values)
        }
        Standing::ToCome => {
            let from = language.date(&decision.first_day.to_string());
            language.text_with("label-to-come", &[("from", from.into())])
        }
        other => any_standing(language, other),
    }
}

/// Says how labels stand, of none in particular.
pub(crate) fn any_standing(language: Language, standing: Standing) -> String {
    language.text(match standing {
        Standing::BeingDecided => "label-being-decided-any",
        Standing::ToCome => "label-to-come-any",
        Standing::InForce => "label-in-force",
        Standing::Expiring => "label-expiring",
        Standing::ChangedSince => "label-changed-since",
        Standing::Expired => "label-expired",
        Standing::Withdrawn => "label-withdrawn",
    })
}

/// Says whose own a label is, where it is not the federation's.
pub(crate) fn own(language: Language, state: &State, decision: &Decision) -> Option<String> {
    match decision.origin {
        Origin::Federation => None,
        Origin::Own(partner) => {
            let values = [("partner", state.partner_name(&partner).into())];
            Some(language.text_with("label-own", &values))
        }
    }
}
