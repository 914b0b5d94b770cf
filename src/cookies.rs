//! What all cookies of the app have in common.

use actix_web::cookie::{Cookie, CookieJar, Key, SameSite};
use serde::{Serialize, de::DeserializeOwned, ser::Error};
use url::Url;

pub const PATH: &str = "/";
/// `Strict` would withhold the cookies on the way back from the provider.
pub const SAME_SITE: SameSite = SameSite::Lax;
pub const HTTP_ONLY: bool = true;

/// How the app's cookies are named. It depends on the origin at which browsers reach the app.
#[derive(Clone, Copy, Debug)]
pub enum CookieNames {
    /// https: the prefix binds a cookie to this host and to https (RFC 6265bis, 4.1.3.2).
    HostPrefix,
    /// http: the name ends in the port. Browsers send a host's cookies to all its ports (RFC 6265, 8.5), so instances
    /// on two ports would overwrite each other's.
    Port(u16),
}

impl CookieNames {
    /// The names of the app at this base URL.
    pub fn at(base_url: &Url) -> Self {
        match base_url.port_or_known_default() {
            Some(port) if base_url.scheme() == "http" => Self::Port(port),
            _ => Self::HostPrefix,
        }
    }

    /// Whether the cookies are for https alone.
    pub fn is_secure(self) -> bool {
        matches!(self, Self::HostPrefix)
    }

    /// The full name of a cookie.
    pub fn full_name(self, name: &str) -> String {
        match self {
            Self::HostPrefix => format!("__Host-{name}"),
            Self::Port(port) => format!("{name}_{port}"),
        }
    }

    /// A cookie with a name from [`Self::full_name`].
    pub fn cookie(self, full_name: String, value: String) -> Cookie<'static> {
        let cookie = Cookie::build(full_name, value).path(PATH).same_site(SAME_SITE).http_only(HTTP_ONLY);
        cookie.secure(self.is_secure()).finish()
    }

    /// The cookie that removes the one with this name.
    pub fn removal(self, full_name: String) -> Cookie<'static> {
        let mut cookie = self.cookie(full_name, String::new());
        cookie.make_removal();
        cookie
    }
}

/// The cookie with `content` as its value, which its browser can neither read nor change: encrypted and authenticated
/// (AES-256-GCM), its name included.
pub fn seal(mut cookie: Cookie<'static>, content: &impl Serialize, key: &Key) -> serde_json::Result<Cookie<'static>> {
    cookie.set_value(serde_json::to_string(content)?);
    let name = cookie.name().to_owned();
    let mut jar = CookieJar::new();
    jar.private_mut(key).add(cookie);
    jar.get(&name).cloned().ok_or_else(|| Error::custom("the cookie was not sealed"))
}

/// What [`seal`] put into a cookie. `None` if it was sealed under another name or with another key, perhaps by another
/// app on this host, or if it was damaged.
pub fn unseal<Content: DeserializeOwned>(cookie: &Cookie<'static>, key: &Key) -> Option<Content> {
    let unsealed = CookieJar::new().private(key).decrypt(cookie.clone())?;
    serde_json::from_str(unsealed.value()).ok()
}
