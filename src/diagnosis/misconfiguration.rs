//! The table of mistakes, and what to change for each.

use serde::Serialize;

/// What helps, for a page or for `doctor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What to change; where, at Auth0.
    pub text: &'static str,
    /// Where on the demo tenant's dashboard. Pages name it first if the provider is the demo tenant.
    pub dashboard: Option<Place>,
}

/// A place on the demo tenant's dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The heading of the section, and the id that a link leads to.
    section: Section,
    /// What to look for in it.
    path: &'static str,
}

/// A section of the demo tenant's dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    Organizations,
    Log,
    Settings,
}

impl Advice {
    /// Advice that has no place on the dashboard.
    pub const fn new(text: &'static str) -> Self {
        Self { text, dashboard: None }
    }

    /// The same advice, with its place on the dashboard.
    pub const fn at(self, section: Section, path: &'static str) -> Self {
        Self { dashboard: Some(Place { section, path }), ..self }
    }

    /// The same advice; where it has no place on the dashboard, the log there tells more.
    pub fn or_see_log(self) -> Self {
        if self.dashboard.is_some() { self } else { self.at(Section::Log, "the latest entries") }
    }
}

/// Declares each misconfiguration together with what to change, and where: at Auth0, the menu and the switch's name;
/// on the demo tenant's dashboard, the section and what to look for in it. A row without a place on the dashboard is
/// about something that can't be wrong there.
macro_rules! misconfigurations {
    ($($(#[doc = $doc:literal])+ $name:ident => $change:literal $(dashboard $section:ident $path:literal)?,)+) => {
        /// A mistake in the settings of the tenant, or in the app's settings for it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Misconfiguration {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Misconfiguration {
            /// What to change, and where.
            pub const fn advice(self) -> Advice {
                match self {
                    $(Self::$name => Advice::new($change)$(.at(Section::$section, $path))?,)+
                }
            }

            /// What to change, and where, at a provider that is not the demo tenant.
            pub const fn change(self) -> &'static str {
                self.advice().text
            }
        }
    };
}

misconfigurations! {
    /// No provider is at the issuer's domain.
    WrongDomain =>
        "Set OIDC_ISSUER_URL to the tenant's domain: at Auth0, Applications → your application → Settings → Domain.",
    /// The provider is at another address.
    Moved =>
        "The provider redirects to another address: set OIDC_ISSUER_URL to the provider's own. `orglab check` shows \
         where it redirects to.",
    /// The provider does not respond.
    Unreachable =>
        "Check OIDC_ISSUER_URL, the network and the proxy. The app goes on by itself once the provider is back.",
    /// An https URL names a port that speaks plain http, or the other way round.
    AnotherScheme =>
        "Set OIDC_ISSUER_URL to the scheme and port that the provider speaks: https://, or http:// for a provider on \
         this machine.",
    /// The discovery document is Entra's for all tenants, whose issuer has a placeholder.
    TenantNotNamed =>
        "Put the tenant's id into OIDC_ISSUER_URL, in place of common, organizations or consumers: at Entra, \
         https://login.microsoftonline.com/TENANT-ID/v2.0, with the Tenant ID that the admin center's Overview shows.",
    /// The provider's issuer is not the one in the settings.
    AnotherIssuer =>
        "Set OIDC_ISSUER_URL to the issuer exactly as the provider's discovery document writes it: with a custom \
         domain, that one.",
    /// The discovery document lacks a field that a sign-in needs.
    DocumentIncomplete =>
        "The provider's discovery document must have issuer, authorization_endpoint, token_endpoint and jwks_uri, each \
         a URL. Fix it at the provider, or set OIDC_ISSUER_URL to an OpenID provider's issuer.",
    /// The provider names an endpoint at which others could read what is sent.
    EndpointNotSecure =>
        "The provider's discovery document must have https URLs for its authorization, token and key endpoints; http \
         is only for this machine. Fix it at the provider, or set OIDC_ISSUER_URL to the provider's https address.",
    /// The document at `jwks_uri` is not a key set.
    NoKeySet =>
        "The provider's jwks_uri must return a JSON object with the list “keys” (RFC 7517, 5). Fix it at the provider.",
    /// The app can't use the provider's key.
    KeyNotUsable =>
        "Have the provider sign with a key that the app can use: RSA with 2048 to 8192 bits (RS256, PS256), EC on \
         P-256 (ES256), or Ed25519 (EdDSA); at Auth0, Settings → Signing Keys → Rotate Signing Key.",
    /// One of the two clocks is off.
    ClockOff =>
        "Set this machine's clock by a time server; the provider's responses show its own time in Date.",
    /// A token has expired, or is not yet valid, by more than the clocks are likely to differ.
    StaleToken =>
        "Try again: the provider, or a proxy in front of it, seems to have returned an old token. If a new sign-in fails \
         in the same way, compare the clocks: set this machine's by a time server; the provider's responses show \
         its own time in Date.",
    /// A token has expired, or is not yet valid, by a few minutes.
    TokenNearlyInTime =>
        "Compare the clocks: set this machine's by a time server; the provider's responses show its own time in Date. \
         If they agree, the provider, or a proxy in front of it, returned an old token: try again.",
    /// A token lacks a time that it must have, or has it in another form (OpenID Connect Core 1.0, 2).
    TokenTimeMissing =>
        "Have the provider put the time into its ID tokens, as a number of seconds since 1970: exp and iat always, \
         auth_time if the app asks for max_age; nbf may be left out.",
    /// The provider does not know the client id.
    UnknownClient =>
        "Set OIDC_CLIENT_ID to the application's client id: at Auth0, Applications → your application → Settings → \
         Client ID.",
    /// The provider does not accept the client's secret.
    WrongSecret =>
        "Set OIDC_CLIENT_SECRET to the application's secret, and OIDC_CLIENT_AUTH_METHOD to the method that the \
         application is registered for. A single-page application has no secret (at Auth0, Applications → your \
         application → Credentials → Authentication Method).",
    /// The application has a secret, but the request had none.
    SecretRequired =>
        "Set OIDC_CLIENT_SECRET to the application's secret: the provider requires one, and got none (at Auth0, \
         Applications → your application → Credentials, where Authentication Method is not None).",
    /// The client is registered for another method to send the secret.
    AnotherClientAuthentication =>
        "Set OIDC_CLIENT_AUTH_METHOD to the method that the client is registered for, client_secret_basic or \
         client_secret_post (at Auth0, Applications → your application → Credentials → Authentication Method).",
    /// The application is registered for browsers only, but the app's server sends the code.
    SinglePageApplication =>
        "Register the redirect URI for an application that runs on a server: at Microsoft Entra, App registrations → \
         your application → Authentication, under the platform Web with a secret in OIDC_CLIENT_SECRET, or under \
         Mobile and desktop applications without one; not under Single-page application.",
    /// The application may not use the authorization code flow (RFC 6749, 4.1.2.1 and 5.2: `unauthorized_client`).
    GrantNotAllowed =>
        "Let the application of OIDC_CLIENT_ID use the grant type Authorization Code: at Auth0, Applications → your \
         application → Settings → Advanced Settings → Grant Types.",
    /// The provider does not support what the app's authorization request asks for.
    RequestNotSupported =>
        "Let the application use the authorization code flow, with PKCE and the response in the query: the app \
         supports no other.",
    /// The client has a secret, but the only method that the provider offers and the app supports is `none`.
    SecretNotAccepted =>
        "Remove OIDC_CLIENT_SECRET: the provider offers no method to send it, and accepts the client without one.",
    /// The provider supports none of the app's methods to send the client's secret.
    AuthenticationNotOffered =>
        "Let the application authenticate with client_secret_basic or client_secret_post: at Auth0, Applications → \
         your application → Credentials → Authentication Method.",
    /// The redirect URI is not registered.
    CallbackNotRegistered =>
        "Add the redirect URI, character for character: at Auth0, Applications → your application → Settings → \
         Allowed Callback URLs.",
    /// The address to come back to after logout is not registered.
    LogoutUrlNotRegistered =>
        "Add the app's base URL, character for character: at Auth0, Applications → your application → Settings → \
         Allowed Logout URLs.",
    /// The tenant accepts organizations only by id.
    NamesNotAccepted =>
        "Switch on “Allow Organization Names in Authentication API” (at Auth0, Settings → Advanced), or list the id \
         in ORGANIZATION_IDS."
        dashboard Settings "Allow organization names → On",
    /// No organization has an id that the app's settings list.
    UnknownOrganizationId =>
        "Set the organization's own id in ORGANIZATION_IDS: at Auth0, Organizations → your organization → Overview → \
         Organization ID."
        dashboard Organizations "your organization, with its id",
    /// The application is not set up for organizations.
    NotForOrganizations =>
        "Set the application up for organizations: at Auth0, Applications → your application → Organizations → \
         Business Users, or Both."
        dashboard Settings "Type of users → Business users, or Both",
    /// The application requires an organization and does not ask for one.
    OrganizationRequired =>
        "Name your organization; or let the provider ask for it: at Auth0, Applications → your application → \
         Organizations → Prompt for Organization."
        dashboard Settings "Prompt for organization → On",
    /// The connection is not enabled for the organization or the application.
    ConnectionNotEnabled =>
        "Enable the connection: at Auth0, Organizations → your organization → Connections → Enable Connections, and \
         Applications → your application → Connections."
        dashboard Organizations "your organization → Connections → Enable",
    /// ID tokens are signed with a shared secret, or with an algorithm that the app does not accept.
    WrongAlgorithm =>
        "Let the application sign ID tokens with RS256: at Auth0, Applications → your application → Settings → \
         Advanced Settings → OAuth → JsonWebToken Signature Algorithm.",
    /// The user signed in without an organization, so there is no license.
    NoOrganization =>
        "Chapter 4.2 of the lab brings an organization: at Auth0, Organizations → Create Organization, with a \
         connection enabled for it, and Applications → your application → Organizations → Business Users. Then \
         name it to work in it."
        dashboard Organizations "New organization, with a connection enabled; and Settings → Type of users → Business users",
    /// Nothing sets the two claims: the login Action is not in the flow.
    ActionNotInFlow =>
        "Chapter 5 of the lab brings it: add the login Action to the flow, at Auth0, Actions → Triggers → \
         post-login, and set the organization's metadata “license”. The Action sets two claims, named as \
         CLAIMS_NAMESPACE says; they count from the next sign-in on."
        dashboard Organizations "your organization → Display name and license → premium or corporate",
    /// The login Action is in the flow, but the organization has no license, or one that the app does not know.
    LicenseNotSet =>
        "Chapter 5 of the lab brings it: set the organization's metadata “license” to premium or corporate, at Auth0, \
         Organizations → your organization → Metadata. It counts from the next sign-in on."
        dashboard Organizations "your organization → Display name and license → premium or corporate",
}
