//! What the discovery document shows.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{HttpResponse, core::CoreClientAuthMethod};
use serde_json::{Value, json};
use url::Url;

use super::{finding::Finding, page::Page};
use crate::{
    diagnosis::Misconfiguration,
    loopback::is_https_or_loopback,
    sign_in::{
        fetch::FetchError,
        http::HttpError,
        id_token::LEEWAY,
        provider::{self, ClientSettings, DISCOVERY, Metadata, ProviderError, accepted_algorithms},
    },
};

/// This machine's clock, against the `Date` of the discovery document (RFC 9110, 6.6.1).
pub(super) fn clock(document: &Result<HttpResponse, HttpError>, now: DateTime<Utc>) -> Finding {
    let name = "clock";
    let response = match document {
        Ok(response) => response,
        Err(error) => return Finding::unknown(name, error.to_string()),
    };
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    // A cache on the way keeps `Date`, and says in `Age` how old the response is (RFC 9111, 5.1).
    let age = TimeDelta::seconds(header("age").and_then(|age| age.parse::<u32>().ok()).unwrap_or_default().into());
    let date = header("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date + age);
    let Some(date) = date else { return Finding::unknown(name, "the provider sends no Date") };
    let difference = now.signed_duration_since(date);
    let seconds = difference.num_seconds();
    if difference.abs() <= LEEWAY {
        Finding::ok(name, format!("{seconds} s from the provider's"))
    } else {
        Finding::wrong(name, format!("{seconds} s from the provider's"), Misconfiguration::ClockOff)
    }
}

/// The findings if there is no usable discovery document. `document` is what came instead.
pub(super) fn failed(error: &ProviderError, document: &Result<HttpResponse, HttpError>) -> [Finding; 2] {
    let misconfiguration = Misconfiguration::behind_provider(error);
    if let ProviderError::AnotherIssuer { .. } = error {
        [
            Finding::ok("discovery", "there is a discovery document"),
            Finding::wrong("issuer", error.to_string(), misconfiguration),
        ]
    } else {
        let unknown = Finding::unknown("issuer", "there is no discovery document");
        let change = address_to_set(error).unwrap_or_else(|| misconfiguration.change().to_owned());
        // The provider's own words may say what is wrong with the address.
        let found = match (error, document) {
            (ProviderError::Fetch(FetchError::Status { url, .. }), Ok(response)) => {
                format!("{url} returned {}", Page::of(response, url))
            }
            _ => error.to_string(),
        };
        [Finding::must_change("discovery", found, change), unknown]
    }
}

/// If the provider redirects to the discovery document of another issuer: that issuer, if the settings would accept it.
fn address_to_set(error: &ProviderError) -> Option<String> {
    let ProviderError::Fetch(FetchError::Redirected { url, to, .. }) = error else { return None };
    let path = to.path().strip_suffix(DISCOVERY)?;
    let mut issuer = Url::clone(to);
    issuer.set_path(&format!("{path}/"));
    let is_acceptable = to != url && is_https_or_loopback(&issuer);
    is_acceptable.then(|| format!("The provider redirects to {issuer}: set OIDC_ISSUER_URL={issuer}"))
}

/// If the provider offers several algorithms, only a sign-in shows which one the application uses. This reads the
/// document itself: the metadata lacks algorithms that the library does not know.
pub(super) fn signing_algorithm(metadata: &Metadata, document: &Result<HttpResponse, HttpError>) -> Finding {
    let name = "signing-algorithm";
    let document: Option<Value> =
        document.as_ref().ok().and_then(|response| serde_json::from_slice(response.body()).ok());
    let Some(Value::Array(offered)) = document.as_ref().and_then(|it| it.get("id_token_signing_alg_values_supported"))
    else {
        return Finding::unknown(name, "the discovery document names none");
    };
    let accepted = names(&json!(accepted_algorithms(metadata)));
    let offered = names(&Value::from(offered.clone()));
    let text = offered.join(", ");
    if accepted.is_empty() {
        Finding::wrong(
            name,
            format!("the provider offers {text}, none of which is accepted"),
            Misconfiguration::WrongAlgorithm,
        )
    } else if offered.iter().any(|algorithm| !accepted.contains(algorithm)) {
        let accepted = accepted.join(", ");
        Finding::unknown(name, format!("the provider offers {text}; the application must use one of {accepted}"))
    } else {
        Finding::ok(name, text)
    }
}

/// The elements of a list, escaped, since text from the provider goes to a terminal.
fn names(list: &Value) -> Vec<String> {
    let name = |it: &Value| it.as_str().map_or_else(|| it.to_string(), |text| text.escape_debug().to_string());
    list.as_array().into_iter().flatten().map(name).collect()
}

pub(super) fn client_authentication(settings: &ClientSettings, metadata: &Metadata) -> Finding {
    let name = "client-authentication";
    let offered = metadata.token_endpoint_auth_methods_supported();
    let text = offered.map_or("nothing".to_owned(), |offered| names(&json!(offered)).join(", "));
    let offers_none = offered.is_some_and(|offered| offered.contains(&CoreClientAuthMethod::None));
    match provider::authentication(metadata) {
        _ if settings.client_secret.is_none() && offers_none => {
            Finding::ok(name, "a public client: no secret, PKCE alone")
        }
        // Some providers list only the methods that need a secret, and accept public clients all the same.
        _ if settings.client_secret.is_none() => {
            Finding::unknown(name, format!("the provider offers {text}, and a public client has no secret"))
        }
        Some(_) => Finding::ok(name, format!("the provider offers {text}")),
        None => Finding::wrong(name, format!("the provider offers {text}"), Misconfiguration::AuthenticationNotOffered),
    }
}
