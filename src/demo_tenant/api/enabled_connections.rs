//! `/api/v2/organizations/{id}/enabled_connections`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    error::ApiError,
    organizations::{EnabledConnectionCreation, find},
    paging::Paging,
};
use crate::demo_tenant::{
    model::{
        changes::ChangeError,
        tenant::{EnabledConnection, Tenant},
    },
    state::Shared,
};

fn to_json(tenant: &Tenant, enabled: &EnabledConnection) -> Value {
    let connection = tenant.connection(enabled.connection.as_str());
    json!({
        "connection_id": enabled.connection,
        "assign_membership_on_login": enabled.assign_membership_on_login,
        "show_as_button": true,
        "connection": connection.map(|it| json!({"name": it.name, "strategy": it.strategy.as_str()})),
    })
}

fn found(tenant: &Tenant, organization: &str, connection: &str) -> Result<Value, ApiError> {
    let organization = find(tenant, organization)?;
    let enabled = organization.enabled_connections.iter().find(|it| it.connection.as_str() == connection);
    Ok(to_json(tenant, enabled.ok_or(ChangeError::NotEnabled)?))
}

/// `GET`.
pub(super) async fn list(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let enabled = find(&state.tenant, &id)?.enabled_connections.iter().map(|it| to_json(&state.tenant, it));
    Ok(HttpResponse::Ok().json(paging.of("enabled_connections", enabled.collect())?))
}

/// `POST`.
pub(super) async fn enable(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    body: web::Json<EnabledConnectionCreation>,
) -> Result<HttpResponse, ApiError> {
    let EnabledConnectionCreation { connection_id, assign_membership_on_login } = body.into_inner();
    shared.change(|tenant| tenant.enable_connection(&id, &connection_id, assign_membership_on_login)).await?;
    Ok(HttpResponse::Created().json(found(&shared.state().tenant, &id, &connection_id)?))
}

/// `GET …/{connection}`.
pub(super) async fn read(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(found(&shared.state().tenant, &ids.0, &ids.1)?))
}

#[derive(Debug, Deserialize)]
pub(super) struct Update {
    assign_membership_on_login: Option<bool>,
}

/// `PATCH …/{connection}`.
pub(super) async fn update(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
    body: web::Json<Update>,
) -> Result<HttpResponse, ApiError> {
    if let Some(on) = body.assign_membership_on_login {
        shared.change(|tenant| tenant.set_auto_membership(&ids.0, &ids.1, on)).await?;
    }
    Ok(HttpResponse::Ok().json(found(&shared.state().tenant, &ids.0, &ids.1)?))
}

/// `DELETE …/{connection}`.
pub(super) async fn disable(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.disable_connection(&ids.0, &ids.1)).await?;
    Ok(HttpResponse::NoContent().finish())
}
