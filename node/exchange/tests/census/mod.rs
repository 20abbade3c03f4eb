//! A census in memory: planned edits are replayed as a node would replay them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crdt_schema::edit::{Replayed, Value, replay};
use crdt_schema::id::{FederationId, ItemId, RecordId, hash};
use crdt_schema::view::RecordView;
use exchange::{
    Called, Census, Named, Plan, PlannedEdit, Report, Settings, Table, source_identifier,
};

pub(crate) struct Memory {
    federation: FederationId,
    records: BTreeMap<RecordId, RecordView>,
    histories: BTreeMap<RecordId, Vec<Replayed>>,
    births: BTreeMap<RecordId, (String, String)>,
    edits: u64,
}

impl Memory {
    pub(crate) fn new(federation: u8) -> Self {
        Self {
            federation: FederationId::from_bytes([federation; 32]),
            records: BTreeMap::new(),
            histories: BTreeMap::new(),
            births: BTreeMap::new(),
            edits: 0,
        }
    }

    /// Imports a table and applies what was planned.
    pub(crate) fn import(&mut self, table: Table, settings: Settings<'_>) -> Report {
        self.import_twice_read(table, None, settings)
    }

    /// Imports a table whose rows may name each other: it is given twice, as a file is read twice.
    pub(crate) fn import_twice_read(
        &mut self,
        table: Table,
        again: Option<Table>,
        settings: Settings<'_>,
    ) -> Report {
        let mut edits = Vec::new();
        let mut plan = Plan::new(table, settings, self).expect("no wish to refuse");
        if let Some(again) = again.filter(|_| plan.names_own_records()) {
            plan.foresee(again).expect("a census in memory never fails");
        }
        for edit in &mut plan {
            edits.push(edit.expect("a census in memory never fails"));
        }
        let report = plan.finish().expect("a census in memory never fails");
        for edit in edits {
            self.apply(edit);
        }
        report
    }

    pub(crate) fn apply(&mut self, edit: PlannedEdit) {
        self.edits += 1;
        let id = hash("test-edit", &[&self.edits.to_be_bytes()]);
        let id = ItemId::from_slice(&id[..16]).expect("sixteen bytes");
        if let Some(birth) = edit.birth {
            let made = RecordId::of(
                &self.federation,
                &birth.kind,
                &birth.territory,
                &birth.nonce,
            );
            assert_eq!(made, edit.record, "the birth makes the record");
            assert!(edit.base.is_empty());
            let before = self
                .births
                .insert(edit.record, (birth.kind, birth.territory));
            assert!(before.is_none(), "born once");
        }
        let history = self.histories.entry(edit.record).or_default();
        history.push(Replayed {
            id,
            parents: edit.base,
            operations: edit.operations,
        });
        let view = RecordView {
            record: edit.record,
            birth: self.births.get(&edit.record).cloned(),
            heads: vec![id],
            merged: replay(history).expect("it replays"),
        };
        self.records.insert(edit.record, view);
    }

    pub(crate) fn views(&self) -> impl Iterator<Item = &RecordView> {
        self.records.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }
}

impl Census for Memory {
    type Error = Infallible;

    fn federation(&self) -> FederationId {
        self.federation
    }

    fn find(&self, record: &RecordId) -> Result<Option<RecordView>, Infallible> {
        Ok(self.records.get(record).cloned())
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
