//! Keys and records: two names for one key, and what others began.

use crate::harness::forged::Forger;
use crate::hostile::attacker::Attacker;
use crate::hostile::entries::{chain, refused};
use crate::hostile::{Attack, Named, Outcome, attack, is_long};

pub(crate) fn all() -> Vec<Attack> {
    vec![
        attack!(
            "odd keys",
            "keys in encodings that are not canonical",
            encodings
        ),
        attack!(
            "second creation of the same record",
            "a record of another partner, created once more",
            second_creation
        ),
    ]
}

/// The encodings of a coordinate that is not reduced (RFC 8032, 5.1.3): from the prime, 2²⁵⁵ − 19, up to all ones, with either sign. Some are no point,
/// some are weak, and the others would be second names of keys.
fn not_reduced() -> Vec<[u8; 32]> {
    let mut all = Vec::new();
    for low in 0xed..=0xff {
        for high in [0x7f, 0xff] {
            let mut encoding = [0xff; 32];
            (encoding[0], encoding[31]) = (low, high);
            all.push(encoding);
        }
    }
    all
}

async fn encodings(mut of: Attacker) -> Outcome {
    let sound = chain(&mut of, 1).remove(0).to_signed();
    let feed = *of.start.header().feed.as_bytes();
    let at = sound.header.windows(32).position(|it| *it == feed);
    let at = at.expect("the header names its feed");
    let all = not_reduced();
    let step = if is_long() { 1 } else { 9 };
    let mut count = 0;
    for encoding in all.iter().step_by(step) {
        let mut entry = sound.clone();
        entry.header[at..at + 32].copy_from_slice(encoding);
        let mut line = of.open().await;
        let did = refused(&mut line, &[entry]).await;
        assert_eq!(did, "400 peer_invalid", "{encoding:x?}");
        count += 1;
    }
    let named = Named::Invalid("the public key is not a canonical point");
    Outcome::new(format!("{count} closed with 400 peer_invalid"), named)
}

async fn second_creation(mut of: Attacker) -> Outcome {
    of.siege.served().await;
    let (id, birth) = of.siege.served_record(0);
    let place = Forger::after(&of.start);
    let entry = of
        .forger
        .edit(place, id, Some(birth), Vec::new(), "Mon club");
    let mut line = of.open().await;
    line.push_all(&[entry])
        .await
        .expect("an edit like any other");
    assert_eq!(of.siege.history(&id).await, ["live", "live"]);
    let shown = of.siege.ask(&["record", "show", &id.to_string()]);
    let mut values: Vec<_> = shown["fields"]["name"]["values"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|value| value["value"].to_string())
        .collect();
    values.sort();
    assert_eq!(values.len(), 2, "{shown}");
    Outcome::new("taken beside the other: nothing is replaced", Named::Seen)
}
