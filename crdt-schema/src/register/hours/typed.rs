//! What people type instead of the strict form: `Lundi au vendredi 9h-12h et 14h-17h`, `9h-12h`, `Mo - Fr 8:30-12:30`. Exactly the words
//! that are known are read; with any other, nothing is offered.

use super::grammar::WEEK;
use crate::record::folded;

/// Writes a typed text in the strict form, if it can be read.
pub(super) fn reading(text: &str) -> Option<String> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let mut rules: Vec<String> = Vec::new();
    let signs = signs(text)?;
    let mut rest = &signs[..];
    loop {
        while let [Sign::And | Sign::End, after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() {
            break;
        }
        let (rule, after) = rule(rest)?;
        rules.push(rule);
        rest = after;
    }
    (!rules.is_empty()).then(|| rules.join("; "))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// "tous", before it is known what follows.
    All,
    /// A comma, or "et".
    And,
    /// "jour", before it is known what stands beside it.
    AnyDay,
    Closed,
    Dash,
    Day(usize),
    /// A line or a part that ends.
    End,
    EveryDay,
    Holidays,
    /// A range of hours to some, one or the other to others.
    Slash,
    /// Minutes since midnight.
    Time(u16),
}

/// Reads one rule: days, then hours or that it is closed.
fn rule(signs: &[Sign]) -> Option<(String, &[Sign])> {
    let (mut days, mut rest) = (Vec::new(), signs);
    loop {
        rest = match rest {
            [Sign::Day(first), Sign::Dash, Sign::Day(last), after @ ..] => {
                days.push(format!("{}-{}", WEEK[*first], WEEK[*last]));
                after
            }
            [Sign::Day(day), after @ ..] => {
                days.push(WEEK[*day].to_owned());
                after
            }
            // "Tous les jours du lundi au vendredi" says two things: only a person knows which is meant.
            [Sign::EveryDay, Sign::Day(_), ..] => return None,
            [Sign::EveryDay, after @ ..] => {
                days.push("Mo-Su".to_owned());
                after
            }
            [Sign::Holidays, after @ ..] => {
                days.push("PH".to_owned());
                after
            }
            [Sign::And, Sign::Day(_) | Sign::Holidays, ..] if !days.is_empty() => &rest[1..],
            _ => break,
        };
    }
    if let [Sign::Closed, after @ ..] = rest {
        let days = if days.is_empty() {
            return None;
        } else {
            days.join(",")
        };
        return Some((format!("{days} off"), ended(after)?));
    }
    let mut times = Vec::new();
    loop {
        rest = match rest {
            [
                Sign::Time(from),
                Sign::Dash | Sign::Slash,
                Sign::Time(to),
                after @ ..,
            ] => {
                times.push(format!("{}-{}", clock(*from), clock(*to)));
                after
            }
            [Sign::And, Sign::Time(_), ..] if !times.is_empty() => &rest[1..],
            _ => break,
        };
    }
    let is_whole_week = matches!(signs, [Sign::EveryDay, ..]);
    let written = match (days.is_empty(), times.is_empty()) {
        (true, true) => return None,
        // "Open every day" says no hours, and is no slip of the pen.
        (false, true) if is_whole_week => return None,
        (false, true) => days.join(","),
        (true, false) => times.join(","),
        (false, false) => format!("{} {}", days.join(","), times.join(",")),
    };
    Some((written, ended(rest)?))
}

/// A rule ends where the text does, at a sign, or where the next days begin.
fn ended(rest: &[Sign]) -> Option<&[Sign]> {
    match rest {
        []
        | [
            Sign::And | Sign::Day(_) | Sign::End | Sign::EveryDay | Sign::Holidays,
            ..,
        ] => Some(rest),
        _ => None,
    }
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn signs(text: &str) -> Option<Vec<Sign>> {
    let mut signs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let (time, after) = time(rest)?;
            signs.push(Sign::Time(time));
            rest = after;
        } else if first.is_alphabetic() {
            let end = rest
                .find(|c: char| !c.is_alphabetic())
                .unwrap_or(rest.len());
            signs.extend(word(&folded(&rest[..end]))?);
            rest = &rest[end..];
        } else {
            match first {
                '-' | '–' | '—' | '→' => signs.push(Sign::Dash),
                '/' => signs.push(Sign::Slash),
                ',' | '&' | '+' => signs.push(Sign::And),
                ';' | '\n' | '|' => signs.push(Sign::End),
                ':' | '.' | '(' | ')' => {}
                blank if blank.is_whitespace() => {}
                _ => return None,
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    together(&signs)
}

/// Reads "tous les jours", "tous les mercredis" and "jours fériés", each of which is one sign. "Tous" alone says nothing of when.
fn together(signs: &[Sign]) -> Option<Vec<Sign>> {
    let mut read = Vec::new();
    let mut rest = signs;
    loop {
        rest = match rest {
            [] => return Some(read),
            [Sign::All, Sign::AnyDay, Sign::Holidays, after @ ..]
            | [Sign::All | Sign::AnyDay, Sign::Holidays, after @ ..] => {
                read.push(Sign::Holidays);
                after
            }
            [Sign::All, Sign::AnyDay, after @ ..] => {
                read.push(Sign::EveryDay);
                after
            }
            [Sign::All, Sign::Day(day), after @ ..] => {
                read.push(Sign::Day(*day));
                after
            }
            [Sign::All, ..] => return None,
            [Sign::AnyDay, after @ ..] => after,
            [sign, after @ ..] => {
                read.push(*sign);
                after
            }
        };
    }
}

/// Reads a word. Those that say nothing of when are passed over.
fn word(word: &str) -> Option<Option<Sign>> {
    let day = |day| Some(Some(Sign::Day(day)));
    match word {
        "lundi" | "lundis" | "lun" | "lu" | "mo" => day(0),
        "mardi" | "mardis" | "mar" | "ma" | "tu" => day(1),
        "mercredi" | "mercredis" | "mer" | "me" | "we" => day(2),
        "jeudi" | "jeudis" | "jeu" | "je" | "th" => day(3),
        "vendredi" | "vendredis" | "ven" | "ve" | "fr" => day(4),
        "samedi" | "samedis" | "sam" | "sa" => day(5),
        "dimanche" | "dimanches" | "dim" | "di" | "su" => day(6),
        "a" | "au" => Some(Some(Sign::Dash)),
        "et" => Some(Some(Sign::And)),
        "ferme" | "fermee" | "off" => Some(Some(Sign::Closed)),
        "feries" | "ph" => Some(Some(Sign::Holidays)),
        "midi" => Some(Some(Sign::Time(12 * 60))),
        "minuit" => Some(Some(Sign::Time(24 * 60))),
        "tous" => Some(Some(Sign::All)),
        "jour" | "jours" => Some(Some(Sign::AnyDay)),
        "de" | "des" | "du" | "le" | "les" | "horaires" | "ouvert" | "ouverte" | "ouverture"
        | "puis" => Some(None),
        _ => None,
    }
}

/// Reads `9h`, `9h30`, `9 h 30`, `9:30`, `9 heures`; a number alone is no time.
fn time(text: &str) -> Option<(u16, &str)> {
    let number = |text: &str| {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        (1..=2).contains(&end).then_some(end)
    };
    let end = number(text)?;
    let hour: u16 = text[..end].parse().ok()?;
    let rest = text[end..].trim_start_matches(BLANKS);
    let signs = ["heures", "heure", "h", "H", ":"];
    let sign = signs.into_iter().find(|sign| rest.starts_with(sign))?;
    let rest = &rest[sign.len()..];
    let after = rest.trim_start_matches(BLANKS);
    let (minute, rest) = match number(after) {
        // `9h 12h`: the second number is an hour of its own.
        Some(end) if end == 2 && !is_hour(&after[end..]) => {
            (after[..end].parse().ok()?, &after[end..])
        }
        _ if sign == ":" => return None,
        _ => (0, rest),
    };
    let at = hour * 60 + minute;
    (minute < 60 && at <= 24 * 60).then_some((at, rest))
}

fn is_hour(after: &str) -> bool {
    let rest = after.trim_start_matches(BLANKS);
    rest.starts_with(['h', 'H', ':'])
}

const BLANKS: [char; 3] = [' ', '\u{a0}', '\u{202f}'];
/// Longer texts are no hours of a desk.
const TEXT_BYTES_MAX: usize = 500;
