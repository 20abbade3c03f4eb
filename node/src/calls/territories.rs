//! Codes of communes that changed since the list of their year.

use std::collections::BTreeMap;

use admin_ui::files::{Became, BulkError, Carry, CarryReport, Move, Request, is_year};
use crdt_schema::register::{FIRST_YEAR, LAST_YEAR};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Outcome, Refusal};
use crate::clock;

/// See `maillage territories carry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CarryAsk {
    /// The year of the list.
    pub(crate) year: u16,
    /// What was chosen for codes that may mean several communes.
    pub(crate) choices: Vec<(String, String)>,
    /// How many records were shown to be changed. Without it, nothing is.
    pub(crate) seen: Option<u64>,
}

/// Says which records hold codes that changed, or carries them over.
pub(crate) fn carry(app: &App, ask: &CarryAsk) -> Outcome {
    if !is_year(ask.year) {
        let message = format!(
            "no list of {} is compiled in: give a year from {FIRST_YEAR} to {LAST_YEAR}",
            ask.year
        );
        return Err(Refusal::new("year_not_listed", message));
    }
    let choices: BTreeMap<String, String> = ask.choices.iter().cloned().collect();
    let carry = Carry {
        year: ask.year,
        choices: &choices,
    };
    let looked = carry.dry_run(&app.replica).map_err(BulkError::Fault);
    let unknown = |report: &CarryReport| {
        let mut chosen = choices.iter();
        chosen.find(|(code, chosen)| {
            let mut moves = report.moves.iter();
            !moves.any(|one| one.code == **code && one.taken.as_ref() == Some(*chosen))
        })
    };
    // Before anything is signed.
    if let Ok(report) = &looked
        && let Some((code, chosen)) = unknown(report)
    {
        let message = format!(
            "{code} cannot become {chosen}: see `maillage territories carry --year {}` for the codes that wait for a choice",
            ask.year
        );
        return Err(Refusal::new("choice_unknown", message));
    }
    let report = match (looked, ask.seen) {
        (Ok(report), None) => Ok(report),
        (Ok(_), Some(seen)) => {
            let local = app.local()?;
            let title = format!("Communes de la liste de {}", ask.year);
            let request = Request {
                by: "",
                at: clock::now(),
            };
            carry.run((&app.replica, &local), &title, (seen, request))
        }
        (Err(error), _) => Err(error),
    };
    let report = report.map_err(|error| Refusal::new(error.code(), error.to_string()))?;
    Ok(answer(ask, &report))
}

fn answer(ask: &CarryAsk, report: &CarryReport) -> Json {
    let moves = report.moves.iter().map(|one| {
        let (became, into) = match &one.became {
            Became::Successor(code, _) => ("successor", vec![code.clone()]),
            Became::Choose(all) => {
                let codes = all.iter().map(|(code, _)| code.clone());
                ("choose", codes.collect())
            }
            Became::Unknown => ("unknown", Vec::new()),
        };
        json!({
            "code": one.code,
            "name": one.name,
            "became": became,
            "into": into,
            "taken": one.taken,
            "records": one.records,
        })
    });
    let mut answer = json!({
        "year": ask.year,
        "changed": report.changed,
        "open": report.open,
        "conflicts": report.conflicts,
        "outside": report.outside,
        "moves": moves.collect::<Vec<_>>(),
        "import": report.number,
    });
    if ask.seen.is_none() {
        answer["says"] = json!([{
            "title": format!("change the commune code of {} records", report.changed),
            "meaning": "ordinary edits, which `maillage imports undo` takes back together",
            "facts": facts(report),
        }]);
    }
    answer
}

fn facts(report: &CarryReport) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = report
        .moves
        .iter()
        .map(|one| (format!("{} {}", one.code, one.name), said(one)))
        .collect();
    for (count, what) in [
        (report.open, "wait for a choice"),
        (report.conflicts, "are in conflict there, and stay"),
        (report.outside, "are outside your mandate, and stay"),
    ] {
        if count > 0 {
            facts.push((what.to_owned(), count.to_string()));
        }
    }
    facts
}

fn said(one: &Move) -> String {
    let records = format!("{} records", one.records);
    match (&one.became, &one.taken) {
        (Became::Successor(code, name), _) => format!("{records}: {code} {name}"),
        (Became::Choose(_), Some(code)) => format!("{records}: {code}, as you choose"),
        (Became::Choose(all), None) => {
            let all = all.iter().map(|(code, name)| format!("{code} {name}"));
            let all = all.collect::<Vec<_>>().join(" or ");
            format!("{records}: {all}? Say it with --choose {}=CODE", one.code)
        }
        (Became::Unknown, _) => format!("{records}: no single commune took its place"),
    }
}
