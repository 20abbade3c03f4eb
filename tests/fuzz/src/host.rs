//! Requests to the pages: their `Host`, `Origin` and `Sec-Fetch-Site`, each on a line of the input, through the layers in their order.

use std::cell::RefCell;

use admin_ui::{App, Settings, Transport, router};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode};
use crdt_schema::time::Timestamp;
use replica::local::Local;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::Target;

/// The page of a refusal is written whole, in memory. A byte of input may be a line here, which takes 40 bytes in lists that double.
pub(crate) const TARGET: Target = Target {
    name: "host",
    bytes_max: 4 << 10,
    run: host,
    fixed: 32 << 10,
    per_byte: 128,
};

/// What browsers may call the pages.
const NAMES: [&str; 4] = [
    "127.0.0.1:8080",
    "[::1]:8080",
    "localhost:8080",
    "census.example.org",
];

struct Pages {
    router: Router,
    runtime: Runtime,
}

thread_local! {
    static PAGES: RefCell<Option<Pages>> = const { RefCell::new(None) };
}

/// The lines: names, each of which becomes a `Host`; an empty line; origins; an empty line; what the browser says of the site.
fn host(input: &[u8]) {
    let parts: Vec<Vec<&[u8]>> = input
        .split(|byte| *byte == b'\n')
        .collect::<Vec<_>>()
        .split(|line| line.is_empty())
        .map(<[_]>::to_vec)
        .collect();
    let part = |place: usize| parts.get(place).map(Vec::as_slice).unwrap_or_default();
    for method in [Method::GET, Method::POST] {
        let mut request = Request::builder().method(&method).uri("/nulle-part");
        for (name, values) in [
            ("host", part(0)),
            ("origin", part(1)),
            ("sec-fetch-site", part(2)),
        ] {
            for value in values {
                // What is no value of a header never comes out of the parser of requests.
                let Ok(value) = HeaderValue::from_bytes(value) else {
                    return;
                };
                request = request.header(name, value);
            }
        }
        let Ok(request) = request.body(Body::empty()) else {
            return;
        };
        judge(&method, answer(request), [part(0), part(1), part(2)]);
    }
}

fn judge(method: &Method, status: StatusCode, [hosts, origins, sites]: [&[&[u8]]; 3]) {
    let is_ours = |host: &[u8]| {
        NAMES
            .iter()
            .any(|name| host.eq_ignore_ascii_case(name.as_bytes()))
    };
    let is_named = !hosts.is_empty() && hosts.iter().all(|host| is_ours(host));
    if !is_named {
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST);
        return;
    }
    if method == Method::GET {
        assert_eq!(status, StatusCode::NOT_FOUND, "whoever reads passes");
        return;
    }
    let is_our_origin = |origin: &[u8]| origin.strip_prefix(b"http://").is_some_and(is_ours);
    let is_shown = match origins {
        [] | [b"" | b"null"] => matches!(sites, [b"same-origin" | b"none"]),
        [origin] => is_our_origin(origin),
        _ => false,
    };
    if status == StatusCode::NOT_FOUND {
        assert!(is_shown, "a change that shows no page of ours");
    } else {
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    // A browser that follows the standard, on our own page, is never refused.
    let is_browser = matches!((origins, sites), ([origin], [b"same-origin"]) if is_our_origin(origin) && origin[7..].eq_ignore_ascii_case(hosts[0]));
    assert!(!is_browser || status == StatusCode::NOT_FOUND);
}

fn answer(request: Request<Body>) -> StatusCode {
    PAGES.with_borrow_mut(|pages| {
        let pages = pages.get_or_insert_with(Pages::open);
        let service = pages.router.clone();
        let response = pages.runtime.block_on(service.oneshot(request));
        response.expect("never fails").status()
    })
}

impl Pages {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let local = Local::open(&folder.path().join("local.redb")).expect("a store");
        let settings = Settings::new("Ville", Transport::Loopback(8080), &["census.example.org"]);
        let now = || Timestamp::from_millis(0);
        let app = App::new(local, settings.expect("valid"), now, |bytes| bytes.fill(7));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        Self {
            router: router(app),
            runtime: runtime.expect("a runtime"),
        }
    }
}
