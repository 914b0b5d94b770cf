//! Settings in, servers up, the welcome on the terminal, run until stopped.

use std::{
    io::{self, IsTerminal},
    net::{SocketAddr, TcpListener},
    process::ExitCode,
};

use actix_web::{
    App,
    dev::{Server, ServerHandle},
};
use clap::{Parser, Subcommand};
use futures_util::future;
use orglab::{
    app::Application,
    clock::Clock,
    connections,
    demo_tenant::{ClientRegistration, DemoTenant, Options},
    random::Random,
    settings::{DemoTenantSettings, Listen, Settings, dotenv},
    sign_in::{
        http::{BUDGET, Http},
        provider::{ClientSettings, Provider},
    },
};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

mod check_command;
mod welcome;

/// How many files (mostly connections) the process may have open at once, if the system allows it. Enough for what one
/// process can serve, and far less than the billion that some systems allow.
const OPEN_FILES: u64 = 65_536;

/// A hands-on lab about business logins with OpenID Connect: the app on <http://localhost:3000> and, where no provider is
/// configured, a demo tenant on <http://localhost:3001>. Settings come from the environment and from `.env`; see
/// `.env.example`.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Look at the configured provider without a browser, and say what is wrong with it or with the settings. Exit status:
    /// 0 where nothing is wrong, 1 where something is, 2 where no provider is configured.
    Check {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
}

#[actix_web::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        None => serve().await.map(|()| ExitCode::SUCCESS),
        Some(Command::Check { json }) => Box::pin(check_command::run(json)).await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    dotenv::read()?;
    let settings = Settings::from_environment()?;
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&settings.log)).with_target(false);
    log.with_ansi(io::stdout().is_terminal()).init();

    raise_limit_of_open_files();
    if let Some(redis) = &settings.redis {
        redis.check_credentials().await?;
    }
    let sockets = bind("APP_BASE_URL (or APP_LISTEN)", &settings.listen)?;
    let app = Application::build(&settings, sockets, Clock::system())?;
    let mut handles = vec![app.handle()];
    let demo_tenant = match &settings.demo_tenant {
        None => None,
        Some(DemoTenantSettings { listen, checkpoint, seed }) => {
            let sockets = bind("DEMO_TENANT_LISTEN", listen)?;
            let client = ClientRegistration::of(&settings.client.post_logout_redirect_uri);
            let claims_namespace = settings.client.claims_namespace.clone();
            let options =
                Options { port: listen.port(), client, claims_namespace, checkpoint: *checkpoint, seed: seed.clone() };
            let tenant = DemoTenant::new(options, Clock::system(), Random::system());
            let site = tenant.clone();
            let server = Server::build().workers(1).shutdown_timeout(5);
            let server = connections::serve(server, sockets, move || App::new().service(site.site()))?;
            handles.push(server.handle());
            Some((tenant, server))
        }
    };
    print!("{}", welcome::text(&settings, demo_tenant.as_ref().map(|(tenant, _)| tenant)));

    // First, so that whatever follows is ended by a signal as it should be.
    actix_web::rt::spawn(stop_on_signal(handles, demo_tenant.as_ref().map(|(tenant, _)| tenant.clone())));
    if settings.demo_tenant.is_none() {
        let namespace = &settings.client.claims_namespace;
        let [license, organization] = ["license", "organization"].map(|claim| format!("{namespace}{claim}"));
        info!("license and organization are read from the claims {license:?} and {organization:?} (CLAIMS_NAMESPACE)");
        actix_web::rt::spawn(check_reachable(settings.client.clone()));
    }
    match demo_tenant {
        Some((_, server)) => future::try_join(app.run(), server).await.map(|_| ())?,
        None => app.run().await?,
    }
    Ok(())
}

/// Raises the limit on open files as far as the system allows, up to [`OPEN_FILES`]. The usual limit is 1,024, or 256
/// on macOS: that many connections would exhaust it.
fn raise_limit_of_open_files() {
    if let Err(error) = rlimit::increase_nofile_limit(OPEN_FILES) {
        warn!("could not raise the limit on open files: {error}");
    }
}

/// Says in the log if the provider is not to be had. It may come later: nothing waits for it.
async fn check_reachable(settings: ClientSettings) {
    let (issuer, provider) = (settings.issuer.clone(), Provider::new(settings));
    let Ok(http) = Http::new() else { return };
    if let Err(error) = provider.metadata(&http.within(BUDGET), BUDGET).await {
        warn!(
            "the provider {issuer} can't be used: {error}. Sign-ins wait until it can; if it stays so, check \
             OIDC_ISSUER_URL (`orglab check` says more)"
        );
    }
}

/// Opens the sockets; a port in use is named, with what to set. Where the machine has no `[::1]`, the default does without.
fn bind(setting: &str, listen: &Listen) -> Result<Vec<TcpListener>, String> {
    let mut sockets = Vec::new();
    for address in &listen.addresses {
        match TcpListener::bind(address) {
            Ok(socket) => sockets.push(socket),
            Err(error) if listen.is_default && address.is_ipv6() && is_no_such_address(&error) => {}
            Err(error) => return Err(explain(setting, *address, &error)),
        }
    }
    Ok(sockets)
}

fn is_no_such_address(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
        || error.raw_os_error() == Some(97)
}

fn explain(setting: &str, address: SocketAddr, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::AddrInUse {
        format!(
            "port {} is in use (on {}): stop what uses it, or set {setting} to another port",
            address.port(),
            address.ip()
        )
    } else {
        format!("can't listen on {address}: {error}; set {setting} to another address")
    }
}

/// Ctrl-C and SIGTERM end the servers: the tenant's streams of events, which have no end of their own, at once; requests in
/// flight once they are finished.
async fn stop_on_signal(handles: Vec<ServerHandle>, demo_tenant: Option<DemoTenant>) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    info!("stopping: requests in flight are finished");
    let stopped = future::join_all(handles.iter().map(|handle| handle.stop(true))); // begins now, awaited or not
    if let Some(tenant) = demo_tenant {
        tenant.end_streams();
    }
    stopped.await;
}
