//! Integration tests: the real servers on free ports, a module a promise.

mod tenant_api;
mod tenant_backchannel;
mod tenant_checkpoints;
mod tenant_dashboard;
mod tenant_desk;
mod tenant_sign_in;
mod tenant_support;
