//! The problems of an import as a file.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use exchange::Reported;
use exchange::csv::{Cell as CsvCell, Flavour, Writer};

use super::Own;
use super::report::line;
use crate::error::PageError;
use crate::files::Form;
use crate::i18n::Language;
use crate::imports::Phase;
use crate::visit::PersonVisit;

/// The problems as a table for a spreadsheet: what is in the file is guarded there like everything that we hand out.
pub(super) async fn file(
    Own(job): Own,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let imported = match job.phase() {
        Phase::Done(imported) | Phase::Tried(imported) => imported,
        _ => return Err(PageError::NotFound.into_response()),
    };
    let written = problems_csv(visit.language, &imported.report.problems);
    let bytes = written.map_err(|_| PageError::Interrupted.into_response())?;
    let headers = [
        (CONTENT_TYPE, Form::Spreadsheet.media_type()),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"problemes-import-tableur.csv\"",
        ),
    ];
    Ok((headers, bytes).into_response())
}

fn problems_csv(language: Language, problems: &[Reported]) -> std::io::Result<Vec<u8>> {
    let mut csv = Writer::new(Vec::new(), Flavour::Spreadsheet)?;
    let names = [
        "import-problem-line",
        "import-problem-letter",
        "import-problem-column",
        "import-problem-level",
        "import-problem-value",
        "import-problem-reason",
        "import-problem-suggestion",
    ];
    let names = names.map(|key| language.text(key));
    csv.header(&names.each_ref().map(String::as_str))?;
    for one in problems {
        let line = line(language, one);
        let text = |text: &Option<String>| CsvCell::Text(text.clone().unwrap_or_default());
        csv.row(&[
            CsvCell::Number(one.problem.line.to_string()),
            text(&one.problem.letter),
            text(&one.problem.column),
            CsvCell::Text(line.level_label),
            CsvCell::Text(line.value),
            CsvCell::Text(line.reason),
            text(&one.problem.suggestion),
        ])?;
    }
    csv.finish()
}
