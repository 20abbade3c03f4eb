//! What `init --profile` chooses is what the pages show: the kinds of the programme, the sections and fields of its forms, and the terms
//! that it offers; nothing of another programme.

use std::collections::BTreeSet;

use crdt_schema::profile::Profile;
use crdt_schema::record::Shape;

use crate::harness::pages::Pages;
use crate::harness::process::NodeProcess;
use crate::harness::program::{json, run};

/// What stands between two texts, each time, in the order of the page.
fn all_between<'p>(page: &'p str, before: &str, after: &str) -> Vec<&'p str> {
    let parts = page.split(before).skip(1);
    parts
        .map(|part| part.split(after).next().unwrap_or_default())
        .collect()
}

#[test]
fn each_programme_shows_its_kinds_its_sections_and_its_terms_and_nothing_of_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = BTreeSet::new();
    for profile in Profile::all() {
        let dir = folder.path().join(profile.code());
        let path = dir.to_string_lossy().into_owned();
        let founded = json(&run(&[
            "init",
            "--dir",
            &path,
            "--profile",
            profile.code(),
            "--name",
            "Territoire inventé",
            "--partner",
            "Ville inventée",
            "--yes",
            "--json",
        ]));
        let mut node = NodeProcess::of(dir);
        node.start();
        let said = |key: &str| founded[key].as_str().expect("a text").to_owned();
        let mut pages = Pages::log_in(node.pages(), &said("account"), &said("password"));
        let census = pages.open("/recensement").body;
        let kinds: Vec<&str> = profile
            .kinds()
            .iter()
            .map(|kind| kind.kind().code)
            .collect();
        assert_eq!(
            all_between(&census, "href=\"/recensement?kind=", "\""),
            kinds
        );
        assert_eq!(
            all_between(&census, "href=\"/fiches/nouvelle?kind=", "\""),
            kinds
        );
        for shown in profile.kinds() {
            let kind = shown.kind().code;
            let form = pages.open(&format!("/fiches/nouvelle?kind={kind}")).body;
            let sections: Vec<&str> = shown.sections().iter().map(|it| it.section.code).collect();
            // Persons stay apart from records: their part of the form belongs to no kind.
            let mut headings = all_between(&form, "<h2 id=\"section-", "\"");
            headings.retain(|code| *code != "contacts");
            assert_eq!(headings, sections, "{} {kind}", profile.code());
            let fields = shown.sections().iter().flat_map(|section| &section.fields);
            let names: Vec<&str> = fields.clone().map(|field| field.name).collect();
            let asked = all_between(&form, "name=\"fields\" value=\"", "\"");
            assert_eq!(asked, [names.join(" ")], "{} {kind}", profile.code());
            for field in fields {
                let offered = match field.shape {
                    Shape::Terms(_) => {
                        let before = format!("type=\"checkbox\" id=\"{0}-", field.name);
                        all_between(&form, &before, "\"")
                    }
                    Shape::Term(_) => {
                        let select = format!("<select id=\"{}\"", field.name);
                        let select = all_between(&form, &select, "</select>");
                        let options = all_between(select[0], "<option value=\"", "\"");
                        options[1..].to_vec()
                    }
                    _ => continue,
                };
                let vocabulary = field.shape.vocabulary().expect("it has one");
                let terms: Vec<&str> = profile.terms(vocabulary).iter().map(|it| it.code).collect();
                assert_eq!(offered, terms, "{} {kind} {}", profile.code(), field.name);
            }
        }
        seen.insert(kinds.join(" "));
        node.stop();
    }
    assert_eq!(Profile::all().len(), 5);
    assert!(seen.len() > 1, "programmes differ: {seen:?}");
}
