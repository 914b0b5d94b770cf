//! The binary itself, for what only a process of its own can show: its output, its signals, its memory.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::app::free_port;

/// How long it may say nothing before it has said what is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The binary in a folder without `.env`, with these settings and no others.
pub(crate) fn orglab(settings: &[(&str, &str)]) -> Command {
    alone(Command::new(env!("CARGO_BIN_EXE_orglab")), settings)
}

fn alone(mut command: Command, settings: &[(&str, &str)]) -> Command {
    command.env_clear().envs(settings.iter().copied()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts the app with settings that must make it fail. Returns its exit status and its output.
pub(crate) fn failed_start(settings: &[(&str, &str)]) -> (Option<i32>, String) {
    failed(&mut orglab(settings))
}

/// Runs a command that must fail at its start, as [`failed_start`] does.
pub(crate) fn failed(command: &mut Command) -> (Option<i32>, String) {
    let mut child = command.spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    // A warning of the log may come before it fails.
    if output.lines().any(|line| !line.unwrap().contains(" WARN ")) {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// The binary, running; it ends with the test.
pub(crate) struct Process {
    pub(crate) child: Child,
    /// Where it listens.
    pub(crate) base: String,
    /// Where its demo tenant would listen.
    pub(crate) tenant: String,
    /// What it says at first.
    pub(crate) welcome: String,
    /// What it says after that.
    said: mpsc::Receiver<String>,
}

impl Process {
    /// Starts it on free ports, with these settings besides, and waits for the line of the welcome that holds `last`.
    pub(crate) fn start(settings: &[(&str, &str)], last: &str) -> Self {
        Self::start_as(Command::new(env!("CARGO_BIN_EXE_orglab")), settings, last)
    }

    /// The same, from a shell that first limits open files to `soft`. The process may raise the limit up to `hard`.
    pub(crate) fn start_with_open_files(soft: u32, hard: u32, last: &str) -> Self {
        let mut shell = Command::new("/bin/sh");
        let limits = format!("ulimit -Sn {soft} && ulimit -Hn {hard} && exec \"$0\"");
        shell.args(["-c", &limits, env!("CARGO_BIN_EXE_orglab")]);
        Self::start_as(shell, &[], last)
    }

    fn start_as(command: Command, settings: &[(&str, &str)], last: &str) -> Self {
        // Free now, and soon taken.
        let ports = [free_port(), free_port()].map(|socket| socket.local_addr().unwrap().port());
        let [base, tenant] = ports.map(|port| format!("http://localhost:{port}"));
        let [app_listen, tenant_listen] = ports.map(|port| format!("127.0.0.1:{port}"));
        let own =
            [("APP_BASE_URL", base.as_str()), ("APP_LISTEN", &app_listen), ("DEMO_TENANT_LISTEN", &tenant_listen)];
        let mut process = Self::spawn(alone(command, &[&own, settings].concat()), base, tenant);
        process.read_until(last).unwrap_or_else(|()| panic!("no {last:?} in:\n{}", process.welcome));
        process
    }

    /// Starts the command, which serves `base` and `tenant`.
    pub(crate) fn spawn(mut command: Command, base: String, tenant: String) -> Self {
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (lines, said) = mpsc::channel();
        // To its end: a process whose words nobody reads would have to wait.
        thread::spawn(move || output.lines().map_while(Result::ok).for_each(|line| drop(lines.send(line))));
        Self { child, base, tenant, welcome: String::new(), said }
    }

    /// Waits for the line of the welcome that holds `last`. Fails if it does not come.
    pub(crate) fn read_until(&mut self, last: &str) -> Result<(), ()> {
        while !self.welcome.contains(last) {
            let line = self.said.recv_timeout(PATIENCE).map_err(drop)?;
            self.welcome += &(line + "\n");
        }
        Ok(())
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let killed = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// Ends it, and returns all the lines that it has said on standard output.
    pub(crate) fn all_lines(mut self) -> Vec<String> {
        self.signal("TERM");
        self.child.wait().unwrap();
        self.welcome.lines().map(str::to_owned).chain(self.said.iter()).collect()
    }

    /// Ends it at once, and returns what it has said on standard error.
    pub(crate) fn errors(&mut self) -> String {
        self.kill();
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        errors
    }

    /// Ends it at once (`kill -9`).
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The most memory that it has had, in MB.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.status("VmHWM") / 1024
    }

    /// The memory that it has, in kB.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS")
    }

    fn status(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
