//! What the dashboard shows.

use serde::Serialize;

use crate::demo_tenant::{
    changes::ChangeError,
    checkpoints::Checkpoint,
    protocol::pages::{ConnectionView, initials},
    state::{Shared, State},
    tenant::{Connection, Organization, OrganizationUsage, Tenant, User},
};

/// `demo_tenant/dashboard.html`.
#[derive(Debug, Serialize)]
pub(super) struct DashboardPage {
    application: String,
    application_url: String,
    issuer: String,
    /// Why the last change was not made.
    problem: Option<String>,
    /// `individuals`, `both` or `business`.
    usage: &'static str,
    prompt_for_organization: bool,
    organization_names_allowed: bool,
    organizations: Vec<OrganizationCard>,
    connections: Vec<ConnectionCard>,
    checkpoints: Vec<CheckpointView>,
}

#[derive(Debug, Serialize)]
struct OrganizationCard {
    id: String,
    name: String,
    display_name: String,
    license: Option<String>,
    connections: Vec<ConnectionRow>,
    members: Vec<UserRow>,
    others: Vec<UserRow>,
}

/// A connection with its users.
#[derive(Debug, Serialize)]
struct ConnectionCard {
    id: String,
    view: ConnectionView,
    users: Vec<UserRow>,
}

/// A button that takes the tenant to a state of the lab.
#[derive(Debug, Serialize)]
struct CheckpointView {
    name: &'static str,
    chapter: &'static str,
    description: &'static str,
    /// The last one that was set.
    current: bool,
}

impl CheckpointView {
    fn of(checkpoint: Checkpoint, current: Checkpoint) -> Self {
        Self {
            name: checkpoint.name(),
            chapter: checkpoint.chapter(),
            description: checkpoint.description(),
            current: checkpoint == current,
        }
    }
}

impl ConnectionCard {
    fn of(tenant: &Tenant, connection: &Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            view: ConnectionView::of(tenant, connection),
            users: tenant.users_of(&connection.id).filter_map(|user| UserRow::of(tenant, user)).collect(),
        }
    }
}

/// A connection as one organization has it.
#[derive(Debug, Serialize)]
struct ConnectionRow {
    id: String,
    view: ConnectionView,
    enabled: bool,
    auto_membership: bool,
}

/// A user as one organization has them.
#[derive(Debug, Serialize)]
struct UserRow {
    id: String,
    name: String,
    email: String,
    initials: String,
    connection: ConnectionView,
    /// The end of a test id: the address, with the connection where there are several users of that address.
    key: String,
}

impl DashboardPage {
    /// The page for the state as it is.
    pub(super) fn of(shared: &Shared, state: &State, problem: Option<&ChangeError>) -> Self {
        let tenant = &state.tenant;
        Self {
            application: shared.client.name.clone(),
            application_url: shared.client.callbacks.first().cloned().unwrap_or_default(),
            issuer: shared.issuer.clone(),
            problem: problem.map(ToString::to_string),
            usage: match tenant.usage {
                OrganizationUsage::Individuals => "individuals",
                OrganizationUsage::Both => "both",
                OrganizationUsage::Business { .. } => "business",
            },
            prompt_for_organization: tenant.usage == OrganizationUsage::Business { prompt_for_organization: true },
            organization_names_allowed: tenant.organization_names_allowed,
            organizations: tenant.organizations.iter().map(|it| OrganizationCard::of(tenant, it)).collect(),
            connections: tenant.connections.iter().map(|it| ConnectionCard::of(tenant, it)).collect(),
            checkpoints: Checkpoint::ALL.map(|it| CheckpointView::of(it, state.checkpoint)).into(),
        }
    }
}

impl OrganizationCard {
    fn of(tenant: &Tenant, organization: &Organization) -> Self {
        // The enabled ones first, in the order in which users see them.
        let mut connections = tenant.connections_for(Some(organization));
        connections.extend(tenant.connections.iter().filter(|it| organization.enabled(&it.id).is_none()));
        let members = organization.members.iter().filter_map(|id| tenant.user(id.as_str()));
        let others = tenant.users.iter().filter(|user| !organization.has_member(&user.id));
        Self {
            id: organization.id.to_string(),
            name: organization.name.clone(),
            display_name: organization.display_name.clone(),
            license: organization.license().map(str::to_owned),
            connections: connections
                .into_iter()
                .map(|connection| {
                    let enabled = organization.enabled(&connection.id);
                    ConnectionRow {
                        id: connection.id.to_string(),
                        view: ConnectionView::of(tenant, connection),
                        enabled: enabled.is_some(),
                        auto_membership: enabled.is_some_and(|it| it.assign_membership_on_login),
                    }
                })
                .collect(),
            members: members.filter_map(|user| UserRow::of(tenant, user)).collect(),
            others: others.filter_map(|user| UserRow::of(tenant, user)).collect(),
        }
    }
}

impl UserRow {
    fn of(tenant: &Tenant, user: &User) -> Option<Self> {
        let connection = tenant.connection(user.connection.as_str())?;
        let unique = tenant.users.iter().filter(|it| it.email == user.email).count() == 1;
        Some(Self {
            id: user.id.to_string(),
            name: user.name.clone(),
            email: user.email.clone(),
            initials: initials(&user.name),
            connection: ConnectionView::of(tenant, connection),
            key: if unique { user.email.clone() } else { format!("{}-{}", user.email, connection.name) },
        })
    }
}
