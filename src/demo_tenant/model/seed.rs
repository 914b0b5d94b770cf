//! A tenant from a JSON file: connections, users and organizations in the shapes of Auth0's Management API, except that
//! names and email addresses refer to connections and members, since ids are new at each start.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    changes::{Change, ChangeError, Joining},
    connection::ConnectionUpdate,
    directory::NewOrganization,
    ids::OrganizationId,
    profile::UserUpdate,
    tenant::{FRIENDLY_NAME, OrganizationUsage, RequireBehaviorField, Strategy, Tenant, UsageField},
};
use crate::random::Random;

/// A valid seed. Only parsing creates one.
#[derive(Debug, Clone)]
pub struct Seed(Tenant);

/// What is wrong with a seed, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {field}: {problem}")]
pub struct SeedError {
    /// Counted from 1.
    pub line: usize,
    /// The path to the field: `organizations[0].name`.
    pub field: String,
    pub problem: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    connections: Vec<ConnectionSeed>,
    #[serde(default)]
    users: Vec<UserSeed>,
    #[serde(default)]
    organizations: Vec<OrganizationSeed>,
    #[serde(default)]
    organization_usage: Option<UsageField>,
    #[serde(default)]
    organization_require_behavior: Option<RequireBehaviorField>,
    #[serde(default = "yes")]
    allow_organization_name_in_authentication_api: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionSeed {
    name: String,
    strategy: Strategy,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserSeed {
    connection: String,
    email: String,
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationSeed {
    name: String,
    display_name: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    enabled_connections: Vec<EnabledSeed>,
    #[serde(default)]
    members: Vec<MemberSeed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnabledSeed {
    connection: String,
    #[serde(default)]
    assign_membership_on_login: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberSeed {
    connection: String,
    email: String,
}

fn yes() -> bool {
    true
}

impl Seed {
    /// Parses a seed. Names and addresses follow the same rules as on the dashboard.
    pub fn parse(json: &str, now: DateTime<Utc>, random: &Random) -> Result<Self, SeedError> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let document: Document = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let field = if path == "." { "the document".to_owned() } else { path };
            SeedError { line: error.inner().line(), field, problem: error.into_inner().to_string() }
        })?;
        reader.end().map_err(|error| SeedError {
            line: error.line(),
            field: "the end".into(),
            problem: error.to_string(),
        })?;
        document.into_tenant(json, now, random).map(Self)
    }

    /// The organizations that have a license: their names, and the licenses.
    pub fn licenses(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.organizations.iter().filter_map(|it| Some((it.name.as_str(), it.license()?)))
    }

    pub(crate) fn into_tenant(self) -> Tenant {
        self.0
    }
}

impl Document {
    fn into_tenant(self, json: &str, now: DateTime<Utc>, random: &Random) -> Result<Tenant, SeedError> {
        let mut tenant = Tenant {
            connections: vec![],
            users: vec![],
            organizations: vec![],
            usage: OrganizationUsage::Business { prompt_for_organization: true }
                .with_fields(self.organization_usage, self.organization_require_behavior),
            organization_names_allowed: self.allow_organization_name_in_authentication_api,
            friendly_name: FRIENDLY_NAME.to_owned(),
        };
        for (index, seed) in self.connections.iter().enumerate() {
            let created = tenant.create_connection(&seed.name, seed.strategy, ConnectionUpdate::default(), random);
            created.map_err(|cause| wrong(json, format!("connections[{index}].name"), &seed.name, &cause))?;
        }
        for (index, seed) in self.users.iter().enumerate() {
            let connection = tenant.connection_id(&seed.connection);
            let connection = connection
                .map_err(|cause| wrong(json, format!("users[{index}].connection"), &seed.connection, &cause))?;
            let created =
                tenant.create_user(&connection, seed.email.trim(), UserUpdate::named(&seed.name), now, random);
            created.map_err(|cause| wrong(json, format!("users[{index}].email"), &seed.email, &cause))?;
        }
        for (index, seed) in self.organizations.into_iter().enumerate() {
            seed.create_in(&mut tenant, json, &format!("organizations[{index}]"), random)?;
        }
        Ok(tenant)
    }
}

impl OrganizationSeed {
    fn create_in(self, tenant: &mut Tenant, json: &str, path: &str, random: &Random) -> Result<(), SeedError> {
        let (name, metadata) = (self.name.clone(), self.metadata);
        let display_name = self.display_name.filter(|name| !name.is_empty());
        let new = NewOrganization { name, display_name, metadata, branding: None };
        let id = match tenant.create_organization(new, random) {
            Ok(Change::OrganizationCreated(organization)) => organization.id.to_string(),
            Ok(_) => return Ok(()),
            Err(cause) => return Err(wrong(json, format!("{path}.name"), &self.name, &cause)),
        };
        for (index, seed) in self.enabled_connections.iter().enumerate() {
            let connection = tenant.connection_id(&seed.connection);
            let enabled = connection
                .and_then(|connection| tenant.enable_connection(&id, &connection, seed.assign_membership_on_login));
            let field = format!("{path}.enabled_connections[{index}].connection");
            enabled.map_err(|cause| wrong(json, field, &seed.connection, &cause))?;
        }
        for (index, seed) in self.members.iter().enumerate() {
            let user = tenant.user_id(&seed.connection, &seed.email);
            let added = user.and_then(|user| tenant.add_member(&id, &user, Joining::Administrator));
            added.map_err(|cause| wrong(json, format!("{path}.members[{index}].email"), &seed.email, &cause))?;
        }
        Ok(())
    }
}

/// An error in well-formed JSON, at the line of the value.
fn wrong(json: &str, field: String, value: &str, cause: &ChangeError) -> SeedError {
    let quoted = serde_json::Value::from(value).to_string();
    let line = json.rfind(&quoted).map_or(1, |at| json[..at].lines().count().max(1));
    let line = if json.rfind(&quoted).is_some_and(|at| json[..at].ends_with('\n')) { line + 1 } else { line };
    SeedError { line, field, problem: format!("{value:?}: {cause}") }
}

impl Tenant {
    fn connection_id(&self, name: &str) -> Result<String, ChangeError> {
        self.connection_by_name(name).map(|it| it.id.to_string()).ok_or(ChangeError::NoSuchConnection)
    }

    fn user_id(&self, connection: &str, email: &str) -> Result<String, ChangeError> {
        let connection = self.connection_by_name(connection).ok_or(ChangeError::NoSuchConnection)?;
        let user = self.users_of(&connection.id).find(|user| user.email.eq_ignore_ascii_case(email));
        user.map(|user| user.id.to_string()).ok_or(ChangeError::NoSuchUser)
    }

    pub(crate) fn with_new_ids(&self, random: &Random) -> Self {
        let mut tenant = self.clone();
        tenant.organizations.iter_mut().for_each(|organization| organization.id = OrganizationId::new(random));
        tenant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = r#"{
  "connections": [{ "name": "Entra", "strategy": "okta" }, { "name": "Users", "strategy": "auth0" }],
  "users": [{ "connection": "Entra", "email": "dora@acme.example", "name": "Dora Dorn" }],
  "organizations": [
    {
      "name": "acme",
      "display_name": "Acme Inc.",
      "metadata": { "license": "premium" },
      "enabled_connections": [{ "connection": "Entra", "assign_membership_on_login": true }],
      "members": [{ "connection": "Entra", "email": "dora@acme.example" }]
    }
  ],
  "organization_usage": "allow"
}"#;

    fn error(find: &str, replace: &str) -> SeedError {
        Seed::parse(&SEED.replacen(find, replace, 1), DateTime::UNIX_EPOCH, &Random::system()).unwrap_err()
    }

    #[test]
    fn a_seed_makes_a_tenant() {
        let random = Random::system();
        let tenant = Seed::parse(SEED, DateTime::UNIX_EPOCH, &random).unwrap().into_tenant();
        let acme = tenant.organization_by_name("acme").unwrap();
        assert_eq!((acme.display_name.as_str(), acme.license()), ("Acme Inc.", Some("premium")));
        assert_eq!((acme.members.len(), acme.enabled_connections.len()), (1, 1));
        assert_eq!(tenant.usage, OrganizationUsage::Both);
        assert_ne!(tenant.with_new_ids(&random).organizations[0].id, acme.id);
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_field() {
        let missing = error(r#""name": "acme","#, "");
        assert!(missing.field.starts_with("organizations[0]") && missing.problem.contains("`name`"), "{missing}");
        let unknown = error(r#""display_name""#, r#""displayname""#);
        assert_eq!((unknown.line, unknown.field.as_str()), (7, "organizations[0].displayname"));
        let mistyped = error(r#""premium""#, "5");
        assert_eq!((mistyped.line, mistyped.field.as_str()), (8, "organizations[0].metadata.license"));
        let name = error(r#""acme""#, r#""Acme Inc""#);
        assert_eq!((name.line, name.field.as_str()), (6, "organizations[0].name"));
        let reference = error(r#"[{ "connection": "Entra", "assign"#, r#"[{ "connection": "Entr", "assign"#);
        assert_eq!(
            (reference.line, reference.field.as_str()),
            (9, "organizations[0].enabled_connections[0].connection")
        );
        let user = error(r#""email": "dora@acme.example" }]"#, r#""email": "eve@acme.example" }]"#);
        assert_eq!((user.line, user.field.as_str()), (10, "organizations[0].members[0].email"));
        assert_eq!(error(r#""allow""#, r#""maybe""#).field, "organization_usage");
        assert_eq!(error(SEED, "").field, "the document");
    }
}
