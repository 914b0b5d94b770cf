//! Invitations to an organization: a link for one person, good once.

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::{
    access::Refusal,
    changes::{Change, ChangeError, OrganizationSnapshot},
    directory::check_email,
    ids,
    tenant::{Organization, Tenant, User},
};

/// As at Auth0: a week, where nothing else is asked for.
const LIFETIME: TimeDelta = TimeDelta::days(7);
/// As at Auth0: thirty days.
const MAX_LIFETIME: TimeDelta = TimeDelta::days(30);
/// For one organization.
const MAX_INVITATIONS: usize = 100;
/// So many users are named to whoever invites somebody that is none.
const MAX_SUGGESTIONS: usize = 10;

/// An invitation that is open, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invitation {
    /// `uinv_…`, for administrators.
    pub(crate) id: String,
    /// What the link carries: whoever has it can use it.
    pub(crate) ticket: String,
    /// Who is invited, by address.
    pub(crate) invitee: String,
    /// Who invites, for the page.
    pub(crate) inviter: String,
    /// When it was made.
    pub(crate) created_at: DateTime<Utc>,
    /// When it ends.
    pub(crate) expires_at: DateTime<Utc>,
}

/// An invitation that is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewInvitation<'a> {
    /// Whose address.
    pub(crate) email: &'a str,
    /// Who invites.
    pub(crate) inviter: &'a str,
    /// How long it is good, if not a week.
    pub(crate) seconds: Option<u32>,
}

impl Invitation {
    /// Whether the user is the one who is invited.
    pub(crate) fn is_for(&self, user: &User) -> bool {
        self.invitee.eq_ignore_ascii_case(&user.email)
    }

    /// The link, as Auth0 makes it: the application's login URI with the ticket, the organization's id and its name.
    pub(crate) fn link(&self, initiate_login_uri: &str, organization: &Organization) -> String {
        let Ok(mut url) = Url::parse(initiate_login_uri) else { return initiate_login_uri.to_owned() };
        url.query_pairs_mut()
            .append_pair("invitation", &self.ticket)
            .append_pair("organization", organization.id.as_str())
            .append_pair("organization_name", &organization.name);
        url.into()
    }
}

impl Tenant {
    /// Invites somebody to an organization.
    pub(crate) fn invite(
        &mut self,
        organization: &str,
        new: NewInvitation,
        now: DateTime<Utc>,
    ) -> Result<(Change, Invitation), ChangeError> {
        let lifetime = new.seconds.map_or(LIFETIME, |seconds| TimeDelta::seconds(seconds.into()));
        let invitation = Invitation {
            id: format!("uinv_{}", ids::alphanumeric(16)),
            ticket: ids::alphanumeric(32),
            invitee: check_email(new.email)?,
            inviter: new.inviter.chars().filter(|it| !it.is_control()).take(300).collect(),
            created_at: now,
            expires_at: now + lifetime.min(MAX_LIFETIME),
        };
        let organization = self.organization_to_change(organization)?;
        organization.invitations.retain(|it| now < it.expires_at);
        if organization.invitations.len() >= MAX_INVITATIONS {
            return Err(ChangeError::TooMany("invitations"));
        }
        organization.invitations.push(invitation.clone());
        let change =
            Change::InvitationCreated { organization: (&*organization).into(), email: invitation.invitee.clone() };
        Ok((change, invitation))
    }

    /// That somebody has the address: on a stage no users come by themselves, so that an invitation to anybody else is a
    /// dead end. Auth0 takes every address, and so does the management API.
    pub(crate) fn check_invitee(&self, email: &str) -> Result<(), ChangeError> {
        let email = check_email(email)?;
        if self.users.iter().any(|user| user.email == email) {
            return Ok(());
        }
        let mut others: Vec<&str> = self.users.iter().map(|user| user.email.as_str()).collect();
        others.sort_unstable();
        others.dedup();
        others.truncate(MAX_SUGGESTIONS);
        let others = if others.is_empty() { String::new() } else { format!(", or invite {}", others.join(" or ")) };
        Err(ChangeError::NobodyToInvite { email, others })
    }

    /// Whether somebody can accept the invitation: a user of its address, of a connection that is enabled.
    pub(crate) fn can_be_accepted(&self, organization: &Organization, invitation: &Invitation) -> bool {
        let connections = self.connections_for(Some(organization));
        let mut users = connections.into_iter().flat_map(|connection| self.users_of(&connection.id));
        users.any(|user| invitation.is_for(user))
    }

    /// Takes an invitation back.
    pub(crate) fn revoke_invitation(&mut self, organization: &str, id: &str) -> Result<Change, ChangeError> {
        let organization = self.organization_to_change(organization)?;
        let position = organization.invitations.iter().position(|it| it.id == id);
        let invitation = organization.invitations.remove(position.ok_or(ChangeError::NoSuchInvitation)?);
        Ok(Change::InvitationRevoked { organization: (&*organization).into(), email: invitation.invitee })
    }

    /// Uses an invitation up: whoever presents its ticket has had it, invited or not.
    pub(crate) fn use_invitation(
        &mut self,
        organization: &str,
        ticket: &str,
        user: &User,
        now: DateTime<Utc>,
    ) -> Result<OrganizationSnapshot, Refusal> {
        let organization = self.organization_to_change(organization).map_err(|_| Refusal::InvitationUnknown)?;
        organization.invitation(ticket, now)?;
        let position = organization.invitations.iter().position(|it| it.ticket == ticket);
        let invitation = organization.invitations.remove(position.ok_or(Refusal::InvitationUnknown)?);
        if invitation.is_for(user) { Ok((&*organization).into()) } else { Err(Refusal::InvitationForAnother) }
    }
}

impl Organization {
    /// The open invitation that a ticket is for.
    pub(crate) fn invitation(&self, ticket: &str, now: DateTime<Utc>) -> Result<&Invitation, Refusal> {
        let open = self.invitations.iter().find(|it| it.ticket == ticket && now < it.expires_at);
        open.ok_or(Refusal::InvitationUnknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_tenant::lab::checkpoints::{Checkpoint, LabFixtures};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn invited(email: &str) -> (Tenant, String, Invitation) {
        let mut tenant = LabFixtures::new(NOW).at(Checkpoint::Collaboration);
        let org1 = tenant.organizations[0].id.to_string();
        let (_, invitation) =
            tenant.invite(&org1, NewInvitation { email, inviter: "Alice", seconds: None }, NOW).unwrap();
        (tenant, org1, invitation)
    }

    fn user(tenant: &Tenant, email: &str) -> User {
        tenant.users.iter().find(|user| user.email == email).unwrap().clone()
    }

    #[test]
    fn the_link_is_the_login_uri_with_ticket_id_and_name() {
        let (tenant, org1, invitation) = invited("bob@org2.example");
        let link = invitation.link("http://localhost:3000/login", &tenant.organizations[0]);
        let ticket = invitation.ticket;
        assert_eq!(
            link,
            format!("http://localhost:3000/login?invitation={ticket}&organization={org1}&organization_name=org1")
        );
    }

    #[test]
    fn an_invitation_is_good_once_for_whom_it_was_made() {
        let (mut tenant, org1, invitation) = invited("Bob@org2.example");
        let bob = user(&tenant, "bob@org2.example");
        assert!(tenant.use_invitation(&org1, &invitation.ticket, &bob, NOW).is_ok());
        assert_eq!(tenant.use_invitation(&org1, &invitation.ticket, &bob, NOW), Err(Refusal::InvitationUnknown));
    }

    #[test]
    fn another_account_is_refused_and_uses_it_up() {
        let (mut tenant, org1, invitation) = invited("bob@org2.example");
        let alice = user(&tenant, "alice@org1.example");
        let refusal = tenant.use_invitation(&org1, &invitation.ticket, &alice, NOW).unwrap_err();
        assert_eq!(refusal.to_string(), "the specified account is not allowed to accept the current invitation");
        assert!(tenant.organizations[0].invitations.is_empty());
    }

    #[test]
    fn an_invitation_expires_and_can_be_taken_back() {
        let (mut tenant, org1, invitation) = invited("bob@org2.example");
        let late = NOW + LIFETIME;
        assert!(tenant.organizations[0].invitation(&invitation.ticket, late).is_err());
        assert!(tenant.organizations[0].invitation(&invitation.ticket, NOW).is_ok());
        tenant.revoke_invitation(&org1, &invitation.id).unwrap();
        assert_eq!(tenant.revoke_invitation(&org1, &invitation.id), Err(ChangeError::NoSuchInvitation));
    }
}
