//! The lab's login Action: the code that a tenant runs at each sign-in to set custom claims in the ID token.

use serde_json::{Map, Value};

use crate::demo_tenant::model::tenant::Organization;

/// The claims that the Action sets: the license from the organization's metadata, if it has one, and the organization's
/// display name. Their names begin with a namespace, as Auth0 recommends for custom claims.
pub(crate) fn login_action(namespace: &str, organization: Option<&Organization>) -> Map<String, Value> {
    let mut claims = Map::new();
    if let Some(organization) = organization {
        if let Some(license) = organization.license() {
            claims.insert(format!("{namespace}license"), license.into());
        }
        claims.insert(format!("{namespace}organization"), organization.display_name.clone().into());
    }
    claims
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::demo_tenant::lab::checkpoints::Checkpoint;

    #[test]
    fn the_claims_come_from_the_metadata_and_the_display_name() {
        let mut org1 = Checkpoint::SecondOrganization.tenant().organizations.remove(0);
        org1.display_name = "Organization One".into();
        assert_eq!(
            Value::from(login_action("https://myapp.com/", Some(&org1))),
            json!({"https://myapp.com/license": "corporate", "https://myapp.com/organization": "Organization One"})
        );
        org1.metadata.clear();
        assert_eq!(Value::from(login_action("", Some(&org1))), json!({"organization": "Organization One"}));
        assert!(login_action("", None).is_empty());
    }
}
