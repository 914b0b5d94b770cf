//! What the log looks like: text for people, or JSON for programs.
//!
//! An event has its message for people, and fields for programs beside it: `event` (what happened, a name that stays the
//! same), `reference`, `organization`, and what a request's line consists of. JSON has both. Text has the message alone,
//! which says the same.

use std::{fmt, panic};

use tracing::{
    error,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter,
    field::{RecordFields, VisitOutput},
    fmt::{
        FormatFields, MakeWriter,
        format::{DefaultVisitor, Writer},
    },
};

/// The fields that text leaves out.
const FOR_PROGRAMS: [&str; 8] =
    ["event", "reference", "organization", "server", "method", "path", "status", "duration_ms"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// A line an event.
    Text,
    /// An object an event, each on a line of its own.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// Directives of [`EnvFilter`].
    pub directives: String,
    pub format: LogFormat,
}

/// Logs all events of this process to `writer` from now on. `with_colors` is for text on a terminal.
pub fn start<W>(settings: &LogSettings, writer: W, with_colors: bool)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&settings.directives)).with_writer(writer);
    // Otherwise it panics if neither standard output nor standard error is read any more, for example at SIGTERM.
    let log = log.log_internal_errors(false);
    match settings.format {
        LogFormat::Text => log.with_target(false).with_ansi(with_colors).fmt_fields(ForPeople).init(),
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
            log_panics();
        }
    }
}

/// Panics are events, too, instead of lines of their own on standard error.
fn log_panics() {
    panic::set_hook(Box::new(|panicked| error!(event = "panic", "{panicked}")));
}

/// Writes the fields of an event without those that are for programs.
struct ForPeople;

impl<'writer> FormatFields<'writer> for ForPeople {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = WithoutFieldsForPrograms(DefaultVisitor::new(writer, true));
        fields.record(&mut visitor);
        visitor.0.finish()
    }
}

struct WithoutFieldsForPrograms<'writer>(DefaultVisitor<'writer>);

impl Visit for WithoutFieldsForPrograms<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !FOR_PROGRAMS.contains(&field.name()) {
            self.0.record_debug(field, value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if !FOR_PROGRAMS.contains(&field.name()) {
            self.0.record_str(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.0.record_error(field, value);
    }
}
