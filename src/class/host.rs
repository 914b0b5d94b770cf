//! Where a class is served: one IPv4 address of this machine, under one name.

use std::net::{IpAddr, Ipv4Addr, TcpListener, ToSocketAddrs};

use url::{Host, Url};

use crate::loopback::PlainHttp;

/// The host that participants' browsers open. Its name always stands for its address, whatever a name server says later.
#[derive(Clone, Debug)]
pub struct ClassHost {
    host: Host<String>,
    address: Ipv4Addr,
}

/// Why a class can't be served there.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("--host is {0:?}; it must be an IPv4 address of this machine, or a name for one, without a port or a path")]
    NotAHost(String),
    /// A source in a Content-Security-Policy can't be an IPv6 address (CSP Level 3, 2.3.1).
    #[error("--host is {0}, an IPv6 address; it must be an IPv4 address of this machine, or a name for one")]
    Ipv6(String),
    #[error(
        "--host is {0}, which stands for no single machine; it must be this machine's address in the class's network"
    )]
    NoSingleMachine(Ipv4Addr),
    #[error(
        "--host is {host:?}, which can't be resolved to an IPv4 address ({reason}); use this machine's address instead"
    )]
    Unresolved { host: String, reason: String },
    #[error("--host is {host:?}, but {address} is not an address of this machine; `ip addr` or `ipconfig` lists those")]
    Elsewhere { host: String, address: Ipv4Addr },
}

impl ClassHost {
    /// Reads an address or a name, and finds the address of this machine that it stands for.
    pub fn find(text: &str) -> Result<Self, HostError> {
        let host = parse(text)?;
        let candidates = match &host {
            Host::Ipv4(address) => vec![*address],
            Host::Ipv6(_) => return Err(HostError::Ipv6(text.to_owned())),
            Host::Domain(name) => resolve(name)?,
        };
        let mut elsewhere = None;
        for address in candidates {
            if address.is_unspecified() || address.is_broadcast() || address.is_multicast() {
                return Err(HostError::NoSingleMachine(address));
            }
            match TcpListener::bind((address, 0)) {
                Ok(_) => return Ok(Self { host, address }),
                Err(_) => elsewhere = elsewhere.or(Some(address)),
            }
        }
        let host = text.to_owned();
        Err(match elsewhere {
            Some(address) => HostError::Elsewhere { host, address },
            None => HostError::Unresolved { host, reason: "it has no IPv4 address".to_owned() },
        })
    }

    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The origin at this port.
    ///
    /// # Panics
    /// Never: any host and port make a URL.
    #[expect(clippy::expect_used, reason = "a host and a port make a URL")]
    pub fn origin(&self, port: u16) -> Url {
        Url::parse(&format!("http://{}:{port}", self.host)).expect("a URL")
    }

    /// Plain http is allowed here, and nowhere else beyond loopback.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that allows it")]
    pub(super) fn plain_http(&self) -> PlainHttp {
        PlainHttp::also_at(self.host.clone(), self.address)
    }
}

/// The host as browsers write it in URLs.
fn parse(text: &str) -> Result<Host<String>, HostError> {
    let not_a_host = || HostError::NotAHost(text.to_owned());
    let unbracketed = text.trim_start_matches('[').trim_end_matches(']');
    if unbracketed.parse::<std::net::Ipv6Addr>().is_ok() {
        return Err(HostError::Ipv6(unbracketed.to_owned()));
    }
    let url = Url::parse(&format!("http://{text}/")).map_err(|_| not_a_host())?;
    let is_host_alone = url.port().is_none()
        && url.path() == "/"
        && url.username().is_empty()
        && url.password().is_none()
        && !text.is_empty()
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "-._".contains(character));
    url.host().map(|host| host.to_owned()).filter(|_| is_host_alone).ok_or_else(not_a_host)
}

fn resolve(name: &str) -> Result<Vec<Ipv4Addr>, HostError> {
    let found = (name, 0).to_socket_addrs();
    let found = found.map_err(|cause| HostError::Unresolved { host: name.to_owned(), reason: cause.to_string() })?;
    let ipv4 = found.filter_map(|address| match address.ip() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    Ok(ipv4.collect())
}
