//! Errors in the shape of Auth0's Management API.

use std::fmt;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
    web,
};
use serde_json::json;

use crate::demo_tenant::{
    issued::bearer::{INVALID_TOKEN, NO_TOKEN},
    model::changes::ChangeError,
};

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// The challenge of a 401 (RFC 6750 3).
    challenge: Option<&'static str>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), challenge: None }
    }

    pub(super) fn no_token() -> Self {
        Self::unauthorized("Missing authentication", NO_TOKEN)
    }

    pub(super) fn invalid_token() -> Self {
        Self::unauthorized("Invalid token", INVALID_TOKEN)
    }

    fn unauthorized(message: &str, challenge: &'static str) -> Self {
        Self { challenge: Some(challenge), ..Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message) }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "inexistent_resource", message)
    }

    /// `problem` names the field.
    pub(super) fn invalid_body(problem: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_body", format!("Payload validation error: {problem}"))
    }

    /// In serde's words.
    pub(super) fn missing_field(name: &str) -> Self {
        Self::invalid_body(format!("missing field `{name}`"))
    }

    /// For a field that would send an email.
    pub(super) fn sends_no_email(name: &str) -> Self {
        Self::invalid_body(format!("{name} must be false: this tenant does not send email"))
    }

    /// `problem` names the parameter.
    pub(super) fn invalid_query(problem: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_query_string", format!("Query validation error: {problem}"))
    }
}

impl From<ChangeError> for ApiError {
    fn from(cause: ChangeError) -> Self {
        let (status, code) = match &cause {
            ChangeError::NoSuchOrganization
            | ChangeError::NoSuchConnection
            | ChangeError::NoSuchUser
            | ChangeError::NoSuchInvitation
            | ChangeError::NotEnabled => (StatusCode::NOT_FOUND, "inexistent_resource"),
            ChangeError::AlreadyEnabled
            | ChangeError::OrganizationExists
            | ChangeError::ConnectionExists
            | ChangeError::UserExists => (StatusCode::CONFLICT, "conflict"),
            ChangeError::NotAMember | ChangeError::NobodyToInvite { .. } | ChangeError::Invalid { .. } => {
                (StatusCode::BAD_REQUEST, "invalid_body")
            }
            ChangeError::TooMany(_) => (StatusCode::FORBIDDEN, "too_many_entities"),
        };
        Self::new(status, code, cause.to_string())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(challenge) = self.challenge {
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        response.json(json!({
            "statusCode": self.status.as_u16(),
            "error": self.status.canonical_reason().unwrap_or_default(),
            "message": self.message,
            "errorCode": self.code,
        }))
    }
}

/// A path that can't be decoded is a 404: no resource has such an id.
pub(super) fn path_config() -> web::PathConfig {
    web::PathConfig::default().error_handler(|_, _: &HttpRequest| ApiError::not_found("Not Found").into())
}

pub(in crate::demo_tenant) fn method_not_allowed() -> HttpResponse {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method Not Allowed").error_response()
}

pub(super) async fn not_found() -> HttpResponse {
    ApiError::not_found("Not Found").error_response()
}
