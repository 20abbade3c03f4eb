//! A record that is named by its whole name is found, however many others share its words: by a file, and by a form.

use std::fmt::Write;
use std::fs;

use crate::personal::Founded;

/// More records than the hits of one search, all of them with the words of the last one's name, and more often.
const OTHERS: usize = 250;
const NAME: &str = "Club de l'Étoile";

#[test]
fn a_file_and_a_form_find_one_record_by_a_name_whose_words_many_have() {
    let folder = tempfile::tempdir().expect("a folder");
    let founded = Founded::new(folder.path().join("prefecture"));
    let file = |name: &str, table: &str| {
        let path = folder.path().join(name);
        fs::write(&path, table).expect("the disk has room");
        path.to_string_lossy().into_owned()
    };
    let mut actors = "nom;code_insee\n".to_owned();
    for number in 0..OTHERS {
        writeln!(actors, "Étoile, Club Étoile Club {number};45155").expect("memory");
    }
    writeln!(actors, "{NAME};45155").expect("memory");
    let actors = file("clubs.csv", &actors);
    let made = founded
        .node
        .ask(&["import", &actors, "--kind", "actor", "--source", "clubs"]);
    assert_eq!(made["new"], OTHERS + 1, "{made}");
    let all_there = |count: usize| {
        let search = ["search", "--kind", "actor"];
        founded
            .node
            .eventually(&search, |found| found["total"] == count)
    };
    all_there(OTHERS + 1);
    let actions = file("actions.csv", "nom;porteur\nTournoi;club de l'etoile\n");
    let import = [
        "import",
        &actions,
        "--kind",
        "initiative",
        "--source",
        "actions",
        "--column",
        "porteur=holder",
    ];
    let made = founded.node.ask(&import);
    assert_eq!(made["new"], 1, "{made}");

    let mut pages = founded.pages();
    let fields = [
        ("fields", "name holder"),
        ("name", "Fête"),
        ("holder", NAME),
    ];
    let saved = pages.send("/fiches/nouvelle?kind=initiative", &fields);
    assert_eq!(saved.status, 303, "{}", saved.body);
    let record = pages.open(&saved.location).body;
    assert!(
        record.contains("Club de l&#39;Étoile") || record.contains(NAME),
        "{record}"
    );
    // A second record of the name: nobody can tell which is meant.
    let twin = file("jumeau.csv", &format!("nom;code_insee\n{NAME};93066\n"));
    founded
        .node
        .ask(&["import", &twin, "--kind", "actor", "--source", "jumeau"]);
    all_there(OTHERS + 2);
    let asked = pages.send("/fiches/nouvelle?kind=initiative", &fields);
    assert_ne!(asked.status, 303);
    assert_eq!(
        asked.body.matches("name=\"choix-holder-0\"").count(),
        3,
        "two, or none"
    );
}
