//! An address that leads to one server, and after a failover to another, as a virtual IP address or a proxy does.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
};

pub(crate) struct Relay {
    pub(crate) port: u16,
    target: Arc<AtomicU16>,
    /// What the connections that are open get for each command.
    reply: watch::Sender<&'static str>,
}

impl Relay {
    /// Leads new connections to this port on this machine.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (target, reply) = (Arc::new(AtomicU16::new(port)), watch::Sender::new(""));
        let relay = Self { port: listener.local_addr().unwrap().port(), target: target.clone(), reply: reply.clone() };
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let port = target.load(Ordering::SeqCst);
                let mut reply = reply.subscribe();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
                    tokio::select! {
                        ended = copy_bidirectional(&mut client, &mut server) => ended.map(drop),
                        _ = reply.changed() => {
                            let reply = *reply.borrow();
                            reply_to_all(client, reply).await
                        }
                    }
                });
            }
        });
        relay
    }

    /// Leads new connections to another port. Those that are open stay where they are.
    pub(crate) fn switch_to(&self, port: u16) {
        self.target.store(port, Ordering::SeqCst);
    }

    /// The connections that are open get this reply of Redis to each command, or none; they do not end. New connections
    /// lead to the server as before.
    pub(crate) fn reply_with(&self, reply: &'static str) {
        self.reply.send_replace(reply);
    }
}

async fn reply_to_all(mut client: TcpStream, reply: &str) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let read = client.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let commands = String::from_utf8_lossy(&buffer[..read]).matches('*').count();
        client.write_all(reply.repeat(commands).as_bytes()).await?;
    }
}
