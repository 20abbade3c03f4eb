//! New rows of a file that may be records which are there already, and what a person decides of them.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use crdt_schema::id::RecordId;
use data_encoding::HEXLOWER;
use exchange::{RowDecision, RowKey};

use super::Own;
use super::report::ask;
use crate::app::App;
use crate::error::PageError;
use crate::files::{Decided, Imported};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::imports::{Phase, Work};
use crate::pages::duplicates;
use crate::visit::PersonVisit;

/// The rows, as their table shows them.
pub(super) struct Alike {
    pub(super) caption: String,
    pub(super) rows: Vec<Row>,
    /// How many are not shown.
    pub(super) more: Option<String>,
    /// What the button says that takes all sure pairs for one thing.
    pub(super) exact: Option<String>,
}

/// A row and the record that it may be.
pub(super) struct Row {
    /// The row and the record, as the form names them.
    pub(super) key: String,
    pub(super) line: String,
    pub(super) name: String,
    pub(super) href: String,
    pub(super) record_name: String,
    pub(super) speaks_for: String,
    pub(super) against: String,
}

/// Shows the rows of a dry run. Nothing where there is none.
pub(super) fn of(language: Language, imported: &Imported) -> Option<Alike> {
    let alike = &imported.alike;
    let count = |key: &str, count: u64| language.text_with(key, &[("count", count.into())]);
    let rows = alike.listed.iter().map(|row| {
        let (speaks_for, against) = duplicates::reasons(language, &row.likeness.reasons);
        Row {
            key: format!("{}-{}", HEXLOWER.encode(&row.row), row.record),
            line: language.number(row.line),
            name: row.name.clone(),
            href: format!("/fiches/{}", row.record),
            record_name: row.record_name.clone(),
            speaks_for: speaks_for.join(", "),
            against: against.join(", "),
        }
    });
    let rows: Vec<Row> = rows.collect();
    let more = alike.rows.saturating_sub(rows.len() as u64);
    let exact = alike.exact.len() as u64;
    (alike.rows > 0).then(|| Alike {
        caption: count("import-alike", alike.rows),
        more: (more > 0).then(|| count("import-alike-more", more)),
        exact: (exact > 0).then(|| count("import-alike-exact", exact)),
        rows,
    })
}

/// Says how many decisions were followed. Nothing where none was.
pub(super) fn decided(language: Language, imported: &Imported) -> Option<String> {
    let counts = imported.decided;
    let values = [
        ("same", counts.same.into()),
        ("apart", counts.apart.into()),
        ("left", counts.left_out.into()),
    ];
    counts
        .is_any()
        .then(|| language.text_with("import-decided", &values))
}

/// Takes what a person decided of rows, and tries again with it.
pub(super) async fn decide(
    State(app): State<App>,
    Own(job): Own,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let Phase::Tried(imported) = job.phase() else {
        // Nothing is decided of what nobody has seen.
        let choices = job.choices();
        return ask(&app, &job, choices, Work::Try).map_err(IntoResponse::into_response);
    };
    let mut choices = job.choices();
    match form.text("tout") {
        "oublier" => {
            choices.decided = Decided {
                forgets: true,
                ..Decided::default()
            };
        }
        "meme" => {
            let exact = imported.alike.exact.iter();
            let same = exact.map(|(row, record)| (*row, RowDecision::Same(*record)));
            choices.decided.by_row.extend(same);
        }
        _ => {
            for key in form.all("ligne") {
                let (row, record) =
                    read(key).ok_or_else(|| PageError::StaleForm.into_response())?;
                let decision = match form.text(&format!("choix-{key}")) {
                    "meme" => RowDecision::Same(record),
                    "autre" => RowDecision::Apart,
                    "laisser" => RowDecision::LeftOut,
                    _ => continue,
                };
                choices.decided.by_row.insert(row, decision);
            }
        }
    }
    ask(&app, &job, choices, Work::Try).map_err(IntoResponse::into_response)
}

fn read(key: &str) -> Option<(RowKey, RecordId)> {
    let (row, record) = key.split_once('-')?;
    let row = HEXLOWER.decode(row.as_bytes()).ok()?;
    Some((row.try_into().ok()?, RecordId::parse(record).ok()?))
}
