//! Exchange without a network: a file with everything that partners may have, to write and to take in. Both ask for the password again:
//! the file leaves the house, and what it brings stays.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::app::{App, blocking};
use crate::bundles::TakenBundle;
use crate::download::download;
use crate::error::{PageError, page};
use crate::form::SentForm;
use crate::i18n::Language;
use crate::layout::Layout;
use crate::office::Refused;
use crate::pages::login::{Admission, admit};
use crate::parts::{self, Cell, Field, Problem, Summary, Table};
use crate::server::PeerAddress;
use crate::upload::{self, FILE, SentFile, UploadError};
use crate::visit::{From, Person, PersonVisit, Visit};

#[derive(Template)]
#[template(path = "federation/bundle.html")]
struct BundlePage {
    layout: Layout,
    summary: Summary,
    /// What became of the file that was sent.
    report: Option<Report>,
    to_write: Field,
    to_take: Field,
    file_error: Option<String>,
}

struct Report {
    lead: String,
    facts: Vec<(String, String)>,
    broken: Option<String>,
    left_out: Option<Table>,
}

/// The fields of the two forms.
const TO_WRITE: &str = "password";
const TO_TAKE: &str = "password-take";

pub(super) fn routes() -> Router<App> {
    let sending = post(take).layer(upload::body_limit());
    Router::new()
        .route("/federation/fichier", get(form).merge(sending))
        .route("/federation/fichier/ecrire", post(write))
}

async fn form(PersonVisit { visit, .. }: PersonVisit) -> Result<Response, Response> {
    visit.decider().map_err(IntoResponse::into_response)?;
    show(&visit, None, Vec::new()).map_err(IntoResponse::into_response)
}

fn show(
    visit: &Visit,
    taken: Option<&TakenBundle>,
    problems: Vec<Problem>,
) -> Result<Response, PageError> {
    let language = visit.language;
    let password = |id| {
        Field::password(id, language.text("deciding-password"))
            .with_hint(language.text("bundle-password-hint"))
            .with_autocomplete("current-password")
            .with_problems(&problems)
    };
    let is_whole = taken.is_none_or(|taken| taken.broken.is_none());
    let status = match parts::status(&problems) {
        StatusCode::OK if !is_whole => StatusCode::UNPROCESSABLE_ENTITY,
        status => status,
    };
    let view = BundlePage {
        layout: visit.layout(language.text("bundle-heading")),
        report: taken.map(|taken| report(language, taken)),
        to_write: password(TO_WRITE),
        to_take: password(TO_TAKE),
        file_error: problems.iter().find_map(|problem| problem.of(FILE)),
        summary: Summary::new(language, problems),
    };
    page(status, &view)
}

async fn write(
    State(app): State<App>,
    From(address): From,
    form: SentForm,
) -> Result<Response, Response> {
    form.visit.decider().map_err(IntoResponse::into_response)?;
    let asked = (form.visit.person.as_ref(), form.raw(TO_WRITE));
    let problem = password_problem(&app, address, form.visit.language, asked, TO_WRITE).await;
    if let Some(problem) = problem.map_err(IntoResponse::into_response)? {
        return show(&form.visit, None, vec![problem]).map_err(IntoResponse::into_response);
    }
    let written = written(&app).await.map_err(IntoResponse::into_response)?;
    let answer = match written {
        Ok(file) => sent(&app, file),
        Err(refused) => {
            let problem = Problem::new(TO_WRITE, words(form.visit.language, &refused));
            show(&form.visit, None, vec![problem])
        }
    };
    answer.map_err(IntoResponse::into_response)
}

/// Writes the bundle to a file that has no name on the disk.
async fn written(app: &App) -> Result<Result<File, Refused>, PageError> {
    let census = app.census()?;
    let (bundles, folder) = (census.bundles.clone(), census.replica.folder().to_owned());
    blocking(move || {
        let disk = |error: std::io::Error| Refused::new("file", error.to_string());
        let mut file = tempfile::tempfile_in(folder).map_err(disk)?;
        bundles.write(&mut file)?;
        file.seek(SeekFrom::Start(0)).map_err(disk)?;
        Ok(file)
    })
    .await
}

fn sent(app: &App, file: File) -> Result<Response, PageError> {
    let day = app
        .now()
        .date()
        .map_or_else(String::new, |day| format!("-{day}"));
    let name = format!("maillage{day}.bundle");
    download(file, "application/octet-stream", &name)
}

async fn take(
    State(app): State<App>,
    From(address): From,
    form: SentFile,
) -> Result<Response, Response> {
    form.visit.decider().map_err(IntoResponse::into_response)?;
    let language = form.visit.language;
    let asked = (Some(&form.person), form.raw(TO_TAKE));
    let problem = password_problem(&app, address, language, asked, TO_TAKE).await;
    let problem = problem.map_err(IntoResponse::into_response)?;
    let answer = match (problem, form.upload) {
        (Some(problem), _) => show(&form.visit, None, vec![problem]),
        (None, Err(error)) => {
            let text = language.text(match error {
                UploadError::Missing => "bundle-file-missing",
                UploadError::TooLarge => "bundle-file-too-large",
            });
            show(&form.visit, None, vec![Problem::new(FILE, text)])
        }
        (None, Ok(upload)) => {
            let bundles = app.census().map(|census| census.bundles.clone());
            let bundles = bundles.map_err(IntoResponse::into_response)?;
            let taken = blocking(move || bundles.take(upload.file)).await;
            match taken.map_err(IntoResponse::into_response)? {
                Ok(taken) => show(&form.visit, Some(&taken), Vec::new()),
                Err(refused) => {
                    let problem = Problem::new(FILE, words(language, &refused));
                    show(&form.visit, None, vec![problem])
                }
            }
        }
    };
    answer.map_err(IntoResponse::into_response)
}

/// Asks for the password again, as for a signature.
async fn password_problem(
    app: &App,
    address: PeerAddress,
    language: Language,
    (person, password): (Option<&Person>, &str),
    field: &'static str,
) -> Result<Option<Problem>, PageError> {
    let name = person.map_or("", |person| person.account.name.as_str());
    let text = match admit(app, address, name, password).await? {
        Admission::Admitted(_) => return Ok(None),
        Admission::Refused => language.text("bundle-password-wrong"),
        Admission::Wait(seconds) => {
            language.text_with("login-wait", &[("seconds", seconds.into())])
        }
    };
    Ok(Some(Problem::new(field, text)))
}

fn report(language: Language, taken: &TakenBundle) -> Report {
    let made = taken.made.map(|made| language.moment(made));
    let made_by = taken.made_by.clone();
    let values = [
        ("day", made.unwrap_or_default().into()),
        (
            "partner",
            made_by
                .unwrap_or_else(|| language.text("bundle-made-by-unknown"))
                .into(),
        ),
    ];
    let count = |key, count| (language.text(key), language.number(count));
    let left_out: u64 = taken.left_out.iter().map(|each| each.entries).sum();
    Report {
        lead: language.text_with("bundle-made", &values),
        facts: vec![
            count("bundle-new", taken.new),
            count("bundle-known", taken.known),
            count("bundle-left-out", left_out),
            count("bundle-erased", taken.erased),
        ],
        broken: taken.broken.as_ref().map(|(code, at)| {
            let values = [("at", language.number(*at).into())];
            match code.as_str() {
                "bundle_damaged" => language.text_with("bundle-damaged", &values),
                _ => language.text_with("bundle-refused", &values),
            }
        }),
        left_out: left_out_table(language, taken),
    }
}

fn left_out_table(language: Language, taken: &TakenBundle) -> Option<Table> {
    let why = |reason: &str| match reason {
        "quota" => language.text("bundle-why-quota"),
        "disk" | "disk_full" => language.text("bundle-why-disk"),
        "missing" => language.text("bundle-why-missing"),
        "signature" => language.text("bundle-why-signature"),
        _ => language.text("bundle-why-gap"),
    };
    let rows = taken.left_out.iter().map(|each| {
        vec![
            Cell::Heading(each.partner.clone()),
            Cell::Text(language.number(each.entries)),
            Cell::Text(why(&each.reason)),
        ]
    });
    let columns = ["partners-name", "bundle-entries", "bundle-why"];
    (!taken.left_out.is_empty()).then(|| Table {
        caption: language.text("bundle-left-out"),
        columns: columns.map(|key| language.text(key)).to_vec(),
        rows: rows.collect(),
    })
}

/// Returns the words for a refusal of the program.
fn words(language: Language, refused: &Refused) -> String {
    match refused.code.as_str() {
        "bundle_damaged" => language.text("bundle-damaged-at-once"),
        "bundle_newer" => language.text("bundle-newer"),
        "bundle_of_another_federation" => language.text("bundle-other"),
        "bundle_too_many_feeds" => language.text("bundle-too-many-feeds"),
        "bundle_unknown" => language.text("bundle-unknown"),
        _ => {
            tracing::error!(code = %refused.code, "a bundle was not exchanged: {refused}");
            let values = [("code", refused.code.clone().into())];
            language.text_with("refused-other", &values)
        }
    }
}
