//! How answers are printed: one JSON object for programs, lines for people.

use std::process::ExitCode;

use serde_json::{Value as Json, json};

use crate::call::{Call, Outcome, Refusal};
use crate::cli::{
    bulk, bundle, due, duplicates, erasing, export, imports, invitations, label, limits, records,
    statement, territories, vocabulary, watches,
};
use crate::say::say;

/// Prints the answer to a call, and returns the exit status.
pub(crate) fn outcome(call: &Call, outcome: &Outcome, json: bool) -> ExitCode {
    match outcome {
        Ok(answer) => {
            if json {
                say!("{answer}");
            } else {
                lines(call, answer);
            }
            exit_of(call, answer)
        }
        Err(refusal) => {
            print_refusal(refusal, json);
            ExitCode::from(refusal.exit)
        }
    }
}

/// Prints why something was refused that no node was asked for.
pub(crate) fn refusal(refusal: &Refusal, json: bool) -> ExitCode {
    print_refusal(refusal, json);
    ExitCode::from(refusal.exit)
}

/// Prints what went wrong outside any call.
pub(crate) fn error(error: &anyhow::Error, json: bool) {
    print_refusal(&Refusal::new("failed", format!("{error:#}")), json);
}

fn print_refusal(refusal: &Refusal, json: bool) {
    if json {
        let detail = match &refusal.detail {
            None => json!({ "code": refusal.code, "reason": refusal.message }),
            Some(detail) => detail.as_ref().clone(),
        };
        say!("{detail}");
    } else {
        eprintln!("maillage: {}", refusal.message);
    }
}

/// `import` that refused rows, `bundle import` that left entries out, and `doctor` that found something end with 2.
fn exit_of(call: &Call, answer: &Json) -> ExitCode {
    let is_wrong = match call {
        Call::BundleImport { .. } | Call::Import(_) => answer["refused"]
            .as_u64()
            .is_some_and(|refused| refused > 0),
        Call::Check => answer["left"].as_u64().is_some_and(|left| left > 0),
        Call::Doctor => answer["well"] == json!(false),
        _ => false,
    };
    ExitCode::from(if is_wrong { 2 } else { 0 })
}

fn lines(call: &Call, answer: &Json) {
    match call {
        Call::Acts => acts(answer),
        Call::Admit { .. } => said(answer),
        Call::AdmitSigned { .. } => say!("{} is in", text(&answer["name"])),
        Call::InvitationCancel { .. } => say!("the ticket is void"),
        Call::InvitationDecline { .. } => {
            say!(
                "{} is sent away, and its ticket is void",
                text(&answer["name"])
            );
        }
        Call::Invitations => invitations::listed(answer),
        Call::CharterApprove { .. } | Call::CharterPublish { .. } => vote(answer),
        Call::CharterDecode { .. } | Call::CharterPropose(_) | Call::Decide(_) => said(answer),
        Call::RotateRoot(_) => rotated(answer),
        Call::CharterShow => charter(answer),
        Call::Contacts { .. } => erasing::contacts(answer),
        Call::ContactAdd(_) => erasing::contact_added(answer),
        Call::ContactDue => erasing::values(answer),
        Call::ContactFind(_) => erasing::found(answer),
        Call::ContactRemove { .. } => say!("{} values are erased", answer["removed"]),
        Call::Objection { is_withdrawn, .. } => say!(
            "the objection is {}",
            if *is_withdrawn { "forgotten" } else { "kept" }
        ),
        Call::Objections => erasing::objections(answer),
        Call::Erase(_) => said(answer),
        Call::Erasures { .. } => erasing::erasures(answer),
        Call::LabelDecide(_) => said(answer),
        Call::LabelProve { .. } => say!(
            "the proof is in {}: anybody checks it with `maillage verify`",
            text(&answer["file"])
        ),
        Call::LabelStatusList { file: None } => say!("{}", answer["list"]),
        Call::LabelStatusList { file: Some(_) } => say!(
            "the status list is in {}: publish it at {} before {}",
            text(&answer["file"]),
            text(&answer["address"]),
            text(&answer["until"])
        ),
        Call::Labels { .. } => label::listed(answer),
        Call::Backup { .. } => say!(
            "{} entries written to {} ({} bytes)",
            answer["entries"],
            text(&answer["file"]),
            answer["bytes"]
        ),
        Call::BundleExport { .. } => bundle::exported(answer),
        Call::BundleImport { .. } => bundle::imported(answer),
        Call::Check => checked(answer),
        Call::Doctor => doctor(answer),
        Call::Due(_) => due::due(answer),
        Call::Duplicates(_) => duplicates::duplicates(answer),
        Call::Export(_) => export::exported(answer),
        Call::Import(import) => imports::report(answer, import.dry_run),
        Call::Bulk(_) => bulk::done(answer),
        Call::TerritoriesCarry(_) => territories::done(answer),
        Call::ImportUndo { .. } => imports::undone(answer),
        Call::Imports => imports::listed(answer),
        Call::Invite(_) => invitations::ticket(answer),
        Call::PartnerShow { .. } => partner(answer),
        Call::Partners => {
            partners(answer);
            waiting(answer);
        }
        Call::RecordAttach { .. } => records::attached(answer),
        Call::RecordDetach { .. } => records::detached(answer),
        Call::RecordFetch { .. } => records::fetched(answer),
        Call::RecordHistory { .. } => records::history(answer),
        Call::RecordRestore { .. } => records::saved(answer, "restored", "not withdrawn"),
        Call::RecordShow { .. } => records::shown(answer),
        Call::RecordWithdraw { .. } => {
            records::saved(answer, "withdrawn", "withdrawn for this reason already");
        }
        Call::Reindex { waits: true } => say!("{} records can be searched", answer["records"]),
        Call::Reindex { waits: false } => {
            say!("the index of {} records is being filled", answer["records"]);
        }
        Call::Renew(_) => say!("this node signs the feed {} now", text(&answer["feed"])),
        Call::Search(_) => records::hits(answer),
        Call::Seat { .. } => match answer["seat"].as_str() {
            Some(seat) => say!("{seat}"),
            None => say!("this node has no seat: make one with `maillage charter seat --new`"),
        },
        Call::Sign { .. } => say!("signed: the other nodes apply it as soon as they get it"),
        Call::Reports { .. } => statement::reports(answer),
        Call::Sources => imports::sources(answer),
        Call::State(_) => statement::stated(answer),
        Call::Statements { .. } => statement::statements(answer),
        Call::Status => status(answer),
        // Only ever asked by `status --wait`, which prints the status.
        Call::InHand => {}
        Call::Stop => say!("the node stops"),
        Call::Vocabulary(ask) => vocabulary::answered(ask, answer),
        Call::Watch(ask) => watches::watches(&ask.what, answer),
    }
}

fn status(answer: &Json) {
    say!("{}", text(&answer["partner"]));
    say!("  records   {}", answer["records"]);
    say!("  entries   {}", answer["entries"]);
    say!("  pending   {}", answer["pending"]);
    say!("  rejected  {}", answer["rejected"]);
    say!("  disk      {} bytes", answer["disk_bytes"]);
    say!("  digest    {}", text(&answer["state_digest"]));
    for feed in items(&answer["feeds"]) {
        say!(
            "  feed {}  {}  {} entries",
            &text(&feed["feed"])[..8],
            text(&feed["partner"]),
            feed["heads"][0]["sequence"]
                .as_u64()
                .map_or(0, |last| last + 1)
        );
    }
    say!("  signs     {}", text(&answer["signing"]["state"]));
    for why in items(&answer["unheard"]) {
        say!("  {}", text(&why["message"]));
    }
    limits::status(answer);
    governance(&answer["governance"]);
    forks(answer);
    for peer in items(&answer["peers"]) {
        let way = match peer["way"].as_str() {
            Some("relayed") => "  through the relay",
            Some(_) => "  directly",
            None => "",
        };
        say!(
            "  peer {}  {}{way}",
            text(&peer["endpoint"]).get(..8).unwrap_or_default(),
            text(&peer["state"])
        );
    }
    if let Some(local @ ("on" | "failed")) = answer["mdns"].as_str() {
        say!("  mdns      {local}");
    }
    for relay in items(&answer["relays"]) {
        say!(
            "  relay {}  {}",
            text(&relay["address"]),
            text(&relay["state"])
        );
    }
}

fn checked(answer: &Json) {
    for damage in items(&answer["damaged"]) {
        let state = if damage["repaired"] == json!(true) {
            "fetched again"
        } else {
            "damaged"
        };
        say!(
            "{state}: entry {} of feed {}: {}",
            damage["sequence"],
            text(&damage["feed"]),
            text(&damage["reason"])
        );
    }
    say!(
        "{} entries verified, {} damaged",
        answer["entries"],
        answer["left"]
    );
    if answer["attachments"] != json!(0) {
        say!(
            "{} attached files read again, {} damaged and removed: they come again when somebody opens them",
            answer["attachments"],
            answer["attachments_damaged"]
        );
    }
    if answer["left"] != json!(0) && answer["asked_peers"] == json!(false) {
        say!("start the node with `maillage run` and check again, so that peers can be asked");
    }
}

fn governance(seen: &Json) {
    let names = |key: &str| {
        let names: Vec<&str> = items(&seen[key]).iter().map(text).collect();
        names.join(", ")
    };
    if seen["upgrade"] == json!(true) {
        say!(
            "  upgrade maillage: a coordinator used something that this version does not know, and nothing is decided here"
        );
    }
    if seen["asked"] == json!(0) {
        return;
    }
    say!(
        "  governance confirmed by {} other partners, which know exactly the same  {}",
        items(&seen["confirmed_by"]).len(),
        names("confirmed_by")
    );
    if !items(&seen["confirmed_by"]).is_empty() {
        say!(
            "  the oldest of these confirmations is {} days old",
            seen["confirmed_days"]
        );
    }
    if seen["late"] == json!(true) {
        say!(
            "  for {} days, fewer than {} other partners have said that they know nothing else: connect to another one (`maillage doctor`)",
            seen["days"],
            seen["asked"]
        );
    }
    if !items(&seen["contested"]).is_empty() {
        say!(
            "  other branches of a flooded feed are held by {}",
            names("contested")
        );
    }
    if !items(&seen["differing"]).is_empty() {
        say!("  governance is known otherwise by {}", names("differing"));
    }
}

fn forks(answer: &Json) {
    for fork in items(&answer["forks"]) {
        say!(
            "  fork of feed {}  {}  from entry {} on",
            &text(&fork["feed"])[..8],
            text(&fork["partner"]),
            fork["sequence"]
        );
        for entry in items(&fork["entries"]) {
            say!(
                "    {}  signed {}",
                &text(&entry["id"])[..8],
                text(&entry["claimed"])
            );
            for name in items(&entry["confirmed_by"]) {
                say!("      confirmed by {}", text(name));
            }
        }
        if fork["flooded"] == json!(true) {
            say!("    more branches than nodes hold: the feed is flooded");
        }
        if fork["settled"] == json!(true) {
            say!("    the feed is cut: nothing is to be done");
        }
    }
}

fn doctor(answer: &Json) {
    for finding in items(&answer["findings"]) {
        say!("{}: {}", text(&finding["level"]), text(&finding["message"]));
    }
    if answer["well"] == json!(true) {
        say!("nothing is wrong");
    }
}

fn partners(answer: &Json) {
    say!("{}", text(&answer["federation"]));
    for partner in items(&answer["partners"]) {
        let role = if partner["coordinator"] == json!(true) {
            "coordinator"
        } else if partner["left"] == json!(true) {
            "has left"
        } else {
            "partner"
        };
        say!(
            "  {:12} {}  {}",
            role,
            &text(&partner["partner"])[..8],
            text(&partner["name"])
        );
    }
}

/// What would be signed, decoded.
pub(crate) fn said(answer: &Json) {
    for each in items(&answer["says"]) {
        say!("{}: {}", text(&each["title"]), text(&each["meaning"]));
        for fact in items(&each["facts"]) {
            say!("  {}: {}", text(&fact[0]), text(&fact[1]));
        }
    }
    for after in items(&answer["after"]) {
        say!("{}", text(after));
    }
}

fn rotated(answer: &Json) {
    match answer["root"].as_str() {
        Some(root) => say!(
            "the root of your organisation is {root} now: export it, keep it off line, and tell a coordinator its first digits"
        ),
        None => said(answer),
    }
}

fn acts(answer: &Json) {
    for act in items(&answer["acts"]) {
        let state = act["reason"].as_str().unwrap_or("counts");
        say!(
            "{}  {}  {} ({state})",
            text(&act["claimed"]),
            text(&act["author"]),
            text(&act["says"]["title"])
        );
        for fact in items(&act["says"]["facts"]) {
            say!("    {}: {}", text(&fact[0]), text(&fact[1]));
        }
    }
}

fn vote(answer: &Json) {
    if answer["adopted"] == json!(true) {
        say!("approved, and adopted");
    } else {
        say!("approved: it is adopted as soon as enough seats have approved it");
    }
}

fn charter(answer: &Json) {
    say!("{}  version {}", text(&answer["name"]), answer["version"]);
    say!("  charter     {}", text(&answer["id"]));
    say!("  federation  {}", text(&answer["federation"]));
    for seat in items(&answer["seats"]) {
        say!(
            "  seat        {}  {}",
            text(&seat["key"]),
            text(&seat["name"])
        );
    }
    say!(
        "  needed      {} of {}",
        answer["k"],
        items(&answer["seats"]).len()
    );
    for coordinator in items(&answer["coordinators"]) {
        say!(
            "  coordinator {}  {}",
            &text(&coordinator["partner"])[..8],
            text(&coordinator["name"])
        );
    }
    if answer["disputed"] == json!(true) {
        say!("  DISPUTED: two charters were approved; people must talk, or a recovery key ends it");
    }
    for proposal in items(&answer["proposals"]) {
        say!("proposal {}", text(&proposal["id"]));
        said(proposal);
        for side in ["present_seats", "proposed_seats"] {
            let seats = items(&proposal[side]["seats"]);
            let approved = seats.iter().filter(|seat| seat["approved"] == json!(true));
            let approved: Vec<&str> = approved.map(|seat| text(&seat["name"])).collect();
            say!(
                "  {}: {} of {} needed ({})",
                side.replace('_', " "),
                approved.len(),
                proposal[side]["needed"],
                approved.join(", ")
            );
        }
    }
}

fn partner(answer: &Json) {
    say!("{}  {}", text(&answer["name"]), text(&answer["partner"]));
    if answer["left"] == json!(true) {
        say!("  has left: nothing that it signs now counts");
    }
    for grant in items(&answer["grants"]) {
        let state = if grant["taken_back"] == json!(true) {
            ", taken back"
        } else {
            ""
        };
        say!(
            "  may write {} ({}{state})",
            text(&grant["mandate"]),
            grant["grant"].as_str().unwrap_or("by the charter")
        );
    }
    for root in items(&answer["roots"]["later"]) {
        say!("  later root {}", text(root));
    }
    for root in items(&answer["roots"]["disputed"]) {
        say!("  root in dispute {}", text(root));
    }
    for feed in items(&answer["feeds"]) {
        say!("  feed {}", text(&feed["feed"]));
        for head in items(&feed["heads"]) {
            say!(
                "    last entry {}  {}",
                head["sequence"],
                text(&head["entry"])
            );
        }
        if let Some(sequence) = feed["fork"].as_u64() {
            say!("    two histories from entry {sequence} on: a key was copied");
        }
        if let Some(sequence) = feed["cut"].as_u64() {
            say!("    cut after entry {sequence}");
        }
        if feed["outdated"] == json!(true) {
            say!("    ended: its certificate is of a root that was rotated, or is in dispute");
        }
        if feed["suspended"] == json!(true) {
            say!("    suspended until the next charter");
        }
    }
}

fn waiting(answer: &Json) {
    for newcomer in items(&answer["waiting"]) {
        say!(
            "  waits        {}  {} (invited as {})",
            &text(&newcomer["partner"])[..8],
            text(&newcomer["name"]),
            text(&newcomer["invited"])
        );
        if let Some(why) = newcomer["withheld"].as_str() {
            say!("               {}", invitations::words(why));
        }
    }
}

pub(crate) fn items(list: &Json) -> &[Json] {
    list.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text(value: &Json) -> &str {
    value.as_str().unwrap_or("–")
}
