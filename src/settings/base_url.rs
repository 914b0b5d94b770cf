//! `APP_BASE_URL`: the app's own origin, at which browsers reach it.

use url::Url;

use super::Reader;
use crate::loopback::is_https_or_loopback;

/// The app's own origin: the setting, or the default if it is not set, or wrong.
pub(super) fn base_url(reader: &mut Reader<impl Fn(&str) -> Option<String>>) -> Url {
    let name = "APP_BASE_URL";
    let right = "the app's origin as browsers see it, such as https://lab.example.com or http://localhost:3000";
    let Some(url) = reader.parsed(name, right, origin) else { return default_base_url() };
    if !is_https_or_loopback(&url) {
        let right = "https, since its host is not this machine: over plain http, others can read codes and cookies";
        reader.wrong(name, reader.text(name), right);
        return default_base_url();
    }
    url
}

/// The origin if nothing is set.
#[expect(clippy::expect_used, reason = "a constant")]
pub(super) fn default_base_url() -> Url {
    Url::parse("http://localhost:3000").expect("a URL")
}

fn origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_origin = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_origin.then_some(url)
}
