//! Tickets, and what a newcomer sends and is answered. The first byte of an input says which; a ticket is sealed here, since no mutation
//! would find its check.

use crdt_schema::entry::Certificate;
use crdt_schema::id::{FeedId, hash};
use data_encoding::BASE32_NOPAD;
use sync::{JoinReply, JoinRequest, Ticket};

use crate::Target;
use crate::entries::FEDERATION;

/// Room is made for as many addresses as a list claims, 32 bytes each, where there is a byte at least for each of them; the text is two thirds
/// longer, and is held in capitals and small letters.
pub(crate) const TARGET: Target = Target {
    name: "ticket",
    bytes_max: 4 << 10,
    run: ticket,
    fixed: 8 << 10,
    per_byte: 64,
};

fn ticket(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else {
        return;
    };
    let sealed = |prefix| {
        let check = &hash("ticket", &[bytes])[..4];
        let sealed = [bytes, check].concat();
        format!("{prefix}{}", BASE32_NOPAD.encode(&sealed))
    };
    match kind % 5 {
        0 => parse(&sealed("maillage1")),
        4 => parse(&sealed("maillage2")),
        1 => parse(&String::from_utf8_lossy(bytes)),
        2 => {
            if let Ok((request, [])) = postcard::take_from_bytes::<JoinRequest>(bytes) {
                let certificate = request.certificate(&FEDERATION, [4; 32], None);
                assert!(certificate.is_none_or(|certificate| holds(&certificate, &request)));
            }
        }
        _ => {
            if let Ok((reply, [])) = postcard::take_from_bytes::<JoinReply>(bytes) {
                let again = postcard::to_stdvec(&reply).expect("memory");
                assert_eq!(postcard::from_bytes(&again), Ok(reply));
            }
        }
    }
}

fn holds(certificate: &Certificate, request: &JoinRequest) -> bool {
    let feed = FeedId::from_bytes(request.feed);
    certificate.root == *request.root() && certificate.verify(&FEDERATION, &feed).is_ok()
}

fn parse(text: &str) {
    let Ok(ticket) = Ticket::parse(text) else {
        return;
    };
    let again = ticket.to_text();
    assert_eq!(Ticket::parse(&again).as_ref(), Ok(&ticket));
    // A mail program folds it.
    let (start, end) = again.split_at(again.len() / 2);
    assert_eq!(
        Ticket::parse(&format!("\n{start}\r\n  {end}\n")),
        Ok(ticket)
    );
}
