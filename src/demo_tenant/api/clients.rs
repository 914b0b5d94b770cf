//! `/api/v2/clients` and `/api/v2/tenants/settings`: the application, and what the tenant allows it.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::ApiError, paging::Paging};
use crate::demo_tenant::{
    model::{
        client::{MANAGEMENT_CLIENT_ID, MANAGEMENT_CLIENT_SECRET},
        tenant::{OrganizationUsage, RequireBehaviorField, Tenant, UsageField},
    },
    state::Shared,
};

fn application(shared: &Shared, tenant: &Tenant) -> Value {
    let client = &shared.client;
    let (usage, behavior) = match tenant.usage {
        OrganizationUsage::Individuals => ("deny", "no_prompt"),
        OrganizationUsage::Both => ("allow", "no_prompt"),
        OrganizationUsage::Business { prompt_for_organization: false } => ("require", "no_prompt"),
        OrganizationUsage::Business { prompt_for_organization: true } => ("require", "pre_login_prompt"),
    };
    json!({
        "client_id": client.client_id,
        "name": client.name,
        "app_type": "spa",
        "is_first_party": true,
        "oidc_conformant": true,
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "callbacks": client.callbacks,
        "allowed_logout_urls": client.logout_urls,
        "initiate_login_uri": client.initiate_login_uri,
        "oidc_logout": {"backchannel_logout_urls": [client.backchannel_logout_uri]},
        "jwt_configuration": {"alg": "RS256"},
        "organization_usage": usage,
        "organization_require_behavior": behavior,
    })
}

fn script() -> Value {
    json!({
        "client_id": MANAGEMENT_CLIENT_ID,
        "client_secret": MANAGEMENT_CLIENT_SECRET,
        "name": "Management API",
        "app_type": "non_interactive",
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["client_credentials"],
    })
}

fn find(shared: &Shared, id: &str) -> Result<Value, ApiError> {
    let clients = [application(shared, &shared.state().tenant), script()];
    let client = clients.into_iter().find(|client| client["client_id"] == id);
    client.ok_or_else(|| ApiError::not_found("The client does not exist."))
}

/// `GET /api/v2/clients`.
pub(super) async fn list(shared: web::Data<Shared>, paging: web::Query<Paging>) -> Result<HttpResponse, ApiError> {
    let clients = vec![application(&shared, &shared.state().tenant), script()];
    Ok(HttpResponse::Ok().json(paging.of("clients", clients)?))
}

/// `GET /api/v2/clients/{id}`.
pub(super) async fn read(shared: web::Data<Shared>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(find(&shared, &id)?))
}

#[derive(Debug, Deserialize)]
pub(super) struct ClientUpdate {
    organization_usage: Option<UsageField>,
    organization_require_behavior: Option<RequireBehaviorField>,
}

/// `PATCH /api/v2/clients/{id}`: of the application, its organization usage.
pub(super) async fn update(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    body: web::Json<ClientUpdate>,
) -> Result<HttpResponse, ApiError> {
    if *id != shared.client.client_id {
        find(&shared, &id)?;
        return Err(ApiError::bad_request("this client has no organization usage"));
    }
    let before = shared.state().tenant.usage;
    let usage = before.with_fields(body.organization_usage, body.organization_require_behavior);
    if usage != before {
        shared.change(|tenant| Ok(tenant.set_usage(usage))).await?;
    }
    Ok(HttpResponse::Ok().json(find(&shared, &id)?))
}

/// `GET /api/v2/tenants/settings`.
pub(super) async fn settings(shared: web::Data<Shared>) -> HttpResponse {
    let allowed = shared.state().tenant.organization_names_allowed;
    HttpResponse::Ok().json(json!({
        "friendly_name": "Demo Tenant",
        "allow_organization_name_in_authentication_api": allowed,
    }))
}

#[derive(Debug, Deserialize)]
pub(super) struct SettingsUpdate {
    allow_organization_name_in_authentication_api: bool,
}

/// `PATCH /api/v2/tenants/settings`.
pub(super) async fn update_settings(
    shared: web::Data<Shared>,
    body: web::Json<SettingsUpdate>,
) -> Result<HttpResponse, ApiError> {
    let allowed = body.allow_organization_name_in_authentication_api;
    shared.change(|tenant| Ok(tenant.allow_organization_names(allowed))).await?;
    Ok(settings(shared).await)
}
