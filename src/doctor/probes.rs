//! The requests that ask a provider what it thinks of the settings.

use chrono::{DateTime, TimeDelta};
use futures_util::{StreamExt, future, stream};
use oauth2::PkceCodeVerifier;
use openidconnect::{HttpResponse, JsonWebKey};

use super::{
    Finding,
    outcome::{ProbeOutcome, leads_to},
};
use crate::{
    clock::Clock,
    diagnosis::Misconfiguration,
    random::Random,
    sign_in::{
        attempt::{Attempt, Destination, LoginRequest},
        auth0::Auth0Refusal,
        exchange::{self, ExchangeError},
        http::{BUDGET, BoundedHttp, Http, HttpError, redirect_target},
        key_set::{MINIMUM_RSA_BITS, ShortKey},
        keys,
        organization::OrganizationRef,
        provider::{ClientSettings, Metadata, Provider},
        response::{Refusal, RefusalCase},
        sign_out,
    },
};

/// How far the clocks may differ before sign-ins fail.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// A name that no organization has, to ask whether names are taken at all.
const NO_ORGANIZATION: &str = "orglab-check";
/// An id that no organization has, to ask whether ids are looked up before the user is asked.
const NO_ORGANIZATION_ID: &str = "org_orglabcheck00000";
/// How many ids are asked for at once.
const IDS_AT_ONCE: usize = 4;
/// A secret that no client has, to ask whether secrets are looked at.
const NO_SECRET: &str = "orglab-check";

/// This machine's clock, against the `Date` of the discovery document (RFC 9110, 6.6.1).
pub(super) fn clock(document: &Result<HttpResponse, HttpError>) -> Finding {
    let name = "clock";
    let answer = match document {
        Ok(answer) => answer,
        Err(error) => return Finding::unknown(name, error.to_string()),
    };
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    // A cache on the way leaves `Date` as it was, and tells how long ago that is (RFC 9111, 5.1).
    let age = TimeDelta::seconds(header("age").and_then(|age| age.parse::<u32>().ok()).unwrap_or_default().into());
    let date = header("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date + age);
    let Some(date) = date else { return Finding::unknown(name, "the provider tells no Date") };
    let difference = Clock::system().now().signed_duration_since(date);
    let seconds = difference.num_seconds();
    if difference.abs() <= LEEWAY {
        Finding::ok(name, format!("{seconds} s from the provider's"))
    } else {
        Finding::wrong(name, format!("{seconds} s from the provider's"), Misconfiguration::ClockOff)
    }
}

/// The provider's key set.
pub(super) async fn keys(metadata: &Metadata, http: &Http) -> Finding {
    let name = "keys";
    let set = match keys::fetch(metadata.jwks_uri().url().clone(), http.within(BUDGET)).await {
        Ok(set) => set,
        Err(error) => return Finding::wrong(name, error.to_string(), Misconfiguration::behind_fetch(&error)),
    };
    // Escaped: the provider's words go to a terminal.
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
        (false, false) => Finding::unknown(name, format!("{short}; the provider must sign with another key: {usable}")),
    }
}

/// What authorization requests show.
pub(super) struct Authorization {
    pub(super) lines: Vec<Finding>,
    /// Then nothing else that the provider answers says anything about the application.
    pub(super) is_client_unknown: bool,
}

/// Client id, callback URL and organizations: two authorization requests that nobody is signed in by.
pub(super) async fn authorization(provider: &Provider, metadata: &Metadata, http: &Http) -> Authorization {
    let http = http.within(BUDGET);
    let (without, with) =
        tokio::join!(ask(provider, metadata, &http, None), ask(provider, metadata, &http, Some(NO_ORGANIZATION)));
    let mut lines = vec![];
    let uri = &provider.settings().redirect_uri;
    match &without {
        ProbeOutcome::UnknownClient => {
            lines.push(Finding::wrong("client-id", "the provider does not know it", Misconfiguration::UnknownClient));
            lines.push(Finding::unknown("callback-url", "the client is unknown"));
        }
        ProbeOutcome::CallbackMismatch => {
            lines.push(Finding::ok("client-id", "the provider knows it"));
            lines.push(Finding::wrong(
                "callback-url",
                format!("{uri} is not registered"),
                Misconfiguration::CallbackNotRegistered,
            ));
        }
        ProbeOutcome::Refusal(refusal) if refusal.case() == RefusalCase::ClientNotAllowed => {
            lines.push(Finding::wrong("client-id", refusal.to_string(), Misconfiguration::UnknownClient));
            lines.push(Finding::ok("callback-url", format!("{uri} is registered")));
        }
        ProbeOutcome::Refusal(_) => {
            lines.push(Finding::ok("client-id", "the provider knows it"));
            lines.push(Finding::ok("callback-url", format!("{uri} is registered")));
        }
        ProbeOutcome::Other(what) => {
            lines.push(Finding::unknown("client-id", format!("the provider answers with {what}")));
            lines.push(Finding::unknown("callback-url", format!("the provider answers with {what}")));
        }
    }
    lines.push(organizations_enabled(&without, &with));
    lines.push(organization_names(provider.settings(), &with));
    Authorization { lines, is_client_unknown: without == ProbeOutcome::UnknownClient }
}

/// Whether the provider knows the ids that the settings list: an authorization request for each, that nobody is signed in
/// by, and one for an id that no organization has. None, where no ids are listed.
pub(super) async fn organization_ids(provider: &Provider, metadata: &Metadata, http: &Http) -> Option<Finding> {
    let name = "organization-ids";
    let ids = &provider.settings().organization_ids;
    if ids.is_empty() {
        return None;
    }
    let http = &http.within(BUDGET);
    let ask_for = async |(name, id)| (name, id, ask(provider, metadata, http, Some(id)).await);
    let answers = stream::iter(ids.iter()).map(ask_for).buffered(IDS_AT_ONCE).collect::<Vec<_>>();
    let (nobodys, answers) = future::join(ask(provider, metadata, http, Some(NO_ORGANIZATION_ID)), answers).await;
    let unknown: Vec<_> = answers.iter().filter(|(_, _, answer)| is_unknown_organization(answer)).collect();
    let undecided = answers.iter().find(|(_, _, answer)| !matches!(answer, ProbeOutcome::Refusal(_)));
    Some(if !unknown.is_empty() {
        let pairs: Vec<_> = unknown.iter().map(|(name, id, _)| format!("{name}={id}")).collect();
        Finding::wrong(
            name,
            format!("the provider does not know {}", pairs.join(", ")),
            Misconfiguration::UnknownOrganizationId,
        )
    } else if let Some((name_of, _, _)) = undecided {
        Finding::unknown(name, format!("the provider does not answer to the callback URL when asked for {name_of}"))
    } else if is_unknown_organization(&nobodys) {
        Finding::ok(name, format!("the provider knows all {}", answers.len()))
    } else {
        Finding::unknown(name, "the provider answers the same to an id that no organization has")
    })
}

fn is_unknown_organization(answer: &ProbeOutcome) -> bool {
    matches!(answer, ProbeOutcome::Refusal(refusal) if was_looked_up(refusal))
}

fn organizations_enabled(without: &ProbeOutcome, with: &ProbeOutcome) -> Finding {
    let name = "organizations";
    match (without, with) {
        (_, ProbeOutcome::Refusal(refusal))
            if refusal.case() == RefusalCase::Auth0(Auth0Refusal::NotForOrganizations) =>
        {
            Finding::wrong(name, refusal.to_string(), Misconfiguration::NotForOrganizations)
        }
        (ProbeOutcome::Refusal(refusal), _)
            if refusal.case() == RefusalCase::Auth0(Auth0Refusal::OrganizationRequired) =>
        {
            Finding::ok(name, "the application is for members of organizations, and one must be named")
        }
        (_, ProbeOutcome::Refusal(refusal)) if was_looked_up(refusal) => {
            Finding::ok(name, "the application takes organizations")
        }
        // That the name is no id is seen before the application is looked at.
        (_, ProbeOutcome::Refusal(refusal)) => Finding::unknown(name, format!("the provider answers {refusal}")),
        _ => Finding::unknown(name, "the provider does not answer to the callback URL"),
    }
}

fn organization_names(settings: &ClientSettings, with: &ProbeOutcome) -> Finding {
    let name = "organization-names";
    let ProbeOutcome::Refusal(refusal) = with else {
        return Finding::unknown(name, "the provider does not answer to the callback URL");
    };
    match refusal.case() {
        RefusalCase::Auth0(Auth0Refusal::NamesNotAccepted) if settings.organization_ids.is_empty() => {
            Finding::wrong(name, "the provider takes ids only", Misconfiguration::NamesNotAccepted)
        }
        RefusalCase::Auth0(Auth0Refusal::NamesNotAccepted) => {
            Finding::ok(name, "the provider takes ids only, and ORGANIZATION_IDS lists some")
        }
        _ if was_looked_up(refusal) => Finding::ok(name, "the provider takes names"),
        _ => Finding::unknown(name, format!("the provider answers {refusal}")),
    }
}

/// Whether the provider has looked for an organization of the name, and found none: nothing else shows that it takes names.
fn was_looked_up(refusal: &Refusal) -> bool {
    let description = refusal.description.as_deref().unwrap_or_default().to_lowercase();
    let says = ["does not exist", "not found", "unknown", "no organization", NO_ORGANIZATION];
    refusal.case() == RefusalCase::Auth0(Auth0Refusal::UnknownOrganization)
        && says.iter().any(|words| description.contains(words))
}

/// Sends the app's own authorization request, with `prompt=none`: the provider must answer without a page.
async fn ask(provider: &Provider, metadata: &Metadata, http: &BoundedHttp, organization: Option<&str>) -> ProbeOutcome {
    let settings = provider.settings();
    let organization =
        organization.and_then(|name| OrganizationRef::parse(name, &settings.organization_ids).ok().flatten());
    let Ok(client) = provider.oauth_client(metadata) else {
        return ProbeOutcome::Other("nothing: the request can't be made".to_owned());
    };
    let destination = Destination { organization, ..Destination::default() };
    let login = LoginRequest { destination, ..LoginRequest::default() };
    let mut url = Attempt::begin(login, Clock::system().now(), &Random::system()).request(&client, &settings.scopes);
    url.query_pairs_mut().append_pair("prompt", "none");
    match http.get(&url).await.map_err(|error| error.to_string()) {
        Ok(answer) => ProbeOutcome::read(&answer, &url, &settings.redirect_uri),
        Err(error) => ProbeOutcome::Other(error),
    }
}

/// The secret, or that there is none: a token request with a code that was never issued. A provider looks at the client
/// first (RFC 6749, 5.2: `invalid_client`), then at the code (`invalid_grant`). That it does so is seen from another
/// request with a secret that is wrong for sure.
pub(super) async fn client_secret(provider: &Provider, metadata: &Metadata, http: &Http) -> Finding {
    let name = "client-secret";
    if let Err(error) = provider.oauth_client(metadata) {
        return Finding::wrong(name, error.to_string(), Misconfiguration::behind_provider(&error));
    }
    match redeem_nothing(provider, metadata, http).await {
        Ok(refusal) => match refusal.error.as_str() {
            "invalid_grant" if provider.settings().client_secret.is_none() => {
                Finding::ok(name, "the provider accepts the client without one")
            }
            "invalid_grant" => {
                let client_secret = Some(NO_SECRET.to_owned().into());
                let wrong = Provider::new(ClientSettings { client_secret, ..provider.settings().clone() });
                match redeem_nothing(&wrong, metadata, http).await {
                    Ok(refusal) if refusal.error != "invalid_grant" => Finding::ok(name, "the provider accepts it"),
                    _ => Finding::unknown(name, "the provider does not look at it before it looks at the code"),
                }
            }
            "invalid_client" | "access_denied" => {
                Finding::wrong(name, refusal.to_string(), Misconfiguration::WrongSecret)
            }
            // The client is known, but is no application that people sign in to.
            "unauthorized_client" => Finding::wrong(name, refusal.to_string(), Misconfiguration::UnknownClient),
            _ => Finding::unknown(name, format!("the provider answers {refusal}")),
        },
        Err(what) => Finding::unknown(name, what),
    }
}

/// The refusal of a code that was never issued; else what came instead.
async fn redeem_nothing(provider: &Provider, metadata: &Metadata, http: &Http) -> Result<Refusal, String> {
    let client = provider.oauth_client(metadata).map_err(|error| error.to_string())?;
    let verifier = PkceCodeVerifier::new(Random::system().secret());
    let (_, outcome) = exchange::exchange(&client, "orglab-check".to_owned(), verifier, &http.within(BUDGET)).await;
    match outcome {
        Err(ExchangeError::Refused(refusal)) => Ok(refusal),
        Err(error) => Err(error.to_string()),
        Ok(_) => Err("the provider issues tokens for a code that it never issued".to_owned()),
    }
}

/// Whether the browser may come back after logout: a logout request of nobody's session.
pub(super) async fn logout_url(settings: &ClientSettings, metadata: &Metadata, http: &Http) -> Finding {
    let name = "logout-url";
    let back = &settings.post_logout_redirect_uri;
    let Some(url) = sign_out::logout_url(settings, metadata, None, false) else {
        return Finding::unknown(name, "the provider has no logout endpoint; logging out ends the session here alone");
    };
    match http.within(BUDGET).get(&url).await {
        Ok(answer) if redirect_target(&answer, &url).is_some_and(|location| leads_to(&location, back)) => {
            Finding::ok(name, format!("{back} is registered"))
        }
        Ok(answer) if answer.status().is_client_error() && says_logout_url_is_wrong(&answer) => {
            let found = format!("{back} is refused, with status {}", answer.status().as_u16());
            Finding::wrong(name, found, Misconfiguration::LogoutUrlNotRegistered)
        }
        Ok(answer) => Finding::unknown(name, format!("the provider answers with status {}", answer.status().as_u16())),
        Err(error) => Finding::unknown(name, error.to_string()),
    }
}

/// A logout can be refused for other reasons; the page says which.
fn says_logout_url_is_wrong(answer: &HttpResponse) -> bool {
    let page = String::from_utf8_lossy(answer.body()).to_lowercase();
    ["post_logout_redirect_uri", "returnto", "logout url"].iter().any(|words| page.contains(words))
}
