//! A client that sends what it is told to over TCP, and a server that serves one connection.

use super::{app::App, soon};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use std::io::ErrorKind;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What a client does next.
#[derive(Clone)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Reads until this has come since the last step.
    Read(&'static str),
    /// Reads until so many bytes have come since the last step.
    ReadBytes(usize),
    /// Sends no more, but goes on reading.
    HalfClose,
    /// Goes away without reading any further. Otherwise a client reads to the end of the connection.
    Leave,
}

pub(crate) fn send(text: impl Into<Vec<u8>>) -> Step {
    Step::Send(text.into())
}

/// Connects a client to a server of `app`, does `steps` and gives back all that came. All tasks of the server are over
/// by then, but those that the service spawned.
pub(crate) async fn talk(app: &App, steps: &[Step]) -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    client.set_nodelay(true).unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    socket.set_nodelay(true).unwrap();
    let server = tokio::spawn(serve(socket, app.clone()));
    let came = soon("the client", act(&mut client, steps)).await;
    drop(client);
    // Its error or panic is the client's to notice.
    let _ = soon("the server", server).await;
    came
}

/// Serves one connection, as long as it lasts.
pub(crate) async fn serve(socket: TcpStream, app: App) -> hyper::Result<()> {
    hyper::server::conn::http1::Builder::new()
        .half_close(true)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(app))
        .with_upgrades()
        .await
}

async fn act(client: &mut TcpStream, steps: &[Step]) -> Vec<u8> {
    let mut came = Vec::new();
    for step in steps {
        let since = came.len();
        match step {
            Step::Send(bytes) => {
                // A server that has hung up need not be told.
                if client.write_all(bytes).await.is_err() {
                    break;
                }
            }
            Step::Read(text) => {
                let has = |came: &[u8]| came.windows(text.len()).any(|window| window == text.as_bytes());
                while !has(&came[since..]) {
                    assert!(read(client, &mut came).await, "no {text:?} in {}", came.escape_ascii());
                }
            }
            Step::ReadBytes(len) => {
                while came.len() - since < *len {
                    assert!(read(client, &mut came).await, "no {len} bytes in {}", came.escape_ascii());
                }
            }
            Step::HalfClose => client.shutdown().await.unwrap_or_default(),
            Step::Leave => return came,
        }
    }
    while read(client, &mut came).await {}
    came
}

/// Reads something; `false` at the end.
async fn read(client: &mut TcpStream, came: &mut Vec<u8>) -> bool {
    match client.read_buf(came).await {
        Ok(len) => len > 0,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
        Err(error) => panic!("{error}"),
    }
}
