//! The names in the guide: two companies that collaborate, and their users. At a checkpoint these are the lab's own. With
//! a seed, they are chosen from the seed.

use crate::{
    demo_tenant::model::{
        ids::OrganizationId,
        tenant::{Connection, Organization, Strategy, Tenant, User},
    },
    text::is_blank,
};

/// The lab's names, which are preferred where a seed has them.
const OF_THE_LAB: [&str; 6] = ["org1", "org2", "Okta1", "Okta2", "alice@org1.example", "bob@org2.example"];

/// The license of the first organization, if the seed gives it none.
const LICENSE: &str = "corporate";

/// The names in the guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// Who logs in without an organization, if there is somebody.
    pub(super) database_user: Option<Person>,
    /// The same, through an enterprise connection.
    pub(super) enterprise_user: Option<Person>,
    /// The company whose organization is opened to the other.
    pub(super) first: Company,
    pub(super) second: Company,
}

/// An organization, and a user of a connection that only this one of the two organizations has enabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Company {
    /// The organization's name. It follows when the organization is renamed, and stays when it is deleted.
    pub(super) organization: String,
    id: Option<OrganizationId>,
    pub(super) user: Person,
    pub(super) license: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) email: String,
    /// The connection's name, which never changes.
    pub(super) connection: String,
}

impl Names {
    pub(super) fn of_the_lab() -> Self {
        let person =
            |email: &str, connection: &str| Person { email: email.to_owned(), connection: connection.to_owned() };
        let company = |organization: &str, user: &Person, license: &str| Company {
            organization: organization.to_owned(),
            id: None,
            user: user.clone(),
            license: Some(license.to_owned()),
        };
        let (alice, bob) = (person("alice@org1.example", "Okta1"), person("bob@org2.example", "Okta2"));
        Self {
            database_user: Some(person("carol@example.com", "Username-Password-Authentication")),
            first: company("org1", &alice, LICENSE),
            second: company("org2", &bob, "premium"),
            enterprise_user: Some(alice),
        }
    }

    /// Two organizations of the tenant. Each has a connection that is not enabled for the other, with a user who may log
    /// in to the one and is not a member of the other. `None` if there are no such organizations.
    pub(super) fn in_tenant(tenant: &Tenant) -> Option<Self> {
        let organizations = preferred(tenant.organizations.iter(), |it| &it.name);
        let later = |index: usize| organizations.get(index + 1..).unwrap_or_default().iter();
        let mut pairs =
            organizations.iter().enumerate().flat_map(|(index, first)| later(index).map(move |second| (first, second)));
        let (first, second) = pairs.find_map(|(first, second)| {
            Some((Company::beside(second, first, tenant)?, Company::beside(first, second, tenant)?))
        })?;
        Some(Self {
            database_user: Person::of_strategy(Strategy::Database, tenant),
            enterprise_user: Person::of_strategy(Strategy::Enterprise, tenant),
            first,
            second,
        })
    }

    /// The license that the first organization has at the end.
    pub(super) fn license(&self) -> &str {
        self.first.license.as_deref().unwrap_or(LICENSE)
    }

    /// Adopts the organizations' new names.
    pub(super) fn follow(&mut self, tenant: &Tenant) {
        self.first.follow(tenant);
        self.second.follow(tenant);
    }
}

impl Company {
    fn beside(other: &Organization, organization: &Organization, tenant: &Tenant) -> Option<Self> {
        let connections = tenant.connections_for(Some(organization)).into_iter();
        let own = preferred(connections.filter(|it| other.enabled(&it.id).is_none()), |it| &it.name);
        let mut users = own.into_iter().flat_map(|it| preferred(tenant.users_of(&it.id), |user| &user.email));
        let user = users.find(|user| organization.check_access(user).is_ok() && !other.has_member(&user.id))?;
        Some(Self {
            organization: organization.name.clone(),
            id: Some(organization.id.clone()),
            user: Person::of(user, tenant)?,
            license: license_of(organization).map(str::to_owned),
        })
    }

    /// The organization's license as it is now or, if there is no such organization, as it should be.
    pub(super) fn current_license<'s>(&'s self, tenant: &'s Tenant) -> Option<&'s str> {
        match tenant.organization_by_name(&self.organization) {
            Some(organization) => license_of(organization),
            None => self.license.as_deref(),
        }
    }

    fn follow(&mut self, tenant: &Tenant) {
        match self.id.as_ref().and_then(|id| tenant.organization(id.as_str())) {
            Some(organization) => self.organization.clone_from(&organization.name),
            None => self.id = tenant.organization_by_name(&self.organization).map(|it| it.id.clone()),
        }
    }
}

impl Person {
    fn of(user: &User, tenant: &Tenant) -> Option<Self> {
        let connection = tenant.connection(user.connection.as_str())?;
        Some(Self { email: user.email.clone(), connection: connection.name.clone() })
    }

    fn of_strategy(strategy: Strategy, tenant: &Tenant) -> Option<Self> {
        let connections = tenant.connections.iter().filter(|it| it.strategy == strategy);
        let mut users = preferred(connections, |it| &it.name).into_iter().flat_map(|it| tenant.users_of(&it.id));
        users.next().and_then(|user| Self::of(user, tenant))
    }

    /// The user with this address, if there is one.
    pub(super) fn find<'t>(&self, tenant: &'t Tenant) -> Option<&'t User> {
        let Connection { id, .. } = tenant.connection_by_name(&self.connection)?;
        tenant.users_of(id).find(|user| user.email == self.email)
    }
}

/// The organization's license; a blank one counts as none.
fn license_of(organization: &Organization) -> Option<&str> {
    organization.license().filter(|license| !is_blank(license))
}

/// The items in their order, those with the lab's names before all others.
fn preferred<'t, T>(items: impl Iterator<Item = &'t T>, name: impl Fn(&T) -> &str) -> Vec<&'t T> {
    let mut items: Vec<&T> = items.collect();
    let rank = |item: &T| OF_THE_LAB.iter().position(|it| *it == name(item)).unwrap_or(OF_THE_LAB.len());
    items.sort_by_key(|item| rank(item));
    items
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::{
        clock::Clock,
        demo_tenant::{lab::checkpoints::Checkpoint, model::seed::Seed},
        random::Random,
    };

    const EVA: (&str, &str) = ("eva@acme", "Entra");
    const PAUL: (&str, &str) = ("paul@home", "People");
    const ALICE: (&str, &str) = ("alice@org1.example", "Okta1");
    const BOB: (&str, &str) = ("bob@org2.example", "Okta2");

    /// A tenant with these users, and organizations such as `acme Entra+ paul@home`: the name, the connections that it
    /// has enabled, with auto-membership where there is a `+`, and its members.
    fn tenant(organizations: &[&str], users: &[(&str, &str)]) -> Tenant {
        let user = |&(email, connection): &(&str, &str)| json!({"connection": connection, "email": email});
        let organization = |text: &&str| {
            let mut words = text.split(' ');
            let name = words.next();
            let (members, connections): (Vec<_>, Vec<_>) = words.partition(|word| word.contains('@'));
            let members = members.into_iter().filter_map(|member| users.iter().find(|(email, _)| *email == member));
            let enabled = connections.into_iter().map(
                |it| json!({"connection": it.trim_end_matches('+'), "assign_membership_on_login": it.ends_with('+')}),
            );
            json!({
                "name": name,
                "enabled_connections": enabled.collect::<Vec<_>>(),
                "members": members.map(user).collect::<Vec<_>>(),
            })
        };
        let connection = |name: &str, strategy: &str| json!({"name": name, "strategy": strategy});
        let seed = json!({
            "connections": [
                connection("People", "auth0"),
                connection("Entra", "okta"),
                connection("Okta2", "okta"),
                connection("Okta1", "okta"),
            ],
            "users": users.iter().map(user).collect::<Vec<_>>(),
            "organizations": organizations.iter().map(organization).collect::<Vec<_>>(),
        });
        Seed::parse(&seed.to_string(), Clock::system().now(), &Random::system()).unwrap().into_tenant()
    }

    #[test]
    fn the_labs_tenant_has_the_labs_names() {
        let tenant = Checkpoint::SecondOrganization.tenant();
        let mut lab = Names::of_the_lab();
        lab.follow(&tenant);
        assert_eq!(Names::in_tenant(&tenant), Some(lab));
    }

    #[rstest]
    #[case::one_organization(&["acme Entra+"], &[EVA])]
    #[case::a_shared_connection(&["acme Entra+", "zoo Entra+"], &[EVA])]
    #[case::one_has_all_of_the_other(&["acme Entra+ People+", "zoo Entra+"], &[EVA, PAUL])]
    #[case::no_users(&["acme Entra+", "zoo People+"], &[])]
    #[case::nobody_may_log_in(&["acme Entra+", "zoo People"], &[EVA, PAUL])]
    #[case::a_member_of_both(&["acme Entra+ paul@home", "zoo People+"], &[EVA, PAUL])]
    fn a_seed_without_two_such_organizations_has_no_names(
        #[case] organizations: &[&str],
        #[case] users: &[(&str, &str)],
    ) {
        assert_eq!(Names::in_tenant(&tenant(organizations, users)), None);
    }

    #[rstest]
    #[case::in_their_order(
        &["zoo Entra+", "acme People paul@home"], &[EVA, PAUL], ["zoo", "eva@acme", "acme", "paul@home"]
    )]
    #[case::past_one_that_does_not_fit(
        &["empty", "zoo Entra+", "acme People+"], &[EVA, PAUL], ["zoo", "eva@acme", "acme", "paul@home"]
    )]
    #[case::with_a_shared_connection_too(
        &["zoo Okta1+ Entra+", "acme Okta1+ People+"], &[ALICE, EVA, PAUL], ["zoo", "eva@acme", "acme", "paul@home"]
    )]
    #[case::the_labs_before_others(
        &["zoo Entra+", "org2 Okta2+", "org1 Entra+ Okta1+"], &[EVA, BOB, ALICE],
        ["org1", "alice@org1.example", "org2", "bob@org2.example"]
    )]
    #[case::the_labs_organizations_with_other_users(
        &["org2 People+", "org1 Entra+"], &[PAUL, EVA], ["org1", "eva@acme", "org2", "paul@home"]
    )]
    fn two_organizations_that_fit_are_chosen(
        #[case] organizations: &[&str],
        #[case] users: &[(&str, &str)],
        #[case] expected: [&str; 4],
    ) {
        let Names { first, second, .. } = Names::in_tenant(&tenant(organizations, users)).unwrap();
        assert_eq!([&*first.organization, &*first.user.email, &*second.organization, &*second.user.email], expected);
    }
}
