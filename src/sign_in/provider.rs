//! Discovery: the provider's description of itself (OpenID Connect Discovery 1.0, 4). There is one fetch at a time;
//! failures are not cached.

use std::{sync::Arc, time::Duration};

use oauth2::{
    AuthType, AuthUrl, ClientId, ClientSecret, EndpointNotSet, EndpointSet, RedirectUrl, TokenUrl, basic::BasicClient,
};
use openidconnect::core::CoreJwsSigningAlgorithm;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use super::{
    cached::Cached,
    calls::Endpoint,
    client_authentication::ClientAuthentication,
    fetch::{FetchError, fetch_json},
    http::{BUDGET, BoundedHttp},
    issuer::Issuer,
    key_set::KeySet,
    keys::{KeyLookup, Keys},
    metadata::{Metadata, UnusableField},
    organization::OrganizationIds,
};
use crate::{
    loopback::PlainHttp,
    text::{MAXIMUM_SHOWN, shorten},
};

/// The signing algorithms that are accepted if the provider offers them, each with its names: since RFC 9864,
/// `EdDSA` with an Ed25519 key is also called `Ed25519`. Never `none`, never one with a shared secret.
const ACCEPTED_ALGORITHMS: [(CoreJwsSigningAlgorithm, &[&str]); 4] = [
    (CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, &["RS256"]),
    (CoreJwsSigningAlgorithm::EcdsaP256Sha256, &["ES256"]),
    (CoreJwsSigningAlgorithm::RsaSsaPssSha256, &["PS256"]),
    (CoreJwsSigningAlgorithm::EdDsa, &["EdDSA", "Ed25519"]),
];

/// The client's registration at the provider.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    pub issuer: Issuer,
    pub client_id: String,
    /// `None` for a public client, which relies on PKCE.
    pub client_secret: Option<SecretString>,
    /// `None`: a method that the provider offers.
    pub client_authentication: Option<ClientAuthentication>,
    /// Always with `openid`.
    pub scopes: Vec<String>,
    /// Where the provider sends its responses. It is registered there, and compared as text.
    pub redirect_uri: String,
    /// Where the provider sends users back after logout.
    pub post_logout_redirect_uri: String,
    /// For tenants that accept only ids in `organization`.
    pub organization_ids: OrganizationIds,
    /// The prefix of the tenant's own claims, `license` and `organization`.
    pub claims_namespace: String,
    /// Where the provider may be without https.
    pub plain_http: PlainHttp,
}

/// The OAuth 2.0 client, ready for the authorization request and the token request.
pub type OAuthClient = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Why the provider can't be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// The discovery document or the keys are unavailable.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The document lacks a field that a sign-in needs, or has one that can't be used.
    #[error(transparent)]
    Field(#[from] UnusableField),
    /// OpenID Connect Discovery 1.0, 4.3: `expected` is the setting, `found` is in the document.
    #[error(
        "the issuer in the provider's discovery document is {:?}, but OIDC_ISSUER_URL is {expected:?}",
        shorten(.found, MAXIMUM_SHOWN)
    )]
    AnotherIssuer { expected: String, found: String },
    /// The client has a secret, but the provider offers none of the app's methods to send it.
    #[error(
        "the provider accepts OIDC_CLIENT_SECRET neither by client_secret_basic nor by client_secret_post; it offers {:?}",
        shorten(&.offered.join(", "), MAXIMUM_SHOWN)
    )]
    ClientAuthenticationNotOffered { offered: Vec<String> },
    /// In the settings.
    #[error("the redirect URI is not a URL: {0}")]
    RedirectUri(#[from] url::ParseError),
}

impl ProviderError {
    /// Whether the provider responded, so that the network is not to blame.
    pub fn is_response(&self) -> bool {
        match self {
            Self::Fetch(error) => error.is_response(),
            Self::Field(_) | Self::AnotherIssuer { .. } | Self::ClientAuthenticationNotOffered { .. } => true,
            Self::RedirectUri(_) => false,
        }
    }

    /// What `OIDC_ISSUER_URL` may be set to instead, if the discovery document has another issuer.
    pub fn issuer_to_set(&self) -> Option<Issuer> {
        let Self::AnotherIssuer { found, .. } = self else { return None };
        Issuer::parse(found).filter(|issuer| issuer.as_str() == found)
    }
}

/// The provider: the client's registration there, the discovery document once it is fetched, and the keys.
pub struct Provider {
    settings: ClientSettings,
    keys: Keys,
    metadata: Cached<Metadata, ProviderError>,
}

impl Provider {
    /// Fetches nothing yet, so the app starts even while the provider is down.
    pub fn new(settings: ClientSettings) -> Self {
        Self { settings, keys: Keys::default(), metadata: Cached::default() }
    }

    pub fn settings(&self) -> &ClientSettings {
        &self.settings
    }

    /// The discovery document, fetched again if it is older than `maximum_age`. Concurrent requests share one fetch,
    /// and each waits for it up to its own time limit. A failure is not cached: the next request tries again.
    pub async fn metadata(&self, http: &BoundedHttp, maximum_age: Duration) -> Result<Arc<Metadata>, ProviderError> {
        let begin = || {
            let ClientSettings { issuer, plain_http, .. } = &self.settings;
            Some(discover(issuer.clone(), plain_http.clone(), http.renewed(BUDGET).to(Endpoint::Discovery)))
        };
        match http.wait(self.metadata.get(maximum_age, |_| true, begin)).await {
            Ok(outcome) => outcome.unwrap_or(Err(FetchError::Aborted.into())),
            Err(cause) => Err(FetchError::unreachable(&self.discovery_url(), cause).into()),
        }
    }

    /// The provider's keys, including the one named `key_id` if the provider has it, and how they were looked up.
    pub(super) async fn keys(
        &self,
        key_id: Option<&str>,
        metadata: &Metadata,
        http: &BoundedHttp,
    ) -> (KeyLookup, Result<Arc<KeySet>, ProviderError>) {
        let (lookup, keys) = self.keys.look_up(key_id, metadata.jwks_uri(), http).await;
        (lookup, keys.map_err(ProviderError::from))
    }

    pub fn discovery_url(&self) -> Url {
        self.settings.issuer.discovery_url()
    }

    /// How the client authenticates: as the settings say. If they don't, a client without a secret is a public client,
    /// and one with a secret uses a method that the provider offers.
    pub fn client_authentication(&self, metadata: &Metadata) -> Result<ClientAuthentication, ProviderError> {
        let default = match self.settings.client_secret {
            None => Some(ClientAuthentication::None),
            Some(_) => ClientAuthentication::with_secret(metadata),
        };
        self.settings.client_authentication.or(default).ok_or_else(|| {
            let offered = metadata.client_authentication_methods().unwrap_or_default();
            ProviderError::ClientAuthenticationNotOffered { offered: offered.to_vec() }
        })
    }

    /// The OAuth 2.0 client for the provider that `metadata` describes.
    pub(crate) fn oauth_client(&self, metadata: &Metadata) -> Result<OAuthClient, ProviderError> {
        let client = BasicClient::new(ClientId::new(self.settings.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint().clone()))
            .set_token_uri(TokenUrl::from_url(metadata.token_endpoint().clone()))
            .set_redirect_uri(RedirectUrl::new(self.settings.redirect_uri.clone())?);
        let auth_type = match self.client_authentication(metadata)? {
            ClientAuthentication::None => return Ok(client),
            ClientAuthentication::ClientSecretBasic => AuthType::BasicAuth,
            ClientAuthentication::ClientSecretPost => AuthType::RequestBody,
        };
        let secret = self.settings.client_secret.as_ref().map_or("", ExposeSecret::expose_secret);
        Ok(client.set_auth_type(auth_type).set_client_secret(ClientSecret::new(secret.to_owned())))
    }
}

async fn discover(issuer: Issuer, plain_http: PlainHttp, http: BoundedHttp) -> Result<Metadata, ProviderError> {
    let document: Map<String, Value> = fetch_json(&http, &issuer.discovery_url(), "a discovery document").await?;
    let metadata = Metadata::read(&document, &plain_http)?;
    if !issuer.matches(&metadata) {
        let (expected, found) = (issuer.as_str().to_owned(), metadata.issuer().to_owned());
        return Err(ProviderError::AnotherIssuer { expected, found });
    }
    Ok(metadata)
}

/// The algorithms that a token may be signed with: RS256 if the discovery document names none (OpenID Connect Core 1.0,
/// 3.1.3.7, item 7).
pub fn accepted_algorithms(metadata: &Metadata) -> Vec<CoreJwsSigningAlgorithm> {
    let Some(offered) = metadata.signing_algorithms() else {
        return vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256];
    };
    let is_offered = |names: &[&str]| offered.iter().any(|name| names.contains(&name.as_str()));
    ACCEPTED_ALGORITHMS.into_iter().filter(|(_, names)| is_offered(names)).map(|(algorithm, _)| algorithm).collect()
}

/// Whether the app accepts the algorithm with this name.
pub fn is_accepted(algorithm: &str) -> bool {
    ACCEPTED_ALGORITHMS.iter().any(|(_, names)| names.contains(&algorithm))
}
