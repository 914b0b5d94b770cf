//! The metrics' own server: `GET /metrics`, for anybody who can reach it.

use std::{io, net::TcpListener};

use actix_web::{
    App, HttpResponse, Responder,
    dev::Server,
    http::header::{self, ContentType},
    web::{self, Data},
};
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

use super::Metrics;
use crate::connections;

/// How long a shutdown waits for requests in flight, in seconds.
const SHUTDOWN_SECONDS: u64 = 1;

/// The server on these sockets, which answers only `GET /metrics`.
pub fn serve(metrics: Metrics, sockets: Vec<TcpListener>) -> io::Result<Server> {
    let server = Server::build().workers(1).shutdown_timeout(SHUTDOWN_SECONDS);
    let metrics = Data::new(metrics);
    connections::serve(server, sockets, move || {
        let page = web::resource("/metrics")
            .route(web::get().to(show))
            .route(web::head().to(show))
            .default_service(web::to(refuse_method));
        App::new().app_data(metrics.clone()).service(page)
    })
}

async fn show(metrics: Data<Metrics>) -> impl Responder {
    let Ok(text) = metrics.text().await else { return HttpResponse::InternalServerError().finish() };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(text)
}

async fn refuse_method() -> impl Responder {
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, "GET, HEAD"))
        .content_type(ContentType::plaintext())
        .body("only GET\n")
}
