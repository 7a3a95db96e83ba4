//! What transports make of a log.

use super::{LOG, prefixed, printed, run_with};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// What `-1` prints of an input.
fn lines(files: &[(&str, &[u8])]) -> String {
    let names: Vec<&str> = ["-1"].into_iter().chain(files.iter().map(|(name, _)| *name)).collect();
    printed(run_with(&names, files, b""))
}

/// What `-1` prints of the log as it is.
fn expected() -> String {
    lines(&[("games.log", LOG.as_bytes())])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A string of JSON.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn prefixes_are_taken_off() {
    for prefix in [
        "Feb 13 06:26:26 prod02 betable-games: ",
        "2013-02-13T06:26:26.300Z prod02 betable-games[123]: ",
        "<134>1 2013-02-13T06:26:26.300Z prod02 betable-games 123 - - ",
        "2013-02-13T06:26:26.300123456Z stdout F ",
        "games-1  | ",
        "[pod/games-7d4f/games] ",
    ] {
        assert_eq!(lines(&[("games.log", prefixed(LOG, prefix).as_bytes())]), expected(), "{prefix}");
    }
    assert_eq!(lines(&[("games.log", LOG.replace('\n', "\r\n").as_bytes())]), expected());
}

#[test]
fn gzip_is_unpacked_whatever_its_name() {
    assert_eq!(lines(&[("games.log.gz", &gzip(LOG.as_bytes()))]), expected());
    assert_eq!(printed(run_with(&["-1"], &[], &gzip(LOG.as_bytes()))), expected());
}

#[test]
fn docker_cuts_long_lines() {
    let mut log = String::new();
    for line in LOG.lines() {
        // The end of the line is in the last piece alone.
        let (a, b) = line.split_at(line.len() / 2);
        for piece in [a, &format!("{b}\n")] {
            let piece = quoted(piece);
            log += &format!("{{\"log\":{piece},\"stream\":\"stdout\",\"time\":\"2013-02-13T06:26:27.000000001Z\"}}\n");
        }
        log += "{\"log\":\"meanwhile\\n\",\"stream\":\"stderr\",\"time\":\"2013-02-13T06:26:27Z\"}\n";
    }
    assert_eq!(lines(&[("games-json.log", log.as_bytes())]), expected());
    let found = printed(run_with(&["-1", "id:03523nSUCMQXgtAuh1LPX8"], &[], log.as_bytes()));
    assert_eq!(found.lines().count(), 1);
}

#[test]
fn kubernetes_cuts_long_lines() {
    let mut log = String::new();
    for line in LOG.lines() {
        let (a, b) = line.split_at(line.len() / 2);
        log += &format!("2013-02-13T06:26:27.000000001Z stdout P {a}\n");
        log += "2013-02-13T06:26:27.000000002Z stderr F meanwhile\n";
        log += &format!("2013-02-13T06:26:27.000000003Z stdout F {b}\n");
    }
    assert_eq!(lines(&[("0.log", log.as_bytes())]), expected());
    let found = printed(run_with(&["-1", "id:03523nSUCMQXgtAuh1LPX8"], &[], log.as_bytes()));
    assert_eq!(found.lines().count(), 1);
}

#[test]
fn journald_gives_text_or_bytes() {
    let log: String = LOG
        .lines()
        .enumerate()
        .map(|(at, line)| {
            let message = if at % 2 == 0 { quoted(line) } else { format!("{:?}", line.as_bytes()) };
            format!(
                "{{\"__REALTIME_TIMESTAMP\":\"1360736787000000\",\"_HOSTNAME\":\"prod02\",\"_PID\":\"12\",\"SYSLOG_IDENTIFIER\":\"games\",\"MESSAGE\":{message}}}\n"
            )
        })
        .collect();
    assert_eq!(lines(&[("journal.json", log.as_bytes())]), expected());
    assert_eq!(printed(run_with(&["service:games"], &[], log.as_bytes())), prefixed(LOG, "games: "));
}

#[test]
fn json_lines_are_read_bare_and_behind_prefixes() {
    let objects = printed(run_with(&["--json"], &[], LOG.as_bytes()));
    let of_objects = |log: &str| {
        let lines = printed(run_with(&["-1"], &[], log.as_bytes()));
        // How long a body was is told by JsonLines alone, and there are no lengths in what the program prints.
        lines.lines().map(|line| line[..68].trim_end().to_owned()).collect::<Vec<_>>()
    };
    let expected: Vec<_> = expected().lines().map(|line| line[..68].trim_end().to_owned()).collect();
    assert_eq!(of_objects(&objects), expected);
    assert_eq!(of_objects(&prefixed(&objects, "Feb 13 06:26:26 prod02 games: ")), expected);
}

#[test]
fn several_are_merged_by_time() {
    let block = |id: &str, second: u32| {
        format!(
            "{id} > GET / HTTP/1.1\n{id} >\n{id} < HTTP/1.1 204 No Content\n{id} <\n{id}   began 2026-11-28T16:00:{second:02}.000Z, end 1.00ms\n{id}   1.00ms\n"
        )
    };
    let logs: Vec<String> = [[1, 4, 5], [2, 3, 6]]
        .iter()
        .map(|log| log.map(|second| block(&format!("s{second}"), second)).concat())
        .collect();
    let shown = lines(&[("a.log", logs[0].as_bytes()), ("b.log.gz", &gzip(logs[1].as_bytes()))]);
    let ids: Vec<_> = shown.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(ids, ["s1", "s2", "s3", "s4", "s5", "s6"]);
}

#[test]
fn a_block_goes_on_in_the_next_part_of_a_rotated_log() {
    let (old, new) = LOG.split_at(LOG.match_indices('\n').nth(13).unwrap().0 + 1);
    let (older, old) = old.split_at(old.match_indices('\n').nth(4).unwrap().0 + 1);
    let files = [("g.log", new.as_bytes()), ("g.log.1", old.as_bytes()), ("g.log.2.gz", &gzip(older.as_bytes()))];
    assert_eq!(lines(&files), expected());
}

#[test]
fn lines_that_were_cut_to_pieces_go_on() {
    let log = LOG.replace(
        "ccbYQHB1xzwqWkjvyKV5i9 > POST /games/REDACTED/bet?access_token=REDACTED HTTP/1.1\n",
        "ccbYQHB1xzwqWkjvyKV5i9 > POST /games/RED\nccbYQHB1xzwqWkjvyKV5i9 >+ ACTED/bet?access_token\nccbYQHB1xzwqWkjvyKV5i9 >+ =REDACTED HTTP/1.1\n",
    );
    assert_ne!(log, LOG);
    assert_eq!(printed(run_with(&[], &[], log.as_bytes())), LOG);
}

#[test]
fn processes_are_told_apart_that_write_one_id_at_a_time() {
    let both: String = LOG.lines().flat_map(|line| ["a", "b"].map(|name| format!("{name} | {line}\n"))).collect();
    let counted = printed(run_with(&["stats", "--by", "service", "--json"], &[], both.as_bytes()));
    let counts: Vec<_> = counted.lines().map(|line| line.split(",\"errors\"").next().unwrap()).collect();
    assert_eq!(counts, ["{\"service\":\"a\",\"count\":3", "{\"service\":\"b\",\"count\":3"]);
}

#[test]
fn the_sample_of_json_lines_is_read() {
    let docs = include_str!("../../../src/format/json_lines.rs");
    let sample = docs.split("/// ```json\n").nth(1).unwrap().split("/// ```").next().unwrap();
    let object: String = sample.lines().map(|line| line.trim_start_matches("/// ")).collect();
    assert_eq!(
        printed(run_with(&["method:POST", "note:user"], &[], object.as_bytes())),
        "\
ccbYQHB1xzwqWkjvyKV5i9 > POST /games/REDACTED/bet?access_token=REDACTED HTTP/1.1
ccbYQHB1xzwqWkjvyKV5i9 > host: games.internal.betable.com
ccbYQHB1xzwqWkjvyKV5i9 > accept: text/html
ccbYQHB1xzwqWkjvyKV5i9 > accept: */*
ccbYQHB1xzwqWkjvyKV5i9 > content-type: application/json; charset=utf8
ccbYQHB1xzwqWkjvyKV5i9 >
ccbYQHB1xzwqWkjvyKV5i9 > {
ccbYQHB1xzwqWkjvyKV5i9 >     \"wager\": \"0.01\",
ccbYQHB1xzwqWkjvyKV5i9 >     \"paylines\": [
ccbYQHB1xzwqWkjvyKV5i9 >         1,
ccbYQHB1xzwqWkjvyKV5i9 >         1,
ccbYQHB1xzwqWkjvyKV5i9 >         1
ccbYQHB1xzwqWkjvyKV5i9 >     ]
ccbYQHB1xzwqWkjvyKV5i9 > }
ccbYQHB1xzwqWkjvyKV5i9 < HTTP/1.1 201 Created
ccbYQHB1xzwqWkjvyKV5i9 < content-type: text/plain
ccbYQHB1xzwqWkjvyKV5i9 <
ccbYQHB1xzwqWkjvyKV5i9 < \"won\"
ccbYQHB1xzwqWkjvyKV5i9 < 0.00 GBP
ccbYQHB1xzwqWkjvyKV5i9   user: 42
ccbYQHB1xzwqWkjvyKV5i9   response trailer x-took: 3
ccbYQHB1xzwqWkjvyKV5i9   began 2013-02-13T06:26:26.123Z, end 164ms
ccbYQHB1xzwqWkjvyKV5i9   164ms
"
    );
}
