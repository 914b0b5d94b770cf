//! `/api/v2/users`.

use actix_web::{HttpResponse, web};
use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    error::ApiError,
    input::{Body, FromParameters, Parameters, Query},
    organizations,
    paging::{Fields, List},
};
use crate::demo_tenant::{
    model::{
        changes::{Change, ChangeError},
        profile::UserUpdate,
        tenant::{Profile, Tenant, User},
    },
    state::Shared,
};

fn to_json(tenant: &Tenant, user: &User) -> Value {
    let connection = tenant.connection(user.connection.as_str());
    let id = user.id.as_str().split_once('|').map_or(user.id.as_str(), |(_, id)| id);
    let mut json = json!({
        "user_id": user.id,
        "email": user.email,
        "email_verified": user.profile.email_verified,
        "blocked": false,
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
    });
    let Profile { given_name, family_name, picture, user_metadata, app_metadata, .. } = &user.profile;
    for (name, value) in [("given_name", given_name), ("family_name", family_name), ("picture", picture)] {
        if let Some(value) = value {
            json[name] = value.as_str().into();
        }
    }
    for (name, metadata) in [("user_metadata", user_metadata), ("app_metadata", app_metadata)] {
        if !metadata.is_empty() {
            json[name] = metadata.clone().into();
        }
    }
    json
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t User, ApiError> {
    tenant.user(id).ok_or_else(|| ChangeError::NoSuchUser.into())
}

/// Which users are listed.
#[derive(Debug)]
pub(super) struct Search {
    email: Option<String>,
    connection: Option<String>,
}

impl FromParameters for Search {
    fn take_from(parameters: &mut Parameters) -> Result<Self, ApiError> {
        if parameters.text("search_engine")?.is_some_and(|version| version != "v3") {
            return Err(ApiError::invalid_query("search_engine must be v3"));
        }
        let query = parameters.text("q")?.filter(|query| !query.is_empty());
        let email = query.as_deref().map(searched_email).transpose()?;
        Ok(Self { email, connection: parameters.text("connection")? })
    }
}

/// The address in `email:"…"`, in lower case as users' addresses are. The quotes may be left out, unless the address
/// has characters that are more than text in Auth0's query language, such as the wildcard `*`.
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
    email.ok_or_else(|| ApiError::invalid_query("q must be email:\"…\": this tenant does not support other searches"))
}

/// `GET`.
pub(super) async fn list(
    shared: web::Data<Shared>,
    Query((list, search)): Query<(List, Search)>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let is_in =
        |user: &User, name: &str| state.tenant.connection_by_name(name).is_some_and(|it| it.id == user.connection);
    let users = state.tenant.users.iter().filter(|user| {
        search.email.as_ref().is_none_or(|email| *email == user.email)
            && search.connection.as_deref().is_none_or(|name| is_in(user, name))
    });
    let users = users.map(|user| to_json(&state.tenant, user)).collect();
    Ok(HttpResponse::Ok().json(list.of("users", users)?))
}

/// The parameter `email`, in lower case.
#[derive(Debug)]
pub(super) struct Email(String);

impl FromParameters for Email {
    fn take_from(parameters: &mut Parameters) -> Result<Self, ApiError> {
        let email = parameters.text("email")?.ok_or_else(|| ApiError::invalid_query("email is missing"))?;
        Ok(Self(email.to_lowercase()))
    }
}

/// `GET /api/v2/users-by-email`.
pub(super) async fn by_email(
    shared: web::Data<Shared>,
    Query((Email(email), fields)): Query<(Email, Fields)>,
) -> HttpResponse {
    let state = shared.state();
    let users = state.tenant.users.iter().filter(|user| user.email == email);
    HttpResponse::Ok().json(users.map(|user| fields.of(to_json(&state.tenant, user))).collect::<Vec<_>>())
}

/// The fields to create a user with, or to change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserBody {
    // Only to create a user.
    connection: Option<String>,
    email: Option<String>,
    /// Auth0 requires a password for users of a database. This tenant ignores it: it asks nobody for one.
    password: Option<String>,
    verify_email: Option<bool>,
    blocked: Option<bool>,
    // To create or to change a user.
    name: Option<String>,
    email_verified: Option<bool>,
    given_name: Option<String>,
    family_name: Option<String>,
    nickname: Option<String>,
    picture: Option<String>,
    #[serde(default)]
    user_metadata: Map<String, Value>,
    #[serde(default)]
    app_metadata: Map<String, Value>,
}

impl UserBody {
    /// Requires that fields that can't be changed have the values of the user. They may be sent: Auth0 requires
    /// `connection` with some changes.
    fn check_unchangeable(&self, tenant: &Tenant, id: &str) -> Result<(), ApiError> {
        let user = find(tenant, id)?;
        let connection = tenant.connection(user.connection.as_str()).map(|it| it.name.as_str());
        let is_other_address = |email: &String| email.to_lowercase() != user.email;
        let changed = [
            ("connection", self.connection.is_some() && self.connection.as_deref() != connection),
            ("email", self.email.as_ref().is_some_and(is_other_address)),
            ("password", self.password.is_some()),
        ];
        match changed.into_iter().find(|(_, is_changed)| *is_changed) {
            Some((name, _)) => Err(ApiError::invalid_body(format!("{name} can't be changed"))),
            None => Ok(()),
        }
    }

    fn into_update(self) -> Result<UserUpdate, ApiError> {
        if self.verify_email == Some(true) {
            return Err(ApiError::sends_no_email("verify_email"));
        }
        if self.blocked == Some(true) {
            return Err(ApiError::invalid_body("blocked must be false: this tenant can't block users"));
        }
        let Self {
            name, email_verified, given_name, family_name, nickname, picture, user_metadata, app_metadata, ..
        } = self;
        Ok(UserUpdate { name, email_verified, given_name, family_name, nickname, picture, user_metadata, app_metadata })
    }
}

/// `POST`: the connection is given by its name.
pub(super) async fn create(
    shared: web::Data<Shared>,
    Body(mut body): Body<UserBody>,
) -> Result<HttpResponse, ApiError> {
    let connection = body.connection.take().ok_or_else(|| ApiError::missing_field("connection"))?;
    let email = body.email.take().ok_or_else(|| ApiError::missing_field("email"))?;
    let connection = shared.state().tenant.connection_by_name(&connection).map(|it| it.id.to_string());
    let connection = connection.ok_or_else(|| ApiError::invalid_body("connection: The connection does not exist."))?;
    let (update, now) = (body.into_update()?, shared.now());
    let create = |tenant: &mut Tenant| tenant.create_user(&connection, &email, update, now, &shared.random);
    let Change::UserCreated(created) = shared.change(create).await? else { return Err(ChangeError::NoSuchUser.into()) };
    let state = shared.state();
    Ok(HttpResponse::Created().json(to_json(&state.tenant, find(&state.tenant, created.id.as_str())?)))
}

/// `GET …/{id}`.
pub(super) async fn read(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Query(fields): Query<Fields>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    Ok(HttpResponse::Ok().json(fields.of(to_json(&state.tenant, find(&state.tenant, &id)?))))
}

/// `PATCH …/{id}`.
pub(super) async fn update(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Body(body): Body<UserBody>,
) -> Result<HttpResponse, ApiError> {
    body.check_unchangeable(&shared.state().tenant, &id)?;
    let update = body.into_update()?;
    shared.change(|tenant| tenant.update_user(&id, update)).await?;
    let state = shared.state();
    Ok(HttpResponse::Ok().json(to_json(&state.tenant, find(&state.tenant, &id)?)))
}

/// `GET …/{id}/organizations`.
pub(super) async fn organizations(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Query(list): Query<List>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let user = find(&state.tenant, &id)?;
    let belongs = state.tenant.organizations.iter().filter(|it| it.has_member(&user.id));
    Ok(HttpResponse::Ok().json(list.of("organizations", belongs.map(organizations::to_json).collect())?))
}

/// `DELETE …/{id}`.
pub(super) async fn delete(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    _: Query<()>,
) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.delete_user(&id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
