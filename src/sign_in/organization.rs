//! The organization that was asked for, and whether the ID token is for it. Pure.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::auth0;
use crate::text::{is_blank, without_invisible};

/// The longest name or id, in characters.
pub const MAXIMUM_LENGTH: usize = 255;

/// The ids of organizations by lower-case name, for tenants that accept only ids in `organization`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationIds(BTreeMap<String, String>);

impl OrganizationIds {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Pairs of name and id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, id)| (name.as_str(), id.as_str()))
    }

    /// From pairs of name and id.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, id)| (name.to_ascii_lowercase(), id)).collect())
    }
}

/// The organization that a user asked for: an id (`org_…`) or a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationRef {
    asked: String,
    id: Option<String>,
}

/// Why a text can't be the name or id of an organization.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidOrganization {
    #[error("an organization can have at most {MAXIMUM_LENGTH} characters")]
    TooLong,
}

impl OrganizationRef {
    /// Reads what a user typed or a link contains; `None` if that is blank. A name that `ids` lists stands for its id.
    ///
    /// Invisible characters, which pasted text may contain, are left out: an error that quotes them would look right.
    /// No name or id at Auth0 has any. If a name at another provider needs one, such as a zero-width non-joiner in
    /// Persian, the organization can be asked for by its id. Nobody gets into another organization this way: the ID
    /// token is compared with the text that is left.
    pub fn parse(text: &str, ids: &OrganizationIds) -> Result<Option<Self>, InvalidOrganization> {
        let text = without_invisible(text);
        let asked = text.trim();
        if asked.is_empty() {
            return Ok(None);
        }
        if asked.chars().count() > MAXIMUM_LENGTH {
            return Err(InvalidOrganization::TooLong);
        }
        let id = if auth0::is_organization_id(asked) {
            Some(asked.to_owned())
        } else {
            ids.0.get(&asked.to_ascii_lowercase()).cloned()
        };
        Ok(Some(Self { asked: asked.to_owned(), id }))
    }

    /// The value for the request's `organization` parameter.
    pub fn parameter(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.asked)
    }

    /// The id, if it was asked for by id or by a listed name.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether the settings list the id, so that it is known before anybody has signed in.
    pub fn is_listed(&self, ids: &OrganizationIds) -> bool {
        self.id.as_ref().is_some_and(|id| ids.0.values().any(|listed| listed == id))
    }

    /// Compares the claims with what was asked for: an id byte for byte, a name ignoring case, since providers
    /// lower-case names. There must be an `org_id` in any case, since the organization's data is kept under it.
    pub(super) fn check_claims(
        &self,
        org_id: Option<&str>,
        org_name: Option<&str>,
    ) -> Result<(), OrganizationMismatch> {
        let Some(org_id) = org_id.filter(|id| !is_blank(id)) else {
            let asked = self.clone();
            return Err(match org_name {
                Some(_) => OrganizationMismatch::IdMissing { asked },
                None => OrganizationMismatch::NoneNamed { asked },
            });
        };
        let (matches, found) = match (&self.id, org_name) {
            (Some(id), _) => (id == org_id, org_id),
            (None, Some(name)) => (name.eq_ignore_ascii_case(&self.asked), name),
            (None, None) => return Err(OrganizationMismatch::NameMissing { asked: self.clone() }),
        };
        if matches {
            Ok(())
        } else {
            Err(OrganizationMismatch::Another { asked: self.clone(), found: found.to_owned() })
        }
    }
}

impl fmt::Display for OrganizationRef {
    /// As the user wrote it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.asked)
    }
}

/// Why an ID token is not for the organization that was asked for.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum OrganizationMismatch {
    /// The provider did not sign the user in to an organization.
    #[error("the app asked for the organization {:?}, but the ID token has neither org_id nor org_name", asked.to_string())]
    NoneNamed { asked: OrganizationRef },
    /// There is a name, but that is not enough: data is kept by the id.
    #[error("the app asked for the organization {:?}, but the ID token has no org_id", asked.to_string())]
    IdMissing { asked: OrganizationRef },
    /// At Auth0: the tenant does not allow organization names.
    #[error("the app asked for the organization {:?} by name, but the ID token has no org_name", asked.to_string())]
    NameMissing { asked: OrganizationRef },
    #[error("the app asked for the organization {:?}, but the ID token is for {found:?}", asked.to_string())]
    Another {
        asked: OrganizationRef,
        /// `org_id` if an id was asked for, `org_name` if a name.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> OrganizationRef {
        let ids = OrganizationIds::new([("Listed".to_owned(), "org_listed".to_owned())]);
        OrganizationRef::parse(text, &ids).unwrap().unwrap()
    }

    #[rstest::rstest]
    #[case::name("org1", Some("org_a"), Some("org1"))]
    #[case::name_in_another_case("ORG1", Some("org_a"), Some("org1"))]
    #[case::name_with_space_around(" org1 ", Some("org_a"), Some("org1"))]
    #[case::id("org_a", Some("org_a"), None)]
    #[case::listed_name("LISTED", Some("org_listed"), None)]
    fn accepts_the_organization_that_was_asked_for(
        #[case] text: &str,
        #[case] org_id: Option<&str>,
        #[case] org_name: Option<&str>,
    ) {
        assert_eq!(asked(text).check_claims(org_id, org_name), Ok(()));
    }

    #[rstest::rstest]
    #[case::another_name("org1", Some("org_a"), Some("org2"))]
    #[case::another_id("org_a", Some("org_b"), Some("org_a"))]
    #[case::id_in_another_case("org_a", Some("org_A"), None)]
    #[case::listed_name_answered_by_name_alone("listed", Some("org_other"), Some("listed"))]
    #[case::no_id("org1", None, Some("org1"))]
    #[case::no_name("org1", Some("org_a"), None)]
    #[case::nothing("org_a", None, None)]
    fn refuses_any_other_organization(
        #[case] text: &str,
        #[case] org_id: Option<&str>,
        #[case] org_name: Option<&str>,
    ) {
        assert!(asked(text).check_claims(org_id, org_name).is_err());
    }

    #[test]
    fn a_listed_name_is_sent_as_its_id() {
        assert_eq!(asked("Listed").parameter(), "org_listed");
        assert_eq!(asked("org1").parameter(), "org1");
    }

    #[test]
    fn the_settings_list_an_organization_by_name_and_by_id() {
        let ids = OrganizationIds::new([("Listed".to_owned(), "org_listed".to_owned())]);
        assert_eq!(ids.iter().collect::<Vec<_>>(), [("listed", "org_listed")]);
        assert!(!ids.is_empty() && OrganizationIds::default().is_empty());
        let known = ["listed", "org_listed", "org1", "org_a"].map(|text| {
            let asked = asked(text);
            (asked.id().map(str::to_owned), asked.is_listed(&ids), asked.is_listed(&OrganizationIds::default()))
        });
        let listed = (Some("org_listed".to_owned()), true, false);
        assert_eq!(known, [listed.clone(), listed, (None, false, false), (Some("org_a".to_owned()), false, false)]);
    }

    #[test]
    fn blank_is_no_organization_and_too_long_is_refused() {
        let parse = |text: &str| OrganizationRef::parse(text, &OrganizationIds::default());
        assert_eq!(parse(" \t"), Ok(None));
        assert_eq!(parse(" \u{200b} \u{feff}"), Ok(None));
        assert_eq!(parse(&"ö".repeat(256)), Err(InvalidOrganization::TooLong));
        assert!(parse(&"ö".repeat(255)).is_ok());
    }
}
