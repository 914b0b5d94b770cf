//! Mistakes in the settings of a tenant, and what to change: one table, for the pages and for `doctor`.

use url::Url;

use crate::sign_in::{
    check::CheckId,
    client_authentication::ClientAuthentication,
    error::SignInError,
    exchange::ExchangeError,
    fetch::FetchError,
    http::HttpError,
    identity::Identity,
    issuer::{DISCOVERY, has_placeholder},
    metadata::UnusableField,
    organization::OrganizationMismatch,
    provider::ProviderError,
    response::Refusal,
};

/// Declares each misconfiguration together with what to change, and where: at Auth0, the menu and the switch's name.
macro_rules! misconfigurations {
    ($($(#[doc = $doc:literal])+ $name:ident => $change:literal,)+) => {
        /// A mistake in the settings of the tenant, or in the app's settings for it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Misconfiguration {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Misconfiguration {
            /// What to change, and where.
            pub fn change(self) -> &'static str {
                match self {
                    $(Self::$name => $change,)+
                }
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
        "The provider redirects to another address: set OIDC_ISSUER_URL to the provider's own. `orglab check` tells \
         where it redirects to.",
    /// The provider does not respond.
    Unreachable =>
        "Check OIDC_ISSUER_URL, the network and the proxy. The app goes on by itself once the provider is back.",
    /// An https URL names a port at which plain http is spoken, or the other way round.
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
        "Set this machine's clock by a time server; the provider's answers tell its own time in Date.",
    /// The provider does not know the client id.
    UnknownClient =>
        "Set OIDC_CLIENT_ID to the application's client id: at Auth0, Applications → your application → Settings → \
         Client ID.",
    /// The provider does not accept the client's secret.
    WrongSecret =>
        "Set OIDC_CLIENT_SECRET to the application's secret, and OIDC_CLIENT_AUTH_METHOD to the way in which it is \
         registered to send it (at Auth0, Applications → your application → Credentials → Authentication Method).",
    /// The application has a secret, and the app sent none.
    SecretRequired =>
        "Set OIDC_CLIENT_SECRET to the application's secret: the provider requires one, and got none (at Auth0, \
         Applications → your application → Credentials, where Authentication Method is not None).",
    /// The client is registered for another way to send the secret.
    AnotherClientAuthentication =>
        "Set OIDC_CLIENT_AUTH_METHOD to the way in which the client is registered to authenticate, client_secret_basic \
         or client_secret_post (at Auth0, Applications → your application → Credentials → Authentication Method).",
    /// The application may not exchange codes (RFC 6749, 5.2: `unauthorized_client`).
    GrantNotAllowed =>
        "Let the application of OIDC_CLIENT_ID use the grant type Authorization Code: at Auth0, Applications → your \
         application → Settings → Advanced Settings → Grant Types.",
    /// The client has a secret, and the provider takes none: `none` is the only way that it offers and the app has.
    SecretNotAccepted =>
        "Remove OIDC_CLIENT_SECRET: the provider offers no way to send it, and accepts the client without one.",
    /// The provider supports none of the app's ways to send the client's secret.
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
         in ORGANIZATION_IDS.",
    /// No organization has an id that the app's settings list.
    UnknownOrganizationId =>
        "Set the organization's own id in ORGANIZATION_IDS: at Auth0, Organizations → your organization → Overview → \
         Organization ID.",
    /// The application is not set up for organizations.
    NotForOrganizations =>
        "Set the application up for organizations: at Auth0, Applications → your application → Organizations → \
         Business Users, or Both.",
    /// The application requires an organization and does not ask for one.
    OrganizationRequired =>
        "Name your organization; or let the provider ask for it: at Auth0, Applications → your application → \
         Organizations → Prompt for Organization.",
    /// The connection is not enabled for the organization or the application.
    ConnectionNotEnabled =>
        "Enable the connection: at Auth0, Organizations → your organization → Connections → Enable Connections, and \
         Applications → your application → Connections.",
    /// ID tokens are signed with a shared secret, or with an algorithm that the app does not accept.
    WrongAlgorithm =>
        "Let the application sign ID tokens with RS256: at Auth0, Applications → your application → Settings → \
         Advanced Settings → OAuth → JsonWebToken Signature Algorithm.",
    /// The user signed in without an organization, so there is no license.
    NoOrganization =>
        "Chapter 4.2 of the lab brings an organization: at Auth0, Organizations → Create Organization, with a \
         connection enabled for it, and Applications → your application → Organizations → Business Users. Then \
         name it to work in it.",
    /// Nothing sets the two claims: the login Action is not in the flow.
    ActionNotInFlow =>
        "Chapter 5 of the lab brings it: add the login Action to the flow, at Auth0, Actions → Triggers → \
         post-login, and set the organization's metadata “license”. The Action sets two claims, named as \
         CLAIMS_NAMESPACE says; they count from the next sign-in on.",
    /// The login Action is in the flow, but the organization has no license, or one that the app does not know.
    LicenseNotSet =>
        "Chapter 5 of the lab brings it: set the organization's metadata “license” to premium or corporate, at Auth0, \
         Organizations → your organization → Metadata. It counts from the next sign-in on.",
}

impl Misconfiguration {
    /// The misconfiguration behind a failed sign-in, if the error shows it.
    pub fn behind(error: &SignInError) -> Option<Self> {
        match error {
            SignInError::Provider(error) => Some(Self::behind_provider(error)),
            SignInError::Exchange(ExchangeError::Refused(refusal, used)) => Self::behind_refused_client(refusal, *used),
            SignInError::IdToken(check) if check.id == CheckId::Algorithm => Some(Self::WrongAlgorithm),
            SignInError::UnusableKey(_) => Some(Self::KeyNotUsable),
            SignInError::IdToken(check) if check.id.is_about_time() => Some(Self::ClockOff),
            SignInError::Organization(OrganizationMismatch::IdMissing { .. }) => Some(Self::NotForOrganizations),
            SignInError::Organization(OrganizationMismatch::NameMissing { .. }) => Some(Self::NamesNotAccepted),
            SignInError::Refused(_) // in the pages' table of refusals
            | SignInError::Exchange(_)
            | SignInError::IdToken(_)
            | SignInError::Organization(_)
            | SignInError::Response(_) => None,
        }
    }

    /// The misconfiguration behind a token endpoint that does not accept the client, which has authenticated by `used`.
    /// Providers use the codes of RFC 6749, 5.2, in their own ways, so their words count first.
    pub fn behind_refused_client(refusal: &Refusal, used: ClientAuthentication) -> Option<Self> {
        let words = refusal.description.as_deref().unwrap_or_default().to_lowercase();
        let says = |any: &[&str]| any.iter().any(|text| words.contains(text));
        let is_about_secret = match refusal.error.as_str() {
            "invalid_client" | "access_denied" => true,
            // Keycloak has this code for a wrong secret too.
            "unauthorized_client" => says(&["credential", "secret"]),
            _ => return None,
        };
        Some(if says(&["aadsts700016"]) {
            Self::UnknownClient
        } else if !is_about_secret {
            Self::GrantNotAllowed
        } else if used == ClientAuthentication::None {
            Self::SecretRequired
        } else if says(&["'none'", "aadsts700025", "client is public", "public client"]) {
            Self::SecretNotAccepted
        } else if blames_method(&words) {
            Self::AnotherClientAuthentication
        } else {
            Self::WrongSecret
        })
    }

    /// Why a user has no license.
    pub fn behind_no_license(identity: &Identity) -> Option<Self> {
        if identity.license().is_some() {
            None
        } else if identity.organization().is_none() {
            Some(Self::NoOrganization)
        } else if identity.has_organization_claim() || identity.unknown_license().is_some() {
            Some(Self::LicenseNotSet)
        } else {
            Some(Self::ActionNotInFlow)
        }
    }

    /// The misconfiguration behind a provider that can't be used.
    pub fn behind_provider(error: &ProviderError) -> Self {
        match error {
            ProviderError::Fetch(error) => Self::behind_fetch(error),
            ProviderError::Field(UnusableField::NoUrl { .. }) => Self::DocumentIncomplete,
            ProviderError::Field(UnusableField::NotSecure { .. }) => Self::EndpointNotSecure,
            ProviderError::AnotherIssuer { found, .. } if has_placeholder(found) => Self::TenantNotNamed,
            ProviderError::AnotherIssuer { .. } => Self::AnotherIssuer,
            ProviderError::ClientAuthenticationNotOffered { offered } if offered.iter().any(|name| name == "none") => {
                Self::SecretNotAccepted
            }
            ProviderError::ClientAuthenticationNotOffered { .. } => Self::AuthenticationNotOffered,
            ProviderError::RedirectUri(_) => Self::CallbackNotRegistered,
        }
    }

    /// The misconfiguration behind a document that could not be fetched.
    pub fn behind_fetch(error: &FetchError) -> Self {
        match error {
            FetchError::Unreachable { cause, .. } if matches!(**cause, HttpError::NotTls | HttpError::NotHttp) => {
                Self::AnotherScheme
            }
            FetchError::Unreachable { .. } | FetchError::Aborted => Self::Unreachable,
            FetchError::Redirected { url, .. } if is_discovery(url) => Self::Moved,
            FetchError::Status { status, .. } if *status >= 500 => Self::Unreachable,
            FetchError::Malformed { url, .. } if !is_discovery(url) => Self::NoKeySet,
            FetchError::Redirected { .. } | FetchError::Status { .. } | FetchError::Malformed { .. } => {
                Self::WrongDomain
            }
        }
    }
}

/// Whether a token endpoint's words are about how the client authenticated. Those of RFC 6749, 5.2, which some providers
/// begin with, name every reason: an unknown client, no authentication included, or an unsupported method.
fn blames_method(words: &str) -> bool {
    let own_words = words.split_once("unsupported authentication method).").map_or(words, |(_, own_words)| own_words);
    let is_it = ["authentication method", "authentication_method", "authenticate with methods"];
    is_it.iter().any(|text| own_words.contains(text)) && !own_words.contains("unknown client")
}

fn is_discovery(url: &Url) -> bool {
    url.path().ends_with(DISCOVERY)
}
