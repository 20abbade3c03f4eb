//! Veilles: the searches that a person follows, what is new in each, and the forms to keep, rename and remove them. Looking at one changes
//! nothing: a button says that it was seen.

mod feed;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use replica::local::{Seen, WATCH_NAME_CHARS_MAX, WATCHES_MAX, Watch, WatchError};
use replica::search::Error;
use replica::{Fault, Reader, Replica};
use serde::Deserialize;

use crate::app::App;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::{Asked, ROWS_PER_PAGE, Shown};
use crate::pages::census;
use crate::parts::{self, Field, Pagination, Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::watches::{followed, page as watch_page};
use crate::wording;

const NAME: &str = "nom";
/// How a form says up to which change, and on which day, the person has seen the list.
const SEEN: &str = "jusqu";

#[derive(Template)]
#[template(path = "watches/list.html")]
struct List {
    layout: Layout,
    rows: Vec<Row>,
    room: String,
}

struct Row {
    href: String,
    name: String,
    search: String,
    found: String,
    new: Option<String>,
}

#[derive(Template)]
#[template(path = "watches/new.html")]
struct NewWatch {
    layout: Layout,
    summary: Summary,
    action: String,
    cancel: String,
    search: String,
    found: String,
    seen: String,
    name: Field,
}

#[derive(Template)]
#[template(path = "watches/watch.html")]
struct WatchPage {
    layout: Layout,
    summary: Summary,
    search: String,
    state: String,
    refused: bool,
    /// Whether there is anything to mark as seen.
    has_new: bool,
    seen: String,
    rows: Vec<Found>,
    pagination: Pagination,
    address: String,
    links: Vec<(String, String)>,
    feed: feed::Block,
    name: Field,
}

struct Found {
    href: String,
    name: String,
    kind: String,
    place: String,
    is_new: bool,
}

#[derive(Deserialize)]
struct Place {
    page: Option<usize>,
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/veilles", get(list))
        .route("/veilles/nouvelle", get(new_form).post(keep))
        .route("/veilles/{number}", get(watch))
        .route("/veilles/{number}/vue", post(see))
        .route("/veilles/{number}/renommer", post(rename))
        .route("/veilles/{number}/supprimer", post(remove))
        .merge(feed::routes())
}

async fn list(
    State(app): State<App>,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, PageError> {
    let (language, today) = (visit.language, app.today());
    let lexicon = app.lexicon().await?;
    let account = person.account.name;
    let rows = app.read_both(move |replica, local| {
        let watches = local.watches(&account)?.into_iter();
        let rows = watches.map(|watch| {
            let asked = Asked::read(&watch.search);
            let said = census::in_words(language, lexicon.words(), &replica.state(), &asked);
            let row = Row {
                href: format!("/veilles/{}", watch.number),
                name: watch.name.clone(),
                search: said,
                found: String::new(),
                new: None,
            };
            match followed(replica, watch, today) {
                Ok(followed) => Ok(Row {
                    found: language.number(followed.total),
                    new: (followed.new > 0).then(|| new_words(language, followed.new)),
                    ..row
                }),
                // What an earlier version allowed may be too long for this one.
                Err(Error::Refused(_)) => Ok(row),
                Err(Error::Fault(fault)) => Err(fault.into()),
            }
        });
        rows.collect::<Result<Vec<Row>, Fault>>()
    });
    let rows = rows.await?;
    let values = [("count", rows.len().into()), ("max", WATCHES_MAX.into())];
    let shown = List {
        room: language.text_with("watches-room", &values),
        layout: visit.layout(language.text("section-watches")),
        rows,
    };
    page(StatusCode::OK, &shown)
}

fn new_words(language: Language, count: u64) -> String {
    language.text_with("watch-new", &[("count", count.into())])
}

async fn new_form(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, PageError> {
    let asked = Asked::read(&query.unwrap_or_default());
    show_new(&app, &visit, &asked, (None, ""), Vec::new()).await
}

/// Shows the form. `seen` is the change that it carried, where it was sent before.
async fn show_new(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    (seen, typed): (Option<Seen>, &str),
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let lexicon = app.lexicon().await?;
    let today = app.today();
    let (query, own) = (asked.to_query(today), asked.clone());
    let read = app.read(move |replica, _| {
        let said = census::in_words(language, lexicon.words(), &replica.state(), &own);
        let now = replica.searched_change();
        match replica.count(&query) {
            Ok(count) => Ok(Ok((said, count, now))),
            Err(Error::Refused(refused)) => Ok(Err(refused)),
            Err(Error::Fault(fault)) => Err(fault.into()),
        }
    });
    // The page of the search says why it is none.
    let Ok((search, count, now)) = read.await? else {
        return Ok(Redirect::to(&asked.href(|_| ())).into_response());
    };
    let hint = [("max", WATCH_NAME_CHARS_MAX.into())];
    let status = parts::status(&problems);
    let form = NewWatch {
        layout: visit.layout(language.text("watch-new-heading")),
        action: format!("/veilles/nouvelle?{}", asked.to_address(|_| ())),
        cancel: asked.href(|_| ()),
        search,
        found: language.text_with("census-found", &[("count", count.into())]),
        seen: seen
            .unwrap_or(Seen {
                change: now,
                day: today,
            })
            .to_string(),
        name: Field::text(NAME, language.text("watch-name"))
            .with_hint(language.text_with("watch-name-hint", &hint))
            .with_value(typed)
            .with_problems(&problems),
        summary: Summary::new(language, problems),
    };
    page(status, &form)
}

async fn keep(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { person, .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, PageError> {
    let asked = Asked::read(&query.unwrap_or_default());
    let (search, name) = (asked.to_address(|_| ()), form.text(NAME).to_owned());
    let (account, now, today) = (person.account.name, app.now(), app.today());
    // What came after the form was opened was not counted there, and is new.
    let sent = Seen::parse(form.text(SEEN)).ok_or(PageError::StaleForm)?;
    let kept = app.read_both(move |replica, local| {
        let seen = sent.at_most(replica.searched_change(), today);
        Ok(local.keep_watch(&account, (&name, &search), seen, now))
    });
    match kept.await? {
        Ok(number) => Ok(Redirect::to(&format!("/veilles/{number}")).into_response()),
        Err(error) => {
            let problem = problem(form.visit.language, error)?;
            let typed = (Some(sent), form.text(NAME));
            show_new(&app, &form.visit, &asked, typed, vec![problem]).await
        }
    }
}

fn problem(language: Language, error: WatchError) -> Result<Problem, PageError> {
    let key = match error {
        WatchError::Fault(fault) => return Err(PageError::Fault(fault)),
        // The account went while its owner was here.
        WatchError::NoAccount => return Err(PageError::StaleForm),
        WatchError::Name => "watch-name-wrong",
        WatchError::Search => "watch-search-too-long",
        WatchError::TooMany => "watch-too-many",
    };
    let values = [
        ("chars", WATCH_NAME_CHARS_MAX.into()),
        ("max", WATCHES_MAX.into()),
    ];
    Ok(Problem::new(NAME, language.text_with(key, &values)))
}

async fn watch(
    State(app): State<App>,
    Path(number): Path<u64>,
    Query(place): Query<Place>,
    PersonVisit { visit, person }: PersonVisit,
) -> Result<Response, PageError> {
    let account = person.account.name;
    let found = app.local(move |local| local.watch(&account, number));
    let watch = found.await?.ok_or(PageError::NotFound)?;
    show(&app, &visit, (watch, place.page), (None, None)).await
}

/// What is read of a watch for its page.
struct Looked {
    search: String,
    seen: u64,
    /// The total, what is new of it, and the rows; `None` for a search that is refused.
    found: Option<(u64, u64, Vec<Found>)>,
}

async fn show(
    app: &App,
    visit: &Visit,
    (watch, asked_page): (Watch, Option<usize>),
    (problem, opened): (Option<Problem>, Option<String>),
) -> Result<Response, PageError> {
    let (language, today) = (visit.language, app.today());
    let lexicon = app.lexicon().await?;
    let asked = Asked::read(&watch.search);
    let (own, kept) = (asked.clone(), watch.clone());
    let read = app.read(move |replica, reader| {
        let search = census::in_words(language, lexicon.words(), &replica.state(), &own);
        // Before the search: what comes in between is new the next time.
        let seen = replica.searched_change();
        match looked(language, replica, reader, &kept, (today, asked_page)) {
            Ok(found) => Ok(Looked {
                search,
                seen,
                found: Some(found),
            }),
            Err(Error::Refused(_)) => Ok(Looked {
                search,
                seen,
                found: None,
            }),
            Err(Error::Fault(fault)) => Err(fault.into()),
        }
    });
    let looked = read.await?;
    let refused = looked.found.is_none();
    let (total, new, rows) = looked.found.unwrap_or_default();
    let address = format!("/veilles/{}", watch.number);
    let problems: Vec<Problem> = problem.into_iter().collect();
    let status = parts::status(&problems);
    let values = [("total", total.into()), ("count", new.into())];
    let shown = WatchPage {
        layout: visit.layout(watch.name.clone()),
        search: looked.search,
        state: language.text_with("watch-state", &values),
        refused,
        has_new: new > 0,
        seen: Seen {
            change: looked.seen,
            day: today,
        }
        .to_string(),
        rows,
        pagination: Pagination::new(
            language,
            &format!("{address}?"),
            asked_page,
            usize::try_from(total).unwrap_or(usize::MAX),
            ROWS_PER_PAGE,
        ),
        links: links(language, &asked),
        feed: feed::Block::of(language, &watch, opened),
        name: Field::text(NAME, language.text("watch-name"))
            .with_value(&watch.name)
            .with_problems(&problems),
        address,
        summary: Summary::new(language, problems),
    };
    page(status, &shown)
}

fn looked(
    language: Language,
    replica: &Replica,
    reader: &Reader,
    watch: &Watch,
    (today, asked_page): (Option<crdt_schema::label::Day>, Option<usize>),
) -> Result<(u64, u64, Vec<Found>), Error> {
    let counted = followed(replica, watch.clone(), today)?;
    let page = asked_page.unwrap_or(1).max(1);
    let offset = (page - 1).saturating_mul(ROWS_PER_PAGE);
    let mut rows = Vec::new();
    for hit in watch_page(replica, &counted, today, (ROWS_PER_PAGE, offset))? {
        let view = reader.record(&hit.record)?;
        rows.extend(view.map(|view| Found {
            href: format!("/fiches/{}", view.record),
            name: census::name(language, &view),
            kind: wording::kind_label(language, view.kind()),
            place: census::text(view.field("commune_name")),
            is_new: counted.is_new(&hit),
        }));
    }
    Ok((counted.total, counted.new, rows))
}

/// The same question as a list, on the map, and as a file.
fn links(language: Language, asked: &Asked) -> Vec<(String, String)> {
    let shown = |shown| asked.href(|asked| asked.shown = shown);
    vec![
        (shown(Shown::List), language.text("watch-as-list")),
        (shown(Shown::Map), language.text("census-as-map")),
        (
            format!("/exporter?{}", asked.to_address(|_| ())),
            language.text("export-this-list"),
        ),
    ]
}

async fn see(
    State(app): State<App>,
    Path(number): Path<u64>,
    PersonVisit { person, .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, PageError> {
    let seen = Seen::parse(form.text(SEEN)).ok_or(PageError::StaleForm)?;
    let (account, today) = (person.account.name, app.today());
    let done = app.read_both(move |replica, local| {
        // Nobody has seen what is not there yet.
        let seen = seen.at_most(replica.searched_change(), today);
        local.see_watch(&account, number, seen)
    });
    gone_unless(done.await?)?;
    Ok(Redirect::to(&format!("/veilles/{number}")).into_response())
}

async fn rename(
    State(app): State<App>,
    Path(number): Path<u64>,
    PersonVisit { person, .. }: PersonVisit,
    form: SentForm,
) -> Result<Response, PageError> {
    let (account, name) = (person.account.name, form.text(NAME).to_owned());
    let renamed = app.local(move |local| {
        let renamed = local.rename_watch(&account, number, &name);
        Ok((renamed, local.watch(&account, number)?))
    });
    let (renamed, watch) = renamed.await?;
    match renamed {
        Ok(is_there) => {
            gone_unless(is_there)?;
            Ok(Redirect::to(&format!("/veilles/{number}")).into_response())
        }
        Err(error) => {
            let watch = watch.ok_or(PageError::NotFound)?;
            let problem = problem(form.visit.language, error)?;
            show(&app, &form.visit, (watch, None), (Some(problem), None)).await
        }
    }
}

async fn remove(
    State(app): State<App>,
    Path(number): Path<u64>,
    PersonVisit { person, .. }: PersonVisit,
    _form: SentForm,
) -> Result<Response, PageError> {
    let account = person.account.name;
    let removed = app.local(move |local| local.remove_watch(&account, number));
    gone_unless(removed.await?)?;
    Ok(Redirect::to("/veilles").into_response())
}

fn gone_unless(is_there: bool) -> Result<(), PageError> {
    match is_there {
        true => Ok(()),
        false => Err(PageError::NotFound),
    }
}
