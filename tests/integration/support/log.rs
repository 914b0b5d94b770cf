//! Captures what the servers log, so that a test can look for lines that must be there or must not.

use std::{
    io,
    sync::{Mutex, Once},
};

use orglab::log::{LogFormat, LogSettings};

static LOG: Mutex<String> = Mutex::new(String::new());

/// Keeps the log of this process from now on: of all its tests, since they run side by side.
pub(crate) fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let directives = "info,actix_server=warn,orglab=debug".to_owned();
        orglab::log::start(&LogSettings { directives, format: LogFormat::Text }, || Writer, false);
    });
}

/// All lines that contain `text`.
pub(crate) fn lines_with(text: &str) -> Vec<String> {
    let log = LOG.lock().unwrap();
    if !log.contains(text) {
        return Vec::new(); // much quicker than line by line
    }
    log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().push_str(&String::from_utf8_lossy(bytes)); // a line at a time
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
