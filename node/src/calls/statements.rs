//! Statements by command: what partners hold about a record, and our own.

use std::collections::BTreeSet;

use crdt_schema::edit::{Field, State as ItemState, Value};
use crdt_schema::id::{EntryId, RecordId};
use crdt_schema::label::Day;
use crdt_schema::profile::Profile;
use crdt_schema::record::Kind;
use crdt_schema::register::link;
use crdt_schema::statement::{
    Assessment, Endorsement, Mark, Report, ReportReason, Statement, StatementError, filled_sections,
};
use crdt_schema::view::RecordView;
use replica::{HeldStatement, Reader, State, StateError};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Outcome, Refusal, StatementAsk};
use crate::calls::{deciding, duplicates, free_text, records, reports};
use crate::clock;

/// Statements of one partner that are listed at once.
const LISTED_MAX: usize = 1_000;

/// The statements about a record, or those of a partner.
pub(crate) fn statements(
    app: &App,
    record: Option<&str>,
    partner: Option<&str>,
    all: bool,
) -> Outcome {
    let reader = app.replica.read()?;
    let held = match (record, partner) {
        (Some(record), _) => {
            let record = records::find(&reader, record)?;
            if all {
                reader.all_statements(&record)?
            } else {
                reader.statements(&record)?
            }
        }
        (None, Some(named)) => {
            let partner = deciding::partner(&app.replica.state(), named)?;
            reader.statements_of(&partner, LISTED_MAX)?
        }
        (None, None) => {
            let message = "name a record, or a partner";
            return Err(Refusal::new("record_not_found", message));
        }
    };
    let state = app.replica.state();
    let statements: Vec<Json> = held.iter().map(|held| to_json(&state, held)).collect();
    Ok(json!({ "statements": statements }))
}

fn to_json(state: &State, held: &HeldStatement) -> Json {
    json!({
        "item": held.id.to_string(),
        "record": held.frame.subject.to_string(),
        "other": held.frame.other.map(|other| other.to_string()),
        "predicate": held.frame.predicate,
        "partner": held.partner.map(|partner| state.partner_name(&partner)),
        "partner_id": held.partner.map(|partner| partner.to_string()),
        "entry": held.entry.to_string(),
        "claimed": held.claimed.to_string(),
        "state": match held.state {
            ItemState::Live if held.is_current => "current",
            ItemState::Live => "replaced",
            ItemState::Erased => "erased",
            ItemState::Void => "void",
            ItemState::Invalid(_) => "invalid",
            ItemState::Pending(_) => "pending",
        },
        "content": held.statement.as_ref().map(content),
        "says": held.statement.as_ref().map_or_else(Vec::new, says),
    })
}

fn content(statement: &Statement) -> Json {
    match statement {
        Statement::Answered(answers) => answers
            .answers()
            .iter()
            .map(|(report, answer)| {
                json!({
                    "report": report.to_string(),
                    "outcome": answer.outcome().code(),
                    "why": answer.why(),
                })
            })
            .collect(),
        Statement::Assessed(assessment) => json!({
            "scheme": assessment.scheme(),
            "marks": assessment.marks().iter().map(|(code, mark)| {
                json!({ "code": code, "level": mark.level(), "why": mark.why() })
            }).collect::<Vec<_>>(),
            "evidence": assessment.evidence(),
        }),
        Statement::Duplicate(duplicate) => {
            json!({ "verdict": duplicate.verdict().code(), "why": duplicate.why() })
        }
        Statement::Endorsed(endorsement) => json!({ "why": endorsement.why() }),
        Statement::Reported(report) => {
            json!({ "reason": report.reason().code(), "why": report.why() })
        }
        Statement::Verified(verification) => {
            let sections = verification.sections().iter();
            sections
                .map(|(section, day)| json!({ "section": section, "day": day.to_string() }))
                .collect()
        }
    }
}

fn says(statement: &Statement) -> Vec<String> {
    match statement {
        Statement::Answered(answers) => {
            let answers = answers.answers().iter();
            let said = answers.map(|(report, answer)| {
                format!("{report} {}: {}", answer.outcome().code(), answer.why())
            });
            said.collect()
        }
        Statement::Assessed(assessment) => {
            let marks = assessment.marks().iter();
            let marks =
                marks.map(|(code, mark)| format!("{code} {}: {}", mark.level(), mark.why()));
            marks.collect()
        }
        Statement::Duplicate(duplicate) => {
            vec![format!(
                "{}: {}",
                duplicate.verdict().code(),
                duplicate.why()
            )]
        }
        Statement::Endorsed(endorsement) if endorsement.why().is_empty() => Vec::new(),
        Statement::Endorsed(endorsement) => vec![endorsement.why().to_owned()],
        Statement::Reported(report) => {
            vec![format!("{}: {}", report.reason().code(), report.why())]
        }
        Statement::Verified(verification) => {
            let sections = verification.sections().iter();
            sections
                .map(|(section, day)| format!("{section}: {day}"))
                .collect()
        }
    }
}

/// Signs a statement of our own organisation.
pub(crate) fn state(app: &App, ask: &StatementAsk) -> Outcome {
    let reader = app.replica.read()?;
    let (record, view) = view(&reader, ask.record())?;
    match ask {
        StatementAsk::Assess { marks, .. } => {
            free_text::check(marks.iter().map(|(_, _, why)| why.as_str()))?;
        }
        StatementAsk::Answer { why, .. }
        | StatementAsk::Duplicate { why, .. }
        | StatementAsk::Endorse { why, .. }
        | StatementAsk::Report { why, .. } => free_text::check([why.as_str()])?,
        StatementAsk::Verify { .. } => {}
    }
    let (predicate, signed) = match ask {
        StatementAsk::Answer {
            report,
            outcome,
            why,
            ..
        } => {
            let asked = (&reader, record, &view);
            let entry = reports::answer(app, asked, report.as_deref(), outcome.as_deref(), why)?;
            ("answered", Ok(entry))
        }
        StatementAsk::Verify { sections, .. } => {
            let sections = known_sections(&view, sections)?;
            let today = Day::of(clock::now()).ok_or_else(|| {
                Refusal::new("clock", "the clock of this machine is outside the calendar")
            })?;
            let signed = app.replica.verify_sections(record, &sections, today);
            ("verified", signed)
        }
        StatementAsk::Assess {
            marks,
            evidence,
            is_application,
            ..
        } => {
            let scheme = is_application.then_some(&view);
            let said = assessment(app, marks, evidence.as_deref(), scheme)?;
            make(app, record, None, &Statement::Assessed(said))
        }
        StatementAsk::Report { reason, why, .. } => {
            let reason = ReportReason::parse(reason).ok_or_else(|| {
                unknown("reason", reason, &ReportReason::ALL.map(ReportReason::code))
            })?;
            let said = Report::new(reason, why.trim()).map_err(not_stated)?;
            make(app, record, None, &Statement::Reported(said))
        }
        StatementAsk::Endorse { why, .. } => {
            let said = Endorsement::new(why.trim()).map_err(not_stated)?;
            make(app, record, None, &Statement::Endorsed(said))
        }
        StatementAsk::Duplicate { .. } => return duplicates::say(app, &reader, ask),
    };
    let entry = signed.map_err(|error| Refusal::new(error.code(), error.to_string()))?;
    Ok(json!({
        "record": record.to_string(),
        "predicate": predicate,
        "entry": entry.to_string(),
    }))
}

/// Signs a statement; its predicate goes into the answer.
fn make(
    app: &App,
    record: RecordId,
    other: Option<RecordId>,
    said: &Statement,
) -> (&'static str, Result<EntryId, StateError>) {
    let signed = app.replica.make_statement(record, other, said);
    (said.predicate(), signed)
}

/// Reads an assessment by the prisms, or by the criteria of the scheme that an application answers.
fn assessment(
    app: &App,
    marks: &[(String, u8, String)],
    evidence: Option<&str>,
    application: Option<&RecordView>,
) -> Result<Assessment, Refusal> {
    let marks = read_marks(marks)?;
    let evidence = evidence.map(read_link).transpose()?;
    let assessment = match application {
        Some(application) => {
            let scheme = criteria_known(app, application, &marks)?;
            Assessment::by_criteria(&scheme, marks, evidence)
        }
        None => {
            prisms_known(app, &marks)?;
            Assessment::by_prisms(marks, evidence)
        }
    };
    assessment.map_err(not_stated)
}

pub(super) fn view(reader: &Reader, start: &str) -> Result<(RecordId, RecordView), Refusal> {
    let record = records::find(reader, start)?;
    let view = reader.record(&record)?.ok_or_else(|| {
        let message = format!("no record {record} is held here: find it with `maillage search`");
        Refusal::new("record_not_found", message)
    })?;
    Ok((record, view))
}

/// The sections that are meant: those that hold something, when none is named.
fn known_sections(view: &RecordView, asked: &[String]) -> Result<BTreeSet<String>, Refusal> {
    let kind = Kind::parse(view.kind());
    let sections = kind.map_or(&[][..], |kind| kind.sections);
    if asked.is_empty() {
        let filled = filled_sections(view).into_iter();
        return Ok(filled.map(str::to_owned).collect());
    }
    let codes: Vec<&str> = sections.iter().map(|section| section.code).collect();
    let wrong = asked.iter().find(|code| !codes.contains(&code.as_str()));
    match wrong {
        Some(wrong) => Err(unknown("section", wrong, &codes)),
        None => Ok(asked.iter().cloned().collect()),
    }
}

fn read_marks(marks: &[(String, u8, String)]) -> Result<Vec<(String, Mark)>, Refusal> {
    let marks = marks.iter().map(|(code, level, why)| {
        let mark = Mark::new(*level, why).map_err(not_stated)?;
        Ok((code.clone(), mark))
    });
    marks.collect()
}

fn read_link(typed: &str) -> Result<String, Refusal> {
    let wrong = || {
        Refusal::new(
            "statement_evidence",
            "the evidence is an address: https://…",
        )
    };
    link(typed).into_accepted().ok_or_else(wrong)
}

fn prisms_known(app: &App, marks: &[(String, Mark)]) -> Result<(), Refusal> {
    let own = app.config.profile();
    let own = own.map_err(|error| Refusal::new("profile_unknown", error.to_string()))?;
    let profile = own.or_else(|| app.replica.state().governance().words().profile());
    let prisms = Profile::prisms(profile, "en");
    let codes: Vec<&str> = prisms.into_iter().map(|(code, _)| code).collect();
    match marks
        .iter()
        .find(|(code, _)| !codes.contains(&code.as_str()))
    {
        Some((wrong, _)) => Err(unknown("prism", wrong, &codes)),
        None => Ok(()),
    }
}

/// Returns the scheme that an application answers, when all marks are about its criteria.
fn criteria_known(
    app: &App,
    view: &RecordView,
    marks: &[(String, Mark)],
) -> Result<String, Refusal> {
    let named = view.field("label_scheme").and_then(Field::winner);
    let code = match named.map(|written| &written.value) {
        Some(Value::Text(code)) if view.kind() == "application" => code.clone(),
        _ => {
            return Err(Refusal::new(
                "no_application",
                "the record is no application for a label: assess it with `maillage statement assess`",
            ));
        }
    };
    let state = app.replica.state();
    let mut schemes = state.governance().schemes().iter();
    let Some((_, scheme)) = schemes.find(|(id, _)| id.to_string() == code) else {
        let message =
            format!("there is no scheme {code}: the application names one that is not known here");
        return Err(Refusal::new("scheme_unknown", message));
    };
    let codes: Vec<&str> = scheme
        .criteria
        .iter()
        .map(|each| each.id.as_str())
        .collect();
    match marks
        .iter()
        .find(|(code, _)| !codes.contains(&code.as_str()))
    {
        Some((wrong, _)) => Err(unknown("criterion", wrong, &codes)),
        None => Ok(code),
    }
}

pub(super) fn unknown(what: &str, given: &str, known: &[&str]) -> Refusal {
    let message = format!(
        "there is no {what} {given}: write one of {}",
        known.join(", ")
    );
    Refusal::new(&format!("{what}_unknown"), message)
}

pub(super) fn not_stated(error: StatementError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
