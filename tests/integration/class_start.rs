//! `orglab class`, as an instructor starts it on a terminal: what stops the start, and how it ends.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use orglab::settings::Settings;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    class::{ClassProcess, HOST, class_command, ports},
    process::{failed, failed_start},
    raw, wait_until,
};

/// The settings that a class has.
const ALLOWED: [&str; 5] = ["RUST_LOG", "LOG_FORMAT", "METRICS_LISTEN", "SESSION_TTL", "SESSION_IDLE"];

/// What the start says in its one line, which must fail.
fn line(settings: &[(&str, &str)], arguments: &[&str]) -> String {
    let said = said(&mut class_command(settings, arguments));
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

/// What the start says, which must fail.
fn said(command: &mut Command) -> String {
    let (status, said) = failed(command);
    assert_eq!(status, Some(1), "{said}");
    assert!(!said.chars().any(|it| it.is_control() && it != '\n'), "{said:?}");
    said
}

#[rstest]
#[case::ipv6("::1", "an IPv6 address")]
#[case::ipv6_in_brackets("[::1]", "an IPv6 address")]
#[case::ipv6_mapped("::ffff:127.0.0.1", "an IPv6 address")]
#[case::with_a_port("127.0.0.2:3000", "without a port or a path")]
#[case::with_the_usual_port("127.0.0.2:80", "without a port or a path")]
#[case::with_a_path("127.0.0.2/class", "without a port or a path")]
#[case::with_a_slash("127.0.0.2/", "without a port or a path")]
#[case::with_a_query("127.0.0.2?a", "without a port or a path")]
#[case::with_a_user("me@127.0.0.2", "without a port or a path")]
#[case::a_url("http://127.0.0.2", "without a port or a path")]
#[case::blank(" ", "without a port or a path")]
#[case::empty("", "without a port or a path")]
#[case::a_control_character("127.0.0.2\u{1b}", "without a port or a path")]
#[case::every_address("0.0.0.0", "no single machine")]
#[case::every_address_as_a_number("0", "no single machine")]
#[case::everybody("255.255.255.255", "no single machine")]
#[case::a_group("224.0.0.1", "no single machine")]
#[case::another_machine("192.0.2.1", "not an address of this machine")]
#[case::an_unknown_name("nobody.invalid", "can't be resolved")]
fn a_host_that_is_no_ipv4_address_of_this_machine_is_refused(#[case] host: &str, #[case] reason: &str) {
    let line = line(&[], &["--host", host]);
    assert!(line.starts_with("--host is ") && line.contains(reason), "{line}");
}

#[rstest]
#[case::none(&["--rooms", "0"], "--rooms is 0; it must be a number from 1 to 100")]
#[case::too_many(&["--rooms", "101"], "--rooms is 101; it must be a number from 1 to 100")]
#[case::port_0(&["--port", "0"], "--port is 0; with 30 rooms, it must be a number from 1 to 65475")]
#[case::no_ports_left(&["--port", "65535", "--rooms", "1"], "--port is 65535; with 1 rooms, it must be a number from 1 to 65533")]
#[case::blocked(&["--port", "5990"], "5990 to 6050, but browsers refuse to open 6000;")]
#[case::the_last_is_blocked(&["--port", "5998", "--rooms", "1"], "5998 to 6000, but browsers refuse to open 6000;")]
#[case::the_first_is_blocked(&["--port", "10080", "--rooms", "1"], "browsers refuse to open 10080;")]
#[case::several_are_blocked(&["--port", "6660"], "browsers refuse to open 6665, 6666, 6667, 6668, 6669, 6679 and 6697;")]
#[case::no_checkpoint(&["--checkpoint", "nonsense"], "--checkpoint is \"nonsense\"; it must be one of login")]
#[case::no_seed(&["--seed", "/nowhere/seed.json"], "--seed is \"/nowhere/seed.json\"; it must be the path")]
#[case::no_name(&["--name", ""], "--name is \"\"; it must be a text of up to 80 characters")]
#[case::a_blank_name(&["--name", " \t"], "--name is \" \\t\"; it must be")]
#[case::a_name_that_clears_the_screen(&["--name", "The\u{1b}[2Jclass"], "--name is \"The\\u{1b}[2Jclass\"; it must be")]
#[case::a_name_of_two_lines(&["--name", "The\nclass"], "--name is \"The\\nclass\"; it must be")]
fn an_option_that_is_wrong_stops_the_start_with_one_line(#[case] options: &[&str], #[case] expected: &str) {
    let line = line(&[], &[&["--host", HOST], options].concat());
    assert!(line.contains(expected), "{line}");
}

#[test]
fn a_name_has_up_to_80_characters() {
    let named = |length: usize| line(&[], &["--host", HOST, "--rooms", "0", "--name", &"ö".repeat(length)]);
    assert!(named(80).starts_with("--rooms"), "{}", named(80));
    assert!(named(81).starts_with("--name"), "{}", named(81));
}

#[rstest]
#[case::the_front_doors(1, &[0])]
#[case::one_of_the_last_room(1, &[2])]
#[case::of_several_rooms(3, &[0, 1, 4, 6])]
#[case::the_last_of_a_hundred_rooms(100, &[200])]
fn all_ports_in_use_are_in_one_line(#[case] rooms: usize, #[case] taken: &[u16]) {
    for _ in 0..20 {
        let first = ports(rooms).front_door();
        let sockets: Result<Vec<_>, _> =
            taken.iter().map(|index| TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), first + index))).collect();
        let Ok(_sockets) = sockets else { continue };
        let line = line(&[], &["--host", HOST, "--port", &first.to_string(), "--rooms", &rooms.to_string()]);
        let numbers: Vec<_> = taken.iter().map(|index| (first + index).to_string()).collect();
        let named = match &numbers[..] {
            [port] => format!("port {port} is in use (on 127.0.0.2)"),
            [before @ .., last] => format!("ports {} and {last} are in use (on 127.0.0.2)", before.join(", ")),
            [] => unreachable!(),
        };
        if line.starts_with(&named) && line.contains("--port") {
            return;
        }
        // Another process may use more of them: then they are named, too.
        let is_more = numbers.iter().all(|number| line.contains(number));
        assert!(is_more && line.contains("are in use"), "{line}");
    }
    panic!("other processes use too many ports");
}

/// The settings that a class does not have, each with a value. Every setting but a few is among them.
fn not_allowed() -> Vec<(&'static str, &'static str)> {
    let names = Settings::summaries().map(|setting| setting.name).filter(|name| !ALLOWED.contains(name));
    let settings: Vec<_> = names.map(|name| (name, "hunter2")).collect();
    for name in ["OIDC_ISSUER_URL", "APP_BASE_URL", "SESSION_SECRET", "REDIS_URL", "DEMO_TENANT_EXPOSE"] {
        assert!(settings.contains(&(name, "hunter2")), "{name}");
    }
    settings
}

/// Attack: a setting of the participant's own app opens the class to others, and its value shows on the projector.
#[test]
fn any_other_setting_stops_the_start_by_its_name() {
    let settings = not_allowed();
    let errors = said(&mut class_command(&settings, &["--host", HOST]));
    assert!(!errors.contains("hunter2"), "{errors}");
    let wrong: Vec<_> = errors.lines().map(|line| line.split_once(" must be unset").map(|(name, _)| name)).collect();
    assert_eq!(wrong, settings.iter().map(|(name, _)| Some(*name)).collect::<Vec<_>>(), "{errors}");
}

#[test]
fn each_of_them_stops_it_alone_too() {
    for setting in not_allowed() {
        let line = line(&[setting], &["--host", HOST]);
        assert!(line.starts_with(&format!("{} must be unset", setting.0)), "{line}");
        assert!(ALLOWED.iter().all(|name| line.contains(name)) && !line.contains("hunter2"), "{line}");
    }
}

/// A folder with this `.env`.
fn folder_with(name: &str, file: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(".env"), file).unwrap();
    folder
}

/// Where the environment's value is empty, the file's counts.
#[test]
fn the_files_settings_count_too() {
    let folder = folder_with("class-dotenv", "SESSION_SECRET=hunter2\nSESSION_TTL=soon\nOIDC_CLIENT_ID=\n");
    let settings = [("SESSION_SECRET", ""), ("DEMO_TENANT_CHECKPOINT", "login")];
    let said = said(class_command(&settings, &["--host", HOST]).current_dir(folder));
    let names: Vec<_> = said.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["SESSION_SECRET", "DEMO_TENANT_CHECKPOINT", "SESSION_TTL"], "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn an_empty_value_counts_as_unset() {
    let settings: Vec<_> = not_allowed().into_iter().map(|(name, _)| (name, " ")).collect();
    let line = line(&settings, &["--host", HOST, "--rooms", "0"]);
    assert!(line.starts_with("--rooms"), "{line}");
}

#[test]
fn all_that_is_wrong_in_settings_and_their_options_is_named_at_once() {
    let options = ["--host", HOST, "--checkpoint", "nonsense", "--seed", "/nowhere"];
    let said = said(&mut class_command(&[("SESSION_IDLE", "soon"), ("RUST_LOG", "verbose")], &options));
    for name in ["SESSION_IDLE is ", "RUST_LOG is ", "--checkpoint is ", "--seed is "] {
        assert!(said.lines().any(|line| line.starts_with(name)), "{name}: {said}");
    }
    assert!(!said.contains("DEMO_TENANT"), "{said}");
}

/// Attack: a setting opens the app to the network, which only a class may.
#[rstest]
#[case::alone(&[])]
#[case::exposed(&[("DEMO_TENANT_EXPOSE", "yes")])]
#[case::with_a_provider(&[("OIDC_ISSUER_URL", "https://t.example/"), ("OIDC_CLIENT_ID", "app")])]
#[case::with_a_provider_there(&[("OIDC_ISSUER_URL", "http://192.0.2.7:3001/"), ("OIDC_CLIENT_ID", "app")])]
fn without_the_command_plain_http_is_refused_as_before(#[case] settings: &[(&str, &str)]) {
    for base_url in ["http://192.0.2.7", "http://192.0.2.7:3000"] {
        let (status, said) = failed_start(&[settings, &[("APP_BASE_URL", base_url)]].concat());
        assert_eq!(status, Some(1));
        assert!(said.contains(&format!("APP_BASE_URL is {base_url:?}; it must be https")), "{said}");
    }
}

#[rstest]
#[case::ctrl_c("INT")]
#[case::sigterm("TERM")]
#[tokio::test]
async fn it_says_what_it_is_and_ends_at_once_however_many_streams_of_events_are_open(#[case] signal: &str) {
    let mut class = ClassProcess::start(2, &[], "Ctrl-C");
    let welcome = class.process.welcome.clone();
    for part in ["2 rooms", &class.sites.front_door, "/overview?key=", "no passwords", "plain http", "trust"] {
        assert!(welcome.contains(part), "{part} in\n{welcome}");
    }
    let instructor = class.instructor().await;
    let cookie = format!("{0}={1}", class.sites.instructor_cookie(), {
        instructor.cookie(&class.sites.instructor_cookie()).unwrap()
    });
    let mut streams = Vec::new();
    for (site, path) in [
        (class.sites.front_door.clone(), "/overview/events"),
        (class.sites.tenant(1), "/events"),
        (class.sites.tenant(2), "/events"),
    ] {
        let mut stream = raw::connect(&site).await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", raw::host(&site));
        stream.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(raw::status(&raw::head(&mut stream).await), 200, "{site}{path}");
        streams.push(stream);
    }
    let began = Instant::now();
    class.process.signal(signal);
    for stream in &mut streams {
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    }
    wait_until("the end", async || class.process.child.try_wait().unwrap().is_some()).await;
    assert!(began.elapsed() < Duration::from_secs(7), "requests in flight are given 8 s, a stream none");
    assert_eq!(class.process.child.wait().unwrap().code(), Some(0));
}
