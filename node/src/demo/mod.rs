//! `maillage demo`: the main job on one machine. Three partners, invited and joined by the code of the real commands, each with a
//! process of its own; a census that is imported; edits made apart; a merge. It prints in plain French what happened.

mod label;
mod nodes;
mod story;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use crate::say::say;
use crate::signals::Signals;
use label::Label;
use nodes::Node;
use story::Told;

/// See `maillage demo --help`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Verify what happened, stop, and exit 0, or say what is wrong.
    #[arg(long)]
    check: bool,
    /// Leave the three nodes and what was exported in this folder, which must be empty.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Import this file instead of the invented census.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
}

/// The password of the three demonstration accounts: the nodes listen on loopback only, and hold invented data.
const PASSWORD: &str = "demonstration-locale";
const ACCOUNT: &str = "demo";

/// The census that the program ships. Everything in it is invented.
const FILES: [(&str, &str, &str); 3] = [
    (
        "acteurs.csv",
        "actor",
        include_str!("../../demo/acteurs.csv"),
    ),
    (
        "initiatives.csv",
        "initiative",
        include_str!("../../demo/initiatives.csv"),
    ),
    (
        "evenements.csv",
        "event",
        include_str!("../../demo/evenements.csv"),
    ),
];
/// Records that the demonstration must hold at least.
const RECORDS_MIN: u64 = 300;

/// Plays the demonstration.
pub(crate) fn demo(demo: &Demo, json: bool) -> anyhow::Result<ExitCode> {
    let temporary = tempfile::tempdir()?;
    let folder = match &demo.keep {
        Some(folder) => {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            if std::fs::read_dir(folder)?.next().is_some() {
                bail!("{} is not empty: choose another folder", folder.display());
            }
            std::path::absolute(folder)?
        }
        None => temporary.path().to_owned(),
    };
    let mut nodes = story::gather(&folder)?;
    let (imported, data_records) = import(demo, &nodes[0], &folder)?;
    say!("{imported}");
    let (mut told, record) = story::play(&mut nodes)?;
    export(&nodes[0], &folder)?;
    let label = label::play(&mut nodes, &record, &folder)?;
    told.count(&story::agree(&nodes)?);
    let mut wrong = check(&told, data_records);
    wrong.extend(label.wrong());
    report(&nodes, &told, &label, json);
    if !wrong.is_empty() {
        for each in &wrong {
            eprintln!("maillage: {each}");
        }
        return Ok(ExitCode::from(1));
    }
    if demo.check {
        for node in &mut nodes {
            node.stop()?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    crate::runtime()?.block_on(async {
        let mut signals = Signals::listen()?;
        say!("\nLes trois nœuds tournent. Ctrl-C les arrête.");
        signals.received().await;
        Ok::<_, std::io::Error>(())
    })?;
    for node in &mut nodes {
        node.stop()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn import(
    demo: &Demo,
    node: &Node,
    folder: &std::path::Path,
) -> anyhow::Result<(String, Option<u64>)> {
    if let Some(file) = &demo.data {
        let report = node.import(&std::path::absolute(file)?, None)?;
        let records = report["new"].as_u64().unwrap_or(0);
        let text = format!(
            "{} lignes lues dans {}, {records} fiches créées, {} lignes refusées.",
            report["rows"],
            file.display(),
            report["refused"]
        );
        return Ok((text, Some(records)));
    }
    let files = folder.join("fichiers");
    std::fs::create_dir_all(&files)?;
    let mut records = 0;
    for (name, kind, text) in FILES {
        let file = files.join(name);
        std::fs::write(&file, text)?;
        let report = node.import(&file, Some(kind))?;
        if report["refused"] != json!(0) {
            bail!("{name}: {report}");
        }
        records += report["new"].as_u64().unwrap_or(0);
    }
    Ok((
        format!("La préfecture a importé trois fichiers : {records} fiches."),
        None,
    ))
}

fn export(node: &Node, folder: &std::path::Path) -> anyhow::Result<()> {
    let exports = folder.join("exports");
    std::fs::create_dir_all(&exports)?;
    for (file, kind) in [
        ("acteurs.csv", Some("actor")),
        ("initiatives.csv", Some("initiative")),
        ("evenements.csv", Some("event")),
        ("recensement.json", None),
        ("carte.geojson", Some("initiative")),
    ] {
        node.export(&exports.join(file), kind)?;
    }
    Ok(())
}

/// Says what is not as it must be.
fn check(told: &Told, data_records: Option<u64>) -> Vec<String> {
    let mut wrong = Vec::new();
    if !told.digests.windows(2).all(|pair| pair[0] == pair[1]) {
        wrong.push(format!(
            "les trois empreintes diffèrent : {}",
            told.digests.join(", ")
        ));
    }
    let least = data_records.unwrap_or(RECORDS_MIN);
    if told.records.iter().any(|records| *records < least) {
        wrong.push(format!("il manque des fiches : {:?}", told.records));
    }
    for merged in told.merged.iter().filter(|merged| !merged.is_right) {
        wrong.push(format!("{} : {}", merged.what, merged.found));
    }
    if told
        .conflicts
        .iter()
        .any(|conflict| conflict.authors.len() != 2)
        || told.conflicts.is_empty()
    {
        wrong.push("le conflit ne garde pas ses deux auteurs".to_owned());
    }
    wrong
}

fn report(nodes: &[Node], told: &Told, label: &Label, json: bool) {
    if json {
        let mut seen = told.to_json();
        seen["label"] = label.to_json();
        say!("{seen}");
        return;
    }
    say!("\nCe qui s'est passé");
    for merged in &told.merged {
        say!("  ✓ {} : {}", merged.what, merged.found);
    }
    for conflict in &told.conflicts {
        say!(
            "  ≠ {} : {} — gardé avec ses deux auteurs, à trancher en un clic sur la fiche",
            conflict.what,
            conflict.shown()
        );
    }
    for line in label.told() {
        say!("  ✓ {line}");
    }
    say!("\nPages");
    for node in nodes {
        say!(
            "  {:28} {}  compte {ACCOUNT}, mot de passe {PASSWORD}",
            node.name,
            node.pages
        );
    }
    say!();
    for (node, records) in nodes.iter().zip(&told.records) {
        say!("{} : {records} fiches", node.name);
    }
    let is_equal = told.digests.windows(2).all(|pair| pair[0] == pair[1]);
    say!(
        "Les trois empreintes d'état sont {} : {}",
        if is_equal { "égales" } else { "DIFFÉRENTES" },
        told.digests[0]
    );
    say!(
        "Modifications faites à part et réunies sans personne : {}",
        told.merged.len()
    );
    say!(
        "Conflits gardés avec leurs deux auteurs : {}",
        told.conflicts.len()
    );
}
