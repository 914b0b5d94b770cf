//! Which organizations and users there are, for the welcome on the terminal.

use super::tenant::{Tenant, User};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// In the order of their creation.
    pub organizations: Vec<OrganizationSummary>,
    /// Users who belong to no organization: their email addresses.
    pub individuals: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSummary {
    pub name: String,
    pub license: Option<String>,
    /// Its members' email addresses, each with the name of its connection.
    pub members: Vec<(String, String)>,
}

impl Summary {
    pub(crate) fn of(tenant: &Tenant) -> Self {
        let member = |user: &User| {
            let connection = tenant.connection(user.connection.as_str()).map(|it| it.name.clone());
            (user.email.clone(), connection.unwrap_or_default())
        };
        let is_individual = |user: &&User| !tenant.organizations.iter().any(|it| it.has_member(&user.id));
        Self {
            organizations: tenant
                .organizations
                .iter()
                .map(|organization| OrganizationSummary {
                    name: organization.name.clone(),
                    license: organization.license().map(str::to_owned),
                    members: organization
                        .members
                        .iter()
                        .filter_map(|id| tenant.user(id.as_str()))
                        .map(member)
                        .collect(),
                })
                .collect(),
            individuals: tenant.users.iter().filter(is_individual).map(|user| user.email.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo_tenant::lab::checkpoints::Checkpoint;

    #[test]
    fn the_summary_names_organizations_licenses_and_users() {
        let summary = Summary::of(&Checkpoint::SecondOrganization.tenant());
        let [org1, org2] = summary.organizations.as_slice() else { panic!("two organizations") };
        assert_eq!((org1.name.as_str(), org1.license.as_deref()), ("org1", Some("corporate")));
        assert_eq!(org2.members, [("bob@org2.example".to_owned(), "Okta2".to_owned())]);
        assert_eq!(summary.individuals, ["carol@example.com"]);
    }
}
