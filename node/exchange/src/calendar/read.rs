//! The events of a calendar, as a table gives them.
//!
//! The file is read twice: once to know that it is whole and which columns its events fill, once to give the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom};

use crate::report::{Problem, Unreadable};
use crate::table::{Cleaner, Column, ROWS_MAX, Row, Shown, Source, next_of};
use crate::text::Encoding;

use super::event::{ALWAYS, ATTENDEE, COLUMNS, Event, Reading};
use super::line::{Lines, Property};
use super::when::zone;

/// Says whether a file starts as a calendar does.
pub(crate) fn looks_like<R: Read + Seek>(source: &mut R) -> Result<bool, Unreadable> {
    source.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    source.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
    let head = head.trim_ascii_start();
    let is_it = head.get(..BEGIN.len());
    Ok(is_it.is_some_and(|head| head.eq_ignore_ascii_case(BEGIN)))
}

/// Returns what the columns say of the first event of a text that we wrote ourselves.
pub(crate) fn cells_of_one(text: &[u8]) -> BTreeMap<&'static str, String> {
    let unfolded = super::Unfolded::new(text);
    let mut events = Events::new(unfolded, Encoding::Utf8);
    match events.next() {
        Ok(Some(event)) => COLUMNS.into_iter().zip(event.cells).collect(),
        Ok(None) | Err(_) => BTreeMap::new(),
    }
}

/// The rows of a calendar.
pub(crate) struct Rows {
    events: Events<Box<dyn Source>>,
    /// The columns that the table has.
    shown: Shown,
    ended: bool,
}

impl Rows {
    /// Reads the file once, and stands before the first event.
    pub(crate) fn open(
        mut source: Box<dyn Source>,
        encoding: Encoding,
        cleaner: &mut Cleaner,
    ) -> Result<(Vec<Column>, Self), Unreadable> {
        if !looks_like(&mut source)? {
            return Err(Unreadable::NotACalendar);
        }
        cleaner.has_guards = false;
        source.seek(SeekFrom::Start(0))?;
        let mut events = Events::new(source, encoding);
        let mut survey = Survey::default();
        while let Some(event) = events.next()? {
            survey.look(&event);
        }
        let notices = &mut cleaner.notices;
        survey.say(&events, encoding, notices);
        let (columns, shown) = Shown::of(&COLUMNS, &ALWAYS, &survey.filled, notices)?;
        let mut source = events.lines.into_source();
        source.seek(SeekFrom::Start(0))?;
        let rows = Self {
            events: Events::new(source, encoding),
            shown,
            ended: false,
        };
        Ok((columns, rows))
    }

    pub(crate) fn next(
        &mut self,
        columns: &[Column],
        cleaner: &mut Cleaner,
    ) -> Option<Result<Row, Box<Problem>>> {
        if self.ended {
            return None;
        }
        let met = self.events.next();
        let event = next_of(met, self.events.began, &mut self.ended)?;
        Some(event.and_then(|mut event| {
            let cells = (&mut event.cells[..], event.too_long);
            self.shown.row(event.line, cells, columns, cleaner)
        }))
    }
}

/// What the first pass learns of the events.
#[derive(Default)]
struct Survey {
    filled: [bool; COLUMNS.len()],
    floating: u64,
    first_floating: u64,
}

impl Survey {
    fn look(&mut self, event: &Event) {
        for (filled, cell) in self.filled.iter_mut().zip(&event.cells) {
            *filled |= !cell.is_empty();
        }
        if let Some(column) = event.too_long {
            self.filled[column] = true;
        }
        // Guests are persons, and nobody asks for them: the column is there so that the report says so.
        self.filled[ATTENDEE] |= event.has_attendees;
        if event.is_floating {
            self.floating += 1;
            if self.floating == 1 {
                self.first_floating = event.line;
            }
        }
    }

    fn say<R>(&self, events: &Events<R>, encoding: Encoding, notices: &mut Vec<Problem>) {
        let mut say = |line, value: &str, code, reason: String| {
            notices.push(Problem::of_row(line, value, code, reason));
        };
        if encoding != Encoding::Utf8 {
            let reason = format!(
                "Un agenda s'écrit en UTF-8 ; celui-ci est lu en {encoding}. Vérifiez les accents."
            );
            say(1, "", "calendar_encoding", reason);
        }
        if self.floating > 0 {
            let reason = format!(
                "{} événement(s) ont une heure sans fuseau horaire, le premier ligne {} : elle est lue comme une heure du lieu, celle de Paris quand la commune n'est pas donnée.",
                self.floating, self.first_floating
            );
            say(self.first_floating, "", "time_floating", reason);
        }
        for (name, (count, line)) in &events.others {
            let reason = format!(
                "{count} composant(s) {name} ne sont pas lus : seuls les événements (VEVENT) le sont."
            );
            say(*line, name, "component_left_out", reason);
        }
        if !events.left_out.is_empty() {
            let names: Vec<_> = events.left_out.iter().map(String::as_str).collect();
            let reason = format!(
                "Propriétés techniques qui ne sont pas reprises : {}.",
                names.join(", ")
            );
            say(1, "", "properties_left_out", reason);
        }
        if let Some((count, line)) = events.unread {
            let reason = format!(
                "{count} ligne(s) n'ont pas la forme d'une propriété, la première ligne {line} : elles ne sont pas lues."
            );
            say(line, "", "line_unread", reason);
        }
    }
}

/// The events of a file, one after another.
struct Events<R> {
    lines: Lines<R>,
    /// The components that are open, from outside.
    open: Vec<String>,
    /// The event that is read, and how many components are open around its properties.
    reading: Option<(Reading, usize)>,
    /// Line where the last event began.
    began: u64,
    count: u64,
    zone: Option<String>,
    is_cancelled: bool,
    /// Components that are no events: how many, and the line of the first.
    others: BTreeMap<String, (u64, u64)>,
    left_out: BTreeSet<String>,
    unread: Option<(u64, u64)>,
}

impl<R: Read> Events<R> {
    fn new(source: R, encoding: Encoding) -> Self {
        Self {
            lines: Lines::new(source, encoding),
            open: Vec::new(),
            reading: None,
            began: 1,
            count: 0,
            zone: None,
            is_cancelled: false,
            others: BTreeMap::new(),
            left_out: BTreeSet::new(),
            unread: None,
        }
    }

    fn next(&mut self) -> Result<Option<Event>, Unreadable> {
        while let Some(number) = self.lines.next()? {
            let text = std::mem::take(&mut self.lines.kept);
            let ended = match Property::parse(text.trim_end()) {
                None => {
                    let (count, line) = self.unread.unwrap_or((0, number));
                    self.unread = Some((count + 1, line));
                    None
                }
                Some(property) => match property.name.as_str() {
                    "BEGIN" => {
                        self.begin(number, property.value)?;
                        None
                    }
                    "END" => self.end(number, property.value)?,
                    _ => {
                        self.take(text.trim_end(), &property);
                        None
                    }
                },
            };
            self.lines.kept = text;
            if ended.is_some() {
                return Ok(ended);
            }
        }
        match self.open.last() {
            None => Ok(None),
            Some(name) => Err(invalid(self.began, format!("la fin de {name} manque"))),
        }
    }

    fn begin(&mut self, line: u64, name: &str) -> Result<(), Unreadable> {
        let name = name.trim().to_ascii_uppercase();
        if self.open.len() == DEPTH_MAX {
            let detail = format!("composants imbriqués sur plus de {DEPTH_MAX} niveaux");
            return Err(invalid(line, detail));
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(invalid(line, "nom de composant trop long".to_owned()));
        }
        let is_inside = self.reading.is_some();
        if name == "VEVENT" && !is_inside {
            self.count += 1;
            if self.count > ROWS_MAX {
                let what = "événements";
                return Err(Unreadable::EntriesTooMany {
                    what,
                    max: ROWS_MAX,
                });
            }
            self.began = line;
            self.reading = Some((Reading::at(line), self.open.len() + 1));
        } else if !is_inside && self.open.len() == 1 && name != "VTIMEZONE" {
            let is_new = self.others.len() < NAMES_MAX || self.others.contains_key(&name);
            if is_new {
                self.others.entry(name.clone()).or_insert((0, line)).0 += 1;
            }
        } else if self.open.is_empty() {
            // Each calendar of a file has its own zone and its own method.
            self.zone = None;
            self.is_cancelled = false;
            self.began = line;
        }
        self.open.push(name);
        Ok(())
    }

    fn end(&mut self, line: u64, name: &str) -> Result<Option<Event>, Unreadable> {
        let name = name.trim();
        match self.open.pop() {
            Some(open) if open.eq_ignore_ascii_case(name) => {}
            Some(open) => {
                return Err(invalid(line, format!("END:{open} attendu")));
            }
            None => return Err(invalid(line, "END sans BEGIN".to_owned())),
        }
        let depth = self.open.len();
        let ended = self.reading.take_if(|(_, around)| depth < *around);
        Ok(ended.map(|(reading, _)| reading.finish(self.zone.as_deref(), self.is_cancelled)))
    }

    fn take(&mut self, line: &str, property: &Property<'_>) {
        let depth = self.open.len();
        match &mut self.reading {
            // Alarms and the like are inside: they say nothing of the event.
            Some((_, around)) if depth > *around => {}
            Some((reading, _)) => {
                let is_taken = reading.take(line, property, self.lines.is_cut);
                let is_new = !is_taken && self.left_out.len() < NAMES_MAX;
                if is_new && property.name.len() <= NAME_BYTES_MAX {
                    self.left_out.insert(property.name.clone());
                }
            }
            None if depth == 1 => match property.name.as_str() {
                "METHOD" => {
                    self.is_cancelled = property.value.trim().eq_ignore_ascii_case("CANCEL");
                }
                "X-WR-TIMEZONE" => {
                    self.zone = Some(zone(property.value)).filter(|zone| !zone.is_empty());
                }
                _ => {}
            },
            None => {}
        }
    }
}

fn invalid(line: u64, detail: String) -> Unreadable {
    Unreadable::CalendarInvalid { line, detail }
}

/// What a calendar starts with.
const BEGIN: &[u8] = b"BEGIN:VCALENDAR";

/// A mark, some empty lines and the first words.
const HEAD_BYTES: usize = 256;

/// A calendar holds events, and an event alarms: anything deeper is made to hurt.
const DEPTH_MAX: usize = 8;

/// Names that one sentence can show.
const NAMES_MAX: usize = 30;

/// The longest name that is remembered; those of the standard have at most sixteen letters.
const NAME_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests;
