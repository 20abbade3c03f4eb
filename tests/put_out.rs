//! A partner is put out: its feeds are cut where they are, its mandates taken back. What it wrote stays; a new node of it, certified by
//! its root, changes nothing on any node, and nobody speaks with its nodes.

use crdt_schema::edit::State;
use crdt_schema::entry::{Kind, VerifiedEntry};
use crdt_schema::governance::{
    Act, Amendment, Erasure, Label, Mandate, NoEffect, Position, Scheme, SchemeId, SchemeName,
};
use crdt_schema::id::{EntryId, FeedId, PartnerId, RecordId};
use crdt_schema::statement::{Endorsement, Statement};
use crdt_schema::time::Timestamp;
use replica::{Aftermath, Bar, Became, Decision, DecisionError, Place};

use crate::harness::federation::{Node, birth, birth_in, charter, key};
use crate::harness::forged::Forger;
use crate::suspension::enrol;

/// The partner that an act lets in, and that is put out; a new instance of its root.
const OUT: u8 = 4;
const FRESH: u8 = 60;

fn partner(number: u8) -> PartnerId {
    key(number).public().partner()
}

fn acts(node: &Node, decision: &Decision) -> Result<Vec<Act>, DecisionError> {
    let reader = node.replica.read().expect("a snapshot");
    decision.acts(&node.replica.state(), &reader)
}

/// The préfecture, the ville, and the one that is to be put out, which all hold the same.
struct World {
    nodes: [Node; 3],
    record: RecordId,
}

fn world() -> World {
    let nodes = [1, 2, OUT].map(Node::new);
    let [prefecture, _, out] = &nodes;
    prefecture.decide(&[enrol(OUT)]);
    let (record, its_birth) = birth(1);
    out.put(record, Some(its_birth), "Club d'aviron");
    endorse(out, record, "avant");
    let world = World { nodes, record };
    world.meet();
    assert_eq!(world.nodes[1].names(&record), ["Club d'aviron"]);
    world
}

impl World {
    fn meet(&self) {
        for from in &self.nodes {
            for to in &self.nodes {
                to.take_all(from);
            }
        }
    }
}

fn said(why: &str) -> Statement {
    Statement::Endorsed(Endorsement::new(why).expect("short"))
}

fn endorse(node: &Node, record: RecordId, why: &str) {
    let made = node.replica.make_statement(record, None, &said(why));
    made.expect("it is written");
}

/// What a new instance of the partner's root signs: an edit of what is there, a record of its own, a statement.
fn fresh(world: &World) -> Vec<VerifiedEntry> {
    let pin = charter();
    let mut forger = Forger::new(key(FRESH), pin.federation(), pin.id());
    let start = forger.certificate(&key(OUT), [FRESH; 32]);
    let heads = world.nodes[0].heads(&world.record);
    let edit = forger.edit(
        Forger::after(&start),
        world.record,
        None,
        heads,
        "Écrit par un nœud neuf",
    );
    let (own, its_birth) = birth(9);
    let born = forger.edit(Forger::after(&edit), own, Some(its_birth), Vec::new(), "Né");
    let frame = said("après").frame(world.record, None).expect("a form");
    let stated = forger.entry(
        Kind::Contribution,
        Forger::after(&born),
        vec![(frame, said("après").to_content())],
    );
    vec![start, edit, born, stated]
}

type Lives = (u64, Vec<String>, Vec<(Option<PartnerId>, String)>);

/// What lives: how many records are found, the names of one, who states what about it.
fn lives(node: &Node, world: &World) -> Lives {
    node.digest();
    let answer = node.replica.search(&replica::search::Query {
        size: 10,
        ..Default::default()
    });
    let found = answer.expect("it is searched").total;
    let reader = node.replica.read().expect("a snapshot");
    let statements = reader.statements(&world.record).expect("readable");
    let statements = statements.iter().map(|held| {
        let why = format!("{:?}", held.statement);
        (held.partner, why)
    });
    (found, node.names(&world.record), statements.collect())
}

#[test]
fn whoever_is_put_out_is_cut_and_loses_what_it_was_given_and_what_it_wrote_stays() {
    let world = world();
    let [prefecture, _, out] = &world.nodes;
    let before = lives(prefecture, &world);
    let put_out = acts(prefecture, &Decision::PutOut(partner(OUT))).expect("there is something");
    assert!(matches!(
        put_out[..],
        [Act::Cut { .. }, Act::Descope { .. }]
    ));
    {
        let state = prefecture.replica.state();
        let after = state.aftermath(&put_out);
        assert_eq!(after, [(partner(OUT), Aftermath::Leaves)].into());
        let cut_only = state.aftermath(&put_out[..1]);
        assert_eq!(cut_only, [(partner(OUT), Aftermath::KeepsMandate)].into());
    }
    prefecture.decide(&put_out);
    // It had not heard of it yet.
    out.put(world.record, None, "Trop tard");
    world.meet();
    for node in &world.nodes {
        assert_eq!(lives(node, &world).1, before.1);
        assert_eq!(lives(node, &world).2, before.2);
        let state = node.replica.state();
        let partners = state.governance().partners();
        assert!(partners.has_left(&partner(OUT)) && !state.is_in(&partner(OUT)));
        assert!(state.is_in(&partner(1)) && state.is_in(&partner(2)));
        // What an act let in stays enrolled, so that what it wrote keeps its effect.
        assert!(partners.enrolled().contains_key(&partner(OUT)));
        assert_eq!(state.bar_of_endpoint(&[OUT; 32]), Some(Err(Bar::Left)));
        assert_eq!(state.bar_of_endpoint(&[2; 32]), Some(Ok(())));
    }
    let again = acts(prefecture, &Decision::PutOut(partner(OUT)));
    assert!(matches!(again, Err(DecisionError::AlreadyOut)), "{again:?}");
}

#[test]
fn a_new_instance_of_whoever_was_put_out_changes_nothing_on_any_node() {
    let world = world();
    let fresh = fresh(&world);
    let put_out = acts(&world.nodes[0], &Decision::PutOut(partner(OUT))).expect("decoded");
    world.nodes[0].decide(&put_out);
    world.meet();
    for node in &world.nodes {
        let before = lives(node, &world);
        node.take_in_any_order(&fresh);
        assert_eq!(lives(node, &world), before);
        let state = node.replica.state();
        assert_eq!(state.bar(&fresh[0].header().feed), Some(Bar::Left));
        drop(state);
        let reader = node.replica.read().expect("a snapshot");
        let all = reader.all_statements(&world.record).expect("readable");
        let late = all.iter().find(|held| held.entry == fresh[3].id());
        assert_eq!(late.expect("it is kept").state, State::Void);
    }
    // The same where the new node came first.
    let late_comer = Node::new(3);
    late_comer.take_in_any_order(&fresh[..1]);
    late_comer.take_in_any_order(&world.nodes[0].verified());
    late_comer.take_in_any_order(&fresh);
    assert_eq!(lives(&late_comer, &world), lives(&world.nodes[1], &world));
    assert_eq!(late_comer.digest(), world.nodes[1].digest());
}

#[test]
fn a_feed_that_is_cut_alone_leaves_the_partner_its_other_nodes() {
    let world = world();
    let feed = key(OUT + 100).public().feed();
    let place = world.nodes[0].replica.state().feeds().furthest_head(&feed);
    let (sequence, entry) = place.expect("held");
    let position = Position { sequence, entry };
    world.nodes[0].decide(&[Act::Cut { feed, position }]);
    let fresh = fresh(&world);
    for node in [&world.nodes[0], &world.nodes[1]] {
        node.take_all(&world.nodes[0]);
        node.take_in_any_order(&fresh);
        assert_eq!(node.names(&world.record), ["Écrit par un nœud neuf"]);
        let state = node.replica.state();
        assert_eq!(state.bar_of_endpoint(&[OUT; 32]), Some(Err(Bar::Cut)));
        assert_eq!(state.bar_of_endpoint(&[FRESH; 32]), Some(Ok(())));
    }
    // An endpoint that has another instance is that of a node that goes on.
    let pin = charter();
    let mut forger = Forger::new(key(FRESH + 1), pin.federation(), pin.id());
    let renewed = forger.certificate(&key(OUT), [OUT; 32]);
    world.nodes[0].take_in_any_order(&[renewed]);
    let state = world.nodes[0].replica.state();
    assert_eq!(state.bar_of_endpoint(&[OUT; 32]), Some(Ok(())));
}

#[test]
fn a_cut_of_the_last_instance_of_a_node_cuts_those_it_had_before() {
    let world = world();
    let prefecture = &world.nodes[0];
    let old = key(OUT + 100).public().feed();
    let pin = charter();
    let mut forger = Forger::new(key(FRESH + 1), pin.federation(), pin.id());
    // After whatever the first instance has signed.
    forger.claimed = Timestamp::from_millis(4_000_000_000_000);
    let renewed = forger.certificate(&key(OUT), [OUT; 32]);
    let last = renewed.header().feed;
    prefecture.take_in_any_order(&[renewed]);
    let feeds = |decision| -> Vec<FeedId> {
        let acts = acts(prefecture, &decision).expect("held");
        let cut = |act: &Act| match act {
            Act::Cut { feed, .. } => *feed,
            other => panic!("{other:?}"),
        };
        acts.iter().map(cut).collect()
    };
    assert_eq!(feeds(Decision::Cut(old, Place::Last)), [old]);
    assert_eq!(feeds(Decision::Cut(last, Place::Last)), [last, old]);
    // So does a charter, which alone closes the line of a coordinator.
    {
        let reader = prefecture.replica.read().expect("a snapshot");
        let state = prefecture.replica.state();
        let places = state.last_places(&partner(OUT));
        let cut = Amendment::Cut(last, places[&last]);
        let owed = state.cuts_owed(&reader, &[cut]).expect("readable");
        assert_eq!(owed, [Amendment::Cut(old, places[&old])]);
    }
    let stolen = acts(prefecture, &Decision::Cut(last, Place::Last)).expect("held");
    prefecture.decide(&stolen);
    {
        let state = prefecture.replica.state();
        assert_eq!(state.bar_of_endpoint(&[OUT; 32]), Some(Err(Bar::Cut)));
    }
    assert_eq!(feeds(Decision::Cut(last, Place::Last)), [last]);
}

#[test]
fn a_cut_of_a_forked_feed_says_which_histories_it_drops() {
    let world = world();
    let prefecture = &world.nodes[0];
    let pin = charter();
    let mut forger = Forger::new(key(FRESH), pin.federation(), pin.id());
    let start = forger.certificate(&key(OUT), [FRESH; 32]);
    let branch = |forger: &mut Forger, number| {
        let (record, its_birth) = birth(number);
        let after = Forger::after(&start);
        forger.edit(after, record, Some(its_birth), Vec::new(), "Copie")
    };
    let (one, other) = (branch(&mut forger, 11), branch(&mut forger, 12));
    let place = |entry: &VerifiedEntry| Position {
        sequence: entry.header().sequence,
        entry: entry.id(),
    };
    let feed = start.header().feed;
    let drops = |at| prefecture.replica.state().drops_histories(&feed, &at);
    prefecture.take_in_any_order(&[start.clone(), one.clone()]);
    assert!(!drops(place(&one)) && !drops(place(&start)));
    prefecture.take_in_any_order(std::slice::from_ref(&other));
    assert!(drops(place(&one)) && drops(place(&other)));
    // Whoever decides is told so before anything is signed.
    let told = |at| {
        let cut = Act::Cut { feed, position: at };
        let state = prefecture.replica.state();
        admin_ui::said::aftermath(admin_ui::Language::French, &state, &[cut]).concat()
    };
    let said = told(place(&one));
    assert!(said.contains("plusieurs histoires"), "{said}");
    assert!(said.contains(&one.id().short()), "{said}");
    assert!(!told(place(&start)).contains("plusieurs histoires"));
    // Before the fork, a cut chooses between nobody.
    assert!(!drops(place(&start)));
}

#[test]
fn a_new_mandate_has_a_partner_back_with_a_new_node() {
    let world = world();
    let put_out = acts(&world.nodes[0], &Decision::PutOut(partner(OUT))).expect("decoded");
    world.nodes[0].decide(&put_out);
    let fresh = fresh(&world);
    world.nodes[1].take_all(&world.nodes[0]);
    world.nodes[1].take_in_any_order(&fresh);
    assert_eq!(world.nodes[1].names(&world.record), ["Club d'aviron"]);
    world.nodes[0].decide(&[Act::Mandate {
        partner: partner(OUT),
        mandate: Mandate::everything(),
    }]);
    world.nodes[1].take_all(&world.nodes[0]);
    assert_eq!(
        world.nodes[1].names(&world.record),
        ["Écrit par un nœud neuf"]
    );
    let state = world.nodes[1].replica.state();
    assert_eq!(state.bar_of_endpoint(&[FRESH; 32]), Some(Ok(())));
    assert_eq!(state.bar_of_endpoint(&[OUT; 32]), Some(Err(Bar::Cut)));
}

#[test]
fn whom_the_charter_names_is_cut_and_only_a_charter_lets_go() {
    let world = world();
    let prefecture = &world.nodes[0];
    let put_out = acts(prefecture, &Decision::PutOut(partner(2))).expect("it has a feed");
    assert!(matches!(put_out[..], [Act::Cut { .. }]));
    let after = prefecture.replica.state().aftermath(&put_out);
    assert_eq!(after, [(partner(2), Aftermath::NamedByCharter)].into());
    prefecture.decide(&put_out);
    {
        let state = prefecture.replica.state();
        assert_eq!(state.bar_of_endpoint(&[2; 32]), Some(Err(Bar::Cut)));
    }
    let again = acts(prefecture, &Decision::PutOut(partner(2)));
    assert!(
        matches!(again, Err(DecisionError::NamedByCharter)),
        "{again:?}"
    );
}

#[test]
fn nobody_closes_the_line_of_a_coordinator_but_the_charter() {
    let world = world();
    let [prefecture, ville, _] = &world.nodes;
    let put_out = acts(prefecture, &Decision::PutOut(partner(1))).expect("it has a feed");
    prefecture.decide(&put_out);
    ville.take_all(prefecture);
    let state = ville.replica.state();
    assert_eq!(state.bar_of_endpoint(&[1; 32]), Some(Ok(())));
}

#[test]
fn a_certificate_of_another_root_opens_nothing() {
    let pin = charter();
    let node = Node::new(1);
    let mut forger = Forger::new(key(FRESH), pin.federation(), pin.id());
    let start = forger.certificate(&key(77), [77; 32]);
    node.take_in_any_order(&[start]);
    let state = node.replica.state();
    assert_eq!(state.bar_of_endpoint(&[77; 32]), Some(Err(Bar::Left)));
    assert_eq!(state.bar_of_endpoint(&[78; 32]), None);
}

#[test]
fn what_became_of_an_act_is_said_as_people_ask_it() {
    let ville = partner(2);
    let mut charter = charter();
    let scheme = Scheme {
        title: "Label inventé".to_owned(),
        criteria: Vec::new(),
        fields: vec!["name".to_owned()],
        k: 1,
        committee: [ville].into(),
        months: 12,
        complements: Vec::new(),
    };
    let name = SchemeName {
        id: "label".to_owned(),
        version: 1,
    };
    charter.schemes.insert(name.clone(), scheme);
    let (prefecture, ville) = (Node::under(&charter, 1), Node::under(&charter, 2));
    let (record, its_birth) = birth_in(&charter.federation(), 1);
    ville.put(record, Some(its_birth), "Club");
    let item = ville.heads(&record)[0];
    // Whoever signed an item erases it without any right; nobody else does.
    let own = ville.decide(&[Act::Erase(Erasure {
        items: [item].into(),
        ground: "saisi par erreur".to_owned(),
        ..Erasure::default()
    })]);
    let whole = ville.decide(&[Act::Erase(Erasure {
        record: Some(record),
        ground: "saisi par erreur".to_owned(),
        ..Erasure::default()
    })]);
    let label = Label {
        scheme: SchemeId::Charter(name),
        record,
        projection: [0; 32],
        from: "2026-01-01".to_owned(),
    };
    let withdraw = Act::LabelWithdraw {
        label,
        reason: "fermé".to_owned(),
    };
    let outside = prefecture.decide(&[withdraw]);
    prefecture.take_all(&ville);
    let state = prefecture.replica.state();
    let became = |entry: &EntryId| {
        let mut its = state.acts().iter().filter(|(_, it)| it.entry == *entry);
        let (id, signed) = its.next().expect("held");
        state.became(id, signed).expect("judged")
    };
    assert_eq!(became(&own), Became::ErasesOwn);
    assert!(became(&own).counts());
    assert_eq!(became(&whole), Became::Nothing(NoEffect::NotCoordinator));
    assert_eq!(became(&outside), Became::NotOfCommittee);
    assert!(!became(&outside).counts());
}
