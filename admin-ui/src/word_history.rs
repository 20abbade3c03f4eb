//! How a vocabulary came to be as it is: who changed a term, when, and what it was before, for the page and for the command. Nothing of it
//! is stored: it is read from the acts that are held, those that count for nothing among them.

use crdt_schema::governance::{Act, SignedAct};
use crdt_schema::id::ItemId;
use crdt_schema::record::Vocabulary;
use crdt_schema::time::Timestamp;
use crdt_schema::vocabulary::{Declaration, Declared, DeclaredTerm, Standing, Words};
use replica::{Became, Fault, Reader, Replica, State};

use crate::i18n::Language;

/// A change of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordChange {
    /// The act that declares it.
    pub act: ItemId,
    /// When, by what its author claims.
    pub claimed: Timestamp,
    /// Who, by name; nothing where nobody enrolled the author.
    pub partner: Option<String>,
    /// The term, by its code.
    pub code: String,
    /// What it was, in words: several where coordinators had worded it apart; nothing for a new term.
    pub before: Vec<String>,
    /// What it became, in words.
    pub after: String,
    /// What became of the act.
    pub standing: WordStanding,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordStanding {
    /// The term is so now.
    InForce,
    /// The act counts for nothing.
    Nothing,
    /// A later act stands in its place.
    Replaced,
}

impl WordStanding {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            WordStanding::InForce => "in_force",
            WordStanding::Nothing => "nothing",
            WordStanding::Replaced => "replaced",
        }
    }
}

/// Returns the changes of a vocabulary, the newest first. For reading only: what is in force never depends on the times.
pub fn of(
    language: Language,
    (replica, reader): (&Replica, &Reader),
    vocabulary: &'static Vocabulary,
) -> Result<Vec<WordChange>, Fault> {
    let held: Vec<(ItemId, SignedAct, Declaration, DeclaredTerm)> = {
        let state = replica.state();
        let acts = state.acts().iter();
        let declared = acts.filter_map(|(id, signed)| {
            let (declaration, term) = declared(signed)?;
            (term.vocabulary == vocabulary.code).then(|| (*id, signed.clone(), declaration, term))
        });
        declared.collect()
    };
    let mut changes = Vec::new();
    for (id, signed, declaration, term) in held {
        let Some(entry) = reader.entry(&signed.entry)? else {
            continue;
        };
        let state = replica.state();
        let author = state.feeds().owner(&signed.entry);
        changes.push(WordChange {
            act: id,
            claimed: entry.header().claimed,
            partner: author.map(|partner| state.partner_name(&partner)),
            before: before(language, &state, vocabulary, (&declaration, &term.code)),
            after: said(language, state.governance().words(), vocabulary, &term),
            code: term.code,
            standing: standing(&state, (&id, &signed), &declaration.declared),
        });
    }
    changes.sort_by_key(|change| std::cmp::Reverse((change.claimed, change.act)));
    Ok(changes)
}

/// What an act declares of a term.
fn declared(signed: &SignedAct) -> Option<(Declaration, DeclaredTerm)> {
    let Act::Vocabulary { scheme: None, body } = &signed.act else {
        return None;
    };
    let declaration = Declaration::read(body)?;
    match declaration.declared.clone() {
        Declared::Term(term) => Some((declaration, term)),
        _ => None,
    }
}

fn standing(
    state: &State,
    (id, signed): (&ItemId, &SignedAct),
    declared: &Declared,
) -> WordStanding {
    if !state.became(id, signed).is_some_and(Became::counts) {
        return WordStanding::Nothing;
    }
    match state.governance().words().in_force(declared).contains(id) {
        true => WordStanding::InForce,
        false => WordStanding::Replaced,
    }
}

/// What the acts that it replaces had said; of the first one, what the term is called in this version.
fn before(
    language: Language,
    state: &State,
    vocabulary: &'static Vocabulary,
    (declaration, code): (&Declaration, &str),
) -> Vec<String> {
    let words = state.governance().words();
    let earlier = declaration.replaces.iter();
    let earlier = earlier.filter_map(|id| declared(state.acts().get(id)?));
    let earlier =
        earlier.filter(|(_, term)| term.vocabulary == vocabulary.code && term.code == code);
    let said: Vec<String> = earlier
        .map(|(_, term)| said(language, words, vocabulary, &term))
        .collect();
    if !said.is_empty() || !declaration.replaces.is_empty() {
        return said;
    }
    let shipped = vocabulary.term(code).into_iter();
    shipped
        .map(|term| format!("{} / {}", term.wording.fr, term.wording.en))
        .collect()
}

/// Says a term in one line: its words in both languages, and what else was declared of it.
fn said(
    language: Language,
    words: &Words,
    vocabulary: &'static Vocabulary,
    term: &DeclaredTerm,
) -> String {
    let (fr, en) = (
        term.wording.in_language("fr"),
        term.wording.in_language("en"),
    );
    let called = |code: &str| {
        let known = words.term(vocabulary, code);
        known.map_or_else(
            || code.to_owned(),
            |term| term.in_language(language.tag()).to_owned(),
        )
    };
    let mut parts = vec![format!("{fr} / {en}")];
    if let Some(broader) = &term.broader {
        let values = [("term", called(broader).into())];
        parts.push(language.text_with("words-history-under", &values));
    }
    match &term.standing {
        Standing::Current => {}
        Standing::Deprecated { successor: None } => parts.push(language.text("words-deprecated")),
        Standing::Deprecated {
            successor: Some(successor),
        } => {
            let values = [("successor", called(successor).into())];
            parts.push(language.text_with("words-deprecated-for", &values));
        }
    }
    if !term.data_inclusion.is_empty() {
        parts.push(format!("data·inclusion {}", term.data_inclusion.join(", ")));
    }
    parts.join(" ; ")
}
