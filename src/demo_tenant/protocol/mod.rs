//! OpenID Connect as the tenant speaks it, in the order of a sign-in.

pub(super) mod discovery;
mod origin;
pub(super) mod request;

pub(super) mod authorize;
mod complete;
pub(super) mod pages;

mod action;
pub(super) mod id_token;
pub(super) mod token;

pub(super) mod logout;
pub(super) mod userinfo;

mod probe;
