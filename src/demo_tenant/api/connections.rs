//! `/api/v2/connections`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::ApiError, paging::Paging};
use crate::demo_tenant::{
    model::{
        changes::{Change, ChangeError},
        tenant::{Connection, Strategy},
    },
    state::Shared,
};

fn to_json(shared: &Shared, connection: &Connection) -> Value {
    json!({
        "id": connection.id,
        "name": connection.name,
        "strategy": connection.strategy.as_str(),
        "display_name": connection.name,
        "enabled_clients": [shared.client.client_id],
        "options": {},
        "is_domain_connection": false,
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct Filter {
    name: Option<String>,
    strategy: Option<String>,
}

/// `GET`.
pub(super) async fn list(
    shared: web::Data<Shared>,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let wanted = |it: &&Connection| {
        filter.name.as_ref().is_none_or(|name| *name == it.name)
            && filter.strategy.as_ref().is_none_or(|strategy| strategy == it.strategy.as_str())
    };
    let connections = state.tenant.connections.iter().filter(wanted).map(|it| to_json(&shared, it)).collect();
    Ok(HttpResponse::Ok().json(paging.of("connections", connections)?))
}

#[derive(Debug, Deserialize)]
pub(super) struct Creation {
    name: String,
    strategy: String,
}

/// `POST`.
pub(super) async fn create(shared: web::Data<Shared>, body: web::Json<Creation>) -> Result<HttpResponse, ApiError> {
    let strategy = [Strategy::Enterprise, Strategy::Database].into_iter().find(|it| it.as_str() == body.strategy);
    let strategy = strategy.ok_or_else(|| ApiError::bad_request("strategy must be okta or auth0"))?;
    let change = shared.change(|tenant| tenant.create_connection(&body.name, strategy, &shared.random)).await?;
    let Change::ConnectionCreated { id, .. } = change else { return Err(ChangeError::NoSuchConnection.into()) };
    let connection = shared.state().tenant.existing_connection(id.as_str())?;
    Ok(HttpResponse::Created().json(to_json(&shared, &connection)))
}

/// `GET …/{id}`.
pub(super) async fn read(shared: web::Data<Shared>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let connection = shared.state().tenant.existing_connection(&id)?;
    Ok(HttpResponse::Ok().json(to_json(&shared, &connection)))
}

/// `DELETE …/{id}`.
pub(super) async fn delete(shared: web::Data<Shared>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.delete_connection(&id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
