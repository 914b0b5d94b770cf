//! What only this tenant has: the states of the lab.

use actix_web::{HttpResponse, http::StatusCode, web};
use serde_json::json;

use crate::demo_tenant::{checkpoints::Checkpoint, state::Shared};

/// `POST /api/checkpoints/{name}`: takes the tenant to a state of the lab, and tells the new organizations.
pub(crate) async fn set_checkpoint(shared: web::Data<Shared>, name: web::Path<String>) -> HttpResponse {
    let checkpoint = match name.parse::<Checkpoint>() {
        Ok(checkpoint) => checkpoint,
        Err(unknown) => return error(StatusCode::NOT_FOUND, &unknown.to_string()),
    };
    shared.restart_at(checkpoint);
    let state = shared.state();
    let organizations = state.tenant.organizations.iter().map(|it| json!({"id": it.id, "name": it.name}));
    HttpResponse::Ok().json(json!({
        "checkpoint": checkpoint.name(),
        "organizations": organizations.collect::<Vec<_>>(),
    }))
}

/// An error in the shape of Auth0's Management API.
fn error(status: StatusCode, message: &str) -> HttpResponse {
    let error = status.canonical_reason().unwrap_or_default();
    HttpResponse::build(status).json(json!({"statusCode": status.as_u16(), "error": error, "message": message}))
}
