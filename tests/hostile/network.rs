//! Connections: strangers, crowds, peers that say nothing, and invitations that were guessed.

use std::time::Duration;

use crdt_schema::entry::Certificate;
use crdt_schema::id::hash;
use serde_json::Value as Json;
use sync::codec;
use sync::codec::Block;
use sync::endpoint::{JOIN_ALPN, SYNC_ALPN};
use sync::limits::{CONNECTIONS_MAX, FIRST_BYTE_MAX, JOIN_FRAME_BYTES_MAX, NEWCOMERS_MAX};
use sync::message::{Digest, Entries, Frontier, Message, Stage, Summary};
use sync::{JoinError, JoinReply, JoinRequest, Ticket};
use tokio::time::Instant;

use crate::hostile::attacker::{Attacker, closed, dial, rogue};
use crate::hostile::entries::chain;
use crate::hostile::siege::{hexadecimal, public, secret, some};
use crate::hostile::{Attack, Named, Outcome, attack, is_long};

/// More than a node has connections.
const KNOCKERS: u8 = 70;

pub(crate) fn all() -> Vec<Attack> {
    let mut all = vec![
        attack!("unknown endpoints", "strangers", strangers),
        attack!(
            "unknown endpoints",
            "a partner that is cut in mid-session",
            loses_its_right
        ),
        attack!(
            "connection floods",
            "a crowd of connections of one peer",
            crowd
        ),
        attack!("memory by windows", "peers that never read", never_read),
        attack!(
            "slow-loris",
            "strangers that knock and say nothing",
            silent_knocks
        ),
        attack!(
            "invitation stolen",
            "a ticket that was used by another",
            used
        ),
        attack!("invitation stolen", "codes that are guessed", guessed),
        attack!(
            "invitation stolen",
            "a join frame one byte too long",
            long_knock
        ),
    ];
    if is_long() {
        all.push(attack!(
            "slow-loris",
            "a word that is never finished",
            half_a_word
        ));
        all.push(attack!("slow-loris", "silence after the hello", silent));
        all.push(attack!(
            "slow-loris",
            "silence after the opening",
            silent_exchange
        ));
        all.push(attack!(
            "slow-loris",
            "silence in the middle of a batch",
            half_a_batch
        ));
    }
    all.push(attack!(
        "slow-loris",
        "a connection without a stream",
        no_stream
    ));
    all
}

async fn strangers(of: Attacker) -> Outcome {
    let count = if is_long() { 200 } else { 30 };
    for number in 0..count {
        let key = crdt_schema::key::SecretKey::from_bytes(&hash("stranger", &[&[number]]));
        let endpoint = rogue(&key).await;
        let connection = dial(&endpoint, &of.siege, SYNC_ALPN).await;
        let did = closed(&connection.expect("to be connected means nothing")).await;
        assert_eq!(did, "403 not_allowed");
        let knock = dial(&endpoint, &of.siege, JOIN_ALPN).await;
        let did = closed(&knock.expect("to be connected means nothing")).await;
        assert_eq!(did, "403 not_allowed");
        endpoint.close().await;
    }
    Outcome::new(format!("{count} closed with 403"), Named::Seen)
}

async fn loses_its_right(of: Attacker) -> Outcome {
    let mut line = of.open().await;
    let (name, feed) = (
        format!("Partenaire {}", of.number),
        of.forger.feed().to_string(),
    );
    let siege = of.siege.clone();
    let cut = move || siege.ask_all(&["partner", "cut", &name, "--feed", &feed, "--yes"]);
    tokio::task::spawn_blocking(cut)
        .await
        .expect("it is signed");
    while line.hear().await.is_some() {}
    let did = line.closed().await;
    assert_eq!(did, "423 not_allowed");
    Outcome::new(did, Named::Fault("refused"))
}

async fn crowd(of: Attacker) -> Outcome {
    let count = if is_long() { 1_000 } else { 100 };
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(of.open().await);
    }
    for _ in 2..count {
        let Ok(connection) = of.connect(SYNC_ALPN).await else {
            continue;
        };
        let did = closed(&connection).await;
        assert_eq!(did, "429 too_many");
    }
    of.siege.served().await;
    Outcome::new(
        format!("{} of {count} closed with 429", count - 2),
        Named::Seen,
    )
}

/// Two connections of each of thirty-one partners; the other two places are for the healthy peer.
async fn never_read(of: Attacker) -> Outcome {
    let (mut partners, mut held) = (Vec::new(), Vec::new());
    for number in 50..81 {
        let each = Attacker::narrow(&of.siege, number).await;
        for _ in 0..2 {
            let mut line = each.call().await;
            line.greet(&each, |_| {}).await;
            let theirs = line.until_digest().await;
            let heads = Digest::of([]);
            line.say(&Message::Digest(Summary { heads, ..theirs }))
                .await;
            let (feeds, is_complete) = (Vec::new(), true);
            line.say(&Message::Frontier(Frontier { feeds, is_complete }))
                .await;
            line.say(&Message::Done(Stage::Governance)).await;
            // From here on come the entries of all partners, as much as may be under way.
            line.until_data().await;
            held.push(line);
        }
        partners.push(each);
    }
    assert_eq!(held.len(), CONNECTIONS_MAX - 2);
    of.siege.served().await;
    of.siege
        .shows("their sessions", |status| {
            partners.iter().all(|each| {
                let id = hexadecimal(&public("endpoint", each.number));
                let is_held = |peer: &Json| peer["endpoint"] == *id && peer["sessions"] == 2;
                some(&status["peers"], is_held)
            })
        })
        .await;
    let mut did = format!("{} held within their windows", held.len());
    if is_long() {
        for line in &mut held {
            assert_eq!(line.closed().await, "400 peer_silent");
        }
        did = format!("{did}, closed with 400 peer_silent");
    }
    for each in partners {
        each.endpoint.close().await;
    }
    Outcome::new(did, Named::Seen)
}

/// An invitation that is open while strangers attack, as a ticket.
async fn invited(of: &Attacker) -> Ticket {
    let siege = of.siege.clone();
    let name = format!("Nouveau {}", of.number);
    let invite = move || siege.ask(&["invite", "--partner", &name, "--auto"]);
    let invited = tokio::task::spawn_blocking(invite).await.expect("asked");
    Ticket::parse(invited["ticket"].as_str().expect("a ticket")).expect("a ticket")
}

/// More strangers than there are connections, each of which knocks and waits.
async fn silent_knocks(of: Attacker) -> Outcome {
    let _open = invited(&of).await;
    let (mut held, mut endpoints) = (Vec::new(), Vec::new());
    for number in 0..KNOCKERS {
        let key = crdt_schema::key::SecretKey::from_bytes(&hash("knocker", &[&[number]]));
        let endpoint = rogue(&key).await;
        held.extend(dial(&endpoint, &of.siege, JOIN_ALPN).await);
        endpoints.push(endpoint);
    }
    of.siege.served().await;
    let mut waits = 0;
    for connection in &held {
        match connection.close_reason() {
            None => waits += 1,
            Some(_) => assert_eq!(closed(connection).await, "429 too_many"),
        }
    }
    assert_eq!((waits, held.len()), (NEWCOMERS_MAX, usize::from(KNOCKERS)));
    for endpoint in endpoints {
        endpoint.close().await;
    }
    let turned_away = held.len() - waits;
    Outcome::new(
        format!("{waits} wait, {turned_away} closed with 429"),
        Named::Seen,
    )
}

/// Shows a code as somebody with these keys. Returns the answer.
async fn knock(of: &Attacker, number: u8, code: [u8; 16]) -> JoinReply {
    let (root, instance) = (secret("root", number), secret("instance", number));
    let endpoint = public("endpoint", number);
    let (federation, feed) = (of.siege.federation(), instance.public().feed());
    let its = Certificate::sign(&root, root.public().partner(), &federation, &feed, endpoint);
    let request = JoinRequest::new(code, &format!("Voleur {number}"), &feed, &its);
    let bytes = postcard::to_stdvec(&request).expect("in memory");
    let own = rogue(&secret("endpoint", number)).await;
    let connection = dial(&own, &of.siege, JOIN_ALPN).await.expect("it listens");
    let (mut send, mut receive) = connection.open_bi().await.expect("a stream");
    let frame = codec::frame(&bytes, JOIN_FRAME_BYTES_MAX).expect("small");
    send.write_all(&frame).await.expect("the window is open");
    let mut length = [0; 4];
    receive.read_exact(&mut length).await.expect("an answer");
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    receive.read_exact(&mut body).await.expect("an answer");
    own.close().await;
    postcard::from_bytes(&body).expect("an answer")
}

async fn used(of: Attacker) -> Outcome {
    let ticket = invited(&of).await;
    let first = knock(&of, 231, ticket.code).await;
    assert!(matches!(first, JoinReply::Admitted(_)), "{first:?}");
    // An open invitation, so that anybody may knock.
    invited(&of).await;
    let second = knock(&of, 232, ticket.code).await;
    assert_eq!(second, JoinReply::Refused(JoinError::Used));
    Outcome::new("refused: used", Named::Seen)
}

async fn guessed(of: Attacker) -> Outcome {
    let ticket = invited(&of).await;
    for guess in 0..5 {
        let answer = knock(&of, 233, [guess; 16]).await;
        assert_eq!(answer, JoinReply::Refused(JoinError::Code));
    }
    let connection = of
        .connect(JOIN_ALPN)
        .await
        .expect("to be connected means nothing");
    assert_eq!(closed(&connection).await, "403 not_allowed");
    let siege = of.siege.clone();
    let list = move || siege.ask(&["invitations", "list"]).to_string();
    let listed = tokio::task::spawn_blocking(list).await.expect("asked");
    assert!(listed.contains("void"), "{listed}");
    drop(ticket);
    Outcome::new("all tickets void after 5 codes", Named::Seen)
}

async fn long_knock(of: Attacker) -> Outcome {
    invited(&of).await;
    let connection = of.connect(JOIN_ALPN).await.expect("it listens");
    let (mut send, _receive) = connection.open_bi().await.expect("a stream");
    let length = u32::try_from(JOIN_FRAME_BYTES_MAX + 1).expect("small");
    let began = Instant::now();
    send.write_all(&length.to_be_bytes()).await.expect("room");
    let did = closed(&connection).await;
    assert_eq!(did, "403 not_allowed");
    // It has not waited for the frame itself.
    assert!(began.elapsed() < FIRST_BYTE_MAX);
    Outcome::new(did, Named::Seen)
}

async fn half_a_word(of: Attacker) -> Outcome {
    let mut line = of.open().await;
    line.write(&[0, 0, 1, 0]).await;
    // One byte every nine seconds, for as long as the node bears it.
    while tokio::time::timeout(Duration::from_secs(9), line.closed())
        .await
        .is_err()
    {
        line.write(&[1]).await;
    }
    let did = line.closed().await;
    Outcome::closes(&did, "peer_silent")
}

async fn silent(of: Attacker) -> Outcome {
    let mut line = of.call().await;
    line.greet(&of, |_| {}).await;
    let did = line.closed().await;
    Outcome::closes(&did, "peer_silent")
}

async fn silent_exchange(of: Attacker) -> Outcome {
    let mut line = of.call().await;
    line.greet(&of, |_| {}).await;
    line.until_digest().await;
    let did = line.closed().await;
    Outcome::closes(&did, "peer_silent")
}

async fn half_a_batch(mut of: Attacker) -> Outcome {
    let mut line = of.open().await;
    let some: Vec<_> = chain(&mut of, 2).iter().map(|it| it.to_signed()).collect();
    let block = Block::pack(&some).expect("small");
    let (batch, last) = (line.next_batch(), false);
    line.say(&Message::Entries(Entries { batch, last, block }))
        .await;
    let did = line.closed().await;
    Outcome::closes(&did, "peer_silent")
}

async fn no_stream(of: Attacker) -> Outcome {
    let connection = of.connect(SYNC_ALPN).await.expect("it listens");
    let did = closed(&connection).await;
    Outcome::closes(&did, "peer_silent")
}
