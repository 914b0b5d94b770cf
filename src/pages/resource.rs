//! Resources, by the methods that they allow.

use actix_web::{HttpResponse, Resource, Route, http::header, web};

/// A resource that allows GET and HEAD.
pub fn get_only(path: &str) -> Resource {
    web::resource(path).default_service(refuse_other_methods("GET, HEAD"))
}

/// A resource that allows GET, HEAD and POST, the last from a form.
pub fn get_and_post(path: &str) -> Resource {
    web::resource(path).default_service(refuse_other_methods("GET, HEAD, POST"))
}

pub fn refuse_other_methods(allowed: &'static str) -> Route {
    web::to(move || async move { HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, allowed)).finish() })
}
