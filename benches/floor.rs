//! The least that a page can cost: the app's server library with 4 kB of fixed bytes and nothing else. `benches/speed`
//! starts it with a port, and measures pages of the app in multiples of it.

use std::{env, io};

use actix_web::{App, HttpResponse, HttpServer, web};

const PAGE: &str = match str::from_utf8(&[b'x'; 4_096]) {
    Ok(page) => page,
    Err(_) => "",
};

#[actix_web::main]
async fn main() -> io::Result<()> {
    let port = env::args().nth(1).and_then(|port| port.parse().ok());
    let Some(port) = port else { return Err(io::Error::other("usage: floor PORT")) };
    let page = async || HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PAGE);
    let site = move || App::new().route("/", web::get().to(page)).route("/healthz", web::get().to(page));
    HttpServer::new(site).bind(("127.0.0.1", port))?.run().await
}
