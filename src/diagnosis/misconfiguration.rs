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
        "The provider redirects to another address: set OIDC_ISSUER_URL to the provider's own address, which `orglab \
         check` shows.",
    /// The provider does not respond.
    Unreachable =>
        "Check OIDC_ISSUER_URL, the network and the proxy. The app recovers automatically once the provider \
         responds again.",
    /// An https URL names a port that speaks plain http, or the other way round.
    AnotherScheme =>
        "Set OIDC_ISSUER_URL to the provider's scheme and port: https://, or http:// for a provider on this machine.",
    /// The discovery document is Entra's for all tenants, whose issuer has a placeholder.
    TenantNotNamed =>
        "In OIDC_ISSUER_URL, replace common, organizations or consumers with the tenant's ID: at Microsoft Entra, \
         https://login.microsoftonline.com/TENANT-ID/v2.0, with the Tenant ID from the admin center's Overview page.",
    /// The provider's issuer is not the one in the settings.
    AnotherIssuer =>
        "Set OIDC_ISSUER_URL to the exact issuer in the provider's discovery document. If the tenant has a custom \
         domain, the issuer contains that domain.",
    /// The discovery document lacks a field that a sign-in needs.
    DocumentIncomplete =>
        "The provider's discovery document must have issuer, authorization_endpoint, token_endpoint and jwks_uri, each \
         a URL. Fix it at the provider, or set OIDC_ISSUER_URL to the issuer of an OpenID provider.",
    /// The provider names an endpoint at which others could read what is sent.
    EndpointNotSecure =>
        "The provider's discovery document must have https URLs for its authorization, token and key endpoints; http \
         is allowed only on this machine. Fix it at the provider, or set OIDC_ISSUER_URL to the provider's https \
         address.",
    /// The document at `jwks_uri` is not a key set.
    NoKeySet =>
        "The provider's jwks_uri must return a JSON object with the array “keys” (RFC 7517, 5). Fix it at the \
         provider.",
    /// The app can't use the provider's key.
    KeyNotUsable =>
        "Configure the provider to sign with a supported key: RSA with 2048 to 8192 bits (RS256, PS256), EC on P-256 \
         (ES256), or Ed25519 (EdDSA); at Auth0, Settings → Signing Keys → Rotate Signing Key.",
    /// One of the two clocks is off.
    ClockOff =>
        "Synchronize this machine's clock with a time server. The provider's time is in the Date header of its \
         responses.",
    /// A token has expired, or is not yet valid, by more than the clocks are likely to differ.
    StaleToken =>
        "Try again. The provider, or a proxy in front of it, may have returned an old token. If a new sign-in fails in \
         the same way, synchronize this machine's clock.",
    /// A token has expired, or is not yet valid, by a few minutes.
    TokenNearlyInTime =>
        "Run `orglab check` to compare this machine's clock with the provider's. If they agree, the provider, or a \
         proxy in front of it, returned an old token: try again.",
    /// A token lacks a time that it must have, or has it in another form (OpenID Connect Core 1.0, 2).
    TokenTimeMissing =>
        "Configure the provider to include the time in its ID tokens, as a number of seconds since 1970: exp and iat \
         always, auth_time if the app requests max_age. nbf is optional.",
    /// The provider does not know the client id.
    UnknownClient =>
        "Set OIDC_CLIENT_ID to the application's client ID: at Auth0, Applications → your application → Settings → \
         Client ID.",
    /// The provider does not accept the client's secret.
    WrongSecret =>
        "Set OIDC_CLIENT_SECRET to the application's secret, and OIDC_CLIENT_AUTH_METHOD to the method that the \
         application is registered for. A single-page application has no secret (at Auth0, Applications → your \
         application → Credentials → Authentication Method).",
    /// The application has a secret, but the request had none.
    SecretRequired =>
        "Set OIDC_CLIENT_SECRET to the application's secret: the provider requires one, but the app sent none (at \
         Auth0, Applications → your application → Credentials, where Authentication Method is not None).",
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
        "Allow the grant type Authorization Code for the application whose client ID is in OIDC_CLIENT_ID: at Auth0, \
         Applications → your application → Settings → Advanced Settings → Grant Types.",
    /// The provider does not support what the app's authorization request asks for.
    RequestNotSupported =>
        "Allow the application to use the authorization code flow with PKCE and the response mode query: the app \
         supports no other flow.",
    /// The client has a secret, but the only method that the provider offers and the app supports is `none`.
    SecretNotAccepted =>
        "Remove OIDC_CLIENT_SECRET: the provider offers no method to send it, and accepts the client without a secret.",
    /// The provider supports none of the app's methods to send the client's secret.
    AuthenticationNotOffered =>
        "Allow the application to authenticate with client_secret_basic or client_secret_post: at Auth0, Applications \
         → your application → Credentials → Authentication Method.",
    /// The redirect URI is not registered.
    CallbackNotRegistered =>
        "Register the redirect URI, character for character: at Auth0, Applications → your application → Settings → \
         Allowed Callback URLs.",
    /// The address to come back to after logout is not registered.
    LogoutUrlNotRegistered =>
        "Register the app's base URL, character for character: at Auth0, Applications → your application → Settings → \
         Allowed Logout URLs.",
    /// The tenant accepts organizations only by id.
    NamesNotAccepted =>
        "Turn on “Allow Organization Names in Authentication API” (at Auth0, Settings → Advanced), or add the \
         organization's ID to ORGANIZATION_IDS."
        dashboard Settings "Allow organization names → On",
    /// No organization has an id that the app's settings list.
    UnknownOrganizationId =>
        "Set ORGANIZATION_IDS to the organization's own ID: at Auth0, Organizations → your organization → Overview → \
         Organization ID."
        dashboard Organizations "your organization, with its ID",
    /// The application is not set up for organizations.
    NotForOrganizations =>
        "Enable organizations for the application: at Auth0, Applications → your application → Organizations → \
         Business Users, or Both."
        dashboard Settings "Type of users → Business users, or Both",
    /// The application requires an organization and does not ask for one.
    OrganizationRequired =>
        "Enter your organization's name, or have the provider prompt for it: at Auth0, Applications → your application \
         → Organizations → Prompt for Organization."
        dashboard Settings "Prompt for organization → On",
    /// The connection is not enabled for the organization or the application.
    ConnectionNotEnabled =>
        "Enable the connection: at Auth0, Organizations → your organization → Connections → Enable Connections, and \
         Applications → your application → Connections."
        dashboard Organizations "your organization → Connections → Enable",
    /// ID tokens are signed with a shared secret, or with an algorithm that the app does not accept.
    WrongAlgorithm =>
        "Set the application's signing algorithm for ID tokens to RS256: at Auth0, Applications → your application → \
         Settings → Advanced Settings → OAuth → JsonWebToken Signature Algorithm.",
    /// The user signed in without an organization, so there is no license.
    NoOrganization =>
        "Chapter 4.2 of the lab adds an organization: at Auth0, Organizations → Create Organization, with a connection \
         enabled for it, and Applications → your application → Organizations → Business Users. Then log in with its \
         name."
        dashboard Organizations "New organization, with a connection enabled; and Settings → Type of users → Business users",
    /// Nothing sets the two claims: the login Action is not in the flow.
    ActionNotInFlow =>
        "Chapter 5 of the lab adds licenses: at Auth0, add the login Action under Actions → Triggers → post-login, and \
         set the organization's metadata “license”. The Action adds two claims with the prefix in CLAIMS_NAMESPACE. \
         They take effect the next time you log in."
        dashboard Organizations "your organization → License → premium or corporate",
    /// The login Action is in the flow, but the organization has no license, or one that the app does not know.
    LicenseNotSet =>
        "Chapter 5 of the lab adds licenses: set the organization's metadata “license” to premium or corporate, at \
         Auth0, Organizations → your organization → Metadata. It takes effect the next time you log in."
        dashboard Organizations "your organization → License → premium or corporate",
}
