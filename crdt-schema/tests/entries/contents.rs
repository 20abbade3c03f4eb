//! Contents of edits: one that cannot be read makes the edit invalid on every node, and leaves the entry as it is.

use crdt_schema::cbor::{Tree, Wire};
use crdt_schema::edit::{Content, HeldEdit, History, Invalid, Operation, State, Value};
use crdt_schema::entry::{EditFrame, Frame, RecordBirth};
use crdt_schema::id::RecordId;
use proptest::prelude::*;

use crate::drawing::{FEDERATION, operations, seal_raw};

fn birth() -> RecordBirth {
    RecordBirth {
        kind: "actor".to_owned(),
        territory: "93".to_owned(),
        nonce: [1; 16],
    }
}

fn creation() -> EditFrame {
    let birth = birth();
    EditFrame {
        record: RecordId::of(&FEDERATION, &birth.kind, &birth.territory, &birth.nonce),
        base: Vec::new(),
        creation: Some(birth),
    }
}

/// Signs a creation with this content, verifies the entry, and says what became of the edit.
fn state_of(content: &[u8]) -> State {
    let frame = Frame::Edit(creation());
    let entry = seal_raw(&[(frame.to_cbor(), content.to_vec())]);
    let verified = entry.clone().verify(&FEDERATION).expect("the entry holds");
    assert_eq!(verified.to_signed(), entry);
    let (id, item) = verified.identified_items().next().expect("one item");
    let edit = HeldEdit {
        id,
        frame: &creation(),
        content: item.content(),
        is_void: false,
        is_erased: false,
    };
    let history = History::judge(&FEDERATION, &creation().record, &[edit], |_| false);
    assert_eq!(history.replayed.len(), 1, "it keeps its place");
    history.states[&id]
}

fn list<const N: usize>(values: [Tree; N]) -> Tree {
    Tree::List(values.into())
}

fn put(value: Tree) -> Tree {
    list([Tree::Integer(0), Tree::text("nom"), value])
}

fn value<const N: usize>(code: i64, rest: [Tree; N]) -> Tree {
    let mut values = vec![Tree::Integer(code)];
    values.extend(rest);
    put(Tree::List(values))
}

fn is_unreadable(operation: &Tree) -> bool {
    let content = list([operation.clone()]).to_cbor();
    state_of(&content) == State::Invalid(Invalid::Unreadable)
}

proptest! {
    #[test]
    fn operations_are_read_back_as_they_were_written(operations in proptest::collection::vec(operations(), 1..20)) {
        let content = Content(operations);
        prop_assert_eq!(Content::from_bytes(&content.to_cbor()), Ok(content));
    }

    #[test]
    fn what_is_read_has_one_writing(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(content) = Content::from_bytes(&bytes) {
            prop_assert_eq!(content.to_cbor(), bytes);
        }
    }

    #[test]
    fn a_content_with_one_flipped_bit_is_another_one_or_none(
        operations in proptest::collection::vec(operations(), 1..6), at in any::<prop::sample::Index>()
    ) {
        let content = Content(operations);
        let mut bytes = content.to_cbor();
        let bit = at.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Content::from_bytes(&bytes) {
            prop_assert_ne!(other, content);
        }
    }
}

#[test]
fn a_sound_content_counts() {
    let content = Content(vec![Operation::Put {
        field: "nom".to_owned(),
        value: Value::Text("Atelier".to_owned()),
    }]);
    assert_eq!(state_of(&content.to_cbor()), State::Live);
}

#[test]
fn a_content_that_is_no_list_of_operations_makes_the_edit_invalid_and_not_the_entry() {
    for content in [
        &b""[..],
        b"\x00",
        b"\xf6",
        b"\xff\xff",
        b"\x81\x80",
        b"\x81\x82\x01",
        b"\x81\x82\x01\x63nom\x00",
        b"\x98\x01\x82\x01\x63nom",
        b"\x9f\x82\x01\x63nom\xff",
        b"\x81\x82\x18\x01\x63nom",
        b"\x9b\x00\x00\x00\x01\x00\x00\x00\x00",
        b"\x81\x82\x01\x63n\xffm",
    ] {
        assert_eq!(
            state_of(content),
            State::Invalid(Invalid::Unreadable),
            "{content:x?}"
        );
    }
    assert_eq!(state_of(b"\x80"), State::Invalid(Invalid::NoOperation));
}

#[test]
fn operations_of_another_shape_cannot_be_read() {
    let name = || Tree::text("nom");
    let number = Tree::Integer;
    for operation in [
        list([number(5), name()]),
        list([number(-1), name()]),
        list([number(0), name()]),
        list([number(1), name(), name()]),
        list([number(2), name()]),
        list([number(3), name(), number(1)]),
        list([number(4), name(), number(0), number(0)]),
        list([number(4), name(), number(-1), number(0), name()]),
        list([number(4), name(), number(0), number(0), Tree::Null]),
        list([name(), number(1)]),
        Tree::map([("clear", name())]),
    ] {
        assert!(is_unreadable(&operation), "{operation:?}");
    }
}

#[test]
fn field_names_and_terms_are_not_empty_and_hold_no_nul() {
    for wrong in ["", "\0", "a\0b"] {
        let (name, wrong) = (Tree::text("nom"), Tree::text(wrong));
        for operation in [
            list([Tree::Integer(1), wrong.clone()]),
            list([Tree::Integer(2), wrong.clone(), name.clone()]),
            list([Tree::Integer(2), name.clone(), wrong.clone()]),
            list([Tree::Integer(3), name, wrong.clone()]),
            value(7, [wrong]),
        ] {
            assert!(is_unreadable(&operation), "{operation:?}");
        }
    }
}

#[test]
fn values_of_another_shape_cannot_be_read() {
    let number = Tree::Integer;
    for operation in [
        put(Tree::text("untyped")),
        put(list([])),
        value(0, [number(1)]),
        value(0, []),
        value(1, [Tree::text("1")]),
        value(1, [number(1), number(1)]),
        value(2, [number(1)]),
        value(3, [number(1)]),
        value(3, [Tree::Null]),
        value(5, [Tree::text("2025-11-24")]),
        value(6, [number(1)]),
        value(8, [Tree::Bytes(vec![0; 15])]),
        value(8, [Tree::Bytes(vec![0; 17])]),
        value(9, [number(1)]),
    ] {
        assert!(is_unreadable(&operation), "{operation:?}");
    }
}

#[test]
fn a_decimal_has_one_writing_and_18_places_at_most() {
    let decimal = |mantissa, scale| value(2, [Tree::Integer(mantissa), Tree::Integer(scale)]);
    for (mantissa, scale) in [
        (0, 0),
        (10, 0),
        (1, 17),
        (-1, 18),
        (i64::MIN, 0),
        (i64::MAX, 18),
    ] {
        assert!(
            !is_unreadable(&decimal(mantissa, scale)),
            "{mantissa} {scale}"
        );
    }
    for (mantissa, scale) in [(1, 19), (1, 256), (1, -1), (10, 1), (0, 1), (-20, 18)] {
        assert!(
            is_unreadable(&decimal(mantissa, scale)),
            "{mantissa} {scale}"
        );
    }
}

#[test]
fn a_point_is_on_earth() {
    let point = |latitude, longitude| value(6, [latitude, longitude].map(Tree::Integer));
    let (pole, antimeridian) = (900_000_000, 1_800_000_000);
    for sign in [1, -1] {
        assert!(!is_unreadable(&point(
            sign * (pole - 1),
            sign * (antimeridian - 1)
        )));
        assert!(!is_unreadable(&point(sign * pole, sign * antimeridian)));
        assert!(is_unreadable(&point(sign * (pole + 1), 0)));
        assert!(is_unreadable(&point(0, sign * (antimeridian + 1))));
        assert!(is_unreadable(&point(0, sign * (1 << 40))));
    }
    assert!(is_unreadable(&point(0, i32::MIN.into())));
}

#[test]
fn a_date_is_ten_characters_of_the_calendar() {
    let date = |text: &str| value(4, [Tree::text(text)]);
    for sound in [
        "2025-11-24",
        "2024-02-29",
        "2000-02-29",
        "0000-01-01",
        "9999-12-31",
    ] {
        assert!(!is_unreadable(&date(sound)), "{sound}");
    }
    for wrong in [
        "",
        "2025-11-2",
        "2025-11-240",
        "2025-02-29",
        "1900-02-29",
        "2025-13-01",
        "2025-00-01",
        "2025-04-31",
        "2025-04-00",
        "20251124",
        "20251124[]",
        "20251124  ",
        "  20251124",
        "2025-W48-1",
        "2025/11/24",
        "-025-11-24",
        "+025-11-24",
        "2025-11-2é",
        "２025-1-1",
    ] {
        assert!(is_unreadable(&date(wrong)), "{wrong}");
    }
}
