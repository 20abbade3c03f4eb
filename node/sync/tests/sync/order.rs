//! Peers that say anything in any order: the session never panics, and closes once, with the peer's fault as the reason.

use std::time::Duration;

use crdt_schema::id::{CharterId, EntryId, FeedId};
use sync::codec::Block;
use sync::limits::{BAD_SIGNATURES_MAX, BATCH_ENTRIES_MAX};
use sync::message::{
    Digest, Entries, FeedHeads, Frontier, Head, Locator, Message, Need, NewHead, Objects, Stage,
    Summary, Tip,
};
use sync::session::{
    Close, Config, Input, Output, PeerFault, PeerId, Receipt, Role, Session, Timer,
};

use crate::memory::{Chance, Memory, entry, key};

fn config(role: Role) -> Config {
    Config {
        role,
        peer: PeerId::from_bytes([1; 32]),
        software: "maillage test".into(),
        exporter: [3; 32],
        jitter: 0,
    }
}

fn any_head(memory: &Memory, chance: &mut Chance) -> (FeedId, Head) {
    let feeds: Vec<_> = memory.feeds.iter().collect();
    let (feed, entries) = feeds[chance.below(feeds.len())];
    let heads: Vec<_> = entries.keys().collect();
    if chance.below(3) == 0 {
        let sequence = [0, 1, 9, u64::MAX][chance.below(4)];
        let id = EntryId::from_bytes(chance.bytes());
        return (*feed, Head { sequence, id });
    }
    (*feed, *heads[chance.below(heads.len())])
}

fn any_message(memory: &Memory, hello: &Message, chance: &mut Chance) -> Message {
    let (feed, head) = any_head(memory, chance);
    let batch = chance.below(4) as u32;
    let one = || FeedHeads {
        feed,
        heads: vec![head],
    };
    match chance.below(12) {
        0 => hello.clone(),
        1 => Message::Governance(Objects {
            batch,
            charters: vec![],
            approvals: vec![],
            last: chance.below(4) > 0,
        }),
        2 => Message::Digest(Summary {
            heads: Digest::of([&one()]),
            tip: Tip {
                version: chance.next(),
                id: CharterId::from_bytes([0; 32]),
            },
        }),
        3 => Message::Frontier(Frontier {
            feeds: vec![one()],
            is_complete: chance.below(2) == 0,
        }),
        4 => Message::Ask {
            feeds: vec![feed; 3],
        },
        5 => Message::Locators {
            locators: vec![Locator {
                feed,
                need: if chance.below(2) == 0 {
                    Need::Nothing
                } else {
                    Need::After(vec![head])
                },
            }],
        },
        6 | 7 => {
            let signed = entry(&key(9), None, 20, chance).to_signed();
            Message::Entries(Entries {
                batch,
                last: chance.below(3) > 0,
                block: Block::pack(&[signed]).expect("small"),
            })
        }
        8 => Message::Ack {
            batch,
            paused: vec![feed],
        },
        9 => Message::Done([Stage::Governance, Stage::Data][chance.below(2)]),
        10 => Message::NewHeads {
            heads: vec![NewHead { feed, head }; 2],
        },
        _ => Message::Want(one()),
    }
}

/// Carries out one input and what follows from it here. Returns the reason if the session closed.
fn carry_out(
    session: &mut Session,
    memory: &mut Memory,
    input: Input,
    sent: &mut Vec<Message>,
) -> Option<Close> {
    let mut inputs = vec![input];
    let mut close = None;
    while let Some(input) = inputs.pop() {
        for output in session.handle(input, Duration::ZERO, memory) {
            assert_eq!(close, None, "nothing follows a close");
            match output {
                Output::Store { batch, content } => {
                    let outcome = memory.store(content);
                    inputs.push(Input::Stored { batch, outcome });
                }
                Output::Close(reason) => close = Some(reason),
                Output::Send(message) => sent.push(message),
                Output::Schedule(..) | Output::Report(_) => {}
            }
        }
    }
    close
}

fn world(chance: &mut Chance) -> Memory {
    let mut memory = Memory::new(key(0));
    for author in 0..3 {
        for _ in 0..12 {
            memory.write(&key(author), 30, chance);
        }
    }
    memory.governance.insert(key(1).public().feed());
    memory
}

/// Returns the Hello that a true peer would send to a session of this role.
fn true_hello(role: Role, memory: &Memory) -> Message {
    let mut other = Session::new(config(role), Duration::ZERO);
    match &other.handle(Input::Start, Duration::ZERO, memory)[..] {
        [Output::Send(hello), ..] => hello.clone(),
        outputs => panic!("a session begins with its hello, not {outputs:?}"),
    }
}

fn assert_polite(close: &Close, seed: u64) {
    let is_polite = matches!(close, Close::PeerFault(_) | Close::Lost | Close::Stopping);
    assert!(is_polite, "SEED={seed}: {close:?}");
}

#[test]
fn ten_thousand_random_orders_end_politely() {
    let mut chance = Chance::named("orders");
    let start = world(&mut chance);
    let hello = true_hello(Role::Listener, &start);
    let mut closed = 0;
    for _ in 0..10_000 {
        let seed = chance.next();
        let mut chance = Chance::seeded(seed);
        let mut memory = start.clone();
        let mut session = Session::new(config(Role::Dialler), Duration::ZERO);
        let mut sent = Vec::new();
        let mut close = carry_out(&mut session, &mut memory, Input::Start, &mut sent);
        // A true beginning of a random length leads into every state.
        let mut lines = vec![
            hello.clone(),
            Message::Governance(Objects {
                batch: 0,
                charters: vec![],
                approvals: vec![],
                last: true,
            }),
            Message::Ack {
                batch: 0,
                paused: vec![],
            },
            Message::Digest(Summary {
                heads: if chance.below(2) == 0 {
                    Digest::of(&start.all_heads())
                } else {
                    Digest::of([])
                },
                tip: Tip {
                    version: 1,
                    id: CharterId::from_bytes([0; 32]),
                },
            }),
            Message::Frontier(Frontier {
                feeds: vec![],
                is_complete: chance.below(2) == 0,
            }),
        ];
        lines.truncate(chance.below(lines.len() + 1));
        for _ in 0..20 {
            lines.push(any_message(&start, &hello, &mut chance));
        }
        for line in lines {
            if close.is_some() {
                break;
            }
            let input = match chance.below(60) {
                0 => Input::Timer([Timer::Digest, Timer::Silence][chance.below(2)]),
                1 => Input::Compare,
                2 => Input::NewObjects,
                3 => {
                    let (feed, head) = any_head(&start, &mut chance);
                    Input::NewLocalHead(NewHead { feed, head })
                }
                _ => Input::Message(line),
            };
            close = carry_out(&mut session, &mut memory, input, &mut sent);
        }
        assert!(sent.len() < 200, "SEED={seed}: {}", sent.len());
        if let Some(close) = &close {
            closed += 1;
            assert_polite(close, seed);
            let after = session.handle(Input::Message(hello.clone()), Duration::ZERO, &memory);
            assert_eq!(after, [], "SEED={seed}: a closed session is silent");
        }
    }
    assert!(closed > 9_000, "{closed}: disorder is noticed");
}

#[test]
fn a_hello_of_another_connection_is_refused() {
    let mut chance = Chance::named("binding");
    let mut memory = world(&mut chance);
    let mut sent = Vec::new();
    // Our own role played back to us is not the peer's.
    for (role, close) in [
        (Role::Listener, None),
        (Role::Dialler, Some(Close::PeerFault(PeerFault::Binding))),
    ] {
        let hello = true_hello(role, &memory);
        let mut session = Session::new(config(Role::Dialler), Duration::ZERO);
        carry_out(&mut session, &mut memory, Input::Start, &mut sent);
        let input = Input::Message(hello);
        assert_eq!(
            carry_out(&mut session, &mut memory, input, &mut sent),
            close
        );
    }
    let mut other = config(Role::Dialler);
    other.exporter = [4; 32];
    let mut session = Session::new(other, Duration::ZERO);
    let input = Input::Message(true_hello(Role::Listener, &memory));
    carry_out(&mut session, &mut memory, Input::Start, &mut sent);
    let close = carry_out(&mut session, &mut memory, input, &mut sent);
    assert_eq!(close, Some(Close::PeerFault(PeerFault::Binding)));
}

/// A session that has just learnt that the peer holds nothing, and what it sent last.
fn catching(memory: &mut Memory) -> (Session, Vec<Message>) {
    let mut session = Session::new(config(Role::Dialler), Duration::ZERO);
    let mut sent = Vec::new();
    let hello = true_hello(Role::Listener, memory);
    carry_out(&mut session, memory, Input::Start, &mut sent);
    for message in [
        hello,
        Message::Governance(Objects {
            batch: 0,
            charters: vec![],
            approvals: vec![],
            last: true,
        }),
        Message::Ack {
            batch: 0,
            paused: vec![],
        },
        Message::Digest(Summary {
            heads: Digest::of([]),
            tip: Tip {
                version: 1,
                id: CharterId::from_bytes([0; 32]),
            },
        }),
    ] {
        assert_eq!(
            carry_out(&mut session, memory, Input::Message(message), &mut sent),
            None
        );
    }
    sent.clear();
    let frontier = Message::Frontier(Frontier {
        feeds: vec![],
        is_complete: true,
    });
    assert_eq!(
        carry_out(&mut session, memory, Input::Message(frontier), &mut sent),
        None
    );
    (session, sent)
}

#[test]
fn only_two_batches_are_under_way_in_each_direction() {
    let mut chance = Chance::named("in flight");
    let mut memory = world(&mut chance);
    for _ in 0..1_500 {
        memory.write(&key(1), 30, &mut chance);
    }
    let (mut session, sent) = catching(&mut memory);
    let is_last = |message: &&Message| matches!(message, Message::Entries(entries) if entries.last);
    assert_eq!(sent.iter().filter(is_last).count(), 2);
    // The other way: batches that our disk has not written yet.
    for batch in 1..=3 {
        let signed = entry(&key(9), None, 20, &mut chance).to_signed();
        let block = Block::pack(&[signed]).expect("small");
        let message = Message::Entries(Entries {
            batch,
            last: true,
            block,
        });
        let outputs = session.handle(Input::Message(message), Duration::ZERO, &memory);
        let is_stored = matches!(outputs[..], [Output::Store { .. }]);
        let too_many = [Output::Close(Close::PeerFault(PeerFault::TooManyBatches))];
        assert!(
            if batch < 3 {
                is_stored
            } else {
                outputs == too_many
            },
            "{batch}: {outputs:?}"
        );
    }
}

#[test]
fn a_batch_ends_at_its_limit_even_in_parts() {
    let mut chance = Chance::named("parts");
    for (extra, is_taken) in [(0, true), (1, false)] {
        let mut memory = world(&mut chance);
        let (mut session, mut sent) = catching(&mut memory);
        let signed = entry(&key(9), None, 20, &mut chance).to_signed();
        let half = vec![signed; BATCH_ENTRIES_MAX / 2];
        let second = [half.clone(), half[..extra].to_vec()].concat();
        let mut close = None;
        for (part, last) in [(half, false), (second, true)] {
            let block = Block::pack(&part).expect("small");
            let message = Message::Entries(Entries {
                batch: 1,
                last,
                block,
            });
            close = carry_out(
                &mut session,
                &mut memory,
                Input::Message(message),
                &mut sent,
            );
        }
        assert_eq!(close.is_none(), is_taken, "{close:?}");
    }
}

#[test]
fn three_bad_signatures_end_the_session() {
    let mut chance = Chance::named("signatures");
    for bad_signatures in BAD_SIGNATURES_MAX - 1..=BAD_SIGNATURES_MAX + 1 {
        let mut memory = world(&mut chance);
        let (mut session, _) = catching(&mut memory);
        let mut signed = entry(&key(9), None, 20, &mut chance).to_signed();
        signed.signature[3] ^= 1;
        let block = Block::pack(&[signed]).expect("small");
        let message = Message::Entries(Entries {
            batch: 1,
            last: true,
            block,
        });
        session.handle(Input::Message(message), Duration::ZERO, &memory);
        let outcome = Ok(Receipt {
            bad_signatures,
            ..Receipt::default()
        });
        let outputs = session.handle(Input::Stored { batch: 1, outcome }, Duration::ZERO, &memory);
        let closes = [Output::Close(Close::PeerFault(PeerFault::Signatures))];
        assert_eq!(
            outputs == closes,
            bad_signatures >= BAD_SIGNATURES_MAX,
            "{bad_signatures}"
        );
    }
}
