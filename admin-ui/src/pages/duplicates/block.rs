//! What the page of a record shows of duplicates: what may be the same thing, and what partners said is.

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::id::RecordId;
use crdt_schema::statement::{Sameness, Statement};

use super::words;
use crate::app::App;
use crate::error::PageError;
use crate::i18n::Language;
use crate::pages::labels::Badges;
use crate::pages::{census, statements};

/// The part of the page; empty where there is nothing to say.
#[derive(Template)]
#[template(path = "duplicates/block.html")]
pub(in crate::pages) struct Block {
    language: Language,
    said: Vec<Line>,
    open: Vec<Line>,
}

struct Line {
    href: String,
    name: String,
    text: String,
    labels: Badges,
}

impl HtmlSafe for Block {}

impl Block {
    fn text(&self, key: &str) -> String {
        self.language.text(key)
    }
}

/// Candidates that are named on the page of one of them.
const SHOWN: usize = 5;

/// Reads the part for the page of a record that is held.
pub(in crate::pages) async fn block(
    app: &App,
    language: Language,
    record: RecordId,
) -> Result<Block, PageError> {
    let today = app.today();
    let read = app.read(move |replica, reader| {
        let mut same: Vec<(RecordId, String)> = Vec::new();
        for held in reader.statements_with(&record, "duplicate")? {
            let other = match held.frame.other {
                Some(other) if other != record => other,
                _ => held.frame.subject,
            };
            if let Some(Statement::Duplicate(said)) = &held.statement
                && said.verdict() == Sameness::Same
            {
                same.push((other, statements::author(&replica.state(), &held)));
            }
        }
        let mut candidates = replica.duplicates_of(&record)?;
        candidates.retain(|candidate| !candidate.is_settled());
        candidates.truncate(SHOWN);
        let mut block = Block {
            language,
            said: Vec::new(),
            open: Vec::new(),
        };
        let others = same.iter().map(|(other, _)| *other);
        let others = others.chain(candidates.iter().map(|candidate| candidate.other));
        let labels = Badges::of(language, (replica, reader), others, today)?;
        let line = |other: &RecordId, text: String| {
            let view = reader.record(other)?;
            Ok::<Line, replica::Fault>(Line {
                href: format!("/doublons/{record}/{other}"),
                name: view.map_or_else(|| other.short(), |view| census::name(language, &view)),
                text,
                labels: labels.of(other),
            })
        };
        for (other, partner) in same {
            let text = language.text_with("duplicates-same-by", &[("partner", partner.into())]);
            block.said.push(line(&other, text)?);
        }
        for candidate in &candidates {
            let (speaks_for, _) = words::reasons(language, &candidate.likeness.reasons);
            block
                .open
                .push(line(&candidate.other, speaks_for.join(", "))?);
        }
        Ok(block)
    });
    read.await
}
