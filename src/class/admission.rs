//! Who may what in a room. It is decided before the room's own code runs.

use actix_web::{
    dev::RequestHead,
    http::header::{self, HeaderMap},
};
use url::Url;

use super::{room::Room, state::ClassState};
use crate::middleware::HostHeader;

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visitor {
    /// Whoever has the room.
    Participant,
    Instructor,
    /// It uses a path that is public, or that tokens and secrets of the room protect.
    Program,
}

/// Who is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request names another host: browsers may have been told that another site's name is this machine's (DNS
    /// rebinding).
    OtherHost,
    /// A browser without the room's cookie, or with that of an earlier turn.
    NotYours,
    /// A form of another site, or of another room, sends what the browser's owner did not (cross-site request forgery).
    OtherOrigin,
}

/// What programs use without a cookie: the beginnings of paths, and whole paths.
const PUBLIC_FOLDERS: [&str; 3] = ["/.well-known/", "/static/", "/api/v2/"];
const PUBLIC_PATHS: [&str; 6] =
    ["/oauth/token", "/userinfo", "/backchannel-logout", "/healthz", "/readyz", "/api/openapi.yaml"];

/// Decides about a request to the site at `own`, the app or the tenant of `room`.
pub(super) fn admit(class: &ClassState, room: &Room, own: &Url, request: &RequestHead) -> Result<Visitor, Refusal> {
    let headers = request.headers();
    if HostHeader::of(headers, own) != HostHeader::Own {
        return Err(Refusal::OtherHost);
    }
    if is_for_programs(request) {
        return Ok(Visitor::Program);
    }
    let visitor = visitor(class, room, headers).ok_or(Refusal::NotYours)?;
    let is_own = request.method.is_safe()
        || is_from_own_page(headers, own)
        || (is_lab_api(request) && is_from_no_browser(headers));
    if is_own { Ok(visitor) } else { Err(Refusal::OtherOrigin) }
}

/// Judged by the path as it was sent: the router decodes it, and finds no more below these folders than is public there.
fn is_for_programs(request: &RequestHead) -> bool {
    let path = request.uri.path();
    PUBLIC_PATHS.contains(&path)
        || PUBLIC_FOLDERS.iter().any(|folder| path.starts_with(folder))
        // The tenant refuses a token that is not its own.
        || (is_lab_api(request) && request.headers().contains_key(header::AUTHORIZATION))
}

/// The tenant's API beyond Auth0's. Elsewhere, programs need no token for it.
fn is_lab_api(request: &RequestHead) -> bool {
    request.uri.path().starts_with("/api/")
}

/// Browsers send one of these headers with each form.
fn is_from_no_browser(headers: &HeaderMap) -> bool {
    !headers.contains_key("sec-fetch-site") && !headers.contains_key(header::ORIGIN)
}

fn visitor(class: &ClassState, room: &Room, headers: &HeaderMap) -> Option<Visitor> {
    if class.room_of(headers).is_some_and(|own| own.number == room.number) {
        Some(Visitor::Participant)
    } else {
        class.is_instructor(headers).then_some(Visitor::Instructor)
    }
}

/// Whether a form comes from the site's own pages. Over plain http, browsers send no Fetch Metadata to hosts beyond
/// loopback, but they send `Origin` with each form (WHATWG Fetch, "append a request `Origin` header").
pub(super) fn is_from_own_page(headers: &HeaderMap, own: &Url) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin.as_bytes() == own.origin().ascii_serialization().as_bytes(),
        (None, None) => false,
    }
}
