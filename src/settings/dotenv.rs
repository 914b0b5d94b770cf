//! `.env`, a file of settings. A setting in the environment takes precedence.

use std::{fs, path::Path};

/// Reads `.env` into the environment, if there is one in this folder.
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

/// Names a line of `.env` that can't be read by its number, as it may hold a secret. `end` is the end of the line.
fn unreadable(end: &str) -> String {
    let file = fs::read_to_string(".env").unwrap_or_default();
    let number = file.lines().position(|line| line.trim_end().ends_with(end.trim_end())).map(|index| index + 1);
    let line = number.map_or("a line".to_owned(), |number| format!("line {number}"));
    format!(".env: {line} can't be read; it must be NAME=value, with quotes around a value that has blanks")
}
