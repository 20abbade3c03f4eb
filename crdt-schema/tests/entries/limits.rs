//! Every limit of validity: one below, at it, one above.

use crdt_schema::cbor::{self, CborError, Tree, Wire, Writer};
use crdt_schema::edit::{Content, Invalid, Operation, Past, Value, check_frame};
use crdt_schema::entry::{Body, EditFrame, EntryError, Frame, Item, Payload, PayloadError};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::limits::{
    BASE_MAX, CBOR_DEPTH_MAX, ENTRY_ITEMS_MAX, FIELD_BYTES_MAX, ITEM_BYTES_MAX, OPERATIONS_MAX,
    PAYLOAD_BYTES_HELD_MAX, PAYLOAD_BYTES_MAX, TEXT_BYTES_MAX, VALUE_BYTES_MAX,
};

use crate::drawing::{FEDERATION, erase, header, held, seal};

/// Takes items both ways: as a value, and as bytes that came from somewhere.
fn take(items: &[Item]) -> Result<(), PayloadError> {
    let mut writer = Writer::default();
    writer.list(items);
    let read = Payload::from_bytes(&writer.into_bytes()).map(|_| ());
    let made = Payload::new(items.to_vec()).map(|_| ());
    assert_eq!(read, made);
    read
}

/// An item whose frame and content together take so many bytes.
fn item_of(size_bytes: usize) -> Item {
    let frame_bytes = Frame::Checkpoint.to_cbor().len();
    let item = held(Frame::Checkpoint, vec![0; size_bytes - frame_bytes]);
    assert_eq!(item.size_bytes(), size_bytes);
    item
}

/// Items that together take so many bytes as a payload.
fn items_of(payload_bytes: usize) -> Vec<Item> {
    let mut items = vec![item_of(ITEM_BYTES_MAX); 3];
    items.push(item_of(60_000));
    let mut writer = Writer::default();
    writer.list(&items);
    let missing = payload_bytes - writer.into_bytes().len();
    items[3] = item_of(60_000 + missing);
    items
}

fn text(size_bytes: usize) -> String {
    // Two bytes a letter, so that letters are not counted for bytes.
    let mut text = "é".repeat(size_bytes / 2);
    if size_bytes % 2 == 1 {
        text.push('a');
    }
    text
}

fn clear(field: String) -> Operation {
    Operation::Clear { field }
}

fn insert(size_bytes: usize) -> Operation {
    Operation::Splice {
        field: "texte".to_owned(),
        position: 0,
        deleted: 0,
        inserted: text(size_bytes),
    }
}

/// Judges operations by themselves and through their bytes, which the decoder accepts whatever their number and size.
fn judge(operations: Vec<Operation>) -> Result<(), Invalid> {
    let content = Content(operations);
    let bytes = content.to_cbor();
    assert_eq!(cbor::decode_exact(&bytes), Ok(content.clone()));
    assert_eq!(Content::from_bytes(&bytes).map(|_| ()), content.check());
    content.check()
}

#[test]
fn an_entry_holds_1_to_256_items() {
    let items = |count: usize| vec![item_of(20); count];
    assert_eq!(take(&items(0)), Err(PayloadError::Empty));
    assert_eq!(take(&items(1)), Ok(()));
    assert_eq!(take(&items(ENTRY_ITEMS_MAX - 1)), Ok(()));
    assert_eq!(take(&items(ENTRY_ITEMS_MAX)), Ok(()));
    assert_eq!(
        take(&items(ENTRY_ITEMS_MAX + 1)),
        Err(PayloadError::TooManyItems(ENTRY_ITEMS_MAX + 1))
    );
}

#[test]
fn an_item_takes_64_kib_at_most_frame_and_content_together() {
    assert_eq!(take(&[item_of(ITEM_BYTES_MAX - 1)]), Ok(()));
    assert_eq!(take(&[item_of(ITEM_BYTES_MAX)]), Ok(()));
    let size_bytes = ITEM_BYTES_MAX + 1;
    assert_eq!(
        take(&[item_of(20), item_of(size_bytes)]),
        Err(PayloadError::ItemTooLarge {
            index: 1,
            size_bytes
        })
    );
}

#[test]
fn a_payload_takes_256_kib_at_most() {
    assert_eq!(take(&items_of(PAYLOAD_BYTES_MAX - 1)), Ok(()));
    assert_eq!(take(&items_of(PAYLOAD_BYTES_MAX)), Ok(()));
    assert_eq!(
        take(&items_of(PAYLOAD_BYTES_MAX + 1)),
        Err(PayloadError::TooLarge(PAYLOAD_BYTES_MAX + 1))
    );
}

#[test]
fn a_full_payload_can_be_erased_though_hashes_are_longer_than_empty_contents() {
    let frame = |letters: usize| {
        Frame::Unknown(Tree::List(vec![
            Tree::text("later"),
            Tree::Text("a".repeat(letters)),
        ]))
    };
    // Frame, salt and content of each item take 1,024 bytes but for the last one, which makes up for the head of the list.
    let of = |letters: usize| {
        let mut items = vec![held(frame(990), Vec::new()); ENTRY_ITEMS_MAX];
        items[ENTRY_ITEMS_MAX - 1] = held(frame(letters), Vec::new());
        items
    };
    let size_bytes = |items: &[Item]| {
        let mut writer = Writer::default();
        writer.list(items);
        writer.into_bytes().len()
    };
    let last = 990 + PAYLOAD_BYTES_MAX - size_bytes(&of(990));
    let whole = of(last);
    assert_eq!(size_bytes(&whole), PAYLOAD_BYTES_MAX);
    assert_eq!(take(&whole), Ok(()));
    let erased = erase(&whole, |_| true);
    assert_eq!(size_bytes(&erased), PAYLOAD_BYTES_HELD_MAX);
    assert_eq!(take(&erased), Ok(()));
    assert_eq!(
        take(&erase(&of(last + 1), |_| true)),
        Err(PayloadError::TooLarge(PAYLOAD_BYTES_HELD_MAX + 1))
    );
}

#[test]
fn an_entry_signed_too_large_is_not_taken_in_its_erased_form_either() {
    let items = vec![item_of(20).erased(), item_of(20)];
    let payload = Payload::new(items).expect("a small payload");
    let verify = |signed_bytes: usize| {
        let header = header(payload.commitment(), signed_bytes);
        seal(&header, payload.to_bytes())
            .verify(&FEDERATION)
            .map(|_| ())
    };
    assert_eq!(verify(PAYLOAD_BYTES_MAX - 1), Ok(()));
    assert_eq!(verify(PAYLOAD_BYTES_MAX), Ok(()));
    let above = PAYLOAD_BYTES_MAX + 1;
    assert_eq!(
        verify(above),
        Err(EntryError::Payload(PayloadError::TooLarge(above)))
    );
}

#[test]
fn a_base_names_16_edits_at_most_and_rises() {
    let id = |byte: usize| ItemId::from_bytes([byte as u8; 16]);
    let check = |base: Vec<ItemId>| {
        let frame = EditFrame {
            record: RecordId::from_bytes([9; 16]),
            base,
            creation: None,
        };
        let bytes = Frame::Edit(frame.clone()).to_cbor();
        // The reader takes any base: the entry stays, only the edit has no effect.
        assert_eq!(cbor::decode_exact(&bytes), Ok(Frame::Edit(frame.clone())));
        assert_eq!(
            take(&[held(Frame::Edit(frame.clone()), Vec::new())]),
            Ok(())
        );
        check_frame(&frame, &FEDERATION, |_| false, Past::Incomplete)
    };
    let base = |len: usize| (0..len).map(id).collect::<Vec<_>>();
    assert_eq!(check(base(0)), Err(Invalid::NoBaseNoCreation));
    assert_eq!(check(base(1)), Ok(()));
    assert_eq!(check(base(BASE_MAX - 1)), Ok(()));
    assert_eq!(check(base(BASE_MAX)), Ok(()));
    assert_eq!(check(base(BASE_MAX + 1)), Err(Invalid::BaseTooLong));
    assert_eq!(check(vec![id(2), id(1)]), Err(Invalid::BaseNotSorted));
    assert_eq!(check(vec![id(1), id(1)]), Err(Invalid::BaseNotSorted));
}

#[test]
fn an_edit_has_1_to_200_operations() {
    let operations = |count: usize| vec![clear("nom".to_owned()); count];
    assert_eq!(judge(operations(0)), Err(Invalid::NoOperation));
    assert_eq!(judge(operations(1)), Ok(()));
    assert_eq!(judge(operations(OPERATIONS_MAX - 1)), Ok(()));
    assert_eq!(judge(operations(OPERATIONS_MAX)), Ok(()));
    assert_eq!(
        judge(operations(OPERATIONS_MAX + 1)),
        Err(Invalid::TooManyOperations)
    );
}

#[test]
fn a_field_name_takes_64_bytes_at_most_in_every_operation() {
    for make in [
        clear as fn(String) -> Operation,
        |field| Operation::Put {
            field,
            value: Value::Boolean(true),
        },
        |field| Operation::Add {
            field,
            term: "a".to_owned(),
        },
        |field| Operation::Remove {
            field,
            term: "a".to_owned(),
        },
        |field| Operation::Splice {
            field,
            position: 0,
            deleted: 0,
            inserted: String::new(),
        },
    ] {
        let field = |size_bytes: usize| judge(vec![make(text(size_bytes))]);
        assert_eq!(field(1), Ok(()));
        assert_eq!(field(FIELD_BYTES_MAX - 1), Ok(()));
        assert_eq!(field(FIELD_BYTES_MAX), Ok(()));
        assert_eq!(field(FIELD_BYTES_MAX + 1), Err(Invalid::FieldNameTooLong));
    }
}

#[test]
fn a_text_value_or_a_term_takes_16_kib_at_most() {
    let field = || "nom".to_owned();
    let makers: [&dyn Fn(String) -> Operation; 4] = [
        &|text| Operation::Put {
            field: field(),
            value: Value::Text(text),
        },
        &|term| Operation::Put {
            field: field(),
            value: Value::Term(term),
        },
        &|term| Operation::Add {
            field: field(),
            term,
        },
        &|term| Operation::Remove {
            field: field(),
            term,
        },
    ];
    for make in makers {
        let value = |size_bytes: usize| judge(vec![make(text(size_bytes))]);
        assert_eq!(value(VALUE_BYTES_MAX - 1), Ok(()));
        assert_eq!(value(VALUE_BYTES_MAX), Ok(()));
        assert_eq!(value(VALUE_BYTES_MAX + 1), Err(Invalid::ValueTooLong));
    }
}

#[test]
fn all_insertions_of_an_edit_take_64_kib_at_most_together() {
    assert_eq!(judge(vec![insert(TEXT_BYTES_MAX - 1)]), Ok(()));
    assert_eq!(judge(vec![insert(TEXT_BYTES_MAX)]), Ok(()));
    assert_eq!(
        judge(vec![insert(TEXT_BYTES_MAX + 1)]),
        Err(Invalid::TextTooLong)
    );
    let half = TEXT_BYTES_MAX / 2;
    assert_eq!(judge(vec![insert(half), insert(half)]), Ok(()));
    assert_eq!(
        judge(vec![insert(half), insert(half + 1)]),
        Err(Invalid::TextTooLong)
    );
}

#[test]
fn the_first_rule_that_is_broken_is_the_reason() {
    let long = clear(text(FIELD_BYTES_MAX + 1));
    let value = Operation::Add {
        field: "themes".to_owned(),
        term: text(VALUE_BYTES_MAX + 1),
    };
    let inserted = insert(TEXT_BYTES_MAX + 1);
    let many = vec![long.clone(); OPERATIONS_MAX + 1];
    assert_eq!(judge(many), Err(Invalid::TooManyOperations));
    assert_eq!(
        judge(vec![inserted.clone(), value.clone(), long]),
        Err(Invalid::FieldNameTooLong)
    );
    assert_eq!(judge(vec![inserted, value]), Err(Invalid::ValueTooLong));
}

#[test]
fn a_frame_of_a_later_version_nests_eight_levels_at_most() {
    let nested = |levels: usize| {
        let mut tree = Tree::List(Vec::new());
        for _ in 2..levels {
            tree = Tree::List(vec![tree]);
        }
        Item {
            frame: Frame::Unknown(Tree::List(vec![Tree::text("later"), tree])),
            body: Body::Erased {
                content_hash: [0; 32],
            },
        }
    };
    let read = |item: Item| {
        let mut writer = Writer::default();
        writer.list(&[item]);
        Payload::from_bytes(&writer.into_bytes()).map(|_| ())
    };
    assert_eq!(read(nested(CBOR_DEPTH_MAX - 1)), Ok(()));
    assert_eq!(read(nested(CBOR_DEPTH_MAX)), Ok(()));
    assert_eq!(
        read(nested(CBOR_DEPTH_MAX + 1)),
        Err(PayloadError::Cbor(CborError::TooDeep))
    );
}
