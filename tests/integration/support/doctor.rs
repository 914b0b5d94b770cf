//! Runs `orglab check`, and reads its report.

use std::{
    collections::BTreeMap,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use super::auth0::REGISTERED;

/// All checks, in their order; `organization-ids` only where some are listed.
pub(crate) const NAMES: [&str; 13] = [
    "discovery",
    "issuer",
    "clock",
    "keys",
    "signing-algorithm",
    "client-authentication",
    "client-id",
    "callback-url",
    "organizations",
    "organization-names",
    "organization-ids",
    "client-secret",
    "logout-url",
];
pub(crate) const IDS: &str = "ORGANIZATION_IDS";

/// What `orglab check --json` said.
pub(crate) struct Report {
    pub(crate) exit: i32,
    pub(crate) ok: bool,
    pub(crate) lines: BTreeMap<String, Line>,
    pub(crate) errors: String,
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) status: String,
    pub(crate) found: String,
    pub(crate) change: Option<String>,
}

pub(crate) fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    command(arguments, settings).output().unwrap()
}

pub(crate) fn command(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orglab"));
    command.env_clear().envs(settings.iter().copied()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).arg("check").args(arguments);
    command
}

pub(crate) fn check(issuer: &str, settings: &[(&str, &str)]) -> Report {
    let own = [("OIDC_ISSUER_URL", issuer), ("OIDC_CLIENT_ID", "orglab"), ("APP_BASE_URL", REGISTERED)];
    let output = run(&["--json"], &[&own, settings].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));
    let fields: Vec<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["ok", "checks"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut names = vec![];
    let mut lines = BTreeMap::new();
    for line in document["checks"].as_array().unwrap() {
        let fields: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["name", "status", "found", "change"]);
        let change = line["change"].as_str().map(str::to_owned);
        assert_eq!(change.is_some(), line["status"] == "wrong", "what to change, where something is wrong: {line}");
        assert!(!text(&line["found"]).is_empty());
        names.push(text(&line["name"]));
        lines.insert(text(&line["name"]), Line { status: text(&line["status"]), found: text(&line["found"]), change });
    }
    let lists_ids = settings.iter().any(|(name, _)| *name == IDS);
    assert_eq!(names, names_of(lists_ids));
    let report = Report { exit: output.status.code().unwrap(), ok: document["ok"].as_bool().unwrap(), lines, errors };
    assert_eq!(report.exit, i32::from(!report.ok));
    assert_eq!(report.ok, report.with("wrong").is_empty());
    report
}

impl Report {
    /// The names of all checks with this status.
    pub(crate) fn with(&self, status: &str) -> Vec<&str> {
        NAMES.into_iter().filter(|name| self.lines.get(*name).is_some_and(|line| line.status == status)).collect()
    }
}

pub(crate) fn names_of(lists_ids: bool) -> Vec<&'static str> {
    NAMES.into_iter().filter(|name| lists_ids || *name != "organization-ids").collect()
}
