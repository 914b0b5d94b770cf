//! How many connections there can be.

use std::time::Duration;

use tokio::{io::AsyncWriteExt, time::timeout};

use crate::support::{
    process::Process,
    raw::{connect, head, host, status},
};

const LIMIT: Duration = Duration::from_secs(15);

/// Systems start a process with few open files (1,024, or 256) and let it have more.
#[tokio::test]
async fn there_are_more_connections_than_files_may_be_open_at_first() {
    let orglab = Process::start_with_open_files(100, 1_000, "Ctrl-C");
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", host(&orglab.tenant));
    let mut streams = Vec::new(); // of events: such a connection stays
    for number in 0..300 {
        let mut stream = connect(&orglab.tenant).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let head = timeout(LIMIT, head(&mut stream)).await.unwrap_or_else(|_| panic!("no answer for {number}"));
        assert_eq!(status(&head), 200);
        streams.push(stream);
    }
}
