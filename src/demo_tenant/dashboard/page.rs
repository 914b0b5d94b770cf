//! What the dashboard shows.

use serde::Serialize;

use super::{
    lab::{ArmedFaultView, BeginningView, FaultReport, GuideStepView, LOG_LINES, LogLine, Places},
    rejected_form::RejectedForm,
    sentence::Sentence,
};
use crate::{
    demo_tenant::{
        lab::{
            checkpoints::Checkpoint,
            faults::{FAULTS, Fault},
            guide::GuideStep,
        },
        model::{
            directory::{CONNECTION_NAME, ORGANIZATION_NAME},
            tenant::{Connection, Organization, OrganizationUsage, Tenant, User},
        },
        state::{Shared, State},
        views::ConnectionView,
    },
    text::initials,
};

/// `demo_tenant/dashboard.html`.
#[derive(Debug, Serialize)]
pub(super) struct DashboardPage {
    application: String,
    application_url: String,
    issuer: String,
    /// What the last form did, told once.
    flash: Option<Sentence>,
    /// The form whose change was just rejected.
    rejected: Option<RejectedForm>,
    settings: SettingsView,
    organizations: Vec<OrganizationCard>,
    connections: Vec<ConnectionCard>,
    /// The rules for names, for the fields' hints.
    organization_name: &'static str,
    connection_name: &'static str,
    checkpoints: Vec<CheckpointView>,
    /// When one of them, or the seed, was last set.
    checkpoint_set_at: Option<String>,
    /// Whether there is a seed to go back to, and whether the tenant is at it.
    has_seed: bool,
    at_seed: bool,
    /// Whether the guide is for these organizations.
    has_guide: bool,
    beginning: Option<BeginningView>,
    steps: Vec<GuideStepView>,
    steps_done: usize,
    faults: &'static [Fault],
    armed_faults: Vec<ArmedFaultView>,
    fault_report: Option<FaultReport>,
    log: Vec<LogLine>,
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

/// A button that resets the tenant to a checkpoint.
#[derive(Debug, Serialize)]
struct CheckpointView {
    name: &'static str,
    chapter: &'static str,
    description: &'static str,
    /// Whether it is the last one that was set.
    current: bool,
}

impl CheckpointView {
    fn of(checkpoint: Checkpoint, current: Option<Checkpoint>) -> Self {
        Self {
            name: checkpoint.name(),
            chapter: checkpoint.chapter(),
            description: checkpoint.description(),
            current: Some(checkpoint) == current,
        }
    }
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

impl DashboardPage {
    pub(super) fn of(shared: &Shared, state: &State, flash: Option<Sentence>, rejected: Option<RejectedForm>) -> Self {
        let tenant = &state.tenant;
        let places = Places::of(shared, tenant);
        let steps: Vec<GuideStepView> =
            GuideStep::ALL.into_iter().map(|it| GuideStepView::of(it, state, &places)).collect();
        Self {
            application: shared.client.name.clone(),
            application_url: shared.client.callbacks.first().cloned().unwrap_or_default(),
            issuer: shared.issuer.clone(),
            flash,
            rejected,
            settings: SettingsView::of(tenant),
            organizations: tenant.organizations.iter().map(|it| OrganizationCard::of(shared, tenant, it)).collect(),
            connections: tenant.connections.iter().map(|it| ConnectionCard::of(tenant, it)).collect(),
            organization_name: ORGANIZATION_NAME,
            connection_name: CONNECTION_NAME,
            checkpoints: Checkpoint::ALL.map(|it| CheckpointView::of(it, state.checkpoint)).into(),
            checkpoint_set_at: state.checkpoint_set_at.map(|at| at.format("%H:%M:%S UTC").to_string()),
            has_seed: shared.has_seed(),
            at_seed: state.checkpoint.is_none(),
            has_guide: shared.has_guide(state),
            beginning: BeginningView::of(state, &places),
            steps_done: steps.iter().filter(|step| step.done).count(),
            steps,
            faults: FAULTS,
            armed_faults: state.faults.armed().iter().map(ArmedFaultView::of).collect(),
            fault_report: state.faults.report().map(FaultReport::of),
            log: state.log.latest_first().take(LOG_LINES).map(LogLine::of).collect(),
        }
    }
}

impl OrganizationCard {
    fn of(shared: &Shared, tenant: &Tenant, organization: &Organization) -> Self {
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
                        view: ConnectionView::of(connection),
                        enabled: enabled.is_some(),
                        auto_membership: enabled.is_some_and(|it| it.assign_membership_on_login),
                    }
                })
                .collect(),
            members: members.filter_map(|user| UserRow::of(tenant, user)).collect(),
            others: others.filter_map(|user| UserRow::of(tenant, user)).collect(),
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
