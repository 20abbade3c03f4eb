//! The federation: who is in, who waits, what was decided, under which charter.

mod ballot;
mod bundle;
mod charter;
mod confirmed;
pub(in crate::pages) mod deciding;
mod decisions;
mod erasures;
pub(in crate::pages) mod invitations;
pub(in crate::pages) mod limits;
mod mandates;
mod named;
mod overview;
mod partner;
mod proposal;
mod roots;
pub(in crate::pages) mod standing;

use axum::Router;
use replica::local::Role;

use crate::app::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(ballot::routes())
        .merge(bundle::routes())
        .merge(charter::routes())
        .merge(deciding::routes())
        .merge(decisions::routes())
        .merge(erasures::routes())
        .merge(invitations::routes())
        .merge(overview::routes())
        .merge(partner::routes())
        .merge(roots::routes())
}

/// Whoever may use the organisation's right to decide. Whether it has one is for the charter to say.
pub(crate) fn may_decide(role: Role) -> bool {
    matches!(role, Role::Coordinator | Role::NodeAdmin)
}
