//! `orglab class`: reads its arguments, starts the class, says what it is and where to go, and runs until stopped.

use std::{
    error::Error,
    fmt::Write,
    io::{self, IsTerminal},
};

use orglab::{
    class::{Class, ClassHost, ClassOptions, Ports, qr_text},
    clock::Clock,
    log::{self, LogFormat},
    random::Random,
    settings::{CommandOption, InvalidSettings, Settings, dotenv},
};
use tracing::{info, warn};

use crate::{
    arguments::ClassArguments,
    servers::{Servers, raise_limit_of_open_files},
    sockets::Sockets,
};

/// The settings that a class has.
const SETTINGS: [&str; 5] = ["RUST_LOG", "LOG_FORMAT", "METRICS_LISTEN", "SESSION_TTL", "SESSION_IDLE"];
/// The settings that its options stand for.
const CHECKPOINT: &str = "DEMO_TENANT_CHECKPOINT";
const SEED: &str = "DEMO_TENANT_SEED";
/// The longest name of a class, in characters.
const MAXIMUM_NAME: usize = 80;

pub(crate) async fn run(arguments: ClassArguments) -> Result<(), Box<dyn Error>> {
    dotenv::read()?;
    let settings = settings(&arguments)?;
    let name = name(&arguments.name)?;
    let ports = Ports::new(arguments.port, arguments.rooms)?;
    let host = ClassHost::find(&arguments.host)?;
    let tenant = settings.demo_tenant.as_ref().ok_or("a class needs the demo tenant")?;
    log::start(&settings.log, io::stdout, io::stdout().is_terminal());
    for warning in tenant.warnings() {
        warn!("{}", warning.replace(SEED, "--seed"));
    }
    if arguments.checkpoint.is_some() && arguments.seed.is_some() {
        warn!("--checkpoint has no effect beside --seed");
    }
    if host.address().is_loopback() {
        warn!("--host is {}, so only browsers on this machine can open the class", arguments.host);
    }
    raise_limit_of_open_files(ports.maximum_connections());

    let mut servers = Servers::new()?;
    let sockets = ports.bind(host.address())?;
    let metrics_sockets =
        settings.metrics.as_ref().map(|listen| Sockets::bind("METRICS_LISTEN", listen)).transpose()?;
    let options = ClassOptions {
        tenant: tenant.options(&settings.client),
        host,
        ports,
        name,
        session: settings.session,
        client: settings.client,
        is_counted: settings.metrics.is_some(),
    };
    let class = Class::build(&options, sockets, Clock::system(), Random::system())?;
    if let Some(sockets) = metrics_sockets {
        let address = servers.add_metrics(class.metrics(), sockets)?;
        info!(event = "ready", "Metrics are at http://{address}/metrics");
    }
    say(&class, &counted(arguments.rooms), settings.log.format)?;
    let (handle, end_streams) = (class.handle(), class.end_streams());
    servers.add(handle, class.run(), end_streams);
    Ok(servers.run_until_stopped().await?)
}

/// The settings of all rooms. What is wrong is named by the option of the command, if it has one.
fn settings(arguments: &ClassArguments) -> Result<Settings, InvalidSettings> {
    let options = [
        CommandOption { name: "--checkpoint", setting: CHECKPOINT, value: arguments.checkpoint.as_deref() },
        CommandOption { name: "--seed", setting: SEED, value: arguments.seed.as_deref() },
    ];
    let why = format!("of the settings, `orglab class` has only {}", SETTINGS.join(", "));
    Settings::from_environment_only(&SETTINGS, &options, &why)
}

fn counted(rooms: usize) -> String {
    format!("{rooms} {}", if rooms == 1 { "room" } else { "rooms" })
}

fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let is_name = !name.is_empty() && name.chars().count() <= MAXIMUM_NAME && !name.chars().any(char::is_control);
    let must_be = format!("--name is {text:?}; it must be a text of up to {MAXIMUM_NAME} characters, on one line");
    is_name.then(|| name.to_owned()).ok_or(must_be)
}

/// Says what the class is, and where to go. The link to the overview opens every room, so it is never in the log: if the
/// log is JSON, the link alone goes to standard error.
fn say(class: &Class, rooms: &str, format: LogFormat) -> Result<(), Box<dyn Error>> {
    const WARNING: &str = "Anybody on this network can read everything: there are no passwords, and it is plain http. Use it only on a \
                           network that you trust.";
    let (front_door, overview) = (class.front_door(), class.overview());
    if format == LogFormat::Json {
        info!(event = "ready", "the class with {rooms} is ready at {front_door}");
        info!(event = "ready", "{WARNING}");
        eprintln!("The instructor's overview: {overview}");
        return Ok(());
    }
    let mut text = String::new();
    writeln!(text, "\n  The class is ready: {rooms}\n")?;
    writeln!(text, "  Participants open {front_door}")?;
    writeln!(text, "  The instructor opens {overview}")?;
    writeln!(text, "  Keep that link to yourself: it opens every room.\n")?;
    writeln!(text, "  {WARNING}")?;
    writeln!(text, "  A restart ends the class: everybody takes a room anew. Press Ctrl-C to stop.\n")?;
    if io::stdout().is_terminal() {
        writeln!(text, "{}", qr_text(front_door))?;
    }
    print!("{text}");
    Ok(())
}
