//! `POST /backchannel-logout`: the provider ends sessions (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8). No browser
//! comes here, and no cookie counts: the request lives by its token.

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Form},
};
use serde::Deserialize;
use serde_json::json;
use tracing::{info, warn};

use crate::{clock::Clock, reference::Reference, session::RevocationStore, sign_in::RelyingParty};

/// The form.
#[derive(Deserialize)]
pub struct LogoutRequest {
    logout_token: String,
}

/// Answers `POST /backchannel-logout`: 200, or 400 with JSON that says why.
pub async fn backchannel_logout(
    form: Result<Form<LogoutRequest>, actix_web::Error>,
    party: Data<RelyingParty>,
    revocations: Data<dyn RevocationStore>,
    clock: Data<Clock>,
    reference: Reference,
) -> HttpResponse {
    let Ok(form) = form else { return refuse(StatusCode::BAD_REQUEST, "logout_token is missing") };
    let logout = match party.verify_logout_token(&form.logout_token).await {
        Ok(logout) => logout,
        Err(error) => {
            warn!("logout token refused: {error} [{reference}]");
            return refuse(StatusCode::BAD_REQUEST, "the logout token is not valid");
        }
    };
    match revocations.revoke(&logout, clock.now()).await {
        Ok(true) => {
            info!("ended by the provider: {:?} [{reference}]", logout.ended);
            HttpResponse::Ok().finish()
        }
        Ok(false) => refuse(StatusCode::BAD_REQUEST, "the logout token was used before"),
        Err(error) => {
            warn!("{error} [{reference}]");
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the session store can't be reached")
        }
    }
}

fn refuse(status: StatusCode, why: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({"error": "invalid_request", "error_description": why}))
}
