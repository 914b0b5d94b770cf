//! Authorization requests, which show whether the provider knows the client and the redirect URI.

use url::Url;

use super::{finding::Finding, outcome::ProbeOutcome, page::Page, probes::Probes, wordings::Mistake};
use crate::{
    diagnosis::Misconfiguration,
    sign_in::{
        attempt::{Attempt, Destination, LoginRequest},
        http::{BUDGET, BoundedHttp},
        organization::OrganizationRef,
        provider::{ClientSettings, Provider},
        response::{Refusal, RefusalCase},
    },
};

/// A redirect URI that nobody registers (RFC 2606, 2), to find out how the provider responds to one.
const NO_REDIRECT_URI: &str = "https://orglab-check.invalid/callback";
/// A client id that no client has, to find out how the provider responds to one.
const NO_CLIENT: &str = "orglab-check";

/// Why nothing else is known about a client that the provider does not know.
pub(super) const UNKNOWN_CLIENT: &str = "the provider does not recognize the client";
/// What else to check if the provider may not know the client.
pub(super) const ALSO_CLIENT_ID: &str = "Also check OIDC_CLIENT_ID.";

/// A redirect URI that differs from the app's own in one place.
struct Neighbour {
    uri: String,
    difference: &'static str,
}

/// What the responses show about the client and the redirect URI.
pub(super) struct Authorization {
    pub(super) client_id: Finding,
    pub(super) callback_url: Finding,
    /// If it is, no other response shows anything about the application.
    pub(super) is_client_unknown: bool,
}

impl Probes<'_> {
    /// The findings, and the response to the app's own authorization request.
    pub(super) async fn authorization(&self) -> (Authorization, ProbeOutcome) {
        let http = &self.http.within(BUDGET);
        let settings = self.provider.settings();
        let unregistered = ClientSettings { redirect_uri: NO_REDIRECT_URI.to_owned(), ..settings.clone() };
        let (own, unregistered) = tokio::join!(self.ask(http, settings, None), self.ask(http, &unregistered, None));
        let authorization = match &own {
            ProbeOutcome::Mistake(Mistake::Client, page) => self.unknown_client(page),
            ProbeOutcome::Mistake(Mistake::Callback, page) => self.not_registered(page, self.neighbour(http).await),
            ProbeOutcome::Refusal(refusal) => self.refused(refusal, &unregistered),
            ProbeOutcome::Other(page) if page.is_error => self.error_page(http, page, &unregistered).await,
            ProbeOutcome::Other(_) if matches!(unregistered, ProbeOutcome::Mistake(Mistake::Callback, _)) => {
                let client_id = self.known_client();
                Authorization { client_id, callback_url: self.registered(), is_client_unknown: false }
            }
            ProbeOutcome::Other(page) => self.undecided(&format!("the provider returned {page}")),
            ProbeOutcome::Failed(why) => self.undecided(why),
        };
        (authorization, own)
    }

    /// Sends the app's own authorization request with `prompt=none`: the provider must respond without a page.
    pub(super) async fn ask(
        &self,
        http: &BoundedHttp,
        settings: &ClientSettings,
        organization: Option<&str>,
    ) -> ProbeOutcome {
        let Some(mut url) = self.request(settings, organization) else {
            return ProbeOutcome::Failed("the authorization request could not be created".to_owned());
        };
        url.query_pairs_mut().append_pair("prompt", "none");
        self.send(http, &url, settings).await
    }

    /// The app's own authorization request.
    fn request(&self, settings: &ClientSettings, organization: Option<&str>) -> Option<Url> {
        let organization =
            organization.and_then(|name| OrganizationRef::parse(name, &settings.organization_ids).ok().flatten());
        let client = Provider::new(settings.clone()).oauth_client(self.metadata).ok()?;
        let destination = Destination { organization, ..Destination::default() };
        let login = LoginRequest { destination, ..LoginRequest::default() };
        Some(Attempt::begin(login, self.clock.now(), self.random).request(&client, &settings.scopes))
    }

    async fn send(&self, http: &BoundedHttp, url: &Url, settings: &ClientSettings) -> ProbeOutcome {
        let outcome = match self.browse(http, url).await {
            Ok(response) => ProbeOutcome::read(&response, url, &settings.redirect_uri),
            Err(error) => return ProbeOutcome::Failed(error.to_string()),
        };
        // Some providers, such as Duende IdentityServer, say what is wrong only on this page.
        let Some(error_page) = outcome.error_page(url) else { return outcome };
        match self.browse(http, error_page).await {
            Ok(response) => ProbeOutcome::of_page(Page::of(&response, error_page)),
            Err(_) => outcome,
        }
    }

    fn unknown_client(&self, page: &Page) -> Authorization {
        let settings = self.provider.settings();
        let (id, uri) = (&settings.client_id, &settings.redirect_uri);
        let found = format!("the provider does not recognize {id:?}, sent with {uri}: it returned {page}");
        Authorization {
            client_id: Finding::wrong("client-id", found, Misconfiguration::UnknownClient),
            callback_url: Finding::unknown("callback-url", UNKNOWN_CLIENT),
            is_client_unknown: true,
        }
    }

    /// The redirect URI is not registered; `neighbour` is, if there is one.
    fn not_registered(&self, page: &Page, neighbour: Option<Neighbour>) -> Authorization {
        let uri = &self.provider.settings().redirect_uri;
        let found = match neighbour {
            Some(Neighbour { uri: registered, difference }) => {
                format!("{uri} is not registered, but {registered} ({difference}) is")
            }
            None => format!("{uri} is not registered: the provider returned {page}"),
        };
        Authorization {
            client_id: self.known_client(),
            callback_url: Finding::wrong("callback-url", found, Misconfiguration::CallbackNotRegistered),
            is_client_unknown: false,
        }
    }

    /// A redirect URI that is nearly the app's own, if the provider accepts it.
    async fn neighbour(&self, http: &BoundedHttp) -> Option<Neighbour> {
        let settings = self.provider.settings();
        let (uri, difference) = match settings.redirect_uri.strip_suffix('/') {
            Some(without) => (without.to_owned(), "without the trailing slash"),
            None => (format!("{}/", settings.redirect_uri), "with a trailing slash"),
        };
        let sent = ClientSettings { redirect_uri: uri.clone(), ..settings.clone() };
        let is_accepted = match self.ask(http, &sent, None).await {
            ProbeOutcome::Refusal(_) => true,
            ProbeOutcome::Other(page) => !page.is_error,
            ProbeOutcome::Mistake(..) | ProbeOutcome::Failed(_) => false,
        };
        is_accepted.then_some(Neighbour { uri, difference })
    }

    /// An error response at the redirect URI: the provider accepts client and redirect URI, unless it redirects to any
    /// address.
    fn refused(&self, refusal: &Refusal, unregistered: &ProbeOutcome) -> Authorization {
        if matches!(unregistered, ProbeOutcome::Refusal(_)) {
            return self.undecided("the provider accepts any redirect URI, registered or not");
        }
        let name = "client-id";
        let refused = format!("the provider refuses the client {:?}: {refusal}", self.provider.settings().client_id);
        let client_id = match refusal.case() {
            // Nobody is signed in, and the provider may not show a page; or an organization must be named.
            RefusalCase::InteractionRequired | RefusalCase::Auth0(_) => self.known_client(),
            RefusalCase::ClientNotAllowed => {
                let misconfiguration = if refusal.error == "invalid_client" {
                    Misconfiguration::UnknownClient
                } else {
                    Misconfiguration::GrantNotAllowed
                };
                Finding::wrong(name, refused, misconfiguration)
            }
            RefusalCase::ScopeNotAllowed => {
                let change = "Set OIDC_SCOPES to scopes that the provider supports and the application may request.";
                Finding::must_change(name, refused, change)
            }
            RefusalCase::NotSupported => Finding::wrong(name, refused, Misconfiguration::RequestNotSupported),
            // It may refuse every request, or only one with `prompt=none`.
            RefusalCase::UserDenied
            | RefusalCase::PolicyDenied
            | RefusalCase::NotCompleted
            | RefusalCase::OrganizationsNotSupported
            | RefusalCase::ServerError
            | RefusalCase::TemporarilyUnavailable
            | RefusalCase::InvalidRequest
            | RefusalCase::Unknown => Finding::unknown(name, refused),
        };
        Authorization { client_id, callback_url: self.registered(), is_client_unknown: false }
    }

    /// An error page with unknown words. A provider that is busy or failing may return another page to the next request.
    async fn error_page(&self, http: &BoundedHttp, page: &Page, unregistered: &ProbeOutcome) -> Authorization {
        let is_temporary = page.status == 429 || page.status >= 500;
        if !is_temporary && is_same(unregistered, page) {
            if let Some(neighbour) = self.neighbour(http).await {
                return self.not_registered(page, Some(neighbour));
            }
            if self.is_different_for_an_unknown_client(http, page).await {
                return self.not_registered(page, None);
            }
        }
        if self.is_refused_in_a_browser(http, page).await {
            self.refused_for_any_reason(page)
        } else {
            self.undecided(&format!("the provider returned {page}"))
        }
    }

    /// Whether a client that certainly does not exist gets another error page. If so, and a redirect URI that is
    /// certainly not registered gets the same page, the provider refuses the redirect URI: it would send any other error
    /// to the redirect URI (RFC 6749, 4.1.2.1).
    async fn is_different_for_an_unknown_client(&self, http: &BoundedHttp, page: &Page) -> bool {
        let unknown = ClientSettings { client_id: NO_CLIENT.to_owned(), ..self.provider.settings().clone() };
        match self.ask(http, &unknown, None).await {
            ProbeOutcome::Mistake(..) => true,
            ProbeOutcome::Other(other) => other.is_error && !page.says_the_same_as(&other),
            ProbeOutcome::Refusal(_) | ProbeOutcome::Failed(_) => false,
        }
    }

    /// Whether the request fails without `prompt=none`, too: then nobody can sign in. A 403 with a page may come from a
    /// firewall that lets only browsers through.
    async fn is_refused_in_a_browser(&self, http: &BoundedHttp, page: &Page) -> bool {
        let settings = self.provider.settings();
        let is_refusal = |page: &Page| matches!(page.status, 400 | 401) || page.status == 403 && page.source.is_empty();
        let Some(url) = self.request(settings, None).filter(|_| is_refusal(page)) else { return false };
        matches!(self.send(http, &url, settings).await, ProbeOutcome::Other(page) if is_refusal(&page))
    }

    /// Some providers, such as Glewlwyd, refuse an unknown client and an unregistered redirect URI alike. The latter is
    /// more common.
    fn refused_for_any_reason(&self, page: &Page) -> Authorization {
        let settings = self.provider.settings();
        let (uri, id) = (&settings.redirect_uri, &settings.client_id);
        let found = format!("the provider refuses {uri} or the client ID {id:?}: it returned {page}");
        let callback_url =
            Finding::wrong("callback-url", found, Misconfiguration::CallbackNotRegistered).or_change(ALSO_CLIENT_ID);
        Authorization { callback_url, ..self.undecided(&format!("the provider returned {page}")) }
    }

    fn known_client(&self) -> Finding {
        Finding::ok("client-id", format!("the provider recognizes {:?}", self.provider.settings().client_id))
    }

    fn registered(&self) -> Finding {
        Finding::ok("callback-url", format!("{} is registered", self.provider.settings().redirect_uri))
    }

    /// Nothing is decided: why, and what was sent.
    fn undecided(&self, why: &str) -> Authorization {
        let settings = self.provider.settings();
        Authorization {
            client_id: Finding::unknown("client-id", format!("{why}; the client ID sent was {:?}", settings.client_id)),
            callback_url: Finding::unknown(
                "callback-url",
                format!("{why}; the redirect URI sent was {}", settings.redirect_uri),
            ),
            is_client_unknown: false,
        }
    }
}

fn is_same(outcome: &ProbeOutcome, page: &Page) -> bool {
    matches!(outcome, ProbeOutcome::Other(other) if page.says_the_same_as(other))
}
