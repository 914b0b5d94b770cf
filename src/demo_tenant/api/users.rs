//! `/api/v2/users`.

use actix_web::{HttpResponse, web};
use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::ApiError, organizations, paging::Paging};
use crate::demo_tenant::{
    model::{
        changes::{Change, ChangeError},
        tenant::{Tenant, User},
    },
    state::Shared,
};

fn to_json(tenant: &Tenant, user: &User) -> Value {
    let connection = tenant.connection(user.connection.as_str());
    let id = user.id.as_str().split_once('|').map_or(user.id.as_str(), |(_, id)| id);
    json!({
        "user_id": user.id,
        "email": user.email,
        "email_verified": true,
        "name": user.name,
        "nickname": user.nickname(),
        "identities": [{
            "user_id": id,
            "provider": connection.map(|it| it.strategy.as_str()),
            "connection": connection.map(|it| &it.name),
            "isSocial": false,
        }],
        "created_at": user.created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "updated_at": user.updated_at.to_rfc3339_opts(SecondsFormat::Millis, true),
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct Search {
    q: Option<String>,
}

/// `GET`. Of Auth0's query language only `email:"…"` is supported.
pub(super) async fn list(
    shared: web::Data<Shared>,
    search: web::Query<Search>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    let email = search.q.as_deref().filter(|query| !query.is_empty()).map(searched_email).transpose()?;
    let state = shared.state();
    let users = state.tenant.users.iter().filter(|user| email.as_ref().is_none_or(|email| *email == user.email));
    let users = users.map(|user| to_json(&state.tenant, user)).collect();
    Ok(HttpResponse::Ok().json(paging.of("users", users)?))
}

/// The address in `email:"…"`, in lower case as users' addresses are. The quotes may be left out, unless the address has
/// characters that are more than text in Auth0's query language, such as the wildcard `*`.
fn searched_email(query: &str) -> Result<String, ApiError> {
    let value = query.trim().strip_prefix("email:");
    let quoted = value.and_then(|value| value.strip_prefix('"')?.strip_suffix('"'));
    let is_text = |it: char| !it.is_whitespace() && !it.is_control() && !"\"\\".contains(it);
    let is_plain = |it: char| is_text(it) && !"*?~^()[]{}:/<>=&|!".contains(it);
    let email = match (quoted, value) {
        (Some(quoted), _) => Some(quoted).filter(|it| it.chars().all(is_text)),
        (None, value) => value.filter(|it| it.chars().all(is_plain)),
    };
    let email = email.filter(|email| !email.is_empty()).map(str::to_lowercase);
    email.ok_or_else(|| ApiError::bad_request("q must be email:\"…\", and nothing else: no other search is supported"))
}

#[derive(Debug, Deserialize)]
pub(super) struct Address {
    email: String,
}

/// `GET /api/v2/users-by-email`.
pub(super) async fn by_email(shared: web::Data<Shared>, address: web::Query<Address>) -> HttpResponse {
    let (state, email) = (shared.state(), address.email.to_lowercase());
    let users = state.tenant.users.iter().filter(|user| user.email == email);
    HttpResponse::Ok().json(users.map(|user| to_json(&state.tenant, user)).collect::<Vec<_>>())
}

#[derive(Debug, Deserialize)]
pub(super) struct Creation {
    connection: String,
    email: String,
    #[serde(default)]
    name: String,
}

/// `POST`: the connection is given by its name. A password is ignored: there are none.
pub(super) async fn create(shared: web::Data<Shared>, body: web::Json<Creation>) -> Result<HttpResponse, ApiError> {
    let now = shared.now();
    let change = shared.change(|tenant| {
        let connection = tenant.connection_by_name(&body.connection).ok_or(ChangeError::NoSuchConnection)?;
        let connection = connection.id.to_string();
        tenant.create_user(&connection, &body.email, &body.name, now, &shared.random)
    });
    let Change::UserCreated(created) = change.await? else { return Err(ChangeError::NoSuchUser.into()) };
    let state = shared.state();
    let user = state.tenant.user(created.id.as_str()).ok_or(ChangeError::NoSuchUser)?;
    Ok(HttpResponse::Created().json(to_json(&state.tenant, user)))
}

/// `GET …/{id}`.
pub(super) async fn read(shared: web::Data<Shared>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let user = state.tenant.user(&id).ok_or(ChangeError::NoSuchUser)?;
    Ok(HttpResponse::Ok().json(to_json(&state.tenant, user)))
}

/// `GET …/{id}/organizations`.
pub(super) async fn organizations(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let user = state.tenant.user(&id).ok_or(ChangeError::NoSuchUser)?;
    let belongs = state.tenant.organizations.iter().filter(|it| it.has_member(&user.id));
    Ok(HttpResponse::Ok().json(paging.of("organizations", belongs.map(organizations::to_json).collect())?))
}

/// `DELETE …/{id}`.
pub(super) async fn delete(shared: web::Data<Shared>, id: web::Path<String>) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.delete_user(&id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
