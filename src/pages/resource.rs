//! Resources, by the methods that they accept.

use actix_web::{HttpResponse, Resource, Route, http::header, web};

/// A resource that is read.
pub fn page(path: &str) -> Resource {
    web::resource(path).default_service(refuse_other_methods("GET, HEAD"))
}

/// A resource that is read, and that a form is sent to.
pub fn form(path: &str) -> Resource {
    web::resource(path).default_service(refuse_other_methods("GET, HEAD, POST"))
}

pub fn refuse_other_methods(allowed: &'static str) -> Route {
    web::to(move || async move { HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, allowed)).finish() })
}
