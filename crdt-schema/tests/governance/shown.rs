//! What the drawn federations show: a property that nothing tries holds for nothing.

use std::collections::BTreeSet;

use crdt_schema::edit::State;
use crdt_schema::governance::NoEffect;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::drawing::{Story, stories};

#[test]
fn the_drawn_federations_show_every_outcome_that_a_property_is_about() {
    let mut runner = TestRunner::deterministic();
    let mut shown = BTreeSet::new();
    for _ in 0..150 {
        let tree = stories().new_tree(&mut runner);
        note(&tree.expect("nothing is filtered").current(), &mut shown);
    }
    for outcome in [
        "act that counts",
        "charter amended",
        "coordinator dropped",
        "fork",
        "label being decided",
        "label that stands",
        "label withdrawn",
        "state erased",
        "state live",
        "state void",
        NoEffect::CutByCharter.code(),
        NoEffect::ForkNotResolved.code(),
        NoEffect::NotCoordinator.code(),
        NoEffect::Suspended.code(),
        "void_cut_by_coordinator",
        "void_not_enrolled",
    ] {
        assert!(shown.contains(outcome), "never drawn: {outcome}\n{shown:?}");
    }
}

fn note(story: &Story, shown: &mut BTreeSet<&'static str>) {
    let governance = story.replica.governance();
    let contributions = story.replica.contributions();
    let adoption = governance.adoption();
    let mut note = |is_shown: bool, what: &'static str| {
        if is_shown {
            shown.insert(what);
        }
    };
    note(adoption.chain().len() > 1, "charter amended");
    note(adoption.tip().coordinators.len() < 2, "coordinator dropped");
    note(story.replica.feeds.forks().count() > 0, "fork");
    for decision in governance.labels().decisions().values() {
        note(decision.stands(), "label that stands");
        note(decision.is_withdrawn(), "label withdrawn");
        note(!decision.is_decided(), "label being decided");
    }
    for (_, outcome) in governance.acts().outcomes() {
        note(
            true,
            outcome.err().map_or("act that counts", NoEffect::code),
        );
    }
    for (id, state) in contributions.states() {
        note(state == State::Erased, "state erased");
        note(state == State::Live, "state live");
        note(state == State::Void, "state void");
        if let Some(why) = contributions.why_void(id) {
            note(true, why.code());
        }
    }
}
