//! What waits for another day, why, and what was published today beside what the charter allows.

use replica::{Replica, RoomState};

use crate::i18n::Language;
use crate::intake::{Intake, MissingRow, OwnUse, PauseRow, TodayRow};
use crate::parts::{Cell, Table};

/// See the module.
pub(super) struct Limits {
    pub(super) alarms: Vec<String>,
    pub(super) facts: Vec<String>,
    pub(super) pauses: Option<Table>,
    pub(super) today: Option<Table>,
    pub(super) missing: Option<Missing>,
}

/// Records of which some edits wait for others.
pub(super) struct Missing {
    pub(super) caption: String,
    pub(super) rows: Vec<MissingLine>,
}

pub(super) struct MissingLine {
    pub(super) record: String,
    pub(super) short: String,
    pub(super) edits: String,
    pub(super) partners: String,
}

impl Limits {
    pub(super) fn of(
        language: Language,
        replica: &Replica,
        own: Option<OwnUse>,
        intake: Intake,
    ) -> Self {
        let over = own.as_ref().filter(|own| own.waits());
        let over = over.map(|_| language.text("own-use-over"));
        let disk = disk_alarm(language, replica);
        Self {
            alarms: disk.into_iter().chain(over).collect(),
            facts: own.map_or_else(Vec::new, |own| facts(language, &own)),
            pauses: pauses(language, intake.pauses),
            today: today(language, intake.today),
            missing: missing(language, intake.missing, intake.missing_count),
        }
    }

    pub(super) fn is_shown(&self) -> bool {
        !self.alarms.is_empty()
            || !self.facts.is_empty()
            || self.pauses.is_some()
            || self.today.is_some()
            || self.missing.is_some()
    }
}

/// Says that the disk lacks room. One that cannot be measured is said where somebody writes.
pub(in crate::pages) fn disk_alarm(language: Language, replica: &Replica) -> Option<String> {
    let room = replica.room().ok()?;
    let (key, needed) = match room.state() {
        RoomState::Ample => return None,
        RoomState::Full => ("disk-full", room.full_bytes()),
        RoomState::Low => ("disk-low", room.min_bytes),
    };
    let values = [
        ("free", language.number(room.free_bytes / MEBIBYTE).into()),
        ("needed", language.number(needed.div_ceil(MEBIBYTE)).into()),
    ];
    Some(language.text_with(key, &values))
}

/// Our own use, with each limit that there is.
fn facts(language: Language, own: &OwnUse) -> Vec<String> {
    let fact = |key, used: u64, quota: Option<u64>| {
        let quota = language.number(quota?);
        let values = [
            ("used", language.number(used).into()),
            ("quota", quota.into()),
        ];
        Some(language.text_with(key, &values))
    };
    let entries = fact(
        "own-use-entries",
        own.used.entries,
        own.quotas.entries_per_day,
    );
    let bytes = fact("own-use-bytes", own.used.bytes, own.quotas.bytes_per_day);
    let exempt = own.is_exempt.then(|| language.text("own-use-exempt"));
    [entries, bytes, exempt].into_iter().flatten().collect()
}

fn pauses(language: Language, pauses: Vec<PauseRow>) -> Option<Table> {
    let row = |pause: PauseRow| {
        let until = pause.until.map(|until| language.moment(until));
        vec![
            Cell::Heading(partner(language, pause.partner)),
            Cell::Text(pause.feed),
            Cell::Text(language.moment(pause.since)),
            Cell::Text(reason(language, &pause.reason)),
            Cell::Text(until.unwrap_or_else(|| language.text("pause-until-unknown"))),
        ]
    };
    let columns = [
        "pauses-partner",
        "pauses-feed",
        "pauses-since",
        "pauses-reason",
        "pauses-until",
    ];
    (!pauses.is_empty()).then(|| Table {
        caption: language.text("pauses-caption"),
        columns: columns.map(|key| language.text(key)).to_vec(),
        rows: pauses.into_iter().map(row).collect(),
    })
}

fn today(language: Language, today: Vec<TodayRow>) -> Option<Table> {
    let row = |each: TodayRow| {
        vec![
            Cell::Heading(partner(language, each.partner)),
            Cell::Text(language.number(each.used.entries)),
            Cell::Text(language.number(each.used.bytes)),
        ]
    };
    let columns = ["today-partner", "today-entries", "today-bytes"];
    (!today.is_empty()).then(|| Table {
        caption: language.text("today-caption"),
        columns: columns.map(|key| language.text(key)).to_vec(),
        rows: today.into_iter().map(row).collect(),
    })
}

fn missing(language: Language, rows: Vec<MissingRow>, count: usize) -> Option<Missing> {
    let line = |row: MissingRow| {
        let shown = row.edits.iter().take(EDITS_SHOWN).map(String::as_str);
        let mut edits = shown.collect::<Vec<_>>().join(", ");
        let more = row.edits.len().saturating_sub(EDITS_SHOWN);
        if more > 0 {
            let values = [("count", more.into())];
            edits.push_str(&language.text_with("missing-more", &values));
        }
        MissingLine {
            record: row.record.to_string(),
            short: row.record.short(),
            edits,
            partners: row.partners.join(", "),
        }
    };
    (!rows.is_empty()).then(|| Missing {
        caption: language.text_with("missing-caption", &[("count", count.into())]),
        rows: rows.into_iter().map(line).collect(),
    })
}

fn partner(language: Language, name: Option<String>) -> String {
    name.unwrap_or_else(|| language.text("pause-strangers"))
}

fn reason(language: Language, code: &str) -> String {
    match code {
        "disk" | "disk_full" => language.text("pause-disk"),
        "missing" => language.text("pause-missing"),
        "quota" => language.text("pause-quota"),
        other => other.to_owned(),
    }
}

const MEBIBYTE: u64 = 1 << 20;
/// Edits of a record that are named; the others are counted.
const EDITS_SHOWN: usize = 3;
