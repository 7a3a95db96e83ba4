//! Sends to StatsD: a metric a line, a few lines a datagram.
//!
//! The lines are written by hand: a client library knows only times in whole milliseconds, and cannot handle a port
//! that is closed for a while.

use super::{
    Receiver, Told,
    name::{Routes, class, ms, side},
};
use crate::read::Exchange;
use serde_json::json;
use std::{
    collections::VecDeque,
    io,
    net::{ToSocketAddrs, UdpSocket},
    time::{Duration, Instant},
};

/// The bytes of a datagram that an Ethernet frame holds, as StatsD's own documents advise.
const DATAGRAM: usize = 1_432;
/// The time to wait between two datagrams, so that a slower reader does not lose them: a log that is read at once would
/// overflow its socket's buffer.
const PACE: Duration = Duration::from_millis(1);
/// The time to wait before trying again.
const PAUSE: Duration = Duration::from_secs(1);

/// Sends metrics to StatsD.
pub(super) struct Statsd {
    address: String,
    prefix: String,
    routes: Routes,
    socket: Option<UdpSocket>,
    unsent: VecDeque<String>,
    /// The bytes of `unsent`.
    bytes: usize,
    keep: usize,
    dropped: u64,
    retry: Option<Instant>,
}

impl Statsd {
    pub(super) fn new(address: &str, prefix: &str, keep: usize) -> Self {
        Self {
            address: address.to_owned(),
            prefix: prefix.to_owned(),
            routes: Routes::default(),
            socket: None,
            unsent: VecDeque::new(),
            bytes: 0,
            keep,
            dropped: 0,
            retry: None,
        }
    }

    fn push(&mut self, line: String) {
        self.bytes += line.len() + 1;
        self.unsent.push_back(line);
        while self.bytes > self.keep {
            let Some(oldest) = self.unsent.pop_front() else { break };
            self.bytes -= oldest.len() + 1;
            self.dropped += 1;
        }
    }

    /// Sends what there is, unless the port was closed a moment ago.
    fn drain(&mut self) {
        while !self.unsent.is_empty() {
            if self.retry.is_some_and(|retry| Instant::now() < retry) {
                return;
            }
            let (mut datagram, mut lines) = (String::new(), 0);
            for line in &self.unsent {
                if lines > 0 && datagram.len() + 1 + line.len() > DATAGRAM {
                    break;
                }
                datagram.push_str(if lines > 0 { "\n" } else { "" });
                datagram.push_str(line);
                lines += 1;
            }
            if let Err(error) = self.datagram(datagram.as_bytes()) {
                if self.retry.is_none() {
                    eprintln!("request-log: {}: {error}; up to {} bytes are kept", self.address, self.keep);
                }
                self.retry = Some(Instant::now() + PAUSE);
                self.socket = None;
                return;
            }
            if self.retry.take().is_some() {
                eprintln!("request-log: {}: sending again", self.address);
            }
            self.unsent.drain(..lines).for_each(|line| self.bytes -= line.len() + 1);
            if !self.unsent.is_empty() {
                std::thread::sleep(PACE);
            }
        }
    }

    fn datagram(&mut self, bytes: &[u8]) -> io::Result<()> {
        let socket = match &self.socket {
            Some(socket) => socket,
            None => {
                let mut result = Err(io::ErrorKind::NotFound.into());
                for address in self.address.to_socket_addrs()? {
                    let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                    result = UdpSocket::bind(any).and_then(|socket| socket.connect(address).map(|()| socket));
                    if result.is_ok() {
                        break;
                    }
                }
                self.socket.insert(result?)
            }
        };
        socket.send(bytes)?;
        // A closed port answers, on this machine before `send` returns; then this datagram was not taken.
        socket.take_error()?.map_or(Ok(()), Err)
    }

    fn tell_dropped(&mut self) {
        if self.dropped > 0 {
            eprintln!(
                "request-log: {}: {} metrics dropped: more than --keep {}",
                self.address, self.dropped, self.keep
            );
            self.dropped = 0;
        }
    }
}

impl Receiver for Statsd {
    fn count(&mut self, exchange: &Exchange, told: &mut Told<'_>) -> io::Result<()> {
        let stem = format!("{}.{}", self.prefix, side(exchange));
        let name = format!("{stem}status.{}", class(exchange.status));
        told.metric(|| json!({ "name": name, "value": 1, "type": "c" }))?;
        self.push(format!("{name}:1|c"));
        if let Some(time) = exchange.time {
            let name = format!("{stem}route.{}", self.routes.name(exchange.route.as_deref()));
            let time = ms(time);
            told.metric(|| json!({ "name": name, "value": time, "type": "ms" }))?;
            self.push(format!("{name}:{time}|ms"));
        }
        if self.bytes >= DATAGRAM {
            self.drain();
        }
        Ok(())
    }

    fn send(&mut self, _: &mut Told<'_>) -> io::Result<()> {
        self.drain();
        if self.unsent.is_empty() {
            self.tell_dropped();
        }
        Ok(())
    }

    fn end(&mut self, until: Instant, _: &mut Told<'_>) -> io::Result<bool> {
        self.drain();
        while !self.unsent.is_empty() && Instant::now() < until {
            std::thread::sleep(PAUSE / 10);
            self.drain();
        }
        self.tell_dropped();
        if !self.unsent.is_empty() {
            eprintln!("request-log: {}: {} metrics were not sent", self.address, self.unsent.len());
        }
        Ok(self.unsent.is_empty())
    }
}
