//! The imports of this node: their list, and taking one back.

use std::ops::ControlFlow;

use admin_ui::files::{self, Undo, UndoError, Undone};
use replica::local::{ImportRun, Local};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Outcome, Progress, Refusal};
use crate::clock;

/// The imports that are remembered, the newest first.
pub(crate) fn imports(app: &App) -> Outcome {
    let runs = app.local()?.imports()?;
    let runs: Vec<Json> = runs.iter().map(run_json).collect();
    Ok(json!({ "imports": runs }))
}

/// Says what taking an import back would do, or does it.
pub(crate) fn import_undo(
    app: &App,
    number: u64,
    sign: bool,
    progress: &mut dyn FnMut(Progress),
) -> Outcome {
    let local = app.local()?;
    let run = find(&local, number)?;
    let undo = Undo {
        run: &run,
        local: &local,
        now: clock::now(),
    };
    let mut watch = |files::Progress { done, total }| {
        progress(Progress { done, total });
        ControlFlow::Continue(())
    };
    let undone = if sign {
        undo.run(&app.replica, &mut watch)
    } else {
        undo.dry_run(&app.replica, &mut watch)
    };
    let undone = undone.map_err(|error| refusal(&error))?;
    let mut answer = undone_json(&undone);
    answer["import"] = json!(number);
    if !sign {
        answer["says"] = json!([{
            "title": format!("take back import {number}"),
            "meaning": format!("{} of {}", run.begun.file, run.begun.at),
            "facts": facts(&undone),
        }]);
    }
    Ok(answer)
}

fn find(local: &Local, number: u64) -> Result<ImportRun, Refusal> {
    local.import_run(number)?.ok_or_else(|| {
        let message = format!("there is no import {number} here: see `maillage imports list`");
        Refusal::new("import_not_found", message)
    })
}

fn refusal(error: &UndoError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}

fn run_json(run: &ImportRun) -> Json {
    let (new, changed) = run.ended.unzip();
    json!({
        "import": run.number,
        "file": run.begun.file,
        "source": run.begun.source,
        "kind": run.begun.kind,
        "by": run.begun.by,
        "at": run.begun.at.to_string(),
        "new": new,
        "changed": changed,
        "interrupted": run.ended.is_none() && !run.is_under_way,
        "under_way": run.is_under_way,
        "undone": run.undone.map(|undone| undone.to_string()),
    })
}

fn undone_json(undone: &Undone) -> Json {
    let kept = undone.kept.iter().map(|kept| {
        json!({ "record": kept.record.to_string(), "name": kept.name, "fields": kept.fields })
    });
    json!({
        "emptied": undone.emptied,
        "restored": undone.restored,
        "unchanged": undone.unchanged,
        "kept": kept.collect::<Vec<_>>(),
        "contacts": {
            "gone": undone.contacts.gone,
            "restored": undone.contacts.restored,
            "kept": undone.contacts.kept,
        },
        "outside": undone.outside.keys().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn facts(undone: &Undone) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        (
            "records that it made, and that go",
            undone.emptied.to_string(),
        ),
        (
            "records that read as before again",
            undone.restored.to_string(),
        ),
    ];
    if undone.unchanged > 0 {
        facts.push((
            "records with nothing to take back",
            undone.unchanged.to_string(),
        ));
    }
    let contacts = &undone.contacts;
    let of_contacts = [
        ("values of contacts that go", contacts.gone),
        (
            "values of contacts that read as before again",
            contacts.restored,
        ),
        (
            "values of contacts that somebody has replaced since, and that stay",
            contacts.kept,
        ),
    ];
    let of_contacts = of_contacts.into_iter().filter(|(_, count)| *count > 0);
    facts.extend(of_contacts.map(|(what, count)| (what, count.to_string())));
    for kept in &undone.kept {
        let what = match kept.fields.is_empty() {
            true => "somebody has written in it since".to_owned(),
            false => format!("changed since: {}", kept.fields.join(", ")),
        };
        facts.push(("stays", format!("{} ({what})", kept.name)));
    }
    for name in undone.outside.values() {
        facts.push(("stays", format!("{name} (outside your mandate)")));
    }
    facts
}
