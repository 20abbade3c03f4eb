//! What is said of the proof of a label, for the page and the command alike: whether it is good, what it shows, or why it is refused.

use crdt_schema::governance::SchemeId;
use crdt_schema::label::{Day, State};
use crdt_schema::proof::{Listed, PROOF_BYTES_MAX, Refusal, StatusError, Verdict};

use crate::i18n::Language;

/// How a proof was judged.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// What came out.
    pub result: &'a Result<Verdict, Refusal>,
    /// The day.
    pub on: Day,
    /// Whether the federation was named beforehand: otherwise its id has to be compared.
    pub is_expected: bool,
    /// What the coordinator's status list says, where there was one to look at.
    pub list: Option<&'a Result<Listed, StatusError>>,
}

/// What a judgement comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The proof is good, and the label is in force.
    Accepted,
    /// The proof is good, and the label is not in force.
    Ended,
    /// There is no proof.
    Refused,
}

/// A judgement in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it comes to.
    pub outcome: Outcome,
    /// One sentence.
    pub headline: String,
    /// What the proof shows, each with its name. Nothing where it is refused.
    pub facts: Vec<(String, String)>,
    /// What has to be known beside.
    pub notes: Vec<String>,
}

impl Judged<'_> {
    /// Returns what it comes to.
    pub fn outcome(&self) -> Outcome {
        match self.result {
            Err(_) => Outcome::Refused,
            Ok(_) if self.revoked().is_some() => Outcome::Ended,
            Ok(verdict) if verdict.has_begun && verdict.state.is_in_force() => Outcome::Accepted,
            Ok(_) => Outcome::Ended,
        }
    }

    /// Says it.
    pub fn told(&self, language: Language) -> Told {
        let (headline, facts, notes) = match self.result {
            Err(error) => {
                let values = [("reason", refusal(language, error).into())];
                let headline = language.text_with("verify-refused", &values);
                (headline, Vec::new(), Vec::new())
            }
            Ok(verdict) => (
                self.headline(language, verdict),
                facts(language, verdict, self.on),
                self.notes(language, verdict),
            ),
        };
        Told {
            outcome: self.outcome(),
            headline,
            facts,
            notes,
        }
    }

    fn revoked(&self) -> Option<&Listed> {
        let listed = self.list?.as_ref().ok()?;
        listed.is_revoked.then_some(listed)
    }

    fn headline(&self, language: Language, verdict: &Verdict) -> String {
        match (verdict.state, self.revoked()) {
            // What the file itself says of a withdrawal has a reason, and so goes before the list.
            (State::Withdrawn, _) => {
                let reason = |(partner, reason): &(String, String)| {
                    let values = [
                        ("partner", plain(partner).into()),
                        ("reason", plain(reason).into()),
                    ];
                    language.text_with("verify-withdrawn-by", &values)
                };
                let reasons: Vec<_> = verdict.withdrawals.iter().map(reason).collect();
                let values = [("reasons", reasons.join(" ; ").into())];
                language.text_with("verify-withdrawn", &values)
            }
            (_, Some(listed)) => {
                let values = [
                    ("issuer", issuer(language, verdict).into()),
                    ("day", date(language, listed.from).into()),
                ];
                language.text_with("verify-revoked", &values)
            }
            (State::ChangedSince, None) => {
                let fields = verdict.changed.iter().flatten();
                let fields: Vec<_> = fields.map(|field| plain(field)).collect();
                let values = [("fields", fields.join(", ").into())];
                language.text_with("verify-changed", &values)
            }
            (state, None) if !verdict.has_begun && state.is_in_force() => {
                language.text("verify-not-begun")
            }
            (State::InForce, None) => language.text("verify-in-force"),
            (State::Expiring, None) => language.text("verify-expiring"),
            (State::Expired, None) => language.text("verify-expired"),
            (State::BeingDecided { .. }, None) => language.text("verify-being-decided"),
        }
    }

    fn notes(&self, language: Language, verdict: &Verdict) -> Vec<String> {
        let mut notes = Vec::new();
        let issuer = issuer(language, verdict);
        match (self.list, verdict.status_place()) {
            (Some(Err(error)), _) => {
                let values = [("reason", unused(language, *error).into())];
                notes.push(language.text_with("verify-list-unused", &values));
            }
            (Some(Ok(listed)), _) if !listed.is_revoked => {
                let values = [
                    ("issuer", issuer.into()),
                    ("day", date(language, listed.from).into()),
                    ("until", date(language, listed.until).into()),
                ];
                notes.push(language.text_with("verify-list-clear", &values));
            }
            (None, Some(place)) => {
                let values = [
                    ("issuer", issuer.into()),
                    ("list", plain(&place.list).into()),
                ];
                notes.push(language.text_with("verify-list-where", &values));
            }
            _ => {}
        }
        notes.push(language.text("verify-later"));
        if !self.is_expected {
            notes.push(language.text("verify-compare"));
        }
        notes
    }
}

/// Says why a proof is refused.
pub fn refusal(language: Language, refusal: &Refusal) -> String {
    let key = match refusal {
        Refusal::Chain | Refusal::Entry(_) => "verify-refusal-entry",
        Refusal::CharterChain => "verify-refusal-charters",
        Refusal::Credential => "verify-refusal-credential",
        Refusal::CutNotShown => "verify-refusal-cut",
        Refusal::RootNotShown => "verify-refusal-root",
        Refusal::Foreign { found } => {
            let values = [("found", found.to_string().into())];
            return language.text_with("verify-refusal-foreign", &values);
        }
        Refusal::Maker => "verify-refusal-maker",
        Refusal::NotAProof => "verify-refusal-no-proof",
        Refusal::NotEnoughPartners { votes, k } => {
            let values = [
                ("votes", (*votes as u64).into()),
                ("k", u64::from(*k).into()),
            ];
            return language.text_with("verify-refusal-partners", &values);
        }
        Refusal::Projection => "verify-refusal-projection",
        Refusal::Tampered => "verify-refusal-tampered",
        Refusal::TooLarge(_) => {
            let values = [("most", (PROOF_BYTES_MAX as u64).into())];
            return language.text_with("verify-refusal-large", &values);
        }
        Refusal::Truncated => "verify-refusal-truncated",
        Refusal::Unreadable(_) => "verify-refusal-unreadable",
        Refusal::Version => "verify-refusal-version",
    };
    language.text(key)
}

/// Says why a status list is not used.
pub fn unused(language: Language, error: StatusError) -> String {
    let key = match error {
        StatusError::Encoding | StatusError::TooShort => "verify-status-encoding",
        StatusError::Index(_) => "verify-status-index",
        StatusError::Issuer => "verify-status-issuer",
        StatusError::NoPlace => "verify-status-no-place",
        StatusError::NotTheList => "verify-status-other",
        StatusError::Outdated { from, until } => {
            let values = [
                ("from", date(language, from).into()),
                ("until", date(language, until).into()),
            ];
            return language.text_with("verify-status-outdated", &values);
        }
        StatusError::Purpose => "verify-status-purpose",
        StatusError::Signature => "verify-status-signature",
    };
    language.text(key)
}

fn facts(language: Language, verdict: &Verdict, on: Day) -> Vec<(String, String)> {
    let signers = verdict.signers.iter().map(|each| plain(&each.name));
    let signers = [
        ("names", signers.collect::<Vec<_>>().join(", ").into()),
        ("k", u64::from(verdict.scheme.k).into()),
    ];
    let charter = [
        ("name", plain(&verdict.federation_name).into()),
        ("version", verdict.charter_version.into()),
        ("id", verdict.charter.short().into()),
    ];
    let period = [
        ("from", date(language, verdict.first_day).into()),
        ("to", date(language, verdict.last_day).into()),
    ];
    vec![
        (language.text("verify-label"), scheme(language, verdict)),
        (language.text("verify-record"), record(verdict)),
        (
            language.text("verify-validity"),
            language.text_with("label-period", &period),
        ),
        (
            language.text("verify-signed"),
            language.text_with("verify-signers", &signers),
        ),
        (
            language.text("verify-charter"),
            language.text_with("verify-charter-named", &charter),
        ),
        (
            language.text("verify-federation"),
            verdict.federation.to_string(),
        ),
        (language.text("verify-judged"), date(language, on)),
        (language.text("verify-according"), maker(language, verdict)),
    ]
}

fn scheme(language: Language, verdict: &Verdict) -> String {
    let title = plain(&verdict.scheme.title);
    match &verdict.label.scheme {
        SchemeId::Charter(name) => {
            let values = [
                ("title", title.into()),
                ("id", plain(&name.id).into()),
                ("version", u64::from(name.version).into()),
            ];
            language.text_with("verify-scheme", &values)
        }
        SchemeId::Declared(_) => {
            let partner = verdict.origin_name.as_deref().map(plain);
            let partner = partner.unwrap_or_else(|| language.text("verify-some-coordinator"));
            let values = [("title", title.into()), ("partner", partner.into())];
            language.text_with("verify-scheme-own", &values)
        }
    }
}

fn record(verdict: &Verdict) -> String {
    let names: Vec<String> = verdict
        .record_names
        .iter()
        .map(|name| plain(name))
        .collect();
    if names.is_empty() {
        return verdict.label.record.to_string();
    }
    format!("{} ({})", names.join(" / "), verdict.label.record.short())
}

fn maker(language: Language, verdict: &Verdict) -> String {
    let day = language.day(verdict.made);
    match &verdict.maker_name {
        Some(name) => {
            let values = [("name", plain(name).into()), ("day", day.into())];
            language.text_with("verify-maker", &values)
        }
        None => {
            let values = [("id", verdict.maker.short().into()), ("day", day.into())];
            language.text_with("verify-maker-unknown", &values)
        }
    }
}

fn issuer(language: Language, verdict: &Verdict) -> String {
    let name = verdict.issuer_name();
    name.map_or_else(
        || language.text("verify-some-coordinator"),
        |name| plain(&name),
    )
}

fn date(language: Language, day: Day) -> String {
    language.date(&day.to_string())
}

/// Takes out what could move the cursor or turn the line around: the words of a file are another's.
fn plain(text: &str) -> String {
    let is_safe = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
    };
    text.chars().filter(is_safe).collect()
}

#[cfg(test)]
mod tests;
