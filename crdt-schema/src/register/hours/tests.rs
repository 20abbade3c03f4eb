use super::*;

fn outcome(text: &str) -> (&'static str, Option<String>) {
    let outcome = opening_hours(text);
    let value = outcome.accepted().or(outcome.proposed()).cloned();
    (outcome.as_str(), value)
}

#[test]
fn what_the_strict_form_allows_is_valid_as_it_is() {
    for text in [
        "Mo-Fr 08:30-12:30,13:30-17:00; Sa 09:00-12:00",
        "24/7",
        "We[1] 14:00-16:00",
        "We[1-2,-1] 14:00-16:00",
        "Jul 06-Aug 31 Mo-Sa 10:00-19:00",
        "Jul 06-20 10:00-19:00",
        "Jan-Mar,Oct 10:00-19:00",
        "2026 Dec 24-2027 Jan 02 off",
        "2026-2028 Mo 10:00-12:00",
        "2026+ Mo 10:00-12:00",
        "week 01-10/2,20 Tu 10:00-12:00",
        "Mo-Fr 22:00-02:00",
        "Mo-Fr 22:00-26:00",
        "Mo-Fr 08:30-12:30; PH off",
        "SH Mo-Fr 14:00-17:00",
        "PH,Su 10:00-12:00",
        "Mo-Su 10:00-18:00 \"sur rendez-vous\"",
        "\"sur rendez-vous\"",
        "Mo-Fr 10:00+",
        "sunrise-sunset",
        "Mo-Fr 08:00-12:00, We 14:00-17:00 || \"appeler\"",
        "Mo-Fr 08:00-12:00, 14:00-17:00",
        "Mo closed",
        "09:00-12:00",
    ] {
        assert_eq!(outcome(text), ("valid", Some(text.to_owned())), "{text}");
    }
}

#[test]
fn what_is_no_hours_is_invalid() {
    for text in [
        "",
        "Mo-Fr 08:30-25:90",
        "Mo-Fr 08:30-48:01",
        "Mo-Xx 08:00-12:00",
        "ouvert tous les jours",
        "sur rendez-vous",
        "Mo-Fr 08:30-12:30 et plus",
        "Mo-Fr 08:30",
        "Feb 30 10:00-12:00",
        "Jul 06-Aug 10:00-12:00",
        "We[0] 14:00-16:00",
        "We[6] 14:00-16:00",
        "week 54 10:00-12:00",
        "2028-2026 Mo 10:00-12:00",
        "Mo \"sans fin",
        "9-12",
        "9h-12h 14h",
        "lundi 25h-26h",
        "fermé",
        // Two days, or all from one to the other: only a person knows.
        "Mardi/Vendredi 9h-12h",
        "mardi / vendredi",
        "Mardi 9h-12h / vendredi 14h-17h",
        "Tous les après-midi 14h-17h",
        "tous 14h-17h",
        "tous les jours du lundi au vendredi 9h-12h",
        ";",
        ";;",
    ] {
        assert_eq!(outcome(text), ("invalid", None), "{text}");
    }
    let long = vec!["Mo 10:00-12:00"; 51].join("; ");
    assert_eq!(outcome(&long).0, "invalid");
    assert_eq!(outcome(&long[16..]).0, "valid");
}

#[test]
fn a_sign_that_ends_the_rules_is_taken_away_and_said() {
    let repaired = opening_hours("Mo-Fr 09:00-12:00 ;");
    assert_eq!(
        repaired,
        Outcome::Repaired("Mo-Fr 09:00-12:00".to_owned(), Code::Separator)
    );
    assert_eq!(outcome("Mo-Fr 09:00-12:00;").0, "repaired");
}

#[test]
fn days_without_hours_are_all_day_and_said() {
    for text in ["Mo-Fr", "Mo-Fr 09:00-12:00; Sa", "Jul", "PH"] {
        assert_eq!(
            opening_hours(text),
            Outcome::Warned(text.to_owned(), Code::AllDay),
            "{text}"
        );
    }
    for text in ["Mo-Fr \"sur rendez-vous\"", "PH off", "24/7", "Mo unknown"] {
        assert_eq!(outcome(text).0, "valid", "{text}");
    }
}

#[test]
fn what_people_write_is_offered_in_the_strict_form() {
    for (typed, offered) in [
        ("9h-12h", "09:00-12:00"),
        ("9h-12h / 14h-18h30", ""),
        ("9h-12h et 14h-18h30", "09:00-12:00,14:00-18:30"),
        ("Lundi", "Mo"),
        ("Mo 10:00-12:00;;", "Mo 10:00-12:00"),
        ("Lundi 9h-12h", "Mo 09:00-12:00"),
        (
            "Du lundi au vendredi de 9 h à 12 h 30 et de 14h à 17h, samedi : 9h-midi",
            "Mo-Fr 09:00-12:30,14:00-17:00; Sa 09:00-12:00",
        ),
        (
            "Lundi, mercredi et vendredi : 9h - 12h\nmardi 14:00-18:00",
            "Mo,We,Fr 09:00-12:00; Tu 14:00-18:00",
        ),
        (
            "Mo-Fr 8:30-12:30; dimanche fermé",
            "Mo-Fr 08:30-12:30; Su off",
        ),
        ("mo - fr 08:30 - 12:30", "Mo-Fr 08:30-12:30"),
        ("Tous les jours de 10h à 18h", "Mo-Su 10:00-18:00"),
        ("tous les mercredis 14h-17h", "We 14:00-17:00"),
        (
            "Tous les mardis et tous les jeudis de 9h à 12h",
            "Tu,Th 09:00-12:00",
        ),
        ("Tous les lundis 9h/12h", "Mo 09:00-12:00"),
        ("tous les jours fériés : fermé", "PH off"),
        ("samedi 20h-minuit", "Sa 20:00-24:00"),
        (
            "Lun-Ven 9 heures - 17 heures ; jours fériés fermé",
            "Mo-Fr 09:00-17:00; PH off",
        ),
    ] {
        let wanted = match offered {
            "" => ("invalid", None),
            offered => ("proposed", Some(offered.to_owned())),
        };
        assert_eq!(outcome(typed), wanted, "{typed}");
    }
}

#[test]
fn a_rule_says_what_it_is_made_of() {
    let hours = OpeningHours::parse("Jul 06-Aug 31 We[1] 14:00-26:00 \"appeler\"");
    let day = |month, day| YearDay {
        year: None,
        month,
        day: Some(day),
    };
    let rule = OpeningRule {
        dates: vec![(day(7, 6), day(8, 31))],
        days: vec![OpenDays::InMonth(2, vec![(1, 1)])],
        times: vec![OpenTimes {
            from: OpenTime::At(14 * 60),
            to: Some(OpenTime::At(26 * 60)),
        }],
        comment: Some("appeler".to_owned()),
        ..OpeningRule::default()
    };
    assert_eq!(hours, Some(OpeningHours { rules: vec![rule] }));
}
