//! `/api/v2/organizations/{id}/members`.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    error::ApiError,
    input::{Body, Query},
    organizations::find,
    paging::List,
};
use crate::demo_tenant::{
    issued::sessions::ApplicationSession,
    model::{
        changes::{ChangeError, Joining},
        tenant::Tenant,
    },
    state::{Shared, State},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Members {
    members: Vec<String>,
}

/// `GET`.
pub(super) async fn list(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Query(list): Query<List>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let members = find(&state.tenant, &id)?.members.iter().filter_map(|user| state.tenant.user(user.as_str()));
    let members = members.map(|user| {
        let mut json = json!({"user_id": user.id, "email": user.email, "name": user.name});
        if let Some(picture) = &user.profile.picture {
            json["picture"] = picture.as_str().into();
        }
        json
    });
    Ok(HttpResponse::Ok().json(list.of("members", members.collect())?))
}

/// `POST`: all of them or none.
pub(super) async fn add(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Body(body): Body<Members>,
) -> Result<HttpResponse, ApiError> {
    check(&shared.state().tenant, &id, &body)?;
    for user in &body.members {
        shared.change(|tenant| tenant.add_member(&id, user, Joining::Administrator)).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE`: users who are not members are ignored, as at Auth0.
pub(super) async fn remove(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Body(body): Body<Members>,
) -> Result<HttpResponse, ApiError> {
    let ended = end_memberships(&mut shared.state(), &id, &body, shared.now())?;
    shared.send_logout_tokens(ended).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Removes all at once: if the request were dropped midway, half of them would remain.
fn end_memberships(
    state: &mut State,
    id: &str,
    body: &Members,
    now: DateTime<Utc>,
) -> Result<Vec<ApplicationSession>, ApiError> {
    check(&state.tenant, id, body)?;
    let mut ended = Vec::new();
    for user in &body.members {
        match state.change(|tenant| tenant.remove_member(id, user), now) {
            Ok((_, of_this_user)) => ended.extend(of_this_user),
            Err(ChangeError::NotAMember) => {}
            Err(cause) => return Err(cause.into()),
        }
    }
    Ok(ended)
}

fn check(tenant: &Tenant, id: &str, body: &Members) -> Result<(), ApiError> {
    find(tenant, id)?;
    if body.members.is_empty() {
        return Err(ApiError::invalid_body("members must contain at least one user_id"));
    }
    match body.members.iter().find(|user| tenant.user(user).is_none()) {
        Some(unknown) => Err(ApiError::invalid_body(format!("members: no user has the user_id {unknown:?}"))),
        None => Ok(()),
    }
}
