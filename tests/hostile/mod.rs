//! Scripted attackers that break rules of entries and of the network, against a real node: what it closes with, what its
//! operator sees, how much memory it takes, and how soon a healthy peer is served meanwhile.

mod attacker;
mod entries;
mod frames;
mod network;
mod places;
mod records;
mod siege;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crdt_schema::id::RecordId;
use serde_json::Value as Json;

use crate::hostile::attacker::Attacker;
use crate::hostile::siege::{RSS_MAX_MB, SERVED_MAX, Siege};

/// Attacks that go on at once, in the second round.
const AT_ONCE: usize = 6;

/// Between two edits of the healthy peer: views are built then.
const PAUSE: Duration = Duration::from_millis(200);

/// What a node did, and where its operator sees it.
pub(crate) struct Outcome {
    did: String,
    named: Named,
}

/// Where an operator sees an attack.
pub(crate) enum Named {
    /// As an edit that became this: `void`, or `invalid` with its reason.
    Edit(RecordId, &'static str),
    /// As the state of the peer.
    Fault(&'static str),
    /// As a fork of its feed that is flooded.
    Flooded,
    /// As a peer whose entries do not hold, with this reason in the log.
    Invalid(&'static str),
    /// As a peer that is not reached, for this reason.
    Left(&'static str),
    /// As a feed that waits, for this reason.
    Waits(&'static str),
    /// As what the attack itself has looked at: the number of a close, an answer, a record.
    Seen,
}

type Run = fn(Attacker) -> Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A scripted attack.
pub(crate) struct Attack {
    name: &'static str,
    /// The threat that it tries.
    row: &'static str,
    run: Run,
}

/// Names an attack by its function.
macro_rules! attack {
    ($row:literal, $name:literal, $run:path) => {
        $crate::hostile::Attack {
            name: $name,
            row: $row,
            run: |attacker| Box::pin($run(attacker)),
        }
    };
}
pub(crate) use attack;

impl Outcome {
    fn new(did: impl Into<String>, named: Named) -> Self {
        let did = did.into();
        Self { did, named }
    }

    /// The node closes as it should, and says so of the peer.
    fn closes(did: &str, code: &'static str) -> Self {
        assert_eq!(did, format!("400 {code}"));
        Self::new(did, Named::Fault(code))
    }

    /// The node closes for entries that do not hold, and says why.
    fn refuses(did: &str, why: &'static str) -> Self {
        assert_eq!(did, "400 peer_invalid");
        Self::new(format!("{did}: {why}"), Named::Invalid(why))
    }
}

/// Waits until the operator sees what happened.
async fn is_named(siege: &Siege, attacker: u8, named: &Named) {
    let id = siege::hexadecimal(&siege::public("endpoint", attacker));
    let feed = siege::secret("instance", attacker).public().feed();
    let peer = |is_so: &dyn Fn(&Json) -> bool, status: &Json| {
        siege::some(&status["peers"], |peer| {
            peer["endpoint"] == *id && is_so(peer)
        })
    };
    match *named {
        Named::Seen => {}
        Named::Edit(record, became) => {
            let history = siege.history(&record).await;
            assert_eq!(history.last().map(String::as_str), Some(became));
        }
        Named::Fault(code) => {
            let is_so = |status: &Json| peer(&|peer| peer["state"] == code, status);
            siege.shows(code, is_so).await;
        }
        Named::Invalid(reason) => {
            let is_so = |status: &Json| peer(&|peer| peer["state"] == "peer_invalid", status);
            siege.shows(reason, is_so).await;
            siege.logs(&id[..8], reason);
        }
        Named::Left(reason) => {
            let is_so = |status: &Json| peer(&|peer| peer["reason"] == reason, status);
            siege.shows(reason, is_so).await;
        }
        Named::Flooded => {
            let its = feed.to_string();
            let is_its = |fork: &Json| fork["feed"] == *its && fork["flooded"] == true;
            let is_so = |status: &Json| {
                siege::some(&status["forks"], |fork| {
                    is_its(fork) && fork["branches"] == 4
                })
            };
            siege.shows("the fork", is_so).await;
        }
        Named::Waits(reason) => {
            let its = feed.short();
            let waits = |each: &Json| each["feed"] == *its && each["reason"] == reason;
            siege
                .shows(reason, |status| siege::some(&status["paused"], waits))
                .await;
        }
    }
}

/// Serves the healthy peer until the attacks are over, and at least once. Returns the longest time.
async fn meanwhile<T>(siege: &Siege, attacks: impl Future<Output = T>) -> (T, Duration) {
    let mut attacks = std::pin::pin!(attacks);
    let mut slowest = Duration::ZERO;
    let mut done = None;
    loop {
        let mut serving = std::pin::pin!(siege.serve());
        let took = loop {
            tokio::select! {
                took = &mut serving => break took,
                all = &mut attacks, if done.is_none() => done = Some(all),
            }
        };
        slowest = slowest.max(took);
        if let Some(done) = done.take() {
            return (done, slowest);
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            all = &mut attacks => done = Some(all),
        }
    }
}

/// Runs some attacks at once, and returns what did not hold.
async fn round(siege: &Arc<Siege>, attacks: &[(u8, Attack)]) -> Vec<String> {
    siege.forget_peak();
    let mut running = Vec::new();
    for (number, attack) in attacks {
        let attacker = Attacker::new(siege, *number).await;
        let endpoint = attacker.endpoint.clone();
        let run = (attack.run)(attacker);
        // What it leaves open would stand in the way of the next.
        let attacks = async move {
            let outcome = run.await;
            endpoint.close().await;
            outcome
        };
        running.push(tokio::spawn(attacks));
    }
    let all = async {
        let mut outcomes = Vec::new();
        for each in running {
            outcomes.push(each.await);
        }
        outcomes
    };
    let (outcomes, served) = meanwhile(siege, all).await;
    let mut failed = Vec::new();
    for ((number, attack), outcome) in attacks.iter().zip(outcomes) {
        let peak = siege.peak_mb();
        let Ok(outcome) = outcome else {
            failed.push(format!("{}: not what was to happen", attack.name));
            continue;
        };
        is_named(siege, *number, &outcome.named).await;
        println!(
            "hostile: {} | {} | {} | {peak} MB | {} ms | at once: {}",
            attack.name,
            attack.row,
            outcome.did,
            served.as_millis(),
            attacks.len(),
        );
        if peak >= RSS_MAX_MB {
            failed.push(format!("{}: {peak} MB", attack.name));
        }
    }
    if served >= SERVED_MAX {
        let names: Vec<_> = attacks.iter().map(|(_, attack)| attack.name).collect();
        failed.push(format!("{names:?}: the healthy peer waits {served:?}"));
    }
    siege.agree().await;
    failed
}

/// All attacks alone, or six at once, with numbers from a first one.
async fn besiege(attacks: Vec<Attack>, at_once: usize) {
    let siege = Arc::new(tokio::task::block_in_place(Siege::begin));
    siege.agree().await;
    let mut failed = Vec::new();
    let mut numbered: Vec<_> = (1..).zip(attacks).collect();
    while !numbered.is_empty() {
        let rest = numbered.split_off(at_once.min(numbered.len()));
        failed.extend(round(&siege, &numbered).await);
        numbered = rest;
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Whether the long counts are asked for (`scripts/hostile`).
pub(crate) fn is_long() -> bool {
    std::env::var_os("HOSTILE").is_some_and(|asked| asked == "all")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn entries_of_each_hostile_kind_are_held_off() {
    besiege(entries::all(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn frames_of_each_hostile_kind_are_held_off() {
    besiege(frames::all(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_of_each_hostile_kind_are_held_off() {
    besiege(network::all(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn words_of_others_of_each_hostile_kind_are_held_off() {
    besiege(places::all(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_and_records_of_each_hostile_kind_are_held_off() {
    besiege(records::all(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn six_attacks_at_once_are_held_off() {
    let mut all = frames::all();
    all.extend(entries::all());
    if !is_long() {
        all.truncate(2 * AT_ONCE);
    }
    besiege(all, AT_ONCE).await;
}
