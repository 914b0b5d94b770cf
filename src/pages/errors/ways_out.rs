//! What an error page offers to do next.

use serde::Serialize;

/// The buttons of an error page. [`Self::TRY_AGAIN`] leads back to the sign-in that failed, where there is one.
#[derive(Clone, Copy, Serialize)]
pub struct WaysOut {
    try_again_label: &'static str,
    /// Offers to log in as somebody else, which first ends the session at the provider.
    other_account: bool,
    /// Links to the form that asks for the organization.
    other_organization: Option<OtherOrganization>,
    /// Offers to log in without naming an organization.
    without_organization: bool,
    /// Whether what has to change is on the organization's own card of the demo tenant's dashboard: it exists there.
    #[serde(skip)]
    pub is_mended_at_organization: bool,
}

/// The link to the form that asks for the organization.
#[derive(Clone, Copy, Serialize)]
struct OtherOrganization {
    label: &'static str,
    /// Whether this is what helps most. Otherwise, another try is.
    is_first: bool,
}

impl WaysOut {
    pub const TRY_AGAIN: Self = Self {
        try_again_label: "Try again",
        other_account: false,
        other_organization: None,
        without_organization: false,
        is_mended_at_organization: false,
    };
    pub const START_AGAIN: Self = Self { try_again_label: "Start again", ..Self::TRY_AGAIN };
    pub const WITHOUT_INVITATION: Self = Self { try_again_label: "Log in without the invitation", ..Self::TRY_AGAIN };

    pub const fn or_other_account(self) -> Self {
        Self { other_account: true, ..self }
    }

    pub const fn or_other_organization(self) -> Self {
        self.with_other_organization("Another organization", false)
    }

    /// Where a wrong name, or none, was the reason.
    pub const fn rather_another_organization(self) -> Self {
        self.with_other_organization("Another organization", true)
    }

    pub const fn rather_name_an_organization(self) -> Self {
        self.with_other_organization("Enter an organization", true)
    }

    const fn with_other_organization(self, label: &'static str, is_first: bool) -> Self {
        Self { other_organization: Some(OtherOrganization { label, is_first }), ..self }
    }

    pub const fn or_mend_the_organization(self) -> Self {
        Self { is_mended_at_organization: true, ..self }
    }

    pub const fn or_without_organization(self) -> Self {
        Self { without_organization: true, ..self }
    }
}
