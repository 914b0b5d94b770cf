//! What an error page says and offers: a row of the table in `error_words`.

use actix_web::http::StatusCode;
use serde::Serialize;

/// What an error page says and offers.
#[derive(Serialize)]
pub struct ErrorMessage {
    /// The answer's status.
    #[serde(skip)]
    pub status: StatusCode,
    /// The heading.
    pub title: &'static str,
    /// What happened.
    pub what: String,
    /// What can be done about it, by whom.
    pub advice: Option<&'static str>,
    /// Whether it helps to sign in as somebody else, which ends the provider's session first.
    pub other_account: bool,
    /// What it is to try again, where that is offered.
    pub try_again_label: &'static str,
    /// What it is to name another organization, where that helps.
    pub other_organization: Option<&'static str>,
}

/// A row of the table, without ways out.
pub(crate) fn row(
    status: StatusCode,
    title: &'static str,
    what: impl Into<String>,
    advice: impl Into<Option<&'static str>>,
) -> ErrorMessage {
    ErrorMessage {
        status,
        title,
        what: what.into(),
        advice: advice.into(),
        other_account: false,
        try_again_label: "Try again",
        other_organization: None,
    }
}

impl ErrorMessage {
    pub(crate) fn or_other_account(self) -> Self {
        Self { other_account: true, ..self }
    }

    pub(crate) fn or_other_organization(self) -> Self {
        Self { other_organization: Some("Another organization"), ..self }
    }

    pub(crate) fn or_name_an_organization(self) -> Self {
        Self { other_organization: Some("Name an organization"), ..self }
    }

    pub(crate) fn or_try_again_as(self, try_again_label: &'static str) -> Self {
        Self { try_again_label, ..self }
    }
}
