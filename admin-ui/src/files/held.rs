//! The census as an import compares with it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crdt_schema::edit::{Field, State, Value};
use crdt_schema::id::{EntryId, FederationId, ItemId, PartnerId, RecordId};
use crdt_schema::view::RecordView;
use exchange::{
    Called, Census, Earlier, Erased, Imprint, Named, RowDecision, RowKey, source_identifier,
};
use replica::local::{Imprints, Local};
use replica::search::{Error, PAGE_MAX, Query, Withdrawn};
use replica::{Fault, Reader, Replica, Standing};

use super::decided::Decisions;
use super::former::{FormerNames, earlier};

/// The census as an import compares with it.
pub(super) struct Held<'r> {
    replica: &'r Replica,
    pub(super) reader: &'r Reader,
    federation: FederationId,
    partner: Option<PartnerId>,
    imprints: Imprints,
    erased_records: BTreeSet<RecordId>,
    /// The records of which edits were erased, read when a row would fill an empty field.
    with_erased_edits: OnceCell<BTreeSet<RecordId>>,
    /// The records of a kind by their identifiers at their sources, read when the first is asked for. Where several have one, it names none.
    identified: RefCell<BTreeMap<String, Identified>>,
    /// Where links lead.
    standing: RefCell<Standing>,
    pub(super) decisions: Decisions<'r>,
    local: &'r Local,
    /// The entries of imports that were taken back, read when a record differs from a file of which nothing is known.
    undone: OnceCell<BTreeSet<EntryId>>,
    /// How the record that was asked for last read before.
    earlier: RefCell<Option<(RecordId, Rc<[Earlier]>)>>,
    /// What the records of a kind were called before, read when the first name leads to none.
    former: RefCell<BTreeMap<String, FormerNames>>,
}

type Identified = HashMap<String, Option<RecordId>>;

impl<'r> Held<'r> {
    /// Looks at the census as it is now, and at what the last imports of a source wanted.
    pub(super) fn of(
        (replica, local, reader): (&'r Replica, &'r Local, &'r Reader),
        federation: FederationId,
        erased_records: BTreeSet<RecordId>,
        imprints: Imprints,
        decisions: Decisions<'r>,
    ) -> Self {
        Self {
            replica,
            reader,
            federation,
            partner: replica.partner(),
            imprints,
            erased_records,
            with_erased_edits: OnceCell::new(),
            identified: RefCell::default(),
            standing: RefCell::default(),
            decisions,
            local,
            undone: OnceCell::new(),
            earlier: RefCell::default(),
            former: RefCell::default(),
        }
    }

    fn undone(&self) -> Result<&BTreeSet<EntryId>, Fault> {
        Ok(match self.undone.get() {
            Some(undone) => undone,
            None => {
                let read = self.local.undone_entries()?;
                self.undone.get_or_init(|| read)
            }
        })
    }

    fn identifiers(&self, kind: &str) -> Result<Identified, Fault> {
        let mut found = Identified::new();
        self.reader.each_record(|view| {
            if view.kind() != kind {
                return Ok::<(), Fault>(());
            }
            let id = view.field("source_id").and_then(|held| held.winner());
            let Some(Value::Text(id)) = id.map(|written| &written.value) else {
                return Ok(());
            };
            // A record that was merged into another one leaves it the identifier.
            let mut record = view.record;
            if view.is_withdrawn() {
                record = self.standing.borrow_mut().of(self.reader, &record)?;
                let place = self.reader.record(&record)?;
                if place.is_none_or(|place| place.is_withdrawn() || place.kind() != kind) {
                    return Ok(());
                }
            }
            let sources = view.field("sources").map(|held| held.terms.keys());
            for source in sources.into_iter().flatten() {
                found
                    .entry(source_identifier(source, id))
                    .and_modify(|known| *known = known.filter(|known| *known == record))
                    .or_insert(Some(record));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

impl Census for Held<'_> {
    type Error = Fault;

    fn federation(&self) -> FederationId {
        self.federation
    }

    fn find(&self, record: &RecordId) -> Result<Option<RecordView>, Fault> {
        self.reader.record(record)
    }

    fn imported(&self, _: &str, record: &RecordId) -> Result<Option<Imprint>, Fault> {
        // What a newer version wrote is no more than nothing.
        let bytes = self.imprints.of(record)?;
        Ok(bytes.and_then(|bytes| Imprint::from_bytes(&bytes)))
    }

    fn is_own(&self, record: &RecordId, name: &str, held: &Field) -> Result<bool, Fault> {
        let edits = self.reader.edits(record)?;
        let values = held.values.iter().map(|written| written.edit);
        let terms = held.terms.values().flatten().map(|writer| writer.edit);
        let writers: BTreeSet<ItemId> = values.chain(terms).collect();
        Ok(edits.iter().all(|edit| {
            // A long text does not say who wrote which part: all who touched it did.
            let touches = || match &edit.operations {
                Some(Ok(operations)) if edit.state == State::Live => {
                    operations.iter().any(|operation| operation.field() == name)
                }
                _ => false,
            };
            let has_part = writers.contains(&edit.id) || (held.text.is_some() && touches());
            !has_part || edit.partner.is_some() && edit.partner == self.partner
        }))
    }

    fn earlier(&self, record: &RecordId) -> Result<Rc<[Earlier]>, Fault> {
        if let Some((of, earlier)) = &*self.earlier.borrow()
            && of == record
        {
            return Ok(Rc::clone(earlier));
        }
        let found: Rc<[Earlier]> = earlier(self.reader, record, self.undone()?)?.into();
        *self.earlier.borrow_mut() = Some((*record, Rc::clone(&found)));
        Ok(found)
    }

    fn formerly(&self, kinds: &[&str], called: &Called) -> Result<Vec<Named>, Fault> {
        let mut named = Vec::new();
        let mut former = self.former.borrow_mut();
        for kind in kinds {
            if !former.contains_key(*kind) {
                former.insert((*kind).to_owned(), FormerNames::of(self.reader, kind)?);
            }
            for record in former[*kind].called(called) {
                named.extend(self.reader.record(record)?.as_ref().map(Named::of));
            }
        }
        named.truncate(NAMED_MAX);
        Ok(named)
    }

    fn erased(&self, record: &RecordId) -> Result<Option<Erased>, Fault> {
        if self.erased_records.contains(record) {
            return Ok(Some(Erased::Record));
        }
        let with_erased_edits = match self.with_erased_edits.get() {
            Some(records) => records,
            None => {
                let read = self.reader.records_with_erased_edits()?;
                self.with_erased_edits.get_or_init(|| read)
            }
        };
        Ok(with_erased_edits.contains(record).then_some(Erased::Values))
    }

    fn identified(&self, kind: &str, source: &str, id: &str) -> Result<Option<RecordId>, Fault> {
        let mut kinds = self.identified.borrow_mut();
        if !kinds.contains_key(kind) {
            kinds.insert(kind.to_owned(), self.identifiers(kind)?);
        }
        let found = kinds
            .get(kind)
            .and_then(|of_kind| of_kind.get(&source_identifier(source, id)));
        Ok(found.copied().flatten())
    }

    fn standing(&self, record: &RecordId) -> Result<RecordId, Fault> {
        self.standing.borrow_mut().of(self.reader, record)
    }

    fn decided(&self, line: u64, row: &RowKey) -> Result<Option<RowDecision>, Fault> {
        Ok(self.decisions.of_row(line, row))
    }

    fn replaced(&self, record: &RecordId) -> Result<Vec<RecordId>, Fault> {
        match self.replica.replaced(record) {
            Ok(replaced) => Ok(replaced.into_iter().collect()),
            Err(Error::Fault(fault)) => Err(fault.into()),
            // Nothing is asked that could be refused.
            Err(Error::Refused(_)) => Ok(Vec::new()),
        }
    }

    fn named(&self, kinds: &[&str], called: &Called) -> Result<Vec<Named>, Fault> {
        let named = self.called(kinds, called, Withdrawn::LeftOut)?;
        match named.is_empty() {
            true => self.called(kinds, called, Withdrawn::Only),
            false => Ok(named),
        }
    }
}

impl Held<'_> {
    /// Finds the records that are called so: those that are not withdrawn, or what stands in the place of those that are.
    fn called(
        &self,
        kinds: &[&str],
        called: &Called,
        withdrawn: Withdrawn,
    ) -> Result<Vec<Named>, Fault> {
        let mut named: Vec<Named> = Vec::new();
        for kind in kinds {
            let (text, whole) = match called {
                // The best hits of a search may leave out the very record.
                Called::Name(name) => (String::new(), Some(name.clone())),
                Called::Number(_, number) => (number.clone(), None),
            };
            let query = Query {
                text,
                named: whole,
                kind: Some((*kind).to_owned()),
                size: PAGE_MAX,
                withdrawn,
                ..Query::default()
            };
            let hits = match self.replica.search(&query) {
                Ok(answer) => answer.hits,
                Err(Error::Fault(fault)) => return Err(fault.into()),
                // A text that is no question is no name either.
                Err(Error::Refused(_)) => continue,
            };
            for hit in hits {
                let view = self.reader.record(&hit.record)?;
                let mut view = view.filter(|view| called.is(view));
                if withdrawn == Withdrawn::Only && view.is_some() {
                    view = self.reader.record(&self.standing(&hit.record)?)?;
                }
                let view = view.filter(|view| {
                    let is_met = named.iter().any(|other| other.record == view.record);
                    !is_met && !view.is_withdrawn() && kinds.contains(&view.kind())
                });
                named.extend(view.as_ref().map(Named::of));
                if named.len() >= NAMED_MAX {
                    return Ok(named);
                }
            }
        }
        Ok(named)
    }
}

/// Enough to see that one name is not enough.
const NAMED_MAX: usize = 5;
