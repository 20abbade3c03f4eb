//! What a genuine proof says.

use super::federation::{
    RECORD, Replica, SECRET, day, enrol, instance, key, label, made, named, partner, projection,
    scheme, vocabulary, withdrawal,
};
use crate::cbor::Tree;
use crate::governance::{Act, Label, Position, SchemeId};
use crate::label::{Labels, Origin, State};
use crate::proof::integrity::{self, canonical};
use crate::proof::{
    IssueError, Issuing, Proof, Refusal, Seal, StatusPlace, Unprovable, build, from_did_key, issue,
    revoked_indices, status_indices,
};

#[test]
fn a_proof_says_who_signed_under_which_charter_what_and_as_of_when() {
    let replica = Replica::with_label();
    let bytes = replica.prove().unwrap();
    println!(
        "a proof with a feed of five entries takes {} bytes",
        bytes.len()
    );
    let verdict = Proof::verify(&bytes, Some(&replica.federation), day("2026-06-15")).unwrap();
    assert_eq!(verdict.federation, replica.federation);
    assert_eq!(verdict.federation_name, "Recensement d'essai");
    assert_eq!(verdict.charter, replica.governance().adoption().tip_id());
    assert_eq!(verdict.charter_version, 1);
    assert_eq!(verdict.scheme.title, "Accueil pour tous");
    assert_eq!(verdict.origin, Origin::Federation);
    assert_eq!(verdict.record_names, ["Maison des associations"]);
    let mut names: Vec<_> = verdict
        .signers
        .iter()
        .map(|each| each.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Coordination 1", "Coordination 2"]);
    assert_eq!(verdict.state, State::InForce);
    assert_eq!(verdict.last_day, day("2028-01-14"));
    assert_eq!(verdict.made, made());
    assert_eq!(verdict.maker_name.as_deref(), Some("Coordination 3"));
    assert_eq!(verdict.seen.len(), 3);
    assert!(verdict.has_begun);
    let early = Proof::verify(&bytes, None, day("2026-01-14")).unwrap();
    assert!(!early.has_begun);
}

#[test]
fn the_state_is_that_of_the_day_that_is_asked() {
    let replica = Replica::with_label();
    let bytes = replica.prove().unwrap();
    for (on, state) in [
        ("2026-01-15", State::InForce),
        ("2027-10-17", State::Expiring),
        ("2028-01-14", State::Expiring),
        ("2028-01-15", State::Expired),
    ] {
        let verdict = Proof::verify(&bytes, None, day(on)).unwrap();
        assert_eq!(verdict.state, state, "{on}");
    }
}

#[test]
fn a_withdrawal_that_the_maker_knew_is_told_with_its_reason() {
    let mut replica = Replica::with_label();
    replica.decide(3, &withdrawal("L'entrée n'est plus de plain-pied."));
    let bytes = replica.prove().unwrap();
    let verdict = Proof::verify(&bytes, None, day("2026-06-15")).unwrap();
    assert_eq!(verdict.state, State::Withdrawn);
    let told = (
        "Coordination 3".to_owned(),
        "L'entrée n'est plus de plain-pied.".to_owned(),
    );
    assert_eq!(verdict.withdrawals, [told]);
}

#[test]
fn a_record_that_has_changed_is_told_with_the_fields() {
    let replica = Replica::with_label();
    let bytes = replica.prove_by(&label(), &named("Autre nom"), 3).unwrap();
    let verdict = Proof::verify(&bytes, None, day("2026-06-15")).unwrap();
    assert_eq!(verdict.state, State::ChangedSince);
    assert_eq!(verdict.changed, Some(vec!["name".to_owned()]));
    assert_eq!(verdict.record_names, ["Maison des associations"]);
}

#[test]
fn a_proof_carries_nothing_else_that_its_feeds_say() {
    let mut replica = Replica::with_label();
    let other = Label {
        from: "2026-02-01".to_owned(),
        ..label()
    };
    let both = [
        Act::LabelWithdraw {
            label: other,
            reason: SECRET.to_owned(),
        },
        withdrawal("Fermé"),
    ];
    replica.decide_all(1, &both);
    let bytes = replica.prove().unwrap();
    assert!(contains(&bytes, "Fermé"));
    assert!(!contains(&bytes, SECRET));
    let verdict = Proof::verify(&bytes, None, day("2026-06-15")).unwrap();
    assert_eq!(verdict.state, State::Withdrawn);
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn the_same_holdings_give_the_same_bytes() {
    let replica = Replica::with_label();
    assert_eq!(replica.prove(), replica.prove());
}

#[test]
fn a_maker_that_is_only_enrolled_is_named_and_a_stranger_is_not() {
    let mut replica = Replica::with_label();
    let stranger = replica.prove_by(&label(), &projection(), 4).unwrap();
    let verdict = Proof::verify(&stranger, None, day("2026-06-15")).unwrap();
    assert_eq!((verdict.maker, verdict.maker_name), (partner(4), None));
    replica.decide(2, &enrol(4));
    let enrolled = replica.prove_by(&label(), &projection(), 4).unwrap();
    let verdict = Proof::verify(&enrolled, None, day("2026-06-15")).unwrap();
    assert_eq!(verdict.maker_name.as_deref(), Some("Partenaire 4"));
}

#[test]
fn a_maker_whose_feed_is_cut_or_who_no_longer_coordinates_is_not_named() {
    let mut replica = Replica::with_label();
    let end = replica.contribute(3, 9);
    let position = replica.position(end);
    let mut dropped = replica.clone();
    dropped.amend(|charter| {
        charter.coordinators.remove(&partner(3));
    });
    replica.amend(|charter| {
        charter.cuts.insert(instance(3).public().feed(), position);
    });
    for replica in [dropped, replica] {
        let verdict = Proof::verify(&replica.prove().unwrap(), None, day("2026-06-15")).unwrap();
        assert_eq!((verdict.maker, verdict.maker_name), (partner(3), None));
        assert_eq!(verdict.state, State::InForce);
    }
}

#[test]
fn a_feed_that_a_charter_cuts_after_the_issue_still_proves_it() {
    let mut replica = Replica::with_label();
    let cut = replica.contribute(2, 9);
    replica.contribute(2, 10);
    let position = replica.position(cut);
    replica.amend(|charter| {
        charter.cuts.insert(instance(2).public().feed(), position);
        charter.coordinators.remove(&partner(2));
    });
    let bytes = replica.prove().unwrap();
    let verdict = Proof::verify(&bytes, None, day("2026-06-15")).unwrap();
    assert_eq!(verdict.charter_version, 2);
    assert_eq!(verdict.signers.len(), 2);
    assert!(
        verdict
            .signers
            .iter()
            .any(|signer| signer.name == "Coordination 2")
    );
}

#[test]
fn a_coordinator_s_own_label_shows_its_name() {
    let mut replica = Replica::found();
    let own = crate::governance::Scheme {
        k: 1,
        committee: [partner(2)].into(),
        ..scheme()
    };
    let declared = replica.decide(2, &vocabulary(own.clone()));
    let governance = replica.governance();
    let issuing = Issuing {
        scheme: SchemeId::Declared(declared),
        declared: Some(&own),
        ..issuing(&governance, 2)
    };
    let act = issue(&issuing, &instance(2)).unwrap();
    let Act::LabelIssue { label, .. } = &act else {
        panic!("{act:?}");
    };
    replica.decide(2, &act);
    let bytes = replica.prove_by(label, &projection(), 3).unwrap();
    let verdict = Proof::verify(&bytes, None, day("2026-06-15")).unwrap();
    assert_eq!(verdict.origin, Origin::Own(partner(2)));
    assert_eq!(verdict.origin_name.as_deref(), Some("Coordination 2"));
}

fn issuing(governance: &crate::governance::Governance, number: u8) -> Issuing<'_> {
    // A projection that lives as long as the tests: leaking a few bytes once a test is simpler than one more argument.
    let projection = Box::leak(Box::new(projection()));
    Issuing {
        charter: governance.adoption().tip(),
        partner: partner(number),
        scheme: label().scheme,
        declared: None,
        record: RECORD,
        projection,
        from: day("2026-01-15"),
        heads: Vec::new(),
        created: made(),
        status: None,
    }
}

#[test]
fn a_label_is_only_decided_by_the_committee_of_a_scheme_that_there_is() {
    let replica = Replica::found();
    let governance = replica.governance();
    let refused = |change: &dyn Fn(&mut Issuing<'_>)| {
        let mut issuing = issuing(&governance, 1);
        change(&mut issuing);
        issue(&issuing, &instance(1)).err()
    };
    assert_eq!(refused(&|_| {}), None);
    assert_eq!(
        refused(&|issuing| issuing.partner = partner(4)),
        Some(IssueError::NotCoordinator)
    );
    assert_eq!(
        refused(
            &|issuing| issuing.scheme = SchemeId::Declared(crate::id::ItemId::from_bytes([1; 16]))
        ),
        Some(IssueError::SchemeUnknown)
    );
    assert_eq!(
        refused(&|issuing| issuing.heads = vec![crate::id::ItemId::from_bytes([1; 16]); 17]),
        Some(IssueError::TooManyHeads)
    );
    assert_eq!(
        refused(&|issuing| issuing.heads = vec![crate::id::ItemId::from_bytes([1; 16]); 16]),
        None
    );
    assert_eq!(
        refused(&|issuing| issuing.created = crate::time::Timestamp::from_millis(i64::MAX)),
        Some(IssueError::Clock)
    );
}

#[test]
fn a_seal_is_read_back_and_any_other_shape_is_none() {
    let replica = Replica::found();
    let Act::LabelIssue { proof, .. } = replica.issue(1) else {
        panic!("an issue");
    };
    let seal = Seal::read(&proof).unwrap();
    assert_eq!(seal.to_tree(), proof);
    assert_eq!(Seal::read(&Tree::Null), None);
    for key in ["created", "heads", "status", "suite", "value"] {
        let Tree::Map(mut pairs) = proof.clone() else {
            panic!("a map");
        };
        pairs.insert(key.to_owned(), Tree::Boolean(true));
        assert_eq!(Seal::read(&Tree::Map(pairs.clone())), None, "{key}");
        pairs.remove(key);
        assert_eq!(Seal::read(&Tree::Map(pairs)), None, "{key}");
    }
    let beyond = Seal {
        status: Some(StatusPlace {
            list: String::new(),
            index: 131_072,
        }),
        ..seal
    };
    assert_eq!(Seal::read(&beyond.to_tree()), None);
}

#[test]
fn an_index_of_the_status_list_is_known_as_taken() {
    let replica = Replica::with_label();
    let taken = |list: &str| status_indices(&replica.acts, list);
    assert_eq!(
        taken("https://coordination-1.example/labels/status"),
        [41].into()
    );
    assert_eq!(taken("https://elsewhere.example/"), [].into());
}

#[test]
fn the_bit_of_a_label_is_set_when_it_is_withdrawn_and_not_before() {
    let mut replica = Replica::with_label();
    let revoked = |replica: &Replica| {
        let labels = Labels::judge(replica.holdings(), &replica.governance());
        let list = "https://coordination-1.example/labels/status";
        revoked_indices(&labels, &replica.acts, list)
    };
    assert_eq!(revoked(&replica), [].into());
    replica.decide(3, &withdrawal("Fermé"));
    assert_eq!(revoked(&replica), [41].into());
}

#[test]
fn the_credential_has_the_members_that_a_wallet_reads() {
    let replica = Replica::with_label();
    let bytes = replica.prove().unwrap();
    let verdict = Proof::verify(&bytes, None, day("2026-06-15")).unwrap();
    let credential: serde_json::Value = serde_json::from_str(&verdict.credential).unwrap();
    assert_eq!(canonical(&credential), verdict.credential);
    let issuer = credential["issuer"]["id"].as_str().unwrap();
    let key = from_did_key(issuer).unwrap();
    assert!(integrity::verify(&credential, &key).is_ok());
    assert_eq!(
        credential["@context"][0],
        "https://www.w3.org/ns/credentials/v2"
    );
    assert_eq!(credential["type"][1], "OpenBadgeCredential");
    assert_eq!(credential["validFrom"], "2026-01-15T00:00:00Z");
    assert_eq!(credential["validUntil"], "2028-01-14T23:59:59Z");
    let subject = &credential["credentialSubject"];
    assert_eq!(
        subject["id"],
        "urn:uuid:07070707-0707-8707-8707-070707070707"
    );
    assert_eq!(
        subject["identifier"][0]["identityHash"],
        "Maison des associations"
    );
    assert_eq!(subject["identifier"][1]["identityType"], "ext:siret");
    assert_eq!(
        subject["achievement"]["criteria"]["narrative"],
        "- L'entrée est de plain-pied (poids 3, obligatoire)\n- complète : Terre de Jeux 2024\n"
    );
    let status = &credential["credentialStatus"];
    assert!(status["statusListIndex"].is_string());
    assert_eq!(credential["proof"]["created"], "2026-05-11T08:00:00Z");
}

#[test]
fn what_cannot_be_proven_is_said_before_a_file_is_made() {
    let undecided = {
        let mut replica = Replica::found();
        replica.decide_label(1);
        replica
    };
    assert_eq!(undecided.prove(), Err(Unprovable::NotDecided));
    let replica = Replica::with_label();
    let request = |projection| crate::proof::Request {
        label: Box::leak(Box::new(label())),
        projection,
        now: projection,
        made: made(),
    };
    let make = |projection: &'static crate::label::Projection, maker: u8, hide: bool| {
        build(
            replica.holdings(),
            &replica.governance(),
            |id| replica.entries.get(id).filter(|_| !hide).cloned(),
            &request(projection),
            &key(maker),
        )
    };
    let right: &'static _ = Box::leak(Box::new(projection()));
    let wrong: &'static _ = Box::leak(Box::new(named("Autre")));
    assert_eq!(make(wrong, 103, false), Err(Unprovable::Projection));
    assert_eq!(make(right, 99, false), Err(Unprovable::Maker));
    assert!(matches!(
        make(right, 103, true),
        Err(Unprovable::EntryNotHeld(_))
    ));
    let mut unsealed = Replica::found();
    for number in [1, 2] {
        let act = Act::LabelIssue {
            label: label(),
            proof: Tree::Null,
        };
        unsealed.decide(number, &act);
    }
    assert_eq!(unsealed.prove(), Err(Unprovable::NoCredential));
}

#[test]
fn a_fork_below_a_cut_does_not_prove_what_the_cut_took_away() {
    let mut replica = Replica::found();
    let first = replica.contribute(2, 1);
    let second = replica.contribute(2, 2);
    let position: Position = replica.position(second);
    replica.amend(|charter| {
        charter.cuts.insert(instance(2).public().feed(), position);
    });
    replica.decide_label(1);
    // The stolen key writes another history beside the one that the cut keeps.
    let act = replica.issue(2).to_item([9; 16]).unwrap();
    let place = (2, Some(first));
    replica.sign_at(
        &instance(2),
        place,
        crate::entry::Kind::Governance,
        vec![act],
    );
    assert_eq!(replica.prove(), Err(Unprovable::NotDecided));
}

#[test]
fn a_proof_of_another_federation_is_refused_where_one_is_expected() {
    let replica = Replica::with_label();
    let bytes = replica.prove().unwrap();
    let other = super::federation::genesis("Autre").federation();
    let found = replica.federation;
    assert_eq!(
        Proof::verify(&bytes, Some(&other), day("2026-06-15")),
        Err(Refusal::Foreign { found })
    );
}
