//! Invitations to an organization: a link for one person, good once.

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::{
    access::Refusal,
    changes::{Change, ChangeError, OrganizationSnapshot},
    fields::{check_email, check_name},
    ids::{self, ConnectionId},
    tenant::{Connection, Invitation, Organization, Tenant, User},
};
use crate::random::Random;

/// As at Auth0: a week, unless the request sets another lifetime.
const LIFETIME: TimeDelta = TimeDelta::days(7);
/// As at Auth0: thirty days.
const MAX_LIFETIME: TimeDelta = TimeDelta::days(30);
/// In one organization.
const MAX_INVITATIONS: usize = 100;
/// How many other users the error message suggests if the invitee is not a user.
const MAX_SUGGESTIONS: usize = 10;

/// The data for a new invitation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewInvitation<'a> {
    pub(crate) email: &'a str,
    /// The name that the page shows.
    pub(crate) inviter: &'a str,
    /// The id of the only connection that the invitee may use, if there is one.
    pub(crate) connection: Option<&'a str>,
    /// The lifetime. `None` and 0 mean a week.
    pub(crate) seconds: Option<u32>,
}

impl Invitation {
    pub(crate) fn is_for(&self, user: &User) -> bool {
        self.invitee.eq_ignore_ascii_case(&user.email)
    }

    /// Whether it can be accepted with the connection.
    pub(crate) fn allows(&self, connection: &Connection) -> bool {
        self.connection.as_ref().is_none_or(|only| *only == connection.id)
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
    pub(crate) fn invite(
        &mut self,
        organization: &str,
        new: NewInvitation,
        now: DateTime<Utc>,
        random: &Random,
    ) -> Result<(Change, Invitation), ChangeError> {
        let seconds = new.seconds.filter(|seconds| *seconds > 0);
        let lifetime = seconds.map_or(LIFETIME, |seconds| TimeDelta::seconds(seconds.into()));
        if lifetime > MAX_LIFETIME {
            return Err(ChangeError::Invalid {
                field: "ttl_sec",
                rule: "must be at most 2592000, which is thirty days",
            });
        }
        check_name("inviter.name", new.inviter)?;
        let invitation = Invitation {
            id: format!("uinv_{}", ids::alphanumeric(16, random)),
            ticket: ids::alphanumeric(32, random),
            invitee: check_email(new.email)?,
            inviter: new.inviter.to_owned(),
            connection: new.connection.map(|id| self.enabled_connection(organization, id)).transpose()?,
            created_at: now,
            expires_at: now + lifetime,
        };
        let organization = self.organization_mut(organization)?;
        organization.invitations.retain(|it| now < it.expires_at);
        if organization.invitations.len() >= MAX_INVITATIONS {
            return Err(ChangeError::TooMany("invitations"));
        }
        organization.invitations.push(invitation.clone());
        let change =
            Change::InvitationCreated { organization: (&*organization).into(), email: invitation.invitee.clone() };
        Ok((change, invitation))
    }

    /// The id of a connection that is enabled for the organization.
    fn enabled_connection(&self, organization: &str, id: &str) -> Result<ConnectionId, ChangeError> {
        let organization = self.organization(organization).ok_or(ChangeError::NoSuchOrganization)?;
        let enabled = organization.enabled_connections.iter().find(|it| it.connection.as_str() == id);
        let rule = "must be the id of a connection that is enabled for the organization";
        enabled.map(|it| it.connection.clone()).ok_or(ChangeError::Invalid { field: "connection_id", rule })
    }

    /// Requires a user with the address: nobody can sign up at this tenant, so nobody else could accept the invitation.
    /// Auth0 accepts every address, and so does the management API.
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

    /// Whether somebody can accept the invitation: a user with its address, from an enabled connection.
    pub(crate) fn can_be_accepted(&self, organization: &Organization, invitation: &Invitation) -> bool {
        let connections = self.connections_for(Some(organization)).into_iter().filter(|it| invitation.allows(it));
        let mut users = connections.flat_map(|connection| self.users_of(&connection.id));
        users.any(|user| invitation.is_for(user))
    }

    pub(crate) fn revoke_invitation(&mut self, organization: &str, id: &str) -> Result<Change, ChangeError> {
        let organization = self.organization_mut(organization)?;
        let position = organization.invitations.iter().position(|it| it.id == id);
        let invitation = organization.invitations.remove(position.ok_or(ChangeError::NoSuchInvitation)?);
        Ok(Change::InvitationRevoked { organization: (&*organization).into(), email: invitation.invitee })
    }

    /// Uses an invitation up, whether the user is the invitee or not.
    pub(crate) fn use_invitation(
        &mut self,
        organization: &str,
        ticket: &str,
        user: &User,
        now: DateTime<Utc>,
    ) -> Result<OrganizationSnapshot, Refusal> {
        let organization = self.organization_mut(organization).map_err(|_| Refusal::InvitationUnknown)?;
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
    use crate::demo_tenant::lab::checkpoints::Checkpoint;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn invited(email: &str) -> (Tenant, String, Invitation) {
        let mut tenant = Checkpoint::Collaboration.tenant();
        let org1 = tenant.organizations[0].id.to_string();
        let new = NewInvitation { email, inviter: "Alice", connection: None, seconds: None };
        let (_, invitation) = tenant.invite(&org1, new, NOW, &Random::system()).unwrap();
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
