//! The frame of every page: what is in the header, the navigation and the footer.

use crdt_schema::profile::Profile;
use replica::local::Role;

use crate::assets::{self, Addresses};
use crate::i18n::Language;
use crate::pages::is_writer;
use crate::visit::{Person, Visit, encoded};

/// What `base.html` shows around a page.
pub(crate) struct Layout {
    pub(crate) language: Language,
    /// The page's only `h1`, and the start of its title.
    pub(crate) heading: String,
    pub(crate) partner: String,
    pub(crate) assets: &'static Addresses,
    pub(crate) sections: Vec<Link>,
    pub(crate) person: Option<String>,
    pub(crate) token: String,
    pub(crate) languages: Vec<LanguageLink>,
    /// The programme that the pages show.
    pub(crate) profile: Option<&'static Profile>,
}

/// An entry of the navigation.
pub(crate) struct Link {
    pub(crate) href: &'static str,
    pub(crate) label: String,
    pub(crate) is_current: bool,
}

/// A link to this page in another language.
pub(crate) struct LanguageLink {
    pub(crate) tag: &'static str,
    pub(crate) name: &'static str,
    pub(crate) href: String,
}

/// A part of the site that the navigation names.
struct Section {
    href: &'static str,
    label: fn(Language) -> String,
    is_for: fn(Role) -> bool,
}

/// The navigation, in its order. A page that opens a part of the site adds its line here.
const SECTIONS: &[Section] = &[
    Section {
        href: "/",
        label: |language| language.text("section-home"),
        is_for: |_| true,
    },
    Section {
        href: "/recensement",
        label: |language| language.text("section-census"),
        is_for: |_| true,
    },
    Section {
        href: "/veilles",
        label: |language| language.text("section-watches"),
        is_for: |_| true,
    },
    Section {
        href: "/labels",
        label: |language| language.text("section-labels"),
        is_for: |_| true,
    },
    Section {
        href: "/importer",
        label: |language| language.text("section-import"),
        is_for: is_writer,
    },
    Section {
        href: "/exporter",
        label: |language| language.text("section-export"),
        is_for: |_| true,
    },
    Section {
        href: "/donnees-personnelles",
        label: |language| language.text("section-personal"),
        is_for: |_| true,
    },
    Section {
        href: "/federation",
        label: |language| language.text("section-federation"),
        is_for: |_| true,
    },
    Section {
        href: "/pairs",
        label: |language| language.text("section-peers"),
        is_for: |_| true,
    },
    Section {
        href: "/comptes",
        label: |language| language.text("section-accounts"),
        is_for: |role| role == Role::NodeAdmin,
    },
];

impl Layout {
    /// Says whether the programme shows records of this kind; without one, all are shown.
    pub(crate) fn shows(&self, kind: &str) -> bool {
        self.profile
            .is_none_or(|profile| profile.kind(kind).is_some())
    }

    pub(crate) fn new(visit: &Visit, partner: &str, heading: String) -> Self {
        let person = visit.person.as_ref();
        Self {
            language: visit.language,
            heading,
            partner: partner.to_owned(),
            assets: assets::addresses(),
            sections: person.map_or_else(Vec::new, |person| sections(visit, person)),
            person: person.map(|person| person.account.name.to_string()),
            token: visit.form_token(),
            languages: languages(visit.language, &visit.path),
            profile: visit.profile(),
        }
    }

    /// Returns the frame of an error's page: nothing is known of the person then.
    pub(crate) fn of_error(language: Language, heading: String) -> Self {
        Self {
            language,
            heading,
            partner: String::new(),
            assets: assets::addresses(),
            sections: Vec::new(),
            person: None,
            token: String::new(),
            languages: Vec::new(),
            profile: None,
        }
    }

    pub(crate) fn text(&self, key: &str) -> String {
        self.language.text(key)
    }
}

fn sections(visit: &Visit, person: &Person) -> Vec<Link> {
    let path = visit.path.split('?').next().unwrap_or_default();
    let shown = SECTIONS
        .iter()
        .filter(|section| (section.is_for)(person.account.role));
    shown
        .map(|section| Link {
            href: section.href,
            label: (section.label)(visit.language),
            is_current: is_within(path, section.href),
        })
        .collect()
}

fn is_within(path: &str, section: &str) -> bool {
    let below = path
        .strip_prefix(section)
        .is_some_and(|rest| rest.starts_with('/'));
    path == section || (section != "/" && below)
}

fn languages(shown: Language, path: &str) -> Vec<LanguageLink> {
    let others = Language::ALL
        .into_iter()
        .filter(|language| *language != shown);
    others
        .map(|language| LanguageLink {
            tag: language.tag(),
            name: match language {
                Language::English => "English",
                Language::French => "Français",
            },
            href: in_language(path, language),
        })
        .collect()
}

/// Returns the address of the same page in a language.
fn in_language(path: &str, language: Language) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
    let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
    pairs.push(format!("lang={}", encoded(language.tag())));
    format!("{path}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_language_keeps_the_rest_of_the_address() {
        let english = |path| in_language(path, Language::English);
        assert_eq!(english("/"), "/?lang=en");
        assert_eq!(english("/a?lang=fr&q=b&page=2"), "/a?q=b&page=2&lang=en");
        assert_eq!(english("/a?"), "/a?lang=en");
    }

    #[test]
    fn a_section_holds_the_pages_below_it() {
        assert!(is_within("/comptes", "/comptes"));
        assert!(is_within("/comptes/zoe", "/comptes"));
        assert!(!is_within("/comptesx", "/comptes"));
        assert!(is_within("/", "/"));
        assert!(!is_within("/comptes", "/"));
    }
}
