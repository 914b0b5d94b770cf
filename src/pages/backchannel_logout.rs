//! `POST /backchannel-logout`: the provider ends sessions (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8). The
//! request comes from no browser and carries no cookie: its token alone counts.

use actix_web::{
    HttpResponse,
    web::{Data, Form},
};
use serde::Deserialize;
use serde_json::json;
use tracing::{info, warn};

use super::{errors::failure::Failure, run_to_completion};
use crate::{reference::Reference, session::RevocationStore, sign_in::RelyingParty};

#[derive(Deserialize)]
pub struct LogoutRequest {
    logout_token: String,
}

/// The response is 200, or 400 with JSON that says why (2.8), even if the store caused the failure.
pub async fn backchannel_logout(
    form: Result<Form<LogoutRequest>, actix_web::Error>,
    relying_party: Data<RelyingParty>,
    revocations: Data<dyn RevocationStore>,
    reference: Reference,
) -> Result<HttpResponse, Failure> {
    let Ok(Form(LogoutRequest { logout_token })) = form else { return Ok(refuse("logout_token is missing")) };
    // A provider that gives up waiting may not send the token again.
    run_to_completion(async move { end(&logout_token, &relying_party, &**revocations, &reference).await }).await
}

async fn end(
    logout_token: &str,
    relying_party: &RelyingParty,
    revocations: &dyn RevocationStore,
    reference: &Reference,
) -> HttpResponse {
    let logout = match relying_party.verify_logout_token(logout_token).await {
        Ok(logout) => logout,
        Err(error) => {
            warn!(event = "logout_token_refused", %reference, "logout token refused: {error} [{reference}]");
            return refuse("the logout token is not valid");
        }
    };
    match revocations.revoke(&logout).await {
        Ok(true) => {
            let ended = &logout.ended;
            info!(event = "backchannel_logout", %reference, "session ended by the provider: {ended:?} [{reference}]");
            HttpResponse::Ok().finish()
        }
        Ok(false) => refuse("the logout token was used before"),
        Err(error) => {
            warn!(event = "error", %reference, "{error} [{reference}]");
            refuse("the session store can't be reached")
        }
    }
}

fn refuse(why: &str) -> HttpResponse {
    HttpResponse::BadRequest().json(json!({"error": "invalid_request", "error_description": why}))
}
