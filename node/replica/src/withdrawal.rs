//! What may stand in the place of a withdrawn record, as far as this node can tell.

use crdt_schema::id::RecordId;

use crate::fault::Fault;
use crate::reader::Reader;

/// Why a record cannot stand in the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoReplacement {
    /// It is the record that is withdrawn.
    #[error("a record cannot replace itself")]
    Itself,
    /// It is not held here.
    #[error("the record that replaces it is not held here")]
    Unknown,
    /// It is withdrawn too.
    #[error("the record that replaces it is withdrawn itself")]
    Withdrawn,
}

impl NoReplacement {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            NoReplacement::Itself => "replaced_by_itself",
            NoReplacement::Unknown => "replaced_by_unknown",
            NoReplacement::Withdrawn => "replaced_by_withdrawn",
        }
    }
}

impl Reader {
    /// Says why a record cannot stand in the place of another. Nothing is judged for ever: partners may withdraw both at once, apart.
    pub fn replaces(
        &self,
        record: &RecordId,
        other: &RecordId,
    ) -> Result<Option<NoReplacement>, Fault> {
        if record == other {
            return Ok(Some(NoReplacement::Itself));
        }
        Ok(match self.record(other)? {
            Some(view) if view.fields().is_empty() => Some(NoReplacement::Unknown),
            None => Some(NoReplacement::Unknown),
            Some(view) => view.is_withdrawn().then_some(NoReplacement::Withdrawn),
        })
    }
}
