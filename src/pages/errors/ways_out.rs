//! What an error page offers to do next.

use serde::Serialize;

/// The buttons of an error page. [`Self::TRY_AGAIN`] leads back to the sign-in that failed, where there is one.
#[derive(Clone, Copy, Serialize)]
pub struct WaysOut {
    try_again_label: &'static str,
    /// Offers to sign in as somebody else, which first ends the session at the provider.
    other_account: bool,
    /// The label of the link to the form that asks for the organization.
    other_organization: Option<&'static str>,
    /// Offers to sign in without naming an organization.
    without_organization: bool,
}

impl WaysOut {
    pub const TRY_AGAIN: Self = Self {
        try_again_label: "Try again",
        other_account: false,
        other_organization: None,
        without_organization: false,
    };
    pub const BEGIN_AGAIN: Self = Self { try_again_label: "Begin again", ..Self::TRY_AGAIN };
    pub const WITHOUT_INVITATION: Self = Self { try_again_label: "Sign in without the invitation", ..Self::TRY_AGAIN };

    pub const fn or_other_account(self) -> Self {
        Self { other_account: true, ..self }
    }

    pub const fn or_other_organization(self) -> Self {
        Self { other_organization: Some("Another organization"), ..self }
    }

    pub const fn or_name_an_organization(self) -> Self {
        Self { other_organization: Some("Name an organization"), ..self }
    }

    pub const fn or_without_organization(self) -> Self {
        Self { without_organization: true, ..self }
    }
}
