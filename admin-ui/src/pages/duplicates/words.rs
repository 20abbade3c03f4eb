//! Reasons and verdicts in words.

use crdt_schema::likeness::Reason;
use crdt_schema::statement::Sameness;
use replica::{Candidate, State};

use crate::i18n::Language;

/// Says what was found.
pub(super) fn reason(language: Language, reason: Reason) -> String {
    language.text(match reason {
        Reason::SameRegister => "reason-same-register",
        Reason::SameOrigin => "reason-same-origin",
        Reason::SamePage => "reason-same-page",
        Reason::SameName => "reason-same-name",
        Reason::NearName => "reason-near-name",
        Reason::SameHolder => "reason-same-holder",
        Reason::NearHolder => "reason-near-holder",
        Reason::SameDay => "reason-same-day",
        Reason::NearDay => "reason-near-day",
        Reason::SameAddress => "reason-same-address",
        Reason::SamePoint => "reason-same-point",
        Reason::NearPoint => "reason-near-point",
        Reason::SameCommune => "reason-same-commune",
        Reason::SameSite => "reason-same-site",
        Reason::SameContact => "reason-same-contact",
        Reason::OtherName => "reason-other-name",
        Reason::OtherNumber => "reason-other-number",
        Reason::OtherHolder => "reason-other-holder",
        Reason::OtherDay => "reason-other-day",
        Reason::OtherAddress => "reason-other-address",
        Reason::FarPoint => "reason-far-point",
        Reason::OtherCommune => "reason-other-commune",
    })
}

/// Says what speaks for one thing, and what against it.
pub(in crate::pages) fn reasons(
    language: Language,
    found: &[Reason],
) -> (Vec<String>, Vec<String>) {
    let (speaks_for, against): (Vec<Reason>, Vec<Reason>) =
        found.iter().partition(|reason| reason.speaks_for());
    let worded = |all: Vec<Reason>| all.into_iter().map(|it| reason(language, it)).collect();
    (worded(speaks_for), worded(against))
}

/// Says a verdict.
pub(super) fn sameness(language: Language, verdict: Sameness) -> String {
    language.text(match verdict {
        Sameness::Distinct => "sameness-distinct",
        Sameness::Same => "sameness-same",
        Sameness::Unsure => "sameness-unsure",
    })
}

/// Says who holds what of a pair.
pub(super) fn verdicts(language: Language, state: &State, pair: &Candidate) -> Vec<String> {
    let said = pair.verdicts.iter().map(|(partner, verdict)| {
        let values = [
            ("partner", state.partner_name(partner).into()),
            ("verdict", sameness(language, *verdict).into()),
        ];
        language.text_with("duplicates-said", &values)
    });
    said.collect()
}
