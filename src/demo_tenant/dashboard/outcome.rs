//! What a form of the dashboard did: the message about it, and the place on the page that shows it.

use actix_web::HttpResponse;
use tracing::error;

use super::{flash, log::Shown};
use crate::demo_tenant::{
    lab::{checkpoints::Checkpoint, faults::Fault, sentence::Sentence},
    model::{
        changes::{Change, OrganizationSnapshot, UserSnapshot},
        tenant::{OrganizationUsage, Tenant},
    },
    state::Shared,
    views::redirect,
};

#[derive(Debug)]
pub(super) struct Outcome {
    message: Sentence,
    /// The ID of an element of the page. The next press of the Tab key leads to the first control in it or after it.
    place: String,
}

impl Outcome {
    pub(super) fn new(words: &str, names: &[&str], place: impl Into<String>) -> Self {
        Self { message: Sentence::new(words, names), place: place.into() }
    }

    /// The outcome of a change. The tenant is as it is after the change.
    pub(super) fn of(change: &Change, tenant: &Tenant) -> Self {
        match change {
            Change::OrganizationCreated(it) => Self::new(
                "{} was created. Nobody can log in to it until you enable a connection for it.",
                &[&it.name],
                it.id.as_str(),
            ),
            Change::OrganizationUpdated(it) => Self::new(
                "{} was saved. Its display name and license apply from the next sign-in.",
                &[&it.name],
                format!("update-{}", it.id),
            ),
            Change::OrganizationDeleted(it) => Self::new(
                "{} was deleted. Anybody who was logged in to it was logged out.",
                &[&it.name],
                "organizations",
            ),
            Change::ConnectionCreated { id, name } => {
                Self::new("{} was created. It has no users yet.", &[name], id.as_str())
            }
            Change::ConnectionDeleted { name, .. } => Self::new("{} and its users were deleted.", &[name], "directory"),
            Change::UserCreated(user) => Self::of_new_user(user),
            Change::UserDeleted(user) => Self::of_deleted_user(user, tenant),
            Change::ConnectionEnabled { organization, connection, auto_membership } => {
                Self::of_enabled_connection(organization, connection, *auto_membership, tenant)
            }
            Change::AutoMembershipChanged { organization, connection, auto_membership } => {
                Self::of_auto_membership(organization, connection, *auto_membership, tenant)
            }
            Change::ConnectionDisabled { organization, connection } => Self::new(
                "{} is disabled for {}. Its users can't log in there. Those who are members stay members.",
                &[connection, &organization.name],
                row_of_connection(organization, connection, tenant),
            ),
            Change::MemberAdded { organization, user, .. } => Self::of_new_member(organization, user, tenant),
            Change::MemberRemoved { organization, user } => Self::of_removed_member(organization, user, tenant),
            Change::InvitationCreated { organization, email } => Self::of_invitation(organization, email, tenant),
            Change::InvitationRevoked { organization, email } => Self::new(
                "The invitation for {} to {} was revoked. Its link no longer works.",
                &[email, &organization.name],
                format!("invitations-{}", organization.id),
            ),
            Change::UsageChanged(usage) => Self::of_usage(*usage),
            Change::OrganizationNames { allowed } => Self::of_organization_names(*allowed),
            // Only the management API makes these.
            Change::ConnectionUpdated { .. }
            | Change::UserUpdated(_)
            | Change::ButtonChanged { .. }
            | Change::FriendlyName(_) => Self::new("The change was saved.", &[], "directory"),
        }
    }

    fn of_new_user(user: &UserSnapshot) -> Self {
        let words = "{} was created in {}. The user is not a member of any organization yet.";
        Self::new(words, &[&user.email, &user.connection], row(&user.id))
    }

    fn of_deleted_user(user: &UserSnapshot, tenant: &Tenant) -> Self {
        let place = tenant.connection_by_name(&user.connection).map_or("directory", |it| it.id.as_str());
        Self::new("{} of {} was deleted and logged out.", &[&user.email, &user.connection], place)
    }

    fn of_enabled_connection(
        organization: &OrganizationSnapshot,
        connection: &str,
        auto_membership: bool,
        tenant: &Tenant,
    ) -> Self {
        let words = if auto_membership {
            "{} is enabled for {}. Auto-membership is on, so its users become members when they log in."
        } else if has_member_of(organization, connection, tenant) {
            "{} is enabled for {}. Auto-membership is off, so only its users who are already members can log in."
        } else {
            "{} is enabled for {}. Auto-membership is off, so its users are not members yet."
        };
        let place = row_of_connection(organization, connection, tenant);
        Self::new(words, &[connection, &organization.name], place)
    }

    fn of_auto_membership(organization: &OrganizationSnapshot, connection: &str, is_on: bool, tenant: &Tenant) -> Self {
        let words = if is_on {
            "Auto-membership of {} at {} is on. Its users become members when they log in."
        } else {
            "Auto-membership of {} at {} is off. Members stay members, and nobody else becomes one by logging in."
        };
        Self::new(words, &[connection, &organization.name], row_of_connection(organization, connection, tenant))
    }

    fn of_new_member(organization: &OrganizationSnapshot, user: &UserSnapshot, tenant: &Tenant) -> Self {
        let place = row_at(&organization.id, &user.id);
        if enabled(organization, &user.connection, tenant).is_some() {
            return Self::new("{} was added to {} and can log in now.", &[&user.email, &organization.name], place);
        }
        let words = "{} was added to {} but can't log in: {} is not enabled for the organization.";
        Self::new(words, &[&user.email, &organization.name, &user.connection], place)
    }

    fn of_removed_member(organization: &OrganizationSnapshot, user: &UserSnapshot, tenant: &Tenant) -> Self {
        let words = if enabled(organization, &user.connection, tenant) == Some(true) {
            "{} was removed from {} and logged out of it. Auto-membership is on, so the next sign-in adds the user again."
        } else {
            "{} was removed from {} and logged out of it."
        };
        Self::new(words, &[&user.email, &organization.name], row_at(&organization.id, &user.id))
    }

    fn of_invitation(organization: &OrganizationSnapshot, email: &str, tenant: &Tenant) -> Self {
        let at = tenant.organization(organization.id.as_str());
        let invitation = at.and_then(|at| Some((at, at.invitations.iter().rfind(|it| it.invitee == email)?)));
        let words = if invitation.is_some_and(|(at, it)| tenant.can_be_accepted(at, it)) {
            "{} was invited to {}. The link works once."
        } else {
            "{} was invited to {}. Nobody can accept it until an enabled connection has a user with this address."
        };
        let place = invitation.map_or(organization.id.to_string(), |(_, it)| row(&it.id));
        Self::new(words, &[email, &organization.name], place)
    }

    fn of_usage(usage: OrganizationUsage) -> Self {
        let (words, place) = match usage {
            OrganizationUsage::Individuals => {
                ("The type of users is now Individuals. Users log in without an organization.", "usage-label")
            }
            OrganizationUsage::Both => {
                ("The type of users is now Both. Users log in with or without an organization.", "usage-label")
            }
            OrganizationUsage::Business { prompt_for_organization: true } => (
                "The type of users is now Business users. The tenant asks for the organization if the application names none.",
                "usage-label",
            ),
            OrganizationUsage::Business { prompt_for_organization: false } => (
                "The prompt for the organization is now off. The application must name the organization.",
                "prompt-label",
            ),
        };
        Self::new(words, &[], place)
    }

    fn of_organization_names(allowed: bool) -> Self {
        let words = if allowed {
            "Organization names are now allowed. The application may send a name, and ID tokens contain org_name."
        } else {
            "Organization names are no longer allowed. The application must send an organization's ID."
        };
        Self::new(words, &[], "names-label")
    }

    pub(super) fn of_checkpoint(checkpoint: Option<Checkpoint>) -> Self {
        let state = match checkpoint {
            Some(checkpoint) => format!("to the state after chapter {}", checkpoint.chapter()),
            None => "back to your seed".to_owned(),
        };
        let organizations = match checkpoint {
            Some(Checkpoint::Login | Checkpoint::EnterpriseConnection) => "there are no organizations",
            _ => "organizations have new IDs",
        };
        let words = format!("You jumped {state}. Everybody was logged out, and {organizations}.");
        Self::new(&words, &[], "lab")
    }

    pub(super) fn of_fault(fault: &Fault) -> Self {
        Self::new(&format!("Queued for the next sign-in: {}.", fault.title), &[], format!("fault-{}", fault.name))
    }

    pub(super) fn of_cancelled_faults(any: bool) -> Self {
        let words =
            if any { "Cancelled. The next sign-in works as usual." } else { "Nothing to cancel: no fault is queued." };
        Self::new(words, &[], "break-it")
    }

    /// Redirects to its place on the dashboard, which shows the message.
    pub(super) fn response(self, shared: &Shared, shown: Shown) -> HttpResponse {
        let mut response = redirect(&shown.at(&self.place));
        if let Some(cookie) = flash::cookie(shared, self.message)
            && let Err(cause) = response.add_cookie(&cookie)
        {
            error!("tenant: could not set a message's cookie: {cause}");
        }
        response
    }
}

/// The ID of the row of something that the page shows once: a user of a connection, or an invitation.
fn row(id: impl std::fmt::Display) -> String {
    format!("row-{id}")
}

/// The ID of the row of a connection or a user on an organization's card.
pub(super) fn row_at(organization: impl std::fmt::Display, id: impl std::fmt::Display) -> String {
    format!("row-{organization}-{id}")
}

fn row_of_connection(organization: &OrganizationSnapshot, connection: &str, tenant: &Tenant) -> String {
    let connection = tenant.connection_by_name(connection);
    connection.map_or(organization.id.to_string(), |connection| row_at(&organization.id, &connection.id))
}

/// Whether auto-membership is on, if the connection is enabled for the organization.
fn enabled(organization: &OrganizationSnapshot, connection: &str, tenant: &Tenant) -> Option<bool> {
    let organization = tenant.organization(organization.id.as_str())?;
    Some(organization.enabled(&tenant.connection_by_name(connection)?.id)?.assign_membership_on_login)
}

fn has_member_of(organization: &OrganizationSnapshot, connection: &str, tenant: &Tenant) -> bool {
    let (at, connection) = (tenant.organization(organization.id.as_str()), tenant.connection_by_name(connection));
    let Some((at, connection)) = at.zip(connection) else { return false };
    tenant.users_of(&connection.id).any(|user| at.has_member(&user.id))
}
