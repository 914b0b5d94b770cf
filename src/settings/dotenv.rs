//! `.env`: settings for whoever does not want them in the environment.

use std::{fs, path::Path};

/// Reads `.env`, if there is one in this folder; what the environment has already goes first.
pub fn read() -> Result<(), String> {
    if Path::new(".env").exists() {
        dotenvy::from_path(".env").map_err(|error| match error {
            dotenvy::Error::LineParse(end, _) => unreadable(&end),
            error => format!(".env: {error}"),
        })
    } else {
        Ok(())
    }
}

/// Names a line of `.env` that can't be read by its number: what is in it may be a secret. `end` is how it ends.
fn unreadable(end: &str) -> String {
    let file = fs::read_to_string(".env").unwrap_or_default();
    let number = file.lines().position(|line| line.trim_end().ends_with(end.trim_end())).map(|index| index + 1);
    let line = number.map_or("a line".to_owned(), |number| format!("line {number}"));
    format!(".env: {line} can't be read; it must be NAME=value, with quotes around a value that has blanks")
}
