//! `orglab health`: whether the app that runs with the same settings is alive, for containers.

use std::{
    any::Any,
    net::TcpListener,
    process::{Command, Output},
};

use actix_web::{HttpResponse, web};
use rstest::rstest;

use crate::support::{
    app::{Running, free_port},
    process::{Process, orglab},
};

fn health(settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = orglab(settings).arg("health").output().unwrap();
    assert!(stdout.is_empty(), "{stdout:?}");
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// It exits with status 1 and one line with this text.
fn assert_not_alive(settings: &[(&str, &str)], reason: &str) {
    let (status, line) = health(settings);
    assert_eq!((status, line.lines().count()), (Some(1), 1), "{line}");
    assert!(line.contains(reason), "{line}");
}

fn port_of(base: &str) -> &str {
    base.rsplit(':').next().unwrap()
}

#[test]
fn an_app_that_runs_is_alive_until_it_ends() {
    let mut orglab = Process::start(&[], "Ctrl-C");
    let base = orglab.base.clone();
    for settings in [
        &[("APP_BASE_URL", base.as_str())][..],
        &[("APP_BASE_URL", base.as_str()), ("APP_LISTEN", &format!("127.0.0.1:{}", port_of(&base)))],
        // A proxy of the environment's is not for this machine.
        &[("APP_BASE_URL", base.as_str()), ("HTTP_PROXY", "http://127.0.0.1:1")],
    ] {
        assert_eq!(health(settings), (Some(0), String::new()), "{settings:?}");
    }
    orglab.kill();
    assert_not_alive(&[("APP_BASE_URL", &base)], port_of(&base));
}

/// As in a container: the app listens on all addresses, and is asked at loopback.
#[test]
fn an_app_that_listens_on_all_addresses_is_asked_at_loopback() {
    let port = free_port().local_addr().unwrap().port();
    let (base, listen) = (format!("http://localhost:{port}"), format!("0.0.0.0:{port}"));
    let settings = [("APP_BASE_URL", base.as_str()), ("APP_LISTEN", &listen), ("DEMO_TENANT_EXPOSE", "yes")];
    let _orglab = Process::start(&settings, "Ctrl-C");
    assert_eq!(health(&settings), (Some(0), String::new()));
}

/// What is on the app's port instead of it.
enum Neighbour {
    Nobody,
    Silent,
    WithoutThePage,
    AnotherApp,
}

impl Neighbour {
    /// It is there for as long as what this returns.
    fn start(self, socket: TcpListener) -> Box<dyn Any> {
        match self {
            Self::Nobody => {
                drop(socket);
                Box::new(())
            }
            Self::Silent => Box::new(socket),
            Self::WithoutThePage => Box::new(Running::routes(socket, |_| ())),
            Self::AnotherApp => Box::new(Running::routes(socket, |app| {
                app.route("/healthz", web::get().to(HttpResponse::Ok));
            })),
        }
    }
}

#[rstest]
#[case::nobody(Neighbour::Nobody, "Connection refused")]
#[case::one_that_never_responds(Neighbour::Silent, "within")]
#[case::a_server_without_the_page(Neighbour::WithoutThePage, "not the app")]
#[case::another_app(Neighbour::AnotherApp, "not the app")]
fn anything_else_is_one_line(#[case] neighbour: Neighbour, #[case] reason: &str) {
    let socket = free_port();
    let listen = socket.local_addr().unwrap().to_string();
    let base = format!("http://localhost:{}", port_of(&listen));
    let _neighbour = neighbour.start(socket);
    assert_not_alive(&[("APP_BASE_URL", &base), ("APP_LISTEN", &listen)], reason);
}

#[rstest]
#[case::wrong_settings(&[("APP_BASE_URL", "nowhere"), ("SESSION_TTL", "soon")], "SESSION_TTL")]
#[case::a_port_of_the_systems_choice(&[("APP_BASE_URL", "http://localhost:0")], "APP_LISTEN")]
fn settings_that_name_no_app_are_one_line(#[case] settings: &[(&str, &str)], #[case] reason: &str) {
    assert_not_alive(settings, reason);
}

#[test]
fn help_lists_it() {
    let help = Command::new(env!("CARGO_BIN_EXE_orglab")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.lines().any(|line| line.trim_start().starts_with("health ")), "{help}");
}
