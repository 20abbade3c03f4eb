//! One change in all records that a search finds: the field, what becomes of it, what that would do, and only then the signatures.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::draft::Wanted;
use crdt_schema::record::{Kind, Shape};
use crdt_schema::vocabulary::{AnyField, Lexicon};

use crate::app::{App, blocking};
use crate::error::{PageError, page};
use crate::files::{
    Bulk, BulkChange, BulkError, BulkExample, BulkReport, Request, may_change_many,
};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::Asked as Question;
use crate::pages::census::refusal_key;
use crate::pages::free_text::{self, Keep};
use crate::pages::record_form::{Asked, Chosen, Input, Links, Typed, chosen};
use crate::parts::{Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

const PLACE: &str = "/recensement/lot";
/// How an address names the field.
const FIELD: &str = "champ";
/// How an address names the bulk edit that was just signed.
const DONE: &str = "fait";
/// How a form names what becomes of the field.
const HOW: &str = "comment";
/// How a form says how many records the person saw to be changed.
const SEEN: &str = "vues";

#[derive(Template)]
#[template(path = "bulk.html")]
struct BulkPage {
    layout: Layout,
    /// The list that it started from.
    list: String,
    stage: Stage,
}

/// How far the person is.
enum Stage {
    Kind(Vec<(String, String)>),
    Field {
        hidden: Vec<(String, String)>,
        fields: Vec<(String, String)>,
        found: String,
    },
    Change(Box<Change>),
    Look(Box<Look>),
    Done {
        text: String,
        undo: Option<String>,
    },
}

struct Change {
    action: String,
    token: String,
    summary: Summary,
    ways: Vec<Way>,
    input: Input,
    keep: Keep,
}

struct Way {
    code: &'static str,
    label: String,
    is_chosen: bool,
}

struct Look {
    action: String,
    token: String,
    /// What was typed, carried along.
    sent: Vec<(String, String)>,
    lead: String,
    notes: Vec<String>,
    /// Link, name, before and after.
    rows: Vec<(String, String, String, String)>,
    more: Option<String>,
    button: Option<String>,
    back: String,
    has_changed: bool,
}

/// What an address asks for, once its words are known.
struct Target<'a> {
    language: Language,
    lexicon: &'a Lexicon,
    question: Question,
    kind: &'static Kind,
    field: AnyField<'a>,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route(PLACE, get(form).post(send))
}

async fn form(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let query = query.unwrap_or_default();
    let asked = Question::read(&query);
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let stage = match Question::value(&query, DONE).and_then(|number| number.parse().ok()) {
        Some(number) => done(&app, visit.language, number).await,
        None => stage(&app, &visit, &lexicon, (&query, &asked)).await,
    };
    let stage = stage.map_err(IntoResponse::into_response)?;
    let shown = shown(&visit, StatusCode::OK, &asked, stage);
    shown.map_err(IntoResponse::into_response)
}

async fn send(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { person, .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let visit = &form.visit;
    visit.writer().map_err(IntoResponse::into_response)?;
    let query = query.unwrap_or_default();
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let target = Target::read(visit.language, &lexicon, &query);
    let target = target.ok_or_else(|| PageError::NotFound.into_response())?;
    let done = target.take(&app, &form, person.account.name.as_str()).await;
    done.map_err(IntoResponse::into_response)
}

fn shown(
    visit: &Visit,
    status: StatusCode,
    asked: &Question,
    stage: Stage,
) -> Result<Response, PageError> {
    let view = BulkPage {
        layout: visit.layout(visit.language.text("bulk-heading")),
        list: asked.href(|_| ()),
        stage,
    };
    page(status, &view)
}

/// Says what was signed. Nothing has the number 0.
async fn done(app: &App, language: Language, number: u64) -> Result<Stage, PageError> {
    let run = match number {
        0 => None,
        _ => {
            let run = app.local(move |local| local.import_run(number)).await?;
            Some(run.ok_or(PageError::NotFound)?)
        }
    };
    let count = run.as_ref().and_then(|run| run.ended);
    let count = count.map_or(0, |(_, changed)| changed);
    Ok(Stage::Done {
        text: language.text_with("bulk-done", &[("count", count.into())]),
        undo: run.map(|run| format!("/importer/faits/{}", run.number)),
    })
}

/// What a person is asked next.
async fn stage(
    app: &App,
    visit: &Visit,
    lexicon: &Lexicon,
    (query, asked): (&str, &Question),
) -> Result<Stage, PageError> {
    let language = visit.language;
    let Some(kind) = asked.kind.as_deref().and_then(Kind::parse) else {
        let offered = wording::offered_kinds(language, visit.profile());
        let links = offered.into_iter().map(|kind| {
            let address = asked.to_address(|asked| asked.kind = Some(kind.code.to_owned()));
            (format!("{PLACE}?{address}"), kind.many)
        });
        return Ok(Stage::Kind(links.collect()));
    };
    if let Some(target) = Target::read(language, lexicon, query) {
        let mut typed = Typed::new();
        let asked = target.asked();
        let links = Links::read(app, &asked, Chosen::new(), &mut typed, &Typed::new()).await?;
        return Ok(target.change(visit, (&typed, &links), "", Vec::new()));
    }
    let replica = Arc::clone(&app.census()?.replica);
    let counted = asked.to_query(app.today());
    let total = match blocking(move || replica.search(&counted)).await? {
        Ok(answer) => answer.total,
        Err(replica::search::Error::Refused(_)) => 0,
        Err(replica::search::Error::Fault(fault)) => return Err(PageError::Fault(fault.into())),
    };
    let mut hidden = asked.hidden_fields();
    hidden.push(("q".to_owned(), asked.text.clone()));
    let fields = lexicon
        .fields(kind)
        .into_iter()
        .filter(|field| may_change_many(*field));
    let tag = language.tag();
    Ok(Stage::Field {
        hidden,
        fields: fields
            .map(|field| (field.name().to_owned(), field.label(tag).to_owned()))
            .collect(),
        found: language.text_with("census-found", &[("count", total.into())]),
    })
}

fn is_set(field: AnyField<'_>) -> bool {
    field.shape().is_set()
}

impl<'a> Target<'a> {
    fn read(language: Language, lexicon: &'a Lexicon, query: &str) -> Option<Self> {
        let question = Question::read(query);
        let kind = question.kind.as_deref().and_then(Kind::parse)?;
        let name = Question::value(query, FIELD)?;
        let mut fields = lexicon.fields(kind).into_iter();
        let field = fields.find(|field| field.name() == name && may_change_many(*field))?;
        Some(Self {
            language,
            lexicon,
            question,
            kind,
            field,
        })
    }

    fn action(&self) -> String {
        let address = self.question.to_address(|_| ());
        format!("{PLACE}?{address}&{FIELD}={}", self.field.name())
    }

    fn label(&self) -> String {
        self.field.label(self.language.tag()).to_owned()
    }

    fn asked(&self) -> Asked<'a> {
        Asked::one(self.language, self.lexicon, (self.kind, self.field))
    }

    fn change(
        &self,
        visit: &Visit,
        (typed, links): (&Typed, &Links),
        how: &str,
        problems: Vec<Problem>,
    ) -> Stage {
        let ways: &[(&str, &str)] = match is_set(self.field) {
            true => &[
                ("add", "bulk-add"),
                ("remove", "bulk-remove"),
                ("put", "bulk-put"),
                ("clear", "bulk-clear"),
            ],
            false => &[("put", "bulk-put"), ("clear", "bulk-clear")],
        };
        let chosen = match ways.iter().any(|(code, _)| *code == how) {
            true => how,
            false => ways[0].0,
        };
        let ways = ways.iter().map(|&(code, key)| Way {
            code,
            label: self.language.text(key),
            is_chosen: code == chosen,
        });
        Stage::Change(Box::new(Change {
            action: self.action(),
            token: visit.form_token(),
            ways: ways.collect(),
            keep: Keep::of(
                self.language,
                typed
                    .get(self.field.name())
                    .into_iter()
                    .flatten()
                    .map(String::as_str),
            ),
            input: self.asked().input(self.field, typed, links, &problems),
            summary: Summary::new(self.language, problems),
        }))
    }

    /// Reads what the person wants.
    fn wanted(&self, how: &str, typed: &Typed, links: &Links) -> Result<BulkChange, Problem> {
        if how == "clear" {
            return Ok(BulkChange::Put(Wanted::Nothing));
        }
        let wanted = self.asked().read_field(self.field, typed, &[], links)?;
        match (how, wanted) {
            (_, Wanted::Nothing) => Err(Problem::new(
                self.field.name(),
                self.language.text("bulk-value-missing"),
            )),
            ("add", Wanted::Terms(terms)) => Ok(BulkChange::Add(terms)),
            ("remove", Wanted::Terms(terms)) => Ok(BulkChange::Remove(terms)),
            (_, wanted) => Ok(BulkChange::Put(wanted)),
        }
    }

    /// Says that the value holds what may be a person's, unless the form says that it is not.
    fn personal(&self, form: &SentForm, typed: &Typed) -> Option<Problem> {
        let is_text = matches!(
            self.field.shape(),
            Shape::LongText | Shape::OpeningHours | Shape::Text | Shape::Words
        );
        let name = self.field.name();
        let text = typed.get(name).filter(|_| is_text)?.join(" ");
        free_text::problem(self.language, form, name, &text)
    }

    async fn take(&self, app: &App, form: &SentForm, by: &str) -> Result<Response, PageError> {
        let (visit, how) = (&form.visit, form.text(HOW));
        let asked = self.asked();
        let mut typed = asked.typed(form);
        let chosen = chosen(form, &asked);
        let links = Links::read(app, &asked, chosen, &mut typed, &Typed::new()).await?;
        let personal = self.personal(form, &typed);
        let wanted = self.wanted(how, &typed, &links);
        let change = match personal.map_or(wanted, Err) {
            Ok(change) => change,
            Err(problem) => {
                let stage = self.change(visit, (&typed, &links), how, vec![problem]);
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return shown(visit, status, &self.question, stage);
            }
        };
        let seen: Option<u64> = form.text(SEEN).parse().ok();
        let looked = self.looked(app, &change).await?;
        let report = match looked {
            Ok(report) => report,
            Err(text) => {
                let problem = Problem::new(self.field.name(), text);
                let stage = self.change(visit, (&typed, &links), how, vec![problem]);
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return shown(visit, status, &self.question, stage);
            }
        };
        if seen == Some(report.changed) {
            let number = self.sign(app, change, by).await?;
            let address = self.question.to_address(|_| ());
            return Ok(Redirect::to(&format!("{PLACE}?{address}&{DONE}={number}")).into_response());
        }
        let mut sent = vec![(HOW.to_owned(), how.to_owned())];
        // As they were understood: the name of a record may name another one by then.
        for value in typed.get(self.field.name()).into_iter().flatten() {
            sent.push((self.field.name().to_owned(), value.clone()));
        }
        sent.push((SEEN.to_owned(), report.changed.to_string()));
        sent.extend(free_text::kept(form));
        let look = self.look(visit, (sent, seen.is_some()), &report);
        shown(
            visit,
            StatusCode::OK,
            &self.question,
            Stage::Look(Box::new(look)),
        )
    }

    /// Says what a change would do, or why it cannot be said.
    async fn looked(
        &self,
        app: &App,
        change: &BulkChange,
    ) -> Result<Result<BulkReport, String>, PageError> {
        let replica = Arc::clone(&app.census()?.replica);
        let (query, change) = (self.question.to_query(app.today()), change.clone());
        let (kind, field) = (self.kind, self.field.name().to_owned());
        let looked = blocking(move || {
            let bulk = Bulk {
                query: &query,
                kind,
                field: &field,
                change: &change,
            };
            bulk.dry_run(&replica)
        });
        match looked.await? {
            Ok(report) => Ok(Ok(report)),
            Err(BulkError::TooMany) => Ok(Err(self.language.text("bulk-too-many"))),
            Err(BulkError::Search(replica::search::Error::Refused(refused))) => {
                Ok(Err(self.language.text(refusal_key(refused.code()))))
            }
            Err(error) => Err(fault(error)),
        }
    }

    /// Signs the change; returns the number under which it can be taken back.
    async fn sign(&self, app: &App, change: BulkChange, by: &str) -> Result<u64, PageError> {
        let query = self.question.to_query(app.today());
        let (kind, field) = (self.kind, self.field.name().to_owned());
        let values = [("field", self.label().into())];
        let title = self.language.text_with("bulk-title", &values);
        let (by, at) = (by.to_owned(), app.now());
        let replica = Arc::clone(&app.census()?.replica);
        let local = app.local(|local| Ok(local.clone())).await?;
        let signed = blocking(move || {
            let bulk = Bulk {
                query: &query,
                kind,
                field: &field,
                change: &change,
            };
            bulk.run((&replica, &local), &title, Request { by: &by, at })
        });
        let report = signed.await?.map_err(fault)?;
        // What was to be done is done meanwhile: there is no number then.
        Ok(report.number.unwrap_or_default())
    }

    fn look(
        &self,
        visit: &Visit,
        (sent, was_seen): (Vec<(String, String)>, bool),
        report: &BulkReport,
    ) -> Look {
        let language = self.language;
        let count = |key, count: u64| language.text_with(key, &[("count", count.into())]);
        let notes = [
            ("bulk-unchanged", report.unchanged),
            ("bulk-conflicts", report.conflicts),
            ("bulk-outside", report.outside),
        ];
        let notes = notes.into_iter().filter(|(_, number)| *number > 0);
        let more = report.changed - report.examples.len() as u64;
        Look {
            action: self.action(),
            token: visit.form_token(),
            sent,
            lead: count("bulk-would-change", report.changed),
            notes: notes.map(|(key, number)| count(key, number)).collect(),
            rows: report.examples.iter().map(|one| self.row(one)).collect(),
            more: (more > 0).then(|| count("bulk-more", more)),
            button: (report.changed > 0).then(|| count("bulk-sign", report.changed)),
            back: self.action(),
            has_changed: was_seen,
        }
    }

    fn row(&self, example: &BulkExample) -> (String, String, String, String) {
        let name = match example.name.is_empty() {
            true => self.language.text("record-nameless"),
            false => example.name.clone(),
        };
        (
            format!("/fiches/{}", example.record),
            name,
            self.said(&example.before, &example.zone),
            self.said(&example.after, &example.zone),
        )
    }

    fn said(&self, wanted: &Wanted, zone: &str) -> String {
        let (words, shape) = (self.lexicon.words(), Some(self.field.shape()));
        let terms = |terms: &BTreeSet<String>| {
            let terms = terms.iter();
            let worded = terms.map(|code| wording::term(self.language, words, shape, code));
            worded.collect::<Vec<_>>().join(", ")
        };
        match wanted {
            Wanted::Nothing => self.language.text("bulk-nothing"),
            Wanted::Terms(all) => terms(all),
            Wanted::Text(text) => text.clone(),
            Wanted::Value(value) => wording::value(self.language, words, shape, value, zone),
        }
    }
}

fn fault(error: BulkError) -> PageError {
    use replica::ContributeError;
    match error {
        BulkError::Fault(fault) | BulkError::Contribute(ContributeError::Fault(fault)) => {
            PageError::Fault(fault)
        }
        BulkError::Search(replica::search::Error::Fault(fault)) => PageError::Fault(fault.into()),
        BulkError::Contribute(ContributeError::Held) => PageError::Held,
        BulkError::Contribute(ContributeError::TooLarge(_)) => PageError::TooLarge,
        BulkError::NotAsSeen { .. } => PageError::StaleForm,
        BulkError::Contribute(_) | BulkError::Search(_) | BulkError::TooMany => {
            PageError::NotForThisRole
        }
    }
}
