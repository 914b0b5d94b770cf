//! The requests that show whether a provider accepts the settings.

use futures_util::{StreamExt, future, stream};
use oauth2::PkceCodeVerifier;
use openidconnect::HttpResponse;

use super::{
    finding::Finding,
    outcome::{ProbeOutcome, leads_to},
};
use crate::{
    clock::Clock,
    diagnosis::{Misconfiguration, behind_refused_client},
    random::Random,
    sign_in::{
        attempt::{Attempt, Destination, LoginRequest},
        auth0::Auth0Refusal,
        client_authentication::ClientAuthentication,
        exchange::{self, ExchangeError},
        http::{BUDGET, BoundedHttp, Http, redirect_target},
        key::{Key, KeyProblem},
        key_set::UnusableKey,
        keys,
        metadata::Metadata,
        organization::OrganizationRef,
        provider::{ClientSettings, Provider},
        response::{Refusal, RefusalCase},
        sign_out,
    },
};

/// A name that no organization has, to find out whether names are accepted at all.
const NO_ORGANIZATION: &str = "orglab-check";
/// An id that no organization has, to find out whether ids are looked up before the user is asked anything.
const NO_ORGANIZATION_ID: &str = "org_orglabcheck00000";
/// How many ids are asked for at once.
const IDS_AT_ONCE: usize = 4;
/// A secret that no client has, to find out whether secrets are checked.
const NO_SECRET: &str = "orglab-check";

/// The probes of one provider.
pub(super) struct Probes<'a> {
    pub(super) provider: &'a Provider,
    pub(super) metadata: &'a Metadata,
    pub(super) http: &'a Http,
    pub(super) clock: &'a Clock,
    pub(super) random: &'a Random,
}

/// What authorization requests show.
pub(super) struct Authorization {
    pub(super) findings: Vec<Finding>,
    /// If so, no other response shows anything about the application.
    pub(super) is_client_unknown: bool,
}

impl Probes<'_> {
    pub(super) async fn keys(&self) -> Finding {
        let name = "keys";
        let set = match keys::fetch(self.metadata.jwks_uri().clone(), self.http.within(BUDGET)).await {
            Ok(set) => set,
            Err(error) => return Finding::wrong(name, error.to_string(), Misconfiguration::behind_fetch(&error)),
        };
        // Escaped, since text from the provider goes to a terminal.
        let names: Vec<_> = set.usable().iter().filter_map(Key::id).map(|id| id.escape_debug().to_string()).collect();
        let usable = format!("{}, called {}", set.usable().len(), names.join(", "));
        let unusable: Vec<_> = set.unusable().iter().map(ToString::to_string).collect();
        let unusable = unusable.join("; ");
        let may_sign = |key: &UnusableKey| key.problem != KeyProblem::NotForSignatures;
        if set.usable().is_empty() && set.unusable().is_empty() {
            Finding::wrong(name, "the key set is empty", Misconfiguration::WrongAlgorithm)
        } else if set.usable().is_empty() {
            Finding::wrong(name, unusable, Misconfiguration::KeyNotUsable)
        } else if set.unusable().iter().any(may_sign) {
            Finding::unknown(name, format!("{unusable}; the provider must sign with another key: {usable}"))
        } else if set.unusable().is_empty() {
            Finding::ok(name, usable)
        } else {
            Finding::ok(name, format!("{usable}; {unusable}"))
        }
    }

    /// Client id, callback URL and organizations: two authorization requests, which sign nobody in.
    pub(super) async fn authorization(&self) -> Authorization {
        let http = self.http.within(BUDGET);
        let (without, with) = tokio::join!(self.ask(&http, None), self.ask(&http, Some(NO_ORGANIZATION)));
        let uri = &self.provider.settings().redirect_uri;
        let is_known = || Finding::ok("client-id", "the provider knows it");
        let is_registered = || Finding::ok("callback-url", format!("{uri} is registered"));
        let [client_id, callback_url] = match &without {
            ProbeOutcome::UnknownClient => [
                Finding::wrong("client-id", "the provider does not know it", Misconfiguration::UnknownClient),
                Finding::unknown("callback-url", "the client is unknown"),
            ],
            ProbeOutcome::CallbackMismatch => {
                let found = format!("{uri} is not registered");
                [is_known(), Finding::wrong("callback-url", found, Misconfiguration::CallbackNotRegistered)]
            }
            ProbeOutcome::Refusal(refusal) if refusal.case() == RefusalCase::ClientNotAllowed => {
                [Finding::wrong("client-id", refusal.to_string(), Misconfiguration::UnknownClient), is_registered()]
            }
            ProbeOutcome::Refusal(_) => [is_known(), is_registered()],
            ProbeOutcome::Other(what) => ["client-id", "callback-url"]
                .map(|name| Finding::unknown(name, format!("the provider returned {what}"))),
        };
        let organizations = organizations_enabled(&without, &with);
        let names = organization_names(self.provider.settings(), &with);
        let is_client_unknown = without == ProbeOutcome::UnknownClient;
        Authorization { findings: vec![client_id, callback_url, organizations, names], is_client_unknown }
    }

    /// Whether the provider knows the ids that the settings list: an authorization request for each, which signs nobody
    /// in, and one for an id that no organization has. `None` where no ids are listed.
    pub(super) async fn organization_ids(&self) -> Option<Finding> {
        let name = "organization-ids";
        let ids = &self.provider.settings().organization_ids;
        if ids.is_empty() {
            return None;
        }
        let http = &self.http.within(BUDGET);
        let ask_for = async |(name, id)| (name, id, self.ask(http, Some(id)).await);
        let outcomes = stream::iter(ids.iter()).map(ask_for).buffered(IDS_AT_ONCE).collect::<Vec<_>>();
        let (control, outcomes) = future::join(self.ask(http, Some(NO_ORGANIZATION_ID)), outcomes).await;
        let unknown: Vec<_> = outcomes.iter().filter(|(_, _, outcome)| is_unknown_organization(outcome)).collect();
        let undecided = outcomes.iter().find(|(_, _, outcome)| !matches!(outcome, ProbeOutcome::Refusal(_)));
        Some(if !unknown.is_empty() {
            let pairs: Vec<_> = unknown.iter().map(|(name, id, _)| format!("{name}={id}")).collect();
            let found = format!("the provider does not know {}", pairs.join(", "));
            Finding::wrong(name, found, Misconfiguration::UnknownOrganizationId)
        } else if let Some((name_of, _, _)) = undecided {
            Finding::unknown(
                name,
                format!("the provider does not redirect to the callback URL when asked for {name_of}"),
            )
        } else if is_unknown_organization(&control) {
            Finding::ok(name, format!("the provider knows all {}", outcomes.len()))
        } else {
            Finding::unknown(name, "the provider returns the same for an id that no organization has")
        })
    }

    /// Sends the app's own authorization request with `prompt=none`: the provider must respond without a page.
    async fn ask(&self, http: &BoundedHttp, organization: Option<&str>) -> ProbeOutcome {
        let settings = self.provider.settings();
        let organization =
            organization.and_then(|name| OrganizationRef::parse(name, &settings.organization_ids).ok().flatten());
        let Ok(client) = self.provider.oauth_client(self.metadata) else {
            return ProbeOutcome::Other("nothing: the request can't be made".to_owned());
        };
        let destination = Destination { organization, ..Destination::default() };
        let login = LoginRequest { destination, ..LoginRequest::default() };
        let mut url = Attempt::begin(login, self.clock.now(), self.random).request(&client, &settings.scopes);
        url.query_pairs_mut().append_pair("prompt", "none");
        match http.get(&url).await {
            Ok(response) => ProbeOutcome::read(&response, &url, &settings.redirect_uri),
            Err(error) => ProbeOutcome::Other(error.to_string()),
        }
    }

    /// Whether the provider accepts the client's secret, or its lack of one: a token request with a code that was never
    /// issued. A provider checks the client first (RFC 6749, 5.2: `invalid_client`), then the code (`invalid_grant`).
    /// Another request, with a secret that is certainly wrong, shows whether it does.
    pub(super) async fn client_secret(&self) -> Finding {
        let name = "client-secret";
        if let Err(error) = self.provider.oauth_client(self.metadata) {
            return Finding::wrong(name, error.to_string(), Misconfiguration::behind_provider(&error));
        }
        let (refusal, used) = match self.redeem_unissued_code(self.provider).await {
            Ok(refused) => refused,
            Err(what) => return Finding::unknown(name, what),
        };
        match refusal.error.as_str() {
            "invalid_grant" if self.provider.settings().client_secret.is_none() => {
                Finding::ok(name, "the provider accepts the client without one")
            }
            "invalid_grant" => {
                let client_secret = Some(NO_SECRET.to_owned().into());
                let wrong = Provider::new(ClientSettings { client_secret, ..self.provider.settings().clone() });
                match self.redeem_unissued_code(&wrong).await {
                    Ok((refusal, _)) if refusal.error != "invalid_grant" => {
                        Finding::ok(name, format!("the provider accepts it, by {}", used.name()))
                    }
                    _ => Finding::unknown(name, "the provider does not check it before it checks the code"),
                }
            }
            _ => {
                let found = format!("the provider returned {refusal} to {}", used.name());
                match behind_refused_client(&refusal, used) {
                    Some(misconfiguration) => Finding::wrong(name, found, misconfiguration),
                    None => Finding::unknown(name, found),
                }
            }
        }
    }

    /// How the provider refuses a code that was never issued, or what came instead. `provider` has the secret to try.
    async fn redeem_unissued_code(&self, provider: &Provider) -> Result<(Refusal, ClientAuthentication), String> {
        let client = provider.oauth_client(self.metadata).map_err(|error| error.to_string())?;
        let (code, verifier) = ("orglab-check".to_owned(), PkceCodeVerifier::new(self.random.secret()));
        let (_, outcome) = exchange::exchange(&client, code, verifier, &self.http.within(BUDGET)).await;
        match outcome {
            Err(ExchangeError::Refused(refusal, used)) => Ok((refusal, used)),
            Err(error) => Err(error.to_string()),
            Ok(_) => Err("the provider issues tokens for a code that it never issued".to_owned()),
        }
    }

    /// Whether the browser may come back after logout: a logout request that belongs to no session.
    pub(super) async fn logout_url(&self) -> Finding {
        let name = "logout-url";
        let settings = self.provider.settings();
        let back = &settings.post_logout_redirect_uri;
        let Some(url) = sign_out::logout_url(settings, self.metadata, None, false) else {
            let found = "the provider has no logout endpoint; logging out ends the session here alone";
            return Finding::unknown(name, found);
        };
        match self.http.within(BUDGET).get(&url).await {
            Ok(response) if redirect_target(&response, &url).is_some_and(|location| leads_to(&location, back)) => {
                Finding::ok(name, format!("{back} is registered"))
            }
            Ok(response) if response.status().is_client_error() && says_logout_url_is_wrong(&response) => {
                let found = format!("{back} is refused, with status {}", response.status().as_u16());
                Finding::wrong(name, found, Misconfiguration::LogoutUrlNotRegistered)
            }
            Ok(response) => {
                Finding::unknown(name, format!("the provider returned status {}", response.status().as_u16()))
            }
            Err(error) => Finding::unknown(name, error.to_string()),
        }
    }
}

fn is_unknown_organization(outcome: &ProbeOutcome) -> bool {
    matches!(outcome, ProbeOutcome::Refusal(refusal) if was_looked_up(refusal))
}

fn organizations_enabled(without: &ProbeOutcome, with: &ProbeOutcome) -> Finding {
    let name = "organizations";
    match (without, with) {
        (_, ProbeOutcome::Refusal(refusal)) if is_case(refusal, Auth0Refusal::NotForOrganizations) => {
            Finding::wrong(name, refusal.to_string(), Misconfiguration::NotForOrganizations)
        }
        (ProbeOutcome::Refusal(refusal), _) if is_case(refusal, Auth0Refusal::OrganizationRequired) => {
            Finding::ok(name, "the application is for members of organizations, and one must be named")
        }
        (_, ProbeOutcome::Refusal(refusal)) if was_looked_up(refusal) => {
            Finding::ok(name, "the application accepts organizations")
        }
        // A provider may reject the name because it is not an id before it checks the application.
        (_, ProbeOutcome::Refusal(refusal)) => Finding::unknown(name, format!("the provider returned {refusal}")),
        _ => Finding::unknown(name, "the provider does not redirect to the callback URL"),
    }
}

fn organization_names(settings: &ClientSettings, with: &ProbeOutcome) -> Finding {
    let name = "organization-names";
    match with {
        ProbeOutcome::Refusal(refusal) if is_case(refusal, Auth0Refusal::NamesNotAccepted) => {
            if settings.organization_ids.is_empty() {
                Finding::wrong(name, "the provider accepts only ids", Misconfiguration::NamesNotAccepted)
            } else {
                Finding::ok(name, "the provider accepts only ids, and ORGANIZATION_IDS lists some")
            }
        }
        ProbeOutcome::Refusal(refusal) if was_looked_up(refusal) => Finding::ok(name, "the provider accepts names"),
        ProbeOutcome::Refusal(refusal) => Finding::unknown(name, format!("the provider returned {refusal}")),
        ProbeOutcome::CallbackMismatch | ProbeOutcome::UnknownClient | ProbeOutcome::Other(_) => {
            Finding::unknown(name, "the provider does not redirect to the callback URL")
        }
    }
}

fn is_case(refusal: &Refusal, case: Auth0Refusal) -> bool {
    refusal.case() == RefusalCase::Auth0(case)
}

/// Whether the provider looked up the organization and found none. Nothing else shows that it accepts names.
fn was_looked_up(refusal: &Refusal) -> bool {
    let description = refusal.description.as_deref().unwrap_or_default().to_lowercase();
    let says = ["does not exist", "not found", "unknown", "no organization", NO_ORGANIZATION];
    is_case(refusal, Auth0Refusal::UnknownOrganization) && says.iter().any(|words| description.contains(words))
}

/// A logout can be refused for other reasons; the page says which.
fn says_logout_url_is_wrong(response: &HttpResponse) -> bool {
    let page = String::from_utf8_lossy(response.body()).to_lowercase();
    ["post_logout_redirect_uri", "returnto", "logout url"].iter().any(|words| page.contains(words))
}
