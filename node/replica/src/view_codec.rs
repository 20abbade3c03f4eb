//! How a view is written before it is compressed: as canonical CBOR, but for who wrote what. Nearly all values of a record come from one
//! edit, one after the other, so an edit is named once, and a value says only where it goes on otherwise.

use std::collections::BTreeMap;

use crdt_schema::cbor::{self, CborError, Wire};
use crdt_schema::edit::{Field, Merged, Value, Writer, Written};
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::view::RecordView;
use minicbor::Decoder;

/// Returns the bytes of a view: `[record, birth, edits, heads, fields]`, where heads are places in the list of edits.
pub(crate) fn encode(view: &RecordView) -> Vec<u8> {
    let mut edits = Edits::default();
    let heads: Vec<u64> = view.heads.iter().map(|head| edits.place(head)).collect();
    let mut fields = cbor::Writer::default();
    fields.array(view.fields().len());
    for (name, field) in view.fields() {
        encode_field(name, field, &mut edits, &mut fields);
    }
    let mut to = cbor::Writer::default();
    to.array(5).bytes(view.record.as_bytes());
    match &view.birth {
        None => to.null(),
        Some((kind, territory)) => to.array(2).text(kind).text(territory),
    };
    to.bytes(&edits.ids.concat()).array(heads.len());
    for head in heads {
        to.unsigned(head);
    }
    let mut bytes = to.into_bytes();
    bytes.extend(fields.into_bytes());
    bytes
}

/// Reads the bytes of a view. We wrote them, so their form is not compared again.
pub(crate) fn decode(bytes: &[u8]) -> Result<RecordView, CborError> {
    let from = &mut Decoder::new(bytes);
    cbor::array_of(from, 5)?;
    let record = RecordId::from_bytes(cbor::fixed_bytes(from)?);
    let birth = cbor::optional(from, |from| {
        cbor::array_of(from, 2)?;
        Ok((cbor::text(from)?, cbor::text(from)?))
    })?;
    let mut edits = Edits::default();
    for id in from.bytes()?.chunks(ItemId::BYTES) {
        edits
            .ids
            .push(id.try_into().map_err(|_| CborError::Malformed)?);
    }
    let mut heads = Vec::new();
    for _ in 0..cbor::array(from)? {
        heads.push(edits.at(from.u64()?)?);
    }
    let mut fields = BTreeMap::new();
    for _ in 0..cbor::array(from)? {
        let (name, field) = decode_field(from, &mut edits)?;
        fields.insert(name, field);
    }
    if from.position() != bytes.len() {
        return Err(CborError::NotDeterministic);
    }
    let numbers = BTreeMap::new();
    let merged = Merged { fields, numbers };
    Ok(RecordView {
        record,
        birth,
        heads,
        merged,
    })
}

/// The edits of a view, in the order in which they are first named, and the operation that was written last.
#[derive(Default)]
struct Edits {
    ids: Vec<[u8; ItemId::BYTES]>,
    last: Option<(u64, u64)>,
}

impl Edits {
    fn place(&mut self, edit: &ItemId) -> u64 {
        let held = self.ids.iter().position(|id| id == edit.as_bytes());
        let place = held.unwrap_or_else(|| {
            self.ids.push(*edit.as_bytes());
            self.ids.len() - 1
        });
        place as u64
    }

    fn at(&self, place: u64) -> Result<ItemId, CborError> {
        let id = usize::try_from(place).ok().and_then(|at| self.ids.get(at));
        id.map(|id| ItemId::from_bytes(*id))
            .ok_or(CborError::Malformed)
    }

    /// Writes an operation: `null` for the one after the last of the same edit, `[edit, number]` otherwise.
    fn encode(&mut self, edit: &ItemId, number: u64, to: &mut cbor::Writer) {
        let place = self.place(edit);
        let follows = self
            .last
            .is_some_and(|(last, before)| last == place && before.checked_add(1) == Some(number));
        match follows {
            true => to.null(),
            false => to.array(2).unsigned(place).unsigned(number),
        };
        self.last = Some((place, number));
    }

    fn decode(&mut self, from: &mut Decoder<'_>) -> Result<(ItemId, u64), CborError> {
        let said = cbor::optional(from, |from| {
            cbor::array_of(from, 2)?;
            Ok((from.u64()?, from.u64()?))
        })?;
        let (place, number) = match (said, self.last) {
            (Some(said), _) => said,
            (None, Some((place, before))) => {
                (place, before.checked_add(1).ok_or(CborError::Malformed)?)
            }
            (None, None) => return Err(CborError::Malformed),
        };
        self.last = Some((place, number));
        Ok((self.at(place)?, number))
    }
}

fn encode_field(name: &str, field: &Field, edits: &mut Edits, to: &mut cbor::Writer) {
    to.array(4).text(name).array(field.values.len());
    for written in &field.values {
        to.array(2).value(&written.value);
        edits.encode(&written.edit, written.number, to);
    }
    to.array(field.terms.len());
    for (term, writers) in &field.terms {
        to.array(2).text(term).array(writers.len());
        for writer in writers {
            edits.encode(&writer.edit, writer.number, to);
        }
    }
    match &field.text {
        Some(text) => to.text(text),
        None => to.null(),
    };
}

fn decode_field(from: &mut Decoder<'_>, edits: &mut Edits) -> Result<(String, Field), CborError> {
    cbor::array_of(from, 4)?;
    let name = cbor::text(from)?;
    let mut field = Field::default();
    for _ in 0..cbor::array(from)? {
        cbor::array_of(from, 2)?;
        let value = Value::decode(from)?;
        let (edit, number) = edits.decode(from)?;
        field.values.push(Written {
            value,
            edit,
            number,
        });
    }
    for _ in 0..cbor::array(from)? {
        cbor::array_of(from, 2)?;
        let term = cbor::text(from)?;
        let mut writers = Vec::new();
        for _ in 0..cbor::array(from)? {
            let (edit, number) = edits.decode(from)?;
            writers.push(Writer { edit, number });
        }
        field.terms.insert(term, writers);
    }
    field.text = cbor::optional(from, cbor::text)?;
    Ok((name, field))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edit() -> impl Strategy<Value = ItemId> {
        (0_u8..4).prop_map(|byte| ItemId::from_bytes([byte; 16]))
    }

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![0_u64..6, Just(u64::MAX)]
    }

    fn field() -> impl Strategy<Value = Field> {
        let value = prop_oneof![
            ".{0,8}".prop_map(Value::Text),
            any::<i64>().prop_map(Value::Integer),
        ];
        let written = (value, edit(), number()).prop_map(|(value, edit, number)| Written {
            value,
            edit,
            number,
        });
        let writer = (edit(), number()).prop_map(|(edit, number)| Writer { edit, number });
        let terms =
            prop::collection::btree_map(".{0,4}", prop::collection::vec(writer, 0..3), 0..3);
        let values = prop::collection::vec(written, 0..3);
        (values, terms, prop::option::of(".{0,8}")).prop_map(|(values, terms, text)| Field {
            values,
            terms,
            text,
        })
    }

    fn view() -> impl Strategy<Value = RecordView> {
        let fields = prop::collection::btree_map("[a-z]{1,4}", field(), 0..5);
        let birth = prop::option::of(("[a-z]{1,4}", ".{0,3}"));
        (
            any::<[u8; 16]>(),
            birth,
            prop::collection::vec(edit(), 0..3),
            fields,
        )
            .prop_map(|(record, birth, heads, fields)| RecordView {
                record: RecordId::from_bytes(record),
                birth,
                heads,
                merged: Merged {
                    fields,
                    numbers: BTreeMap::new(),
                },
            })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_and_no_part_of_it_is(view in view()) {
            let bytes = encode(&view);
            prop_assert_eq!(decode(&bytes), Ok(view));
            for length in 0..bytes.len() {
                prop_assert!(decode(&bytes[..length]).is_err(), "{}", length);
            }
        }
    }
}
