//! Entries, feeds and rights: what a partner can sign, and what it only pretends to have signed.

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{EditFrame, Frame, Kind, SignedEntry, VerifiedEntry};
use crdt_schema::governance::{Act, Mandate};
use crdt_schema::id::{EntryId, FederationId, FeedId, ItemId, RecordId};
use crdt_schema::time::Timestamp;

use crate::harness::forged::{Forger, Place};
use crate::hostile::attacker::{Attacker, Line};
use serde_json::Value as Json;
use sync::limits::WAITING_EDITS_MAX;
use sync::message::{FeedHeads, Head, Message, NewHead};

use crate::hostile::siege::{COORDINATOR, CUT, QUOTA, secret, some};
use crate::hostile::{Attack, Named, Outcome, attack, is_long};

/// Edits of an entry whose bases nobody has.
const EDITS: u8 = 200;

pub(crate) fn all() -> Vec<Attack> {
    vec![
        attack!(
            "forged signature",
            "three signatures that do not hold",
            forged
        ),
        attack!(
            "odd keys",
            "the identity as a key, R = 1 and s = 0",
            identity
        ),
        attack!(
            "replay elsewhere",
            "an entry of another federation",
            other_federation
        ),
        attack!(
            "replay as another object",
            "signatures of votes under entries",
            as_another
        ),
        attack!(
            "entries of a cut key",
            "entries behind a cut, brought by another",
            behind_a_cut
        ),
        attack!("fork of a feed", "many branches of one feed", branches),
        attack!(
            "fork of a coordinator's feed",
            "two acts at one place",
            two_acts
        ),
        attack!(
            "outside the mandate",
            "a record of another territory",
            outside
        ),
        attack!("crafted base", "a base of 17 ids", wide_base),
        attack!(
            "crafted base",
            "a creation whose id is another",
            false_birth
        ),
        attack!(
            "hundreds of heads",
            "300 edits of one record, all at once",
            heads
        ),
        attack!("CBOR tricks", "a list that claims 4 GiB", cbor),
        attack!(
            "payload commitment",
            "a header whose payload is another",
            withheld
        ),
        attack!("quota", "more than a day allows", flood),
        attack!("quota", "the same entries again and again", duplicates),
        attack!("wrong clocks", "days from 1970 to 2036", clocks),
        attack!("unknown kinds", "an entry of a kind of tomorrow", unknown),
        attack!(
            "outside the mandate",
            "acts of a partner that coordinates nothing",
            false_acts
        ),
        attack!("old state shown again", "entries without their past", gap),
        attack!(
            "claims of our own feed by a partner",
            "a later entry of the node's own feed, named and never shown",
            names_its_feed
        ),
        // The last: as long as something waits, each change of a record costs a look at all edits.
        attack!(
            "bases that never come",
            "edits on what nobody has",
            never_come
        ),
    ]
}

fn name(text: &str) -> Vec<u8> {
    let value = Value::Text(text.to_owned());
    let field = "name".to_owned();
    Content(vec![Operation::Put { field, value }]).to_cbor()
}

/// A chain of entries after a place, each of which makes one record.
pub(super) fn chain(of: &mut Attacker, count: usize) -> Vec<VerifiedEntry> {
    let mut place = Forger::after(&of.start);
    let mut all = Vec::with_capacity(count);
    for at in 0..count {
        let entry = new_record(of, place, at, "Hostile");
        place = Forger::after(&entry);
        all.push(entry);
    }
    all
}

fn record(of: &Attacker, at: usize) -> (RecordId, crdt_schema::entry::RecordBirth) {
    let mut birth = of.siege.birth(of.number).1;
    birth.nonce[..8].copy_from_slice(&(at as u64).to_be_bytes());
    let federation = of.siege.federation();
    let id = RecordId::of(&federation, &birth.kind, &birth.territory, &birth.nonce);
    (id, birth)
}

fn new_record(of: &mut Attacker, place: Place, at: usize, text: &str) -> VerifiedEntry {
    let (record, birth) = record(of, at);
    of.forger.edit(place, record, Some(birth), Vec::new(), text)
}

fn signed(entries: &[VerifiedEntry]) -> Vec<SignedEntry> {
    entries.iter().map(VerifiedEntry::to_signed).collect()
}

pub(super) async fn refused(line: &mut Line, entries: &[SignedEntry]) -> String {
    line.push(entries).await.expect_err("it is refused")
}

async fn forged(mut of: Attacker) -> Outcome {
    let mut entries = signed(&chain(&mut of, 3));
    for entry in &mut entries {
        entry.signature[3] ^= 1;
    }
    let mut line = of.open().await;
    let did = refused(&mut line, &entries).await;
    Outcome::closes(&did, "peer_signatures")
}

async fn identity(mut of: Attacker) -> Outcome {
    let mut entry = chain(&mut of, 1).remove(0).to_signed();
    let feed = *of.start.header().feed.as_bytes();
    let at = entry.header.windows(32).position(|it| *it == feed);
    let at = at.expect("the header names its feed");
    let mut one = [0; 32];
    one[0] = 1;
    entry.header[at..at + 32].copy_from_slice(&one);
    entry.signature = [0; 64];
    entry.signature[0] = 1;
    let mut line = of.open().await;
    let did = refused(&mut line, &[entry]).await;
    Outcome::refuses(&did, "the public key is weak")
}

async fn other_federation(mut of: Attacker) -> Outcome {
    of.forger.federation = FederationId::from_bytes([8; 32]);
    let entries = signed(&chain(&mut of, 1));
    let mut line = of.open().await;
    let did = refused(&mut line, &entries).await;
    Outcome::refuses(&did, "the entry belongs to another federation")
}

async fn as_another(mut of: Attacker) -> Outcome {
    let mut entries = signed(&chain(&mut of, 3));
    let purposes = ["approval", "certificate", "rotation"];
    for (entry, purpose) in entries.iter_mut().zip(purposes) {
        entry.signature = of.forger.secret.sign(purpose, &entry.header);
    }
    let mut line = of.open().await;
    let did = refused(&mut line, &entries).await;
    Outcome::closes(&did, "peer_signatures")
}

async fn behind_a_cut(of: Attacker) -> Outcome {
    let mut cut = Attacker::new(&of.siege, CUT).await;
    let entries = chain(&mut cut, 5);
    let turned_away = cut.connect(sync::endpoint::SYNC_ALPN).await;
    let connection = turned_away.expect("to be connected means nothing");
    let did = crate::hostile::attacker::closed(&connection).await;
    assert_eq!(did, "423 not_allowed");
    let mut line = of.open().await;
    line.push_all(&entries).await.expect("held, and void");
    cut.endpoint.close().await;
    let named = Named::Edit(record(&cut, 4).0, "void");
    Outcome::new("held and void; its own node is told 423", named)
}

async fn branches(mut of: Attacker) -> Outcome {
    let count = if is_long() { 350 } else { 40 };
    let place = Forger::after(&of.start);
    let all: Vec<_> = (0..count)
        .map(|at| new_record(&mut of, place, at, "Branche"))
        .collect();
    let mut line = of.open().await;
    let waits = line.push_all(&all).await.expect("it goes on");
    assert!(waits > 0, "the feed is held back");
    Outcome::new(
        format!("held back after 4 of {count} branches"),
        Named::Flooded,
    )
}

async fn two_acts(of: Attacker) -> Outcome {
    let mut its = Attacker::new(&of.siege, COORDINATOR).await;
    let place = Forger::after(&its.start);
    let enrol = |number: u8| {
        let root = secret("root", number).public();
        Act::Enrol {
            partner: root.partner(),
            root: *root.as_bytes(),
            name: format!("Complice {number}"),
            mandate: Mandate::everything(),
        }
    };
    let acts = [enrol(220), enrol(221)].map(|act| its.forger.act(place, &act));
    let mut line = its.open().await;
    line.push_all(&acts).await.expect("both are shown");
    its.endpoint.close().await;
    let feed = its.forger.feed().to_string();
    of.siege
        .shows("the fork of the coordinator", |status| {
            some(&status["forks"], |fork| {
                let entries = fork["entries"].as_array().map(Vec::len);
                fork["feed"] == *feed && fork["partner"] == "Partenaire 201" && entries == Some(2)
            })
        })
        .await;
    let partners = of.siege.ask(&["partners"]).to_string();
    assert!(!partners.contains("Complice"), "{partners}");
    for number in [220, 221] {
        let why = of.siege.without_effect(&format!("Complice {number}"));
        assert_eq!(why, "act_fork_not_resolved");
    }
    Outcome::new("grants held back, the fork named", Named::Seen)
}

async fn outside(mut of: Attacker) -> Outcome {
    let mut birth = of.siege.birth(1).1;
    birth.territory = "75".to_owned();
    birth.nonce = [of.number; 16];
    let federation = of.siege.federation();
    let id = RecordId::of(&federation, &birth.kind, &birth.territory, &birth.nonce);
    let place = Forger::after(&of.start);
    let entry = of
        .forger
        .edit(place, id, Some(birth), Vec::new(), "Ailleurs");
    let mut line = of.open().await;
    line.push_all(&[entry]).await.expect("held, and void");
    Outcome::new("held and void", Named::Edit(id, "void"))
}

async fn wide_base(mut of: Attacker) -> Outcome {
    let first = chain(&mut of, 1);
    let base = (0..17).map(|at| ItemId::from_bytes([at; 16])).collect();
    let id = record(&of, 0).0;
    let place = Forger::after(&first[0]);
    let entry = of.forger.edit(place, id, None, base, "Large");
    let mut line = of.open().await;
    line.push_all(&first).await.expect("sound");
    line.push_all(&[entry]).await.expect("held, and invalid");
    Outcome::new(
        "held and invalid",
        Named::Edit(id, "invalid: base too long"),
    )
}

async fn false_birth(mut of: Attacker) -> Outcome {
    let (_, birth) = record(&of, 0);
    let (id, _) = record(&of, 1);
    let place = Forger::after(&of.start);
    let entry = of.forger.edit(place, id, Some(birth), Vec::new(), "Faux");
    let mut line = of.open().await;
    line.push_all(&[entry]).await.expect("held, and invalid");
    let named = Named::Edit(id, "invalid: creation of another record");
    Outcome::new("held and invalid", named)
}

async fn heads(mut of: Attacker) -> Outcome {
    let mut all = chain(&mut of, 1);
    let created = all[0].identified_items().next().expect("one").0;
    let id = record(&of, 0).0;
    let count = if is_long() { 300 } else { 60 };
    for at in 0..count {
        let place = Forger::after(all.last().expect("one"));
        let text = format!("Tête {at}");
        all.push(of.forger.edit(place, id, None, vec![created], &text));
    }
    let mut line = of.open().await;
    line.push_all(&all).await.expect("each is an edit");
    of.siege.history(&id).await;
    let shown = of.siege.ask(&["record", "show", &id.to_string()]);
    let heads = shown["heads"].as_array().expect("a list").len();
    let values = &shown["fields"]["name"]["values"];
    let values = values.as_array().expect("a list").len();
    assert_eq!((heads, values), (count, count), "{shown}");
    Outcome::new(format!("taken: {count} values in conflict"), Named::Seen)
}

async fn cbor(mut of: Attacker) -> Outcome {
    let mut entry = chain(&mut of, 1).remove(0).to_signed();
    // A list of 2³² - 1 items, of which none follows.
    entry.payload = vec![0x9a, 0xff, 0xff, 0xff, 0xff];
    let mut line = of.open().await;
    let did = refused(&mut line, &[entry]).await;
    Outcome::refuses(&did, "not the expected CBOR")
}

async fn never_come(mut of: Attacker) -> Outcome {
    let mut place = Forger::after(&of.start);
    let mut line = of.open().await;
    let taken = WAITING_EDITS_MAX / u64::from(EDITS);
    let mut all = Vec::new();
    for at in 0..=taken {
        let record = record(&of, usize::try_from(at).expect("small")).0;
        let frames = (0..EDITS).map(|item| {
            let mut nowhere = [item; 16];
            nowhere[..8].copy_from_slice(&at.to_be_bytes());
            let frame = Frame::Edit(EditFrame {
                record,
                base: vec![ItemId::from_bytes(nowhere)],
                creation: None,
            });
            (frame, name("Sur rien"))
        });
        let entry = of.forger.entry(Kind::Contribution, place, frames.collect());
        place = Forger::after(&entry);
        all.push(entry);
    }
    let (last, before) = all.split_last().expect("some");
    for some in before.chunks(25) {
        let waits = line.push_all(some).await;
        assert_eq!(waits, Ok(0));
    }
    assert_eq!(line.push_all(std::slice::from_ref(last)).await, Ok(1));
    of.siege.holds_up_to(&of.forger.feed(), taken).await;
    Outcome::new(
        format!("held back after {WAITING_EDITS_MAX} edits"),
        Named::Waits("missing"),
    )
}

async fn withheld(mut of: Attacker) -> Outcome {
    let entries = chain(&mut of, 2);
    let mut entry = entries[0].to_signed();
    entry.payload = entries[1].to_signed().payload;
    let mut line = of.open().await;
    let did = refused(&mut line, &[entry]).await;
    Outcome::refuses(&did, "the payload is not the one that was signed")
}

async fn flood(mut of: Attacker) -> Outcome {
    let count = if is_long() { 10 * QUOTA } else { QUOTA + 100 };
    let all = chain(&mut of, usize::try_from(count).expect("small"));
    let mut line = of.open().await;
    let waits = line.push_all(&all).await.expect("it goes on");
    assert!(waits > 0, "the feed is held back");
    of.siege.holds_up_to(&of.forger.feed(), QUOTA).await;
    Outcome::new(
        format!("held back: {QUOTA} a day of {count}"),
        Named::Waits("quota"),
    )
}

async fn duplicates(mut of: Attacker) -> Outcome {
    let some = chain(&mut of, 64);
    let mut line = of.open().await;
    for _ in 0..2_000 {
        if let Err(did) = line.push_all(&some).await {
            return Outcome::closes(&did, "peer_flood");
        }
    }
    panic!("128,000 repetitions are taken");
}

async fn clocks(mut of: Attacker) -> Outcome {
    let mut place = Forger::after(&of.start);
    let today = of.forger.claimed.as_millis();
    let ten_years = 3_652 * 86_400_000;
    let mut all = Vec::new();
    for (at, claimed) in [0, today + ten_years, today - ten_years, 1, i64::MAX]
        .into_iter()
        .enumerate()
    {
        of.forger.claimed = Timestamp::from_millis(claimed);
        let entry = new_record(&mut of, place, at, "Horloge");
        place = Forger::after(&entry);
        all.push(entry);
    }
    let mut line = of.open().await;
    line.push_all(&all).await.expect("times decide nothing");
    for at in 0..all.len() {
        let history = of.siege.history(&record(&of, at).0).await;
        assert_eq!(history, ["live"]);
    }
    Outcome::new("taken: times order nothing", Named::Seen)
}

async fn unknown(mut of: Attacker) -> Outcome {
    let place = Forger::after(&of.start);
    let (id, birth) = record(&of, 0);
    let frame = Frame::Edit(EditFrame {
        record: id,
        base: Vec::new(),
        creation: Some(birth),
    });
    let entry = of
        .forger
        .entry(Kind::Unknown(77), place, vec![(frame, name("Demain"))]);
    let mut line = of.open().await;
    line.push_all(&[entry]).await.expect("kept and passed on");
    of.siege.holds_up_to(&of.forger.feed(), 1).await;
    let history = of.siege.history(&id).await;
    assert_eq!(history, ["void"]);
    Outcome::new("kept, not interpreted", Named::Seen)
}

async fn false_acts(mut of: Attacker) -> Outcome {
    let root = secret("root", 222).public();
    let act = Act::Enrol {
        partner: root.partner(),
        root: *root.as_bytes(),
        name: "Complice 222".to_owned(),
        mandate: Mandate::everything(),
    };
    let place = Forger::after(&of.start);
    let entry = of.forger.act(place, &act);
    let mut line = of.open().await;
    line.push_all(&[entry]).await.expect("held, without effect");
    let partners = of.siege.ask(&["partners"]).to_string();
    assert!(!partners.contains("Complice"), "{partners}");
    let why = of.siege.without_effect("Complice 222");
    assert_eq!(why, "act_not_coordinator");
    Outcome::new(format!("held without effect: {why}"), Named::Seen)
}

/// A later entry of the node's own feed, which nobody has signed.
fn invented(of: &Attacker) -> FeedHeads {
    let status = of.siege.ask(&["status"]);
    let feed = status["signing"]["feed"].as_str().expect("it signs");
    let head = Head {
        sequence: 9_999,
        id: EntryId::from_bytes([of.number; 32]),
    };
    FeedHeads {
        feed: FeedId::parse(feed).expect("a feed"),
        heads: vec![head],
    }
}

async fn names_its_feed(of: Attacker) -> Outcome {
    let invented = tokio::task::block_in_place(|| invented(&of));
    let is = |state: &'static str| move |status: &Json| status["signing"]["state"] == state;
    let mut did = String::new();
    // Once it was at fault it may say it again: nobody waits for it.
    for while_it_says_so in ["held", "signs"] {
        let mut line = of.call().await;
        let yours = vec![invented.clone()];
        line.greet(&of, |hello| hello.yours = yours).await;
        let theirs = line.until_digest().await;
        of.siege.shows("signing", is(while_it_says_so)).await;
        line.say(&Message::Digest(theirs)).await;
        did = line.closed().await;
        assert_eq!(did, "400 peer_own_feed");
        of.siege.shows("signing", is("signs")).await;
    }
    if is_long() {
        let mut line = of.open().await;
        let (feed, head) = (invented.feed, invented.heads[0]);
        let heads = vec![NewHead { feed, head }];
        line.say(&Message::NewHeads { heads }).await;
        // It has the whole minute.
        did = line.closed().await;
    }
    Outcome::closes(&did, "peer_own_feed")
}

async fn gap(mut of: Attacker) -> Outcome {
    let all = chain(&mut of, 20);
    let mut line = of.open().await;
    let waits = line.push_all(&all[10..]).await.expect("it goes on");
    assert!(waits > 0, "what has no past is not taken");
    of.siege.holds_up_to(&of.forger.feed(), 0).await;
    line.push_all(&all).await.expect("with its past it is");
    of.siege.holds_up_to(&of.forger.feed(), 20).await;
    Outcome::new("held back until the past comes", Named::Seen)
}
