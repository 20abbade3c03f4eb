//! What `init --profile` chooses is what the pages show: the kinds of the programme, the sections and fields of its forms, and the terms
//! that it offers; nothing of another programme. Who joins sees the programmes of the federation, and what becomes of them.

use std::collections::BTreeSet;

use crdt_schema::profile::Profile;
use crdt_schema::record::{Shape, vocabularies};
use serde_json::Value as Json;

use crate::harness::pages::Pages;
use crate::harness::process::{NodeProcess, eventually};
use crate::harness::program::{json, run, text};

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
        elsewhere(&mut pages, profile);
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

/// The pages that offer kinds and lists beside the census offer those of the programme, and no others.
fn elsewhere(pages: &mut Pages, profile: &Profile) {
    let kinds: BTreeSet<&str> = profile.kinds().iter().map(|it| it.kind().code).collect();
    let offered = |page: &str, select: &str| -> BTreeSet<String> {
        let select = all_between(page, &format!("<select id=\"{select}\""), "</select>");
        let values = all_between(select[0], "<option value=\"", "\"").into_iter();
        let codes = values.map(|value| value.split('.').next().unwrap_or_default());
        codes
            .filter(|code| !code.is_empty())
            .map(str::to_owned)
            .collect()
    };
    for (path, select) in [
        ("/exporter", "kind"),
        ("/importer", "genre"),
        ("/federation/champs", "place"),
        ("/federation/champs", "hide-place"),
    ] {
        let page = pages.open(path).body;
        let offered = offered(&page, select);
        assert!(
            offered.iter().eq(kinds.iter()),
            "{} {path} {select}: {offered:?}",
            profile.code()
        );
    }
    let asked = vocabularies()
        .into_iter()
        .filter(|list| profile.asks_for(list));
    let asked: Vec<&str> = asked.map(|list| list.code).collect();
    let lists = pages.open("/federation/vocabulaires").body;
    let shown = all_between(&lists, "href=\"/federation/vocabulaires/", "\"");
    assert_eq!(shown, asked, "{}", profile.code());
}

fn kinds_shown(pages: &mut Pages) -> Vec<String> {
    let census = pages.open("/recensement").body;
    let kinds = all_between(&census, "href=\"/recensement?kind=", "\"").into_iter();
    kinds.map(str::to_owned).collect()
}

fn kinds_of(codes: &[&str]) -> Vec<String> {
    let profile = Profile::together(codes).expect("they are known");
    let kinds = profile.kinds().iter();
    kinds.map(|shown| shown.kind().code.to_owned()).collect()
}

#[test]
fn a_newcomer_sees_the_programmes_of_the_federation_and_what_a_coordinator_makes_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = folder.path().join("prefecture");
    let path = first.to_string_lossy().into_owned();
    let founded = json(&run(&[
        "init",
        "--dir",
        &path,
        "--profile",
        "autonomie,rencontres",
        "--name",
        "Loiret",
        "--partner",
        "Préfecture",
        "--yes",
        "--json",
    ]));
    assert_eq!(
        founded["profiles"],
        serde_json::json!(["autonomie", "rencontres"])
    );
    let mut first = NodeProcess::of(first);
    first.start();
    let pages_of = |node: &NodeProcess, said: &Json| {
        let said = |key: &str| said[key].as_str().expect("a text").to_owned();
        Pages::log_in(node.pages(), &said("account"), &said("password"))
    };
    let mut at_first = pages_of(&first, &founded);
    let both = kinds_of(&["autonomie", "rencontres"]);
    assert!(both.contains(&"meeting".to_owned()), "{both:?}");
    assert_eq!(kinds_shown(&mut at_first), both);

    let join = |name: &str, more: &[&str]| {
        let invited = first.ask(&["invite", "--partner", name, "--auto"]);
        let ticket = invited["ticket"].as_str().expect("a ticket").to_owned();
        let dir = folder.path().join(name);
        let arguments = [&["--partner", name][..], more].concat();
        let joined = NodeProcess::join(&dir, &ticket, &arguments);
        let joined = joined.wait_with_output().expect("it ends");
        assert!(joined.status.success(), "{}", text(&joined.stderr));
        let said: Json = serde_json::from_slice(&joined.stdout).expect("an object");
        let mut node = NodeProcess::of(dir);
        node.start();
        (node, said)
    };
    let (second, said) = join("Ville", &[]);
    let mut at_second = pages_of(&second, &said);
    eventually(|| kinds_shown(&mut at_second) == both);
    // One that chose for itself keeps its choice.
    let (third, said) = join("Association", &["--profile", "jop2024"]);
    let mut at_third = pages_of(&third, &said);
    assert_eq!(kinds_shown(&mut at_third), kinds_of(&["jop2024"]));

    let chosen = [
        ("profile", "politique-ville"),
        ("leading", "politique-ville"),
    ];
    let preview = at_first.send("/federation/programmes", &chosen);
    assert_eq!(preview.status, 200, "{}", preview.body);
    let hidden = all_between(&preview.body, "<input type=\"hidden\" name=\"", ">");
    let fields = hidden.iter().map(|field| {
        let (name, rest) = field.split_once("\" value=\"").expect("a value");
        (name, rest.trim_end_matches(['"', '/', ' ']))
    });
    let password = founded["password"].as_str().expect("a password");
    let mut fields: Vec<(&str, &str)> = fields.filter(|(name, _)| *name != "token").collect();
    fields.push(("password", password));
    let signed = at_first.send("/federation/signer", &fields);
    assert_eq!(signed.status, 303, "{}", signed.body);
    let wanted = kinds_of(&["politique-ville"]);
    eventually(|| kinds_shown(&mut at_first) == wanted && kinds_shown(&mut at_second) == wanted);
    assert_eq!(kinds_shown(&mut at_third), kinds_of(&["jop2024"]));
}
