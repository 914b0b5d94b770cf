//! The token endpoint: a code becomes tokens (RFC 6749 4.1.3, OpenID Connect Core 3.1.3).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ContentType},
    },
    web,
};
use serde_json::{Value, json};
use tracing::{error, info};

use super::{
    grants::{GrantError, TOKEN_LIFETIME},
    id_token::id_token_claims,
    request::Parameters,
};
use crate::demo_tenant::{signing::SigningKeyError, state::Shared};

/// Why no tokens were given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// The body is neither a form nor JSON.
    #[error("The body must be a form or a JSON object of strings, with each parameter once")]
    Malformed,
    /// Nothing there that the grant needs.
    #[error("Missing required parameter: {0}")]
    Missing(&'static str),
    /// No such client, or it has not shown that it is that client.
    #[error("Unauthorized")]
    Unauthorized,
    /// Not served here.
    #[error("Unsupported grant type: {0}")]
    UnsupportedGrantType(String),
    /// The code was not taken.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The ID token could not be signed.
    #[error("Internal error")]
    Signing(#[from] SigningKeyError),
}

impl TokenError {
    /// Status and `error` as Auth0 gives them; by RFC 6749 5.2 most were 400.
    fn response(&self) -> HttpResponse {
        let (status, code) = match self {
            Self::Malformed | Self::Missing(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "access_denied"),
            Self::UnsupportedGrantType(_) => (StatusCode::FORBIDDEN, "unsupported_grant_type"),
            Self::Grant(_) => (StatusCode::FORBIDDEN, "invalid_grant"),
            Self::Signing(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        };
        HttpResponse::build(status).json(json!({"error": code, "error_description": self.to_string()}))
    }
}

/// `POST /oauth/token`.
pub(crate) async fn token(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    match answer(&shared, &request, &body) {
        Ok(tokens) => HttpResponse::Ok().insert_header((header::PRAGMA, "no-cache")).json(tokens),
        Err(cause) => {
            match &cause {
                TokenError::Signing(cause) => error!("tenant: {cause}"),
                refusal => info!("tenant gives no tokens: {:?}", refusal.to_string()),
            }
            cause.response()
        }
    }
}

fn answer(shared: &Shared, request: &HttpRequest, body: &[u8]) -> Result<Value, TokenError> {
    let parameters = read(request, body).ok_or(TokenError::Malformed)?;
    let need = |name| parameters.get(name).ok_or(TokenError::Missing(name));
    match need("grant_type")? {
        "authorization_code" => {}
        other => return Err(TokenError::UnsupportedGrantType(other.to_owned())),
    }
    // A public client has no secret: whoever shows one takes the tenant for another.
    let secret_shown =
        request.headers().contains_key(header::AUTHORIZATION) || parameters.get("client_secret").is_some();
    if secret_shown || need("client_id")? != shared.client.client_id {
        return Err(TokenError::Unauthorized);
    }
    let now = shared.now();
    let (code, redirect_uri, verifier) = (need("code")?, need("redirect_uri")?, need("code_verifier")?);
    let (sign_in, access_token) = shared.state().grants.redeem(code, redirect_uri, verifier, now)?;
    let mut tokens = json!({
        "access_token": access_token,
        "scope": sign_in.scopes.join(" "),
        "expires_in": TOKEN_LIFETIME.num_seconds(),
        "token_type": "Bearer",
    });
    if sign_in.scopes.iter().any(|scope| scope == "openid") {
        let claims = id_token_claims(&sign_in, &shared.issuer, &shared.client.client_id, now);
        tokens["id_token"] = shared.signing_key.sign(&claims)?.into();
    }
    Ok(tokens)
}

/// A form, as the standard has it, or JSON, as Auth0 takes it too.
fn read(request: &HttpRequest, body: &[u8]) -> Option<Parameters> {
    let parameters = if request.headers().get(header::CONTENT_TYPE).is_some_and(is_json) {
        let Value::Object(json) = serde_json::from_slice(body).ok()? else { return None };
        let pairs = json.into_iter().map(|(name, value)| Some((name, value.as_str()?.to_owned())));
        Parameters::from(pairs.collect::<Option<Vec<_>>>()?)
    } else {
        Parameters::parse(body)
    };
    parameters.repeated().is_none().then_some(parameters)
}

fn is_json(content_type: &header::HeaderValue) -> bool {
    let essence = content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(&ContentType::json().to_string())
}
