//! A form whose change was rejected: the page shows why at the form, and keeps what was typed.

use actix_web::http::StatusCode;
use serde::Serialize;

use super::command::Command;
use crate::demo_tenant::model::changes::ChangeError;

#[derive(Debug, Serialize)]
pub(super) struct RejectedForm {
    message: String,
    /// The id of the form that shows the message. Without one the top of the page shows it.
    form: Option<String>,
    /// The name of the field that is wrong, or nothing.
    field: &'static str,
    /// What was typed, by the fields' names.
    typed: Command,
    #[serde(skip)]
    status: StatusCode,
}

impl RejectedForm {
    pub(super) fn new(command: Command, cause: &ChangeError) -> Self {
        // The page no longer has the form of a deleted organization or connection.
        let form_is_gone = matches!(cause, ChangeError::NoSuchOrganization | ChangeError::NoSuchConnection);
        let (field, status) = match cause {
            ChangeError::Invalid { field: "metadata", .. } => ("license", StatusCode::UNPROCESSABLE_ENTITY),
            ChangeError::Invalid { field, .. } => (*field, StatusCode::UNPROCESSABLE_ENTITY),
            ChangeError::NobodyToInvite { .. } => ("email", StatusCode::UNPROCESSABLE_ENTITY),
            ChangeError::OrganizationExists | ChangeError::ConnectionExists => ("name", StatusCode::CONFLICT),
            ChangeError::UserExists => ("email", StatusCode::CONFLICT),
            ChangeError::NoSuchOrganization
            | ChangeError::NoSuchConnection
            | ChangeError::NoSuchUser
            | ChangeError::NoSuchInvitation
            | ChangeError::AlreadyEnabled
            | ChangeError::NotEnabled
            | ChangeError::NotAMember
            | ChangeError::TooMany(_) => ("", StatusCode::CONFLICT),
        };
        let message = match cause {
            ChangeError::Invalid { rule, .. } => match field {
                "license" => format!("The license is stored in the organization's metadata, which {rule}."),
                "display_name" => format!("The display name {rule}."),
                "email" => format!("The email address {rule}."),
                field => format!("The {field} {rule}."),
            },
            ChangeError::NoSuchOrganization => gone("organization"),
            ChangeError::NoSuchConnection => gone("connection"),
            ChangeError::NoSuchUser => gone("user"),
            ChangeError::NoSuchInvitation
            | ChangeError::AlreadyEnabled
            | ChangeError::NotEnabled
            | ChangeError::NotAMember
            | ChangeError::OrganizationExists
            | ChangeError::ConnectionExists
            | ChangeError::NobodyToInvite { .. }
            | ChangeError::UserExists
            | ChangeError::TooMany(_) => cause.to_string(),
        };
        Self { message, form: command.form().filter(|_| !form_is_gone), field, typed: command, status }
    }

    /// The status of the page that shows it.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }
}

fn gone(what: &str) -> String {
    format!("This {what} no longer exists. Nothing was changed.")
}
