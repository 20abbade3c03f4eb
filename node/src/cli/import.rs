//! `import`: what is said of a file that is imported.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use exchange::Only;
use exchange::csv::Separator;

use crate::call::{ContactsAsk, Import};
use crate::cli::pair;

/// See `maillage import --help`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// A workbook (XLSX), a CSV or a JSON file; a calendar (.ics), an export of OpenAgenda (.json), a feed (.atom, .rss, .xml), an
    /// official list of territories. Packed with gzip (.gz) or not.
    file: PathBuf,
    /// Kind of the records: actor, initiative, event or territory. Guessed from the columns when absent: an event for a calendar, a
    /// proposal for a feed.
    #[arg(long)]
    kind: Option<String>,
    /// Name of the source, by which rows find their records again the next time. The file's name when absent: give one when the
    /// next file will have another name.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Which column goes to which field, for columns that are not found by name. A field `x_…` keeps a column as it is; `-` leaves
    /// it out. It is kept for the next file of the source, with what is confirmed.
    #[arg(long = "column", value_name = "COLUMN=FIELD", value_parser = pair)]
    columns: Vec<(String, String)>,
    /// Take the proposed readings of a column that have this code: the report shows both.
    #[arg(long = "confirm", value_name = "COLUMN=CODE", value_parser = pair)]
    confirmed: Vec<(String, String)>,
    /// The sheet to read, in a workbook. The first visible one that has a table when absent.
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// How the letters of the file are written, where they are read wrongly: the file alone does not always say it.
    #[arg(long, value_name = "ENCODING", value_parser = ["utf-8", "windows-1252", "mac-roman", "utf-16le", "utf-16be"])]
    encoding: Option<String>,
    /// What parts the columns of a CSV, where they are read wrongly: `;`, `,`, `|` or `tab`.
    #[arg(long, value_name = "SIGN", value_parser = separator)]
    separator: Option<String>,
    /// Put right accents that were encoded twice, like `Ã©` for `é`: the report says when there are some.
    #[arg(long)]
    repair_accents: bool,
    /// Recognise the columns anew, whatever was kept for this source the last time.
    #[arg(long)]
    anew: bool,
    /// Write the table back to this workbook (XLSX): faulty cells are marked, a column says why, and a second sheet lists the problems.
    /// Corrected, it can be imported.
    #[arg(long, value_name = "FILE.xlsx")]
    report: Option<PathBuf>,
    /// The year of an official list of territories, which its codes do not say: required for communes, EPCI, départements and
    /// régions.
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(u16).range(1943..=2099))]
    year: Option<u16>,
    /// Keep the territories of one département or région of an official list, as DEP-45 or REG-24. All of them without it.
    #[arg(long, value_name = "TERRITORY", value_parser = only)]
    only: Option<String>,
    /// A row that is about a record which is there already, as a dry run shows both: the line of the file, and the record's id or its
    /// first digits. The row updates that record, now and in the next files of the source.
    #[arg(long, value_name = "LINE=RECORD", value_parser = line_and_record)]
    same: Vec<(u64, String)>,
    /// Do so for every new row that shares with a record a number of a register, an identifier at its source, or a page.
    #[arg(long)]
    same_exact: bool,
    /// A row that is another thing than the record that it is like: that is said to all partners.
    #[arg(long, value_name = "LINE")]
    new: Vec<u64>,
    /// A row that does not come in, now and in the next files of the source.
    #[arg(long, value_name = "LINE")]
    skip: Vec<u64>,
    /// Forget what was decided of rows of this source before.
    #[arg(long)]
    forget_choices: bool,
    /// Report what would happen, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// What to do when something is refused.
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    refused: RefusedArg,
    /// Keep the persons that columns name as contacts, apart from the records, seen by these. They are left out otherwise.
    #[arg(long, value_name = "SEEN BY", value_parser = ["own", "partners", "public"], requires = "purpose")]
    contacts: Option<String>,
    /// What the contacts are kept for, without naming anybody.
    #[arg(long, requires = "contacts")]
    purpose: Option<String>,
    /// The last day for which the contacts are kept, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", requires = "contacts")]
    until: Option<String>,
    /// The same as --refused row.
    #[arg(long, conflicts_with = "refused")]
    import_the_rest: bool,
}

/// What happens to what is refused.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum RefusedArg {
    /// Write nothing.
    #[default]
    Stop,
    /// Leave the refused rows out, and write the others.
    Row,
    /// Write every row that has a name; a refused cell is left out, and its text kept in a field `x_…`.
    Cell,
}

impl ImportArgs {
    /// Returns the call that the arguments stand for.
    pub(super) fn call(self) -> Import {
        let refused = match self.refused {
            _ if self.import_the_rest => "row",
            RefusedArg::Stop => "stop",
            RefusedArg::Row => "row",
            RefusedArg::Cell => "cell",
        };
        let field = |field: String| if field == "-" { String::new() } else { field };
        let columns = self.columns.into_iter();
        Import {
            file: std::path::absolute(&self.file).unwrap_or(self.file),
            kind: self.kind,
            source: self.source,
            columns: columns.map(|(column, to)| (column, field(to))).collect(),
            confirmed: self.confirmed,
            sheet: self.sheet,
            encoding: self.encoding,
            separator: self.separator,
            repair_accents: self.repair_accents,
            anew: self.anew,
            report: self
                .report
                .map(|file| std::path::absolute(&file).unwrap_or(file)),
            list_year: self.year,
            only: self.only,
            same: self.same,
            same_exact: self.same_exact,
            apart: self.new,
            skip: self.skip,
            forget_choices: self.forget_choices,
            dry_run: self.dry_run,
            refused: refused.to_owned(),
            contacts: self.contacts.map(|seen_by| ContactsAsk {
                seen_by,
                purpose: self.purpose.unwrap_or_default(),
                until: self.until.unwrap_or_default(),
            }),
        }
    }
}

fn line_and_record(text: &str) -> Result<(u64, String), String> {
    let wrong = || "write the line of the file and the record: 12=3f9a1c".to_owned();
    let (line, record) = text.split_once('=').ok_or_else(wrong)?;
    let line = line.trim().parse().map_err(|_| wrong())?;
    let record = record.trim();
    (!record.is_empty())
        .then(|| (line, record.to_owned()))
        .ok_or_else(wrong)
}

fn separator(text: &str) -> Result<String, String> {
    let separator = Separator::parse(text).map(|separator| separator.code().to_owned());
    separator.ok_or_else(|| "write one of: ; , | tab".to_owned())
}

fn only(text: &str) -> Result<String, String> {
    let only = Only::parse(text).map(|only| only.code());
    only.ok_or_else(|| "write a département or a région, as DEP-45 or REG-24".to_owned())
}

pub(super) const HELP: &str = "Example:
  maillage import clubs.csv --dir ville --dry-run
  maillage import clubs-2026.csv --dir ville --source \"Clubs de la ville\" --column \"Nom du club=name\" --column \"Note interne=-\"
  maillage import clubs.csv --dir ville --confirm \"Code postal=padding\"
  maillage import clubs.xlsx --dir ville --sheet Clubs --dry-run --report a-corriger.xlsx
  maillage import clubs.csv --dir ville --same 12=3f9a1c --new 14 --skip 15
  maillage import clubs.csv --dir ville --refused cell
  maillage import ancien-mac.csv --dir ville --encoding mac-roman --separator \";\" --dry-run
  maillage import agenda.ics --dir ville --source \"Agenda de la mairie\" --dry-run
  maillage import communes.json.gz --dir ville --source \"Communes\" --year 2026 --only DEP-45 --dry-run
  maillage import clubs.csv --dir ville --contacts partners --purpose \"organiser les rencontres\" --until 2027-12-31";

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::call::Call;
    use crate::cli::{Cli, call};

    #[test]
    fn one_choice_says_what_happens_to_what_is_refused() {
        let refused = |more: &[&str]| {
            let words = ["maillage", "import", "a.csv"].iter().chain(more);
            let read = Cli::try_parse_from(words).map(|cli| call(cli.command));
            match read {
                Ok(Call::Import(import)) => Some(import.refused),
                _ => None,
            }
        };
        assert_eq!(refused(&[]).as_deref(), Some("stop"));
        assert_eq!(refused(&["--import-the-rest"]).as_deref(), Some("row"));
        assert_eq!(refused(&["--refused", "row"]).as_deref(), Some("row"));
        assert_eq!(refused(&["--refused", "cell"]).as_deref(), Some("cell"));
        assert_eq!(refused(&["--refused", "all"]), None);
        assert_eq!(refused(&["--refused", "cell", "--import-the-rest"]), None);
    }

    #[test]
    fn a_row_is_led_to_a_record_by_its_line() {
        let read = |said: &str| {
            let words = ["maillage", "import", "a.csv", "--same", said];
            match Cli::try_parse_from(words).map(|cli| call(cli.command)) {
                Ok(Call::Import(import)) => Some(import.same),
                _ => None,
            }
        };
        assert_eq!(read("12=3f9a1c"), Some(vec![(12, "3f9a1c".to_owned())]));
        for wrong in ["12", "x=3f9a1c", "12=", "-1=3f9a1c"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_column_is_left_out_with_a_dash() {
        let words = ["maillage", "import", "a.csv", "--column", "Note=-"];
        let cli = Cli::try_parse_from(words).expect("is understood");
        let Call::Import(import) = call(cli.command) else {
            panic!("it is an import");
        };
        assert_eq!(import.columns, [("Note".to_owned(), String::new())]);
    }

    #[test]
    fn a_separator_is_named_by_its_sign_or_its_word() {
        let read = |sign: &str| {
            let words = ["maillage", "import", "a.csv", "--separator", sign];
            match Cli::try_parse_from(words).map(|cli| call(cli.command)) {
                Ok(Call::Import(import)) => import.separator,
                _ => None,
            }
        };
        for (sign, word) in [
            (";", "semicolon"),
            (",", "comma"),
            ("|", "bar"),
            ("tab", "tab"),
        ] {
            assert_eq!(read(sign).as_deref(), Some(word));
        }
        assert_eq!(read("/"), None);
    }

    #[test]
    fn a_part_of_a_list_is_named_with_its_level() {
        let read = |more: &[&str]| {
            let words = ["maillage", "import", "communes.json"].iter().chain(more);
            match Cli::try_parse_from(words).map(|cli| call(cli.command)) {
                Ok(Call::Import(import)) => Some((import.list_year, import.only)),
                _ => None,
            }
        };
        let of = |year, only: &str| Some((year, Some(only.to_owned())));
        assert_eq!(read(&[]), Some((None, None)));
        assert_eq!(
            read(&["--year", "2026", "--only", "dep-45"]),
            of(Some(2026), "DEP-45")
        );
        for wrong in [["--only", "45"], ["--only", "COM-45155"], ["--year", "26"]] {
            assert_eq!(read(&wrong), None, "{wrong:?}");
        }
    }
}
