//! `/api/v2/organizations/{id}/invitations`.

use actix_web::{HttpResponse, web};
use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::ApiError, organizations::find, paging::Paging};
use crate::demo_tenant::{
    model::{
        changes::ChangeError,
        invitations::NewInvitation,
        tenant::{Invitation, Organization},
    },
    state::Shared,
};

fn to_json(shared: &Shared, organization: &Organization, invitation: &Invitation) -> Value {
    json!({
        "id": invitation.id,
        "organization_id": organization.id,
        "inviter": {"name": invitation.inviter},
        "invitee": {"email": invitation.invitee},
        "invitation_url": invitation.link(&shared.client.initiate_login_uri, organization),
        "ticket_id": invitation.ticket,
        "created_at": invitation.created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "expires_at": invitation.expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "client_id": shared.client.client_id,
    })
}

/// `GET`.
pub(super) async fn list(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let organization = find(&state.tenant, &id)?;
    let open = organization.invitations.iter().filter(|it| shared.now() < it.expires_at);
    let invitations = open.map(|it| to_json(&shared, organization, it)).collect();
    Ok(HttpResponse::Ok().json(paging.of("invitations", invitations)?))
}

#[derive(Debug, Deserialize)]
pub(super) struct Creation {
    inviter: Inviter,
    invitee: Invitee,
    client_id: String,
    ttl_sec: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Inviter {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Invitee {
    email: String,
}

/// `POST`: no e-mail is sent; the link is in the response.
pub(super) async fn create(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    body: web::Json<Creation>,
) -> Result<HttpResponse, ApiError> {
    if body.client_id != shared.client.client_id {
        return Err(ApiError::bad_request("The client does not exist."));
    }
    let new = NewInvitation { email: &body.invitee.email, inviter: &body.inviter.name, seconds: body.ttl_sec };
    let invitation = shared.invite(&id, new).await?;
    let state = shared.state();
    Ok(HttpResponse::Created().json(to_json(&shared, find(&state.tenant, &id)?, &invitation)))
}

/// `GET …/{invitation}`.
pub(super) async fn read(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let organization = find(&state.tenant, &ids.0)?;
    let invitation = organization.invitations.iter().find(|it| it.id == ids.1 && shared.now() < it.expires_at);
    let invitation = invitation.ok_or(ChangeError::NoSuchInvitation)?;
    Ok(HttpResponse::Ok().json(to_json(&shared, organization, invitation)))
}

/// `DELETE …/{invitation}`.
pub(super) async fn revoke(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.revoke_invitation(&ids.0, &ids.1)).await?;
    Ok(HttpResponse::NoContent().finish())
}
