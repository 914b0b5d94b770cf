//! The dashboard: the tenant's one page for whoever runs the lab.

mod command;
mod confirmation;
mod lab;
mod page;
mod rejected_form;

use std::time::Duration;

use actix_web::{HttpResponse, http::StatusCode, web};
use futures_util::stream;
use tokio::time::timeout;

use super::{
    lab::{checkpoints::Checkpoint, faults::Fault},
    protocol::pages::{Message, message_page, page, redirect},
    state::Shared,
};
use command::Command;
use confirmation::Confirmation;
use page::DashboardPage;
use rejected_form::RejectedForm;

const TEMPLATE: &str = "demo_tenant/dashboard.html";

/// How often a stream says that it is still there, so that a connection that has broken is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// `GET /`.
pub(super) async fn show(shared: web::Data<Shared>) -> HttpResponse {
    let context = DashboardPage::of(&shared, &shared.state(), None);
    page(StatusCode::OK, TEMPLATE, &context)
}

/// `POST /`: makes a change, and shows the page again where it was made; or says why not, where it was armed.
pub(super) async fn change(shared: web::Data<Shared>, order: web::Form<Command>) -> HttpResponse {
    let (order, now) = (order.into_inner(), shared.now());
    match shared.change(|tenant| order.apply(tenant, now)).await {
        Ok(_) => redirect(&format!("/#{}", order.place())),
        Err(cause) => {
            let refused = RejectedForm::new(order, &cause);
            page(refused.status(), TEMPLATE, &DashboardPage::of(&shared, &shared.state(), Some(refused)))
        }
    }
}

/// `POST /delete`: asks first, where there is still something to delete.
pub(super) async fn delete(shared: web::Data<Shared>, order: web::Form<Command>) -> HttpResponse {
    let question = Confirmation::before(&order, &shared.state().tenant);
    match question {
        Some(question) => page(StatusCode::OK, "demo_tenant/confirmation.html", &question),
        None => change(shared, order).await,
    }
}

/// `POST /checkpoints/{name}`: takes the tenant to a state of the lab.
pub(super) async fn set_checkpoint(shared: web::Data<Shared>, name: web::Path<String>) -> HttpResponse {
    match name.parse::<Checkpoint>() {
        Ok(checkpoint) => shared.restart_at(Some(checkpoint)).await,
        Err(_) if *name == "seed" && shared.has_seed() => shared.restart_at(None).await,
        Err(_) => return message_page(StatusCode::NOT_FOUND, &Message::not_found()),
    }
    redirect("/#checkpoints")
}

/// `POST /faults/{name}`: the next sign-in fails so; `none` calls it off.
pub(super) async fn arm_fault(shared: web::Data<Shared>, name: web::Path<String>) -> HttpResponse {
    let armed = shared.state().faults.armed();
    match (name.parse::<Fault>(), armed) {
        (Ok(fault), _) => shared.arm_fault(fault, 1),
        (Err(_), Some((fault, _))) if *name == "none" => shared.arm_fault(fault, 0),
        (Err(_), None) if *name == "none" => {}
        (Err(_), _) => return message_page(StatusCode::NOT_FOUND, &Message::not_found()),
    }
    redirect("/#break-it")
}

/// `GET /events`: says whenever something has happened (server-sent events); the page then asks for itself again.
pub(super) async fn events(shared: web::Data<Shared>) -> HttpResponse {
    let watch = shared.state().log.watch();
    let stream = stream::unfold(watch, async |mut watch| {
        let message = match timeout(HEARTBEAT, watch.changed()).await {
            Ok(Ok(())) => format!("id: {0}\ndata: {0}\n\n", *watch.borrow_and_update()),
            Ok(Err(_)) => return None, // the tenant is gone
            Err(_) => ":\n\n".to_owned(),
        };
        Some((Ok::<_, actix_web::Error>(web::Bytes::from(message)), watch))
    });
    HttpResponse::Ok().content_type("text/event-stream").streaming(Box::pin(stream))
}
