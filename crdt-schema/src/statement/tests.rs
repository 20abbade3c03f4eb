#![expect(clippy::unwrap_used, reason = "tests")]

use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::*;
use crate::cbor::Writer;
use crate::governance::Criterion;
use crate::id::ItemId;
use crate::label::Day;
use crate::limits::NAME_BYTES_MAX;

const A: RecordId = RecordId::from_bytes([1; 16]);
const B: RecordId = RecordId::from_bytes([2; 16]);

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn frame(predicate: &str, other: Option<RecordId>) -> StatementFrame {
    StatementFrame {
        subject: A,
        other,
        predicate: predicate.to_owned(),
    }
}

fn mark(level: u8) -> Mark {
    Mark::new(level, "vu sur place").unwrap()
}

fn report(number: u8) -> ItemId {
    ItemId::from_bytes([number; 16])
}

fn answer(outcome: Outcome, why: &str) -> Answer {
    Answer::new(outcome, why).unwrap()
}

fn one_of_each() -> Vec<(Statement, Option<RecordId>)> {
    let sections = [("identity", "2026-03-03"), ("place", "2026-02-01")];
    let sections = sections.map(|(section, at)| (section.to_owned(), day(at)));
    let marks = [("legacy".to_owned(), mark(0)), ("b".to_owned(), mark(3))];
    vec![
        (
            Statement::Verified(Verification::new(sections).unwrap()),
            None,
        ),
        (
            Statement::Assessed(Assessment::by_prisms(marks.clone(), None).unwrap()),
            None,
        ),
        (
            Statement::Assessed(
                Assessment::by_criteria("accueil@1", marks, Some("https://exemple.fr".to_owned()))
                    .unwrap(),
            ),
            None,
        ),
        (
            Statement::Reported(Report::new(ReportReason::PersonalData, "un nom").unwrap()),
            None,
        ),
        (Statement::Endorsed(Endorsement::new("").unwrap()), None),
        (Statement::Answered(Answers::default()), None),
        (
            Statement::Answered(
                Answers::new([
                    (report(9), answer(Outcome::Corrected, "")),
                    (report(3), answer(Outcome::NotKept, "vu sur place")),
                    (report(4), answer(Outcome::Settled, "retirée en mars")),
                ])
                .unwrap(),
            ),
            None,
        ),
        (
            Statement::Duplicate(Duplicate::new(Sameness::Unsure, "même adresse").unwrap()),
            Some(B),
        ),
    ]
}

#[test]
fn every_statement_is_read_as_it_was_written() {
    for (statement, other) in one_of_each() {
        let Frame::Statement(frame) = statement.frame(A, other).unwrap() else {
            panic!("no statement");
        };
        assert!(PREDICATES.contains(&frame.predicate.as_str()));
        let content = statement.to_content();
        assert_eq!(Statement::read(&frame, &content), Some(statement));
    }
}

/// Written by an independent encoder from the words of `FORMAT.md`. They change only when the format does.
#[test]
fn contents_are_byte_for_byte_what_the_first_version_wrote() {
    let golden = [
        "8282686964656e746974796a323032362d30332d30338265706c6163656a323032362d30322d3031",
        "8366707269736d7382836162036c76752073757220706c61636583666c6567616379006c76752073757220706c616365f6",
        "83696163637565696c403182836162036c76752073757220706c61636583666c6567616379006c76752073757220706c6163657268747470733a2f2f6578656d706c652e6672",
        "826d706572736f6e616c2d6461746166756e206e6f6d",
        "8160",
        "80",
        "83835003030303030303030303030303030303686e6f742d6b6570746c76752073757220706c61636583500404040404040404040404040404040467736574746c6564707265746972c3a96520656e206d61727383500909090909090909090909090909090969636f7272656374656460",
        "8266756e737572656d6dc3aa6d652061647265737365",
    ];
    let written = one_of_each().into_iter();
    let written: Vec<String> = written
        .map(|(statement, _)| HEXLOWER.encode(&statement.to_content()))
        .collect();
    assert_eq!(written, golden);
}

#[test]
fn what_is_of_no_known_form_is_unknown_and_never_an_error() {
    for (statement, other) in one_of_each() {
        let content = statement.to_content();
        let predicate = statement.predicate();
        let is_pair = other.is_some();
        let read =
            |predicate, other, content: &[u8]| Statement::read(&frame(predicate, other), content);
        assert_eq!(read("seen", other, &content), None);
        let other_way = if is_pair { None } else { Some(B) };
        assert_eq!(read(predicate, other_way, &content), None);
        assert_eq!(read(predicate, Some(A), &content), None, "a pair of one");
        let longer = [&content[..], &[0]].concat();
        assert_eq!(read(predicate, other, &longer), None);
        for cut in 0..content.len() {
            assert_eq!(read(predicate, other, &content[..cut]), None);
        }
    }
    // The contents that stood in the golden entries before these forms were chosen.
    let map = crate::cbor::Tree::map([("date", crate::cbor::Tree::text("2025-11-24"))]);
    assert_eq!(
        Statement::read(&frame("verified", None), &map.to_cbor()),
        None
    );
}

#[test]
fn a_statement_names_another_record_exactly_when_it_is_about_a_pair() {
    for (statement, other) in one_of_each() {
        let is_pair = other.is_some();
        assert_eq!(statement.frame(A, Some(B)).is_ok(), is_pair);
        assert_eq!(statement.frame(A, None).is_ok(), !is_pair);
        assert_eq!(statement.frame(A, Some(A)), Err(StatementError::Pair));
    }
}

#[test]
fn limits_hold_just_below_and_just_above() {
    let why = |bytes: usize| "w".repeat(bytes);
    assert!(Mark::new(3, &why(WHY_BYTES_MAX)).is_ok());
    assert_eq!(
        Mark::new(3, &why(WHY_BYTES_MAX + 1)),
        Err(StatementError::WhyTooLong)
    );
    assert_eq!(Mark::new(3, ""), Err(StatementError::WhyMissing));
    assert_eq!(Mark::new(4, "w"), Err(StatementError::Level));
    assert!(Endorsement::new("").is_ok());
    assert!(Endorsement::new(&why(WHY_BYTES_MAX + 1)).is_err());
    let marks = |count: usize| (0..count).map(|each| (each.to_string(), mark(1)));
    assert!(Assessment::by_prisms(marks(MARKS_MAX), None).is_ok());
    assert_eq!(
        Assessment::by_prisms(marks(MARKS_MAX + 1), None),
        Err(StatementError::TooMany)
    );
    assert_eq!(
        Assessment::by_prisms(marks(0), None),
        Err(StatementError::Nothing)
    );
    let twice = marks(1).chain(marks(1));
    assert_eq!(
        Assessment::by_prisms(twice, None),
        Err(StatementError::Twice)
    );
    let code = |bytes: usize| [("c".repeat(bytes), mark(1))];
    assert!(Assessment::by_prisms(code(NAME_BYTES_MAX), None).is_ok());
    assert!(Assessment::by_prisms(code(NAME_BYTES_MAX + 1), None).is_err());
    let link = |bytes: usize| Some("l".repeat(bytes));
    assert!(Assessment::by_prisms(marks(1), link(2_000)).is_ok());
    assert!(Assessment::by_prisms(marks(1), link(2_001)).is_err());
    assert!(Assessment::by_criteria("prisms", marks(1), None).is_err());
    let sections = |count: usize| (0..count).map(|each| (each.to_string(), day("2026-01-01")));
    assert!(Verification::new(sections(SECTIONS_MAX)).is_ok());
    assert_eq!(
        Verification::new(sections(SECTIONS_MAX + 1)),
        Err(StatementError::TooMany)
    );
    assert_eq!(Verification::new(sections(0)), Err(StatementError::Nothing));
}

#[test]
fn contents_in_another_order_or_with_a_level_too_high_are_unknown() {
    let verified = |sections: [&str; 2]| {
        let mut to = Writer::default();
        to.array(2);
        for section in sections {
            to.array(2).text(section).text("2026-01-01");
        }
        Statement::read(&frame("verified", None), &to.into_bytes())
    };
    assert!(verified(["a", "b"]).is_some());
    assert!(verified(["b", "a"]).is_none());
    assert!(verified(["a", "a"]).is_none());
    let assessed = |level: u64| {
        let mut to = Writer::default();
        to.array(3).text("prisms").array(1);
        to.array(3).text("legacy").unsigned(level).text("vu").null();
        Statement::read(&frame("assessed", None), &to.into_bytes())
    };
    assert!(assessed(3).is_some());
    assert!(assessed(4).is_none());
    assert!(assessed(256).is_none());
}

#[test]
fn answers_have_their_limits_their_order_and_a_reason_where_nothing_was_kept() {
    let some = |count: usize| {
        let numbers = (0..count).map(|each| u8::try_from(each).unwrap());
        Answers::new(numbers.map(|each| (report(each), answer(Outcome::Settled, ""))))
    };
    assert!(some(0).is_ok(), "that takes back what was answered");
    assert!(some(ANSWERS_MAX).is_ok());
    assert_eq!(some(ANSWERS_MAX + 1), Err(StatementError::TooManyAnswers));
    let twice = [1, 1].map(|each| (report(each), answer(Outcome::Settled, "")));
    assert_eq!(Answers::new(twice), Err(StatementError::Twice));
    assert_eq!(
        Answer::new(Outcome::NotKept, ""),
        Err(StatementError::WhyMissing)
    );
    let longest = "w".repeat(WHY_BYTES_MAX);
    assert!(Answer::new(Outcome::NotKept, &longest).is_ok());
    assert_eq!(
        Answer::new(Outcome::Corrected, &format!("{longest}w")),
        Err(StatementError::WhyTooLong)
    );
    let all = (0..ANSWERS_MAX).map(|each| u8::try_from(each).unwrap());
    let all = all.map(|each| (report(each), answer(Outcome::NotKept, &longest)));
    let all = Statement::Answered(Answers::new(all).unwrap()).to_content();
    assert!(all.len() < crate::limits::ITEM_BYTES_MAX, "{}", all.len());

    let written = |outcome: &str, why: &str, reports: [u8; 2]| {
        let mut to = Writer::default();
        to.array(2);
        for each in reports {
            to.array(3).bytes(report(each).as_bytes());
            to.text(outcome).text(why);
        }
        Statement::read(&frame("answered", None), &to.into_bytes())
    };
    assert!(written("corrected", "", [1, 2]).is_some());
    assert!(written("not-kept", "non", [1, 2]).is_some());
    for (outcome, why, reports) in [
        ("corrected", "", [2, 1]),
        ("corrected", "", [1, 1]),
        ("not-kept", "", [1, 2]),
        ("forwarded", "à la ville", [1, 2]),
    ] {
        assert_eq!(
            written(outcome, why, reports),
            None,
            "{outcome} {reports:?}"
        );
    }
}

#[test]
fn a_section_is_due_after_180_and_after_240_days_and_a_day_to_come_counts_for_nothing() {
    let today = day("2026-12-31");
    for (confirmed, due) in [
        ("2026-12-31", Due::UpToDate),
        ("2027-01-01", Due::UpToDate),
        ("2027-01-02", Due::Never),
        ("9999-12-31", Due::Never),
        ("2026-07-05", Due::UpToDate),
        ("2026-07-04", Due::Advised),
        ("2026-05-06", Due::Advised),
        ("2026-05-05", Due::Required),
        ("0001-01-01", Due::Required),
    ] {
        let judged = DueDays::USUAL.judge(Some(day(confirmed)), today);
        assert_eq!(judged, due, "{confirmed}");
    }
    assert_eq!(DueDays::USUAL.judge(None, today), Due::Never);
    // A programme may ask sooner, and later.
    let event = DueDays::new(60, 90).expect("sound");
    for (confirmed, due) in [
        ("2026-11-02", Due::UpToDate),
        ("2026-11-01", Due::Advised),
        ("2026-10-03", Due::Advised),
        ("2026-10-02", Due::Required),
        ("2027-01-02", Due::Never),
    ] {
        assert_eq!(event.judge(Some(day(confirmed)), today), due, "{confirmed}");
    }
}

#[test]
fn a_median_may_lie_between_two_levels() {
    let spread = |levels: &[u8]| {
        let spread = Spread::of(levels.iter().copied())?;
        Some((spread.count, spread.median_doubled, spread.low, spread.high))
    };
    assert_eq!(spread(&[]), None);
    assert_eq!(spread(&[2]), Some((1, 4, 2, 2)));
    assert_eq!(spread(&[3, 0]), Some((2, 3, 0, 3)));
    assert_eq!(spread(&[3, 0, 1]), Some((3, 2, 0, 3)));
}

#[test]
fn a_tally_says_what_is_missing_and_which_mandatory_criterion_is_not_met() {
    let criterion = |id: &str, weight, mandatory| Criterion {
        id: id.to_owned(),
        title: id.to_owned(),
        weight,
        mandatory,
    };
    let criteria = [
        criterion("a", 2, true),
        criterion("b", 1, false),
        criterion("c", 5, true),
        criterion("d", u32::MAX, true),
    ];
    let marks = [("a", 1), ("b", 0), ("c", 2), ("z", 3)];
    let marks = marks.map(|(code, level)| (code.to_owned(), mark(level)));
    let assessment = Assessment::by_criteria("accueil@1", marks, None).unwrap();
    let tally = tally(&criteria, &assessment);
    assert_eq!(tally.total, 12);
    assert_eq!(tally.of, 3 * (8 + u64::from(u32::MAX)));
    assert_eq!(tally.not_met, ["a"]);
    assert_eq!(tally.missing, ["d"]);
}

fn any_answers() -> impl Strategy<Value = std::collections::BTreeMap<[u8; 16], (Outcome, String)>> {
    let answer = (prop::sample::select(Outcome::ALL.to_vec()), "[a-zé ]{1,40}");
    prop::collection::btree_map(any::<[u8; 16]>(), answer, 0..ANSWERS_MAX)
}

proptest! {
    #[test]
    fn answers_are_read_as_they_were_written_in_whatever_order_they_came(
        given in any_answers(),
        cut in any::<prop::sample::Index>(),
    ) {
        let answers = given.iter().map(|(report, (outcome, why))| {
            (ItemId::from_bytes(*report), answer(*outcome, why))
        });
        let answers: Vec<_> = answers.collect();
        let one = Statement::Answered(Answers::new(answers.clone()).unwrap());
        let other = Statement::Answered(Answers::new(answers.into_iter().rev()).unwrap());
        let content = one.to_content();
        prop_assert_eq!(&content, &other.to_content());
        prop_assert_eq!(Statement::read(&frame("answered", None), &content), Some(one));
        let short = &content[..cut.index(content.len())];
        prop_assert_eq!(Statement::read(&frame("answered", None), short), None);
    }

    #[test]
    fn no_content_makes_reading_fail(
        predicate in prop::sample::select(PREDICATES.to_vec()),
        content in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        for other in [None, Some(B)] {
            let read = Statement::read(&frame(predicate, other), &content);
            if let Some(read) = read {
                prop_assert_eq!(read.to_content(), content.clone());
            }
        }
    }
}
