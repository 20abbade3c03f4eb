//! Languages of the pages: French first, then English. Messages live in `locales/<language>/*.ftl`; a test holds the two languages
//! against each other and against the code and templates that use them.

use std::sync::LazyLock;

use crdt_schema::time::Timestamp;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::Embed;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
}

#[derive(Embed)]
#[folder = "src/locales"]
struct Files;

impl Language {
    /// All languages, in the order of preference.
    pub(crate) const ALL: [Language; 2] = [Language::French, Language::English];

    /// Returns the tag of BCP 47.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::French => "fr",
        }
    }

    /// Reads a tag; a region after it is ignored.
    pub(crate) fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?;
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// Returns the language that `Accept-Language` likes best; French when it names none of ours.
    pub(crate) fn negotiate(accepted: &str) -> Self {
        let mut best = (0, Language::French);
        for range in accepted.split(',').take(ACCEPTED_RANGES_MAX) {
            let mut parts = range.split(';');
            let language = parts.next().and_then(|tag| Self::parse(tag.trim()));
            let weight = parts.next().map_or(Some(1000), weight);
            if let (Some(language), Some(weight)) = (language, weight)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// Returns a message.
    pub(crate) fn text(self, key: &str) -> String {
        self.text_with(key, &[])
    }

    /// Returns a message with its values. A key without a message is shown as it is; a test finds all of them.
    pub(crate) fn text_with(self, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        let bundle = self.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let args: FluentArgs<'_> = values.iter().cloned().collect();
        bundle
            .format_pattern(pattern, Some(&args), &mut Vec::new())
            .into_owned()
    }

    /// Writes a number with its thousands apart.
    pub(crate) fn number(self, number: u64) -> String {
        let separator = match self {
            Language::English => ',',
            Language::French => '\u{202f}',
        };
        grouped(&number.to_string(), separator)
    }

    /// Writes a day (UTC) in words, or the bare instant when no calendar reaches it.
    pub(crate) fn day(self, instant: Timestamp) -> String {
        instant
            .date()
            .map_or_else(|| instant.to_string(), |date| self.date(&date))
    }

    /// Writes the day and the time of day of an instant, in universal time.
    pub(crate) fn moment(self, instant: Timestamp) -> String {
        let written = instant.to_string();
        let (Some(hour), Some(minute), Some(_)) =
            (written.get(11..13), written.get(14..16), instant.date())
        else {
            return written;
        };
        let values = [
            ("day", self.day(instant).into()),
            ("hour", hour.to_owned().into()),
            ("minute", minute.to_owned().into()),
        ];
        self.text_with("moment-in-words", &values)
    }

    /// Writes a civil date, `AAAA-MM-JJ`, in words; any other text as it is.
    pub(crate) fn date(self, date: &str) -> String {
        let words = || {
            let [year, month, day] = split_date(date)?;
            let month = month
                .parse()
                .ok()
                .filter(|month| (1..=12).contains(month))?;
            let month = self.month(month);
            let day: u64 = day.parse().ok()?;
            let values = [
                ("day", day.into()),
                ("month", month.into()),
                ("year", year.into()),
            ];
            Some(self.text_with("day-in-words", &values))
        };
        words().unwrap_or_else(|| date.to_owned())
    }

    /// Names a month, from 1; nothing for a number that is none.
    pub(crate) fn month(self, month: usize) -> String {
        let key = month.checked_sub(1).and_then(|place| MONTHS.get(place));
        key.map_or_else(String::new, |key| self.text(key))
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        static FRENCH: LazyLock<FluentBundle<FluentResource>> =
            LazyLock::new(|| load(Language::French));
        static ENGLISH: LazyLock<FluentBundle<FluentResource>> =
            LazyLock::new(|| load(Language::English));
        match self {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        }
    }
}

/// Ranges of `Accept-Language` that are read: browsers send fewer than ten.
const ACCEPTED_RANGES_MAX: usize = 20;

const MONTHS: [&str; 12] = [
    "month-january",
    "month-february",
    "month-march",
    "month-april",
    "month-may",
    "month-june",
    "month-july",
    "month-august",
    "month-september",
    "month-october",
    "month-november",
    "month-december",
];

/// Reads `q=0.8` as 800.
fn weight(parameter: &str) -> Option<u32> {
    let number = parameter.trim().strip_prefix("q=")?;
    let value: f32 = number.parse().ok()?;
    // A cast of a float saturates, and reads what is no number as 0.
    (0.0..=1.0)
        .contains(&value)
        .then_some((value * 1000.0) as u32)
}

fn split_date(date: &str) -> Option<[&str; 3]> {
    let mut parts = date.splitn(3, '-');
    Some([parts.next()?, parts.next()?, parts.next()?])
}

fn grouped(digits: &str, separator: char) -> String {
    let mut text = String::with_capacity(digits.len() * 2);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

fn load(language: Language) -> FluentBundle<FluentResource> {
    let tag = language.tag().parse().expect("our tags are tags");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Pages isolate what comes from others with `bdi`; marks inside texts would show up in titles and copies.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        Language::English => |value, _| format_number(value, Language::English),
        Language::French => |value, _| format_number(value, Language::French),
    }));
    let folder = format!("{}/", language.tag());
    for path in Files::iter().filter(|path| path.starts_with(&folder)) {
        let file = Files::get(&path).expect("listed above");
        let text = String::from_utf8_lossy(&file.data).into_owned();
        // A message that does not read, or is there twice, is left out: the test of messages finds it.
        let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, _)| resource);
        if bundle.add_resource(resource).is_err() {
            tracing::error!(file = %path, "a message is defined twice");
        }
    }
    bundle
}

fn format_number(value: &FluentValue<'_>, language: Language) -> Option<String> {
    match value {
        FluentValue::Number(number) if number.value >= 0.0 && number.value.fract() == 0.0 => {
            Some(language.number(number.value as u64))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_language_is_taken_and_french_when_in_doubt() {
        for (accepted, expected) in [
            ("", Language::French),
            ("de", Language::French),
            ("en", Language::English),
            ("en-GB,fr;q=0.9", Language::English),
            ("fr-FR,fr;q=0.9,en;q=0.8", Language::French),
            ("de, en;q=0.5, fr;q=0.4", Language::English),
            ("en;q=0, fr;q=0.1", Language::French),
            ("en;q=NaN", Language::French),
            ("en;q=2", Language::French),
            ("en;q=-1", Language::French),
            (";;;,,,q=", Language::French),
        ] {
            assert_eq!(Language::negotiate(accepted), expected, "{accepted}");
        }
        let many = "de,".repeat(ACCEPTED_RANGES_MAX - 1) + "en";
        assert_eq!(Language::negotiate(&many), Language::English);
        let more = "de,".repeat(ACCEPTED_RANGES_MAX) + "en";
        assert_eq!(Language::negotiate(&more), Language::French);
    }

    #[test]
    fn numbers_and_days_are_written_for_the_reader() {
        assert_eq!(Language::French.number(0), "0");
        assert_eq!(Language::French.number(999), "999");
        assert_eq!(Language::French.number(1_000), "1\u{202f}000");
        assert_eq!(Language::English.number(1_234_567), "1,234,567");
        let day = Timestamp::from_millis(1_764_000_000_000);
        assert_eq!(Language::French.day(day), "24 novembre 2025");
        assert_eq!(Language::English.day(day), "24 November 2025");
        assert_eq!(
            Language::French.day(Timestamp::from_millis(0)),
            "1er janvier 1970"
        );
        assert_eq!(
            Language::French.moment(day),
            "24 novembre 2025, 16\u{a0}h\u{a0}00 (UTC)"
        );
        assert_eq!(
            Language::English.moment(day),
            "24 November 2025, 16:00 (UTC)"
        );
        let never = Timestamp::from_millis(i64::MAX);
        assert_eq!(Language::French.moment(never), i64::MAX.to_string());
        assert_eq!(Language::French.day(never), i64::MAX.to_string());
    }
}
