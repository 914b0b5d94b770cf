//! Why a token endpoint does not accept the client, judged by the provider's words. Pure.

use super::misconfiguration::Misconfiguration;
use crate::sign_in::{client_authentication::ClientAuthentication, response::Refusal};

/// Which provider says it (for the reader), words in lower case that must all be there, and the meaning. The first row
/// that matches counts.
const WORDINGS: &[(&str, &[&str], Misconfiguration)] = &[
    ("Authlib", &["the client does not exist on this server"], Misconfiguration::UnknownClient),
    ("Entra ID", &["aadsts700016"], Misconfiguration::UnknownClient),
    ("Entra ID", &["aadsts7000112"], Misconfiguration::UnknownClient),
    ("Entra ID", &["aadsts90002"], Misconfiguration::WrongDomain),
    ("Entra ID", &["aadsts9002327"], Misconfiguration::SinglePageApplication),
    ("Entra ID", &["only be redeemed via cross-origin"], Misconfiguration::SinglePageApplication),
    ("fosite (Hydra, Authelia)", &["requested oauth 2.0 client does not exist"], Misconfiguration::UnknownClient),
    ("Google", &["the oauth client was not found"], Misconfiguration::UnknownClient),
    ("Keycloak", &["client not found"], Misconfiguration::UnknownClient),
    ("Okta", &["invalid value for", "client_id", "parameter"], Misconfiguration::UnknownClient),
    ("Spring Authorization Server", &["client authentication failed: client_id"], Misconfiguration::UnknownClient),
    ("Zitadel", &["errors.app.not"], Misconfiguration::UnknownClient),
];

/// How token endpoints say that a request had no secret: one of [`CREDENTIALS`] and one of [`MISSING`], in lower case.
const CREDENTIALS: [&str; 5] =
    ["client_secret", "client secret", "client_assertion", "client credentials", "client authentication"];
const MISSING: [&str; 10] = [
    "missing",
    "require",
    "must contain",
    "must include",
    "must be provided",
    "not provided",
    "not present",
    "no client",
    "empty",
    "method 'none' was requested",
];
/// Words with which it says something else. The first is from the standard's text, which lists every possible reason
/// (RFC 6749, 5.2).
const NOT_MISSING: [&str; 2] = ["unknown client", "not required"];

/// The misconfiguration if a token endpoint does not accept the client, which authenticated by `used`. Providers use
/// the codes of RFC 6749, 5.2, in different ways, so their words count first.
pub fn behind_refused_client(refusal: &Refusal, used: ClientAuthentication) -> Option<Misconfiguration> {
    let words = refusal.description.as_deref().unwrap_or_default().to_lowercase();
    let says = |any: &[&str]| any.iter().any(|text| words.contains(text));
    let row = WORDINGS.iter().find(|(_, wording, _)| wording.iter().all(|text| words.contains(text)));
    if let Some((_, _, misconfiguration)) = row {
        return Some(*misconfiguration);
    }
    let lacks_secret = says(&["aadsts7000218"]) || says(&CREDENTIALS) && says(&MISSING) && !says(&NOT_MISSING);
    let is_about_secret = match refusal.error.as_str() {
        "invalid_client" | "access_denied" => true,
        // Keycloak has this code for a wrong secret too.
        "unauthorized_client" => says(&["credential", "secret"]),
        _ if lacks_secret => true,
        _ => return None,
    };
    Some(if !is_about_secret {
        Misconfiguration::GrantNotAllowed
    } else if used == ClientAuthentication::None {
        Misconfiguration::SecretRequired
    } else if says(&[
        "supports client authentication method 'none'",
        "aadsts700025",
        "client is public",
        "public client",
    ]) {
        Misconfiguration::SecretNotAccepted
    } else if lacks_secret || blames_method(&words, used) {
        Misconfiguration::AnotherClientAuthentication
    } else {
        Misconfiguration::WrongSecret
    })
}

/// Whether a token endpoint's words blame the method by which the client authenticated. Some providers begin with the
/// sentence of RFC 6749, 5.2, which lists every reason: an unknown client, no authentication, or an unsupported method.
/// Authlib lists the methods that the endpoint accepts, whatever is wrong; then the method is to blame only if it is
/// not in the list.
fn blames_method(words: &str, used: ClientAuthentication) -> bool {
    let own_words = words.split_once("unsupported authentication method).").map_or(words, |(_, own_words)| own_words);
    let lists_others = own_words.contains("authenticate with methods") && !own_words.contains(used.name());
    let names_method = ["authentication method", "authentication_method"].iter().any(|text| own_words.contains(text));
    (names_method || lists_others) && !own_words.contains("unknown client")
}
