//! The environment -> the settings that the modules below own. All mistakes are named at once.
//!
//! Each group of settings has a file, and each setting is one row in it: it is read by this row, and `orglab --help`
//! shows it.

use std::env;

use crate::{session::SessionSettings, sign_in::provider::ClientSettings, store::redis::RedisAddress};

mod provider;

mod app;

mod store;

mod session;

#[cfg_attr(not(feature = "demo-tenant"), path = "no_demo_tenant.rs")]
mod demo_tenant;

mod listen;

mod reader;

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
    pub session: SessionSettings,
    /// Where sessions and the organizations' data are stored; `None` for this process's memory.
    pub redis: Option<RedisAddress>,
    /// The app as its provider knows it.
    pub client: ClientSettings,
    /// `None` where a provider is configured.
    pub demo_tenant: Option<DemoTenantSettings>,
}

impl Settings {
    /// Reads the settings from the environment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_environment() -> Result<Self, InvalidSettings> {
        Self::read(|name| env::var(name).ok())
    }

    /// Reads the settings, each by its name, from `lookup`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSettings> {
        let mut reader = Reader::new(&lookup);
        let base_url = app::base_url(&mut reader);
        let session = session::read(&mut reader);
        let redis = store::read(&mut reader);
        let (client, demo_tenant) = provider::read(&mut reader, &base_url);
        let app = app::read(&mut reader, base_url);
        let session = session.bound_to(client.issuer.as_str(), &client.client_id);
        reader.finish(Self { app, session, redis, client, demo_tenant })
    }

    /// Whether the environment names a provider.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn has_issuer() -> bool {
        env::var(provider::ISSUER.name).is_ok_and(|issuer| !issuer.trim().is_empty())
    }

    /// The names of settings for the demo tenant in the environment, if this build has no demo tenant.
    pub fn without_effect() -> Vec<String> {
        if cfg!(feature = "demo-tenant") {
            return Vec::new();
        }
        let names =
            env::vars_os().filter(|(_, value)| !value.is_empty()).filter_map(|(name, _)| name.into_string().ok());
        let mut names: Vec<_> = names.filter(|name| name.starts_with("DEMO_TENANT_")).collect();
        names.sort();
        names
    }

    /// All settings of this build, by group.
    pub fn summaries() -> impl Iterator<Item = &'static SettingSummary> {
        [provider::SUMMARIES, app::SUMMARIES, session::SUMMARIES, store::SUMMARIES, demo_tenant::SUMMARIES]
            .into_iter()
            .flatten()
    }
}

#[cfg(test)]
mod tests;
