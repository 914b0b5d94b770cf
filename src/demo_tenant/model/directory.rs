//! Creating and deleting organizations, connections and users, with Auth0's rules for their names.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    changes::{Change, ChangeError},
    connection::ConnectionUpdate,
    fields::{check_branding, check_display_name, check_email, check_metadata},
    ids::{OrganizationId, UserId},
    profile::UserUpdate,
    tenant::{Branding, Connection, Organization, Profile, Strategy, Tenant, User},
};
use crate::random::Random;

/// How many of each kind the tenant can have.
const MAX_ENTITIES: usize = 1_000;

/// Auth0's rule for the name of an organization. A name that began with `org_` could be mistaken for an id.
pub(crate) const ORGANIZATION_NAME: &str = "must be 1 to 50 lower-case letters, digits, hyphens or underscores, with a \
                                            letter or digit first and no org_ at the beginning";

/// Auth0's rule for the name of a connection.
pub(crate) const CONNECTION_NAME: &str = "must be 1 to 128 letters or digits, with single hyphens between them";

/// The data for a new organization.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewOrganization {
    pub(crate) name: String,
    /// If there is none, the name is used.
    pub(crate) display_name: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) branding: Option<Branding>,
}

/// The new values of an organization; `None` leaves the old one.
#[derive(Debug, Clone, Default)]
pub(crate) struct OrganizationUpdate {
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    /// Replaces all of it.
    pub(crate) metadata: Option<BTreeMap<String, String>>,
    pub(crate) branding: Option<Branding>,
}

impl Tenant {
    /// Creates an organization without connections and members.
    pub(crate) fn create_organization(&mut self, new: NewOrganization, random: &Random) -> Result<Change, ChangeError> {
        self.check_organization_name(&new.name, None)?;
        check_metadata(&new.metadata)?;
        let display_name = new.display_name.unwrap_or_else(|| new.name.clone());
        check_display_name(&display_name)?;
        new.branding.as_ref().map_or(Ok(()), check_branding)?;
        check_room(&self.organizations, "organizations")?;
        let organization = Organization {
            id: OrganizationId::new(random),
            name: new.name,
            display_name,
            metadata: new.metadata,
            branding: new.branding,
            enabled_connections: vec![],
            members: vec![],
            invitations: vec![],
        };
        let change = Change::OrganizationCreated((&organization).into());
        self.organizations.push(organization);
        Ok(change)
    }

    pub(crate) fn update_organization(&mut self, id: &str, update: OrganizationUpdate) -> Result<Change, ChangeError> {
        if let Some(name) = &update.name {
            self.check_organization_name(name, Some(id))?;
        }
        update.display_name.as_deref().map_or(Ok(()), check_display_name)?;
        update.metadata.as_ref().map_or(Ok(()), check_metadata)?;
        update.branding.as_ref().map_or(Ok(()), check_branding)?;
        let organization = self.organization_mut(id)?;
        organization.name = update.name.unwrap_or_else(|| organization.name.clone());
        organization.display_name = update.display_name.unwrap_or_else(|| organization.display_name.clone());
        organization.metadata = update.metadata.unwrap_or_else(|| organization.metadata.clone());
        organization.branding = update.branding.or_else(|| organization.branding.clone());
        Ok(Change::OrganizationUpdated((&*organization).into()))
    }

    /// Deletes an organization; its users stay.
    pub(crate) fn delete_organization(&mut self, id: &str) -> Result<Change, ChangeError> {
        let gone = (&*self.organization_mut(id)?).into();
        self.organizations.retain(|organization| organization.id.as_str() != id);
        Ok(Change::OrganizationDeleted(gone))
    }

    pub(crate) fn create_connection(
        &mut self,
        name: &str,
        strategy: Strategy,
        update: ConnectionUpdate,
        random: &Random,
    ) -> Result<Change, ChangeError> {
        let is_word = |word: &str| !word.is_empty() && word.chars().all(|it| it.is_ascii_alphanumeric());
        if name.len() > 128 || !name.split('-').all(is_word) {
            return Err(ChangeError::Invalid { field: "name", rule: CONNECTION_NAME });
        }
        if self.connections.iter().any(|connection| connection.name.eq_ignore_ascii_case(name)) {
            return Err(ChangeError::ConnectionExists);
        }
        check_room(&self.connections, "connections")?;
        let connection = update.applied_to(Connection::new(name, strategy, random))?;
        let change = Change::ConnectionCreated { id: connection.id.clone(), name: name.to_owned() };
        self.connections.push(connection);
        Ok(change)
    }

    /// Deletes a connection, and with it its users.
    pub(crate) fn delete_connection(&mut self, id: &str) -> Result<Change, ChangeError> {
        let gone = self.existing_connection(id)?;
        self.connections.retain(|connection| connection.id != gone.id);
        let users: Vec<UserId> = self.users_of(&gone.id).map(|user| user.id.clone()).collect();
        self.users.retain(|user| user.connection != gone.id);
        for organization in &mut self.organizations {
            organization.enabled_connections.retain(|enabled| enabled.connection != gone.id);
            organization.members.retain(|member| !users.contains(member));
        }
        Ok(Change::ConnectionDeleted { id: gone.id, name: gone.name })
    }

    /// Creates a user; without a name, the address is the name.
    pub(crate) fn create_user(
        &mut self,
        connection: &str,
        email: &str,
        update: UserUpdate,
        now: DateTime<Utc>,
        random: &Random,
    ) -> Result<Change, ChangeError> {
        let connection = self.existing_connection(connection)?;
        let email = check_email(email)?;
        if self.users_of(&connection.id).any(|user| user.email == email) {
            return Err(ChangeError::UserExists);
        }
        check_room(&self.users, "users")?;
        let user = User {
            id: connection.new_user_id(random),
            connection: connection.id,
            name: email.clone(),
            email,
            profile: Profile::default(),
            created_at: now,
            updated_at: now,
        };
        let user = update.applied_to(&user)?;
        let created = self.snapshot_of(&user);
        self.users.push(user);
        Ok(Change::UserCreated(created))
    }

    /// Deletes a user, memberships included.
    pub(crate) fn delete_user(&mut self, id: &str) -> Result<Change, ChangeError> {
        let gone = self.user_snapshot(id)?;
        self.users.retain(|user| user.id != gone.id);
        for organization in &mut self.organizations {
            organization.members.retain(|member| *member != gone.id);
        }
        Ok(Change::UserDeleted(gone))
    }

    /// Requires that the name follows [`ORGANIZATION_NAME`], and is not another organization's than `except`'s.
    fn check_organization_name(&self, name: &str, except: Option<&str>) -> Result<(), ChangeError> {
        let allowed = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "-_".contains(it);
        let first = name.chars().next().is_some_and(|it| it.is_ascii_alphanumeric());
        if !first || name.len() > 50 || name.starts_with("org_") || !name.chars().all(allowed) {
            return Err(ChangeError::Invalid { field: "name", rule: ORGANIZATION_NAME });
        }
        match self.organization_by_name(name) {
            Some(other) if except != Some(other.id.as_str()) => Err(ChangeError::OrganizationExists),
            _ => Ok(()),
        }
    }
}

fn check_room<T>(taken: &[T], what: &'static str) -> Result<(), ChangeError> {
    if taken.len() < MAX_ENTITIES { Ok(()) } else { Err(ChangeError::TooMany(what)) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::demo_tenant::lab::checkpoints::Checkpoint;

    fn tenant() -> Tenant {
        Checkpoint::SecondOrganization.tenant()
    }

    fn named(name: &str) -> NewOrganization {
        NewOrganization { name: name.into(), ..NewOrganization::default() }
    }

    #[test]
    fn an_organization_is_created_changed_and_deleted() {
        let mut tenant = tenant();
        let Ok(Change::OrganizationCreated(org3)) = tenant.create_organization(named("org3"), &Random::system()) else {
            panic!()
        };
        assert_eq!(tenant.organization_by_name("org3").unwrap().display_name, "org3");
        let update = OrganizationUpdate {
            display_name: Some("Third".into()),
            metadata: Some(BTreeMap::from([("license".into(), "premium".into())])),
            ..OrganizationUpdate::default()
        };
        tenant.update_organization(org3.id.as_str(), update).unwrap();
        let org3 = tenant.organization_by_name("ORG3").unwrap().clone();
        assert_eq!((org3.display_name.as_str(), org3.license()), ("Third", Some("premium")));
        tenant.delete_organization(org3.id.as_str()).unwrap();
        assert_eq!(tenant.organization_by_name("org3"), None);
    }

    #[rstest]
    #[case("")]
    #[case("Org3")]
    #[case("org 3")]
    #[case("-org3")]
    #[case("org_3Rd")]
    #[case("org_abc")]
    #[case("a-name-of-fifty-one-characters-is-a-character-too-m")]
    fn a_name_that_auth0_would_not_take_is_not_taken(#[case] name: &str) {
        assert!(matches!(
            tenant().create_organization(named(name), &Random::system()),
            Err(ChangeError::Invalid { field: "name", .. })
        ));
    }

    #[test]
    fn names_are_unique() {
        let mut tenant = tenant();
        let random = Random::system();
        assert_eq!(tenant.create_organization(named("org1"), &random), Err(ChangeError::OrganizationExists));
        let org1 = tenant.organizations[0].id.to_string();
        let rename = |name: &str| OrganizationUpdate { name: Some(name.into()), ..OrganizationUpdate::default() };
        assert_eq!(tenant.update_organization(&org1, rename("org2")), Err(ChangeError::OrganizationExists));
        assert!(tenant.update_organization(&org1, rename("org1")).is_ok());
        assert_eq!(
            tenant.create_connection("okta1", Strategy::Enterprise, ConnectionUpdate::default(), &random),
            Err(ChangeError::ConnectionExists)
        );
    }

    #[test]
    fn the_same_address_in_two_connections_is_two_users() {
        let mut tenant = tenant();
        let okta2 = tenant.connection_by_name("Okta2").unwrap().id.to_string();
        let random = Random::system();
        let create = |tenant: &mut Tenant, email| {
            tenant.create_user(&okta2, email, UserUpdate::default(), DateTime::UNIX_EPOCH, &random)
        };
        let Ok(Change::UserCreated(alice)) = create(&mut tenant, "Alice@org1.example") else { panic!() };
        assert!(alice.id.as_str().starts_with("okta|Okta2|00u"));
        assert_eq!(alice.email, "alice@org1.example");
        assert_eq!(create(&mut tenant, "Alice@org1.example"), Err(ChangeError::UserExists));
        assert!(create(&mut tenant, "no address").is_err());
    }

    #[test]
    fn what_belongs_to_a_connection_goes_with_it() {
        let mut tenant = tenant();
        let okta1 = tenant.connection_by_name("Okta1").unwrap().id.to_string();
        tenant.delete_connection(&okta1).unwrap();
        let org1 = &tenant.organizations[0];
        assert!(org1.enabled_connections.is_empty() && org1.members.is_empty());
        assert!(!tenant.users.iter().any(|user| user.email == "alice@org1.example"));
        let bob = tenant.users.iter().find(|user| user.email == "bob@org2.example").unwrap().id.to_string();
        tenant.delete_user(&bob).unwrap();
        assert!(tenant.organizations[1].members.is_empty());
    }

    #[rstest]
    #[case("Okta 3")]
    #[case("-Okta")]
    #[case("Okta--3")]
    #[case("")]
    fn a_connection_has_a_name_of_letters_digits_and_hyphens(#[case] name: &str) {
        let update = ConnectionUpdate::default();
        assert!(tenant().create_connection(name, Strategy::Enterprise, update, &Random::system()).is_err());
    }
}
