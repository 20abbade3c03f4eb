//! The form of payloads and frames: a broken one refuses the entry, one of a later version is kept.

use crdt_schema::cbor::{CborError, Tree, Wire, Writer};
use crdt_schema::entry::{EntryError, Frame, Payload, PayloadError, VerifiedEntry};

use crate::drawing::{FEDERATION, header, seal, seal_raw};

fn list<const N: usize>(values: [Tree; N]) -> Tree {
    Tree::List(values.into())
}

fn id(size: usize) -> Tree {
    Tree::Bytes(vec![1; size])
}

fn verify(frame: &Tree) -> Result<VerifiedEntry, EntryError> {
    verify_bytes(frame.to_cbor())
}

fn verify_bytes(frame: Vec<u8>) -> Result<VerifiedEntry, EntryError> {
    seal_raw(&[(frame, Vec::new())]).verify(&FEDERATION)
}

fn is_malformed(result: &Result<VerifiedEntry, EntryError>) -> bool {
    let malformed = EntryError::Payload(PayloadError::Cbor(CborError::Malformed));
    result.as_ref().is_err_and(|error| *error == malformed)
}

/// A sound frame of each type that this version knows.
fn sound() -> Vec<Vec<Tree>> {
    let birth = list([Tree::text("actor"), Tree::text("93"), id(16)]);
    let text = Tree::text;
    let ids = || list([id(16), id(16)]);
    vec![
        vec![text("act"), text("enrol")],
        vec![text("certificate"), id(32), id(32), id(32), id(64)],
        vec![text("checkpoint")],
        vec![text("edit"), id(16), list([]), birth],
        vec![text("edit"), id(16), ids(), Tree::Null],
        vec![text("personal"), id(16), text("contact"), id(16), ids()],
        vec![text("statement"), id(16), Tree::Null, text("verified")],
        vec![text("statement"), id(16), id(16), text("duplicate")],
    ]
}

/// What stands for nothing that a frame holds at any place.
fn strangers() -> Vec<Tree> {
    vec![
        Tree::Boolean(true),
        Tree::Integer(1),
        id(15),
        id(17),
        id(31),
        id(33),
        id(63),
        id(65),
        list([id(15)]),
        list([Tree::text("a"), Tree::text("b"), id(15)]),
        list([Tree::Null]),
        Tree::map([]),
    ]
}

#[test]
fn sound_frames_are_taken() {
    for frame in sound() {
        let verified = verify(&Tree::List(frame.clone()));
        let verified = verified.unwrap_or_else(|error| panic!("{frame:?}: {error}"));
        assert!(!matches!(verified.items()[0].frame, Frame::Unknown(_)));
    }
}

#[test]
fn a_malformed_frame_of_a_known_type_refuses_the_entry() {
    for frame in sound() {
        let mut wrong = vec![frame[..frame.len() - 1].to_vec()];
        wrong.push([&frame[..], &[Tree::Null]].concat());
        for at in 1..frame.len() {
            for stranger in strangers() {
                let mut changed = frame.clone();
                changed[at] = stranger;
                wrong.push(changed);
            }
        }
        for wrong in wrong {
            let result = verify(&Tree::List(wrong.clone()));
            assert!(is_malformed(&result), "{wrong:?}: {result:?}");
        }
    }
}

#[test]
fn items_of_a_later_version_are_kept_as_they_are() {
    let everything = Tree::map([
        ("a", Tree::Null),
        ("b", Tree::Boolean(true)),
        ("c", Tree::Integer(i64::MIN)),
        ("dd", Tree::Bytes(vec![0; 300])),
        ("ee", list([Tree::text("é"), list([])])),
    ]);
    for frame in [
        list([Tree::text("later")]),
        list([Tree::text("")]),
        list([Tree::text("Edit"), id(3)]),
        list([Tree::text("edit "), everything.clone()]),
        list([Tree::text("charter_2"), everything]),
    ] {
        let entry = seal_raw(&[
            (frame.to_cbor(), b"\xff\xff".to_vec()),
            (Frame::Checkpoint.to_cbor(), Vec::new()),
        ]);
        let verified = entry.clone().verify(&FEDERATION).expect("kept");
        assert_eq!(verified.items()[0].frame, Frame::Unknown(frame));
        assert_eq!(verified.items()[0].content(), Some(&b"\xff\xff"[..]));
        assert_eq!(verified.to_signed(), entry);
    }
}

#[test]
fn what_is_no_list_that_starts_with_a_text_is_no_frame() {
    for frame in [
        Tree::Null,
        Tree::text("checkpoint"),
        list([]),
        list([Tree::Integer(1)]),
        list([Tree::Bytes(b"checkpoint".to_vec())]),
        Tree::map([("act", Tree::text("enrol"))]),
    ] {
        let result = verify(&frame);
        assert!(is_malformed(&result), "{frame:?}: {result:?}");
    }
}

#[test]
fn frames_in_another_writing_are_refused_though_signed() {
    for frame in [
        // ["checkpoint"] with a long head, without a fixed length, and with a byte behind it.
        &b"\x98\x01\x6acheckpoint"[..],
        b"\x9f\x6acheckpoint\xff",
        b"\x81\x6acheckpoint\x00",
        b"\x81\x78\x0acheckpoint",
        b"\x81\x7f\x6acheckpoint\xff",
        // ["later", …]: long integer, float, tag, undefined, unsorted and doubled keys, integer beyond 64 bits, broken UTF-8.
        b"\x82\x65later\x18\x01",
        b"\x82\x65later\xf9\x3c\x00",
        b"\x82\x65later\xc1\x01",
        b"\x82\x65later\xf7",
        b"\x82\x65later\xa2\x61b\x01\x61a\x01",
        b"\x82\x65later\xa2\x61a\x01\x61a\x01",
        b"\x82\x65later\xa1\x01\x01",
        b"\x82\x65later\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x82\x65later\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x82\x65later\x61\xff",
        b"\x82\x65later",
        b"",
    ] {
        let result = verify_bytes(frame.to_vec());
        assert!(
            matches!(result, Err(EntryError::Payload(PayloadError::Cbor(_)))),
            "{frame:x?}: {result:?}"
        );
    }
}

#[test]
fn items_of_another_shape_are_refused() {
    let frame = Frame::Checkpoint.to_cbor();
    let shapes: [&dyn Fn(&mut Writer); 8] = [
        &|to| {
            to.array(1).bytes(&frame);
        },
        &|to| {
            to.array(2).bytes(&frame).bytes(&[0; 31]);
        },
        &|to| {
            to.array(2).bytes(&frame).bytes(&[0; 33]);
        },
        &|to| {
            to.array(3).bytes(&frame).bytes(&[0; 15]).bytes(&[]);
        },
        &|to| {
            to.array(3).bytes(&frame).bytes(&[0; 17]).bytes(&[]);
        },
        &|to| {
            to.array(3).bytes(&frame).bytes(&[0; 16]).null();
        },
        &|to| {
            let to = to.array(4).bytes(&frame).bytes(&[0; 16]);
            to.bytes(&[]).null();
        },
        &|to| {
            to.array(3).text("checkpoint").bytes(&[0; 16]).bytes(&[]);
        },
    ];
    for shape in shapes {
        let mut payload = Writer::default();
        shape(payload.array(1));
        let read = Payload::from_bytes(&payload.into_bytes());
        assert_eq!(read, Err(PayloadError::Cbor(CborError::Malformed)));
    }
}

#[test]
fn lengths_that_are_claimed_and_not_sent_are_refused() {
    for payload in [
        &b"\x9b\x00\x00\x00\x01\x00\x00\x00\x00"[..],
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x81\x83\x5a\xff\xff\xff\xff",
        b"\x81\x83\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x81\x9b\x00\x00\x00\x01\x00\x00\x00\x00",
    ] {
        let entry = seal(&header([0; 32], payload.len()), payload.to_vec());
        assert!(matches!(
            entry.verify(&FEDERATION),
            Err(EntryError::Payload(PayloadError::Cbor(_)))
        ));
    }
}
