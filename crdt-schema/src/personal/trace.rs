//! Mail addresses and phone numbers inside free text: found, so that a person can be asked whether they are somebody's own.
//!
//! It works badly on numbers in words and on addresses that were disguised by hand beyond `(at)`; a solid number of ten digits from
//! `0` may be something else. The corpus in `tests/free_text` counts both. Numbers from `08` reach services, never a person, and are
//! left alone.

use crate::register::email;

/// What a piece of text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceKind {
    /// A mail address.
    Mail,
    /// A phone number.
    Phone,
}

/// A piece of a text by which somebody could be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace<'t> {
    /// What it looks like.
    pub kind: TraceKind,
    /// The piece, as it is written.
    pub text: &'t str,
    /// Where it begins, in bytes.
    pub start: usize,
}

/// Finds the mail addresses and the phone numbers of a text, in their order.
pub fn traces(text: &str) -> Vec<Trace<'_>> {
    let mut found = mails(text);
    let phones = phones(text);
    // The digits of an address are no number.
    let is_apart = |phone: &Trace<'_>| {
        found.iter().all(|mail| {
            phone.start + phone.text.len() <= mail.start
                || mail.start + mail.text.len() <= phone.start
        })
    };
    let phones: Vec<Trace<'_>> = phones.into_iter().filter(is_apart).collect();
    found.extend(phones);
    found.sort_by_key(|trace| trace.start);
    found
}

/// Shows enough of a value to find it again in a file, and no more: `c…@e….fr`, `06…78`, `C…`.
pub fn masked(value: &str) -> String {
    let value = value.trim();
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    if let Some((local, host)) = value.split_once(['@', '\u{ff20}']) {
        let top = host.rsplit_once('.').map_or("", |(_, top)| top);
        return format!("{}…@{}….{top}", first(local), first(host));
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= MASKED_DIGITS_MIN && !value.chars().any(char::is_alphabetic) {
        return format!("{}…{}", &digits[..2], &digits[digits.len() - 2..]);
    }
    format!("{}…", first(value))
}

/// Digits from which on two at each end leave enough hidden.
const MASKED_DIGITS_MIN: usize = 8;

fn mails(text: &str) -> Vec<Trace<'_>> {
    let mut found: Vec<Trace<'_>> = Vec::new();
    for mark in [
        "@",
        "\u{ff20}",
        "(at)",
        "[at]",
        "{at}",
        "(AT)",
        "[AT]",
        " arobase ",
    ] {
        for (at, _) in text.match_indices(mark) {
            let is_spaced = mark.len() > 3;
            let head = if is_spaced {
                text[..at].trim_end()
            } else {
                &text[..at]
            };
            let tail = &text[at + mark.len()..];
            let tail = if is_spaced { tail.trim_start() } else { tail };
            let Some((local, host)) = sides(head, tail) else {
                continue;
            };
            let start = head.len() - local.len();
            let end = text.len() - tail.len() + host.len();
            found.push(Trace {
                kind: TraceKind::Mail,
                text: &text[start..end],
                start,
            });
        }
    }
    found
}

/// Returns what stands around the mark of an address, when it is one. `@club@reseau.example` names an account, not a mailbox.
fn sides<'t>(head: &'t str, tail: &'t str) -> Option<(&'t str, &'t str)> {
    let is_local = |c: char| c.is_alphanumeric() || "._%+-'".contains(c);
    let local = &head[head.trim_end_matches(is_local).len()..];
    let before = head[..head.len() - local.len()].chars().next_back();
    let local = local.trim_start_matches(['.', '\'', '-', '_']);
    // `l'adresse d'x@…`: what stands before an apostrophe is a word of the sentence.
    let local = local.rsplit_once('\'').map_or(local, |(_, local)| local);
    let is_host = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    let host = &tail[..tail.len() - tail.trim_start_matches(is_host).len()];
    let host = host.trim_end_matches(['.', '-']);
    let top = host.rsplit_once('.').map_or("", |(_, top)| top);
    let has_top = top.chars().count() >= 2 && top.chars().all(char::is_alphabetic);
    let plain: String = local
        .chars()
        .map(|c| if c.is_ascii() { c } else { 'x' })
        .collect();
    let reads = email(&format!("{plain}@{host}")).into_accepted().is_some();
    (before != Some('@') && has_top && reads).then_some((local, host))
}

fn phones(text: &str) -> Vec<Trace<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(next) = text[from..].find(['+', '0']) {
        let start = from + next;
        // Right behind a number, another one may begin.
        let is_free = found
            .last()
            .is_some_and(|last: &Trace<'_>| start <= last.start + last.text.len() + 1);
        let len = (is_free || is_beginning(&text[..start])).then(|| phone_len(&text[start..]));
        match len.flatten() {
            Some(len) => {
                found.push(Trace {
                    kind: TraceKind::Phone,
                    text: &text[start..start + len],
                    start,
                });
                from = start + len;
            }
            None => from = start + 1,
        }
    }
    found
}

/// Tells whether a number can begin after this text: not within a word, an amount, or the groups of a longer number.
fn is_beginning(before: &str) -> bool {
    let Some(last) = before.chars().next_back() else {
        return true;
    };
    let rest = &before[..before.len() - last.len_utf8()];
    // One more than a group has: a text of digits only is not counted again and again.
    let behind = rest.bytes().rev().take(GROUP_DIGITS.end() + 1);
    let digits = behind.take_while(u8::is_ascii_digit).count();
    match last {
        _ if last.is_alphanumeric() || last == '_' || last == '+' => false,
        '.' | ',' | '-' | '/' | '=' | '#' => digits == 0 && last != '=' && last != '#',
        _ if is_blank(last) => !GROUP_DIGITS.contains(&digits),
        _ => true,
    }
}

/// Returns how long the number is with which a text begins.
fn phone_len(text: &str) -> Option<usize> {
    if text.starts_with('+') || text.starts_with("00") {
        return abroad_len(text);
    }
    let (len, groups) = groups(text, NATIONAL_DIGITS)?;
    let digits: String = text[..len].chars().filter(char::is_ascii_digit).collect();
    let is_national = matches!(digits.as_bytes(), [b'0', b'1'..=b'7' | b'9', ..]);
    (is_national && NATIONAL_GROUPS.contains(&groups.as_slice())).then_some(len)
}

/// A number with its country: of those whose numbers are written here.
fn abroad_len(text: &str) -> Option<usize> {
    let after = text.strip_prefix('+').or_else(|| text.strip_prefix("00"))?;
    let after = after.trim_start_matches(is_blank);
    let (rest, lengths) = COUNTRIES.iter().find_map(|(code, lengths)| {
        let rest = after.strip_prefix(code)?;
        Some((rest, *lengths))
    })?;
    let rest = rest.trim_start_matches(|c| is_blank(c) || is_mark(c));
    let rest = rest.strip_prefix("(0)").unwrap_or(rest);
    let rest = rest.trim_start_matches(|c| is_blank(c) || is_mark(c));
    let head = text.len() - rest.len();
    // `+33 06…`: the zero of the national form was kept.
    let kept = usize::from(rest.starts_with('0'));
    let len = lengths.iter().find_map(|digits| {
        let (len, _) = groups(rest, digits + kept)?;
        Some(len)
    })?;
    let first = rest[kept..].chars().find(char::is_ascii_digit)?;
    (first != '0' && first != '8').then_some(head + len)
}

/// Reads groups of digits with one kind of mark between them, until there are so many digits. The last group must end there.
fn groups(text: &str, digits: usize) -> Option<(usize, Vec<usize>)> {
    let (mut groups, mut place, mut mark) = (Vec::new(), 0, None);
    loop {
        let rest = &text[place..];
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return None;
        }
        groups.push(count);
        place += count;
        let sum: usize = groups.iter().sum();
        let rest = &text[place..];
        if sum >= digits {
            let is_whole = sum == digits && !rest.starts_with(|c: char| c.is_alphanumeric());
            return (is_whole && !goes_on(rest, mark)).then_some((place, groups));
        }
        let next = separator(rest)?;
        if *mark.get_or_insert(next) != next {
            return None;
        }
        place += next.len();
    }
}

/// Tells whether more pairs of digits follow, as in a number of another sort.
fn goes_on(rest: &str, mark: Option<&str>) -> bool {
    let Some(after) = mark.and_then(|mark| rest.strip_prefix(mark)) else {
        return false;
    };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    digits == 2 && !after.starts_with('0')
}

/// Returns what separates two groups: blanks, or a mark with or without blanks.
fn separator(text: &str) -> Option<&str> {
    let after = text.trim_start_matches(is_blank);
    let after = after.strip_prefix(is_mark).unwrap_or(after);
    let after = after.trim_start_matches(is_blank);
    let len = text.len() - after.len();
    (1..=SEPARATOR_BYTES_MAX)
        .contains(&len)
        .then(|| &text[..len])
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

fn is_mark(c: char) -> bool {
    matches!(
        c,
        '.' | '-' | '/' | '\u{2010}' | '\u{2011}' | '\u{2013}' | '\u{b7}'
    )
}

/// Three characters, of three bytes at most.
const SEPARATOR_BYTES_MAX: usize = 9;
/// Digits of a national number, with its zero.
const NATIONAL_DIGITS: usize = 10;
/// How people group a national number.
const NATIONAL_GROUPS: &[&[usize]] = &[
    &[10],
    &[2, 2, 2, 2, 2],
    &[4, 3, 3],
    &[4, 2, 2, 2],
    &[2, 4, 4],
    &[1, 3, 3, 3],
    &[2, 8],
    &[4, 6],
];
/// Digits of a group before, within a longer number: a register's, an account's.
const GROUP_DIGITS: std::ops::RangeInclusive<usize> = 2..=4;
/// Country codes, and how many digits follow: France and its territories, then neighbours.
const COUNTRIES: &[(&str, &[usize])] = &[
    ("33", &[9]),
    ("262", &[9]),
    ("508", &[6]),
    ("590", &[9]),
    ("594", &[9]),
    ("596", &[9]),
    ("687", &[6]),
    ("689", &[8]),
    ("32", &[9, 8]),
    ("352", &[9, 8, 6]),
    ("41", &[9]),
    ("44", &[10]),
    ("49", &[11, 10]),
    ("34", &[9]),
    ("39", &[10, 9]),
    ("212", &[9]),
    ("213", &[9]),
    ("216", &[8]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        traces(text).iter().map(|trace| trace.text).collect()
    }

    #[test]
    fn a_mail_is_found_without_the_sentence_around_it() {
        for (text, piece) in [
            ("Écrire à camille@exemple.fr.", "camille@exemple.fr"),
            ("l'adresse d'camille@exemple.fr", "camille@exemple.fr"),
            (
                "(Camille.Exemple+asso@mail.exemple.org)",
                "Camille.Exemple+asso@mail.exemple.org",
            ),
            ("mailto:camille@exemple.fr?subject=x", "camille@exemple.fr"),
            ("camille (at) exemple.fr", "camille (at) exemple.fr"),
            ("camille\u{ff20}exemple.fr", "camille\u{ff20}exemple.fr"),
            ("zoé@exemple.fr", "zoé@exemple.fr"),
        ] {
            assert_eq!(pieces(text), [piece], "{text}");
        }
        for text in [
            "@ville",
            "@club@reseau.example",
            "a@b",
            "8 @ 9",
            "a@",
            "@",
            "47.9@2.62",
            "",
        ] {
            assert!(pieces(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_number_is_found_however_it_is_grouped() {
        for (text, piece) in [
            ("Tél : 0639980001", "0639980001"),
            ("06 39 98 00 01, le soir", "06 39 98 00 01"),
            ("06.39.98.00.01.", "06.39.98.00.01"),
            ("06-39-98-00-01", "06-39-98-00-01"),
            (
                "06\u{a0}39\u{a0}98\u{a0}00\u{a0}01",
                "06\u{a0}39\u{a0}98\u{a0}00\u{a0}01",
            ),
            ("+33 6 39 98 00 01", "+33 6 39 98 00 01"),
            ("+33 (0)6 39 98 00 01", "+33 (0)6 39 98 00 01"),
            ("0033639980001", "0033639980001"),
            ("+262 692 00 00 01", "+262 692 00 00 01"),
        ] {
            assert_eq!(pieces(text), [piece], "{text}");
        }
        let two = pieces("02 61 91 00 12/06 39 98 00 01");
        assert_eq!(two, ["02 61 91 00 12", "06 39 98 00 01"]);
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "SIRET 402 296 990 00037",
            "RNA W0639980001",
            "IBAN FR76 3000 6000 0112 3456 7890 189",
            "le 06/12/2026 20 h",
            "0800 20 30 40",
            "06 39 98 00 01 23",
            "063998000123",
            "45500 Gien",
            "2026-06-12",
            "47.90290, 1.90390",
            "+ 12 000 habitants",
            "0,50 €",
        ] {
            assert!(pieces(text).is_empty(), "{text}: {:?}", pieces(text));
        }
    }

    #[test]
    fn hostile_text_is_looked_at_without_a_panic() {
        for text in [
            "@@@@",
            "+",
            "0",
            "00",
            "+33",
            "é@é.é",
            "(at)",
            "0\u{301}6",
            "+33 (0)",
            "👩@👩.fr",
        ] {
            let _ = traces(text);
            let _ = masked(text);
        }
        let long = "0".repeat(20_000) + &"@".repeat(20_000);
        assert!(traces(&long).is_empty());
    }

    #[test]
    fn a_masked_value_shows_little() {
        assert_eq!(masked("camille@exemple.fr"), "c…@e….fr");
        assert_eq!(masked("06 39 98 00 01"), "06…01");
        assert_eq!(masked("Camille Exemple"), "C…");
        assert_eq!(masked(""), "…");
    }
}
