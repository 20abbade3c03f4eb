//! The messages of the two languages, against each other and against the code and templates that use them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Message → the values it names.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("is a folder") {
        let path = entry.expect("reads").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn messages(language: &str) -> Messages {
    let mut all = Messages::new();
    for file in files(&root().join("src/locales").join(language), "ftl") {
        let text = fs::read_to_string(&file).expect("reads");
        let mut current = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((key, _)) = line.split_once(" =")
                && line.starts_with(|first: char| first.is_ascii_lowercase())
            {
                let before = all.insert(key.to_owned(), BTreeSet::new());
                assert_eq!(before, None, "{key} is defined twice in {language}");
                current = Some(key.to_owned());
            }
            let Some(values) = current.as_ref().and_then(|key| all.get_mut(key)) else {
                continue;
            };
            for rest in line.split('$').skip(1) {
                let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
                values.insert(rest.chars().take_while(is_name).collect());
            }
        }
    }
    all
}

/// Every text between quotes in code and templates, tests apart.
fn literals() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code = files(&root().join("src"), "rs");
    for file in code
        .into_iter()
        .chain(files(&root().join("templates"), "html"))
    {
        let text = fs::read_to_string(&file).expect("reads");
        let text = text.split("#[cfg(test)]").next().expect("has a start");
        found.extend(text.split('"').map(str::to_owned));
    }
    found
}

/// Keys that are asked for by name: `text("…")` and `text_with("…"`.
fn asked() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code = files(&root().join("src"), "rs");
    for file in code
        .into_iter()
        .chain(files(&root().join("templates"), "html"))
    {
        let text = fs::read_to_string(&file).expect("reads");
        let text = text
            .split("#[cfg(test)]")
            .next()
            .expect("has a start")
            .replace(['\n', ' '], "");
        for call in ["text(\"", "text_with(\""] {
            let calls = text.match_indices(call).filter(|(at, _)| {
                // Only our own `text`: not `SentForm::text` or `Field::text`, which take the name of a field.
                !text[..*at].ends_with("form.") && !text[..*at].ends_with("Field::")
            });
            for (at, _) in calls {
                let rest = &text[at + call.len()..];
                found.extend(rest.split('"').next().map(str::to_owned));
            }
        }
    }
    found
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_values() {
    let (french, english) = (messages("fr"), messages("en"));
    assert!(french.len() > 50, "the files are read");
    let only = |of: &Messages, other: &Messages| -> Vec<String> {
        of.keys()
            .filter(|key| !other.contains_key(*key))
            .cloned()
            .collect()
    };
    assert_eq!(
        only(&french, &english),
        Vec::<String>::new(),
        "only in French"
    );
    assert_eq!(
        only(&english, &french),
        Vec::<String>::new(),
        "only in English"
    );
    for (key, values) in &french {
        assert_eq!(Some(values), english.get(key), "values of {key}");
    }
}

#[test]
fn every_message_is_used() {
    let literals = literals();
    let unused: Vec<String> = messages("fr")
        .into_keys()
        .filter(|key| !literals.contains(key))
        .collect();
    assert_eq!(unused, Vec::<String>::new());
}

#[test]
fn every_message_that_is_asked_for_exists() {
    let french = messages("fr");
    let asked = asked();
    assert!(
        asked.contains("skip") && asked.contains("login-wait"),
        "calls are found"
    );
    let missing: Vec<String> = asked
        .into_iter()
        .filter(|key| !french.contains_key(key))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn french_texts_keep_their_typography() {
    for file in files(&root().join("src/locales/fr"), "ftl") {
        for line in fs::read_to_string(&file).expect("reads").lines() {
            assert!(!line.contains('\''), "typographic apostrophe: {line}");
            let text = line.split_once(" = ").map_or("", |(_, text)| text);
            for sign in ['?', '!', ';', '»', '%'] {
                let bare = text
                    .match_indices(sign)
                    .any(|(at, _)| !text[..at].ends_with(['\u{a0}', '\u{202f}']));
                assert!(!bare, "no-break space before {sign}: {line}");
            }
        }
    }
}
