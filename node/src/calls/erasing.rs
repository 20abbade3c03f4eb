//! Erasures by command: what would go, and how far each node is.

use admin_ui::{Language, said};
use crdt_schema::governance::{Act, Erasure};
use crdt_schema::id::{ItemId, SubjectId};
use crdt_schema::limits::NAME_BYTES_MAX;
use replica::{ErasurePreview, ErasureStatus, Receipt, Rewriting, State};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{EraseAsk, Outcome, Refusal};
use crate::calls::{deciding, free_text, records};
use crate::erasing;

/// Items that one command names: each is typed, and one act has room for them.
const ITEMS_MAX: usize = 1_000;

/// Decodes an erasure, with what it would take away. Nothing is signed: `acts` goes back to `sign` as it is.
pub(crate) fn erase(app: &App, ask: &EraseAsk) -> Outcome {
    let erasure = erasure(app, ask)?;
    let preview = app.replica.preview_erasure(&erasure)?;
    let act = Act::Erase(erasure);
    check_act(&act)?;
    app.check_acts(std::slice::from_ref(&act))?;
    let state = app.replica.state();
    let mut words = said::act(Language::English, &state, &act);
    words.facts.push(("Goes".to_owned(), goes(&preview)));
    let authors = preview.authors.iter().map(|(partner, items)| {
        json!({
            "partner": partner.as_ref().map(|partner| state.partner_name(partner)),
            "items": items,
        })
    });
    Ok(json!({
        "says": [deciding::said(&words)],
        "acts": [act.to_text()],
        "goes": {
            "edits": preview.edits,
            "statements": preview.statements,
            "personal": preview.personal,
            "already": preview.already,
            "out_of_reach": preview.out_of_reach,
            "records": preview.records.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "unknown": preview.unknown.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "authors": authors.collect::<Vec<_>>(),
        },
        "signed": false,
    }))
}

/// The erasures in force, and what each node says of them. With `finish`, the files of this node are written anew first.
pub(crate) fn erasures(app: &App, finish: bool) -> Outcome {
    let rewriting = finish.then(|| erasing::finish(app)).transpose()?;
    let board = app.replica.erasure_board()?;
    let aside = app.replica.set_aside()?;
    let aside = aside.iter().map(|file| file.display().to_string());
    let aside: Vec<String> = aside.collect();
    let state = app.replica.state();
    let erasures: Vec<Json> = board
        .iter()
        .map(|status| status_json(&state, status, !aside.is_empty()))
        .collect();
    let code = rewriting.map(|became| match became {
        Rewriting::Done => "done",
        Rewriting::NotDue => "nothing_to_do",
        Rewriting::Later => "later",
        Rewriting::SetAside => "set_aside",
    });
    Ok(json!({ "erasures": erasures, "rewriting": code, "set_aside": aside }))
}

fn erasure(app: &App, ask: &EraseAsk) -> Result<Erasure, Refusal> {
    let ground = ask.ground.trim();
    if ground.is_empty() || ground.len() > NAME_BYTES_MAX {
        let message =
            format!("say why in 1 to {NAME_BYTES_MAX} bytes, without naming the person: --ground");
        return Err(Refusal::new("ground_missing", message));
    }
    if ask.items.len() > ITEMS_MAX {
        let message = format!("{ITEMS_MAX} items at a time, at most");
        return Err(Refusal::new("too_many_items", message));
    }
    let wrong = |what: &str| {
        let message = format!(
            "{what} is named by 32 hexadecimal digits: see `maillage contact list` and `maillage record history`"
        );
        Refusal::new("id_unreadable", message)
    };
    let record = match &ask.record {
        None => None,
        Some(start) => Some(records::find(&app.replica.read()?, start)?),
    };
    let subject = ask.subject.as_deref().map(SubjectId::parse).transpose();
    let items = ask.items.iter().map(|item| ItemId::parse(item)).collect();
    let items: Result<_, _> = items;
    Ok(Erasure {
        items: items.map_err(|_| wrong("an item"))?,
        record,
        subject: subject.map_err(|_| wrong("a person"))?,
        ground: ground.to_owned(),
    })
}

/// Refused before it is shown: whoever reads it would think that it can be signed.
pub(super) fn check_act(act: &Act) -> Result<(), Refusal> {
    match free_text::in_act(act) {
        None => Ok(()),
        Some(found) => {
            let message = format!(
                "{found:?} is a way to reach somebody: nothing erases a signed decision, so write it without mail addresses and phone numbers"
            );
            Err(Refusal::new("act_personal", message))
        }
    }
}

fn goes(preview: &ErasurePreview) -> String {
    let mut goes = format!(
        "{} edits, {} statements, {} personal values, in {} records",
        preview.edits,
        preview.statements,
        preview.personal,
        preview.records.len()
    );
    for (count, what) in [
        (preview.already, "are gone already"),
        (preview.out_of_reach, "are others' and stay"),
        (preview.unknown.len(), "are not held here"),
    ] {
        if count > 0 {
            goes.push_str(&format!("; {count} {what}"));
        }
    }
    goes
}

fn status_json(state: &State, status: &ErasureStatus, is_aside: bool) -> Json {
    let words = said::act(
        Language::English,
        state,
        &Act::Erase(status.erasure.clone()),
    );
    let nodes = status.nodes.iter().map(|node| {
        json!({
            "partner": state.partner_name(&node.partner),
            "feed": node.feed.to_string(),
            "own": node.is_own,
            "done": node.is_done,
            "last_seen": node.last_seen.map(|seen| seen.to_string()),
        })
    });
    json!({
        "act": status.act.to_string(),
        "author": status.partner.map(|partner| state.partner_name(&partner)),
        "claimed": status.claimed.map(|time| time.to_string()),
        "for_all": status.is_for_all,
        "says": deciding::said(&words),
        "done": status.done(),
        "of": status.nodes.len(),
        "summary": summary(state, status, is_aside),
        "nodes": nodes.collect::<Vec<_>>(),
        "out": status.out.iter().map(|node| json!({
            "partner": state.partner_name(&node.partner),
            "feed": node.feed.to_string(),
            "why": node.bar.code(),
        })).collect::<Vec<_>>(),
    })
}

/// "4 of 5 nodes done, Ville de Gien not seen since 2026-05-12".
fn summary(state: &State, status: &ErasureStatus, is_aside: bool) -> String {
    let mut summary = format!("{} of {} nodes done", status.done(), status.nodes.len());
    for node in status.nodes.iter().filter(|node| !node.is_done) {
        let name = state.partner_name(&node.partner);
        summary.push_str(&format!(", {name} {}", waits(node, is_aside)));
    }
    for node in &status.out {
        let name = state.partner_name(&node.partner);
        summary.push_str(&format!(
            ", {name} was put out and is not waited for: what it held may have stayed there"
        ));
    }
    summary
}

fn waits(node: &Receipt, is_aside: bool) -> String {
    if node.is_own && is_aside {
        return "(this node) once the damaged store beside it is gone".to_owned();
    }
    if node.is_own {
        return "(this node) within the hour, or now with --finish".to_owned();
    }
    match node.last_seen.and_then(|seen| seen.date()) {
        Some(day) => format!("not seen since {day}"),
        None => "never seen".to_owned(),
    }
}
