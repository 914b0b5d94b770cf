//! The documentation: README.md and the pages beside it, and those in docs/.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a page, by its path, such as `docs/seed.md`.
pub(crate) fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The paths of all pages, such as `docs/seed.md`.
pub(crate) fn paths() -> Vec<String> {
    let in_folder = |folder: &str| fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let below_root = |path: PathBuf| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    in_folder("").chain(in_folder("docs")).filter(is_page).map(below_root).collect()
}

/// The first block of code in this language on a page.
pub(crate) fn example(path: &str, language: &str) -> String {
    let page = page(path);
    let block = page.split(&format!("```{language}\n")).nth(1).and_then(|rest| rest.split("```").next());
    block.unwrap_or_else(|| panic!("no block of {language} in {path}")).to_owned()
}
