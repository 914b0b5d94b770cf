//! Discovery: the provider's description of itself (OpenID Connect Discovery 1.0, 4). There is one fetch at a time;
//! failures are not cached.

use std::{sync::Arc, time::Duration};

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, AuthUrl, ClientId, ClientSecret, EndpointNotSet, EndpointSet,
    ExtraTokenFields, LogoutProviderMetadata, ProviderMetadata, RedirectUrl, StandardTokenResponse, TokenUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode,
        CoreResponseType, CoreSubjectIdentifierType,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::{
    cached::Cached,
    fetch::{FetchError, fetch_json, without_secrets},
    http::{BUDGET, BoundedHttp},
    key_set::KeySet,
    keys::{Keys, Lookup},
    organization::OrganizationIds,
};
use crate::{
    loopback::is_https_or_loopback,
    text::{MAXIMUM_SHOWN, shorten},
};

/// The signing algorithms that are accepted if the provider offers them. Never `none`, never one with a shared secret.
const ACCEPTED_ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The path of the discovery document, below the issuer's (OpenID Connect Discovery 1.0, 4).
pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What error messages call the discovery document.
const DOCUMENT: &str = "a discovery document";

/// The endpoints that a sign-in needs: they carry the code, the client's secret and the keys.
const NEEDED_ENDPOINTS: [&str; 3] = ["authorization_endpoint", "token_endpoint", "jwks_uri"];
/// The other URLs that are read from the document. Each may be absent.
const OPTIONAL_ADDRESSES: [&str; 6] = [
    "end_session_endpoint",
    "userinfo_endpoint",
    "registration_endpoint",
    "service_documentation",
    "op_policy_uri",
    "op_tos_uri",
];

/// The client's registration at the provider.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// As in the setting: with or without the slash at the end.
    pub issuer: Url,
    pub client_id: String,
    /// `None` for a public client, which relies on PKCE.
    pub client_secret: Option<SecretString>,
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
}

/// Metadata beyond OpenID Connect's own.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct ExtraMetadata {
    /// RFC 9207, 3.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for ExtraMetadata {}

/// The discovery document.
pub type Metadata = ProviderMetadata<
    LogoutProviderMetadata<ExtraMetadata>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The ID token in a token response, as text: [`super::id_token`] verifies it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct IdTokenField {
    /// Required in a response to an OpenID Connect request. If it is missing, that is an error of its own.
    pub id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

pub type TokenResponse = StandardTokenResponse<IdTokenField, BasicTokenType>;

/// The OAuth 2.0 client, ready for the authorization request and the token request.
pub type OAuthClient = oauth2::Client<
    BasicErrorResponse,
    TokenResponse,
    BasicTokenIntrospectionResponse,
    oauth2::StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Why the provider can't be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// The discovery document or the keys are unavailable.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// OpenID Connect Discovery 1.0, 4.3: `expected` is the setting, `found` is in the document.
    #[error("the provider calls itself {found:?}, but the settings say {expected:?}")]
    AnotherIssuer { expected: String, found: String },
    /// The document lacks an endpoint that a sign-in needs, or names one at which others could read what is sent.
    #[error(
        "the provider's {field} is {found}; it must be an https URL (http only on this machine), without user info or \
         fragment"
    )]
    Endpoint {
        field: &'static str,
        /// Its value, without the parts that may be secret.
        found: String,
    },
    /// The client has a secret, and the provider supports none of the app's ways to send it.
    #[error("the provider supports neither client_secret_basic nor client_secret_post")]
    ClientAuthenticationNotOffered,
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
        let begin = || Some(discover(self.settings.issuer.clone(), self.discovery_url(), http.renewed(BUDGET)));
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
    ) -> (Lookup, Result<Arc<KeySet>, ProviderError>) {
        let (lookup, keys) = self.keys.look_up(key_id, metadata.jwks_uri().url(), http).await;
        (lookup, keys.map_err(ProviderError::from))
    }

    pub fn discovery_url(&self) -> Url {
        let mut url = self.settings.issuer.clone();
        url.set_path(&format!("{}{DISCOVERY}", url.path().trim_end_matches('/')));
        url
    }

    /// The OAuth 2.0 client for the provider that `metadata` describes.
    pub(crate) fn oauth_client(&self, metadata: &Metadata) -> Result<OAuthClient, ProviderError> {
        let token_url = metadata.token_endpoint().ok_or_else(|| no_endpoint("token_endpoint", None))?;
        let malformed = |error: url::ParseError| malformed(&self.discovery_url(), &error);
        let mut client = oauth2::Client::new(ClientId::new(self.settings.client_id.clone()))
            .set_auth_uri(AuthUrl::new(metadata.authorization_endpoint().to_string()).map_err(malformed)?)
            .set_token_uri(TokenUrl::new(token_url.to_string()).map_err(malformed)?)
            .set_redirect_uri(RedirectUrl::new(self.settings.redirect_uri.clone()).map_err(malformed)?);
        if let Some(secret) = &self.settings.client_secret {
            client = client
                .set_auth_type(authentication(metadata).ok_or(ProviderError::ClientAuthenticationNotOffered)?)
                .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
        }
        Ok(client)
    }
}

fn malformed(url: &Url, error: &impl ToString) -> ProviderError {
    let detail = shorten(&error.to_string(), MAXIMUM_SHOWN).escape_debug().to_string();
    FetchError::Malformed { url: Box::new(url.clone()), expected: DOCUMENT, detail }.into()
}

async fn discover(issuer: Url, url: Url, http: BoundedHttp) -> Result<Metadata, ProviderError> {
    let mut document: Map<String, Value> = fetch_json(&http, &url, DOCUMENT).await?;
    // Compared as text, as the tokens' issuer will be. Only the slash at the end may differ.
    let (expected, found) = (issuer.as_str(), document.get("issuer").and_then(Value::as_str));
    if let Some(found) = found.filter(|found| found.trim_end_matches('/') != expected.trim_end_matches('/')) {
        return Err(ProviderError::AnotherIssuer { expected: expected.to_owned(), found: found.to_owned() });
    }
    for field in NEEDED_ENDPOINTS {
        let found = document.get(field);
        if !found.is_some_and(is_endpoint) {
            return Err(no_endpoint(field, found));
        }
    }
    for field in OPTIONAL_ADDRESSES {
        if document.get(field).is_some_and(|found| !is_endpoint(found)) {
            document.remove(field);
        }
    }
    serde_json::from_value(document.into()).map_err(|error| malformed(&url, &error))
}

/// Whether this is a valid endpoint URL (RFC 6749, 3.1 and 3.2; no user info: RFC 9110, 4.2.4), and what is sent there
/// reaches only the provider.
fn is_endpoint(found: &Value) -> bool {
    let is_good = |url: &Url| {
        is_https_or_loopback(url) && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
    };
    found.as_str().and_then(|text| Url::parse(text).ok()).is_some_and(|url| is_good(&url))
}

fn no_endpoint(field: &'static str, found: Option<&Value>) -> ProviderError {
    let found = match found {
        None | Some(Value::Null) => "absent".to_owned(),
        Some(Value::String(text)) => {
            let shown = Url::parse(text).map_or_else(|_| text.clone(), |url| without_secrets(url).into());
            format!("{:?}", shorten(&shown, MAXIMUM_SHOWN))
        }
        Some(_) => "not a string".to_owned(),
    };
    ProviderError::Endpoint { field, found }
}

/// How a confidential client authenticates. The default is `client_secret_basic` (OpenID Connect Discovery 1.0, 3).
pub fn authentication(metadata: &Metadata) -> Option<AuthType> {
    let Some(offered) = metadata.token_endpoint_auth_methods_supported() else { return Some(AuthType::BasicAuth) };
    if offered.contains(&CoreClientAuthMethod::ClientSecretBasic) {
        Some(AuthType::BasicAuth)
    } else if offered.contains(&CoreClientAuthMethod::ClientSecretPost) {
        Some(AuthType::RequestBody)
    } else {
        None
    }
}

/// The algorithms that a token may be signed with.
pub fn accepted_algorithms(metadata: &Metadata) -> Vec<CoreJwsSigningAlgorithm> {
    let offered = metadata.id_token_signing_alg_values_supported();
    ACCEPTED_ALGORITHMS.into_iter().filter(|algorithm| offered.contains(algorithm)).collect()
}

/// Whether the provider names itself in every authorization response (RFC 9207, 3).
pub(super) fn names_itself_in_responses(metadata: &Metadata) -> bool {
    metadata.additional_metadata().additional_metadata.authorization_response_iss_parameter_supported
}
