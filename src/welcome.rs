//! The first lines on the terminal: where to go, and what there is to sign in to.

use std::fmt::Write;

use orglab::{demo_tenant::DemoTenant, settings::Settings};

/// The welcome.
pub(crate) fn text(settings: &Settings, demo_tenant: Option<&DemoTenant>) -> String {
    let mut text = format!("\n  Orglab is ready: open {}\n", settings.client.post_logout_redirect_uri);
    // Writing to a String does not fail.
    let _ = match demo_tenant {
        None => writeln!(text, "  It signs in at {}\n", settings.client.issuer),
        Some(tenant) => describe(&mut text, tenant),
    };
    text
}

fn describe(text: &mut String, tenant: &DemoTenant) -> std::fmt::Result {
    let summary = tenant.summary();
    writeln!(text, "  No provider is configured, so it signs in at the demo tenant: {}\n", tenant.issuer())?;
    for organization in &summary.organizations {
        let license = organization.license.as_deref().unwrap_or("no license");
        let members: Vec<_> =
            organization.members.iter().map(|(email, connection)| format!("{email} ({connection})")).collect();
        writeln!(text, "    {:<8} {license:<10} {}", organization.name, members.join(", "))?;
    }
    if !summary.individuals.is_empty() {
        writeln!(text, "    {:<8} {:<10} {}", "-", "-", summary.individuals.join(", "))?;
    }
    writeln!(text, "\n  There are no passwords. Ctrl-C ends it.\n")
}
