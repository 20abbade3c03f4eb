//! One event: its properties, as the cells of a row.

use crate::table::CELL_BYTES_MAX;
use crate::text::plain_if_html;

use super::line::Property;
use super::when::Dates;

/// The columns that an event may fill, in their order.
pub(super) const COLUMNS: [&str; 19] = [
    "UID",
    "SUMMARY",
    "DTSTART",
    "DTEND",
    "DTSTART;VALUE=DATE",
    "DTEND;VALUE=DATE",
    "TZID",
    "RRULE",
    "LOCATION",
    "GEO",
    "DESCRIPTION",
    "URL",
    "STATUS",
    "CATEGORIES",
    "CONFERENCE",
    "ORGANIZER",
    "CONTACT",
    "COMMENT",
    "ATTENDEE",
];
const UID: usize = 0;
const SUMMARY: usize = 1;
/// The first of the six columns of dates.
const DTSTART: usize = 2;
const RRULE: usize = 7;
const LOCATION: usize = 8;
const GEO: usize = 9;
const DESCRIPTION: usize = 10;
const URL: usize = 11;
const STATUS: usize = 12;
const CATEGORIES: usize = 13;
const CONFERENCE: usize = 14;
const ORGANIZER: usize = 15;
const CONTACT: usize = 16;
const COMMENT: usize = 17;
pub(super) const ATTENDEE: usize = 18;

/// The columns by which a table is known to be a calendar, even when no event fills them.
pub(super) const ALWAYS: [usize; 3] = [UID, SUMMARY, DTSTART];

/// An event that was read whole.
pub(super) struct Event {
    pub(super) line: u64,
    pub(super) cells: [String; COLUMNS.len()],
    /// The first column whose text no cell can hold.
    pub(super) too_long: Option<usize>,
    pub(super) is_floating: bool,
    pub(super) has_attendees: bool,
}

/// An event while its lines are read.
#[derive(Default)]
pub(super) struct Reading {
    line: u64,
    cells: [String; COLUMNS.len()],
    too_long: Option<usize>,
    start: Option<String>,
    end: Option<String>,
    duration: Option<String>,
    instance: String,
    rule: String,
    /// Dates that a rule adds or leaves out.
    dates: [Listed; 2],
    has_attendees: bool,
}

/// A list of dates, as far as it is kept.
#[derive(Default)]
struct Listed {
    text: String,
    count: usize,
}

impl Reading {
    pub(super) fn at(line: u64) -> Self {
        Self {
            line,
            ..Self::default()
        }
    }

    /// Takes a property; false when no column is for it.
    pub(super) fn take(&mut self, line: &str, property: &Property<'_>, is_cut: bool) -> bool {
        let column = match property.name.as_str() {
            "ATTENDEE" => {
                self.has_attendees = true;
                return true;
            }
            "DTSTART" => return first(&mut self.start, line),
            "DTEND" => return first(&mut self.end, line),
            "DURATION" => return first(&mut self.duration, property.value),
            "RECURRENCE-ID" => {
                property.value.clone_into(&mut self.instance);
                return true;
            }
            "RRULE" => {
                property.value.clone_into(&mut self.rule);
                self.check(RRULE, is_cut);
                return true;
            }
            "RDATE" => return self.dates[0].add(property.value),
            "EXDATE" => return self.dates[1].add(property.value),
            "UID" => UID,
            "SUMMARY" => SUMMARY,
            "DESCRIPTION" => DESCRIPTION,
            "LOCATION" => LOCATION,
            "GEO" => GEO,
            "URL" => URL,
            "STATUS" => STATUS,
            "CATEGORIES" => CATEGORIES,
            "CONFERENCE" => CONFERENCE,
            "ORGANIZER" => ORGANIZER,
            "CONTACT" => CONTACT,
            "COMMENT" => COMMENT,
            _ => return false,
        };
        self.check(column, is_cut);
        let cell = &mut self.cells[column];
        if column == CATEGORIES {
            for text in property.texts().filter(|text| !text.trim().is_empty()) {
                if cell.len() <= CELL_BYTES_MAX {
                    let between = if cell.is_empty() { "" } else { "|" };
                    cell.push_str(between);
                    cell.push_str(&text.trim().replace('|', "/"));
                }
            }
        } else if cell.is_empty() {
            *cell = text(column, property);
        }
        true
    }

    fn check(&mut self, column: usize, is_cut: bool) {
        if is_cut {
            self.too_long.get_or_insert(column);
        }
    }

    /// Ends the event. `usual` is the zone of the calendar; a calendar of cancellations cancels all that it holds.
    pub(super) fn finish(mut self, usual: Option<&str>, is_cancelled: bool) -> Event {
        let start = self.start.as_deref().and_then(Property::parse);
        let end = self.end.as_deref().and_then(Property::parse);
        let dates = Dates::of(
            start.as_ref(),
            end.as_ref(),
            self.duration.as_deref(),
            usual,
        );
        let is_floating = dates.is_floating;
        let Dates {
            starts_at,
            ends_at,
            starts,
            ends,
            zone,
            ..
        } = dates;
        for (cell, date) in self.cells[DTSTART..]
            .iter_mut()
            .zip([starts_at, ends_at, starts, ends, zone])
        {
            *cell = date;
        }
        self.cells[RRULE] = recurrence(&self.rule, &self.dates);
        if is_cancelled {
            "annule".clone_into(&mut self.cells[STATUS]);
        }
        // One date of a series that was changed is another event: it keeps its own identifier.
        if !self.instance.is_empty() {
            let uid = &self.cells[UID];
            self.cells[UID] = format!("{uid}/{}", self.instance);
        }
        let mut cells = self.cells.iter();
        let longest = cells.position(|cell| cell.len() > CELL_BYTES_MAX);
        Event {
            line: self.line,
            too_long: self.too_long.or(longest),
            cells: self.cells,
            is_floating,
            has_attendees: self.has_attendees,
        }
    }
}

impl Listed {
    /// Keeps what can be shown, and counts the rest.
    fn add(&mut self, value: &str) -> bool {
        for date in value
            .split(',')
            .map(str::trim)
            .filter(|date| !date.is_empty())
        {
            self.count += 1;
            if self.count <= DATES_MAX && date.len() <= DATE_BYTES_MAX {
                if !self.text.is_empty() {
                    self.text.push(',');
                }
                self.text.push_str(date);
            }
        }
        true
    }
}

/// Of a property that may stand once only, the first counts.
fn first(slot: &mut Option<String>, text: &str) -> bool {
    slot.get_or_insert_with(|| text.to_owned());
    true
}

fn text(column: usize, property: &Property<'_>) -> String {
    let text = property.text();
    match column {
        DESCRIPTION => plain_if_html(&text),
        SUMMARY => one_line(&text, " "),
        LOCATION => one_line(&text, ", "),
        STATUS => status(&text).to_owned(),
        // Whoever organises is named by a parameter; the value is where to write to.
        ORGANIZER => property.parameter("CN").unwrap_or(&text).to_owned(),
        UID | GEO | URL | CONFERENCE => property.value.trim().to_owned(),
        _ => text,
    }
}

fn one_line(text: &str, between: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(between)
}

/// Puts a state into our words; another one stays, and is refused where states are read.
fn status(text: &str) -> &str {
    match text.trim().to_ascii_uppercase().as_str() {
        "CANCELLED" => "annule",
        "CONFIRMED" => "confirme",
        "TENTATIVE" => "prevu",
        _ => text,
    }
}

fn recurrence(rule: &str, [added, left_out]: &[Listed; 2]) -> String {
    let mut parts = Vec::new();
    if !rule.is_empty() {
        parts.push(format!("RRULE:{rule}"));
    }
    for (name, dates) in [("RDATE", added), ("EXDATE", left_out)] {
        if dates.count > 0 {
            let more = dates.count.saturating_sub(DATES_MAX);
            let more = if more > 0 {
                format!(" (et {more} autres dates)")
            } else {
                String::new()
            };
            parts.push(format!("{name}:{}{more}", dates.text));
        }
    }
    parts.join(" ")
}

/// How many dates of a series are ever shown (page 7 of the design), in each of its two lists.
const DATES_MAX: usize = 500;

/// A period of two instants is the longest that stands in such a list.
const DATE_BYTES_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_dates_is_kept_up_to_its_limit() {
        for (count, expected) in [
            (DATES_MAX, None),
            (DATES_MAX + 1, Some(" (et 1 autres dates)")),
        ] {
            let mut dates = [Listed::default(), Listed::default()];
            dates[0].add(&vec!["20260621"; count].join(","));
            let text = recurrence("", &dates);
            assert_eq!(text.matches("20260621").count(), DATES_MAX);
            assert_eq!(text.ends_with("autres dates)"), expected.is_some());
            assert!(expected.is_none_or(|end| text.ends_with(end)));
        }
    }
}
