//! What a provider's response to an authorization request shows. Pure.

use openidconnect::HttpResponse;
use url::Url;

use crate::sign_in::{
    http::redirect_target,
    response::{AuthorizationResponse, Outcome, Refusal},
};

/// How much of a page is searched for error messages, in bytes.
const MAXIMUM_READ: usize = 64 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProbeOutcome {
    /// An error response at the redirect URI: the provider accepts client and redirect URI.
    Refusal(Refusal),
    /// The provider's own page, which says that the redirect URI is not registered.
    CallbackMismatch,
    /// The provider's own page, which says that there is no such client.
    UnknownClient,
    /// Anything else, in words.
    Other(String),
}

impl ProbeOutcome {
    /// Reads the response to a request with this redirect URI.
    pub(super) fn read(response: &HttpResponse, endpoint: &Url, redirect_uri: &str) -> Self {
        if let Some(location) = redirect_target(response, endpoint) {
            return match response_to(&location, redirect_uri).map(|response| response.outcome) {
                Some(Outcome::Refusal(refusal)) => Self::Refusal(refusal),
                Some(Outcome::Code(_)) | None => Self::from_words(&location.to_string().to_lowercase())
                    .unwrap_or_else(|| Self::Other(format!("a redirect to {}", without_query(&location)))),
            };
        }
        let body = response.body();
        let page = String::from_utf8_lossy(&body[..body.len().min(MAXIMUM_READ)]).to_lowercase();
        let is_error = response.status().is_client_error() || response.status().is_server_error();
        let words = is_error.then(|| Self::from_words(&page)).flatten();
        words.unwrap_or_else(|| Self::Other(format!("a page with status {}", response.status().as_u16())))
    }

    fn from_words(text: &str) -> Option<Self> {
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if says(&[
            "callback url mismatch",
            "callback+url+mismatch",
            "callback%20url%20mismatch",
            "invalid_redirect_uri",
        ]) {
            Some(Self::CallbackMismatch)
        } else if says(&["unknown client", "unknown+client", "unknown%20client", "invalid_client", "client is invalid"])
        {
            Some(Self::UnknownClient)
        } else if says(&["redirect_uri did not match", "redirect_uri is not"]) {
            Some(Self::CallbackMismatch)
        } else {
            None
        }
    }
}

/// Whether `location` is `address`, whatever its query.
pub(super) fn leads_to(location: &Url, address: &str) -> bool {
    Url::parse(address).is_ok_and(|address| without_query(location) == without_query(&address))
}

fn response_to(location: &Url, redirect_uri: &str) -> Option<AuthorizationResponse> {
    if !leads_to(location, redirect_uri) {
        return None;
    }
    AuthorizationResponse::parse(location.query()?).ok()
}

fn without_query(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url
}
