//! Where a browser's request comes from. Authorization and logout requests may come from anywhere, by GET and by POST
//! (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2); what the tenant asks its users, only its own pages answer.
//! `Origin: null`, as pages in a sandbox send it and those that don't tell where they are, is nobody's.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
};
use url::Url;

use super::{pages::redirect, request::Parameters};

/// Whether a GET may come from one of the tenant's own pages: browsers that are not too old say so.
pub(super) fn may_be_own_link(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// Whether a browser says that another site made it send the request: ports of one host are the same site.
pub(super) fn is_from_another_site(headers: &HeaderMap, own: &Url) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => site == "cross-site",
        (None, Some(origin)) => {
            let origin = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
            origin.is_none_or(|origin| (origin.scheme(), origin.host()) != (own.scheme(), own.host()))
        }
        (None, None) => false,
    }
}

/// The same request by GET. With another site's form a browser keeps the session's cookie back (`SameSite=Lax`); with the
/// GET that it is redirected to, the cookie comes.
pub(super) fn again_by_get(http: &HttpRequest, parameters: &Parameters) -> HttpResponse {
    redirect(&format!("{}?{}", http.path(), parameters.to_query()))
}
