//! The process's own memory or Redis, one instance or two: how many sign-ins and pages a second they serve on this
//! machine, which they share with Redis, the provider and the browsers.

use std::{
    fmt,
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    load::{at_once, browsers, microseconds_each},
    process::{Process, free_port},
    support::{browser::AcceptEncoding, provider::Provider},
};

const SIGN_INS: usize = 2_000;
/// How many users sign in, in turn. With fewer, each would have too many sessions.
const USERS: usize = 200;
const PAGES: usize = 12_000;

pub(crate) fn measure() {
    println!(
        "{:<22} {:>10} {:>10}   {:<34} memory a session",
        "", "sign-ins/s", "pages/s", "processor time: sign-in, page"
    );
    measure_one("memory, one instance", 1, None);
    for (what, instances) in [("Redis, one instance", 1), ("Redis, two instances", 2)] {
        match Process::redis() {
            Some(redis) => measure_one(what, instances, Some(&redis)),
            None => println!("skipped: {what}: there is no redis-server"),
        }
    }
}

fn measure_one(what: &str, instances: usize, redis: Option<&Process>) {
    let provider = Provider::start("RS256");
    let instances = Instances::start(instances, &provider, redis);
    instances.sign_in(&provider, USERS); // warm-up
    let memory = instances.all[0].memory();
    let work = Work::begin(&instances.all, redis);
    let sessions = instances.sign_in(&provider, SIGN_INS);
    let sign_in = work.end(SIGN_INS);
    let memory = match redis {
        None => format!("{} bytes (process)", (instances.all[0].memory() - memory) / SIGN_INS),
        Some(redis) => format!("{} bytes (Redis)", memory_of_a_session(redis)),
    };
    let work = Work::begin(&instances.all, redis);
    instances.show_pages(&sessions);
    let page = work.end(PAGES);
    let times = format!("{:.0} µs, {:.0} µs", sign_in.microseconds, page.microseconds);
    println!("{what:<22} {:>10.0} {:>10.0}   {times:<34} {memory}", sign_in.rate, page.rate);
    if redis.is_some() {
        println!("{:<22} a sign-in: {sign_in}; a page: {page}", "  Redis's part");
    }
}

/// Instances of one app. Each browser stays with one of them.
struct Instances {
    all: Vec<Process>,
    browsers: AtomicUsize,
}

impl Instances {
    /// Their public host is one at which nobody listens.
    fn start(count: usize, provider: &Provider, redis: Option<&Process>) -> Self {
        let host = format!("localhost:{}", free_port());
        let redis = redis.map(|redis| format!("redis://{}", redis.host)).unwrap_or_default();
        let secret = "0f".repeat(64);
        let settings = [("OIDC_ISSUER_URL", &*provider.issuer), ("SESSION_SECRET", &secret), ("REDIS_URL", &redis)];
        let all = (0..count).map(|_| Process::app_of(free_port(), &host, &settings)).collect();
        Self { all, browsers: AtomicUsize::new(0) }
    }

    fn next(&self) -> &Process {
        &self.all[self.browsers.fetch_add(1, Ordering::Relaxed) % self.all.len()]
    }

    /// Signs users in. Returns the cookies of their sessions.
    fn sign_in(&self, provider: &Provider, count: usize) -> Vec<String> {
        let sessions = Mutex::new(Vec::new());
        let browsers = || browsers(self.next(), provider);
        at_once(
            |number| number < count,
            browsers,
            |(app, provider), number| {
                let session = app.sign_in(provider, number % USERS, "org1");
                sessions.lock().unwrap().push(session);
            },
        );
        sessions.into_inner().unwrap()
    }

    fn show_pages(&self, sessions: &[String]) {
        at_once(
            |number| number < PAGES,
            || self.next().browser(AcceptEncoding::AsBrowsers),
            |browser, number| {
                let path = ["/profile", "/features/board", "/features"][number % 3];
                assert_eq!(browser.get(path, &sessions[number % sessions.len()]).status, 200);
            },
        );
    }
}

/// What the instances and Redis do for a while.
struct Work<'a> {
    instances: &'a [Process],
    redis: Option<&'a Process>,
    before: Taken,
    began: Instant,
}

/// What was taken so far.
struct Taken {
    all: Duration,
    redis: Duration,
    /// As Redis counts them, those in scripts included.
    commands: u64,
    /// To and from Redis.
    bytes: u64,
}

/// How many things were done in a second, and what each of them took.
struct Each {
    rate: f64,
    /// Of the processor, all processes together.
    microseconds: f64,
    redis_microseconds: f64,
    commands: f64,
    bytes: f64,
}

impl<'a> Work<'a> {
    fn begin(instances: &'a [Process], redis: Option<&'a Process>) -> Self {
        Self { instances, redis, before: Taken::by(instances, redis), began: Instant::now() }
    }

    /// The end, after `count` things.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn end(self, count: usize) -> Each {
        let (before, after) = (self.before, Taken::by(self.instances, self.redis));
        let each = |before: u64, after: u64| (after - before) as f64 / count as f64;
        Each {
            rate: count as f64 / self.began.elapsed().as_secs_f64(),
            microseconds: microseconds_each(before.all..after.all, count),
            redis_microseconds: microseconds_each(before.redis..after.redis, count),
            commands: each(before.commands, after.commands),
            bytes: each(before.bytes, after.bytes),
        }
    }
}

impl Taken {
    fn by(instances: &[Process], redis: Option<&Process>) -> Self {
        let of_redis = redis.map(Process::processor_time).unwrap_or_default();
        let info = redis.map(|redis| ask(redis, "INFO stats")).unwrap_or_default();
        let number = |name: &str| {
            let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map_or(0, |value| value.parse::<u64>().unwrap())
        };
        Self {
            all: instances.iter().map(Process::processor_time).sum::<Duration>() + of_redis,
            redis: of_redis,
            commands: number("total_commands_processed"),
            bytes: number("total_net_input_bytes") + number("total_net_output_bytes"),
        }
    }
}

impl fmt::Display for Each {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { redis_microseconds, commands, bytes, .. } = self;
        write!(formatter, "{redis_microseconds:.0} µs, {commands:.1} commands, {bytes:.0} bytes")
    }
}

/// What Redis says that one of the sessions takes, in bytes.
fn memory_of_a_session(redis: &Process) -> usize {
    let script = "local keys = redis.call('KEYS', 'orglab:session:*') return redis.call('MEMORY', 'USAGE', keys[1])";
    let answer = ask(redis, &format!("EVAL \"{script}\" 0"));
    answer.lines().next().unwrap().trim_start_matches(':').parse().unwrap()
}

/// The answer to a command, as Redis sends it.
fn ask(redis: &Process, command: &str) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", redis.port)).unwrap();
    write!(connection, "{command}\r\nQUIT\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}
