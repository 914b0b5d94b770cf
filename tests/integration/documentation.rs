//! The documentation: its links lead somewhere, the README is short, and the tests that it names exist.

use std::{collections::BTreeMap, fs, path::Path};

use crate::support::documentation::{page, paths, root};

#[test]
fn the_readme_has_at_most_130_lines() {
    let lines = page("README.md").lines().count();
    assert!(lines <= 130, "{lines} lines; details belong in docs/");
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_exist() {
    let broken: Vec<_> = paths().iter().flat_map(|path| broken_links(path)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_page_of_docs_is_in_the_readme() {
    let readme = page("README.md");
    let missing: Vec<_> = paths().into_iter().filter(|path| path != "README.md" && !readme.contains(path)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The tests are in the last column: `file::function`, or `…::function` in the file named before, or a file.
#[test]
fn every_test_that_security_names_exists() {
    let table = page("docs/security.md");
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    assert!(rows.len() > 50, "{}", rows.len());
    for row in rows {
        let tests = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        let mut source = String::new();
        for name in tests.split('`').skip(1).step_by(2) {
            let (file, function) = name.split_once("::").unwrap_or((name, ""));
            let path = match (file, function) {
                ("sign_in", "keys") => "src/sign_in/keys.rs".to_owned(),
                _ => format!("tests/integration/{file}.rs"),
            };
            if file != "…" {
                source = page(&path);
            }
            let is_file = function.is_empty() || path.starts_with("src/");
            assert!(is_file || source.contains(&format!("fn {function}(")), "no test {name}: {row}");
        }
    }
}

/// The links of a page that lead nowhere, each with the page and the reason. Addresses of other sites are left out.
fn broken_links(path: &str) -> Vec<String> {
    let folder = root().join(path).parent().unwrap().to_owned();
    let text = without_code(&page(path));
    let markdown = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let html = ["src=\"", "srcset=\"", "href=\""].into_iter().flat_map(|name| text.split(name).skip(1));
    let links = markdown.chain(html.filter_map(|rest| rest.split('"').next()));
    let links = links.filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
    let broken = links.filter_map(|link| Some(format!("{path}: {link}: {}", problem(link, path, &folder)?)));
    broken.collect()
}

fn problem(link: &str, path: &str, folder: &Path) -> Option<&'static str> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() { root().join(path) } else { folder.join(file) };
    if !target.exists() {
        return Some("no such file");
    }
    let is_page = target.extension().is_some_and(|extension| extension == "md");
    let has_heading = || is_page && anchors(&fs::read_to_string(&target).unwrap()).iter().any(|it| it == anchor);
    let is_found = anchor.is_empty() || has_heading();
    (!is_found).then_some("no such heading")
}

/// The anchors of a page's headings, as GitHub makes them: a heading that occurs again gets a number.
fn anchors(page: &str) -> Vec<String> {
    let mut seen = BTreeMap::<String, usize>::new();
    let fenced = page.split("```").step_by(2);
    let headings = fenced.flat_map(str::lines).filter(|line| line.starts_with('#')).map(|line| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let is_kept = |character: &char| character.is_alphanumeric() || " -_".contains(*character);
        text.chars().filter(is_kept).collect::<String>().replace(' ', "-")
    });
    let numbered = headings.map(|anchor| {
        let count = seen.entry(anchor.clone()).or_default();
        *count += 1;
        if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
    });
    numbered.collect()
}

/// The page without blocks of code and without code within lines.
fn without_code(page: &str) -> String {
    let text: Vec<_> = page.split("```").step_by(2).collect();
    text.concat().split('`').step_by(2).collect()
}

#[test]
fn anchors_are_made_as_on_github() {
    let page = "# What's `new`?\n## Again\n```sh\n# a comment\n```\n## Again\n### 10,000 sign-ins, a second";
    assert_eq!(anchors(page), ["whats-new", "again", "again-1", "10000-sign-ins-a-second"]);
}

#[test]
fn broken_links_are_found() {
    let problem = |link| problem(link, "docs/seed.md", &root().join("docs"));
    assert_eq!(problem("#the-file"), None);
    assert_eq!(problem("../README.md#settings"), None);
    assert_eq!(problem("../tests/integration"), None);
    assert_eq!(problem("no-page.md"), Some("no such file"));
    assert_eq!(problem("#no-heading"), Some("no such heading"));
    assert_eq!(problem("lab.md#no-heading"), Some("no such heading"));
}
