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
        connection::ConnectionUpdate,
        tenant::{Connection, Strategy, Tenant},
    },
    state::Shared,
};

fn to_json(shared: &Shared, connection: &Connection) -> Value {
    json!({
        "id": connection.id,
        "name": connection.name,
        "strategy": connection.strategy.as_str(),
        "display_name": connection.display_name,
        "options": connection.options,
        "metadata": connection.metadata,
        "enabled_clients": [shared.client.client_id],
        "realms": [connection.name],
        "show_as_button": true,
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

/// The settings in a body that can be set at creation and changed later.
fn settings(body: &Map<String, Value>) -> Result<ConnectionUpdate, ApiError> {
    Ok(ConnectionUpdate {
        display_name: member(body, "display_name")?,
        options: member(body, "options")?,
        metadata: member(body, "metadata")?,
    })
}

/// `POST`.
pub(super) async fn create(
    shared: web::Data<Shared>,
    Body(body): Body<Map<String, Value>>,
) -> Result<HttpResponse, ApiError> {
    let name: String = member(&body, "name")?.ok_or_else(|| ApiError::missing_field("name"))?;
    let strategy: Strategy = member(&body, "strategy")?.ok_or_else(|| ApiError::missing_field("strategy"))?;
    let update = settings(&body)?;
    if body.contains_key("id") {
        return Err(ApiError::invalid_body("id can't be set"));
    }
    let outcome = update.clone().applied_to(Connection::new(&name, strategy, &shared.random))?;
    check_outcome(&body, &to_json(&shared, &outcome))?;
    let create = |tenant: &mut Tenant| tenant.create_connection(&name, strategy, update, &shared.random);
    let change = shared.change(create).await?;
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

/// `PATCH …/{id}`: `options` and `metadata` are replaced as a whole, as at Auth0.
pub(super) async fn update(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Body(body): Body<Map<String, Value>>,
) -> Result<HttpResponse, ApiError> {
    let update = settings(&body)?;
    let before = shared.state().tenant.existing_connection(&id)?;
    let after = update.clone().applied_to(before.clone())?;
    check_outcome(&body, &to_json(&shared, &after))?;
    if after != before {
        shared.change(|tenant| tenant.update_connection(&id, update)).await?;
    }
    Ok(HttpResponse::Ok().json(to_json(&shared, &after)))
}

/// `DELETE …/{id}`.
pub(super) async fn delete(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    _: Query<()>,
) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.delete_connection(&id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
