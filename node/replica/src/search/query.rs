//! What is asked, and its limits.

use std::collections::{BTreeMap, BTreeSet};

use crdt_schema::id::RecordId;
use crdt_schema::label::{Day, Standing};
use crdt_schema::statement::Due;

use super::analysis;
use super::error::Refused;

/// A search. The default one finds everything that is not withdrawn, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The words typed, all of which must be found. A word may end with `*`. Text without letters or digits is no text.
    pub text: String,
    /// The whole name of the records, compared without case, accents, spaces and signs. Who needs it closer looks at the hits.
    pub named: Option<String>,
    /// The only kind wanted.
    pub kind: Option<String>,
    /// The selection: any value inside a facet, all facets together. A facet without values is not selected.
    pub facets: BTreeMap<String, BTreeSet<String>>,
    /// What becomes of withdrawn records.
    pub withdrawn: Withdrawn,
    /// The area that the point of a record must be in.
    pub within: Option<BoundingBox>,
    /// Only these records.
    pub among: Option<BTreeSet<RecordId>>,
    /// These records are not found.
    pub except: BTreeSet<RecordId>,
    /// Only records that were changed here after this change.
    pub changed_after: Option<u64>,
    /// Only records that wait so long to be confirmed, judged on `today`. All when empty.
    pub due: BTreeSet<Due>,
    /// Only records of which every section was confirmed from a day on, or not.
    pub confirmed: Option<Confirming>,
    /// Only records that have one of these labels, by the scheme and its version, judged on `today`: in force, where no `standings` say
    /// otherwise. All when both are empty.
    pub labels: BTreeSet<String>,
    /// Only records that have a label that stands so.
    pub standings: BTreeSet<Standing>,
    /// The day of whoever asks.
    pub today: Option<Day>,
    /// The order of the hits. Records that are equal in it are ordered by their id, so that pages never overlap.
    pub sort: Sort,
    /// Hits of one page.
    pub size: usize,
    /// Hits before this page.
    pub offset: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            text: String::new(),
            named: None,
            kind: None,
            facets: BTreeMap::new(),
            withdrawn: Withdrawn::LeftOut,
            within: None,
            among: None,
            except: BTreeSet::new(),
            changed_after: None,
            due: BTreeSet::new(),
            confirmed: None,
            labels: BTreeSet::new(),
            standings: BTreeSet::new(),
            today: None,
            sort: Sort::Relevance,
            size: 50,
            offset: 0,
        }
    }
}

impl Query {
    /// Returns the words to find, when the query respects every limit.
    pub(super) fn check(&self) -> Result<Terms, Refused> {
        if !(1..=PAGE_MAX).contains(&self.size) {
            return Err(Refused::PageSize { max: PAGE_MAX });
        }
        let selected = self.facets.values().filter(|values| !values.is_empty());
        if selected.count() > FACETS_MAX {
            return Err(Refused::TooManyFacets { max: FACETS_MAX });
        }
        if self
            .facets
            .values()
            .any(|values| values.len() > FACET_VALUES_MAX)
        {
            return Err(Refused::TooManyValues {
                max: FACET_VALUES_MAX,
            });
        }
        if self.within.is_some_and(|area| !area.is_sound()) {
            return Err(Refused::BoxMalformed);
        }
        let named = self.among.as_ref().map_or(0, BTreeSet::len);
        if named.max(self.except.len()) > AMONG_MAX {
            return Err(Refused::TooManyRecords { max: AMONG_MAX });
        }
        Terms::read(&self.text)
    }

    /// The selection of facets, with what is wanted of withdrawn records.
    pub(super) fn selection(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut selection = self.facets.clone();
        let wanted = match self.withdrawn {
            Withdrawn::Included => return selection,
            Withdrawn::LeftOut => NOT_WITHDRAWN,
            Withdrawn::Only => IS_WITHDRAWN,
        };
        selection.insert(WITHDRAWN_FACET.to_owned(), [wanted.to_owned()].into());
        selection
    }
}

/// The facet that tells withdrawn records from the others, and its two values.
pub(super) const WITHDRAWN_FACET: &str = "withdrawn";
/// The value of records that are withdrawn.
pub(super) const IS_WITHDRAWN: &str = "yes";
/// The value of all others.
pub(super) const NOT_WITHDRAWN: &str = "no";

/// What becomes of withdrawn records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Withdrawn {
    /// They are found like all others.
    Included,
    /// They are not found.
    #[default]
    LeftOut,
    /// Nothing else is found.
    Only,
}

/// Whether every section of a record was confirmed from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirming {
    /// One at least was not.
    NotSince(Day),
    /// It was.
    Since(Day),
}

/// The order of the hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// What was confirmed the longest time ago first.
    Confirmed,
    /// By name, as a French directory does.
    Name,
    /// The most recently changed first.
    Newest,
    /// The best match first; by name when there is no text.
    #[default]
    Relevance,
}

/// An area between two parallels and two meridians, in 10⁻⁷ degrees, its sides included. It crosses the 180° meridian when its west is
/// greater than its east.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundingBox {
    /// The least latitude.
    pub south: i32,
    /// The longitude where it begins.
    pub west: i32,
    /// The greatest latitude.
    pub north: i32,
    /// The longitude where it ends.
    pub east: i32,
}

impl BoundingBox {
    fn is_sound(&self) -> bool {
        let on_earth = |value: i32, limit: i32| (-limit..=limit).contains(&value);
        self.south <= self.north
            && on_earth(self.south, LATITUDE_MAX)
            && on_earth(self.north, LATITUDE_MAX)
            && on_earth(self.west, LONGITUDE_MAX)
            && on_earth(self.east, LONGITUDE_MAX)
    }
}

/// The words of a query, ready to be matched.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) terms: Vec<Term>,
    /// The whole text as a code, since people type a SIRET in groups of digits.
    pub(super) code: String,
}

/// One word that must be found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) word: String,
    /// The word may be the beginning of another.
    pub(super) prefix: bool,
}

impl Terms {
    fn read(text: &str) -> Result<Self, Refused> {
        if text.chars().nth(TEXT_CHARS_MAX).is_some() {
            return Err(Refused::TextTooLong {
                max: TEXT_CHARS_MAX,
            });
        }
        let mut terms = Vec::new();
        for chunk in text.split_whitespace() {
            if chunk.starts_with('*') && chunk.contains(char::is_alphanumeric) {
                return Err(Refused::LeadingWildcard);
            }
            let before = terms.len();
            terms.extend(analysis::words(chunk).into_iter().map(|word| Term {
                word,
                prefix: false,
            }));
            if let Some(last) = terms[before..].last_mut() {
                last.prefix = chunk.ends_with('*');
            }
        }
        if terms.len() > TERMS_MAX {
            return Err(Refused::TooManyTerms { max: TERMS_MAX });
        }
        // The last word is perhaps still being typed.
        if let Some(last) = terms.last_mut() {
            last.prefix |= text.ends_with(char::is_alphanumeric);
        }
        if terms.iter().any(|term| !term.is_stop_word()) {
            terms.retain(|term| !term.is_stop_word());
        }
        let code = analysis::code(text);
        Ok(Self { terms, code })
    }
}

impl Term {
    fn is_stop_word(&self) -> bool {
        analysis::is_stop_word(&self.word)
    }
}

/// Characters of a text: two lines of a search field. More is a pasted document.
pub const TEXT_CHARS_MAX: usize = 256;
/// Words of a text: each costs several walks through the dictionaries.
pub const TERMS_MAX: usize = 16;
/// Hits of a page: more is an export.
pub const PAGE_MAX: usize = 200;
/// Facets with a selection: a bit each in a word of 32 bits while counting, and a page shows about ten.
pub const FACETS_MAX: usize = 32;
/// Values selected in one facet: all communes must not come in one query, all departments may.
pub const FACET_VALUES_MAX: usize = 256;

/// Records that are named in one query: 16 bytes each, and a look into a dictionary.
pub const AMONG_MAX: usize = 20_000;

const LATITUDE_MAX: i32 = 900_000_000;
const LONGITUDE_MAX: i32 = 1_800_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, bool)> {
        let terms = Terms::read(text).expect("within the limits");
        terms
            .terms
            .into_iter()
            .map(|term| (term.word, term.prefix))
            .collect()
    }

    fn term(word: &str, prefix: bool) -> (String, bool) {
        (word.to_owned(), prefix)
    }

    #[test]
    fn only_the_word_being_typed_and_starred_words_are_prefixes() {
        assert_eq!(words("aide ali"), [term("aide", false), term("ali", true)]);
        assert_eq!(
            words("aide ali "),
            [term("aide", false), term("ali", false)]
        );
        assert_eq!(
            words("ali* aide "),
            [term("ali", true), term("aide", false)]
        );
        assert_eq!(words("aide de"), [term("aide", false)]);
    }

    #[test]
    fn stop_words_are_dropped_unless_there_is_nothing_else() {
        assert_eq!(
            words("Les Restos du Cœur !"),
            [term("restos", false), term("coeur", false)]
        );
        assert_eq!(words("de la "), [term("de", false), term("la", false)]);
    }

    #[test]
    fn texts_are_refused_just_above_their_length() {
        let text = |length| Terms::read(&"é".repeat(length));
        assert!(text(TEXT_CHARS_MAX - 1).is_ok());
        assert!(text(TEXT_CHARS_MAX).is_ok());
        assert_eq!(
            text(TEXT_CHARS_MAX + 1),
            Err(Refused::TextTooLong {
                max: TEXT_CHARS_MAX
            })
        );
    }

    #[test]
    fn texts_are_refused_just_above_their_number_of_words() {
        let text = |count| Terms::read(&"mot ".repeat(count));
        assert!(text(TERMS_MAX - 1).is_ok());
        assert!(text(TERMS_MAX).is_ok());
        assert_eq!(
            text(TERMS_MAX + 1),
            Err(Refused::TooManyTerms { max: TERMS_MAX })
        );
    }

    #[test]
    fn a_leading_wildcard_is_refused_and_a_lonely_one_is_nothing() {
        assert_eq!(Terms::read("aide *mot"), Err(Refused::LeadingWildcard));
        assert_eq!(Terms::read("**mot"), Err(Refused::LeadingWildcard));
        assert_eq!(words(" * ** "), []);
    }

    #[test]
    fn named_records_are_refused_just_above_their_number() {
        let named = |count: usize| {
            let records = (0..count).map(|number| {
                let mut bytes = [0; 16];
                bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
                RecordId::from_bytes(bytes)
            });
            let among = Some(records.collect());
            Query {
                among,
                ..Query::default()
            }
            .check()
        };
        assert!(named(0).is_ok() && named(AMONG_MAX).is_ok());
        let refused = named(AMONG_MAX + 1).err();
        assert_eq!(refused, Some(Refused::TooManyRecords { max: AMONG_MAX }));
    }

    #[test]
    fn pages_facets_and_values_are_refused_outside_their_limits() {
        let page = |size| {
            Query {
                size,
                ..Query::default()
            }
            .check()
            .is_ok()
        };
        assert_eq!(
            [0, 1, PAGE_MAX, PAGE_MAX + 1].map(page),
            [false, true, true, false]
        );
        let values = |count: usize| (0..count).map(|i| i.to_string()).collect::<BTreeSet<_>>();
        let facets = |count: usize| {
            let facets = values(count)
                .into_iter()
                .map(|name| (name, values(1)))
                .collect();
            Query {
                facets,
                ..Query::default()
            }
            .check()
            .is_ok()
        };
        assert_eq!([FACETS_MAX, FACETS_MAX + 1].map(facets), [true, false]);
        let selected = |count: usize| {
            let facets = BTreeMap::from([("theme".to_owned(), values(count))]);
            Query {
                facets,
                ..Query::default()
            }
            .check()
            .is_ok()
        };
        assert_eq!(
            [FACET_VALUES_MAX, FACET_VALUES_MAX + 1].map(selected),
            [true, false]
        );
    }

    #[test]
    fn a_box_upside_down_or_off_the_earth_is_refused() {
        let check = |south, west, north, east| {
            let within = Some(BoundingBox {
                south,
                west,
                north,
                east,
            });
            Query {
                within,
                ..Query::default()
            }
            .check()
            .is_ok()
        };
        assert!(check(0, 0, 0, 0));
        assert!(check(
            -LATITUDE_MAX,
            LONGITUDE_MAX,
            LATITUDE_MAX,
            -LONGITUDE_MAX
        ));
        assert!(!check(1, 0, 0, 0));
        assert!(!check(0, 0, LATITUDE_MAX + 1, 0));
        assert!(!check(0, i32::MIN, 0, 0));
    }
}
