//! What an import signs at once, and what it remembers of it.

use crdt_schema::id::RecordId;
use exchange::{PlannedEdit, RowKey};
use replica::local::{ImportBegun, Local, UnderWay};
use replica::{Fault, NewItem, Replica};

use super::contacts::{Contacts, Waiting};
use super::decided::apart;
use super::import::ImportError;

/// What was planned since the last time it was written.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) edits: Vec<PlannedEdit>,
    /// What our mandate does not cover, signed apart: one of these voids the whole entry that it stands in.
    pub(super) outside: Vec<PlannedEdit>,
    pub(super) imprints: Vec<(RecordId, Vec<u8>)>,
    pub(super) contacts: Waiting,
    /// Records that are made, each with the one that it is told apart from.
    pub(super) apart: Vec<(RecordId, RecordId)>,
    pub(super) choices: Vec<(RowKey, Vec<u8>)>,
}

impl Batch {
    /// Edits make entries; what a source said of records that it does not change is small, and can wait longer.
    pub(super) fn is_full(&self) -> bool {
        let is_much = self.imprints.len().max(self.choices.len()) >= IMPRINTS_AT_ONCE;
        self.edits.len().max(self.outside.len()) == EDITS_AT_ONCE || is_much
    }

    /// Signs edits, remembers which entries they became and what the source said, then keeps the contacts of their records.
    ///
    /// What is remembered comes after what is signed: a process that ends in between leaves an import that can be taken back but for its
    /// last batch, and the next one of the same source finds that these records say already what the file says.
    pub(super) fn write(
        self,
        (replica, local): (&Replica, &Local),
        contacts: Option<Contacts<'_>>,
        begun: &ImportBegun,
        under_way: &mut Option<UnderWay>,
    ) -> Result<(), ImportError> {
        let source = &begun.source;
        let (edits, outside) = (self.edits, self.outside);
        if edits.is_empty() && outside.is_empty() {
            if !self.imprints.is_empty() {
                local.keep_imprints(source, &self.imprints)?;
            }
        } else {
            let number = number(local, begun, under_way)?;
            let mut items: Vec<NewItem> = edits.into_iter().map(item).collect();
            for (made, other) in self.apart {
                items.push(apart(made, other)?);
            }
            let mut entries = replica.contribute(items)?;
            if !outside.is_empty() {
                entries.extend(replica.contribute(outside.into_iter().map(item).collect())?);
            }
            local.keep_imported(number, &entries, source, &self.imprints)?;
        }
        local.keep_row_choices(source, &self.choices)?;
        if let Some(contacts) = contacts.filter(|_| !self.contacts.is_empty()) {
            let number = number(local, begun, under_way)?;
            let entries = contacts.keep(replica, self.contacts, number)?;
            local.keep_imported(number, &entries, source, &[])?;
        }
        Ok(())
    }
}

/// Returns the number of the import, which begins to be remembered when it has something to sign.
fn number(
    local: &Local,
    begun: &ImportBegun,
    under_way: &mut Option<UnderWay>,
) -> Result<u64, Fault> {
    if let Some(under_way) = under_way {
        return Ok(under_way.number());
    }
    Ok(under_way.insert(local.begin_import(begun)?).number())
}

fn item(edit: PlannedEdit) -> NewItem {
    let PlannedEdit {
        record,
        birth,
        base,
        operations,
        ..
    } = edit;
    NewItem::of_edit(record, base, birth, operations)
}

/// Edits that are signed at once: one entry of 256 records, several entries a transaction.
const EDITS_AT_ONCE: usize = 2_048;
/// What a source said of records that is written at once: some megabytes.
const IMPRINTS_AT_ONCE: usize = 8_192;
