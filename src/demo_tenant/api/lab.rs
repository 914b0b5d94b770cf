//! What only this tenant has: checkpoints, faults, and sessions without clicks.

use std::num::NonZeroU32;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    error::ApiError,
    input::{Body, Query},
};
use crate::demo_tenant::{
    lab::{armed_faults::ArmedFault, checkpoints::Checkpoint, faults::Fault, log::Event},
    state::Shared,
};

/// The name of the seed, beside the names of the checkpoints.
const SEED: &str = "seed";

/// `GET /api/checkpoints`: the checkpoints, with the seed if there is one, and the one that the tenant started from.
pub(super) async fn checkpoints(shared: web::Data<Shared>, _: Query<()>) -> HttpResponse {
    let current = shared.state().checkpoint;
    let seed = shared.has_seed().then_some(None);
    let all = Checkpoint::ALL.into_iter().map(Some).chain(seed);
    let to_json = |it: Option<Checkpoint>| json!({"name": it.map_or(SEED, Checkpoint::name), "current": it == current});
    HttpResponse::Ok().json(all.map(to_json).collect::<Vec<_>>())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetOptions {
    #[serde(default)]
    clear_log: bool,
}

/// `POST /api/checkpoints/{name}`: jumps to a checkpoint, and returns the new organizations.
pub(super) async fn set_checkpoint(
    shared: web::Data<Shared>,
    name: web::Path<String>,
    Body(options): Body<ResetOptions>,
) -> Result<HttpResponse, ApiError> {
    let checkpoint = match name.parse::<Checkpoint>() {
        Ok(checkpoint) => Some(checkpoint),
        Err(_) if *name == SEED && shared.has_seed() => None,
        Err(unknown) => return Err(ApiError::not_found(unknown.to_string())),
    };
    shared.reset_to(checkpoint).await;
    let mut state = shared.state();
    if options.clear_log {
        state.log.clear();
    }
    let organizations = state.tenant.organizations.iter().map(|it| json!({"id": it.id, "name": it.name}));
    Ok(HttpResponse::Ok().json(json!({
        "checkpoint": checkpoint.map_or(SEED, Checkpoint::name),
        "organizations": organizations.collect::<Vec<_>>(),
    })))
}

/// An armed fault, in the form of a request that arms it. `user` is absent if it is for everybody.
fn to_json(armed: &ArmedFault) -> Value {
    let mut json = json!({"name": armed.fault.name, "count": armed.count});
    if let Some(user) = &armed.user {
        json["user"] = user.id.as_str().into();
    }
    json
}

/// `GET /api/faults`: the armed faults, each with the remaining number of sign-ins.
pub(super) async fn faults(shared: web::Data<Shared>, _: Query<()>) -> HttpResponse {
    HttpResponse::Ok().json(shared.state().faults.armed().iter().map(to_json).collect::<Vec<_>>())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultOrder {
    name: String,
    #[serde(default = "one")]
    count: NonZeroU32,
    user: Option<String>,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

/// `POST /api/faults`: arms a fault for the next `count` sign-ins, of one user or of everybody.
pub(super) async fn arm_fault(
    shared: web::Data<Shared>,
    Body(order): Body<FaultOrder>,
) -> Result<HttpResponse, ApiError> {
    let fault = Fault::named(&order.name).map_err(|unknown| ApiError::invalid_body(format!("name: {unknown}")))?;
    let armed = shared.arm_fault(fault, order.count, order.user.as_deref());
    let armed = armed.map_err(|_| ApiError::invalid_body("user must be the user_id of an existing user"))?;
    Ok(HttpResponse::Ok().json(to_json(&armed)))
}

/// An empty body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// `DELETE /api/faults`: cancels all of them.
pub(super) async fn call_off_faults(shared: web::Data<Shared>, _: Body<Nothing>) -> HttpResponse {
    shared.call_off_faults();
    HttpResponse::NoContent().finish()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionRequest {
    user_id: String,
}

/// `POST /api/sessions`: signs a user in at the tenant as its pages do, and returns the session's cookie.
pub(super) async fn begin_session(
    shared: web::Data<Shared>,
    request: HttpRequest,
    Body(body): Body<SessionRequest>,
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
