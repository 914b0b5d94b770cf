//! Settings in, servers up, the welcome on the terminal, run until stopped.

use std::{
    io::{self, IsTerminal, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::ExitCode,
};

use actix_web::dev::ServerHandle;
use clap::{Parser, Subcommand};
use futures_util::future;
use orglab::{
    app::Application,
    clock::Clock,
    demo_tenant::{ClientRegistration, DemoTenant, Options},
    doctor::{self, Report},
    settings::{DemoTenantSettings, Listen, Settings},
    sign_in::{
        http::{BUDGET, Http},
        provider::{ClientSettings, Provider},
    },
};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

mod welcome;

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
        Some(Command::Check { json }) => Box::pin(check(json)).await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

/// Reads `.env`, if there is one in this folder; what the environment has already goes first.
fn read_dotenv() -> Result<(), String> {
    if Path::new(".env").exists() {
        dotenvy::from_path(".env").map_err(|error| match error {
            dotenvy::Error::LineParse(end, _) => unreadable(&end),
            error => format!(".env: {error}"),
        })
    } else {
        Ok(())
    }
}

/// Names a line of `.env` that can't be read by its number: what is in it may be a secret. `end` is how it ends.
fn unreadable(end: &str) -> String {
    let file = std::fs::read_to_string(".env").unwrap_or_default();
    let number = file.lines().position(|line| line.trim_end().ends_with(end.trim_end())).map(|index| index + 1);
    let line = number.map_or("a line".to_owned(), |number| format!("line {number}"));
    format!(".env: {line} can't be read; it must be NAME=value, with quotes around a value that has blanks")
}

async fn check(json: bool) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let settings = match settings_to_check() {
        Ok(settings) => settings,
        Err(nothing) => {
            eprintln!("{}", nothing.words);
            if json {
                print_out(&as_json(&Report::of_wrong_settings(nothing.wrong))?);
            }
            return Ok(nothing.exit);
        }
    };
    // Standard output is for the report alone.
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&settings.log)).with_target(false);
    log.with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).init();
    let report = doctor::examine(&settings.client).await?;
    print_out(&if json { as_json(&report)? } else { report.text() });
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Why there is nothing to look at.
struct NothingToCheck {
    /// For standard error.
    words: String,
    /// What was found and what to change, for each wrong setting.
    wrong: Vec<(String, String)>,
    exit: ExitCode,
}

fn settings_to_check() -> Result<Settings, NothingToCheck> {
    read_dotenv().map_err(|words| {
        let wrong = vec![(words.clone(), "Mend the file .env".to_owned())];
        NothingToCheck { words, wrong, exit: ExitCode::FAILURE }
    })?;
    if !Settings::has_issuer() {
        let words = "OIDC_ISSUER_URL is not set, so there is no provider to look at".to_owned();
        let wrong = vec![(words.clone(), "Set OIDC_ISSUER_URL to your provider's domain".to_owned())];
        return Err(NothingToCheck { words, wrong, exit: ExitCode::from(2) });
    }
    Settings::from_environment().map_err(|mistakes| {
        let wrong = mistakes.0.iter().map(|mistake| (mistake.found(), mistake.change())).collect();
        NothingToCheck { words: mistakes.to_string(), wrong, exit: ExitCode::FAILURE }
    })
}

fn as_json(report: &Report) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

/// Whoever reads it may have stopped reading; the exit status counts all the same.
fn print_out(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    read_dotenv()?;
    let settings = Settings::from_environment()?;
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&settings.log)).with_target(false);
    log.with_ansi(io::stdout().is_terminal()).init();

    if let Some(redis) = &settings.redis {
        redis.knock().await?;
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
            let tenant = DemoTenant::new(options, Clock::system());
            let server = tenant.server(sockets)?;
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
        actix_web::rt::spawn(look_at_provider(settings.client.clone()));
    }
    match demo_tenant {
        Some((_, server)) => future::try_join(app.run(), server).await.map(|_| ())?,
        None => app.run().await?,
    }
    Ok(())
}

/// Says in the log if the provider is not to be had. It may come later: nothing waits for it.
async fn look_at_provider(settings: ClientSettings) {
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
