//! Withdrawal: a record that no longer holds is taken out of lists and files, and never deleted. Two ordinary fields of every kind say
//! so, outside all forms: what one partner withdrew, another restores, and everything else of the record is as it was.

use crate::draft::{Draft, Wanted};
use crate::edit::{Field as Held, Value};
use crate::id::RecordId;
use crate::record::{DOCUMENTS, Field, KINDS, Shape, internal, wording};
use crate::view::RecordView;

/// Why a record is withdrawn. A record is withdrawn while this field holds anything.
pub const WITHDRAWN: Field = internal(
    "withdrawn",
    Shape::Text,
    wording("Raison du retrait", "Reason of the withdrawal"),
    wording(
        "Lue par tous les partenaires, par exemple « L'association est dissoute ».",
        "All partners read it, for example “The association was dissolved”.",
    ),
);

/// The record that stands in its place.
pub const REPLACED_BY: Field = internal(
    "replaced_by",
    Shape::Record(&EVERY_KIND),
    wording("Remplacée par", "Replaced by"),
    wording(
        "L'adresse ou l'identifiant de la fiche qui la remplace, s'il y en a une.",
        "The address or the id of the record that stands in its place, if there is one.",
    ),
);

/// Returns the field with this name that every kind has, outside its form.
pub fn field_of_every_kind(name: &str) -> Option<&'static Field> {
    [&DOCUMENTS, &WITHDRAWN, &REPLACED_BY]
        .into_iter()
        .find(|field| field.name == name)
}

/// Returns what withdraws a record: why, in one line that is not empty, and what stands in its place.
pub fn withdrawing(why: &str, replaced_by: Option<RecordId>) -> Draft {
    let place = replaced_by.map_or(Wanted::Nothing, |record| {
        Wanted::Value(Value::Record(record))
    });
    let why = Wanted::Value(Value::Text(why.to_owned()));
    Draft {
        fields: [
            (WITHDRAWN.name.to_owned(), why),
            (REPLACED_BY.name.to_owned(), place),
        ]
        .into(),
    }
}

/// Returns what restores a record.
pub fn restoring() -> Draft {
    let names = [WITHDRAWN.name, REPLACED_BY.name];
    Draft {
        fields: names.map(|name| (name.to_owned(), Wanted::Nothing)).into(),
    }
}

impl RecordView {
    /// Returns whether somebody withdrew the record. Where one partner restores it while another withdraws it, it stays withdrawn: what a
    /// person has not seen is not undone.
    pub fn is_withdrawn(&self) -> bool {
        self.field(WITHDRAWN.name).is_some()
    }

    /// Returns the record that stands in the place of this one. Only a withdrawn record has one.
    pub fn replaced_by(&self) -> Option<RecordId> {
        let written = self.field(REPLACED_BY.name).and_then(Held::winner)?;
        match written.value {
            Value::Record(record) if self.is_withdrawn() => Some(record),
            _ => None,
        }
    }
}

const EVERY_KIND: [&str; KINDS.len()] = {
    let mut codes = [""; KINDS.len()];
    let mut n = 0;
    while n < codes.len() {
        codes[n] = KINDS[n].code;
        n += 1;
    }
    codes
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::edit::{Merged, Written};
    use crate::id::ItemId;
    use crate::record::Kind;

    fn view(fields: &[(&str, Value)]) -> RecordView {
        let held = |value: &Value| Held {
            values: vec![Written {
                value: value.clone(),
                edit: ItemId::from_bytes([1; 16]),
                number: 1,
            }],
            ..Held::default()
        };
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| ((*name).to_owned(), held(value)));
        RecordView {
            record: RecordId::from_bytes([2; 16]),
            birth: None,
            heads: Vec::new(),
            merged: Merged {
                fields: fields.collect(),
                ..Merged::default()
            },
        }
    }

    fn after(draft: &Draft, view: &RecordView) -> BTreeMap<String, usize> {
        let operations = draft.operations(view.fields());
        operations
            .iter()
            .map(|operation| (operation.field().to_owned(), 1))
            .collect()
    }

    #[test]
    fn no_form_asks_for_the_fields_of_a_withdrawal_and_no_kind_has_others_of_their_name() {
        for kind in KINDS {
            for name in [WITHDRAWN.name, REPLACED_BY.name] {
                assert!(kind.field(name).is_none(), "{} {name}", kind.code);
            }
        }
        assert!(EVERY_KIND.iter().all(|code| Kind::parse(code).is_some()));
    }

    #[test]
    fn a_record_that_names_another_is_replaced_by_it_only_while_it_is_withdrawn() {
        let other = RecordId::from_bytes([3; 16]);
        let place = (REPLACED_BY.name, Value::Record(other));
        let why = (WITHDRAWN.name, Value::Text("doublon".to_owned()));
        assert!(!view(&[]).is_withdrawn());
        assert_eq!(view(std::slice::from_ref(&place)).replaced_by(), None);
        let withdrawn = view(&[why, place]);
        assert!(withdrawn.is_withdrawn());
        assert_eq!(withdrawn.replaced_by(), Some(other));
    }

    #[test]
    fn restoring_clears_what_withdrawing_writes_and_nothing_where_nothing_is() {
        let other = RecordId::from_bytes([3; 16]);
        let written = after(&withdrawing("dissoute", Some(other)), &view(&[]));
        assert_eq!(
            written.keys().collect::<Vec<_>>(),
            ["replaced_by", "withdrawn"]
        );
        assert!(after(&restoring(), &view(&[])).is_empty());
        let why = (WITHDRAWN.name, Value::Text("dissoute".to_owned()));
        let cleared = after(&restoring(), &view(std::slice::from_ref(&why)));
        assert_eq!(cleared.keys().collect::<Vec<_>>(), ["withdrawn"]);
        // Withdrawn again for the same reason: nothing is written.
        assert!(after(&withdrawing("dissoute", None), &view(&[why])).is_empty());
    }
}
