//! The dashboard: the tenant's one page for whoever runs the lab.

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};

use super::{
    changes::ChangeError,
    protocol::pages::{ConnectionView, initials, page, redirect},
    state::Shared,
    tenant::{Organization, OrganizationUsage, Tenant, User},
};

/// `demo_tenant/dashboard.html`.
#[derive(Debug, Serialize)]
struct DashboardPage {
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
    fn of(shared: &Shared, tenant: &Tenant, problem: Option<&ChangeError>) -> Self {
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

/// `GET /`.
pub(super) async fn show(shared: web::Data<Shared>) -> HttpResponse {
    let context = DashboardPage::of(&shared, &shared.state().tenant, None);
    page(StatusCode::OK, "demo_tenant/dashboard.html", &context)
}

/// What the dashboard's buttons send.
#[derive(Debug, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub(super) enum Order {
    EnableConnection { organization: String, connection: String, auto_membership: Option<String> },
    DisableConnection { organization: String, connection: String },
    AddMember { organization: String, user: String },
    RemoveMember { organization: String, user: String },
    SetUsage { usage: Usage },
    SetOrganizationNames { organization_names: OrganizationNames },
}

/// The choices of organization usage, and of the prompt for the organization.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Usage {
    Individuals,
    Both,
    Business,
    BusinessWithoutPrompt,
}

impl From<Usage> for OrganizationUsage {
    fn from(usage: Usage) -> Self {
        match usage {
            Usage::Individuals => Self::Individuals,
            Usage::Both => Self::Both,
            Usage::Business => Self::Business { prompt_for_organization: true },
            Usage::BusinessWithoutPrompt => Self::Business { prompt_for_organization: false },
        }
    }
}

/// The choices of "Allow Organization Names in Authentication API".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OrganizationNames {
    Allowed,
    Refused,
}

impl Order {
    /// The element of the page where the order was given.
    fn place(&self) -> &str {
        match self {
            Self::EnableConnection { organization, .. }
            | Self::DisableConnection { organization, .. }
            | Self::AddMember { organization, .. }
            | Self::RemoveMember { organization, .. } => organization,
            Self::SetUsage { .. } | Self::SetOrganizationNames { .. } => "settings",
        }
    }
}

/// `POST /`: makes a change, and shows the page again where it was made.
pub(super) async fn change(shared: web::Data<Shared>, order: web::Form<Order>) -> HttpResponse {
    let changed = shared.change(|tenant| match &*order {
        Order::EnableConnection { organization, connection, auto_membership } => {
            tenant.enable_connection(organization, connection, auto_membership.is_some())
        }
        Order::DisableConnection { organization, connection } => tenant.disable_connection(organization, connection),
        Order::AddMember { organization, user } => tenant.add_member(organization, user),
        Order::RemoveMember { organization, user } => tenant.remove_member(organization, user),
        Order::SetUsage { usage } => Ok(tenant.set_usage((*usage).into())),
        Order::SetOrganizationNames { organization_names } => {
            Ok(tenant.allow_organization_names(*organization_names == OrganizationNames::Allowed))
        }
    });
    match changed {
        Ok(_) => redirect(&format!("/#{}", order.place())),
        Err(cause) => {
            let context = DashboardPage::of(&shared, &shared.state().tenant, Some(&cause));
            page(StatusCode::CONFLICT, "demo_tenant/dashboard.html", &context)
        }
    }
}
