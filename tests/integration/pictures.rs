//! The pictures of the README and of docs/ (`scripts/screenshots`).

use std::{collections::BTreeMap, fs};

use crate::support::documentation::{page, paths, root};

/// In bytes.
const PICTURE_LIMIT: u64 = 200_000;
const WALKTHROUGH_LIMIT: u64 = 2_000_000;
const TOTAL_LIMIT: u64 = 3_000_000;

#[test]
fn the_pictures_are_small() {
    let pictures = pictures();
    for (name, size) in &pictures {
        let limit = if name == "walkthrough.webp" { WALKTHROUGH_LIMIT } else { PICTURE_LIMIT };
        assert!(*size <= limit, "{name} has {size} bytes; the limit is {limit}");
    }
    let total: u64 = pictures.values().sum();
    assert!(total <= TOTAL_LIMIT, "all pictures have {total} bytes; the limit is {TOTAL_LIMIT}");
}

#[test]
fn every_picture_is_used_and_every_used_picture_is_there() {
    let pages = pages();
    let mut used: Vec<_> = pages.split("pictures/").skip(1).filter_map(name_at_start).collect();
    used.sort_unstable();
    used.dedup();
    assert_eq!(used, pictures().into_keys().collect::<Vec<_>>());
}

#[test]
fn every_picture_has_an_alternative_text() {
    for image in pages().split("<img ").skip(1) {
        let has_text = image.strip_prefix("alt=\"").is_some_and(|text| !text.starts_with('"'));
        assert!(has_text, "{}", image.lines().next().unwrap());
    }
}

/// The names of the pictures, and their sizes in bytes.
fn pictures() -> BTreeMap<String, u64> {
    let folder = fs::read_dir(root().join("docs/pictures")).unwrap().map(Result::unwrap);
    folder.map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len())).collect()
}

/// The name of a picture, such as `trace-dark.webp`, at the start of a text.
fn name_at_start(text: &str) -> Option<String> {
    let (name, _) = text.split_once(".webp")?;
    let is_name = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
    is_name.then(|| format!("{name}.webp"))
}

/// The text of all pages.
fn pages() -> String {
    paths().iter().map(|path| page(path)).collect()
}
