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
    /// Check that the app with these settings is running on this machine.
    ///
    /// Asks `GET /healthz`. Exit status: 0 if the app responds within 5 seconds,
    /// else 1, with the reason in one line.
    Health,
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
