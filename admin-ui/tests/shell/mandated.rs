//! What a mandate does not cover is left out, or refused with what to do, before anything is signed: one such record would void all that is
//! signed with it.

use std::sync::Arc;
use std::time::Duration;

use admin_ui::files::{Bulk, BulkChange};
use axum::http::StatusCode;
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::Value;
use crdt_schema::governance::{Mandate, Scope, Selection};
use crdt_schema::id::RecordId;
use crdt_schema::record::Kind;
use crdt_schema::view::RecordView;
use replica::search::Query;
use replica::{Decision, NewItem, Replica, Saving};

use crate::browser::{Browser, Node};
use crate::census;
use crate::files::{begin, logged_in, try_out, wait, write};

const DEADLINE: Duration = Duration::from_secs(60);

/// The node of a partner who may write in the Loiret, and another partner who may write everywhere.
struct Two {
    node: Node,
    other: Arc<Replica>,
    _folder: tempfile::TempDir,
}

impl Two {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            other: census::of_partner(folder.path(), &census::with_mandate(), 1),
            node: Node::with_mandate(),
            _folder: folder,
        }
    }

    fn replica(&self) -> &Replica {
        self.node.replica.as_deref().expect("made with a census")
    }

    /// Has the node learn what the other partner wrote.
    fn share(&self) {
        pass(&self.other, self.replica());
    }

    fn view(&self, record: &RecordId) -> RecordView {
        let reader = self.replica().read().expect("a snapshot");
        reader.record(record).expect("readable").expect("held")
    }
}

fn pass(from: &Replica, to: &Replica) {
    let federation = *from.state().federation();
    let mut ids: Vec<_> = from
        .state()
        .feeds()
        .entries()
        .map(|(id, held)| (held.sequence, id))
        .collect();
    ids.sort_unstable();
    let ids: Vec<_> = ids.into_iter().map(|(_, id)| id).collect();
    let signed = from.read().expect("a snapshot").signed_entries(&ids);
    let verified = signed.expect("readable").into_iter();
    let verified = verified.map(|entry| entry.verify(&federation).expect("signed"));
    to.ingest(verified.collect()).expect("it is written");
    assert!(to.wait_for_views(DEADLINE), "views are built in time");
}

fn text(value: &str) -> Wanted {
    Wanted::Value(Value::Text(value.to_owned()))
}

/// Writes an invented actor at home in a département.
fn made(replica: &Replica, (number, place): (u8, &str), fields: &[(&str, Wanted)]) -> RecordId {
    let federation = *replica.state().federation();
    let fields = fields.iter().cloned();
    let fields = fields.map(|(name, wanted)| (name.to_owned(), wanted));
    let draft = Draft {
        fields: fields.collect(),
    };
    let saving = Saving::creation(&federation, "actor", place, [number; 16], draft);
    let record = saving.record;
    replica.save(saving).expect("it is written");
    assert!(replica.wait_for_views(DEADLINE), "views are built in time");
    record
}

fn themes(view: &RecordView) -> Vec<&String> {
    let held = view.field("themes").into_iter();
    held.flat_map(|held| held.terms.keys()).collect()
}

#[tokio::test]
async fn a_change_of_many_leaves_out_what_a_mandate_does_not_cover() {
    let two = Two::new();
    let near = made(&two.other, (1, "45"), &[("name", text("Club de Gien"))]);
    let far = made(&two.other, (2, "18"), &[("name", text("Club de Bourges"))]);
    two.share();
    let mut browser = logged_in(&two.node, "noe").await;
    let place = "/recensement/lot?kind=actor&champ=themes";
    let token = browser.open(place).await.token();
    let sent = [
        ("token", token.as_str()),
        ("comment", "add"),
        ("themes", "sport"),
    ];
    let looked = browser.post(place, &sent).await;
    assert!(
        looked.body.contains("Une fiche changerait"),
        "{}",
        looked.body
    );
    assert!(
        looked.body.contains("hors de votre mandat"),
        "{}",
        looked.body
    );
    let token = looked.token();
    let sent = [&[("token", token.as_str()), ("vues", "1")], &sent[1..]].concat();
    let signed = browser.post(place, &sent).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.body);
    assert!(two.replica().wait_for_views(DEADLINE));
    assert_eq!(themes(&two.view(&near)), ["sport"], "it is not void");
    assert!(themes(&two.view(&far)).is_empty());
    let change = BulkChange::Add(["culture".to_owned()].into());
    let bulk = Bulk {
        query: &Query::default(),
        kind: Kind::parse("actor").expect("one of ours"),
        field: "themes",
        change: &change,
    };
    let report = bulk.dry_run(two.replica()).expect("looked at");
    assert_eq!((report.changed, report.outside), (1, 1));
}

/// Has one pair said to be one thing or two, by the form of its page.
async fn decide(
    browser: &mut Browser<'_>,
    pair: (RecordId, RecordId),
    verdict: &str,
) -> crate::browser::Answer {
    let path = format!("/doublons/{}/{}", pair.0, pair.1);
    let shown = browser.open(&path).await;
    let field = |name: &str| {
        let before = format!("name=\"{name}\" value=\"");
        shown.between(&before, "\"").to_owned()
    };
    let (token, heads, other) = (shown.token(), field("heads"), field("other-heads"));
    let sent = [
        ("token", token.as_str()),
        ("heads", &heads),
        ("other-heads", &other),
        ("verdict", verdict),
        ("why", "une seule chorale"),
    ];
    browser.post(&path, &sent).await
}

#[tokio::test]
async fn records_that_a_mandate_does_not_cover_are_not_merged_and_what_was_typed_stays() {
    let two = Two::new();
    let near = made(&two.other, (1, "45"), &[("name", text("Chorale de Gien"))]);
    let far = made(&two.other, (2, "18"), &[("name", text("Chorale de Gien"))]);
    two.share();
    let entries = two
        .replica()
        .read()
        .expect("reads")
        .counts()
        .expect("counted")
        .entries;
    let mut browser = logged_in(&two.node, "noe").await;
    let refused = decide(&mut browser, (near, far), "same").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = "Votre mandat ne couvre pas ces fiches";
    assert!(refused.body.contains(said), "{}", refused.body);
    assert!(
        refused.body.contains("une seule chorale"),
        "{}",
        refused.body
    );
    let now = two
        .replica()
        .read()
        .expect("reads")
        .counts()
        .expect("counted")
        .entries;
    assert_eq!(now, entries, "nothing was signed");
    // The one that stays is not written to: only the other one has to be ours.
    let merged = decide(&mut browser, (far, near), "same").await;
    assert_eq!(merged.status, StatusCode::SEE_OTHER, "{}", merged.body);
    assert!(two.replica().wait_for_views(DEADLINE));
    assert_eq!(two.view(&near).replaced_by(), Some(far));
}

#[tokio::test]
async fn a_split_leaves_out_what_a_mandate_does_not_cover_and_keeps_what_was_said() {
    let two = Two::new();
    let near = made(&two.other, (1, "45"), &[("name", text("Chorale de Gien"))]);
    let far = made(&two.other, (2, "18"), &[("name", text("Chorale de Gien"))]);
    let reader = two.other.read().expect("a snapshot");
    let view = |record| reader.record(record).expect("readable").expect("held");
    let (stays, other) = (view(&near), view(&far));
    let sides = admin_ui::merging::Sides {
        stays: &stays,
        other: &other,
    };
    let merged = admin_ui::merging::merge(&two.other, sides, &Draft::default(), "une seule");
    merged.expect("it is signed");
    two.share();
    assert_eq!(two.view(&far).replaced_by(), Some(near));
    let mut browser = logged_in(&two.node, "noe").await;
    let split = decide(&mut browser, (near, far), "distinct").await;
    assert_eq!(split.status, StatusCode::SEE_OTHER, "{}", split.body);
    let page = browser.open(split.location()).await;
    assert!(page.body.contains("hors de votre mandat"), "{}", page.body);
    assert!(two.replica().wait_for_views(DEADLINE));
    assert!(two.view(&far).is_withdrawn(), "nothing void was signed");
    let reader = two.replica().read().expect("a snapshot");
    let said = reader
        .statements_with(&near, "duplicate")
        .expect("readable");
    let partner = two.replica().partner().expect("enrolled");
    let own = said.iter().filter(|held| held.partner == Some(partner));
    assert_eq!(own.count(), 1, "what was said of the pair counts");
}

const CLUBS: &str = "Identifiant;Nom du club;Commune;Code INSEE\n\
    C1;Les Archers inventés;Gien;45155\n\
    C2;Le Cercle inventé;Bourges;18033\n";

/// Has the other partner give the node a mandate, or take back the last that it gave.
fn mandate(two: &Two, decision: &Decision) {
    let acts = {
        let reader = two.other.read().expect("a snapshot");
        let state = two.other.state();
        decision.acts(&state, &reader).expect("a decision")
    };
    let items = acts.iter().map(|act| NewItem::of_act(act).expect("known"));
    two.other.decide(items.collect()).expect("it is written");
    two.share();
}

#[tokio::test]
async fn taking_an_import_back_leaves_what_a_mandate_covers_no_more() {
    let two = Two::new();
    let partner = two.replica().partner().expect("enrolled");
    let cher = Mandate::new(vec![Scope {
        kinds: Selection::All,
        territories: Selection::only(["18"]),
    }]);
    pass(two.replica(), &two.other);
    mandate(&two, &Decision::Mandate(partner, cher));
    let mut browser = logged_in(&two.node, "noe").await;
    let begun = begin(&mut browser, "Clubs", "clubs.csv", CLUBS.as_bytes()).await;
    let (place, report) = try_out(&mut browser, &begun, &[]).await;
    assert!(
        report.body.contains("2 nouvelles fiches"),
        "{}",
        report.body
    );
    write(&mut browser, &place, &report, "stop").await;
    let grant = {
        let state = two.other.state();
        let mut acts = state.acts().iter();
        let grant = acts.find(|(_, signed)| signed.act.name() == Some("mandate"));
        *grant.expect("it was given").0
    };
    pass(two.replica(), &two.other);
    mandate(&two, &Decision::Narrow(grant));
    let looked = wait(&mut browser, "/importer/faits/1").await;
    assert!(
        looked.body.contains("hors de votre mandat"),
        "{}",
        looked.body
    );
    assert!(looked.body.contains("Le Cercle inventé"), "{}", looked.body);
    let token = looked.token();
    let undo = "/importer/faits/1/annuler";
    browser.post(undo, &[("token", &token)]).await;
    wait(&mut browser, "/importer/faits/1").await;
    assert!(two.replica().wait_for_views(DEADLINE));
    let list = browser
        .open("/exporter/fichier?format=csv&kind=actor")
        .await
        .body;
    assert!(list.contains("Le Cercle inventé"), "it stays: {list}");
    assert!(
        !list.contains("Les Archers inventés"),
        "it is not void: {list}"
    );
}

#[tokio::test]
async fn old_codes_of_communes_outside_a_mandate_are_told() {
    let two = Two::new();
    let fields = [("name", text("Club de Rignat")), ("commune", text("01324"))];
    made(&two.other, (1, "01"), &fields);
    two.share();
    let mut browser = logged_in(&two.node, "noe").await;
    let page = browser.open("/communes/annee").await.body;
    assert!(!page.contains("Il n’y a rien à faire"), "{page}");
    assert!(page.contains("hors de votre mandat"), "{page}");
    assert!(!page.contains("Modifier une fiche"), "{page}");
}
