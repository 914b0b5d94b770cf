//! Where a browser's request comes from. Authorization and logout requests may come from anywhere, by GET and by POST
//! (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2); what the tenant asks its users, only its own pages answer.
//! `Origin: null`, as pages in a sandbox send it and those that don't tell where they are, is nobody's.

use actix_web::{HttpRequest, HttpResponse, http::header::HeaderMap};

use super::{pages::redirect, request::Parameters};

/// Whether a GET may come from one of the tenant's own pages: browsers that are not too old say so.
pub(super) fn may_be_own_link(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// The same request by GET. With another site's form a browser keeps the session's cookie back (`SameSite=Lax`); with the
/// GET that it is redirected to, the cookie comes.
pub(super) fn again_by_get(http: &HttpRequest, parameters: &Parameters) -> HttpResponse {
    redirect(&format!("{}?{}", http.path(), parameters.to_query()))
}
