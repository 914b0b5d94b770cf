//! `orglab check`: finds what people get wrong with the configured provider, without a browser. It is harmless: it
//! signs nobody in, changes nothing, and limits the time of every request.

mod discovery;
mod finding;
mod outcome;
mod probes;

use secrecy::ExposeSecret;

pub use self::finding::{Finding, Report, Status};
use self::probes::Probes;
use crate::{
    clock::Clock,
    random::Random,
    sign_in::{
        http::{BUDGET, Http},
        provider::{ClientSettings, Provider, ProviderError},
        record::REDACTED,
    },
};

/// Distinguishes the probes from the app's own requests in a provider's log.
const USER_AGENT: &str = concat!("orglab-check/", env!("CARGO_PKG_VERSION"));

/// The findings that are unknown without a discovery document, besides [`NEED_CLIENT`].
const NEED_DISCOVERY: [&str; 4] = ["keys", "signing-algorithm", "client-authentication", "client-id"];
/// The findings that are unknown if the provider does not know the client. If no ids are listed, the report has no
/// `organization-ids`.
const NEED_CLIENT: [&str; 6] =
    ["callback-url", "organizations", "organization-names", "organization-ids", "client-secret", "logout-url"];

/// Checks the provider in `settings`: discovery and clock at once, then everything else at once, so that a provider
/// that hangs takes two budgets at most.
pub async fn run_checks(settings: &ClientSettings, clock: &Clock, random: &Random) -> Result<Report, reqwest::Error> {
    let (http, provider) = (Http::named(USER_AGENT)?, Provider::new(settings.clone()));
    let within = http.within(BUDGET);
    let url = provider.discovery_url();
    let (metadata, document) = tokio::join!(provider.metadata(&within, BUDGET), within.get(&url));
    let clock_finding = discovery::clock(&document, clock.now());
    let mut findings = match metadata {
        Ok(metadata) => {
            let probes = Probes { provider: &provider, metadata: &metadata, http: &http, clock, random };
            let (keys, authorization, ids, client_secret, logout_url) = tokio::join!(
                probes.keys(),
                probes.authorization(),
                probes.organization_ids(),
                probes.client_secret(),
                probes.logout_url(),
            );
            let mut findings = vec![
                Finding::ok("discovery", url),
                Finding::ok("issuer", metadata.issuer()),
                clock_finding,
                keys,
                discovery::signing_algorithm(&metadata),
                discovery::client_authentication(&provider, &metadata),
            ];
            findings.extend(authorization.findings.into_iter().chain(ids).chain([client_secret, logout_url]));
            if authorization.is_client_unknown {
                for finding in findings.iter_mut().filter(|finding| NEED_CLIENT.contains(&finding.name)) {
                    *finding = Finding::unknown(finding.name, "the client is not known");
                }
            }
            findings
        }
        Err(error) => without_discovery(&error, clock_finding, settings),
    };
    for finding in &mut findings {
        redact_secret(finding, settings);
    }
    Ok(Report::of(findings))
}

fn without_discovery(error: &ProviderError, clock: Finding, settings: &ClientSettings) -> Vec<Finding> {
    let lists_ids = !settings.organization_ids.is_empty();
    let others = NEED_DISCOVERY.into_iter().chain(NEED_CLIENT).filter(|name| lists_ids || *name != "organization-ids");
    let others = others.map(|name| Finding::unknown(name, "there is no discovery document"));
    discovery::failed(error).into_iter().chain([clock]).chain(others).collect()
}

/// A provider may repeat in its responses what it was sent.
fn redact_secret(finding: &mut Finding, settings: &ClientSettings) {
    let secret = settings.client_secret.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let quoted = format!("{secret:?}");
    for text in [secret, quoted.trim_matches('"')] {
        if !text.is_empty() {
            finding.found = finding.found.replace(text, REDACTED);
        }
    }
}
