//! The requests that show whether a provider accepts the settings: what they share, and the key set.

use openidconnect::{HttpResponse, JsonWebKey, http};
use url::Url;

use super::finding::Finding;
use crate::{
    clock::Clock,
    diagnosis::Misconfiguration,
    random::Random,
    sign_in::{
        http::{BUDGET, BoundedHttp, Http, HttpError},
        key_set::{MINIMUM_RSA_BITS, ShortKey},
        keys,
        metadata::Metadata,
        provider::Provider,
    },
};

/// What a browser accepts. Some providers have other words for programs.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8";

/// The probes of one provider.
pub(super) struct Probes<'a> {
    pub(super) provider: &'a Provider,
    pub(super) metadata: &'a Metadata,
    pub(super) http: &'a Http,
    pub(super) clock: &'a Clock,
    pub(super) random: &'a Random,
}

impl Probes<'_> {
    /// Fetches a page as a browser would.
    pub(super) async fn browse(&self, http: &BoundedHttp, url: &Url) -> Result<HttpResponse, HttpError> {
        let request = http::Request::get(url.as_str()).header(http::header::ACCEPT, ACCEPT);
        http.send(request.body(Vec::new()).map_err(|error| HttpError::Broken(error.to_string()))?).await
    }

    pub(super) async fn keys(&self) -> Finding {
        let name = "keys";
        let set = match keys::fetch(self.metadata.jwks_uri().clone(), self.http.within(BUDGET)).await {
            Ok(set) => set,
            Err(error) => return Finding::wrong(name, error.to_string(), Misconfiguration::behind_fetch(&error)),
        };
        // Escaped, since text from the provider goes to a terminal.
        let usable: Vec<_> =
            set.usable().iter().filter_map(JsonWebKey::key_id).map(|id| id.escape_debug().to_string()).collect();
        let usable = format!("{}, called {}", set.usable().len(), usable.join(", "));
        let bits = |key: &ShortKey| {
            let id = key.id.as_deref().unwrap_or("one without a kid");
            format!("{} has {} bits", id.escape_debug(), key.bits)
        };
        let short: Vec<_> = set.too_short().iter().map(bits).collect();
        let short = format!("an RSA key needs at least {MINIMUM_RSA_BITS} bits, but {}", short.join(", "));
        match (set.usable().is_empty(), set.too_short().is_empty()) {
            (true, true) => Finding::wrong(name, "the key set is empty", Misconfiguration::WrongAlgorithm),
            (true, false) => Finding::wrong(name, short, Misconfiguration::KeyTooShort),
            (false, true) => Finding::ok(name, usable),
            (false, false) => {
                Finding::unknown(name, format!("{short}; the provider must sign with another key: {usable}"))
            }
        }
    }
}
