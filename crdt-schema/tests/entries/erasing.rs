//! Contents that go, contents that come back, and entries whose author lied about their size.

use crdt_schema::entry::{EntryError, Frame, Payload, VerifiedEntry};
use crdt_schema::id::ItemId;
use proptest::prelude::*;

use crate::drawing::{FEDERATION, entries, erase, header, one_of_each, seal, with_items};

fn by_mask(entry: &VerifiedEntry, mask: u8) -> impl Fn(&ItemId, &Frame) -> bool {
    let ids: Vec<ItemId> = entry.identified_items().map(|(id, _)| id).collect();
    move |id, _| {
        let index = ids.iter().position(|each| each == id);
        index.is_some_and(|index| mask & (1 << (index % 8)) != 0)
    }
}

proptest! {
    #[test]
    fn what_goes_is_gone_and_what_is_left_is_the_same_entry(entry in entries(), mask in any::<u8>()) {
        let whole = entry.clone().verify(&FEDERATION).expect("signed by its author");
        let Some(erased) = whole.erased(by_mask(&whole, mask)) else {
            let nothing_goes = whole.items().iter().enumerate().all(|(index, _)| mask & (1 << (index % 8)) == 0);
            prop_assert!(nothing_goes);
            return Ok(());
        };
        let expected = erase(whole.items(), |index| mask & (1 << (index % 8)) != 0);
        prop_assert_eq!(erased.items(), &expected[..]);
        // It still verifies from its bytes, and nothing more is left to take away.
        prop_assert_eq!(erased.to_signed().verify(&FEDERATION).expect("only contents are gone"), erased.clone());
        prop_assert_eq!(erased.erased(by_mask(&whole, mask)), None);
    }

    #[test]
    fn only_what_may_come_is_filled_in(entry in entries(), gone in any::<u8>(), may in any::<u8>()) {
        let whole = entry.verify(&FEDERATION).expect("signed by its author");
        let erased = whole.erased(by_mask(&whole, gone)).unwrap_or_else(|| whole.clone());
        let filled = erased.filled(&whole, by_mask(&whole, may)).unwrap_or_else(|| erased.clone());
        let expected = erase(whole.items(), |index| gone & !may & (1 << (index % 8)) != 0);
        prop_assert_eq!(filled.items(), &expected[..]);
        prop_assert_eq!(whole.filled(&erased, |_, _| true), None);
    }
}

#[test]
fn contents_of_another_entry_fill_nothing() {
    let one = one_of_each().verify(&FEDERATION).expect("signed");
    let erased = one.erased(|_, _| true).expect("it has contents");
    let other = Payload::new(one.items()[..1].to_vec()).expect("a small payload");
    let header = header(other.commitment(), other.to_bytes().len());
    let other = seal(&header, other.to_bytes());
    let other = other.verify(&FEDERATION).expect("signed");
    assert_eq!(erased.filled(&other, |_, _| true), None);
}

#[test]
fn an_erased_form_has_16_bytes_more_than_what_was_signed_for_each_content_at_most() {
    let entry = one_of_each().verify(&FEDERATION).expect("signed");
    let erased = erase(entry.items(), |index| index == 0);
    let payload = Payload::new(erased).expect("a small payload");
    let size_bytes = payload.to_bytes().len();
    let verify = |signed_bytes: usize| {
        let header = header(payload.commitment(), signed_bytes);
        let entry = seal(&header, payload.to_bytes());
        entry.verify(&FEDERATION).map(|_| ())
    };
    assert_eq!(verify(size_bytes - 16), Ok(()));
    assert_eq!(verify(size_bytes - 17), Err(EntryError::Commitment));
}

#[test]
fn a_size_that_was_a_lie_is_found_out_when_the_contents_come() {
    let signed = one_of_each();
    let whole = signed.clone().verify(&FEDERATION).expect("signed");
    // The author declares ten bytes more than there are.
    let header = header(whole.header().payload, signed.payload.len() + 10);
    let lied = |is_erased: fn(usize) -> bool| {
        let entry = seal(&header, signed.payload.clone());
        with_items(&entry, erase(whole.items(), is_erased)).verify(&FEDERATION)
    };
    let first = lied(|index| index == 0).expect("not whole, so not known");
    let second = lied(|index| index == 1).expect("not whole, so not known");
    assert_eq!(first.filled(&second, |_, _| true), None);
    assert_eq!(lied(|_| false), Err(EntryError::Commitment));
}
