//! A file imported again after partners have written, and imports taken back: nobody's edit is lost, and what is taken back reads as it
//! did before. The files are invented.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use admin_ui::files::{
    Export, Form, Import, ImportError, Imported, Reach, Request, Undo, UndoError, Undone,
};
use crdt_schema::draft::{Draft, Wanted};
use crdt_schema::edit::{Field, Value};
use crdt_schema::id::{FileHash, RecordId};
use crdt_schema::record::{AttachedFile, Document, FileType, Kind, Row};
use crdt_schema::time::Timestamp;
use proptest::prelude::*;
use replica::local::{ImportRun, Local};
use replica::{NewItem, Saving};

use crate::harness::federation::Node;
use crate::imports;

const FILE: &str = "id;nom;code_insee;telephone\n\
    7;Maison sport-santé;45155;02 61 91 00 12\n\
    8;Atelier vélo;45155;\n";
const VIEWS_DEADLINE: Duration = Duration::from_secs(60);

/// A node that imports, and what it remembers.
pub(crate) struct Office {
    pub(crate) node: Node,
    pub(crate) local: Local,
}

impl Office {
    fn new() -> Self {
        Self::of(1)
    }

    /// The node of one of the partners.
    pub(crate) fn of(number: u8) -> Self {
        let node = Node::new(number);
        let local = Local::open(&node.folder.path().join(replica::local::FILE)).expect("opens");
        Self { node, local }
    }

    pub(crate) fn import(&self, table: &str) -> Imported {
        let imported = self.import_as("clubs.csv", None, table.as_bytes());
        self.settle();
        imported
    }

    fn try_out(&self, table: &str) -> Imported {
        self.with(("clubs.csv", None, table.as_bytes()), |wanted| {
            wanted.dry_run((&self.node.replica, &self.local), &mut |_| {
                ControlFlow::Continue(())
            })
        })
    }

    /// Imports a file, and does not wait for what the node makes of it afterwards.
    pub(crate) fn import_as(&self, name: &str, kind: Option<&str>, table: &[u8]) -> Imported {
        let request = Request {
            by: "camille",
            at: Timestamp::from_millis(1),
        };
        self.with((name, kind, table), |wanted| {
            wanted.run((&self.node.replica, &self.local), request, &mut |_| {
                ControlFlow::Continue(())
            })
        })
    }

    pub(crate) fn with(
        &self,
        (name, kind, table): (&str, Option<&str>, &[u8]),
        make: impl FnOnce(&Import<'_>) -> Result<Imported, ImportError>,
    ) -> Imported {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(table).expect("the disk has room");
        let source = name.split('.').next().unwrap_or_default();
        let wanted = Import {
            kind: kind.and_then(Kind::parse),
            ..imports::of(&file, name, source)
        };
        make(&wanted).expect("imported")
    }

    fn exported(&self, form: Form) -> Vec<u8> {
        self.exported_of(form, Kind::parse("actor"))
    }

    pub(crate) fn exported_of(&self, form: Form, kind: Option<&'static Kind>) -> Vec<u8> {
        let export = Export {
            form,
            kind,
            found: None,
            language: "fr",
            reach: Reach::Partners,
            now: Timestamp::from_millis(0),
            address: None,
            said_max: 0,
        };
        let mut file = tempfile::tempfile().expect("a file");
        let mut watch = |_| ControlFlow::Continue(());
        let written = export.write(&self.node.replica, &mut file, &mut watch);
        written.expect("it is written");
        file.rewind().expect("is a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("is readable");
        bytes
    }

    fn run(&self, number: u64) -> ImportRun {
        let run = self.local.import_run(number).expect("readable");
        run.expect("remembered")
    }

    pub(crate) fn undo(&self, number: u64) -> Result<Undone, UndoError> {
        let run = self.run(number);
        let undo = Undo {
            run: &run,
            local: &self.local,
            now: Timestamp::from_millis(2),
        };
        let mut watch = |_| ControlFlow::Continue(());
        let shown = undo.dry_run(&self.node.replica, &mut watch)?;
        let undone = undo.run(&self.node.replica, &mut watch)?;
        assert_eq!(shown, undone, "what is shown before is what is done");
        self.settle();
        Ok(undone)
    }

    pub(crate) fn settle(&self) {
        assert!(self.node.replica.wait_for_views(VIEWS_DEADLINE));
    }

    /// What the records that say anything say, without who wrote it.
    fn contents(&self) -> BTreeMap<RecordId, BTreeMap<String, String>> {
        let plain = |field: &Field| {
            let values: Vec<_> = field.values.iter().map(|written| &written.value).collect();
            let terms: BTreeSet<_> = field.terms.keys().collect();
            format!("{values:?} {terms:?} {:?}", field.text)
        };
        let mut contents = BTreeMap::new();
        let reader = self.node.replica.read().expect("a snapshot");
        let read = reader.each_record(|view| {
            let fields = view.fields().iter();
            let fields: BTreeMap<_, _> = fields
                .map(|(name, field)| (name.clone(), plain(field)))
                .collect();
            if !fields.is_empty() {
                contents.insert(view.record, fields);
            }
            Ok::<(), replica::Fault>(())
        });
        read.expect("readable");
        contents
    }

    /// The digest of what all records say.
    fn live(&self) -> [u8; 32] {
        live(&self.node)
    }

    pub(crate) fn record(&self, name: &str) -> RecordId {
        let reader = self.node.replica.read().expect("a snapshot");
        let mut found = None;
        let read = reader.each_record(|view| {
            let held = view.field("name").and_then(Field::winner);
            if held.map(|held| &held.value) == Some(&Value::Text(name.to_owned())) {
                found = Some(view.record);
            }
            Ok::<(), replica::Fault>(())
        });
        read.expect("readable");
        found.expect("a record of this name")
    }
}

fn live(node: &Node) -> [u8; 32] {
    let reader = node.replica.read().expect("a snapshot");
    reader.live_digest().expect("readable")
}

/// Another partner takes everything, names a record, and gives it back.
fn renamed_elsewhere(office: &Office, record: RecordId, name: &str) {
    let other = Node::new(2);
    other.take_all(&office.node);
    assert!(other.replica.wait_for_views(VIEWS_DEADLINE));
    other.put(record, None, name);
    office.node.take_all(&other);
    office.settle();
}

pub(crate) fn counts(imported: &Imported) -> [u64; 4] {
    let report = &imported.report;
    [report.new, report.changed, report.unchanged, report.refused]
}

#[test]
fn a_partners_edit_between_two_imports_stays_and_the_report_says_so() {
    let office = Office::new();
    assert_eq!(counts(&office.import(FILE)), [2, 0, 0, 0]);
    let record = office.record("Atelier vélo");
    renamed_elsewhere(&office, record, "Atelier vélo de Gien");
    let entries = office.node.entries().len();
    let again = office.import(FILE);
    assert_eq!((counts(&again), again.number), ([0, 0, 2, 0], None));
    assert_eq!(office.node.entries().len(), entries, "nothing was signed");
    assert_eq!(office.node.names(&record), ["Atelier vélo de Gien"]);
    let said = &again.report.problems;
    assert_eq!(
        said.iter()
            .map(|one| (one.problem.code, one.problem.line))
            .collect::<Vec<_>>(),
        [("changed_here", 3)]
    );
    // What the source changes in another field of the record is taken, and the partner's name stays.
    let newer = FILE.replace("45155;\n", "45155;02 61 91 00 13\n");
    assert_eq!(counts(&office.import(&newer)), [0, 1, 1, 0]);
    assert_eq!(office.node.names(&record), ["Atelier vélo de Gien"]);
}

#[test]
fn a_node_that_remembers_nothing_takes_what_is_new_in_the_file_and_says_what_it_replaces() {
    let office = Office::new();
    office.import(FILE);
    let record = office.record("Atelier vélo");
    renamed_elsewhere(&office, record, "Atelier vélo de Gien");
    let forgetful = Office {
        local: Local::open(&office.node.folder.path().join("other.redb")).expect("opens"),
        ..office
    };
    // What the partner has corrected in this very file is not taken back by it.
    let again = forgetful.import(FILE);
    assert_eq!(counts(&again), [0, 0, 2, 0]);
    assert_eq!(again.report.problems[0].problem.code, "edited_since");
    assert_eq!(forgetful.node.names(&record), ["Atelier vélo de Gien"]);
    let newer = FILE.replace("Atelier vélo", "Atelier du vélo");
    let again = forgetful.import(&newer);
    assert_eq!(counts(&again), [0, 1, 1, 0]);
    assert_eq!(again.report.problems[0].problem.code, "partner_value");
    assert_eq!(forgetful.node.names(&record), ["Atelier du vélo"]);
}

#[test]
fn a_record_with_documents_leaves_and_comes_back_as_it_is() {
    let office = Office::new();
    office.import(FILE);
    let record = office.record("Atelier vélo");
    let reader = office.node.replica.read().expect("a snapshot");
    let view = reader.record(&record).expect("readable").expect("held");
    let file = AttachedFile {
        hash: FileHash::from_bytes([7; 32]),
        bytes: 12,
        file_type: FileType::Pdf,
        name: "statuts.pdf".to_owned(),
    };
    let draft = view.adding_document(&Document::File(file));
    let operations = draft.operations(view.fields());
    let item = NewItem::of_edit(record, view.heads.clone(), None, operations);
    office.node.replica.contribute(vec![item]).expect("signed");
    office.settle();
    let before = office.contents();
    assert!(before[&record].contains_key("documents"));
    for (form, name) in [(Form::Csv, "actors.csv"), (Form::Json, "actors.json")] {
        let bytes = office.exported(form);
        assert!(
            String::from_utf8_lossy(&bytes).contains("statuts.pdf"),
            "{name}"
        );
        let again = office.import_as(name, Some("actor"), &bytes);
        assert_eq!(counts(&again), [0, 0, 2, 0], "{name}");
        let notices = again.report.notices.iter();
        let said = notices.filter(|one| one.problem.code == "column_outside");
        assert_eq!(said.count(), 1, "{name}");
        assert_eq!(office.contents(), before, "{name}");
    }
}

#[test]
fn what_was_written_a_moment_ago_can_be_named() {
    let office = Office::new();
    let actors: String = (0..2_000)
        .map(|n| format!("{n};Club inventé {n}\n"))
        .collect();
    let actors = format!("id;nom\n{actors}");
    let imported = office.import_as("clubs.csv", Some("actor"), actors.as_bytes());
    assert_eq!(imported.report.new, 2_000);
    let actions = "nom;holder\nTournoi;Club inventé 1999\nStage;Club inventé 0\n";
    let imported = office.import_as("actions.csv", Some("initiative"), actions.as_bytes());
    assert_eq!(
        counts(&imported),
        [2, 0, 0, 0],
        "{:?}",
        imported.report.problems
    );
}

#[test]
fn an_import_is_taken_back_but_for_what_others_have_written_in() {
    let office = Office::new();
    let number = office.import(FILE).number.expect("it signed something");
    assert_eq!(office.run(number).ended, Some((2, 0)));
    let record = office.record("Atelier vélo");
    renamed_elsewhere(&office, record, "Atelier vélo de Gien");
    let before = office.contents();
    let undone = office.undo(number).expect("taken back");
    assert_eq!(
        (undone.emptied, undone.restored, undone.unchanged),
        (1, 0, 0)
    );
    assert_eq!(undone.kept.len(), 1);
    assert_eq!(
        (undone.kept[0].record, undone.kept[0].fields.len()),
        (record, 0)
    );
    let after = office.contents();
    assert_eq!(after.len(), 1);
    assert_eq!(after[&record], before[&record], "it stays whole");
    assert!(matches!(office.undo(number), Err(UndoError::Already)));
    // The same file makes the other record again, and leaves the partner's name.
    let again = office.import(FILE);
    assert_eq!(counts(&again), [1, 0, 1, 0]);
    assert_eq!(office.contents(), before);
}

#[test]
fn a_field_that_was_changed_since_stays_and_the_others_read_as_before() {
    let office = Office::new();
    office.import(FILE);
    let record = office.record("Atelier vélo");
    let newer = FILE.replace("Atelier vélo;45155;", "Atelier;45155;02 61 91 00 13");
    let number = office.import(&newer).number.expect("it signed something");
    renamed_elsewhere(&office, record, "Atelier vélo de Gien");
    let undone = office.undo(number).expect("taken back");
    assert_eq!((undone.emptied, undone.restored), (0, 1));
    assert_eq!(undone.kept[0].fields, ["name"]);
    let after = office.contents();
    assert!(after[&record]["name"].contains("Atelier vélo de Gien"));
    assert!(!after[&record].contains_key("phone"));
    // The same file again writes what was taken back, and leaves the partner's name.
    let again = office.import(&newer);
    assert_eq!(counts(&again), [0, 1, 1, 0]);
    assert_eq!(office.node.names(&record), ["Atelier vélo de Gien"]);
    assert!(office.contents()[&record].contains_key("phone"));
}

#[test]
fn rows_of_an_import_read_as_before_and_stay_where_somebody_added_one_since() {
    let office = Office::new();
    let file = |rows: &str| {
        let name = "\"id\":\"1\",\"name\":\"Fête inventée\"";
        format!("[{{{name},\"funding_lines\":[{rows}]}}]")
    };
    let rows_of = |record: RecordId| -> Vec<String> {
        let reader = office.node.replica.read().expect("a snapshot");
        let view = reader.record(&record).expect("readable").expect("held");
        let held = view.field("funding_lines");
        held.map_or_else(Vec::new, |held| held.terms.keys().cloned().collect())
    };
    let import = |rows: &str| {
        let imported = office.import_as("fetes.json", Some("initiative"), file(rows).as_bytes());
        office.settle();
        imported
    };
    let (city, other) = (
        r#"{"id":"a1","funder_name":"Ville inventée","asked":"4000"}"#,
        r#"{"id":"b2","funder_name":"Fondation inventée","asked":"500"}"#,
    );
    import(&format!("{city},{other}"));
    let record = office.record("Fête inventée");
    let before = rows_of(record);
    assert_eq!(before.len(), 2, "{before:?}");
    // One row changes, one goes, one is new.
    let granted = city.replace("\"4000\"", "\"4500\"");
    let new = r#"{"id":"c3","funder_name":"Région inventée","asked":"900"}"#;
    let second = import(&format!("{granted},{new}"));
    assert_eq!(counts(&second), [0, 1, 0, 0]);
    let after = rows_of(record);
    assert_eq!(after.len(), 2, "{after:?}");
    assert!(after.iter().all(|row| !before.contains(row)), "{after:?}");
    let number = second.number.expect("it signed something");
    assert_eq!(office.undo(number).expect("taken back").restored, 1);
    assert_eq!(rows_of(record), before);

    // Somebody adds a row after the next import: the rows are a field that was touched since, and none of them goes.
    let third = import(&format!("{granted},{new}")).number;
    let own = Row::of("d4", [("note".to_owned(), "à la main".into())].into());
    let own = own.expect("a row").term();
    let reader = office.node.replica.read().expect("a snapshot");
    let view = reader.record(&record).expect("readable").expect("held");
    let with_own: BTreeSet<String> = after.into_iter().chain([own]).collect();
    let draft = Draft {
        fields: [("funding_lines".to_owned(), Wanted::Terms(with_own.clone()))].into(),
    };
    let saving = Saving::over(&view, draft);
    office.node.replica.save(saving).expect("it is written");
    office.settle();
    let undone = office.undo(third.expect("it signed")).expect("looked at");
    assert_eq!((undone.restored, undone.kept.len()), (0, 1));
    assert_eq!(rows_of(record), with_own.into_iter().collect::<Vec<_>>());
}

#[test]
fn two_imports_are_taken_back_the_newest_first() {
    let office = Office::new();
    let first = office.import(FILE).number.expect("it signed something");
    let before = office.contents();
    let newer = FILE.replace("Atelier vélo", "Atelier");
    let second = office.import(&newer).number.expect("it signed something");
    assert_eq!(office.undo(second).expect("taken back").restored, 1);
    assert_eq!(office.contents(), before);
    let undone = office.undo(first).expect("taken back");
    assert_eq!((undone.emptied, undone.kept.len()), (2, 0));
    assert_eq!(office.contents().len(), 0);
}

#[test]
fn what_all_records_say_has_the_digest_of_before_on_both_nodes() {
    let office = Office::new();
    let nothing = office.live();
    let first = office.import(FILE).number.expect("it signed something");
    let before = office.live();
    assert_ne!(before, nothing);
    let newer =
        FILE.replace("Atelier vélo;45155;", "Atelier;45155;02 61 91 00 13") + "9;Chorale;45155;\n";
    let second = office.import(&newer).number.expect("it signed something");
    assert_ne!(office.live(), before);
    let ville = Node::new(2);
    let agree = |digest: [u8; 32]| {
        ville.take_all(&office.node);
        assert_eq!(ville.digest(), office.node.digest());
        assert_eq!((office.live(), live(&ville)), (digest, digest));
    };
    agree(office.live());
    office.undo(second).expect("taken back");
    agree(before);
    office.undo(first).expect("taken back");
    agree(nothing);
    office.import(FILE);
    agree(before);
}

#[test]
fn a_row_whose_import_was_taken_back_is_compared_with_what_is_there_as_a_new_one() {
    let office = Office::new();
    let table = "id;nom;code_insee;siret\n7;Maison sport-santé;45155;40229699000037\n";
    let number = office.import(table).number.expect("it signed something");
    office.undo(number).expect("taken back");
    let other = table.replace("\n7;", "\n8;");
    office.import(&other);
    let held = office.record("Maison sport-santé");
    let tried = office.try_out(table);
    assert_eq!(counts(&tried), [1, 0, 0, 0]);
    let touched: Vec<_> = tried.touched.iter().map(|one| one.is_new).collect();
    assert_eq!(touched, [true]);
    assert_eq!(tried.alike.rows, 1);
    assert_eq!(tried.alike.listed[0].record, held);
    let again = office.try_out(&other);
    assert_eq!((counts(&again), again.alike.rows), ([0, 0, 1, 0], 0));
}

/// One row for each number: a name, a phone and themes out of few, or nothing.
fn table() -> impl Strategy<Value = String> {
    let cells = (
        0..3_usize,
        prop::option::of(0..3_u8),
        prop::collection::btree_set(0..3_usize, 0..3),
        prop::option::of("[a-c ]{0,12}"),
    );
    let rows = prop::collection::btree_map(1..6_u8, cells, 1..5);
    rows.prop_map(|rows| {
        let mut table = "id;nom;telephone;themes;description\n".to_owned();
        for (id, (name, phone, themes, text)) in rows {
            let name = ["Atelier", "Maison", "Club"][name];
            let phone = phone.map_or(String::new(), |last| format!("02 61 91 00 1{last}"));
            let all = ["sport", "sante", "culture"];
            let themes: Vec<_> = themes.into_iter().map(|theme| all[theme]).collect();
            let text = text.unwrap_or_default();
            table += &format!("{id};{name};{phone};{};{text}\n", themes.join("|"));
        }
        table
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_taken_back_reads_as_before_and_can_be_imported_again(
        first in prop::option::of(table()),
        second in table(),
    ) {
        let office = Office::new();
        if let Some(first) = &first {
            office.import(first);
        }
        let (before, live) = (office.contents(), office.live());
        let imported = office.import(&second);
        let between = office.contents();
        if let Some(number) = imported.number {
            let undone = office.undo(number).expect("taken back");
            prop_assert_eq!(undone.emptied, imported.report.new);
            prop_assert_eq!(undone.restored, imported.report.changed);
            prop_assert!(undone.kept.is_empty());
            prop_assert_eq!(office.contents(), before);
            prop_assert_eq!(office.live(), live);
            office.import(&second);
        }
        prop_assert_eq!(office.contents(), between);
        prop_assert_eq!(office.import(&second).number, None);
    }
}
