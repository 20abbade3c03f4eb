//! What is taken in for now, and what our organisation publishes, as pages and commands show it.

use std::collections::{BTreeMap, BTreeSet};

use admin_ui::{MissingRow, OwnUse, PauseRow, TodayRow};
use crdt_schema::governance::Quotas;
use crdt_schema::id::ItemId;
use replica::{Fault, MissingBases, Room, RoomState, State, Used};
use serde_json::{Value as Json, json};
use sync::PauseReason;
use sync::quota::{Account, Day, Ledger, Spent, SpentRow};

use crate::app::App;
use crate::clock;

/// Returns what pages and commands show. Nothing waits while the node does not run.
pub(crate) fn intake(app: &App) -> admin_ui::Intake {
    let pauses = app
        .intake()
        .map(|intake| intake.pauses())
        .unwrap_or_default();
    let spent = spent_today(app).unwrap_or_else(|fault| {
        tracing::error!(
            code = fault.code(),
            "what partners have spent cannot be read: {fault}"
        );
        BTreeMap::new()
    });
    let (missing, missing_count) =
        app.replica
            .missing_bases(MISSING_SHOWN)
            .unwrap_or_else(|fault| {
                tracing::error!(
                    code = fault.code(),
                    "what is missing cannot be read: {fault}"
                );
                (Vec::new(), 0)
            });
    let ours = app.replica.partner();
    let state = app.replica.state();
    let has_quotas = state.governance().adoption().tip().quotas != Quotas::default();
    let pauses = pauses.into_iter().map(|(feed, pause)| PauseRow {
        partner: match pause.account {
            Account::Partner(partner) => Some(state.partner_name(&partner)),
            Account::Strangers => None,
        },
        feed: feed.short(),
        since: pause.since,
        reason: pause.reason.code().to_owned(),
        until: pause.reason.until(),
    });
    let of_others = spent.into_iter().filter(|(account, _)| match account {
        Account::Partner(partner) => ours != Some(*partner),
        Account::Strangers => true,
    });
    let today = of_others
        .filter(|_| has_quotas)
        .map(|(account, spent)| TodayRow {
            partner: match account {
                Account::Partner(partner) => Some(state.partner_name(&partner)),
                Account::Strangers => None,
            },
            used: Used {
                entries: spent.entries,
                bytes: spent.bytes,
            },
        });
    admin_ui::Intake {
        pauses: pauses.collect(),
        today: today.collect(),
        missing: missing
            .iter()
            .map(|each| missing_row(&state, each))
            .collect(),
        missing_count,
    }
}

fn missing_row(state: &State, missing: &MissingBases) -> MissingRow {
    let partners = missing.feeds.iter().map(|feed| {
        let certificate = state.certificates().get(feed);
        certificate.map_or_else(|| feed.short(), |its| state.partner_name(&its.partner))
    });
    let partners: BTreeSet<String> = partners.collect();
    MissingRow {
        record: missing.record,
        edits: missing.missing.iter().map(ItemId::short).collect(),
        partners: partners.into_iter().collect(),
    }
}

/// What was charged to today: from memory while the node runs, and else as it was kept.
fn spent_today(app: &App) -> Result<BTreeMap<Account, Spent>, Fault> {
    let today = Day::of(clock::now());
    if let Some(intake) = app.intake() {
        return Ok(intake.spent_on(today));
    }
    let rows = app.local()?.spent()?;
    let rows: Vec<_> = rows.into_iter().map(SpentRow::from).collect();
    let ledger = Ledger::from_rows(&rows);
    Ok(ledger
        .on(today)
        .map(|(account, spent)| (*account, spent))
        .collect())
}

/// Says what our organisation has published today; `null` where the charter has no quota.
pub(crate) fn own_use(app: &App) -> Result<Json, Fault> {
    let own = OwnUse::today(&app.replica, clock::now())?;
    Ok(own.map_or(Json::Null, |own| {
        json!({
            "entries": own.used.entries,
            "entries_per_day": own.quotas.entries_per_day,
            "bytes": own.used.bytes,
            "bytes_per_day": own.quotas.bytes_per_day,
            "coordinator": own.is_exempt,
            "waits": own.waits(),
        })
    }))
}

/// Adds to a status what waits, and what was published today.
pub(crate) fn add_to_status(app: &App, status: &mut Json) -> Result<(), Fault> {
    let intake = intake(app);
    let room = app.replica.room()?;
    status["disk"] = json!({
        "state": room.state().code(),
        "free_bytes": room.free_bytes,
        "fetch_min_bytes": room.min_bytes,
        "write_min_bytes": room.full_bytes(),
    });
    status["own_use"] = own_use(app)?;
    status["today"] = intake.today.iter().map(today_json).collect();
    status["missing"] = intake.missing.iter().map(missing_json).collect();
    status["missing_records"] = intake.missing_count.into();
    status["paused"] = intake.pauses.iter().map(pause_json).collect();
    Ok(())
}

/// Returns what doctor finds: level, code and sentence.
pub(crate) fn findings(app: &App) -> Result<Vec<(&'static str, &'static str, String)>, Fault> {
    let mut findings = Vec::new();
    findings.extend(disk_finding(&app.replica.room()?));
    for pause in intake(app).pauses {
        let partner = pause.partner.as_deref().unwrap_or(STRANGERS);
        let message = format!(
            "the feed {} of {partner} waits since {}: {}",
            pause.feed,
            pause.since,
            reason(&pause)
        );
        findings.push(("warning", "paused", message));
    }
    let own = OwnUse::today(&app.replica, clock::now())?;
    if own.is_some_and(|own| own.waits()) {
        findings.push(("warning", "own_quota", OVER.to_owned()));
    }
    Ok(findings)
}

fn disk_finding(room: &Room) -> Option<(&'static str, &'static str, String)> {
    match room.state() {
        RoomState::Ample => None,
        RoomState::Full => {
            let fault = Fault::NoRoom {
                free_bytes: room.free_bytes,
                needed_bytes: room.full_bytes(),
            };
            Some(("error", "disk_full", fault.to_string()))
        }
        RoomState::Low => Some((
            "warning",
            "disk_low",
            format!(
                "the disk has {} MiB left, and {} MiB are kept free: what other organisations publish waits; free some space, no restart is needed",
                room.free_bytes >> 20,
                room.min_bytes.div_ceil(1 << 20)
            ),
        )),
    }
}

/// Returns whether the disk is so full that nothing is written.
pub(crate) fn is_full(app: &App) -> bool {
    let room = app.replica.room();
    room.is_ok_and(|room| room.state() == RoomState::Full)
}

fn reason(pause: &PauseRow) -> String {
    match pause.until {
        None if pause.reason == PauseReason::Missing.code() => {
            "too many of its edits stand on others that no peer has sent yet; it goes on by itself once these come".to_owned()
        }
        None if pause.reason == PauseReason::Disk.code() || pause.reason == PauseReason::Full.code() => {
            "the disk of this node lacks room; it goes on by itself once there is more".to_owned()
        }
        Some(until) => format!("it has published all that the charter allows in a day, and goes on by itself at {until}"),
        None => pause.reason.clone(),
    }
}

fn pause_json(pause: &PauseRow) -> Json {
    json!({
        "partner": pause.partner,
        "feed": pause.feed,
        "since": pause.since.to_string(),
        "reason": pause.reason,
        "until": pause.until.map(|until| until.to_string()),
    })
}

fn missing_json(missing: &MissingRow) -> Json {
    json!({
        "record": missing.record.to_string(),
        "edits": missing.edits,
        "partners": missing.partners,
    })
}

fn today_json(today: &TodayRow) -> Json {
    json!({
        "partner": today.partner,
        "entries": today.used.entries,
        "bytes": today.used.bytes,
    })
}

/// What is said when our organisation has published too much.
pub(crate) const OVER: &str = "our organisation has published more than the charter allows in a day: partners receive the rest from tomorrow";
/// Records that miss edits and are named.
const MISSING_SHOWN: usize = 20;
const STRANGERS: &str = "organisations that are not enrolled";
