//! Files that a page gives.

use std::fs::File;

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio_util::io::ReaderStream;

use crate::error::PageError;

/// Sends a file that has no name on the disk, from where it stands, under a name in plain letters.
pub(crate) fn download(file: File, media_type: &str, name: &str) -> Result<Response, PageError> {
    let size_bytes = file.metadata().map_err(|_| PageError::Interrupted)?.len();
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (CONTENT_LENGTH, size_bytes.to_string()),
    ];
    let stream = ReaderStream::new(tokio::fs::File::from_std(file));
    Ok((headers, Body::from_stream(stream)).into_response())
}
