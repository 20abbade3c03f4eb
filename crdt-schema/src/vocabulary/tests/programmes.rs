use super::*;

fn profiles(codes: &[&str]) -> Declared {
    Declared::Profiles(codes.iter().map(|code| (*code).to_owned()).collect())
}

#[test]
fn programmes_that_a_coordinator_chose_are_those_of_the_federation() {
    assert_eq!(Words::shipped().profile(), None);
    let one = (id(1), body(profiles(&["autonomie"]), &[]));
    let words = self::words(std::slice::from_ref(&one));
    assert_eq!(words.profile(), Profile::of("autonomie"));
    let two = (id(2), body(profiles(&["rencontres", "a-venir"]), &[id(1)]));
    let words = self::words(&[two, one]);
    assert_eq!(words.profiles(), ["rencontres", "a-venir"]);
    assert_eq!(
        words.profile(),
        Profile::of("rencontres"),
        "it replaced the first choice"
    );
    assert!(!words.are_profiles_disputed());
    assert_eq!(words.in_force(&profiles(&["jop2024"])), [id(2)]);
}

#[test]
fn of_coordinators_who_chose_apart_both_choices_are_followed_until_one_decides() {
    let one = (id(1), body(profiles(&["autonomie"]), &[]));
    let two = (id(2), body(profiles(&["rencontres", "autonomie"]), &[]));
    let words = self::words(&[one.clone(), two.clone()]);
    assert_eq!(words.profiles(), ["rencontres", "autonomie"]);
    assert!(words.are_profiles_disputed());
    assert_eq!(words, self::words(&[two.clone(), one.clone()]));
    let settled = (id(0), body(profiles(&["jop2024"]), &[id(1), id(2)]));
    let words = self::words(&[one, two, settled]);
    assert_eq!(words.profiles(), ["jop2024"]);
    assert!(!words.are_profiles_disputed());
}

#[test]
fn a_choice_names_a_programme_at_least_and_each_once() {
    assert_eq!(check(profiles(&["autonomie", "a-venir"])), Ok(()));
    assert_eq!(check(profiles(&[])), Err(DeclarationError::Unknown));
    let twice = profiles(&["autonomie", "autonomie"]);
    assert_eq!(check(twice), Err(DeclarationError::Unknown));
    assert_eq!(check(profiles(&["Autonomie"])), Err(DeclarationError::Code));
    let many: Vec<String> = (0..=PROFILES_MAX)
        .map(|number| format!("p{number}"))
        .collect();
    assert_eq!(
        check(Declared::Profiles(many)),
        Err(DeclarationError::Unknown)
    );
}
