//! What is asked before a change that takes much with it.

use serde::Serialize;

use super::command::Command;
use crate::demo_tenant::model::tenant::Tenant;

/// `demo_tenant/confirmation.html`: really?
#[derive(Debug, Serialize)]
pub(super) struct Confirmation {
    /// What is to be deleted, by its name.
    name: String,
    /// What goes with it, and what stays.
    consequences: String,
    /// The order, to be given again.
    order: Command,
    /// Where it was given.
    back: String,
}

impl Confirmation {
    /// What to ask before the order is carried out, if anything.
    pub(super) fn before(order: &Command, tenant: &Tenant) -> Option<Self> {
        match order {
            Command::DeleteOrganization { organization } => {
                let it = tenant.organization(organization)?;
                Some(Self {
                    name: it.name.clone(),
                    consequences: format!(
                        "Its license, its invitations and its memberships ({}) go with it, and whoever is signed in to \
                         it is signed out. Connections and users stay.",
                        it.members.len()
                    ),
                    order: order.clone(),
                    back: format!("/#{organization}"),
                })
            }
            Command::DeleteConnection { connection } => {
                let it = tenant.connection(connection)?;
                Some(Self {
                    name: it.name.clone(),
                    consequences: format!(
                        "Its users ({}) go with it, from every organization, and are signed out.",
                        tenant.users_of(&it.id).count()
                    ),
                    order: order.clone(),
                    back: format!("/#{connection}"),
                })
            }
            _ => None,
        }
    }
}
