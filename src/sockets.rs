//! Opens the sockets that the servers listen on.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
};

use orglab::settings::Listen;

/// Opens a socket on each address. The error is one line that names `setting`, which says where to listen. If the
/// default includes `[::1]`, a machine that has no such address skips it.
pub(crate) fn bind(setting: &str, listen: &Listen) -> Result<Vec<TcpListener>, String> {
    let mut sockets = Vec::new();
    for address in listen.addresses() {
        match TcpListener::bind(address) {
            Ok(socket) => sockets.push(socket),
            Err(error) if listen.is_default && address.is_ipv6() && is_no_such_address(&error) => {}
            Err(error) => return Err(explain(setting, *address, &error)),
        }
    }
    Ok(sockets)
}

fn is_no_such_address(error: &io::Error) -> bool {
    const EAFNOSUPPORT: i32 = 97;
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
        || error.raw_os_error() == Some(EAFNOSUPPORT)
}

fn explain(setting: &str, address: SocketAddr, error: &io::Error) -> String {
    let (host, port) = (address.ip(), address.port());
    if error.kind() == ErrorKind::AddrInUse {
        format!("port {port} is in use (on {host}): stop what uses it, or set {setting} to another port")
    } else {
        format!("can't listen on {address}: {error}; set {setting} to another address")
    }
}
