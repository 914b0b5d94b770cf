//! Reads the settings, starts the servers, prints the welcome, and runs until stopped.

use std::{
    error::Error,
    io::{self, IsTerminal},
    process::ExitCode,
};

#[cfg(feature = "demo-tenant")]
use actix_web::{App, dev::Server};
use clap::Parser;
use orglab::{
    app::Application,
    clock::Clock,
    log,
    pages::{organization_names::OrganizationNames, sign_in_observer::SignInObserver},
    random::Random,
    settings::{Settings, dotenv},
    sign_in::{
        http::{BUDGET, Http},
        provider::{ClientSettings, Provider},
    },
};
#[cfg(feature = "demo-tenant")]
use orglab::{connections, demo_tenant::DemoTenant};
use tracing::{info, warn};

use crate::{
    arguments::{Arguments, Command},
    servers::Servers,
    sockets::Sockets,
};

mod arguments;
mod check_command;
#[cfg(feature = "demo-tenant")]
mod class_command;
mod health_command;
mod servers;
mod sockets;
mod welcome;

/// How long a shutdown waits for requests in flight at the demo tenant, in seconds.
#[cfg(feature = "demo-tenant")]
const TENANT_SHUTDOWN_SECONDS: u64 = 5;

#[actix_web::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if check_command::wants_document() => return check_command::misused(&error),
        Err(error) => error.exit(),
    };
    let outcome = match arguments.command {
        None => serve().await.map(|()| ExitCode::SUCCESS),
        Some(Command::Check { json }) => Ok(check_command::run(json).await),
        #[cfg(feature = "demo-tenant")]
        Some(Command::Class(arguments)) => class_command::run(arguments).await.map(|()| ExitCode::SUCCESS),
        Some(Command::Health) => Ok(health_command::run().await),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

async fn serve() -> Result<(), Box<dyn Error>> {
    dotenv::read()?;
    let without_effect = Settings::without_effect();
    let settings =
        Settings::from_environment().inspect_err(|_| without_effect.iter().for_each(|it| eprintln!("{it}")))?;
    log::start(&settings.log, io::stdout, io::stdout().is_terminal());

    for sentence in without_effect {
        warn!("{sentence}");
    }
    servers::raise_limit_of_open_files(0);
    if let Some(redis) = &settings.redis {
        redis.check_credentials().await?;
    }
    let mut servers = Servers::new()?;
    let app_sockets = Sockets::bind("APP_BASE_URL (or APP_LISTEN)", &settings.app.listen)?;
    let tenant_sockets =
        settings.demo_tenant.as_ref().map(|tenant| Sockets::bind("DEMO_TENANT_LISTEN", tenant.listen()));
    let tenant_sockets = tenant_sockets.transpose()?;
    let metrics_sockets =
        settings.metrics.as_ref().map(|listen| Sockets::bind("METRICS_LISTEN", listen)).transpose()?;
    let settings = settings.listening_on(app_sockets.port, tenant_sockets.as_ref().map(|sockets| sockets.port));
    #[cfg(feature = "demo-tenant")]
    let demo_tenant = demo_tenant(&settings);
    #[cfg(feature = "demo-tenant")]
    let (organizations, observer) = demo_tenant.clone().map(hand_over).unwrap_or_default();
    #[cfg(not(feature = "demo-tenant"))]
    let (organizations, observer) = (OrganizationNames::default(), SignInObserver::default());
    let sockets = app_sockets.listeners;
    let app = Application::build(&settings, sockets, organizations, observer, Clock::system(), Random::system())?;
    let metrics = metrics_sockets.map(|sockets| servers.add_metrics(app.metrics(), sockets)).transpose()?;
    servers.add(app.handle(), app.run(), || ());
    #[cfg(feature = "demo-tenant")]
    let demo_tenant = add_demo_tenant(&mut servers, demo_tenant, tenant_sockets)?;
    #[cfg(not(feature = "demo-tenant"))]
    let demo_tenant = None::<String>;
    welcome::say(&settings, demo_tenant.as_deref(), metrics)?;

    if settings.demo_tenant.is_none() {
        log_claim_names(&settings.client);
        actix_web::rt::spawn(warn_if_unreachable(settings.client));
    }
    Ok(servers.run_until_stopped().await?)
}

/// The demo tenant, unless a provider is configured.
#[cfg(feature = "demo-tenant")]
fn demo_tenant(settings: &Settings) -> Option<DemoTenant> {
    let tenant_settings = settings.demo_tenant.as_ref()?;
    for warning in tenant_settings.warnings() {
        warn!("{warning}");
    }
    Some(DemoTenant::new(tenant_settings.options(&settings.client), Clock::system(), Random::system()))
}

/// What the app and the tenant know of each other: the app can name the tenant's organizations, as they are at the time,
/// and the tenant's reports of faults can say how the app responded.
#[cfg(feature = "demo-tenant")]
fn hand_over(tenant: DemoTenant) -> (OrganizationNames, SignInObserver) {
    let named = tenant.clone();
    (
        OrganizationNames::from_fn(move |maximum| named.first_organization_names(maximum)),
        SignInObserver::from_fn(move |response, outcome| tenant.observe_outcome(response, outcome)),
    )
}

/// Adds the demo tenant's server, if there is one. Returns the tenant's part of the welcome.
#[cfg(feature = "demo-tenant")]
fn add_demo_tenant(
    servers: &mut Servers,
    tenant: Option<DemoTenant>,
    sockets: Option<Sockets>,
) -> Result<Option<String>, Box<dyn Error>> {
    let Some((tenant, sockets)) = tenant.zip(sockets) else { return Ok(None) };
    let mounted = tenant.clone();
    let server = Server::build().workers(1).shutdown_timeout(TENANT_SHUTDOWN_SECONDS);
    let server = connections::serve(server, sockets.listeners, move || App::new().service(mounted.site()))?;
    let welcome = welcome::of_demo_tenant(&tenant)?;
    servers.add(server.handle(), server, move || tenant.end_streams());
    Ok(Some(welcome))
}

fn log_claim_names(client: &ClientSettings) {
    let [license, organization] = ["license", "organization"].map(|claim| client.claims_namespace.clone() + claim);
    info!("license and organization are read from the claims {license:?} and {organization:?} (CLAIMS_NAMESPACE)");
}

/// Only warns: the app starts without the provider, which may become available later.
async fn warn_if_unreachable(client: ClientSettings) {
    let (issuer, provider) = (client.issuer.clone(), Provider::new(client));
    let Ok(http) = Http::new() else { return };
    if let Err(error) = provider.metadata(&http.within(BUDGET), BUDGET).await {
        warn!(
            "the app can't use the provider {issuer}: {error}. Until it can, sign-ins fail. If the problem persists, check \
             OIDC_ISSUER_URL (run `orglab check` for details)"
        );
    }
}
