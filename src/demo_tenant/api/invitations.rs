//! `/api/v2/organizations/{id}/invitations`.

use actix_web::{HttpResponse, web};
use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    error::ApiError,
    input::{Body, Query},
    organizations::find,
    paging::{Fields, List},
};
use crate::demo_tenant::{
    model::{
        changes::ChangeError,
        invitations::NewInvitation,
        tenant::{Invitation, Organization},
    },
    state::Shared,
};

fn to_json(shared: &Shared, organization: &Organization, invitation: &Invitation) -> Value {
    let mut json = json!({
        "id": invitation.id,
        "organization_id": organization.id,
        "inviter": {"name": invitation.inviter},
        "invitee": {"email": invitation.invitee},
        "invitation_url": invitation.link(&shared.client.initiate_login_uri, organization),
        "ticket_id": invitation.ticket,
        "created_at": invitation.created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "expires_at": invitation.expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "client_id": shared.client.client_id,
        // This tenant has no roles, and an invitation changes nothing of a user but the membership.
        "roles": [],
        "user_metadata": {},
        "app_metadata": {},
    });
    if let Some(connection) = &invitation.connection {
        json["connection_id"] = json!(connection);
    }
    json
}

/// `GET`.
pub(super) async fn list(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Query(list): Query<List>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let organization = find(&state.tenant, &id)?;
    let open = organization.invitations.iter().filter(|it| shared.now() < it.expires_at);
    let invitations = open.map(|it| to_json(&shared, organization, it)).collect();
    Ok(HttpResponse::Ok().json(list.of("invitations", invitations)?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Creation {
    inviter: Inviter,
    invitee: Invitee,
    client_id: String,
    connection_id: Option<String>,
    ttl_sec: Option<u32>,
    send_invitation_email: Option<bool>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    user_metadata: Map<String, Value>,
    #[serde(default)]
    app_metadata: Map<String, Value>,
}

impl Creation {
    /// Refuses fields that the tenant would not carry out.
    fn check(&self) -> Result<(), ApiError> {
        if self.send_invitation_email == Some(true) {
            return Err(ApiError::sends_no_email("send_invitation_email"));
        }
        let wanted = [
            ("roles", self.roles.is_empty()),
            ("user_metadata", self.user_metadata.is_empty()),
            ("app_metadata", self.app_metadata.is_empty()),
        ];
        match wanted.into_iter().find(|(_, is_empty)| !is_empty) {
            Some((name, _)) => {
                Err(ApiError::invalid_body(format!("{name} must be empty: this tenant does not support it")))
            }
            None => Ok(()),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inviter {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Invitee {
    email: String,
}

/// `POST`: no email is sent; the link is in the response.
pub(super) async fn create(
    shared: web::Data<Shared>,
    id: web::Path<String>,
    Body(body): Body<Creation>,
) -> Result<HttpResponse, ApiError> {
    if body.client_id != shared.client.client_id {
        return Err(ApiError::invalid_body("client_id: The client does not exist."));
    }
    body.check()?;
    let new = NewInvitation {
        email: &body.invitee.email,
        inviter: &body.inviter.name,
        connection: body.connection_id.as_deref(),
        seconds: body.ttl_sec,
    };
    let invitation = shared.invite(&id, new).await?;
    let state = shared.state();
    Ok(HttpResponse::Created().json(to_json(&shared, find(&state.tenant, &id)?, &invitation)))
}

/// `GET …/{invitation}`.
pub(super) async fn read(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
    Query(fields): Query<Fields>,
) -> Result<HttpResponse, ApiError> {
    let state = shared.state();
    let organization = find(&state.tenant, &ids.0)?;
    let invitation = organization.invitations.iter().find(|it| it.id == ids.1 && shared.now() < it.expires_at);
    let invitation = invitation.ok_or(ChangeError::NoSuchInvitation)?;
    Ok(HttpResponse::Ok().json(fields.of(to_json(&shared, organization, invitation))))
}

/// `DELETE …/{invitation}`.
pub(super) async fn revoke(
    shared: web::Data<Shared>,
    ids: web::Path<(String, String)>,
    _: Query<()>,
) -> Result<HttpResponse, ApiError> {
    shared.change(|tenant| tenant.revoke_invitation(&ids.0, &ids.1)).await?;
    Ok(HttpResponse::NoContent().finish())
}
