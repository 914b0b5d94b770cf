//! The changes that the dashboard's forms make.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    demo_tenant::model::{
        changes::{Change, ChangeError, Joining},
        connection::ConnectionUpdate,
        directory::{NewOrganization, OrganizationUpdate},
        invitations::NewInvitation,
        profile::UserUpdate,
        tenant::{OrganizationUsage, Strategy, Tenant},
    },
    random::Random,
};

/// A change of the tenant, as the page's forms send it. Its fields are the forms' fields.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub(crate) enum Command {
    CreateOrganization { name: String, display_name: String, license: String },
    UpdateOrganization { organization: String, display_name: String, license: String },
    DeleteOrganization { organization: String },
    CreateConnection { name: String, strategy: Strategy },
    DeleteConnection { connection: String },
    CreateUser { connection: String, email: String, name: String },
    DeleteUser { user: String },
    EnableConnection { organization: String, connection: String, auto_membership: Option<String> },
    SetAutoMembership { organization: String, connection: String, auto_membership: Option<String> },
    DisableConnection { organization: String, connection: String },
    AddMember { organization: String, user: String },
    RemoveMember { organization: String, user: String },
    Invite { organization: String, email: String },
    RevokeInvitation { organization: String, invitation: String },
    SetUsage { usage: Usage },
    SetOrganizationNames { organization_names: OrganizationNames },
}

/// The choices of organization usage, and of the prompt for the organization.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Usage {
    Individuals,
    Both,
    Business,
    BusinessWithoutPrompt,
}

/// The choices of "Allow Organization Names in Authentication API".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OrganizationNames {
    Allowed,
    Refused,
}

impl From<Usage> for OrganizationUsage {
    fn from(usage: Usage) -> Self {
        match usage {
            Usage::Individuals => Self::Individuals,
            Usage::Both => Self::Both,
            Usage::Business => Self::Business { prompt_for_organization: true },
            Usage::BusinessWithoutPrompt => Self::Business { prompt_for_organization: false },
        }
    }
}

impl Command {
    pub(super) fn apply(
        &self,
        tenant: &mut Tenant,
        now: DateTime<Utc>,
        random: &Random,
    ) -> Result<Change, ChangeError> {
        match self {
            Self::CreateOrganization { name, display_name, license } => {
                let new = NewOrganization {
                    name: name.trim().to_lowercase(),
                    display_name: Some(display_name.trim().to_owned()).filter(|name| !name.is_empty()),
                    metadata: with_license(BTreeMap::new(), license),
                    branding: None,
                };
                tenant.create_organization(new, random)
            }
            Self::UpdateOrganization { organization, display_name, license } => {
                let metadata = tenant.organization(organization).map(|it| with_license(it.metadata.clone(), license));
                let display_name = Some(display_name.trim().to_owned());
                let update = OrganizationUpdate { display_name, metadata, ..OrganizationUpdate::default() };
                tenant.update_organization(organization, update)
            }
            Self::DeleteOrganization { organization } => tenant.delete_organization(organization),
            Self::CreateConnection { name, strategy } => {
                tenant.create_connection(name.trim(), *strategy, ConnectionUpdate::default(), random)
            }
            Self::DeleteConnection { connection } => tenant.delete_connection(connection),
            Self::CreateUser { connection, email, name } => {
                tenant.create_user(connection, email.trim(), UserUpdate::named(name), now, random)
            }
            Self::DeleteUser { user } => tenant.delete_user(user),
            Self::EnableConnection { organization, connection, auto_membership } => {
                tenant.enable_connection(organization, connection, auto_membership.is_some())
            }
            Self::SetAutoMembership { organization, connection, auto_membership } => {
                tenant.set_auto_membership(organization, connection, auto_membership.is_some())
            }
            Self::DisableConnection { organization, connection } => tenant.disable_connection(organization, connection),
            Self::AddMember { organization, user } => tenant.add_member(organization, user, Joining::Administrator),
            Self::RemoveMember { organization, user } => tenant.remove_member(organization, user),
            Self::Invite { organization, email } => {
                let email = email.trim();
                tenant.check_invitee(email)?;
                let new = NewInvitation { email, inviter: "The administrator", connection: None, seconds: None };
                tenant.invite(organization, new, now, random).map(|(invited, _)| invited)
            }
            Self::RevokeInvitation { organization, invitation } => tenant.revoke_invitation(organization, invitation),
            Self::SetUsage { usage } => Ok(tenant.set_usage((*usage).into())),
            Self::SetOrganizationNames { organization_names } => {
                Ok(tenant.allow_organization_names(*organization_names == OrganizationNames::Allowed))
            }
        }
    }

    /// The id of the form that the change was typed into. A change by a button alone has none.
    pub(super) fn form(&self) -> Option<String> {
        match self {
            Self::CreateOrganization { .. } => Some("create-organization".to_owned()),
            Self::UpdateOrganization { organization, .. } => Some(format!("update-{organization}")),
            Self::Invite { organization, .. } => Some(format!("invite-{organization}")),
            Self::CreateConnection { .. } => Some("create-connection".to_owned()),
            Self::CreateUser { connection, .. } => Some(format!("create-user-{connection}")),
            Self::DeleteOrganization { .. }
            | Self::DeleteConnection { .. }
            | Self::DeleteUser { .. }
            | Self::EnableConnection { .. }
            | Self::SetAutoMembership { .. }
            | Self::DisableConnection { .. }
            | Self::AddMember { .. }
            | Self::RemoveMember { .. }
            | Self::RevokeInvitation { .. }
            | Self::SetUsage { .. }
            | Self::SetOrganizationNames { .. } => None,
        }
    }
}

/// The metadata with this license, or without one if the field is empty.
fn with_license(mut metadata: BTreeMap<String, String>, license: &str) -> BTreeMap<String, String> {
    metadata.remove("license");
    if !license.trim().is_empty() {
        metadata.insert("license".into(), license.trim().into());
    }
    metadata
}
