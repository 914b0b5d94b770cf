//! The dashboard: the page for the instructor.

mod command;
mod confirmation;
mod faults;
mod log;
mod page;
mod rejected_form;
mod timeline;

use std::{num::NonZeroU32, time::Duration};

use actix_web::{HttpResponse, http::StatusCode, web};
use futures_util::stream;
use tokio::time::timeout;

use super::{
    lab::{checkpoints::Checkpoint, faults::Fault},
    state::Shared,
    views::{Message, message_page, page, redirect},
};
use command::Command;
use confirmation::Confirmation;
use log::Shown;
use page::DashboardPage;
use rejected_form::RejectedForm;

const TEMPLATE: &str = "demo_tenant/dashboard.html";

/// How often a stream sends a comment, to notice broken connections.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// `GET /`.
pub(super) async fn show(shared: web::Data<Shared>, shown: Shown) -> HttpResponse {
    let context = DashboardPage::of(&shared, &shared.state(), shown, None);
    page(StatusCode::OK, TEMPLATE, &context)
}

/// `POST /`: makes a change, and shows the page where it can be seen; or why the change was rejected.
pub(super) async fn change(shared: web::Data<Shared>, shown: Shown, command: web::Form<Command>) -> HttpResponse {
    let (command, now) = (command.into_inner(), shared.now());
    match shared.change(|tenant| command.apply(tenant, now, &shared.random)).await {
        Ok(_) => redirect(&shown.at(command.place())),
        Err(cause) => {
            let rejected = RejectedForm::new(command, &cause);
            page(rejected.status(), TEMPLATE, &DashboardPage::of(&shared, &shared.state(), shown, Some(rejected)))
        }
    }
}

/// `POST /delete`: asks first, where there is still something to delete.
pub(super) async fn delete(shared: web::Data<Shared>, shown: Shown, command: web::Form<Command>) -> HttpResponse {
    let question = Confirmation::before(&command, shown, &shared.state().tenant);
    match question {
        Some(question) => page(StatusCode::OK, "demo_tenant/confirmation.html", &question),
        None => change(shared, shown, command).await,
    }
}

/// `POST /checkpoints/{name}`: resets the tenant to a checkpoint, or to its `seed`.
pub(super) async fn set_checkpoint(shared: web::Data<Shared>, shown: Shown, name: web::Path<String>) -> HttpResponse {
    match name.parse::<Checkpoint>() {
        Ok(checkpoint) => shared.reset_to(Some(checkpoint)).await,
        Err(_) if *name == "seed" && shared.has_seed() => shared.reset_to(None).await,
        Err(_) => return message_page(StatusCode::NOT_FOUND, &Message::not_found()),
    }
    redirect(&shown.at("checkpoints"))
}

/// `POST /faults/{name}`: arms a fault for the next sign-in of any user; `none` calls off all armed faults.
pub(super) async fn arm_fault(shared: web::Data<Shared>, shown: Shown, name: web::Path<String>) -> HttpResponse {
    match Fault::named(&name) {
        Ok(fault) => drop(shared.arm_fault(fault, NonZeroU32::MIN, None)),
        Err(_) if *name == "none" => shared.call_off_faults(),
        Err(_) => return message_page(StatusCode::NOT_FOUND, &Message::not_found()),
    }
    redirect(&shown.at("break-it"))
}

/// `POST /log/clear`: empties the log, on every dashboard that is open.
pub(super) async fn clear_log(shared: web::Data<Shared>, shown: Shown) -> HttpResponse {
    shared.state().log.clear();
    redirect(&shown.at("log"))
}

/// `GET /events`: server-sent events: the revision of the state, at once and after each change. A page that shows another
/// one fetches itself again.
pub(super) async fn events(shared: web::Data<Shared>) -> HttpResponse {
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
