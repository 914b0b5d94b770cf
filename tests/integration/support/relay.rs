//! An address that leads to one server, and after a failover to another, as a virtual IP address or a proxy does.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

pub(crate) struct Relay {
    pub(crate) port: u16,
    target: Arc<AtomicU16>,
}

impl Relay {
    /// Leads new connections to this port on this machine.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Self { port: listener.local_addr().unwrap().port(), target: Arc::new(AtomicU16::new(port)) };
        let target = Arc::clone(&relay.target);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let port = target.load(Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        relay
    }

    /// Leads new connections to another port. Those that are open stay where they are.
    pub(crate) fn switch_to(&self, port: u16) {
        self.target.store(port, Ordering::SeqCst);
    }
}
