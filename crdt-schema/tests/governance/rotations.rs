//! Rotations of roots, as properties of drawn federations.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::entry::{Kind, Root, Rotation};
use crdt_schema::governance::Effect;
use crdt_schema::id::ItemId;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::drawing::{Story, stories};
use crate::federation::{Author, Replica, item_of, partner, root};
use crate::roots::{is_live, live};

/// The denials that count.
fn denials(story: &Story) -> BTreeSet<ItemId> {
    story.counting(Effect::Denial).into_iter().collect()
}

fn erased(story: &Story) -> BTreeSet<ItemId> {
    let governance = story.replica.governance();
    let items = story.replica.items.iter();
    let erased = items.filter(|(id, its)| {
        governance.is_erased(&story.replica.feeds, &its.entry, id, &its.item.frame)
    });
    erased.map(|(id, _)| *id).collect()
}

/// Coordinator 2 went from root 2 to 22 and then to 23. A thief of root 2 has roots of its own.
const OWN: [u8; 3] = [2, 22, 23];
const STOLEN: [u8; 4] = [2, 66, 67, 68];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_thief_of_an_old_root_rotates_no_root_of_his_holds_and_the_charter_ends_it(
        stolen in proptest::collection::vec((any::<Index>(), any::<Index>()), 0..10), named in 0_usize..3
    ) {
        let mut replica = Replica::found();
        let rotate = |from: u8, to: u8| {
            let keys = (&root(from), &root(to));
            Rotation::sign(replica.federation, partner(2), keys, BTreeMap::new()).ok()
        };
        let drawn = stolen.iter().map(|(from, to)| (*from.get(&STOLEN), *to.get(&STOLEN)));
        let all = OWN.windows(2).map(|pair| (pair[0], pair[1])).chain(drawn);
        let rotations: Vec<_> = all.filter_map(|(from, to)| rotate(from, to)).collect();
        let items = rotations.iter().map(item_of).collect();
        Author::new(9, 90).sign(&mut replica, Kind::Governance, items);
        let key = *root(OWN[named]).public().as_bytes();
        if named > 0 {
            replica.amend(&[101, 102], |charter| {
                charter.coordinators.entry(partner(2)).and_modify(|its| its.root = key);
            });
        }
        let governance = replica.governance();
        let line = governance.roots().line(&partner(2)).expect("it rotated");
        let own = OWN.map(|number| Root::of(&partner(2), root(number).public().as_bytes()));
        prop_assert!(own.contains(&line.current()));
        if named > 0 {
            prop_assert_eq!(line.current(), own[2]);
            prop_assert!(!line.is_disputed());
        }
    }

    #[test]
    fn a_rotation_undoes_no_denial_and_no_erasure(
        mut story in stories(), author in any::<Index>(), kept in any::<Index>()
    ) {
        let (counting, gone) = (denials(&story), erased(&story));
        let enrolled = story.replica.governance().partners().enrolled().len();
        // An author that was copied would show a fork by signing: another feed carries the rotation.
        let author = author.index(story.authors.len());
        let instance = story.authors[author].another(250);
        story.authors.push(instance);
        let last = story.authors.len() - 1;
        story.rotate(last, &kept);
        prop_assert!(counting.is_subset(&denials(&story)));
        prop_assert!(gone.is_subset(&erased(&story)));
        prop_assert!(story.replica.governance().partners().enrolled().len() <= enrolled);
    }

    #[test]
    fn a_rotation_makes_nothing_live_but_what_the_new_root_certifies(
        mut story in stories(), author in any::<Index>(), kept in any::<Index>()
    ) {
        let before = live(&story.replica);
        let author = author.index(story.authors.len());
        let instance = story.authors[author].another(250);
        story.authors.push(instance);
        let last = story.authors.len() - 1;
        story.rotate(last, &kept);
        let after = live(&story.replica);
        prop_assert!(after.is_subset(&before), "{:?}", after.difference(&before));
    }

    #[test]
    fn after_a_rotation_a_fresh_certificate_of_the_old_root_makes_nothing_live(
        mut story in stories(), author in any::<Index>(), kept in any::<Index>()
    ) {
        let author = author.index(story.authors.len());
        let old = story.authors[author].another(251);
        let instance = story.authors[author].another(250);
        story.authors.push(instance);
        let last = story.authors.len() - 1;
        story.rotate(last, &kept);
        let before = story.authority();
        story.authors.push(old);
        let last = story.authors.len() - 1;
        let written = story.write(last, None);
        prop_assert!(!is_live(&story.replica, &written));
        prop_assert_eq!(story.authority(), before);
    }

    #[test]
    fn a_rotation_that_one_of_the_keys_did_not_sign_changes_nothing(
        mut story in stories(), author in any::<Index>(), of in any::<Index>()
    ) {
        let author = author.index(story.authors.len());
        let instance = story.authors[author].another(250);
        story.authors.push(instance);
        let last = story.authors.len() - 1;
        story.write(last, None);
        let before = (story.replica.governance(), story.authority());
        let of = of.index(story.authors.len());
        story.forge(last, of);
        prop_assert_eq!((story.replica.governance(), story.authority()), before);
    }

    #[test]
    fn one_more_name_of_a_root_enrols_nobody_and_lifts_no_cut(
        mut story in stories(), root in any::<Index>()
    ) {
        let enrolled = story.replica.governance().partners().enrolled().clone();
        let counting = denials(&story);
        let instance = Author::new(1, 250);
        story.authors.push(instance);
        let last = story.authors.len() - 1;
        story.decide(last, &crate::drawing::Wish::Root(root));
        let after = story.replica.governance();
        prop_assert_eq!(after.partners().enrolled(), &enrolled);
        prop_assert!(counting.is_subset(&denials(&story)));
    }
}
