//! The command line, and the text of `orglab --help`.

use std::fmt::Write;

use clap::{Parser, Subcommand};
use orglab::settings::Settings;

#[derive(Parser)]
#[command(version, about = ABOUT, after_long_help = settings())]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check the configured provider and the settings, without a browser.
    ///
    /// Exit status: 0 if nothing is wrong, 1 if something is wrong, 2 if no provider is configured.
    Check {
        /// Print the report as one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Serve a class: each participant gets an app and a demo tenant.
    ///
    /// For a network that you trust: there are no passwords, and everything is sent over plain http.
    /// Of the settings, only `RUST_LOG`, `LOG_FORMAT`, `METRICS_LISTEN`, `SESSION_TTL` and `SESSION_IDLE` have
    /// an effect; any other that is set stops the start.
    #[cfg(feature = "demo-tenant")]
    Class(ClassArguments),
    /// Check that the app with these settings is running on this machine.
    ///
    /// Asks `GET /healthz`. Exit status: 0 if the app responds within 5 seconds,
    /// else 1, with the reason in one line.
    Health,
}

#[cfg(feature = "demo-tenant")]
#[derive(clap::Args)]
pub(crate) struct ClassArguments {
    /// This machine's IPv4 address in the class's network, or a name for it that participants' machines can resolve
    #[arg(long)]
    pub(crate) host: String,
    /// The front door's port. Each room has the next two
    #[arg(long, default_value_t = 3000)]
    pub(crate) port: u16,
    /// How many rooms there are, from 1 to 100
    #[arg(long, default_value_t = 30)]
    pub(crate) rooms: usize,
    /// The class's name on its pages
    #[arg(long, value_name = "TEXT", default_value = "Orglab class")]
    pub(crate) name: String,
    /// The checkpoint of the lab at which each room starts [default: second-organization]
    #[arg(long, value_name = "NAME")]
    pub(crate) checkpoint: Option<String>,
    /// A JSON file with your own connections, users and organizations for each room
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<String>,
}

const ABOUT: &str = if cfg!(feature = "demo-tenant") {
    "A hands-on lab about business logins with OpenID Connect. Serves the app on
http://localhost:3000 and, if no provider is configured, a demo tenant on
http://localhost:3001. Reads its settings from the environment and from .env."
} else {
    "A hands-on lab about business logins with OpenID Connect. Serves the app on
http://localhost:3000. Reads its settings from the environment and from .env."
};

/// The settings in the form of clap's own options.
fn settings() -> String {
    let mut text = "Settings (see .env.example for details):".to_owned();
    for setting in Settings::summaries() {
        // Writing to a String does not fail.
        let _ = write!(text, "\n  {} [default: {}]\n          {}", setting.name, setting.default, setting.description);
    }
    text
}
