//! Integration tests: the real servers on free ports, a module a promise.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod attempts;
mod backchannel_logout;
mod board;
mod browser_attacks;
mod chapter;
mod clients;
mod cookies;
mod doctor;
mod doctor_settings;
mod error_pages;
mod headers;
mod hostile_answers;
mod hostile_claims;
mod hostile_discovery;
mod hostile_keys;
mod hostile_tokens;
mod hostile_transport;
mod load;
mod memory;
mod navigations;
mod organizations;
mod panics;
mod properties;
mod provider_down;
mod redirects;
mod redis_gone;
mod redis_start;
mod sessions;
mod several_instances;
mod stores;
mod support;
mod tenant_api;
mod tenant_attacks;
mod tenant_backchannel;
mod tenant_checkpoints;
mod tenant_dashboard;
mod tenant_desk;
mod tenant_forms;
mod tenant_in_flight;
mod tenant_readme;
mod tenant_sign_in;
mod tenant_support;
mod terminal;
mod trace;
