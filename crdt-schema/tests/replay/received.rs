//! Draws what a node receives of one record: edits of one to six authors with their frames and bytes, some of them void, erased,
//! invalid in every way, without their bytes, or never received at all.

use std::collections::BTreeSet;

use crdt_schema::cbor::Wire;
use crdt_schema::edit::{Content, HeldEdit, Operation, Value};
use crdt_schema::entry::{EditFrame, RecordBirth};
use crdt_schema::id::{FederationId, ItemId, RecordId};
use crdt_schema::limits::{BASE_MAX, FIELD_BYTES_MAX, OPERATIONS_MAX};

use crate::chance::Chance;

pub(crate) const FEDERATION: FederationId = FederationId::from_bytes([0xfe; 32]);
/// A held edit of another record.
pub(crate) const FOREIGN: ItemId = ItemId::from_bytes([0xee; 16]);

/// An edit as a node receives it, and what governance says of it.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) id: ItemId,
    pub(crate) frame: EditFrame,
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) is_void: bool,
    pub(crate) is_erased: bool,
}

impl Received {
    pub(crate) fn held(&self) -> HeldEdit<'_> {
        HeldEdit {
            id: self.id,
            frame: &self.frame,
            content: self.content.as_deref(),
            is_void: self.is_void,
            is_erased: self.is_erased,
        }
    }
}

pub(crate) fn record() -> RecordId {
    record_of(&birth())
}

/// The edits of one record in the order in which they were signed, without those that never arrive.
pub(crate) fn received(chance: &mut Chance) -> Vec<Received> {
    let is_line = chance.one_in(4);
    let mut draw = Draw {
        edits: Vec::new(),
        held: vec![BTreeSet::new(); 1 + chance.below(6)],
        is_line,
    };
    draw.sign(0, chance);
    for _ in 0..2 + chance.below(22) {
        let author = chance.below(draw.held.len());
        if is_line || chance.one_in(3) {
            draw.read(author, chance);
        }
        draw.sign(author, chance);
    }
    let lost = chance.one_in(5).then(|| chance.below(draw.edits.len()));
    let edits = draw.edits.into_iter().enumerate();
    edits
        .filter(|(place, _)| Some(*place) != lost)
        .map(|(_, edit)| edit)
        .collect()
}

struct Draw {
    edits: Vec<Received>,
    /// For each author, the places of the edits that this author has.
    held: Vec<BTreeSet<usize>>,
    is_line: bool,
}

impl Draw {
    /// The author receives what somebody else has; on a line, everything.
    fn read(&mut self, author: usize, chance: &mut Chance) {
        let more = match self.is_line {
            true => (0..self.edits.len()).collect(),
            false => self.held[chance.below(self.held.len())].clone(),
        };
        self.held[author].extend(more);
    }

    fn sign(&mut self, author: usize, chance: &mut Chance) {
        let place = self.edits.len();
        let mut base = self.heads(&self.held[author]);
        if !self.is_line && place > 0 && chance.one_in(8) {
            // Something older as well, as only a hasty or a hostile author does.
            base.insert(self.edits[chance.below(place)].id);
        }
        let base: Vec<ItemId> = base.into_iter().take(BASE_MAX).collect();
        let mut edit = Received {
            id: id(chance, place),
            frame: EditFrame {
                record: record(),
                creation: base.is_empty().then(birth),
                base,
            },
            content: Some(Content(operations(chance)).to_cbor()),
            is_void: chance.one_in(12),
            is_erased: chance.one_in(12),
        };
        if edit.is_erased && chance.one_in(2) || chance.one_in(30) {
            edit.content = None;
        }
        if !self.is_line && chance.one_in(7) {
            break_a_rule(&mut edit, chance);
        }
        self.edits.push(edit);
        self.held[author].insert(place);
    }

    fn heads(&self, held: &BTreeSet<usize>) -> BTreeSet<ItemId> {
        let ids = held.iter().map(|place| self.edits[*place].id);
        let bases = held.iter().map(|place| &self.edits[*place].frame.base);
        let covered: BTreeSet<&ItemId> = bases.flatten().collect();
        ids.filter(|id| !covered.contains(id)).collect()
    }
}

fn break_a_rule(edit: &mut Received, chance: &mut Chance) {
    let frame = &mut edit.frame;
    let said = |operations: Vec<Operation>| Some(Content(operations).to_cbor());
    let clear = |field: &str| Operation::Clear {
        field: field.to_owned(),
    };
    match chance.below(10) {
        0 => edit.content = said(Vec::new()),
        1 => edit.content = said(vec![clear("a"); OPERATIONS_MAX + 1]),
        2 => edit.content = said(vec![clear(&"f".repeat(FIELD_BYTES_MAX + 1))]),
        3 => edit.content = Some(vec![0xff; 3]),
        4 => {
            frame.base.reverse();
            frame.base.extend(frame.base.last().copied());
            if frame.base.is_empty() {
                frame.base = vec![FOREIGN; 2];
            }
        }
        5 => {
            let many = 0..=BASE_MAX as u8;
            frame.base = many.map(|byte| ItemId::from_bytes([byte; 16])).collect();
        }
        6 => {
            frame.creation = Some(birth());
            frame.base = vec![FOREIGN];
        }
        7 => (frame.base, frame.creation) = (Vec::new(), None),
        8 => {
            let territory = "44".to_owned();
            frame.base.clear();
            frame.creation = Some(RecordBirth {
                territory,
                ..birth()
            });
        }
        _ => {
            frame.creation = None;
            frame.base.retain(|base| *base < FOREIGN);
            frame.base.push(FOREIGN);
        }
    }
}

fn birth() -> RecordBirth {
    RecordBirth {
        kind: "event".to_owned(),
        territory: "35".to_owned(),
        nonce: [7; 16],
    }
}

fn record_of(birth: &RecordBirth) -> RecordId {
    RecordId::of(&FEDERATION, &birth.kind, &birth.territory, &birth.nonce)
}

/// Random in front, so that the order of ids is not the order of edits; distinct by its end.
fn id(chance: &mut Chance, place: usize) -> ItemId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&chance.number().to_be_bytes());
    bytes[15] = place as u8;
    ItemId::from_bytes(bytes)
}

fn operations(chance: &mut Chance) -> Vec<Operation> {
    (0..1 + chance.below(4))
        .map(|_| operation(chance))
        .collect()
}

/// Few fields, values and terms, so that authors often touch the same.
fn operation(chance: &mut Chance) -> Operation {
    let field = chance.pick(&["a", "b", "c"]).to_owned();
    let term = chance.pick(&["x", "é", "zz"]).to_owned();
    match chance.below(12) {
        0..=3 => Operation::Put {
            field,
            value: match chance.below(4) {
                0 => Value::Text("x".to_owned()),
                1 => Value::Term("x".to_owned()),
                2 => Value::Integer(1),
                _ => Value::Text(chance.below(9).to_string()),
            },
        },
        4 => Operation::Clear { field },
        5..=6 => Operation::Add { field, term },
        7..=8 => Operation::Remove { field, term },
        _ => Operation::Splice {
            field,
            position: chance.pick(&[0, 1, 3, u64::MAX]),
            deleted: chance.pick(&[0, 0, 1, 2, u64::MAX]),
            inserted: chance.pick(&["", "a", "é👩‍🌾", "mot "]).to_owned(),
        },
    }
}
