//! The pages that ask the user, between the authorization request and its response.

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;

use super::{
    interaction::{Interaction, SignInTarget},
    request::{AuthorizationRequest, CHOSEN_CONNECTION, TYPED_ORGANIZATION},
};
use crate::{
    demo_tenant::{
        model::tenant::{Connection, Invitation, Organization, Tenant, User},
        views::{ConnectionView, page},
    },
    text::initials,
};

/// The data for the pages.
#[derive(Clone, Copy)]
pub(super) struct PageInputs<'r> {
    /// The application's name.
    pub(super) application: &'r str,
    pub(super) request: &'r AuthorizationRequest,
    pub(super) tenant: &'r Tenant,
    /// The user of the browser's session.
    pub(super) user: Option<&'r User>,
}

/// The page of an interaction.
pub(super) fn interaction_page(inputs: PageInputs, interaction: &Interaction) -> HttpResponse {
    match interaction {
        Interaction::Organization { unknown } => {
            let status = if unknown.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            page(status, "demo_tenant/organization.html", &OrganizationPage::new(inputs, *unknown))
        }
        Interaction::Invitation(organization, invitation) => {
            page(StatusCode::OK, "demo_tenant/invitation.html", &InvitationPage::new(inputs, organization, invitation))
        }
        Interaction::Connection(target) => {
            page(StatusCode::OK, "demo_tenant/connections.html", &ConnectionsPage::new(inputs, target))
        }
        Interaction::User(target, connection) => {
            page(StatusCode::OK, "demo_tenant/users.html", &UsersPage::new(inputs, target, connection))
        }
    }
}

/// `demo_tenant/organization.html`: which organization?
#[derive(Debug, Serialize)]
struct OrganizationPage {
    application: String,
    /// What was typed, if there is no such organization.
    unknown: Option<String>,
    request: Vec<Field>,
    cancel_to: String,
}

/// `demo_tenant/connections.html`: through which connection?
#[derive(Debug, Serialize)]
struct ConnectionsPage {
    application: String,
    organization: Option<String>,
    /// The email address of the invitation, if there is one.
    invitee: Option<String>,
    connections: Vec<ConnectionView>,
    request: Vec<Field>,
    cancel_to: String,
}

/// `demo_tenant/users.html`: the connection's sign-in page.
#[derive(Debug, Serialize)]
struct UsersPage {
    application: String,
    organization: Option<String>,
    connection: ConnectionView,
    users: Vec<UserView>,
    /// The email address of the invitation, if there is one.
    invitee: Option<String>,
    /// Where to choose another connection, if this one was chosen.
    other_connections: Option<String>,
    /// The form goes to the request itself.
    action: String,
}

/// `demo_tenant/invitation.html`: accept it?
#[derive(Debug, Serialize)]
struct InvitationPage {
    application: String,
    organization: String,
    invitee: String,
    inviter: String,
    can_be_accepted: bool,
    /// The user of the browser's session.
    user: Option<UserView>,
    user_is_invited: bool,
    /// The form goes to the request itself.
    action: String,
}

/// A hidden field of a form, or an element of a query.
#[derive(Debug, Serialize)]
struct Field {
    name: String,
    value: String,
}

/// A user, for a button.
#[derive(Debug, Serialize)]
struct UserView {
    id: String,
    name: String,
    email: String,
    initials: String,
    /// The invitee, or else the user of the request's `login_hint`.
    expected: bool,
}

impl UserView {
    fn of(user: &User, expected: Option<&str>) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name.clone(),
            email: user.email.clone(),
            initials: initials(&user.name),
            expected: expected.is_some_and(|hint| hint.eq_ignore_ascii_case(&user.email)),
        }
    }
}

impl OrganizationPage {
    fn new(PageInputs { application, request, .. }: PageInputs, unknown: Option<&str>) -> Self {
        Self {
            application: application.into(),
            unknown: unknown.map(str::to_owned),
            request: fields(request, TYPED_ORGANIZATION),
            cancel_to: request.address(),
        }
    }
}

impl ConnectionsPage {
    fn new(PageInputs { application, request, .. }: PageInputs, target: &SignInTarget) -> Self {
        let connections = target.offered().into_iter();
        Self {
            application: application.into(),
            organization: target.organization.map(|it| it.display_name.clone()),
            invitee: target.invitation.map(|it| it.invitee.clone()),
            connections: connections.map(ConnectionView::of).collect(),
            request: fields(request, CHOSEN_CONNECTION),
            cancel_to: request.address(),
        }
    }
}

impl UsersPage {
    fn new(
        PageInputs { application, request, tenant, .. }: PageInputs,
        target: &SignInTarget,
        connection: &Connection,
    ) -> Self {
        let invitee = target.invitation.map(|it| it.invitee.as_str());
        let expected = invitee.or(request.login_hint.as_deref());
        let without_choice = fields(request, CHOSEN_CONNECTION);
        Self {
            application: application.into(),
            organization: target.organization.map(|it| it.display_name.clone()),
            connection: ConnectionView::of(connection),
            users: tenant.users_of(&connection.id).map(|user| UserView::of(user, expected)).collect(),
            invitee: invitee.map(str::to_owned),
            other_connections: request
                .chosen_connection
                .is_some()
                .then(|| format!("/authorize?{}", query(&without_choice))),
            action: request.address(),
        }
    }
}

impl InvitationPage {
    fn new(inputs: PageInputs, organization: &Organization, invitation: &Invitation) -> Self {
        let PageInputs { application, request, tenant, user } = inputs;
        Self {
            application: application.into(),
            organization: organization.display_name.clone(),
            invitee: invitation.invitee.clone(),
            inviter: invitation.inviter.clone(),
            can_be_accepted: tenant.can_be_accepted(organization, invitation),
            user: user.map(|user| UserView::of(user, None)),
            user_is_invited: user.is_some_and(|user| invitation.is_for(user)),
            action: request.address(),
        }
    }
}

fn fields(request: &AuthorizationRequest, but: &str) -> Vec<Field> {
    request.parameters.without(but).into_iter().map(|(name, value)| Field { name, value }).collect()
}

fn query(fields: &[Field]) -> String {
    let pairs = fields.iter().map(|field| (&field.name, &field.value));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
