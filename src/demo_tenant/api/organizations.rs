//! `/api/v2/organizations`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::ApiError, paging::Paging};
use crate::demo_tenant::{
    model::{
        changes::{Change, ChangeError},
        directory::{NewOrganization, OrganizationUpdate},
        tenant::{Organization, Tenant},
    },
    state::Shared,
};

pub(super) fn to_json(organization: &Organization) -> Value {
    json!({
        "id": organization.id,
        "name": organization.name,
        "display_name": organization.display_name,
        "metadata": organization.metadata,
    })
}

pub(super) fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t Organization, ApiError> {
    tenant.organization(id).ok_or_else(|| ChangeError::NoSuchOrganization.into())
}

/// `GET`.
pub(super) async fn list(shared: web::Data<Shared>, paging: web::Query<Paging>) -> Result<HttpResponse, ApiError> {
    let organizations = shared.state().tenant.organizations.iter().map(to_json).collect();
    Ok(HttpResponse::Ok().json(paging.of("organizations", organizations)?))
}

#[derive(Debug, Deserialize)]
pub(super) struct Creation {
    name: String,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    enabled_connections: Vec<EnabledConnectionCreation>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EnabledConnectionCreation {
    pub(super) connection_id: String,
    #[serde(default)]
    pub(super) assign_membership_on_login: bool,
}

/// `POST`.
pub(super) async fn create(shared: web::Data<Shared>, body: web::Json<Creation>) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    for (index, enabled) in body.enabled_connections.iter().enumerate() {
        shared.state().tenant.existing_connection(&enabled.connection_id)?;
        if body.enabled_connections[..index].iter().any(|it| it.connection_id == enabled.connection_id) {
            return Err(ChangeError::AlreadyEnabled.into());
        }
    }
    let new = NewOrganization { name: body.name, display_name: body.display_name, metadata: body.metadata };
    let change = shared.change(|tenant| tenant.create_organization(new, &shared.random)).await?;
    let Change::OrganizationCreated(created) = change else { return Err(ChangeError::NoSuchOrganization.into()) };
    let id = created.id.as_str();
    for EnabledConnectionCreation { connection_id, assign_membership_on_login } in body.enabled_connections {
        let enable = |tenant: &mut Tenant| tenant.enable_connection(id, &connection_id, assign_membership_on_login);
        shared.change(enable).await?;
    }
    Ok(HttpResponse::Created().json(to_json(find(&shared.state().tenant, id)?)))
}

/// `GET …/{id}`.
pub(super) async fn read(shared: web::Data<Shared>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(to_json(find(&shared.state().tenant, &id)?)))
}

/// `GET …/name/{name}`.
pub(super) async fn read_by_name(shared: web::Data<Shared>, name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let organization = state.tenant.organization_by_name(&name).ok_or(ChangeError::NoSuchOrganization)?;
    Ok(HttpResponse::Ok().json(to_json(organization)))
}

#[derive(Debug, Deserialize)]
pub(super) struct Update {
    name: Option<String>,
    display_name: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
}

/// `PATCH …/{id}`.
pub(super) async fn update(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    body: web::Json<Update>,
) -> Result<HttpResponse, ApiError> {
    let Update { name, display_name, metadata } = body.into_inner();
    let update = OrganizationUpdate { name, display_name, metadata };
    shared.change(|tenant| tenant.update_organization(&id, update)).await?;
    Ok(HttpResponse::Ok().json(to_json(find(&shared.state().tenant, &id)?)))
}

/// `DELETE …/{id}`.
pub(super) async fn delete(shared: web::Data<Shared>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.delete_organization(&id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
