//! The certificate authorities that the app trusts, where the machine has some, and where it has none.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    sync::Arc,
    thread,
};

use rstest::rstest;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde_json::{Value, json};

use crate::support::{
    app::free_port,
    browser::Browser,
    doctor::check,
    process::{Process, orglab},
    provider::Provider,
    redis::certificates,
};

/// A file with this content.
fn file(name: &str, content: &str) -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("authorities-{name}"));
    fs::write(&file, content).unwrap();
    file.to_str().unwrap().to_owned()
}

const DAMAGED: &str = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
const OF_NOBODY: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/// Conda and its like leave such variables behind; a slim container has no authorities at all.
#[rstest]
#[case::no_file("SSL_CERT_FILE", "/nowhere/cacert.pem")]
#[case::a_folder("SSL_CERT_FILE", env!("CARGO_TARGET_TMPDIR"))]
#[case::nothing_in_it("SSL_CERT_FILE", &file("empty", ""))]
#[case::garbage("SSL_CERT_FILE", &file("garbage", "no certificate\n\u{0}\u{1b}[31m"))]
#[case::damaged("SSL_CERT_FILE", &file("damaged", DAMAGED))]
#[case::of_nobody("SSL_CERT_FILE", &file("of-nobody", OF_NOBODY))]
#[case::no_folder("SSL_CERT_DIR", "/nowhere/certs")]
#[case::no_folder_but_a_file("SSL_CERT_DIR", &file("no-folder", ""))]
#[tokio::test]
async fn without_readable_authorities_the_lab_works_and_one_line_says_so(#[case] variable: &str, #[case] path: &str) {
    let orglab = Process::start(&[(variable, path)], "org2");
    let warnings: Vec<_> = orglab.welcome.lines().filter(|line| line.contains("WARN")).collect();
    let [warning] = warnings[..] else { panic!("one warning: {}", orglab.welcome) };
    assert!(warning.contains(variable) && warning.contains(path), "{warning}");

    let alice = Browser::new(&orglab.base);
    let page = alice.sign_in_as("alice@org1.example", "org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    alice.follow(alice.log_out().await).await;
    assert_eq!(alice.profile().await, None);
}

#[test]
fn each_variable_that_names_nothing_is_named() {
    let settings = [("SSL_CERT_FILE", "/nowhere/cacert.pem"), ("SSL_CERT_DIR", "/nowhere/a:/nowhere/b")];
    let orglab = Process::start(&settings, "org2");
    let warnings: Vec<_> = orglab.welcome.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 3, "{}", orglab.welcome);
    for (warning, path) in warnings.iter().zip(["/nowhere/cacert.pem", "/nowhere/a", "/nowhere/b"]) {
        assert!(warning.contains(path), "{warning}");
    }
}

/// What is written about certificate authorities, to either of the outputs.
fn about_authorities(settings: &[(&str, &str)]) -> Vec<String> {
    let provider = Provider::start();
    let own = [("OIDC_ISSUER_URL", provider.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
    let output = orglab(&[&own, settings].concat()).arg("check").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    let lines = said.lines().filter(|line| line.contains("certificate") || line.contains("SSL_CERT"));
    lines.map(|line| line.split_once("INFO").map_or(line, |(_, text)| text).to_owned()).collect()
}

#[rstest]
#[case::file(&[("SSL_CERT_FILE", "")])]
#[case::folders(&[("SSL_CERT_DIR", "")])]
#[case::both(&[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "")])]
#[case::nothing_but_separators(&[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", ":")])]
fn an_empty_variable_counts_as_unset(#[case] empty: &[(&str, &str)]) {
    assert_eq!(about_authorities(empty), about_authorities(&[]));
}

#[test]
fn the_doctor_reports_all_the_same() {
    let provider = Provider::start();
    let settings = [
        ("OIDC_ISSUER_URL", provider.issuer.as_str()),
        ("OIDC_CLIENT_ID", "orglab"),
        ("SSL_CERT_FILE", "/nowhere.pem"),
    ];
    let output = orglab(&settings).args(["check", "--json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let discovery = report["checks"].as_array().unwrap().iter().find(|line| line["name"] == "discovery").unwrap();
    assert_eq!(discovery["status"], "ok", "{report}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("SSL_CERT_FILE") && errors.contains("/nowhere.pem"), "{errors}");
    assert_eq!(errors.matches("WARN").count(), 1, "{errors}");
}

/// A provider's discovery over TLS, with the test authority's certificate. Returns its issuer.
fn discovery_over_tls() -> String {
    let [_, certificate, key] = certificates();
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let (listener, config) = (free_port(), Arc::new(config));
    let issuer = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    let document = discovery(&issuer).to_string();
    thread::spawn(move || serve(&listener, &config, &document));
    issuer
}

fn discovery(issuer: &str) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "jwks_uri": at("keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// Responds to each connection with `document`, until the test process ends.
fn serve(listener: &TcpListener, config: &Arc<ServerConfig>, document: &str) {
    for stream in listener.incoming().flatten() {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream);
        let mut head = [0; 4096];
        if stream.read(&mut head).is_ok() {
            let length = document.len();
            let response = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{document}"
            );
            _ = stream.write_all(response.as_bytes());
            stream.conn.send_close_notify();
            _ = stream.flush();
        }
    }
}

/// A company has an authority of its own, perhaps beside another file with nothing in it.
#[rstest]
#[case::in_a_file(&[("SSL_CERT_FILE", "AUTHORITY")], true)]
#[case::in_a_folder(&[("SSL_CERT_DIR", "FOLDER")], true)]
#[case::in_the_second_folder(&[("SSL_CERT_DIR", "/nowhere:FOLDER")], true)]
#[case::in_a_folder_and_no_file(&[("SSL_CERT_FILE", "/nowhere"), ("SSL_CERT_DIR", "FOLDER")], true)]
#[case::nowhere(&[], false)]
#[case::nowhere_at_all(&[("SSL_CERT_FILE", "/nowhere")], false)]
#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_the_variables_name_it_and_nowhere_else(
    #[case] variables: &[(&str, &str)],
    #[case] is_trusted: bool,
) {
    let [authority, ..] = certificates();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authorities");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(authority, folder.join("authority.pem")).unwrap();
    let fill = |value: &str| value.replace("AUTHORITY", authority).replace("FOLDER", folder.to_str().unwrap());
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, fill(value))).collect();
    let issuer = discovery_over_tls();
    let mut settings = vec![("OIDC_ISSUER_URL", issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
    settings.extend(variables.iter().map(|(name, value)| (*name, value.as_str())));
    let orglab = Process::start(&settings, "Users log in at");
    let page = Browser::new(&orglab.base).get("/readyz").await;
    assert_eq!(page.status == 200, is_trusted, "{}", page.body);
    let report = check(&issuer, &settings);
    assert_eq!(report.lines["discovery"].status == "ok", is_trusted, "{:?}", report.lines);
}
