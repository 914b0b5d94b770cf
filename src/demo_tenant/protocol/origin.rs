//! Where a browser's request comes from. Authorization and logout requests may come from anywhere, by GET and by POST
//! (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2). The user's choices must come from the tenant's own
//! pages. `Origin: null` never counts as the tenant's own: sandboxed pages send it, and pages that hide their origin.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
};
use url::Url;

use super::request::Parameters;
use crate::demo_tenant::views::redirect;

/// Whether a GET may come from one of the tenant's own pages. All but old browsers say where it comes from.
pub(super) fn may_be_own_link(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// Whether the browser says that the request comes from another site. Ports of one host are the same site.
pub(super) fn is_from_another_site(headers: &HeaderMap, own: &Url) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => site == "cross-site",
        (None, Some(origin)) => !origin.to_str().is_ok_and(|origin| is_same_site(origin, own)),
        (None, None) => false,
    }
}

/// Whether an address is the tenant's own site: the same host, on whatever port.
pub(super) fn is_same_site(address: &str, own: &Url) -> bool {
    Url::parse(address).is_ok_and(|address| (address.scheme(), address.host()) == (own.scheme(), own.host()))
}

/// Redirects to the same request by GET. A browser does not send the session's cookie with another site's form
/// (`SameSite=Lax`), but it does send it when it follows this redirect.
pub(super) fn repeat_as_get(http: &HttpRequest, parameters: &Parameters) -> HttpResponse {
    redirect(&format!("{}?{}", http.path(), parameters.to_query()))
}
