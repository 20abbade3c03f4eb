//! Which record a row is about, and which holder it names by an identifier of its source.

use crdt_schema::draft::Wanted;
use crdt_schema::edit::Value;
use crdt_schema::entry::RecordBirth;
use crdt_schema::id::RecordId;
use crdt_schema::view::RecordView;

use crate::import::identity::{Identity, Times};
use crate::import::row::Reading;
use crate::import::{Census, Plan};
use crate::report::Problem;
use crate::table::Row;

/// The record of a row.
pub(super) struct Meant {
    pub(super) record: RecordId,
    /// What its id is the hash of, should it be new.
    pub(super) birth: RecordBirth,
    /// The record as it reads; nothing of a new one.
    pub(super) view: Option<RecordView>,
}

impl Meant {
    /// Tells whether the record is there, and of another kind.
    pub(super) fn is_of_another_kind(&self, kind: &str) -> bool {
        let birth = self.view.as_ref().and_then(|view| view.birth.as_ref());
        birth.is_some_and(|(other, _)| other != kind)
    }
}

impl<C: Census> Plan<'_, C> {
    /// Reads a row, and the record that it names itself, where the census has it.
    pub(super) fn read(&self, row: &Row, known: Option<RecordId>) -> Result<Reading, C::Error> {
        let mut reader = self.reader(known);
        let held = match reader.record_named(row).0 {
            Some(record) => self.census.find(&record)?,
            None => None,
        };
        reader.held = held.as_ref();
        Ok(reader.read(row))
    }

    /// Finds the record of a row, or the id and birth that it will have.
    pub(super) fn meant(&self, identity: &Identity, times: Times) -> Result<Meant, C::Error> {
        let (kind, source) = (self.mapping.kind.code, self.settings.source);
        if let Some(record) = identity.record
            && let Some(view) = self.census.find(&record)?
        {
            return Ok(Meant {
                record,
                birth: identity.birth(kind, "*", (source, times.key)),
                view: Some(view),
            });
        }
        let federation = self.census.federation();
        let id = |birth: &RecordBirth| {
            RecordId::of(&federation, &birth.kind, &birth.territory, &birth.nonce)
        };
        for birth in identity.births(kind, source, times) {
            let record = id(&birth);
            if let Some(view) = self.census.find(&record)? {
                let view = Some(view);
                return Ok(Meant {
                    record,
                    birth,
                    view,
                });
            }
        }
        let birth = identity.birth(kind, identity.territory, (source, times.key));
        Ok(Meant {
            record: id(&birth),
            birth,
            view: None,
        })
    }

    /// Links the holder that a row names by its identifier at the source; else the identifier is kept, and that is said.
    pub(super) fn find_holder(
        &self,
        row: &Row,
        reading: &mut Reading,
    ) -> Result<Option<Problem>, C::Error> {
        let Some((source, column)) = &reading.holder else {
            return Ok(None);
        };
        let id = row.cells.get(*column).map_or("", String::as_str);
        let fields = &mut reading.draft.fields;
        if let Some(holder) = self.census.identified("actor", source, id)? {
            fields.insert("holder".to_owned(), Wanted::Value(Value::Record(holder)));
            return Ok(None);
        }
        if let Some(spare) = self.mapping.spare(*column) {
            let kept = Wanted::Value(Value::Text(id.to_owned()));
            fields.insert(spare.to_owned(), kept);
        }
        let note = Problem::of_row(row.line, id, "holder_unknown", HOLDER_UNKNOWN.to_owned());
        Ok(Some(match self.columns.get(*column) {
            Some(column) => note.in_column(column),
            None => note,
        }))
    }
}

const HOLDER_UNKNOWN: &str = "Aucune fiche d'acteur n'a cet identifiant à cette source, ou plusieurs l'ont : il est gardé dans un champ supplémentaire. Importez d'abord les structures, puis de nouveau ce fichier.";
