//! The contact that a row names, when whoever imports wants contacts: apart from its edit.

use crdt_schema::id::RecordId;
use crdt_schema::personal::masked;
use crdt_schema::register::{clean, email, phone};

use crate::mapping::{ContactPart, Mapping};
use crate::report::Problem;
use crate::table::{Column, Row};
use crate::workbook::Mark;

/// A person whom a row names. It says something of a person: it is in no log.
#[derive(Clone, Eq, PartialEq)]
pub struct PlannedContact {
    /// The line that it comes from.
    pub line: u64,
    /// The record.
    pub record: RecordId,
    /// What the person is called.
    pub name: String,
    /// Its direct mail.
    pub mail: String,
    /// Its direct phone.
    pub phone: String,
}

/// Reads the contact of a row, with what could not be read of it.
pub(super) fn read(
    row: &Row,
    columns: &[Column],
    mapping: &Mapping,
    record: RecordId,
) -> (Option<PlannedContact>, Vec<Problem>) {
    let mut contact = PlannedContact {
        line: row.line,
        record,
        name: String::new(),
        mail: String::new(),
        phone: String::new(),
    };
    let (mut first, mut problems) = (String::new(), Vec::new());
    for (place, cell) in row.cells.iter().enumerate() {
        let text = clean(cell);
        // An error of calculation, or a formula without result, names nobody.
        let has_value = !matches!(
            row.marks.get(&place),
            Some(Mark::Error | Mark::Uncalculated)
        );
        let part = mapping.contact_part(columns, place).filter(|_| has_value);
        let Some(part) = part.filter(|_| !text.is_empty()) else {
            continue;
        };
        let (into, read) = match part {
            ContactPart::FirstName => (&mut first, Some(text)),
            ContactPart::Name => (&mut contact.name, Some(text)),
            ContactPart::Mail => (&mut contact.mail, email(&text).into_accepted()),
            ContactPart::Phone => (&mut contact.phone, phone(&text).into_accepted()),
        };
        // Of several columns for one part, the first that says something counts; the others are said to be left out.
        match read.filter(|_| into.is_empty()) {
            Some(read) => *into = read,
            None => {
                let problem =
                    Problem::of_row(row.line, &masked(cell), "contact_unread", UNREAD.to_owned());
                problems.push(problem.in_column(&columns[place]));
            }
        }
    }
    if !first.is_empty() {
        contact.name = format!("{first} {}", contact.name).trim().to_owned();
    }
    let is_empty = [&contact.name, &contact.mail, &contact.phone]
        .iter()
        .all(|part| part.is_empty());
    ((!is_empty).then_some(contact), problems)
}

const UNREAD: &str = "Cette coordonnée n'a pas la forme attendue, ou la ligne en donne déjà une : elle est laissée de côté. Ajoutez-la depuis la fiche.";
