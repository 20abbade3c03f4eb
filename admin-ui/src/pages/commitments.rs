//! Engagements: what organisations promised at meetings and have still to keep, those of the nearest day first.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use crdt_schema::id::RecordId;
use crdt_schema::record::{
    COMMITMENT_ROWS, COMMITMENT_STATES, COMMITMENTS, Commitment, OPEN_COMMITMENT, Row,
};
use crdt_schema::view::RecordView;
use crdt_schema::vocabulary::Words;
use replica::search::{Error, PAGE_MAX, Query};
use replica::{COMMITMENT_STATE, Fault, Reader, Replica, Standing};

use crate::app::App;
use crate::error::{PageError, page};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::{Asked, ROWS_PER_PAGE};
use crate::pages::{census, labels};
use crate::parts::Pagination;
use crate::visit::PersonVisit;
use crate::wording;

const PLACE: &str = "/engagements";
/// How an address names an organisation, and what stands for those without a record.
const ORGANISATION: &str = "organisme";
/// How an address names a state.
const STATE: &str = "etat";
/// The state of all of them.
const ALL: &str = "tous";
/// The state of those whose day has passed.
const LATE: &str = "retard";
/// Meetings that are read for the list. Whoever has more looks at one state or one organisation.
const MEETINGS_MAX: usize = 2_000;

#[derive(Template)]
#[template(path = "commitments.html")]
struct List {
    layout: Layout,
    organisations: Vec<Choice>,
    states: Vec<Choice>,
    found: String,
    cut: Option<String>,
    rows: Vec<Line>,
    is_filtered: bool,
    pagination: Pagination,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

struct Line {
    due: String,
    is_late: bool,
    what: String,
    /// Who promised, and where the link leads.
    who: String,
    href: Option<String>,
    state: String,
    is_conflict: bool,
    meeting: String,
    meeting_href: String,
}

/// A commitment of a meeting, as it is held.
struct Held {
    due: Option<String>,
    is_late: bool,
    row: Row,
    /// The organisation that stands for the one that promised.
    who: Option<RecordId>,
    is_conflict: bool,
    meeting: RecordId,
    called: String,
}

/// What an address asks for.
#[derive(Clone)]
struct Question {
    organisation: Option<RecordId>,
    state: String,
    page: Option<usize>,
}

/// What was read for the list.
#[derive(Default)]
struct Found {
    held: Vec<Held>,
    names: BTreeMap<RecordId, String>,
    is_cut: bool,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route(PLACE, get(list))
}

fn said(language: Language, words: &Words, row: &Row, column: &str) -> String {
    let column = COMMITMENT_ROWS.column(column);
    column.map_or(String::new(), |it| wording::cell(language, words, it, row))
}

impl Question {
    fn read(query: &str) -> Self {
        let value = |name| Asked::value(query, name).unwrap_or_default();
        let known =
            |state: &str| COMMITMENT_STATES.term(state).is_some() || [ALL, LATE].contains(&state);
        let page = Asked::read(query).page;
        Self {
            organisation: RecordId::parse(&value(ORGANISATION)).ok(),
            state: Some(value(STATE))
                .filter(|state| known(state))
                .unwrap_or_default(),
            page,
        }
    }

    fn is_filtered(&self) -> bool {
        self.organisation.is_some() || !self.state.is_empty()
    }

    /// What the index knows of it.
    fn facet(&self) -> BTreeSet<String> {
        match self.state.as_str() {
            "" | LATE => [OPEN_COMMITMENT.to_owned()].into(),
            // A state that this version does not know is open.
            ALL => {
                let codes = COMMITMENT_STATES
                    .terms
                    .iter()
                    .map(|term| term.code.to_owned());
                codes.chain([OPEN_COMMITMENT.to_owned()]).collect()
            }
            state => [state.to_owned()].into(),
        }
    }

    fn wants(&self, row: &Row, is_late: bool) -> bool {
        let commitment = Commitment(row);
        match self.state.as_str() {
            "" => commitment.is_open(),
            ALL => true,
            LATE => is_late,
            state => commitment.state() == state,
        }
    }

    fn address(&self) -> String {
        let organisation = self.organisation.map(|it| format!("{ORGANISATION}={it}"));
        let state = Some(format!("{STATE}={}", self.state)).filter(|_| !self.state.is_empty());
        let parts: Vec<String> = organisation.into_iter().chain(state).collect();
        match parts.is_empty() {
            true => format!("{PLACE}?"),
            false => format!("{PLACE}?{}&", parts.join("&")),
        }
    }
}

async fn list(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, PageError> {
    let layout = visit.layout(visit.language.text("commitments-heading"));
    if !layout.shows("meeting") {
        return Err(PageError::NotFound);
    }
    let question = Question::read(&query.unwrap_or_default());
    let today = labels::today(app.now())?.to_string();
    let (asked, language) = (question.clone(), visit.language);
    let found = app.read(move |replica, reader| read(language, (replica, reader), &asked, &today));
    let found = found.await?;
    let lexicon = app.lexicon().await?;
    let shown = shown(layout, language, lexicon.words(), &question, &found);
    page(StatusCode::OK, &shown)
}

/// Reads the commitments of all meetings that are not withdrawn.
fn read(
    language: Language,
    (replica, reader): (&Replica, &Reader),
    question: &Question,
    today: &str,
) -> Result<Found, Fault> {
    let mut found = Found::default();
    let mut standing = Standing::default();
    let mut query = Query {
        kind: Some("meeting".to_owned()),
        facets: [(COMMITMENT_STATE.to_owned(), question.facet())].into(),
        size: PAGE_MAX,
        ..Query::default()
    };
    loop {
        let answer = match replica.search(&query) {
            Ok(answer) => answer,
            Err(Error::Fault(fault)) => return Err(fault.into()),
            // Nothing of it is typed: it is refused when nothing can be.
            Err(Error::Refused(_)) => return Ok(found),
        };
        for hit in &answer.hits {
            let Some(view) = reader.record(&hit.record)? else {
                continue;
            };
            found.add(language, &view, (question, today), |record| {
                standing.of(reader, record)
            })?;
        }
        query.offset += answer.hits.len();
        let is_end = answer.hits.is_empty() || query.offset as u64 >= answer.total;
        if is_end || query.offset >= MEETINGS_MAX {
            found.is_cut = !is_end;
            break;
        }
    }
    let named: BTreeSet<RecordId> = found.held.iter().filter_map(|held| held.who).collect();
    for record in named.into_iter().chain(question.organisation) {
        if let Some(view) = reader.record(&record)? {
            let name = census::name(language, &view);
            found.names.insert(record, name);
        }
    }
    // Those without a day come last.
    found.held.sort_by(|one, other| {
        let order = |held: &Held| (held.due.is_none(), held.due.clone(), held.called.clone());
        order(one).cmp(&order(other))
    });
    Ok(found)
}

impl Found {
    fn add(
        &mut self,
        language: Language,
        view: &RecordView,
        (question, today): (&Question, &str),
        mut place: impl FnMut(&RecordId) -> Result<RecordId, Fault>,
    ) -> Result<(), Fault> {
        let Some(field) = view.field(COMMITMENTS.name) else {
            return Ok(());
        };
        let held = COMMITMENT_ROWS.held(field.terms.keys().map(String::as_str));
        for row in held.rows {
            let is_conflict = row.versions.len() > 1;
            for version in row.versions {
                let is_late = Commitment(&version).is_late(today);
                if !question.wants(&version, is_late) {
                    continue;
                }
                let who = COMMITMENT_ROWS.column("who");
                let who = who.and_then(|column| version.link(column));
                self.held.push(Held {
                    due: Commitment(&version).due().map(str::to_owned),
                    is_late,
                    who: who.map(|who| place(&who)).transpose()?,
                    row: version,
                    is_conflict,
                    meeting: view.record,
                    called: census::name(language, view),
                });
            }
        }
        Ok(())
    }
}

fn shown(
    layout: Layout,
    language: Language,
    words: &Words,
    question: &Question,
    found: &Found,
) -> List {
    let organisations = organisations(language, question, found);
    let wanted = |held: &&Held| {
        let is_its = |wanted| held.who == Some(wanted);
        question.organisation.is_none_or(is_its)
    };
    let held: Vec<&Held> = found.held.iter().filter(wanted).collect();
    let pagination = Pagination::new(
        language,
        &question.address(),
        question.page,
        held.len(),
        ROWS_PER_PAGE,
    );
    let said = |held: &Held, name: &str| said(language, words, &held.row, name);
    let rows = held[pagination.rows()].iter().map(|held| {
        let name = held.who.and_then(|who| found.names.get(&who).cloned());
        let href = held.who.filter(|_| name.is_some());
        let state = match said(held, "state") {
            nothing if nothing.is_empty() => term(language, Commitment(&held.row).state()),
            state => state,
        };
        Line {
            due: said(held, "due"),
            is_late: held.is_late,
            what: said(held, "what"),
            who: name.unwrap_or_else(|| said(held, "who_name")),
            href: href.map(|who| format!("/fiches/{who}")),
            state,
            is_conflict: held.is_conflict,
            meeting: held.called.clone(),
            meeting_href: format!("/fiches/{}", held.meeting),
        }
    });
    let rows = rows.collect();
    let values = [("count", held.len().into())];
    List {
        layout,
        organisations,
        states: state_choices(language, question),
        found: language.text_with("commitments-found", &values),
        cut: found.is_cut.then(|| {
            let values = [("max", MEETINGS_MAX.into())];
            language.text_with("commitments-cut", &values)
        }),
        rows,
        is_filtered: question.is_filtered(),
        pagination,
    }
}

/// The organisations of the commitments that are found, by name.
fn organisations(language: Language, question: &Question, found: &Found) -> Vec<Choice> {
    let mut named: Vec<Choice> = found
        .names
        .iter()
        .map(|(record, name)| Choice {
            value: record.to_string(),
            label: name.clone(),
            is_chosen: question.organisation == Some(*record),
        })
        .collect();
    named.sort_by(|one, other| (&one.label, &one.value).cmp(&(&other.label, &other.value)));
    let all = Choice {
        value: String::new(),
        label: language.text("commitments-all-organisations"),
        is_chosen: question.organisation.is_none(),
    };
    [all].into_iter().chain(named).collect()
}

fn state_choices(language: Language, question: &Question) -> Vec<Choice> {
    let choice = |value: &str, label: String| Choice {
        value: value.to_owned(),
        label,
        is_chosen: question.state == value,
    };
    let terms = COMMITMENT_STATES.terms.iter();
    let terms = terms.map(|term| choice(term.code, self::term(language, term.code)));
    [
        choice("", language.text("commitments-open")),
        choice(LATE, language.text("commitment-late")),
    ]
    .into_iter()
    .chain(terms)
    .chain([choice(ALL, language.text("commitments-all"))])
    .collect()
}

fn term(language: Language, code: &str) -> String {
    let term = COMMITMENT_STATES.term(code);
    term.map_or(code, |term| term.wording.in_language(language.tag()))
        .to_owned()
}
