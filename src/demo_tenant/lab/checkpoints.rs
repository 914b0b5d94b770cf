//! The states of the tenant after a part of the lab.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};

use crate::{
    demo_tenant::model::{
        ids::OrganizationId,
        tenant::{
            Connection, EnabledConnection, FRIENDLY_NAME, Organization, OrganizationUsage, Profile, Strategy, Tenant,
            User,
        },
    },
    random::Random,
};

/// A part of the lab, after which the tenant is in a known state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Checkpoint {
    /// Chapter 2: users of the database log in to the application; no organizations.
    Login,
    /// Chapter 4.1: users of Okta1 too.
    EnterpriseConnection,
    /// Chapter 4.2: org1, without a license.
    BusinessLogin,
    /// Chapter 5: org1 is corporate.
    License,
    /// Chapter 6, step 1: org2 (premium) with Okta2.
    #[default]
    SecondOrganization,
    /// Chapter 6, step 2: Okta2 is enabled for org1.
    Collaboration,
    /// Chapter 6, step 4: bob of Okta2 is a member of org1.
    Invited,
}

impl Checkpoint {
    /// In the lab's order.
    pub const ALL: [Self; 7] = [
        Self::Login,
        Self::EnterpriseConnection,
        Self::BusinessLogin,
        Self::License,
        Self::SecondOrganization,
        Self::Collaboration,
        Self::Invited,
    ];

    /// Its name in addresses and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::EnterpriseConnection => "enterprise-connection",
            Self::BusinessLogin => "business-login",
            Self::License => "license",
            Self::SecondOrganization => "second-organization",
            Self::Collaboration => "collaboration",
            Self::Invited => "invited",
        }
    }

    /// The part of the lab that it comes after, as the lab numbers it. The guide has a step of this number.
    pub fn chapter(self) -> &'static str {
        match self {
            Self::Login => "2",
            Self::EnterpriseConnection => "4.1",
            Self::BusinessLogin => "4.2",
            Self::License => "5",
            Self::SecondOrganization => "6.1",
            Self::Collaboration => "6.2",
            Self::Invited => "6.4",
        }
    }

    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Login => "No organizations. The database has the user carol@example.com",
            Self::EnterpriseConnection => "Okta1 is added, with alice@org1.example. Still no organizations",
            Self::BusinessLogin => "org1 is added, with Okta1 and without a license",
            Self::License => "org1 has the license corporate",
            Self::SecondOrganization => "org2 is added, with Okta2 and the license premium",
            Self::Collaboration => "Okta2 is enabled for org1. bob@org2.example is not a member",
            Self::Invited => "bob@org2.example is a member of org1",
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No checkpoint has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a checkpoint; the checkpoints are {}", Checkpoint::ALL.map(Checkpoint::name).join(", "))]
pub struct UnknownCheckpoint {
    name: String,
}

impl FromStr for Checkpoint {
    type Err = UnknownCheckpoint;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|checkpoint| checkpoint.name() == name);
        known.ok_or_else(|| UnknownCheckpoint { name: name.to_owned() })
    }
}

/// The lab's connections and users. They are created once, at the start, so that subjects stay the same. Organizations
/// are new at each checkpoint.
#[derive(Debug, Clone)]
pub(crate) struct LabFixtures {
    random: Random,
    database: Connection,
    okta1: Connection,
    okta2: Connection,
    carol: User,
    alice: User,
    bob: User,
}

impl LabFixtures {
    pub(crate) fn new(now: DateTime<Utc>, random: Random) -> Self {
        let connection = |name, strategy| Connection::new(name, strategy, &random);
        let database = connection("Username-Password-Authentication", Strategy::Database);
        let okta1 = connection("Okta1", Strategy::Enterprise);
        let okta2 = connection("Okta2", Strategy::Enterprise);
        let user = |of: &Connection, name: &str, email: &str| User {
            id: of.new_user_id(&random),
            connection: of.id.clone(),
            email: email.into(),
            name: name.into(),
            profile: Profile::default(),
            created_at: now,
            updated_at: now,
        };
        Self {
            carol: user(&database, "Carol Clark", "carol@example.com"),
            alice: user(&okta1, "Alice Adams", "alice@org1.example"),
            bob: user(&okta2, "Bob Brown", "bob@org2.example"),
            database,
            okta1,
            okta2,
            random,
        }
    }

    /// The tenant at a checkpoint, with new organizations.
    pub(crate) fn tenant_at(&self, checkpoint: Checkpoint) -> Tenant {
        match checkpoint {
            Checkpoint::Login => self.login(),
            Checkpoint::EnterpriseConnection => self.enterprise_connection(),
            Checkpoint::BusinessLogin => self.business_login(None),
            Checkpoint::License => self.business_login(Some("corporate")),
            Checkpoint::SecondOrganization => self.second_organization(),
            Checkpoint::Collaboration => self.collaboration(),
            Checkpoint::Invited => self.invited(),
        }
    }

    fn login(&self) -> Tenant {
        Tenant {
            connections: vec![self.database.clone()],
            users: vec![self.carol.clone()],
            organizations: vec![],
            usage: OrganizationUsage::Individuals,
            organization_names_allowed: true,
            friendly_name: FRIENDLY_NAME.to_owned(),
        }
    }

    fn enterprise_connection(&self) -> Tenant {
        let mut tenant = self.login();
        tenant.connections.push(self.okta1.clone());
        tenant.users.push(self.alice.clone());
        tenant
    }

    fn business_login(&self, license: Option<&str>) -> Tenant {
        let mut tenant = self.enterprise_connection();
        tenant.organizations.push(self.organization("org1", license, &self.okta1, &self.alice));
        tenant.usage = OrganizationUsage::Business { prompt_for_organization: true };
        tenant
    }

    fn second_organization(&self) -> Tenant {
        let mut tenant = self.business_login(Some("corporate"));
        tenant.connections.push(self.okta2.clone());
        tenant.users.push(self.bob.clone());
        tenant.organizations.push(self.organization("org2", Some("premium"), &self.okta2, &self.bob));
        tenant
    }

    fn collaboration(&self) -> Tenant {
        let mut tenant = self.second_organization();
        tenant.organizations[0].enabled_connections.push(EnabledConnection::new(self.okta2.id.clone(), false));
        tenant
    }

    fn invited(&self) -> Tenant {
        let mut tenant = self.collaboration();
        tenant.organizations[0].members.push(self.bob.id.clone());
        tenant
    }

    /// An organization as the lab creates them: one connection, with auto-membership, and a member who has signed in.
    fn organization(&self, name: &str, license: Option<&str>, connection: &Connection, member: &User) -> Organization {
        Organization {
            id: OrganizationId::new(&self.random),
            name: name.into(),
            display_name: name.into(),
            metadata: license.map(|license| ("license".to_owned(), license.to_owned())).into_iter().collect(),
            branding: None,
            enabled_connections: vec![EnabledConnection::new(connection.id.clone(), true)],
            members: vec![member.id.clone()],
            invitations: vec![],
        }
    }
}

#[cfg(test)]
impl Checkpoint {
    /// A tenant at this checkpoint, with connections and users of its own.
    pub(crate) fn tenant(self) -> Tenant {
        LabFixtures::new(DateTime::UNIX_EPOCH, Random::system()).tenant_at(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checkpoint_is_found_by_its_name() {
        for checkpoint in Checkpoint::ALL {
            assert_eq!(checkpoint.name().parse(), Ok(checkpoint));
        }
        let error = "logn".parse::<Checkpoint>().unwrap_err().to_string();
        assert!(error.contains("logn") && error.contains("second-organization"), "{error}");
    }

    #[test]
    fn organizations_are_new_at_each_checkpoint_and_subjects_are_not() {
        let fixtures = LabFixtures::new(DateTime::UNIX_EPOCH, Random::system());
        let (first, second) = (fixtures.tenant_at(Checkpoint::Invited), fixtures.tenant_at(Checkpoint::Invited));
        assert_ne!(first.organizations[0].id, second.organizations[0].id);
        assert_eq!(first.users, second.users);
    }

    #[test]
    fn each_checkpoint_is_a_step_further() {
        let fixtures = LabFixtures::new(DateTime::UNIX_EPOCH, Random::system());
        let facts = Checkpoint::ALL.map(|checkpoint| {
            let tenant = fixtures.tenant_at(checkpoint);
            let org1 = tenant.organizations.first();
            (
                tenant.organizations.len(),
                org1.and_then(Organization::license).map(str::to_owned),
                tenant.connections_for(org1).len(),
                org1.map_or(0, |org1| org1.members.len()),
                tenant.usage == OrganizationUsage::Individuals,
            )
        });
        let corporate = || Some("corporate".to_owned());
        assert_eq!(
            facts,
            [
                (0, None, 1, 0, true),
                (0, None, 2, 0, true),
                (1, None, 1, 1, false),
                (1, corporate(), 1, 1, false),
                (2, corporate(), 1, 1, false),
                (2, corporate(), 2, 1, false),
                (2, corporate(), 2, 2, false),
            ]
        );
    }
}
