//! The samples in the documentation are what is printed.

use super::{Color, Entry, Lines, Reader};
use crate::{
    Redactor,
    capture::{Budget, Capture},
    captured::{self, Captured, Clock, End},
    fields::Fields,
    format::Format,
    record::Record,
};
use http::{HeaderName, HeaderValue, Method, StatusCode, Version};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// Returns the block number `nth` of text in a file's documentation.
fn sample(file: &str, nth: usize) -> String {
    let blocks = file.split("```text\n").nth(nth + 1).unwrap();
    let lines = blocks.lines().map(|line| line.trim_start().trim_start_matches(['/', '!']));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect()
}

fn fields(fields: &[(&'static str, &'static str)]) -> Fields {
    let field = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
    fields.iter().map(field).collect()
}

/// Describes one message: its headers and its body, and when its body began and ended, in microseconds.
type Message<'a> = (&'a [(&'static str, &'static str)], &'a str, [u64; 2]);

fn body((_, text, times): Message<'_>, start: Instant) -> Option<Box<captured::Body>> {
    let mut capture = Capture::new(1 << 16, Arc::new(Budget::new(1 << 20)));
    capture.push(text.as_bytes());
    let [first_byte, ended] = times.map(|micros| Some(start + Duration::from_micros(micros)));
    let (shown, seen, end) = (1 << 16, text.len() as u64, End::Complete);
    Some(Box::new(captured::Body { capture, shown, seen, end, first_byte, ended, ..Default::default() }))
}

fn record(
    (id, began): (&'static str, u64),
    (method, uri, request): (Method, &str, Message<'_>),
    (status, head, response): (StatusCode, u64, Message<'_>),
    redactor: Redactor,
) -> Record {
    let start = Instant::now();
    let head = Some(start + Duration::from_micros(head));
    let end = Some(start + Duration::from_micros(response.2[1]));
    let exchange = Captured {
        kind: Default::default(),
        id: id.to_owned(),
        id_replaced: None,
        method,
        target: uri.into(),
        target_shows: Default::default(),
        shown_target: Vec::new(),
        version: Version::HTTP_11,
        origin: Default::default(),
        fields: Vec::new(),
        fields_lost: 0,
        request_headers: fields(request.0).into(),
        request_body: body(request, start),
        status: Some(status),
        response_headers: fields(response.0),
        response_body: body(response, start),
        failure: None,
        open: false,
        clock: Clock { began: SystemTime::UNIX_EPOCH + Duration::from_millis(began), start, head, end },
        spare: [None, None],
    };
    Record::new(exchange, Arc::new(redactor), 1 << 20)
}

fn printed(format: &Lines, record: &Record) -> String {
    let mut out = Vec::new();
    format.render(record, 1 << 20, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn the_sample_of_the_format() {
    let sent = "{\"wager\":\"0.01\",\"player_ledger\":\"3b9a81d0-77c1-4e0e\"}";
    assert_eq!(sent.len(), 53);
    let headers = [
        ("host", "games.internal.betable.com"),
        ("content-type", "application/json; charset=utf8"),
        ("content-length", "53"),
    ];
    let request = (Method::POST, "/games/1f5c4a/bet?access_token=9b1deb4d", (&headers[..], sent, [100, 310]));
    let response = (StatusCode::CREATED, 164_203, (&[][..], "{\"payout\":\"0.00\"}", [164_250, 165_300]));
    let redactor = Redactor::new().path("/games/{game}/bet").field("player_ledger");
    let record = record(("ccbYQHB1xzwqWkjvyKV5i9", 1_360_736_786_123), request, response, redactor);
    let block = printed(&Lines::new(), &record);
    // The facts that only a framework knows are tested elsewhere.
    let shown = sample(include_str!("mod.rs"), 0).replace(", peer 10.47.108.9:50112, route /games/{game}/bet", "");
    assert_eq!(block, shown);

    let end = sample(include_str!("printer.rs"), 0);
    assert!(printed(&Lines::new().timings(true), &record).ends_with(&end));
    let untold = shown.replace("ccbYQHB1xzwqWkjvyKV5i9   began 2013-02-13T06:26:26.123Z, end 165ms\n", "");
    assert_eq!(printed(&Lines::new().facts(false), &record), untold);
}

#[test]
fn the_sample_of_the_crate() {
    let headers = [("host", "127.0.0.1:3000"), ("user-agent", "curl/8.14.1"), ("accept", "*/*")];
    let request = (Method::GET, "/players/ada?promo=x7&lang=en", (&headers[..], "", [0, 0]));
    let content_type = [("content-type", "text/plain; charset=utf-8")];
    let response = (StatusCode::OK, 80, (&content_type[..], "hello", [90, 100]));
    let redactor = Redactor::new().path("/players/{player}").query("promo");
    let record = record(("03523nSUCMQXgtAuh1LPX8", 1_795_358_751_003), request, response, redactor);
    let block = printed(&Lines::new(), &record);
    assert_eq!(block, sample(include_str!("../../lib.rs"), 0));
}

#[test]
fn the_sample_of_all_formats() {
    let request = (Method::GET, "/games/7?token=s3cret", (&[][..], "", [0, 0]));
    let response = (StatusCode::OK, 164_203, (&[("content-type", "text/plain")][..], "seven", [164_250, 181_300]));
    let record = record(("03523nSUCMQXgtAuh1LPX8", 1_360_736_786_123), request, response, Redactor::new());
    assert_eq!(printed(&Lines::new(), &record), sample(include_str!("../mod.rs"), 0));
}

#[test]
fn the_sample_of_long_lines() {
    let sample = sample(include_str!("printer.rs"), 1);
    let (first, _) = sample.split_once('\n').unwrap();
    let mut out = sample.replace("\nccbYQHB1xzwqWkjvyKV5i9 >+ ", "").into_bytes();
    super::fold::fold(&mut out, 0, "ccbYQHB1xzwqWkjvyKV5i9 > ".len(), first.len() + 1);
    assert_eq!(String::from_utf8(out).unwrap(), sample);
}

#[test]
fn the_sample_in_brief() {
    let request = (Method::GET, "/games/7", (&[("accept", "*/*")][..], "", [0, 0]));
    let response = (StatusCode::OK, 164_203, (&[("content-type", "text/plain")][..], "seven", [164_250, 165_300]));
    let record = record(("ccbYQHB1xzwqWkjvyKV5i9", 1_360_736_786_123), request, response, Redactor::new());
    let errors_in_full = Lines::new().brief(|record| record.status().is_some_and(|status| !status.is_server_error()));
    assert_eq!(printed(&errors_in_full, &record), sample(include_str!("printer.rs"), 2));
    let all_in_full = Lines::new().brief(|record| record.status().is_none());
    assert_eq!(printed(&all_in_full, &record), printed(&Lines::new(), &record));
}

#[test]
fn the_sample_of_a_body_with_many_lines() {
    let request = (Method::GET, "/", (&[][..], "", [0, 0]));
    let text = "line\n".repeat(9052);
    let response =
        (StatusCode::OK, 164_203, (&[("content-type", "text/plain")][..], text.as_str(), [164_250, 165_300]));
    let record = record(("ccbYQHB1xzwqWkjvyKV5i9", 1_360_736_786_123), request, response, Redactor::new());
    let block = printed(&Lines::new().body_lines(40), &record);
    assert_eq!(block.matches("ccbYQHB1xzwqWkjvyKV5i9 < line\n").count(), 40);
    assert!(block.contains(&sample(include_str!("printer.rs"), 3)), "{block}");
    // Enough are all.
    assert_eq!(printed(&Lines::new().body_lines(9052), &record), printed(&Lines::new(), &record));
    let none = printed(&Lines::new().body_lines(0), &record);
    assert!(!none.contains("< line") && none.contains("response body: 0 of 9052 lines logged\n"), "{none}");
    // The record limit may have left out some that nobody counted.
    let mut out = Vec::new();
    Lines::new().body_lines(40).render(&record, 5000, &mut out);
    let cut = String::from_utf8(out).unwrap();
    assert!(cut.contains("   response body: 40 of more than "), "{cut}");
    assert!(!cut.contains("cut at") && cut.matches("< line\n").count() == 40, "{cut}");
}

#[test]
fn a_block_in_colours_reads_as_one_without() {
    let request = (Method::GET, "/", (&[("accept", "*/*")][..], "", [0, 0]));
    let response = (StatusCode::OK, 164_203, (&[("content-type", "text/plain")][..], "seven", [164_250, 165_300]));
    let record = record(("ccbYQHB1xzwqWkjvyKV5i9", 1_360_736_786_123), request, response, Redactor::new());
    let [plain, painted] = [Color::Never, Color::Always].map(|color| printed(&Lines::new().color(color), &record));
    assert!(
        !plain.contains('\u{1b}') && painted.starts_with("\u{1b}[2mccbYQHB1xzwqWkjvyKV5i9 > \u{1b}[0m\u{1b}[1mGET / ")
    );
    let Some(Ok(Entry::Exchange(block))) = Reader::new(painted.as_bytes()).next() else { panic!("{painted}") };
    assert_eq!(block.to_string(), plain);
}

#[test]
fn notes_give_way_last() {
    let request = (Method::GET, "/games/7", (&[][..], "", [0, 0]));
    let response = (StatusCode::OK, 164_203, (&[][..], "seven", [164_250, 165_300]));
    let mut record = record(("id", 1_360_736_786_123), request, response, Redactor::new());
    let long: &'static str = "t".repeat(300).leak();
    record.exchange_mut().response_body.as_mut().unwrap().trailers = Some(Box::new(fields(&[("x-a", long); 100])));
    let mut out = Vec::new();
    Lines::new().render(&record, 4096, &mut out);
    let block = String::from_utf8(out).unwrap();
    assert!((2048..=4096).contains(&block.len()), "{}", block.len());
    assert!(
        block
            .starts_with("id > GET /games/7 HTTP/1.1\nid >\nid < HTTP/1.1 200 OK\nid <\nid   response trailer x-a: tt")
    );
    let end = "id   notes: cut at the record limit of 4096 bytes\nid   began 2013-02-13T06:26:26.123Z, end 165ms\nid   164ms\n";
    assert!(block.ends_with(end), "{block}");
}
