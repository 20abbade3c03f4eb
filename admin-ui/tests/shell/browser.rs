//! A browser of a few lines: it keeps cookies, and sends what a browser would send from our own page.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use admin_ui::{
    App, BundleLeftOut, Bundles, Census, Files, Intake, Invitation, NewInvitation, NoFile, Office,
    PeerRow, Refused, RelayRow, RootPlace, Settings, TakenBundle, Transport, hash_password, router,
};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use crdt_schema::entry::Keeping;
use crdt_schema::governance::{Act, Approval, Charter, Mandate};
use crdt_schema::id::{CharterId, FeedId, FileHash, PartnerId};
use crdt_schema::time::Timestamp;
use replica::local::{Account, AccountName, Local, Role};
use replica::{Replica, hash_of};
use tower::ServiceExt;

use crate::census;

pub(crate) const HOST: &str = "127.0.0.1:8080";
pub(crate) const ORIGIN: &str = "http://127.0.0.1:8080";
pub(crate) const PASSWORD: &str = "une phrase assez longue";

/// The other nodes, the relays, and whether the local network is asked.
type Pairs = (Vec<PeerRow>, Vec<RelayRow>, &'static str);

/// A node's pages, with a clock that tests move.
pub(crate) struct Node {
    pub(crate) router: Router,
    /// The replica, when the node has a census.
    pub(crate) replica: Option<Arc<Replica>>,
    /// What the pages have asked to sign.
    pub(crate) desk: Arc<Desk>,
    /// What the pages are told of what waits.
    pub(crate) intake: Arc<Mutex<Intake>>,
    /// What the pages are told of peers and relays.
    pub(crate) pairs: Arc<Mutex<Pairs>>,
    clock: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl Node {
    /// Has three accounts: `zoe` (node admin), `ana` (reader) and `noe` (contributor).
    pub(crate) fn new() -> Self {
        Self::open(None)
    }

    /// Has an empty census besides, and a third account: `noe` (contributor).
    pub(crate) fn with_census() -> Self {
        Self::open(Some(census::replica))
    }

    /// Has an empty census of two partners with a label between them.
    pub(crate) fn with_committee() -> Self {
        Self::open(Some(|folder| {
            census::of_partner(folder, &census::committee(), 1)
        }))
    }

    /// The same for the second partner, whose charter allows it three entries a day.
    pub(crate) fn with_quotas() -> Self {
        Self::open(Some(|folder| {
            census::of_partner(folder, &census::with_quotas(), 2)
        }))
    }

    /// The node of the second partner, whose mandate is limited to one département.
    pub(crate) fn with_mandate() -> Self {
        Self::open(Some(|folder| {
            census::of_partner(folder, &census::with_mandate(), 2)
        }))
    }

    /// The node of a third partner, where the two others coordinate.
    pub(crate) fn with_coordinators() -> Self {
        Self::open(Some(|folder| {
            census::of_partner(folder, &census::two_coordinators(), 3)
        }))
    }

    fn open(census: Option<fn(&std::path::Path) -> Arc<Replica>>) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let local = Local::open(&folder.path().join(replica::local::FILE)).expect("opens");
        for (name, role) in [
            ("zoe", Role::NodeAdmin),
            ("ana", Role::Reader),
            ("noe", Role::Contributor),
        ]
        .into_iter()
        .take(if census.is_some() { 3 } else { 2 })
        {
            let account = Account {
                name: AccountName::parse(name).expect("is a name"),
                role,
                password: hash_password(PASSWORD, [7; 16]).expect("is long enough"),
                created: Timestamp::from_millis(1_764_000_000_000),
            };
            local.create_account(&account).expect("is made");
        }
        let clock = Arc::new(AtomicI64::new(1_764_000_000_000));
        let read = Arc::clone(&clock);
        let now = move || Timestamp::from_millis(read.load(Ordering::SeqCst));
        let settings = Settings::new("Ville d’Exemple", Transport::Loopback(8080), &[]);
        let desk = Arc::new(Desk::default());
        let intake = Arc::new(Mutex::new(Intake::default()));
        let pairs = Arc::new(Mutex::new((Vec::new(), Vec::new(), "off")));
        let replica = census.map(|replica| replica(folder.path()));
        let settings = settings
            .expect("is valid")
            .with_import_bytes_max(Some(24 << 20));
        let mut app = App::new(local, settings, now, |bytes| {
            getrandom::fill(bytes).expect("the system gives random bytes");
        });
        if let Some(replica) = &replica {
            app = app.with_census(Census {
                replica: Arc::clone(replica),
                peers: Box::new({
                    let pairs = Arc::clone(&pairs);
                    move || pairs.lock().expect("no panic").0.clone()
                }),
                relays: Box::new({
                    let pairs = Arc::clone(&pairs);
                    move || pairs.lock().expect("no panic").1.clone()
                }),
                local_network: Box::new({
                    let pairs = Arc::clone(&pairs);
                    move || pairs.lock().expect("no panic").2.to_owned()
                }),
                intake: Box::new({
                    let intake = Arc::clone(&intake);
                    move || intake.lock().expect("no panic").clone()
                }),
                office: Arc::clone(&desk) as Arc<dyn Office>,
                bundles: Arc::clone(&desk) as Arc<dyn Bundles>,
                files: Arc::clone(&desk) as Arc<dyn Files>,
                confirm_days: 7,
            });
        }
        Self {
            router: router(app),
            replica,
            desk,
            intake,
            pairs,
            clock,
            _folder: folder,
        }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            node: self,
            cookies: BTreeMap::new(),
        }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("never fails");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 16 << 20).await.expect("is short");
        Answer {
            status: parts.status,
            headers: parts.headers,
            // Workbooks and Parquet are no text: they are read by their bytes.
            body: match body.starts_with(b"PK") || body.starts_with(b"PAR1") {
                true => String::new(),
                false => String::from_utf8(body.to_vec()).expect("is UTF-8"),
            },
            bytes: body.to_vec(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        let location = self.headers.get(header::LOCATION).expect("is a redirect");
        location.to_str().expect("is text")
    }

    /// Returns what stands between two marks, the first time.
    pub(crate) fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.body.split_once(before).expect("holds the first mark");
        rest.split_once(after).expect("holds the second mark").0
    }

    pub(crate) fn token(&self) -> String {
        self.between("name=\"token\" value=\"", "\"").to_owned()
    }
}

pub(crate) struct Browser<'a> {
    node: &'a Node,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST);
        if cookies.is_empty() {
            return request;
        }
        request.header(header::COOKIE, cookies.join("; "))
    }

    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let request = self
            .request(Method::GET, path)
            .body(Body::empty())
            .expect("is valid");
        self.send(request).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header(header::ORIGIN, "null")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.body(Body::from(encoded(fields))).expect("is valid");
        self.send(request).await
    }

    /// Sends a form with a file, as a browser does.
    pub(crate) async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        (name, bytes): (&str, &[u8]),
    ) -> Answer {
        let mut body = Vec::new();
        for (field, value) in fields {
            let part = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let part = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        let request = self
            .request(Method::POST, path)
            .header(header::ORIGIN, "null")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
        let request = request.body(Body::from(body)).expect("is valid");
        self.send(request).await
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.node.send(request).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("is text");
            let (pair, rest) = cookie.split_once(';').expect("has attributes");
            let (name, value) = pair.split_once('=').expect("is a pair");
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Fills in the login form.
    pub(crate) async fn log_in(&mut self, name: &str, password: &str) -> Answer {
        let token = self.open("/connexion").await.token();
        let fields = [
            ("token", token.as_str()),
            ("name", name),
            ("password", password),
        ];
        self.post("/connexion", &fields).await
    }

    /// The cookie of the login.
    pub(crate) fn login(&self) -> Option<&String> {
        self.cookies.get("maillage-login-8080")
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect::<String>()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

type Kept = std::collections::BTreeMap<FeedId, Keeping>;

/// An organisation that keeps what it is asked to sign, instead of signing. What the program does with it is tested with the program.
#[derive(Default)]
pub(crate) struct Desk(
    pub(crate) Mutex<Vec<Act>>,
    pub(crate) Mutex<Vec<Approval>>,
    /// The files of the other nodes; none while nobody is connected.
    pub(crate) Mutex<Option<Vec<Vec<u8>>>>,
);

fn elsewhere<T>() -> Result<T, Refused> {
    Err(Refused::new("read_only", "the keys are elsewhere"))
}

impl Office for Desk {
    fn invitations(&self) -> Vec<Invitation> {
        Vec::new()
    }

    fn invite(&self, _: &NewInvitation) -> Result<String, Refused> {
        elsewhere()
    }

    fn invite_instance(&self, _: u32) -> Result<String, Refused> {
        elsewhere()
    }

    fn revoke(&self, _: &str) -> Result<(), Refused> {
        elsewhere()
    }

    fn admission(&self, _: &PartnerId, _: &Mandate) -> Result<Act, Refused> {
        elsewhere()
    }

    fn admit(&self, _: &Act) -> Result<(), Refused> {
        elsewhere()
    }

    fn decline(&self, _: &PartnerId) -> Result<(), Refused> {
        elsewhere()
    }

    fn decide(&self, acts: &[Act]) -> Result<(), Refused> {
        let mut kept = self.0.lock().expect("no test panics with it");
        kept.extend_from_slice(acts);
        Ok(())
    }

    fn seat(&self) -> Option<[u8; 32]> {
        None
    }

    fn make_seat(&self) -> Result<[u8; 32], Refused> {
        elsewhere()
    }

    fn propose(&self, _: Charter) -> Result<(), Refused> {
        elsewhere()
    }

    fn approve(&self, _: &CharterId) -> Result<(), Refused> {
        elsewhere()
    }

    fn keep_vote(&self, approval: &Approval) -> Result<(), Refused> {
        let mut kept = self.1.lock().expect("no test panics with it");
        kept.push(*approval);
        Ok(())
    }

    fn root_place(&self) -> RootPlace {
        RootPlace::Sealed
    }

    fn rotation(&self, open: &[FeedId], close: &[FeedId]) -> Result<Kept, Refused> {
        let open = open.iter().map(|feed| (*feed, Keeping::Open));
        let kept: Kept = [(FeedId::from_bytes([7; 32]), Keeping::Open)].into();
        let mut kept: Kept = kept.into_iter().chain(open).collect();
        kept.retain(|feed, _| !close.contains(feed));
        Ok(kept)
    }

    fn rotate(&self, _: &Kept, passphrase: Option<String>) -> Result<(), Refused> {
        match passphrase.as_deref() {
            Some("une phrase") => Ok(()),
            Some(_) => Err(Refused::new("root_unreadable", "another passphrase")),
            None => Err(Refused::new("root_sealed", "no passphrase")),
        }
    }

    fn approved(&self, _: &CharterId) -> Option<CharterId> {
        None
    }
}

/// Bundles in words: what is in a real one is tested with the program.
impl Files for Desk {
    fn file<'a>(
        &'a self,
        hash: &'a FileHash,
        bytes: u64,
        progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, NoFile>> + Send + 'a>> {
        Box::pin(async move {
            let elsewhere = self.2.lock().expect("no panic").clone();
            let Some(elsewhere) = elsewhere else {
                return Err(NoFile::Alone);
            };
            progress(bytes / 2);
            let held = elsewhere.into_iter().find(|held| hash_of(held) == *hash);
            held.ok_or(NoFile::NotGiven)
        })
    }
}

impl Bundles for Desk {
    fn write(&self, file: &mut std::fs::File) -> Result<(), Refused> {
        let written = std::io::Write::write_all(file, b"un fichier");
        written.map_err(|error| Refused::new("file", error.to_string()))
    }

    fn take(&self, file: std::fs::File) -> Result<TakenBundle, Refused> {
        let mut file = file;
        let mut text = String::new();
        let read = std::io::Seek::rewind(&mut file)
            .and_then(|()| std::io::Read::read_to_string(&mut file, &mut text));
        read.map_err(|error| Refused::new("file", error.to_string()))?;
        let left_out = |reason: &str| BundleLeftOut {
            partner: "Club <inventé>".to_owned(),
            entries: 3,
            reason: reason.to_owned(),
        };
        let taken = TakenBundle {
            new: 7,
            known: 5,
            erased: 2,
            ..TakenBundle::default()
        };
        match text.split_once(' ') {
            Some(("broken", code)) => Ok(TakenBundle {
                broken: Some((code.to_owned(), 1_234)),
                ..taken
            }),
            Some(("without", reason)) => Ok(TakenBundle {
                left_out: vec![left_out(reason)],
                ..taken
            }),
            Some(("refused", code)) => Err(Refused::new(code, "it is refused")),
            _ => Ok(taken),
        }
    }
}
