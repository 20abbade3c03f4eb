//! What persons have decided of rows that may be records which are there already.

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::id::RecordId;
use crdt_schema::view::RecordView;

use crate::import::finding::Meant;
use crate::import::identity::{Identity, Times};
use crate::import::{Census, Plan};
use crate::report::Problem;

/// What tells a row from the others of its source, from one file to the next.
pub type RowKey = [u8; 16];

/// What a person has decided of a row.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RowDecision {
    /// It is another thing than the record that it is like: it makes one of its own.
    Apart,
    /// It is not imported.
    LeftOut,
    /// It is about this record.
    Same(RecordId),
}

impl RowDecision {
    /// Writes it for the next import.
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            RowDecision::Apart => vec![0],
            RowDecision::LeftOut => vec![1],
            RowDecision::Same(record) => [&[2], record.as_bytes().as_slice()].concat(),
        }
    }

    /// Reads it. What a newer version wrote is no more than nothing.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0] => Some(RowDecision::Apart),
            [1] => Some(RowDecision::LeftOut),
            [2, record @ ..] => RecordId::from_slice(record).map(RowDecision::Same),
            _ => None,
        }
    }
}

impl<C: Census> Plan<'_, C> {
    /// Returns what tells a row from the others, and what was decided of it. A row that names its record itself is about that.
    pub(super) fn decision(
        &self,
        line: u64,
        identity: &Identity,
        times: Times,
    ) -> Result<(RowKey, Option<RowDecision>), C::Error> {
        let row = identity.row(self.mapping.kind.code, self.settings.source, times.key);
        let decided = match identity.record {
            Some(_) => None,
            None => self.census.decided(line, &row)?,
        };
        Ok((row, decided))
    }

    /// Finds the record that a person has named for a row. `Err` says why the row keeps its own.
    pub(super) fn told(
        &self,
        line: u64,
        record: &RecordId,
        own: &Meant,
    ) -> Result<Result<Meant, Problem>, C::Error> {
        let wrong = |code: &'static str, reason: &str| {
            let problem = Problem::of_row(line, &record.to_string(), code, reason.to_owned());
            Ok(Err(problem))
        };
        let is_own = own.view.as_ref();
        if is_own.is_some_and(|view| !view.fields().is_empty() && !view.is_withdrawn()) {
            return wrong("decision_late", DECISION_LATE);
        }
        let record = &self.census.standing(record)?;
        let view = self.census.find(record)?;
        let fits = |view: &RecordView| {
            let is_there = !view.fields().is_empty() && !view.is_withdrawn();
            is_there && view.kind() == self.mapping.kind.code
        };
        Ok(match view.filter(fits) {
            Some(view) => Ok(Meant {
                record: *record,
                birth: own.birth.clone(),
                view: Some(view),
            }),
            None => return wrong("decision_void", DECISION_VOID),
        })
    }
}

/// Fits what a row says to a record that other sources know too: it keeps its sources, and the identifier that it has at one of them.
pub(super) fn join(draft: &mut Draft, view: &RecordView) {
    if view.field("source_id").is_some() {
        draft.fields.remove("source_id");
    }
    let held = view.field("sources").map(Wanted::of);
    if let (Some(Wanted::Terms(held)), Some(Wanted::Terms(said))) =
        (held, draft.fields.get_mut("sources"))
    {
        said.extend(held);
    }
}

const DECISION_LATE: &str = "Cette ligne a déjà sa fiche : le choix « même fiche » ne la déplace pas. Réunissez les deux fiches depuis la page Doublons.";
const DECISION_VOID: &str = "La fiche choisie pour cette ligne n'est plus là, ou n'est pas de cette sorte : la ligne est traitée comme sans ce choix.";
/// Why a second row about one record is refused.
pub(super) const RECORD_TWICE: &str = "Une autre ligne de ce fichier écrit déjà dans cette fiche. Gardez une seule des deux lignes, ou choisissez pour celle-ci une autre fiche.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_reads_as_it_was_written() {
        let record = RecordId::from_bytes([7; 16]);
        for decision in [
            RowDecision::Apart,
            RowDecision::LeftOut,
            RowDecision::Same(record),
        ] {
            let bytes = decision.to_bytes();
            assert_eq!(RowDecision::from_bytes(&bytes), Some(decision));
        }
        for wrong in [&[][..], &[3], &[0, 0], &[2, 1, 2]] {
            assert_eq!(RowDecision::from_bytes(wrong), None, "{wrong:?}");
        }
    }
}
