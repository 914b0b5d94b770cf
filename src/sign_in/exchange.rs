//! Code → tokens (RFC 6749, 4.1.3; OpenID Connect Core 1.0, 3.1.3).

use std::sync::{Mutex, PoisonError};

use oauth2::{
    AuthorizationCode, HttpRequest, PkceCodeVerifier, RequestTokenError, basic::BasicErrorResponse,
    http::header::AUTHORIZATION,
};
use tokio::time::Instant;
use url::form_urlencoded;

use super::{
    http::{BoundedHttp, HttpError},
    provider::OAuthClient,
    record::{Parameter, TokenRequest},
    response::Refusal,
};

/// The parameters of a token request that may be shown; any other may be a secret.
const SHOWN: [&str; 3] = ["grant_type", "redirect_uri", "client_id"];

/// Why the code was not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// There was no connection. The code can still be used.
    #[error("the token endpoint: {0}; the code was not sent")]
    NotSent(HttpError),
    /// There was no usable response. The code may be used up.
    #[error("the token endpoint: {0}")]
    Unreachable(HttpError),
    /// An error response (RFC 6749, 5.2).
    #[error("the token endpoint refused: {0}")]
    Refused(Refusal),
    /// Not a token response (RFC 6749, 5.1). The body may hold tokens, so it is not kept.
    #[error("the token endpoint's response is not a token response")]
    Malformed,
    /// OpenID Connect Core 1.0, 3.1.3.3, requires one.
    #[error("the token response has no id_token")]
    NoIdToken,
}

/// Exchanges the code for tokens. Only the ID token is kept, since the app calls no API on the user's behalf. Also
/// returns a description of the request, whatever the outcome.
pub async fn exchange(
    client: &OAuthClient,
    code: String,
    verifier: PkceCodeVerifier,
    http: &BoundedHttp,
) -> (TokenRequest, Result<String, ExchangeError>) {
    let described = Mutex::new(TokenRequest::default());
    let began = Instant::now();
    let send = |request: HttpRequest| {
        *described.lock().unwrap_or_else(PoisonError::into_inner) = describe(&request);
        async {
            let response = http.send(request).await?;
            let status = response.status();
            if status.is_server_error() { Err(HttpError::ServerError(status.as_u16())) } else { Ok(response) }
        }
    };
    let request = client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier);
    let response = request.request_async(&send).await;
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let request = TokenRequest { milliseconds, ..described.into_inner().unwrap_or_else(PoisonError::into_inner) };
    let id_token = response
        .map_err(ExchangeError::from)
        .and_then(|response| response.extra_fields().id_token.clone().ok_or(ExchangeError::NoIdToken));
    (request, id_token)
}

fn describe(request: &HttpRequest) -> TokenRequest {
    let body: Vec<(String, String)> = form_urlencoded::parse(request.body()).into_owned().collect();
    let authentication = if request.headers().contains_key(AUTHORIZATION) {
        "client_secret_basic"
    } else if body.iter().any(|(name, _)| name == "client_secret") {
        "client_secret_post"
    } else {
        "none"
    };
    let parameter = |(name, value): (String, String)| {
        if SHOWN.contains(&name.as_str()) { Parameter::shown(&name, &value) } else { Parameter::secret(&name) }
    };
    TokenRequest {
        endpoint: request.uri().to_string(),
        authentication: authentication.to_owned(),
        parameters: body.into_iter().map(parameter).collect(),
        milliseconds: 0,
    }
}

impl From<RequestTokenError<HttpError, BasicErrorResponse>> for ExchangeError {
    fn from(error: RequestTokenError<HttpError, BasicErrorResponse>) -> Self {
        match error {
            RequestTokenError::ServerResponse(refusal) => Self::Refused(Refusal {
                error: refusal.error().to_string(),
                description: refusal.error_description().cloned(),
            }),
            RequestTokenError::Request(cause @ HttpError::Connect(_)) => Self::NotSent(cause),
            RequestTokenError::Request(cause) => Self::Unreachable(cause),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Self::Malformed,
        }
    }
}
