use std::convert::Infallible;
use std::io::Cursor;
use std::sync::LazyLock;

use crdt_schema::draft::Wanted;
use crdt_schema::edit::{Field, Replayed, Value, replay};
use crdt_schema::id::FederationId;
use crdt_schema::limits::{ITEM_BYTES_MAX, OPERATIONS_MAX, VALUE_BYTES_MAX};
use crdt_schema::register::LAST_YEAR;
use crdt_schema::vocabulary::Words;

use super::*;
use crate::table::Choices;

mod again;
mod official;

static LISTS: LazyLock<Territories> = LazyLock::new(Territories::embedded);

#[derive(Default)]
struct Memory {
    records: BTreeMap<RecordId, RecordView>,
    imported: BTreeMap<RecordId, Imprint>,
    is_others: bool,
    erased: BTreeMap<RecordId, Erased>,
}

impl Census for Memory {
    type Error = Infallible;

    fn federation(&self) -> FederationId {
        FederationId::from_bytes([1; 32])
    }

    fn find(&self, record: &RecordId) -> Result<Option<RecordView>, Infallible> {
        Ok(self.records.get(record).cloned())
    }

    fn imported(&self, _: &str, record: &RecordId) -> Result<Option<Imprint>, Infallible> {
        Ok(self.imported.get(record).cloned())
    }

    fn is_own(&self, _: &RecordId, _: &str, _: &Field) -> Result<bool, Infallible> {
        Ok(!self.is_others)
    }

    fn erased(&self, record: &RecordId) -> Result<Option<Erased>, Infallible> {
        Ok(self.erased.get(record).copied())
    }
}

impl Memory {
    /// Holds a record as one edit makes it: whatever was there is replayed as that edit's past.
    fn write(
        &mut self,
        record: RecordId,
        birth: Option<(String, String)>,
        operations: Vec<Operation>,
    ) {
        let before = self.records.get(&record);
        let birth = birth.or_else(|| before.and_then(|view| view.birth.clone()));
        let past = before.map(all_of).unwrap_or_default();
        let first = ItemId::from_bytes([1; 16]);
        let second = ItemId::from_bytes([2; 16]);
        let history = [
            Replayed {
                id: first,
                parents: vec![],
                operations: past,
            },
            Replayed {
                id: second,
                parents: vec![first],
                operations,
            },
        ];
        let merged = replay(&history).expect("it replays");
        let heads = vec![second];
        self.records.insert(
            record,
            RecordView {
                record,
                birth,
                heads,
                merged,
            },
        );
    }
}

/// The operations that make a record as it reads.
fn all_of(view: &RecordView) -> Vec<Operation> {
    let mut fields = BTreeMap::new();
    for (name, held) in view.fields() {
        let wanted = Wanted::of(held);
        fields.insert(name.clone(), wanted);
    }
    Draft { fields }.operations(&BTreeMap::new())
}

fn settings() -> Settings<'static> {
    Settings {
        source: "drajes",
        kind: None,
        wishes: &[],
        confirmed: &[],
        lists: &LISTS,
        year: LAST_YEAR,
        strictness: Strictness::Row,
        has_contacts: false,
        words: Words::shipped(),
    }
}

fn planned(file: &str, settings: Settings<'_>, census: &Memory) -> (Vec<PlannedEdit>, Report) {
    let table = Table::read(Cursor::new(file.to_owned()), &Choices::default()).expect("a table");
    let mut plan = Plan::new(table, settings, census).expect("possible wishes");
    let edits: Vec<_> = (&mut plan).map(|edit| edit.expect("never fails")).collect();
    let report = plan.finish().expect("never fails");
    assert_eq!(
        report.rows,
        report.new + report.changed + report.unchanged + report.refused
    );
    (edits, report)
}

fn imprints(file: &str, census: &Memory) -> Vec<(RecordId, Imprint)> {
    let table = Table::read(Cursor::new(file.to_owned()), &Choices::default()).expect("a table");
    let mut plan = Plan::new(table, settings(), census).expect("possible wishes");
    (&mut plan).for_each(|edit| drop(edit.expect("never fails")));
    plan.take_imprints()
}

fn import(file: &str, census: &mut Memory) -> Report {
    let (edits, report) = planned(file, settings(), census);
    let imprints = imprints(file, census);
    for edit in edits {
        let birth = edit.birth.map(|birth| (birth.kind, birth.territory));
        census.write(edit.record, birth, edit.operations);
    }
    census.imported.extend(imprints);
    report
}

fn counts(report: &Report) -> [u64; 4] {
    [report.new, report.changed, report.unchanged, report.refused]
}

const FILE: &str = "id;nom;code_insee;siret;telephone;remarque\n\
    7;Maison sport-santé;45155;40229699000037;02 61 91 00 12;à revoir\n\
    8;Atelier vélo;45155;;;\n";

#[test]
fn the_same_file_twice_gives_no_edit() {
    let mut census = Memory::default();
    assert_eq!(counts(&import(FILE, &mut census)), [2, 0, 0, 0]);
    assert_eq!(counts(&import(FILE, &mut census)), [0, 0, 2, 0]);
}

#[test]
fn a_new_record_is_born_in_the_departement_of_its_commune() {
    let (edits, _) = planned(FILE, settings(), &Memory::default());
    let birth = edits[0].birth.as_ref().expect("a birth");
    assert_eq!(
        (birth.kind.as_str(), birth.territory.as_str()),
        ("actor", "45")
    );
    let marseille = "nom;code_insee\nA;13201\nB;\n";
    let (edits, _) = planned(marseille, settings(), &Memory::default());
    let territories: Vec<_> = edits
        .iter()
        .flat_map(|edit| &edit.birth)
        .map(|birth| birth.territory.as_str())
        .collect();
    assert_eq!(territories, ["13", "*"]);
}

#[test]
fn only_what_the_file_changed_is_written() {
    let mut census = Memory::default();
    import(FILE, &mut census);
    let (edits, report) = planned(
        &FILE.replace("Atelier vélo", "Atelier Vélo"),
        settings(),
        &census,
    );
    assert_eq!(counts(&report), [0, 1, 1, 0]);
    assert_eq!(edits[0].operations.len(), 1);
    assert_eq!(edits[0].birth, None);
    assert_eq!(edits[0].base, [ItemId::from_bytes([2; 16])]);
}

#[test]
fn an_empty_cell_clears_nothing() {
    let mut census = Memory::default();
    import(FILE, &mut census);
    let without = FILE.replace("02 61 91 00 12", "").replace("à revoir", "");
    assert_eq!(counts(&import(&without, &mut census)), [0, 0, 2, 0]);
}

#[test]
fn a_repeated_key_makes_another_record_and_a_warning() {
    let mut census = Memory::default();
    let file = "id;nom\n7;A\n7;B\n7;C\n";
    let report = import(file, &mut census);
    assert_eq!((counts(&report), report.duplicates), ([3, 0, 0, 0], 2));
    assert_eq!(census.records.len(), 3);
    let levels: Vec<_> = report
        .problems
        .iter()
        .map(|one| (one.level, one.problem.line))
        .collect();
    assert_eq!(levels, [(Level::Warning, 3), (Level::Warning, 4)]);
    assert_eq!(counts(&import(file, &mut census)), [0, 0, 3, 0]);
}

#[test]
fn a_bad_cell_refuses_its_row_and_says_where_and_why() {
    let file = "nom;siret;code_postal;commune\nA;11122233344455;13001;Marseille\nB;;4000;Digne-les-Bains\n";
    let (edits, report) = planned(file, settings(), &Memory::default());
    assert_eq!(counts(&report), [1, 0, 0, 1]);
    let problem = &report.problems[0].problem;
    assert_eq!(
        (
            problem.line,
            problem.column.as_deref(),
            problem.value.as_str()
        ),
        (2, Some("siret"), "11122233344455")
    );
    assert!(problem.reason.contains("clé"), "{}", problem.reason);
    let codes: Vec<_> = report.notices.iter().map(|one| one.problem.code).collect();
    assert_eq!(codes, ["commune_found", "lost_zero", "commune_found"]);
    assert!(edits[0].operations.contains(&Operation::Put {
        field: "postal_code".into(),
        value: Value::Text("04000".into())
    }));
}

#[test]
fn when_cells_are_refused_alone_their_text_is_kept() {
    let gently = Settings {
        strictness: Strictness::Cell,
        ..settings()
    };
    let (edits, report) = planned("nom;siret\nA;1112\n;2\n", gently, &Memory::default());
    assert_eq!(counts(&report), [1, 0, 0, 1]);
    assert!(edits[0].operations.contains(&Operation::Put {
        field: "x_siret".into(),
        value: Value::Text("1112".into())
    }));
}

#[test]
fn a_proposal_is_taken_only_where_a_person_confirms_it() {
    let file = "nom;site_web\nA;a.example\n";
    assert_eq!(
        counts(&planned(file, settings(), &Memory::default()).1),
        [0, 0, 0, 1]
    );
    let confirmed = [("site_web".to_owned(), "scheme_missing".to_owned())];
    let settings = Settings {
        confirmed: &confirmed,
        ..settings()
    };
    assert_eq!(
        counts(&planned(file, settings, &Memory::default()).1),
        [1, 0, 0, 0]
    );
}

#[test]
fn nothing_of_a_person_is_in_any_edit() {
    let file = "nom;contact_nom;contact_courriel;mobile;remarque\n\
        A;Zoé Exemple;zoe@exemple.example;0639980000;écrire à zoe@exemple.example\n";
    let (edits, report) = planned(file, settings(), &Memory::default());
    assert_eq!(counts(&report), [1, 0, 0, 0]);
    let said = format!("{edits:?}");
    assert!(
        !said.contains("Zo") && !said.contains("zoe") && !said.contains("98"),
        "{said}"
    );
    let codes: Vec<_> = report.notices.iter().map(|one| one.problem.code).collect();
    assert_eq!(
        codes,
        [
            "personal_column",
            "personal_column",
            "personal_column",
            "personal_cell"
        ]
    );
}

#[test]
fn a_mail_or_a_phone_in_a_text_is_a_warning_that_hides_it_and_refuses_nothing() {
    let file = "nom;resume;remarque\n\
        A;Écrire à zoe@exemple.example ou 06 39 98 00 01;\n\
        B;Tous les mardis.;le 06 39 98 00 02\n\
        C;;voir zoe@exemple.example\n";
    let (edits, report) = planned(file, settings(), &Memory::default());
    assert_eq!(counts(&report), [3, 0, 0, 0]);
    let said: Vec<_> = report
        .problems
        .iter()
        .map(|one| {
            (
                one.level,
                one.problem.line,
                one.problem.code,
                one.problem.value.as_str(),
            )
        })
        .collect();
    let warning = |line, value| (Level::Warning, line, "contact_in_text", value);
    assert_eq!(
        said,
        [
            warning(2, "z…@e….example"),
            warning(2, "06…01"),
            warning(3, "06…02")
        ]
    );
    let first = &report.problems[0].problem;
    assert_eq!(first.column.as_deref(), Some("resume"));
    assert!(first.suggestion.is_some() && first.reason.contains("personne"));
    // The cell that goes nowhere is left out, and no report repeats it.
    let shown = format!("{:?} {:?}", report, edits[2]);
    assert!(!shown.contains("zoe@"), "{shown}");
}

#[test]
fn a_row_gives_its_contact_apart_when_it_is_asked_for() {
    let file = "nom;contact_nom;contact_prenom;contact_courriel;mobile;contact_fonction\n\
        A;Exemple;Zoé;zoe@exemple.example;0692000001;trésorière\n\
        B;;;pas une adresse;;\n\
        ;Exemple;Noé;noe@exemple.example;;\n";
    let census = Memory::default();
    for has_contacts in [false, true] {
        let table = Table::read(Cursor::new(file), &Choices::default()).expect("a table");
        let settings = Settings {
            has_contacts,
            ..settings()
        };
        let mut plan = Plan::new(table, settings, &census).expect("no wish");
        let mut edits = Vec::new();
        while let Some(step) = plan.step() {
            edits.extend(step.expect("never fails"));
        }
        let contacts = plan.take_contacts();
        let report = plan.finish().expect("never fails");
        assert!(!format!("{edits:?}").contains("Zo"));
        assert!(!format!("{report:?}").contains("zoe@"));
        assert_eq!(
            contacts.len(),
            usize::from(has_contacts),
            "a refused row gives none"
        );
        if let [contact] = contacts.as_slice() {
            let said = [&*contact.name, &*contact.mail, &*contact.phone];
            assert_eq!(
                said,
                ["Zoé Exemple", "zoe@exemple.example", "+262692000001"]
            );
            assert_eq!((contact.line, contact.record), (2, edits[0].record));
            let codes: Vec<_> = report.problems.iter().map(|one| one.problem.code).collect();
            assert!(codes.contains(&"contact_unread"), "{codes:?}");
        }
    }
}

#[test]
fn an_end_before_the_start_is_refused() {
    let file = "titre;porteur_nom;date_debut;date_fin\nA;B;2026-06-02;2026-06-01\nC;D;2026-06-02;2026-06-02\n";
    assert_eq!(
        counts(&planned(file, settings(), &Memory::default()).1),
        [1, 0, 0, 1]
    );
}

#[test]
fn foreign_terms_are_translated_and_kept() {
    let file = "titre;porteur_nom;thematiques\nA;B;trouver-un-emploi--conseils|sante--prevention|sport\nC;D;JO\n";
    let (edits, report) = planned(file, settings(), &Memory::default());
    assert_eq!(counts(&report), [1, 0, 0, 1]);
    let add = |term: &str| Operation::Add {
        field: "themes".into(),
        term: term.into(),
    };
    for operation in [add("emploi-formation"), add("sante"), add("sport")] {
        assert!(edits[0].operations.contains(&operation), "{operation:?}");
    }
    assert!(
        edits[0]
            .operations
            .iter()
            .any(|operation| operation.field() == "x_thematiques")
    );
    assert!(report.problems[0].problem.suggestion.is_some());
}

#[test]
fn a_record_that_the_file_names_is_changed_and_only_once() {
    let mut census = Memory::default();
    import(FILE, &mut census);
    let record = *census.records.keys().next().expect("one");
    let file = format!("record,name\n{record},Nouveau nom\n{record},Autre\n");
    let (edits, report) = planned(&file, settings(), &census);
    assert_eq!(counts(&report), [0, 1, 0, 1]);
    assert_eq!(edits[0].record, record);
    let event = Settings {
        kind: Kind::parse("event"),
        ..settings()
    };
    let (_, report) = planned(&file, event, &census);
    assert_eq!(report.problems[0].problem.code, "record_of_another_kind");
}

#[test]
fn the_limits_of_an_edit_hold_at_their_edges() {
    for (len, refused) in [
        (VALUE_BYTES_MAX - 1, 0),
        (VALUE_BYTES_MAX, 0),
        (VALUE_BYTES_MAX + 1, 1),
    ] {
        let file = format!("nom;remarque\nA;{}\n", "b".repeat(len));
        assert_eq!(
            planned(&file, settings(), &Memory::default()).1.refused,
            refused,
            "{len}"
        );
    }
    // The name is one operation too.
    for (count, refused) in [
        (OPERATIONS_MAX - 2, 0),
        (OPERATIONS_MAX - 1, 0),
        (OPERATIONS_MAX, 1),
    ] {
        let words: Vec<_> = (0..count).map(|number| number.to_string()).collect();
        let file = format!("nom;tags\nA;{}\n", words.join("|"));
        let (_, report) = planned(&file, settings(), &Memory::default());
        assert_eq!(report.refused, refused, "{count}");
    }
    let long = |len: usize| format!("nom;description\nA;{}\n", "é".repeat(len / 2));
    let overhead = 256;
    assert_eq!(
        planned(
            &long(ITEM_BYTES_MAX - overhead),
            settings(),
            &Memory::default()
        )
        .1
        .refused,
        0
    );
    let (_, report) = planned(&long(ITEM_BYTES_MAX - 2), settings(), &Memory::default());
    let problem = &report.problems[0].problem;
    assert_eq!(
        (problem.code, problem.column.as_deref()),
        ("row_too_large", Some("description"))
    );
}

#[test]
fn the_report_has_the_keys_that_people_know() {
    let (_, report) = planned("nom;siret\nA;1\n", settings(), &Memory::default());
    let json = serde_json::to_value(&report).expect("it serialises");
    for key in [
        "rows",
        "new",
        "changed",
        "unchanged",
        "refused",
        "duplicates",
        "problems",
        "notices",
        "columns",
        "unreadable",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    for key in [
        "line",
        "column",
        "value",
        "reason",
        "suggestion",
        "code",
        "level",
    ] {
        assert!(json["problems"][0].get(key).is_some(), "{key}");
    }
    assert_eq!(json["problems"][0]["level"], "refused");
}

#[test]
fn many_notices_of_one_sort_are_counted() {
    let rows: String = (0..50).map(|row| format!("A{row};13001.0;\n")).collect();
    let (_, report) = planned(
        &format!("nom;code_postal;code_insee\n{rows}"),
        settings(),
        &Memory::default(),
    );
    assert_eq!(report.notices.len(), 11);
    assert!(
        report.notices[10].problem.reason.starts_with("Et 40 autre"),
        "{:?}",
        report.notices[10]
    );
}

#[test]
fn lost_accents_refuse_the_file_or_only_their_rows() {
    let file = "nom;remarque\nA;caf\u{FFFD}\nB;café\n".to_owned();
    assert!(Table::read(Cursor::new(file.clone()), &Choices::default()).is_err());
    let choices = Choices {
        lost_accents: crate::text::Lost::RefusesRow,
        ..Choices::default()
    };
    for file in [
        file,
        "[{\"nom\":\"A\",\"remarque\":\"caf\\ufffd\"},{\"nom\":\"B\"}]".to_owned(),
    ] {
        let table = Table::read(Cursor::new(file), &choices).expect("a table");
        let census = Memory::default();
        let report = Plan::new(table, settings(), &census)
            .expect("no wish")
            .finish()
            .expect("never fails");
        assert_eq!(
            (counts(&report), report.problems[0].problem.code),
            ([1, 0, 0, 1], "accents_lost")
        );
    }
}

/// A field of the federation's own for actors, and a theme of its own.
fn declared() -> Words {
    use crdt_schema::governance::Act;
    use crdt_schema::profile::Text;
    use crdt_schema::vocabulary::{
        Declaration, Declared, DeclaredField, DeclaredTerm, OwnShape, Standing,
    };
    let field = DeclaredField {
        kind: "actor".to_owned(),
        section: "contact".to_owned(),
        name: "x_agrement".to_owned(),
        shape: OwnShape::Integer,
        wording: Text::new("Numéro d’agrément", "Approval number"),
        hint: Text::new("Par exemple « 12 ».", "For example “12”."),
        is_public: false,
    };
    let term = DeclaredTerm {
        vocabulary: "themes".to_owned(),
        code: "sport-sante".to_owned(),
        wording: Text::new("Sport et santé", "Sport and health"),
        broader: None,
        standing: Standing::Current,
        data_inclusion: vec!["sante--addictions".to_owned()],
    };
    let acts = [Declared::Field(field), Declared::Term(term)].map(|declared| {
        let replaces = Vec::new();
        Declaration { declared, replaces }.to_act()
    });
    let bodies = acts.iter().zip(1..).map(|(act, number)| match act {
        Act::Vocabulary { body, .. } => (ItemId::from_bytes([number; 16]), body),
        other => panic!("{other:?}"),
    });
    Words::of(bodies)
}

#[test]
fn a_column_is_read_as_the_federation_declared_it() {
    let words = declared();
    let settings = Settings {
        words: &words,
        ..settings()
    };
    let file =
        "nom;Numéro d'agrément;thématiques\nA;12;sante--addictions\nB;douze;Sport et santé\n";
    let (edits, report) = planned(file, settings, &Memory::default());
    assert_eq!(counts(&report), [1, 0, 0, 1]);
    for wanted in [
        Operation::Put {
            field: "x_agrement".into(),
            value: Value::Integer(12),
        },
        Operation::Add {
            field: "themes".into(),
            term: "sport-sante".into(),
        },
    ] {
        assert!(edits[0].operations.contains(&wanted), "{edits:?}");
    }
    let problem = &report.problems[0].problem;
    assert_eq!((problem.line, problem.value.as_str()), (3, "douze"));
    // Without the declaration, both are what a file says.
    let (edits, _) = planned(file, self::settings(), &Memory::default());
    assert!(format!("{edits:?}").contains("x_numero_d_agrement"));
}
