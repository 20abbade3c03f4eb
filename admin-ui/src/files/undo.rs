//! An import taken back: what it wrote and nobody has touched since reads again as it did before. Of records nothing is erased: these are ordinary
//! edits, and what partners have written meanwhile stays. Only the values of persons that it brought go for good.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::{Field, State};
use crdt_schema::entry::{EditFrame, Frame};
use crdt_schema::id::{EntryId, ItemId, RecordId};
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use exchange::Imprint;
use replica::local::{ImportRun, Local, Remembered};
use replica::{ContributeError, EditInfo, Fault, NewItem, Reader, Replica};

use super::undo_contacts::{ContactsUndone, Left};
use super::{Progress, name_of};
use crate::mandates::OwnMandate;

/// An import that is to be taken back.
#[derive(Clone, Copy)]
pub struct Undo<'a> {
    /// What it was.
    pub run: &'a ImportRun,
    /// Where it is remembered.
    pub local: &'a Local,
    /// Now.
    pub now: Timestamp,
}

/// What taking an import back did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undone {
    /// Records that the import made: they say nothing any more, and show nowhere.
    pub emptied: u64,
    /// Records that the import changed: they read as before.
    pub restored: u64,
    /// Records that read as before the import already.
    pub unchanged: u64,
    /// Records, or fields of them, that stay as they are.
    pub kept: Vec<KeptRecord>,
    /// Records that our mandate covers no more, with their names: they stay as they are, since one of them would void all that is taken
    /// back with it.
    pub outside: BTreeMap<RecordId, String>,
    /// What becomes of the contacts that it brought.
    pub contacts: ContactsUndone,
}

impl Undone {
    /// Tells whether anything is taken back.
    pub fn is_something(&self) -> bool {
        self.emptied + self.restored + self.contacts.taken_back() > 0
    }
}

/// A record that an import wrote in, and that is not taken back, or not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRecord {
    /// The record.
    pub record: RecordId,
    /// Its name.
    pub name: String,
    /// The fields that were changed since; none when somebody has written in a record that the import made: it stays whole.
    pub fields: Vec<String>,
}

/// Why an import was not taken back to its end.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// It was taken back before.
    #[error("this import was taken back already")]
    Already,
    /// The replica did not take what was signed.
    #[error(transparent)]
    Contribute(#[from] ContributeError),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It is still under way.
    #[error("this import is still under way: wait for its end")]
    UnderWay,
    /// Whoever watches asked for it. What was signed before stays; it can be asked for again.
    #[error("stopped")]
    Stopped,
}

impl UndoError {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            UndoError::Already => "undone_already",
            UndoError::Contribute(error) => error.code(),
            UndoError::Fault(fault) => fault.code(),
            UndoError::Stopped => "stopped",
            UndoError::UnderWay => "import_under_way",
        }
    }
}

impl Undo<'_> {
    /// Says what taking the import back would do, and signs nothing.
    pub fn dry_run(
        &self,
        replica: &Replica,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Undone, UndoError> {
        self.pass(replica, watch, false)
    }

    /// Takes the import back.
    pub fn run(
        &self,
        replica: &Replica,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Undone, UndoError> {
        self.pass(replica, watch, true)
    }

    fn pass(
        &self,
        replica: &Replica,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
        signs: bool,
    ) -> Result<Undone, UndoError> {
        if self.run.undone.is_some() {
            return Err(UndoError::Already);
        }
        if self.run.is_under_way {
            return Err(UndoError::UnderWay);
        }
        let entries = self.local.import_entries(self.run.number)?;
        let own = OwnMandate::of(replica);
        let contacts = self.contacts(replica, &entries, signs)?;
        let (mut records, mut done) = (Vec::new(), 0);
        let mut undone = Undone {
            contacts,
            ..Undone::default()
        };
        for entry in &entries {
            let reader = replica.read()?;
            let Some(entry) = reader.entry(entry)? else {
                continue;
            };
            let mut items = Vec::new();
            for (index, item) in entry.items().iter().enumerate() {
                let Frame::Edit(frame) = &item.frame else {
                    continue;
                };
                records.push(frame.record);
                let index = u32::try_from(index).expect("an entry has 256 items at most");
                let edit = Written {
                    id: ItemId::of(&entry.id(), index),
                    frame,
                };
                items.extend(edit.undo(&reader, own.as_ref(), &mut undone)?);
                done += 1;
            }
            if signs && !items.is_empty() {
                replica.contribute(items)?;
            }
            if watch(Progress { done, total: None }).is_break() {
                return Err(UndoError::Stopped);
            }
        }
        if signs {
            let imprints = self.imprints(&records, &undone)?;
            self.local.undo_import(self.run, &imprints, self.now)?;
        }
        Ok(undone)
    }

    /// Takes the contacts back, before the records: their removal is an act, which a node that was just restored does not sign yet.
    fn contacts(
        &self,
        replica: &Replica,
        entries: &[EntryId],
        signs: bool,
    ) -> Result<ContactsUndone, UndoError> {
        let (mut counts, number) = (ContactsUndone::default(), self.run.number);
        let own: BTreeSet<EntryId> = entries.iter().copied().collect();
        let undone = self.local.undone_entries()?;
        for entry in entries {
            let reader = replica.read()?;
            if let Some(entry) = reader.entry(entry)? {
                let left = Left::of(&reader, &entry, (&own, &undone), &mut counts)?;
                if signs {
                    left.take_back(replica, self.local)?;
                }
            }
        }
        counts.gone += match signs {
            true => self.local.forget_own_values_of_import(number)?,
            false => self.local.own_values_of_import(number)?.len(),
        } as u64;
        Ok(counts)
    }

    /// What is remembered of the records from now on: of a record, or a field, that stays, what the source said of it; of all others
    /// nothing, so that the same file writes them again.
    fn imprints(&self, records: &[RecordId], undone: &Undone) -> Result<Vec<Remembered>, Fault> {
        let before = self.local.imprints(&self.run.begun.source)?;
        let kept: BTreeMap<_, _> = undone.kept.iter().map(|kept| (kept.record, kept)).collect();
        let mut imprints = Vec::new();
        for record in records {
            if undone.outside.contains_key(record) {
                continue;
            }
            let fields = kept.get(record).map(|kept| kept.fields.as_slice());
            match fields {
                None => imprints.push((*record, None)),
                Some([]) => {}
                Some(fields) => {
                    let said = before
                        .of(record)?
                        .and_then(|bytes| Imprint::from_bytes(&bytes));
                    let said = said.map(|said| said.only(fields).to_bytes());
                    imprints.push((*record, said));
                }
            }
        }
        Ok(imprints)
    }
}

/// An edit of the import.
struct Written<'a> {
    id: ItemId,
    frame: &'a EditFrame,
}

impl Written<'_> {
    /// Returns the edit that takes this one back, if there is anything to take back.
    fn undo(
        &self,
        reader: &Reader,
        mandate: Option<&OwnMandate>,
        undone: &mut Undone,
    ) -> Result<Option<NewItem>, Fault> {
        let record = &self.frame.record;
        let edits = reader.edits(record)?;
        let own = edits.iter().find(|edit| edit.id == self.id);
        let fields = own.filter(|edit| edit.state == State::Live).map(fields_of);
        let (Some(view), Some(fields)) = (reader.record(record)?, fields) else {
            // Erased, or without effect: nothing of it is left to be taken back.
            undone.unchanged += 1;
            return Ok(None);
        };
        let kept = |fields| KeptRecord {
            record: *record,
            name: name_of(&view),
            fields,
        };
        let is_new = self.frame.creation.is_some();
        let after = reader.record_at(record, &[self.id])?;
        let is_touched = after
            .as_ref()
            .is_none_or(|after| !reads_alike(after, &view));
        if is_new && is_touched && self.has_followers(&edits) {
            if view.fields().is_empty() {
                undone.unchanged += 1;
            } else {
                undone.kept.push(kept(Vec::new()));
            }
            return Ok(None);
        }
        let before = match is_new {
            true => None,
            false => reader.record_at(record, &self.frame.base)?,
        };
        let (draft, others) = restored(&fields, before.as_ref(), after.as_ref(), &view);
        let operations = draft.operations(view.fields());
        if !operations.is_empty() && mandate.is_some_and(|own| !own.covers_record(&view)) {
            undone.outside.insert(*record, name_of(&view));
            return Ok(None);
        }
        if !others.is_empty() {
            undone.kept.push(kept(others));
        }
        if operations.is_empty() {
            undone.unchanged += 1;
            return Ok(None);
        }
        match is_new {
            true => undone.emptied += 1,
            false => undone.restored += 1,
        }
        let base = view.heads.clone();
        Ok(Some(NewItem::of_edit(*record, base, None, operations)))
    }

    /// Whether anybody has written in the record since.
    fn has_followers(&self, edits: &[EditInfo]) -> bool {
        let mut others = edits.iter().filter(|edit| edit.id != self.id);
        others.any(|edit| edit.state == State::Live)
    }
}

/// Returns the fields that an edit writes in.
pub(crate) fn fields_of(edit: &EditInfo) -> BTreeSet<String> {
    let operations = edit.operations.iter().flatten().flatten();
    operations
        .map(|operation| operation.field().to_owned())
        .collect()
}

/// Returns what the fields should hold again, and which of them somebody has changed since.
pub(crate) fn restored(
    fields: &BTreeSet<String>,
    before: Option<&RecordView>,
    after: Option<&RecordView>,
    now: &RecordView,
) -> (Draft, Vec<String>) {
    let (mut draft, mut others) = (Draft::default(), Vec::new());
    let nothing = Field::default();
    for name in fields {
        let at = |view: Option<&'_ RecordView>| {
            let held = view.and_then(|view| view.field(name));
            held.unwrap_or(&nothing).clone()
        };
        let (before, after, now) = (at(before), at(after), at(Some(now)));
        let wanted = Wanted::of(&before);
        if reads_so(&now, &after) {
            draft.fields.insert(name.clone(), wanted);
        } else if Wanted::of(&now) != wanted {
            others.push(name.clone());
        }
    }
    (draft, others)
}

/// Tells whether two views say the same, whoever wrote it: an import that was made and taken back in between has touched nothing.
fn reads_alike(one: &RecordView, other: &RecordView) -> bool {
    let names: BTreeSet<_> = one.fields().keys().chain(other.fields().keys()).collect();
    let nothing = Field::default();
    names.into_iter().all(|name| {
        let at = |view: &RecordView| view.field(name).unwrap_or(&nothing).clone();
        reads_so(&at(one), &at(other))
    })
}

fn reads_so(one: &Field, other: &Field) -> bool {
    one == other
        || (!one.is_conflict() && !other.is_conflict() && Wanted::of(one) == Wanted::of(other))
}
