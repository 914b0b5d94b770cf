//! The pages, a file each: a handler reads a request, calls the modules below, and fills a template.

pub mod attempt_cookie;
pub mod backchannel_logout;
pub mod callback;
pub mod claims;
pub mod current_user;
pub mod errors;
pub mod features;
pub mod flash;
pub mod front_page;
pub mod health;
mod layout;
pub mod links;
pub mod login;
pub mod logout;
pub mod navigation;
pub mod organization_names;
pub mod profile;
pub mod resource;
pub mod sign_in_observer;
mod site;
pub mod times;
pub mod trace;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    rt,
    web::Bytes,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::Instrument;

use self::{errors::failure::Failure, flash::Flash};
pub use self::{layout::Layout, site::Site};
use crate::{assets, middleware::prefers_json};

/// A response with `template`, filled with the fields of `page`.
pub fn render(status: StatusCode, template: &'static str, page: &impl Serialize) -> Result<HttpResponse, Failure> {
    Ok(html_response(status, assets::render(template, page)?))
}

/// A response with a page.
pub fn html_response(status: StatusCode, html: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html.into())
}

/// 303: the browser goes there by GET (RFC 9110, 15.4.4).
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

/// The same, and the page where the redirects end tells `flash`, if it is a page of the session that began at `session`,
/// or a visitor's.
pub fn see_other_saying(
    flash: Flash,
    request: &HttpRequest,
    session: Option<DateTime<Utc>>,
    location: &str,
) -> Result<HttpResponse, Failure> {
    let mut response = see_other(location);
    response.add_cookie(&flash.cookie(request, session)?).map_err(Failure::internal)?;
    Ok(response)
}

/// Runs work in a task of its own, so that it does not stop halfway: the server drops a handler when its client
/// disconnects.
pub async fn run_to_completion<T: 'static>(work: impl Future<Output = T> + 'static) -> Result<T, Failure> {
    rt::spawn(work.in_current_span()).await.map_err(Failure::internal)
}

/// Whether the client asks for JSON rather than for a page.
pub fn wants_json(request: &HttpRequest) -> bool {
    prefers_json(request.headers())
}
