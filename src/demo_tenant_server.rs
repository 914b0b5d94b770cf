//! The demo tenant's server, beside the app's.

use std::error::Error;

use actix_web::{App, dev::Server};
use orglab::{clock::Clock, connections, demo_tenant::DemoTenant, settings::Settings};

use crate::{servers::Servers, sockets, welcome};

/// How long requests in flight may take to finish, in seconds.
const SHUTDOWN_SECONDS: u64 = 5;

/// Adds the demo tenant's server, unless a provider is configured. Returns the tenant's part of the welcome.
pub(crate) fn add_to(servers: &mut Servers, settings: &Settings) -> Result<Option<String>, Box<dyn Error>> {
    let Some(tenant) = &settings.demo_tenant else { return Ok(None) };
    let sockets = sockets::bind("DEMO_TENANT_LISTEN", &tenant.listen)?;
    let tenant = DemoTenant::new(tenant.options(&settings.client), Clock::system());
    let site = tenant.clone();
    let server = Server::build().workers(1).shutdown_timeout(SHUTDOWN_SECONDS);
    let server = connections::serve(server, sockets, move || App::new().service(site.site()))?;
    let welcome = welcome::of_demo_tenant(&tenant)?;
    servers.add(server.handle(), server, move || tenant.end_streams());
    Ok(Some(welcome))
}
