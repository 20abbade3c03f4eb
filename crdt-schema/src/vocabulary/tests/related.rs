//! Wider terms, and those that stand in the place of others.

use super::*;

fn under(code: &str, broader: &str) -> DeclaredTerm {
    DeclaredTerm {
        broader: Some(broader.to_owned()),
        ..term(code, code)
    }
}

fn deprecated(code: &str, successor: Option<&str>) -> DeclaredTerm {
    DeclaredTerm {
        standing: Standing::Deprecated {
            successor: successor.map(str::to_owned),
        },
        ..term(code, code)
    }
}

fn declared(terms: &[DeclaredTerm]) -> Words {
    let acts = (1..).zip(terms);
    let acts = acts.map(|(number, term)| (id(number), body(Declared::Term(term.clone()), &[])));
    words(&acts.collect::<Vec<_>>())
}

fn broader(words: &Words, code: &str) -> Vec<String> {
    let wider = words.broader(themes(), code);
    wider.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_term_stands_under_all_that_its_wider_terms_stand_under() {
    let words = declared(&[
        under("nage-bebe", "natation"),
        under("natation", "sport"),
        under("perdu", "terme-inconnu"),
    ]);
    assert_eq!(broader(&words, "nage-bebe"), ["natation", "sport"]);
    assert_eq!(broader(&words, "natation"), ["sport"]);
    for code in ["sport", "perdu", "terme-inconnu"] {
        assert!(broader(&words, code).is_empty(), "{code}");
    }
}

#[test]
fn terms_in_a_circle_stand_under_each_other_and_never_under_themselves() {
    let words = declared(&[
        under("un", "deux"),
        under("deux", "trois"),
        under("trois", "un"),
        under("dehors", "deux"),
    ]);
    assert_eq!(broader(&words, "un"), ["deux", "trois"]);
    assert_eq!(broader(&words, "trois"), ["deux", "un"]);
    assert_eq!(broader(&words, "dehors"), ["deux", "trois", "un"]);
}

#[test]
fn what_stands_in_the_place_of_a_term_is_one_that_forms_offer() {
    let words = declared(&[
        deprecated("ancien", Some("milieu")),
        deprecated("milieu", Some("sport")),
        deprecated("seul", None),
        deprecated("perdu", Some("terme-inconnu")),
        deprecated("un", Some("deux")),
        deprecated("deux", Some("un")),
    ]);
    let successor = |code: &str| {
        let term = words.successor(themes(), code);
        term.map(|term| term.code.to_owned())
    };
    for code in ["ancien", "milieu"] {
        assert_eq!(successor(code).as_deref(), Some("sport"), "{code}");
    }
    for code in ["seul", "perdu", "un", "deux", "sport", "terme-inconnu"] {
        assert_eq!(successor(code), None, "{code}");
    }
}
