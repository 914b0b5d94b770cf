//! What the discovery document shows.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::HttpResponse;
use url::Url;

use super::{NO_DISCOVERY, finding::Finding, page::Page};
use crate::{
    diagnosis::Misconfiguration,
    loopback::is_https_or_loopback,
    sign_in::{
        client_authentication::ClientAuthentication,
        fetch::FetchError,
        http::HttpError,
        id_token::LEEWAY,
        issuer::DISCOVERY,
        metadata::Metadata,
        provider::{Provider, ProviderError, is_accepted},
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
    let Some(date) = date else { return Finding::unknown(name, "the provider's response has no Date header") };
    let difference = now.signed_duration_since(date);
    let seconds = difference.num_seconds();
    let found = match seconds {
        0 => "in sync with the provider's clock".to_owned(),
        1.. => format!("{seconds} s ahead of the provider's clock"),
        ..0 => format!("{} s behind the provider's clock", seconds.abs()),
    };
    if difference.abs() <= LEEWAY {
        Finding::ok(name, found)
    } else {
        Finding::wrong(name, found, Misconfiguration::ClockOff)
    }
}

/// The findings if there is no usable discovery document. `document` is the response that came.
pub(super) fn failed(error: &ProviderError, document: &Result<HttpResponse, HttpError>) -> [Finding; 2] {
    let misconfiguration = Misconfiguration::behind_provider(error);
    if let ProviderError::AnotherIssuer { .. } = error {
        [
            Finding::ok("discovery", "the provider has a discovery document"),
            Finding::must_change(
                "issuer",
                error.to_string(),
                error.issuer_to_set().map_or_else(
                    || misconfiguration.change().to_owned(),
                    |issuer| format!("If this is your provider, set OIDC_ISSUER_URL={issuer}"),
                ),
            ),
        ]
    } else {
        let unknown = Finding::unknown("issuer", NO_DISCOVERY);
        let change = issuer_redirected_to(error).unwrap_or_else(|| misconfiguration.change().to_owned());
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

/// If the provider redirects to another issuer's discovery document, and the settings would accept this issuer: advice
/// to set it.
fn issuer_redirected_to(error: &ProviderError) -> Option<String> {
    let ProviderError::Fetch(FetchError::Redirected { url, to, .. }) = error else { return None };
    let path = to.path().strip_suffix(DISCOVERY)?;
    let mut issuer = Url::clone(to);
    issuer.set_path(&format!("{path}/"));
    let is_acceptable = to != url && is_https_or_loopback(&issuer);
    is_acceptable.then(|| format!("The provider redirects to {issuer}: set OIDC_ISSUER_URL={issuer}"))
}

/// If the provider offers several algorithms, only a sign-in shows which one the application uses.
pub(super) fn signing_algorithm(metadata: &Metadata) -> Finding {
    let name = "signing-algorithm";
    let Some(offered) = metadata.signing_algorithms() else {
        return Finding::unknown(name, "the discovery document lists no algorithms, so the application must use RS256");
    };
    let text = escaped(offered);
    let accepted: Vec<_> = offered.iter().map(String::as_str).filter(|name| is_accepted(name)).collect();
    if accepted.is_empty() {
        let found = format!("the provider offers {text}, none of which the app accepts");
        Finding::wrong(name, found, Misconfiguration::WrongAlgorithm)
    } else if accepted.len() < offered.len() {
        let accepted = accepted.join(" or ");
        Finding::unknown(name, format!("the provider offers {text}; the application must use {accepted}"))
    } else {
        Finding::ok(name, text)
    }
}

/// Escaped, since text from the provider goes to a terminal.
fn escaped(names: &[String]) -> String {
    names.join(", ").escape_debug().to_string()
}

/// Which method the app uses, and whether the provider offers it.
pub(super) fn client_authentication(provider: &Provider, metadata: &Metadata) -> Finding {
    let name = "client-authentication";
    let method = match provider.client_authentication(metadata) {
        Ok(method) => method,
        Err(error) => return Finding::wrong(name, error.to_string(), Misconfiguration::behind_provider(&error)),
    };
    let Some(offered) = metadata.client_authentication_methods() else {
        let found = format!("the discovery document lists no methods; the app uses {}", method.name());
        return Finding::unknown(name, found);
    };
    let (offered, is_offered) = (escaped(offered), offered.iter().any(|name| name == method.name()));
    match method {
        ClientAuthentication::None if is_offered => Finding::ok(name, "none: the app is a public client and uses PKCE"),
        // Some providers list only the methods that need a secret, but still accept public clients.
        ClientAuthentication::None => {
            Finding::unknown(name, format!("the provider offers {offered}, but the app has no secret"))
        }
        ClientAuthentication::ClientSecretBasic | ClientAuthentication::ClientSecretPost if is_offered => {
            Finding::ok(name, format!("{}; the provider offers {offered}", method.name()))
        }
        ClientAuthentication::ClientSecretBasic | ClientAuthentication::ClientSecretPost => {
            let set = method.name();
            Finding::unknown(name, format!("OIDC_CLIENT_AUTH_METHOD is {set}, but the provider offers {offered}"))
        }
    }
}
