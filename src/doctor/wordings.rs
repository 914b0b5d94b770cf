//! How providers word their errors, and what each wording means. RFC 6749, 4.1.2.1, leaves the words to the provider.
//! It must show them on a page of its own, since it can't redirect to an address that it does not trust.

use serde_json::{Value, json};

use super::page::Page;

/// What is wrong with an authorization request, so that there is no authorization response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// The redirect URI is not registered.
    Callback,
    /// There is no such client, or it is switched off.
    Client,
}

/// Which provider says it (for the reader), words in lower case that must all be there, and the meaning. The first row
/// that matches counts. Rows about the redirect URI come first, since some providers return `invalid_client` for it
/// too.
const AUTHORIZATION: &[(&str, &[&str], Mistake)] = &[
    ("Auth0", &["callback url mismatch"], Mistake::Callback),
    ("Authlib", &["redirect uri", "is not supported by client"], Mistake::Callback),
    ("authentik, django-oidc-provider", &["mismatching redirection uri"], Mistake::Callback),
    ("authentik, django-oidc-provider", &["redirect uri error"], Mistake::Callback),
    ("Casdoor", &["doesn't exist in the allowed redirect uri list"], Mistake::Callback),
    ("Cognito", &["redirect_mismatch"], Mistake::Callback),
    ("Dex", &["unregistered redirect_uri"], Mistake::Callback),
    ("doorkeeper (GitLab)", &["redirect uri included is not valid"], Mistake::Callback),
    ("doorkeeper", &["doesn't match client redirect uri"], Mistake::Callback),
    ("Entra ID", &["aadsts50011"], Mistake::Callback), // and 500112, 500113, 500117
    ("Entra ID", &["aadsts900971"], Mistake::Callback),
    ("Google", &["invalid parameter value for redirect_uri"], Mistake::Callback), // an IP address, for instance
    ("ForgeRock", &["does not match a pre-registered value"], Mistake::Callback),
    ("fosite (Hydra, Authelia)", &["does not match any of the oauth 2.0 client's pre-registered"], Mistake::Callback),
    ("Google, Salesforce", &["redirect_uri_mismatch"], Mistake::Callback),
    ("Keycloak", &["invalid parameter: redirect_uri"], Mistake::Callback),
    ("node-oidc-provider", &["redirect_uri did not match"], Mistake::Callback),
    ("oauthlib (django-oauth-toolkit)", &["mismatching redirect uri"], Mistake::Callback),
    ("django-oauth-toolkit, of a logout", &["does not have this redirect uri registered"], Mistake::Callback),
    ("oauthlib (django-oauth-toolkit)", &["invalid redirect uri"], Mistake::Callback),
    ("Okta", &["'redirect_uri' parameter must be"], Mistake::Callback),
    ("PingOne", &["redirect uri mismatch"], Mistake::Callback),
    ("Spring Authorization Server", &["oauth 2.0 parameter: redirect_uri"], Mistake::Callback),
    ("Spring Security OAuth (MITREid)", &["does not match one of the registered values"], Mistake::Callback),
    ("WSO2", &["registered callback does not match"], Mistake::Callback),
    ("Zitadel", &["redirect_uri is missing in the client configuration"], Mistake::Callback),
    ("Zitadel", &["redirect_uri is http and is not allowed"], Mistake::Callback),
    ("IdentityServer, Duende", &["invalid redirect_uri"], Mistake::Callback),
    ("LemonLDAP::NG", &["unauthorized url"], Mistake::Callback),
    ("several", &["invalid_redirect_uri"], Mistake::Callback),
    ("several", &["redirect_uri is not"], Mistake::Callback),
    ("several", &["redirect uri is not"], Mistake::Callback),
    ("several", &["redirect_uri is invalid"], Mistake::Callback),
    ("several", &["redirect uri is invalid"], Mistake::Callback),
    ("several", &["redirect_uri mismatch"], Mistake::Callback),
    ("SimpleIdServer", &["redirect_uri", "is not correct"], Mistake::Callback),
    ("several", &["redirect_uri", "does not match"], Mistake::Callback),
    ("several", &["redirect uri", "does not match"], Mistake::Callback),
    ("several", &["mismatching_redirect_uri"], Mistake::Callback),
    ("several", &["redirect_uri not "], Mistake::Callback), // allowed, registered
    ("several", &["redirect uri not "], Mistake::Callback),
    ("Auth0, IdentityServer, Duende, doorkeeper", &["unknown client"], Mistake::Client),
    ("Authlib", &["the client does not exist on this server"], Mistake::Client),
    ("authentik, django-oidc-provider", &["client id error"], Mistake::Client),
    ("authentik, django-oidc-provider", &["client identifier (client_id) is missing or invalid"], Mistake::Client),
    ("Cognito", &["client does not exist"], Mistake::Client), // and fosite
    ("Cognito", &["invalid client"], Mistake::Client),
    ("Dex, oauthlib (django-oauth-toolkit), Casdoor", &["invalid client_id"], Mistake::Client),
    ("Entra ID", &["aadsts700016"], Mistake::Client),
    ("Entra ID", &["aadsts7000112"], Mistake::Client),
    ("Google", &["the oauth client was not found"], Mistake::Client),
    ("Google", &["deleted_client"], Mistake::Client),
    ("Keycloak", &["client not found"], Mistake::Client),
    ("Keycloak", &["client disabled"], Mistake::Client),
    ("node-oidc-provider", &["client is invalid"], Mistake::Client),
    ("Okta", &["invalid value for 'client_id' parameter"], Mistake::Client),
    ("Spring Authorization Server", &["oauth 2.0 parameter: client_id"], Mistake::Client),
    ("WSO2", &["a valid oauth client could not be found"], Mistake::Client),
    ("Zitadel", &["unable to retrieve client by id"], Mistake::Client),
    ("Zitadel", &["errors.app.not"], Mistake::Client), // NotFound, NotExisting, NotActive
    ("several", &["invalid_client"], Mistake::Client),
];

/// The error numbers of `LemonLDAP::NG`, which a script on its page turns into words: "Unauthorized URL" and "This
/// application is not known".
const LEMONLDAP: &[(&str, Mistake)] = &[("108", Mistake::Callback), ("107", Mistake::Client)];

/// What the page says is wrong. In the source, only an error page's words count: a sign-in page may have all messages
/// of the provider in its scripts.
pub(super) fn mistake(page: &Page) -> Option<Mistake> {
    lemonldap_mistake(&page.source)
        .or_else(|| worded_mistake(&page.words))
        .or_else(|| page.is_error.then(|| worded_mistake(&page.decoded_source())).flatten())
}

/// The mistake that a text is about, by [`AUTHORIZATION`].
fn worded_mistake(text: &str) -> Option<Mistake> {
    let text = normal(text);
    let row = AUTHORIZATION.iter().find(|(_, words, _)| words.iter().all(|words| text.contains(words)));
    row.map(|(_, _, mistake)| *mistake)
}

/// The mistake that a page of `LemonLDAP::NG` has the number of, by [`LEMONLDAP`].
fn lemonldap_mistake(source: &str) -> Option<Mistake> {
    let row = LEMONLDAP.iter().find(|(number, _)| has_lemonldap_number(source, number));
    row.map(|(_, mistake)| *mistake)
}

/// Whether this is the error's number, in the page (`<span trmsg="108">`) or in JSON (`{"result": 0, "error": 108}`).
fn has_lemonldap_number(source: &str, number: &str) -> bool {
    let in_json = || {
        let document: Value = serde_json::from_str(source).ok()?;
        let error = document.get("error")?.to_string();
        Some(document.get("result") == Some(&json!(0)) && error.trim_matches('"') == number)
    };
    source.contains(&format!("trmsg=\"{number}\"")) || in_json().unwrap_or(false)
}

/// What providers call the address to come back to after logout.
const LOGOUT: &[&str] = &["post_logout_redirect_uri", "returnto", "logout url"];

/// Whether the provider's page says that the address to come back to after logout is not registered. A logout can be
/// refused for other reasons, such as a missing `id_token_hint`; the page says which.
pub(super) fn says_logout_url_is_wrong(page: &Page) -> bool {
    let text = normal(&page.words);
    let names_it = LOGOUT.iter().any(|words| text.contains(words)) && !text.contains("id_token_hint");
    mistake(page) == Some(Mistake::Callback) || page.is_error && names_it
}

/// In lower case, with straight apostrophes.
fn normal(text: &str) -> String {
    text.to_lowercase().replace(['\u{2018}', '\u{2019}'], "'")
}
