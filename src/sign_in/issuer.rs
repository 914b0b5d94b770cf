//! The issuer: the provider's name, which is a URL (OpenID Connect Discovery 1.0, 3). Pure.

use std::fmt;

use url::Url;

use super::metadata::Metadata;
use crate::loopback::is_https_or_loopback;

/// The path of the discovery document, below the issuer's (OpenID Connect Discovery 1.0, 4).
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
/// The path of OAuth 2.0's document, between the issuer's host and its path (RFC 8414, 3).
const OAUTH_DISCOVERY: &str = "/.well-known/oauth-authorization-server";

/// The issuer in the settings. It is compared as text, never as a URL. To a parser, `https://idp.example:443` and
/// `https://IDP.example` are the same, but tokens may have either as `iss`, which is compared byte for byte (OpenID
/// Connect Core 1.0, 3.1.3.7, item 2).
#[derive(Clone, Debug)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// An issuer as people paste it: with or without the slash at the end, the bare domain, or the address of the
    /// discovery document. `None` if it is not an https URL (http only on this machine), or has parts that no issuer
    /// has.
    pub fn parse(text: &str) -> Option<Self> {
        let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let text = without_discovery(text);
        let url = Url::parse(&text).ok()?;
        let is_issuer = url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && !has_placeholder(&text)
            && is_https_or_loopback(&url);
        is_issuer.then_some(Self { text, url })
    }

    /// The text in the settings, without the path of the discovery document.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Where the discovery document is (Discovery 1.0, 4).
    pub fn discovery_url(&self) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{DISCOVERY}", url.path().trim_end_matches('/')));
        url
    }

    /// Whether the document is this issuer's (Discovery 1.0, 4.3). Only the slash at the end may differ: people leave
    /// it out, and dashboards do not show it.
    pub(super) fn matches(&self, metadata: &Metadata) -> bool {
        without_slash(&self.text) == without_slash(metadata.issuer())
    }
}

/// The text is the URL, as it is serialized.
impl From<Url> for Issuer {
    fn from(url: Url) -> Self {
        Self { text: url.to_string(), url }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Whether the issuer has a placeholder: Entra's documents for several tenants have
/// `https://login.microsoftonline.com/{tenantid}/v2.0`. No URL has a brace (RFC 3986, 2); an address that is copied
/// from a browser has it percent-encoded.
pub fn has_placeholder(issuer: &str) -> bool {
    issuer.contains(['{', '}']) || issuer.to_ascii_lowercase().contains("%7b")
}

fn without_slash(issuer: &str) -> &str {
    issuer.strip_suffix('/').unwrap_or(issuer)
}

/// The address without the path of the discovery document, and without query and fragment after it. RFC 8414 puts its
/// path before the issuer's own, so what follows it is kept.
fn without_discovery(address: String) -> String {
    let lower_case = address.to_ascii_lowercase();
    let found = [DISCOVERY, OAUTH_DISCOVERY].iter().find_map(|path| Some((lower_case.find(path)?, path.len())));
    let Some((start, length)) = found else { return address };
    let (before, after) = (&address[..start], &address[start + length..]);
    let after = after.split(['?', '#']).next().unwrap_or_default();
    format!("{before}{}", after.trim_end_matches('/'))
}
