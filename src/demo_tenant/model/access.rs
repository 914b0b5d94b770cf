//! Who may sign in where.

use std::borrow::Cow;

use super::{
    ids::{OrganizationId, UserId},
    tenant::{Connection, Organization, OrganizationUsage, Tenant, User},
};
use crate::text::{MAXIMUM_SHOWN, shorten, without_invisible};

/// Why the authorization response is an error, in Auth0's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The user's connection is enabled for the organization, but the user is not a member.
    #[error("user {user} is not part of the {organization} organization")]
    NotAMember { user: UserId, organization: OrganizationId },
    /// The user pressed "Cancel".
    #[error("User did not authorize the request")]
    Cancelled,
    /// "Business Users" without a prompt: the application must name the organization.
    #[error("parameter organization is required for this client")]
    OrganizationRequired,
    /// "Individuals": the application must not name one.
    #[error("parameter organization is not allowed for this client")]
    OrganizationNotAllowed,
    /// The request names the organization, and the tenant does not allow names.
    #[error("authorization request parameter organization must be an organization id")]
    OrganizationIdRequired,
    /// No organization has this name or id.
    #[error("the organization {0} does not exist")]
    UnknownOrganization(String),
    /// No connection is enabled.
    #[error("no connections enabled for the {0} organization")]
    NoConnection(OrganizationId),
    /// The parameter `connection` names no connection.
    #[error("the connection was not found")]
    UnknownConnection,
    #[error("the connection is not enabled for the {0} organization")]
    ConnectionNotEnabled(OrganizationId),
    /// The invitation is for another user. It is used up, as at Auth0.
    #[error("the specified account is not allowed to accept the current invitation")]
    InvitationForAnother,
    /// The invitation was used or revoked, has expired, or never existed.
    #[error("invitation not found or already used")]
    InvitationUnknown,
    /// `prompt=none` without a session that may be used.
    #[error("Login required")]
    LoginRequired,
    /// `prompt=none`, but the tenant has to ask something else.
    #[error("Interaction required")]
    InteractionRequired,
    /// The request itself is wrong: its error code, and what is wrong with it.
    #[error("{1}")]
    Request(&'static str, Cow<'static, str>),
}

impl Refusal {
    /// Cuts what came from outside to the length of a line of the log.
    pub(crate) fn shorten(&mut self) {
        if let Self::UnknownOrganization(name) = self {
            *name = shorten(name, MAXIMUM_SHOWN);
        }
        if let Self::Request(_, reason) = self {
            *reason = shorten(reason, MAXIMUM_SHOWN).into();
        }
    }

    /// The value of `error` (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6).
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NotAMember { .. } | Self::Cancelled | Self::InvitationForAnother => "access_denied",
            Self::OrganizationRequired
            | Self::OrganizationNotAllowed
            | Self::OrganizationIdRequired
            | Self::UnknownOrganization(_)
            | Self::NoConnection(_)
            | Self::UnknownConnection
            | Self::InvitationUnknown
            | Self::ConnectionNotEnabled(_) => "invalid_request",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::Request(code, _) => code,
        }
    }
}

/// The organization that a request leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RequestedOrganization<'t> {
    Organization(&'t Organization),
    /// No organization: the user signs in to the application alone.
    Individual,
    /// The tenant asks the user.
    AskUser,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Member,
    /// By auto-membership.
    BecomesMember,
}

impl Tenant {
    /// Where a request with this parameter `organization` leads.
    pub(crate) fn requested_organization(
        &self,
        organization: Option<&str>,
    ) -> Result<RequestedOrganization<'_>, Refusal> {
        match (self.usage, organization) {
            (OrganizationUsage::Individuals, Some(_)) => Err(Refusal::OrganizationNotAllowed),
            (OrganizationUsage::Individuals | OrganizationUsage::Both, None) => Ok(RequestedOrganization::Individual),
            (OrganizationUsage::Business { prompt_for_organization: true }, None) => Ok(RequestedOrganization::AskUser),
            (OrganizationUsage::Business { prompt_for_organization: false }, None) => {
                Err(Refusal::OrganizationRequired)
            }
            (OrganizationUsage::Both | OrganizationUsage::Business { .. }, Some(asked)) => {
                self.organization_asked_for(asked).map(RequestedOrganization::Organization)
            }
        }
    }

    /// By its id or, if the tenant allows names, by its name, ignoring case.
    fn organization_asked_for(&self, asked: &str) -> Result<&Organization, Refusal> {
        if let Some(organization) = self.organization(asked) {
            return Ok(organization);
        }
        if !self.organization_names_allowed && !asked.starts_with("org_") {
            return Err(Refusal::OrganizationIdRequired);
        }
        self.organization_by_name(asked).ok_or_else(|| Refusal::UnknownOrganization(asked.to_owned()))
    }

    /// The organization that a user typed at the tenant's own prompt, where names are always allowed. Invisible
    /// characters, which come along when text is pasted, are left out.
    pub(crate) fn organization_typed(&self, typed: &str) -> Option<&Organization> {
        self.organization_by_name(without_invisible(typed).trim())
    }

    /// The connections to choose from; only one if the request names it in `connection`.
    pub(crate) fn connections_to_offer(
        &self,
        organization: Option<&Organization>,
        asked: Option<&str>,
    ) -> Result<Vec<&Connection>, Refusal> {
        let connections = self.connections_for(organization);
        if let (Some(organization), true) = (organization, connections.is_empty()) {
            return Err(Refusal::NoConnection(organization.id.clone()));
        }
        let Some(asked) = asked else { return Ok(connections) };
        let connection = self.connection_by_name(asked).ok_or(Refusal::UnknownConnection)?;
        match organization {
            Some(organization) if !connections.contains(&connection) => {
                Err(Refusal::ConnectionNotEnabled(organization.id.clone()))
            }
            Some(_) | None => Ok(vec![connection]),
        }
    }
}

impl Organization {
    /// Whether the authenticated user may sign in to the organization.
    pub(crate) fn check_access(&self, user: &User) -> Result<Access, Refusal> {
        let enabled = self.enabled(&user.connection).ok_or_else(|| Refusal::ConnectionNotEnabled(self.id.clone()))?;
        if self.has_member(&user.id) {
            Ok(Access::Member)
        } else if enabled.assign_membership_on_login {
            Ok(Access::BecomesMember)
        } else {
            Err(Refusal::NotAMember { user: user.id.clone(), organization: self.id.clone() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_tenant::{lab::checkpoints::Checkpoint, model::tenant::EnabledConnection};

    fn tenant() -> Tenant {
        Checkpoint::SecondOrganization.tenant()
    }

    fn user<'t>(tenant: &'t Tenant, email: &str) -> &'t User {
        tenant.users.iter().find(|user| user.email == email).unwrap()
    }

    fn named<'t>(tenant: &'t Tenant, name: &str) -> &'t Organization {
        tenant.organization_by_name(name).unwrap()
    }

    #[test]
    fn an_organization_is_found_by_its_name_in_any_case_and_by_its_id() {
        let tenant = tenant();
        let org1 = named(&tenant, "org1");
        assert_eq!(tenant.requested_organization(Some("ORG1")), Ok(RequestedOrganization::Organization(org1)));
        assert_eq!(
            tenant.requested_organization(Some(org1.id.as_str())),
            Ok(RequestedOrganization::Organization(org1))
        );
    }

    #[test]
    fn an_unknown_organization_is_named_in_the_refusal() {
        let refusal = tenant().requested_organization(Some("org9")).unwrap_err();
        assert_eq!(refusal.code(), "invalid_request");
        assert!(refusal.to_string().contains("org9"));
    }

    #[test]
    fn a_name_is_refused_where_names_are_not_allowed_and_an_id_is_not() {
        let mut tenant = tenant();
        tenant.organization_names_allowed = false;
        assert_eq!(tenant.requested_organization(Some("org1")), Err(Refusal::OrganizationIdRequired));
        let org1 = named(&tenant, "org1");
        assert_eq!(
            tenant.requested_organization(Some(org1.id.as_str())),
            Ok(RequestedOrganization::Organization(org1))
        );
    }

    #[test]
    fn usage_decides_what_becomes_of_a_request_without_an_organization() {
        let mut tenant = tenant();
        assert_eq!(tenant.requested_organization(None), Ok(RequestedOrganization::AskUser));
        tenant.usage = OrganizationUsage::Business { prompt_for_organization: false };
        assert_eq!(tenant.requested_organization(None), Err(Refusal::OrganizationRequired));
        tenant.usage = OrganizationUsage::Both;
        assert_eq!(tenant.requested_organization(None), Ok(RequestedOrganization::Individual));
        tenant.usage = OrganizationUsage::Individuals;
        assert_eq!(tenant.requested_organization(None), Ok(RequestedOrganization::Individual));
        assert_eq!(tenant.requested_organization(Some("org1")), Err(Refusal::OrganizationNotAllowed));
    }

    #[test]
    fn only_the_organizations_connections_are_offered() {
        let tenant = tenant();
        let org1 = named(&tenant, "org1");
        let names = |connections: Vec<&Connection>| connections.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!(tenant.connections_to_offer(Some(org1), None).map(names), Ok(vec!["Okta1".to_owned()]));
        assert_eq!(tenant.connections_to_offer(Some(org1), Some("Okta1")).map(names), Ok(vec!["Okta1".to_owned()]));
        assert_eq!(
            tenant.connections_to_offer(Some(org1), Some("Okta2")),
            Err(Refusal::ConnectionNotEnabled(org1.id.clone()))
        );
        assert_eq!(tenant.connections_to_offer(Some(org1), Some("Okta7")), Err(Refusal::UnknownConnection));
        assert_eq!(tenant.connections_to_offer(None, None).unwrap().len(), 3);
    }

    #[test]
    fn nobody_signs_in_to_an_organization_without_connections() {
        let mut tenant = tenant();
        tenant.organizations[0].enabled_connections.clear();
        let nobody = Refusal::NoConnection(tenant.organizations[0].id.clone());
        assert_eq!(tenant.connections_to_offer(tenant.organizations.first(), None), Err(nobody));
    }

    #[test]
    fn a_user_of_an_enabled_connection_without_auto_membership_must_be_a_member() {
        let mut tenant = tenant();
        let okta2 = tenant.connection_by_name("Okta2").unwrap().id.clone();
        tenant.organizations[0].enabled_connections.push(EnabledConnection::new(okta2, false));
        let bob = user(&tenant, "bob@org2.example").clone();
        let refusal = named(&tenant, "org1").check_access(&bob).unwrap_err();
        let org1 = tenant.organizations[0].id.clone();
        assert_eq!(refusal.to_string(), format!("user {} is not part of the {org1} organization", bob.id));
        assert_eq!(refusal.code(), "access_denied");
        tenant.organizations[0].members.push(bob.id.clone());
        assert_eq!(named(&tenant, "org1").check_access(&bob), Ok(Access::Member));
    }

    #[test]
    fn a_user_becomes_a_member_by_auto_membership() {
        let mut tenant = tenant();
        tenant.organizations[0].members.clear();
        let alice = user(&tenant, "alice@org1.example");
        assert_eq!(named(&tenant, "org1").check_access(alice), Ok(Access::BecomesMember));
    }

    #[test]
    fn a_member_whose_connection_is_not_enabled_does_not_get_in() {
        let tenant = tenant();
        let alice = user(&tenant, "alice@org1.example");
        let org2 = named(&tenant, "org2");
        assert_eq!(org2.check_access(alice), Err(Refusal::ConnectionNotEnabled(org2.id.clone())));
    }
}
