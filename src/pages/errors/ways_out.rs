//! What an error page offers to do next.

use serde::Serialize;

/// The buttons of an error page. [`Self::TRY_AGAIN`] leads back to the sign-in that failed, where there is one.
#[derive(Clone, Copy, Serialize)]
pub struct WaysOut {
    try_again_label: &'static str,
    /// Offers to log in as somebody else, which first ends the session at the provider.
    other_account: bool,
    /// The label of the link to the form that asks for the organization.
    other_organization: Option<&'static str>,
    /// Whether that link is what helps most. Otherwise, another try is.
    is_organization_first: bool,
    /// Offers to log in without naming an organization.
    without_organization: bool,
    /// Whether what has to change is on the organization's own card of the demo tenant's dashboard: it exists there.
    #[serde(skip)]
    pub is_mended_at_organization: bool,
}

impl WaysOut {
    pub const TRY_AGAIN: Self = Self {
        try_again_label: "Try again",
        other_account: false,
        other_organization: None,
        is_organization_first: false,
        without_organization: false,
        is_mended_at_organization: false,
    };
    pub const START_AGAIN: Self = Self { try_again_label: "Start again", ..Self::TRY_AGAIN };
    pub const WITHOUT_INVITATION: Self = Self { try_again_label: "Log in without the invitation", ..Self::TRY_AGAIN };

    pub const fn or_other_account(self) -> Self {
        Self { other_account: true, ..self }
    }

    pub const fn or_other_organization(self) -> Self {
        Self { other_organization: Some("Another organization"), ..self }
    }

    /// Where a wrong name, or none, was the reason.
    pub const fn rather_another_organization(self) -> Self {
        Self { is_organization_first: true, ..self.or_other_organization() }
    }

    pub const fn rather_name_an_organization(self) -> Self {
        Self { other_organization: Some("Enter an organization"), is_organization_first: true, ..self }
    }

    pub const fn or_mend_the_organization(self) -> Self {
        Self { is_mended_at_organization: true, ..self }
    }

    pub const fn or_without_organization(self) -> Self {
        Self { without_organization: true, ..self }
    }
}
