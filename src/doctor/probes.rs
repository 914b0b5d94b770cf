//! The requests that show whether a provider accepts the settings: what they share, and the key set.

use openidconnect::{HttpResponse, core::CoreJwsSigningAlgorithm, http};
use url::Url;

use super::finding::Finding;
use crate::{
    clock::Clock,
    diagnosis::Misconfiguration,
    random::Random,
    sign_in::{
        http::{BUDGET, BoundedHttp, Http, HttpError},
        key::{Key, KeyProblem},
        key_set::UnusableKey,
        keys,
        metadata::Metadata,
        provider::{Provider, accepted_algorithms},
    },
};

/// What a browser accepts. Some providers have other error messages for programs: `LemonLDAP::NG` returns numbers to a
/// client that accepts JSON.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

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
        let usable = described(set.usable());
        let unusable: Vec<_> = set.unusable().iter().map(ToString::to_string).collect();
        let unusable = unusable.join("; ");
        let may_sign = |key: &UnusableKey| key.problem != KeyProblem::NotForSignatures;
        let accepted = accepted_algorithms(self.metadata);
        let fits = |key: &Key| accepted.is_empty() || key.algorithms().iter().any(|it| accepted.contains(it));
        if set.usable().is_empty() && set.unusable().is_empty() {
            Finding::wrong(name, "the key set is empty", Misconfiguration::WrongAlgorithm)
        } else if set.usable().is_empty() {
            Finding::wrong(name, unusable, Misconfiguration::KeyNotUsable)
        } else if !set.usable().iter().any(fits) {
            Finding::wrong(name, no_key_fits(&usable, set.usable(), &accepted), Misconfiguration::WrongAlgorithm)
        } else if set.unusable().iter().any(may_sign) {
            Finding::unknown(name, format!("{usable}, but the provider may sign with another: {unusable}"))
        } else if set.unusable().is_empty() {
            Finding::ok(name, usable)
        } else {
            Finding::ok(name, format!("{usable}; {unusable}"))
        }
    }
}

/// How many keys there are, and their ids. Escaped, since text from the provider goes to a terminal.
fn described(keys: &[Key]) -> String {
    let count = if keys.len() == 1 { "1 usable key".to_owned() } else { format!("{} usable keys", keys.len()) };
    let ids: Vec<_> = keys.iter().filter_map(Key::id).map(|id| id.escape_debug().to_string()).collect();
    if ids.is_empty() { count } else { format!("{count} ({})", ids.join(", ")) }
}

/// Why no key can verify a token: the algorithms of the keys, and those that the provider must sign with.
fn no_key_fits(usable: &str, keys: &[Key], accepted: &[CoreJwsSigningAlgorithm]) -> String {
    let names = |algorithms: &[CoreJwsSigningAlgorithm]| algorithms.iter().map(name_of).collect::<Vec<_>>().join(", ");
    let mut of_keys: Vec<_> = keys.iter().map(|key| names(key.algorithms())).collect();
    of_keys.dedup();
    format!("{usable} for {}, but the provider must sign with {}", of_keys.join(", "), names(accepted))
}

fn name_of(algorithm: &CoreJwsSigningAlgorithm) -> String {
    serde_json::to_value(algorithm).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
