//! Facets that no field gives, and the order of the list: how long a record waits, who keeps and wrote it, which label it has.

use std::time::Duration;

use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::entry::Frame;
use crdt_schema::governance::{SchemeId, SchemeName};
use crdt_schema::id::RecordId;
use crdt_schema::label::Day;
use crdt_schema::territory::TerritoryCode;
use replica::{NewItem, Replica, Saving};

use crate::browser::{Answer, Node};
use crate::census::{key, of_partner, two_coordinators};
use crate::due::{named, put};
use crate::files::logged_in;
use crate::statements::give;

const DEADLINE: Duration = Duration::from_secs(60);

/// Votes for the label of the charter, as a coordinator's office does.
fn vote(replica: &Replica, record: &RecordId) {
    let scheme = SchemeId::Charter(SchemeName {
        id: "accueil".to_owned(),
        version: 1,
    });
    let today = Day::parse("2025-11-24").expect("a day");
    let act = replica
        .label_vote(&scheme, record, today, None)
        .expect("is prepared");
    let item = NewItem {
        frame: Frame::Act(act.name().expect("a known act").to_owned()),
        content: act.to_content(),
    };
    replica.decide(vec![item]).expect("it is written");
}

fn term(replica: &Replica, record: RecordId, field: &str, term: &str) {
    let view = replica.read().expect("a snapshot").record(&record);
    let saving = Saving {
        record,
        birth: None,
        base: view.expect("readable").expect("held").heads,
        draft: Draft {
            fields: [(
                field.to_owned(),
                Wanted::Value(Value::Term(term.to_owned())),
            )]
            .into(),
        },
    };
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE));
}

/// The names of a list, in its order.
pub(crate) fn listed(answer: &Answer) -> Vec<String> {
    let table = answer.between("<tbody>", "</tbody>");
    let rows = table.split("<bdi>").skip(1).step_by(2);
    rows.map(|row| row.split('<').next().expect("is closed").to_owned())
        .collect()
}

#[tokio::test]
async fn records_are_found_by_who_keeps_them_by_a_label_and_by_how_long_they_wait() {
    let node = Node::with_coordinators();
    let replica = node.replica.as_deref().expect("made with a census");
    let folders = [1, 2].map(|_| tempfile::tempdir().expect("a folder"));
    let [ville, departement] = [1_u8, 2].map(|number| {
        of_partner(
            folders[usize::from(number) - 1].path(),
            &two_coordinators(),
            number,
        )
    });
    let club = named(&ville, "actor", "Club inventé");
    let walk = named(&departement, "initiative", "Balade inventée");
    term(&departement, walk, "cost", "free");
    give(&ville, &departement);
    put(&departement, club, "website", "https://exemple.test");
    give(&departement, &ville);
    vote(&ville, &club);
    give(&ville, &departement);
    vote(&departement, &club);
    give(&departement, &ville);
    give(&ville, replica);
    give(&departement, replica);
    let own = named(replica, "event", "Fête inventée");
    let sections = replica.read().expect("a snapshot").record(&own);
    let sections =
        crdt_schema::statement::filled_sections(&sections.expect("readable").expect("held"));
    let sections = sections.into_iter().map(str::to_owned).collect();
    let today = Day::parse("2025-11-24").expect("a day");
    replica
        .verify_sections(own, &sections, today)
        .expect("it is written");
    assert!(replica.wait_for_views(DEADLINE));

    let mut browser = logged_in(&node, "ana").await;
    let all = browser.open("/recensement").await;
    for facet in [
        "Tenue par",
        "Écrite par",
        "<summary>Label</summary>",
        "Vérification",
        "Accueil pour tous",
    ] {
        assert!(all.body.contains(facet), "{facet}: {}", all.body);
    }
    assert_eq!(
        listed(&all),
        ["Balade inventée", "Club inventé", "Fête inventée"]
    );
    let partner = |number| key(number).public().partner().to_string();
    let (ville_id, departement_id) = (partner(1), partner(2));
    for (search, names) in [
        ("label=accueil%401".to_owned(), &["Club inventé"][..]),
        ("label=autre%401".to_owned(), &[]),
        (format!("keeper={departement_id}"), &["Balade inventée"]),
        (
            format!("partner={departement_id}"),
            &["Balade inventée", "Club inventé"],
        ),
        (format!("partner={ville_id}&due=never"), &["Club inventé"]),
        ("due=up_to_date".to_owned(), &["Fête inventée"]),
        ("cost=free".to_owned(), &["Balade inventée"]),
        (
            "sort=newest".to_owned(),
            &["Fête inventée", "Club inventé", "Balade inventée"],
        ),
        ("sort=confirmed&kind=event".to_owned(), &["Fête inventée"]),
    ] {
        let found = browser.open(&format!("/recensement?{search}")).await;
        let mut expected: Vec<&str> = names.to_vec();
        let mut list = if names.is_empty() {
            Vec::new()
        } else {
            listed(&found)
        };
        if search == "sort=newest" {
            // What came by one exchange has no order that people could tell.
            assert_eq!(list[0], "Fête inventée", "{search}");
            list.sort();
            expected.sort_unstable();
        }
        assert_eq!(list, expected, "{search}");
        // The same question for the map and for a file.
        let file = format!(
            "/exporter/fichier?format=csv&{}",
            search.replace("kind=event", "")
        );
        if search.contains("keeper") {
            let file = browser.open(&format!("{file}&kind=initiative")).await;
            assert_eq!(file.body.lines().count(), 2, "{}", file.body);
        }
        let map = browser.open(&format!("/recensement/carte?{search}")).await;
        assert_eq!(
            map.body.contains("Club inventé"),
            found.body.contains("Club inventé"),
            "{search}"
        );
    }
    let chosen = browser
        .open(&format!(
            "/recensement?keeper={departement_id}&label=accueil%401&due=never"
        ))
        .await;
    for said in [
        "Tenue par : Département d’Exemple",
        "Label : Accueil pour tous",
        "Vérification : Jamais vérifiée",
    ] {
        assert!(chosen.body.contains(said), "{said}: {}", chosen.body);
    }
    // A field that the label binds changes: it is in force no more.
    put(&ville, club, "name", "Club renommé");
    give(&ville, replica);
    let found = browser.open("/recensement?label=accueil%401").await;
    assert!(!found.body.contains("Club renommé</bdi>"), "{}", found.body);
}

#[tokio::test]
async fn communes_and_neighbourhoods_are_facets_with_their_names() {
    let node = Node::with_committee();
    let replica = node.replica.as_deref().expect("made with a census");
    let club = named(replica, "actor", "Club inventé");
    put(replica, club, "commune", "75118");
    put(replica, club, "qpv", "QN07501M");
    named(replica, "actor", "Autre club");
    let quarter = TerritoryCode::parse("QPV-QN07501M").expect("a code");
    let federation = *replica.state().federation();
    let name = Wanted::Value(Value::Text("Quartier <inventé>".to_owned()));
    let saving = Saving {
        record: quarter.record(&federation),
        birth: Some(quarter.birth()),
        base: Vec::new(),
        draft: Draft {
            fields: [("name".to_owned(), name)].into(),
        },
    };
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE));
    let mut browser = logged_in(&node, "noe").await;
    for search in [
        "commune=75118",
        "commune=75056",
        "q=75118",
        "q=75056",
        "qpv=QN07501M",
    ] {
        let list = browser.open(&format!("/recensement?{search}")).await;
        assert_eq!(listed(&list), ["Club inventé"], "{search}");
    }
    let all = browser.open("/recensement").await.body;
    for said in [
        "Commune",
        "Paris (75056)",
        "Paris (75118)",
        "Quartier prioritaire",
        "Quartier &#60;inventé&#62; (QN07501M)",
    ] {
        assert!(all.contains(said), "{said}: {all}");
    }
}

#[tokio::test]
async fn a_facet_with_many_values_shows_the_first_ones_and_those_that_are_chosen() {
    let node = Node::with_census();
    let replica = node.replica.as_deref().expect("made with a census");
    let themes = crdt_schema::record::vocabulary_named("themes").expect("a vocabulary");
    let all: std::collections::BTreeSet<String> = themes
        .terms
        .iter()
        .map(|term| term.code.to_owned())
        .collect();
    assert!(all.len() > 13);
    let record = named(replica, "actor", "Club inventé");
    let view = replica.read().expect("a snapshot").record(&record);
    let saving = Saving::over(
        &view.expect("readable").expect("held"),
        Draft {
            fields: [("themes".to_owned(), Wanted::Terms(all))].into(),
        },
    );
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE));
    let mut browser = logged_in(&node, "zoe").await;
    let page = browser.open("/recensement").await;
    let (open, more) = page.body.split_once("Voir plus de valeurs").expect("more");
    let more = more.split("</ul>").next().expect("is closed");
    let shown = |part: &str| part.matches("href=\"/recensement?themes=").count();
    assert_eq!((shown(open), shown(more)), (12, themes.terms.len() - 12));
    let (_, last) = more
        .rsplit_once("href=\"/recensement?themes=")
        .expect("a value");
    let last = last.split('"').next().expect("is closed");
    let page = browser.open(&format!("/recensement?themes={last}")).await;
    let (open, more) = page.body.split_once("Voir plus de valeurs").expect("more");
    assert_eq!(
        open.matches("aria-current=\"true\"><span>").count(),
        1,
        "{open}"
    );
    assert!(
        !more
            .split("</ul>")
            .next()
            .expect("is closed")
            .contains("aria-current")
    );
}
