//! TLS of outgoing connections: the certificate authorities that they trust.

use std::{env, path::PathBuf, sync::LazyLock};

use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use tracing::{info, warn};

/// The variables that name a file and folders with certificate authorities, instead of the machine's (OpenSSL,
/// `SSL_CTX_set_default_verify_paths`).
const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// Made once: it takes a while, and one warning is enough.
static CONFIGURATION: LazyLock<ClientConfig> = LazyLock::new(|| {
    let mut configuration = ClientConfig::builder().with_root_certificates(trusted()).with_no_client_auth();
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    configuration
});

/// The configuration of HTTP clients. They trust the machine's certificate authorities, among them a company's own, and
/// Mozilla's, which are bundled: a slim container has none.
pub fn client_configuration() -> ClientConfig {
    CONFIGURATION.clone()
}

fn trusted() -> RootCertStore {
    let mut trusted = RootCertStore::empty();
    let named = named();
    if named.is_empty() {
        let (added, _) = trusted.add_parsable_certificates(load_native_certs().certs);
        if added == 0 {
            info!("this machine has no certificate authorities that can be read: TLS trusts the bundled ones alone");
        }
    }
    for (variable, path, read) in named {
        let (added, _) = trusted.add_parsable_certificates(read.certs);
        let problem = read.errors.first().map(ToString::to_string);
        if added == 0 {
            let problem = problem.unwrap_or_else(|| "there is no certificate in PEM format".to_owned());
            warn!(
                "{variable} names {path:?}, but no certificate authority can be read there ({problem}): TLS trusts the \
                 bundled ones; unset {variable}, or correct it"
            );
        } else if let Some(problem) = problem {
            warn!("{variable} names {path:?}, but not everything can be read there ({problem})");
        }
    }
    trusted.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    trusted
}

/// What the variables name, and what can be read there.
fn named() -> Vec<(&'static str, PathBuf, CertificateResult)> {
    let file = env::var_os(FILE).map(PathBuf::from);
    let folders = env::var_os(FOLDERS).unwrap_or_default();
    let folders = env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty());
    let files = file.into_iter().map(|file| (FILE, load_certs_from_paths(Some(&file), None), file));
    let folders = folders.map(|folder| (FOLDERS, load_certs_from_paths(None, Some(&folder)), folder));
    files.chain(folders).map(|(variable, read, path)| (variable, path, read)).collect()
}
