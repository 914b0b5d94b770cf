//! Integration tests: the real servers on free ports, a module a promise. A newcomer reads `chapter` first.
//!
//! What they share is in `support`: the app ([`support::app`]), a browser before it ([`support::browser`]), a provider
//! that misbehaves on demand ([`support::provider`]), and the demo tenant alone ([`support::tenant`]).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

// The app in use: the lab's chapter, pages, the command line.
mod advice;
mod board;
mod chapter;
mod compression;
mod crawlers;
mod doctor;
mod doctor_discovery;
mod doctor_refusals;
mod doctor_settings;
mod doctor_wordings;
mod documentation;
mod dotenv;
mod error_pages;
mod features;
mod flash;
mod front_page;
mod headers;
mod loopback_names;
mod packaging;
mod pictures;
mod settings_documented;
mod sites;
mod sizes;
mod terminal;
mod trace;

// A sign-in, from its attempt to the end of its session.
mod attempts;
mod backchannel_logout;
mod clients;
mod cookies;
mod names;
mod navigations;
mod numbers;
mod odd_keys;
mod organizations;
mod redirects;
mod refusals;
mod revocations;
mod sessions;
mod userinfo;
mod ways_out;

// Attacks: by a browser, by a provider, and by chance.
mod bounds;
mod browser_attacks;
mod hostile_claims;
mod hostile_discovery;
mod hostile_keys;
mod hostile_responses;
mod hostile_tokens;
mod hostile_transport;
mod odd_providers;
mod profile;
mod prompt;
mod properties;

// Operation: under load, in trouble, several instances at a store.
mod certificates;
mod connections;
mod growth;
mod health;
mod kept_connections;
mod load;
mod log_format;
mod memory;
mod metrics;
mod panics;
mod provider_down;
mod redis_gone;
mod redis_replies;
mod redis_start;
mod rolling_upgrade;
mod several_instances;
mod shared_store;
mod stores;
mod stores_of_lists;
mod stores_of_sign_ins;

// The demo tenant as a provider.
mod tenant_attacks;
mod tenant_backchannel;
mod tenant_in_flight;
mod tenant_navigations;
mod tenant_requests;
mod tenant_sign_in;
mod tenant_tokens;

// The demo tenant as a lab.
mod tenant_api;
mod tenant_checkpoints;
mod tenant_dashboard;
mod tenant_documented;
mod tenant_effects;
mod tenant_fault_reports;
mod tenant_faults;
mod tenant_fields;
mod tenant_flash;
mod tenant_forms;
mod tenant_guide;
mod tenant_invitations;
mod tenant_live;
mod tenant_log;
mod tenant_openapi;
mod tenant_questions;

// A class: a room for each participant.
mod class_admission;
mod class_attacks;
mod class_lab;
mod class_operation;
mod class_overview;
mod class_rooms;
mod class_start;
mod class_turns;

// The source itself: which file may import from which.
mod architecture;
