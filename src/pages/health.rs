//! `GET /healthz` and `GET /readyz`, for whoever starts and watches the app.

use actix_web::{HttpResponse, web::Data};
use futures_util::future;
use serde_json::json;

use crate::{sign_in::RelyingParty, workspace::WorkspaceStore};

/// Answers `GET /healthz`: the process is alive.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// Answers `GET /readyz`: whether provider and store can be reached; 503 where one can't.
pub async fn ready(party: Data<RelyingParty>, workspaces: Data<dyn WorkspaceStore>) -> HttpResponse {
    let (provider, store) = future::join(party.check_reachable(), workspaces.ping()).await;
    let (provider, store) = (provider.is_ok(), store.is_ok());
    let word = |reachable: bool| if reachable { "ok" } else { "unreachable" };
    let body = json!({"status": word(provider && store), "provider": word(provider), "session_store": word(store)});
    if provider && store { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}
