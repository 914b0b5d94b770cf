//! What an error page says and offers.

use actix_web::http::StatusCode;
use serde::Serialize;

use super::ways_out::WaysOut;
use crate::diagnosis::Advice;

/// What an error page says and offers.
#[derive(Serialize)]
pub struct ErrorMessage {
    #[serde(skip)]
    pub status: StatusCode,
    pub title: &'static str,
    /// What happened.
    pub text: String,
    /// What helps.
    pub advice: Option<Advice>,
    #[serde(flatten)]
    pub ways_out: WaysOut,
}

/// A message without particular ways out.
pub(super) fn row(
    status: StatusCode,
    title: &'static str,
    text: impl Into<String>,
    advice: impl Into<Option<Advice>>,
) -> ErrorMessage {
    ErrorMessage { status, title, text: text.into(), advice: advice.into(), ways_out: WaysOut::TRY_AGAIN }
}

impl ErrorMessage {
    pub(super) fn with(self, ways_out: WaysOut) -> Self {
        Self { ways_out, ..self }
    }
}
