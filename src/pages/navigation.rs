//! How the browser came to ask for an address, by what it says itself (W3C, Fetch Metadata Request Headers): sign-ins begin
//! and end where somebody opens an address, and nowhere else. Clients that are no browsers say nothing, and are served.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HeaderValue},
};

use super::error_page::Failure;

/// Somebody opens the address, in a window or in a frame. It is no part of another page (an image, a script, a `fetch`):
/// such a request would move the page's reader to another organization unseen. And it is not fetched ahead of time.
pub struct Navigation;

impl Navigation {
    /// Whether the request is one.
    pub fn of(request: &HttpRequest) -> Result<Self, Failure> {
        let headers = request.headers();
        let is_opened = headers.get_all("sec-fetch-dest").all(is_of_a_window);
        let is_opened_now = !["sec-purpose", "purpose"].iter().any(|name| headers.get_all(*name).any(is_ahead_of_time));
        if is_opened && is_opened_now { Ok(Self) } else { Err(Failure::NoNavigation) }
    }
}

fn is_of_a_window(destination: &HeaderValue) -> bool {
    ["document", "iframe", "frame"].iter().any(|window| destination == window)
}

/// `prefetch`, `prefetch;prerender`; older browsers say `preview`, too.
fn is_ahead_of_time(purpose: &HeaderValue) -> bool {
    let purpose = String::from_utf8_lossy(purpose.as_bytes()).to_ascii_lowercase();
    ["prefetch", "prerender", "preview"].iter().any(|kind| purpose.contains(kind))
}

/// Whether another site, or another port of this host, led the browser here.
#[must_use]
pub fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

impl FromRequest for Navigation {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}
