//! `orglab check`: looks at the configured provider without a browser, for what people get wrong. Its probes are harmless:
//! nobody is signed in, nothing is changed, every request is bounded.

mod outcome;
mod probes;

use openidconnect::{HttpResponse, core::CoreClientAuthMethod};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::{
    diagnosis::Misconfiguration,
    loopback::is_https_or_loopback,
    sign_in::{
        fetch::FetchError,
        http::{BUDGET, Http, HttpError},
        provider::{self, ClientSettings, DISCOVERY, Metadata, Provider, ProviderError, accepted_algorithms},
        record::BLACKED_OUT,
    },
};

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's name.
    pub name: &'static str,
    /// How it came out.
    pub status: Status,
    /// What was found.
    pub found: String,
    /// What to change, and where, if it is wrong.
    pub change: Option<String>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Not as it should be: sign-ins fail.
    Wrong,
    /// The provider's answers do not tell.
    Unknown,
}

impl Finding {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), change: None }
    }

    fn wrong(name: &'static str, found: impl Into<String>, misconfiguration: Misconfiguration) -> Self {
        Self::must_change(name, found, misconfiguration.change())
    }

    fn must_change(name: &'static str, found: impl Into<String>, change: impl Into<String>) -> Self {
        Self { name, status: Status::Wrong, found: found.into(), change: Some(change.into()) }
    }

    fn unknown(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Unknown, found: format!("could not tell: {}", found.into()), change: None }
    }
}

/// The whole examination.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Nothing is wrong, so far as can be told.
    pub ok: bool,
    /// A line for each check.
    pub checks: Vec<Finding>,
}

impl Report {
    fn of(checks: Vec<Finding>) -> Self {
        Self { ok: checks.iter().all(|line| line.status != Status::Wrong), checks }
    }

    /// Where the settings are wrong, so that there is nothing to look at: for each of them what was found, and what to
    /// change.
    pub fn of_wrong_settings(wrong: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::of(wrong.into_iter().map(|(found, change)| Finding::must_change("settings", found, change)).collect())
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let line = |line: &Finding| {
            let mark = match line.status {
                Status::Ok => "✓",
                Status::Wrong => "✗",
                Status::Unknown => "?",
            };
            let change = line.change.as_ref().map(|change| format!("\n    → {change}")).unwrap_or_default();
            format!("{mark} {:<22} {}{change}\n", line.name, line.found)
        };
        self.checks.iter().map(line).collect()
    }
}

/// By this name a provider's log tells the probes from the app's own requests.
const USER_AGENT: &str = concat!("orglab-check/", env!("CARGO_PKG_VERSION"));

/// What cannot be looked at without a discovery document: this, and what needs a client besides.
const NEEDS_DISCOVERY: [&str; 4] = ["keys", "signing-algorithm", "client-authentication", "client-id"];
/// What an unknown client tells nothing about. `organization-ids` is looked at only where ids are listed.
const NEEDS_CLIENT: [&str; 6] =
    ["callback-url", "organizations", "organization-names", "organization-ids", "client-secret", "logout-url"];

/// Examines the provider that `settings` name: discovery and clock at once, then all the rest at once, so that a provider
/// that hangs takes two budgets at most.
pub async fn run_checks(settings: &ClientSettings) -> Result<Report, reqwest::Error> {
    let (http, provider) = (Http::named(USER_AGENT)?, Provider::new(settings.clone()));
    let within = http.within(BUDGET);
    let url = provider.discovery_url();
    let (metadata, document) = tokio::join!(provider.metadata(&within, BUDGET), within.get(&url));
    let clock = probes::clock(&document);
    let mut checks = match metadata {
        Ok(metadata) => {
            let (keys, authorization, ids, client_secret, logout_url) = tokio::join!(
                probes::keys(&metadata, &http),
                probes::authorization(&provider, &metadata, &http),
                probes::organization_ids(&provider, &metadata, &http),
                probes::client_secret(&provider, &metadata, &http),
                probes::logout_url(settings, &metadata, &http),
            );
            let mut checks = vec![
                Finding::ok("discovery", url),
                Finding::ok("issuer", metadata.issuer().as_str()),
                clock,
                keys,
                signing_algorithm(&metadata, &document),
                client_authentication(settings, &metadata),
            ];
            let knows_client = !authorization.is_client_unknown;
            checks.extend(authorization.lines.into_iter().chain(ids).chain([client_secret, logout_url]));
            if !knows_client {
                let needs_client = |line: &&mut Finding| NEEDS_CLIENT.contains(&line.name);
                for line in checks.iter_mut().filter(needs_client) {
                    *line = Finding::unknown(line.name, "the client is not known");
                }
            }
            checks
        }
        Err(error) => {
            let mut checks = without_discovery(&error).to_vec();
            checks.push(clock);
            let lists_ids = !settings.organization_ids.is_empty();
            let others = NEEDS_DISCOVERY.iter().chain(&NEEDS_CLIENT);
            let others = others.filter(|name| lists_ids || **name != "organization-ids");
            checks.extend(others.map(|name| Finding::unknown(name, "there is no discovery document")));
            checks
        }
    };
    for line in &mut checks {
        black_out_secret(line, settings);
    }
    Ok(Report::of(checks))
}

/// A provider may repeat in its answers what it was sent.
fn black_out_secret(line: &mut Finding, settings: &ClientSettings) {
    let secret = settings.client_secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let quoted = format!("{secret:?}");
    for text in [secret, quoted.trim_matches('"')] {
        if !text.is_empty() {
            line.found = line.found.replace(text, BLACKED_OUT);
        }
    }
}

fn without_discovery(error: &ProviderError) -> [Finding; 2] {
    let misconfiguration = Misconfiguration::behind_provider(error);
    if let ProviderError::AnotherIssuer { .. } = error {
        [
            Finding::ok("discovery", "there is a discovery document"),
            Finding::wrong("issuer", error.to_string(), misconfiguration),
        ]
    } else {
        let unknown = Finding::unknown("issuer", "there is no discovery document");
        let change = address_to_set(error).unwrap_or_else(|| misconfiguration.change().to_owned());
        [Finding::must_change("discovery", error.to_string(), change), unknown]
    }
}

/// Where the provider redirects to the discovery document of another issuer, that issuer, if the settings would take it.
fn address_to_set(error: &ProviderError) -> Option<String> {
    let ProviderError::Fetch(FetchError::Redirected { url, to, .. }) = error else { return None };
    let path = to.path().strip_suffix(DISCOVERY)?;
    let mut issuer = Url::clone(to);
    issuer.set_path(&format!("{path}/"));
    let is_taken = to != url && is_https_or_loopback(&issuer);
    is_taken.then(|| format!("The provider redirects to {issuer}: set OIDC_ISSUER_URL={issuer}"))
}

/// Which algorithm the application uses shows at a sign-in only, where the provider offers several. The document itself is
/// read: what we have no name for is not in the metadata.
fn signing_algorithm(metadata: &Metadata, document: &Result<HttpResponse, HttpError>) -> Finding {
    let name = "signing-algorithm";
    let document: Option<Value> = document.as_ref().ok().and_then(|answer| serde_json::from_slice(answer.body()).ok());
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

/// The elements of a list, escaped: the provider's words go to a terminal.
fn names(list: &Value) -> Vec<String> {
    let name = |it: &Value| it.as_str().map_or_else(|| it.to_string(), |text| text.escape_debug().to_string());
    list.as_array().into_iter().flatten().map(name).collect()
}

fn client_authentication(settings: &ClientSettings, metadata: &Metadata) -> Finding {
    let name = "client-authentication";
    let offered = metadata.token_endpoint_auth_methods_supported();
    let text = offered.map_or("nothing".to_owned(), |offered| names(&json!(offered)).join(", "));
    let offers_none = offered.is_some_and(|offered| offered.contains(&CoreClientAuthMethod::None));
    match provider::authentication(metadata) {
        _ if settings.client_secret.is_none() && offers_none => {
            Finding::ok(name, "a public client: no secret, PKCE alone")
        }
        // Some list only the ways that need a secret, and take public clients all the same.
        _ if settings.client_secret.is_none() => {
            Finding::unknown(name, format!("the provider offers {text}, and a public client has no secret"))
        }
        Some(_) => Finding::ok(name, format!("the provider offers {text}")),
        None => Finding::wrong(name, format!("the provider offers {text}"), Misconfiguration::AuthenticationNotOffered),
    }
}
