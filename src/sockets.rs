//! Opens the sockets that the servers listen on.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
};

use orglab::settings::Listen;

/// How many times the app tries to find a port that is free on all addresses.
const ATTEMPTS: usize = 20;

/// Open sockets, all on one port.
pub(crate) struct Sockets {
    pub(crate) listeners: Vec<TcpListener>,
    pub(crate) port: u16,
}

impl Sockets {
    /// Opens a socket on each address. With port 0, the system chooses a port, the same for all. The error is one line
    /// that names `setting`, which says where to listen.
    pub(crate) fn bind(setting: &str, listen: &Listen) -> Result<Self, String> {
        let attempts = if listen.port() == 0 { ATTEMPTS } else { 1 };
        for _ in 1..attempts {
            if let Ok(sockets) = Self::try_bind(setting, listen) {
                return Ok(sockets);
            }
        }
        Self::try_bind(setting, listen)
    }

    fn try_bind(setting: &str, listen: &Listen) -> Result<Self, String> {
        let mut sockets = Self { listeners: Vec::new(), port: listen.port() };
        for address in listen.addresses() {
            let address = SocketAddr::new(address.ip(), sockets.port);
            match TcpListener::bind(address).and_then(|listener| Ok((listener.local_addr()?.port(), listener))) {
                Ok((port, listener)) => {
                    sockets.port = port;
                    sockets.listeners.push(listener);
                }
                // A machine may have no `[::1]`.
                Err(error) if listen.is_default && address.is_ipv6() && !is_taken(&error) => {}
                Err(error) => return Err(explain(setting, address, &error)),
            }
        }
        Ok(sockets)
    }
}

fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

fn explain(setting: &str, address: SocketAddr, error: &io::Error) -> String {
    let (host, port) = (address.ip(), address.port());
    if error.kind() == ErrorKind::AddrInUse {
        format!("port {port} is in use (on {host}): stop the process that uses it, or set {setting} to another port")
    } else {
        format!("can't listen on {address}: {error}; set {setting} to another address")
    }
}
