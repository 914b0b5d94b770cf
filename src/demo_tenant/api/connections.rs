//! `/api/v2/connections`.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::{
    error::ApiError,
    input::{Body, FromParameters, Parameters, Query, check_outcome, member},
    paging::{Fields, List},
};
use crate::demo_tenant::{
    model::{
        changes::{Change, ChangeError},
        tenant::{Connection, Strategy},
    },
    state::Shared,
};

fn to_json(shared: &Shared, connection: &Connection) -> Value {
    let mut json = without_id(shared, &connection.name, connection.strategy);
    json["id"] = json!(connection.id);
    json
}

fn without_id(shared: &Shared, name: &str, strategy: Strategy) -> Value {
    json!({
        "name": name,
        "strategy": strategy.as_str(),
        "display_name": name,
        "enabled_clients": [shared.client.client_id],
        "options": {},
        "is_domain_connection": false,
    })
}

/// Which connections are listed.
#[derive(Debug)]
pub(super) struct Filter {
    name: Option<String>,
    /// One of these, if there are any.
    strategies: Vec<String>,
}

impl FromParameters for Filter {
    fn take_from(parameters: &mut Parameters) -> Result<Self, ApiError> {
        Ok(Self { name: parameters.text("name")?, strategies: parameters.all("strategy") })
    }
}

/// `GET`.
pub(super) async fn list(
    shared: web::Data<Shared>,
    Query((list, filter)): Query<(List, Filter)>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let wanted = |it: &&Connection| {
        filter.name.as_ref().is_none_or(|name| *name == it.name)
            && (filter.strategies.is_empty() || filter.strategies.iter().any(|one| one == it.strategy.as_str()))
    };
    let connections = state.tenant.connections.iter().filter(wanted).map(|it| to_json(&shared, it)).collect();
    Ok(HttpResponse::Ok().json(list.of("connections", connections)?))
}

/// `POST`.
pub(super) async fn create(
    shared: web::Data<Shared>,
    Body(body): Body<Map<String, Value>>,
) -> Result<HttpResponse, ApiError> {
    let missing = |name| ApiError::invalid_body(format!("missing field `{name}`"));
    let name: String = member(&body, "name")?.ok_or_else(|| missing("name"))?;
    let strategy: Strategy = member(&body, "strategy")?.ok_or_else(|| missing("strategy"))?;
    check_outcome(&body, &without_id(&shared, &name, strategy))?;
    let change = shared.change(|tenant| tenant.create_connection(&name, strategy, &shared.random)).await?;
    let Change::ConnectionCreated { id, .. } = change else { return Err(ChangeError::NoSuchConnection.into()) };
    let connection = shared.state().tenant.existing_connection(id.as_str())?;
    Ok(HttpResponse::Created().json(to_json(&shared, &connection)))
}

/// `GET …/{id}`.
pub(super) async fn read(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Query(fields): Query<Fields>,
) -> Result<HttpResponse, ApiError> {
    let connection = shared.state().tenant.existing_connection(&id)?;
    Ok(HttpResponse::Ok().json(fields.of(to_json(&shared, &connection))))
}

/// `DELETE …/{id}`.
pub(super) async fn delete(shared: web::Data<Shared>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.delete_connection(&id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
