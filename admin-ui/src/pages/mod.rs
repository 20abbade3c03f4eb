//! The pages, one file by subject: view, form and handlers together.

mod about;
mod accounts;
mod home;
mod login;

use axum::Router;

use crate::app::App;

/// Returns the routes of all pages.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(about::routes())
        .merge(accounts::routes())
        .merge(home::routes())
        .merge(login::routes())
}
