//! Orglab: a relying party that signs people in for their organizations, and a demo tenant to sign in at.
//!
//! In reading order. Each module imports only from those below it.

/// The environment -> the settings of the modules below.
pub mod settings;

/// The application: built, running, stopped; the table of routes.
pub mod app;

/// What wraps every request: headers, log, cross-site check, last-resort page.
pub mod middleware;

/// The pages, a file each.
pub mod pages;

/// An identity in a session.
pub mod session;

/// OpenID Connect: from the authorization request to a verified identity.
pub mod sign_in;

/// Licenses, and the catalogue of features.
pub mod license;

/// The data of one organization.
pub mod workspace;

/// Where sessions and workspaces are kept.
pub mod store;

/// Templates and static files, embedded.
pub mod assets;

/// The time.
pub mod clock;

/// The provider inside, for a lab without a network; knows nothing of the app.
pub mod demo_tenant;
