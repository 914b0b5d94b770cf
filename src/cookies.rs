//! What all cookies of the app have in common.

use actix_web::cookie::{Cookie, SameSite};

pub const PATH: &str = "/";
/// `Strict` would withhold the cookies on the way back from the provider.
pub const SAME_SITE: SameSite = SameSite::Lax;
pub const HTTP_ONLY: bool = true;

/// The full name of a cookie. If the app is served over https (`is_secure`), the prefix binds the cookie to this host
/// and to https (RFC 6265bis, 4.1.3.2).
pub fn full_name(name: &str, is_secure: bool) -> String {
    if is_secure { format!("__Host-{name}") } else { name.to_owned() }
}

/// A cookie with a name from [`full_name`].
pub fn cookie(full_name: String, value: String, is_secure: bool) -> Cookie<'static> {
    Cookie::build(full_name, value).path(PATH).same_site(SAME_SITE).http_only(HTTP_ONLY).secure(is_secure).finish()
}

/// The cookie that removes the one with this name.
pub fn removal(full_name: String, is_secure: bool) -> Cookie<'static> {
    let mut cookie = cookie(full_name, String::new(), is_secure);
    cookie.make_removal();
    cookie
}
