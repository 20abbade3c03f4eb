//! A census in memory, which remembers what was imported as a node does.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crdt_schema::edit::{Replayed, Value, replay};
use crdt_schema::id::{FederationId, ItemId, RecordId, hash};
use crdt_schema::view::RecordView;
use exchange::{Called, Census, Imprint, Named, PlannedEdit, source_identifier};

use crate::entries::FEDERATION;

#[derive(Default)]
pub(crate) struct Memory {
    records: BTreeMap<RecordId, RecordView>,
    histories: BTreeMap<RecordId, Vec<Replayed>>,
    imprints: BTreeMap<RecordId, Imprint>,
    edits: u64,
}

impl Memory {
    pub(crate) fn apply(&mut self, edit: PlannedEdit) {
        self.edits += 1;
        let id = hash("test-edit", &[&self.edits.to_be_bytes()]);
        let id = ItemId::from_slice(&id[..16]).expect("sixteen bytes");
        let birth = edit.birth.as_ref().map(|birth| {
            let (kind, place) = (&birth.kind, &birth.territory);
            let made = RecordId::of(&FEDERATION, kind, place, &birth.nonce);
            assert_eq!(made, edit.record, "the birth makes the record");
            assert!(edit.base.is_empty(), "what is born stands on nothing");
            (kind.clone(), place.clone())
        });
        let known = self
            .records
            .get(&edit.record)
            .map(|view| view.birth.clone());
        assert_eq!(known.is_some(), birth.is_none(), "born once");
        let history = self.histories.entry(edit.record).or_default();
        history.push(Replayed {
            id,
            parents: edit.base,
            operations: edit.operations,
        });
        let view = RecordView {
            record: edit.record,
            birth: known.unwrap_or(birth),
            heads: vec![id],
            merged: replay(history).expect("what is planned replays"),
        };
        self.records.insert(edit.record, view);
    }

    pub(crate) fn remember(&mut self, imprints: Vec<(RecordId, Imprint)>) {
        self.imprints.extend(imprints);
    }
}

impl Census for Memory {
    type Error = Infallible;

    fn federation(&self) -> FederationId {
        FEDERATION
    }

    fn find(&self, record: &RecordId) -> Result<Option<RecordView>, Infallible> {
        Ok(self.records.get(record).cloned())
    }

    fn imported(&self, _: &str, record: &RecordId) -> Result<Option<Imprint>, Infallible> {
        Ok(self.imprints.get(record).cloned())
    }

    fn identified(
        &self,
        kind: &str,
        source: &str,
        id: &str,
    ) -> Result<Option<RecordId>, Infallible> {
        let wanted = source_identifier(source, id);
        let is_it = |view: &&RecordView| {
            let held = view.field("source_id").and_then(|held| held.winner());
            let Some(Value::Text(own)) = held.map(|written| &written.value) else {
                return false;
            };
            let sources = view.field("sources").map(|held| held.terms.keys());
            let mut sources = sources.into_iter().flatten();
            view.kind() == kind && sources.any(|source| source_identifier(source, own) == wanted)
        };
        let mut found = self.records.values().filter(is_it);
        let first = found.next().map(|view| view.record);
        Ok(first.filter(|_| found.next().is_none()))
    }

    fn named(&self, kinds: &[&str], called: &Called) -> Result<Vec<Named>, Infallible> {
        let views = self.records.values();
        let named = views
            .filter(|view| kinds.contains(&view.kind()) && !view.is_withdrawn() && called.is(view));
        Ok(named.map(Named::of).collect())
    }
}
