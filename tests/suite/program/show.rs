//! `request-log`: blocks, lines and objects.

use super::{LOG, all, command, directory, prefixed, printed, run, run_with};
use std::io::Read;

#[test]
fn blocks_are_shown_as_they_were_printed() {
    assert_eq!(printed(run(&["games.log"])), LOG);
    assert_eq!(printed(run_with(&[], &[], LOG.as_bytes())), LOG);
    assert_eq!(printed(run_with(&["-"], &[], LOG.as_bytes())), LOG);
}

#[test]
fn the_program_stands_before_each_line_where_a_transport_told_it() {
    let log = prefixed(LOG, "Feb 13 06:26:26 prod02 betable-games[12]: ");
    let shown = printed(run_with(&[], &[], log.as_bytes()));
    assert_eq!(shown, prefixed(LOG, "betable-games: "));
    // What is shown is read again.
    assert_eq!(printed(run_with(&[], &[], shown.as_bytes())), shown);
}

#[test]
fn an_exchange_is_a_line() {
    assert_eq!(
        printed(run(&["-1", "games.log"])),
        "\
2013-02-13T06:26:26.130Z --- POST    http://purse.internal/debit                     -        - ccbYQHB1xzwqWkjvyKV5i9.1
2013-02-13T06:26:26.123Z 502 POST    /games/REDACTED/bet?access_token=REDACTED    164ms     10 B ccbYQHB1xzwqWkjvyKV5i9
2013-02-13T06:26:35.623Z 200 GET     /games/7                                   0.42ms  48.2 kB 03523nSUCMQXgtAuh1LPX8
"
    );
}

#[test]
fn what_is_no_line_of_ours_shows_in_a_whole_view_alone() {
    let log = format!(
        "listening on \u{1b}[1m127.0.0.1:3000\n{LOG}-   12 records dropped (8.1 MB): standard output stalled\n"
    );
    assert_eq!(printed(run_with(&[], &[], log.as_bytes())), log);
    let posts = printed(run_with(&["method:POST", "service:none or status>=500"], &[], log.as_bytes()));
    assert_eq!(posts.lines().count(), 13);
    assert!(!posts.contains("listening") && !posts.contains("dropped"));
}

#[test]
fn objects_are_those_of_json_lines() {
    let objects = printed(run(&["--json", "id:ccbYQHB1xzwqWkjvyKV5i9*", "games.log"]));
    assert_eq!(
        objects,
        concat!(
            r#"{"request_id":"ccbYQHB1xzwqWkjvyKV5i9.1","timestamp":"2013-02-13T06:26:26.130Z","kind":"client","service":null,"began_ms":1360736786130.000,"#,
            r#""outcome":"service failed","method":"POST","target":"http://purse.internal/debit","version":"HTTP/1.1","#,
            r#""route":null,"peer":null,"status":null,"ttfb_ms":null,"end_ms":2.110,"#,
            r#""request":{"headers":{"content-type":["application/json"]},"body_is":"json","#,
            r#""body":{"amount":0.010,"voucher":null}},"response":null,"#,
            r#""notes":["service failed: client error (Connect): tcp connect error: Connection refused (os error 111)"]}"#,
            "\n",
            r#"{"request_id":"ccbYQHB1xzwqWkjvyKV5i9","timestamp":"2013-02-13T06:26:26.123Z","kind":"server","service":null,"began_ms":1360736786123.000,"#,
            r#""outcome":"complete","method":"POST","target":"/games/REDACTED/bet?access_token=REDACTED","#,
            r#""version":"HTTP/1.1","route":"/games/{game}/bet","peer":"10.47.108.9:50112","status":502,"#,
            r#""ttfb_ms":164.000,"end_ms":165.000,"request":{"headers":{"host":["games.internal.betable.com"],"#,
            r#""authorization":["Basic REDACTED (client_id: betable)"]},"body_is":"none","body":null},"#,
            r#""response":{"headers":{"content-type":["text/plain"],"content-length":["10"]},"body_is":"text","#,
            r#""body":"no purse\n1"},"notes":["user: 42"]}"#,
            "\n",
        )
    );
    // They are read again, as what JsonLines printed is.
    let lines = |log: &str| printed(run_with(&["-1"], &[], log.as_bytes()));
    assert_eq!(lines(&objects), lines(LOG).lines().take(2).map(|line| format!("{line}\n")).collect::<String>());
    assert_eq!(printed(run_with(&["--json"], &[], objects.as_bytes())), objects);
}

#[test]
fn colors_are_for_terminals_and_those_who_ask() {
    let log = "a > GET /x HTTP/1.1\na > Host: b\na >\na > {\"n\": 1}\na < HTTP/1.1 500 Internal Server Error\na <\na   1.00ms\n";
    let colored = printed(run_with(&["--color", "always"], &[], log.as_bytes()));
    assert_eq!(
        colored,
        "\
\u{1b}[2ma\u{1b}[0m \u{1b}[34m>\u{1b}[0m \u{1b}[1mGET /x\u{1b}[0m \u{1b}[2mHTTP/1.1\u{1b}[0m
\u{1b}[2ma\u{1b}[0m \u{1b}[34m>\u{1b}[0m \u{1b}[36mHost\u{1b}[0m: b
\u{1b}[2ma\u{1b}[0m \u{1b}[34m>\u{1b}[0m
\u{1b}[2ma\u{1b}[0m \u{1b}[34m>\u{1b}[0m {\u{1b}[36m\"n\"\u{1b}[0m: \u{1b}[33m1\u{1b}[0m}
\u{1b}[2ma\u{1b}[0m \u{1b}[1m\u{1b}[31m<\u{1b}[0m \u{1b}[2mHTTP/1.1\u{1b}[0m \u{1b}[1m\u{1b}[31m500 Internal Server Error\u{1b}[0m
\u{1b}[2ma\u{1b}[0m \u{1b}[1m\u{1b}[31m<\u{1b}[0m
\u{1b}[2ma\u{1b}[0m \u{1b}[2m \u{1b}[0m \u{1b}[1m1.00ms\u{1b}[0m
"
    );
    assert_eq!(printed(run_with(&[], &[], log.as_bytes())), log);
}

#[test]
fn what_a_terminal_obeys_is_escaped() {
    // The layer prints none of it raw; another program's log may.
    let log = "\
\u{1b}]0;x\u{7}: a > GET /\u{1b}[2Jx\u{202e} HTTP/1.1
\u{1b}]0;x\u{7}: a > Host: \u{9b}b
\u{1b}]0;x\u{7}: a >
\u{1b}]0;x\u{7}: a < HTTP/1.1 200 OK
\u{1b}]0;x\u{7}: a <
\u{1b}]0;x\u{7}: a < \u{8}c
\u{1b}]0;x\u{7}: a   began 2026-11-28T16:00:00.000Z, end 1.00ms
\u{1b}]0;x\u{7}: a   1.00ms
";
    let print = |args: &[&str]| printed(run_with(args, &[], log.as_bytes()));
    assert_eq!(
        print(&[]),
        r"\u{1b}]0;x\u{7}: a > GET /\u{1b}[2Jx\u{202e} HTTP/1.1
\u{1b}]0;x\u{7}: a > Host: \u{9b}b
\u{1b}]0;x\u{7}: a >
\u{1b}]0;x\u{7}: a < HTTP/1.1 200 OK
\u{1b}]0;x\u{7}: a <
\u{1b}]0;x\u{7}: a < \u{8}c
\u{1b}]0;x\u{7}: a   began 2026-11-28T16:00:00.000Z, end 1.00ms
\u{1b}]0;x\u{7}: a   1.00ms
"
    );
    assert_eq!(
        print(&["-1"]),
        format!("2026-11-28T16:00:00.000Z 200 GET     {:40}   1.00ms      2 B a\n", r"/\u{1b}[2Jx\u{202e}")
    );
    for args in [&["tree"][..], &["stats", "--by", "path,service"], &["--color", "always", "-1"]] {
        let printed = print(args);
        assert!(printed.contains(r"/\u{1b}[2Jx\u{202e}") && !printed.contains('\u{202e}'), "{printed:?}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let log = LOG.repeat(2_000);
    let directory = directory(&[("games.log", log.as_bytes())]);
    let mut child = command(directory.path(), &["-1", "games.log"]).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    assert_eq!(all(child.wait_with_output().unwrap()), (String::new(), String::new(), Some(0)));
}
