use crdt_schema::id::{CharterId, EntryId, FederationId, FeedId};

use super::*;
use crate::limits::*;
use crate::message::*;

fn head(sequence: u64) -> Head {
    Head {
        sequence,
        id: EntryId::from_bytes([sequence as u8; 32]),
    }
}

fn feed(number: usize) -> FeedId {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    FeedId::from_bytes(bytes)
}

fn hello(software: String) -> Message {
    Message::Hello(Box::new(Hello {
        protocol: (1, 1),
        federation: FederationId::from_bytes([1; 32]),
        tip: Tip {
            version: 3,
            id: CharterId::from_bytes([2; 32]),
        },
        software,
        batch_bytes_max: BATCH_BYTES_MAX as u32,
        yours: vec![FeedHeads {
            feed: feed(1),
            heads: vec![head(7)],
        }],
        binding: [9; 32],
    }))
}

fn frontier(feeds: usize, heads: usize) -> Message {
    let heads: Vec<Head> = (0..heads).map(|i| head(u64::MAX - i as u64)).collect();
    let feeds = (0..feeds)
        .map(|number| FeedHeads {
            feed: feed(number),
            heads: heads.clone(),
        })
        .collect();
    Message::Frontier(Frontier {
        feeds,
        is_complete: true,
    })
}

fn objects(charters: usize, size_bytes: usize) -> Message {
    let charter = Bytes::new(vec![1; size_bytes]).expect("within the limit");
    Message::Governance(Objects {
        batch: 0,
        charters: vec![charter; charters],
        approvals: vec![],
        last: true,
    })
}

fn read(message: &Message) -> Result<Message, CodecError> {
    let frame = encode(message)?;
    let (prefix, body) = frame.split_first_chunk().expect("a prefix");
    assert_eq!(length(*prefix, FRAME_BYTES_MAX), Ok(body.len()));
    decode(body)
}

#[test]
fn every_message_is_read_as_it_was_written() {
    let locators = vec![
        Locator {
            feed: feed(1),
            need: Need::Nothing,
        },
        Locator {
            feed: feed(2),
            need: Need::After(vec![head(9), head(8), head(0)]),
        },
    ];
    let messages = [
        hello("maillage 0.1".into()),
        objects(2, 10),
        Message::Digest(Summary {
            heads: Digest::of([]),
            tip: Tip {
                version: 1,
                id: CharterId::from_bytes([3; 32]),
            },
        }),
        frontier(3, 2),
        Message::Ask {
            feeds: vec![feed(1), feed(2)],
        },
        Message::Locators { locators },
        Message::Entries(Entries {
            batch: 4,
            last: false,
            block: Block::pack(&[]).expect("empty"),
        }),
        Message::Ack {
            batch: 7,
            paused: vec![feed(3)],
        },
        Message::Done(Stage::Governance),
        Message::NewHeads {
            heads: vec![NewHead {
                feed: feed(1),
                head: head(2),
            }],
        },
        Message::Want(FeedHeads {
            feed: feed(1),
            heads: vec![head(1)],
        }),
        Message::Fetch {
            ids: vec![head(3).id, head(4).id],
        },
        Message::Peers {
            peers: ["192.0.2.7:4433", "[2001:db8::7]:1"]
                .map(|address| PeerAddress {
                    peer: crate::session::PeerId::from_bytes([4; 32]),
                    address: address.parse().expect("an address"),
                })
                .to_vec(),
        },
    ];
    for message in messages {
        assert_eq!(read(&message), Ok(message.clone()), "{}", message.name());
        let mut frame = encode(&message).expect("small");
        frame.push(0);
        assert_eq!(
            decode(&frame[4..]),
            Err(CodecError::Malformed),
            "a byte too many"
        );
        let short = &frame[4..frame.len() - 2];
        assert_eq!(decode(short), Err(CodecError::Malformed), "a byte too few");
    }
}

#[test]
fn lists_are_read_up_to_their_limit_only() {
    type Make = Box<dyn Fn(usize) -> Message>;
    let cases: Vec<(usize, Make)> = vec![
        (FRONTIER_FEEDS_MAX, Box::new(|count| frontier(count, 1))),
        (HEADS_MAX, Box::new(|count| frontier(1, count))),
        (OBJECTS_MAX, Box::new(|count| objects(count, 1))),
        (
            REQUEST_IDS_MAX,
            Box::new(|count| Message::Ask {
                feeds: (0..count).map(feed).collect(),
            }),
        ),
        (
            REQUEST_IDS_MAX,
            Box::new(|count| Message::Fetch {
                ids: vec![head(1).id; count],
            }),
        ),
        (
            LOCATOR_MAX,
            Box::new(|count| Message::Locators {
                locators: vec![Locator {
                    feed: feed(0),
                    need: Need::After(vec![head(0); count]),
                }],
            }),
        ),
        (
            REQUEST_IDS_MAX,
            Box::new(|count| Message::NewHeads {
                heads: vec![
                    NewHead {
                        feed: feed(0),
                        head: head(0)
                    };
                    count
                ],
            }),
        ),
        (
            BATCH_ENTRIES_MAX,
            Box::new(|count| Message::Ack {
                batch: 0,
                paused: (0..count).map(feed).collect(),
            }),
        ),
        (
            SOFTWARE_BYTES_MAX,
            Box::new(|count| hello("x".repeat(count))),
        ),
    ];
    for (max, make) in cases {
        for (count, is_read) in [(max - 1, true), (max, true), (max + 1, false)] {
            let message = make(count);
            assert_eq!(
                read(&message).is_ok(),
                is_read,
                "{} {count}",
                message.name()
            );
        }
    }
}

#[test]
fn the_largest_frontier_fits_a_frame() {
    let frame = encode(&frontier(FRONTIER_FEEDS_MAX, HEADS_MAX)).expect("fits");
    assert!(frame.len() <= FRAME_BYTES_MAX);
}

#[test]
fn a_frame_is_read_up_to_its_limit_only() {
    for (size, is_taken) in [
        (FRAME_BYTES_MAX - 1, true),
        (FRAME_BYTES_MAX, true),
        (FRAME_BYTES_MAX + 1, false),
        (u32::MAX as usize, false),
    ] {
        let prefix = (size as u32).to_be_bytes();
        assert_eq!(length(prefix, FRAME_BYTES_MAX).is_ok(), is_taken, "{size}");
    }
    assert!(matches!(
        decode(&vec![0; FRAME_BYTES_MAX + 1]),
        Err(CodecError::TooLong { .. })
    ));
    assert!(frame(&[0; JOIN_FRAME_BYTES_MAX], JOIN_FRAME_BYTES_MAX).is_ok());
    assert!(frame(&[0; JOIN_FRAME_BYTES_MAX + 1], JOIN_FRAME_BYTES_MAX).is_err());
}

#[test]
fn charters_too_large_to_wrap_are_refused() {
    assert!(Bytes::<OBJECT_BYTES_MAX>::new(vec![0; OBJECT_BYTES_MAX]).is_some());
    assert!(Bytes::<OBJECT_BYTES_MAX>::new(vec![0; OBJECT_BYTES_MAX + 1]).is_none());
    assert!(read(&objects(1, OBJECT_BYTES_MAX)).is_ok());
}

#[test]
fn a_hello_that_offers_nothing_is_refused() {
    let Message::Hello(mut hello) = hello("x".into()) else {
        unreachable!("made above")
    };
    hello.protocol = (2, 1);
    assert!(read(&Message::Hello(hello.clone())).is_err());
    hello.protocol = (1, 1);
    for (size, is_read) in [
        (0, false),
        (BATCH_BYTES_MIN - 1, false),
        (BATCH_BYTES_MIN, true),
    ] {
        hello.batch_bytes_max = size as u32;
        assert_eq!(
            read(&Message::Hello(hello.clone())).is_ok(),
            is_read,
            "{size}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        if let Ok(message) = decode(&bytes) {
            proptest::prop_assert!(encode(&message).is_ok());
            if let Message::Entries(entries) = message {
                let _ = entries.block.open();
            }
        }
    }

    #[test]
    fn a_changed_byte_is_read_or_refused(at in 0_usize..500, to: u8) {
        let mut frame = encode(&frontier(3, 2)).expect("small");
        let at = 4 + at % (frame.len() - 4);
        frame[at] = to;
        let _ = decode(&frame[4..]);
    }
}
