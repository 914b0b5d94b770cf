//! OpenID Connect: the endpoints and their parts, in the order of a sign-in.

pub(super) mod discovery;

pub(super) mod authorize;
mod complete;
mod interaction;
mod origin;
mod pages;
mod request;

mod action;
mod id_token;
mod tamper;
pub(super) mod token;
pub(super) mod userinfo;

pub(super) mod logout;

mod probe;
