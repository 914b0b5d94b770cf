//! The first lines on the terminal: where to go, and what there is to sign in to.

use std::{
    fmt::{self, Write},
    net::SocketAddr,
};

use orglab::{log::LogFormat, settings::Settings};
use tracing::info;

/// Prints the welcome. If the log is JSON, each line of it is an event of the log: all of standard output is JSON then.
/// `demo_tenant` is the part about the demo tenant, if that runs, and `metrics` is where metrics are served.
pub(crate) fn say(settings: &Settings, demo_tenant: Option<&str>, metrics: Option<SocketAddr>) -> fmt::Result {
    let text = text(settings, demo_tenant, metrics)?;
    match settings.log.format {
        LogFormat::Text => print!("{text}"),
        LogFormat::Json => {
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                info!(event = "ready", "{line}");
            }
        }
    }
    Ok(())
}

fn text(settings: &Settings, demo_tenant: Option<&str>, metrics: Option<SocketAddr>) -> Result<String, fmt::Error> {
    let mut text = String::new();
    writeln!(text, "\n  Orglab is ready: open {}", settings.client.post_logout_redirect_uri)?;
    if let Some(address) = metrics {
        writeln!(text, "  Metrics are at http://{address}/metrics")?;
    }
    match demo_tenant {
        None => writeln!(text, "  Users log in at {}\n", settings.client.issuer)?,
        Some(demo_tenant) => text += demo_tenant,
    }
    Ok(text)
}

/// Where the demo tenant is, and its organizations and users.
#[cfg(feature = "demo-tenant")]
pub(crate) fn of_demo_tenant(tenant: &orglab::demo_tenant::DemoTenant) -> Result<String, fmt::Error> {
    let (mut text, summary) = (String::new(), tenant.summary());
    writeln!(text, "  No provider is configured, so users log in at the demo tenant: {}\n", tenant.issuer())?;
    for organization in &summary.organizations {
        // A seed may contain any text, and it must not move the terminal's cursor.
        let license = organization.license.as_deref().unwrap_or("no license").escape_debug().to_string();
        let members: Vec<_> =
            organization.members.iter().map(|(email, connection)| format!("{email} ({connection})")).collect();
        writeln!(text, "    {:<8} {license:<10} {}", organization.name, members.join(", "))?;
    }
    if !summary.individuals.is_empty() {
        writeln!(text, "    {:<8} {:<10} {}", "-", "-", summary.individuals.join(", "))?;
    }
    writeln!(text, "\n  There are no passwords. Press Ctrl-C to stop.\n")?;
    Ok(text)
}
