//! `orglab check`: finds what people get wrong with the configured provider, without a browser. It is harmless: it
//! signs nobody in, changes nothing, and limits the time of every request.

mod authorization;
mod client;
mod discovery;
mod finding;
mod logout;
mod organizations;
mod outcome;
mod page;
mod probes;
mod wordings;

use openidconnect::HttpResponse;

pub use self::finding::{Finding, Report, Status};
use self::{
    authorization::{ALSO_CLIENT_ID, UNKNOWN_CLIENT},
    probes::Probes,
};
use crate::{
    clock::Clock,
    random::Random,
    sign_in::{
        http::{BUDGET, Http, HttpError},
        provider::{ClientSettings, Provider, ProviderError},
    },
};

/// Distinguishes the probes from the app's own requests in a provider's log.
const USER_AGENT: &str = concat!("orglab-check/", env!("CARGO_PKG_VERSION"));

/// The findings that need a discovery document, besides those in [`NEED_CLIENT`].
const NEED_DISCOVERY: [&str; 4] = ["keys", "signing-algorithm", "client-authentication", "client-id"];
/// The findings that also need a client that the provider knows. If the settings list no ids, the report has no
/// `organization-ids`.
const NEED_CLIENT: [&str; 6] =
    ["callback-url", "organizations", "organization-names", "organization-ids", "client-secret", "logout-url"];

/// Why these are unknown without a discovery document.
const NO_DISCOVERY: &str = "there is no valid discovery document";

/// The findings on the app's own URLs.
const APP_URLS: [&str; 2] = ["callback-url", "logout-url"];
/// What to change if they can't be registered, since their port changes.
const PORT_0: &str = "Set APP_BASE_URL to a URL with a registered port: with port 0, the port changes at each start.";

/// Checks the provider in `settings`: discovery and clock at once, then everything else at once, so that a provider
/// that hangs takes two budgets at most.
pub async fn run_checks(settings: &ClientSettings, clock: &Clock, random: &Random) -> Report {
    let http = match Http::named(USER_AGENT) {
        Ok(http) => http,
        Err(error) => {
            return Report::of_failure(error.to_string(), "Check the proxy settings.");
        }
    };
    let provider = Provider::new(settings.clone());
    let within = http.within(BUDGET);
    let url = provider.discovery_url();
    let (metadata, document) = tokio::join!(provider.metadata(&within, BUDGET), within.get(&url));
    let clock_finding = discovery::clock(&document, clock.now());
    let mut findings = match metadata {
        Ok(metadata) => {
            let probes = Probes { provider: &provider, metadata: &metadata, http: &http, clock, random };
            let (keys, others) = tokio::join!(probes.keys(), probe(&probes));
            let mut findings = vec![
                Finding::ok("discovery", url),
                Finding::ok("issuer", metadata.issuer()),
                clock_finding,
                keys,
                discovery::signing_algorithm(&metadata),
                discovery::client_authentication(&provider, &metadata),
            ];
            findings.extend(others);
            findings
        }
        Err(error) => without_discovery(&error, &document, clock_finding, settings),
    };
    for finding in &mut findings {
        finding.found = client::without_secret(&finding.found, settings);
        if settings.post_logout_redirect_uri.ends_with(":0")
            && finding.change.is_some()
            && APP_URLS.contains(&finding.name)
        {
            finding.change = Some(PORT_0.to_owned());
        }
    }
    Report::of(findings)
}

/// The findings on the client, the redirect URI and the organizations.
async fn probe(probes: &Probes<'_>) -> Vec<Finding> {
    let ((authorization, without), with, ids, client_secret, logout_url) = tokio::join!(
        probes.authorization(),
        probes.organization_response(),
        probes.organization_ids(),
        probes.client_secret(),
        probes.logout_url(),
    );
    let organizations = organizations::organizations_enabled(&without, &with);
    let names = organizations::organization_names(probes.provider.settings(), &with);
    // A token endpoint that refuses an unknown client may not say that it is unknown (RFC 6749, 5.2).
    let may_be_unknown = authorization.client_id.status == Status::Unknown;
    let client_secret = if may_be_unknown { client_secret.or_change(ALSO_CLIENT_ID) } else { client_secret };
    let mut findings = vec![authorization.client_id, authorization.callback_url, organizations, names];
    findings.extend(ids.into_iter().chain([client_secret, logout_url]));
    if authorization.is_client_unknown {
        for finding in findings.iter_mut().filter(|finding| NEED_CLIENT.contains(&finding.name)) {
            *finding = Finding::unknown(finding.name, UNKNOWN_CLIENT);
        }
    }
    findings
}

fn without_discovery(
    error: &ProviderError,
    document: &Result<HttpResponse, HttpError>,
    clock: Finding,
    settings: &ClientSettings,
) -> Vec<Finding> {
    let lists_ids = !settings.organization_ids.is_empty();
    let others = NEED_DISCOVERY.into_iter().chain(NEED_CLIENT).filter(|name| lists_ids || *name != "organization-ids");
    let others = others.map(|name| Finding::unknown(name, NO_DISCOVERY));
    // The reason is in the finding on discovery already.
    let clock = if document.is_err() { Finding::unknown(clock.name, NO_DISCOVERY) } else { clock };
    discovery::failed(error, document).into_iter().chain([clock]).chain(others).collect()
}
