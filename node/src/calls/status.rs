//! What the node holds, with whom it speaks, and what is wrong.

use std::time::Duration;

use data_encoding::HEXLOWER;
use replica::{ContributeError, Fault, Fork, Signing};
use serde_json::{Value as Json, json};
use sync::{LocalNetwork, Peer, PeerState, RelayStanding, RelayState, Way};

use super::{confirming, standing};
use crate::app::App;
use crate::call::Outcome;
use crate::keys::KeyFolder;
use crate::{limits, renew};

/// How long a status waits for views that are being built, so that two nodes' digests can be compared.
const VIEWS_DEADLINE: Duration = Duration::from_secs(30);

pub(crate) fn status(app: &App) -> Outcome {
    let is_built = app.replica.wait_for_views(VIEWS_DEADLINE);
    let reader = app.replica.read()?;
    let counts = reader.counts()?;
    let digest = reader.state_digest()?;
    let ways = app.ways();
    let peers = app.peers();
    let peers: Vec<Json> = peers
        .iter()
        .map(|(endpoint, peer)| peer_json(endpoint, peer, ways.get(endpoint)))
        .collect();
    let local = app.local_network();
    let relays: Vec<Json> = app.relays().iter().map(relay_json).collect();
    let forks: Vec<Json> = app
        .replica
        .forks()?
        .iter()
        .map(|fork| fork_json(app, fork))
        .collect();
    let (attachments, attachment_bytes) = app.replica.attachments_held()?;
    let governance = confirming::governance_json(app)?;
    let unheard = standing::unheard(app);
    let state = app.replica.state();
    let feeds: Vec<Json> = state
        .feed_summaries()
        .map(|feed| {
            json!({
                "feed": feed.feed.to_string(),
                "partner": feed.partner.map(|partner| state.partner_name(&partner)),
                "heads": feed.heads.iter().map(|(sequence, id)| json!({ "sequence": sequence, "id": id.to_string() })).collect::<Vec<_>>(),
                "fork": feed.fork,
            })
        })
        .collect();
    let mut status = json!({
        "partner": app.config.partner,
        "federation": state.federation().to_string(),
        "charter": state.governance().adoption().tip_id().to_string(),
        "governance": governance,
        "records": counts.records,
        "entries": counts.entries,
        "state_digest": HEXLOWER.encode(&digest),
        "views_built": is_built,
        "feeds": feeds,
        "forks": forks,
        "signing": signing_json(app),
        "unheard": unheard,
        "restored_closed": app.restored.is_closed(),
        "damaged": app.replica.damaged().len(),
        "set_aside": set_aside(app)?,
        "attachments": { "files": attachments, "bytes": attachment_bytes },
        "peers": peers,
        "relays": relays,
        "mdns": local.code(),
        "pending": counts.troubles.pending,
        "rejected": counts.troubles.rejected,
        "disk_bytes": disk_bytes(app),
    });
    drop(state);
    limits::add_to_status(app, &mut status)?;
    Ok(status)
}

/// Says how far the node is with what has arrived.
pub(crate) fn in_hand(app: &App) -> Outcome {
    let in_hand = app.replica.in_hand()?;
    let peers = app.peers();
    let are_level = |peer: &&Peer| peer.state == PeerState::CaughtUp;
    Ok(json!({
        "entries": in_hand.entries,
        "views_waiting": in_hand.unbuilt,
        "searchable": in_hand.is_searchable,
        "peers": peers.len(),
        "peers_level": peers.values().filter(are_level).count(),
        "sessions": peers.values().map(|peer| peer.sessions).sum::<u32>(),
    }))
}

/// Checks what an operator can mend, and says how.
pub(crate) fn doctor(app: &App) -> Outcome {
    let mut findings = Vec::new();
    if let Some(fault) = app.replica.fault() {
        findings.push(finding("error", fault.code(), &fault.to_string()));
    }
    findings.extend(set_aside_findings(app)?);
    let keys = KeyFolder::of(app.folder());
    if !keys.has_sealed_root()
        && keys
            .read_root(crate::keys::RootPlace::Current, None)
            .is_ok_and(|key| key.is_some())
    {
        findings.push(finding(
            "warning",
            "root_in_clear",
            "the root key of your organisation lies on this disk without a passphrase: keep a copy elsewhere, and protect this folder",
        ));
    }
    findings.extend(key_findings(app));
    findings.extend(relay_findings(app));
    findings.extend(local_findings(app));
    findings.extend(confirming::findings(app)?);
    for why in standing::unheard(app) {
        let text = |key: &str| why[key].as_str().unwrap_or_default().to_owned();
        findings.push(finding("error", &text("code"), &text("message")));
    }
    let state = app.replica.state();
    for (partner, line) in state.governance().roots().lines() {
        if line.is_disputed() {
            let message = format!(
                "two root keys claim to be the next one of {}: ask the organisation by another way, then `maillage partner settle-root` (for a coordinator: `maillage charter propose --coordinator`)",
                state.partner_name(partner)
            );
            findings.push(finding("error", "root_disputed", &message));
        }
    }
    if state.governance().adoption().is_disputed() {
        findings.push(finding(
            "error",
            "charter_disputed",
            "two charters claim to follow the current one: the seats have to talk",
        ));
    }
    if state.governance().acts().is_read_only() {
        findings.push(finding(
            "error",
            "upgrade",
            "a coordinator used something that this version does not know: upgrade maillage",
        ));
    }
    drop(state);
    let counts = app.replica.read()?.counts()?;
    if counts.troubles.pending > 0 {
        let message = format!(
            "{} edits wait for something that no peer has sent yet",
            counts.troubles.pending
        );
        findings.push(finding("warning", "pending", &message));
    }
    let more = limits::findings(app)?.into_iter();
    findings.extend(more.map(|(level, code, message)| finding(level, code, &message)));
    let is_well = findings.is_empty();
    Ok(json!({ "well": is_well, "findings": findings }))
}

/// The damaged stores that stand beside this one, whichever process set them aside.
fn set_aside(app: &App) -> Result<Vec<String>, Fault> {
    let files = app.replica.set_aside()?;
    Ok(files.iter().map(|it| it.display().to_string()).collect())
}

/// They may hold what was erased, and are in nobody's way: what is said is how they go.
fn set_aside_findings(app: &App) -> Result<Vec<Json>, Fault> {
    let is_owed = !app.replica.read()?.unfinished_erasures()?.is_empty();
    let missing = app.replica.missing_since_set_aside()?;
    let files = set_aside(app)?.into_iter();
    let findings = files.map(|file| {
        let (level, advice) = match (is_owed, missing) {
            (true, 0) => (
                "error",
                "something was erased that may be in it, so this node is not done with the erasure: let the node run with a peer, and it removes the file; or remove it".to_owned(),
            ),
            (true, count) => (
                "error",
                format!("something was erased that may be in it, so this node is not done with the erasure; but {count} entries that this node had signed are not back either: let it run with a peer that has them, or remove the file and give them up"),
            ),
            (false, 0) => (
                "warning",
                "remove it once `maillage status` shows the same state_digest as a peer's".to_owned(),
            ),
            (false, count) => (
                "warning",
                format!("{count} entries that this node had signed are not back yet: let it run with a peer that has them, and remove the file then"),
            ),
        };
        let message = format!("{file} is a damaged store that was set aside: {advice}");
        finding(level, "store_beside", &message)
    });
    Ok(findings.collect())
}

/// What is wrong with the right of this node to sign, and with its store.
fn key_findings(app: &App) -> Vec<Json> {
    let mut findings = Vec::new();
    if renew::is_needed(&app.replica) {
        let message = "the feed of this node has ended, or it has no instance key: nothing is signed here before `maillage renew`";
        findings.push(finding("error", "key_needed", message));
    }
    if renew::is_outdated(&app.replica) {
        let message = "the root key that certifies this node was rotated, or is in dispute: nothing that it signs counts; with the root in force in keys/root.key (or root.age), call `maillage renew`";
        findings.push(finding("error", "root_outdated", message));
    }
    if app.replica.is_signing_held() {
        let message = "another node names later entries of this node's feed than this node holds, and is asked for them: nothing is signed meanwhile, a minute at most; the log names it";
        findings.push(finding("warning", "signing_held", message));
    }
    if app.is_running() && app.replica.holds_acts() {
        let message = ContributeError::NotCompared.to_string();
        findings.push(finding("warning", "not_compared", &message));
    }
    if app.restored.is_closed() {
        let message =
            "this node was restored from a backup and has met no peer since: its pages are closed";
        findings.push(finding("warning", "restored_closed", message));
    }
    if let Some(aside) = app.set_aside().filter(|it| it.file.exists()) {
        let message = format!(
            "the store was damaged ({}) and is set aside as {}; {} entries were saved, peers bring the others",
            aside.reason,
            aside.file.display(),
            aside.saved
        );
        findings.push(finding("error", "store_set_aside", &message));
    }
    let damaged = app.replica.damaged().len();
    if damaged > 0 {
        let message =
            format!("{damaged} entries are damaged here, and no peer has brought them again yet");
        findings.push(finding("error", "entries_damaged", &message));
    }
    findings
}

/// What an operator can do where nodes are to be looked for on the local network, and are not.
fn local_findings(app: &App) -> Vec<Json> {
    if !app.config.sync.mdns {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if let LocalNetwork::Failed(reason) = app.local_network() {
        let message = format!(
            "sync.mdns is on, but the local network cannot be asked ({reason}): another program may hold UDP port 5353 for itself alone, or the service may not open sockets"
        );
        findings.push(finding("warning", "mdns_failed", &message));
    }
    if app.config.sync.listen.ip().is_loopback() {
        let message = "sync.mdns is on, but sync.listen is an address of this very machine: nobody on the local network reaches this node there; listen on 0.0.0.0 or on its address there";
        findings.push(finding("warning", "mdns_loopback", message));
    }
    findings
}

/// What an operator can do about a relay that lets nobody meet.
fn relay_findings(app: &App) -> Vec<Json> {
    let relays = app.relays();
    let findings = relays.iter().filter_map(|relay| match &relay.state {
        RelayState::Idle | RelayState::Connected => None,
        RelayState::Refused => {
            let message = format!("the relay {} does not let this node in: ask who runs it for its token, and put it into the file that sync.relay_token_file names", relay.address);
            Some(finding("error", "relay_refused", &message))
        }
        RelayState::Unreachable(reason) => {
            let message = format!("the relay {} is not reached ({reason}): nodes that only meet through it do not exchange until it is back", relay.address);
            Some(finding("warning", "relay_unreachable", &message))
        }
    });
    findings.collect()
}

fn signing_json(app: &App) -> Json {
    let (state, feed) = match app.replica.signing() {
        Signing::Feed(feed) if app.replica.is_signing_held() => ("held", Some(feed)),
        Signing::Feed(feed) => ("signs", Some(feed)),
        Signing::Ended(feed) => ("ended", Some(feed)),
        Signing::Keyless => ("no_key", None),
    };
    json!({ "state": state, "feed": feed.map(|feed| feed.to_string()), "acts_held": app.replica.holds_acts() })
}

fn fork_json(app: &App, fork: &Fork) -> Json {
    let state = app.replica.state();
    let entries = fork.entries.iter().map(|entry| {
        json!({
            "id": entry.id.to_string(),
            "sequence": entry.header.sequence,
            "previous": entry.header.previous.map(|id| id.to_string()),
            "charter": entry.header.charter.to_string(),
            "claimed": entry.header.claimed.to_string(),
            "payload_bytes": entry.header.payload_bytes,
            "confirmed_by": confirming::names(&state, &entry.confirmed_by),
        })
    });
    json!({
        "feed": fork.feed.to_string(),
        "partner": fork.partner.map(|partner| state.partner_name(&partner)),
        "own": fork.is_own,
        "sequence": fork.sequence,
        "entries": entries.collect::<Vec<_>>(),
        "branches": fork.branches,
        "flooded": fork.is_flooded(),
        "settled": fork.is_settled,
    })
}

fn relay_json(relay: &RelayStanding) -> Json {
    let reason = match &relay.state {
        RelayState::Unreachable(reason) => Some(reason),
        _ => None,
    };
    json!({ "address": relay.address, "state": relay.state.code(), "reason": reason })
}

fn peer_json(endpoint: &[u8; 32], peer: &Peer, way: Option<&Way>) -> Json {
    let reason = match &peer.state {
        PeerState::Unreachable(reason) => Some(reason),
        _ => None,
    };
    json!({
        "endpoint": HEXLOWER.encode(endpoint),
        "state": peer.state.code(),
        "reason": reason,
        "sessions": peer.sessions,
        "way": way.map(|way| way.code()),
        "last_contact": peer.last_contact.map(|time| time.to_string()),
        "last_caught_up": peer.last_caught_up.map(|time| time.to_string()),
    })
}

pub(super) fn finding(level: &str, code: &str, message: &str) -> Json {
    json!({ "level": level, "code": code, "message": message })
}

fn disk_bytes(app: &App) -> u64 {
    let files = std::fs::read_dir(app.folder())
        .into_iter()
        .flatten()
        .flatten();
    files
        .filter_map(|file| file.metadata().ok())
        .filter(|each| each.is_file())
        .map(|each| each.len())
        .sum()
}
