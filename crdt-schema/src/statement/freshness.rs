//! How fresh a record is: for each section that holds something, the last day on which a partner said that it is still right.

use std::collections::BTreeMap;

use crate::label::Day;
use crate::record::Kind;
use crate::statement::dates::is_reached;
use crate::statement::{Due, DueDays, Verification};
use crate::view::RecordView;

/// The sections of a record that hold something, each with the last day on which it was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness(BTreeMap<&'static str, Option<Day>>);

/// Returns the sections of a record in which a field holds something, in the order of the form. A kind that this version does not know
/// has none.
pub fn filled_sections(view: &RecordView) -> Vec<&'static str> {
    let kind = Kind::parse(view.kind());
    let sections = kind.map_or(&[][..], |kind| kind.sections).iter();
    let filled = sections.filter(|section| {
        let mut fields = section.fields.iter();
        fields.any(|field| view.field(field.name).is_some())
    });
    filled.map(|section| section.code).collect()
}

impl Freshness {
    /// Puts together what partners confirmed. Days that nobody can have seen yet are left out, where the day is known.
    pub fn of<'v>(
        view: &RecordView,
        verifications: impl IntoIterator<Item = &'v Verification>,
        today: Option<Day>,
    ) -> Self {
        let filled = filled_sections(view).into_iter();
        let mut sections: BTreeMap<&'static str, Option<Day>> =
            filled.map(|section| (section, None)).collect();
        for verification in verifications {
            for (section, day) in verification.sections() {
                let is_seen = today.is_none_or(|today| is_reached(*day, today));
                if let Some(last) = sections.get_mut(section.as_str()).filter(|_| is_seen) {
                    *last = (*last).max(Some(*day));
                }
            }
        }
        Self(sections)
    }

    /// Returns the sections with their last day, in the order of their codes.
    pub fn sections(&self) -> &BTreeMap<&'static str, Option<Day>> {
        &self.0
    }

    /// Returns the day since which every section has been confirmed: the earliest of the last ones. The outer `None` where nothing is
    /// to be confirmed, the inner one where a section never was.
    pub fn since(&self) -> Option<Option<Day>> {
        // `None` is less than any day: a section that never was confirmed comes first.
        self.0.values().min().copied()
    }

    /// Returns the last day on which any section was confirmed.
    pub fn latest(&self) -> Option<Day> {
        self.0.values().max().copied().flatten()
    }

    /// Judges the section that waits for the longest time, by the days of the kind. `None` where nothing is to be confirmed.
    pub fn due(&self, days: DueDays, today: Day) -> Option<Due> {
        self.since().map(|since| days.judge(since, today))
    }
}
