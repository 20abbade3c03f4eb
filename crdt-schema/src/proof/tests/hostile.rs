//! What is refused, and for which reason. Where more than a flipped byte is tried, the attacker is a maker who signs its own file.

use super::federation::{
    Replica, day, genesis, instance, key, label, named, partner, projection, withdrawal,
};
use crate::cbor::{Tree, Wire, Writer};
use crate::entry::Kind;
use crate::governance::{Act, Charter, Label};
use crate::id::{FeedId, hash};
use crate::label::State;
use crate::proof::bundle::Bundle;
use crate::proof::{PROOF_BYTES_MAX, Proof, Refusal, Verdict};

fn judge(bytes: &[u8]) -> Result<Verdict, Refusal> {
    Proof::verify(bytes, None, day("2026-06-15"))
}

/// A genuine file, changed and signed again by its maker.
fn changed(replica: &Replica, change: impl FnOnce(&mut Bundle)) -> Result<Verdict, Refusal> {
    let mut bundle = Bundle::read(&replica.prove().unwrap()).unwrap();
    change(&mut bundle);
    judge(&bundle.sign(&instance(3)))
}

#[test]
fn any_flipped_byte_is_refused() {
    let bytes = Replica::with_label().prove().unwrap();
    assert!(judge(&bytes).is_ok());
    for place in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut flipped = bytes.clone();
            flipped[place] ^= bit;
            let refusal = judge(&flipped).unwrap_err();
            let is_named = matches!(
                refusal,
                Refusal::NotAProof | Refusal::Tampered | Refusal::Truncated | Refusal::Version
            );
            assert!(is_named, "byte {place}: {refusal:?}");
        }
    }
}

#[test]
fn any_truncation_is_refused_as_such() {
    let bytes = Replica::with_label().prove().unwrap();
    for len in 1..bytes.len() {
        assert_eq!(judge(&bytes[..len]), Err(Refusal::Truncated), "{len}");
    }
    assert_eq!(judge(&[]), Err(Refusal::NotAProof));
}

#[test]
fn bytes_that_follow_and_other_files_are_refused() {
    let bytes = Replica::with_label().prove().unwrap();
    assert_eq!(judge(&[&bytes[..], &[0]].concat()), Err(Refusal::Tampered));
    assert_eq!(judge(b"%PDF-1.7"), Err(Refusal::NotAProof));
    let mut later = bytes.clone();
    later[16] = b'2';
    assert_eq!(judge(&later), Err(Refusal::Version));
    let large = vec![0; PROOF_BYTES_MAX + 1];
    assert_eq!(judge(&large), Err(Refusal::TooLarge(large.len())));
    assert_eq!(judge(&large[1..]), Err(Refusal::NotAProof));
}

#[test]
fn lengths_that_lie_allocate_nothing() {
    let claims_four_gibibytes = [&b"maillage/proof/v1\0"[..], &u32::MAX.to_be_bytes()].concat();
    assert_eq!(judge(&claims_four_gibibytes), Err(Refusal::Truncated));
    // A body that its maker signed, with a list, a map or bytes of 2^63 values in each of its places.
    for place in 0..9 {
        for head in [0x9b, 0x5b, 0x7b, 0xbb] {
            let mut writer = Writer::default();
            let maker = instance(3);
            writer.array(10).bytes(maker.public().as_bytes());
            for _ in 0..place {
                writer.array(0);
            }
            let mut body = writer.into_bytes();
            body.push(head);
            body.extend(i64::MAX.to_be_bytes());
            let refusal = judge(&sign(&body)).unwrap_err();
            assert!(matches!(refusal, Refusal::Unreadable(_)), "{refusal:?}");
        }
    }
}

/// Signs any body as a maker does.
fn sign(body: &[u8]) -> Vec<u8> {
    let signature = instance(3).sign("proof", &hash("proof", &[body]));
    let size = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&b"maillage/proof/v1\0"[..], &size, body, &signature].concat()
}

#[test]
fn charters_that_do_not_follow_from_the_genesis_are_refused() {
    let replica = Replica::with_label();
    let broken = Err(Refusal::CharterChain);
    let changes: [fn(&mut Bundle); 7] = [
        |bundle| bundle.charters.clear(),
        |bundle| {
            bundle.charters.remove(0);
        },
        |bundle| bundle.charters.reverse(),
        |bundle| bundle.approvals.clear(),
        |bundle| {
            bundle.approvals.pop();
        },
        |bundle| bundle.approvals[0][20] ^= 1,
        |bundle| bundle.charters[1].push(0),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        assert_eq!(changed(&replica, change), broken, "{index}");
    }
}

#[test]
fn a_charter_that_nobody_approved_gives_no_scheme_and_no_seat() {
    let replica = Replica::with_label();
    let refusal = changed(&replica, |bundle| {
        let mut charter = Charter::from_bytes(&bundle.charters[1]).unwrap();
        charter.parent = Some(charter.id());
        charter.version += 1;
        bundle.charters.push(charter.to_bytes());
    });
    assert_eq!(refusal, Err(Refusal::CharterChain));
}

/// Whoever founds a federation of the same name has another id: this is what the reader compares.
#[test]
fn a_federation_of_the_same_name_has_another_id() {
    let mut forged = genesis("Recensement d'essai");
    forged.seats[0].key = *key(99).public().as_bytes();
    assert_ne!(forged.federation(), Replica::found().federation);
    let replica = Replica::with_label();
    let refusal = changed(&replica, |bundle| {
        bundle.charters[0] = forged.to_bytes();
    });
    assert_eq!(refusal, Err(Refusal::CharterChain));
}

#[test]
fn fewer_partners_than_needed_are_refused_however_often_they_sign() {
    let mut replica = Replica::with_label();
    for _ in 0..5 {
        replica.decide_label(1);
    }
    let feed = instance(2).public().feed();
    let refusal = changed(&replica, |bundle| {
        bundle.chains.retain(|chain| chain.feed != feed);
    });
    assert_eq!(refusal, Err(Refusal::NotEnoughPartners { votes: 1, k: 2 }));
    let none = changed(&replica, |bundle| {
        bundle.label.from = "2026-01-16".to_owned();
    });
    assert_eq!(none, Err(Refusal::NotEnoughPartners { votes: 0, k: 2 }));
}

#[test]
fn a_partner_outside_the_committee_does_not_complete_it() {
    let mut replica = Replica::found();
    replica.decide_label(1);
    // The fourth partner signs an issue all the same.
    let act = replica.issue(2);
    replica.decide(4, &act);
    assert_eq!(replica.prove(), Err(crate::proof::Unprovable::NotDecided));
}

#[test]
fn entries_that_are_cut_out_or_come_from_elsewhere_are_refused() {
    let replica = Replica::with_label();
    let feed = instance(1).public().feed();
    let middle = changed(&replica, |bundle| {
        let chain = bundle.chains.iter_mut().find(|chain| chain.feed == feed);
        chain.unwrap().links.remove(1);
    });
    assert!(matches!(middle, Err(Refusal::Entry(_))), "{middle:?}");
    let last = changed(&replica, |bundle| {
        let chain = bundle.chains.iter_mut().find(|chain| chain.feed == feed);
        chain.unwrap().links.pop();
    });
    assert_eq!(last, Err(Refusal::Chain));
    let empty = changed(&replica, |bundle| bundle.chains[0].links.clear());
    assert_eq!(empty, Err(Refusal::Chain));
    let other = changed(&replica, |bundle| {
        bundle.chains[0].feed = FeedId::from_bytes(*key(99).public().as_bytes());
    });
    assert!(matches!(other, Err(Refusal::Entry(_))), "{other:?}");
}

#[test]
fn without_its_certificate_the_maker_is_nobody() {
    let replica = Replica::with_label();
    let feed = instance(3).public().feed();
    let refusal = changed(&replica, |bundle| {
        bundle.chains.retain(|chain| chain.feed != feed);
    });
    assert_eq!(refusal, Err(Refusal::Maker));
}

#[test]
fn a_credential_or_fields_that_the_entries_do_not_give_are_refused() {
    let replica = Replica::with_label();
    let name = changed(&replica, |bundle| {
        let text = String::from_utf8(bundle.credential.clone()).unwrap();
        let text = text.replace("Maison des associations", "Maison des illusions");
        bundle.credential = text.into_bytes();
    });
    assert_eq!(name, Err(Refusal::Credential));
    let spaced = changed(&replica, |bundle| bundle.credential.push(b' '));
    assert_eq!(spaced, Err(Refusal::Credential));
    let none = changed(&replica, |bundle| bundle.credential.clear());
    assert_eq!(none, Err(Refusal::Credential));
    let fields = changed(&replica, |bundle| {
        bundle.projection = named("Maison des illusions").to_cbor();
    });
    assert_eq!(fields, Err(Refusal::Projection));
    let unreadable = changed(&replica, |bundle| bundle.projection.push(0));
    assert_eq!(unreadable, Err(Refusal::Projection));
}

/// A coordinator votes with a signature over something else: its vote counts, its credential does not.
#[test]
fn a_seal_that_does_not_hold_gives_no_credential() {
    let mut replica = Replica::found();
    for number in [1, 2] {
        let Act::LabelIssue { label, mut proof } = replica.issue(number) else {
            panic!("an issue");
        };
        if let Tree::Map(pairs) = &mut proof {
            pairs.insert("created".to_owned(), Tree::Integer(0));
        }
        replica.decide(number, &Act::LabelIssue { label, proof });
    }
    assert_eq!(replica.prove(), Err(crate::proof::Unprovable::NoCredential));
}

#[test]
fn leaving_out_the_entry_that_a_cut_names_is_refused() {
    let mut replica = Replica::with_label();
    let cut = replica.contribute(2, 9);
    let position = replica.position(cut);
    let feed = instance(2).public().feed();
    replica.amend(|charter| {
        charter.cuts.insert(feed, position);
    });
    assert!(replica.prove().is_ok());
    let refusal = changed(&replica, |bundle| {
        let chain = bundle.chains.iter_mut().find(|chain| chain.feed == feed);
        let links = &mut chain.unwrap().links;
        links.truncate(2);
    });
    assert_eq!(refusal, Err(Refusal::CutNotShown));
}

/// The stolen key of a coordinator that was cut forks its feed below the cut, and hides the honest branch.
#[test]
fn a_hidden_branch_does_not_make_a_forged_vote_count() {
    let mut honest = Replica::found();
    let first = honest.contribute(2, 1);
    let second = honest.contribute(2, 2);
    let feed = instance(2).public().feed();
    let position = honest.position(second);
    let mut thief = honest.clone();
    for replica in [&mut honest, &mut thief] {
        replica.amend(|charter| {
            charter.cuts.insert(feed, position);
        });
        replica.decide_label(1);
    }
    // The thief's own holdings forget the second entry, and put a vote in its place.
    thief.feeds = rebuilt_without(&thief, &second);
    let act = thief.issue(2).to_item([9; 16]).unwrap();
    thief.sign_at(&instance(2), (2, Some(first)), Kind::Governance, vec![act]);
    let refused = Err(crate::proof::Unprovable::Refused(Refusal::CutNotShown));
    assert_eq!(thief.prove(), refused);
}

fn rebuilt_without(replica: &Replica, hidden: &crate::id::EntryId) -> crate::governance::Feeds {
    let mut feeds = crate::governance::Feeds::new(replica.federation);
    let mut entries: Vec<_> = replica.entries.values().collect();
    entries.sort_by_key(|entry| entry.header().sequence);
    for entry in entries.into_iter().filter(|entry| entry.id() != *hidden) {
        feeds.take(entry).unwrap();
    }
    feeds
}

/// What no file can prevent, and what it costs: a withdrawal can be left out, but only by somebody who signs that it knew of none.
#[test]
fn leaving_out_a_withdrawal_is_signed_by_whoever_does_it() {
    let mut replica = Replica::with_label();
    replica.decide(3, &withdrawal("Fermé"));
    let bytes = replica.prove().unwrap();
    assert_eq!(judge(&bytes).unwrap().state, State::Withdrawn);
    let mut bundle = Bundle::read(&bytes).unwrap();
    let thief = instance(4);
    bundle.maker = thief.public().feed();
    let unnamed = judge(&bundle.sign(&thief));
    assert_eq!(unnamed, Err(Refusal::Maker));
    // With another's key, the signature does not hold.
    bundle.maker = instance(3).public().feed();
    assert_eq!(judge(&bundle.sign(&thief)), Err(Refusal::Tampered));
}

#[test]
fn a_label_of_a_charter_s_scheme_is_not_that_of_another_version() {
    let replica = Replica::with_label();
    let refusal = changed(&replica, |bundle| {
        bundle.label = Label {
            scheme: crate::governance::SchemeId::Charter(crate::governance::SchemeName {
                id: "accueil".to_owned(),
                version: 2,
            }),
            ..label()
        };
    });
    assert_eq!(refusal, Err(Refusal::NotEnoughPartners { votes: 0, k: 0 }));
    assert_eq!(label().projection, projection().hash());
    assert_ne!(partner(1), partner(2));
}
