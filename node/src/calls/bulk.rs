//! One change in all records that a search finds.

use admin_ui::files::{Bulk, BulkChange, BulkError, BulkReport, Request, may_change_many};
use crdt_schema::draft::{self, Context, Wanted, shown_set};
use crdt_schema::record::{Kind, Shape};
use crdt_schema::register::Territories;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::call::{Outcome, Refusal};
use crate::calls::free_text;
use crate::calls::records::Question;
use crate::clock;

/// See `maillage bulk`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BulkAsk {
    /// The field.
    pub(crate) field: String,
    /// The value; several of a field that holds several.
    pub(crate) values: Vec<String>,
    /// The kind of the records.
    pub(crate) kind: String,
    /// What they are searched by.
    pub(crate) text: String,
    /// Only records with these terms: facet and term.
    pub(crate) facets: Vec<(String, String)>,
    /// What becomes of the field.
    pub(crate) how: BulkHow,
    /// How many records were shown to be changed. Without it, nothing is.
    pub(crate) seen: Option<u64>,
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BulkHow {
    /// The values stand beside the others.
    Add,
    /// Nothing is left.
    Clear,
    /// The values stand in the place of what is there.
    Put,
    /// The others stay.
    Remove,
}

/// Says what the change would do, or does it.
pub(crate) fn bulk(app: &App, ask: &BulkAsk) -> Outcome {
    let kind = Kind::parse(&ask.kind).ok_or_else(|| {
        let message = format!(
            "there is no kind \"{}\": see `maillage bulk --help`",
            ask.kind
        );
        Refusal::new("kind_unknown", message)
    })?;
    let change = change(app, kind, ask)?;
    let question = Question {
        text: ask.text.clone(),
        facets: ask.facets.clone(),
        withdrawn: false,
    };
    let query = question.to_query()?;
    let bulk = Bulk {
        query: &query,
        kind,
        field: &ask.field,
        change: &change,
    };
    let looked = bulk
        .dry_run(&app.replica)
        .map_err(|error| refusal(&error))?;
    let report = match ask.seen {
        None => looked,
        Some(seen) if seen != looked.changed => {
            let now = looked.changed;
            return Err(refusal(&BulkError::NotAsSeen { seen, now }));
        }
        Some(_) => {
            let local = app.local()?;
            let title = format!("Modification en lot\u{a0}: {}", ask.field);
            let request = Request {
                by: "",
                at: clock::now(),
            };
            let signed = bulk.run((&app.replica, &local), &title, request);
            signed.map_err(|error| refusal(&error))?
        }
    };
    Ok(answer(ask, &report))
}

fn change(app: &App, kind: &'static Kind, ask: &BulkAsk) -> Result<BulkChange, Refusal> {
    let words = app.replica.state().governance().words().clone();
    let field = words.any_field(kind.code, &ask.field);
    let field = field.filter(|field| may_change_many(*field));
    let shape = field.map(|field| field.shape()).ok_or_else(|| {
        let message = format!(
            "many records cannot have one \"{}\": give a field of {} that is no name, number, place or long text",
            ask.field, kind.code
        );
        Refusal::new("field_not_for_many", message)
    })?;
    if ask.how == BulkHow::Clear {
        return Ok(BulkChange::Put(Wanted::Nothing));
    }
    if matches!(
        shape,
        Shape::LongText | Shape::OpeningHours | Shape::Text | Shape::Words
    ) {
        free_text::check(ask.values.iter().map(String::as_str))?;
    }
    let text = shown_set(ask.values.iter().map(String::as_str));
    let context = Context {
        words: &words,
        ..Context::of(Territories::shared())
    };
    let reading = draft::read(&shape, &text, &context);
    let suggestion = reading
        .suggestion
        .map(|text| format!(": do you mean \"{text}\"?"));
    let wanted = reading.outcome.into_accepted().ok_or_else(|| {
        let message = format!(
            "\"{text}\" is no value of {}{}",
            ask.field,
            suggestion.unwrap_or_default()
        );
        Refusal::new("value_unreadable", message)
    })?;
    match (ask.how, wanted) {
        (_, Wanted::Nothing) => Err(Refusal::new(
            "value_missing",
            "give the value, or --clear to empty the field",
        )),
        (BulkHow::Add, Wanted::Terms(terms)) => Ok(BulkChange::Add(terms)),
        (BulkHow::Remove, Wanted::Terms(terms)) => Ok(BulkChange::Remove(terms)),
        (BulkHow::Add | BulkHow::Remove, _) => Err(Refusal::new(
            "field_is_one_value",
            "this field holds one value: leave --add and --remove out",
        )),
        (_, wanted) => Ok(BulkChange::Put(wanted)),
    }
}

fn answer(ask: &BulkAsk, report: &BulkReport) -> Json {
    let examples = report.examples.iter().map(|one| {
        json!({
            "record": one.record.to_string(),
            "name": one.name,
            "before": one.before.shown(),
            "after": one.after.shown(),
        })
    });
    let mut answer = json!({
        "changed": report.changed,
        "unchanged": report.unchanged,
        "conflicts": report.conflicts,
        "outside": report.outside,
        "examples": examples.collect::<Vec<_>>(),
        "import": report.number,
    });
    if ask.seen.is_none() {
        answer["says"] = json!([{
            "title": format!("change {} in {} records", ask.field, report.changed),
            "meaning": "ordinary edits, which `maillage imports undo` takes back together",
            "facts": facts(report),
        }]);
    }
    answer
}

fn facts(report: &BulkReport) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = report
        .examples
        .iter()
        .map(|one| {
            let [before, after] = [&one.before, &one.after].map(Wanted::shown);
            (
                one.name.clone(),
                format!("\"{before}\" becomes \"{after}\""),
            )
        })
        .collect();
    let more = report.changed - report.examples.len() as u64;
    for (count, what) in [
        (more, "more, not shown"),
        (report.unchanged, "say so already"),
        (report.conflicts, "are in conflict there, and stay"),
        (report.outside, "are outside your mandate, and stay"),
    ] {
        if count > 0 {
            facts.push((what.to_owned(), count.to_string()));
        }
    }
    facts
}

fn refusal(error: &BulkError) -> Refusal {
    Refusal::new(error.code(), error.to_string())
}
