//! Everything over HTTP: the pages of a node, their forms, their login, and the server that answers.
//!
//! It is not the census: records come from `replica`, and who may sign what is judged by `crdt_schema`, never by a login.
//! [`App`] is what the pages need, [`router`] makes the service of it, and [`serve`] answers on a listener:
//!
//! ```no_run
//! # async fn run(app: admin_ui::App, cancel: tokio_util::sync::CancellationToken) -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! admin_ui::serve(listener, admin_ui::router(app), cancel).await
//! # }
//! ```

mod app;
mod assets;
mod bundles;
mod campaign;
pub mod contact;
mod cookies;
mod csrf;
mod download;
pub mod due;
mod error;
mod fetching;
pub mod files;
mod form;
mod headers;
mod host;
mod hours;
mod i18n;
mod imports;
mod intake;
mod labelled;
mod layout;
mod login;
mod mandates;
pub mod merging;
mod neighbourhoods;
mod office;
mod pages;
mod parts;
mod qr;
pub mod reports;
mod router;
pub mod said;
mod scheme_file;
mod server;
pub mod sources;
mod turns;
mod upload;
pub mod verdict;
mod visit;
pub mod watches;
pub mod word_history;
mod wording;

pub use app::{App, Census, PeerRow, RelayRow, Settings, SettingsError, Transport};
pub use bundles::{BundleLeftOut, Bundles, TakenBundle};
pub use fetching::{Files, NoFile};
pub use i18n::Language;
pub use intake::{Intake, MissingRow, OwnUse, PauseRow, TodayRow};
pub use login::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordError, hash_password};
pub use office::{Invitation, InvitationState, NewInvitation, Office, Refused, RootPlace};
pub use pages::STATUS_LIST_PATH;
pub use qr::letters as qr_in_letters;
pub use router::router;
pub use scheme_file::{SchemeError, partner_named, read as read_scheme};
pub use server::{CONNECTIONS_MAX, PeerAddress, serve};
pub use upload::IMPORT_BYTES_CEILING;
