mod programmes;
mod related;

use proptest::prelude::*;

use super::*;
use crate::governance::Act;
use crate::profile::{Profile, Text};
use crate::record::{KINDS, Shape, vocabulary_named};

fn themes() -> &'static Vocabulary {
    vocabulary_named("themes").expect("it is one of ours")
}

fn id(number: u8) -> ItemId {
    ItemId::from_bytes([number; 16])
}

fn term(code: &str, fr: &str) -> DeclaredTerm {
    DeclaredTerm {
        vocabulary: "themes".to_owned(),
        code: code.to_owned(),
        wording: Text::new(fr, fr),
        broader: None,
        standing: Standing::Current,
        data_inclusion: Vec::new(),
    }
}

fn field(name: &str) -> DeclaredField {
    DeclaredField {
        kind: "actor".to_owned(),
        section: "contact".to_owned(),
        name: name.to_owned(),
        shape: OwnShape::Integer,
        wording: Text::new("Numéro d'agrément", "Approval number"),
        hint: Text::new("Un nombre.", "A number."),
        is_public: false,
    }
}

fn hidden(is_hidden: bool) -> Declared {
    Declared::Hidden {
        kind: "actor".to_owned(),
        field: "opening_hours".to_owned(),
        is_hidden,
    }
}

fn body(declared: Declared, replaces: &[ItemId]) -> Tree {
    let declaration = Declaration {
        declared,
        replaces: replaces.to_vec(),
    };
    match declaration.to_act() {
        Act::Vocabulary { scheme: None, body } => body,
        other => panic!("{other:?}"),
    }
}

fn check(declared: Declared) -> Result<(), DeclarationError> {
    let replaces = Vec::new();
    Declaration { declared, replaces }.check()
}

fn words(acts: &[(ItemId, Tree)]) -> Words {
    Words::of(acts.iter().map(|(id, body)| (*id, body)))
}

#[test]
fn without_any_act_the_words_are_those_of_this_version() {
    let words = Words::default();
    let codes: Vec<_> = words
        .terms(themes())
        .iter()
        .map(|term| term.code.to_owned())
        .collect();
    let known: Vec<_> = themes()
        .terms
        .iter()
        .map(|term| term.code.to_owned())
        .collect();
    assert_eq!(codes, known);
    assert!(!words.hides("actor", "opening_hours"));
    assert_eq!(words.fields("actor").count(), 0);
}

#[test]
fn a_term_is_renamed_and_its_code_stays() {
    let acts = [(
        id(1),
        body(
            Declared::Term(term("sport", "Sport et activité physique")),
            &[],
        ),
    )];
    let words = words(&acts);
    let sport = words.term(themes(), "sport").expect("it is known");
    assert_eq!(
        (sport.code, sport.fr),
        ("sport", "Sport et activité physique")
    );
    assert_eq!(words.code_meant(themes(), "SPORT"), Some("sport"));
    assert_eq!(
        words.code_meant(themes(), "sport et activite physique"),
        Some("sport")
    );
    assert_eq!(words.terms(themes()).len(), themes().terms.len());
}

#[test]
fn a_term_that_forms_offer_no_more_keeps_its_words_and_names_its_successor() {
    let mut old = term("insertion", "Insertion");
    old.standing = Standing::Deprecated {
        successor: Some("emploi-formation".to_owned()),
    };
    let acts = [(id(1), body(Declared::Term(old.clone()), &[]))];
    let words = words(&acts);
    assert!(
        words
            .offered(themes())
            .iter()
            .all(|term| term.code != "insertion")
    );
    assert_eq!(
        words.offered(themes()).len(),
        themes().terms.len() - 1,
        "all the others are offered"
    );
    let kept = words
        .term(themes(), "insertion")
        .expect("records still have it");
    assert_eq!(kept.declared, Some(&old));
}

#[test]
fn a_new_term_comes_after_those_of_this_version() {
    let mut new = term("sport-sante", "Sport santé");
    new.broader = Some("sport".to_owned());
    new.data_inclusion = vec!["sante--bien-etre".to_owned()];
    let acts = [(id(1), body(Declared::Term(new), &[]))];
    let words = words(&acts);
    assert_eq!(
        words
            .terms(themes())
            .last()
            .map(|term| term.code.to_owned()),
        Some("sport-sante".to_owned())
    );
}

#[test]
fn two_who_word_a_term_apart_are_both_kept_until_one_act_replaces_both() {
    let one = (id(1), body(Declared::Term(term("sport", "Sports")), &[]));
    let two = (
        id(2),
        body(Declared::Term(term("sport", "Activités sportives")), &[]),
    );
    let apart = words(&[one.clone(), two.clone()]);
    let is_disputed = |words: &Words| words.term(themes(), "sport").map(|term| term.is_disputed);
    assert_eq!(is_disputed(&apart), Some(true));
    let both = apart.in_force(&Declared::Term(term("sport", "")));
    assert_eq!(both, [id(1), id(2)]);
    let last = (id(0), body(Declared::Term(term("sport", "Sport")), &both));
    let settled = words(&[one, two, last]);
    assert_eq!(is_disputed(&settled), Some(false));
    assert_eq!(
        settled
            .term(themes(), "sport")
            .map(|term| term.fr.to_owned()),
        Some("Sport".to_owned())
    );
}

#[test]
fn an_act_replaces_only_what_is_on_its_own_subject() {
    let sport = (id(1), body(Declared::Term(term("sport", "Sports")), &[]));
    let other = (
        id(2),
        body(Declared::Term(term("culture", "Cultures")), &[id(1)]),
    );
    let words = words(&[sport, other]);
    assert_eq!(
        words.term(themes(), "sport").map(|term| term.fr.to_owned()),
        Some("Sports".to_owned())
    );
}

#[test]
fn a_field_of_the_federation_s_own_stands_in_its_section_unless_it_is_hidden() {
    let kind = Kind::parse("actor").expect("a kind");
    let contact = kind
        .sections
        .iter()
        .find(|section| section.code == "contact")
        .expect("a section");
    let own = (id(1), body(Declared::Field(field("x_agrement")), &[]));
    let shown = words(std::slice::from_ref(&own));
    assert_eq!(shown.fields_in(kind, contact).count(), 1);
    assert_eq!(
        shown.field("actor", "x_agrement"),
        Some(&field("x_agrement"))
    );
    assert_eq!(shown.field("event", "x_agrement"), None);
    let gone = Declared::Hidden {
        kind: "actor".to_owned(),
        field: "x_agrement".to_owned(),
        is_hidden: true,
    };
    let words = words(&[own, (id(2), body(gone, &[]))]);
    assert_eq!(words.fields_in(kind, contact).count(), 0);
}

#[test]
fn a_hidden_field_comes_back_by_a_later_act() {
    let away = (id(9), body(hidden(true), &[]));
    assert!(words(std::slice::from_ref(&away)).hides("actor", "opening_hours"));
    let back = (id(1), body(hidden(false), &[id(9)]));
    assert!(!words(&[away, back]).hides("actor", "opening_hours"));
}

#[test]
fn what_cannot_be_declared_is_refused_with_its_reason() {
    for code in [
        "",
        "Sport",
        "-sport",
        "sport-",
        "spôrt",
        "a b",
        &"a".repeat(49),
    ] {
        assert_eq!(
            check(Declared::Term(term(code, "Sport"))),
            Err(DeclarationError::Code),
            "{code}"
        );
    }
    assert_eq!(check(Declared::Term(term(&"a".repeat(48), "A"))), Ok(()));
    for fr in ["", "  ", "a\nb", &"é".repeat(101)] {
        assert_eq!(
            check(Declared::Term(term("a", fr))),
            Err(DeclarationError::Text),
            "{fr}"
        );
    }
    let mut stray = term("a", "A");
    stray.vocabulary = "rien".to_owned();
    assert_eq!(check(Declared::Term(stray)), Err(DeclarationError::Unknown));
    let mut own = term("a", "A");
    own.broader = Some("a".to_owned());
    assert_eq!(check(Declared::Term(own)), Err(DeclarationError::Unknown));
    for name in ["agrement", "x_", "x_É", &format!("x_{}", "a".repeat(63))] {
        assert_eq!(
            check(Declared::Field(field(name))),
            Err(DeclarationError::Code),
            "{name}"
        );
    }
    let name = Declared::Hidden {
        kind: "actor".to_owned(),
        field: "name".to_owned(),
        is_hidden: true,
    };
    assert_eq!(check(name), Err(DeclarationError::Needed));
}

#[test]
fn a_term_is_read_in_the_language_that_is_asked_and_meant_in_its_own_vocabulary_only() {
    let mut new = term("sport-sante", "Sport santé");
    new.wording = Text::new("Sport santé", "Sport for health");
    let words = words(&[(id(1), body(Declared::Term(new), &[]))]);
    let shown = words.term(themes(), "sport-sante").expect("declared");
    assert_eq!(shown.in_language("fr"), "Sport santé");
    assert_eq!(shown.in_language("en"), "Sport for health");
    assert_eq!(shown.in_language("br"), "Sport santé");
    for meant in ["sport-sante", "sport sante", "SPORT FOR HEALTH"] {
        assert_eq!(words.code_meant(themes(), meant), Some("sport-sante"));
    }
    let others = vocabulary_named("audiences").expect("it is one of ours");
    assert_eq!(words.code_meant(others, "Sport santé"), None);
}

#[test]
fn a_code_is_the_term_that_has_it_whatever_others_are_called() {
    let acts = [
        (
            id(1),
            body(Declared::Term(term("sport-sante", "Sport")), &[]),
        ),
        (
            id(2),
            body(Declared::Term(term("velo", "Sport sante")), &[]),
        ),
    ];
    let words = words(&acts);
    assert_eq!(words.code_meant(themes(), "sport"), Some("sport"));
    assert_eq!(
        words.code_meant(themes(), "sport-sante"),
        Some("sport-sante")
    );
    assert_eq!(words.code_meant(themes(), "Sport"), Some("sport-sante"));
    assert_eq!(
        words.code_meant(themes(), "SPORT SANTE"),
        Some("sport-sante")
    );
}

#[test]
fn every_shape_of_an_own_field_reads_back_from_its_text_and_nothing_else_does() {
    let listed = [OwnShape::Term(themes()), OwnShape::Terms(themes())];
    for shape in OwnShape::PLAIN.into_iter().chain(listed) {
        assert_eq!(OwnShape::parse(&shape.to_string()), Some(shape));
    }
    for nothing in ["", "colour", "term", "term:rien", "text:themes"] {
        assert_eq!(OwnShape::parse(nothing), None, "{nothing}");
    }
}

#[test]
fn a_declaration_holds_as_much_as_its_limits_say_and_no_more() {
    let replacing = |count: u8| {
        let replaces = (0..count).map(id).collect();
        let declared = hidden(true);
        Declaration { declared, replaces }.check()
    };
    assert_eq!(replacing(16), Ok(()));
    assert_eq!(replacing(17), Err(DeclarationError::Text));

    let meaning = |terms: Vec<String>| {
        let mut declared = term("a", "A");
        declared.data_inclusion = terms;
        check(Declared::Term(declared))
    };
    assert_eq!(meaning(vec!["sante".to_owned(); 16]), Ok(()));
    let many = meaning(vec!["sante".to_owned(); 17]);
    assert_eq!(many, Err(DeclarationError::Text));
    assert_eq!(meaning(vec!["s".repeat(96)]), Ok(()));
    for code in [String::new(), "s".repeat(97)] {
        assert_eq!(meaning(vec![code]), Err(DeclarationError::Code));
    }

    let longest = format!("x_{}", "a".repeat(62));
    assert_eq!(check(Declared::Field(field(&longest))), Ok(()));
}

#[test]
fn a_field_stands_in_a_section_of_its_kind_and_says_what_it_is_and_what_to_write() {
    assert_eq!(check(Declared::Field(field("x_agrement"))), Ok(()));
    let mut astray = field("x_agrement");
    astray.section = "rien".to_owned();
    assert_eq!(
        check(Declared::Field(astray)),
        Err(DeclarationError::Unknown)
    );
    let silent: [fn(&mut DeclaredField); 2] = [
        |field| field.wording = Text::new("", "Approval number"),
        |field| field.hint = Text::new("Un nombre.", &"n".repeat(401)),
    ];
    for change in silent {
        let mut declared = field("x_agrement");
        change(&mut declared);
        assert_eq!(
            check(Declared::Field(declared)),
            Err(DeclarationError::Text)
        );
    }
}

#[test]
fn the_codes_of_what_cannot_be_declared_are_stable() {
    let codes = [
        (DeclarationError::Code, "declaration_code"),
        (DeclarationError::Needed, "declaration_needed"),
        (DeclarationError::Text, "declaration_text"),
        (DeclarationError::Unknown, "declaration_unknown"),
    ];
    for (why, code) in codes {
        assert_eq!(why.code(), code);
    }
}

#[test]
fn a_body_of_a_later_version_says_nothing() {
    let later = Tree::map([
        ("type", Tree::text("palette")),
        ("replaces", Tree::List(Vec::new())),
    ]);
    assert_eq!(Declaration::read(&later), None);
    assert_eq!(Declaration::read(&Tree::Null), None);
    let mut more = body(hidden(true), &[]);
    if let Tree::Map(pairs) = &mut more {
        pairs.insert("also".to_owned(), Tree::Boolean(true));
    }
    assert_eq!(Declaration::read(&more), None);
}

fn declarations() -> impl Strategy<Value = Declared> {
    let code = prop_oneof![Just("sport"), Just("culture"), Just("sport-sante")];
    let terms = (code, "[A-Z][a-z]{0,5}", any::<bool>()).prop_map(|(code, fr, gone)| {
        let mut term = term(code, &fr);
        if gone {
            term.standing = Standing::Deprecated { successor: None };
        }
        Declared::Term(term)
    });
    let fields =
        prop_oneof![Just("x_a"), Just("x_b")].prop_map(|name| Declared::Field(field(name)));
    prop_oneof![terms, fields, any::<bool>().prop_map(hidden)]
}

proptest! {
    #[test]
    fn a_declaration_reads_back_from_its_act(declared in declarations(), replaces in prop::collection::vec(0_u8..9, 0..4)) {
        let replaces: Vec<_> = replaces.into_iter().map(id).collect();
        let read = Declaration::read(&body(declared.clone(), &replaces));
        prop_assert_eq!(read, Some(Declaration { declared, replaces }));
    }

    #[test]
    fn the_order_of_the_acts_does_not_matter(
        declared in prop::collection::vec((declarations(), prop::collection::vec(0_u8..9, 0..3)), 0..9),
        seed in any::<u64>(),
    ) {
        let acts: Vec<_> = declared.into_iter().enumerate().map(|(number, (declared, replaces))| {
            let replaces: Vec<_> = replaces.into_iter().map(id).collect();
            (id(u8::try_from(number).expect("nine at most")), body(declared, &replaces))
        }).collect();
        let mut shuffled = acts.clone();
        let len = shuffled.len().max(1);
        shuffled.rotate_left(usize::try_from(seed % len as u64).expect("small") % len);
        shuffled.reverse();
        prop_assert_eq!(words(&acts), words(&shuffled));
    }
}

#[test]
fn forms_ask_the_fields_of_the_federation_and_leave_out_those_that_it_hides() {
    let acts = [
        (id(1), body(Declared::Field(field("x_agrement")), &[])),
        (id(2), body(hidden(true), &[])),
    ];
    let lexicon = Lexicon::new(words(&acts), None);
    let actor = Kind::parse("actor").expect("it is a kind");
    let sections = lexicon.sections(actor);
    let contact = sections
        .iter()
        .find(|asked| asked.section.code == "contact");
    let contact = contact.expect("it is asked");
    assert_eq!(
        contact.fields.last().map(|field| field.name()),
        Some("x_agrement")
    );
    assert!(
        lexicon
            .fields(actor)
            .iter()
            .all(|field| field.name() != "opening_hours")
    );
    // What is not asked is still called by its name.
    let hidden = lexicon
        .words()
        .any_field("actor", "opening_hours")
        .expect("it is a field");
    assert!(!hidden.label("fr").is_empty());
    let own = lexicon
        .words()
        .any_field("actor", "x_agrement")
        .expect("it is a field");
    assert_eq!(
        (own.label("en"), own.shape()),
        ("Approval number", Shape::Integer)
    );
    assert_eq!(lexicon.words().any_field("event", "x_agrement"), None);
    assert_eq!(lexicon.words().field_of_any_kind("x_agrement"), Some(own));
}

#[test]
fn without_a_programme_and_acts_a_form_asks_every_field_and_offers_every_term() {
    let lexicon = Lexicon::default();
    for kind in KINDS {
        let asked: Vec<_> = lexicon
            .fields(kind)
            .iter()
            .map(|field| field.name())
            .collect();
        let all: Vec<_> = kind.fields().map(|field| field.name).collect();
        assert_eq!(asked, all, "{}", kind.code);
    }
    let offered = lexicon.terms(themes());
    assert!(
        offered
            .iter()
            .map(|term| term.code)
            .eq(themes().terms.iter().map(|term| term.code))
    );
}

#[test]
fn a_programme_chooses_sections_and_terms_and_own_words_follow_them() {
    let mut elsewhere = field("x_parcours");
    elsewhere.section = "registers".to_owned();
    let mut deprecated = term("aidants", "Aidants");
    deprecated.standing = Standing::Deprecated { successor: None };
    let acts = [
        (
            id(1),
            body(
                Declared::Term(term("aide-a-domicile", "Aide à domicile")),
                &[],
            ),
        ),
        (id(2), body(Declared::Term(deprecated), &[])),
        (id(3), body(Declared::Field(elsewhere), &[])),
    ];
    for profile in Profile::all() {
        let lexicon = Lexicon::new(words(&acts), Some(profile));
        for shown in profile.kinds() {
            let asked: Vec<_> = lexicon
                .fields(shown.kind())
                .iter()
                .map(|field| field.name())
                .collect();
            let sections = shown.sections().iter().flat_map(|section| &section.fields);
            let mut expected: Vec<_> = sections.map(|field| field.name).collect();
            if shown.kind().code == "actor" {
                expected.push("x_parcours");
                let mut asked = asked.clone();
                asked.sort_unstable();
                expected.sort_unstable();
                assert_eq!(asked, expected, "{}", profile.code());
            } else {
                assert_eq!(asked, expected, "{} {}", profile.code(), shown.kind().code);
            }
        }
        let offered: Vec<_> = lexicon
            .terms(themes())
            .iter()
            .map(|term| term.code)
            .collect();
        let mut expected: Vec<_> = profile
            .terms(themes())
            .iter()
            .map(|term| term.code)
            .collect();
        expected.retain(|code| *code != "aidants");
        expected.push("aide-a-domicile");
        assert_eq!(offered, expected, "{}", profile.code());
    }
}

#[test]
fn two_who_declare_a_field_apart_are_told() {
    let other = DeclaredField {
        is_public: true,
        ..field("x_agrement")
    };
    let act = |number, field| (id(number), body(Declared::Field(field), &[]));
    let alike = words(&[act(1, field("x_agrement")), act(2, field("x_agrement"))]);
    assert!(!alike.is_field_disputed("actor", "x_agrement"));
    let apart = words(&[act(1, field("x_agrement")), act(2, other)]);
    assert!(apart.is_field_disputed("actor", "x_agrement"));
    assert!(!apart.is_field_disputed("event", "x_agrement"));
}
