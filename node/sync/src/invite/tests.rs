//! Tickets and requests, without a network.

use crdt_schema::governance::{Scope, Selection};
use crdt_schema::key::SecretKey;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000);
const LATER: Timestamp = Timestamp::from_millis(2_000);
const CODE: [u8; 16] = [5; 16];

fn federation() -> FederationId {
    FederationId::from_bytes([1; 32])
}

fn newcomer(number: u8, code: [u8; 16]) -> (JoinRequest, Certificate) {
    let root = SecretKey::from_bytes(&[number; 32]);
    let feed = SecretKey::from_bytes(&[number + 100; 32]).public().feed();
    let partner = root.public().partner();
    let certificate = Certificate::sign(&root, partner, &federation(), &feed, [number; 32]);
    (
        JoinRequest::new(code, "Ville de Gien", &feed, &certificate),
        certificate,
    )
}

fn invites(is_auto: bool) -> Invites {
    invites_with(is_auto, None)
}

fn invites_with(is_auto: bool, instance_of: Option<PartnerId>) -> Invites {
    let mut invites = Invites::default();
    invites.add(&CODE, &new_invite(is_auto, instance_of));
    invites
}

fn new_invite(is_auto: bool, instance_of: Option<PartnerId>) -> NewInvite {
    NewInvite {
        name: "Ville".to_owned(),
        is_auto,
        expires: LATER,
        mandate: Mandate::new(vec![Scope {
            kinds: Selection::only(["event"]),
            territories: Selection::All,
        }]),
        instance_of,
    }
}

#[test]
fn a_ticket_is_read_as_it_was_written_also_with_line_breaks() {
    let ticket = Ticket {
        endpoint: [1; 32],
        addresses: vec!["127.0.0.1:4000".parse().expect("an address")],
        federation: [2; 32],
        charter: [3; 32],
        code: CODE,
        expires: 9,
        relays: Vec::new(),
    };
    let text = ticket.to_text();
    assert_eq!(
        Ticket::parse(&format!(" {}\n{} ", &text[..60], &text[60..])),
        Ok(ticket)
    );
    assert_eq!(Ticket::parse(&text[..text.len() - 1]), Err(TicketError));
    assert_eq!(
        Ticket::parse(&text.replace("maillage1", "maillage2")),
        Err(TicketError)
    );
    let mut changed = text.into_bytes();
    changed[30] = if changed[30] == b'a' { b'b' } else { b'a' };
    assert_eq!(
        Ticket::parse(&String::from_utf8(changed).expect("ASCII")),
        Err(TicketError)
    );
}

#[test]
fn a_ticket_with_relays_is_of_another_version_and_one_without_is_not() {
    let mut ticket = Ticket {
        endpoint: [1; 32],
        addresses: Vec::new(),
        federation: [2; 32],
        charter: [3; 32],
        code: CODE,
        expires: 9,
        relays: vec!["https://relais.exemple.test/".to_owned()],
    };
    let text = ticket.to_text();
    assert!(text.starts_with("maillage2"), "{text}");
    assert_eq!(Ticket::parse(&text), Ok(ticket.clone()));
    for wrong in [
        &text[..text.len() - 1],
        &text.replace("maillage2", "maillage1"),
    ] {
        assert_eq!(Ticket::parse(wrong), Err(TicketError));
    }
    ticket.relays.clear();
    let text = ticket.to_text();
    assert!(text.starts_with("maillage1"), "{text}");
    assert_eq!(Ticket::parse(&text), Ok(ticket));
}

#[test]
fn the_certificate_must_be_of_the_root_and_of_the_calling_node() {
    let (request, certificate) = newcomer(1, CODE);
    assert_eq!(
        request.certificate(&federation(), [1; 32], None),
        Some(certificate)
    );
    assert_eq!(request.certificate(&federation(), [2; 32], None), None);
    assert_eq!(
        request.certificate(&FederationId::from_bytes([9; 32]), [1; 32], None),
        None
    );
}

#[test]
fn a_ticket_is_bound_to_the_first_node_that_shows_it() {
    let mut invites = invites(false);
    let (first, its) = newcomer(1, CODE);
    let (second, others) = newcomer(2, CODE);
    assert_eq!(invites.present(&first, &its, NOW), Ok(Presented::Waiting));
    assert_eq!(invites.present(&second, &others, NOW), Err(JoinError::Used));
    invites.admit(&its.partner);
    assert_eq!(
        invites.present(&first, &its, LATER.plus_days(30)),
        Ok(Presented::Admitted)
    );
    assert_eq!(invites.admitted(), [([1; 32], its.partner)].into());
}

#[test]
fn a_ticket_ends_at_its_time() {
    let (request, certificate) = newcomer(1, CODE);
    assert!(invites(true).present(&request, &certificate, LATER).is_ok());
    let late = Timestamp::from_millis(LATER.as_millis() + 1);
    assert_eq!(
        invites(true).present(&request, &certificate, late),
        Err(JoinError::Code)
    );
}

#[test]
fn five_wrong_codes_void_every_open_invitation() {
    let (good, certificate) = newcomer(1, CODE);
    let (wrong, others) = newcomer(2, [6; 16]);
    for (wrongs, is_good) in [(4, true), (5, false)] {
        let mut invites = invites(true);
        for _ in 0..wrongs {
            assert_eq!(invites.present(&wrong, &others, NOW), Err(JoinError::Code));
        }
        assert_eq!(invites.present(&good, &certificate, NOW).is_ok(), is_good);
    }
}

#[test]
fn a_void_ticket_stays_void_when_another_one_is_made() {
    let (good, certificate) = newcomer(1, CODE);
    let (wrong, others) = newcomer(2, [6; 16]);
    let mut invites = invites(true);
    for _ in 0..WRONG_CODES_MAX {
        assert_eq!(invites.present(&wrong, &others, NOW), Err(JoinError::Code));
    }
    assert!(invites.invites[0].is_void);
    assert_eq!(invites.open(NOW), Open::To(Vec::new()));
    let (code, new) = ([9; 16], new_invite(true, None));
    invites.add(&code, &new);
    assert_eq!(
        invites.present(&good, &certificate, NOW),
        Err(JoinError::Code)
    );
    let (next, its) = newcomer(3, code);
    assert!(invites.present(&next, &its, NOW).is_ok());
    // Who has shown a ticket before is bound to it: nobody else could.
    for _ in 0..WRONG_CODES_MAX {
        assert_eq!(invites.present(&wrong, &others, NOW), Err(JoinError::Code));
    }
    assert!(invites.present(&next, &its, NOW).is_ok());
}

#[test]
fn the_door_closes_when_no_ticket_can_be_used() {
    let (request, certificate) = newcomer(1, CODE);
    let late = Timestamp::from_millis(LATER.as_millis() + 1);
    assert_eq!(Invites::default().open(NOW), Open::To(Vec::new()));
    let mut unused = invites(true);
    assert_eq!(unused.open(LATER), Open::ToAll);
    assert_eq!(unused.open(late), Open::To(Vec::new()));
    assert!(unused.present(&request, &certificate, NOW).is_ok());
    unused.admit(&certificate.partner);
    assert_eq!(unused.open(NOW), Open::To(vec![[1; 32]]));
    assert_eq!(unused.open(LATER.plus_days(8)), Open::To(Vec::new()));
}

#[test]
fn the_enrolment_gives_what_the_invitation_says_and_an_old_one_gives_everything() {
    let (request, certificate) = newcomer(1, CODE);
    let mut invites = invites(true);
    let presented = invites.present(&request, &certificate, NOW);
    let Ok(Presented::Enrol { mandate, .. }) = presented else {
        panic!("{presented:?}");
    };
    assert!(mandate.covers("event", "45") && !mandate.covers("actor", "45"));
    invites.invites[0].mandate = None;
    assert_eq!(invites.invites[0].mandate(), Mandate::everything());
    invites.invites[0].mandate = Some("zz".to_owned());
    assert_eq!(invites.invites[0].mandate(), Mandate::default());
}

#[test]
fn a_ticket_for_another_node_of_a_partner_is_good_for_its_root_key_only() {
    let (its_request, its) = newcomer(1, CODE);
    let (other_request, other) = newcomer(2, CODE);
    let mut invites = invites_with(true, Some(its.partner));
    assert_eq!(
        invites.present(&other_request, &other, NOW),
        Err(JoinError::Instance)
    );
    assert!(invites.present(&its_request, &its, NOW).is_ok());
}

#[test]
fn a_revoked_ticket_and_a_declined_newcomer_are_refused() {
    let (request, certificate) = newcomer(1, CODE);
    let mut open = invites(false);
    let id = open.invites[0].id();
    assert!(!open.revoke("00000000"));
    assert!(open.revoke(&id));
    assert_eq!(
        open.present(&request, &certificate, NOW),
        Err(JoinError::Code)
    );
    let mut waiting = invites(false);
    assert!(waiting.present(&request, &certificate, NOW).is_ok());
    assert!(waiting.decline(&certificate.partner));
    assert_eq!(
        waiting.present(&request, &certificate, NOW),
        Err(JoinError::Code)
    );
    let mut admitted = invites(false);
    assert!(admitted.present(&request, &certificate, NOW).is_ok());
    admitted.admit(&certificate.partner);
    assert!(!admitted.decline(&certificate.partner));
}
