//! The dashboard: the tenant's one page for whoever runs the lab.

mod orders;
mod page;

use actix_web::{HttpResponse, http::StatusCode, web};

use super::{
    checkpoints::Checkpoint,
    protocol::pages::{Message, message_page, page, redirect},
    state::Shared,
};
use orders::Order;
use page::DashboardPage;

const TEMPLATE: &str = "demo_tenant/dashboard.html";

/// `GET /`.
pub(super) async fn show(shared: web::Data<Shared>) -> HttpResponse {
    let context = DashboardPage::of(&shared, &shared.state(), None);
    page(StatusCode::OK, TEMPLATE, &context)
}

/// `POST /`: makes a change, and shows the page again where it was made.
pub(super) async fn change(shared: web::Data<Shared>, order: web::Form<Order>) -> HttpResponse {
    match shared.change(|tenant| order.carry_out(tenant, shared.now())) {
        Ok(_) => redirect(&format!("/#{}", order.place())),
        Err(cause) => {
            let context = DashboardPage::of(&shared, &shared.state(), Some(&cause));
            page(StatusCode::CONFLICT, TEMPLATE, &context)
        }
    }
}

/// `POST /checkpoints/{name}`: takes the tenant to a state of the lab.
pub(super) async fn set_checkpoint(shared: web::Data<Shared>, name: web::Path<String>) -> HttpResponse {
    match name.parse::<Checkpoint>() {
        Ok(checkpoint) => {
            shared.restart_at(checkpoint);
            redirect("/#checkpoints")
        }
        Err(_) => message_page(StatusCode::NOT_FOUND, &Message::not_found()),
    }
}
