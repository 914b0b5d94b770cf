//! The cookie that names a browser's single-sign-on session.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite},
};

const NAME: &str = "demo_tenant_session";

/// The cookie as the browser sent it.
pub(crate) fn sent(request: &HttpRequest) -> Option<Cookie<'static>> {
    request.cookie(NAME)
}

/// The session id in the browser's cookie, whether there is such a session or not.
pub(crate) fn session_id(request: &HttpRequest) -> Option<String> {
    sent(request).map(|cookie| cookie.value().to_owned())
}

pub(crate) fn session_cookie(session_id: String) -> Cookie<'static> {
    Cookie::build(NAME, session_id).path("/").http_only(true).same_site(SameSite::Lax).finish()
}
