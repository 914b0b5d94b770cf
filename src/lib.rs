//! Orglab: a relying party that signs people in for their organizations, and a demo tenant to sign in at.
//!
//! In reading order. Each module imports only from those below it.

// The environment -> the settings of the modules below.
pub mod settings;

// The application: built, running, stopped; the table of routes.
pub mod app;

// `orglab check`: what people get wrong with a provider.
pub mod doctor;

// The pages, a file each.
pub mod pages;

// What wraps every request: headers, log, the body in time, cross-site check, last-resort page.
pub mod middleware;

// The servers' connections, with a limit on how long each may wait.
pub mod connections;

// Where sessions and workspaces are kept.
pub mod store;

// An identity in a session.
pub mod session;

// The data of one organization.
pub mod workspace;

// What is wrong at a provider, and what to change where; for the pages and the doctor.
pub mod diagnosis;

// OpenID Connect: from the authorization request to a verified identity.
pub mod sign_in;

// Licenses, and the catalogue of features.
pub mod license;

// Templates and static files, embedded.
pub mod assets;

// The time.
pub mod clock;

// Randomness.
pub mod random;

// The reference that leads from a page to its line in the log.
pub mod reference;

// Which hosts are this machine.
pub mod loopback;

// What all cookies of the app have in common.
pub mod cookies;

// What is shown of a text.
pub mod text;

// Reading what other versions of the app have written.
pub mod compatibility;

// The provider inside, for a lab without a network; knows nothing of the app.
#[cfg(feature = "demo-tenant")]
pub mod demo_tenant;
