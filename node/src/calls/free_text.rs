//! Free text that a command signs: a mail or a phone in it is found before.

use crdt_schema::cbor::Tree;
use crdt_schema::governance::{Act, Amendment};
use crdt_schema::personal::traces;

use crate::call::Refusal;

/// Refuses a text of a statement or of a record that holds what may be a person's.
pub(super) fn check<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<(), Refusal> {
    for text in texts {
        if let Some(found) = traces(text).first() {
            let message = format!(
                "{:?} is a way to reach somebody, and all partners read this text: take it out, or say on the pages of the node that it is the organisation's",
                found.text
            );
            return Err(Refusal::new("text_personal", message));
        }
    }
    Ok(())
}

/// Returns what a text of an act holds that nothing could erase.
pub(crate) fn in_act(act: &Act) -> Option<String> {
    let mut texts = Vec::new();
    match act {
        Act::Enrol { name, .. } => texts.push(name.as_str()),
        Act::Erase(erasure) => texts.push(&erasure.ground),
        Act::LabelWithdraw { reason, .. } => texts.push(reason),
        Act::Moderate(body) => gather(body, &mut texts),
        Act::Vocabulary { scheme, body } => {
            gather(body, &mut texts);
            if let Some(scheme) = scheme {
                texts.extend(scheme.texts());
            }
        }
        Act::Cut { .. }
        | Act::Descope { .. }
        | Act::LabelIssue { .. }
        | Act::Mandate { .. }
        | Act::Root { .. }
        | Act::Suspend { .. }
        | Act::Unknown => {}
    }
    first(texts)
}

/// Returns what a text of a charter holds that nothing could erase.
pub(crate) fn in_charter(amendments: &[Amendment]) -> Option<String> {
    first(amendments.iter().flat_map(Amendment::texts))
}

fn first<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<String> {
    let mut found = texts.into_iter().flat_map(traces);
    found.next().map(|trace| trace.text.to_owned())
}

fn gather<'t>(tree: &'t Tree, texts: &mut Vec<&'t str>) {
    match tree {
        Tree::Text(text) => texts.push(text),
        Tree::List(values) => values.iter().for_each(|value| gather(value, texts)),
        Tree::Map(values) => values.iter().for_each(|(_, value)| gather(value, texts)),
        Tree::Boolean(_) | Tree::Bytes(_) | Tree::Integer(_) | Tree::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use crdt_schema::governance::Erasure;

    use super::*;

    #[test]
    fn the_text_of_an_act_is_looked_at_whole() {
        let erasure = |ground: &str| {
            Act::Erase(Erasure {
                ground: ground.to_owned(),
                ..Erasure::default()
            })
        };
        assert_eq!(in_act(&erasure("demande de la personne")), None);
        let found = in_act(&erasure("demande de camille@exemple.example"));
        assert_eq!(found.as_deref(), Some("camille@exemple.example"));
        let word = Tree::Text("appeler le 06 39 98 00 01".to_owned());
        let body = Tree::Map([("mot".to_owned(), Tree::List(vec![word]))].into());
        let found = in_act(&Act::Vocabulary { scheme: None, body });
        assert_eq!(found.as_deref(), Some("06 39 98 00 01"));
    }
}
