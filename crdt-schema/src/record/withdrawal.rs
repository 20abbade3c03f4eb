//! Withdrawal: a record that no longer holds is taken out of lists and files, and never deleted. Two ordinary fields of every kind say
//! so, outside all forms: what one partner withdrew, another restores, and everything else of the record is as it was.

use std::collections::BTreeSet;

use crate::draft::{Draft, Wanted};
use crate::edit::{Field as Held, Value};
use crate::id::RecordId;
use crate::record::{DOCUMENTS, Field, KINDS, Shape, internal, wording};
use crate::view::RecordView;
use crate::vocabulary::{AnyField, Words};

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

    /// Returns the record with each link led to what stands in its place, as `place` knows: whoever reads it meets no record that was
    /// merged into another. A link to what was merged into this very record is left out: no record is linked to itself. What the record
    /// says of its own withdrawal stays.
    pub fn leading<E>(
        mut self,
        words: &Words,
        mut place: impl FnMut(&RecordId) -> Result<RecordId, E>,
    ) -> Result<Self, E> {
        let (kind, own) = (self.kind().to_owned(), self.record);
        for (name, held) in &mut self.merged.fields {
            if name == REPLACED_BY.name {
                continue;
            }
            let mut met = BTreeSet::new();
            let mut values = Vec::with_capacity(held.values.len());
            for mut written in std::mem::take(&mut held.values) {
                if let Value::Record(record) = &mut written.value {
                    *record = place(record)?;
                    // Two concurrent links to one thing are no conflict.
                    if *record == own || !met.insert(*record) {
                        continue;
                    }
                }
                values.push(written);
            }
            held.values = values;
            let shape = words.any_field(&kind, name).map(AnyField::shape);
            if !matches!(shape, Some(Shape::Records(_) | Shape::Rows(_))) {
                continue;
            }
            for (term, writers) in std::mem::take(&mut held.terms) {
                let led = match (shape, RecordId::parse(&term)) {
                    (Some(Shape::Rows(rows)), _) => rows.leading(term, &mut place)?,
                    (_, Ok(record)) => match place(&record)? {
                        itself if itself == own => continue,
                        place => place.to_string(),
                    },
                    (_, Err(_)) => term,
                };
                held.terms.entry(led).or_default().extend(writers);
            }
        }
        let fields = &mut self.merged.fields;
        fields.retain(|name, held| name == REPLACED_BY.name || !held.is_empty());
        Ok(self)
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
    fn links_lead_to_what_stands_in_the_place_of_another() {
        let [old, new, other] = [3, 4, 5].map(|byte| RecordId::from_bytes([byte; 16]));
        let mut view = view(&[
            ("holder", Value::Record(old)),
            (REPLACED_BY.name, Value::Record(old)),
        ]);
        view.birth = Some(("initiative".to_owned(), "45".to_owned()));
        let writer = crate::edit::Writer {
            edit: ItemId::from_bytes([1; 16]),
            number: 2,
        };
        let terms = [old, new, other].map(|record| (record.to_string(), vec![writer]));
        let partners = Held {
            terms: terms.into(),
            ..Held::default()
        };
        let themes = Held {
            terms: [(old.to_string(), vec![writer])].into(),
            ..Held::default()
        };
        view.merged.fields.insert("partners".to_owned(), partners);
        view.merged.fields.insert("themes".to_owned(), themes);
        let holder = view.merged.fields.get_mut("holder").expect("held");
        holder.values.push(Written {
            value: Value::Record(new),
            ..holder.values[0].clone()
        });
        let place = |record: &RecordId| Ok::<_, ()>(if *record == old { new } else { *record });
        let led = view.leading(Words::shipped(), place).expect("found");
        let terms = |name: &str| led.field(name).expect("held").terms.keys().cloned();
        let holders = &led.field("holder").expect("held").values;
        assert_eq!(holders.len(), 1, "one thing: {holders:?}");
        assert_eq!(holders[0].value, Value::Record(new));
        let partners: Vec<String> = terms("partners").collect();
        assert_eq!(partners, [new, other].map(|record| record.to_string()));
        assert_eq!(terms("themes").collect::<Vec<_>>(), [old.to_string()]);
        let place = led.field(REPLACED_BY.name).and_then(Held::winner);
        assert_eq!(place.map(|it| &it.value), Some(&Value::Record(old)));
    }

    #[test]
    fn no_record_is_led_to_itself() {
        let [old, other] = [3, 5].map(|byte| RecordId::from_bytes([byte; 16]));
        let mut view = view(&[
            ("parent", Value::Record(old)),
            ("territory", Value::Record(other)),
        ]);
        view.birth = Some(("actor".to_owned(), "45".to_owned()));
        let own = view.record;
        let writer = crate::edit::Writer {
            edit: ItemId::from_bytes([1; 16]),
            number: 2,
        };
        let networks = |records: &[RecordId]| Held {
            terms: records
                .iter()
                .map(|record| (record.to_string(), vec![writer]))
                .collect(),
            ..Held::default()
        };
        let fields = &mut view.merged.fields;
        fields.insert("partners".to_owned(), networks(&[old, other]));
        view.birth = Some(("initiative".to_owned(), "45".to_owned()));
        let place = |record: &RecordId| Ok::<_, ()>(if *record == old { own } else { *record });
        let led = view.leading(Words::shipped(), place).expect("found");
        assert_eq!(led.field("parent"), None, "a field without a value is none");
        let terms = led.field("partners").expect("held").terms.keys();
        assert_eq!(terms.collect::<Vec<_>>(), [&other.to_string()]);
        assert!(led.field("territory").is_some());
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
