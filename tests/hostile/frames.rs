//! Frames and messages that no node sends.

use std::time::Duration;

use crdt_schema::entry::SignedEntry;
use crdt_schema::id::{EntryId, FeedId};
use sync::limits::{FRAME_BYTES_MAX, FRONTIER_FEEDS_MAX, LOCATOR_MAX, REQUEST_IDS_MAX};
use sync::message::{Digest, FeedHeads, Frontier, Head, Locator, Message, Need, NewHead, Summary};
use sync::session::PROTOCOL;
use tokio::time::timeout;

use crate::harness::forged::Chance;
use crate::hostile::attacker::{Attacker, Line, hear};
use crate::hostile::{Attack, Named, Outcome, attack, is_long};

/// More than the windows of a connection and the queue of a session take.
const TAKEN_MAX: usize = 8 << 20;

pub(crate) fn all() -> Vec<Attack> {
    vec![
        attack!("decompression bomb", "42 bytes that claim 1 GiB", claims),
        attack!(
            "decompression bomb",
            "a block that inflates beyond what it declares",
            inflates
        ),
        attack!("decompression bomb", "a frame one byte too long", too_long),
        attack!("downgrade", "a peer that offers an older protocol", older),
        attack!("downgrade", "a peer that lies about the range", lies),
        attack!(
            "old state shown again",
            "a hello recorded on another connection",
            recorded
        ),
        attack!(
            "replay elsewhere",
            "a hello of another federation",
            elsewhere
        ),
        attack!("greedy peers", "a request of 65 feeds", greedy_request),
        attack!("greedy peers", "a locator of 65 places", greedy_locator),
        attack!("greedy peers", "a frontier of 4,097 feeds", greedy_frontier),
        attack!("greedy peers", "a frontier that is not sorted", unsorted),
        attack!("greedy peers", "a batch of 257 entries", greedy_batch),
        attack!(
            "greedy peers",
            "a batch that declares more than 4 MiB",
            heavy_batch
        ),
        attack!("greedy peers", "a batch out of its turn", out_of_turn),
        attack!(
            "greedy peers",
            "an acknowledgement of nothing",
            acknowledges
        ),
        attack!(
            "greedy peers",
            "an announcement before the hello",
            out_of_state
        ),
        attack!("random message order", "random orders", random),
        attack!(
            "unbounded queues",
            "requests whose answers are never read",
            never_reads
        ),
        attack!(
            "unbounded queues",
            "a flood of announcements",
            announcements
        ),
    ]
}

/// The bytes of a message of entries, whatever its block claims.
fn block(batch: u32, last: bool, declared: u32, zstd: &[u8]) -> Vec<u8> {
    let body = (6_u32, batch, last, declared, zstd);
    let mut bytes = postcard::to_stdvec(&body.0).expect("a number");
    bytes.extend(postcard::to_stdvec(&(body.1, body.2, body.3)).expect("numbers"));
    bytes.extend(postcard::to_stdvec(body.4).expect("bytes"));
    bytes
}

async fn sends(of: &Attacker, body: &[u8]) -> String {
    let mut line = of.open().await;
    line.frame(body).await;
    line.closed().await
}

async fn says(of: &Attacker, message: &Message) -> String {
    let mut line = of.open().await;
    // Lists beyond their limits can be written, and are not read.
    let body = postcard::to_stdvec(message).expect("in memory");
    line.frame(&body).await;
    line.closed().await
}

async fn claims(of: Attacker) -> Outcome {
    let did = sends(&of, &block(1, true, 1 << 30, &[0x28; 20])).await;
    Outcome::closes(&did, "peer_batch")
}

async fn inflates(of: Attacker) -> Outcome {
    let bomb = zstd::bulk::compress(&vec![0; 256 << 20], 3).expect("memory suffices");
    let did = sends(&of, &block(1, true, 1 << 10, &bomb)).await;
    Outcome::closes(&did, "block_malformed")
}

async fn too_long(of: Attacker) -> Outcome {
    let mut line = of.open().await;
    let length = u32::try_from(FRAME_BYTES_MAX + 1).expect("small");
    line.write(&length.to_be_bytes()).await;
    let did = line.closed().await;
    Outcome::closes(&did, "frame_too_long")
}

async fn greets(of: &Attacker, change: impl FnOnce(&Line, &mut sync::message::Hello)) -> String {
    let mut line = of.call().await;
    let mut hello = of.siege.hello(line.binding(PROTOCOL));
    change(&line, &mut hello);
    line.say(&Message::Hello(Box::new(hello))).await;
    line.closed().await
}

async fn older(of: Attacker) -> Outcome {
    let did = greets(&of, |line, hello| {
        hello.protocol = (0, 0);
        hello.binding = line.binding((0, 0));
    })
    .await;
    assert_eq!(did, "426 protocol");
    Outcome::new(did, Named::Left("no common version of the protocol"))
}

async fn lies(of: Attacker) -> Outcome {
    // It was to speak the newest, and somebody between says less.
    let did = greets(&of, |_, hello| hello.protocol = (1, 1)).await;
    Outcome::closes(&did, "peer_binding")
}

async fn recorded(of: Attacker) -> Outcome {
    let earlier = of.call().await.binding((1, 2));
    let did = greets(&of, |_, hello| hello.binding = earlier).await;
    Outcome::closes(&did, "peer_binding")
}

async fn elsewhere(of: Attacker) -> Outcome {
    let other = crdt_schema::id::FederationId::from_bytes([9; 32]);
    let did = greets(&of, |_, hello| hello.federation = other).await;
    assert_eq!(did, "404 other_federation");
    Outcome::new(did, Named::Left("the peer belongs to another federation"))
}

fn feeds(count: usize) -> Vec<FeedId> {
    let number = |at: usize| {
        let mut bytes = [1; 32];
        bytes[..8].copy_from_slice(&(at as u64).to_be_bytes());
        FeedId::from_bytes(bytes)
    };
    (0..count).map(number).collect()
}

fn head(sequence: u64) -> Head {
    let id = EntryId::from_bytes([5; 32]);
    Head { sequence, id }
}

fn frontier(feeds: Vec<FeedId>) -> Message {
    let heads = |feed| FeedHeads {
        feed,
        heads: vec![head(3)],
    };
    Message::Frontier(Frontier {
        feeds: feeds.into_iter().map(heads).collect(),
        is_complete: true,
    })
}

async fn greedy_request(of: Attacker) -> Outcome {
    let feeds = feeds(REQUEST_IDS_MAX + 1);
    let did = says(&of, &Message::Ask { feeds }).await;
    Outcome::closes(&did, "frame_malformed")
}

async fn greedy_locator(of: Attacker) -> Outcome {
    let places = (0..=LOCATOR_MAX as u64).map(head).collect();
    let locators = vec![Locator {
        feed: feeds(1)[0],
        need: Need::After(places),
    }];
    let did = says(&of, &Message::Locators { locators }).await;
    Outcome::closes(&did, "frame_malformed")
}

/// Comes as far as the frontier, and shows this one.
async fn compares(of: &Attacker, shown: &Message) -> String {
    let mut line = of.call().await;
    line.greet(of, |_| {}).await;
    let theirs = line.until_digest().await;
    let heads = Digest::of([]);
    line.say(&Message::Digest(Summary { heads, ..theirs }))
        .await;
    line.frame(&postcard::to_stdvec(shown).expect("in memory"))
        .await;
    line.closed().await
}

async fn greedy_frontier(of: Attacker) -> Outcome {
    let did = compares(&of, &frontier(feeds(FRONTIER_FEEDS_MAX + 1))).await;
    Outcome::closes(&did, "frame_malformed")
}

async fn unsorted(of: Attacker) -> Outcome {
    let backwards = feeds(9).into_iter().rev().collect();
    let did = compares(&of, &frontier(backwards)).await;
    Outcome::closes(&did, "peer_frontier")
}

/// So many entries one after the other, of which none is looked at.
fn plain(of: &Attacker, count: usize) -> Vec<u8> {
    let SignedEntry {
        header,
        signature,
        payload,
    } = of.start.to_signed();
    let length = u32::try_from(payload.len()).expect("small").to_be_bytes();
    let one = [&header[..], &signature, &length, &payload].concat();
    one.repeat(count)
}

async fn greedy_batch(of: Attacker) -> Outcome {
    let plain = plain(&of, 257);
    let zstd = zstd::bulk::compress(&plain, 3).expect("memory suffices");
    let declared = u32::try_from(plain.len()).expect("small");
    let did = sends(&of, &block(1, true, declared, &zstd)).await;
    Outcome::closes(&did, "block_malformed")
}

async fn heavy_batch(of: Attacker) -> Outcome {
    let did = sends(&of, &block(1, false, (4 << 20) + 1, &[0; 9])).await;
    Outcome::closes(&did, "peer_batch")
}

async fn out_of_turn(of: Attacker) -> Outcome {
    let plain = plain(&of, 1);
    let zstd = zstd::bulk::compress(&plain, 3).expect("memory suffices");
    let declared = u32::try_from(plain.len()).expect("small");
    let did = sends(&of, &block(7, true, declared, &zstd)).await;
    Outcome::closes(&did, "peer_batch")
}

async fn acknowledges(of: Attacker) -> Outcome {
    let (batch, paused) = (4_000, Vec::new());
    let did = says(&of, &Message::Ack { batch, paused }).await;
    Outcome::closes(&did, "peer_batch")
}

async fn out_of_state(of: Attacker) -> Outcome {
    let mut line = of.call().await;
    let feeds = feeds(1);
    line.say(&Message::Ask { feeds }).await;
    let did = line.closed().await;
    Outcome::closes(&did, "peer_out_of_state")
}

async fn random(of: Attacker) -> Outcome {
    let mut chance = Chance(7);
    let mut last = "";
    let orders = if is_long() { 1_000 } else { 20 };
    for _ in 0..orders {
        let mut line = of.call().await;
        line.greet(&of, |_| {}).await;
        let theirs = line.until_digest().await;
        let one = FeedHeads {
            feed: feeds(1)[0],
            heads: vec![head(1)],
        };
        let messages = [
            Message::Digest(theirs),
            Message::Want(one.clone()),
            frontier(feeds(2)),
            Message::Ask { feeds: feeds(3) },
            Message::Fetch {
                ids: vec![EntryId::from_bytes([8; 32])],
            },
            Message::Ack {
                batch: 9,
                paused: feeds(1),
            },
            Message::Hello(Box::new(of.siege.hello([0; 32]))),
        ];
        for _ in 0..40 {
            line.say(&messages[chance.below(messages.len())]).await;
        }
        let did = line.closed().await;
        let codes = ["peer_out_of_state", "peer_batch"];
        let code = codes.into_iter().find(|code| did == format!("400 {code}"));
        last = code.unwrap_or_else(|| panic!("{did}"));
    }
    Outcome::new(
        format!("closed {orders} times with 400"),
        Named::Fault(last),
    )
}

async fn never_reads(of: Attacker) -> Outcome {
    let narrow = Attacker::narrow(&of.siege, of.number).await;
    let mut line = narrow.open().await;
    let feeds = feeds(REQUEST_IDS_MAX);
    let frame = sync::codec::encode(&Message::Ask { feeds }).expect("small");
    let mut bytes = 0;
    while let Ok(written) = timeout(Duration::from_secs(1), line.write(&frame)).await {
        assert!(written, "{}", line.closed().await);
        bytes += frame.len();
        assert!(bytes < TAKEN_MAX, "it takes questions without end");
    }
    of.siege.served().await;
    let mut did = format!("reads no more after {} KiB of questions", bytes >> 10);
    let mut named = Named::Seen;
    if is_long() {
        let closed = line.closed().await;
        assert_eq!(closed, "400 peer_silent");
        did = format!("{did}; {closed}");
        named = Named::Fault("peer_silent");
    }
    narrow.endpoint.close().await;
    Outcome::new(did, named)
}

async fn announcements(of: Attacker) -> Outcome {
    let mut line = of.open().await;
    let rounds = 2 * FRONTIER_FEEDS_MAX / REQUEST_IDS_MAX;
    let mut frames = Vec::new();
    for round in 0..rounds {
        let heads = feeds(REQUEST_IDS_MAX).into_iter().map(|feed| {
            let mut bytes = *feed.as_bytes();
            bytes[8..16].copy_from_slice(&(round as u64).to_be_bytes());
            let feed = FeedId::from_bytes(bytes);
            NewHead {
                feed,
                head: head(3),
            }
        });
        let heads = heads.collect();
        frames.extend(sync::codec::encode(&Message::NewHeads { heads }).expect("small"));
    }
    // Its answer comes behind those to the announcements.
    let last = Message::Ask { feeds: feeds(1) };
    frames.extend(sync::codec::encode(&last).expect("small"));
    let (send, receive) = (&mut line.send, &mut line.receive);
    let counting = async {
        let mut asked = 0;
        while let Some(message) = hear(receive).await {
            match message {
                Message::Want(_) => asked += 1,
                Message::Locators { .. } => return asked,
                _ => {}
            }
        }
        panic!("it closes");
    };
    let (written, asked) = tokio::join!(send.write_all(&frames), counting);
    written.expect("all is taken");
    let room = FRONTIER_FEEDS_MAX / 2..=FRONTIER_FEEDS_MAX;
    assert!(room.contains(&asked), "{asked}");
    Outcome::new(
        format!("{asked} of {} feeds asked for", rounds * REQUEST_IDS_MAX),
        Named::Seen,
    )
}
