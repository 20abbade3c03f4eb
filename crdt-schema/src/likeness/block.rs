//! What records are looked up by. A block is a number, so that an index of them stays small: two records in one block share a register
//! number, an identifier at a source, a web address, or a word of a name at one place or on one day.

use std::collections::BTreeSet;

use crate::id::hash;
use crate::likeness::Traits;

/// A group of records worth comparing, by the hash of what they share. Blocks of surer signs have lower numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block(pub u64);

/// Records of one block that are compared with each other. What more records share than this says nothing of two of them: a record
/// whose every block is fuller is found by none. In a made census of 100,000 records, one block in 70,000 is.
pub const BLOCK_RECORDS_MAX: u32 = 60;

/// What stands behind a block, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Register = 1,
    Origin = 2,
    Page = 3,
    Contact = 4,
    NameAtPlace = 5,
    NameOnDay = 6,
    HolderAtPlace = 7,
}

/// Words of a name that become blocks. Longer names are met by their longest words.
const WORDS_MAX: usize = 12;
/// Shorter words are in too many names.
const WORD_LETTERS_MIN: usize = 4;

pub(super) fn blocks(traits: &Traits) -> BTreeSet<Block> {
    let mut blocks = BTreeSet::new();
    if traits.kind.is_empty() {
        return blocks;
    }
    let mut add = |sign: Sign, parts: &[&str]| blocks.insert(block(sign, &traits.kind, parts));
    for number in &traits.registers {
        add(Sign::Register, &[number]);
    }
    for (source, id) in &traits.origins {
        add(Sign::Origin, &[source, id]);
    }
    if let Some(website) = &traits.website {
        add(Sign::Page, &[&website.address]);
    }
    for contact in &traits.contacts {
        add(Sign::Contact, &[contact]);
    }
    let place = traits.commune.as_ref().unwrap_or(&traits.territory);
    let day = traits.day.map(|day| day.to_string());
    for word in telling(&traits.name.words) {
        add(Sign::NameAtPlace, &[place, word]);
        if let Some(day) = &day {
            add(Sign::NameOnDay, &[day, word]);
        }
    }
    for word in telling(&traits.holder.words) {
        add(Sign::HolderAtPlace, &[place, word]);
    }
    blocks
}

/// The longest words, or all where none is long: some names are short words only.
fn telling(words: &BTreeSet<String>) -> Vec<&String> {
    let length = |word: &&String| word.chars().count();
    let mut long: Vec<&String> = words
        .iter()
        .filter(|word| length(word) >= WORD_LETTERS_MIN)
        .collect();
    if long.is_empty() {
        long = words.iter().collect();
    }
    long.sort_by_key(|word| std::cmp::Reverse(length(word)));
    long.truncate(WORDS_MAX);
    long
}

fn block(sign: Sign, kind: &str, parts: &[&str]) -> Block {
    let text = format!("{kind}\0{}", parts.join("\0"));
    let hash = hash("likeness-block", &[text.as_bytes()]);
    let low: [u8; 8] = [
        sign as u8, hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6],
    ];
    Block(u64::from_be_bytes(low))
}
