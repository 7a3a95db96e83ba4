//! An HTTP/2 client that keeps the frames it was sent, and a server that serves one connection.

use super::{app::App, pairs, soon};
use bytes::Bytes;
use h2::{Reason, RecvStream, SendStream, client::SendRequest};
use http::{HeaderMap, Request};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// What a client sends after the head.
#[derive(Clone, Copy)]
pub(crate) enum Upload {
    /// END_STREAM stands on the head.
    Nothing,
    /// END_STREAM stands on the last of these.
    Data(&'static [&'static str]),
    /// END_STREAM stands on trailers after these.
    Trailers(&'static [&'static str]),
    /// These, and no END_STREAM.
    Open(&'static [&'static str]),
}

/// When a client resets the stream, if at all.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Reset {
    Never,
    /// Once the server has the head and what else was sent.
    BeforeHead,
    /// Once a frame of data has come.
    AfterData,
}

/// What came.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    /// Status and headers, but for the date and the id.
    pub(crate) head: String,
    /// All frames of the stream, HEADERS with their payload left out.
    pub(crate) frames: Vec<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Option<Vec<(String, String)>>,
    pub(crate) error: Option<Reason>,
    /// How many ids there are on the head.
    pub(crate) ids: usize,
}

/// One connection to a server of an app.
pub(crate) struct Session {
    client: SendRequest<Bytes>,
    received: Arc<Mutex<Vec<u8>>>,
    tasks: mpsc::Receiver<()>,
}

impl Session {
    pub(crate) async fn new(app: &App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        // Who runs for the server holds a sender: when all are gone, so are all of the server's tasks.
        let (guard, tasks) = mpsc::channel(1);
        let mut builder = hyper::server::conn::http2::Builder::new(Counted(guard.clone()));
        builder.initial_stream_window_size(65_535).initial_connection_window_size(65_535).enable_connect_protocol();
        let server = builder.serve_connection(TokioIo::new(accepted), TowerToHyperService::new(app.clone()));
        tokio::spawn(async move {
            let _ = server.await;
            drop(guard);
        });
        let received = Arc::<Mutex<Vec<u8>>>::default();
        let tap = Tap { inner: socket, received: received.clone() };
        // Windows so large that no frame is cut for want of them.
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(1 << 24).initial_connection_window_size(1 << 24);
        let (client, connection) = builder.handshake(tap).await.unwrap();
        tokio::spawn(connection);
        Self { client, received, tasks }
    }

    /// Sends a head; `end` is whether that is all.
    pub(crate) async fn send(
        &mut self,
        request: Request<()>,
        end: bool,
    ) -> (h2::client::ResponseFuture, SendStream<Bytes>) {
        let mut client = soon("a connection", self.client.clone().ready()).await.unwrap();
        client.send_request(request, end).unwrap()
    }

    /// Ends the connection, and waits until the server is done with it.
    pub(crate) async fn close(mut self) {
        drop(self.client);
        assert_eq!(soon("the server", self.tasks.recv()).await, None);
    }
}

/// Does one exchange on a connection of its own. All tasks of the server are over by then, but those that the service
/// spawned.
pub(crate) async fn exchange(app: &App, request: Request<()>, upload: Upload, reset: Reset) -> Answer {
    let mut session = Session::new(app).await;
    let (response, mut stream) = session.send(request, matches!(upload, Upload::Nothing)).await;
    let (frames, ended) = match upload {
        Upload::Nothing => (&[][..], false),
        Upload::Data(frames) => (frames, true),
        Upload::Trailers(frames) | Upload::Open(frames) => (frames, false),
    };
    for (i, frame) in frames.iter().enumerate() {
        let end = ended && i + 1 == frames.len();
        // A server that has reset the stream need not be told.
        let _ = stream.send_data(Bytes::from_static(frame.as_bytes()), end);
    }
    if let Upload::Trailers(_) = upload {
        let _ = stream.send_trailers(HeaderMap::from_iter([("x-sum".parse().unwrap(), "6".parse().unwrap())]));
    }
    let mut answer =
        Answer { head: String::new(), frames: Vec::new(), body: Vec::new(), trailers: None, error: None, ids: 0 };
    if reset == Reset::BeforeHead {
        // Its answer to a ping says that the server has read what was sent before.
        let (ping, _) = session.send(Request::new(()), true).await;
        let _ = soon("an answer", ping).await.unwrap();
        stream.send_reset(Reason::CANCEL);
    }
    match soon("a head", response).await {
        Ok(response) => {
            let (head, body) = response.into_parts();
            answer.head = format!("{}\n", head.status);
            for (name, value) in pairs(&head.headers).iter().filter(|(name, _)| name != "date") {
                match name.as_str() {
                    "x-request-id" => answer.ids += 1,
                    _ => answer.head += &format!("{name}: {value}\n"),
                }
            }
            read(body, &mut stream, reset, &mut answer).await;
        }
        Err(error) => answer.error = error.reason(),
    }
    drop(stream);
    let received = session.received.clone();
    session.close().await;
    answer.frames = frames_of(&received.lock().unwrap());
    answer
}

async fn read(mut body: RecvStream, stream: &mut SendStream<Bytes>, reset: Reset, answer: &mut Answer) {
    while let Some(data) = soon("a frame", body.data()).await {
        match data {
            Ok(data) => answer.body.extend_from_slice(&data),
            Err(error) => return answer.error = error.reason(),
        }
        if reset == Reset::AfterData {
            return stream.send_reset(Reason::CANCEL);
        }
    }
    match soon("trailers", body.trailers()).await {
        Ok(trailers) => answer.trailers = trailers.as_ref().map(pairs),
        Err(error) => answer.error = error.reason(),
    }
}

/// The frames of the first stream (RFC 9113, section 4.1), but for flow control.
fn frames_of(mut bytes: &[u8]) -> Vec<String> {
    let mut frames = Vec::new();
    while let [a, b, c, kind, flags, s1, s2, s3, s4, rest @ ..] = bytes {
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        bytes = rest;
        if u32::from_be_bytes([*s1, *s2, *s3, *s4]) != 1 {
            continue;
        }
        let end = if flags & 1 == 1 { " END_STREAM" } else { "" };
        frames.push(match kind {
            0 => format!("DATA {length}{end}"),
            1 => format!("HEADERS{end}"),
            3 => format!("RST_STREAM {}", payload.last().unwrap()),
            8 => continue,
            kind => format!("frame of type {kind}"),
        });
    }
    frames
}

/// Runs a server's tasks, each with a guard that says when it is over.
#[derive(Clone)]
struct Counted(mpsc::Sender<()>);

impl<F: Future<Output: Send> + Send + 'static> hyper::rt::Executor<F> for Counted {
    fn execute(&self, future: F) {
        let guard = self.0.clone();
        tokio::spawn(async move {
            future.await;
            drop(guard);
        });
    }
}

/// Keeps what is read.
struct Tap {
    inner: TcpStream,
    received: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Tap {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        self.received.lock().unwrap().extend_from_slice(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
