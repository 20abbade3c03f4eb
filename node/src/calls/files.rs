//! Files in and out, for commands. The work itself is in `admin_ui::files`, which the pages use too.

use admin_ui::contact::SeenBy;
use admin_ui::files::{
    self, Alike, AsText, Contacts, Decided, ExportError, Exported, Form, GrantsReport, ImportError,
    InclusionReport, Reach, Refused, Remembered, Request, recall, remember,
};
use crdt_schema::likeness::Reason;
use crdt_schema::record::{KINDS, Kind};
use exchange::csv::Separator;
use exchange::{Encoding, Only, RowDecision, Unreadable};
use replica::local::Local;
use replica::search::Query;
use serde_json::json;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::app::App;
use crate::call::{ContactsAsk, Export, Import, Outcome, Progress, Refusal};
use crate::calls::records;
use crate::whole_file::{Existing, Unwhole, WholeFile, unwritten};
use crate::{clock, keys, limits};

/// Imports a file, or says what importing it would do.
pub(crate) fn import(app: &App, import: &Import, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let is_the_file = |report: &PathBuf| {
        let same = [report, &import.file].map(|path| path.canonicalize().ok());
        same[0].is_some() && same[0] == same[1]
    };
    if import.report.as_ref().is_some_and(is_the_file) {
        let sentence = "--report names the file that is imported: give it another name";
        return Err(Refusal::new("report_is_the_file", sentence));
    }
    // Before anything is signed: a folder that takes no file is said at once.
    let report = import.report.as_deref().map(WholeFile::begin).transpose()?;
    let file = File::open(&import.file).map_err(Unreadable::Io);
    let file = file.map_err(|error| refusal(&ImportError::from(error)))?;
    let name = import.file.file_name().map(|name| name.to_string_lossy());
    let name = name.unwrap_or_default();
    let local = app.local().map_err(Refusal::from)?;
    let contacts = import.contacts.as_ref().map(|ask| contacts(ask, &local));
    let contacts = contacts.transpose()?;
    let only = import.only.as_deref().map(only).transpose()?;
    let plain = files::Import {
        file: &file,
        name: &name,
        sheet: import.sheet.as_deref(),
        text: as_text(import)?,
        // Without a name of its own, a source is named by its file.
        source: import.source.as_deref().unwrap_or(&name),
        kind: import.kind.as_deref().map(kind).transpose()?,
        wishes: &[],
        confirmed: &[],
        refused: refused(&import.refused)?,
        problems_max: usize::MAX,
        contacts,
        list_year: import.list_year,
        only: only.as_ref(),
        decided: None,
    };
    let (said, is_remembered) = said(app, &local, import, &plain)?;
    let wanted = files::Import {
        kind: said.kind,
        wishes: &said.wishes,
        confirmed: &said.confirmed,
        ..plain
    };
    let mut watch = |files::Progress { done, total }| {
        progress(Progress { done, total });
        ControlFlow::Continue(())
    };
    let mut decided = decided(app, import)?;
    if import.same_exact {
        let tried = files::Import {
            decided: Some(&decided),
            ..wanted
        };
        let tried = tried.dry_run((&app.replica, &local), &mut watch);
        let exact = tried.map_err(|error| refusal(&error))?.alike.exact;
        let same = exact.into_iter();
        let same = same.map(|(row, record)| (row, RowDecision::Same(record)));
        decided.by_row.extend(same);
    }
    let wanted = files::Import {
        decided: Some(&decided),
        ..wanted
    };
    let imported = if import.dry_run {
        wanted.dry_run((&app.replica, &local), &mut watch)
    } else {
        let request = Request {
            by: "",
            at: clock::now(),
        };
        wanted.run((&app.replica, &local), request, &mut watch)
    };
    let imported = imported.map_err(|error| refusal(&error))?;
    let mut answer = serde_json::to_value(&imported.report)
        .map_err(|error| Refusal::new("failed", error.to_string()))?;
    answer["written"] = json!(imported.is_written);
    answer["remembered"] = json!(is_remembered);
    let has_said = !said.wishes.is_empty() || !said.confirmed.is_empty();
    if imported.is_written && has_said {
        let kind = imported.report.kind.and_then(Kind::parse);
        let said = Remembered {
            kind,
            ..said.clone()
        };
        remember(&local, wanted.source, &said);
    }
    let touched = imported.touched.iter().map(|touched| {
        json!({
            "record": touched.record.to_string(),
            "name": touched.name,
            "line": touched.line,
            "new": touched.is_new,
            "fields": touched.fields,
        })
    });
    answer["touched"] = touched.collect();
    if let Some(number) = imported.number {
        answer["import"] = json!(number);
    }
    if imported.is_written {
        let own = limits::own_use(app)?;
        answer["waits"] = own["waits"].as_bool().unwrap_or_default().into();
    }
    if let Some(report) = report {
        let path = json!(report.path().display().to_string());
        let handed = report.write(Existing::Replaced, |file| {
            let folder = app.replica.folder();
            wanted.hand_back(&imported.report, folder, file).map(drop)
        });
        match handed.map_err(Unwhole::<Unreadable>::sentence) {
            Ok(()) => answer["report"] = path,
            // What was signed stands: it is counted, and this is said with it.
            Err(sentence) => answer["report_missing"] = sentence.into(),
        }
    }
    if import.dry_run {
        answer["alike"] = alike(&imported.alike);
    }
    let decided = imported.decided;
    answer["decided"] = json!({
        "same": decided.same, "apart": decided.apart, "left_out": decided.left_out,
    });
    if import.contacts.is_some() {
        let counts = imported.contacts;
        answer["contacts"] = json!({
            "kept": counts.kept,
            "unchanged": counts.unchanged,
            "objected": counts.objected,
        });
    }
    Ok(answer)
}

/// What the person says of the columns, over what was kept for the source, and whether something was. The part of an official list is no
/// column: it is asked for each time, and only kept for the pages.
fn said(
    app: &App,
    local: &Local,
    import: &Import,
    plain: &files::Import<'_>,
) -> Result<(Remembered, bool), Refusal> {
    let words = app.replica.state().governance().words().clone();
    let columns = || Some(plain.table().ok()?.columns().to_vec());
    let kept = match import.anew {
        true => None,
        false => recall((local, &words), plain.source, plain.kind, columns)?,
    };
    let mut said = kept.unwrap_or_default();
    let is_remembered = !said.wishes.is_empty() || !said.confirmed.is_empty();
    said.kind = plain.kind.or(said.kind);
    said.only = plain.only.cloned().or(said.only);
    for (column, field) in &import.columns {
        said.wishes.retain(|(other, _)| other != column);
        said.wishes.push((column.clone(), field.clone()));
    }
    for confirmed in &import.confirmed {
        if !said.confirmed.contains(confirmed) {
            said.confirmed.push(confirmed.clone());
        }
    }
    Ok((said, is_remembered))
}

/// What the person says of rows that may be records which are there already.
fn decided(app: &App, import: &Import) -> Result<Decided, Refusal> {
    let mut decided = Decided {
        forgets: import.forget_choices,
        ..Decided::default()
    };
    let reader = app.replica.read()?;
    let mut by_line = Vec::new();
    for (line, record) in &import.same {
        let record = records::find(&reader, record)?;
        if reader.record(&record)?.is_none() {
            return Err(records::not_found(&record.to_string()));
        }
        by_line.push((*line, RowDecision::Same(record)));
    }
    by_line.extend(import.apart.iter().map(|line| (*line, RowDecision::Apart)));
    by_line.extend(import.skip.iter().map(|line| (*line, RowDecision::LeftOut)));
    for (line, decision) in by_line {
        if decided.by_line.insert(line, decision).is_some() {
            let message =
                format!("line {line} has two choices: keep one of --same, --new and --skip");
            return Err(Refusal::new("choice_twice", message));
        }
    }
    Ok(decided)
}

fn as_text(import: &Import) -> Result<AsText, Refusal> {
    let unknown = |what: &str| {
        let message =
            format!("there is no {what} of this name: `maillage import --help` lists them");
        Refusal::new("reading_unknown", message)
    };
    let encoding = import
        .encoding
        .as_deref()
        .map(|code| Encoding::parse(code).ok_or_else(|| unknown("encoding")));
    let separator = import
        .separator
        .as_deref()
        .map(|code| Separator::parse(code).ok_or_else(|| unknown("separator")));
    Ok(AsText {
        encoding: encoding.transpose()?,
        separator: separator.transpose()?,
        repair_accents: import.repair_accents,
    })
}

/// New rows that may be records which are there already.
fn alike(alike: &Alike) -> serde_json::Value {
    let listed = alike.listed.iter().map(|row| {
        let codes = |is_for: bool| {
            let reasons = row.likeness.reasons.iter().copied();
            let side = reasons.filter(move |reason| reason.speaks_for() == is_for);
            side.map(Reason::code).collect::<Vec<_>>()
        };
        json!({
            "line": row.line,
            "name": row.name,
            "record": row.record.to_string(),
            "record_name": row.record_name,
            "points": row.likeness.points,
            "exact": row.likeness.is_exact(),
            "for": codes(true),
            "against": codes(false),
        })
    });
    json!({ "rows": alike.rows, "listed": listed.collect::<Vec<_>>() })
}

fn contacts<'a>(ask: &'a ContactsAsk, local: &'a Local) -> Result<Contacts<'a>, Refusal> {
    let seen_by = SeenBy::parse(&ask.seen_by).ok_or_else(|| {
        Refusal::new(
            "seen_by_unknown",
            "contacts are for own, partners or public",
        )
    })?;
    let contacts = Contacts {
        seen_by,
        purpose: &ask.purpose,
        until: &ask.until,
        local,
        draw: keys::fill_random,
    };
    let wrong = contacts.wrong();
    if wrong.is_empty() {
        return Ok(contacts);
    }
    let message = format!("these cannot be read: --{}", wrong.join(", --"));
    Err(Refusal::new("contact_unreadable", message))
}

fn only(text: &str) -> Result<Only, Refusal> {
    Only::parse(text).ok_or_else(|| {
        let message =
            format!("{text:?} is no département or région: DEP-45 or REG-24, for example");
        Refusal::new("only_unknown", message)
    })
}

/// Finds a kind by its code.
pub(super) fn kind(code: &str) -> Result<&'static Kind, Refusal> {
    Kind::parse(code).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.code).collect();
        Refusal::new(
            "kind_unknown",
            format!("there is no kind {code}: {}", known.join(", ")),
        )
    })
}

fn refused(code: &str) -> Result<Refused, Refusal> {
    Refused::parse(code).ok_or_else(|| {
        Refusal::new(
            "refused_unknown",
            format!("there is no choice {code:?} for what is refused: stop, row or cell"),
        )
    })
}

/// Says why nothing was imported; for a file that cannot be read as a whole, with the report of a dry run.
fn refusal(error: &ImportError) -> Refusal {
    let (code, reason) = (error.code(), error.to_string());
    let detail = match error {
        ImportError::Unmapped(_) | ImportError::Unreadable(_) => Some(Box::new(json!({
            "rows": 0, "new": 0, "changed": 0, "unchanged": 0, "refused": 0, "duplicates": 0, "problems": [],
            "code": code, "reason": reason,
        }))),
        ImportError::Contribute(_)
        | ImportError::Fault(_)
        | ImportError::Statement(_)
        | ImportError::Stopped => None,
    };
    Refusal {
        detail,
        ..Refusal::new(code, reason)
    }
}

/// Exports the records of one kind, or of all (JSON), to a file that is complete or not there.
pub(crate) fn export(app: &App, export: &Export, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let form = form(&export.format)?;
    let is_json = export.file.extension().is_some_and(|end| end == "json");
    if form == Form::Inclusion && is_json {
        return two_lists(app, export, progress);
    }
    let exported = written(app, export, (form, &export.file), progress)?;
    let mut answer = json!({
        "records": exported.records,
        "without_date": exported.without_date,
        "file": export.file.display().to_string(),
        "format": export.format,
        "reach": match exported.reach {
            Reach::Partners => "partners",
            Reach::Public => "public",
        },
        "closed": exported.closed,
        "licences": licences(&exported),
    });
    if let Some(report) = exported.inclusion {
        answer["inclusion"] = inclusion(&[&report]);
    }
    if let Some(report) = exported.grants {
        answer["grants"] = grants(&report);
    }
    Ok(answer)
}

/// data·inclusion takes structures and services as two lists: `NAME.json` becomes `NAME-structures.json` and `NAME-services.json`.
fn two_lists(app: &App, export: &Export, progress: &mut dyn FnMut(Progress)) -> Outcome {
    let stem = export.file.file_stem().map(|stem| stem.to_string_lossy());
    let stem = stem.unwrap_or_default();
    let place = |form: Form| export.file.with_file_name(form.file_name(&stem));
    let places =
        [Form::InclusionStructures, Form::InclusionServices].map(|form| (form, place(form)));
    let (mut records, mut reports) = (0, Vec::new());
    for (form, place) in &places {
        let exported = written(app, export, (*form, place), progress)?;
        records += exported.records;
        reports.extend(exported.inclusion);
    }
    let reports: Vec<&InclusionReport> = reports.iter().map(|report| &**report).collect();
    let files: Vec<String> = places
        .iter()
        .map(|(_, place)| place.display().to_string())
        .collect();
    Ok(json!({
        "records": records,
        "without_date": 0,
        "file": files.join(" and "),
        "files": files,
        "format": export.format,
        "inclusion": inclusion(&reports),
    }))
}

fn written(
    app: &App,
    export: &Export,
    (form, place): (Form, &Path),
    progress: &mut dyn FnMut(Progress),
) -> Result<Exported, Refusal> {
    let public = app.config.public_address();
    let public = public.map_err(|error| Refusal::new("config", format!("{error:#}")))?;
    let kind = export.kind.as_deref().map(kind).transpose()?;
    let found = Query {
        kind: kind.map(|kind| kind.code.to_owned()),
        ..export.question.to_query()?
    };
    let is_searched = !export.question.is_plain();
    if is_searched {
        app.replica.wait_for_views(records::VIEWS_DEADLINE);
    }
    let wanted = files::Export {
        form,
        kind,
        found: is_searched.then_some(&found),
        language: &export.language,
        reach: match export.reach.as_deref() {
            None => form.reach(),
            Some("public") => Reach::Public,
            Some("partners") => Reach::Partners,
            Some(other) => {
                let message = format!("there is no reach {other:?}: public or partners");
                return Err(Refusal::new("reach_unknown", message));
            }
        },
        now: clock::now(),
        address: public.as_ref().map(|public| public.address.as_str()),
        said_max: usize::MAX,
    };
    let mut watch = |files::Progress { done, total }| {
        progress(Progress { done, total });
        ControlFlow::Continue(())
    };
    let written = WholeFile::begin(place)?.write(Existing::Replaced, |file| {
        wanted.write(&app.replica, file, &mut watch)
    });
    written.map_err(|error| match error {
        Unwhole::File(refusal) => refusal,
        Unwhole::Other(ExportError::Io(error)) => unwritten(place, &error),
        Unwhole::Other(other) => Refusal::new(other.code(), other.to_string()),
    })
}

/// Under what the records of a file may be used, by their sources.
fn licences(exported: &Exported) -> serde_json::Value {
    let sources = exported.sources.iter().map(|source| {
        json!({
            "source": source.name,
            "record": source.record.to_string(),
            "licence": source.licence.as_ref().map(|licence| &licence.name),
            "attribution": source.attribution,
            "closed": source.is_closed(),
        })
    });
    sources.collect()
}

/// What became of applications that left as grants, as `--json` prints it.
fn grants(report: &GrantsReport) -> serde_json::Value {
    let left = report.left.iter().map(|(named, unfit)| {
        let reasons = unfit.iter();
        let reasons = reasons.map(|one| json!({ "code": one.code(), "reason": one.reason() }));
        json!({
            "record": named.record.to_string(), "name": named.name, "reasons": reasons.collect::<Vec<_>>(),
        })
    });
    json!({
        "lines": report.grants,
        "others": report.others,
        "left_out": left.collect::<Vec<_>>(),
    })
}

/// What became of records that left for data·inclusion, as `--json` prints it.
fn inclusion(reports: &[&InclusionReport]) -> serde_json::Value {
    let sum =
        |count: fn(&InclusionReport) -> u64| -> u64 { reports.iter().map(|one| count(one)).sum() };
    let each = || reports.iter();
    let left = each().flat_map(|report| &report.left).map(|(named, why)| {
        json!({
            "record": named.record.to_string(), "name": named.name, "code": why.code(), "reason": why.reason(),
        })
    });
    let noticed = each().flat_map(|report| &report.noticed).map(|(named, notice)| {
        json!({ "record": named.record.to_string(), "name": named.name, "notice": notice })
    });
    let scores = each().flat_map(|report| &report.scores).map(|(named, score)| {
        json!({ "record": named.record.to_string(), "name": named.name, "score": score })
    });
    json!({
        "structures": sum(|report| report.structures),
        "services": sum(|report| report.services),
        // Each of two lists has looked at all initiatives.
        "others": each().map(|report| report.others).max(),
        "left_out": left.collect::<Vec<_>>(),
        "notices": noticed.collect::<Vec<_>>(),
        "mean_score": each().find_map(|report| report.mean_score()),
        "scores": scores.collect::<Vec<_>>(),
    })
}

fn form(code: &str) -> Result<Form, Refusal> {
    Form::parse(code).ok_or_else(|| {
        Refusal::new(
            "format_unknown",
            format!("there is no format {code:?}: xlsx, tableur, ics, atom, csv, json, geojson, parquet, data-inclusion or scdl-subventions"),
        )
    })
}
