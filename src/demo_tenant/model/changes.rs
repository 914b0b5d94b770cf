//! The changes to who may sign in where. Each function changes the tenant and returns what it changed. (Those that
//! create and delete organizations, connections and users are in `directory.rs`.)

use std::fmt;

use super::{
    ids::{ConnectionId, OrganizationId, UserId},
    tenant::{Connection, EnabledConnection, Organization, OrganizationUsage, Strategy, Tenant, User},
};

/// What was changed, for the log. It has snapshots, since what was changed may be deleted later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    OrganizationCreated(OrganizationSnapshot),
    OrganizationUpdated(OrganizationSnapshot),
    OrganizationDeleted(OrganizationSnapshot),
    ConnectionCreated { id: ConnectionId, name: String },
    ConnectionUpdated { name: String },
    ConnectionDeleted { id: ConnectionId, name: String },
    UserCreated(UserSnapshot),
    UserUpdated(UserSnapshot),
    UserDeleted(UserSnapshot),
    ConnectionEnabled { organization: OrganizationSnapshot, connection: String, auto_membership: bool },
    AutoMembershipChanged { organization: OrganizationSnapshot, connection: String, auto_membership: bool },
    ButtonChanged { organization: OrganizationSnapshot, connection: String, shown: bool },
    ConnectionDisabled { organization: OrganizationSnapshot, connection: String },
    MemberAdded { organization: OrganizationSnapshot, user: UserSnapshot, by: Joining },
    MemberRemoved { organization: OrganizationSnapshot, user: UserSnapshot },
    InvitationCreated { organization: OrganizationSnapshot, email: String },
    InvitationRevoked { organization: OrganizationSnapshot, email: String },
    UsageChanged(OrganizationUsage),
    OrganizationNames { allowed: bool },
    FriendlyName(String),
}

/// How a user became a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joining {
    Administrator,
    AutoMembership,
    Invitation,
}

/// An organization as it was at a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrganizationSnapshot {
    pub(crate) id: OrganizationId,
    pub(crate) name: String,
}

/// A user as they were at a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserSnapshot {
    pub(crate) id: UserId,
    pub(crate) email: String,
    /// The connection's name.
    pub(crate) connection: String,
}

impl From<&Organization> for OrganizationSnapshot {
    fn from(organization: &Organization) -> Self {
        Self { id: organization.id.clone(), name: organization.name.clone() }
    }
}

// Names come from outside: quoted, so that they can't break the log's lines.
impl fmt::Display for OrganizationSnapshot {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:?}", self.name)
    }
}

impl fmt::Display for UserSnapshot {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:?} of {:?}", self.email, self.connection)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrganizationCreated(organization) => write!(to, "Organization {organization} created"),
            Self::OrganizationUpdated(organization) => write!(to, "Organization {organization} updated"),
            Self::OrganizationDeleted(organization) => write!(to, "Organization {organization} deleted"),
            Self::ConnectionCreated { name, .. } => write!(to, "Connection {name:?} created"),
            Self::ConnectionUpdated { name } => write!(to, "Connection {name:?} updated"),
            Self::ConnectionDeleted { name, .. } => write!(to, "Connection {name:?} and its users deleted"),
            Self::UserCreated(user) => write!(to, "User {user} created"),
            Self::UserUpdated(user) => write!(to, "User {user} updated"),
            Self::UserDeleted(user) => write!(to, "User {user} deleted"),
            Self::ConnectionEnabled { organization, connection, auto_membership } => {
                let with = if *auto_membership { "with" } else { "without" };
                write!(to, "Connection {connection:?} enabled for {organization}, {with} auto-membership")
            }
            Self::AutoMembershipChanged { organization, connection, auto_membership } => {
                let state = if *auto_membership { "on" } else { "off" };
                write!(to, "Auto-membership of {connection:?} at {organization} turned {state}")
            }
            Self::ButtonChanged { organization, connection, shown } => {
                let shown = if *shown { "shown" } else { "hidden" };
                write!(to, "Button of {connection:?} {shown} on the sign-in page of {organization}")
            }
            Self::ConnectionDisabled { organization, connection } => {
                write!(to, "Connection {connection:?} disabled for {organization}")
            }
            Self::MemberAdded { organization, user, by } => match by {
                Joining::Administrator => write!(to, "{user} added to {organization}"),
                Joining::AutoMembership => write!(to, "{user} became a member of {organization} by auto-membership"),
                Joining::Invitation => write!(to, "{user} became a member of {organization} by invitation"),
            },
            Self::MemberRemoved { organization, user } => write!(to, "{user} removed from {organization}"),
            Self::InvitationCreated { organization, email } => write!(to, "{email:?} invited to {organization}"),
            Self::InvitationRevoked { organization, email } => {
                write!(to, "Invitation for {email:?} to {organization} revoked")
            }
            Self::UsageChanged(usage) => write!(to, "Type of users changed to {usage}"),
            Self::OrganizationNames { allowed: true } => write!(to, "Organization names allowed"),
            Self::OrganizationNames { allowed: false } => write!(to, "Organization names no longer allowed"),
            Self::FriendlyName(name) => write!(to, "Tenant renamed to {name:?}"),
        }
    }
}

/// Why nothing was changed: messages for the dashboard and the management API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("No organization found by that id or name.")]
    NoSuchOrganization,
    #[error("The connection does not exist.")]
    NoSuchConnection,
    #[error("The user does not exist.")]
    NoSuchUser,
    #[error("The connection is already enabled for the organization.")]
    AlreadyEnabled,
    #[error("The connection is not enabled for the organization.")]
    NotEnabled,
    #[error("The user is not a member of the organization.")]
    NotAMember,
    #[error("An organization with this name already exists.")]
    OrganizationExists,
    #[error("A connection with the same name already exists.")]
    ConnectionExists,
    #[error("The invitation does not exist.")]
    NoSuchInvitation,
    #[error("No user has the email address {email}. Create the user first, under “Connections and users”{others}.")]
    NobodyToInvite {
        email: String,
        /// Other users' addresses, as the end of the sentence.
        others: String,
    },
    #[error("The user already exists.")]
    UserExists,
    #[error("There are already too many {0}.")]
    TooMany(&'static str),
    #[error("{field} {rule}.")]
    Invalid {
        /// The field's name in the management API.
        field: &'static str,
        /// The rule that it breaks: "must have …".
        rule: &'static str,
    },
}

impl Connection {
    /// Auth0's rule: only an enterprise connection can be without a button.
    pub(crate) fn check_button(&self, shown: bool) -> Result<(), ChangeError> {
        if shown || self.strategy == Strategy::Enterprise {
            Ok(())
        } else {
            Err(ChangeError::Invalid {
                field: "show_as_button",
                rule: "can be false only for an enterprise connection",
            })
        }
    }
}

impl Tenant {
    pub(crate) fn enable_connection(
        &mut self,
        organization: &str,
        connection: &str,
        auto_membership: bool,
    ) -> Result<Change, ChangeError> {
        let connection = self.existing_connection(connection)?;
        let organization = self.organization_mut(organization)?;
        if organization.enabled(&connection.id).is_some() {
            return Err(ChangeError::AlreadyEnabled);
        }
        organization.enabled_connections.push(EnabledConnection::new(connection.id, auto_membership));
        let organization = (&*organization).into();
        Ok(Change::ConnectionEnabled { organization, connection: connection.name, auto_membership })
    }

    pub(crate) fn set_auto_membership(
        &mut self,
        organization: &str,
        connection: &str,
        auto_membership: bool,
    ) -> Result<Change, ChangeError> {
        let connection = self.existing_connection(connection)?;
        let (enabled, organization) = self.enabled_mut(organization, &connection)?;
        enabled.assign_membership_on_login = auto_membership;
        Ok(Change::AutoMembershipChanged { organization, connection: connection.name, auto_membership })
    }

    /// Shows the connection's button on the organization's sign-in page, or hides it.
    pub(crate) fn show_as_button(
        &mut self,
        organization: &str,
        connection: &str,
        shown: bool,
    ) -> Result<Change, ChangeError> {
        let connection = self.existing_connection(connection)?;
        connection.check_button(shown)?;
        let (enabled, organization) = self.enabled_mut(organization, &connection)?;
        enabled.show_as_button = shown;
        Ok(Change::ButtonChanged { organization, connection: connection.name, shown })
    }

    fn enabled_mut(
        &mut self,
        organization: &str,
        connection: &Connection,
    ) -> Result<(&mut EnabledConnection, OrganizationSnapshot), ChangeError> {
        let organization = self.organization_mut(organization)?;
        let snapshot = (&*organization).into();
        let enabled = organization.enabled_connections.iter_mut().find(|it| it.connection == connection.id);
        Ok((enabled.ok_or(ChangeError::NotEnabled)?, snapshot))
    }

    /// The connection's users stay members, but can't sign in.
    pub(crate) fn disable_connection(&mut self, organization: &str, connection: &str) -> Result<Change, ChangeError> {
        let connection = self.existing_connection(connection)?;
        let organization = self.organization_mut(organization)?;
        if organization.enabled(&connection.id).is_none() {
            return Err(ChangeError::NotEnabled);
        }
        organization.enabled_connections.retain(|enabled| enabled.connection != connection.id);
        Ok(Change::ConnectionDisabled { organization: (&*organization).into(), connection: connection.name })
    }

    /// Adding a member twice is not an error, as at Auth0.
    pub(crate) fn add_member(&mut self, organization: &str, user: &str, by: Joining) -> Result<Change, ChangeError> {
        let user = self.user_snapshot(user)?;
        let organization = self.organization_mut(organization)?;
        if !organization.has_member(&user.id) {
            organization.members.push(user.id.clone());
        }
        Ok(Change::MemberAdded { organization: (&*organization).into(), user, by })
    }

    pub(crate) fn remove_member(&mut self, organization: &str, user: &str) -> Result<Change, ChangeError> {
        let user = self.user_snapshot(user)?;
        let organization = self.organization_mut(organization)?;
        if !organization.has_member(&user.id) {
            return Err(ChangeError::NotAMember);
        }
        organization.members.retain(|member| *member != user.id);
        Ok(Change::MemberRemoved { organization: (&*organization).into(), user })
    }

    pub(crate) fn set_usage(&mut self, usage: OrganizationUsage) -> Change {
        self.usage = usage;
        Change::UsageChanged(usage)
    }

    /// Switches "Allow Organization Names in Authentication API".
    pub(crate) fn allow_organization_names(&mut self, allowed: bool) -> Change {
        self.organization_names_allowed = allowed;
        Change::OrganizationNames { allowed }
    }

    pub(crate) fn set_friendly_name(&mut self, name: String) -> Change {
        self.friendly_name.clone_from(&name);
        Change::FriendlyName(name)
    }

    pub(crate) fn organization_mut(&mut self, id: &str) -> Result<&mut Organization, ChangeError> {
        let mut organizations = self.organizations.iter_mut();
        organizations.find(|organization| organization.id.as_str() == id).ok_or(ChangeError::NoSuchOrganization)
    }

    pub(crate) fn existing_connection(&self, id: &str) -> Result<Connection, ChangeError> {
        self.connection(id).cloned().ok_or(ChangeError::NoSuchConnection)
    }

    pub(crate) fn user_snapshot(&self, id: &str) -> Result<UserSnapshot, ChangeError> {
        self.user(id).map(|user| self.snapshot_of(user)).ok_or(ChangeError::NoSuchUser)
    }

    pub(crate) fn snapshot_of(&self, user: &User) -> UserSnapshot {
        let connection = self.connection(user.connection.as_str()).map(|it| it.name.clone()).unwrap_or_default();
        UserSnapshot { id: user.id.clone(), email: user.email.clone(), connection }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_tenant::lab::checkpoints::Checkpoint;

    fn tenant() -> (Tenant, String) {
        let tenant = Checkpoint::SecondOrganization.tenant();
        let org1 = tenant.organizations[0].id.to_string();
        (tenant, org1)
    }

    #[test]
    fn a_connection_is_enabled_once_at_the_end_of_the_list_and_disabled_again() {
        let (mut tenant, org1) = tenant();
        let okta2 = tenant.connection_by_name("Okta2").unwrap().id.to_string();
        let change = tenant.enable_connection(&org1, &okta2, false).unwrap();
        assert_eq!(change.to_string(), r#"Connection "Okta2" enabled for "org1", without auto-membership"#);
        let enabled = tenant.connections_for(tenant.organization(&org1));
        assert_eq!(enabled.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Okta1", "Okta2"]);
        assert_eq!(tenant.enable_connection(&org1, &okta2, true), Err(ChangeError::AlreadyEnabled));
        tenant.set_auto_membership(&org1, &okta2, true).unwrap();
        assert!(tenant.organizations[0].enabled_connections[1].assign_membership_on_login);
        tenant.disable_connection(&org1, &okta2).unwrap();
        assert_eq!(tenant.disable_connection(&org1, &okta2), Err(ChangeError::NotEnabled));
        assert_eq!(tenant.set_auto_membership(&org1, &okta2, true), Err(ChangeError::NotEnabled));
    }

    #[test]
    fn a_member_is_added_and_removed() {
        let (mut tenant, org1) = tenant();
        let bob = tenant.users.iter().find(|user| user.email == "bob@org2.example").unwrap().id.clone();
        tenant.add_member(&org1, bob.as_str(), Joining::Administrator).unwrap();
        tenant.add_member(&org1, bob.as_str(), Joining::Administrator).unwrap();
        assert_eq!(tenant.organizations[0].members.iter().filter(|member| **member == bob).count(), 1);
        tenant.remove_member(&org1, bob.as_str()).unwrap();
        assert_eq!(tenant.remove_member(&org1, bob.as_str()), Err(ChangeError::NotAMember));
        assert_eq!(
            tenant.add_member("org_none", bob.as_str(), Joining::Administrator),
            Err(ChangeError::NoSuchOrganization)
        );
        assert_eq!(tenant.add_member(&org1, "nobody", Joining::Administrator), Err(ChangeError::NoSuchUser));
    }
}
