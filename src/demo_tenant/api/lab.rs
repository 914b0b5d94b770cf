//! What only this tenant has: checkpoints, faults, and sessions without clicks.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use crate::demo_tenant::{
    lab::{checkpoints::Checkpoint, faults::Fault, log::Event},
    state::Shared,
};

/// The name of the seed, beside the names of the checkpoints.
const SEED: &str = "seed";

/// `POST /api/checkpoints/{name}`: resets the tenant to a checkpoint, and returns the new organizations.
pub(super) async fn set_checkpoint(
    shared: web::Data<Shared>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let checkpoint = match name.parse::<Checkpoint>() {
        Ok(checkpoint) => Some(checkpoint),
        Err(_) if *name == SEED && shared.has_seed() => None,
        Err(unknown) => return Err(ApiError::not_found(unknown.to_string())),
    };
    shared.reset_to(checkpoint).await;
    let state = shared.state();
    let organizations = state.tenant.organizations.iter().map(|it| json!({"id": it.id, "name": it.name}));
    Ok(HttpResponse::Ok().json(json!({
        "checkpoint": checkpoint.map_or(SEED, Checkpoint::name),
        "organizations": organizations.collect::<Vec<_>>(),
    })))
}

#[derive(Debug, Deserialize)]
pub(super) struct FaultRequest {
    name: String,
    count: Option<u32>,
}

/// `POST /api/faults`: arms a fault for the next `count` sign-ins; 0 disarms it.
pub(super) async fn arm_fault(
    shared: web::Data<Shared>,
    body: web::Json<FaultRequest>,
) -> Result<HttpResponse, ApiError> {
    let fault = Fault::named(&body.name).map_err(|unknown| ApiError::bad_request(unknown.to_string()))?;
    let count = body.count.unwrap_or(1);
    shared.arm_fault(fault, count);
    Ok(HttpResponse::Ok().json(json!({"name": fault.name, "count": count})))
}

#[derive(Debug, Deserialize)]
pub(super) struct SessionRequest {
    user_id: String,
}

/// `POST /api/sessions`: signs a user in at the tenant as its pages do, and returns the session's cookie.
pub(super) async fn begin_session(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Json<SessionRequest>,
) -> Result<HttpResponse, ApiError> {
    let (mut state, now) = (shared.state(), shared.now());
    let user = state.tenant.user_snapshot(&body.user_id)?;
    let session = state.sessions.begin(shared.session_cookie.session_id(&request).as_deref(), user.id.clone(), now);
    state.tenant.record_sign_in(&user.id, now);
    state.record(Event::SessionCreated(user.clone()), now);
    let cookie = shared.session_cookie.with(session);
    Ok(HttpResponse::Created().cookie(cookie.clone()).json(json!({
        "user_id": user.id,
        "cookie": {"name": cookie.name(), "value": cookie.value()},
    })))
}
