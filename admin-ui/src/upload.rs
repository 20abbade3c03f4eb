//! A form with a file. Like every form it is read only together with the token of its browser, and the file goes to the disk as it
//! comes, into a file that has no name there: whatever happens, nothing of it stays. What anybody may send, without a login, is small, and
//! stays in memory.

use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use crdt_schema::proof::PROOF_BYTES_MAX;
use tokio::io::AsyncWriteExt;
use tokio::sync::OwnedSemaphorePermit;

use crate::app::{App, blocking};
use crate::error::PageError;
use crate::form::TOKEN;
use crate::imports::Upload;
use crate::pages::is_writer;
use crate::visit::{From, PersonVisit, Visit};

/// Bytes of a file that is no import: page 7 of the design.
pub(crate) const FILE_BYTES_MAX: u64 = 20 << 20;
/// Bytes of a file to import, unless an operator says otherwise: a census of 100,000 rows takes 30 to 60 MB.
pub(crate) const IMPORT_BYTES_MAX: u64 = 200 << 20;
/// What an operator may allow at most: what readers take, by page and by command.
pub const IMPORT_BYTES_CEILING: u64 = IMPORT_BYTES_MAX;
/// Bytes of a file between two looks at the disk.
const LOOK_BYTES: u64 = 4 << 20;
/// Bytes of a body. What is over the limit of a file is read and thrown away: a browser that is cut off in the middle shows its own
/// words, not ours.
const BODY_BYTES_MAX: usize = 64 << 20;
/// Bytes of any other field, and how many of them there may be.
const FIELD_BYTES_MAX: usize = 4 << 10;
const FIELDS_MAX: usize = 16;
/// Characters of a file's name that are kept: what common systems allow.
const NAME_CHARS_MAX: usize = 255;

/// A form with a file that somebody sent from our own page, who may write.
pub(crate) struct SentFile {
    pub(crate) visit: Visit,
    pub(crate) person: crate::visit::Person,
    pub(crate) upload: Result<Upload, UploadError>,
    fields: Vec<(String, String)>,
}

/// Why there is no file to work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UploadError {
    /// No file was chosen.
    Missing,
    /// It is larger than what the form takes.
    TooLarge,
}

/// A form with a file to import, which may be larger than others.
pub(crate) struct SentImport(pub(crate) SentFile);

impl FromRequest<App> for SentImport {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let bytes_max = app.settings().import_bytes_max();
        SentFile::of(request, app, bytes_max).await.map(Self)
    }
}

impl SentFile {
    /// Returns the first value of a field without the blanks around it; an absent field is empty.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Returns the first value of a field exactly as it was typed.
    pub(crate) fn raw(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value)
    }
}

impl FromRequest<App> for SentFile {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        Self::of(request, app, FILE_BYTES_MAX).await
    }
}

impl SentFile {
    /// Reads a form. Who may not write is refused before anything is read.
    async fn of(request: Request, app: &App, bytes_max: u64) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let PersonVisit { visit, person } =
            PersonVisit::from_request_parts(&mut parts, app).await?;
        if !is_writer(person.account.role) {
            return Err(PageError::NotForThisRole.into_response());
        }
        let request = Request::from_parts(parts, body);
        let form = Multipart::from_request(request, app).await;
        let form = form.map_err(IntoResponse::into_response)?;
        let mut sent = Self {
            visit,
            person,
            upload: Err(UploadError::Missing),
            fields: Vec::new(),
        };
        sent.read(form, app, bytes_max).await?;
        Ok(sent)
    }

    /// Reads the parts in their order: the token comes first in our form, and nothing is kept before it.
    async fn read(
        &mut self,
        mut form: Multipart,
        app: &App,
        bytes_max: u64,
    ) -> Result<(), Response> {
        let mut is_ours = false;
        while let Some(field) = form
            .next_field()
            .await
            .map_err(IntoResponse::into_response)?
        {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                TOKEN => {
                    is_ours = self.visit.is_own_token(&short(field).await?);
                    if !is_ours {
                        break;
                    }
                }
                _ if !is_ours => break,
                FILE => self.upload = kept(field, app, bytes_max).await?,
                _ if self.fields.len() == FIELDS_MAX => {
                    return Err(StatusCode::BAD_REQUEST.into_response());
                }
                _ => self.fields.push((name, short(field).await?)),
            }
        }
        if is_ours {
            Ok(())
        } else {
            Err(PageError::StaleForm.into_response())
        }
    }
}

/// A small file that anybody sent from our own page.
pub(crate) struct PublicFile {
    pub(crate) visit: Visit,
    pub(crate) upload: Result<PublicUpload, PublicError>,
}

/// Its bytes: at most one more than asked for, so that a file that is too large is told as such.
pub(crate) struct PublicUpload {
    pub(crate) bytes: Vec<u8>,
    /// Given back once the file was judged.
    _place: OwnedSemaphorePermit,
}

/// Why there is no file to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PublicError {
    /// No file was chosen.
    Missing,
    /// The address asks too often: not before this many seconds.
    Wait(u64),
}

impl FromRequest<App> for PublicFile {
    type Rejection = Response;

    /// Who asks too often is refused before anything is read, and few are read at a time.
    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await;
        let visit = visit.map_err(IntoResponse::into_response)?;
        let Ok(From(address)) = From::from_request_parts(&mut parts, app).await;
        if let Some(seconds) = app.take_turn(address) {
            let upload = Err(PublicError::Wait(seconds));
            return Ok(Self { visit, upload });
        }
        let place = app.checking().acquire_owned().await;
        let place = place.map_err(|_| PageError::Interrupted.into_response())?;
        let request = Request::from_parts(parts, body);
        let form = Multipart::from_request(request, app).await;
        let bytes = public_bytes(form.map_err(IntoResponse::into_response)?, &visit).await?;
        let upload = match bytes {
            Some(bytes) => Ok(PublicUpload {
                bytes,
                _place: place,
            }),
            None => Err(PublicError::Missing),
        };
        Ok(Self { visit, upload })
    }
}

/// Reads the token, which comes first in our form, then the file.
async fn public_bytes(mut form: Multipart, visit: &Visit) -> Result<Option<Vec<u8>>, Response> {
    let mut is_ours = false;
    let mut bytes = None;
    while let Some(field) = form
        .next_field()
        .await
        .map_err(IntoResponse::into_response)?
    {
        match field.name() {
            Some(TOKEN) => is_ours = visit.is_own_token(&short(field).await?),
            Some(FILE) if is_ours => bytes = Some(first_bytes(field).await?),
            _ => break,
        }
    }
    if is_ours {
        Ok(bytes.filter(|bytes| !bytes.is_empty()))
    } else {
        Err(PageError::StaleForm.into_response())
    }
}

/// What is over the limit is read and thrown away, as for any other file.
async fn first_bytes(mut field: Field<'_>) -> Result<Vec<u8>, Response> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(IntoResponse::into_response)? {
        let room = (PROOF_BYTES_MAX + 1).saturating_sub(bytes.len());
        bytes.extend(chunk.iter().take(room));
    }
    Ok(bytes)
}

/// Name of the field that holds the file.
pub(crate) const FILE: &str = "fichier";

/// Returns the limit of bodies for the route that takes a file.
pub(crate) fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(BODY_BYTES_MAX)
}

/// Returns the limit of bodies for the route that takes a file to import. It stands before anybody has read the settings: what is over
/// the operator's limit is read and thrown away.
pub(crate) fn import_body_limit() -> DefaultBodyLimit {
    let ceiling = usize::try_from(IMPORT_BYTES_CEILING).unwrap_or(usize::MAX);
    DefaultBodyLimit::max(ceiling.saturating_add(BODY_BYTES_MAX))
}

async fn short(mut field: Field<'_>) -> Result<String, Response> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(IntoResponse::into_response)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > FIELD_BYTES_MAX {
            return Err(StatusCode::BAD_REQUEST.into_response());
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes a file as it comes. The disk is looked at before and now and then: what is kept free is for the census.
async fn kept(
    mut field: Field<'_>,
    app: &App,
    bytes_max: u64,
) -> Result<Result<Upload, UploadError>, Response> {
    let name = file_name(field.file_name().unwrap_or_default());
    let census = app.census().map_err(IntoResponse::into_response)?;
    let replica = std::sync::Arc::clone(&census.replica);
    let no_room = |fault| PageError::Fault(fault).into_response();
    replica.check_ample_room().map_err(no_room)?;
    let folder = replica.folder().to_owned();
    let file = blocking(move || tempfile::tempfile_in(folder)).await;
    let file = file.map_err(IntoResponse::into_response)?;
    let mut file = tokio::fs::File::from_std(file.map_err(|error| disk(&error))?);
    let (mut size_bytes, mut looked_at) = (0, 0);
    while let Some(chunk) = field.chunk().await.map_err(IntoResponse::into_response)? {
        size_bytes += chunk.len() as u64;
        if size_bytes - looked_at >= LOOK_BYTES {
            looked_at = size_bytes;
            replica.check_ample_room().map_err(no_room)?;
        }
        if size_bytes <= bytes_max {
            file.write_all(&chunk).await.map_err(|error| disk(&error))?;
        }
    }
    if size_bytes > bytes_max {
        return Ok(Err(UploadError::TooLarge));
    }
    if name.is_empty() && size_bytes == 0 {
        return Ok(Err(UploadError::Missing));
    }
    file.flush().await.map_err(|error| disk(&error))?;
    let file = file.into_std().await;
    Ok(Ok(Upload { file, name }))
}

fn disk(error: &std::io::Error) -> Response {
    tracing::error!(%error, "a file that was sent could not be kept: look at the disk of the node's folder");
    PageError::Interrupted.into_response()
}

/// Returns the name of a file without the folders that some browsers send, and without what would hide a part of it.
fn file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_shown = |c: &char| !c.is_control() && !BIDI.contains(c);
    let name: String = last.chars().filter(is_shown).take(NAME_CHARS_MAX).collect();
    name.trim().to_owned()
}

/// Marks that change the direction of a text: with one of them, `vsc.exe` reads as `exe.csv`.
const BIDI: &[char] = &[
    '\u{200E}', '\u{200F}', '\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}', '\u{2066}',
    '\u{2067}', '\u{2068}', '\u{2069}', '\u{061C}',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_no_folder_and_nothing_that_hides_a_part_of_it() {
        for (sent, kept) in [
            ("clubs.csv", "clubs.csv"),
            ("C:\\Users\\zoe\\clubs.csv", "clubs.csv"),
            ("../../etc/passwd", "passwd"),
            (" été 2026.csv ", "été 2026.csv"),
            ("a\0b\r\n.csv", "ab.csv"),
            ("\u{202E}vsc.exe", "vsc.exe"),
            ("dossier/", ""),
            ("", ""),
        ] {
            assert_eq!(file_name(sent), kept, "{sent:?}");
        }
        assert_eq!(file_name(&"é".repeat(300)).chars().count(), NAME_CHARS_MAX);
    }
}
