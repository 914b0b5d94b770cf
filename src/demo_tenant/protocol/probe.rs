//! `orglab check` asks a provider what it thinks of the settings. At this tenant it leaves no trace: a class watches the
//! log and the report of the last fault, and would take the probes for sign-ins.

use actix_web::{HttpRequest, http::header};

/// Whether a request is such a probe, by the name that it gives itself.
pub(super) fn is_probe(request: &HttpRequest) -> bool {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.is_some_and(|agent| agent.starts_with("orglab-check/"))
}
