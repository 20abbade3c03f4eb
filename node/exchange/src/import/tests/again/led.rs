//! A file again, after records that it names were merged, and what was decided of rows of another kind.

use super::*;

/// A census where some records stand in the place of others, and where persons have decided of rows.
#[derive(Default)]
struct Led {
    held: Memory,
    places: BTreeMap<RecordId, RecordId>,
    decided: BTreeMap<RowKey, RowDecision>,
}

impl Census for Led {
    type Error = Infallible;

    fn federation(&self) -> FederationId {
        self.held.federation()
    }

    fn find(&self, record: &RecordId) -> Result<Option<RecordView>, Infallible> {
        self.held.find(record)
    }

    fn imported(&self, source: &str, record: &RecordId) -> Result<Option<Imprint>, Infallible> {
        self.held.imported(source, record)
    }

    fn standing(&self, record: &RecordId) -> Result<RecordId, Infallible> {
        Ok(*self.places.get(record).unwrap_or(record))
    }

    fn replaced(&self, record: &RecordId) -> Result<Vec<RecordId>, Infallible> {
        let replaced = self.places.iter().filter(|(_, place)| *place == record);
        Ok(replaced.map(|(old, _)| *old).collect())
    }

    fn decided(&self, _: u64, row: &RowKey) -> Result<Option<RowDecision>, Infallible> {
        Ok(self.decided.get(row).copied())
    }

    /// Names lead to what stands in the place of a record that was called so.
    fn named(&self, kinds: &[&str], called: &Called) -> Result<Vec<Named>, Infallible> {
        let views = self.held.records.values();
        let met = views.filter(|view| kinds.contains(&view.kind()) && called.is(view));
        let place =
            |view: &RecordView| &self.held.records[&self.standing(&view.record).expect("ok")];
        Ok(met.map(|view| Named::of(place(view))).collect())
    }
}

impl Led {
    /// Holds invented actors, by their numbers.
    fn with_actors(names: &[(u8, &str)]) -> Self {
        let mut census = Self::default();
        for (number, name) in names {
            let birth = ("actor".to_owned(), "45".to_owned());
            let put = Operation::Put {
                field: "name".into(),
                value: Value::Text((*name).into()),
            };
            census.held.write(actor(*number), Some(birth), vec![put]);
        }
        census
    }

    fn plan(
        &self,
        file: &str,
        kind: &'static str,
    ) -> (Vec<PlannedEdit>, Vec<(RecordId, Imprint)>, Report) {
        let table = Table::read(Cursor::new(file.to_owned()), &Choices::default());
        let settings = Settings {
            kind: Kind::parse(kind),
            ..settings()
        };
        let table = table.expect("a table");
        let mut plan = Plan::new(table, settings, self).expect("possible wishes");
        let edits: Vec<_> = (&mut plan).map(|edit| edit.expect("never fails")).collect();
        let imprints = plan.take_imprints();
        (edits, imprints, plan.finish().expect("never fails"))
    }

    fn import(&mut self, file: &str) -> Report {
        let (edits, imprints, report) = self.plan(file, "initiative");
        for edit in edits {
            let birth = edit.birth.map(|birth| (birth.kind, birth.territory));
            self.held.write(edit.record, birth, edit.operations);
        }
        self.held.imported.extend(imprints);
        report
    }

    /// The one initiative.
    fn initiative(&self) -> &RecordView {
        let mut views = self.held.records.values();
        views.find(|view| view.kind() == "initiative").expect("one")
    }

    /// A partner writes a field of it.
    fn put(&mut self, field: &str, wanted: Wanted) {
        let draft = Draft {
            fields: [(field.to_owned(), wanted)].into(),
        };
        let view = self.initiative();
        let (record, operations) = (view.record, draft.operations(view.fields()));
        self.held.write(record, None, operations);
    }

    /// The first is merged into the second.
    fn merge(&mut self, old: u8, into: u8) {
        self.places.insert(actor(old), actor(into));
    }
}

fn actor(number: u8) -> RecordId {
    RecordId::from_bytes([number; 16])
}

fn one(number: u8) -> Wanted {
    Wanted::Value(Value::Record(actor(number)))
}

fn set(numbers: &[u8]) -> Wanted {
    let records = numbers.iter().map(|number| actor(*number).to_string());
    Wanted::Terms(records.collect())
}

fn codes(report: &Report) -> Vec<&'static str> {
    let said = report.problems.iter().chain(&report.notices);
    said.map(|one| one.problem.code).collect()
}

const ACTORS: &[(u8, &str)] = &[(1, "Le Cercle"), (2, "La Ronde"), (3, "Le Carré")];
const SHOWS: &str = "id;nom;holder;partners\n1;Spectacle inventé;Le Cercle;Le Cercle|La Ronde\n";

#[test]
fn the_same_file_says_nothing_new_after_what_it_names_was_merged() {
    let mut census = Led::with_actors(ACTORS);
    assert_eq!(counts(&census.import(SHOWS)), [1, 0, 0, 0]);
    census.merge(1, 3);
    let before = census.initiative().clone();
    for _ in 0..2 {
        let report = census.import(SHOWS);
        assert_eq!((counts(&report), codes(&report)), ([0, 0, 1, 0], vec![]));
        assert_eq!(*census.initiative(), before);
    }
    // Both of a set may be one thing by now.
    census.merge(2, 3);
    let report = census.import(SHOWS);
    assert_eq!((counts(&report), codes(&report)), ([0, 0, 1, 0], vec![]));
}

#[test]
fn what_a_partner_changed_beside_a_merge_is_no_change_of_the_file() {
    for (field, wanted) in [("holder", one(2)), ("partners", set(&[2]))] {
        let mut census = Led::with_actors(ACTORS);
        census.import(SHOWS);
        census.put(field, wanted);
        census.merge(1, 3);
        for _ in 0..2 {
            let report = census.import(SHOWS);
            assert_eq!(counts(&report), [0, 0, 1, 0], "{field}");
            assert_eq!(codes(&report), ["changed_here"], "{field}");
        }
        // What the file says anew is still told.
        let newer = SHOWS
            .replace("Le Cercle", "Le Carré")
            .replace("|La Ronde", "");
        let newer = newer.replace("Le Carré;Le Carré", "La Ronde;Le Carré");
        let report = census.import(&newer);
        let is_told = codes(&report).contains(&"both_changed");
        assert_eq!(
            is_told,
            field == "partners",
            "{field}: {:?}",
            codes(&report)
        );
    }
}

#[test]
fn a_link_to_what_was_merged_into_the_record_itself_is_not_written() {
    let mut census = Led::with_actors(ACTORS);
    let file = "record;nom;parent\n";
    let file = format!("{file}{};Le Carré;Le Cercle\n", actor(3));
    census.merge(1, 3);
    let (edits, _, report) = census.plan(&file, "actor");
    assert_eq!(
        (counts(&report), edits.len()),
        ([0, 0, 1, 0], 0),
        "{:?}",
        codes(&report)
    );
}

#[test]
fn what_was_decided_of_a_row_of_one_kind_leads_no_row_of_another() {
    let file = "id;nom\nA1;Nom inventé\n";
    let mut census = Led::default();
    let row = |census: &Led, kind| census.plan(file, kind).0[0].row;
    let (actor, initiative) = (row(&census, "actor"), row(&census, "initiative"));
    assert_eq!(
        actor,
        row(&census, "actor"),
        "it is the same for the next file"
    );
    assert_ne!(actor, initiative);
    census.decided.insert(actor, RowDecision::LeftOut);
    assert_eq!(census.plan(file, "actor").2.left_out, 1);
    let (edits, _, report) = census.plan(file, "initiative");
    assert_eq!((edits.len(), report.new, report.left_out), (1, 1, 0));
}
