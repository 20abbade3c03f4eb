//! Labels: k partners of the committee make one, one of them ends it, and nothing else does.

use crdt_schema::cbor::Tree;
use crdt_schema::governance::{Act, Decision, Label, Mandate, Scheme, SchemeId};
use crdt_schema::id::RecordId;
use crdt_schema::profile::Text;
use crdt_schema::record::vocabulary_named;
use crdt_schema::vocabulary::{Declaration, Declared, DeclaredTerm, Standing};

use crate::federation::{Author, Replica, enrol, label, partner};

fn record() -> RecordId {
    RecordId::from_bytes([1; 16])
}

fn issue(label: &Label) -> Act {
    Act::LabelIssue {
        label: label.clone(),
        proof: Tree::Null,
    }
}

fn withdraw(label: &Label) -> Act {
    Act::LabelWithdraw {
        label: label.clone(),
        reason: "Porte close.".to_owned(),
    }
}

fn decision(replica: &Replica, label: &Label) -> Option<Decision> {
    let governance = replica.governance();
    governance.labels().decisions().get(label).cloned()
}

#[test]
fn two_partners_make_a_label_and_two_keys_or_entries_of_one_do_not() {
    let mut replica = Replica::found();
    let label = label(record(), "2026-06-01");
    assert_eq!(decision(&replica, &label), None);
    let (mut one, mut twin, mut other) =
        (Author::new(1, 10), Author::new(1, 11), Author::new(2, 20));
    for author in [&mut one, &mut twin] {
        for _ in 0..2 {
            author.decide(&mut replica, &[issue(&label)]);
        }
    }
    let undecided = decision(&replica, &label).expect("one vote");
    assert_eq!((undecided.k, undecided.votes.len()), (2, 1));
    assert_eq!(
        undecided.votes[&partner(1)].len(),
        4,
        "four acts of one partner"
    );
    assert!(!undecided.is_decided() && !undecided.stands());
    other.decide(&mut replica, &[issue(&label)]);
    let decided = decision(&replica, &label).expect("two votes");
    assert!(decided.is_decided() && decided.stands() && !decided.is_withdrawn());
    let governance = replica.governance();
    let found: Vec<_> = governance.labels().of_record(&record()).collect();
    assert_eq!(found, [(&label, &decided)]);
    let elsewhere = RecordId::from_bytes([2; 16]);
    assert_eq!(governance.labels().of_record(&elsewhere).count(), 0);
}

#[test]
fn votes_on_different_days_or_projections_or_schemes_do_not_add_up() {
    let mut replica = Replica::found();
    let first = label(record(), "2026-06-01");
    let mut changed = first.clone();
    changed.projection = [1; 32];
    let mut of_no_scheme = first.clone();
    of_no_scheme.scheme = SchemeId::Declared(crdt_schema::id::ItemId::from_bytes([5; 16]));
    let renewed = label(record(), "2028-06-01");
    let mut one = Author::new(1, 10);
    one.decide(&mut replica, &[issue(&first), issue(&of_no_scheme)]);
    Author::new(2, 20).decide(&mut replica, &[issue(&renewed), issue(&changed)]);
    for each in [&first, &changed, &renewed] {
        let undecided = decision(&replica, each).expect("one vote");
        assert!(!undecided.is_decided(), "{each:?}");
    }
    assert_eq!(decision(&replica, &of_no_scheme), None);
}

#[test]
fn one_withdrawal_by_a_partner_of_the_committee_ends_a_label_before_or_after_it_is_decided() {
    for is_before in [true, false] {
        let mut replica = Replica::found();
        let label = label(record(), "2026-06-01");
        let (mut one, mut other) = (Author::new(1, 10), Author::new(2, 20));
        let mut ended = Vec::new();
        if is_before {
            ended = other.decide(&mut replica, &[withdraw(&label)]);
        }
        one.decide(&mut replica, &[issue(&label)]);
        other.decide(&mut replica, &[issue(&label)]);
        if !is_before {
            ended = other.decide(&mut replica, &[withdraw(&label)]);
        }
        let withdrawn = decision(&replica, &label).expect("two votes");
        assert!(withdrawn.is_decided() && withdrawn.is_withdrawn() && !withdrawn.stands());
        assert_eq!(
            withdrawn.withdrawals[&partner(2)],
            ended.into_iter().collect()
        );
    }
}

#[test]
fn neither_an_outsider_nor_a_partner_that_is_no_coordinator_votes_or_withdraws() {
    let mut replica = Replica::found();
    let label = label(record(), "2026-06-01");
    let (mut one, mut partner_only) = (Author::new(1, 10), Author::new(3, 30));
    one.decide(
        &mut replica,
        &[enrol(9, Mandate::everything()), issue(&label)],
    );
    let mut outsider = Author::new(9, 90);
    for author in [&mut partner_only, &mut outsider] {
        author.decide(&mut replica, &[issue(&label), withdraw(&label)]);
    }
    let undecided = decision(&replica, &label).expect("one vote");
    assert_eq!(undecided.votes.len(), 1);
    assert!(!undecided.is_withdrawn());
}

#[test]
fn a_coordinator_s_own_scheme_makes_labels_of_its_own_under_the_name_of_the_act() {
    let mut replica = Replica::found();
    let mut one = Author::new(1, 10);
    let scheme = Scheme {
        k: 1,
        committee: [partner(1)].into(),
        ..Scheme::default()
    };
    let vocabulary = Act::Vocabulary {
        scheme: Some(scheme),
        body: Tree::Null,
    };
    let act = one.decide(&mut replica, &[vocabulary])[0];
    let mut own = label(record(), "2026-06-01");
    own.scheme = SchemeId::Declared(act);
    one.decide(&mut replica, &[issue(&own)]);
    Author::new(2, 20).decide(&mut replica, &[issue(&own), withdraw(&own)]);
    let decided = decision(&replica, &own).expect("a vote of its committee");
    assert_eq!(decided.votes.len(), 1, "the other is not of the committee");
    assert!(decided.stands());
}

#[test]
fn only_acts_that_count_change_the_words_of_the_federation() {
    let named = |fr: &str| {
        let declared = Declared::Term(DeclaredTerm {
            vocabulary: "themes".to_owned(),
            code: "sport".to_owned(),
            wording: Text::new(fr, fr),
            broader: None,
            standing: Standing::Current,
            data_inclusion: Vec::new(),
        });
        let replaces = Vec::new();
        Declaration { declared, replaces }.to_act()
    };
    let themes = vocabulary_named("themes").expect("one of ours");
    let sport = |replica: &Replica| {
        let governance = replica.governance();
        governance
            .words()
            .term(themes, "sport")
            .map(|term| term.fr.to_owned())
    };
    let mut replica = Replica::found();
    assert_eq!(sport(&replica).as_deref(), Some("Sport"));
    Author::new(9, 90).decide(&mut replica, &[named("Dehors")]);
    assert_eq!(sport(&replica).as_deref(), Some("Sport"));
    Author::new(1, 10).decide(&mut replica, &[named("Sports")]);
    assert_eq!(sport(&replica).as_deref(), Some("Sports"));
}
