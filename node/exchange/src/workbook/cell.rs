//! A cell of a sheet as the text that an import reads.

use std::borrow::Cow;

use calamine::{DataRef, ExcelDateTime};

/// What a sheet knows of a cell beyond its text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mark {
    /// The cell shows an error of calculation, as `#N/A`.
    Error,
    /// The cell holds a number: a code there may have lost its zeros in front.
    Number,
    /// The cell holds a formula whose result is not in the file.
    Uncalculated,
}

impl Mark {
    pub(super) fn code(mark: Option<Self>) -> u8 {
        match mark {
            None => 0,
            Some(Self::Error) => 1,
            Some(Self::Number) => 2,
            Some(Self::Uncalculated) => 3,
        }
    }

    pub(super) fn of_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Error),
            2 => Some(Self::Number),
            3 => Some(Self::Uncalculated),
            _ => None,
        }
    }
}

/// Returns the text of a cell: numbers with a point, dates as `2026-05-17` or `2026-05-17T14:30`.
pub(super) fn text<'a>(value: &'a DataRef<'_>, is_formula: bool) -> (Cow<'a, str>, Option<Mark>) {
    match value {
        DataRef::Bool(yes) => (Cow::Borrowed(if *yes { "oui" } else { "non" }), None),
        DataRef::DateTime(moment) => moment_text(moment),
        DataRef::DateTimeIso(text) => {
            let midnight = text.strip_suffix("T00:00:00");
            (Cow::Borrowed(midnight.unwrap_or(text)), None)
        }
        DataRef::DurationIso(text) | DataRef::String(text) => (Cow::Borrowed(text), None),
        DataRef::Empty if is_formula => (Cow::Borrowed(""), Some(Mark::Uncalculated)),
        DataRef::Empty => (Cow::Borrowed(""), None),
        DataRef::Error(error) => (Cow::Owned(error.to_string()), Some(Mark::Error)),
        DataRef::Float(number) => number_text(*number),
        DataRef::Int(number) => (Cow::Owned(number.to_string()), Some(Mark::Number)),
        DataRef::SharedString(text) => (Cow::Borrowed(text), None),
    }
}

/// Whole numbers as they are; others to the fifteen digits that a spreadsheet shows.
pub(super) fn number_text<'a>(number: f64) -> (Cow<'a, str>, Option<Mark>) {
    if !number.is_finite() {
        return (Cow::Owned(number.to_string()), Some(Mark::Error));
    }
    let shown = if number.fract() == 0.0 {
        number
    } else {
        format!("{number:.14e}").parse().unwrap_or(number)
    };
    (Cow::Owned(shown.to_string()), Some(Mark::Number))
}

fn moment_text<'a>(moment: &ExcelDateTime) -> (Cow<'a, str>, Option<Mark>) {
    let serial = moment.as_f64();
    if !(0.0..SERIAL_END).contains(&serial) {
        return number_text(serial);
    }
    if moment.is_duration() {
        let minutes = (serial * 24.0 * 60.0).round();
        let (hours, minutes) = ((minutes / 60.0).floor(), minutes % 60.0);
        return (Cow::Owned(format!("{hours}:{minutes:02}")), None);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = match (hour, minute, second) {
        (hour, minute, 0) => format!("{hour:02}:{minute:02}"),
        (hour, minute, second) => format!("{hour:02}:{minute:02}:{second:02}"),
    };
    // A time of day is a part of day 0.
    if serial < 1.0 {
        return (Cow::Owned(time), None);
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    let text = if time == "00:00" {
        date
    } else {
        format!("{date}T{time}")
    };
    (Cow::Owned(text), None)
}

/// The day after 9999-12-31: no date from there on.
const SERIAL_END: f64 = 2_958_466.0;

#[cfg(test)]
mod tests {
    use calamine::{CellErrorType, ExcelDateTimeType};

    use super::*;

    fn of(value: &DataRef<'_>) -> (String, Option<Mark>) {
        let (text, mark) = text(value, false);
        (text.into_owned(), mark)
    }

    #[test]
    fn numbers_are_read_to_fifteen_digits() {
        for (number, expected) in [
            (40_229_699_000_037.0, "40229699000037"),
            (4000.0, "4000"),
            (0.1 + 0.2, "0.3"),
            (-61.5, "-61.5"),
            (12_500.5, "12500.5"),
            (1e-7, "0.0000001"),
            (9_007_199_254_740_991.0, "9007199254740991"),
        ] {
            let expected = (expected.to_owned(), Some(Mark::Number));
            assert_eq!(of(&DataRef::Float(number)), expected);
        }
    }

    #[test]
    fn dates_follow_the_epoch_of_the_workbook() {
        let date = |serial, is_1904| {
            let moment = ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, is_1904);
            of(&DataRef::DateTime(moment)).0
        };
        assert_eq!(date(45_292.0, false), "2024-01-01");
        assert_eq!(date(43_830.0, true), "2024-01-01");
        assert_eq!(date(45_292.604_166_666_7, false), "2024-01-01T14:30");
        assert_eq!(date(0.604_166_666_7, false), "14:30");
        // No such day: the field refuses it.
        assert_eq!(date(60.0, false), "1900-02-29");
        assert_eq!(date(2_958_465.0, false), "9999-12-31");
        assert_eq!(date(2_958_466.0, false), "2958466");
        assert_eq!(date(-1.0, false), "-1");
    }

    #[test]
    fn durations_errors_and_formulas_say_what_they_are() {
        let long = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(of(&DataRef::DateTime(long)), ("36:00".to_owned(), None));
        let error = of(&DataRef::Error(CellErrorType::NA));
        assert_eq!(error, ("#N/A".to_owned(), Some(Mark::Error)));
        let (empty, mark) = text(&DataRef::Empty, true);
        assert_eq!((empty.as_ref(), mark), ("", Some(Mark::Uncalculated)));
        for mark in [
            None,
            Some(Mark::Error),
            Some(Mark::Number),
            Some(Mark::Uncalculated),
        ] {
            assert_eq!(Mark::of_code(Mark::code(mark)), mark);
        }
    }
}
