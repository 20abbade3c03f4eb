//! The form by which a charter is proposed: everything that it says, as it stands, to be changed.

use std::collections::BTreeSet;

use crdt_schema::governance::{Amendment, Quotas, Recovery, SchemeName, Seat};
use crdt_schema::id::{EntryId, FeedId, PartnerId};
use crdt_schema::key::PublicKey;
use crdt_schema::personal::traces;
use data_encoding::HEXLOWER;
use replica::State as Held;

use super::charter::enrolled;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::parts::Problem;
use crate::scheme_file::{self, SchemeError};

/// What the form holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) name: String,
    /// A line a seat: name, equals sign, public key.
    pub(super) seats: String,
    pub(super) k: String,
    pub(super) partners: Vec<Chosen>,
    pub(super) recovery: String,
    pub(super) recovery_k: String,
    /// A line a feed: its id, and the last entry that counts, by id.
    pub(super) cuts: String,
    pub(super) entries_per_day: String,
    pub(super) bytes_per_day: String,
    /// The rules of a label to add or to replace, as the file says them. Empty for none.
    pub(super) scheme: String,
    /// Label schemes that the charter has, to drop some: their names, and whether they are ticked.
    pub(super) drop_schemes: Vec<(String, bool)>,
}

/// A partner, and what the charter makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) partner: String,
    pub(super) name: String,
    pub(super) is_coordinator: bool,
    pub(super) is_confirmed: bool,
}

/// What cannot be read: the field, and the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    Cut(String),
    Number(&'static str),
    Partner,
    RecoveryKey(String),
    Scheme(SchemeError),
    Personal(&'static str, String),
    Seat(String),
}

impl Wrong {
    pub(super) fn problem(&self, language: Language) -> Problem {
        let line = |key, field, line: &str| {
            let values = [("line", line.to_owned().into())];
            Problem::new(field, language.text_with(key, &values))
        };
        match self {
            Wrong::Cut(text) => line("proposal-wrong-cut", "cuts", text),
            Wrong::Number(field) => {
                let label = match *field {
                    "k" => "propose-k",
                    "recovery-k" => "propose-recovery-k",
                    "entries-per-day" => "propose-entries",
                    _ => "propose-bytes",
                };
                let values = [("field", language.text(label).into())];
                Problem::new(*field, language.text_with("proposal-wrong-number", &values))
            }
            Wrong::Partner => Problem::new("partners", language.text("proposal-wrong-partner")),
            Wrong::RecoveryKey(text) => line("proposal-wrong-key", "recovery", text),
            Wrong::Scheme(error) => Problem::new("scheme", error.said(language)),
            Wrong::Personal(field, piece) => {
                let values = [("piece", piece.clone().into())];
                Problem::new(*field, language.text_with("act-personal", &values))
            }
            Wrong::Seat(text) => line("proposal-wrong-seat", "seats", text),
        }
    }
}

impl Typed {
    /// Fills the form with the charter in force.
    pub(super) fn of(state: &Held) -> Self {
        let tip = state.governance().adoption().tip();
        let line = |seat: &Seat| format!("{} = {}", seat.id, HEXLOWER.encode(&seat.key));
        let partners = enrolled(state).into_iter().map(|(partner, name)| Chosen {
            is_coordinator: tip.coordinators.contains_key(&partner),
            is_confirmed: tip.partners.contains_key(&partner),
            partner: partner.to_string(),
            name,
        });
        let number = |quota: Option<u64>| quota.map_or_else(String::new, |quota| quota.to_string());
        let keys = tip.recovery.keys.iter().map(|key| HEXLOWER.encode(key));
        let cuts = tip
            .cuts
            .iter()
            .map(|(feed, place)| format!("{feed} {}", place.entry));
        Self {
            name: tip.name.clone(),
            seats: tip.seats.iter().map(line).collect::<Vec<_>>().join("\n"),
            k: tip.k.to_string(),
            partners: partners.collect(),
            recovery: keys.collect::<Vec<_>>().join("\n"),
            recovery_k: tip.recovery.k.to_string(),
            cuts: cuts.collect::<Vec<_>>().join("\n"),
            entries_per_day: number(tip.quotas.entries_per_day),
            bytes_per_day: number(tip.quotas.bytes_per_day),
            scheme: String::new(),
            drop_schemes: tip
                .schemes
                .keys()
                .map(|name| (scheme_code(name), false))
                .collect(),
        }
    }

    /// Takes what was sent.
    pub(super) fn sent(form: &SentForm) -> Self {
        let coordinators: BTreeSet<&str> = form.all("coordinator").collect();
        let confirmed: BTreeSet<&str> = form.all("confirmed").collect();
        let all: BTreeSet<&str> = coordinators.union(&confirmed).copied().collect();
        let partners = all.into_iter().map(|partner| Chosen {
            partner: partner.to_owned(),
            name: String::new(),
            is_coordinator: coordinators.contains(partner),
            is_confirmed: confirmed.contains(partner),
        });
        let sent = |name| form.text(name).to_owned();
        Self {
            name: sent("name"),
            seats: sent("seats"),
            k: sent("k"),
            partners: partners.collect(),
            recovery: sent("recovery"),
            recovery_k: sent("recovery-k"),
            cuts: sent("cuts"),
            entries_per_day: sent("entries-per-day"),
            bytes_per_day: sent("bytes-per-day"),
            scheme: form.raw("scheme").to_owned(),
            drop_schemes: form
                .all("drop-scheme")
                .map(|name| (name.to_owned(), true))
                .collect(),
        }
    }

    /// Names what was sent by id only, and adds what was not ticked, so that the form can be shown again.
    pub(super) fn named(mut self, state: &Held) -> Self {
        let ticked = std::mem::take(&mut self.partners);
        let is = |partner: &PartnerId, what: fn(&Chosen) -> bool| {
            let id = partner.to_string();
            ticked.iter().any(|each| each.partner == id && what(each))
        };
        let partners = enrolled(state).into_iter().map(|(partner, name)| Chosen {
            is_coordinator: is(&partner, |each| each.is_coordinator),
            is_confirmed: is(&partner, |each| each.is_confirmed),
            partner: partner.to_string(),
            name,
        });
        self.partners = partners.collect();
        let known = state.governance().adoption().tip().schemes.keys();
        let schemes = known.map(scheme_code).map(|name| {
            let is_ticked = self.drops(&name);
            (name, is_ticked)
        });
        self.drop_schemes = schemes.collect();
        self
    }

    fn drops(&self, scheme: &str) -> bool {
        let mut schemes = self.drop_schemes.iter();
        schemes.any(|(name, is_ticked)| *is_ticked && name == scheme)
    }

    /// Returns what would change in the charter in force.
    pub(super) fn amendments(&self, state: &Held) -> Result<Vec<Amendment>, Wrong> {
        let tip = state.governance().adoption().tip();
        let mut found = Vec::new();
        if !self.name.is_empty() && self.name != tip.name {
            found.push(Amendment::Name(self.name.clone()));
        }
        let seats = lines(&self.seats)
            .map(seat)
            .collect::<Result<Vec<_>, _>>()?;
        let k = self.k.parse().map_err(|_| Wrong::Number("k"))?;
        if (&seats, k) != (&tip.seats, tip.k) {
            found.push(Amendment::Seats(seats, k));
        }
        let recovery = self.recovery()?;
        if recovery != tip.recovery {
            found.push(Amendment::Recovery(recovery));
        }
        self.partners(state, &mut found)?;
        for line in lines(&self.cuts) {
            let (feed, place) = cut(state, line).ok_or_else(|| Wrong::Cut(line.to_owned()))?;
            if tip.cuts.get(&feed) != Some(&place) {
                found.push(Amendment::Cut(feed, place));
            }
        }
        let quotas = Quotas {
            entries_per_day: quota(&self.entries_per_day, "entries-per-day")?,
            bytes_per_day: quota(&self.bytes_per_day, "bytes-per-day")?,
        };
        if quotas != tip.quotas {
            found.push(Amendment::Quotas(quotas));
        }
        if !self.scheme.trim().is_empty() {
            let read = scheme_file::read(state, &self.scheme);
            found.push(read.map_err(Wrong::Scheme)?);
        }
        let dropped = tip.schemes.keys();
        let dropped = dropped.filter(|name| self.drops(&scheme_code(name)));
        found.extend(dropped.cloned().map(Amendment::DropScheme));
        for amendment in &found {
            let field = match amendment {
                Amendment::Seats(..) => "seats",
                Amendment::Scheme(..) => "scheme",
                _ => "name",
            };
            if let Some(found) = amendment.texts().into_iter().flat_map(traces).next() {
                return Err(Wrong::Personal(field, found.text.to_owned()));
            }
        }
        Ok(found)
    }

    fn recovery(&self) -> Result<Recovery, Wrong> {
        let key = |line: &str| key(line).ok_or_else(|| Wrong::RecoveryKey(line.to_owned()));
        Ok(Recovery {
            keys: lines(&self.recovery).map(key).collect::<Result<_, _>>()?,
            k: if self.recovery_k.is_empty() {
                0
            } else {
                self.recovery_k
                    .parse()
                    .map_err(|_| Wrong::Number("recovery-k"))?
            },
        })
    }

    fn partners(&self, state: &Held, found: &mut Vec<Amendment>) -> Result<(), Wrong> {
        let governance = state.governance();
        let tip = governance.adoption().tip();
        let mut named = BTreeSet::new();
        for chosen in &self.partners {
            let partner = PartnerId::parse(&chosen.partner).map_err(|_| Wrong::Partner)?;
            named.insert((partner, chosen.is_coordinator, chosen.is_confirmed));
            if chosen.is_coordinator && !tip.coordinators.contains_key(&partner) {
                let its = state.as_coordinator(&partner).ok_or(Wrong::Partner)?;
                found.push(Amendment::Coordinator(partner, its));
            }
            if chosen.is_confirmed && !tip.partners.contains_key(&partner) {
                let its = state.as_confirmed(&partner).ok_or(Wrong::Partner)?;
                found.push(Amendment::Confirm(partner, its));
            }
        }
        let is_still = |partner: &PartnerId, as_coordinator: bool| {
            named.iter().any(|(named, coordinator, confirmed)| {
                named == partner
                    && if as_coordinator {
                        *coordinator
                    } else {
                        *confirmed
                    }
            })
        };
        let dropped = tip.coordinators.keys().filter(|id| !is_still(id, true));
        found.extend(dropped.map(|id| Amendment::DropCoordinator(*id)));
        let released = tip.partners.keys().filter(|id| !is_still(id, false));
        found.extend(released.map(|id| Amendment::Release(*id)));
        Ok(())
    }
}

fn scheme_code(name: &SchemeName) -> String {
    format!("{}@{}", name.id, name.version)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn seat(line: &str) -> Result<Seat, Wrong> {
    let wrong = || Wrong::Seat(line.to_owned());
    let (name, text) = line.rsplit_once('=').ok_or_else(wrong)?;
    let id = name.trim().to_owned();
    match key(text.trim()) {
        Some(key) if !id.is_empty() => Ok(Seat { id, key }),
        _ => Err(wrong()),
    }
}

fn key(text: &str) -> Option<[u8; 32]> {
    PublicKey::parse(text).map(|key| *key.as_bytes())
}

fn cut(state: &Held, line: &str) -> Option<(FeedId, crdt_schema::governance::Position)> {
    let (feed, entry) = line.split_once(char::is_whitespace)?;
    let feed = FeedId::parse(feed).ok()?;
    let entry = EntryId::parse(entry.trim()).ok()?;
    let tip = state.governance().adoption().tip();
    if let Some(place) = tip.cuts.get(&feed).filter(|place| place.entry == entry) {
        return Some((feed, *place));
    }
    let held = state.feeds().entry(&entry)?;
    (held.feed == feed).then_some((
        feed,
        crdt_schema::governance::Position {
            sequence: held.sequence,
            entry,
        },
    ))
}

fn quota(text: &str, field: &'static str) -> Result<Option<u64>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Wrong::Number(field))
}
