//! The files for containers and workflows: what they promise and no program here checks.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::support::documentation::{example, page, root};

/// What follows `key` in a line of YAML or of a Dockerfile, for each line that begins with it.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches("- "));
    lines.filter_map(move |line| Some(line.strip_prefix(key)?.trim()))
}

#[test]
fn the_documentation_quotes_the_nginx_file() {
    assert_eq!(example("docs/deployment.md", "nginx"), page("deploy/nginx.conf"));
}

/// The demo tenant has no passwords.
#[test]
fn the_labs_ports_are_published_to_this_machine_alone() {
    let compose = page("compose.yaml");
    let ports = compose.split("ports:\n").nth(1).unwrap().lines().map_while(|line| line.trim().strip_prefix("- "));
    assert_eq!(ports.collect::<Vec<_>>(), ["127.0.0.1:3000:3000", "127.0.0.1:3001:3001"]);
    assert!(!compose.contains("network_mode"));
}

#[test]
fn production_has_no_demo_tenant_and_publishes_only_nginx() {
    let compose = page("compose.production.yaml");
    assert_eq!(values(&compose, "FEATURES:").map(|value| &value[..2]).collect::<Vec<_>>(), [r#""""#]);
    assert!(!compose.contains("DEMO_TENANT"));
    assert_eq!(compose.matches("ports:").count(), 1);
    assert_eq!(compose.split("ports:\n").nth(1).unwrap().lines().next().map(str::trim), Some("- 443:443"));
}

#[test]
fn the_image_is_not_roots() {
    let dockerfile = page("Dockerfile");
    let image = dockerfile.rsplit("\nFROM ").next().unwrap();
    let users: Vec<_> = values(image, "USER ").collect();
    assert!(
        matches!(users[..], [user] if user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0))),
        "{users:?}"
    );
}

#[test]
fn what_the_build_includes_is_not_hidden_from_docker() {
    let ignore = page(".dockerignore");
    let shown: Vec<_> = values(&ignore, "!").map(|path| root().join(path)).collect();
    let included = included(&root().join("src"));
    assert!(included.len() >= 2, "{included:?}");
    for path in &included {
        let path = fs::canonicalize(path).unwrap();
        assert!(shown.iter().any(|shown| path.starts_with(fs::canonicalize(shown).unwrap())), "{}", path.display());
    }
}

/// The paths that `include_str!` names in the sources in this folder.
fn included(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(included(&path));
        } else {
            let source = fs::read_to_string(&path).unwrap();
            let named = source.split("include_str!(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(named.map(|named| folder.join(named)));
        }
    }
    found
}

/// What a workflow does can be tried here.
#[test]
fn workflows_call_scripts_that_exist_and_pin_actions() {
    let names = ["ci", "release", "advisories"];
    let [ci, release, advisories] = names.map(|name| page(&format!(".github/workflows/{name}.yml")));
    for workflow in [&ci, &release, &advisories] {
        for action in values(workflow, "uses:") {
            let commit = action.split(['@', ' ']).nth(1).unwrap_or_default();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
        }
        for command in values(workflow, "run:").filter(|command| !command.starts_with("gh release create ")) {
            let script = root().join(command.split(' ').next().unwrap());
            let mode = script.metadata().unwrap_or_else(|error| panic!("{command}: {error}")).permissions().mode();
            assert!(mode & 0o111 != 0, "{command}");
        }
    }
    assert_eq!(values(&ci, "run:").collect::<Vec<_>>(), [".ci/run"]);
    assert!(values(&release, "run:").any(|command| command == r#"scripts/release "$GITHUB_REF_NAME""#));
    assert_eq!(values(&advisories, "run:").collect::<Vec<_>>(), ["scripts/deny advisories"]);
}
