//! What the tenant publishes about itself (OpenID Connect Discovery 1.0, 3 and 4).

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::probe::is_probe;
use crate::demo_tenant::state::Shared;

/// `GET /.well-known/openid-configuration`.
pub(crate) async fn configuration(shared: web::Data<Shared>) -> HttpResponse {
    let at = |path: &str| format!("{}{path}", shared.issuer);
    HttpResponse::Ok().json(json!({
        "issuer": shared.issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("oauth/token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at(".well-known/jwks.json"),
        "end_session_endpoint": at("oidc/logout"),
        "scopes_supported": ["openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "select_account"],
        "claims_supported": [
            "iss", "aud", "sub", "iat", "exp", "sid", "nonce", "auth_time", "org_id", "org_name",
            "name", "nickname", "updated_at", "email", "email_verified",
        ],
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    }))
}

/// `GET /.well-known/jwks.json`.
pub(crate) async fn jwks(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    // No browser: the application.
    let is_application = !is_probe(&request) && !request.headers().contains_key("sec-fetch-site");
    // Asked before anything is noted, so that a request that changes nothing makes no revision.
    if is_application && shared.state().faults.awaits_keys() {
        shared.state().faults.observe_keys(shared.now());
    }
    HttpResponse::Ok().json(shared.signing_key.wait().await.jwks())
}
