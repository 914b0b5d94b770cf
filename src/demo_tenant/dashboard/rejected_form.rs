//! An order that was not carried out: the page says why where it was given, and keeps what was typed.

use actix_web::http::StatusCode;
use serde::Serialize;

use super::command::Command;
use crate::demo_tenant::model::changes::ChangeError;

/// What was armed, and why nothing came of it.
#[derive(Debug, Serialize)]
pub(super) struct RejectedForm {
    message: String,
    /// The form that shows it, by its id; without one the top of the page does.
    form: Option<String>,
    /// The field of the form that is wrong, by its name.
    field: &'static str,
    /// What was typed, by the fields' names.
    typed: Command,
    #[serde(skip)]
    status: StatusCode,
}

impl RejectedForm {
    /// The order, and why it was not carried out.
    pub(super) fn new(order: Command, cause: &ChangeError) -> Self {
        // The form is gone with what it belongs to.
        let form_is_gone = matches!(cause, ChangeError::NoSuchOrganization | ChangeError::NoSuchConnection);
        let (field, status) = match cause {
            ChangeError::Invalid { field: "metadata", .. } => ("license", StatusCode::UNPROCESSABLE_ENTITY),
            ChangeError::Invalid { field, .. } => (*field, StatusCode::UNPROCESSABLE_ENTITY),
            ChangeError::OrganizationExists | ChangeError::ConnectionExists => ("name", StatusCode::CONFLICT),
            ChangeError::NobodyToInvite { .. } => ("email", StatusCode::UNPROCESSABLE_ENTITY),
            ChangeError::UserExists => ("email", StatusCode::CONFLICT),
            _ => ("", StatusCode::CONFLICT),
        };
        let message = match (cause, field) {
            (ChangeError::Invalid { right, .. }, "license") => {
                format!("The license stands in the organization's metadata, which {right}.")
            }
            (ChangeError::Invalid { right, .. }, "display_name") => format!("The display name {right}."),
            (ChangeError::Invalid { right, .. }, "email") => format!("The e-mail address {right}."),
            (ChangeError::Invalid { right, .. }, field) => format!("The {field} {right}."),
            _ => cause.to_string(),
        };
        Self { message, form: order.form().filter(|_| !form_is_gone), field, typed: order, status }
    }

    /// The status of the page that says so.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }
}
