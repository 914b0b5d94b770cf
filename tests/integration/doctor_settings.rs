//! `orglab check` with nothing to check: it says so on standard error, and in its JSON document.

use std::{path::Path, process::Output};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::doctor::{command, run};

/// The document that stands on standard output.
fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[rstest]
#[case::not_set(&[])]
#[case::empty(&[("OIDC_ISSUER_URL", " ")])]
fn without_a_provider_it_is_one_line_and_status_2(#[case] settings: &[(&str, &str)]) {
    let output = run(&[], settings);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    let with_document = run(&["--json"], settings);
    assert_eq!(with_document.status.code(), Some(2));
    for output in [&output, &with_document] {
        let errors = std::str::from_utf8(&output.stderr).unwrap();
        assert!(errors.lines().count() == 1 && errors.contains("OIDC_ISSUER_URL"), "{errors}");
    }
    let document = document(&with_document);
    assert_eq!((document["ok"].as_bool(), document["checks"].as_array().unwrap().len()), (Some(false), 1));
    let check = &document["checks"][0];
    assert_eq!((&check["name"], &check["status"]), (&json!("settings"), &json!("wrong")));
    assert!(check["found"].as_str().unwrap().contains("OIDC_ISSUER_URL is not set"), "{check}");
    assert!(check["change"].as_str().unwrap().contains("OIDC_ISSUER_URL"), "{check}");
}

#[test]
fn wrong_settings_are_a_line_each_in_the_document_too() {
    let secret = "hunter2";
    let settings = [("OIDC_ISSUER_URL", "ftp://x"), ("SESSION_TTL", "soon"), ("SESSION_SECRET", secret)];
    let output = run(&["--json"], &settings);
    assert_eq!(output.status.code(), Some(1));
    let errors = std::str::from_utf8(&output.stderr).unwrap();
    let named: Vec<_> = errors.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let expected = ["SESSION_TTL", "SESSION_SECRET", "OIDC_ISSUER_URL", "OIDC_CLIENT_ID"];
    assert_eq!(named, expected, "{errors}");
    let document = document(&output);
    assert_eq!(document["ok"], false);
    let checks = document["checks"].as_array().unwrap();
    assert_eq!(checks.len(), expected.len(), "{document}");
    for (check, name) in checks.iter().zip(expected) {
        let fields: Vec<_> = check.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["name", "status", "found", "change"]);
        assert_eq!((&check["name"], &check["status"]), (&json!("settings"), &json!("wrong")));
        for field in ["found", "change"] {
            assert!(check[field].as_str().unwrap().contains(name), "{field} names {name}: {check}");
        }
    }
    assert_eq!(checks[0]["found"], "SESSION_TTL is \"soon\"");
    assert!(!errors.contains(secret) && !document.to_string().contains(secret));
}

#[test]
fn a_name_that_is_nearly_a_settings_is_warned_of_on_standard_error_alone() {
    let settings = [("OIDC_ISSUER", "https://t.example/"), ("OIDC_PROVIDER", "t"), ("APP_NAME", "lab")];
    for arguments in [&[][..], &["--json"]] {
        let output = run(arguments, &settings);
        let errors = std::str::from_utf8(&output.stderr).unwrap();
        let lines: Vec<_> = errors.lines().collect();
        let [misspelt, missing] = lines[..] else { panic!("two lines: {errors}") };
        assert!(
            misspelt.starts_with("OIDC_ISSUER is not a setting") && misspelt.contains("OIDC_ISSUER_URL?"),
            "{errors}"
        );
        assert!(missing.starts_with("OIDC_ISSUER_URL is not set"), "{errors}");
        assert_eq!(output.stdout.is_empty(), arguments.is_empty());
    }
    assert_eq!(document(&run(&["--json"], &settings))["checks"].as_array().unwrap().len(), 1);
}

#[rstest]
#[case::an_unknown_option(&["--json", "--verbose"])]
#[case::a_value_too_many(&["--json", "https://id.example"])]
#[case::twice(&["--json", "--json"])]
#[case::a_value_for_the_option(&["--verbose", "--json"])]
fn a_wrong_command_line_is_a_document_too(#[case] arguments: &[&str]) {
    let output = run(arguments, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let document = document(&output);
    assert_eq!((document["ok"].as_bool(), document["checks"].as_array().unwrap().len()), (Some(false), 1));
    let check = &document["checks"][0];
    assert_eq!(check["status"], "wrong");
    let errors = std::str::from_utf8(&output.stderr).unwrap();
    assert!(errors.contains(check["found"].as_str().unwrap()) && errors.contains("Usage"), "{errors}");
}

#[test]
fn an_option_before_the_command_is_a_document_too() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_orglab")).args(["--json", "check"]).output().unwrap();
    assert_eq!((output.status.code(), document(&output)["ok"].as_bool()), (Some(1), Some(false)));
}

#[test]
#[cfg(unix)]
fn an_argument_that_is_no_text_is_a_document_too() {
    let no_text = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff");
    let output = command(&["--json"], &[]).arg::<&std::ffi::OsStr>(no_text).output().unwrap();
    assert_eq!((output.status.code(), document(&output)["ok"].as_bool()), (Some(1), Some(false)));
}

#[test]
fn help_is_no_document() {
    let output = run(&["--json", "--help"], &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(std::str::from_utf8(&output.stdout).unwrap().contains("Exit status"), "{output:?}");
}

#[rstest]
#[case::a_directory(|path: &Path| std::fs::create_dir(path))]
#[case::no_text(|path: &Path| std::fs::write(path, [0xff, 0xfe, b'A', 0]))]
#[case::no_setting(|path: &Path| std::fs::write(path, "what is this"))]
fn an_env_file_that_cannot_be_read_is_a_document_too(#[case] make: fn(&Path) -> std::io::Result<()>) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("env-{:?}", std::thread::current().id()));
    std::fs::create_dir_all(&directory).unwrap();
    make(&directory.join(".env")).unwrap();
    let output = command(&["--json"], &[]).current_dir(&directory).output().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let document = document(&output);
    assert_eq!(document["ok"], false);
    assert!(document["checks"][0]["found"].as_str().unwrap().contains(".env"), "{document}");
}
