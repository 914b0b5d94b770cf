//! Everything that can go wrong on the way to a page.

use std::fmt::Display;

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};

use crate::{
    assets::RenderError,
    diagnosis::Misconfiguration,
    license::{Feature, License},
    sign_in::{
        attempt::Destination, error::SignInError, identity::Organization, record::Record, response::Refusal,
        return_to::ReturnTo,
    },
    workspace::StoreError,
};

/// Everything that ends on an error page or, where a sign-in is missing, on the front page, which asks for one.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("nobody is logged in")]
    NotSignedIn {
        /// The page that needs the sign-in.
        return_to: Option<ReturnTo>,
    },
    #[error("the provider has ended the session")]
    SessionEnded {
        /// The page that needs the sign-in.
        return_to: Option<ReturnTo>,
    },
    #[error("the license does not include {}", feature.slug)]
    NotLicensed {
        feature: &'static Feature,
        /// The organization and its license. `None` if the user is not logged in to an organization.
        organization: Option<(Organization, Option<License>)>,
        /// The value of the license claim, if it names no license that the app knows.
        unknown_license: Option<String>,
        /// Why there is no license, if there is none.
        misconfiguration: Option<Misconfiguration>,
    },
    /// The form was shown for another organization than the one that the user works for now, and that one has no board.
    #[error("the note was written for another organization")]
    MisplacedNote {
        typed: String,
        /// The name of the organization that the user is logged in to now, if any.
        organization: Option<String>,
    },
    #[error("{}", .0.error)]
    SignIn(Box<FailedSignIn>),
    /// The user was authenticated, but the sign-in was revoked in the meantime.
    #[error("the sign-in was ended before its session began")]
    SignInEnded(Box<EndedSignIn>),
    #[error("the authorization response belongs to no attempt of this browser")]
    ForeignResponse,
    /// RFC 6749, 4.1.2 and 4.1.2.1: "REQUIRED if the "state" parameter was present in the client authorization
    /// request."
    #[error("the authorization response has no state, and an attempt of this browser waits for its response")]
    MissingState,
    #[error("the authorization response is malformed")]
    MalformedResponse,
    /// A sign-in begins and ends only with a navigation: a request that a user makes by opening the address.
    #[error("the request is not a navigation")]
    NoNavigation,
    /// The text says why, as a sentence for the user.
    #[error("{0}")]
    BadRequest(String),
    #[error("there is no such page")]
    NotFound,
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A bug in the app.
    #[error("{0}")]
    Internal(String),
    /// Refused before a handler was called, with this status.
    #[error("status {0}")]
    Status(StatusCode),
}

/// A sign-in that failed, with what its page needs to offer another try.
#[derive(Debug)]
pub struct FailedSignIn {
    pub error: SignInError,
    pub destination: Destination,
    pub record: Record,
    /// When the provider gave the same reason to this browser before, if it did lately.
    pub refused_before: Option<DateTime<Utc>>,
}

/// A sign-in that was ended before its session began, with what its page needs to offer another try.
#[derive(Debug)]
pub struct EndedSignIn {
    pub destination: Destination,
    pub record: Record,
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        Self::internal(error)
    }
}

impl Failure {
    /// A bug in the app: `error` should not happen.
    pub fn internal(error: impl Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// A bug in the app: a handler's data is not where the app puts it.
    pub fn missing_data() -> Self {
        Self::Internal("the app's data is missing".to_owned())
    }

    /// The provider's refusal, if it refused the sign-in.
    pub fn refusal(&self) -> Option<&Refusal> {
        if let Self::SignIn(failed) = self { failed.error.refusal() } else { None }
    }
}
