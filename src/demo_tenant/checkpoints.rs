//! The states of the tenant after a part of the lab.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    ids::{ConnectionId, OrganizationId, UserId},
    tenant::{Connection, EnabledConnection, Organization, OrganizationUsage, Strategy, Tenant, User},
};

/// The lab's connections and people, made once at the start: organizations come and go, subjects stay.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    database: Connection,
    okta1: Connection,
    okta2: Connection,
    carol: User,
    alice: User,
    bob: User,
}

impl Cast {
    /// A new cast, with identifiers of its own.
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        let connection = |name: &str, strategy| Connection { id: ConnectionId::random(), name: name.into(), strategy };
        let database = connection("Username-Password-Authentication", Strategy::Database);
        let okta1 = connection("Okta1", Strategy::Enterprise);
        let okta2 = connection("Okta2", Strategy::Enterprise);
        let user = |of: &Connection, name: &str, email: &str| User {
            id: match of.strategy {
                Strategy::Enterprise => UserId::of_enterprise(of.strategy.as_str(), &of.name),
                Strategy::Database => UserId::of_database(),
            },
            connection: of.id.clone(),
            email: email.into(),
            name: name.into(),
            updated_at: now,
        };
        Self {
            carol: user(&database, "Carol Clark", "carol@example.com"),
            alice: user(&okta1, "Alice Adams", "alice@org1.example"),
            bob: user(&okta2, "Bob Brown", "bob@org2.example"),
            database,
            okta1,
            okta2,
        }
    }

    /// After step 1 of the collaboration chapter: org1 (corporate) with Okta1, org2 (premium) with Okta2.
    pub(crate) fn second_organization(&self) -> Tenant {
        Tenant {
            connections: vec![self.database.clone(), self.okta1.clone(), self.okta2.clone()],
            users: vec![self.carol.clone(), self.alice.clone(), self.bob.clone()],
            organizations: vec![
                organization("org1", "corporate", &self.okta1, &self.alice),
                organization("org2", "premium", &self.okta2, &self.bob),
            ],
            usage: OrganizationUsage::Business { prompt_for_organization: true },
            organization_names_allowed: true,
        }
    }
}

/// An organization as the lab makes them: one connection, with auto-membership, and a member who has signed in once.
fn organization(name: &str, license: &str, connection: &Connection, member: &User) -> Organization {
    Organization {
        id: OrganizationId::random(),
        name: name.into(),
        display_name: name.into(),
        metadata: BTreeMap::from([("license".into(), license.into())]),
        enabled_connections: vec![EnabledConnection {
            connection: connection.id.clone(),
            assign_membership_on_login: true,
        }],
        members: vec![member.id.clone()],
    }
}
