//! Requests of `orglab check`, which tries the settings at a provider. They leave no trace here: a class watches the
//! log and the report of the last fault, and would take them for sign-ins.

use actix_web::{HttpRequest, http::header};

/// By the `User-Agent`.
pub(super) fn is_probe(request: &HttpRequest) -> bool {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.is_some_and(|agent| agent.starts_with("orglab-check/"))
}
