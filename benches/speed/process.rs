//! Processes that end with the measurement, and what they take.

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use crate::support::{
    browser::{AcceptEncoding, Browser},
    provider::CLIENT_ID,
};

/// How long a process may take to start.
const START: Duration = Duration::from_secs(30);

pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
    /// As its clients name it.
    pub(crate) host: String,
    /// From the start to the first response.
    pub(crate) started_after: Duration,
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Process {
    /// The app with these settings besides the usual ones. It logs as it does by default, to nowhere.
    pub(crate) fn app(settings: &[(&str, &str)]) -> Self {
        let port = free_port();
        Self::app_of(port, &format!("localhost:{port}"), settings)
    }

    /// An instance of the app with this public host, at a port of its own.
    pub(crate) fn app_of(port: u16, host: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orglab"));
        command
            .env_clear()
            .env("APP_BASE_URL", format!("http://{host}"))
            .env("APP_LISTEN", format!("127.0.0.1:{port}"));
        if settings.iter().any(|(name, _)| *name == "OIDC_ISSUER_URL") {
            command.env("OIDC_CLIENT_ID", CLIENT_ID);
        }
        Self::spawn(command.envs(settings.iter().copied()), port, host)
    }

    /// The floor, which `scripts/bench` has built, and named in `FLOOR`.
    pub(crate) fn floor() -> Self {
        let port = free_port();
        let program = env::var_os("FLOOR").unwrap();
        Self::spawn(Command::new(program).arg(port.to_string()), port, &format!("localhost:{port}"))
    }

    /// A Redis server without a file. `None` where there is no such program.
    pub(crate) fn redis() -> Option<Self> {
        let port = free_port();
        let options = ["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        let began = Instant::now();
        let child = background(Command::new("redis-server").args(options)).spawn().ok()?;
        wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Self { child, port, host: format!("127.0.0.1:{port}"), started_after: began.elapsed() })
    }

    fn spawn(command: &mut Command, port: u16, host: &str) -> Self {
        let began = Instant::now();
        let child = background(command).spawn().unwrap();
        wait_until(|| {
            let response = Browser::new(port, host, AcceptEncoding::None).try_get("/healthz", "");
            response.is_ok_and(|response| response.status == 200)
        });
        Self { child, port, host: host.to_owned(), started_after: began.elapsed() }
    }

    /// Processor time in user and kernel mode, of all its threads. The fields of `/proc/PID/stat` are coarser: they
    /// count hundredths of a second.
    pub(crate) fn processor_time(&self) -> Duration {
        let threads = fs::read_dir(self.proc("task")).unwrap().flatten();
        // A thread may end meanwhile.
        let of_thread = |thread: fs::DirEntry| {
            let schedstat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            schedstat.split(' ').next()?.parse::<u64>().ok()
        };
        Duration::from_nanos(threads.filter_map(of_thread).sum())
    }

    /// Resident memory, in bytes.
    pub(crate) fn memory(&self) -> usize {
        let status = fs::read_to_string(self.proc("status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
    }

    fn proc(&self, name: &str) -> std::path::PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(name)
    }

    pub(crate) fn browser(&self, accept_encoding: AcceptEncoding) -> Browser {
        Browser::new(self.port, &self.host, accept_encoding)
    }
}

/// A command that reads and says nothing, in a folder without a `.env`.
fn background(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir(env!("CARGO_TARGET_TMPDIR"))
}

fn wait_until(condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < START, "a process did not start");
        sleep(Duration::from_micros(200));
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
