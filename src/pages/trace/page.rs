//! `GET /trace`: how the sign-in of this session went, as a sequence between browser, app and provider. An error page
//! shows the same up to the step that failed.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use serde::Serialize;

use super::view::TraceView;
use crate::pages::{Layout, current_user::SignedIn, errors::failure::Failure, render};

#[derive(Serialize)]
struct TracePage {
    layout: Layout,
    trace: TraceView,
}

pub async fn show(request: HttpRequest, SignedIn(session): SignedIn) -> Result<HttpResponse, Failure> {
    let trace = TraceView::of_session(&session).map_err(Failure::internal)?;
    render(StatusCode::OK, "trace.html", &TracePage { layout: Layout::of(&request)?, trace })
}
