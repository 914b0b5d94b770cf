//! Code → tokens (RFC 6749, 4.1.3; OpenID Connect Core 1.0, 3.1.3).

use oauth2::{AuthorizationCode, PkceCodeVerifier, RequestTokenError, basic::BasicErrorResponse};

use super::{
    http::{BoundedHttp, HttpError},
    provider::OAuthClient,
};

/// Why the code was not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The token endpoint gave no answer.
    #[error("the token endpoint: {0}")]
    Unreachable(#[from] HttpError),
    /// It refused (RFC 6749, 5.2).
    #[error("the token endpoint refused: {error:?}, {description:?}")]
    Refused {
        /// The error code: `invalid_grant`.
        error: String,
        /// For people.
        description: Option<String>,
    },
    /// What came is no token response (RFC 6749, 5.1). The text itself may hold tokens and is not kept.
    #[error("the token endpoint answered with something that is no token response")]
    Malformed,
    /// A token response without an ID token (OpenID Connect Core 1.0, 3.1.3.3).
    #[error("the token response has no id_token")]
    NoIdToken,
}

/// Exchanges the code for tokens. Of these only the ID token is kept: the app calls no API in the user's name.
pub async fn exchange(
    client: &OAuthClient,
    code: String,
    verifier: PkceCodeVerifier,
    http: &BoundedHttp,
) -> Result<String, ExchangeError> {
    let request = client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier);
    let answer = request.request_async(http).await?;
    answer.extra_fields().id_token.clone().ok_or(ExchangeError::NoIdToken)
}

impl From<RequestTokenError<HttpError, BasicErrorResponse>> for ExchangeError {
    fn from(error: RequestTokenError<HttpError, BasicErrorResponse>) -> Self {
        match error {
            RequestTokenError::ServerResponse(refusal) => {
                Self::Refused { error: refusal.error().to_string(), description: refusal.error_description().cloned() }
            }
            RequestTokenError::Request(cause) => Self::Unreachable(cause),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Self::Malformed,
        }
    }
}
