//! Files that never change under their name: style sheet and drawings. The name holds a hash of the bytes, so browsers may keep them
//! for a year.

use std::collections::BTreeMap;
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
    pub(crate) map: MapAddresses,
}

/// Addresses of what only the map loads.
pub(crate) struct MapAddresses {
    pub(crate) styles: [String; 3],
    pub(crate) library: String,
    pub(crate) clusters: String,
    pub(crate) script: String,
    pub(crate) outlines: String,
}

/// Returns the addresses, computed once.
pub(crate) fn addresses() -> &'static Addresses {
    static ADDRESSES: LazyLock<Addresses> = LazyLock::new(|| Addresses {
        style: address("maillage.css"),
        mark: address("mark.svg"),
        map: MapAddresses {
            styles: [
                address("vendor/leaflet.css"),
                address("vendor/leaflet.markercluster.css"),
                address("map.css"),
            ],
            library: address("vendor/leaflet.js"),
            clusters: address("vendor/leaflet.markercluster.js"),
            script: address("map.js"),
            outlines: address("vendor/outlines.json"),
        },
    });
    &ADDRESSES
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/static/{*name}", get(file))
}

async fn file(Path(asked): Path<String>) -> Result<Response, PageError> {
    static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
        Files::iter()
            .filter_map(|name| Some((hashed_name(&name)?, name.into_owned())))
            .collect()
    });
    let name = NAMES.get(&asked);
    let found = name.and_then(|name| Some((Files::get(name)?, content_type(name)?)));
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
        "json" => Some("application/json"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
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
        for name in Files::iter().filter(|name| !name.ends_with("SHA256SUMS")) {
            assert!(content_type(&name).is_some(), "{name}");
            let hashed = hashed_name(&name).expect("has a name");
            assert_ne!(hashed, name);
        }
    }

    #[test]
    fn files_of_others_are_those_whose_sums_are_beside_them() {
        let sums = Files::get("vendor/SHA256SUMS").expect("is there");
        let sums = std::str::from_utf8(&sums.data).expect("is text");
        for name in Files::iter().filter(|name| name.starts_with("vendor/")) {
            let short = name.trim_start_matches("vendor/");
            if short == "SHA256SUMS" {
                continue;
            }
            let file = Files::get(&name).expect("listed");
            let sum = HEXLOWER.encode(&file.metadata.sha256_hash());
            assert!(sums.contains(&format!("{sum}  {short}\n")), "{name}");
        }
    }
}
