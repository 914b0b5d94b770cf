//! The token endpoint: exchanges a code for tokens (RFC 6749 4.1.3, OpenID Connect Core 3.1.3), and a script's
//! credentials for an access token for the management API (RFC 6749 4.4).

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, ContentType},
    },
    rt::time::sleep,
    web,
};
use data_encoding::BASE64;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tracing::error;

use super::{
    id_token::{ID_TOKEN, id_token_claims},
    probe::is_probe,
    request::Parameters,
    tamper,
};
use crate::demo_tenant::{
    issued::{
        grants::{Grant, GrantError, TOKEN_LIFETIME},
        signing::SigningKeyError,
    },
    lab::{
        armed_faults::RECEIVED_TOKENS,
        faults::{Effect, Fault},
        log::Event,
    },
    model::client::MANAGEMENT_CLIENT_ID,
    state::Shared,
};

/// Why no tokens are issued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("The body must be a form or a JSON object of strings, with each parameter once")]
    Malformed,
    #[error("Missing required parameter: {0}")]
    Missing(&'static str),
    /// The client is unknown, or has not authenticated itself.
    #[error("Unauthorized")]
    Unauthorized,
    /// The audience is not the management API.
    #[error("Service not found: {0}")]
    UnknownAudience(String),
    #[error("Unsupported grant type: {0}")]
    UnsupportedGrantType(String),
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A fault makes the endpoint unavailable.
    #[error("Service unavailable")]
    Unavailable,
    #[error("Internal error")]
    Signing(#[from] SigningKeyError),
}

impl TokenError {
    /// Status and `error` as Auth0 has them; by RFC 6749 5.2 most would be 400.
    fn response(&self) -> HttpResponse {
        let (status, code) = match self {
            Self::Malformed | Self::Missing(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "access_denied"),
            Self::UnknownAudience(_) => (StatusCode::FORBIDDEN, "access_denied"),
            Self::UnsupportedGrantType(_) => (StatusCode::FORBIDDEN, "unsupported_grant_type"),
            Self::Grant(_) => (StatusCode::FORBIDDEN, "invalid_grant"),
            Self::Signing(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
            Self::Unavailable => return HttpResponse::ServiceUnavailable().body("no healthy upstream"),
        };
        HttpResponse::build(status).json(json!({"error": code, "error_description": self.to_string()}))
    }
}

/// `POST /oauth/token`.
pub(crate) async fn token(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let tokens = match read(&request, &body).ok_or(TokenError::Malformed) {
        Ok(parameters) if parameters.get("grant_type") == Some("client_credentials") => {
            exchange_client_credentials(&shared, &request, &parameters)
        }
        Ok(parameters) => exchange_code(&shared, &request, &parameters).await,
        Err(cause) => Err(cause),
    };
    match tokens {
        Ok(tokens) => HttpResponse::Ok().insert_header((header::PRAGMA, "no-cache")).json(tokens),
        Err(cause) => {
            if let TokenError::Signing(cause) = &cause {
                error!("tenant: {cause}");
            }
            if !is_probe(&request) {
                shared.record(Event::TokensRefused(cause.to_string()));
            }
            cause.response()
        }
    }
}

/// Redeems the code, if the request is the application's.
fn redeem(shared: &Shared, request: &HttpRequest, parameters: &Parameters) -> Result<(Arc<Grant>, String), TokenError> {
    let need = |name| parameters.get(name).ok_or(TokenError::Missing(name));
    let grant_type = need("grant_type")?;
    if grant_type != "authorization_code" {
        return Err(TokenError::UnsupportedGrantType(grant_type.to_owned()));
    }
    // The application is a public client, which has no secret: a request with one is misconfigured.
    let has_secret = request.headers().contains_key(header::AUTHORIZATION) || parameters.get("client_secret").is_some();
    if has_secret || need("client_id")? != shared.client.client_id {
        return Err(TokenError::Unauthorized);
    }
    let (code, redirect_uri, verifier) = (need("code")?, need("redirect_uri")?, need("code_verifier")?);
    Ok(shared.state().grants.redeem(code, redirect_uri, verifier, shared.now())?)
}

async fn exchange_code(shared: &Shared, request: &HttpRequest, parameters: &Parameters) -> Result<Value, TokenError> {
    let (grant, access_token) = redeem(shared, request, parameters)?;
    let code = parameters.get("code").unwrap_or_default();
    if let Some(fault) = grant.fault {
        delay_or_fail(shared, fault, code).await?;
    }
    let mut tokens = json!({
        "access_token": access_token,
        "scope": grant.scopes.join(" "),
        "expires_in": TOKEN_LIFETIME.num_seconds(),
        "token_type": "Bearer",
    });
    if grant.scopes.iter().any(|scope| scope == "openid") {
        tokens["id_token"] = id_token(shared, &grant).await?.into();
    }
    let mut state = shared.state();
    // Checked last: the session may have ended after the code was issued, or while the tokens were created.
    if !state.is_session_live(&grant.sid) {
        return Err(GrantError::InvalidCode.into());
    }
    state.faults.observe_exchange(code, RECEIVED_TOKENS, shared.now());
    let issued = Event::TokensIssued(state.tenant.snapshot_of(&grant.user));
    state.record(issued, shared.now());
    Ok(tokens)
}

async fn id_token(shared: &Shared, grant: &Grant) -> Result<String, SigningKeyError> {
    let key = shared.signing_key.wait().await;
    let claims = id_token_claims(grant, &shared.issuer, &shared.client.client_id, shared.now());
    match grant.fault {
        None => key.sign(ID_TOKEN, &claims.into()),
        Some(fault) => tamper::id_token(&fault.effect, claims, key),
    }
}

/// What a fault does to the endpoint itself.
async fn delay_or_fail(shared: &Shared, fault: &Fault, code: &str) -> Result<(), TokenError> {
    match fault.effect {
        Effect::Delay(delay) => sleep(delay).await,
        Effect::TokenEndpointUnavailable => {
            shared.state().faults.observe_exchange(code, "exchanged the code and received 503", shared.now());
            return Err(TokenError::Unavailable);
        }
        Effect::Refuse(_)
        | Effect::RefuseAsNonMember
        | Effect::Forge(_)
        | Effect::Backdate(_)
        | Effect::SetClaim(..)
        | Effect::RemoveClaims(_)
        | Effect::OtherOrganization
        | Effect::SetLicense(_) => {}
    }
    Ok(())
}

fn exchange_client_credentials(
    shared: &Shared,
    request: &HttpRequest,
    parameters: &Parameters,
) -> Result<Value, TokenError> {
    let basic = basic_credentials(request);
    let (client_id, secret) = match &basic {
        Some((client_id, secret)) => (Some(client_id.as_str()), Some(secret.as_str())),
        None => (parameters.get("client_id"), parameters.get("client_secret")),
    };
    let mut state = shared.state();
    let is_secret = |secret: &str| bool::from(secret.as_bytes().ct_eq(state.management_secret.as_bytes()));
    if client_id != Some(MANAGEMENT_CLIENT_ID) || !secret.is_some_and(is_secret) {
        return Err(TokenError::Unauthorized);
    }
    let audience = parameters.get("audience").ok_or(TokenError::Missing("audience"))?;
    if !shared.is_management_audience(audience) {
        return Err(TokenError::UnknownAudience(audience.to_owned()));
    }
    let access_token = state.grants.issue_management_token(shared.now());
    state.record(Event::ScriptAuthorized, shared.now());
    Ok(json!({
        "access_token": access_token,
        "expires_in": TOKEN_LIFETIME.num_seconds(),
        "token_type": "Bearer",
    }))
}

/// HTTP Basic, with id and secret form-encoded (RFC 6749 2.3.1).
fn basic_credentials(request: &HttpRequest) -> Option<(String, String)> {
    let (scheme, encoded) = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let pair = String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()?;
    let (client_id, secret) = pair.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decode = |text: &str| url::form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned());
    Some((decode(client_id)?, decode(secret)?))
}

/// A form, as in the standard, or JSON, which Auth0 accepts as well.
fn read(request: &HttpRequest, body: &[u8]) -> Option<Parameters> {
    let parameters = if request.headers().get(header::CONTENT_TYPE).is_some_and(is_json) {
        let Value::Object(json) = serde_json::from_slice(body).ok()? else { return None };
        // Auth0's Python client sends null for what it does not ask for.
        let given = json.into_iter().filter(|(_, value)| !value.is_null());
        let pairs = given.map(|(name, value)| Some((name, value.as_str()?.to_owned())));
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
