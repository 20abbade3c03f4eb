//! Forms: read only together with the token of the browser they were shown to. There is no other way to read one.

use axum::extract::{DefaultBodyLimit, Form, FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::PageError;
use crate::visit::Visit;

/// Bytes of a request's body, when no route says more: a form with several texts of 64 KiB.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;
/// Name of the field that holds the token.
pub(crate) const TOKEN: &str = "token";

/// A form that somebody sent from our own page, and who that was.
pub(crate) struct SentForm {
    pub(crate) visit: Visit,
    fields: Vec<(String, String)>,
}

impl SentForm {
    /// Returns the first value of a field without the blanks around it; an absent field is empty.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Returns every value of a field, as boxes that are ticked send it.
    pub(crate) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        let named = self.fields.iter().filter(move |(field, _)| field == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a field exactly as it was typed.
    pub(crate) fn raw(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value)
    }
}

impl FromRequest<App> for SentForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await;
        let visit = visit.map_err(IntoResponse::into_response)?;
        let request = Request::from_parts(parts, body);
        let Form(fields) = Form::<Vec<(String, String)>>::from_request(request, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let form = Self { visit, fields };
        if form.visit.is_own_token(form.raw(TOKEN)) {
            Ok(form)
        } else {
            Err(PageError::StaleForm.into_response())
        }
    }
}

/// Returns the limit of bodies for all routes that do not set their own.
pub(crate) fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(BODY_BYTES_MAX)
}
