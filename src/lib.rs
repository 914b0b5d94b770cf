//! Orglab: a relying party that signs people in for their organizations, and a demo tenant to sign in at.
//!
//! In reading order. Each module imports only from those below it.

// `orglab class`: an app and a demo tenant for each participant, on one server.
#[cfg(feature = "demo-tenant")]
pub mod class;

// The application: built, running, stopped; the table of routes.
pub mod app;

// The environment -> the settings of the modules below.
pub mod settings;

// The provider inside, for a lab without a network. It knows nothing of the app, and shares only a few modules with it.
#[cfg(feature = "demo-tenant")]
pub mod demo_tenant;

// `orglab check`: finds what people get wrong with a provider.
pub mod doctor;

// The pages, a file each.
pub mod pages;

// What is counted, and the server that shows it to Prometheus.
pub mod metrics;

// What wraps every request: security headers, the log line, limits for the body, the cross-site check, the fallback
// page.
pub mod middleware;

// The servers' connections, with a limit on how long each may be idle.
pub mod connections;

// Where sessions and workspaces are stored.
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

// Which responses are compressed.
pub mod compression;

// What the log looks like.
pub mod log;

// The time.
pub mod clock;

// A link from every page of a site to where the site belongs.
pub mod home_link;

// The reference that leads from a page to its line in the log.
pub mod reference;

// Randomness.
pub mod random;

// Which hosts may be reached over plain http: this machine, and in a class the host that serves it.
pub mod loopback;

// Which certificate authorities outgoing connections trust.
pub mod tls;

// What all cookies of the app have in common: their names and attributes, and how they are sealed.
pub mod cookies;

// How text from outside is shown: shortened, visible, and names in a hue of their own.
pub mod text;

// Reads what other versions of the app have written.
pub mod compatibility;
