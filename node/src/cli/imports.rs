//! `imports`: what was imported here, and taking it back.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value as Json, json};

use crate::call::Call;
use crate::cli::ask;
use crate::cli::deciding::{Consent, confirmed};
use crate::cli::limits;
use crate::cli::print::{items, text};
use crate::say::say;

/// See `maillage imports --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportsCommand {
    /// The imports of this node, the newest first.
    #[command(after_help = "Example:\n  maillage imports list --dir ville")]
    List,
    /// Take an import back: what it wrote and nobody has changed since reads as before. Shown first, signed after a yes.
    #[command(after_help = UNDO_HELP)]
    Undo {
        /// Its number: `maillage imports list` shows it.
        import: u64,
        #[command(flatten)]
        consent: Consent,
    },
}

/// See `maillage source --help`.
#[derive(Debug, Subcommand)]
pub(crate) enum SourceCommand {
    /// The sources of imports: their records, the columns that are kept, and what the last import of each did here.
    #[command(
        after_help = "Example:\n  maillage source list --dir ville\n  maillage source list --dir ville --json"
    )]
    List,
}

/// Lists the imports, or takes one back.
pub(crate) fn imports(dir: &Path, command: ImportsCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        ImportsCommand::List => Ok(ask::ask(dir, &Call::Imports, json)),
        ImportsCommand::Undo { import, consent } => {
            let undo = |sign| Call::ImportUndo { import, sign };
            confirmed(dir, &undo(false), &consent, json, |_| undo(true))
        }
    }
}

pub(crate) fn listed(answer: &Json) {
    let imports = items(&answer["imports"]);
    if imports.is_empty() {
        say!("nothing was imported here yet");
    }
    for import in imports {
        let is = |key: &str| import[key].as_bool() == Some(true);
        let state = match import["undone"].as_str() {
            Some(day) => format!("taken back on {day}"),
            None if is("under_way") => "under way".to_owned(),
            None if is("interrupted") => "interrupted".to_owned(),
            None => format!("{} new, {} changed", import["new"], import["changed"]),
        };
        say!(
            "{}  {}  {}  {}  {state}",
            import["import"],
            text(&import["at"]),
            text(&import["file"]),
            text(&import["kind"])
        );
    }
}

/// Prints the sources.
pub(crate) fn sources(answer: &Json) {
    let sources = items(&answer["sources"]);
    if sources.is_empty() {
        say!("no source is described, and nothing was imported here yet");
    }
    for source in sources {
        let of = |key: &str| source[key].as_str().unwrap_or("-");
        let record = source["record"].as_str().map_or("-", |record| &record[..8]);
        say!(
            "{record:8}  {}  {}  {}  {}{}",
            text(&source["name"]),
            of("format"),
            of("frequency"),
            of("licence"),
            if source["due"] == json!(true) {
                "  to read again"
            } else {
                ""
            }
        );
        if let Some(columns) = source["mapping"]["columns"].as_array() {
            let columns = columns.iter().map(|pair| {
                let field = text(&pair[1]);
                let field = if field.is_empty() { "left out" } else { field };
                format!("{} = {field}", text(&pair[0]))
            });
            let columns: Vec<String> = columns.collect();
            if !columns.is_empty() {
                say!("          columns: {}", columns.join(", "));
            }
        }
        let last = &source["last"];
        if last.is_null() {
            say!("          never imported here");
            continue;
        }
        say!(
            "          {}  {}: rows {}, new {}, changed {}, unchanged {}, refused {}{}",
            text(&last["at"]),
            text(&last["file"]),
            last["rows"],
            last["new"],
            last["changed"],
            last["unchanged"],
            last["refused"],
            if last["written"] == json!(false) {
                " (nothing was written)"
            } else {
                ""
            }
        );
    }
}

/// What an import did, or would do; of a workbook of data·inclusion, one sheet after the other.
pub(crate) fn report(answer: &Json, dry_run: bool) {
    let sheets = items(&answer["sheets"]);
    if !sheets.is_empty() {
        sheets.iter().for_each(|sheet| report(sheet, dry_run));
        return;
    }
    let counts = [
        "rows",
        "new",
        "changed",
        "unchanged",
        "refused",
        "duplicates",
    ];
    let counts: Vec<String> = counts
        .iter()
        .map(|name| format!("{name} {}", answer[*name]))
        .collect();
    say!("{}", counts.join(", "));
    let decided = &answer["decided"];
    let followed = ["same", "apart", "left_out"].map(|name| decided[name].as_u64().unwrap_or(0));
    if followed.iter().any(|count| *count > 0) {
        let [same, apart, left_out] = followed;
        say!(
            "choices followed: same record {same}, another one {apart}, left out {left_out} (--forget-choices takes them back)"
        );
    }
    if answer["remembered"] == json!(true) {
        say!(
            "the columns go where they went the last time for this source: --anew recognises them again"
        );
    }
    if let Some(sheet) = answer["sheet"].as_str() {
        say!("the sheet « {sheet} » was read");
    }
    // What is said of the file as a whole; what is said of its cells is many lines, and in `--json`.
    let notices = items(&answer["notices"]).iter();
    for notice in notices.filter(|notice| notice["column"].is_null()) {
        say!("  {}", text(&notice["reason"]));
    }
    let cells: Vec<(&str, &str)> = items(&answer["notices"])
        .iter()
        .filter(|notice| notice["line"] != json!(0))
        .map(|notice| (text(&notice["column"]), text(&notice["code"])))
        .collect();
    // Of a column as a whole: what is counted of its cells has the first ones beside it.
    let columns = items(&answer["notices"]).iter().filter(|notice| {
        let of = (text(&notice["column"]), text(&notice["code"]));
        notice["column"].is_string() && notice["line"] == json!(0) && !cells.contains(&of)
    });
    for notice in columns {
        say!(
            "  colonne {}, {} : {}",
            text(&notice["letter"]),
            text(&notice["column"]),
            text(&notice["reason"])
        );
    }
    for problem in items(&answer["problems"]) {
        let suggestion = problem["suggestion"]
            .as_str()
            .map(|text| format!(" → {text}"))
            .unwrap_or_default();
        say!(
            "  ligne {}, {} : {}{suggestion}",
            problem["line"],
            text(&problem["column"]),
            text(&problem["reason"])
        );
    }
    if dry_run {
        changes(answer);
        alike(answer);
    }
    if let Some(counts) = answer["contacts"].as_object() {
        say!(
            "contacts kept {}, unchanged {}, objected {}",
            counts["kept"],
            counts["unchanged"],
            counts["objected"]
        );
    }
    if let Some(report) = answer["report"].as_str() {
        say!("the table with what is wrong in it is in {report}");
    }
    if let Some(reason) = answer["report_missing"].as_str() {
        say!("the table with what is wrong in it was not written: {reason}");
    }
    limits::import(answer);
    if let Some(number) = answer["import"].as_u64() {
        say!("`maillage imports undo {number}` takes it back");
    }
    if dry_run {
        say!("nothing was written: this was a dry run");
    } else if answer["written"] == json!(false) {
        say!(
            "nothing was written, since rows are refused: correct them, or call again with --refused row or --refused cell"
        );
    }
}

/// The first records that would change, each with its fields.
fn changes(answer: &Json) {
    let touched = items(&answer["touched"]).iter();
    for touched in touched.filter(|touched| touched["new"] == json!(false)) {
        let fields = items(&touched["fields"]).iter().map(text);
        let fields: Vec<_> = fields.collect();
        say!(
            "  changes {} : {}",
            text(&touched["name"]),
            fields.join(", ")
        );
    }
}

/// New rows that may be records which are there already.
fn alike(answer: &Json) {
    let Some(rows) = answer["alike"]["rows"].as_u64().filter(|rows| *rows > 0) else {
        return;
    };
    let listed = items(&answer["alike"]["listed"]);
    say!("{rows} new rows may be records that are there already:");
    for row in listed {
        let reasons: Vec<&str> = items(&row["for"]).iter().map(text).collect();
        say!(
            "  ligne {}, {} : {}  {} ({})",
            row["line"],
            text(&row["name"]),
            &text(&row["record"])[..8],
            text(&row["record_name"]),
            reasons.join(", ")
        );
    }
    say!(
        "  say which: --same LINE=RECORD, --new LINE or --skip LINE; --same-exact for all sure pairs"
    );
    if let Some(more) = rows
        .checked_sub(listed.len() as u64)
        .filter(|more| *more > 0)
    {
        say!("  and {more} more: `maillage duplicates` lists all pairs once they are imported");
    }
}

pub(crate) fn undone(answer: &Json) {
    say!(
        "{} records are gone from the census, {} read as before; {} stay as they are, whole or in part",
        answer["emptied"],
        answer["restored"],
        items(&answer["kept"]).len()
    );
}

const UNDO_HELP: &str = "Example:
  maillage imports undo 3 --dir ville
  maillage imports undo 3 --dir ville --yes
These are ordinary edits, which other nodes apply like any others: nothing is erased, and the history
shows what stood there. A record that the import made and in which anybody has written since stays
whole; a field that anybody has changed since stays as it is. The same file can be imported again.
Contacts that the import added stay: `maillage contact remove`.";
