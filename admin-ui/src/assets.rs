//! Files that never change under their name: style sheet and drawings. The name holds a hash of the bytes, so browsers may keep them
//! for a year.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use data_encoding::HEXLOWER;
use rust_embed::{Embed, EmbeddedFile};

use crate::app::App;
use crate::error::PageError;

#[derive(Embed)]
#[folder = "static"]
struct Files;

/// Addresses of the files that pages name.
pub(crate) struct Addresses {
    pub(crate) style: String,
    pub(crate) mark: String,
}

/// Returns the addresses, computed once.
pub(crate) fn addresses() -> &'static Addresses {
    static ADDRESSES: LazyLock<Addresses> = LazyLock::new(|| Addresses {
        style: address("maillage.css"),
        mark: address("mark.svg"),
    });
    &ADDRESSES
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/static/{name}", get(file))
}

async fn file(Path(asked): Path<String>) -> Result<Response, PageError> {
    let name = Files::iter().find(|name| hashed_name(name).as_deref() == Some(asked.as_str()));
    let found = name.and_then(|name| Some((Files::get(&name)?, content_type(&name)?)));
    let (file, content_type) = found.ok_or(PageError::NotFound)?;
    let headers = [
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (CONTENT_TYPE, content_type),
    ];
    Ok((headers, file.data).into_response())
}

fn address(name: &str) -> String {
    let hashed = hashed_name(name).expect("a test reads each address");
    format!("/static/{hashed}")
}

fn hashed_name(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    let file: EmbeddedFile = Files::get(name)?;
    let hash = file.metadata.sha256_hash();
    Some(format!(
        "{stem}.{}.{extension}",
        HEXLOWER.encode(&hash[..8])
    ))
}

fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_a_type_and_a_name_with_its_hash() {
        assert!(addresses().style.starts_with("/static/maillage."));
        assert!(addresses().mark.ends_with(".svg"));
        for name in Files::iter() {
            assert!(content_type(&name).is_some(), "{name}");
            let hashed = hashed_name(&name).expect("has a name");
            assert_ne!(hashed, name);
        }
    }
}
