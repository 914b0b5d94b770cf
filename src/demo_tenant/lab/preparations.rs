//! What to create or change before a step, if the tenant does not have it yet, or no longer has it.

use super::{
    names::{Company, Names, Person},
    sentence::Sentence,
    steps::{ADD_MEMBER, ENABLE, Step},
};
use crate::demo_tenant::model::{
    access::{Access, Refusal},
    tenant::{OrganizationUsage, Tenant},
};

/// The first thing that is missing for the step.
pub(super) fn before(step: Step, names: &Names, tenant: &Tenant) -> Option<Sentence> {
    let Names { database_user, enterprise_user, first, second } = names;
    let individual = |user: &Option<Person>| {
        user.as_ref().and_then(|user| create_user(user, tenant)).or_else(|| allow_individuals(tenant))
    };
    match step {
        Step::Login => individual(database_user),
        Step::EnterpriseConnection => individual(enterprise_user),
        Step::BusinessLogin => open_own_organization(first, None, tenant),
        Step::License => open_own_organization(first, None, tenant).or_else(|| set_license(names, tenant)),
        Step::SecondOrganization => open_own_organization(second, second.license.as_deref(), tenant),
        Step::Enable => create_guest_and_host(names, tenant).or_else(|| turn_off_auto_membership(names, tenant)),
        Step::Refused => create_guest_and_host(names, tenant)
            .or_else(|| close_to_guest(names, tenant))
            .or_else(|| allow_organizations(tenant)),
        Step::Invited => create_guest_and_host(names, tenant),
        Step::Admitted => create_guest_and_host(names, tenant)
            .or_else(|| open_to_guest(names, tenant))
            .or_else(|| set_license(names, tenant))
            .or_else(|| allow_organizations(tenant)),
    }
}

fn create_user(Person { email, connection }: &Person, tenant: &Tenant) -> Option<Sentence> {
    let names: &[&str] = &[connection, email];
    match tenant.connection_by_name(connection) {
        None => Some(Sentence::new("Create the connection {} and its user {}.", names)),
        Some(it) if tenant.users_of(&it.id).all(|user| user.email != *email) => {
            Some(Sentence::new("Under {}, create the user {}.", names))
        }
        Some(_) => None,
    }
}

fn allow_individuals(tenant: &Tenant) -> Option<Sentence> {
    matches!(tenant.usage, OrganizationUsage::Business { .. })
        .then(|| Sentence::new("Under Settings, set the type of users to Individuals.", &[]))
}

fn allow_organizations(tenant: &Tenant) -> Option<Sentence> {
    (tenant.usage == OrganizationUsage::Individuals)
        .then(|| Sentence::new("Under Settings, set the type of users to Business users.", &[]))
}

/// What the company's user needs to log in to the company's own organization. A new one gets the license.
fn open_own_organization(company: &Company, license: Option<&str>, tenant: &Tenant) -> Option<Sentence> {
    let Company { organization: name, user: Person { email, connection }, .. } = company;
    let Some(user) = company.user.find(tenant) else { return create_user(&company.user, tenant) };
    let Some(organization) = tenant.organization_by_name(name) else {
        return Some(match license {
            Some(license) => Sentence::new(
                "Create the organization {} with the license {}. Enable {} for it, with auto-membership.",
                &[name, license, connection],
            ),
            None => Sentence::new(
                "Create the organization {}. Enable {} for it, with auto-membership.",
                &[name, connection],
            ),
        });
    };
    match organization.check_access(user) {
        Ok(Access::Member | Access::BecomesMember) => allow_organizations(tenant),
        Err(Refusal::NotAMember { .. }) => Some(Sentence::new(ADD_MEMBER, &[email, connection, name])),
        Err(_) => Some(Sentence::new("Enable {} for {}, with auto-membership.", &[connection, name])),
    }
}

fn set_license(names: &Names, tenant: &Tenant) -> Option<Sentence> {
    let organization = tenant.organization_by_name(&names.first.organization)?;
    (organization.license() != Some(names.license()))
        .then(|| Sentence::new("Set the license of {} to {}.", &[&organization.name, names.license()]))
}

/// The user of the second company, and the organization of the first.
fn create_guest_and_host(Names { first, second, .. }: &Names, tenant: &Tenant) -> Option<Sentence> {
    create_user(&second.user, tenant).or_else(|| {
        let is_missing = tenant.organization_by_name(&first.organization).is_none();
        is_missing.then(|| Sentence::new("Create the organization {}.", &[&first.organization]))
    })
}

fn turn_off_auto_membership(names: &Names, tenant: &Tenant) -> Option<Sentence> {
    let host = tenant.organization_by_name(&names.first.organization)?;
    let connection = tenant.connection_by_name(&names.second.user.connection)?;
    host.enabled(&connection.id)
        .is_some_and(|enabled| enabled.assign_membership_on_login)
        .then(|| Sentence::new("Turn off auto-membership of {} at {}.", &[&connection.name, &host.name]))
}

/// What to change so that the first organization refuses the second company's user as a non-member.
fn close_to_guest(names: &Names, tenant: &Tenant) -> Option<Sentence> {
    let Person { email, connection } = &names.second.user;
    let host = tenant.organization_by_name(&names.first.organization)?;
    match host.check_access(names.second.user.find(tenant)?) {
        Ok(Access::Member) => Some(Sentence::new("Remove {} of {} from {}.", &[email, connection, &host.name])),
        Ok(Access::BecomesMember) => turn_off_auto_membership(names, tenant),
        Err(Refusal::NotAMember { .. }) => None,
        Err(_) => Some(Sentence::new(ENABLE, &[connection, &host.name])),
    }
}

/// What to change so that the second company's user can log in to the first organization.
fn open_to_guest(names: &Names, tenant: &Tenant) -> Option<Sentence> {
    let Person { email, connection } = &names.second.user;
    let host = tenant.organization_by_name(&names.first.organization)?;
    match host.check_access(names.second.user.find(tenant)?) {
        Ok(Access::Member | Access::BecomesMember) => None,
        Err(Refusal::NotAMember { .. }) => Some(Sentence::new(ADD_MEMBER, &[email, connection, &host.name])),
        Err(_) => Some(Sentence::new(ENABLE, &[connection, &host.name])),
    }
}
