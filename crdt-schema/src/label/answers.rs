//! The answers of an application, criterion by criterion, as they stand in the one long text that people also read and edit by hand:
//! a line `[code] title` for each criterion, and the answer below it.

use std::collections::BTreeMap;

use crate::governance::Criterion;

/// The answers to the criteria of a scheme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// By the code of the criterion.
    pub by_criterion: BTreeMap<String, String>,
    /// What stands above the first criterion.
    pub general: String,
}

impl Answers {
    /// Finds the answers in a text. What belongs to no criterion of the scheme stays with what is above it.
    pub fn read(criteria: &[Criterion], text: &str) -> Self {
        let mut answers = Self::default();
        let mut under: Option<&str> = None;
        for line in text.lines() {
            if let Some(criterion) = named(criteria, line) {
                under = Some(criterion);
                continue;
            }
            let into = match under {
                Some(code) => answers.by_criterion.entry(code.to_owned()).or_default(),
                None => &mut answers.general,
            };
            if is_quoted(line) {
                into.push_str(&line[1..]);
            } else {
                into.push_str(line);
            }
            into.push('\n');
        }
        answers.general = answers.general.trim().to_owned();
        for answer in answers.by_criterion.values_mut() {
            *answer = answer.trim().to_owned();
        }
        answers.by_criterion.retain(|_, answer| !answer.is_empty());
        answers
    }

    /// Writes the text, in the order of the criteria.
    pub fn to_text(&self, criteria: &[Criterion]) -> String {
        let mut text = String::new();
        add(&mut text, &self.general);
        for criterion in criteria {
            let answer = self.by_criterion.get(&criterion.id);
            if let Some(answer) = answer.filter(|answer| !answer.trim().is_empty()) {
                text.push_str(&format!("[{}] {}\n", criterion.id, criterion.title));
                add(&mut text, answer);
            }
        }
        text.trim_end().to_owned()
    }
}

fn add(text: &mut String, answer: &str) {
    for line in answer.trim().lines() {
        // A line that could be read as the name of a criterion is set in.
        if line.trim_start_matches(' ').starts_with('[') {
            text.push(' ');
        }
        text.push_str(line);
        text.push('\n');
    }
    if !text.is_empty() {
        text.push('\n');
    }
}

fn is_quoted(line: &str) -> bool {
    line.starts_with(' ') && line.trim_start_matches(' ').starts_with('[')
}

/// The criterion that a line names: the one with the longest code, where one code begins with another and a bracket.
fn named<'c>(criteria: &'c [Criterion], line: &str) -> Option<&'c str> {
    let rest = line.strip_prefix('[')?;
    let codes = criteria.iter().map(|criterion| criterion.id.as_str());
    codes
        .filter(|code| {
            let after = rest.strip_prefix(*code);
            after.is_some_and(|after| after.starts_with(']'))
        })
        .max_by_key(|code| code.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn criteria() -> Vec<Criterion> {
        let criterion = |id: &str| Criterion {
            id: id.to_owned(),
            title: format!("La question [{id}]"),
            weight: 1,
            mandatory: false,
        };
        ["a", "a]b", "c"].map(criterion).into()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            general in "( {0,2}\\[?[ac]?\\]?.{0,5}\n?){0,4}",
            answers in prop::collection::btree_map(
                prop::sample::select(vec!["a", "a]b", "c"]),
                "( {0,2}\\[?(a|a\\]b)?\\]?.{0,5}\n?){0,4}",
                0..3,
            ),
        ) {
            // Line ends of other systems are made one before: `lines` would take them away.
            let tidy = |text: &str| {
                let text = text.replace('\r', "");
                text.trim().to_owned()
            };
            let by_criterion = answers.into_iter().map(|(code, text)| (code.to_owned(), tidy(&text)));
            let answers = Answers {
                by_criterion: by_criterion.filter(|(_, text)| !text.is_empty()).collect(),
                general: tidy(&general),
            };
            let text = answers.to_text(&criteria());
            prop_assert_eq!(Answers::read(&criteria(), &text), answers);
        }
    }

    #[test]
    fn a_text_written_by_hand_is_read_as_far_as_it_names_criteria() {
        let text = "Bonjour.\n[c] peu importe\nOui\n\n[d] inconnu\n[a]\n[a]b] deux\nNon";
        let answers = Answers::read(&criteria(), text);
        assert_eq!(answers.general, "Bonjour.");
        assert_eq!(answers.by_criterion["c"], "Oui\n\n[d] inconnu");
        assert_eq!(answers.by_criterion["a]b"], "Non");
        assert_eq!(answers.by_criterion.len(), 2);
    }
}
