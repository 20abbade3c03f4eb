//! Who grants and who gets it, where an application says so itself or by the records that it leads to. What partners disagree on and what
//! is withdrawn leads nowhere that may be published: it is met, and said.

use std::collections::BTreeSet;

use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use crdt_schema::view::RecordView;

use super::{Grant, Unfit};

/// The actors of an application.
#[derive(Debug, Default)]
pub struct Parties {
    grantor: Option<RecordView>,
    beneficiary: Option<RecordView>,
    met: BTreeSet<Unfit>,
}

impl Parties {
    /// Follows the links of an application; `find` looks for a record.
    ///
    /// Who grants: as the application says, else the issuer of its call. Who gets it: as the application says, else the actor that is put
    /// forward, or that holds or organises what is.
    pub fn of<E>(
        application: &RecordView,
        mut find: impl FnMut(&RecordId) -> Result<Option<RecordView>, E>,
    ) -> Result<Self, E> {
        let mut way = Way {
            find: &mut find,
            met: BTreeSet::new(),
        };
        let mut grantor = way.to(application, "grantor")?;
        if !grantor.is_said {
            let call = way.to(application, "call")?;
            grantor = way.on(call.record, "issuer")?;
        }
        let mut beneficiary = way.to(application, "beneficiary")?;
        if !beneficiary.is_said {
            let candidate = way.to(application, "candidate")?;
            let by = match candidate.record.as_ref().map(RecordView::kind) {
                Some("initiative") => Some("holder"),
                Some("event") => Some("organiser"),
                _ => None,
            };
            beneficiary = match by {
                Some(field) => way.on(candidate.record, field)?,
                None => candidate,
            };
        }
        let is_actor = |view: &RecordView| view.kind() == "actor";
        Ok(Self {
            met: way.met,
            grantor: grantor.record.filter(is_actor),
            beneficiary: beneficiary.record.filter(is_actor),
        })
    }

    /// The application with them.
    pub fn grant<'a>(&'a self, application: &'a RecordView) -> Grant<'a> {
        Grant {
            application,
            grantor: self.grantor.as_ref(),
            beneficiary: self.beneficiary.as_ref(),
            met: &self.met,
        }
    }
}

/// A way along links, and what was met on it.
struct Way<'f, F> {
    find: &'f mut F,
    met: BTreeSet<Unfit>,
}

/// Where a link leads.
#[derive(Default)]
struct Led {
    /// Whether the field names a record, be it one that is not here.
    is_said: bool,
    record: Option<RecordView>,
}

impl<E, F: FnMut(&RecordId) -> Result<Option<RecordView>, E>> Way<'_, F> {
    fn on(&mut self, view: Option<RecordView>, field: &str) -> Result<Led, E> {
        match view {
            Some(view) => self.to(&view, field),
            None => Ok(Led::default()),
        }
    }

    fn to(&mut self, view: &RecordView, field: &str) -> Result<Led, E> {
        let Some(held) = view.field(field) else {
            return Ok(Led::default());
        };
        if held.is_conflict() {
            self.met.insert(Unfit::Conflict);
        }
        let Some(Value::Record(record)) = held.winner().map(|written| &written.value) else {
            return Ok(Led::default());
        };
        let record = (self.find)(record)?;
        if record.as_ref().is_some_and(RecordView::is_withdrawn) {
            self.met.insert(Unfit::Withdrawn);
        }
        Ok(Led {
            is_said: true,
            record,
        })
    }
}
