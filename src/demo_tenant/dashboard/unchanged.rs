//! Forms that change nothing, since it has already happened: after a double click, or if somebody else was faster.

use super::{
    command::{Command, OrganizationNames},
    outcome::{Outcome, row_at},
};
use crate::demo_tenant::model::tenant::{Connection, Organization, OrganizationUsage, Tenant};

impl Outcome {
    /// What to say instead of making the change, if the tenant is already as the command wants it.
    pub(super) fn already(command: &Command, tenant: &Tenant) -> Option<Self> {
        let organization = |id: &str| tenant.organization(id);
        let connection = |id: &str| tenant.connection(id);
        match command {
            Command::UpdateOrganization { organization: id, display_name, license } => {
                already_named(organization(id)?, display_name.trim(), license.trim())
            }
            Command::EnableConnection { organization: at, connection: id, .. } => {
                already_enabled(organization(at)?, connection(id)?)
            }
            Command::DisableConnection { organization: at, connection: id } => {
                already_disabled(organization(at)?, connection(id)?)
            }
            Command::SetAutoMembership { organization: at, connection: id, auto_membership } => {
                already_automatic(organization(at)?, connection(id)?, auto_membership.is_some())
            }
            Command::AddMember { organization: at, user } => already_member(organization(at)?, user, true, tenant),
            Command::RemoveMember { organization: at, user } => already_member(organization(at)?, user, false, tenant),
            Command::DeleteOrganization { organization: id } => gone(organization(id), "organization", "organizations"),
            Command::DeleteConnection { connection: id } => gone(connection(id), "connection", "directory"),
            Command::DeleteUser { user } => gone(tenant.user(user), "user", "directory"),
            Command::RevokeInvitation { organization: at, invitation } => {
                let it = organization(at)?.invitations.iter().find(|it| it.id == *invitation);
                gone(it, "invitation", &format!("invitations-{at}"))
            }
            Command::SetUsage { usage } => already_used((*usage).into(), tenant),
            Command::SetOrganizationNames { organization_names } => already_allowed(*organization_names, tenant),
            Command::CreateOrganization { .. }
            | Command::CreateConnection { .. }
            | Command::CreateUser { .. }
            | Command::Invite { .. } => None,
        }
    }
}

fn already_named(it: &Organization, display_name: &str, license: &str) -> Option<Outcome> {
    let is_so = it.display_name == display_name && it.license().unwrap_or_default() == license;
    let words = "Nothing to change: {} already has this display name and license.";
    is_so.then(|| Outcome::new(words, &[&it.name], format!("update-{}", it.id)))
}

fn already_enabled(at: &Organization, it: &Connection) -> Option<Outcome> {
    at.enabled(&it.id)?;
    let words = "Nothing to change: {} is already enabled for {}.";
    Some(Outcome::new(words, &[&it.name, &at.name], row_at(&at.id, &it.id)))
}

fn already_disabled(at: &Organization, it: &Connection) -> Option<Outcome> {
    let words = "Nothing to change: {} is not enabled for {}.";
    let is_so = at.enabled(&it.id).is_none();
    is_so.then(|| Outcome::new(words, &[&it.name, &at.name], row_at(&at.id, &it.id)))
}

fn already_automatic(at: &Organization, it: &Connection, wanted: bool) -> Option<Outcome> {
    let is_on = at.enabled(&it.id)?.assign_membership_on_login;
    let words = if is_on {
        "Nothing to change: auto-membership of {} at {} is already on."
    } else {
        "Nothing to change: auto-membership of {} at {} is already off."
    };
    (is_on == wanted).then(|| Outcome::new(words, &[&it.name, &at.name], row_at(&at.id, &it.id)))
}

fn already_member(at: &Organization, user: &str, wanted: bool, tenant: &Tenant) -> Option<Outcome> {
    let user = tenant.user(user)?;
    let is_member = at.has_member(&user.id);
    let words = if is_member {
        "Nothing to change: {} is already a member of {}."
    } else {
        "Nothing to change: {} is not a member of {}."
    };
    (is_member == wanted).then(|| Outcome::new(words, &[&user.email, &at.name], row_at(&at.id, &user.id)))
}

/// The place is the heading of the list that it was in.
fn gone<T>(it: Option<&T>, noun: &str, heading: &str) -> Option<Outcome> {
    let words = format!("Nothing to change: this {noun} no longer exists.");
    it.is_none().then(|| Outcome::new(&words, &[], heading))
}

fn already_used(wanted: OrganizationUsage, tenant: &Tenant) -> Option<Outcome> {
    let words = "Nothing to change: this is already the type of users.";
    (tenant.usage == wanted).then(|| Outcome::new(words, &[], "usage-label"))
}

fn already_allowed(wanted: OrganizationNames, tenant: &Tenant) -> Option<Outcome> {
    let (is_so, words) = match wanted {
        OrganizationNames::Allowed => {
            (tenant.organization_names_allowed, "Nothing to change: organization names are already allowed.")
        }
        OrganizationNames::Refused => {
            (!tenant.organization_names_allowed, "Nothing to change: organization names are not allowed.")
        }
    };
    is_so.then(|| Outcome::new(words, &[], "names-label"))
}
