//! What a record that was erased still shows: that it existed, and which decision took its content.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use crdt_schema::id::RecordId;
use crdt_schema::view::RecordView;
use replica::{EditInfo, Fault, Reader, Replica};

use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::why::{ErasedBy, record_erased_by};
use crate::visit::Visit;
use crate::wording;

#[derive(Template)]
#[template(path = "record_erased.html")]
struct ErasedPage {
    layout: Layout,
    record: String,
    rest: Rest,
}

/// What is left of the record.
struct Rest {
    kind: String,
    by: ErasedBy,
    /// How many edits there were, by author.
    edits: String,
    /// The first and the last day that their authors claim.
    days: Option<(String, String)>,
}

/// Returns the page of a record that was erased as a whole. Nothing for any other.
pub(super) async fn page_of(
    app: &App,
    visit: &Visit,
    record: RecordId,
) -> Result<Option<Response>, PageError> {
    let language = visit.language;
    let read = app.read(move |replica, reader| rest(language, replica, reader, &record));
    let Some(rest) = read.await? else {
        return Ok(None);
    };
    let view = ErasedPage {
        layout: visit.layout(language.text("record-erased-name")),
        record: record.to_string(),
        rest,
    };
    page(StatusCode::OK, &view).map(Some)
}

fn rest(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    record: &RecordId,
) -> Result<Option<Rest>, Fault> {
    let is_erased = {
        let state = replica.state();
        state.governance().erasures().records().contains(record)
    };
    if !is_erased {
        return Ok(None);
    }
    let view = reader.record(record)?;
    let edits = reader.edits(record)?;
    let state = replica.state();
    let by = record_erased_by(language, &state, reader, record)?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for edit in &edits {
        let author = edit
            .partner
            .map_or_else(|| edit.feed.short(), |partner| state.partner_name(&partner));
        *counts.entry(author).or_default() += 1;
    }
    Ok(by.map(|by| Rest {
        kind: kind(language, view.as_ref()),
        by,
        edits: in_words(language, counts),
        days: days(language, &edits),
    }))
}

fn kind(language: Language, view: Option<&RecordView>) -> String {
    view.map_or_else(String::new, |view| {
        wording::kind_label(language, view.kind())
    })
}

fn in_words(language: Language, counts: BTreeMap<String, u64>) -> String {
    let said = counts.into_iter().map(|(partner, count)| {
        let values = [
            ("partner", partner.into()),
            ("count", language.number(count).into()),
        ];
        language.text_with("record-erased-edits-of", &values)
    });
    said.collect::<Vec<_>>().join(", ")
}

fn days(language: Language, edits: &[EditInfo]) -> Option<(String, String)> {
    let claimed = || edits.iter().map(|edit| edit.claimed);
    let (first, last) = (claimed().min()?, claimed().max()?);
    Some((language.day(first), language.day(last)))
}
