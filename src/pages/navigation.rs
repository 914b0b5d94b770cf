//! How the browser came to request an address, according to its own headers (W3C, Fetch Metadata Request Headers). A
//! sign-in begins and ends only when a user opens an address. Clients that are not browsers send no such headers, and
//! are served.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap, HeaderValue},
};
use url::Url;

use super::{errors::failure::Failure, site::Site};
use crate::middleware::is_navigation;

/// The user opens the address, in a window or in a frame. The request is not part of another page (an image, a script,
/// a `fetch`): that would move the page's reader to another organization unnoticed. Nor is it a prefetch.
pub struct Navigation;

impl Navigation {
    pub fn of(request: &HttpRequest) -> Result<Self, Failure> {
        if is_navigation(request.headers()) { Ok(Self) } else { Err(Failure::NoNavigation) }
    }
}

/// Whether a link or form of another site, or of another port of this host, led here. Where browsers send no Fetch
/// Metadata, only a `Referer` of the app's own says that none did.
pub fn is_from_another_origin(headers: &HeaderMap, site: &Site) -> bool {
    match headers.get("sec-fetch-site") {
        Some(from) => from != "same-origin" && from != "none",
        None => site.is_without_fetch_metadata && !is_own_page(headers.get(header::REFERER), &site.base_url),
    }
}

fn is_own_page(referer: Option<&HeaderValue>, own: &Url) -> bool {
    let referer = referer.and_then(|referer| Url::parse(referer.to_str().ok()?).ok());
    referer.is_some_and(|referer| referer.origin() == own.origin())
}

impl FromRequest for Navigation {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}
