//! `-f`: logs that grow, are rotated, truncated, and come into being.

use super::{LOG, command, directory, path};
use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Write},
    process::{Child, Stdio},
};

/// The program, following.
struct Follower {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Follower {
    fn new(directory: &tempfile::TempDir, args: &[&str]) -> Self {
        let mut child = command(directory.path(), args).stdin(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for the next line, and returns its last word.
    fn next(&mut self) -> String {
        self.lines.next().unwrap().unwrap().rsplit(' ').next().unwrap().to_owned()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn block(id: &str) -> String {
    format!("{id} > GET / HTTP/1.1\n{id} >\n{id} < HTTP/1.1 204 No Content\n{id} <\n{id}   1.00ms\n")
}

#[test]
fn a_log_is_followed_through_what_happens_to_it() {
    let directory = directory(&[("a.log", block("one").as_bytes())]);
    let mut follower = Follower::new(&directory, &["-1", "-f", "a.log", "later.log"]);
    assert_eq!(follower.next(), "one");

    // It grows, in the middle of a line.
    let mut log = OpenOptions::new().append(true).open(path(&directory, "a.log")).unwrap();
    let two = block("two");
    log.write_all(&two.as_bytes()[..30]).unwrap();
    log.write_all(&two.as_bytes()[30..]).unwrap();
    assert_eq!(follower.next(), "two");

    // It is rotated, and its writer goes on for a moment.
    fs::rename(path(&directory, "a.log"), path(&directory, "a.log.1")).unwrap();
    log.write_all(block("three").as_bytes()).unwrap();
    assert_eq!(follower.next(), "three");
    fs::write(path(&directory, "a.log"), block("four")).unwrap();
    assert_eq!(follower.next(), "four");

    // It is truncated.
    File::create(path(&directory, "a.log")).unwrap();
    fs::write(path(&directory, "later.log"), block("five")).unwrap();
    assert_eq!(follower.next(), "five");
    fs::write(path(&directory, "a.log"), block("6")).unwrap();
    assert_eq!(follower.next(), "6");
}

#[test]
fn a_block_is_out_as_soon_as_its_last_line_is_there() {
    for args in [&["-1"][..], &["-1", "-f"]] {
        let directory = directory(&[]);
        let mut follower = Follower::new(&directory, args);
        let mut stdin = follower.child.stdin.take().unwrap();
        for id in ["one", "two"] {
            stdin.write_all(block(id).as_bytes()).unwrap();
            assert_eq!(follower.next(), id);
        }
        drop(stdin);
        assert!(follower.lines.next().is_none());
        assert_eq!(follower.child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn stats_are_printed_while_the_log_grows() {
    let directory = directory(&[("games.log", LOG.as_bytes())]);
    let mut follower = Follower::new(&directory, &["stats", "-f", "--by", "none", "games.log"]);
    let mut printed = || follower.lines.next().unwrap().unwrap();
    assert_eq!(printed().trim_start(), "count   rate     errors     p50    p90    p99    max");
    assert_eq!(printed().trim_start(), "3  0.3/s  2 (66.7%)  0.42ms  164ms  164ms  164ms");
    let mut log = OpenOptions::new().append(true).open(path(&directory, "games.log")).unwrap();
    log.write_all(block("one").as_bytes()).unwrap();
    printed();
    assert_eq!(printed().trim_start(), "4  0.4/s  2 (50.0%)  1.00ms  164ms  164ms  164ms");
}
