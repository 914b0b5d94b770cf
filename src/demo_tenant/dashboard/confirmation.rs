//! The question before a deletion.

use serde::Serialize;

use super::{command::Command, log::Shown};
use crate::demo_tenant::model::tenant::Tenant;

/// `demo_tenant/confirmation.html`.
#[derive(Debug, Serialize)]
pub(super) struct Confirmation {
    /// What is to be deleted, by its name.
    name: String,
    /// What goes with it, and what stays.
    consequences: String,
    /// Sent once more by the button.
    command: Command,
    /// The dashboard.
    path: String,
    /// Where it shows what is to be deleted.
    back: String,
}

impl Confirmation {
    /// What to ask before the command, if anything.
    pub(super) fn before(command: &Command, shown: Shown, tenant: &Tenant) -> Option<Self> {
        match command {
            Command::DeleteOrganization { organization } => {
                let it = tenant.organization(organization)?;
                Some(Self {
                    name: it.name.clone(),
                    consequences: format!(
                        "This also deletes its license, its invitations and its memberships ({}), and logs out everybody \
                         who is logged in to it. Connections and users stay.",
                        it.members.len()
                    ),
                    command: command.clone(),
                    path: shown.path(),
                    back: shown.at(organization),
                })
            }
            Command::DeleteConnection { connection } => {
                let it = tenant.connection(connection)?;
                Some(Self {
                    name: it.name.clone(),
                    consequences: format!(
                        "This also deletes its users ({}), removes them from every organization, and logs them out.",
                        tenant.users_of(&it.id).count()
                    ),
                    command: command.clone(),
                    path: shown.path(),
                    back: shown.at(connection),
                })
            }
            Command::CreateOrganization { .. }
            | Command::UpdateOrganization { .. }
            | Command::CreateConnection { .. }
            | Command::CreateUser { .. }
            | Command::DeleteUser { .. }
            | Command::EnableConnection { .. }
            | Command::SetAutoMembership { .. }
            | Command::DisableConnection { .. }
            | Command::AddMember { .. }
            | Command::RemoveMember { .. }
            | Command::Invite { .. }
            | Command::RevokeInvitation { .. }
            | Command::SetUsage { .. }
            | Command::SetOrganizationNames { .. } => None,
        }
    }
}
