//! The contacts of an import that is taken back: what it wrote and nobody has replaced since goes, on every node. The persons are
//! invented.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use admin_ui::contact::{SeenBy, TypedContact, of_record};
use admin_ui::files::{Contacts, ContactsUndone, Import, Imported, Request, Undone};
use crdt_schema::id::{RecordId, SubjectId};
use crdt_schema::personal::Visibility;
use crdt_schema::time::Timestamp;
use replica::Replica;
use replica::local::Local;

use crate::harness::federation::Node;
use crate::taken_back::Office;

const FILE: &str = "identifiant;nom;commune;contact_nom;contact_courriel\n\
    C1;Club inventé;45155;Camille Exemple;camille@exemple.example\n\
    C2;Cercle inventé;45155;Noé Exemple;noe@exemple.example\n";
const PARTNERS: SeenBy = SeenBy::Others(Visibility::Partners);

fn draw(bytes: &mut [u8]) {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    bytes.fill(NEXT.fetch_add(1, Ordering::Relaxed));
}

/// Imports a file with its persons.
fn import(office: &Office, table: &str, seen_by: SeenBy) -> Imported {
    let contacts = Contacts {
        seen_by,
        purpose: "organiser",
        until: "2099-12-31",
        local: &office.local,
        draw,
    };
    let request = Request {
        by: "camille",
        at: Timestamp::from_millis(1),
    };
    let held = (&*office.node.replica, &office.local);
    let imported = office.with(("clubs.csv", Some("actor"), table.as_bytes()), |wanted| {
        let wanted = Import {
            contacts: Some(contacts),
            ..*wanted
        };
        wanted.run(held, request, &mut |_| ControlFlow::Continue(()))
    });
    office.settle();
    imported
}

/// Somebody writes another mail of a person.
fn write_mail(office: &Office, person: (RecordId, SubjectId), mail: &str, seen_by: SeenBy) {
    let typed = TypedContact {
        mail: mail.to_owned(),
        purpose: "rappel".to_owned(),
        seen_by: seen_by.code().to_owned(),
        ..TypedContact::default()
    };
    let contact = typed.read().unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let kept = contact.keep(&office.node.replica, &office.local, person.0, person.1);
    kept.expect("kept");
}

/// Who is reached how: the values that are shown, in the order of their text.
fn shown(replica: &Replica, local: &Local) -> Vec<(RecordId, SubjectId, String)> {
    let reader = replica.read().expect("a snapshot");
    let mut shown = Vec::new();
    let read = reader.each_record(|view| {
        let persons = of_record(&reader, local, &view.record).expect("readable");
        for (subject, values) in persons {
            shown.extend(
                values
                    .into_iter()
                    .map(|value| (view.record, subject, value.value)),
            );
        }
        Ok::<(), replica::Fault>(())
    });
    read.expect("readable");
    shown.sort_by(|one, other| one.2.cmp(&other.2));
    shown
}

fn texts(office: &Office) -> Vec<String> {
    let shown = shown(&office.node.replica, &office.local);
    shown.into_iter().map(|(.., value)| value).collect()
}

fn undo(office: &Office, number: u64) -> Undone {
    office.undo(number).expect("undone")
}

fn counts(undone: &Undone) -> [u64; 3] {
    let ContactsUndone {
        gone,
        restored,
        kept,
    } = undone.contacts;
    [gone, restored, kept]
}

fn person(office: &Office, value: &str) -> (RecordId, SubjectId) {
    let shown = shown(&office.node.replica, &office.local);
    let found = shown.iter().find(|(.., text)| text == value);
    found
        .map(|(record, subject, _)| (*record, *subject))
        .expect("is shown")
}

#[test]
fn contacts_go_with_their_import_on_every_node_but_for_what_somebody_wrote_since() {
    let office = Office::of(1);
    import(&office, FILE, PARTNERS);
    let other = Node::new(2);
    other.take_all(&office.node);
    assert!(other.replica.wait_for_views(Duration::from_secs(60)));
    let none = Local::open(&other.folder.path().join(replica::local::FILE)).expect("opens");
    assert_eq!(shown(&other.replica, &none).len(), 4);
    write_mail(
        &office,
        person(&office, "noe@exemple.example"),
        "n.exemple@exemple.example",
        PARTNERS,
    );

    let undone = undo(&office, 1);
    assert_eq!((counts(&undone), undone.emptied), ([3, 0, 1], 2));
    assert_eq!(texts(&office), ["n.exemple@exemple.example"]);
    other.take_all(&office.node);
    assert!(other.replica.wait_for_views(Duration::from_secs(60)));
    let there: Vec<_> = shown(&other.replica, &none)
        .into_iter()
        .map(|it| it.2)
        .collect();
    assert_eq!(there, ["n.exemple@exemple.example"]);
    let reader = other.replica.read().expect("a snapshot");
    let held = reader
        .find_personal(usize::MAX, |_| true)
        .expect("readable");
    let held = held.iter().filter_map(|value| value.content.as_ref());
    assert!(
        held.map(|content| &content.value)
            .all(|value| !value.contains("amille"))
    );

    // The same file brings them again.
    let again = import(&office, FILE, PARTNERS);
    assert_eq!((again.report.new, again.contacts.kept), (2, 2));
    assert_eq!(texts(&office).len(), 5);
}

#[test]
fn what_an_import_of_contacts_had_replaced_reads_as_before_and_then_goes_with_its_own() {
    let office = Office::of(1);
    import(&office, FILE, PARTNERS);
    let before = texts(&office);
    let newer = FILE.replace("noe@", "n.exemple@");
    let second = import(&office, &newer, PARTNERS);
    assert_eq!((second.report.changed, second.number), (0, Some(2)));
    assert!(texts(&office).contains(&"n.exemple@exemple.example".to_owned()));

    assert_eq!(counts(&undo(&office, 2)), [0, 2, 0]);
    assert_eq!(texts(&office), before);
    assert_eq!(counts(&undo(&office, 1)), [4, 0, 0]);
    assert_eq!(texts(&office), [""; 0]);
}

#[test]
fn what_an_import_that_was_taken_back_wrote_is_not_brought_back_by_another() {
    let office = Office::of(1);
    import(&office, FILE, PARTNERS);
    import(&office, &FILE.replace("noe@", "n.exemple@"), PARTNERS);
    assert_eq!(counts(&undo(&office, 1)), [2, 0, 2]);
    assert_eq!(counts(&undo(&office, 2)), [2, 0, 0]);
    assert_eq!(texts(&office), [""; 0]);
}

#[test]
fn contacts_of_our_own_organisation_go_too_unless_a_person_wrote_over_them() {
    let office = Office::of(1);
    import(&office, FILE, SeenBy::OurOrganisation);
    let noe = person(&office, "noe@exemple.example");
    write_mail(
        &office,
        noe,
        "n.exemple@exemple.example",
        SeenBy::OurOrganisation,
    );
    assert_eq!(counts(&undo(&office, 1)), [3, 0, 0]);
    assert_eq!(texts(&office), ["n.exemple@exemple.example"]);
}
