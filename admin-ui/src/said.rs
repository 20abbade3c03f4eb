//! Decisions and charters in words, decoded from what is signed: for the pages and for the commands alike.

mod words;

use std::collections::BTreeMap;

use crdt_schema::cbor::Tree;
use crdt_schema::entry::Keeping;
use crdt_schema::governance::{
    Act, Amendment, Ballot, Label, Mandate, Position, Quotas, Recovery, Scheme, SchemeId, Scope,
    Seat, Selection, Vote,
};
use crdt_schema::id::{FeedId, PartnerId};
use crdt_schema::vocabulary::Declaration;
use data_encoding::HEXLOWER;
use replica::{Aftermath, State};

use crate::i18n::Language;
use crate::wording;

/// A decision or an amendment in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What it does.
    pub title: String,
    /// What that means for people, in one sentence.
    pub meaning: String,
    /// What it names: label and value.
    pub facts: Vec<(String, String)>,
}

/// Says what an act does. Names are those of the state.
pub fn act(language: Language, state: &State, act: &Act) -> Said {
    let say = Saying { language, state };
    let (title, meaning) = act_keys(act.name().unwrap_or_default());
    Said {
        title: language.text(title),
        meaning: language.text(meaning),
        facts: say.act_facts(act),
    }
}

/// Says what acts would leave of the partners that they are about, where that is more than the acts say.
pub fn aftermath(language: Language, state: &State, acts: &[Act]) -> Vec<String> {
    let forked = acts.iter().filter_map(|act| match act {
        Act::Cut { feed, position } if state.drops_histories(feed, position) => {
            Some((feed, position))
        }
        _ => None,
    });
    let forked = forked.map(|(feed, position)| {
        let values = [
            ("feed", feed.short().into()),
            ("entry", position.entry.short().into()),
        ];
        language.text_with("aftermath-forked", &values)
    });
    let after = state.aftermath(acts);
    let say = |(partner, after): (PartnerId, Aftermath)| {
        let key = match after {
            Aftermath::KeepsMandate => "aftermath-keeps-mandate",
            Aftermath::Leaves => "aftermath-leaves",
            Aftermath::LeavesAndDecides => "aftermath-leaves-and-decides",
            Aftermath::NamedByCharter => "aftermath-named-by-charter",
        };
        language.text_with(key, &[("partner", state.partner_name(&partner).into())])
    };
    forked.chain(after.into_iter().map(say)).collect()
}

/// Says what an amendment changes in the charter.
pub fn amendment(language: Language, state: &State, amendment: &Amendment) -> Said {
    let say = Saying { language, state };
    let (title, meaning) = amendment_keys(amendment);
    Said {
        title: language.text(title),
        meaning: language.text(meaning),
        facts: say.amendment_facts(amendment),
    }
}

/// Says what a rotation of our own root keeps.
pub fn rotation(language: Language, state: &State, kept: &BTreeMap<FeedId, Keeping>) -> Said {
    let say = Saying { language, state };
    let facts = kept.iter().map(|(feed, keeping)| {
        let what = match keeping {
            Keeping::Open => language.text("rotation-open"),
            Keeping::Until(place) => say.place(place).1,
        };
        say.fact("fact-kept", format!("{} : {what}", feed.short()))
    });
    Said {
        title: language.text("rotation-title"),
        meaning: language.text("rotation-meaning"),
        facts: facts.collect(),
    }
}

/// Says whose vote it is, for what.
pub fn vote(language: Language, state: &State, vote: &Vote) -> Said {
    let say = Saying { language, state };
    let ballot = state.ballot(&vote.charter);
    let parent = ballot.as_ref().map(Ballot::parent);
    let seats = ballot
        .iter()
        .flat_map(|it| it.parent().seats.iter().chain(&it.next().seats));
    let mut seats = seats.filter(|seat| seat.key == vote.signer);
    let is_recovery = parent.is_some_and(|it| it.recovery.keys.contains(&vote.signer));
    let key = if is_recovery {
        "fact-recovery-key"
    } else {
        "fact-seat-key"
    };
    let mut facts = Vec::new();
    facts.extend(seats.next().map(|seat| say.fact("fact-seat", &seat.id)));
    facts.push(say.fact(key, HEXLOWER.encode(&vote.signer)));
    facts.push(say.fact("fact-charter", vote.charter.to_string()));
    if let Some(recovery) = parent.map(|it| &it.recovery).filter(|_| is_recovery) {
        let needed = say.k_of(u64::from(recovery.k), recovery.keys.len() as u64);
        facts.push(say.fact("fact-needed", needed));
    }
    let (title, meaning) = match is_recovery {
        true => ("vote-recovery-title", "vote-recovery-meaning"),
        false => ("vote-seat-title", "vote-seat-meaning"),
    };
    Said {
        title: language.text(title),
        meaning: language.text(meaning),
        facts,
    }
}

/// Says what may be written: kinds and territories of each scope.
pub fn mandate(language: Language, mandate: &Mandate) -> String {
    if mandate.scopes().is_empty() {
        return language.text("mandate-nothing");
    }
    let scopes = mandate
        .scopes()
        .iter()
        .map(|scope| scope_in_words(language, scope));
    scopes.collect::<Vec<_>>().join(" ; ")
}

struct Saying<'s> {
    language: Language,
    state: &'s State,
}

type Facts = Vec<(String, String)>;

impl Saying<'_> {
    fn fact(&self, key: &str, value: impl Into<String>) -> (String, String) {
        (self.language.text(key), value.into())
    }

    fn act_facts(&self, act: &Act) -> Facts {
        match act {
            Act::Cut { feed, position } | Act::Suspend { feed, position } => {
                let mut facts = self.feed(feed);
                facts.push(self.place(position));
                facts
            }
            Act::Descope { grant, positions } => {
                let mut facts = vec![self.fact("fact-grant", grant.to_string())];
                if let Some(said) = self.granted(grant) {
                    facts.extend(said);
                }
                facts.extend(self.kept(positions));
                facts
            }
            Act::Enrol {
                partner,
                root,
                name,
                mandate,
            } => vec![
                self.fact("fact-name", name),
                self.fact("fact-partner-id", partner.to_string()),
                self.fact("fact-root", HEXLOWER.encode(root)),
                self.mandate(mandate),
            ],
            Act::Erase(erasure) => {
                let mut facts = Vec::new();
                facts.extend(
                    erasure
                        .record
                        .map(|id| self.fact("fact-record", id.to_string())),
                );
                facts.extend(
                    erasure
                        .subject
                        .map(|id| self.fact("fact-subject", id.to_string())),
                );
                let items = erasure.items.iter();
                facts.extend(items.map(|item| self.fact("fact-item", item.to_string())));
                facts.push(self.fact("fact-ground", &erasure.ground));
                facts
            }
            Act::LabelIssue { label, .. } => self.label(label),
            Act::LabelWithdraw { label, reason } => {
                let mut facts = self.label(label);
                facts.push(self.fact("fact-reason", reason));
                facts
            }
            Act::Mandate { partner, mandate } => {
                vec![self.partner(partner), self.mandate(mandate)]
            }
            Act::Moderate(body) => vec![self.fact("fact-content", tree(body))],
            Act::Root { partner, root } => vec![
                self.partner(partner),
                self.fact("fact-root", HEXLOWER.encode(root)),
            ],
            Act::Unknown => Vec::new(),
            Act::Vocabulary { scheme, body } => {
                let mut facts = Vec::new();
                if let Some(scheme) = scheme {
                    facts.extend(self.scheme(scheme));
                }
                match Declaration::read(body) {
                    Some(declaration) => facts.extend(self.declaration(&declaration)),
                    None => facts.push(self.fact("fact-content", tree(body))),
                }
                facts
            }
        }
    }

    fn amendment_facts(&self, amendment: &Amendment) -> Facts {
        match amendment {
            Amendment::Name(name) => vec![self.fact("fact-name", name)],
            Amendment::Seats(seats, k) => self.seats(seats, *k),
            Amendment::Recovery(recovery) => self.recovery(recovery),
            Amendment::Coordinator(partner, its) => vec![
                self.fact("fact-name", &its.name),
                self.fact("fact-partner-id", partner.to_string()),
                self.fact(
                    "fact-rights",
                    self.selection(&its.rights, |right| self.right(right)),
                ),
                self.mandate(&its.mandate),
            ],
            Amendment::Confirm(partner, its) => vec![
                self.fact("fact-name", &its.name),
                self.fact("fact-partner-id", partner.to_string()),
                self.mandate(&its.mandate),
            ],
            Amendment::DropCoordinator(partner) | Amendment::Release(partner) => {
                vec![self.partner(partner)]
            }
            Amendment::Cut(feed, position) => {
                let mut facts = self.feed(feed);
                facts.push(self.place(position));
                facts
            }
            Amendment::Scheme(name, scheme) => {
                let mut facts =
                    vec![self.fact("fact-scheme", format!("{} ({})", name.id, name.version))];
                facts.extend(self.scheme(scheme));
                facts
            }
            Amendment::DropScheme(name) => {
                vec![self.fact("fact-scheme", format!("{} ({})", name.id, name.version))]
            }
            Amendment::Quotas(quotas) => self.quotas(quotas),
            Amendment::MinProtocol(version) => {
                vec![self.fact("fact-protocol", version.to_string())]
            }
        }
    }

    fn partner(&self, partner: &PartnerId) -> (String, String) {
        let name = self.state.partner_name(partner);
        self.fact("fact-partner", format!("{name} ({})", partner.short()))
    }

    fn feed(&self, feed: &FeedId) -> Facts {
        let owner = self.state.certificates().get(feed);
        let mut facts: Facts = owner
            .map(|its| self.partner(&its.partner))
            .into_iter()
            .collect();
        facts.push(self.fact("fact-feed", feed.to_string()));
        facts
    }

    fn place(&self, place: &Position) -> (String, String) {
        let values = [
            ("sequence", self.language.number(place.sequence).into()),
            ("entry", place.entry.short().into()),
        ];
        self.fact(
            "fact-place",
            self.language.text_with("place-in-feed", &values),
        )
    }

    fn kept<'p>(
        &'p self,
        positions: &'p BTreeMap<FeedId, Position>,
    ) -> impl Iterator<Item = (String, String)> + 'p {
        positions.iter().map(|(feed, place)| {
            let (_, place) = self.place(place);
            self.fact("fact-kept", format!("{} : {place}", feed.short()))
        })
    }

    fn granted(&self, grant: &crdt_schema::id::ItemId) -> Option<Facts> {
        match &self.state.acts().get(grant)?.act {
            Act::Enrol {
                partner, mandate, ..
            }
            | Act::Mandate { partner, mandate } => {
                Some(vec![self.partner(partner), self.mandate(mandate)])
            }
            _ => None,
        }
    }

    fn mandate(&self, given: &Mandate) -> (String, String) {
        self.fact("fact-mandate", mandate(self.language, given))
    }

    fn right(&self, right: &str) -> String {
        match act_keys(right) {
            (UNKNOWN_ACT, _) => right.to_owned(),
            (title, _) => self.language.text(title),
        }
    }

    fn selection(&self, selection: &Selection, said: impl Fn(&str) -> String) -> String {
        match selection {
            Selection::All => self.language.text("selection-all"),
            Selection::Only(names) => {
                let names = names.iter().map(|name| said(name));
                names.collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn label(&self, label: &Label) -> Facts {
        let scheme = match &label.scheme {
            SchemeId::Charter(name) => format!("{} ({})", name.id, name.version),
            SchemeId::Declared(act) => act.to_string(),
        };
        vec![
            self.fact("fact-scheme", scheme),
            self.fact("fact-record", label.record.to_string()),
            self.fact("fact-projection", HEXLOWER.encode(&label.projection)),
            self.fact("fact-first-day", self.language.date(&label.from)),
        ]
    }

    fn scheme(&self, scheme: &Scheme) -> Facts {
        let committee = scheme.committee.iter();
        let committee = committee.map(|partner| self.state.partner_name(partner));
        let mut facts = vec![
            self.fact("fact-title", &scheme.title),
            self.fact(
                "fact-needed",
                self.k_of(u64::from(scheme.k), scheme.committee.len() as u64),
            ),
            self.fact("fact-committee", committee.collect::<Vec<_>>().join(", ")),
            self.fact("fact-fields", scheme.fields.join(", ")),
            self.fact(
                "fact-months",
                self.language.number(u64::from(scheme.months)),
            ),
        ];
        if !scheme.complements.is_empty() {
            facts.push(self.fact("fact-complements", scheme.complements.join(", ")));
        }
        facts.extend(scheme.criteria.iter().map(|criterion| {
            let key = if criterion.mandatory {
                "criterion-mandatory"
            } else {
                "criterion-weighted"
            };
            let values = [
                ("title", criterion.title.clone().into()),
                ("weight", u64::from(criterion.weight).into()),
            ];
            self.fact("fact-criterion", self.language.text_with(key, &values))
        }));
        facts
    }

    fn seats(&self, seats: &[Seat], k: u32) -> Facts {
        let mut facts = vec![self.fact("fact-needed", self.k_of(u64::from(k), seats.len() as u64))];
        facts.extend(
            seats
                .iter()
                .map(|seat| (seat.id.clone(), HEXLOWER.encode(&seat.key))),
        );
        facts
    }

    fn recovery(&self, recovery: &Recovery) -> Facts {
        let needed = self.k_of(u64::from(recovery.k), recovery.keys.len() as u64);
        let mut facts = vec![self.fact("fact-needed", needed)];
        let keys = recovery.keys.iter();
        facts.extend(keys.map(|key| self.fact("fact-recovery-key", HEXLOWER.encode(key))));
        facts
    }

    fn quotas(&self, quotas: &Quotas) -> Facts {
        let said = |quota: Option<u64>| {
            quota.map_or_else(
                || self.language.text("quota-none"),
                |quota| self.language.number(quota),
            )
        };
        vec![
            self.fact("fact-quota-entries", said(quotas.entries_per_day)),
            self.fact("fact-quota-bytes", said(quotas.bytes_per_day)),
        ]
    }

    fn k_of(&self, k: u64, of: u64) -> String {
        let values = [("k", k.into()), ("of", of.into())];
        self.language.text_with("k-of-n", &values)
    }
}

fn scope_in_words(language: Language, scope: &Scope) -> String {
    let list = |names: &Selection, said: &dyn Fn(&str) -> String| match names {
        Selection::All => None,
        Selection::Only(names) => Some(
            names
                .iter()
                .map(|name| said(name))
                .collect::<Vec<_>>()
                .join(", "),
        ),
    };
    let kinds = list(&scope.kinds, &|kind| wording::kind_label(language, kind));
    let territories = list(&scope.territories, &str::to_owned);
    match (kinds, territories) {
        (None, None) => language.text("mandate-everything"),
        (Some(kinds), None) => language.text_with("mandate-kinds", &[("kinds", kinds.into())]),
        (None, Some(territories)) => language.text_with(
            "mandate-territories",
            &[("territories", territories.into())],
        ),
        (Some(kinds), Some(territories)) => {
            let values = [("kinds", kinds.into()), ("territories", territories.into())];
            language.text_with("mandate-both", &values)
        }
    }
}

/// The right to sign an act bears the name of the act.
fn act_keys(name: &str) -> (&'static str, &'static str) {
    match name {
        "cut" => ("act-cut", "act-cut-meaning"),
        "descope" => ("act-descope", "act-descope-meaning"),
        "enrol" => ("act-enrol", "act-enrol-meaning"),
        "erase" => ("act-erase", "act-erase-meaning"),
        "label_issue" => ("act-label-issue", "act-label-issue-meaning"),
        "label_withdraw" => ("act-label-withdraw", "act-label-withdraw-meaning"),
        "mandate" => ("act-mandate", "act-mandate-meaning"),
        "moderate" => ("act-moderate", "act-moderate-meaning"),
        "root" => ("act-root", "act-root-meaning"),
        "suspend" => ("act-suspend", "act-suspend-meaning"),
        "vocabulary" => ("act-vocabulary", "act-vocabulary-meaning"),
        _ => (UNKNOWN_ACT, "act-unknown-meaning"),
    }
}

fn amendment_keys(amendment: &Amendment) -> (&'static str, &'static str) {
    match amendment {
        Amendment::Confirm(..) => ("amendment-confirm", "amendment-confirm-meaning"),
        Amendment::Coordinator(..) => ("amendment-coordinator", "amendment-coordinator-meaning"),
        Amendment::Cut(..) => ("amendment-cut", "amendment-cut-meaning"),
        Amendment::DropCoordinator(_) => (
            "amendment-drop-coordinator",
            "amendment-drop-coordinator-meaning",
        ),
        Amendment::DropScheme(_) => ("amendment-drop-scheme", "amendment-drop-scheme-meaning"),
        Amendment::MinProtocol(_) => ("amendment-min-protocol", "amendment-min-protocol-meaning"),
        Amendment::Name(_) => ("amendment-name", "amendment-name-meaning"),
        Amendment::Quotas(_) => ("amendment-quotas", "amendment-quotas-meaning"),
        Amendment::Recovery(_) => ("amendment-recovery", "amendment-recovery-meaning"),
        Amendment::Release(_) => ("amendment-release", "amendment-release-meaning"),
        Amendment::Scheme(..) => ("amendment-scheme", "amendment-scheme-meaning"),
        Amendment::Seats(..) => ("amendment-seats", "amendment-seats-meaning"),
    }
}

/// Shows content that has no form of its own, as it was signed.
fn tree(body: &Tree) -> String {
    match body {
        Tree::Null => "–".to_owned(),
        Tree::Boolean(value) => value.to_string(),
        Tree::Integer(value) => value.to_string(),
        Tree::Bytes(bytes) => HEXLOWER.encode(bytes),
        Tree::Text(text) => text.clone(),
        Tree::List(values) => values.iter().map(tree).collect::<Vec<_>>().join(", "),
        Tree::Map(values) => {
            let pairs = values.iter();
            let pairs = pairs.map(|(name, value)| format!("{name} : {}", tree(value)));
            pairs.collect::<Vec<_>>().join(" ; ")
        }
    }
}

const UNKNOWN_ACT: &str = "act-unknown";
