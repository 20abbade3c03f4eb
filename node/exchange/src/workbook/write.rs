//! Workbooks that we hand out: typed cells, rows written as they come.
//!
//! A text is written as a text: no program takes it for a formula. What could not be told from a number or a formula once a person edits
//! the cell has the format of texts.

use std::io::{self, Write};
use std::path::Path;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

use crate::csv::{Cell, guarded};
use crate::export::CUT_MARK;
use crate::workbook::cell::number_text;

/// A workbook that is being written. Its rows wait in private files of a folder.
pub(crate) struct Book {
    workbook: Workbook,
    formats: Formats,
    sheets: Vec<Extent>,
}

/// How far a sheet is.
struct Extent {
    rows: u32,
    columns: u16,
}

/// How a cell stands out.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Tone {
    // From the least to the worst.
    #[default]
    Plain,
    Warned,
    Refused,
}

/// The formats of one tone.
struct Toned {
    plain: Format,
    text: Format,
    day: Format,
    moment: Format,
}

struct Formats {
    header: Format,
    plain: Toned,
    refused: Toned,
    warned: Toned,
}

impl Book {
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder).map_err(failed)?;
        // The same records give the same bytes, whenever they are written.
        let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        Ok(Self {
            workbook,
            formats: Formats::new(),
            sheets: Vec::new(),
        })
    }

    /// Starts a sheet: names of columns, and their widths in characters. Returns its place.
    pub(crate) fn sheet(&mut self, name: &str, columns: &[(&str, u8)]) -> io::Result<usize> {
        let sheet = self.workbook.add_worksheet_with_constant_memory();
        let sheet = sheet.map_err(failed)?;
        sheet.set_name(name).map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (place, (name, width)) in (0..).zip(columns) {
            sheet
                .set_column_width(place, f64::from(*width))
                .and_then(|sheet| {
                    sheet.write_string_with_format(0, place, *name, &self.formats.header)
                })
                .map_err(failed)?;
        }
        let columns =
            u16::try_from(columns.len()).map_err(|_| failed(XlsxError::RowColumnLimitError))?;
        self.sheets.push(Extent { rows: 1, columns });
        Ok(self.sheets.len() - 1)
    }

    /// Writes one row of a sheet.
    pub(crate) fn row(&mut self, sheet: usize, cells: &[(Cell, Tone)]) -> io::Result<()> {
        let extent = &mut self.sheets[sheet];
        if extent.rows >= SHEET_ROWS {
            let sentence = "a sheet of a workbook holds 1,048,575 records at most: export as CSV";
            return Err(io::Error::other(sentence));
        }
        let row = extent.rows;
        extent.rows += 1;
        let sheet = self.workbook.worksheet_from_index(sheet).map_err(failed)?;
        for (column, (cell, tone)) in (0..).zip(cells) {
            write(sheet, (row, column), cell, self.formats.toned(*tone)).map_err(failed)?;
        }
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish<W: Write + Send>(mut self, mut out: W) -> io::Result<W> {
        for (place, extent) in self.sheets.iter().enumerate() {
            let sheet = self.workbook.worksheet_from_index(place).map_err(failed)?;
            let (last, width) = (extent.rows - 1, extent.columns.saturating_sub(1));
            sheet.autofilter(0, 0, last, width).map_err(failed)?;
        }
        self.workbook.save_to_writer(&mut out).map_err(failed)?;
        out.flush()?;
        Ok(out)
    }
}

impl Formats {
    fn new() -> Self {
        let toned = |base: Format| Toned {
            text: base.clone().set_num_format("@"),
            day: base.clone().set_num_format("dd/mm/yyyy"),
            moment: base.clone().set_num_format("dd/mm/yyyy hh:mm"),
            plain: base,
        };
        let base = Format::new().set_align(FormatAlign::Top);
        let filled = |color| toned(base.clone().set_background_color(Color::RGB(color)));
        Self {
            header: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0x00DD_E6F0)),
            plain: toned(base.clone()),
            refused: filled(0x00FF_C7CE),
            warned: filled(0x00FF_EB9C),
        }
    }

    fn toned(&self, tone: Tone) -> &Toned {
        match tone {
            Tone::Plain => &self.plain,
            Tone::Refused => &self.refused,
            Tone::Warned => &self.warned,
        }
    }
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    formats: &Toned,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Code(text) => write_text(sheet, (row, column), text, &formats.text)?,
        Cell::Date(text) => match moment(text) {
            Some(moment) => {
                let format = if text.contains('T') {
                    &formats.moment
                } else {
                    &formats.day
                };
                sheet.write_datetime_with_format(row, column, &moment, format)?;
            }
            None => write_text(sheet, (row, column), text, &formats.text)?,
        },
        Cell::Empty => {
            sheet.write_blank(row, column, &formats.plain)?;
        }
        Cell::Number(text) => match exact(text) {
            Some(number) => {
                sheet.write_number_with_format(row, column, number, &formats.plain)?;
            }
            None => write_text(sheet, (row, column), text, &formats.text)?,
        },
        Cell::Set(terms) => write_text(sheet, (row, column), &terms.join("|"), &formats.plain)?,
        Cell::Text(text) => {
            let is_plain = guarded(text).len() == text.len();
            let format = if is_plain {
                &formats.plain
            } else {
                &formats.text
            };
            write_text(sheet, (row, column), text, format)?;
        }
    }
    Ok(())
}

fn write_text(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    // Neither a person nor XML can use it.
    let text = text.replace('\0', "");
    let text = if text.encode_utf16().count() > CELL_UNITS_MAX {
        cut(&text)
    } else {
        text
    };
    sheet.write_string_with_format(row, column, text, format)?;
    Ok(())
}

/// Cuts what a cell cannot hold, and says so where our import looks.
fn cut(text: &str) -> String {
    let mut left = CELL_UNITS_MAX - CUT_MARK.encode_utf16().count();
    let fits = |c: &char| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        fits
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push_str(CUT_MARK);
    kept
}

/// Returns the number that reads back as this very text.
fn exact(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number.is_finite() && number_text(number).0 == text).then_some(number)
}

/// Reads `2026-05-17` or `2026-05-17T14:30`, from the day on which all programs count alike.
fn moment(text: &str) -> Option<ExcelDateTime> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let number = |part: &str| match part.bytes().all(|byte| byte.is_ascii_digit()) {
        true => part.parse::<u16>().ok(),
        false => None,
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    if date.len() != 10 || (year, month) < (1900, 3) {
        return None;
    }
    let day = ExcelDateTime::from_ymd(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    let day = day.ok()?;
    match time {
        None => Some(day),
        // A zone or seconds would be lost.
        Some(time) => {
            let (hour, minute) = time.split_once(':').filter(|_| time.len() == 5)?;
            day.and_hms(number(hour)?, u8::try_from(number(minute)?).ok()?, 0.0)
                .ok()
        }
    }
}

fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

/// Rows of a sheet, the header among them.
const SHEET_ROWS: u32 = 1_048_576;
/// What a cell can hold, in units of UTF-16: a hard limit of the format.
const CELL_UNITS_MAX: usize = 32_767;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_the_limit_of_a_cell_and_says_so() {
        let (exact, over) = ("é".repeat(CELL_UNITS_MAX), "é".repeat(CELL_UNITS_MAX + 1));
        assert!(!exact.ends_with(CUT_MARK));
        let kept = cut(&over);
        assert_eq!(kept.encode_utf16().count(), CELL_UNITS_MAX);
        assert!(kept.ends_with(CUT_MARK));
        // A character of two units is never halved.
        assert!(cut(&"😀".repeat(CELL_UNITS_MAX)).encode_utf16().count() <= CELL_UNITS_MAX);
    }

    #[test]
    fn only_exact_numbers_and_days_are_typed() {
        for (text, is_number) in [
            ("12", true),
            ("-61.5", true),
            ("0.1", true),
            ("007", false),
            ("1e5", false),
            ("12.50", false),
            ("0.12345678901234567", false),
            ("inf", false),
            ("=1", false),
        ] {
            assert_eq!(exact(text).is_some(), is_number, "{text}");
        }
        for (text, is_moment) in [
            ("2026-05-17", true),
            ("2026-05-17T14:30", true),
            ("1900-03-01", true),
            ("1900-02-28", false),
            ("1875-01-01", false),
            ("2026-02-30", false),
            ("2026-5-17", false),
            ("2026-05-17T14:30Z", false),
            ("2026-05", false),
            ("=1-2-3", false),
        ] {
            assert_eq!(moment(text).is_some(), is_moment, "{text}");
        }
    }
}
