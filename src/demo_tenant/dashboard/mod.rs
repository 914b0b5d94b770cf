//! The dashboard: the page for the instructor.

mod command;
mod confirmation;
mod faults;
mod flash;
mod log;
mod outcome;
mod page;
mod rejected_form;
mod timeline;
mod unchanged;

use std::{num::NonZeroU32, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use futures_util::stream;
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    lab::{checkpoints::Checkpoint, faults::Fault},
    state::Shared,
    views::{Message, message_page, page},
};
use crate::middleware::{OwnOrigin, is_same_origin};
use command::Command;
use confirmation::Confirmation;
use log::Shown;
use outcome::Outcome;
use page::DashboardPage;
use rejected_form::RejectedForm;

const TEMPLATE: &str = "demo_tenant/dashboard.html";

/// How often a stream sends a comment, to notice broken connections.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// `GET /`, with the message about what the last form did.
pub(super) async fn show(shared: web::Data<Shared>, shown: Shown, request: HttpRequest) -> HttpResponse {
    let message = flash::take(&request, &shared);
    let context = DashboardPage::of(&shared, &shared.state(), shown, message, None);
    page(StatusCode::OK, TEMPLATE, &context)
}

/// `POST /`: makes a change, and shows the page where it can be seen; or why the change was rejected.
pub(super) async fn change(shared: web::Data<Shared>, shown: Shown, command: web::Form<Command>) -> HttpResponse {
    let (command, now) = (command.into_inner(), shared.now());
    let already = Outcome::already(&command, &shared.state().tenant);
    if let Some(already) = already {
        return already.response(&shared, shown);
    }
    match shared.change(|tenant| command.apply(tenant, now, &shared.random)).await {
        Ok(change) => {
            let outcome = Outcome::of(&change, &shared.state().tenant);
            outcome.response(&shared, shown)
        }
        Err(cause) => {
            let rejected = RejectedForm::new(command, &cause);
            let status = rejected.status();
            let context = DashboardPage::of(&shared, &shared.state(), shown, None, Some(rejected));
            page(status, TEMPLATE, &context)
        }
    }
}

/// `POST /confirm`: asks first if the change takes something away. The button of the question sends it to `POST /`.
pub(super) async fn confirm(shared: web::Data<Shared>, shown: Shown, command: web::Form<Command>) -> HttpResponse {
    let question = Confirmation::before(&command, &shared, &shared.state());
    match question {
        Some(question) => question.page(shown),
        None => change(shared, shown, command).await,
    }
}

/// Whether the question of a [`Confirmation`] has been answered: its button has this name.
#[derive(Deserialize)]
pub(super) struct Answer {
    confirmed: Option<String>,
}

/// `POST /checkpoints/{name}`: asks first; once confirmed, jumps to a checkpoint, or to the `seed`.
pub(super) async fn set_checkpoint(
    shared: web::Data<Shared>,
    shown: Shown,
    name: web::Path<String>,
    answer: web::Form<Answer>,
) -> HttpResponse {
    let checkpoint = match name.parse::<Checkpoint>() {
        Ok(checkpoint) => Some(checkpoint),
        Err(_) if *name == "seed" && shared.has_seed() => None,
        Err(_) => return message_page(StatusCode::NOT_FOUND, &Message::not_found()),
    };
    if answer.confirmed.as_deref() != Some("yes") {
        return Confirmation::before_checkpoint(checkpoint, &shared, &shared.state()).page(shown);
    }
    shared.reset_to(checkpoint).await;
    Outcome::of_checkpoint(checkpoint).response(&shared, shown)
}

/// `POST /faults/{name}`: arms a fault for the next sign-in of any user; `none` cancels all of them.
pub(super) async fn arm_fault(shared: web::Data<Shared>, shown: Shown, name: web::Path<String>) -> HttpResponse {
    let outcome = match Fault::named(&name) {
        Ok(fault) => {
            drop(shared.arm_fault(fault, NonZeroU32::MIN, None));
            Outcome::of_fault(fault)
        }
        Err(_) if *name == "none" => Outcome::of_cancelled_faults(shared.call_off_faults()),
        Err(_) => return message_page(StatusCode::NOT_FOUND, &Message::not_found()),
    };
    outcome.response(&shared, shown)
}

/// `POST /log/clear`: clears the log, on every open dashboard.
pub(super) async fn clear_log(shared: web::Data<Shared>, shown: Shown) -> HttpResponse {
    shared.state().log.clear();
    Outcome::new("The log was cleared.", &[], "log").response(&shared, shown)
}

/// `GET /events`: server-sent events with the revision of the state, immediately and after each change. A page that shows
/// a different revision fetches itself again. Pages of other sites get no stream, since each takes memory.
pub(super) async fn events(shared: web::Data<Shared>, own: web::Data<OwnOrigin>, request: HttpRequest) -> HttpResponse {
    if !is_same_origin(request.headers(), &own.0) {
        return HttpResponse::Forbidden().finish();
    }
    let watch = shared.state().watch();
    let stream = stream::unfold(watch, async |mut watch| {
        let message = match timeout(HEARTBEAT, watch.changed()).await {
            Ok(Ok(())) => format!("data: {}\n\n", *watch.borrow_and_update()),
            Ok(Err(_)) => return None, // `WatchedGuard::end_watches`
            Err(_) => ":\n\n".to_owned(),
        };
        Some((Ok::<_, actix_web::Error>(web::Bytes::from(message)), watch))
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(Box::pin(stream))
}
