//! Calendars by a writer that shares nothing with the reader: whatever texts it writes, folded wherever it likes, are read back.

use proptest::prelude::*;

use crate::table;

/// One event of one line a property, each folded at the places given, as a program may that counts octets and knows no letters.
struct Writer {
    out: Vec<u8>,
    folds: Vec<usize>,
    turn: usize,
    line_end: &'static [u8],
}

impl Writer {
    fn line(&mut self, line: &str) {
        for (column, byte) in line.bytes().enumerate() {
            let at = self.folds.get(self.turn % self.folds.len().max(1));
            if column > 0 && at.is_some_and(|at| column % at.max(&1) == 0) {
                self.out.extend_from_slice(self.line_end);
                self.out.push(if self.turn.is_multiple_of(2) {
                    b' '
                } else {
                    b'\t'
                });
                self.turn += 1;
            }
            self.out.push(byte);
        }
        self.out.extend_from_slice(self.line_end);
    }

    fn text(&mut self, name: &str, text: &str) {
        let mut escaped = String::new();
        for letter in text.chars() {
            match letter {
                '\\' => escaped += "\\\\",
                ';' => escaped += "\\;",
                ',' => escaped += "\\,",
                '\n' => escaped += "\\n",
                other => escaped.push(other),
            }
        }
        self.line(&format!("{name}:{escaped}"));
    }
}

/// Texts with what folding and escaping could trip over. Signs that make an HTML are left to other tests.
fn text() -> impl Strategy<Value = String> {
    let hostile = "[a\\\\;,:\"é漢🎉 \t\n^=|nN]{0,40}";
    let any = "[^<&\u{0}-\u{1f}\u{7f}-\u{9f}\u{FFFD}]{0,60}";
    prop_oneof![hostile, any]
}

/// What a reader keeps of any cell.
fn kept(text: &str) -> String {
    let around = |c: char| {
        c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200D}' | '\u{2060}')
    };
    let text = text.trim_matches(around);
    let is_absence = ["-", "NULL", "#N/A", "#N/D"].contains(&text);
    if is_absence {
        String::new()
    } else {
        text.to_owned()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_texts_are_read_back_wherever_their_lines_are_folded(
        texts in prop::collection::vec((text(), text()), 1..8),
        folds in prop::collection::vec(1_usize..80, 0..5),
        is_unix in any::<bool>(),
    ) {
        let line_end: &[u8] = if is_unix { b"\n" } else { b"\r\n" };
        let mut writer = Writer { out: Vec::new(), folds, turn: 0, line_end };
        writer.line("BEGIN:VCALENDAR");
        for (number, (description, contact)) in texts.iter().enumerate() {
            writer.line("BEGIN:VEVENT");
            writer.line(&format!("UID:{number}"));
            writer.line("DTSTART:20260714T180000Z");
            writer.text("DESCRIPTION", description);
            writer.text("CONTACT;X-A=\"b;c:d\"", contact);
            writer.line("END:VEVENT");
        }
        writer.line("END:VCALENDAR");
        // The first words say what the file is: a program that folds them writes no calendar.
        prop_assume!(writer.out.starts_with(b"BEGIN:VCALENDAR"));
        let table = table(&writer.out);
        let place = |name: &str| table.columns().iter().position(|column| column.name == name);
        let (description, contact) = (place("DESCRIPTION"), place("CONTACT"));
        let rows: Vec<_> = table.map(|row| row.expect("a whole row")).collect();
        prop_assert_eq!(rows.len(), texts.len());
        for (row, texts) in rows.iter().zip(&texts) {
            let cell = |place: Option<usize>| place.map_or("", |place| row.cells[place].as_str());
            prop_assert_eq!(cell(description), kept(&texts.0));
            prop_assert_eq!(cell(contact), kept(&texts.1));
        }
    }
}
