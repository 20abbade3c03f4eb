//! Decisions, charters and votes by command: first decoded, then signed as they were shown.

use std::collections::BTreeMap;

use admin_ui::{Language, Office, Refused, said};
use crdt_schema::governance::{
    Act, Amendment, Charter, Mandate, Position, Quotas, Recovery, SchemeName, Scope, Seat,
    Selection,
};
use crdt_schema::id::{CharterId, EntryId, FeedId, ItemId, PartnerId};
use crdt_schema::key::{PublicKey, SecretKey};
use data_encoding::HEXLOWER;
use replica::{Became, Decision, DecisionError, Place, State};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Ask, Outcome, Proposal, Refusal};
use crate::calls::{files, free_text};
use crate::office::personal;

/// Decodes what a coordinator asks. Nothing is signed: `acts` goes back to [`sign`] as it is.
pub(crate) fn decide(app: &App, ask: &Ask) -> Outcome {
    let decision = decision(&app.replica.state(), ask)?;
    let reader = app.replica.read()?;
    let state = app.replica.state();
    let acts = decision
        .acts(&state, &reader)
        .map_err(|error| refusal(&error))?;
    let says = acts
        .iter()
        .map(|act| said(&said::act(Language::English, &state, act)));
    Ok(json!({
        "says": says.collect::<Vec<_>>(),
        "after": said::aftermath(Language::English, &state, &acts),
        "acts": acts.iter().map(Act::to_text).collect::<Vec<_>>(),
        "signed": false,
    }))
}

/// Signs acts that were decoded before.
pub(crate) fn sign(app: &App, acts: &[String]) -> Outcome {
    let read: Option<Vec<Act>> = acts.iter().map(|text| Act::from_text(text)).collect();
    let acts = read.ok_or_else(|| Refusal::new("act_unknown", "this is no decision"))?;
    app.sign_acts(&acts)?;
    Ok(json!({ "signed": true, "acts": acts.len() }))
}

/// Every decision that is held, with what became of it.
pub(crate) fn acts(app: &App) -> Outcome {
    let reader = app.replica.read()?;
    let entries: Vec<EntryId> = {
        let state = app.replica.state();
        state.acts().values().map(|signed| signed.entry).collect()
    };
    let mut times = BTreeMap::new();
    for id in entries {
        if let Some(entry) = reader.entry(&id)? {
            times.insert(id, entry.header().claimed);
        }
    }
    let state = app.replica.state();
    let mut listed = Vec::new();
    for (id, signed) in state.acts() {
        let claimed = times.get(&signed.entry).copied();
        let became = state.became(id, signed);
        let author = state.feeds().owner(&signed.entry);
        let words = said::act(Language::English, &state, &signed.act);
        listed.push((
            claimed,
            json!({
                "id": id.to_string(),
                "act": signed.act.name(),
                "author": author.map(|partner| state.partner_name(&partner)),
                "claimed": claimed.map(|time| time.to_string()),
                "counts": became.is_some_and(Became::counts),
                "own": became == Some(Became::ErasesOwn),
                "reason": became.and_then(Became::reason),
                "says": said(&words),
            }),
        ));
    }
    // For reading only: whether an act counts never depends on these times.
    listed.sort_by_key(|(claimed, _)| std::cmp::Reverse(*claimed));
    let acts: Vec<Json> = listed.into_iter().map(|(_, act)| act).collect();
    Ok(json!({ "acts": acts }))
}

/// The charter in force, and the proposals to follow it.
pub(crate) fn charter_show(app: &App) -> Outcome {
    let state = app.replica.state();
    let adoption = state.governance().adoption();
    let (tip, tip_id) = (adoption.tip(), adoption.tip_id());
    let proposals: Vec<Json> = state
        .charters()
        .iter()
        .filter(|(_, charter)| charter.parent == Some(tip_id))
        .map(|(id, charter)| {
            json!({
                "id": id.to_string(),
                "says": amendments(&state, &tip.amendments(charter)),
                "present_seats": votes(&state, id, tip),
                "proposed_seats": votes(&state, id, charter),
            })
        })
        .collect();
    let seats: Vec<Json> = tip
        .seats
        .iter()
        .map(|seat| json!({ "name": seat.id, "key": HEXLOWER.encode(&seat.key) }))
        .collect();
    let coordinators: Vec<Json> = tip
        .coordinators
        .iter()
        .map(|(id, its)| json!({ "partner": id.to_string(), "name": its.name }))
        .collect();
    Ok(json!({
        "federation": state.federation().to_string(),
        "id": tip_id.to_string(),
        "version": tip.version,
        "name": tip.name,
        "seats": seats,
        "k": tip.k,
        "recovery": { "k": tip.recovery.k, "keys": tip.recovery.keys.len() },
        "coordinators": coordinators,
        "confirmed": tip.partners.len(),
        "cuts": tip.cuts.len(),
        "schemes": tip.schemes.keys().map(|name| format!("{}@{}", name.id, name.version)).collect::<Vec<_>>(),
        "quotas": {
            "entries_per_day": tip.quotas.entries_per_day,
            "bytes_per_day": tip.quotas.bytes_per_day,
        },
        "disputed": adoption.is_disputed(),
        "seat": app.seat().map(|seat| HEXLOWER.encode(&seat)),
        "proposals": proposals,
    }))
}

fn votes(state: &State, proposal: &CharterId, of: &Charter) -> Json {
    let voted = |seat: &Seat| {
        let mut approvals = state.charters().approvals(proposal);
        approvals.any(|each| each.vote().signer == seat.key)
    };
    let seats = of
        .seats
        .iter()
        .map(|seat| json!({ "name": seat.id, "approved": voted(seat) }));
    json!({ "needed": of.k, "seats": seats.collect::<Vec<_>>() })
}

/// Drafts a charter. Nothing is signed: `draft` goes back to [`charter_publish`] as it is.
pub(crate) fn charter_propose(app: &App, proposal: &Proposal) -> Outcome {
    let reader = app.replica.read()?;
    let state = app.replica.state();
    let tip = state.governance().adoption().tip();
    let mut wanted = wanted(&state, proposal)?;
    if let Some(found) = free_text::in_charter(&wanted) {
        return Err(personal(&found).into());
    }
    wanted.extend(state.cuts_owed(&reader, &wanted)?);
    let draft = tip
        .amended(wanted)
        .map_err(|error| Refusal::new(error.code(), error.to_string()))?;
    Ok(json!({
        "id": draft.id().to_string(),
        "says": amendments(&state, &tip.amendments(&draft)),
        "draft": HEXLOWER.encode(&draft.to_bytes()),
        "signed": false,
    }))
}

/// Publishes a draft that was decoded before, with the vote of this node's seat.
pub(crate) fn charter_publish(app: &App, draft: &str) -> Outcome {
    let bytes = HEXLOWER.decode(draft.as_bytes()).ok();
    let charter = bytes.and_then(|bytes| Charter::from_bytes(&bytes).ok());
    let charter =
        charter.ok_or_else(|| Refusal::new("charter_unreadable", "this is no charter"))?;
    let id = charter.id();
    app.propose(charter)?;
    adopted(app, &id)
}

/// Decodes a proposal that is held.
pub(crate) fn charter_decode(app: &App, start: &str) -> Outcome {
    let state = app.replica.state();
    let (id, charter) = proposal(&state, start)?;
    let parent = charter.parent.and_then(|id| state.charters().charter(&id));
    let changes = parent.map(|parent| parent.amendments(charter));
    Ok(json!({
        "id": id.to_string(),
        "says": amendments(&state, &changes.unwrap_or_default()),
        "signed": false,
    }))
}

/// Votes for a proposal with the seat of this node, or with a recovery key that is kept elsewhere.
pub(crate) fn charter_approve(app: &App, start: &str, key: Option<&str>) -> Outcome {
    let id = proposal(&app.replica.state(), start)?.0;
    match key {
        None => app.approve(&id)?,
        Some(text) => {
            let bytes = HEXLOWER.decode(text.trim().as_bytes()).ok();
            let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
            let no_key = || {
                Refusal::new(
                    "key_unreadable",
                    "the file holds no secret key: 64 hexadecimal digits",
                )
            };
            let key = SecretKey::from_bytes(&bytes.ok_or_else(no_key)?);
            app.vote(&key, &id)?;
        }
    }
    adopted(app, &id)
}

fn adopted(app: &App, id: &CharterId) -> Outcome {
    let state = app.replica.state();
    let is_adopted = state.governance().adoption().adopted(id).is_some();
    Ok(json!({ "signed": true, "id": id.to_string(), "adopted": is_adopted }))
}

/// The seat of this node.
pub(crate) fn seat(app: &App, is_new: bool) -> Outcome {
    let seat = if is_new {
        Some(app.make_seat()?)
    } else {
        app.seat()
    };
    Ok(json!({ "seat": seat.map(|seat| HEXLOWER.encode(&seat)) }))
}

/// Reads kinds and territories as the commands take them. None is all.
pub(crate) fn mandate(kinds: &[String], territories: &[String]) -> Result<Mandate, Refusal> {
    for kind in kinds {
        files::kind(kind)?;
    }
    let selection = |names: &[String]| {
        if names.is_empty() {
            Selection::All
        } else {
            Selection::only(names.iter().map(String::as_str))
        }
    };
    Ok(Mandate::new(vec![Scope {
        kinds: selection(kinds),
        territories: selection(territories),
    }]))
}

/// Finds an enrolled partner by the first digits of its id, or by its name.
pub(crate) fn partner(state: &State, named: &str) -> Result<PartnerId, Refusal> {
    Ok(admin_ui::partner_named(state, named)?)
}

fn decision(state: &State, ask: &Ask) -> Result<Decision, Refusal> {
    Ok(match ask {
        Ask::Cut {
            partner: named,
            feed: start,
            at,
        } => {
            let feed = feed(state, start)?;
            let partner = partner(state, named)?;
            let certificate = state.certificates().get(&feed);
            if certificate.is_none_or(|its| its.partner != partner) {
                let message = "this feed is another organisation's: see `maillage partner show`";
                return Err(Refusal::new("feed_not_held", message));
            }
            Decision::Cut(feed, place(at.as_deref())?)
        }
        Ask::PutOut { partner: named } => Decision::PutOut(partner(state, named)?),
        Ask::Mandate {
            partner: named,
            kinds,
            territories,
        } => Decision::Mandate(partner(state, named)?, mandate(kinds, territories)?),
        Ask::Narrow { grant } => {
            let wrong = |_| {
                Refusal::new(
                    "grant_not_found",
                    "a mandate is named by 32 hexadecimal digits: see `maillage partner show`",
                )
            };
            Decision::Narrow(ItemId::parse(grant).map_err(wrong)?)
        }
        Ask::Root {
            partner: named,
            root: start,
        } => {
            let partner = partner(state, named)?;
            Decision::Root(partner, root(state, &partner, start)?)
        }
        Ask::Suspend { partner: named } => Decision::Suspend(partner(state, named)?),
    })
}

/// Finds one of the roots of a partner by the first digits of its public key.
fn root(state: &State, partner: &PartnerId, start: &str) -> Result<[u8; 32], Refusal> {
    let start = start.to_lowercase();
    let roots = state.roots_to_name(partner);
    let mut found = roots
        .iter()
        .filter(|root| HEXLOWER.encode(*root).starts_with(&start));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(*only),
        _ => Err(refusal(&DecisionError::RootUnknown)),
    }
}

pub(crate) fn feed(state: &State, start: &str) -> Result<FeedId, Refusal> {
    let mut found = state
        .feeds()
        .ids()
        .filter(|feed| feed.to_string().starts_with(start));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(*only),
        _ => Err(Refusal::new(
            "feed_not_held",
            format!("no feed, or several, start with {start:?}: see `maillage partner show`"),
        )),
    }
}

fn place(at: Option<&str>) -> Result<Place, Refusal> {
    let Some(text) = at else {
        return Ok(Place::Last);
    };
    if let Ok(entry) = EntryId::parse(text) {
        return Ok(Place::Entry(entry));
    }
    let wrong = |_| {
        Refusal::new(
            "place_not_held",
            "--at takes the sequence of an entry, or its id of 64 hexadecimal digits",
        )
    };
    text.parse().map(Place::Sequence).map_err(wrong)
}

fn proposal<'s>(state: &'s State, start: &str) -> Result<(CharterId, &'s Charter), Refusal> {
    let mut found = state
        .charters()
        .iter()
        .filter(|(id, charter)| charter.parent.is_some() && id.to_string().starts_with(start));
    match (found.next(), found.next()) {
        (Some((id, charter)), None) => Ok((*id, charter)),
        _ => Err(Refusal::new(
            "charter_not_held",
            format!("no proposal, or several, start with {start:?}: see `maillage charter show`"),
        )),
    }
}

/// The amendments that a command's flags ask for.
fn wanted(state: &State, proposal: &Proposal) -> Result<Vec<Amendment>, Refusal> {
    let governance = state.governance();
    let tip = governance.adoption().tip();
    let mut wanted = Vec::new();
    wanted.extend(proposal.name.clone().map(Amendment::Name));
    if !proposal.add_seats.is_empty() || !proposal.remove_seats.is_empty() || proposal.k.is_some() {
        let mut seats = tip.seats.clone();
        seats.retain(|seat| !proposal.remove_seats.contains(&seat.id));
        for (name, key) in &proposal.add_seats {
            seats.push(Seat {
                id: name.clone(),
                key: public_key(key)?,
            });
        }
        let majority = u32::try_from(seats.len() / 2 + 1).unwrap_or(u32::MAX);
        wanted.push(Amendment::Seats(seats, proposal.k.unwrap_or(majority)));
    }
    if !proposal.recovery_keys.is_empty() || proposal.recovery_k.is_some() {
        let keys = proposal.recovery_keys.iter().map(|key| public_key(key));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let keys = if keys.is_empty() {
            tip.recovery.keys.clone()
        } else {
            keys
        };
        let k = proposal.recovery_k.unwrap_or(1);
        wanted.push(Amendment::Recovery(Recovery { keys, k }));
    }
    for named in &proposal.coordinators {
        let partner = partner(state, named)?;
        let its = state.as_coordinator(&partner);
        wanted.extend(its.map(|its| Amendment::Coordinator(partner, its)));
    }
    for named in &proposal.drop_coordinators {
        wanted.push(Amendment::DropCoordinator(partner(state, named)?));
    }
    for named in &proposal.confirm {
        let partner = partner(state, named)?;
        let its = state.as_confirmed(&partner);
        wanted.extend(its.map(|its| Amendment::Confirm(partner, its)));
    }
    for named in &proposal.release {
        wanted.push(Amendment::Release(partner(state, named)?));
    }
    for (start, at) in &proposal.cuts {
        let feed = feed(state, start)?;
        wanted.push(Amendment::Cut(feed, cut_place(state, &feed, at)?));
    }
    for text in &proposal.schemes {
        wanted.push(admin_ui::read_scheme(state, text).map_err(Refused::from)?);
    }
    for code in &proposal.drop_schemes {
        let known = |name: &&SchemeName| format!("{}@{}", name.id, name.version) == *code;
        let name = tip.schemes.keys().find(known).ok_or_else(|| {
            let message = format!("the charter has no scheme {code}: see `maillage charter show`");
            Refusal::new("scheme_unknown", message)
        })?;
        wanted.push(Amendment::DropScheme(name.clone()));
    }
    let quotas = Quotas {
        entries_per_day: quota(
            proposal.entries_per_day.as_deref(),
            tip.quotas.entries_per_day,
        )?,
        bytes_per_day: quota(proposal.bytes_per_day.as_deref(), tip.quotas.bytes_per_day)?,
    };
    if quotas != tip.quotas {
        wanted.push(Amendment::Quotas(quotas));
    }
    Ok(wanted)
}

/// Reads a quota; without one, what is in force stays.
fn quota(typed: Option<&str>, before: Option<u64>) -> Result<Option<u64>, Refusal> {
    match typed.map(str::trim) {
        None => Ok(before),
        Some("none") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            let message = format!("{text:?} is no quota: a number, or `none` for no limit");
            Refusal::new("quota_unreadable", message)
        }),
    }
}

fn cut_place(state: &State, feed: &FeedId, at: &str) -> Result<Position, Refusal> {
    let entry = EntryId::parse(at).ok().and_then(|entry| {
        let held = state.feeds().entry(&entry)?;
        (held.feed == *feed).then_some((held.sequence, entry))
    });
    match entry {
        Some((sequence, entry)) => Ok(Position { sequence, entry }),
        None => Err(Refusal::new(
            "place_not_held",
            "a charter cuts after an entry that is held: give its id of 64 hexadecimal digits",
        )),
    }
}

fn public_key(text: &str) -> Result<[u8; 32], Refusal> {
    let key = PublicKey::parse(text).map(|key| *key.as_bytes());
    key.ok_or_else(|| {
        let message = format!("{text:?} is no public key: 64 hexadecimal digits");
        Refusal::new("key_unreadable", message)
    })
}

fn amendments(state: &State, amendments: &[Amendment]) -> Vec<Json> {
    amendments
        .iter()
        .map(|each| said(&said::amendment(Language::English, state, each)))
        .collect()
}

pub(crate) fn said(said: &said::Said) -> Json {
    json!({ "title": said.title, "meaning": said.meaning, "facts": said.facts })
}

fn refusal(error: &DecisionError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
