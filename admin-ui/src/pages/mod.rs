//! The pages, one file by subject: view, form and handlers together.

mod about;
mod accounts;
pub(crate) mod asked;
mod bulk;
mod campaigns;
mod census;
mod commitments;
mod due;
mod duplicates;
mod exchange;
mod federation;
mod free_text;
mod history;
mod home;
mod labels;
mod login;
mod map;
mod peers;
mod personal;
mod record;
mod record_form;
mod sources;
mod statements;
mod watches;
mod why;
mod words;
mod yearly;

use axum::Router;

use crate::app::App;

pub(crate) use federation::may_decide;
pub use labels::STATUS_LIST_PATH;
pub(crate) use record::is_writer;

/// Returns the routes of all pages.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(about::routes())
        .merge(accounts::routes())
        .merge(bulk::routes())
        .merge(campaigns::routes())
        .merge(census::routes())
        .merge(commitments::routes())
        .merge(due::routes())
        .merge(duplicates::routes())
        .merge(exchange::routes())
        .merge(federation::routes())
        .merge(history::routes())
        .merge(home::routes())
        .merge(labels::routes())
        .merge(login::routes())
        .merge(map::routes())
        .merge(peers::routes())
        .merge(personal::routes())
        .merge(record::routes())
        .merge(record_form::routes())
        .merge(watches::routes())
        .merge(words::routes())
        .merge(yearly::routes())
        .merge(sources::routes())
        .merge(statements::routes())
}
