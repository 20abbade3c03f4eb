//! Real nodes, of which one hears of governance from one peer alone: it says so on its page, while data still flow, until it meets another.
//! And what waits at a real node, as its operator is told.

use std::path::Path;
use std::sync::Arc;

use crdt_schema::cbor::Wire;
use crdt_schema::checkpoint::Checkpoint;
use crdt_schema::entry::{Frame, Kind};
use crdt_schema::governance::{Approval, Charter, Quotas};
use crdt_schema::id::{EntryId, FeedId};
use replica::Replica;
use serde_json::Value as Json;

use crate::harness::forged::Forger;
use crate::harness::process::NodeProcess;
use crate::personal::Founded;
use crate::split::endpoint;

/// Longer than the days after which a silence is said.
const LATER_DAYS: i64 = 8;
const LATER_MS: i64 = LATER_DAYS * 86_400_000;
/// Signs a checkpoint now, if one is due.
const TELL: [&str; 2] = ["erasures", "--finish"];

const CONFIRMED: &str = "Gouvernance confirmée par 2 autres partenaires, qui connaissent exactement les mêmes décisions que ce nœud";
const ALARM: &str = "Depuis 8 jours, moins de deux autres partenaires ont fait savoir qu’ils ne connaissent aucune décision de plus que ce nœud.";
const MISSING: &str =
    "ville\u{a0}: ces partenaires connaissent des décisions que ce nœud n’a pas reçues.";

fn import(node: &NodeProcess, folder: &Path, name: &str) {
    let file = folder.join(format!("{name}.csv"));
    std::fs::write(&file, format!("nom,commune\n{name},45155\n")).expect("writable");
    node.ask(&["import", &file.to_string_lossy(), "--kind", "actor"]);
}

fn page(node: &Founded) -> String {
    let page = node.pages().open("/federation");
    assert_eq!(page.status, 200);
    page.body
}

fn confirming(status: &Json) -> usize {
    let by = status["governance"]["confirmed_by"].as_array();
    by.map_or(0, Vec::len)
}

fn codes(doctor: &Json) -> Vec<&str> {
    let findings = doctor["findings"].as_array().expect("a list");
    let codes = findings.iter().map(|each| each["code"].as_str());
    codes.map(|code| code.expect("a code")).collect()
}

/// What the operator is told, whatever the exit code says.
fn doctor(node: &NodeProcess) -> Json {
    let dir = node.folder().to_string_lossy().into_owned();
    let told = crate::harness::program::run(&["doctor", "--json", "--dir", &dir]);
    serde_json::from_slice(&told.stdout).expect("one object")
}

/// The furthest entry of a node's own feed, as another node shows it or the node itself.
fn head(node: &NodeProcess, feed: &FeedId) -> (u64, EntryId) {
    let replica = Replica::open(node.folder(), None).expect("a store");
    let head = replica.state().feeds().furthest_head(feed);
    head.expect("it has begun")
}

/// The ville's node, in the hands of somebody who passes on no decision: it says of one that it has it.
async fn lying(ville: &NodeProcess, known: (FeedId, (u64, EntryId))) -> sync::Endpoint {
    let replica = Arc::new(Replica::open(ville.folder(), None).expect("a store"));
    let (federation, tip, version, last) = {
        let state = replica.state();
        let adoption = state.governance().adoption();
        let last = state
            .feeds()
            .furthest_head(&ville.key("instance").public().feed());
        let (sequence, entry) = last.expect("it has begun");
        let place = (sequence + 1, Some(entry));
        (
            *state.federation(),
            adoption.tip_id(),
            adoption.tip().version,
            place,
        )
    };
    let mut hand = Forger::new(ville.key("instance"), federation, tip);
    let content = Checkpoint {
        tip: (version, tip),
        governance: [(known.0, [known.1].into())].into(),
        heads: [0; 32],
        unfinished: Some([].into()),
    };
    let items = vec![(Frame::Checkpoint, content.to_cbor())];
    let word = hand.entry(Kind::Checkpoint, last, items);
    replica.ingest(vec![word]).expect("it is written");
    let listen = ville.listens_at().parse().expect("an address");
    let secret = *ville.key("endpoint").to_bytes();
    endpoint(&replica, secret, listen, Vec::new()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_one_peer_holds_back_says_so_on_its_page_until_it_meets_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let mut prefecture = Founded::new(at("prefecture"));
    let mut ville = Founded::joined(&prefecture.node, at("ville"), "ville");
    let mut comite = Founded::joined(&prefecture.node, at("comite"), "comite");
    let has_three = |status: &Json| status["feeds"].as_array().is_some_and(|it| it.len() == 3);
    prefecture.node.eventually(&["status"], has_three);
    prefecture.node.ask(&TELL);
    let told = prefecture.node.ask(&["status"]);
    ville.node.eventually(&["status"], |status| {
        status["entries"].as_u64() >= told["entries"].as_u64()
    });
    ville.node.ask(&TELL);
    let status = comite
        .node
        .eventually(&["status"], |status| confirming(status) == 2);
    assert_eq!(status["governance"]["late"], false);
    let shown = page(&comite);
    assert!(
        shown.contains(CONFIRMED) && !shown.contains("Depuis 8 jours"),
        "{shown}"
    );

    // Some days later the comité is connected to the ville alone, and the préfecture decides.
    for node in [&mut prefecture, &mut ville, &mut comite] {
        node.node.stop();
    }
    ville.node.call(&[]);
    comite.node.call(&[&ville.node]);
    prefecture.node.start_with(&["--alone"], LATER_MS);
    let extend = ["partner", "mandate", "ville", "--kind", "event", "--yes"];
    prefecture.node.ask_all(&extend);
    prefecture.node.stop();
    let its_feed = prefecture.node.key("instance").public().feed();
    let decided = head(&prefecture.node, &its_feed);
    ville.node.start_with(&[], LATER_MS);
    comite.node.start_with(&[], LATER_MS);
    import(&ville.node, folder.path(), "Aviron");
    comite
        .node
        .eventually(&["search"], |found| found["total"] == 1);
    ville.node.ask(&TELL);
    let is_days = |days: u64| move |status: &Json| status["governance"]["confirmed_days"] == days;
    comite.node.eventually(&["status"], is_days(8));
    let status = comite.node.ask(&["status"]);
    assert_eq!(status["governance"]["late"], true, "{status}");
    let told = doctor(&comite.node);
    assert!(codes(&told).contains(&"governance_unconfirmed"), "{told}");
    let shown = page(&comite);
    assert!(
        shown.contains(ALARM) && shown.contains(CONFIRMED),
        "{shown}"
    );
    assert!(!shown.contains(MISSING), "{shown}");

    // The ville gives itself away: it names what it does not pass on.
    ville.node.stop();
    let lying = lying(&ville.node, (its_feed, decided)).await;
    let is_missing = |status: &Json| status["governance"]["unknown_heads"] == 1;
    comite.node.eventually(&["status"], is_missing);
    let shown = page(&comite);
    assert!(shown.contains(MISSING) && shown.contains(ALARM), "{shown}");
    assert!(codes(&doctor(&comite.node)).contains(&"governance_missing"));
    lying.close().await;
    drop(lying);

    // Another partner is met: what was missing comes, and the alarm ends once two have spoken.
    comite.node.stop();
    prefecture.node.start_with(&[], LATER_MS);
    comite.node.call(&[&prefecture.node, &ville.node]);
    comite.node.start_with(&[], LATER_MS);
    comite.node.eventually(&["acts"], |answer| {
        let acts = answer["acts"].as_array().expect("a list");
        acts.iter().any(|act| act["act"] == "mandate")
    });
    prefecture.node.ask(&TELL);
    ville.node.start_with(&[], LATER_MS);
    ville.node.eventually(&["acts"], |answer| {
        let acts = answer["acts"].as_array().expect("a list");
        acts.iter().any(|act| act["act"] == "mandate")
    });
    ville.node.ask(&TELL);
    comite
        .node
        .eventually(&["status"], |status| confirming(status) == 2);
    let shown = page(&comite);
    assert!(shown.contains(CONFIRMED), "{shown}");
    assert!(
        !shown.contains("Depuis 8 jours") && !shown.contains(MISSING),
        "{shown}"
    );
    let told = doctor(&comite.node);
    assert!(
        !codes(&told)
            .iter()
            .any(|code| code.starts_with("governance")),
        "{told}"
    );
}

/// A charter that allows a partner so many entries a day, voted with the seat of a node that is stopped.
fn limit(prefecture: &NodeProcess, entries_per_day: u64) {
    let replica = Replica::open(prefecture.folder(), None).expect("a store");
    let before = replica.state().governance().adoption().tip().clone();
    let next = Charter {
        federation: Some(before.federation()),
        version: before.version + 1,
        parent: Some(before.id()),
        quotas: Quotas {
            entries_per_day: Some(entries_per_day),
            bytes_per_day: None,
        },
        ..before.clone()
    };
    let seat = prefecture.key("seat");
    let vote = Approval::sign(&seat, before.federation(), before.id(), next.id());
    let added = replica.add_charters(vec![next], vec![vote]);
    added.expect("it is written");
}

#[test]
fn a_feed_that_waits_is_named_by_status_and_doctor_of_a_real_node() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut prefecture = Founded::new(folder.path().join("prefecture"));
    let ville = Founded::joined(&prefecture.node, folder.path().join("ville"), "ville");
    assert_eq!(
        prefecture.node.ask(&["status"])["paused"],
        Json::Array(Vec::new())
    );
    prefecture.node.stop();
    limit(&prefecture.node, 2);
    prefecture.node.start();
    for name in ["Aviron", "Judo", "Voile"] {
        import(&ville.node, folder.path(), name);
    }
    let waits = |status: &Json| status["paused"].as_array().is_some_and(|it| it.len() == 1);
    let status = prefecture.node.eventually(&["status"], waits);
    let pause = &status["paused"][0];
    let feed = ville.node.key("instance").public().feed();
    assert_eq!(pause["feed"], feed.short());
    assert_eq!(
        (&pause["partner"], &pause["reason"]),
        (&"ville".into(), &"quota".into())
    );
    assert!(
        pause["since"].is_string() && pause["until"].is_string(),
        "{pause}"
    );
    // Nothing is wrong with governance, and what waits is said once.
    assert_eq!(status["governance"]["unknown_heads"], 0);
    let told = doctor(&prefecture.node);
    assert_eq!(told["well"], false);
    let findings = told["findings"].as_array().expect("a list");
    let paused: Vec<_> = findings
        .iter()
        .filter(|it| it["code"] == "paused")
        .collect();
    assert_eq!(paused.len(), 1, "{told}");
    assert_eq!(paused[0]["level"], "warning");
    let message = paused[0]["message"].as_str().expect("a sentence");
    let until = pause["until"].as_str().expect("a time");
    assert!(
        message.starts_with(&format!("the feed {} of ville waits since", feed.short())),
        "{message}"
    );
    assert!(
        message.ends_with(&format!("goes on by itself at {until}")),
        "{message}"
    );
    // Its own node says that the rest comes tomorrow.
    let told = doctor(&ville.node);
    assert!(codes(&told).contains(&"own_quota"), "{told}");
}
