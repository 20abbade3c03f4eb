//! The objects of a JSON file, as a table gives them.
//!
//! The file is read twice: once to know every column that any object has, once to give the rows.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use crate::json::agenda;
use crate::json::cursor::{Cursor, Kept};
use crate::json::flatten::{Flat, GEOMETRY, Outlines, feature, object};
use crate::json::shape::{KEY_BYTES_MAX, Shape, key_text, next_key, shape};
use crate::official::InList;
use crate::report::{Problem, Unreadable};
use crate::table::{CELL_BYTES_MAX, COLUMNS_MAX, Cleaner, Column, Row, Source, columns};
use crate::text::{Encoding, Lost};

/// The rows of a list of objects.
pub(crate) struct Rows {
    objects: Objects<Box<dyn Source>>,
    index: BTreeMap<String, usize>,
    /// How many outlines are not read.
    outlines: u64,
    /// The first object, in the order of the columns.
    first: Vec<String>,
    ended: bool,
}

impl Rows {
    /// Finds the list and the columns, and stands before the first object.
    pub(crate) fn open(
        mut source: Box<dyn Source>,
        encoding: Encoding,
        list: Option<&str>,
        lines: bool,
        cleaner: &mut Cleaner,
    ) -> Result<(Vec<Column>, Self), Unreadable> {
        let shape = shape(&mut source, encoding, list, lines)?;
        source.seek(SeekFrom::Start(0))?;
        let mut objects = Objects::open(source, encoding, shape)?;
        let survey = Survey::of(&mut objects, cleaner.lost)?;
        let names = survey
            .names
            .into_iter()
            .map(|name| cleaner.name(name))
            .enumerate()
            .collect::<Vec<_>>();
        let columns = columns(names, 1, &mut cleaner.notices)?;
        if objects.is_agenda == Some(true) {
            let reason = AGENDA_FOUND.to_owned();
            let notice = Problem::of_row(1, "", "openagenda_found", reason);
            cleaner.notices.push(notice);
        }
        let objects = objects.again()?;
        Ok((
            columns,
            Self {
                objects,
                index: survey.index,
                outlines: survey.outlines,
                first: survey.first,
                ended: false,
            },
        ))
    }

    /// Tells whether there are outlines, and what the first object says.
    pub(crate) fn surveyed(&self) -> (bool, &[String]) {
        (self.outlines > 0, &self.first)
    }

    /// Says how many outlines are not read, if there are some.
    pub(crate) fn outlines_dropped(&self) -> Option<Problem> {
        (self.outlines > 0).then(|| outlines_dropped(self.outlines))
    }

    /// Reads outlines too, in one more column. No row may have been read.
    pub(crate) fn keep_outlines(&mut self, columns: &mut Vec<Column>) {
        if self.outlines == 0 {
            return;
        }
        self.objects.outlines = Outlines::Kept;
        self.outlines = 0;
        if !self.index.contains_key(GEOMETRY) {
            self.index.insert(GEOMETRY.to_owned(), columns.len());
            columns.push(Column::new(columns.len(), GEOMETRY.to_owned()));
        }
    }

    pub(crate) fn next(
        &mut self,
        columns: &[Column],
        cleaner: &mut Cleaner,
    ) -> Option<Result<Row, Box<Problem>>> {
        if self.ended {
            return None;
        }
        let met = match self.objects.next() {
            Ok(Some(met)) => met,
            Ok(None) => {
                self.ended = true;
                return None;
            }
            Err(fault) => {
                self.ended = true;
                return Some(Err(Box::new(interrupted(self.objects.count, &fault))));
            }
        };
        Some(self.row(met, columns, cleaner))
    }

    fn row(
        &self,
        met: Met,
        columns: &[Column],
        cleaner: &mut Cleaner,
    ) -> Result<Row, Box<Problem>> {
        let line = self.objects.count;
        let flat = match met {
            Met::Object(flat) => flat,
            Met::Other => return Err(Box::new(not_an_object(line, &self.objects.kept))),
            Met::TooLarge => return Err(Box::new(object_too_large(line))),
        };
        let mut cells = vec![String::new(); columns.len()];
        for (name, text) in flat.cells {
            // The first pass saw every name; a file changed since then loses the new ones.
            let Some(column) = self.index.get(&name).and_then(|index| columns.get(*index)) else {
                continue;
            };
            if text.len() > CELL_BYTES_MAX {
                return Err(Box::new(text_too_long(line, column)));
            }
            // `{"a.b": …, "a": {"b": …}}`: the first text wins.
            if cells[column.index].is_empty() {
                cells[column.index] = cleaner.clean(column, line, text);
            }
        }
        Ok(Row {
            line,
            cells,
            marks: BTreeMap::new(),
            in_list: InList::Silent,
        })
    }
}

/// What the first pass learns.
#[derive(Default)]
struct Survey {
    names: Vec<String>,
    index: BTreeMap<String, usize>,
    outlines: u64,
    first: Vec<String>,
}

impl Survey {
    fn of<R: Read + Seek>(objects: &mut Objects<R>, tolerance: Lost) -> Result<Self, Unreadable> {
        let mut survey = Self::default();
        let (mut lost, mut lost_line, mut found) = (0, 0, false);
        while let Some(met) = objects.next()? {
            let Met::Object(flat) = met else { continue };
            if !found {
                survey.first = flat.cells.iter().map(|(_, text)| text.clone()).collect();
            }
            found = true;
            survey.outlines += u64::from(flat.shape_dropped);
            for (name, text) in flat.cells {
                if text.contains('\u{FFFD}') {
                    // Written as `\ufffd`: not seen when the bytes were looked at.
                    lost_line = if lost == 0 {
                        objects.cursor.line()
                    } else {
                        lost_line
                    };
                    lost += 1;
                }
                survey.add(name)?;
            }
        }
        if lost > 0 && tolerance == Lost::RefusesFile {
            return Err(Unreadable::AccentsLost {
                count: lost,
                line: lost_line,
            });
        }
        // An empty list is an answer; a list of other things is not a table.
        if !found && objects.count > 0 {
            return Err(Unreadable::NotATable);
        }
        Ok(survey)
    }

    fn add(&mut self, name: String) -> Result<(), Unreadable> {
        if self.index.contains_key(&name) {
            return Ok(());
        }
        if self.names.len() == COLUMNS_MAX {
            return Err(Unreadable::ColumnsTooMany {
                count: COLUMNS_MAX + 1,
                max: COLUMNS_MAX,
            });
        }
        self.index.insert(name.clone(), self.names.len());
        self.names.push(name);
        Ok(())
    }
}

/// The objects of the list, one after another.
struct Objects<R> {
    cursor: Cursor<R>,
    encoding: Encoding,
    shape: Shape,
    kept: Kept,
    outlines: Outlines,
    /// Whether these are events of OpenAgenda: the first object tells.
    is_agenda: Option<bool>,
    /// How many were met: the position of the last one, from 1.
    count: u64,
}

enum Met {
    Object(Flat),
    Other,
    TooLarge,
}

impl<R: Read + Seek> Objects<R> {
    /// Stands inside the list; `source` must be at its start.
    fn open(source: R, encoding: Encoding, shape: Shape) -> Result<Self, Unreadable> {
        let mut cursor = Cursor::new(source, encoding);
        match &shape {
            Shape::Lines => {}
            Shape::List => {
                cursor.takes(b'[')?;
            }
            Shape::ListOf(name) => enter(&mut cursor, name)?,
            Shape::Features => enter(&mut cursor, "features")?,
        }
        Ok(Self {
            cursor,
            encoding,
            shape,
            kept: Kept::up_to(OBJECT_BYTES_MAX),
            outlines: Outlines::default(),
            is_agenda: None,
            count: 0,
        })
    }

    /// Starts again from the first object.
    fn again(self) -> Result<Self, Unreadable> {
        let mut source = self.cursor.into_source();
        source.seek(SeekFrom::Start(0))?;
        Self::open(source, self.encoding, self.shape)
    }

    fn next(&mut self) -> Result<Option<Met>, Unreadable> {
        if !self.is_followed()? {
            return Ok(None);
        }
        self.count += 1;
        self.kept.clear();
        let outside = match self.shape {
            Shape::Lines => 0,
            Shape::List => 1,
            Shape::ListOf(_) | Shape::Features => 2,
        };
        self.cursor.value(outside, &mut self.kept)?;
        if self.kept.overflowed {
            return Ok(Some(Met::TooLarge));
        }
        let flat = match self.shape {
            Shape::Features => feature(&self.kept.bytes, self.outlines),
            Shape::Lines | Shape::List | Shape::ListOf(_) => {
                let bytes = &self.kept.bytes;
                if *self
                    .is_agenda
                    .get_or_insert_with(|| agenda::is_event(bytes))
                {
                    agenda::event(bytes)
                } else {
                    object(bytes)
                }
            }
        };
        let flat = flat.map_err(|error| {
            let detail = format!("objet n° {}, {error}", self.count);
            Unreadable::JsonInvalid {
                line: self.cursor.line(),
                detail,
            }
        })?;
        Ok(Some(flat.map_or(Met::Other, Met::Object)))
    }

    /// Takes what separates two objects; false at the end of the list.
    fn is_followed(&mut self) -> Result<bool, Unreadable> {
        if self.shape == Shape::Lines {
            return Ok(self.cursor.peek()?.is_some());
        }
        if self.cursor.takes(b']')? {
            // What follows the list inside an object was walked through when its shape was found.
            return match (&self.shape, self.cursor.peek()?) {
                (Shape::List, Some(_)) => {
                    Err(self.cursor.invalid("du texte suit la fin de la liste"))
                }
                _ => Ok(false),
            };
        }
        if self.count > 0 && !self.cursor.takes(b',')? {
            return Err(self.cursor.invalid("une virgule manque entre deux objets"));
        }
        Ok(true)
    }
}

/// Walks through the outer object up to the inside of the list of this name.
fn enter<R: Read>(cursor: &mut Cursor<R>, list: &str) -> Result<(), Unreadable> {
    let (mut key, mut value) = (Kept::up_to(KEY_BYTES_MAX), Kept::up_to(0));
    cursor.takes(b'{')?;
    while next_key(cursor, &mut key)? {
        if cursor.peek()? == Some(b'[') && key_text(&key) == list {
            cursor.takes(b'[')?;
            return Ok(());
        }
        cursor.value(1, &mut value)?;
    }
    Err(Unreadable::NotATable)
}

fn outlines_dropped(count: u64) -> Problem {
    let reason = format!(
        "{count} contour(s) ou tracé(s) ne sont pas lus : seuls les points donnent un lieu."
    );
    Problem::of_row(1, "", "outlines_dropped", reason)
}

fn not_an_object(line: u64, kept: &Kept) -> Problem {
    let value = String::from_utf8_lossy(&kept.bytes);
    let reason = format!("L'élément n° {line} de la liste n'est pas un objet « {{…}} ».");
    Problem::of_row(line, &value, "not_an_object", reason)
}

fn object_too_large(line: u64) -> Problem {
    let reason = format!(
        "L'objet n° {line} dépasse {} Mio. Retirez-en les contours ou les fichiers joints.",
        OBJECT_BYTES_MAX / (1024 * 1024)
    );
    Problem::of_row(line, "", "object_too_large", reason)
}

fn text_too_long(line: u64, column: &Column) -> Problem {
    let reason = format!(
        "Le texte « {} » de l'objet n° {line} dépasse {} Kio. Raccourcissez-le.",
        column.name,
        CELL_BYTES_MAX / 1024
    );
    Problem::of_row(line, "", "cell_too_long", reason).in_column(column)
}

/// The file was read whole once already: it changed, or the disk failed.
fn interrupted(line: u64, fault: &Unreadable) -> Problem {
    let reason = format!("La lecture du fichier s'est arrêtée ici. {fault}");
    Problem::of_row(line, "", "read_interrupted", reason)
}

/// The finest outline of a French department takes some 3 MiB; memory stays a small multiple of this.
const OBJECT_BYTES_MAX: usize = 8 * 1024 * 1024;

const AGENDA_FOUND: &str = "Ce fichier est un export d'OpenAgenda. Ses champs techniques (comptes, images, dates de mise à jour) ne sont pas repris.";
