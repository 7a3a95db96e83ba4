//! Makes an exchange from the lines of `Lines`.

use super::{
    exchange::{Content, Exchange, Kind, Outcome},
    line::{self, Mark},
    text::{BEGAN, Text},
};

/// Fills in what the lines say of the exchange.
pub(crate) fn read(exchange: &mut Exchange, text: Text) {
    let mut ended = false;
    if let Some((method, target, version)) =
        text.lines(Mark::Request).next().and_then(|l| line::request_line(l.as_bytes()))
    {
        for (to, from) in
            [(&mut exchange.method, method), (&mut exchange.target, target), (&mut exchange.version, version)]
        {
            to.push_str(&String::from_utf8_lossy(from));
        }
    }
    let status_line = text.lines(Mark::Response).next().unwrap_or_default();
    exchange.status = line::status(status_line.as_bytes());
    if exchange.version.is_empty() {
        exchange.version = status_line.split(' ').next().unwrap_or_default().to_owned();
    }
    let mut notes = text.lines(Mark::Note).rev().peekable();
    if let Some(last) = notes.next_if(|last| line::is_end(last.as_bytes())) {
        exchange.time = line::milliseconds(last.as_bytes());
        ended = true;
    }
    if let Some(facts) = notes.next_if(|note| note.starts_with(BEGAN)) {
        read_facts(exchange, facts);
    }
    exchange.outcome = outcome(exchange.status, notes.rev());
    exchange.cut = !ended || exchange.method.is_empty() || (exchange.status.is_none() != exchange.time.is_none());
    exchange.content = Content::Lines(text);
    grpc(exchange);
}

/// Reads `began …, end 165ms, as client, peer …, route …`.
fn read_facts(exchange: &mut Exchange, facts: &str) {
    let mut rest = facts;
    while !rest.is_empty() {
        // The route stands last and may have commas.
        if let Some(route) = rest.strip_prefix("route ") {
            exchange.route = Some(route.to_owned());
            return;
        }
        let (fact, after) = rest.split_once(", ").unwrap_or((rest, ""));
        rest = after;
        match fact.split_once(' ') {
            Some(("began", time)) => exchange.began = time.parse().ok(),
            Some(("end", time)) => exchange.end = line::milliseconds(time.as_bytes()),
            Some(("peer", peer)) => exchange.peer = Some(peer.to_owned()),
            Some(("as", "client")) => exchange.kind = Kind::Client,
            _ => {}
        }
    }
}

/// Tells how the exchange ended, by its notes.
fn outcome<'a>(status: Option<u16>, notes: impl Iterator<Item = &'a str>) -> Outcome {
    let mut outcome = if status.is_some() { Outcome::Complete } else { Outcome::Cancelled };
    for note in notes {
        outcome = match note {
            _ if note.starts_with("still open after ") => Outcome::Open,
            "service panicked" => Outcome::Panicked,
            _ if note.starts_with("response body panicked") => Outcome::Panicked,
            _ if is_said(note, "service failed") => Outcome::ServiceFailed,
            _ if note.starts_with("response body failed after ") => Outcome::BodyFailed,
            "grpc-status missing" => Outcome::RpcFailed,
            _ if note.starts_with("client went away after ") || note.starts_with("we gave up after ") => {
                if status.is_some() { Outcome::ClientGone } else { Outcome::Cancelled }
            }
            _ if outcome == Outcome::Complete && is_said(note, "switched protocols") => Outcome::Switched,
            _ => match note.strip_prefix("response trailer grpc-status: ") {
                Some(code) if is_fault(code) => Outcome::RpcFailed,
                _ => continue,
            },
        };
    }
    outcome
}

/// Tells whether a note is `said`, alone or with a colon and more after it.
fn is_said(note: &str, said: &str) -> bool {
    note.strip_prefix(said).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
}

/// Tells whether a gRPC status is the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE
/// or DATA_LOSS.
fn is_fault(code: &str) -> bool {
    matches!(code, "2" | "4" | "12" | "13" | "14" | "15")
}

/// Looks for the gRPC status of a response without a body, which is among its headers.
fn grpc(exchange: &mut Exchange) {
    let is_grpc =
        |e: &Exchange| e.header(Mark::Response, "content-type").is_some_and(|t| t.starts_with("application/grpc"));
    if exchange.outcome == Outcome::Complete
        && is_grpc(exchange)
        && exchange.header(Mark::Response, "grpc-status").is_some_and(is_fault)
    {
        exchange.outcome = Outcome::RpcFailed;
    }
}
