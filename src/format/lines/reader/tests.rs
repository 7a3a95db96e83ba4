use super::{
    super::block::{Block, Message},
    *,
};
use crate::record::{Kind, Outcome};
use proptest::{collection::vec, option, prelude::*, sample::select};
use std::time::{Duration, SystemTime};

fn read(log: &[u8], patience: u64) -> Vec<Entry> {
    Reader::new(log).patience(patience).map(Result::unwrap).collect()
}

/// Writes entries down in short.
fn show(entries: &[Entry]) -> Vec<String> {
    let text = |entry: &Entry| match entry {
        Entry::Exchange(block) => block.to_string(),
        Entry::Notice(text) => format!("notice: {text}"),
        Entry::Unread(line) => format!("unread: {line}"),
    };
    entries.iter().map(text).collect()
}

const BET: &str = "\
ccbYQHB1xzwqWkjvyKV5i9 > POST /games/REDACTED/bet?access_token=REDACTED HTTP/1.1
ccbYQHB1xzwqWkjvyKV5i9 > Host: games.internal.betable.com
ccbYQHB1xzwqWkjvyKV5i9 > X-Empty:
ccbYQHB1xzwqWkjvyKV5i9 >
ccbYQHB1xzwqWkjvyKV5i9 > {
ccbYQHB1xzwqWkjvyKV5i9 >     \"economy\": \"sandbox\"
ccbYQHB1xzwqWkjvyKV5i9 > }
ccbYQHB1xzwqWkjvyKV5i9 < HTTP/1.1 201 Created
ccbYQHB1xzwqWkjvyKV5i9 <
ccbYQHB1xzwqWkjvyKV5i9 < one
ccbYQHB1xzwqWkjvyKV5i9 <
ccbYQHB1xzwqWkjvyKV5i9 < three
ccbYQHB1xzwqWkjvyKV5i9   request body: 65536 of 1048576 bytes logged
ccbYQHB1xzwqWkjvyKV5i9   began 2013-02-13T06:26:26.123Z, end 165ms, peer 10.47.108.9:50112, route /games/{game}/bet
ccbYQHB1xzwqWkjvyKV5i9   164ms
";

fn bet(prefix: &str) -> Block {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    Block {
        id: "ccbYQHB1xzwqWkjvyKV5i9".to_owned(),
        prefix: prefix.to_owned(),
        request: Some(Message {
            start: "POST /games/REDACTED/bet?access_token=REDACTED HTTP/1.1".to_owned(),
            headers: [("Host", "games.internal.betable.com"), ("X-Empty", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            body: Some(texts(&["{", "    \"economy\": \"sandbox\"", "}"])),
        }),
        response: Some(Message {
            start: "HTTP/1.1 201 Created".to_owned(),
            headers: Vec::new(),
            body: Some(texts(&["one", "", "three"])),
        }),
        notes: texts(&["request body: 65536 of 1048576 bytes logged"]),
        facts: Some(
            "began 2013-02-13T06:26:26.123Z, end 165ms, peer 10.47.108.9:50112, route /games/{game}/bet".to_owned(),
        ),
        end: Some("164ms".to_owned()),
    }
}

/// Returns `log` with `prefix` before each line.
fn prefixed(log: &str, prefix: &str) -> String {
    log.lines().map(|line| format!("{prefix}{line}\n")).collect()
}

#[test]
fn a_block_is_taken_apart_and_put_together() {
    assert_eq!(read(BET.as_bytes(), 0), [Entry::Exchange(bet(""))]);
    assert_eq!(bet("any ").to_string(), BET);
}

#[test]
fn parts_have_names() {
    let block = bet("");
    assert_eq!(block.method(), Some("POST"));
    assert_eq!(block.target(), Some("/games/REDACTED/bet?access_token=REDACTED"));
    assert_eq!(block.version(), Some("HTTP/1.1"));
    assert_eq!(block.status(), Some(201));
    assert_eq!(block.time_to_first_byte().map(|time| time.as_millis()), Some(164));
    assert_eq!(block.began(), Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_360_736_786_123)));
    assert_eq!(block.end().map(|time| time.as_millis()), Some(165));
    assert_eq!(block.kind(), Some(Kind::Server));
    assert_eq!(block.peer(), Some("10.47.108.9:50112".parse().unwrap()));
    assert_eq!(block.route(), Some("/games/{game}/bet"));
    assert_eq!(block.outcome(), Some(Outcome::Complete));
    assert!(block.is_whole());
    let request = block.request.unwrap();
    assert_eq!(request.header("HOST"), Some("games.internal.betable.com"));
    assert_eq!(request.header("cookie"), None);
    assert_eq!(request.text(), "{\n    \"economy\": \"sandbox\"\n}");
    assert_eq!(Block::default().method(), None);
    assert_eq!(Block::default().time_to_first_byte(), None);
    assert_eq!(Block::default().began(), None);
    assert_eq!(Block::default().outcome(), None);
}

#[test]
fn transports_put_things_before_the_id() {
    for prefix in [
        "Feb 13 06:26:26 prod02 betable-games: ",
        "Feb  3 06:26:26 prod02 betable-games[123]: ",
        "<134>1 2026-11-22T14:45:51.003Z prod02 betable-games 123 - - ",
        "2026-11-22T14:45:51.123456789Z stdout F ",
        "db           | ",
        "[a > b] ",
        "prod02\tgames\t",
    ] {
        assert_eq!(read(prefixed(BET, prefix).as_bytes(), 0), [Entry::Exchange(bet(prefix))], "{prefix}");
    }
}

/// Gives a line at a time, and no more before it is asked again.
struct Tail<'a>(&'a std::cell::Cell<&'a [u8]>);

impl Read for Tail<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.0.get();
        let line = left.split_inclusive(|&b| b == b'\n').next().unwrap_or_default();
        let (now, later) = left.split_at(line.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        self.0.set(later);
        Ok(now.len())
    }
}

#[test]
fn a_block_is_handed_out_at_once_when_it_has_ended() {
    let log = format!("{BET}x > GET / HTTP/1.1\n");
    let left = std::cell::Cell::new(log.as_bytes());
    let mut reader = Reader::new(io::BufReader::with_capacity(16, Tail(&left)));
    assert_eq!(reader.next().unwrap().unwrap(), Entry::Exchange(bet("")));
    assert_eq!(left.get(), b"x > GET / HTTP/1.1\n");
}

#[test]
fn a_block_without_an_end_is_handed_out_too() {
    let lost = BET.trim_end().rsplit_once('\n').unwrap().0;
    let mut expected = bet("");
    expected.end = None;
    assert!(!expected.is_whole());
    assert_eq!(read(lost.as_bytes(), 9), [Entry::Exchange(expected.clone())]);
    // The lines after it have the same id.
    let log = format!("{lost}\n{BET}");
    assert_eq!(read(log.as_bytes(), 99), [Entry::Exchange(bet("")), Entry::Exchange(expected)]);
}

#[test]
fn only_the_last_note_before_the_end_is_the_facts() {
    let log = "\
a < HTTP/1.1 200 OK
a   began 2013-02-13T06:26:26.123Z, end 1ms
a   user: 42
a   began 2014-02-13T06:26:26.123Z, end 2ms, as client
a   no response
";
    let entries = read(log.as_bytes(), 9);
    assert_eq!(show(&entries), [log]);
    let Entry::Exchange(block) = &entries[0] else { panic!("no exchange") };
    assert_eq!(block.notes, ["began 2013-02-13T06:26:26.123Z, end 1ms", "user: 42"]);
    assert_eq!((block.kind(), block.end()), (Some(Kind::Client), Some(Duration::from_millis(2))));
    assert_eq!(block.time_to_first_byte(), None);
}

#[test]
fn colours_are_taken_off() {
    let log = prefixed(BET, "\u{1b}[36mweb-1  | \u{1b}[0m");
    assert_eq!(read(log.as_bytes(), 0), [Entry::Exchange(bet("web-1  | "))]);
    let log = BET.replace(" >", " >\u{1b}[0m").replace("ccb", "\u{1b}[2mccb");
    assert_eq!(read(log.as_bytes(), 0), [Entry::Exchange(bet(""))]);
}

#[test]
fn lines_that_go_on_are_joined() {
    let [a, b] = ["a", "b"].map(|c| c.repeat(300));
    let log = format!(
        "\
p: id > GET /{a}
q: id > GET /{b} HTTP/1.1
p: id >+ {b} HTTP/1.1
p: id > A-{a}
p: id >+ {b}: {a}
p: id >+  x
p: id >
p: id > {a}
p: id >+ {b}
p: id > {a}
p: id < HTTP/1.1 200 OK
p: id <
p: id < {b}
p: id <+ {a}
p: id   {b}
p: id  + {a}
p: -   {a}
q: -   {b}
q: -  + {a}
p: id   1ms
q: id   2ms
"
    );
    assert_eq!(
        show(&read(log.as_bytes(), 99)),
        [
            format!("notice: {a}"),
            format!(
                "id > GET /{a}{b} HTTP/1.1\nid > A-{a}{b}: {a} x\nid >\nid > {a}{b}\nid > {a}\nid < HTTP/1.1 200 OK\nid <\nid < {b}{a}\nid   {b}{a}\nid   1ms\n"
            ),
            format!("notice: {b}{a}"),
            format!("id > GET /{b} HTTP/1.1\nid   2ms\n"),
        ]
    );
}

#[test]
fn what_goes_on_nothing_is_handed_on() {
    let a = "a".repeat(300);
    let log = format!(
        "\
id >+ x
id > GET / HTTP/1.1
id >+ {a}
id < HTTP/1.1 200 OK
id < no-header {a}
id <+ more
id >+ x
id <
id < {a}
id  + x
id   1ms
-  + x
x > GET {a}
x >+ {a}
x > a: b
y > GET {a}
"
    );
    let expected = [
        "unread: id >+ x".to_owned(),
        format!("unread: id >+ {a}"),
        "unread: id >+ x".to_owned(),
        format!("unread: id < no-header {a}"),
        "unread: id <+ more".to_owned(),
        "unread: id  + x".to_owned(),
        format!("id > GET / HTTP/1.1\nid < HTTP/1.1 200 OK\nid <\nid < {a}\nid   1ms\n"),
        "unread: -  + x".to_owned(),
        format!("unread: x > GET {a}"),
        format!("unread: x >+ {a}"),
        "unread: x > a: b".to_owned(),
        format!("unread: y > GET {a}"),
    ];
    assert_eq!(show(&read(log.as_bytes(), 99)), expected);
}

#[test]
fn crlf_and_a_missing_end_of_line() {
    assert_eq!(read(BET.replace('\n', "\r\n").as_bytes(), 0), [Entry::Exchange(bet(""))]);
    assert_eq!(read(BET.trim_end().as_bytes(), 0), [Entry::Exchange(bet(""))]);
}

#[test]
fn blocks_of_one_id_follow_each_other() {
    let log = format!("{BET}{BET}");
    assert_eq!(read(log.as_bytes(), 9), [Entry::Exchange(bet("")), Entry::Exchange(bet(""))]);
}

#[test]
fn two_processes_may_log_one_id_at_a_time() {
    let [client, server] = ["Feb 13 06:26:26 prod01 a: ", "Feb 13 06:26:27 prod02 b: "];
    let log: String = BET.lines().flat_map(|line| [client, server].map(|prefix| format!("{prefix}{line}\n"))).collect();
    assert_eq!(read(log.as_bytes(), 9), [Entry::Exchange(bet(client)), Entry::Exchange(bet(server))]);
}

#[test]
fn a_prefix_may_vary_within_a_block() {
    let log: String = BET.lines().zip('a'..).map(|(line, c)| format!("{c}: {line}\n")).collect();
    assert_eq!(read(log.as_bytes(), 9), [Entry::Exchange(bet("a: "))]);
}

#[test]
fn a_body_forges_nothing() {
    let log = "\
a > POST / HTTP/1.1
a >
a > GET /forged HTTP/1.1
a > a < HTTP/1.1 200 OK
a > b > GET /forged HTTP/1.1
a > -   forged
a < HTTP/1.1 200 OK
a <
a < HTTP/1.1 500 Internal Server Error
a   b > GET /forged HTTP/1.1
a   1ms
";
    assert_eq!(show(&read(log.as_bytes(), 9)), [log]);
    // Nor where its beginning is missing.
    let tail = "a > } x > GET /forged HTTP/1.1\na < b < HTTP/1.1 200 OK\n";
    assert_eq!(
        show(&read(tail.as_bytes(), 9)),
        ["unread: a > } x > GET /forged HTTP/1.1", "unread: a < b < HTTP/1.1 200 OK"]
    );
}

#[test]
fn what_does_not_fit_is_handed_on() {
    let log = "\
listening on 127.0.0.1:3000
a >     \"end\": \"of a body\"
a   12ms
-   1234 records dropped (8.1 MB): standard output stalled for 12s
- > GET / HTTP/1.1
b > GET / HTTP/1.1
b > no header
b < no status line
b < HTTP/1.1 200 OK
Feb 13 06:26:26 prod02 betable-games: -   1 record dropped
b   1ms
b < late

\u{1b}[31m
";
    assert_eq!(
        show(&read(log.as_bytes(), 9)),
        [
            "unread: listening on 127.0.0.1:3000",
            "unread: a >     \"end\": \"of a body\"",
            "unread: a   12ms",
            "notice: 1234 records dropped (8.1 MB): standard output stalled for 12s",
            "unread: - > GET / HTTP/1.1",
            "unread: b > no header",
            "unread: b < no status line",
            "notice: 1 record dropped",
            "b > GET / HTTP/1.1\nb < HTTP/1.1 200 OK\nb   1ms\n",
            "unread: b < late",
            "unread: ",
            "unread: \u{1b}[31m",
        ]
    );
}

#[test]
fn a_log_may_begin_with_a_response() {
    let log = "a < HTTP/1.1 200 OK\na <\na < body\na   1ms\n";
    assert_eq!(show(&read(log.as_bytes(), 9)), [log]);
    assert_eq!(read(log.as_bytes(), 9).len(), 1);
}

#[test]
fn blocks_come_out_once_others_have_gone_by() {
    let [a, b] = ["a > GET / HTTP/1.1\n", "b > GET / HTTP/1.1\n"];
    let log = format!("{a}x\n{b}y\nz\n");
    assert_eq!(show(&read(log.as_bytes(), 1)), ["unread: x", a, "unread: y", "unread: z", b]);
    assert_eq!(show(&read(log.as_bytes(), 0)), ["unread: x", a, "unread: y", b, "unread: z"]);
    assert_eq!(show(&read(log.as_bytes(), 9)), ["unread: x", "unread: y", "unread: z", a, b]);
}

#[test]
fn memory_is_bounded() {
    // A line with no end.
    let mut log = vec![b'x'; MAX_LINE as usize];
    log.extend_from_slice(b" a > GET / HTTP/1.1\nb > GET / HTTP/1.1\n");
    let entries = read(&log, 9);
    assert!(matches!(&entries[..], [Entry::Unread(_), Entry::Unread(rest), Entry::Exchange(_)]
        if rest == " a > GET / HTTP/1.1"));

    // A block with no end.
    let line = format!("a > {}\n", "x".repeat(1 << 20));
    let log = format!("a > GET / HTTP/1.1\na >\n{}", line.repeat(80));
    let entries = read(log.as_bytes(), 9);
    assert!(matches!(&entries[0], Entry::Exchange(block)
        if (60..65).contains(&block.request.as_ref().unwrap().body.as_ref().unwrap().len())));
    assert!(entries[1..].iter().all(|entry| matches!(entry, Entry::Unread(_))) && entries.len() > 10);
}

#[test]
fn an_error_ends_the_log() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    let input = io::BufReader::new(b"a > GET / HTTP/1.1\n".chain(Failing));
    let entries: Vec<_> = Reader::new(input).collect();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1].as_ref().unwrap_err().to_string(), "gone");
    assert!(matches!(&entries[0], Ok(Entry::Exchange(block)) if block.method() == Some("GET")));
}

#[test]
fn bytes_that_are_no_utf8_are_replaced() {
    let entries = read(b"a > GET / HTTP/1.1\na >\na > \xff\n", 9);
    assert_eq!(show(&entries), ["a > GET / HTTP/1.1\na >\na > \u{fffd}\n"]);
}

/// Makes a line of text as `Lines` prints it: escaped, and now and then hostile all the same.
fn text() -> impl Strategy<Value = String> {
    const HOSTILE: [&str; 9] =
        ["", " ", "   x", "-   x", "x > GET / HTTP/1.1", "GET / HTTP/1.1", "HTTP/1.1 200 OK", "a: b", "< >"];
    prop_oneof![select(&HOSTILE).prop_map(str::to_owned), "[^\\p{Cc}\u{2028}]{0,20}"]
}

fn message(start: impl Strategy<Value = String>) -> impl Strategy<Value = Message> {
    let headers = vec(("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", text()), 0..4);
    let body = option::weighted(0.9, vec(text(), 0..6));
    (start, headers, body).prop_map(|(start, headers, body)| Message { start, headers, body })
}

fn block() -> impl Strategy<Value = Block> {
    let request = message("[A-Z-]{1,8} [/*a-z][!-~]{0,20}( [!-~]{0,5})? HTTP/[0-9.]{1,3}");
    let response = message("HTTP/[0-9.]{1,3} [1-9][0-9]{2}( [!-~ ]{0,20})?");
    let facts = "began 20[0-9]{2}-0[1-9]-1[0-9]T1[0-9]:00:59\\.[0-9]{3}Z(, request body 0\\.31ms)?(, first body byte 1ms)?, end \
        [1-9][0-9]{1,3}ms(, as client)?(, peer 10\\.0\\.0\\.[1-9]:80)?(, route /[ ,a-z{}]{0,9})?";
    let end = prop_oneof![Just("no response".to_owned()), "[1-9][0-9]{1,6}ms", "[0-9]\\.[0-9]{2}ms"];
    let ends = (vec(text(), 0..4), option::weighted(0.8, facts), option::weighted(0.9, end));
    ("[A-Za-z0-9._:+/=@-]{1,128}", request, option::of(response), ends).prop_map(
        |(id, request, response, (notes, facts, end))| Block {
            id,
            prefix: String::new(),
            request: Some(request),
            response,
            notes,
            facts,
            end,
        },
    )
}

proptest! {
    #[test]
    fn what_is_printed_is_read(blocks in vec(block(), 1..5)) {
        prop_assume!(blocks.iter().all(|block| block.id != "-"));
        let log: String = blocks.iter().map(Block::to_string).collect();
        let entries: Vec<_> = blocks.into_iter().map(Entry::Exchange).collect();
        prop_assert_eq!(read(log.as_bytes(), 0), entries);
    }

    #[test]
    fn what_is_mixed_is_told_apart(
        mut blocks in vec(block(), 1..6),
        prefixes in vec(select(vec!["", "Feb 13 06:26:%T prod02 games: ", "[%T] web-1 | ", "db      | "]), 6),
        picks in vec(0..6usize, 0..200),
    ) {
        for (at, block) in blocks.iter_mut().enumerate() {
            block.id = format!("{at}{}", block.id.get(..block.id.len() - 1).unwrap());
        }
        let texts: Vec<_> = blocks.iter().map(Block::to_string).collect();
        let mut lines: Vec<_> = texts.iter().map(|text| text.lines()).collect();
        let mut log = String::new();
        let order = picks.into_iter().chain((0..6).cycle().take(6 * 40));
        for (tick, at) in order.enumerate() {
            if let Some(line) = lines.get_mut(at).and_then(Iterator::next) {
                let prefix = prefixes[at].replace("%T", &tick.to_string());
                let block = &mut blocks[at];
                if block.request.as_ref().unwrap().start == line.split_once(" > ").map_or("", |(_, text)| text)
                    && block.prefix.is_empty()
                {
                    block.prefix.clone_from(&prefix);
                }
                log.push_str(&format!("{prefix}{line}\n"));
            }
        }
        let mut entries = read(log.as_bytes(), u64::MAX);
        entries.sort_by_key(|entry| match entry {
            Entry::Exchange(block) => block.id.clone(),
            other => panic!("{other:?} in {log}"),
        });
        prop_assert_eq!(entries, blocks.into_iter().map(Entry::Exchange).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_lost_of_any_bytes(log in vec(select(b"a-> < \n\r\n\xff:HTTP/1.1 200GET"), 0..200)) {
        let lines = log.split(|&b| b == b'\n').count();
        let read: usize = read(&log, 3)
            .iter()
            .map(|entry| if let Entry::Exchange(block) = entry { block.to_string().lines().count() } else { 1 })
            .sum();
        prop_assert!(read == lines || read + 1 == lines);
    }
}
