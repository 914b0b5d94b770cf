//! Where a request leads, and what the tenant asks the user next.

use chrono::{DateTime, Utc};

use super::request::AuthorizationRequest;
use crate::demo_tenant::model::{
    access::{Refusal, RequestedOrganization},
    tenant::{Connection, Invitation, Organization, Tenant, User},
};

/// Where a request leads: to an organization or to none, through one of these connections.
pub(super) struct SignInTarget<'t> {
    pub(super) organization: Option<&'t Organization>,
    pub(super) connections: Vec<&'t Connection>,
    pub(super) invitation: Option<&'t Invitation>,
}

impl<'t> SignInTarget<'t> {
    /// `None` until the user has named an organization that exists.
    pub(super) fn of(
        tenant: &'t Tenant,
        request: &AuthorizationRequest,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, Refusal> {
        let organization = match tenant.requested_organization(request.organization.as_deref())? {
            RequestedOrganization::Organization(organization) => Some(organization),
            RequestedOrganization::Individual => None,
            RequestedOrganization::AskUser => {
                let typed = request.typed_organization.as_deref();
                let Some(organization) = typed.and_then(|typed| tenant.organization_typed(typed)) else {
                    return Ok(None);
                };
                Some(organization)
            }
        };
        let invitation = match &request.invitation {
            None => None,
            Some(ticket) => Some(organization.ok_or(Refusal::InvitationUnknown)?.invitation(ticket, now)?),
        };
        let mut connections = tenant.connections_to_offer(organization, request.connection.as_deref())?;
        if let (Some(organization), Some(invitation)) = (organization, invitation) {
            connections.retain(|connection| invitation.allows(connection));
            if connections.is_empty() {
                return Err(Refusal::ConnectionNotEnabled(organization.id.clone()));
            }
        }
        if let Some(chosen) = &request.chosen_connection
            && let Some(position) = connections.iter().position(|connection| connection.name == *chosen)
        {
            connections = vec![connections.swap_remove(position)];
        }
        Ok(Some(Self { organization, connections, invitation }))
    }

    /// The connections that the sign-in page offers: those with a button. If none has one, there is nothing else to
    /// offer, and all are offered: the application has named the connection, or the organization has no other.
    pub(super) fn offered(&self) -> Vec<&'t Connection> {
        let enabled = |connection: &Connection| self.organization?.enabled(&connection.id);
        let has_button = |it: &&&Connection| enabled(it).is_none_or(|enabled| enabled.show_as_button);
        let offered: Vec<_> = self.connections.iter().filter(has_button).copied().collect();
        if offered.is_empty() { self.connections.clone() } else { offered }
    }

    /// The user with this id, if one of the connections is theirs.
    pub(super) fn user(&self, tenant: &'t Tenant, id: &str) -> Option<&'t User> {
        tenant.user(id).filter(|user| self.connections.iter().any(|connection| connection.id == user.connection))
    }
}

/// What the tenant asks the user, a page each.
pub(super) enum Interaction<'t> {
    /// Which organization? There is no organization with the name `unknown`, which the user has typed.
    Organization { unknown: Option<&'t str> },
    /// Accept the invitation?
    Invitation(&'t Organization, &'t Invitation),
    /// Which connection?
    Connection(SignInTarget<'t>),
    /// Which user of the connection?
    User(SignInTarget<'t>, &'t Connection),
}

impl<'t> Interaction<'t> {
    /// What to ask next on the way to the target.
    pub(super) fn next(
        request: &'t AuthorizationRequest,
        target: Option<SignInTarget<'t>>,
        invitation_is_accepted: bool,
    ) -> Self {
        let Some(target) = target else {
            return Self::Organization { unknown: request.typed_organization.as_deref() };
        };
        match (target.organization, target.invitation, target.offered().as_slice()) {
            (Some(organization), Some(invitation), _) if !invitation_is_accepted => {
                Self::Invitation(organization, invitation)
            }
            (_, _, &[only]) => Self::User(target, only),
            (_, _, _) => Self::Connection(target),
        }
    }
}
