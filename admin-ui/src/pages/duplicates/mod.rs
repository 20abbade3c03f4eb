//! Doublons: pairs of records that may be one thing, side by side, for a person to say whether they are. Nothing is merged without one.

mod block;
mod list;
mod pair;
mod sides;
mod words;

use axum::Router;

use crate::app::App;

pub(in crate::pages) use block::{Block, block};
pub(in crate::pages) use words::reasons;

pub(crate) fn routes() -> Router<App> {
    Router::new().merge(list::routes()).merge(pair::routes())
}
