//! Code → tokens (RFC 6749, 4.1.3; OpenID Connect Core 1.0, 3.1.3).

use std::{cell::Cell, fmt};

use oauth2::{AuthorizationCode, HttpRequest, HttpResponse, PkceCodeVerifier, http::header::AUTHORIZATION};
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::time::Instant;
use url::form_urlencoded;

use super::{
    calls::Endpoint,
    client_authentication::ClientAuthentication,
    fetch::without_byte_order_mark,
    http::{BoundedHttp, HttpError, Reply},
    provider::OAuthClient,
    record::{Parameter, TokenRequest},
    response::Refusal,
};
use crate::text::is_blank;

/// The parameters of a token request that may be shown; any other may be a secret.
const SHOWN: [&str; 3] = ["grant_type", "redirect_uri", "client_id"];

/// What the app uses of a token response (RFC 6749, 5.1; OpenID Connect Core 1.0, 3.1.3.3).
pub struct Tokens {
    /// As text: [`super::id_token`] verifies it.
    pub id_token: String,
    /// A bearer token (RFC 6750), if there is one.
    pub access_token: Option<SecretString>,
}

/// Why the code was not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// There was no connection. The code can still be used.
    #[error("the token request failed: {0}; the code was not sent")]
    NotSent(HttpError),
    /// There was no usable response. The code may be used up.
    #[error("the token request failed: {0}")]
    Unreachable(HttpError),
    /// An error response (RFC 6749, 5.2), and how the client authenticated.
    #[error("the token endpoint returned an error: {0} (the client authenticated with {name})", name = .1.name())]
    Refused(Refusal, ClientAuthentication),
    /// Neither a token response (RFC 6749, 5.1) nor an error response. The body may hold tokens, so it is not kept.
    #[error("the token endpoint returned status {status} and no token response")]
    Malformed { status: u16 },
    /// OpenID Connect Core 1.0, 3.1.3.3, requires one.
    #[error("the token response has no id_token")]
    NoIdToken,
}

/// Exchanges the code for tokens. Also returns a description of the request, whatever the outcome.
pub async fn exchange(
    client: &OAuthClient,
    code: String,
    verifier: PkceCodeVerifier,
    http: &BoundedHttp,
) -> (TokenRequest, Result<Tokens, ExchangeError>) {
    let Some(request) = write_request(client, code, verifier) else {
        let impossible = HttpError::Broken("the token request could not be created".to_owned());
        let unsent = TokenRequest { reply: Reply::NotSent, ..TokenRequest::default() };
        return (unsent, Err(ExchangeError::NotSent(impossible)));
    };
    let authentication = authentication(&request);
    let described = describe(&request, authentication);
    let began = Instant::now();
    let (reply, response) = Box::pin(http.to(Endpoint::Token).send_and_note(request)).await; // boxed, since it makes the futures of all callers large
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let tokens = match response {
        Ok(response) => read_response(&response, authentication),
        Err(cause) if cause.is_before_sending() => Err(ExchangeError::NotSent(cause)),
        Err(cause) => Err(ExchangeError::Unreachable(cause)),
    };
    (TokenRequest { milliseconds, reply, ..described }, tokens)
}

/// The token request as the library writes it. The library does not send it: it would also read the response, and
/// reject one for details that the app does not need, such as `expires_in` as text, no `token_type`, another media
/// type, or status 201.
pub(crate) fn write_request(client: &OAuthClient, code: String, verifier: PkceCodeVerifier) -> Option<HttpRequest> {
    let written = Cell::new(None);
    // Keeps the request. The error is ignored below: the library only needs to get no response.
    let keep = |request: HttpRequest| {
        written.set(Some(request));
        Err::<HttpResponse, _>(fmt::Error)
    };
    let exchange = client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier);
    let _ = exchange.request(&keep);
    written.into_inner()
}

/// The tokens, whatever the media type is and whatever else the response contains.
fn read_response(response: &HttpResponse, authentication: ClientAuthentication) -> Result<Tokens, ExchangeError> {
    let status = response.status();
    let body: Option<Map<String, Value>> = serde_json::from_slice(without_byte_order_mark(response.body())).ok();
    let text = |name: &str| body.as_ref()?.get(name)?.as_str().filter(|text| !is_blank(text));
    // Okta has other names for errors that occur before it reads the request.
    match (text("id_token"), text("error").or_else(|| text("errorCode"))) {
        (Some(id_token), _) if status.is_success() => {
            let is_bearer = text("token_type").is_none_or(|kind| kind.eq_ignore_ascii_case("Bearer"));
            let access_token = text("access_token").filter(|_| is_bearer).map(SecretString::from);
            Ok(Tokens { id_token: id_token.to_owned(), access_token })
        }
        // Some providers send errors with status 200, some with 500.
        (_, Some(error)) => {
            let description = text("error_description").or_else(|| text("errorSummary")).map(str::to_owned);
            Err(ExchangeError::Refused(Refusal { error: error.to_owned(), description }, authentication))
        }
        (_, None) if status.is_server_error() => {
            Err(ExchangeError::Unreachable(HttpError::ServerError(status.as_u16())))
        }
        (_, None) if status.is_success() && body.is_some() => Err(ExchangeError::NoIdToken),
        (_, None) => Err(ExchangeError::Malformed { status: status.as_u16() }),
    }
}

/// How the client authenticates in this request.
fn authentication(request: &HttpRequest) -> ClientAuthentication {
    if request.headers().contains_key(AUTHORIZATION) {
        ClientAuthentication::ClientSecretBasic
    } else if form_urlencoded::parse(request.body()).any(|(name, _)| name == "client_secret") {
        ClientAuthentication::ClientSecretPost
    } else {
        ClientAuthentication::None
    }
}

fn describe(request: &HttpRequest, authentication: ClientAuthentication) -> TokenRequest {
    let parameter = |(name, value): (String, String)| {
        if SHOWN.contains(&name.as_str()) { Parameter::shown(&name, &value) } else { Parameter::secret(&name) }
    };
    TokenRequest {
        endpoint: request.uri().to_string(),
        authentication: authentication.name().to_owned(),
        parameters: form_urlencoded::parse(request.body()).into_owned().map(parameter).collect(),
        ..TokenRequest::default()
    }
}
