//! The part of a form that asks for levels: one for each prism, or for each criterion of a label, each with its sentence.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use crdt_schema::register::link;
use crdt_schema::statement::{Assessment, EVIDENCE_BYTES_MAX, LEVEL_MAX, Mark, StatementError};

use super::words;
use crate::form::SentForm;
use crate::i18n::Language;
use crate::pages::free_text::{self, Keep};
use crate::parts::{Field, Problem};

/// Something that is marked.
#[derive(Debug, Clone)]
pub(in crate::pages) struct AskedMark {
    pub(in crate::pages) code: String,
    pub(in crate::pages) label: String,
    pub(in crate::pages) hint: String,
}

/// What was typed: level and sentence by code, and the address of the evidence.
#[derive(Debug, Clone, Default)]
pub(in crate::pages) struct Typed {
    marks: BTreeMap<String, (String, String)>,
    evidence: String,
}

/// What the form shows.
#[derive(Template)]
#[template(path = "statements/marks.html")]
pub(in crate::pages) struct MarkForm {
    inputs: Vec<Input>,
    evidence: Field,
    level_label: String,
    why_label: String,
    keep: Keep,
}

struct Input {
    id: String,
    label: String,
    hint: String,
    levels: Vec<(u8, String, bool)>,
    why: String,
    level_error: Option<String>,
    why_error: Option<String>,
}

impl HtmlSafe for MarkForm {}

impl MarkForm {
    pub(in crate::pages) fn new(
        language: Language,
        asked: &[AskedMark],
        typed: &Typed,
        problems: &[Problem],
    ) -> Self {
        let inputs = asked.iter().enumerate().map(|(place, asked)| {
            let id = format!("mark-{place}");
            let (chosen, why) = typed.marks.get(&asked.code).cloned().unwrap_or_default();
            let levels = (0..=LEVEL_MAX).map(|level| {
                let label = format!("{level} – {}", words::level(language, level));
                (level, label, chosen == level.to_string())
            });
            let problem = |suffix: &str| {
                let field = format!("{id}-{suffix}");
                problems.iter().find_map(|problem| problem.of(&field))
            };
            Input {
                label: asked.label.clone(),
                hint: asked.hint.clone(),
                levels: levels.collect(),
                why,
                level_error: problem("level"),
                why_error: problem("why"),
                id,
            }
        });
        Self {
            inputs: inputs.collect(),
            evidence: Field::text("evidence", language.text("assess-evidence"))
                .with_hint(language.text("assess-evidence-hint"))
                .with_value(&typed.evidence)
                .with_problems(problems),
            keep: Keep::of(language, typed.marks.values().map(|(_, why)| why.as_str())),
            level_label: language.text("assess-level"),
            why_label: language.text("assess-why"),
        }
    }
}

/// Returns what an assessment that stands already says, to begin with.
pub(in crate::pages) fn typed_of(assessment: &Assessment) -> Typed {
    let marks = assessment.marks().iter().map(|(code, mark)| {
        let typed = (mark.level().to_string(), mark.why().to_owned());
        (code.clone(), typed)
    });
    Typed {
        marks: marks.collect(),
        evidence: assessment.evidence().unwrap_or_default().to_owned(),
    }
}

/// Reads what was sent, or names every problem at once. What has neither level nor sentence is not marked. What was typed comes back
/// in either case.
pub(in crate::pages) fn read(
    language: Language,
    asked: &[AskedMark],
    form: &SentForm,
    build: impl FnOnce(Vec<(String, Mark)>, Option<String>) -> Result<Assessment, StatementError>,
) -> (Typed, Result<Assessment, Vec<Problem>>) {
    let (mut typed, mut marks, mut problems) = (Typed::default(), Vec::new(), Vec::new());
    for (place, asked) in asked.iter().enumerate() {
        let id = format!("mark-{place}");
        let level = form.text(&format!("{id}-level")).to_owned();
        let why = form.text(&format!("{id}-why")).replace("\r\n", "\n");
        if level.is_empty() && why.is_empty() {
            continue;
        }
        problems.extend(free_text::problem(
            language,
            form,
            &format!("{id}-why"),
            &why,
        ));
        match level.parse().map(|level| Mark::new(level, &why)) {
            Ok(Ok(mark)) => marks.push((asked.code.clone(), mark)),
            Ok(Err(StatementError::WhyTooLong)) => {
                problems.push(problem(language, "assess-why-too-long", &id, "why", asked));
            }
            Ok(Err(StatementError::WhyMissing)) => {
                problems.push(problem(language, "assess-why-missing", &id, "why", asked));
            }
            _ => problems.push(problem(
                language,
                "assess-level-missing",
                &id,
                "level",
                asked,
            )),
        }
        typed.marks.insert(asked.code.clone(), (level, why));
    }
    typed.evidence = form.text("evidence").to_owned();
    let evidence = match typed.evidence.as_str() {
        "" => None,
        text => match link(text).into_accepted() {
            Some(link) if link.len() <= EVIDENCE_BYTES_MAX => Some(link),
            _ => {
                let text = language.text("assess-evidence-wrong");
                problems.push(Problem::new("evidence", text));
                None
            }
        },
    };
    if problems.is_empty() && marks.is_empty() {
        let text = language.text("assess-nothing");
        problems.push(Problem::new("mark-0-level", text));
    }
    if !problems.is_empty() {
        return (typed, Err(problems));
    }
    let built = build(marks, evidence);
    let built = built.map_err(|_| {
        let text = language.text("assess-not-stated");
        vec![Problem::new("mark-0-level", text)]
    });
    (typed, built)
}

fn problem(language: Language, key: &str, id: &str, part: &str, asked: &AskedMark) -> Problem {
    let values = [("what", asked.label.clone().into())];
    Problem::new(format!("{id}-{part}"), language.text_with(key, &values))
}
