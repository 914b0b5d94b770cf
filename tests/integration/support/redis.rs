//! Redis and Valkey as Debian has them, each started for one test on a free port, with a folder of its own.

use std::{
    fs,
    io::{self, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread::{self, sleep},
    time::{Duration, Instant},
};

use super::app::free_port;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Redis,
    Valkey,
}

impl Kind {
    fn binary(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Valkey => "valkey-server",
        }
    }

    /// Whether the server is installed. Redis must be: `scripts/test` installs it. Not every Debian release has Valkey.
    /// A test that needs it then reports that it is skipped, and returns. It writes to stderr directly, since libtest
    /// hides the output of a test that passes.
    pub(crate) fn is_here(self) -> bool {
        let is_here = Command::new(self.binary()).arg("--version").output().is_ok();
        if !is_here && self == Self::Valkey {
            let thread = thread::current();
            let test = thread.name().unwrap_or("a test");
            let line = format!("skipped: {test}: {} is not installed\n", self.binary());
            io::stderr().write_all(line.as_bytes()).unwrap(); // in one write, since other tests write there too
        }
        is_here || self == Self::Redis
    }
}

/// A running server; it ends with the test.
pub(crate) struct RedisServer {
    kind: Kind,
    pub(crate) port: u16,
    folder: PathBuf,
    options: Vec<String>,
    child: Child,
}

impl RedisServer {
    /// One that keeps nothing across a restart.
    pub(crate) fn start(kind: Kind) -> Self {
        Self::with(kind, &["--appendonly", "no"])
    }

    /// One that has written down what it acknowledges, before it does. With `appendonly` alone it writes behind, and on
    /// a slow disk loses the last second when it is killed.
    pub(crate) fn that_keeps(kind: Kind) -> Self {
        Self::with(kind, &["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// One that keeps what it acknowledges, with these users: a line of an ACL file each.
    pub(crate) fn with_users(kind: Kind, users: &[String]) -> Self {
        Self::new(kind, &["--appendonly", "yes", "--appendfsync", "always", "--aclfile", "users.acl"], users)
    }

    /// With these options besides.
    pub(crate) fn with(kind: Kind, options: &[&str]) -> Self {
        Self::new(kind, options, &[])
    }

    fn new(kind: Kind, options: &[&str], users: &[String]) -> Self {
        let port = free_port().local_addr().unwrap().port();
        let folder = data_root().join(format!("orglab-redis-{port}"));
        _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("users.acl"), users.join("\n")).unwrap();
        let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
        let child = spawn(kind, port, &folder, &options);
        let mut server = Self { kind, port, folder, options, child };
        server.wait();
        server
    }

    /// For TLS alone, with a certificate for `localhost` from an authority of the test's own.
    pub(crate) fn with_tls(kind: Kind) -> Self {
        let [_, certificate, key] = certificates();
        let files = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
        Self::with(kind, &[&files[..], &["--tls-auth-clients", "no"]].concat())
    }

    /// For `REDIS_URL`.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it at once (`kill -9`).
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, on the same port and with what it had written to its folder.
    pub(crate) fn start_again(&mut self) {
        self.child = spawn(self.kind, self.port, &self.folder, &self.options);
        self.wait();
    }

    /// Its connections stay open, and there are no more replies.
    pub(crate) fn freeze(&self) {
        signal("STOP", self.child.id());
    }

    pub(crate) fn thaw(&self) {
        signal("CONT", self.child.id());
    }

    /// Sends a command to the server as it is at this moment: its reply as it stands in the protocol.
    pub(crate) fn say(&self, command: &str) -> String {
        say(self.port, command).unwrap()
    }

    /// Waits until it has its port, and its data.
    fn wait(&mut self) {
        let started = Instant::now();
        let is_ready = |reply: &str| reply.starts_with('+') || reply.starts_with("-NOAUTH");
        // One for TLS hangs up on plain words.
        while !(say(self.port, "PING")
            .map_or_else(|error| error.kind() == io::ErrorKind::ConnectionReset, |reply| is_ready(&reply)))
        {
            assert!(self.child.try_wait().unwrap().is_none(), "{:?} did not start", self.kind);
            assert!(started.elapsed() < Duration::from_secs(20), "{:?} is not ready", self.kind);
            sleep(Duration::from_millis(10));
        }
    }
}

/// Where the servers keep their data: in memory where the system has such a folder. A server is killed here, never the
/// machine, and with `appendfsync always` a disk that is busy with a build can take longer than a command may.
fn data_root() -> &'static Path {
    let in_memory = Path::new("/dev/shm");
    if in_memory.is_dir() { in_memory } else { Path::new(env!("CARGO_TARGET_TMPDIR")) }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
        _ = fs::remove_dir_all(&self.folder);
    }
}

fn spawn(kind: Kind, port: u16, folder: &Path, options: &[String]) -> Child {
    let mut command = Command::new(kind.binary());
    let (port, for_tls) = (port.to_string(), options.iter().any(|option| option == "--tls-cert-file"));
    let ports = if for_tls { ["--tls-port", &port, "--port", "0"] } else { ["--port", &port, "--tls-port", "0"] };
    command.args(ports).args(["--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"]);
    command.arg("--dir").arg(folder).args(options).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.spawn().unwrap_or_else(|error| panic!("{} is needed, see scripts/test: {error}", kind.binary()))
}

fn say(port: u16, command: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    connection.write_all(format!("{command}\r\nQUIT\r\n").as_bytes())?;
    let mut reply = Vec::new();
    connection.read_to_end(&mut reply)?;
    Ok(String::from_utf8_lossy(&reply).into_owned())
}

/// A certificate authority, a certificate of its for `localhost`, and that one's key: files in PEM, made once.
pub(crate) fn certificates() -> [&'static str; 3] {
    static FILES: OnceLock<[String; 3]> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1").unwrap();
        for arguments in [
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority \
             -keyout authority.key -out authority.pem",
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout key.pem -out request",
            "x509 -req -in request -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names \
             -out certificate.pem",
        ] {
            let made = Command::new("openssl").args(arguments.split_whitespace()).current_dir(&folder).output();
            let made = made.unwrap_or_else(|error| panic!("openssl is needed, see scripts/test: {error}"));
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        ["authority.pem", "certificate.pem", "key.pem"].map(|name| folder.join(name).to_str().unwrap().to_owned())
    });
    files.each_ref().map(String::as_str)
}

fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([format!("-{name}"), process.to_string()]).status().unwrap().success());
}
