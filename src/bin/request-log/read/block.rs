//! Makes an exchange from the lines of `Lines`.

use super::{
    exchange::{Content, Exchange},
    text::Text,
};
use tower_request_log::format::lines::parse::{self, Mark};

/// Fills in what the lines say of the exchange.
pub(crate) fn read(exchange: &mut Exchange, text: Text) {
    if let Some((method, target, version)) =
        text.lines(Mark::Request).next().and_then(|line| parse::request_line(line.as_bytes()))
    {
        for (to, from) in
            [(&mut exchange.method, method), (&mut exchange.target, target), (&mut exchange.version, version)]
        {
            to.push_str(&String::from_utf8_lossy(from));
        }
    }
    let status_line = text.lines(Mark::Response).next().unwrap_or_default();
    exchange.status = parse::status(status_line.as_bytes());
    if exchange.version.is_empty() {
        exchange.version = status_line.split(' ').next().unwrap_or_default().to_owned();
    }
    let (notes, facts, end) = text.notes();
    exchange.time = end.and_then(|end| parse::milliseconds(end.as_bytes()));
    exchange.outcome = parse::outcome(exchange.status, text.headers(Mark::Response), notes);
    if let Some(facts) = facts {
        exchange.began = facts.began.try_into().ok();
        exchange.end = Some(facts.end);
        exchange.kind = facts.kind;
        exchange.peer = facts.peer;
        exchange.route = facts.route.map(str::to_owned);
    }
    exchange.cut =
        end.is_none() || exchange.method.is_empty() || (exchange.status.is_none() != exchange.time.is_none());
    exchange.content = Content::Lines(text);
}
