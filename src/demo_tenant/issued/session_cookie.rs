//! The cookie that names a browser's single-sign-on session.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite},
};

/// The cookie of one tenant.
pub(crate) struct SessionCookie {
    name: String,
}

impl SessionCookie {
    /// The name ends in the tenant's port. Browsers send a host's cookies to all its ports (RFC 6265, 8.5), so tenants
    /// on two ports would overwrite each other's.
    pub(crate) fn on_port(port: u16) -> Self {
        Self { name: format!("demo_tenant_session_{port}") }
    }

    /// The cookie as the browser sent it.
    pub(crate) fn sent(&self, request: &HttpRequest) -> Option<Cookie<'static>> {
        request.cookie(&self.name)
    }

    /// The session id in the browser's cookie, whether there is such a session or not.
    pub(crate) fn session_id(&self, request: &HttpRequest) -> Option<String> {
        self.sent(request).map(|cookie| cookie.value().to_owned())
    }

    pub(crate) fn with(&self, session_id: String) -> Cookie<'static> {
        Cookie::build(self.name.clone(), session_id).path("/").http_only(true).same_site(SameSite::Lax).finish()
    }
}
