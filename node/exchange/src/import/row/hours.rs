//! The zone of a row's hours: found before they are read, kept beside those that say none.

use std::collections::BTreeMap;

use crdt_schema::draft::{TIME_ZONE, Wanted, zone_field, zone_of};
use crdt_schema::edit::Value;
use crdt_schema::record::Shape;
use crdt_schema::register::{is_local_time, is_time_zone, zone_of_departement};

use crate::import::row::{Typed, Work, is_absent};

impl Work<'_> {
    /// Returns the zone that the row says, else the one that its record says.
    pub(super) fn said_zone(&self, typed: &BTreeMap<&str, Typed>) -> Option<String> {
        let held = self.held_zone();
        let said = typed.get(TIME_ZONE).map(|typed| typed.text.as_str());
        let said = said.filter(|zone| !is_absent(zone)).or(held);
        // What the record says already is nobody's mistake in this row.
        let said = said.filter(|zone| Some(*zone) != held || is_time_zone(zone));
        said.map(str::to_owned)
    }

    /// Returns the zone of the place: that of the row, else that of its record. Without a place, an hour may be that of any territory.
    pub(super) fn zone_of_place(&self) -> Option<String> {
        let departement = Some(self.territory()).filter(|place| *place != "*");
        let of_place = departement.map(zone_of_departement);
        let held = self.reader.held.map(|view| zone_of(view.fields()));
        of_place.or(held).map(str::to_owned)
    }

    /// Keeps the zone in which hours without one were read, unless the record says these hours already.
    pub(super) fn keep_zone(&mut self, typed: &BTreeMap<&str, Typed>, zone: &str) {
        let is_kept = self.draft.fields.contains_key(TIME_ZONE) || self.held_zone().is_some();
        if is_kept || self.reader.field(TIME_ZONE).is_none() {
            return;
        }
        let is_news = |(name, typed): (&&str, &Typed)| {
            let field = self.reader.field(name);
            let wanted = self.draft.fields.get(*name);
            let held = self.reader.held.and_then(|view| view.field(name));
            field.is_some_and(|field| field.shape() == Shape::Instant)
                && is_local_time(&typed.text)
                && wanted.is_some_and(|wanted| held.map(Wanted::of).as_ref() != Some(wanted))
        };
        if typed.iter().any(is_news) {
            let fields = &mut self.draft.fields;
            fields.insert(TIME_ZONE.to_owned(), zone_field(zone));
        }
    }

    fn held_zone(&self) -> Option<&str> {
        match &self.reader.held?.field(TIME_ZONE)?.winner()?.value {
            Value::Text(zone) => Some(zone),
            _ => None,
        }
    }
}
