//! The reference that leads from a page to its line in the log.

use std::{
    fmt,
    future::{Ready, ready},
};

use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, dev::Payload};
use data_encoding::BASE32_NOPAD;

use crate::random::Random;

/// Names a request, both on the page that reports its failure and in the log.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reference(String);

impl Reference {
    /// A new reference: eight letters and digits that can be read aloud.
    pub fn new(random: &Random) -> Self {
        Self(BASE32_NOPAD.encode(&random.bytes::<5>()))
    }

    /// The reference that the outermost layer gave the request. Without that layer the log has no line for the request,
    /// and the reference is "none".
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_else(|| Self("none".to_owned()))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromRequest for Reference {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
