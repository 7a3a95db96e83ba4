//! Exchanges over a connection: hyper serves it on a thread of its own, over TCP.

use crate::{
    drive::{self, Kind},
    stacks::{self, Stack},
};
use axum::Router;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, mpsc},
    thread,
};

/// A connection that is kept alive, to a server under one stack whose log is discarded.
pub(crate) struct Connection {
    kind: Kind,
    stream: TcpStream,
    request: Vec<u8>,
    /// What was read last: the client does nothing but read, so that what is counted is the server's.
    read: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(kind: Kind, stack: Stack) -> Self {
        let stream = TcpStream::connect(serve(stack)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { kind, stream, request: message(kind), read: vec![0; 1 << 20] }
    }

    /// Runs one exchange to its end.
    pub(crate) fn run(&mut self) {
        self.stream.write_all(&self.request).unwrap();
        let mut length = self.stream.read(&mut self.read).unwrap();
        let head = self.read[..length].windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        let whole = String::from_utf8_lossy(&self.read[..head])
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
            .map(|body| head + body);
        let mut all = length;
        while whole.map_or(!self.read[..length].ends_with(b"0\r\n\r\n"), |whole| all < whole) {
            length = self.stream.read(&mut self.read).unwrap();
            assert!(length > 0, "the server closed the connection");
            all += length;
        }
        assert!(all > self.kind.bytes());
    }
}

/// The request as HTTP/1.1 has it, on a connection that is kept.
fn message(kind: Kind) -> Vec<u8> {
    let (method, target, headers, body) = kind.request();
    let mut message = format!("{method} {target} HTTP/1.1\r\n");
    for (name, value) in headers.iter().filter(|(name, _)| *name != "connection") {
        message += &format!("{name}: {value}\r\n");
    }
    (message + "\r\n" + body).into_bytes()
}

/// Serves on a thread for as long as the process runs.
fn serve(stack: Stack) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let app: Router =
            stacks::layered!(stack, drive::discard, Arc::new(drive::discard), stacks::app(), |layer| stacks::app()
                .layer(layer));
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, app).await.unwrap();
        });
    });
    told.recv().unwrap()
}
