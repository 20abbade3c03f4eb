//! Several programmes in one federation: their pages show what any of them shows, in the order of the leading one.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::profile::{Profile, ShownKind, ShownPrism, ShownSection, Text};
use crate::record::{Term, Vocabulary, vocabularies};
use crate::statement::PRISMS;

impl Profile {
    /// Returns what these profiles show together, the leading one first. Codes that this version does not know are left out; `None` when
    /// it knows none.
    pub fn together(codes: &[&str]) -> Option<&'static Profile> {
        let mut known: Vec<&'static Profile> = Vec::new();
        for profile in codes.iter().filter_map(|code| Profile::of(code)) {
            if !known.contains(&profile) {
                known.push(profile);
            }
        }
        let (leading, others) = known.split_first()?;
        if others.is_empty() {
            return Some(leading);
        }
        let codes: Vec<&'static str> = known.iter().map(|profile| profile.code()).collect();
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = made.entry(codes);
        Some(*profile.or_insert_with(|| Box::leak(Box::new(combined(leading, others)))))
    }
}

/// As many as there are ways to name some of the profiles of this version: each is made once, and stays.
static MADE: LazyLock<Mutex<BTreeMap<Vec<&'static str>, &'static Profile>>> =
    LazyLock::new(Mutex::default);

fn combined(leading: &Profile, others: &[&'static Profile]) -> Profile {
    let all = || std::iter::once(leading).chain(others.iter().copied());
    let said = |text: fn(&Profile) -> &Text, between: &str| {
        let texts = |language| -> Vec<&str> {
            all()
                .map(|profile| text(profile).in_language(language))
                .collect()
        };
        Text::new(&texts("fr").join(between), &texts("en").join(between))
    };
    let mut kinds: Vec<ShownKind> = Vec::new();
    for shown in all().flat_map(|profile| &profile.kinds) {
        match kinds.iter_mut().find(|kind| kind.kind == shown.kind) {
            Some(kind) => kind.add(shown),
            None => kinds.push(shown.clone()),
        }
    }
    let codes: Vec<&str> = all().map(|profile| profile.code()).collect();
    let chosen = vocabularies().into_iter().filter_map(|vocabulary| {
        let terms = terms_together(all(), vocabulary)?;
        Some((vocabulary.code, terms))
    });
    Profile {
        code: codes.join("+"),
        title: said(|profile| &profile.title, " · "),
        sentence: said(|profile| &profile.sentence, " "),
        vocabularies: chosen.collect(),
        prisms: prisms_together(all()),
        kinds,
    }
}

impl ShownKind {
    /// Shows what another programme shows of the kind too. What the leading one calls it stands. Of the days after which it is to be
    /// looked at again, those that come first: what is fresh for one programme only is not fresh for a partner of both.
    fn add(&mut self, other: &ShownKind) {
        for added in &other.sections {
            let mut sections = self.sections.iter_mut();
            match sections.find(|shown| shown.section == added.section) {
                Some(shown) => shown.add(added),
                None => self.sections.push(added.clone()),
            }
        }
        self.due = self.due.stricter(other.due);
        self.one = self.one.take().or_else(|| other.one.clone());
        self.many = self.many.take().or_else(|| other.many.clone());
    }
}

impl ShownSection {
    fn add(&mut self, other: &ShownSection) {
        let is_shown = |name: &str| {
            let mut shown = self.fields.iter().chain(&other.fields);
            shown.any(|field| field.name == name)
        };
        let fields = self.section.fields.iter();
        self.fields = fields.filter(|field| is_shown(field.name)).collect();
    }
}

/// The terms that any of the profiles offers. `None` when one of those that ask for the vocabulary offers all of them.
fn terms_together<'p>(
    profiles: impl Iterator<Item = &'p Profile>,
    vocabulary: &'static Vocabulary,
) -> Option<Vec<&'static Term>> {
    let mut terms: Vec<&'static Term> = Vec::new();
    for profile in profiles.filter(|profile| profile.asks_for(vocabulary)) {
        for term in profile.vocabularies.get(vocabulary.code)? {
            if !terms.contains(term) {
                terms.push(term);
            }
        }
    }
    (!terms.is_empty()).then_some(terms)
}

/// A profile that names no prism looks through the usual ones.
fn prisms_together<'p>(profiles: impl Iterator<Item = &'p Profile> + Clone) -> Vec<ShownPrism> {
    if profiles.clone().all(|profile| profile.prisms.is_empty()) {
        return Vec::new();
    }
    let mut prisms: Vec<ShownPrism> = Vec::new();
    for profile in profiles {
        let usual = PRISMS.iter().map(|prism| ShownPrism {
            code: prism.code.to_owned(),
            wording: Text::new(prism.wording.fr, prism.wording.en),
        });
        let own: Vec<ShownPrism> = match profile.prisms.is_empty() {
            true => usual.collect(),
            false => profile.prisms.clone(),
        };
        for prism in own {
            if !prisms.iter().any(|shown| shown.code == prism.code) {
                prisms.push(prism);
            }
        }
    }
    prisms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tests::profile_of;

    #[test]
    fn one_programme_alone_is_itself_and_an_unknown_one_is_left_out() {
        let one = Profile::together(&["autonomie"]);
        assert_eq!(one, Profile::of("autonomie"));
        assert_eq!(Profile::together(&["autonomie", "a-venir"]), one);
        assert_eq!(Profile::together(&["autonomie", "autonomie"]), one);
        assert_eq!(Profile::together(&[]), None);
        assert_eq!(Profile::together(&["a-venir"]), None);
    }

    #[test]
    fn together_they_show_what_any_of_them_shows_and_nothing_else() {
        for leading in Profile::all() {
            for other in Profile::all().iter().filter(|other| *other != leading) {
                let both = Profile::together(&[leading.code(), other.code()]).expect("known");
                let shown = |profile: &Profile| -> Vec<(&str, &str, &str)> {
                    let kinds = profile.kinds().iter();
                    let fields = kinds.flat_map(|kind| {
                        let sections = kind.sections().iter();
                        sections.flat_map(move |shown| {
                            let of = (kind.kind().code, shown.section.code);
                            shown
                                .fields
                                .iter()
                                .map(move |field| (of.0, of.1, field.name))
                        })
                    });
                    fields.collect()
                };
                let of_both = shown(both);
                for each in [leading, other] {
                    assert!(shown(each).iter().all(|field| of_both.contains(field)));
                }
                let any = |field| shown(leading).contains(field) || shown(other).contains(field);
                assert!(of_both.iter().all(any));
                let once: std::collections::BTreeSet<_> = of_both.iter().collect();
                assert_eq!(once.len(), of_both.len());
                let first = leading.kinds().iter().map(|kind| kind.kind().code);
                let of_both = both.kinds().iter().map(|kind| kind.kind().code);
                assert!(of_both.take(leading.kinds().len()).eq(first), "in order");
            }
        }
    }

    #[test]
    fn what_one_offers_whole_both_offer_whole() {
        let kind = "[[kinds]]\ncode = \"actor\"\nsections = [\"identity\"]\n";
        let few = profile_of(
            "few",
            &format!("{kind}[vocabularies]\nthemes = [\"sport\"]"),
        );
        let other = profile_of(
            "other",
            &format!("{kind}[vocabularies]\nthemes = [\"sante\", \"sport\"]"),
        );
        let whole = profile_of("whole", kind);
        let without = profile_of("without", &format!("{kind}hides = [\"themes\"]\n"));
        let themes = crate::record::vocabulary_named("themes").expect("a vocabulary");
        let codes = |profiles: [&Profile; 2]| -> Option<Vec<&str>> {
            let terms = terms_together(profiles.into_iter(), themes)?;
            Some(terms.iter().map(|term| term.code).collect())
        };
        assert_eq!(codes([&few, &other]), Some(vec!["sport", "sante"]));
        assert_eq!(codes([&few, &whole]), None);
        assert_eq!(codes([&few, &without]), Some(vec!["sport"]));
    }

    #[test]
    fn a_kind_of_both_is_due_as_soon_as_either_asks_and_one_that_only_one_shows_as_that_one_asks() {
        let kind = |code: &str, rest: &str| {
            format!("[[kinds]]\ncode = \"{code}\"\nsections = [\"identity\"]\n{rest}")
        };
        let soon = kind("actor", "due = { advised = 30, required = 300 }\n");
        let late = kind("actor", "due = { advised = 200, required = 250 }\n");
        let event = kind("event", "due = { advised = 10, required = 20 }\n");
        let call = kind("call", "due = { advised = 400, required = 500 }\n");
        let [soon, late, usual] = [
            profile_of("soon", &format!("{soon}{event}")),
            profile_of("late", &format!("{late}{call}")),
            profile_of("usual", &kind("actor", "")),
        ];
        let days = |leading: &Profile, other: &Profile, kind: &str| {
            let others: &'static Profile = Box::leak(Box::new(other.clone()));
            let days = combined(leading, &[others]).due_dates().days(kind);
            (days.advised(), days.required())
        };
        assert_eq!(days(&soon, &late, "actor"), (30, 250));
        assert_eq!(days(&late, &soon, "actor"), (30, 250));
        // Who names none asks after the usual days.
        assert_eq!(days(&late, &usual, "actor"), (180, 240));
        assert_eq!(days(&late, &soon, "event"), (10, 20));
        assert_eq!(days(&soon, &late, "call"), (400, 500));
        assert_eq!(days(&soon, &late, "group"), (180, 240));
    }

    #[test]
    fn usual_prisms_stay_beside_those_that_a_programme_names() {
        let kind = "[[kinds]]\ncode = \"actor\"\nsections = [\"identity\"]\n";
        let own = "[[prisms]]\ncode = \"joie\"\nwording = { fr = \"Joie\", en = \"Joy\" }\n";
        let (usual, own) = (
            profile_of("usual", kind),
            profile_of("own", &format!("{own}{kind}")),
        );
        let codes = |profiles: [&Profile; 2]| -> Vec<String> {
            let prisms = prisms_together(profiles.into_iter()).into_iter();
            prisms.map(|prism| prism.code).collect()
        };
        assert_eq!(codes([&usual, &usual]), Vec::<String>::new());
        let together = codes([&own, &usual]);
        assert_eq!(
            (together.len(), together[0].as_str()),
            (PRISMS.len() + 1, "joie")
        );
    }
}
