//! In place of `demo_tenant.rs` in a build without the feature `demo-tenant`.

use url::Url;

use super::{listen::Listen, reader::Reader, setting::SettingSummary};

pub(super) const SUMMARIES: &[SettingSummary] = &[];

pub(super) const WITHOUT_ISSUER: &str = "none; required";

/// It has no values, since there is no demo tenant.
#[derive(Clone, Debug)]
pub enum DemoTenantSettings {}

impl DemoTenantSettings {
    pub fn listen(&self) -> &Listen {
        match *self {}
    }

    pub(super) fn is_exposed(&self) -> bool {
        match *self {}
    }

    pub(super) fn set_port(&mut self, _: u16) {
        match *self {}
    }

    pub(super) fn issuer_and_client_id(&self) -> (Url, String) {
        match *self {}
    }
}

pub(super) fn read(_: &mut Reader, _is_provider_configured: bool) -> Option<DemoTenantSettings> {
    None
}

#[cfg(test)]
mod tests {
    use crate::settings::tests::invalid;

    #[test]
    fn an_issuer_is_required_and_the_reason_is_named() {
        let text = invalid(&[("DEMO_TENANT_LISTEN", "127.0.0.1:3001")]);
        let lines: Vec<_> = text.lines().collect();
        let [issuer, client_id] = lines[..] else { panic!("two lines: {text}") };
        assert!(issuer.starts_with("OIDC_ISSUER_URL must be set") && issuer.contains("no demo tenant"), "{issuer}");
        assert!(client_id.starts_with("OIDC_CLIENT_ID must be set"), "{client_id}");
    }
}
