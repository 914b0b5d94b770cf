//! Licenses, and the catalogue of what they include.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an organization has bought. A higher license includes every lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum License {
    /// For one team.
    Premium,
    /// For a company; includes premium.
    Corporate,
}

impl License {
    /// From the lowest to the highest.
    pub const ALL: [Self; 2] = [Self::Premium, Self::Corporate];

    /// Reads the license claim. Case and surrounding spaces do not matter. `None` if it is not the name of a license.
    pub fn from_claim(claim: &Value) -> Option<Self> {
        match claim.as_str()?.trim().to_ascii_lowercase().as_str() {
            "premium" => Some(Self::Premium),
            "corporate" => Some(Self::Corporate),
            _ => None,
        }
    }

    /// Whether it includes what `required` includes.
    pub fn includes(self, required: Self) -> bool {
        self >= required
    }
}

impl fmt::Display for License {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Premium => "premium",
            Self::Corporate => "corporate",
        })
    }
}

/// A feature of the app: its page is at [`Feature::path`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Feature {
    /// Its name in addresses and test ids.
    pub slug: &'static str,
    pub name: &'static str,
    /// The name of its icon.
    pub icon: &'static str,
    /// The lowest license that includes it.
    pub license: License,
    /// What it does, in a sentence.
    pub summary: &'static str,
}

pub const BOARD: Feature = Feature {
    slug: "board",
    name: "Board",
    icon: "board",
    license: License::Premium,
    summary: "Share notes with everybody in your organization.",
};

pub const PEOPLE: Feature = Feature {
    slug: "people",
    name: "People",
    icon: "people",
    license: License::Corporate,
    summary: "See who has logged in to your organization, and through which connection.",
};

pub const ACTIVITY: Feature = Feature {
    slug: "activity",
    name: "Activity",
    icon: "chart",
    license: License::Corporate,
    summary: "See sign-ins and refused attempts, day by day.",
};

pub const CATALOGUE: [&Feature; 3] = [&BOARD, &PEOPLE, &ACTIVITY];

impl Feature {
    /// The path of its page.
    pub fn path(&self) -> String {
        format!("/features/{}", self.slug)
    }

    /// Whether somebody with `license` may use it.
    pub fn is_included_in(&self, license: Option<License>) -> bool {
        license.is_some_and(|license| license.includes(self.license))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn corporate_includes_premium_and_not_the_other_way_round() {
        let included = |license| CATALOGUE.map(|feature| feature.is_included_in(license));
        assert_eq!(included(Some(License::Corporate)), [true, true, true]);
        assert_eq!(included(Some(License::Premium)), [true, false, false]);
        assert_eq!(included(None), [false, false, false]);
    }

    #[rstest::rstest]
    #[case(json!(" Corporate "), Some(License::Corporate))]
    #[case(json!("PREMIUM"), Some(License::Premium))]
    #[case(json!("enterprise"), None)]
    #[case(json!(""), None)]
    #[case(json!(["corporate"]), None)]
    #[case(json!(null), None)]
    fn a_license_is_read_leniently_but_never_guessed(#[case] claim: Value, #[case] license: Option<License>) {
        assert_eq!(License::from_claim(&claim), license);
    }
}
