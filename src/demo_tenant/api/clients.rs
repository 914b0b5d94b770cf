//! `/api/v2/clients` and `/api/v2/tenants/settings`: the application, and what the tenant allows it.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::{
    error::ApiError,
    input::{Body, FromParameters, Parameters, Query, check_outcome, member},
    paging::{Fields, List},
};
use crate::demo_tenant::{
    model::{client::MANAGEMENT_CLIENT_ID, fields::check_name, tenant::OrganizationUsage},
    state::Shared,
};

fn application(shared: &Shared, usage: OrganizationUsage) -> Value {
    let client = &shared.client;
    let (usage, behavior) = match usage {
        OrganizationUsage::Individuals => ("deny", "no_prompt"),
        OrganizationUsage::Both => ("allow", "no_prompt"),
        OrganizationUsage::Business { prompt_for_organization: false } => ("require", "no_prompt"),
        OrganizationUsage::Business { prompt_for_organization: true } => ("require", "pre_login_prompt"),
    };
    json!({
        "client_id": client.client_id,
        "name": client.name,
        "app_type": "spa",
        "is_global": false,
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

fn script(secret: &str) -> Value {
    json!({
        "client_id": MANAGEMENT_CLIENT_ID,
        "client_secret": secret,
        "name": "Management API",
        "app_type": "non_interactive",
        "is_global": false,
        "is_first_party": true,
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["client_credentials"],
    })
}

fn all(shared: &Shared) -> [Value; 2] {
    let state = shared.state();
    [application(shared, state.tenant.usage), script(&state.management_secret)]
}

fn find(shared: &Shared, id: &str) -> Result<Value, ApiError> {
    let client = all(shared).into_iter().find(|client| client["client_id"] == id);
    client.ok_or_else(|| ApiError::not_found("The client does not exist."))
}

/// Which clients are listed.
#[derive(Debug)]
pub(super) struct Filter {
    is_global: Option<bool>,
    is_first_party: Option<bool>,
    app_type: Option<String>,
}

impl FromParameters for Filter {
    fn take_from(parameters: &mut Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            is_global: parameters.value("is_global", "true or false")?,
            is_first_party: parameters.value("is_first_party", "true or false")?,
            app_type: parameters.text("app_type")?,
        })
    }
}

impl Filter {
    fn admits(&self, client: &Value) -> bool {
        self.is_global.is_none_or(|is_global| client["is_global"] == is_global)
            && self.is_first_party.is_none_or(|is_first_party| client["is_first_party"] == is_first_party)
            && self.app_type.as_ref().is_none_or(|types| types.split(',').any(|one| client["app_type"] == one))
    }
}

/// `GET /api/v2/clients`.
pub(super) async fn list(
    shared: web::Data<Shared>,
    Query((list, filter)): Query<(List, Filter)>,
) -> Result<HttpResponse, ApiError> {
    let clients = all(&shared).into_iter().filter(|client| filter.admits(client)).collect();
    Ok(HttpResponse::Ok().json(list.of("clients", clients)?))
}

/// `GET /api/v2/clients/{id}`.
pub(super) async fn read(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Query(fields): Query<Fields>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(fields.of(find(&shared, &id)?)))
}

/// `PATCH /api/v2/clients/{id}`: changes the application's organization usage. Nothing else can be changed.
pub(super) async fn update(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Body(body): Body<Map<String, Value>>,
) -> Result<HttpResponse, ApiError> {
    if *id != shared.client.client_id {
        check_outcome(&body, &find(&shared, &id)?)?;
        return Ok(HttpResponse::Ok().json(find(&shared, &id)?));
    }
    let before = shared.state().tenant.usage;
    let (usage, behavior) = (member(&body, "organization_usage")?, member(&body, "organization_require_behavior")?);
    let after = before.with_fields(usage, behavior);
    check_outcome(&body, &application(&shared, after))?;
    if after != before {
        shared.change(|tenant| Ok(tenant.set_usage(after))).await?;
    }
    Ok(HttpResponse::Ok().json(find(&shared, &id)?))
}

fn settings_json(friendly_name: &str, organization_names_allowed: bool) -> Value {
    json!({
        "friendly_name": friendly_name,
        "allow_organization_name_in_authentication_api": organization_names_allowed,
    })
}

/// The tenant's settings as they are.
fn current_settings(shared: &Shared) -> Value {
    let tenant = &shared.state().tenant;
    settings_json(&tenant.friendly_name, tenant.organization_names_allowed)
}

/// `GET /api/v2/tenants/settings`.
pub(super) async fn settings(shared: web::Data<Shared>, Query(fields): Query<Fields>) -> HttpResponse {
    HttpResponse::Ok().json(fields.of(current_settings(&shared)))
}

/// `PATCH /api/v2/tenants/settings`.
pub(super) async fn update_settings(
    shared: web::Data<Shared>,
    Body(body): Body<Map<String, Value>>,
) -> Result<HttpResponse, ApiError> {
    let name: Option<String> = member(&body, "friendly_name")?;
    let allowed: Option<bool> = member(&body, "allow_organization_name_in_authentication_api")?;
    check_outcome(&body, &settings_json(name.as_deref().unwrap_or_default(), allowed.unwrap_or_default()))?;
    if let Some(name) = name {
        check_name("friendly_name", &name)?;
        shared.change(|tenant| Ok(tenant.set_friendly_name(name))).await?;
    }
    if let Some(allowed) = allowed {
        shared.change(|tenant| Ok(tenant.allow_organization_names(allowed))).await?;
    }
    Ok(HttpResponse::Ok().json(current_settings(&shared)))
}
