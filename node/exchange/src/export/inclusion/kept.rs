//! What only their schema has a place for: an import keeps it beside our fields, as `x_…`, and a federation may declare such fields of its
//! own. It leaves in the form that they take, or is left out and said.

use std::collections::BTreeSet;

use crdt_schema::draft::{cut, tidy};
use crdt_schema::personal::traces;
use crdt_schema::register::link;
use crdt_schema::vocabulary::InclusionList;
use serde_json::{Number, json};

use crate::export::fields::said;
use crate::export::inclusion::Work;
use crate::export::inclusion::texts::is_uri;

impl Work<'_> {
    /// The page at the source, of a structure and of a service.
    pub(super) fn source_page(&mut self) {
        let Some(text) = self.kept_line("x_lien_source") else {
            return;
        };
        match link(&text).accepted() {
            Some(address) if is_uri(address) => self.put("lien_source", json!(address)),
            _ => self.notice("link_unfit", "lien_source", &text),
        }
    }

    /// Who can send somebody to a service and how, and how long it takes.
    pub(super) fn mobilisation(&mut self) {
        // What an import kept before the form asked for it.
        if !self.described.values.contains_key("mobilisable_par") {
            let words = self.kept_line("x_mobilisable_par").unwrap_or_default();
            let mut values = BTreeSet::new();
            for word in cut(&words) {
                match InclusionList::Mobiliser.value(&word) {
                    Some(value) => drop(values.insert(value)),
                    None => self.notice("value_unknown", "mobilisable_par", &word),
                }
            }
            let values: Vec<_> = values.into_iter().collect();
            self.list("mobilisable_par", &values);
        }
        if let Some(text) = self.kept_line("x_mobilisation_precisions") {
            // A field of partners only, until here: nobody has looked at it for everybody's eyes.
            match traces(&text).is_empty() {
                true => self.put("mobilisation_precisions", json!(text)),
                false => self.notice("contact_in_text", "mobilisation_precisions", &text),
            }
        }
        if let Some(text) = self.kept_line("x_volume_horaire_hebdomadaire") {
            let hours = text.replace(',', ".").parse::<f64>().ok();
            let hours = hours.filter(|hours| *hours >= 0.0);
            match hours.and_then(Number::from_f64) {
                Some(hours) => self.put("volume_horaire_hebdomadaire", json!(hours)),
                None => self.notice("number_unfit", "volume_horaire_hebdomadaire", &text),
            }
        }
        if let Some(text) = self.kept_line("x_nombre_semaines") {
            match text.parse::<u32>().ok().filter(|weeks| *weeks >= 1) {
                Some(weeks) => self.put("nombre_semaines", json!(weeks)),
                None => self.notice("number_unfit", "nombre_semaines", &text),
            }
        }
    }

    /// What a field beside ours says, in one line. One that the federation declared leaves only where it is public.
    fn kept_line(&self, name: &str) -> Option<String> {
        let own = self.words.field(self.view.kind(), name);
        if own.is_some_and(|own| !own.is_public) {
            return None;
        }
        let shape = own.map(|own| own.shape.shape());
        let text = said(shape.as_ref(), self.view.field(name)?);
        let words: Vec<_> = text.split_whitespace().collect();
        Some(tidy(&words.join(" "))).filter(|line| !line.is_empty())
    }
}
