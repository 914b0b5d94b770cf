//! TLS of outgoing connections: which certificate authorities they trust.

use std::{env, path::PathBuf, sync::LazyLock};

use data_encoding::BASE64;
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use tracing::{info, warn};

/// The variables that name a file and folders with certificate authorities, instead of the machine's (OpenSSL,
/// `SSL_CTX_set_default_verify_paths`). An empty one counts as unset.
const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// What all outgoing connections trust: the machine's certificate authorities, which may include a company's own, and
/// Mozilla's, which are bundled, since a slim container has none. They are read once: it takes a while, and one warning
/// is enough.
static AUTHORITIES: LazyLock<Vec<CertificateDer<'static>>> = LazyLock::new(|| {
    let mut authorities = of_the_machine();
    authorities.extend_from_slice(webpki_root_certs::TLS_SERVER_ROOT_CERTS);
    authorities
});

/// Trusts [`AUTHORITIES`], and speaks HTTP/1.1.
static CONFIGURATION: LazyLock<ClientConfig> = LazyLock::new(|| {
    let mut trusted = RootCertStore::empty();
    trusted.add_parsable_certificates(AUTHORITIES.iter().cloned());
    let mut configuration = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    configuration
});

/// The configuration of HTTP clients.
pub fn client_configuration() -> ClientConfig {
    CONFIGURATION.clone()
}

/// The certificate authorities in PEM format, for clients that build their own configuration.
pub fn authorities_in_pem() -> String {
    let pem = |der: &CertificateDer<'_>| {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64.encode(der))
    };
    AUTHORITIES.iter().map(pem).collect()
}

/// The certificate authorities that the variables name. If they name none, those in the system's usual places.
fn of_the_machine() -> Vec<CertificateDer<'static>> {
    let named = named();
    if named.is_empty() {
        let found = usable(at_the_usual_places());
        if found.is_empty() {
            info!("no certificate authorities could be read on this machine: TLS trusts only the bundled ones");
        }
        return found;
    }
    let mut all = Vec::new();
    for (variable, path, read) in named {
        let problem = read.errors.first().map(ToString::to_string);
        let found = usable(read.certs);
        if found.is_empty() {
            let problem = problem.unwrap_or_else(|| "no certificate in PEM format was found".to_owned());
            warn!(
                "{variable} is {path:?}, but no certificate authority could be read there ({problem}): TLS trusts the \
                 bundled ones. Unset {variable} or correct it"
            );
        } else if let Some(problem) = problem {
            warn!("{variable} is {path:?}, but not everything could be read there ({problem})");
        }
        all.extend(found);
    }
    all
}

/// What the variables name: the variable, the path, and what can be read there.
fn named() -> Vec<(&'static str, PathBuf, CertificateResult)> {
    let file = env::var_os(FILE).filter(|file| !file.is_empty()).map(PathBuf::from);
    let folders = env::var_os(FOLDERS).unwrap_or_default();
    let folders = env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty());
    let files = file.into_iter().map(|file| (FILE, load_certs_from_paths(Some(&file), None), file));
    let folders = folders.map(|folder| (FOLDERS, load_certs_from_paths(None, Some(&folder)), folder));
    files.chain(folders).map(|(variable, read, path)| (variable, path, read)).collect()
}

/// The certificate authorities in the system's usual places.
fn at_the_usual_places() -> Vec<CertificateDer<'static>> {
    if env::var_os(FILE).is_none() {
        return load_native_certs().certs;
    }
    // `load_native_certs` would take the empty variable for a path.
    let places = openssl_probe::probe();
    let mut read = load_certs_from_paths(places.cert_file.as_deref(), None).certs;
    read.extend(places.cert_dir.iter().flat_map(|folder| load_certs_from_paths(None, Some(folder)).certs));
    read
}

/// The certificates that can be those of an authority.
fn usable(mut certificates: Vec<CertificateDer<'static>>) -> Vec<CertificateDer<'static>> {
    certificates.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
    certificates
}
