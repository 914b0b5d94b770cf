//! What the dashboard shows.

use serde::Serialize;

use super::{
    faults::{ArmedFaultView, FaultReport},
    log::{KindLink, LogLine, Shown},
    rejected_form::RejectedForm,
    timeline::Timeline,
};
use crate::{
    demo_tenant::{
        lab::{
            faults::{FAULT_GROUPS, FaultGroup},
            sentence::Sentence,
        },
        model::{
            client::MANAGEMENT_CLIENT_ID,
            directory::{CONNECTION_NAME, ORGANIZATION_NAME},
            tenant::{Connection, Organization, OrganizationUsage, Tenant, User},
        },
        state::{Shared, StateGuard},
        views::ConnectionView,
    },
    home_link::HomeLink,
    text::{hue, initials},
};

/// `demo_tenant/dashboard.html`.
#[derive(Debug, Serialize)]
pub(super) struct DashboardPage {
    /// The revision of the state that the page shows.
    revision: u64,
    application: String,
    application_url: String,
    issuer: String,
    home: Option<HomeLink>,
    /// The client for scripts, and its secret.
    management_client_id: &'static str,
    management_secret: String,
    /// The page's own path, with the kind of events that its log shows.
    path: String,
    /// What the last form did; shown once.
    flash: Option<Sentence>,
    /// The form whose change was just rejected.
    rejected: Option<RejectedForm>,
    settings: SettingsView,
    organizations: Vec<OrganizationCard>,
    connections: Vec<ConnectionCard>,
    /// The rules for names, for the fields' hints.
    organization_name: &'static str,
    connection_name: &'static str,
    lab: Timeline,
    fault_groups: &'static [FaultGroup],
    armed_faults: Vec<ArmedFaultView>,
    fault_report: Option<FaultReport>,
    log: Vec<LogLine>,
    /// What the log says while it is empty.
    log_empty: &'static str,
    log_kinds: Vec<KindLink>,
}

#[derive(Debug, Serialize)]
struct OrganizationCard {
    id: String,
    name: String,
    display_name: String,
    initials: String,
    hue: u32,
    license: Option<String>,
    connections: Vec<ConnectionRow>,
    /// All users of the tenant, in an order that a change of members keeps.
    users: Vec<MemberRow>,
    /// How many of them are members.
    members: usize,
    invitations: Vec<InvitationRow>,
}

/// An open invitation.
#[derive(Debug, Serialize)]
struct InvitationRow {
    id: String,
    email: String,
    link: String,
    expires: String,
    can_be_accepted: bool,
}

/// The settings of the application and of the tenant.
#[derive(Debug, Serialize)]
struct SettingsView {
    /// `individuals`, `both` or `business`.
    usage: &'static str,
    prompt_for_organization: bool,
    organization_names_allowed: bool,
}

impl SettingsView {
    fn of(tenant: &Tenant) -> Self {
        Self {
            usage: match tenant.usage {
                OrganizationUsage::Individuals => "individuals",
                OrganizationUsage::Both => "both",
                OrganizationUsage::Business { .. } => "business",
            },
            prompt_for_organization: tenant.usage == OrganizationUsage::Business { prompt_for_organization: true },
            organization_names_allowed: tenant.organization_names_allowed,
        }
    }
}

/// A connection with its users.
#[derive(Debug, Serialize)]
struct ConnectionCard {
    id: String,
    view: ConnectionView,
    users: Vec<UserRow>,
}

impl ConnectionCard {
    fn of(tenant: &Tenant, connection: &Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            view: ConnectionView::of(connection),
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

/// A user beside an organization, and whether they are a member.
#[derive(Debug, Serialize)]
struct MemberRow {
    #[serde(flatten)]
    user: UserRow,
    is_member: bool,
}

impl DashboardPage {
    pub(super) fn of(
        shared: &Shared,
        state: &StateGuard<'_>,
        shown: Shown,
        flash: Option<Sentence>,
        rejected: Option<RejectedForm>,
    ) -> Self {
        let tenant = &state.tenant;
        Self {
            revision: state.revision(),
            application: shared.client.name.clone(),
            application_url: shared.client.callbacks.first().cloned().unwrap_or_default(),
            issuer: shared.issuer.clone(),
            home: shared.home.clone(),
            management_client_id: MANAGEMENT_CLIENT_ID,
            management_secret: state.management_secret.clone(),
            path: shown.path(),
            flash,
            rejected,
            settings: SettingsView::of(tenant),
            organizations: tenant.organizations.iter().map(|it| OrganizationCard::of(shared, tenant, it)).collect(),
            connections: tenant.connections.iter().map(|it| ConnectionCard::of(tenant, it)).collect(),
            organization_name: ORGANIZATION_NAME,
            connection_name: CONNECTION_NAME,
            lab: Timeline::of(shared, state),
            fault_groups: FAULT_GROUPS,
            armed_faults: state.faults.armed().iter().map(ArmedFaultView::of).collect(),
            fault_report: state.faults.report().map(FaultReport::of),
            log: shown.lines(&state.log),
            log_empty: shown.when_empty(),
            log_kinds: shown.links(),
        }
    }
}

impl OrganizationCard {
    fn of(shared: &Shared, tenant: &Tenant, organization: &Organization) -> Self {
        // The enabled ones first, in the order in which users see them.
        let mut connections = tenant.connections_for(Some(organization));
        connections.extend(tenant.connections.iter().filter(|it| organization.enabled(&it.id).is_none()));
        let users = tenant.users.iter().filter_map(|user| {
            Some(MemberRow { user: UserRow::of(tenant, user)?, is_member: organization.has_member(&user.id) })
        });
        Self {
            id: organization.id.to_string(),
            name: organization.name.clone(),
            display_name: organization.display_name.clone(),
            initials: initials(&organization.display_name),
            hue: hue(&organization.display_name),
            license: organization.license().map(str::to_owned),
            connections: connections
                .into_iter()
                .map(|connection| {
                    let enabled = organization.enabled(&connection.id);
                    ConnectionRow {
                        id: connection.id.to_string(),
                        view: ConnectionView::of(connection),
                        enabled: enabled.is_some(),
                        auto_membership: enabled.is_some_and(|it| it.assign_membership_on_login),
                    }
                })
                .collect(),
            users: users.collect(),
            members: organization.members.len(),
            invitations: organization
                .invitations
                .iter()
                .filter(|it| shared.now() < it.expires_at)
                .map(|it| InvitationRow {
                    id: it.id.clone(),
                    email: it.invitee.clone(),
                    link: it.link(&shared.client.initiate_login_uri, organization),
                    expires: it.expires_at.format("%-d %B, %H:%M UTC").to_string(),
                    can_be_accepted: tenant.can_be_accepted(organization, it),
                })
                .collect(),
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
            connection: ConnectionView::of(connection),
            key: if unique { user.email.clone() } else { format!("{}-{}", user.email, connection.name) },
        })
    }
}
