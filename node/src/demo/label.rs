//! The second half of the story: three coordinators, a label that two of them decide, a change that shows, a proof that leaves.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use crdt_schema::draft::Wanted;
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use serde_json::{Value as Json, json};

use super::nodes::Node;
use super::story;
use crate::app::App;
use crate::call::{Call, LabelAsk, NewDocument, Proposal, Question, Search};
use crate::say::say;

const SCHEME: &str = "accueil@1";

/// What was seen of the label.
pub(super) struct Label {
    /// The state on each node once two coordinators had decided.
    pub(super) decided: Vec<String>,
    /// The state on each node once a bound field had changed, and the fields that differ.
    pub(super) changed: Vec<(String, Vec<String>)>,
    /// The exit status of `maillage verify`: the proof, the proof with one byte changed, the proof made after the change.
    pub(super) verified: [Option<i32>; 3],
}

impl Label {
    pub(super) fn to_json(&self) -> Json {
        json!({ "decided": self.decided, "changed": self.changed, "verified": self.verified })
    }

    /// Says what is not as it must be.
    pub(super) fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.decided.iter().any(|state| state != "label_in_force") {
            wrong.push(format!(
                "le label n'est pas en vigueur partout : {:?}",
                self.decided
            ));
        }
        let is_seen = |(state, fields): &(String, Vec<String>)| {
            state == "label_changed_since" && fields.iter().any(|field| field == "phone")
        };
        if !self.changed.iter().all(is_seen) {
            wrong.push(format!(
                "le changement ne se voit pas partout : {:?}",
                self.changed
            ));
        }
        if self.verified != [Some(0), Some(1), Some(2)] {
            wrong.push(format!(
                "la preuve n'est pas jugée comme il faut : {:?}",
                self.verified
            ));
        }
        wrong
    }

    pub(super) fn told(&self) -> Vec<String> {
        vec![
            format!(
                "Label décidé par deux coordinations sur trois, en vigueur sur {} nœuds",
                self.decided
                    .iter()
                    .filter(|state| *state == "label_in_force")
                    .count()
            ),
            format!(
                "Fiche modifiée depuis la décision : vu sur {} nœuds",
                self.changed
                    .iter()
                    .filter(|(state, _)| state == "label_changed_since")
                    .count()
            ),
            format!(
                "Preuve vérifiée sans nœud ni réseau : acceptée {}, un octet changé {}, après le changement {} (codes de sortie)",
                code(self.verified[0]),
                code(self.verified[1]),
                code(self.verified[2])
            ),
        ]
    }
}

fn code(status: Option<i32>) -> String {
    status.map_or_else(|| "?".to_owned(), |status| status.to_string())
}

/// Plays it. The nodes run and agree; they do afterwards.
pub(super) fn play(nodes: &mut [Node], record: &RecordId, folder: &Path) -> anyhow::Result<Label> {
    three_coordinators(nodes)?;
    say!(
        "Les trois partenaires coordonnent désormais la fédération, et un label est au règlement."
    );
    let exports = folder.join("exports");
    std::fs::create_dir_all(&exports)?;
    apply(&nodes[2], record, &exports)?;
    say!("L'association présente une fiche au label « Accueil de tous ».");
    story::agree(nodes)?;
    for node in &nodes[..2] {
        let ask = LabelAsk::Vote {
            record: record.to_string(),
            scheme: SCHEME.to_owned(),
            from: None,
        };
        sign(node, &Call::LabelDecide(ask))?;
        say!("  {} a décidé, sur son propre nœud ;", node.name);
        story::agree(nodes)?;
    }
    let decided = states(nodes, record)?;
    let proof = folder.join("exports").join("label.maillage-proof");
    prove(&nodes[2], record, &proof)?;
    change(&mut nodes[1], record)?;
    say!("  la ville change le téléphone de la fiche, que le label lie.");
    story::agree(nodes)?;
    let changed = states(nodes, record)?;
    let later = folder.join("exports").join("label-apres.maillage-proof");
    prove(&nodes[0], record, &later)?;
    let tampered = folder.join("exports").join("label-falsifie.maillage-proof");
    tamper(&proof, &tampered)?;
    Ok(Label {
        decided: decided.into_iter().map(|(state, _)| state).collect(),
        changed,
        verified: [verify(&proof)?, verify(&tampered)?, verify(&later)?],
    })
}

/// Two seats of three, three coordinators, one scheme: proposed on one node, approved on another.
fn three_coordinators(nodes: &[Node]) -> anyhow::Result<()> {
    let mut add_seats = Vec::new();
    for node in &nodes[1..] {
        let seat = node.ask(&Call::Seat { is_new: true })?;
        let key = seat["seat"].as_str().context("a seat has a key")?;
        add_seats.push((node.name.to_owned(), key.to_owned()));
    }
    let names = nodes.iter().map(|node| node.name);
    let proposal = Proposal {
        add_seats,
        k: Some(2),
        coordinators: nodes[1..].iter().map(|node| node.name.to_owned()).collect(),
        schemes: vec![scheme(&names.collect::<Vec<_>>())],
        ..Proposal::default()
    };
    let drafted = nodes[0].ask(&Call::CharterPropose(proposal))?;
    let draft = drafted["draft"].as_str().context("a draft has bytes")?;
    let published = nodes[0].ask(&Call::CharterPublish {
        draft: draft.to_owned(),
    })?;
    let id = published["id"].as_str().context("a charter has an id")?;
    story::until(|| {
        Ok(nodes[1]
            .ask(&Call::CharterDecode {
                charter: id.to_owned(),
            })
            .is_ok())
    })?;
    nodes[1].ask(&Call::CharterApprove {
        charter: id.to_owned(),
        key: None,
    })?;
    for node in nodes {
        story::until(|| Ok(node.ask(&Call::CharterShow)?["id"] == id))?;
    }
    Ok(())
}

fn scheme(committee: &[&str]) -> String {
    let committee: Vec<String> = committee.iter().map(|name| format!("{name:?}")).collect();
    format!(
        "id = \"accueil\"\nversion = 1\ntitle = \"Accueil de tous\"\nfields = [\"name\", \"phone\", \"themes\"]\nneeded = 2\nmonths = 24\n\
         committee = [{}]\n\
         [[criteria]]\nid = \"acces\"\ntitle = \"Lieu accessible à tous\"\nweight = 2\nmandatory = true\n\
         [[criteria]]\nid = \"tarif\"\ntitle = \"Tarif adapté aux revenus\"\nweight = 1\n",
        committee.join(", ")
    )
}

/// An application is a record like any other: it makes no label by itself. It comes from a table, by the command, with a document as
/// evidence.
fn apply(node: &Node, record: &RecordId, folder: &Path) -> anyhow::Result<()> {
    let file = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text)?;
        Ok::<_, std::io::Error>(file)
    };
    let answers = "[acces] Lieu accessible à tous\nRampe et boucle magnétique.\n\n[tarif] Tarif adapté aux revenus\nSelon le quotient familial.";
    let table = format!(
        "name;label_scheme;candidate;answers\nCandidature à « Accueil de tous »;{SCHEME};{record};\"{answers}\"\n"
    );
    let candidature = file("candidature.csv", &table)?;
    let imported = node.import(&candidature, Some("application"))?;
    if imported["new"] != 1 {
        bail!("the application was not imported: {imported}");
    }
    let found = node.ask(&Call::Search(Search {
        question: Question::default(),
        kind: Some("application".to_owned()),
        sort: None,
        limit: 1,
        offset: 0,
    }))?;
    let application = found["hits"][0]["record"].as_str();
    node.ask(&Call::RecordAttach {
        record: application.context("the application is found")?.to_owned(),
        document: NewDocument::File {
            file: file("rampe.txt", "Rampe posée en 2025, pente de 5 %.\n")?,
            name: None,
        },
    })?;
    Ok(())
}

fn change(node: &mut Node, record: &RecordId) -> anyhow::Result<()> {
    offline(node, |app| {
        story::save(app, record, "phone", |_| {
            Wanted::Value(Value::Text("+33261910077".to_owned()))
        })
    })
}

/// Stops the node, writes as a laptop without a network does, and starts it again.
fn offline(node: &mut Node, write: impl FnOnce(&App) -> anyhow::Result<()>) -> anyhow::Result<()> {
    node.stop()?;
    write(&node.offline()?)?;
    node.start()
}

/// Asks for the decoded act, and signs it as it was shown.
fn sign(node: &Node, call: &Call) -> anyhow::Result<()> {
    let shown = node.ask(call)?;
    let acts = shown["acts"].as_array().context("acts were decoded")?;
    let acts = acts
        .iter()
        .filter_map(|act| act.as_str().map(str::to_owned));
    node.ask(&Call::Sign {
        acts: acts.collect(),
    })?;
    Ok(())
}

fn states(nodes: &[Node], record: &RecordId) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let state = |node: &Node| {
        let answer = node.ask(&Call::Labels {
            record: Some(record.to_string()),
        })?;
        let label = &answer["labels"][0];
        let differing = label["differing"].as_array().into_iter().flatten();
        let differing = differing.filter_map(|field| field.as_str().map(str::to_owned));
        let state = label["state"].as_str().unwrap_or("aucun").to_owned();
        Ok((state, differing.collect()))
    };
    nodes.iter().map(state).collect()
}

fn prove(node: &Node, record: &RecordId, file: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    node.ask(&Call::LabelProve {
        record: record.to_string(),
        scheme: SCHEME.to_owned(),
        file: file.to_owned(),
    })?;
    Ok(())
}

/// Changes one byte in the middle.
fn tamper(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut bytes = std::fs::read(from)?;
    let middle = bytes.len() / 2;
    let Some(byte) = bytes.get_mut(middle) else {
        bail!("{} is empty", from.display());
    };
    *byte ^= 1;
    std::fs::write(to, bytes)?;
    Ok(())
}

/// Runs the real command: no node, no network.
fn verify(file: &Path) -> anyhow::Result<Option<i32>> {
    let output = Command::new(std::env::current_exe()?)
        .arg("verify")
        .arg(file)
        .output()?;
    Ok(output.status.code())
}
