//! The connection to carbon, and what waits for it.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, Read, Write},
    net::{Shutdown, TcpStream, ToSocketAddrs},
    time::{Duration, Instant},
};

/// The time to wait for a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// The time to wait for a carbon that does not read.
const WRITE: Duration = Duration::from_secs(5);
/// The time to wait before trying again.
const PAUSE: Duration = Duration::from_secs(1);
/// The time for which points are kept after they were written, in case the connection breaks before carbon has read
/// them.
const AGAIN: Duration = Duration::from_secs(60);

/// The points of an interval, a line each.
#[derive(Debug, Default)]
pub(super) struct Points {
    lines: String,
    count: u64,
}

impl Points {
    pub(super) fn add(&mut self, line: fmt::Arguments<'_>) {
        use fmt::Write;
        // A string takes all.
        let _ = writeln!(self.lines, "{line}");
        self.count += 1;
    }
}

/// Sends points, keeps those that could not be sent, and sends again those that may not have arrived.
///
/// A point has its moment in it, and carbon keeps one for each, so one that is sent twice counts once.
pub(super) struct Carbon {
    address: String,
    stream: Option<TcpStream>,
    unsent: VecDeque<Points>,
    sent: VecDeque<(Instant, Points)>,
    /// The bytes of both.
    bytes: usize,
    keep: usize,
    dropped: u64,
    retry: Option<Instant>,
}

impl Carbon {
    pub(super) fn new(address: &str, keep: usize) -> Self {
        Self {
            address: address.to_owned(),
            stream: None,
            unsent: VecDeque::new(),
            sent: VecDeque::new(),
            bytes: 0,
            keep,
            dropped: 0,
            retry: None,
        }
    }

    pub(super) fn push(&mut self, points: Points) {
        if points.count == 0 {
            return;
        }
        self.bytes += points.lines.len();
        self.unsent.push_back(points);
        while self.bytes > self.keep {
            if let Some((_, oldest)) = self.sent.pop_front() {
                self.bytes -= oldest.lines.len();
            } else if let Some(oldest) = self.unsent.pop_front() {
                self.bytes -= oldest.lines.len();
                self.dropped += oldest.count;
            } else {
                break;
            }
        }
    }

    /// Sends what there is, unless carbon was away a moment ago.
    pub(super) fn send(&mut self) {
        while self.sent.front().is_some_and(|(at, _)| at.elapsed() >= AGAIN) {
            self.bytes -= self.sent.pop_front().map_or(0, |(_, points)| points.lines.len());
        }
        if self.stream.as_ref().is_some_and(is_closed) {
            self.disconnect();
        }
        if self.unsent.is_empty() || self.retry.is_some_and(|retry| Instant::now() < retry) {
            return;
        }
        if let Err(error) = self.write() {
            self.disconnect();
            if self.retry.is_none() {
                eprintln!("request-log: {}: {error}; up to {} bytes are kept", self.address, self.keep);
            }
            self.retry = Some(Instant::now() + PAUSE);
        } else {
            if self.retry.take().is_some() {
                eprintln!("request-log: {}: sending again", self.address);
            }
            self.tell_dropped();
        }
    }

    /// Sends until all is sent or time is over; tells whether it is.
    pub(super) fn end(&mut self, until: Instant) -> bool {
        self.send();
        loop {
            if self.unsent.is_empty() && self.is_taken() {
                return true;
            }
            if Instant::now() >= until {
                break;
            }
            std::thread::sleep(PAUSE / 10);
            self.send();
        }
        self.tell_dropped();
        let count: u64 = self.unsent.iter().map(|points| points.count).sum();
        eprintln!("request-log: {}: {count} points were not sent", self.address);
        false
    }

    fn write(&mut self) -> io::Result<()> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => self.stream.insert(connect(&self.address)?),
        };
        while let Some(points) = self.unsent.front() {
            stream.write_all(points.lines.as_bytes())?;
            self.sent.extend(self.unsent.pop_front().map(|points| (Instant::now(), points)));
        }
        Ok(())
    }

    /// Ends the connection, and tells whether carbon did not break it before it had read all.
    fn is_taken(&mut self) -> bool {
        let Some(mut stream) = self.stream.take() else { return true };
        let closed = stream.shutdown(Shutdown::Write).and_then(|()| stream.set_read_timeout(Some(PAUSE)));
        let taken = match closed.and_then(|()| stream.read(&mut [0; 64])) {
            Ok(_) => true,
            // A receiver that leaves its side open has not refused.
            Err(error) => matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
        };
        if !taken {
            self.disconnect();
        }
        taken
    }

    fn disconnect(&mut self) {
        self.stream = None;
        // The oldest come first again.
        while let Some((_, points)) = self.sent.pop_back() {
            self.unsent.push_front(points);
        }
    }

    fn tell_dropped(&mut self) {
        if self.dropped > 0 {
            eprintln!("request-log: {}: {} points dropped: more than --keep {}", self.address, self.dropped, self.keep);
            self.dropped = 0;
        }
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut result = Err(io::ErrorKind::NotFound.into());
    for address in address.to_socket_addrs()? {
        result = TcpStream::connect_timeout(&address, CONNECT);
        if result.is_ok() {
            break;
        }
    }
    let stream = result?;
    stream.set_write_timeout(Some(WRITE))?;
    Ok(stream)
}

/// Looks whether carbon has closed the connection: the first write after that would seem to go well.
fn is_closed(stream: &TcpStream) -> bool {
    let looked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0]));
    let back = stream.set_nonblocking(false);
    match looked {
        Ok(0) => true,
        Ok(_) => back.is_err(),
        Err(error) => error.kind() != io::ErrorKind::WouldBlock || back.is_err(),
    }
}
