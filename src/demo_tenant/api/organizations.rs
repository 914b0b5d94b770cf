//! `/api/v2/organizations`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    enabled_connections::{self, NewEnabledConnection},
    error::ApiError,
    input::{Body, Query},
    paging::{Fields, List},
};
use crate::demo_tenant::{
    model::{
        changes::{Change, ChangeError},
        directory::{NewOrganization, OrganizationUpdate},
        tenant::{Branding, Organization, Tenant},
    },
    state::Shared,
};

pub(super) fn to_json(organization: &Organization) -> Value {
    let mut json = json!({
        "id": organization.id,
        "name": organization.name,
        "display_name": organization.display_name,
        "metadata": organization.metadata,
    });
    if let Some(branding) = &organization.branding {
        json["branding"] = json!(branding);
    }
    json
}

pub(super) fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t Organization, ApiError> {
    tenant.organization(id).ok_or_else(|| ChangeError::NoSuchOrganization.into())
}

/// `GET`.
pub(super) async fn list(shared: web::Data<Shared>, Query(list): Query<List>) -> Result<HttpResponse, ApiError> {
    let organizations = shared.state().tenant.organizations.iter().map(to_json).collect();
    Ok(HttpResponse::Ok().json(list.of("organizations", organizations)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Creation {
    name: String,
    display_name: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    branding: Option<Branding>,
    #[serde(default)]
    enabled_connections: Vec<NewEnabledConnection>,
}

/// `POST`.
pub(super) async fn create(shared: web::Data<Shared>, Body(body): Body<Creation>) -> Result<HttpResponse, ApiError> {
    let Creation { name, display_name, metadata, branding, enabled_connections } = body;
    for (index, enabled) in enabled_connections.iter().enumerate() {
        enabled.check(&shared.state().tenant)?;
        if enabled_connections[..index].iter().any(|it| it.connection_id == enabled.connection_id) {
            return Err(ChangeError::AlreadyEnabled.into());
        }
    }
    let new = NewOrganization { name, display_name, metadata, branding };
    let change = shared.change(|tenant| tenant.create_organization(new, &shared.random)).await?;
    let Change::OrganizationCreated(created) = change else { return Err(ChangeError::NoSuchOrganization.into()) };
    let id = created.id.as_str();
    for enabled in &enabled_connections {
        enabled_connections::enable_one(&shared, id, enabled).await?;
    }
    let state = shared.state();
    let organization = find(&state.tenant, id)?;
    let mut json = to_json(organization);
    // As at Auth0, only the response to the creation has them.
    if !organization.enabled_connections.is_empty() {
        json["enabled_connections"] = enabled_connections::all(&state.tenant, organization).into();
    }
    Ok(HttpResponse::Created().json(json))
}

/// `GET …/{id}`.
pub(super) async fn read(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Query(fields): Query<Fields>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(fields.of(to_json(find(&shared.state().tenant, &id)?))))
}

/// `GET …/name/{name}`.
pub(super) async fn read_by_name(
    shared: web::Data<Shared>,
    name: web::Path<String>,
    Query(fields): Query<Fields>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let organization = state.tenant.organization_by_name(&name).ok_or(ChangeError::NoSuchOrganization)?;
    Ok(HttpResponse::Ok().json(fields.of(to_json(organization))))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Update {
    name: Option<String>,
    display_name: Option<String>,
    metadata: Option<BTreeMap<String, String>>,
    branding: Option<Branding>,
}

/// `PATCH …/{id}`.
pub(super) async fn update(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Body(body): Body<Update>,
) -> Result<HttpResponse, ApiError> {
    let Update { name, display_name, metadata, branding } = body;
    let update = OrganizationUpdate { name, display_name, metadata, branding };
    shared.change(|tenant| tenant.update_organization(&id, update)).await?;
    Ok(HttpResponse::Ok().json(to_json(find(&shared.state().tenant, &id)?)))
}

/// `DELETE …/{id}`.
pub(super) async fn delete(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    _: Query<()>,
) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.delete_organization(&id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
