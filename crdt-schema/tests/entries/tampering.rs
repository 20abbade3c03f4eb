//! One bit, one item, one content: nothing of a signed entry can be changed.

use crdt_schema::entry::{
    Body, EntryError, HEADER_BYTES, Header, HeaderError, Item, Kind, Payload, SIGNATURE_BYTES,
    SignedEntry,
};
use crdt_schema::id::FederationId;
use proptest::prelude::*;

use crate::drawing::{FEDERATION, entries, erase, header, one_of_each, seal, with_items};

fn flipped(entry: &SignedEntry, bit: usize) -> SignedEntry {
    let mut changed = entry.clone();
    let (mut byte, mask) = (bit / 8, 1 << (bit % 8));
    if byte < HEADER_BYTES {
        changed.header[byte] ^= mask;
        return changed;
    }
    byte -= HEADER_BYTES;
    if byte < SIGNATURE_BYTES {
        changed.signature[byte] ^= mask;
    } else {
        changed.payload[byte - SIGNATURE_BYTES] ^= mask;
    }
    changed
}

fn bits(entry: &SignedEntry) -> usize {
    (HEADER_BYTES + SIGNATURE_BYTES + entry.payload.len()) * 8
}

fn is_refused(entry: SignedEntry) -> bool {
    entry.verify(&FEDERATION).is_err()
}

proptest! {
    #[test]
    fn an_entry_that_is_signed_is_verified_and_keeps_its_bytes(entry in entries()) {
        let verified = entry.clone().verify(&FEDERATION).expect("signed by its author");
        prop_assert_eq!(verified.to_signed(), entry.clone());
        prop_assert_eq!(verified.header().id(), verified.id());
        let stored = crdt_schema::entry::VerifiedEntry::from_store(&entry).expect("as it was stored");
        prop_assert_eq!(stored, verified);
    }

    #[test]
    fn an_entry_with_one_flipped_bit_is_refused(entry in entries(), at in any::<prop::sample::Index>()) {
        let bit = at.index(bits(&entry));
        prop_assert!(is_refused(flipped(&entry, bit)), "bit {bit}");
    }

    #[test]
    fn an_entry_that_is_cut_short_or_longer_is_refused(entry in entries(), at in any::<prop::sample::Index>()) {
        let mut short = entry.clone();
        short.payload.truncate(at.index(entry.payload.len()));
        prop_assert!(is_refused(short));
        let mut long = entry;
        long.payload.push(0);
        prop_assert!(is_refused(long));
    }

    #[test]
    fn erasing_any_contents_keeps_the_entry_and_every_other_content(entry in entries(), mask in any::<u8>()) {
        let whole = entry.clone().verify(&FEDERATION).expect("signed by its author");
        let is_erased = |index: usize| mask & (1 << index) != 0;
        let erased = with_items(&entry, erase(whole.items(), is_erased));
        let verified = erased.clone().verify(&FEDERATION).expect("only contents are gone");
        prop_assert_eq!(verified.id(), whole.id());
        prop_assert_eq!(verified.to_signed(), erased);
        for (index, (left, item)) in verified.items().iter().zip(whole.items()).enumerate() {
            prop_assert_eq!(&left.frame, &item.frame);
            let expected = if is_erased(index) { None } else { item.content() };
            prop_assert_eq!(left.content(), expected);
        }
    }

    #[test]
    fn an_erased_entry_with_one_flipped_bit_is_refused(
        entry in entries(), mask in any::<u8>(), at in any::<prop::sample::Index>()
    ) {
        let whole = entry.clone().verify(&FEDERATION).expect("signed by its author");
        let erased = with_items(&entry, erase(whole.items(), |index| mask & (1 << index) != 0));
        let bit = at.index(bits(&erased));
        prop_assert!(is_refused(flipped(&erased, bit)), "bit {bit}");
    }

    #[test]
    fn no_other_content_takes_the_place_of_an_erased_one(
        entry in entries(), at in any::<prop::sample::Index>(), salt in any::<[u8; 16]>(), content in any::<Vec<u8>>()
    ) {
        let whole = entry.clone().verify(&FEDERATION).expect("signed by its author");
        let index = at.index(whole.items().len());
        let mut items = erase(whole.items(), |_| true);
        items[index].body = Body::Held { salt, content };
        prop_assume!(items[index] != whole.items()[index]);
        prop_assert_eq!(
            with_items(&entry, items.clone()).verify(&FEDERATION),
            Err(EntryError::Commitment)
        );
        items[index] = whole.items()[index].clone();
        prop_assert!(with_items(&entry, items).verify(&FEDERATION).is_ok(), "the true content comes back");
    }

    #[test]
    fn items_cannot_be_moved_doubled_or_left_out(
        entry in entries(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()
    ) {
        let whole = entry.clone().verify(&FEDERATION).expect("signed by its author");
        let items = whole.items();
        let (from, to) = (from.index(items.len()), to.index(items.len()));
        let mut changed: Vec<Vec<Item>> = Vec::new();
        if items[from] != items[to] {
            let mut moved = items.to_vec();
            moved.swap(from, to);
            changed.push(moved);
        }
        let mut doubled = items.to_vec();
        doubled.insert(to, items[from].clone());
        changed.push(doubled);
        if items.len() > 1 {
            let mut fewer = items.to_vec();
            fewer.remove(from);
            changed.push(fewer);
        }
        for items in changed {
            prop_assert!(is_refused(with_items(&entry, items.clone())));
            let erased = erase(&items, |_| true);
            prop_assert!(is_refused(with_items(&entry, erased)), "erased");
        }
    }

    #[test]
    fn the_payload_of_one_entry_does_not_hold_in_another(one in entries(), other in entries()) {
        prop_assume!(one.payload != other.payload);
        let with_payload = SignedEntry { payload: other.payload.clone(), ..one.clone() };
        let with_signature = SignedEntry { signature: other.signature, ..one };
        prop_assert!(is_refused(with_payload));
        prop_assert!(is_refused(with_signature));
    }
}

#[test]
fn every_single_bit_of_an_entry_counts_whole_or_erased() {
    let entry = one_of_each();
    let whole = entry
        .clone()
        .verify(&FEDERATION)
        .expect("signed by its author");
    let half = with_items(&entry, erase(whole.items(), |index| index % 2 == 0));
    let none = with_items(&entry, erase(whole.items(), |_| true));
    for entry in [entry, half, none] {
        assert!(!is_refused(entry.clone()));
        for bit in 0..bits(&entry) {
            assert!(is_refused(flipped(&entry, bit)), "bit {bit}");
        }
    }
}

#[test]
fn an_entry_of_another_federation_is_refused() {
    let other = FederationId::from_bytes([0xff; 32]);
    assert_eq!(one_of_each().verify(&other), Err(EntryError::Federation));
}

#[test]
fn a_payload_of_another_length_than_signed_is_refused() {
    let payload = one_of_each()
        .verify(&FEDERATION)
        .expect("signed by its author");
    let payload = Payload::new(payload.items().to_vec()).expect("within the limits");
    let bytes = payload.to_bytes();
    for (size_bytes, expected) in [
        (bytes.len() - 1, Err(EntryError::Commitment)),
        (bytes.len(), Ok(())),
        (bytes.len() + 1, Err(EntryError::Commitment)),
    ] {
        let entry = seal(&header(payload.commitment(), size_bytes), bytes.clone());
        assert_eq!(entry.verify(&FEDERATION).map(|_| ()), expected);
    }
}

#[test]
fn a_header_of_another_version_or_broken_chain_is_refused_though_signed() {
    let entry = one_of_each();
    let verified = entry
        .clone()
        .verify(&FEDERATION)
        .expect("signed by its author");
    let mut broken: Header = verified.header().clone();
    broken.sequence = 1;
    assert_eq!(
        seal(&broken, entry.payload.clone()).verify(&FEDERATION),
        Err(EntryError::Header(HeaderError::Chain))
    );
    for (at, expected) in [(0, HeaderError::Format(2)), (1, HeaderError::Algorithm(2))] {
        let mut header = entry.header;
        header[at] = 2;
        let signature = crate::drawing::instance().sign("entry", &header);
        let entry = SignedEntry {
            header,
            signature,
            payload: entry.payload.clone(),
        };
        assert_eq!(entry.verify(&FEDERATION), Err(EntryError::Header(expected)));
    }
}

#[test]
fn unknown_kinds_are_kept_with_their_critical_bit() {
    let entry = one_of_each();
    let verified = entry
        .clone()
        .verify(&FEDERATION)
        .expect("signed by its author");
    for (kind, critical) in [(0, true), (5, true), (5, false), (0x7fff, true)] {
        let header = Header {
            kind: Kind::Unknown(kind),
            critical,
            ..verified.header().clone()
        };
        let kept = seal(&header, entry.payload.clone())
            .verify(&FEDERATION)
            .expect("a later kind is no fault");
        assert_eq!(
            (kept.header().kind, kept.header().critical),
            (Kind::Unknown(kind), critical)
        );
        assert!(!kept.header().kind.is_known());
    }
}
