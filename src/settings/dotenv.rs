//! `.env`, a file of settings. A setting in the environment takes precedence.

use std::fs;

/// Reads `.env` into the environment, if there is one in this folder.
pub fn read() -> Result<(), String> {
    match dotenvy::from_path(".env") {
        Ok(()) => Ok(()),
        Err(error) if error.not_found() => Ok(()),
        Err(dotenvy::Error::LineParse(end, _)) => Err(unreadable(&end)),
        Err(error) => Err(format!(".env: {error}")),
    }
}

/// Names a line of `.env` that can't be read, only by its number, since it may hold a secret. `end` is the end of the
/// line.
fn unreadable(end: &str) -> String {
    let file = fs::read_to_string(".env").unwrap_or_default();
    let number = file.lines().position(|line| line.trim_end().ends_with(end.trim_end())).map(|index| index + 1);
    let line = number.map_or("a line".to_owned(), |number| format!("line {number}"));
    format!(".env: {line} can't be read; it must be NAME=value, with quotes around a value that has blanks")
}
