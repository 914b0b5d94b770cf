//! `orglab check`: looks at the configured provider without a browser, for what people get wrong. Its probes are harmless:
//! nobody is signed in, nothing is changed, every request is bounded.

mod answer;
mod probes;

use serde::Serialize;

use crate::sign_in::{
    http::{BUDGET, Http},
    mistakes::Mistake,
    provider::{ClientSettings, Metadata, Provider, ProviderError, accepted_algorithms},
};

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The check's name.
    pub name: &'static str,
    /// How it came out.
    pub status: Status,
    /// What was found.
    pub found: String,
    /// What to change, and where, if it is wrong.
    pub change: Option<&'static str>,
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

impl Line {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), change: None }
    }

    fn wrong(name: &'static str, found: impl Into<String>, mistake: Mistake) -> Self {
        Self { name, status: Status::Wrong, found: found.into(), change: Some(mistake.change()) }
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
    pub checks: Vec<Line>,
}

impl Report {
    /// For a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |line: &Line| {
            let mark = match line.status {
                Status::Ok => "✓",
                Status::Wrong => "✗",
                Status::Unknown => "?",
            };
            let change = line.change.map(|change| format!("\n    → {change}")).unwrap_or_default();
            format!("{mark} {:<22} {}{change}\n", line.name, line.found)
        };
        self.checks.iter().map(line).collect()
    }
}

/// What cannot be looked at without a discovery document.
const NEEDS_DISCOVERY: [&str; 9] = [
    "keys",
    "signing-algorithm",
    "client-authentication",
    "client-id",
    "callback-url",
    "organizations",
    "organization-names",
    "client-secret",
    "logout-url",
];

/// Examines the provider that `settings` name.
pub async fn examine(settings: &ClientSettings) -> Result<Report, reqwest::Error> {
    let (http, provider) = (Http::new()?, Provider::new(settings.clone()));
    let mut checks = vec![];
    match provider.metadata(&http.within(BUDGET), BUDGET).await {
        Ok(metadata) => {
            checks.push(Line::ok("discovery", provider.discovery_url()));
            checks.push(Line::ok("issuer", metadata.issuer().as_str()));
            checks.push(probes::clock(&provider, &http).await);
            checks.push(probes::keys(&metadata, &http).await);
            checks.push(signing_algorithm(&metadata));
            checks.push(client_authentication(settings, &metadata));
            checks.extend(probes::authorization(&provider, &metadata, &http).await);
            checks.push(probes::client_secret(&provider, &metadata, &http).await);
            checks.push(probes::logout_url(settings, &metadata, &http).await);
        }
        Err(error) => {
            checks.extend(without_discovery(&error));
            checks.push(probes::clock(&provider, &http).await);
            checks.extend(NEEDS_DISCOVERY.map(|name| Line::unknown(name, "there is no discovery document")));
        }
    }
    Ok(Report { ok: checks.iter().all(|line| line.status != Status::Wrong), checks })
}

fn without_discovery(error: &ProviderError) -> [Line; 2] {
    let mistake = Mistake::behind_provider(error);
    if let ProviderError::AnotherIssuer { .. } = error {
        [Line::ok("discovery", "there is a discovery document"), Line::wrong("issuer", error.to_string(), mistake)]
    } else {
        let unknown = Line::unknown("issuer", "there is no discovery document");
        [Line::wrong("discovery", error.to_string(), mistake), unknown]
    }
}

/// Which algorithm the application uses shows at a sign-in only, where the provider offers several.
fn signing_algorithm(metadata: &Metadata) -> Line {
    let name = "signing-algorithm";
    let text = |algorithms: &[_]| serde_json::to_string(algorithms).unwrap_or_default();
    let (offered, accepted) = (metadata.id_token_signing_alg_values_supported(), accepted_algorithms(metadata));
    if accepted.is_empty() {
        Line::wrong(
            name,
            format!("the provider offers {}, none of which is accepted", text(offered)),
            Mistake::WrongAlgorithm,
        )
    } else if accepted.len() < offered.len() {
        let accepted = text(&accepted);
        Line::unknown(
            name,
            format!("the provider offers {}; the application must use one of {accepted}", text(offered)),
        )
    } else {
        Line::ok(name, text(offered))
    }
}

fn client_authentication(settings: &ClientSettings, metadata: &Metadata) -> Line {
    let name = "client-authentication";
    let offered = metadata.token_endpoint_auth_methods_supported();
    let text = offered.map_or("nothing".to_owned(), |offered| serde_json::to_string(offered).unwrap_or_default());
    match crate::sign_in::provider::authentication(metadata) {
        _ if settings.client_secret.is_none() => Line::ok(name, "a public client: no secret, PKCE alone"),
        Some(_) => Line::ok(name, format!("the provider offers {text}")),
        None => Line::wrong(name, format!("the provider offers {text}"), Mistake::AuthenticationNotOffered),
    }
}
