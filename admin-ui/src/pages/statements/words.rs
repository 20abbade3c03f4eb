//! Statements in words.

use crdt_schema::profile::Profile;
use crdt_schema::record::Kind;
use crdt_schema::statement::{
    Answer, Due, DueDates, DueDays, Outcome, Report, ReportReason, Sameness, Spread, Statement,
};
use fluent_bundle::FluentValue;
use replica::{Answered, HeldStatement};

use crate::i18n::Language;
use crate::wording;

/// Says what a statement is, by its predicate.
pub(in crate::pages) fn predicate(language: Language, predicate: &str) -> String {
    let key = match predicate {
        "answered" => "statement-answered",
        "assessed" => "statement-assessed",
        "duplicate" => "statement-duplicate",
        "endorsed" => "statement-endorsed",
        "reported" => "statement-reported",
        "verified" => "statement-verified",
        other => return other.to_owned(),
    };
    language.text(key)
}

/// Says what is stated, a line for each thing.
pub(super) fn lines(
    language: Language,
    kind: Option<&'static Kind>,
    prisms: &[(&'static str, &'static str)],
    held: &HeldStatement,
) -> Vec<String> {
    let Some(statement) = &held.statement else {
        return vec![language.text("statement-unknown")];
    };
    match statement {
        Statement::Answered(answers) if answers.answers().is_empty() => {
            vec![language.text("answers-none")]
        }
        Statement::Answered(answers) => answers
            .answers()
            .values()
            .map(|answer| outcome_and_why(language, answer))
            .collect(),
        Statement::Assessed(assessment) => {
            let marks = assessment.marks().iter().map(|(code, mark)| {
                let values = [
                    ("what", prism(prisms, code).into()),
                    ("level", level(language, mark.level()).into()),
                    ("why", mark.why().to_owned().into()),
                ];
                language.text_with("statement-mark", &values)
            });
            let against = assessment.scheme().map(|scheme| {
                let values = [("scheme", scheme.to_owned().into())];
                language.text_with("statement-against", &values)
            });
            let evidence = assessment.evidence().map(|link| {
                language.text_with("statement-evidence", &[("link", link.to_owned().into())])
            });
            against.into_iter().chain(marks).chain(evidence).collect()
        }
        Statement::Duplicate(duplicate) => {
            let verdict = match duplicate.verdict() {
                Sameness::Distinct => "sameness-distinct",
                Sameness::Same => "sameness-same",
                Sameness::Unsure => "sameness-unsure",
            };
            vec![language.text(verdict), duplicate.why().to_owned()]
        }
        Statement::Endorsed(endorsement) if endorsement.why().is_empty() => Vec::new(),
        Statement::Endorsed(endorsement) => vec![endorsement.why().to_owned()],
        Statement::Reported(report) => vec![reported(language, report)],
        Statement::Verified(verification) => {
            let sections = verification.sections().iter();
            let said = sections.map(|(code, day)| {
                let values = [
                    ("section", section(language, kind, code).into()),
                    ("day", language.date(&day.to_string()).into()),
                ];
                language.text_with("statement-section", &values)
            });
            said.collect()
        }
    }
}

/// Says what is wrong with a record.
pub(super) fn reported(language: Language, report: &Report) -> String {
    let reason = reason(language, report.reason());
    format!("{reason} – {}", report.why())
}

/// Says who answered a report, when, what became of it and why.
pub(super) fn answered(language: Language, partner: &str, answered: &Answered) -> String {
    let values = [
        ("partner", partner.to_owned().into()),
        ("day", language.day(answered.held.claimed).into()),
        ("said", outcome_and_why(language, &answered.answer).into()),
    ];
    let key = if answered.settles {
        "answered-by"
    } else {
        "answered-by-outside"
    };
    language.text_with(key, &values)
}

fn outcome_and_why(language: Language, answer: &Answer) -> String {
    let outcome = outcome(language, answer.outcome());
    match answer.why() {
        "" => outcome,
        why => format!("{outcome} – {why}"),
    }
}

/// Names what became of a report.
pub(super) fn outcome(language: Language, outcome: Outcome) -> String {
    language.text(match outcome {
        Outcome::Corrected => "outcome-corrected",
        Outcome::NotKept => "outcome-not-kept",
        Outcome::Settled => "outcome-settled",
    })
}

/// Names a reason to report a record.
pub(in crate::pages) fn reason(language: Language, reason: ReportReason) -> String {
    language.text(match reason {
        ReportReason::Closed => "report-closed",
        ReportReason::Duplicate => "report-duplicate",
        ReportReason::PersonalData => "report-personal-data",
        ReportReason::Wrong => "report-wrong",
    })
}

/// Names a level.
pub(in crate::pages) fn level(language: Language, level: u8) -> String {
    let key = match level {
        0 => "level-0",
        1 => "level-1",
        2 => "level-2",
        _ => "level-3",
    };
    language.text(key)
}

/// Writes a median, which may lie between two levels.
pub(in crate::pages) fn median(language: Language, spread: Spread) -> String {
    let (whole, is_half) = (spread.median_doubled / 2, spread.median_doubled % 2 == 1);
    match (is_half, language) {
        (false, _) => whole.to_string(),
        (true, Language::English) => format!("{whole}.5"),
        (true, Language::French) => format!("{whole},5"),
    }
}

/// Says how long something waits to be confirmed.
pub(in crate::pages) fn due(language: Language, due: Due) -> String {
    language.text(match due {
        Due::Advised => "due-advised",
        Due::Never => "due-never",
        Due::Required => "due-required",
        Due::UpToDate => "due-up-to-date",
    })
}

/// Says after how many days a section of a kind is to be looked at again.
pub(super) fn due_after(language: Language, days: DueDays) -> String {
    language.text_with("due-after", &due_values(days))
}

/// Says what the list of what waits has, and after how many days.
pub(in crate::pages) fn due_lead(language: Language, days: DueDays) -> String {
    language.text_with("due-lead", &due_values(days))
}

/// Says which kinds are to be looked at after other days, in the words of the programme.
pub(in crate::pages) fn due_others(
    language: Language,
    profile: Option<&'static Profile>,
    dates: &DueDates,
) -> Option<String> {
    let offered = wording::offered_kinds(language, profile);
    let said = dates.others().iter().map(|(code, days)| {
        let kind = offered.iter().find(|kind| kind.code == *code);
        let kind = kind.map_or_else(
            || wording::kind_label(language, code),
            |kind| kind.many.clone(),
        );
        let [advised, required] = due_values(*days);
        language.text_with("due-of-kind", &[("kind", kind.into()), advised, required])
    });
    let said: Vec<String> = said.collect();
    let values = [("kinds", said.join(", ").into())];
    (!said.is_empty()).then(|| language.text_with("due-others", &values))
}

fn due_values(days: DueDays) -> [(&'static str, FluentValue<'static>); 2] {
    [
        ("advised", days.advised().into()),
        ("required", days.required().into()),
    ]
}

/// Returns the class of the badge that says so.
pub(in crate::pages) fn due_badge(due: Due) -> &'static str {
    match due {
        Due::Advised => "badge-warning",
        Due::Never => "badge-notice",
        Due::Required => "badge-danger",
        Due::UpToDate => "badge-success",
    }
}

/// Names a section of a kind; one that no kind of ours has, by its code.
pub(in crate::pages) fn section(
    language: Language,
    kind: Option<&'static Kind>,
    code: &str,
) -> String {
    let mut sections = kind.map_or(&[][..], |kind| kind.sections).iter();
    let known = sections.find(|section| section.code == code);
    known.map_or_else(
        || code.to_owned(),
        |section| section.wording.in_language(language.tag()).to_owned(),
    )
}

fn prism(prisms: &[(&'static str, &'static str)], code: &str) -> String {
    let known = prisms.iter().find(|(own, _)| *own == code);
    known.map_or(code, |(_, wording)| wording).to_owned()
}
