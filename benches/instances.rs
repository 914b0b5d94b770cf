//! How many sign-ins and pages a second one instance and two serve, and what a session takes: `cargo bench`.
//!
//! Everything runs on this machine and over loopback: Redis, the demo tenant, the instances, and the clients that ask
//! them. So the numbers are good for comparing with each other, those of one run, and for nothing else. It takes about
//! a minute and ends by itself.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use reqwest::{
    Client, RequestBuilder, Response,
    header::{AUTHORIZATION, COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};

const SIGN_INS: usize = 2_000;
/// How many users sign in, in turn. With fewer, each would have too many sessions.
const USERS: usize = 200;
const PAGES: usize = 20_000;
const AT_ONCE: usize = 16;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return; // `cargo test --benches` runs it too
    }
    _ = rustls::crypto::ring::default_provider().install_default();
    let client =
        Client::builder().redirect(Policy::none()).no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
    let (tenant, origin) = (free_port(), format!("http://localhost:{}", free_port()));
    let listen = format!("127.0.0.1:{tenant}");
    let _tenant = orglab(&[("APP_BASE_URL", &origin), ("DEMO_TENANT_LISTEN", &listen)]);
    let tenant = format!("http://localhost:{tenant}");
    wait_for(&client, &format!("{tenant}/.well-known/openid-configuration")).await;
    let visitor = Visitor { single_sign_on: sessions_at(&client, &tenant).await, client, tenant, origin };

    println!(
        "{:<22} {:>10} {:>10}   {:<34} memory a session",
        "", "sign-ins/s", "pages/s", "processor time: sign-in, page"
    );
    for (what, instances, shared) in
        [("memory, one instance", 1, false), ("Redis, one instance", 1, true), ("Redis, two instances", 2, true)]
    {
        visitor.measure(what, instances, shared).await;
    }
}

/// The members of an organization, all of whom are signed in at the tenant already.
struct Visitor {
    client: Client,
    tenant: String,
    /// The app's public origin, at which nobody listens: each request goes to an instance of its own choice.
    origin: String,
    single_sign_on: Vec<String>,
}

impl Visitor {
    async fn measure(&self, what: &str, instances: usize, shared: bool) {
        let redis_port = free_port();
        let redis = shared.then(|| redis(redis_port));
        let ports: Vec<_> = (0..instances).map(|_| free_port()).collect();
        let started: Vec<_> = ports.iter().map(|port| self.instance(*port, shared.then_some(redis_port))).collect();
        let addresses: Vec<_> = ports.iter().map(|port| format!("http://localhost:{port}")).collect();
        for address in &addresses {
            wait_for(&self.client, &format!("{address}/healthz")).await;
            for number in 0..100 {
                self.sign_in(address, number).await; // warm-up
            }
        }
        let processes: Vec<_> = started.iter().chain(&redis).collect();
        let memory = resident(&started[0]);
        let work = Work::begin(&processes);
        let sign_ins = stream::iter(0..SIGN_INS).map(|number| self.sign_in(&addresses[number % instances], number));
        let cookies: Vec<_> = sign_ins.buffer_unordered(AT_ONCE).collect().await;
        let (sign_ins, sign_in) = work.end(SIGN_INS);
        let memory = match redis {
            None => format!("{} bytes (process)", (resident(&started[0]) - memory) / SIGN_INS),
            Some(_) => format!("{} bytes (Redis)", memory_of_a_session(redis_port)),
        };

        let work = Work::begin(&processes);
        let pages = stream::iter(0..PAGES).map(async |number| {
            let path = ["/profile", "/features/board", "/features"][number % 3];
            let address = &addresses[number % instances];
            let request = self.client.get(format!("{address}{path}")).header(COOKIE, &cookies[number % SIGN_INS]);
            let answer = send(request).await;
            assert_eq!(answer.status(), 200);
            answer.bytes().await.unwrap();
        });
        pages.buffer_unordered(AT_ONCE).collect::<()>().await;
        let (pages, page) = work.end(PAGES);
        println!("{what:<22} {sign_ins:>10.0} {pages:>10.0}   {:<34} {memory}", format!("{sign_in}, {page}"));
    }

    fn instance(&self, port: u16, redis: Option<u16>) -> Process {
        let listen = format!("127.0.0.1:{port}");
        let redis = redis.map(|port| format!("redis://127.0.0.1:{port}")).unwrap_or_default();
        orglab(&[
            ("APP_BASE_URL", &self.origin),
            ("APP_LISTEN", &listen),
            ("OIDC_ISSUER_URL", &self.tenant),
            ("OIDC_CLIENT_ID", "orglab"),
            ("SESSION_SECRET", &"0f".repeat(64)),
            ("REDIS_URL", &redis),
        ])
    }

    /// Signs a user in at the instance: the session's cookie.
    async fn sign_in(&self, instance: &str, number: usize) -> String {
        let login = send(self.client.get(format!("{instance}/login?organization=org1"))).await;
        let attempt = cookies(&login).next().unwrap();
        let authorize = self.client.get(location(&login)).header(COOKIE, &self.single_sign_on[number % USERS]);
        let answer = location(&send(authorize).await);
        let callback = answer.replace(&self.origin, instance);
        let callback = send(self.client.get(&callback).header(COOKIE, attempt)).await;
        assert_eq!(location(&callback), "/profile");
        cookies(&callback).find(|cookie| cookie.starts_with("orglab_session_")).unwrap()
    }
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

fn location(answer: &Response) -> String {
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// The cookies that the answer sets, as a request sends them.
fn cookies(answer: &Response) -> impl Iterator<Item = String> {
    let cookies = answer.headers().get_all(SET_COOKIE).iter();
    cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
}

/// Users' sessions at the tenant, by its API.
async fn sessions_at(client: &Client, tenant: &str) -> Vec<String> {
    let audience = format!("{tenant}/api/v2/");
    let credentials = [
        ("grant_type", "client_credentials"),
        ("client_id", "orglab-management"),
        ("client_secret", "demo"),
        ("audience", &audience),
    ];
    let tokens = send(client.post(format!("{tenant}/oauth/token")).form(&credentials)).await;
    let tokens: Value = tokens.json().await.unwrap();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let post = async |path: &str, body: Value| {
        send(client.post(format!("{tenant}{path}")).json(&body).header(AUTHORIZATION, &bearer)).await
    };
    let mut sessions = Vec::new();
    for number in 0..USERS {
        let user = json!({"connection": "Okta1", "email": format!("user{number}@org1.example")});
        let user: Value = post("/api/v2/users", user).await.json().await.unwrap();
        let session = post("/api/sessions", json!({"user_id": user["user_id"]})).await;
        sessions.push(cookies(&session).next().unwrap());
    }
    sessions
}

/// What some processes do for a while. Their processor time says more than the clock where others share the machine.
struct Work<'a> {
    processes: &'a [&'a Process],
    processor: Duration,
    began: Instant,
}

impl<'a> Work<'a> {
    fn begin(processes: &'a [&'a Process]) -> Self {
        Self { processes, processor: processor_time(processes), began: Instant::now() }
    }

    /// How many of `count` things they did in a second, and what each cost all of them together.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn end(self, count: usize) -> (f64, String) {
        let rate = count as f64 / self.began.elapsed().as_secs_f64();
        let each = processor_time(self.processes).saturating_sub(self.processor).as_micros() / count as u128;
        (rate, format!("{each} µs"))
    }
}

/// In user and kernel mode, of all threads (`man 5 proc`: the 14th and 15th field, in hundredths of a second).
fn processor_time(processes: &[&Process]) -> Duration {
    let hundredths = processes.iter().map(|process| {
        let stat = fs::read_to_string(format!("/proc/{}/stat", process.0.id())).unwrap();
        let after_name = stat.rsplit_once(") ").unwrap().1;
        after_name.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum::<u64>()
    });
    Duration::from_millis(10 * hundredths.sum::<u64>())
}

/// A process that ends with the measurement.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn spawn(command: &mut Command) -> Process {
    Process(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
}

fn orglab(settings: &[(&str, &str)]) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orglab"));
    command.env_clear().envs(settings.iter().copied()).env("RUST_LOG", "warn");
    spawn(command.current_dir(env!("CARGO_TARGET_TMPDIR")))
}

fn redis(port: u16) -> Process {
    let options = ["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    let server = spawn(Command::new("redis-server").args(options).current_dir(env!("CARGO_TARGET_TMPDIR")));
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        sleep(Duration::from_millis(10));
    }
    server
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn wait_for(client: &Client, address: &str) {
    for _ in 0..1_000 {
        if client.get(address).send().await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody answers at {address}");
}

/// The process's memory, in bytes.
fn resident(process: &Process) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

/// What Redis says that one of the sessions takes, in bytes.
fn memory_of_a_session(port: u16) -> usize {
    let script = "local keys = redis.call('KEYS', 'orglab:session:*') return redis.call('MEMORY', 'USAGE', keys[1])";
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(connection, "EVAL \"{script}\" 0\r\nQUIT\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap().trim_start_matches(':').parse().unwrap()
}
