//! `orglab check`: reads the settings, prints the report, and returns the exit status.

use std::{
    env,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use orglab::{
    clock::Clock,
    doctor::{self, Report},
    log,
    random::Random,
    settings::{Settings, dotenv},
};

/// Whether the command line asks for a JSON document, even if it has mistakes, such as arguments in the wrong order. A
/// program that asks for a document always gets one.
pub(crate) fn wants_document() -> bool {
    ["check", "--json"].iter().all(|wanted| env::args_os().skip(1).any(|argument| argument == *wanted))
}

/// Prints what is wrong with such a command line, or the help, if it asks for that.
pub(crate) fn misused(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let found = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    print_out(&as_json(&Report::of_failure(found, "Run `orglab check --help` to see the arguments.")));
    ExitCode::FAILURE
}

/// Prints the report, or why there is none.
pub(crate) async fn run(json: bool) -> ExitCode {
    let settings = match settings_to_check() {
        Ok(settings) => settings,
        Err(nothing) => {
            eprintln!("{}", nothing.message);
            if json {
                print_out(&as_json(&Report::of_wrong_settings(nothing.wrong)));
            }
            return nothing.exit;
        }
    };
    // Standard output is for the report alone.
    log::start(&settings.log, io::stderr, io::stderr().is_terminal());
    let report = Box::pin(doctor::run_checks(&settings.client, &Clock::system(), &Random::system())).await;
    print_out(&if json { as_json(&report) } else { report.text() });
    if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Why there is nothing to check.
struct NothingToCheck {
    /// For standard error.
    message: String,
    /// What was found and what to change, for each wrong setting.
    wrong: Vec<(String, String)>,
    exit: ExitCode,
}

fn settings_to_check() -> Result<Settings, NothingToCheck> {
    dotenv::read().map_err(|message| {
        let wrong = message.lines().map(|line| (line.to_owned(), "Fix the file .env.".to_owned())).collect();
        NothingToCheck { message, wrong, exit: ExitCode::FAILURE }
    })?;
    for sentence in Settings::without_effect() {
        eprintln!("{sentence}");
    }
    if !Settings::has_issuer() {
        let message = "OIDC_ISSUER_URL is not set, so there is no provider to check".to_owned();
        let wrong = vec![(message.clone(), "Set OIDC_ISSUER_URL to your provider's domain.".to_owned())];
        return Err(NothingToCheck { message, wrong, exit: ExitCode::from(2) });
    }
    Settings::from_environment().map_err(|mistakes| {
        let wrong = mistakes.0.iter().map(|mistake| (mistake.found(), mistake.change())).collect();
        NothingToCheck { message: mistakes.to_string(), wrong, exit: ExitCode::FAILURE }
    })
}

fn as_json(report: &Report) -> String {
    // Serializing texts and booleans can't fail.
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}

/// A failure is ignored: the reader may have closed the pipe, and the exit status is still right.
fn print_out(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
