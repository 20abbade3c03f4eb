//! What happens in the demonstration, and what it finds afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::id::RecordId;
use replica::Saving;
use serde_json::{Value as Json, json};

use super::nodes::Node;
use crate::app::App;
use crate::call::{Call, Question, Search};
use crate::say::say;

/// How long three nodes on one machine may take to agree.
const DEADLINE: Duration = Duration::from_secs(30);
/// Between two looks at the nodes.
const PAUSE: Duration = Duration::from_millis(50);

/// What was seen at the end.
pub(super) struct Told {
    pub(super) records: Vec<u64>,
    pub(super) digests: Vec<String>,
    pub(super) merged: Vec<Merged>,
    pub(super) conflicts: Vec<Conflict>,
}

/// Edits of two partners that became one record without anybody's help.
pub(super) struct Merged {
    pub(super) what: &'static str,
    pub(super) found: String,
    pub(super) is_right: bool,
}

/// Two values of one field, with those who wrote them.
pub(super) struct Conflict {
    pub(super) what: String,
    pub(super) authors: BTreeMap<String, String>,
}

impl Conflict {
    pub(super) fn shown(&self) -> String {
        let values = self
            .authors
            .iter()
            .map(|(author, value)| format!("« {value} » ({author})"));
        values.collect::<Vec<_>>().join(" et ")
    }
}

impl Told {
    /// Takes what the three nodes hold now.
    pub(super) fn count(&mut self, statuses: &[Json]) {
        let records = statuses.iter().map(|status| &status["records"]);
        self.records = records.map(|count| count.as_u64().unwrap_or(0)).collect();
        let digests = statuses.iter().map(|status| &status["state_digest"]);
        self.digests = digests
            .map(|digest| digest.as_str().unwrap_or_default().to_owned())
            .collect();
    }

    pub(super) fn to_json(&self) -> Json {
        json!({
            "records": self.records,
            "state_digests": self.digests,
            "merged": self.merged.iter().map(|merged| json!({ "what": merged.what, "found": merged.found, "right": merged.is_right })).collect::<Vec<_>>(),
            "conflicts": self.conflicts.iter().map(|conflict| json!({ "what": conflict.what, "authors": conflict.authors })).collect::<Vec<_>>(),
        })
    }
}

/// Brings three partners together.
pub(super) fn gather(folder: &Path) -> anyhow::Result<Vec<Node>> {
    say!("Trois partenaires, chacun avec son nœud :");
    let prefecture = Node::found(
        folder.join("prefecture"),
        "Préfecture du Loiret",
        "Enfance et jeunesse en Loiret",
    )?;
    say!("  la préfecture fonde la fédération et coordonne ;");
    let ville = prefecture.invite(folder.join("ville"), "Ville de Gien")?;
    say!("  la ville entre avec son invitation ;");
    let association = prefecture.invite(
        folder.join("association"),
        "Fédération des maisons pour tous",
    )?;
    say!("  la tête de réseau associative aussi.");
    Ok(vec![prefecture, ville, association])
}

/// The records that both sides edit.
struct Chosen {
    apart: RecordId,
    same_field: RecordId,
    same_set: RecordId,
    same_text: RecordId,
}

/// Two nodes go off line, edit the same records, and come back. Returns what was seen, and a record that both had edited.
pub(super) fn play(nodes: &mut [Node]) -> anyhow::Result<(Told, RecordId)> {
    agree(nodes)?;
    let chosen = choose(&nodes[0])?;
    nodes[1].stop()?;
    nodes[2].stop()?;
    say!("La ville et l'association perdent le réseau, et modifient les mêmes fiches :");
    write(&nodes[1].offline()?, &chosen, true)?;
    say!("  la ville a enregistré ;");
    write(&nodes[2].offline()?, &chosen, false)?;
    say!("  l'association aussi, sans savoir ce que la ville a écrit.");
    nodes[1].start()?;
    nodes[2].start()?;
    say!("Le réseau revient.");
    let statuses = agree(nodes)?;
    Ok((tell(&nodes[2], &chosen, &statuses)?, chosen.apart))
}

fn choose(node: &Node) -> anyhow::Result<Chosen> {
    let mut records = Vec::new();
    for kind in ["initiative", "actor", "event", "territory"] {
        let search = Search {
            question: Question::default(),
            kind: Some(kind.to_owned()),
            sort: None,
            limit: 10,
            offset: 0,
        };
        let answer = node.ask(&Call::Search(search))?;
        for hit in answer["hits"].as_array().into_iter().flatten() {
            records.push(RecordId::parse(hit["record"].as_str().unwrap_or_default())?);
        }
    }
    match records[..] {
        [apart, same_field, same_set, same_text, ..] => Ok(Chosen {
            apart,
            same_field,
            same_set,
            same_text,
        }),
        _ => bail!(
            "four records are needed, the census holds {}",
            records.len()
        ),
    }
}

/// What each side writes, by the same way as the pages: a draft against what is read.
fn write(app: &App, chosen: &Chosen, is_ville: bool) -> anyhow::Result<()> {
    let text = |text: &str| Wanted::Value(Value::Text(text.to_owned()));
    let (field, value) = if is_ville {
        ("phone", "+33261910012")
    } else {
        ("website", "https://maisons.example/")
    };
    save(app, &chosen.apart, field, |_| text(value))?;
    let name = if is_ville {
        "Nom proposé par la ville"
    } else {
        "Nom proposé par l'association"
    };
    save(app, &chosen.same_field, "name", |_| text(name))?;
    let theme = if is_ville { "mobilite" } else { "logement" };
    save(app, &chosen.same_set, "themes", |fields| {
        let mut terms: BTreeSet<String> = fields
            .get("themes")
            .map(|field| field.terms.keys().cloned().collect())
            .unwrap_or_default();
        terms.insert(theme.to_owned());
        Wanted::Terms(terms)
    })?;
    save(app, &chosen.same_text, "description", |fields| {
        let before = fields
            .get("description")
            .and_then(|field| field.text.clone())
            .unwrap_or_default();
        Wanted::Text(if is_ville {
            format!("{FROM_VILLE} {before}")
        } else {
            format!("{before} {FROM_ASSOCIATION}")
        })
    })
}

const FROM_VILLE: &str = "La ville prête la salle.";
const FROM_ASSOCIATION: &str = "L'association tient l'accueil.";

pub(super) fn save(
    app: &App,
    record: &RecordId,
    field: &str,
    wanted: impl FnOnce(&BTreeMap<String, crdt_schema::edit::Field>) -> Wanted,
) -> anyhow::Result<()> {
    let view = app
        .replica
        .read()?
        .record(record)?
        .context("the record is held")?;
    let draft = Draft {
        fields: [(field.to_owned(), wanted(view.fields()))].into(),
    };
    let saving = Saving {
        record: *record,
        birth: None,
        base: view.heads.clone(),
        draft,
    };
    app.replica
        .save(saving)?
        .context("the draft changes something")?;
    Ok(())
}

/// Waits until the three nodes hold the same, and returns their statuses.
pub(super) fn agree(nodes: &[Node]) -> anyhow::Result<Vec<Json>> {
    let mut last = Vec::new();
    until(|| {
        let statuses = nodes.iter().map(|node| node.ask(&Call::Status));
        last = statuses.collect::<anyhow::Result<_>>()?;
        let entries: BTreeSet<String> = last
            .iter()
            .map(|status| format!("{} {}", status["entries"], status["state_digest"]))
            .collect();
        Ok(entries.len() == 1)
    })
    .context("the three nodes do not agree")?;
    Ok(last)
}

/// Asks again and again until it is so, or the deadline has passed.
#[expect(
    clippy::disallowed_methods,
    reason = "a demonstration waits for other processes, with a deadline"
)]
pub(super) fn until(mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let start = Instant::now();
    while !is_so()? {
        if start.elapsed() > DEADLINE {
            bail!("it did not become so in {} s", DEADLINE.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

fn tell(node: &Node, chosen: &Chosen, statuses: &[Json]) -> anyhow::Result<Told> {
    let show = |record: &RecordId| {
        node.ask(&Call::RecordShow {
            record: record.to_string(),
        })
    };
    let apart = show(&chosen.apart)?;
    let value = |record: &Json, field: &str| {
        record["fields"][field]["values"][0]["value"]
            .as_str()
            .unwrap_or("rien")
            .to_owned()
    };
    let (phone, website) = (value(&apart, "phone"), value(&apart, "website"));
    let set = show(&chosen.same_set)?;
    let terms: Vec<String> = set["fields"]["themes"]["terms"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|term| term["term"].as_str().map(str::to_owned))
        .collect();
    let text = show(&chosen.same_text)?["fields"]["description"]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let merged = vec![
        Merged {
            what: "Deux champs différents d'une même fiche",
            is_right: phone == "+33261910012" && website == "https://maisons.example/",
            found: format!("téléphone {phone}, site {website}"),
        },
        Merged {
            what: "Un même ensemble de thématiques",
            is_right: ["mobilite", "logement"]
                .iter()
                .all(|theme| terms.iter().any(|term| term == theme)),
            found: terms.join(", "),
        },
        Merged {
            what: "Un même texte long",
            is_right: text.contains(FROM_VILLE) && text.contains(FROM_ASSOCIATION),
            found: format!("« {text} »"),
        },
    ];
    let mut told = Told {
        records: Vec::new(),
        digests: Vec::new(),
        merged,
        conflicts: vec![conflict(&show(&chosen.same_field)?)],
    };
    told.count(statuses);
    Ok(told)
}

fn conflict(record: &Json) -> Conflict {
    let values = record["fields"]["name"]["values"]
        .as_array()
        .into_iter()
        .flatten();
    let authors = values.map(|value| {
        let author = value["by"]["partner"].as_str().unwrap_or("?").to_owned();
        (
            author,
            value["value"].as_str().unwrap_or_default().to_owned(),
        )
    });
    Conflict {
        what: "Un même champ, le nom d'une fiche".to_owned(),
        authors: authors.collect(),
    }
}
