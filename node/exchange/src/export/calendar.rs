//! Events and meetings as a calendar: iCalendar (RFC 5545) with the name and the refresh interval of RFC 7986.
//!
//! Times are in UTC but for those of a series, whole days end on the day after (RFC 5545, 3.6.1). What is cancelled stays, and says so.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crdt_schema::draft::degrees;
use crdt_schema::edit::{Operation, Value};
use crdt_schema::record::{Kind, Shape};
use crdt_schema::register::zone_of_departement;
use crdt_schema::time::Timestamp;
use crdt_schema::view::RecordView;
use icalendar::{Component, Event, EventLike, Property};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::export::Reach;
use crate::export::fields::said;
use crate::export::recurrence::{self, Series, Start};

/// How a record came to what it is, as readers of calendars ask it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Revisions {
    /// When its last live edit says it was signed.
    pub last: Option<Timestamp>,
    /// How many live edits after the creation changed its dates, its place or its status.
    pub changes: u32,
}

impl Revisions {
    /// Counts a live edit.
    pub fn add(&mut self, claimed: Timestamp, is_creation: bool, operations: &[Operation]) {
        self.last = self.last.max(Some(claimed));
        let matters = |operation: &Operation| OF_A_DATE.contains(&operation.field());
        if !is_creation && operations.iter().any(matters) {
            self.changes = self.changes.saturating_add(1);
        }
    }
}

/// Fields whose change is a revision for those who hold the date (RFC 5545, 3.8.7.4).
const OF_A_DATE: &[&str] = &[
    "address",
    "commune",
    "commune_name",
    "ends",
    "ends_at",
    "place_name",
    "point",
    "postal_code",
    "recurrence",
    "starts",
    "starts_at",
    "status",
];

/// Tells whether records of this kind have dates.
pub fn has_dates(kind: &Kind) -> bool {
    kind.field("starts_at").is_some()
}

/// A calendar that is being written.
pub struct Calendar<W> {
    out: W,
    now: Timestamp,
    reach: Reach,
    /// The zones that were written.
    zones: BTreeSet<String>,
}

impl<W: Write> Calendar<W> {
    /// Starts a calendar with a title. Nothing in it is later than `now`, but for the dates themselves.
    pub fn new(mut out: W, title: &str, now: Timestamp, reach: Reach) -> io::Result<Self> {
        write!(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")?;
        property(&mut out, &Property::new("PRODID", PRODUCT))?;
        property(&mut out, &Property::new("METHOD", "PUBLISH"))?;
        let title = clean(title);
        let mut name = Property::new("NAME", title.as_str());
        property(&mut out, name.add_parameter("VALUE", "TEXT"))?;
        property(&mut out, &Property::new("X-WR-CALNAME", title))?;
        let mut refresh = Property::new("REFRESH-INTERVAL", "PT6H");
        property(&mut out, refresh.add_parameter("VALUE", "DURATION"))?;
        let zones = BTreeSet::new();
        Ok(Self {
            out,
            now,
            reach,
            zones,
        })
    }

    /// Writes one record, unless it has no date: then the answer is no, and nothing is written.
    pub fn record(&mut self, view: &RecordView, revisions: Revisions) -> io::Result<bool> {
        let Some(kind) = Kind::parse(view.kind()) else {
            return Ok(false);
        };
        let Some(Dates {
            starts,
            ends,
            series,
            zone,
        }) = dates(view)
        else {
            return Ok(false);
        };
        let is_shown = |name: &&str| {
            let field = kind.field(name);
            field.is_some_and(|field| field.is_public || self.reach == Reach::Partners)
        };
        let text = |name: &str| {
            let name = Some(name).filter(is_shown)?;
            let text = said(
                kind.field(name).map(|field| &field.shape),
                view.field(name)?,
            );
            Some(clean(&text)).filter(|text| !text.is_empty())
        };
        let texts = |names: &[&str], between: &str| {
            let texts: Vec<_> = names.iter().filter_map(|name| text(name)).collect();
            Some(texts.join(between)).filter(|text| !text.is_empty())
        };
        let mut event = Event::new();
        event.uid(&view.record.urn());
        event.add_property("DTSTAMP", instant(self.now).unwrap_or_default());
        let last = revisions.last.map(|last| last.min(self.now));
        if let Some(last) = last.and_then(instant) {
            event.add_property("LAST-MODIFIED", last);
        }
        event.add_property("SEQUENCE", revisions.changes.to_string());
        event.append_property(starts);
        if let Some(ends) = ends {
            event.append_property(ends);
        }
        event.summary(&text("name").unwrap_or_default());
        let about = ["summary", "description", "programme", "agenda"];
        if let Some(about) = texts(&about, "\n\n") {
            event.description(&about);
        }
        let place = ["place_name", "address", "postal_code", "commune_name"];
        if let Some(place) = texts(&place, ", ") {
            event.location(&place);
        }
        if let Some(organiser) = text("organiser_name") {
            event.add_property("CONTACT", organiser);
        }
        let link = |name: &str| text(name).filter(|link| !link.contains(char::is_whitespace));
        if let Some(page) = link("website").or_else(|| link("registration")) {
            event.add_property("URL", page);
        }
        if let Some(room) = link("remote_link") {
            let mut room = Property::new("CONFERENCE", room);
            event.append_property(room.add_parameter("VALUE", "URI").done());
        }
        if let Some(Value::Point {
            latitude_e7,
            longitude_e7,
        }) = winner(view, "point")
        {
            let (latitude, longitude) = (degrees(*latitude_e7), degrees(*longitude_e7));
            event.add_property("GEO", format!("{latitude};{longitude}"));
        }
        if let Some(status) = text("status").and_then(|code| status(&code)) {
            event.add_property("STATUS", status);
        }
        let themes = themes(kind, view);
        if !themes.is_empty() {
            event.categories(themes);
        }
        if let Some((name, zone)) = zone
            && self.zones.insert(name.clone())
        {
            let now = jiff::Timestamp::from_millisecond(self.now.as_millis());
            let year = now.unwrap_or_default().to_zoned(zone.clone()).year();
            recurrence::zone(&mut self.out, &name, &zone, year.max(ZONE_YEAR_MIN))?;
        }
        let written = event.try_into_string().map_err(io::Error::other)?;
        let body = written.strip_suffix(END).unwrap_or(&written);
        folded(&mut self.out, &format!("{body}{series}{END}"))?;
        Ok(true)
    }

    /// Ends the calendar and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"END:VCALENDAR\r\n")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

const PRODUCT: &str = "-//Maillage//Maillage//FR";

fn property(out: &mut impl Write, property: &Property) -> io::Result<()> {
    let line: Result<String, std::fmt::Error> = property.clone().try_into();
    folded(out, &line.map_err(io::Error::other)?)
}

/// Writes lines of 75 octets at most, never cut inside a letter (RFC 5545, 3.1). The library counts the octets of a sequel without the space
/// before it.
fn folded(out: &mut impl Write, lines: &str) -> io::Result<()> {
    for line in lines.replace("\r\n ", "").split_terminator("\r\n") {
        let (mut rest, mut room) = (line, LINE_OCTETS_MAX);
        while rest.len() > room {
            let (first, after) = rest.split_at(rest.floor_char_boundary(room));
            write!(out, "{first}\r\n ")?;
            (rest, room) = (after, LINE_OCTETS_MAX - 1);
        }
        write!(out, "{rest}\r\n")?;
    }
    Ok(())
}

const LINE_OCTETS_MAX: usize = 75;

fn winner<'v>(view: &'v RecordView, name: &str) -> Option<&'v Value> {
    let written = view.field(name)?.winner()?;
    Some(&written.value)
}

/// When an event is.
struct Dates {
    starts: Property,
    ends: Option<Property>,
    /// The lines of a series, if it is one.
    series: String,
    /// The zone in which a series with an hour is told.
    zone: Option<(String, TimeZone)>,
}

/// The hours where there are some, else the days. An end that is not after its start says nothing.
fn dates(view: &RecordView) -> Option<Dates> {
    let hour = |name: &str| match winner(view, name)? {
        Value::Instant(millis) => Some(Timestamp::from_millis(*millis)),
        _ => None,
    };
    let day = |name: &str| match winner(view, name)? {
        Value::Date(day) => day.parse::<Date>().ok(),
        _ => None,
    };
    let line = |name: &str| match winner(view, name)? {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    let said = line("recurrence").unwrap_or_default();
    if let Some(starts) = hour("starts_at") {
        let (starts_text, ends) = (
            instant(starts)?,
            hour("ends_at").filter(|ends| *ends > starts),
        );
        let territory = view
            .birth
            .as_ref()
            .map_or("*", |(_, territory)| territory.as_str());
        let name = line("time_zone").unwrap_or_else(|| zone_of_departement(territory));
        let series = TimeZone::get(name).ok().and_then(|zone| {
            let at = jiff::Timestamp::from_millisecond(starts.as_millis()).ok()?;
            let start = Start::Hour(at, zone.clone());
            let last = day("ends").filter(|last| *last >= at.to_zoned(zone.clone()).date());
            Some((Series::of(said, &start, last)?, zone))
        });
        return Some(match series {
            Some((series, zone)) => {
                let local = |key: &str, at: Timestamp| {
                    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
                    let at = at.to_zoned(zone.clone()).strftime("%Y%m%dT%H%M%S");
                    let mut property = Property::new(key, at.to_string());
                    Some(property.add_parameter("TZID", name).done())
                };
                Dates {
                    starts: local("DTSTART", starts)?,
                    ends: ends.and_then(|ends| local("DTEND", ends)),
                    series: series.lines,
                    zone: Some((name.to_owned(), zone)),
                }
            }
            None => Dates {
                starts: Property::new("DTSTART", starts_text),
                ends: ends
                    .and_then(instant)
                    .map(|ends| Property::new("DTEND", ends)),
                series: String::new(),
                zone: None,
            },
        });
    }
    let starts = day("starts")?;
    let last = day("ends").filter(|last| *last >= starts);
    let whole = Series::of(said, &Start::Day(starts), last).unwrap_or_default();
    // Of a series that a person typed, the last day is that of the series, unless the first date is not over before: three days a year.
    let days = last.and_then(|last| starts.until(last).ok());
    let is_length = days.is_some_and(|days| days.get_days() < whole.period_days);
    let series = match is_length && whole.is_worded {
        true => Series::of(said, &Start::Day(starts), None).unwrap_or_default(),
        false => whole,
    };
    let last = last.filter(|_| is_length || !series.is_worded);
    let ends = last.unwrap_or(starts).checked_add(1.day()).ok()?;
    let whole = |key: &str, day: Date| {
        let mut property = Property::new(key, day.strftime("%Y%m%d").to_string());
        property.add_parameter("VALUE", "DATE").done()
    };
    Some(Dates {
        starts: whole("DTSTART", starts),
        ends: Some(whole("DTEND", ends)),
        series: series.lines,
        zone: None,
    })
}

/// What an event ends with.
const END: &str = "END:VEVENT\r\n";
/// A calendar that is written to be compared knows no day.
const ZONE_YEAR_MIN: i16 = 2026;

/// Writes an instant in UTC, in whole seconds; outside the years 0 to 9999, nothing.
fn instant(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    let text = at.strftime("%Y%m%dT%H%M%SZ").to_string();
    (text.len() == 16).then_some(text)
}

/// The three words of RFC 5545 for our states: what may still move is tentative.
fn status(code: &str) -> Option<&'static str> {
    match code {
        "annule" => Some("CANCELLED"),
        "prevu" | "reporte" => Some("TENTATIVE"),
        "complet" | "confirme" | "passe" => Some("CONFIRMED"),
        _ => None,
    }
}

/// The themes in French words; a term that is not ours by its code.
fn themes(kind: &Kind, view: &RecordView) -> Vec<String> {
    let (Some(field), Some(held)) = (kind.field("themes"), view.field("themes")) else {
        return Vec::new();
    };
    let word = |code: &String| {
        let term = match &field.shape {
            Shape::Terms(vocabulary) => vocabulary.term(code),
            _ => None,
        };
        clean(term.map_or(code.as_str(), |term| term.wording.fr))
    };
    held.terms.keys().map(word).collect()
}

/// Leaves out what would end a line of the file early: control characters, but for the ends of lines of a text.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars()
        .filter(|letter| *letter == '\n' || !letter.is_control())
        .collect()
}
