//! The binary itself, as whoever starts it meets it.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use rstest::rstest;

use crate::support::{app::free_port, browser::Browser, wait_until};

/// The binary in a folder without `.env`, with these settings and no others.
fn orglab(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orglab"));
    command.env_clear().envs(settings.iter().copied()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(output: &[u8]) -> &str {
    std::str::from_utf8(output).unwrap()
}

#[test]
fn help_and_version_say_what_it_is() {
    let help: Output = orglab(&[]).arg("--help").output().unwrap();
    assert!(help.status.success());
    assert!(text(&help.stdout).contains("http://localhost:3000") && text(&help.stdout).contains(".env"));
    let version = orglab(&[]).arg("--version").output().unwrap();
    assert_eq!(text(&version.stdout), format!("orglab {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_settings_stop_the_start_with_a_line_each() {
    let wrong =
        [("APP_BASE_URL", "nowhere"), ("SESSION_TTL", "soon"), ("SESSION_SECRET", "hunter2"), ("RUST_LOG", "=")];
    let output = orglab(&wrong).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    let lines: Vec<_> = text(&output.stderr).lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["APP_BASE_URL", "SESSION_TTL", "SESSION_SECRET", "RUST_LOG"], "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("hunter2"));
}

#[rstest]
#[case::the_apps("APP_BASE_URL", true)]
#[case::the_tenants("DEMO_TENANT_LISTEN", false)]
fn a_port_in_use_is_one_line_that_says_which_and_what_to_set(#[case] setting: &str, #[case] is_apps: bool) {
    let (taken, free) = (free_port(), free_port());
    let free_port = free.local_addr().unwrap().port();
    drop(free);
    let port = taken.local_addr().unwrap().port();
    let (app, tenant) = if is_apps { (port, free_port) } else { (free_port, port) };
    let base = format!("http://localhost:{app}");
    let listen = format!("127.0.0.1:{tenant}");
    let output = orglab(&[("APP_BASE_URL", &base), ("DEMO_TENANT_LISTEN", &listen)]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(&format!("port {port} is in use")) && message.contains(setting), "{message}");
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn two_free_ports() -> (u16, u16) {
    let sockets: [TcpListener; 2] = [free_port(), free_port()];
    let [one, other] = sockets.map(|socket| socket.local_addr().unwrap().port());
    (one, other)
}

#[rstest]
#[case::sigterm("TERM")]
#[case::ctrl_c("INT")]
#[tokio::test]
async fn it_says_where_to_go_serves_and_ends_within_ten_seconds(#[case] signal: &str) {
    let (port, tenant_port) = two_free_ports();
    let (base, listen) = (format!("http://localhost:{port}"), format!("127.0.0.1:{tenant_port}"));
    let mut child = Process(orglab(&[("APP_BASE_URL", &base), ("DEMO_TENANT_LISTEN", &listen)]).spawn().unwrap());
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let welcome: Vec<_> = lines.by_ref().map(Result::unwrap).take_while(|line| !line.contains("Ctrl-C")).collect();
    let welcome = welcome.join("\n");
    for part in [&base, &format!("http://localhost:{tenant_port}"), "org1", "corporate", "bob@org2.example"] {
        assert!(welcome.contains(part), "{part} in\n{welcome}");
    }
    // A connection that is kept open, as browsers keep theirs, holds nothing up.
    let browser = Browser::new(&base);
    wait_until("a sign-in page", async || browser.sign_in("org1").await.status == 200).await;

    let began = Instant::now();
    let killed = Command::new("kill").args([format!("-{signal}"), child.0.id().to_string()]).status().unwrap();
    assert!(killed.success());
    wait_until("the end", async || child.0.try_wait().unwrap().is_some()).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
    let mut errors = String::new();
    child.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(errors, "");
}
