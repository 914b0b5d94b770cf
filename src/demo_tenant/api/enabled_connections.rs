//! `/api/v2/organizations/{id}/enabled_connections`.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    error::ApiError,
    input::{Body, Query},
    paging::{Fields, List},
};
use crate::demo_tenant::{
    model::{
        changes::{Change, ChangeError},
        tenant::{EnabledConnection, Organization, Tenant},
    },
    state::Shared,
};

fn to_json(tenant: &Tenant, enabled: &EnabledConnection) -> Value {
    let connection = tenant.connection(enabled.connection.as_str());
    json!({
        "connection_id": enabled.connection,
        "assign_membership_on_login": enabled.assign_membership_on_login,
        "show_as_button": enabled.show_as_button,
        "is_signup_enabled": false,
        "connection": connection.map(|it| json!({"name": it.name, "strategy": it.strategy.as_str()})),
    })
}

fn organization<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t Organization, ApiError> {
    tenant.organization(id).ok_or_else(|| ChangeError::NoSuchOrganization.into())
}

fn found(tenant: &Tenant, id: &str, connection: &str) -> Result<Value, ApiError> {
    let organization = organization(tenant, id)?;
    let enabled = organization.enabled_connections.iter().find(|it| it.connection.as_str() == connection);
    Ok(to_json(tenant, enabled.ok_or(ChangeError::NotEnabled)?))
}

/// `GET`.
pub(super) async fn list(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Query(list): Query<List>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let enabled = all(&state.tenant, organization(&state.tenant, &id)?);
    Ok(HttpResponse::Ok().json(list.of("enabled_connections", enabled)?))
}

/// The connections that are enabled for an organization, in the order in which they were enabled.
pub(super) fn all(tenant: &Tenant, organization: &Organization) -> Vec<Value> {
    organization.enabled_connections.iter().map(|it| to_json(tenant, it)).collect()
}

/// A connection to enable.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEnabledConnection {
    pub(super) connection_id: String,
    #[serde(default)]
    assign_membership_on_login: bool,
    show_as_button: Option<bool>,
    is_signup_enabled: Option<bool>,
}

impl NewEnabledConnection {
    /// Checks what does not depend on the organization.
    pub(super) fn check(&self, tenant: &Tenant) -> Result<(), ApiError> {
        check_no_signup(self.is_signup_enabled)?;
        let connection = tenant.existing_connection(&self.connection_id);
        let connection = connection.map_err(|cause| ApiError::invalid_body(format!("connection_id: {cause}")))?;
        Ok(connection.check_button(self.show_as_button.unwrap_or(true))?)
    }
}

fn check_no_signup(is_signup_enabled: Option<bool>) -> Result<(), ApiError> {
    match is_signup_enabled {
        Some(true) => {
            Err(ApiError::invalid_body("is_signup_enabled must be false: this tenant does not support sign-up"))
        }
        Some(false) | None => Ok(()),
    }
}

/// Enables a connection that has been checked.
pub(super) async fn enable_one(
    shared: &Arc<Shared>,
    id: &str,
    new: &NewEnabledConnection,
) -> Result<Change, ChangeError> {
    let enable = |tenant: &mut Tenant| {
        let enabled = tenant.enable_connection(id, &new.connection_id, new.assign_membership_on_login)?;
        if let Some(shown) = new.show_as_button {
            tenant.show_as_button(id, &new.connection_id, shown)?;
        }
        Ok(enabled)
    };
    shared.change(enable).await
}

/// `POST`.
pub(super) async fn enable(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Body(body): Body<NewEnabledConnection>,
) -> Result<HttpResponse, ApiError> {
    organization(&shared.state().tenant, &id)?;
    body.check(&shared.state().tenant)?;
    enable_one(&shared, &id, &body).await?;
    Ok(HttpResponse::Created().json(found(&shared.state().tenant, &id, &body.connection_id)?))
}

/// `GET …/{connection}`.
pub(super) async fn read(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
    Query(fields): Query<Fields>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(fields.of(found(&shared.state().tenant, &ids.0, &ids.1)?)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Update {
    assign_membership_on_login: Option<bool>,
    show_as_button: Option<bool>,
    is_signup_enabled: Option<bool>,
}

/// `PATCH …/{connection}`.
pub(super) async fn update(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
    Body(body): Body<Update>,
) -> Result<HttpResponse, ApiError> {
    check_no_signup(body.is_signup_enabled)?;
    if let Some(shown) = body.show_as_button {
        shared.change(|tenant| tenant.show_as_button(&ids.0, &ids.1, shown)).await?;
    }
    if let Some(on) = body.assign_membership_on_login {
        shared.change(|tenant| tenant.set_auto_membership(&ids.0, &ids.1, on)).await?;
    }
    Ok(HttpResponse::Ok().json(found(&shared.state().tenant, &ids.0, &ids.1)?))
}

/// `DELETE …/{connection}`.
pub(super) async fn disable(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
    _: Query<()>,
) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.disable_connection(&ids.0, &ids.1)).await?;
    Ok(HttpResponse::NoContent().finish())
}
