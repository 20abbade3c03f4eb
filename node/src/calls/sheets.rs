//! A workbook of data·inclusion has two lists, one a sheet: both come in by one command, structures first, so that services find theirs.

use std::path::Path;

use crdt_schema::vocabulary::Words;
use exchange::{Choices, Mapping, Table};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Import, Outcome, Progress};
use crate::calls::files;

/// The sheets, with the kind of their records.
const SHEETS: [(&str, &str); 2] = [("Structures", "actor"), ("Services", "initiative")];
/// What is summed over both.
const COUNTS: [&str; 7] = [
    "rows",
    "new",
    "changed",
    "unchanged",
    "refused",
    "left_out",
    "duplicates",
];

/// Imports a file: of a workbook of data·inclusion both sheets, unless the person names one.
pub(crate) fn import(app: &App, import: &Import, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let is_open = import.sheet.is_none() && import.kind.is_none() && import.report.is_none();
    // What is said of lines would be said of those of both.
    let names_lines =
        !(import.same.is_empty() && import.apart.is_empty() && import.skip.is_empty());
    if !is_open || names_lines || !has_both(&import.file) {
        return files::import(app, import, progress);
    }
    let mut sheets: Vec<Json> = Vec::new();
    for (sheet, kind) in SHEETS {
        let one = Import {
            sheet: Some(sheet.to_owned()),
            kind: Some(kind.to_owned()),
            // What was decided of the source is forgotten once.
            forget_choices: import.forget_choices && sheets.is_empty(),
            ..import.clone()
        };
        let answer = files::import(app, &one, progress)?;
        let goes_on = import.dry_run || answer["written"] == json!(true);
        sheets.push(answer);
        if !goes_on {
            break;
        }
    }
    let sum = |name: &str| -> u64 { sheets.iter().filter_map(|sheet| sheet[name].as_u64()).sum() };
    let mut answer = json!({});
    for name in COUNTS {
        answer[name] = json!(sum(name));
    }
    let is_written = |sheet: &Json| sheet["written"] == json!(true);
    answer["written"] = json!(sheets.len() == SHEETS.len() && sheets.iter().all(is_written));
    answer["problems"] = json!([]);
    answer["sheets"] = json!(sheets);
    Ok(answer)
}

fn has_both(file: &Path) -> bool {
    let is_book = file
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("xlsx"));
    is_book
        && SHEETS.iter().all(|(sheet, kind)| {
            let choices = Choices {
                sheet: Some((*sheet).to_owned()),
                ..Choices::default()
            };
            let Ok(table) = Table::open(file, &choices) else {
                return false;
            };
            let has = |name: &str| table.columns().iter().any(|column| column.name == name);
            let mapping = Mapping::of(table.columns(), None, &[], Words::shipped());
            let is_its = mapping.is_ok_and(|mapping| mapping.kind.code == *kind);
            is_its && has("source") && has("id") && has("nom")
        })
}
