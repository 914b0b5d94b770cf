//! The environment -> the settings that the modules below own. All mistakes are named at once.
//!
//! Each group of settings has a file, and each setting is one row in it: it is read by this row, and `orglab --help`
//! shows it.

use std::env;

use crate::{
    log::LogSettings, session::SessionSettings, sign_in::provider::ClientSettings, store::redis::RedisAddress,
};

mod provider;

mod app;

mod operation;

mod store;

mod session;

#[cfg_attr(not(feature = "demo-tenant"), path = "no_demo_tenant.rs")]
mod demo_tenant;

mod listen;

mod reader;

mod characters;

mod misspelt;

mod setting;

pub mod dotenv;

pub use app::AppSettings;
pub use demo_tenant::DemoTenantSettings;
pub use listen::Listen;
use reader::Reader;
pub use reader::{InvalidSetting, InvalidSettings};
pub use setting::SettingSummary;

/// All settings.
pub struct Settings {
    pub app: AppSettings,
    pub log: LogSettings,
    /// Where metrics are served; `None` for no metrics.
    pub metrics: Option<Listen>,
    pub session: SessionSettings,
    /// Where sessions and the organizations' data are stored; `None` for this process's memory.
    pub redis: Option<RedisAddress>,
    /// The app as its provider knows it.
    pub client: ClientSettings,
    /// `None` where a provider is configured.
    pub demo_tenant: Option<DemoTenantSettings>,
}

/// An option of a command that stands for a setting.
#[derive(Clone, Copy, Debug)]
pub struct CommandOption<'a> {
    /// Its name: `--seed`.
    pub name: &'static str,
    /// The setting's name.
    pub setting: &'static str,
    pub value: Option<&'a str>,
}

impl Settings {
    /// Reads the settings from the environment.
    pub fn from_environment() -> Result<Self, InvalidSettings> {
        Self::read(|name| Some(env::var_os(name)?.to_string_lossy().into_owned()))
    }

    /// Reads the settings, each by its name, from `lookup`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSettings> {
        let mut reader = Reader::new(&lookup);
        let (base_url, listen) = app::addresses(&mut reader);
        let session = session::read(&mut reader);
        let redis = store::read(&mut reader);
        let (client, demo_tenant) = provider::read(&mut reader, &base_url);
        let is_tenant_private = demo_tenant.as_ref().is_some_and(|tenant| !tenant.is_exposed());
        let is_tenant_private = is_tenant_private && !reader.is_rejected(&provider::ISSUER);
        let app = app::read(&mut reader, (base_url, listen), is_tenant_private);
        let (log, metrics) = operation::read(&mut reader);
        let session = session.bound_to(client.issuer.as_str(), &client.client_id);
        reader.finish(Self { app, log, metrics, session, redis, client, demo_tenant })
    }

    /// Reads only these settings from the environment, and those of a command's options from there. All that is set in the
    /// environment besides is wrong, because of `why`.
    pub fn from_environment_only(
        names: &[&str],
        options: &[CommandOption<'_>],
        why: &str,
    ) -> Result<Self, InvalidSettings> {
        let from_environment = |name: &str| Some(env::var_os(name)?.to_string_lossy().into_owned());
        let is_set = |name: &str| from_environment(name).is_some_and(|value| !value.trim().is_empty());
        let others = Self::summaries().map(|setting| setting.name).filter(|name| !names.contains(name) && is_set(name));
        let others: Vec<_> = others.map(|name| InvalidSetting::not_allowed(name, why)).collect();
        let option = |name: &str| options.iter().find(|option| option.setting == name);
        let read = Self::read(|name| match option(name) {
            Some(option) => option.value.map(str::to_owned),
            None => from_environment(name).filter(|_| names.contains(&name)),
        });
        match read {
            Ok(settings) if others.is_empty() => Ok(settings),
            Ok(_) => Err(InvalidSettings(others)),
            Err(InvalidSettings(invalid)) => {
                let invalid = invalid.into_iter().map(|it| match option(it.name()) {
                    Some(option) => it.renamed(option.name),
                    None => it,
                });
                Err(InvalidSettings(others.into_iter().chain(invalid).collect()))
            }
        }
    }

    /// The same settings once app and demo tenant listen on these ports. If the system has chosen a port, the URLs that
    /// contain it change too.
    pub fn listening_on(self, app_port: u16, tenant_port: Option<u16>) -> Self {
        let Self { mut app, mut session, mut client, mut demo_tenant, .. } = self;
        app.listen.set_port(app_port);
        if app.base_url.port() == Some(0) {
            let path = client.redirect_uri.split_off(client.post_logout_redirect_uri.len());
            // Fails only for a URL without a host.
            let _ = app.base_url.set_port(Some(app_port));
            client.post_logout_redirect_uri = app.base_url.origin().ascii_serialization();
            client.redirect_uri = client.post_logout_redirect_uri.clone() + &path;
        }
        if let Some((tenant, port)) =
            demo_tenant.as_mut().zip(tenant_port).filter(|(tenant, _)| tenant.listen().port() == 0)
        {
            tenant.set_port(port);
            let (issuer, client_id) = tenant.issuer_and_client_id();
            (client.issuer, client.client_id) = (issuer.into(), client_id);
            // Before, it was bound to the issuer with port 0.
            session = session.bound_to(client.issuer.as_str(), &client.client_id);
        }
        Self { app, session, client, demo_tenant, log: self.log, metrics: self.metrics, redis: self.redis }
    }

    /// Whether the environment names a provider.
    pub fn has_issuer() -> bool {
        env::var_os(provider::ISSUER.name).is_some_and(|issuer| !issuer.to_string_lossy().trim().is_empty())
    }

    /// A sentence for each variable that has no effect: names that are nearly a setting's, and the demo tenant's
    /// settings if this build has no demo tenant.
    pub fn without_effect() -> Vec<String> {
        let names = Self::summaries().map(|setting| setting.name);
        let mut sentences: Vec<_> = set_names()
            .filter_map(|name| match misspelt::setting_meant(&name, names.clone()) {
                Some(setting) => Some(format!("{name} is not a setting and has no effect: did you mean {setting}?")),
                None if cfg!(not(feature = "demo-tenant")) && name.starts_with("DEMO_TENANT_") => {
                    Some(format!("{name} has no effect: this build has no demo tenant"))
                }
                None => None,
            })
            .collect();
        sentences.sort();
        sentences
    }

    /// All settings of this build, by group.
    pub fn summaries() -> impl Iterator<Item = &'static SettingSummary> + Clone {
        [
            provider::SUMMARIES,
            app::SUMMARIES,
            operation::SUMMARIES,
            session::SUMMARIES,
            store::SUMMARIES,
            demo_tenant::SUMMARIES,
        ]
        .into_iter()
        .flatten()
    }
}

/// The names in the environment that are set. An empty value counts as unset.
fn set_names() -> impl Iterator<Item = String> {
    let variables = env::vars_os().filter(|(_, value)| !value.to_string_lossy().trim().is_empty());
    variables.filter_map(|(name, _)| name.into_string().ok())
}

#[cfg(test)]
mod tests;
