//! What views are compressed with holds pieces of what records say: it is learnt anew when the file is written anew.

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, Operation, Value};
use crdt_schema::entry::{EditFrame, Frame, RecordBirth};
use crdt_schema::id::{ItemId, RecordId};
use redb::ReadableTable;

use super::federation::{Node, charter, of_items};
use crate::materialise::Voids;
use crate::request::{Lasting, Request};
use crate::store::tables;
use crate::view_rows::{LEARNT_FROM, Packer};
use crate::{NewItem, Rewriting};

/// Records: enough for a dictionary once, and still once half of them are gone.
const RECORDS: u16 = 3 * LEARNT_FROM as u16;
const AT_ONCE: u16 = 64;
const SECRET: &str = "Camille Exemple habite au fond de la cour, derrière l’atelier de xylographie";
const OTHER: &str =
    "L’association accueille sur rendez-vous toute personne du quartier, sans condition";

fn birth(number: u16) -> RecordBirth {
    let mut nonce = [7; 16];
    nonce[..2].copy_from_slice(&number.to_be_bytes());
    RecordBirth {
        kind: "actor".to_owned(),
        territory: "93".to_owned(),
        nonce,
    }
}

fn id(number: u16) -> RecordId {
    let birth = birth(number);
    RecordId::of(
        &charter().federation(),
        &birth.kind,
        &birth.territory,
        &birth.nonce,
    )
}

fn creation(number: u16) -> NewItem {
    let said = if number.is_multiple_of(2) {
        SECRET
    } else {
        OTHER
    };
    let puts = [
        ("name", format!("Association {number}")),
        ("description", format!("{said} ({number})")),
    ];
    let puts = puts.map(|(field, text)| Operation::Put {
        field: field.to_owned(),
        value: Value::Text(text),
    });
    let frame = Frame::Edit(EditFrame {
        record: id(number),
        base: Vec::new(),
        creation: Some(birth(number)),
    });
    let content = Content(puts.to_vec()).to_cbor();
    NewItem { frame, content }
}

/// The dictionaries of a store: number and bytes.
fn dictionaries(node: &Node) -> Vec<(u16, Vec<u8>)> {
    let reader = node.replica.read().expect("a snapshot");
    let table = reader.read.open_table(tables::DICTIONARIES).expect("there");
    let rows = table.iter().expect("readable").map(|row| {
        let (number, row) = row.expect("readable");
        (number.value(), row.value().to_vec())
    });
    rows.collect()
}

fn says(dictionaries: &[(u16, Vec<u8>)], text: &str) -> bool {
    let piece = &text.as_bytes()[16..40];
    let holds = |bytes: &[u8]| bytes.windows(piece.len()).any(|at| at == piece);
    dictionaries.iter().any(|(_, bytes)| holds(bytes))
}

/// The number of the dictionary of a view.
fn number_of(node: &Node, record: u16) -> u16 {
    let reader = node.replica.read().expect("a snapshot");
    let number = reader
        .source
        .number(&id(record))
        .expect("read")
        .expect("held");
    let views = reader.read.open_table(tables::VIEWS).expect("there");
    let row = views.get(number).expect("read").expect("built");
    let bytes = row.value();
    u16::from_be_bytes([bytes[32], bytes[33]])
}

#[test]
fn what_was_erased_is_in_no_dictionary_and_nothing_comes_back_with_an_old_one() {
    let node = Node::new(2);
    let mut secrets = Vec::new();
    for first in (0..RECORDS).step_by(AT_ONCE.into()) {
        let numbers = first..first + AT_ONCE;
        let items = numbers.clone().map(creation).collect();
        let entries = node.replica.contribute(items).expect("written");
        assert_eq!(entries.len(), 1, "one entry holds them");
        let places = numbers
            .enumerate()
            .filter(|(_, number)| number.is_multiple_of(2));
        secrets.extend(places.map(|(place, _)| ItemId::of(&entries[0], place as u32)));
        node.settle();
    }
    let learnt = dictionaries(&node);
    assert!(says(&learnt, SECRET) && says(&learnt, OTHER));
    let newest = learnt.last().expect("one at least").0;
    assert_eq!(number_of(&node, RECORDS - 1), newest);
    // A view that was compressed before the file was written anew, and comes to the writer after it.
    let late = {
        let reader = node.replica.read().expect("a snapshot");
        let number = reader.source.number(&id(1)).expect("read").expect("held");
        let state = node.replica.state();
        let built = reader
            .source
            .build(number, 0, &state, &mut Voids::new(), &reader.cache);
        let mut packer = Packer::new(&node.replica.shared.dictionaries);
        packer.pack(built.expect("built")).expect("compressed")
    };
    node.replica.erase(&of_items(secrets)).expect("signed");
    node.settle();
    // A rewriting that does not get to its end: its dictionary is in no file, and nothing is compressed with it.
    {
        let reader = node.replica.read().expect("a snapshot");
        let folder = tempfile::tempdir().expect("a folder");
        let other = redb::Database::create(folder.path().join("half.redb")).expect("made");
        let write = other.begin_write().expect("begins");
        let known = &node.replica.shared.dictionaries;
        known
            .copy_views(&reader.read, &write)
            .expect("copied")
            .expect("learnt");
        write.abort().expect("aborted");
    }
    let items = vec![creation(RECORDS + 1)];
    node.replica.contribute(items).expect("written");
    node.settle();
    assert_eq!(number_of(&node, RECORDS + 1), newest);
    let digest = node.digest();
    let done = node.replica.rewrite_now().expect("written");
    assert_eq!(done, Rewriting::Done);
    let after = dictionaries(&node);
    assert!(!says(&after, SECRET) && says(&after, OTHER));
    assert!(
        after.iter().all(|(number, _)| *number > newest),
        "no number comes twice"
    );
    let views = vec![late];
    let ask = |reply| Request::Views(views, Lasting::Now, reply);
    node.replica.ask(ask).expect("written");
    assert_eq!(number_of(&node, 1), after[0].0);
    assert_eq!(node.digest(), digest);
    let node = node.reopened(2);
    assert_eq!(node.digest(), digest);
    let reader = node.replica.read().expect("a snapshot");
    let view = reader.record(&id(1)).expect("readable").expect("there");
    assert!(view.field("description").is_some());
}

#[test]
fn where_too_little_is_left_to_learn_from_views_do_without() {
    let node = Node::new(2);
    let mut items = Vec::new();
    for first in (0..RECORDS).step_by(AT_ONCE.into()) {
        let entries = node
            .replica
            .contribute((first..first + AT_ONCE).map(creation).collect())
            .expect("written");
        items.extend((0..u32::from(AT_ONCE)).map(|place| ItemId::of(&entries[0], place)));
    }
    node.settle();
    assert_ne!(number_of(&node, RECORDS - 1), 0);
    let all_but_one = items.split_off(1);
    node.replica.erase(&of_items(all_but_one)).expect("signed");
    node.settle();
    // Whether those that say nothing are enough to learn from is for the library to say: what is written is read.
    let digest = node.digest();
    let done = node.replica.rewrite_now().expect("written");
    assert_eq!(done, Rewriting::Done);
    let node = node.reopened(2);
    assert_eq!(node.digest(), digest);
    let known: Vec<u16> = dictionaries(&node)
        .into_iter()
        .map(|(number, _)| number)
        .collect();
    let number = number_of(&node, 0);
    assert!(number == 0 || known == [number], "{number} {known:?}");
    let reader = node.replica.read().expect("a snapshot");
    let view = reader.record(&id(0)).expect("readable").expect("there");
    assert!(view.field("description").is_some());
}
