//! Records as a file. The search of the census page comes along in the address, so that what one sees is what one gets.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use crdt_schema::record::Kind;
use exchange::normal_name;
use replica::search;

use super::{Choice, grants, inclusion};
use crate::app::{App, blocking};
use crate::download::download;
use crate::error::{PageError, page};
use crate::files::{Export, ExportError, Form, Licences, LicensedSource, Reach};
use crate::i18n::Language;
use crate::layout::Layout;
use crate::pages::asked::Asked;
use crate::parts::{self, Problem, Summary};
use crate::visit::{PersonVisit, Visit};
use crate::wording;

/// Names who may read the file.
const REACH: &str = "pour";

#[derive(Template)]
#[template(path = "exchange/export.html")]
struct ExportPage {
    layout: Layout,
    summary: Summary,
    /// What the search of the census page asked for, beside the kind.
    hidden: Vec<(String, String)>,
    found: String,
    is_searched: bool,
    is_empty: bool,
    whole: &'static str,
    back: String,
    kinds: Vec<Choice>,
    kind_error: Option<String>,
    forms: Vec<(Choice, String)>,
    reaches: Vec<(Choice, String)>,
    sources: Vec<Source>,
    /// How many records stay among partners for their source.
    closed: Option<String>,
}

/// A source with its licence.
struct Source {
    href: String,
    name: String,
    licence: String,
    attribution: String,
    is_closed: bool,
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/exporter", get(form))
        .route("/exporter/fichier", get(file))
}

async fn form(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let query = query.unwrap_or_default();
    let asked = Asked::read(&query);
    shown(&app, &visit, &asked, Form::Workbook, Vec::new())
        .await
        .map_err(IntoResponse::into_response)
}

async fn shown(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    form: Form,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let replica = Arc::clone(&app.census()?.replica);
    let query = search::Query {
        size: 1,
        offset: 0,
        ..asked.to_query(app.today())
    };
    // A search that cannot be answered finds nothing, and the census page says why.
    let total = match blocking(move || replica.search(&query)).await? {
        Ok(answer) => answer.total,
        Err(search::Error::Refused(_)) => 0,
        Err(search::Error::Fault(fault)) => return Err(PageError::Fault(fault.into())),
    };
    let (sources, closed) = licences(app, language).await?;
    let status = parts::status(&problems);
    let mut view = view(visit, asked, (form, total), problems, language);
    (view.sources, view.closed) = (sources, closed);
    page(status, &view)
}

/// Reads the sources with their licences. Records are counted where one is closed.
async fn licences(
    app: &App,
    language: Language,
) -> Result<(Vec<Source>, Option<String>), PageError> {
    let read = app.read(move |replica, reader| {
        // What goes wrong with the search is said where the file is asked for.
        let licences = Licences::of(replica, reader).unwrap_or_default();
        let mut count = 0_u64;
        if licences.sources().iter().any(LicensedSource::is_closed) {
            reader.each_record(|view| {
                let is_there = !view.fields().is_empty() && !view.is_withdrawn();
                count += u64::from(is_there && licences.closes(&view));
                Ok::<(), replica::Fault>(())
            })?;
        }
        Ok((licences.sources().to_vec(), count))
    });
    let (sources, count) = read.await?;
    let sources = sources.into_iter().map(|source| Source {
        href: format!("/fiches/{}", source.record),
        is_closed: source.is_closed(),
        licence: source
            .licence
            .map(|licence| licence.name)
            .unwrap_or_default(),
        name: source.name,
        attribution: source.attribution,
    });
    let closed =
        (count > 0).then(|| language.text_with("export-closed", &[("count", count.into())]));
    Ok((sources.collect(), closed))
}

fn view(
    visit: &Visit,
    asked: &Asked,
    (form, total): (Form, u64),
    problems: Vec<Problem>,
    language: Language,
) -> ExportPage {
    let mut hidden = asked.hidden_fields();
    hidden.retain(|(name, _)| name != "kind");
    if !asked.text.is_empty() {
        hidden.push(("q".to_owned(), asked.text.clone()));
    }
    let is_searched = !hidden.is_empty();
    let all = Choice {
        value: String::new(),
        label: language.text("export-all-kinds"),
        is_chosen: asked.kind.is_none(),
    };
    let kinds = wording::kinds_to_choose(language, visit.profile(), asked.kind.as_deref());
    let kinds = kinds.into_iter().map(|kind| Choice {
        value: kind.code.to_owned(),
        is_chosen: asked.kind.as_deref() == Some(kind.code),
        label: kind.many,
    });
    // The two lists of data·inclusion have a page of their own, on which they are fetched.
    let is_offered =
        |form: &Form| !matches!(form, Form::InclusionServices | Form::InclusionStructures);
    let forms = Form::ALL.into_iter().filter(is_offered).map(|one| {
        let (label, hint) = words(one);
        let choice = Choice {
            value: one.code().to_owned(),
            label: language.text(label),
            is_chosen: one == form,
        };
        (choice, language.text(hint))
    });
    ExportPage {
        layout: visit.layout(language.text("section-export")),
        hidden,
        found: language.text_with("census-found", &[("count", total.into())]),
        is_searched,
        is_empty: total == 0,
        whole: "/exporter",
        back: format!("/recensement?{}", asked.to_address(|_| ())),
        kind_error: problems.iter().find_map(|problem| problem.of("kind")),
        summary: Summary::new(language, problems),
        kinds: std::iter::once(all).chain(kinds).collect(),
        forms: forms.collect(),
        reaches: reaches(language),
        sources: Vec::new(),
        closed: None,
    }
}

fn words(form: Form) -> (&'static str, &'static str) {
    match form {
        Form::Atom => ("export-atom", "export-atom-hint"),
        Form::Csv => ("export-csv", "export-csv-hint"),
        Form::Calendar => ("export-calendar", "export-calendar-hint"),
        Form::GeoJson => ("export-geojson", "export-geojson-hint"),
        Form::Grants => ("export-grants", "export-grants-hint"),
        Form::Inclusion | Form::InclusionServices | Form::InclusionStructures => {
            ("export-inclusion", "export-inclusion-hint")
        }
        Form::Json => ("export-json", "export-json-hint"),
        Form::Parquet => ("export-parquet", "export-parquet-hint"),
        Form::Spreadsheet => ("export-spreadsheet", "export-spreadsheet-hint"),
        Form::Workbook => ("export-workbook", "export-workbook-hint"),
    }
}

/// Who may read the file. Where a person says nothing, the format does.
fn reaches(language: Language) -> Vec<(Choice, String)> {
    let all = [
        ("", "export-reach-form", "export-reach-form-hint"),
        ("public", "export-reach-public", "export-reach-public-hint"),
        (
            "partenaires",
            "export-reach-partners",
            "export-reach-partners-hint",
        ),
    ];
    let choice = |(value, key, hint): (&str, &str, &str)| {
        let label = language.text(key);
        let choice = Choice {
            value: value.to_owned(),
            label,
            is_chosen: value.is_empty(),
        };
        (choice, language.text(hint))
    };
    all.into_iter().map(choice).collect()
}

/// Raises a flag when the answer is not waited for any more.
struct Left(Arc<AtomicBool>);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn file(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    PersonVisit { visit, .. }: PersonVisit,
) -> Result<Response, Response> {
    let query = query.unwrap_or_default();
    let asked = Asked::read(&query);
    let form = Asked::value(&query, "format").and_then(|code| Form::parse(&code));
    let form = form.ok_or_else(|| PageError::NotFound.into_response())?;
    let reach = match Asked::value(&query, REACH).as_deref() {
        Some("public") => Reach::Public,
        Some("partenaires") => Reach::Partners,
        _ => form.reach(),
    };
    let before = match form {
        Form::Grants => Some(grants::ADDRESS),
        Form::Inclusion => Some(inclusion::ADDRESS),
        _ => None,
    };
    if let Some(before) = before.filter(|_| Asked::value(&query, inclusion::SEEN).is_none()) {
        let place = asked.to_address(|_| ());
        return Ok(Redirect::to(&format!("{before}?{place}")).into_response());
    }
    let kind = asked.kind.as_deref().and_then(Kind::parse);
    let replica = Arc::clone(&app.census().map_err(IntoResponse::into_response)?.replica);
    let (found, is_plain) = (asked.to_query(app.today()), asked.is_only_a_kind());
    let left = Left(Arc::default());
    let is_left = Arc::clone(&left.0);
    let (now, language) = (app.now(), visit.language);
    let address = app.settings().public_address().map(str::to_owned);
    let written = blocking(move || {
        let mut file = tempfile::tempfile_in(replica.folder())?;
        let export = Export {
            form,
            kind,
            // A whole kind needs no search.
            found: (!is_plain).then_some(&found),
            language: language.tag(),
            reach,
            now,
            address: address.as_deref(),
            said_max: 0,
        };
        let mut watch = |_| match is_left.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        export.write(&replica, &mut file, &mut watch)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    });
    match written.await.map_err(IntoResponse::into_response)? {
        Ok(file) => {
            let mut stem = file_stem(&app, kind);
            if reach == Reach::Public && form.reach() == Reach::Partners {
                stem.push_str("-public");
            }
            sent(file, form, &stem).map_err(IntoResponse::into_response)
        }
        Err(error) => refused(&app, &visit, &asked, form, error)
            .await
            .map_err(IntoResponse::into_response),
    }
}

/// Sends a file that has no name on the disk.
pub(super) fn sent(file: File, form: Form, stem: &str) -> Result<Response, PageError> {
    download(file, form.media_type(), &form.file_name(stem))
}

/// Names the file by its kind and the day, in plain letters.
fn file_stem(app: &App, kind: Option<&'static Kind>) -> String {
    let what = kind.map_or_else(
        || "recensement".to_owned(),
        |kind| normal_name(kind.plural.fr),
    );
    let what: String = what.chars().filter(char::is_ascii_alphanumeric).collect();
    match app.now().date() {
        Some(day) => format!("{what}-{day}"),
        None => what,
    }
}

pub(super) async fn refused(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    form: Form,
    error: ExportError,
) -> Result<Response, PageError> {
    let problem = match error {
        ExportError::KindMissing => "export-kind-missing",
        ExportError::NoDates => "export-no-dates",
        ExportError::NoGrants => "export-no-grants",
        ExportError::SheetFull(_) => "export-sheet-full",
        ExportError::Search(search::Error::Refused(_)) => "search-refused",
        ExportError::Search(search::Error::Fault(fault)) => {
            return Err(PageError::Fault(fault.into()));
        }
        ExportError::Fault(fault) => return Err(PageError::Fault(fault)),
        ExportError::Io(error) => {
            tracing::error!(%error, "an export could not be written: look at the disk of the node's folder");
            return Err(PageError::Interrupted);
        }
        ExportError::Stopped => return Err(PageError::Interrupted),
    };
    let problem = Problem::new("kind", visit.language.text(problem));
    shown(app, visit, asked, form, vec![problem]).await
}
