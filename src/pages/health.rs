//! `GET /healthz` and `GET /readyz`, for orchestration and monitoring.

use actix_web::{HttpResponse, web::Data};
use futures_util::future;
use serde_json::json;

use crate::{sign_in::RelyingParty, workspace::WorkspaceStore};

/// `GET /healthz`: the process is alive.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// `GET /readyz`: whether the provider can be reached and the store accepts writes. 503 if not.
pub async fn ready(relying_party: Data<RelyingParty>, workspaces: Data<dyn WorkspaceStore>) -> HttpResponse {
    let (provider, store) = future::join(relying_party.check_reachable(), workspaces.check_writable()).await;
    let (provider, store) = (provider.is_ok(), store.is_ok());
    let word = |reachable: bool| if reachable { "ok" } else { "unreachable" };
    let body = json!({"status": word(provider && store), "provider": word(provider), "session_store": word(store)});
    if provider && store { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}
