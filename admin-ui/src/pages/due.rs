//! À vérifier: the records that our organisation keeps, those that wait for the longest time first, and their confirmation in bulk: ticked,
//! looked at, signed.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::id::{PartnerId, RecordId};
use crdt_schema::label::Day;
use crdt_schema::record::Kind;
use crdt_schema::statement::{Due, DueDays};
use replica::KEEPER;
use replica::local::Role;
use replica::search::{Error, PAGE_MAX, Query};

use crate::app::{App, blocking};
use crate::due::{
    Confirmation, DuePage, DueRecord, WAITING, confirm, of_partner, page as due_page, prepare,
};
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::{Asked, ROWS_PER_PAGE};
use crate::pages::campaigns::{self, OfCampaign};
use crate::pages::census::refusal_key;
use crate::pages::labels::{Badges, BadgesOf};
use crate::pages::{is_writer, labels, statements};
use crate::parts::Pagination;
use crate::visit::{PersonVisit, Visit};
use crate::wording;

const PLACE: &str = "/a-verifier";
/// The same list on one sheet, without forms.
const PRINTED: &str = "/a-verifier/feuille";
/// How a form names a record that is ticked.
const TICKED: &str = "fiche";
/// How a form says up to which change the person has seen the records.
const SEEN: &str = "jusqu";
/// How a form says that it was looked at.
const SIGN: &str = "signer";
/// How an address names a campaign.
const CAMPAIGN: &str = "campagne";
/// How an address says how many records were just confirmed, and how many were left out.
const DONE: &str = "faites";
const LEFT: &str = "laissees";

#[derive(Template)]
#[template(path = "due/list.html")]
struct List {
    layout: Layout,
    lead: String,
    /// The kinds that wait for other days.
    others: Option<String>,
    partner: String,
    action: String,
    done: Option<String>,
    left: Option<String>,
    refused: Option<String>,
    /// The page and the name of the campaign whose rest is listed.
    campaign: Option<(String, String)>,
    campaign_id: Option<String>,
    text: String,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    found: String,
    rows: Vec<Row>,
    seen: u64,
    is_writer: bool,
    is_filtered: bool,
    pagination: Pagination,
    /// What remains of a campaign is no search that an address can say.
    export: Option<String>,
    printed: String,
}

#[derive(Template)]
#[template(path = "due/sheet.html")]
struct Sheet {
    layout: Layout,
    partner: String,
    back: String,
    found: String,
    cut: Option<String>,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "due/look.html")]
struct Look {
    layout: Layout,
    action: String,
    lead: String,
    bulk: Option<String>,
    changed: Vec<(String, String)>,
    rows: Vec<(String, String, String)>,
    ticked: Vec<String>,
    seen: String,
    button: Option<String>,
}

#[derive(Template)]
#[template(path = "due/none.html")]
struct Nobody {
    layout: Layout,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

struct Row {
    id: String,
    href: String,
    name: String,
    kind: String,
    place: String,
    badge: &'static str,
    due: String,
    sections: Vec<String>,
    labels: Badges,
}

/// What an address asks for.
#[derive(Clone)]
struct Question {
    asked: Asked,
    /// Only what remains for this campaign.
    campaign: Option<RecordId>,
}

/// What was read for the list.
struct Found {
    page: DuePage,
    /// Why there is nothing, where the search is refused.
    refused: Option<&'static str>,
    campaign: Option<OfCampaign>,
    labels: BadgesOf,
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(PLACE, get(list).post(send))
        .route(PRINTED, get(sheet))
}

impl Question {
    fn read(query: &str) -> Self {
        let mut asked = Asked::read(query);
        // The order and whose records they are go without saying here.
        asked.sort = None;
        asked.facets.remove(KEEPER);
        let campaign = Asked::value(query, CAMPAIGN);
        let campaign = campaign.and_then(|record| RecordId::parse(&record).ok());
        Self { asked, campaign }
    }

    /// The question for what waits, or for what remains of a campaign: there, the state that is chosen narrows it, and none is chosen by
    /// itself.
    fn to_query(&self, partner: &PartnerId, today: Day, remaining: Option<Query>) -> Query {
        let own = self.asked.to_query(Some(today));
        let Some(remaining) = remaining else {
            return of_partner(own, partner);
        };
        let due = match own.due.is_empty() {
            true => remaining.due,
            false => own.due,
        };
        of_partner(
            Query {
                due,
                size: own.size,
                offset: own.offset,
                ..remaining
            },
            partner,
        )
    }

    fn address(&self) -> String {
        let own = self.asked.to_address(|_| ());
        match self.campaign {
            Some(record) if own.is_empty() => format!("{CAMPAIGN}={record}"),
            Some(record) => format!("{CAMPAIGN}={record}&{own}"),
            None => own,
        }
    }

    /// The same records in the census.
    fn in_census(&self, partner: &PartnerId) -> String {
        self.asked.to_address(|asked| {
            if asked.due.is_empty() {
                asked.due = WAITING.into();
            }
            asked
                .facets
                .insert(KEEPER.to_owned(), [partner.to_string()].into());
            asked.sort = Some(replica::search::Sort::Confirmed);
        })
    }
}

/// Says for whom this node signs. The page of whom nobody enrolled says what to do.
fn partner(app: &App, visit: &Visit) -> Result<Result<(PartnerId, String), Response>, PageError> {
    let replica = &app.census()?.replica;
    let Some(partner) = replica.partner() else {
        let layout = visit.layout(visit.language.text("due-heading"));
        return Ok(Err(page(StatusCode::OK, &Nobody { layout })?));
    };
    let name = replica.state().partner_name(&partner);
    Ok(Ok((partner, name)))
}

async fn list(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, PageError> {
    let query = query.unwrap_or_default();
    let question = Question::read(&query);
    let (partner, name) = match partner(&app, &visit)? {
        Ok(partner) => partner,
        Err(nobody) => return Ok(nobody),
    };
    let found = read(&app, visit.language, &question, (&partner, ROWS_PER_PAGE)).await?;
    let said = |key: &'static str, name: &str| {
        let count: u64 = Asked::value(&query, name)?.parse().ok()?;
        (count > 0).then(|| visit.language.text_with(key, &[("count", count.into())]))
    };
    let status = match found.refused {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let shown = List {
        done: said("due-done", DONE),
        left: said("due-left", LEFT),
        ..view(
            &visit,
            &question,
            (partner, name),
            &found,
            person.account.role,
        )
    };
    page(status, &shown)
}

/// Reads the list, with nothing where the search is refused. A campaign that is not held is not found.
async fn read(
    app: &App,
    language: Language,
    question: &Question,
    (partner, size): (&PartnerId, usize),
) -> Result<Found, PageError> {
    let today = labels::today(app.now())?;
    let (question, partner) = (question.clone(), *partner);
    let read = app.read(move |replica, reader| {
        let held = (replica, reader);
        let campaign = match &question.campaign {
            Some(record) => match campaigns::named(language, held, record)? {
                Some(campaign) => Some(campaign),
                None => return Ok(None),
            },
            None => None,
        };
        let listed = || {
            let remaining = campaign
                .as_ref()
                .map(|of| of.campaign.remaining(replica, reader, today))
                .transpose()?;
            let query = Query {
                size,
                ..question.to_query(&partner, today, remaining)
            };
            due_page(replica, reader, &query, today)
        };
        let (page, refused) = match listed() {
            Ok(page) => (page, None),
            Err(Error::Fault(fault)) => return Err(fault.into()),
            Err(Error::Refused(refused)) => (DuePage::default(), Some(refused.code())),
        };
        let records = page.records.iter().map(|each| each.record);
        let labels = Badges::of(language, held, records, Some(today))?;
        Ok(Some(Found {
            labels,
            page,
            refused,
            campaign,
        }))
    });
    read.await?.ok_or(PageError::NotFound)
}

fn view(
    visit: &Visit,
    question: &Question,
    (partner, name): (PartnerId, String),
    found: &Found,
    role: Role,
) -> List {
    let (campaign, refused) = (found.campaign.as_ref(), found.refused);
    let (found, labels) = (&found.page, &found.labels);
    let (language, asked) = (visit.language, &question.asked);
    let address = question.address();
    let total = usize::try_from(found.total).unwrap_or(usize::MAX);
    List {
        layout: visit.layout(language.text("due-heading")),
        lead: statements::due_lead(language, DueDays::USUAL),
        others: statements::due_others(language, visit.profile(), &found.dates),
        partner: name,
        action: format!("{PLACE}?{address}"),
        done: None,
        left: None,
        refused: refused.map(|code| language.text(refusal_key(code))),
        campaign: campaign.map(|of| (format!("/fiches/{}", of.record), of.name.clone())),
        campaign_id: question.campaign.map(|record| record.to_string()),
        text: asked.text.clone(),
        kinds: kinds(visit, asked),
        states: states(language, asked, found),
        found: language.text_with("due-found", &[("count", found.total.into())]),
        rows: rows(language, found, labels),
        seen: found.seen,
        is_writer: is_writer(role),
        is_filtered: !asked.is_plain() || campaign.is_some(),
        pagination: Pagination::new(
            language,
            &format!(
                "{PLACE}?{address}{}",
                if address.is_empty() { "" } else { "&" }
            ),
            asked.page,
            total,
            ROWS_PER_PAGE,
        ),
        export: (campaign.is_none()).then(|| format!("/exporter?{}", question.in_census(&partner))),
        printed: format!("{PRINTED}?{address}"),
    }
}

fn kinds(visit: &Visit, asked: &Asked) -> Vec<Choice> {
    let language = visit.language;
    let all = Choice {
        value: String::new(),
        label: language.text("census-all-kinds"),
        is_chosen: asked.kind.is_none(),
    };
    let offered = wording::offered_kinds(language, visit.profile()).into_iter();
    let offered = offered.map(|kind| Choice {
        value: kind.code.to_owned(),
        is_chosen: asked.kind.as_deref() == Some(kind.code),
        label: kind.many,
    });
    std::iter::once(all).chain(offered).collect()
}

fn states(language: Language, asked: &Asked, found: &DuePage) -> Vec<Choice> {
    let waiting = Choice {
        value: String::new(),
        label: language.text("due-waiting"),
        is_chosen: asked.due.is_empty(),
    };
    let each = Due::ALL.into_iter().map(|due| {
        let count = found.counts.get(&due).copied().unwrap_or(0);
        let said = statements::due(language, due);
        Choice {
            value: due.code().to_owned(),
            label: format!("{said} ({})", language.number(count)),
            is_chosen: asked.due == BTreeSet::from([due]),
        }
    });
    std::iter::once(waiting).chain(each).collect()
}

fn rows(language: Language, found: &DuePage, labels: &BadgesOf) -> Vec<Row> {
    let records = found.records.iter();
    let rows = records.map(|record| row(language, record, labels.of(&record.record)));
    rows.collect()
}

fn row(language: Language, record: &DueRecord, labels: Badges) -> Row {
    let kind = Kind::parse(&record.kind);
    let sections = record.sections.iter().map(|(code, day)| {
        let section = statements::section(language, kind, code);
        match day {
            None => section,
            Some(day) => {
                let values = [
                    ("section", section.into()),
                    ("day", language.date(&day.to_string()).into()),
                ];
                language.text_with("due-section", &values)
            }
        }
    });
    Row {
        id: record.record.to_string(),
        href: format!("/fiches/{}", record.record),
        name: match record.name.is_empty() {
            true => language.text("record-nameless"),
            false => record.name.clone(),
        },
        kind: wording::kind_label(language, &record.kind),
        place: record.place.clone(),
        badge: statements::due_badge(record.due),
        due: statements::due(language, record.due),
        sections: sections.collect(),
        labels,
    }
}

async fn sheet(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, PageError> {
    let mut question = Question::read(&query.unwrap_or_default());
    question.asked.page = None;
    let (partner, name) = match partner(&app, &visit)? {
        Ok(partner) => partner,
        Err(nobody) => return Ok(nobody),
    };
    let language = visit.language;
    let found = read(&app, language, &question, (&partner, PAGE_MAX)).await?;
    let back = format!("{PLACE}?{}", question.address());
    if found.refused.is_some() {
        return Ok(Redirect::to(&back).into_response());
    }
    let (found, labels) = (&found.page, &found.labels);
    let shown = found.records.len() as u64;
    let shown = Sheet {
        layout: visit.layout(language.text("due-heading")),
        partner: name,
        back,
        found: language.text_with("due-found", &[("count", found.total.into())]),
        cut: (found.total > shown)
            .then(|| language.text_with("due-cut", &[("count", shown.into())])),
        rows: rows(language, found, labels),
    };
    page(StatusCode::OK, &shown)
}

async fn send(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { person, .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, PageError> {
    form.visit.writer()?;
    let question = Question::read(&query.unwrap_or_default());
    let (partner, name) = match partner(&app, &form.visit)? {
        Ok(partner) => partner,
        Err(nobody) => return Ok(nobody),
    };
    let seen: u64 = form.text(SEEN).parse().map_err(|_| PageError::StaleForm)?;
    let ticked: Result<BTreeSet<RecordId>, _> = form.all(TICKED).map(RecordId::parse).collect();
    let ticked = ticked.map_err(|_| PageError::StaleForm)?;
    if ticked.len() > ROWS_PER_PAGE {
        return Err(PageError::StaleForm);
    }
    let language = form.visit.language;
    if ticked.is_empty() {
        let found = read(&app, language, &question, (&partner, ROWS_PER_PAGE)).await?;
        let own = (partner, name);
        let shown = List {
            refused: Some(language.text("due-none-ticked")),
            ..view(&form.visit, &question, own, &found, person.account.role)
        };
        return page(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    let sections = asked_sections(&app, language, &question).await?;
    if form.text(SIGN).is_empty() {
        return look(&app, &form, &question, (ticked, seen, sections)).await;
    }
    if let Some(campaign) = question.campaign {
        let changed = app.read(move |_, reader| reader.last_change(&campaign));
        // It may ask for other sections than those that were shown.
        if changed.await? > seen {
            return Err(PageError::StaleForm);
        }
    }
    let done = sign(&app, (ticked, seen, sections)).await?;
    let address = question.address();
    let (count, left) = (done.confirmed.len(), done.changed.len());
    let place = format!("{PLACE}?{address}&{DONE}={count}&{LEFT}={left}");
    Ok(Redirect::to(&place).into_response())
}

/// What is confirmed: the records, what was seen of them, and the sections; all of them when empty.
type Ticked = (BTreeSet<RecordId>, u64, BTreeSet<String>);

/// Returns the sections that the campaign of an address asks for.
async fn asked_sections(
    app: &App,
    language: Language,
    question: &Question,
) -> Result<BTreeSet<String>, PageError> {
    let Some(record) = question.campaign else {
        return Ok(BTreeSet::new());
    };
    let read = app.read(move |replica, reader| {
        let campaign = campaigns::named(language, (replica, reader), &record)?;
        Ok(campaign.map(|of| of.campaign.sections))
    });
    read.await?.ok_or(PageError::NotFound)
}

/// Shows what would be signed.
async fn look(
    app: &App,
    form: &SentForm,
    question: &Question,
    (ticked, seen, sections): Ticked,
) -> Result<Response, PageError> {
    let language = form.visit.language;
    let read = app.read(move |_, reader| {
        let prepared = prepare(reader, &ticked, seen, &sections)?;
        let mut rows = Vec::new();
        for (record, sections) in &prepared.confirmed {
            let Some(view) = reader.record(record)? else {
                continue;
            };
            let kind = Kind::parse(view.kind());
            let named = sections
                .iter()
                .map(|section| statements::section(language, kind, section));
            rows.push((
                format!("/fiches/{record}"),
                super::census::name(language, &view),
                named.collect::<Vec<_>>().join(", "),
            ));
        }
        let mut changed = Vec::new();
        for record in &prepared.changed {
            let view = reader.record(record)?;
            let name = view.map(|view| super::census::name(language, &view));
            changed.push((
                format!("/fiches/{record}"),
                name.unwrap_or_else(|| record.short()),
            ));
        }
        Ok((prepared, rows, changed))
    });
    let (prepared, rows, changed) = read.await?;
    let count = prepared.confirmed.len();
    let values = [("count", count.into())];
    let shown = Look {
        layout: form.visit.layout(language.text("due-look-heading")),
        action: format!("{PLACE}?{}", question.address()),
        lead: language.text_with("due-look-lead", &values),
        bulk: (count > 1).then(|| language.text("due-look-bulk")),
        ticked: prepared.confirmed.keys().map(RecordId::to_string).collect(),
        changed,
        rows,
        seen: seen.to_string(),
        button: (count > 0).then(|| language.text_with("due-sign", &values)),
    };
    page(StatusCode::OK, &shown)
}

async fn sign(app: &App, (ticked, seen, sections): Ticked) -> Result<Confirmation, PageError> {
    let today = labels::today(app.now())?;
    let replica = Arc::clone(&app.census()?.replica);
    let signed = blocking(move || {
        let done = confirm(&replica, &ticked, seen, (&sections, today));
        // The list that is shown next should not ask for the same records again; one that comes too early only does.
        replica.wait_for_views(VIEWS_DEADLINE);
        done
    });
    signed.await?.map_err(statements::not_signed)
}

/// How long the next page waits for the index.
const VIEWS_DEADLINE: std::time::Duration = std::time::Duration::from_secs(2);
