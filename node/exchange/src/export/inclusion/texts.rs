//! Names, descriptions, and how a structure or service is reached.

use crdt_schema::register::{OpeningHours, Outcome, email, link};
use serde_json::json;

use crate::export::inclusion::{LeftOut, Work};

impl Work<'_> {
    /// A final dot is a warning of theirs; `etc.` keeps it.
    pub(super) fn name(&mut self) -> Result<(), LeftOut> {
        let whole = self.line("name").unwrap_or_default();
        let bare = undotted(&whole);
        let name = undotted(at_a_word(bare, NAME_CHARS_MAX));
        if name.chars().count() < NAME_CHARS_MIN {
            return Err(LeftOut::NameShort);
        }
        let (name, is_cut) = (name.to_owned(), name.len() < bare.len());
        if is_cut {
            self.notice("name_cut", "nom", &whole);
        }
        self.put("nom", json!(name));
        Ok(())
    }

    /// The description, else the summary.
    pub(super) fn description(&mut self) {
        let Some(whole) = self.whole("description").or_else(|| self.whole("summary")) else {
            return;
        };
        let text = at_a_word(&whole, DESCRIPTION_CHARS_MAX);
        if text.chars().count() < DESCRIPTION_CHARS_MIN {
            self.notice("description_short", "description", &whole);
            return;
        }
        let (text, is_cut) = (text.to_owned(), text.len() < whole.len());
        if is_cut {
            self.notice("description_cut", "description", &whole);
        }
        self.put("description", json!(text));
    }

    /// The numbers and addresses of the organisation. Persons are not in records, and none is named.
    pub(super) fn reach(&mut self) {
        self.text("telephone", "phone");
        if let Some(mail) = self.line("email") {
            match email(&mail) {
                Outcome::Valid(mail) => self.put("courriel", json!(mail)),
                _ => self.notice("mail_invalid", "courriel", &mail),
            }
        }
        // A service has no page of its own in their schema: what joins it is another field.
        if self.view.kind() == "actor" {
            self.link("site_web", "website");
        } else {
            self.link("lien_mobilisation", "website");
        }
        self.hours();
    }

    /// Hours that no program can read are left out, and said.
    fn hours(&mut self) {
        if let Some(hours) = self.line("opening_hours") {
            match OpeningHours::parse(&hours) {
                Some(_) => self.put("horaires_accueil", json!(hours)),
                None => self.notice("hours_invalid", "horaires_accueil", &hours),
            }
        }
    }

    pub(super) fn link(&mut self, theirs: &str, ours: &str) {
        let Some(text) = self.line(ours) else {
            return;
        };
        match link(&text).accepted() {
            Some(address) if is_uri(address) => self.put(theirs, json!(address)),
            _ => self.notice("link_unfit", theirs, &text),
        }
    }
}

fn undotted(name: &str) -> &str {
    if name.ends_with("etc.") {
        return name;
    }
    name.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Returns the longest beginning of so many characters that ends with a word; within the word where there is only one.
fn at_a_word(text: &str, chars_max: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(chars_max) else {
        return text;
    };
    let head = &text[..end];
    let is_between = text[end..].starts_with(char::is_whitespace);
    match head.rfind(char::is_whitespace) {
        Some(space) if !is_between && !head[..space].trim().is_empty() => head[..space].trim_end(),
        _ => head.trim_end(),
    }
}

/// Tells whether an address is written with the characters of RFC 3986 only.
pub(super) fn is_uri(address: &str) -> bool {
    let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let bytes = address.as_bytes();
    let is_fit = |(place, byte): (usize, &u8)| match byte {
        b'%' => is_hex(bytes.get(place + 1)) && is_hex(bytes.get(place + 2)),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=".contains(byte),
    };
    let fragments = bytes.iter().filter(|byte| **byte == b'#').count();
    bytes.iter().enumerate().all(is_fit) && fragments <= 1
}

const NAME_CHARS_MIN: usize = 3;
const NAME_CHARS_MAX: usize = 150;
const DESCRIPTION_CHARS_MIN: usize = 5;
const DESCRIPTION_CHARS_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_a_word_and_within_one_only_where_there_is_no_other() {
        assert_eq!(at_a_word("un deux trois", 13), "un deux trois");
        assert_eq!(at_a_word("un deux trois", 12), "un deux");
        assert_eq!(at_a_word("un deux trois", 7), "un deux");
        assert_eq!(at_a_word("éééééé", 4), "éééé");
    }

    #[test]
    fn a_dot_goes_and_that_of_etc_stays() {
        assert_eq!(undotted("Le Club."), "Le Club");
        assert_eq!(undotted("Le Club . ."), "Le Club");
        assert_eq!(undotted("Jeux, livres, etc."), "Jeux, livres, etc.");
    }

    #[test]
    fn an_address_with_other_characters_is_no_uri() {
        assert!(is_uri("https://exemple.fr/a%20b?c=d#e"));
        for unfit in [
            "https://exemple.fr/é",
            "https://e.fr/a b",
            "https://e.fr/%2",
            "https://e.fr/#a#b",
        ] {
            assert!(!is_uri(unfit), "{unfit}");
        }
    }
}
