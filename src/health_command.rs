//! `orglab health`: asks the app that runs with these settings whether it is alive.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use orglab::settings::{Listen, Settings, dotenv};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long it may take, all addresses together: less than the 5 s that `orglab --help` states.
const LIMIT: Duration = Duration::from_secs(4);
/// How much of a response is read, in bytes; the app's has a tenth of it.
const MAXIMUM_RESPONSE: u64 = 8 * 1024;

/// Prints nothing if the app is alive, else a line that says why not.
pub(crate) async fn run() -> ExitCode {
    match check().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

async fn check() -> Result<(), String> {
    let in_one_line = |text: &str| text.lines().collect::<Vec<_>>().join("; ");
    dotenv::read().map_err(|message| in_one_line(&message))?;
    let settings = Settings::from_environment().map_err(|mistakes| in_one_line(&mistakes.to_string()))?;
    let listen = settings.app.listen;
    if listen.port() == 0 {
        return Err("the system has chosen the app's port: set APP_BASE_URL or APP_LISTEN to a port".to_owned());
    }
    let asked = format!("port {} (APP_BASE_URL or APP_LISTEN)", listen.port());
    match timeout(LIMIT, ask_any(&listen)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("the app does not respond on {asked}: {error}")),
        Err(_) => Err(format!("the app does not respond on {asked} within {} s", LIMIT.as_secs())),
    }
}

/// Asks at one address after the other until the app responds. The error is that of the first address.
async fn ask_any(listen: &Listen) -> io::Result<()> {
    let mut first_error = None;
    for address in listen.addresses() {
        match ask(reachable(*address)).await {
            Ok(()) => return Ok(()),
            Err(error) => _ = first_error.get_or_insert(error),
        }
    }
    first_error.map_or(Ok(()), Err)
}

/// Where this machine reaches a server that listens on `address`: at loopback, if the server listens on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Any other server that listens there does not count.
async fn ask(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = Vec::new();
    stream.take(MAXIMUM_RESPONSE).read_to_end(&mut response).await?;
    let response = String::from_utf8_lossy(&response);
    if response.starts_with("HTTP/1.1 200 ") && response.ends_with(r#"{"status":"ok"}"#) {
        Ok(())
    } else {
        let status = response.lines().next().unwrap_or_default();
        Err(io::Error::other(format!("what responds there is not the app ({:?})", status.get(..40).unwrap_or(status))))
    }
}
