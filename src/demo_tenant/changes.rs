//! What an administrator may change in the tenant. Each function changes the model and says what it changed, in the
//! words of the log; the dashboard has no other way to change anything.

use std::fmt;

use super::{
    ids::{ConnectionId, UserId},
    tenant::{EnabledConnection, Organization, OrganizationUsage, Tenant},
};

/// Something that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// A connection can be used for an organization.
    ConnectionEnabled { organization: String, connection: String, auto_membership: bool },
    /// A connection can no longer be used for an organization.
    ConnectionDisabled { organization: String, connection: String },
    /// A user belongs to an organization.
    MemberAdded { organization: String, user: UserId, email: String },
    /// A user no longer belongs to an organization.
    MemberRemoved { organization: String, user: UserId, email: String },
    /// Whether the application's users sign in to organizations.
    UsageChanged(OrganizationUsage),
    /// Whether the application may name an organization by its name.
    OrganizationNames { allowed: bool },
}

impl fmt::Display for Change {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectionEnabled { organization, connection, auto_membership } => {
                let membership = if *auto_membership { "with" } else { "without" };
                write!(to, "connection {connection:?} enabled for {organization:?}, {membership} auto-membership")
            }
            Self::ConnectionDisabled { organization, connection } => {
                write!(to, "connection {connection:?} disabled for {organization:?}")
            }
            Self::MemberAdded { organization, user, email } => {
                write!(to, "{email:?} ({user}) added to {organization:?}")
            }
            Self::MemberRemoved { organization, user, email } => {
                write!(to, "{email:?} ({user}) removed from {organization:?}")
            }
            Self::UsageChanged(usage) => write!(to, "organization usage is now {usage}"),
            Self::OrganizationNames { allowed: true } => write!(to, "organization names allowed"),
            Self::OrganizationNames { allowed: false } => write!(to, "organization names no longer allowed"),
        }
    }
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChangeError {
    /// Deleted meanwhile, or never there.
    #[error("No organization found by that id or name.")]
    NoSuchOrganization,
    /// Deleted meanwhile, or never there.
    #[error("The connection does not exist.")]
    NoSuchConnection,
    /// Deleted meanwhile, or never there.
    #[error("The user does not exist.")]
    NoSuchUser,
    /// Enabling twice.
    #[error("The connection is already enabled for the organization.")]
    AlreadyEnabled,
    /// Disabling what is not enabled.
    #[error("The connection is not enabled for the organization.")]
    NotEnabled,
    /// Removing somebody who is no member.
    #[error("The user is not a member of the organization.")]
    NotAMember,
}

impl Tenant {
    /// Enables a connection for an organization.
    pub(crate) fn enable_connection(
        &mut self,
        organization: &str,
        connection: &str,
        auto_membership: bool,
    ) -> Result<Change, ChangeError> {
        let (connection, name) = self.connection_to_change(connection)?;
        let organization = self.organization_to_change(organization)?;
        if organization.enabled(&connection).is_some() {
            return Err(ChangeError::AlreadyEnabled);
        }
        organization
            .enabled_connections
            .push(EnabledConnection { connection, assign_membership_on_login: auto_membership });
        Ok(Change::ConnectionEnabled { organization: organization.name.clone(), connection: name, auto_membership })
    }

    /// Disables a connection for an organization; its users stay members, but don't get in.
    pub(crate) fn disable_connection(&mut self, organization: &str, connection: &str) -> Result<Change, ChangeError> {
        let (connection, name) = self.connection_to_change(connection)?;
        let organization = self.organization_to_change(organization)?;
        if organization.enabled(&connection).is_none() {
            return Err(ChangeError::NotEnabled);
        }
        organization.enabled_connections.retain(|enabled| enabled.connection != connection);
        Ok(Change::ConnectionDisabled { organization: organization.name.clone(), connection: name })
    }

    /// Makes a user a member of an organization. Adding one twice changes nothing and is no error, as at Auth0.
    pub(crate) fn add_member(&mut self, organization: &str, user: &str) -> Result<Change, ChangeError> {
        let (user, email) = self.user_to_change(user)?;
        let organization = self.organization_to_change(organization)?;
        if !organization.has_member(&user) {
            organization.members.push(user.clone());
        }
        Ok(Change::MemberAdded { organization: organization.name.clone(), user, email })
    }

    /// Ends a user's membership of an organization.
    pub(crate) fn remove_member(&mut self, organization: &str, user: &str) -> Result<Change, ChangeError> {
        let (user, email) = self.user_to_change(user)?;
        let organization = self.organization_to_change(organization)?;
        if !organization.has_member(&user) {
            return Err(ChangeError::NotAMember);
        }
        organization.members.retain(|member| *member != user);
        Ok(Change::MemberRemoved { organization: organization.name.clone(), user, email })
    }

    /// Sets the application's organization usage.
    pub(crate) fn set_usage(&mut self, usage: OrganizationUsage) -> Change {
        self.usage = usage;
        Change::UsageChanged(usage)
    }

    /// Switches "Allow Organization Names in Authentication API".
    pub(crate) fn allow_organization_names(&mut self, allowed: bool) -> Change {
        self.organization_names_allowed = allowed;
        Change::OrganizationNames { allowed }
    }

    fn organization_to_change(&mut self, id: &str) -> Result<&mut Organization, ChangeError> {
        self.organizations
            .iter_mut()
            .find(|organization| organization.id.as_str() == id)
            .ok_or(ChangeError::NoSuchOrganization)
    }

    fn connection_to_change(&self, id: &str) -> Result<(ConnectionId, String), ChangeError> {
        let connection = self.connection(id).ok_or(ChangeError::NoSuchConnection)?;
        Ok((connection.id.clone(), connection.name.clone()))
    }

    fn user_to_change(&self, id: &str) -> Result<(UserId, String), ChangeError> {
        let user = self.user(id).ok_or(ChangeError::NoSuchUser)?;
        Ok((user.id.clone(), user.email.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, demo_tenant::checkpoints::Cast};

    #[test]
    fn a_connection_is_enabled_once_at_the_end_of_the_list_and_disabled_again() {
        let mut tenant = Cast::new(Clock::system().now()).second_organization();
        let org1 = tenant.organizations[0].id.to_string();
        let okta2 = tenant.connection_by_name("Okta2").unwrap().id.to_string();
        let change = tenant.enable_connection(&org1, &okta2, false).unwrap();
        assert_eq!(change.to_string(), r#"connection "Okta2" enabled for "org1", without auto-membership"#);
        let enabled = tenant.connections_for(tenant.organization(&org1));
        assert_eq!(enabled.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Okta1", "Okta2"]);
        assert_eq!(tenant.enable_connection(&org1, &okta2, true), Err(ChangeError::AlreadyEnabled));
        tenant.disable_connection(&org1, &okta2).unwrap();
        assert_eq!(tenant.disable_connection(&org1, &okta2), Err(ChangeError::NotEnabled));
    }

    #[test]
    fn a_member_is_added_and_removed() {
        let mut tenant = Cast::new(Clock::system().now()).second_organization();
        let org1 = tenant.organizations[0].id.to_string();
        let bob = tenant.users.iter().find(|user| user.email == "bob@org2.example").unwrap().id.clone();
        tenant.add_member(&org1, bob.as_str()).unwrap();
        tenant.add_member(&org1, bob.as_str()).unwrap();
        assert_eq!(tenant.organizations[0].members.iter().filter(|member| **member == bob).count(), 1);
        tenant.remove_member(&org1, bob.as_str()).unwrap();
        assert_eq!(tenant.remove_member(&org1, bob.as_str()), Err(ChangeError::NotAMember));
        assert_eq!(tenant.add_member("org_none", bob.as_str()), Err(ChangeError::NoSuchOrganization));
        assert_eq!(tenant.add_member(&org1, "nobody"), Err(ChangeError::NoSuchUser));
    }
}
