use super::*;

const SMALL: &str = r#"
code = "essai"
title = { fr = "Essai", en = "Trial" }
sentence = { fr = "Un essai.", en = "A trial." }

[[kinds]]
code = "event"
sections = ["when", "identity"]
hides = ["recurrence", "ends_at"]
one = { fr = "Séance", en = "Session" }

[vocabularies]
themes = ["sport", "culture"]
"#;

/// A profile of this code, with these lines after its texts.
pub(super) fn profile_of(code: &str, rest: &str) -> Profile {
    let texts = "title = { fr = \"Essai\", en = \"Trial\" }\nsentence = { fr = \"Un essai.\", en = \"A trial.\" }\n";
    match Profile::parse(&format!("code = \"{code}\"\n{texts}{rest}")) {
        Ok(profile) => profile,
        Err(error) => panic!("{rest}: {error}"),
    }
}

#[test]
fn each_file_is_a_profile_that_bears_its_name() {
    for (name, text) in FILES {
        match Profile::parse(text) {
            Ok(profile) => assert_eq!(profile.code(), name),
            Err(error) => panic!("{name}: {error}"),
        }
    }
    assert_eq!(Profile::all().len(), FILES.len());
    assert_eq!(
        Profile::of("autonomie").map(Profile::code),
        Some("autonomie")
    );
    assert_eq!(Profile::of("Autonomie"), None);
    assert_eq!(Profile::of(""), None);
}

#[test]
fn profiles_differ_and_their_titles_too() {
    let profiles = Profile::all();
    for (position, one) in profiles.iter().enumerate() {
        for other in &profiles[position + 1..] {
            assert_ne!(one.title(), other.title());
            assert_ne!(one.sentence(), other.sentence());
            assert_ne!(one.kinds(), other.kinds());
        }
    }
}

#[test]
fn order_words_hidden_fields_and_terms_are_the_profile_s_own() {
    let profile = Profile::parse(SMALL).expect("a profile");
    assert_eq!(profile.kinds().len(), 1);
    assert!(profile.kind("actor").is_none());
    let event = profile.kind("event").expect("it is shown");
    let sections: Vec<_> = event
        .sections()
        .iter()
        .map(|each| each.section.code)
        .collect();
    assert_eq!(sections, ["when", "identity"]);
    let when: Vec<_> = event.sections()[0]
        .fields
        .iter()
        .map(|field| field.name)
        .collect();
    assert_eq!(when, ["starts", "ends", "starts_at", "time_zone"]);
    assert_eq!(
        (event.one("fr"), event.one("en"), event.many("fr")),
        ("Séance", "Session", "Événements")
    );
    let vocabulary = |name: &str| {
        let field = event.kind().field(name).expect("a field");
        field.shape.vocabulary().expect("a vocabulary")
    };
    let themes = profile.terms(vocabulary("themes"));
    let themes: Vec<_> = themes.iter().map(|term| term.code).collect();
    assert_eq!(themes, ["sport", "culture"]);
    let audiences = vocabulary("audiences");
    assert_eq!(profile.terms(audiences).len(), audiences.terms.len());
}

#[test]
fn what_does_not_exist_or_is_said_twice_is_refused() {
    for (from, to, error) in [
        ("\"event\"", "\"evénement\"", "there is no kind evénement"),
        ("\"when\"", "\"what\"", "there is no section what of event"),
        (
            "\"ends_at\"",
            "\"capacity\"",
            "there is no field capacity in the sections of event",
        ),
        (
            "themes =",
            "costs =",
            "there is no vocabulary costs in the shown fields",
        ),
        (
            "\"culture\"",
            "\"Culture\"",
            "there is no term Culture in themes",
        ),
        ("\"culture\"", "\"sport\"", "term sport is named twice"),
        (
            "[vocabularies]",
            "due = { advised = 90, required = 90 }\n[vocabularies]",
            "days of event are no days: 0 < advised < required <= 3660",
        ),
        (
            "\"when\"",
            "\"identity\"",
            "section identity is named twice",
        ),
        (
            "\"ends_at\"",
            "\"recurrence\"",
            "field recurrence is named twice",
        ),
        ("\"ends_at\"", "\"name\"", "name of event cannot be hidden"),
        (", \"identity\"", "", "name of event cannot be hidden"),
        (
            "[\"sport\", \"culture\"]",
            "[]",
            "vocabulary themes is empty",
        ),
        (
            "[\"when\", \"identity\"]",
            "[]",
            "sections of event is empty",
        ),
        ("\"essai\"", "\"\"", "code is empty"),
        ("\"Trial\"", "\" \"", "title is empty"),
        ("\"Séance\"", "\"\"", "one of event is empty"),
    ] {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "{from}");
        match Profile::parse(&text) {
            Ok(_) => panic!("{from} → {to} is accepted"),
            Err(refused) => assert_eq!(refused.to_string(), error),
        }
    }
    let twice = format!("{SMALL}\n[[kinds]]\ncode = \"event\"\nsections = [\"identity\"]\n");
    assert_eq!(
        Profile::parse(&twice),
        Err(ProfileError::Twice("kind event".to_owned()))
    );
}

#[test]
fn a_text_of_another_form_is_refused() {
    let without_kinds = SMALL.split("[[kinds]]").next().unwrap_or_default();
    let one_language = SMALL.replacen(", en = \"Trial\"", "", 1);
    let other_word = SMALL.replacen("hides", "hide", 1);
    for text in [
        "",
        "\0",
        "code = 3",
        without_kinds,
        &one_language,
        &other_word,
    ] {
        assert!(
            matches!(Profile::parse(text), Err(ProfileError::Syntax(_))),
            "{text}"
        );
    }
    let empty = format!("kinds = []\n{without_kinds}");
    assert_eq!(
        Profile::parse(&empty),
        Err(ProfileError::Empty("kinds".to_owned()))
    );
}

#[test]
fn a_profile_names_its_own_prisms_or_has_the_usual_five() {
    let usual = Profile::prisms(None, "fr");
    assert_eq!(usual.len(), 5);
    assert_eq!(usual[1], ("popular-education", "Éducation populaire"));
    assert_eq!(Profile::prisms(Profile::of("rencontres"), "fr"), usual);
    let with = |prisms: &str| Profile::parse(&format!("{SMALL}\n{prisms}"));
    let one = "[[prisms]]\ncode = \"access\"\nwording = { fr = \"Accès\", en = \"Access\" }\n";
    let profile: &'static Profile = Box::leak(Box::new(with(one).expect("a profile")));
    assert_eq!(Profile::prisms(Some(profile), "en"), [("access", "Access")]);
    assert!(with(&one.repeat(2)).is_err(), "a prism is named twice");
    assert!(with(&one.replace("\"access\"", "\"\"")).is_err());
    assert!(with(&one.replace("\"Access\"", "\" \"")).is_err());
}
