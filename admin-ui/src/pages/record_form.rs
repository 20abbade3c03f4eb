//! The form of a record, to make one or to change it. It carries the heads that the person saw, so that what others write meanwhile
//! is kept beside it, never overwritten.

mod links;
mod meant;
mod place;
mod remarks;
mod rows;
mod typed;

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::draft::Draft;
use crdt_schema::edit::Field as HeldField;
use crdt_schema::id::{ItemId, RecordId};
use crdt_schema::record::{Kind, Shape, Vocabulary};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::AnyField;
use replica::Saving;
use serde::Deserialize;

use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::mandates::OwnMandate;
use crate::pages::census;
use crate::pages::personal::{Entered, Entering};
use crate::parts::{Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

use links::Open;
pub(in crate::pages) use links::{Chosen, Links, chosen};
pub(in crate::pages) use remarks::Remark;
use rows::{ADD, FormRows, recall, too_much};
pub(in crate::pages) use rows::{is_asked, texts};
pub(in crate::pages) use typed::{Asked, Typed};
use typed::{territory, values};

#[derive(Template)]
#[template(path = "record_form.html")]
struct RecordForm {
    layout: Layout,
    action: String,
    cancel: String,
    token: String,
    base: String,
    /// The names of the fields that it asks.
    fields: String,
    summary: Summary,
    sections: Vec<Section>,
    persons: Entering,
    /// The label of the box by which it is signed all the same.
    anyway: Option<String>,
}

struct Section {
    id: &'static str,
    label: String,
    inputs: Vec<Input>,
}

/// A field of the form, as its shape asks for it.
#[derive(Template)]
#[template(path = "parts/input.html")]
pub(in crate::pages) struct Input {
    id: String,
    label: String,
    hint: String,
    error: Option<String>,
    control: Control,
}

impl HtmlSafe for Input {}

/// How a field is filled in.
enum Control {
    /// Boxes to tick.
    Boxes(Vec<Choice>),
    /// A line.
    Line(String),
    /// Records that are named.
    Links(Naming),
    /// Several paragraphs.
    Paragraphs(String),
    /// A commune that is to be chosen among several: those that are offered, what chooses none, and what was typed.
    Place(Vec<Open>, String, String),
    /// Groups of inputs.
    Rows(FormRows),
    /// One of a list.
    Select(Vec<Choice>),
}

/// How a field that names records is filled in.
struct Naming {
    /// Those that stay or go.
    boxes: Vec<Choice>,
    /// Texts that do not name one record, each with what it may mean.
    open: Vec<Open>,
    is_single: bool,
    /// What is asked for, and how it may be said.
    label: String,
    how: String,
    /// What chooses none of the records that are offered.
    none: String,
    text: String,
    /// What names to choose from are listed under, where there are some.
    list: Option<String>,
    known: Vec<String>,
}

struct Choice {
    code: String,
    label: String,
    is_chosen: bool,
    /// Of an old term: how the form says that another one takes its place, and the label of the box.
    replaced: Option<(String, String)>,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    kind: String,
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/nouvelle", get(new_form).post(create))
        .route("/fiches/{record}/modifier", get(edit_form).post(change))
}

async fn new_form(
    State(app): State<App>,
    Query(address): Query<Address>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    app.census().map_err(IntoResponse::into_response)?;
    let kind = Kind::parse(&address.kind).ok_or_else(|| PageError::NotFound.into_response())?;
    visit.writer().map_err(IntoResponse::into_response)?;
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let (asked, mut typed) = (Asked::now(visit.language, &lexicon, kind), Typed::new());
    let links = Links::read(&app, &asked, Chosen::new(), &mut typed, &Typed::new()).await;
    let filled = Filled {
        asked: &asked,
        target: &Target::New(kind),
        typed: &typed,
        links: &links.map_err(IntoResponse::into_response)?,
        base: &[],
        is_outside: false,
    };
    let view = filled.form(&visit, Vec::new(), Entering::new(visit.language, kind));
    page(StatusCode::OK, &view).map_err(IntoResponse::into_response)
}

async fn edit_form(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    visit.writer().map_err(IntoResponse::into_response)?;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let view = editable(&app, record).await?;
    let kind = Kind::parse(view.kind()).ok_or_else(|| PageError::NotFound.into_response())?;
    let target = Target::Known(record, census::name(visit.language, &view));
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let asked = Asked::now(visit.language, &lexicon, kind);
    let stood = asked.shown(view.fields());
    let mut typed = stood.clone();
    let links = Links::read(&app, &asked, Chosen::new(), &mut typed, &stood).await;
    let filled = Filled {
        target: &target,
        typed: &typed,
        links: &links.map_err(IntoResponse::into_response)?,
        base: &view.heads,
        asked: &asked,
        is_outside: false,
    };
    let form = filled.form(&visit, Vec::new(), Entering::new(visit.language, kind));
    page(StatusCode::OK, &form).map_err(IntoResponse::into_response)
}

/// Returns a record that can be written to. Whoever comes too late for one that was erased is shown what became of it: what they would
/// write would go at once.
async fn editable(app: &App, record: RecordId) -> Result<RecordView, Response> {
    let read = app.read(move |replica, reader| {
        let view = reader.record(&record)?;
        let state = replica.state();
        let is_erased = state.governance().erasures().records().contains(&record);
        Ok((view, is_erased))
    });
    match read.await.map_err(IntoResponse::into_response)? {
        (_, true) => Err(Redirect::to(&format!("/fiches/{record}")).into_response()),
        (Some(view), false) => Ok(view),
        (None, false) => Err(PageError::NotFound.into_response()),
    }
}

/// Which record the form is about.
enum Target {
    New(&'static Kind),
    Known(RecordId, String),
}

/// A form, as it is filled in.
#[derive(Clone, Copy)]
struct Filled<'a> {
    asked: &'a Asked<'a>,
    target: &'a Target,
    typed: &'a Typed,
    links: &'a Links,
    /// The heads that the person saw; none for a new record.
    base: &'a [ItemId],
    /// Whether it would count for nothing, and the person may sign it all the same.
    is_outside: bool,
}

async fn create(
    State(app): State<App>,
    Query(address): Query<Address>,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    let kind = Kind::parse(&address.kind).ok_or_else(|| PageError::NotFound.into_response())?;
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let asked = Asked::sent(&form, &lexicon, kind);
    let (mut typed, stood) = (asked.typed(&form), Typed::new());
    recall(&asked, &mut typed, &stood);
    let entered = Entered::read(&app, &form, &asked, &mut typed, &stood).await;
    let entered = entered.map_err(IntoResponse::into_response)?;
    let links = Links::read(&app, &asked, chosen(&form, &asked), &mut typed, &stood).await;
    let links = links.map_err(IntoResponse::into_response)?;
    let (now_asked, target) = (
        Asked::now(form.visit.language, &lexicon, kind),
        Target::New(kind),
    );
    let filled = Filled {
        asked: &now_asked,
        target: &target,
        typed: &typed,
        links: &links,
        base: &[],
        is_outside: false,
    };
    if !form.text(ADD).is_empty() {
        let asked_again = filled.asked_again(&form.visit, &entered);
        return asked_again.map_err(IntoResponse::into_response);
    }
    let read = entered.with(asked.read(&typed, &stood, &links));
    let read = not_too_much(form.visit.language, read, &BTreeMap::new());
    let outside = match &read {
        Ok((draft, _)) => outside_mandate(&app, &form, kind, &territory(draft)).await,
        Err(_) => Ok(None),
    };
    let outside = outside.map_err(IntoResponse::into_response)?;
    let is_outside = outside.is_some();
    let (draft, remarks) = match (read, outside) {
        (Ok(read), None) => read,
        (read, outside) => {
            let problems = read.err().unwrap_or_else(|| outside.into_iter().collect());
            let filled = Filled {
                is_outside,
                ..filled
            };
            let refused = filled.refused(&form.visit, problems, &entered);
            return refused.map_err(IntoResponse::into_response);
        }
    };
    let federation = *app
        .census()
        .map_err(IntoResponse::into_response)?
        .replica
        .state()
        .federation();
    let territory = territory(&draft);
    let saving = Saving::creation(&federation, kind.code, &territory, app.draw(), draft);
    let record = saving.record;
    app.save(saving)
        .await
        .map_err(IntoResponse::into_response)?;
    let kept = entered.keep(&app, record).await;
    kept.map_err(IntoResponse::into_response)?;
    tracing::info!(record.kind = kind.code, record.id = %record.short(), "a record was made on the pages");
    let said = Remark::address(&remarks);
    Ok(Redirect::to(&format!("/fiches/{record}?enregistre=1{said}")).into_response())
}

async fn change(
    State(app): State<App>,
    Path(record): Path<String>,
    PersonVisit { .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.writer().map_err(IntoResponse::into_response)?;
    let record = RecordId::parse(&record).map_err(|_| PageError::NotFound.into_response())?;
    let view = editable(&app, record).await?;
    let kind = Kind::parse(view.kind()).ok_or_else(|| PageError::NotFound.into_response())?;
    let base: Vec<ItemId> = form
        .text("base")
        .split(' ')
        .filter_map(|id| ItemId::parse(id).ok())
        .collect();
    if base.is_empty() {
        return Err(PageError::StaleForm.into_response());
    }
    let seen = base.clone();
    let before = app
        .read(move |_, reader| reader.record_at(&record, &seen))
        .await
        .map_err(IntoResponse::into_response)?;
    let fields = before.map(|view| view.merged.fields).unwrap_or_default();
    let lexicon = app.lexicon().await.map_err(IntoResponse::into_response)?;
    let asked = Asked::sent(&form, &lexicon, kind);
    let (mut typed, stood) = (asked.typed(&form), asked.shown(&fields));
    recall(&asked, &mut typed, &stood);
    let now = asked.shown(view.fields());
    let entered = Entered::read(&app, &form, &asked, &mut typed, &now).await;
    let entered = entered.map_err(IntoResponse::into_response)?;
    let links = Links::read(&app, &asked, chosen(&form, &asked), &mut typed, &stood).await;
    let links = links.map_err(IntoResponse::into_response)?;
    let (now_asked, target) = (
        Asked::now(form.visit.language, &lexicon, kind),
        Target::Known(record, census::name(form.visit.language, &view)),
    );
    let filled = Filled {
        asked: &now_asked,
        target: &target,
        typed: &typed,
        links: &links,
        base: &base,
        is_outside: false,
    };
    if !form.text(ADD).is_empty() {
        let asked_again = filled.asked_again(&form.visit, &entered);
        return asked_again.map_err(IntoResponse::into_response);
    }
    let read = entered.with(asked.read(&typed, &stood, &links));
    let read = not_too_much(form.visit.language, read, &fields);
    let home = view.birth.as_ref().map(|(_, territory)| territory.clone());
    let outside = match (&read, home) {
        (Ok(_), Some(territory)) => outside_mandate(&app, &form, kind, &territory).await,
        _ => Ok(None),
    };
    let outside = outside.map_err(IntoResponse::into_response)?;
    let is_outside = outside.is_some();
    let (draft, remarks) = match (read, outside) {
        (Ok(read), None) => read,
        (read, outside) => {
            let problems = read.err().unwrap_or_else(|| outside.into_iter().collect());
            let filled = Filled {
                is_outside,
                ..filled
            };
            let refused = filled.refused(&form.visit, problems, &entered);
            return refused.map_err(IntoResponse::into_response);
        }
    };
    app.save(Saving {
        record,
        birth: None,
        base,
        draft,
    })
    .await
    .map_err(IntoResponse::into_response)?;
    let kept = entered.keep(&app, record).await;
    kept.map_err(IntoResponse::into_response)?;
    let said = Remark::address(&remarks);
    Ok(Redirect::to(&format!("/fiches/{record}?enregistre=1{said}")).into_response())
}

/// What a form is read as.
type Read = Result<(Draft, Vec<Remark>), Vec<Problem>>;

fn not_too_much(language: Language, read: Read, fields: &BTreeMap<String, HeldField>) -> Read {
    let (draft, remarks) = read?;
    match too_much(language, &draft, fields) {
        Some(problem) => Err(vec![problem]),
        None => Ok((draft, remarks)),
    }
}

/// Says that what the form writes would count for nothing, unless the person has read that and signs it all the same.
async fn outside_mandate(
    app: &App,
    form: &SentForm,
    kind: &'static Kind,
    territory: &str,
) -> Result<Option<Problem>, PageError> {
    if !form.text(ANYWAY).is_empty() {
        return Ok(None);
    }
    let own = app.read(|replica, _| Ok(OwnMandate::of(replica))).await?;
    let language = form.visit.language;
    Ok(own.and_then(|own| own.problem(language, kind, territory)))
}

/// The box by which a person signs what would count for nothing.
const ANYWAY: &str = "hors-mandat";

impl Filled<'_> {
    fn refused(
        self,
        visit: &Visit,
        problems: Vec<Problem>,
        entered: &Entered,
    ) -> Result<Response, PageError> {
        let view = self.form(visit, problems, entered.shown(visit.language));
        page(StatusCode::UNPROCESSABLE_ENTITY, &view)
    }

    /// Shows the form as it was sent, with one row more. Nothing is judged yet.
    fn asked_again(self, visit: &Visit, entered: &Entered) -> Result<Response, PageError> {
        let view = self.form(visit, Vec::new(), entered.shown(visit.language));
        page(StatusCode::OK, &view)
    }

    fn form(self, visit: &Visit, problems: Vec<Problem>, persons: Entering) -> RecordForm {
        let language = visit.language;
        let (heading, action, cancel) = match self.target {
            Target::New(kind) => {
                let kind_in_words = wording::kind_label(language, kind.code).to_lowercase();
                (
                    language.text_with("form-new", &[("kind", kind_in_words.into())]),
                    format!("/fiches/nouvelle?kind={}", kind.code),
                    "/recensement".to_owned(),
                )
            }
            Target::Known(record, name) => (
                language.text_with("form-edit", &[("name", name.clone().into())]),
                format!("/fiches/{record}/modifier"),
                format!("/fiches/{record}"),
            ),
        };
        let sections = self.asked.lexicon.sections(self.asked.kind).into_iter();
        let sections = sections.map(|asked| Section {
            id: asked.section.code,
            label: asked.section.wording.in_language(language.tag()).to_owned(),
            inputs: asked
                .fields
                .into_iter()
                .map(|field| self.asked.input(field, self.typed, self.links, &problems))
                .collect(),
        });
        let base = self.base.iter().map(ToString::to_string);
        RecordForm {
            layout: visit.layout(heading),
            action,
            cancel,
            token: visit.form_token(),
            base: base.collect::<Vec<_>>().join(" "),
            fields: self.asked.names(),
            sections: sections.collect(),
            persons,
            anyway: self.is_outside.then(|| language.text("form-sign-anyway")),
            summary: Summary::new(language, problems),
        }
    }
}

impl Asked<'_> {
    /// Returns the input of a field, filled in, with what is wrong in it.
    pub(in crate::pages) fn input(
        &self,
        field: AnyField<'_>,
        typed: &Typed,
        links: &Links,
        problems: &[Problem],
    ) -> Input {
        let tag = self.language.tag();
        let control = match field.shape() {
            Shape::Rows(rows) => {
                Control::Rows(self.form_rows((field, rows), typed, links, problems))
            }
            shape => {
                let named = (field.name(), field.label(tag));
                self.control(named, shape, values(typed, field), links)
            }
        };
        Input {
            id: field.name().to_owned(),
            label: field.label(tag).to_owned(),
            hint: field.hint(tag).to_owned(),
            error: problems.iter().find_map(|problem| problem.of(field.name())),
            control,
        }
    }

    /// How a field or a cell of this name and label is filled in.
    fn control(
        &self,
        (name, label): (&str, &str),
        shape: Shape,
        typed: &[String],
        links: &Links,
    ) -> Control {
        match shape {
            Shape::Record(_) => Control::Links(self.naming((name, label), true, links)),
            Shape::Records(_) => Control::Links(self.naming((name, label), false, links)),
            Shape::Terms(vocabulary) => Control::Boxes(self.choices(name, vocabulary, typed)),
            Shape::Term(vocabulary) => Control::Select(self.choices(name, vocabulary, typed)),
            Shape::LongText | Shape::Outline => Control::Paragraphs(typed.concat()),
            Shape::Commune if links.problem(name).is_some() => Control::Place(
                links.of(name).open,
                self.language.text("link-none"),
                typed.concat(),
            ),
            _ => Control::Line(typed.concat()),
        }
    }

    /// The records that a field names, and what is asked beside them.
    fn naming(&self, (name, label): (&str, &str), is_single: bool, links: &Links) -> Naming {
        let linked = links.of(name);
        let field = label;
        let (label, how) = match (is_single, linked.boxes.is_empty()) {
            (true, true) => ("link-set", "link-how-one"),
            (true, false) => ("link-replace", "link-how-other"),
            (false, _) => ("link-add", "link-how-many"),
        };
        let values = [("field", field.to_owned().into())];
        let boxes = linked.boxes.into_iter().map(|tick| Choice {
            code: tick.code,
            label: tick.label,
            is_chosen: tick.is_chosen,
            replaced: None,
        });
        Naming {
            boxes: boxes.collect(),
            open: linked.open,
            is_single,
            label: self.language.text_with(label, &values),
            how: self.language.text(how),
            none: self.language.text("link-none"),
            text: linked.text,
            list: (!linked.known.is_empty()).then(|| name.to_owned()),
            known: linked.known,
        }
    }

    /// The terms that are offered, then those that are chosen though they are not: taken back, of another programme, or of a version
    /// that this node does not have.
    fn choices(
        &self,
        field: &str,
        vocabulary: &'static Vocabulary,
        typed: &[String],
    ) -> Vec<Choice> {
        let (language, lexicon) = (self.language, self.lexicon);
        let words = lexicon.words();
        let offered = lexicon.terms(vocabulary);
        let is_offered = |code: &str| offered.iter().any(|term| term.code == code);
        let others = typed.iter().filter(|code| !is_offered(code));
        let others = others.map(|code| {
            let shape = Some(Shape::Term(vocabulary));
            let is_old = words
                .term(vocabulary, code)
                .is_some_and(|term| !term.is_current());
            let label = match is_old {
                true => wording::marked_term(language, words, shape, code),
                false => {
                    let term = wording::term(language, words, shape, code);
                    language.text_with("form-term-not-offered", &[("term", term.into())])
                }
            };
            Choice {
                code: code.clone(),
                label,
                is_chosen: true,
                replaced: words.successor(vocabulary, code).map(|successor| {
                    let successor = successor.in_language(language.tag()).to_owned();
                    let old = wording::term(language, words, shape, code);
                    let values = [("term", old.into()), ("successor", successor.into())];
                    let label = language.text_with("form-term-replace", &values);
                    (typed::replacing(field, code), label)
                }),
            }
        });
        let choices = offered.iter().map(|term| Choice {
            code: term.code.to_owned(),
            label: term.in_language(language.tag()).to_owned(),
            is_chosen: typed.iter().any(|code| code == term.code),
            replaced: None,
        });
        choices.chain(others).collect()
    }
}
