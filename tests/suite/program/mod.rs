//! The program `request-log`, run as a person runs it: on logs written down by hand, its output held literally.

mod filters;
mod following;
mod inputs;
mod show;
mod summaries;
mod tree;

use std::{
    fs,
    io::Write,
    net::UdpSocket,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

/// A POST that went well, a call that failed, and a GET, in the order of their ends.
const LOG: &str = include_str!("games.log");

/// Runs the program with `args` in an empty directory with `files`, and `stdin` on standard input.
fn run_with(args: &[&str], files: &[(&str, &[u8])], stdin: &[u8]) -> Output {
    let directory = directory(files);
    let mut child = command(directory.path(), args).stdin(Stdio::piped()).spawn().unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn directory(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_request-log"));
    command.args(args).current_dir(directory).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "PAGER", "REQUEST_LOG_PAGER"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program on `LOG` in `games.log`.
fn run(args: &[&str]) -> Output {
    run_with(args, &[("games.log", LOG.as_bytes())], b"")
}

/// Returns what it printed where it ended well and told nothing.
fn printed(output: Output) -> String {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the standard output, the standard error and the exit status.
fn all(output: Output) -> (String, String, Option<i32>) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// Returns `log` with `prefix` before each line.
fn prefixed(log: &str, prefix: &str) -> String {
    log.lines().map(|line| format!("{prefix}{line}\n")).collect()
}

fn path(directory: &tempfile::TempDir, name: &str) -> PathBuf {
    directory.path().join(name)
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = include_str!("../../../README.md");
    let section = readme.split("## The reader program\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let address = receiver.local_addr().unwrap().to_string();
    let mut shown = Vec::new();
    for block in section.split("```text\n").skip(1).map(|part| part.split("```").next().unwrap()) {
        for part in block.split("$ request-log ").skip(1) {
            let (line, output) = part.split_once('\n').unwrap();
            let line = line.split("    #").next().unwrap().replace("127.0.0.1:8125", &address);
            let words: Vec<&str> = line.split('\'').enumerate().fold(Vec::new(), |mut words, (at, part)| {
                // Quotes hold a word together.
                if at % 2 == 1 {
                    words.push(part)
                } else {
                    words.extend(part.split_ascii_whitespace())
                }
                words
            });
            let log = include_bytes!("shop.log");
            let printed = printed(run_with(&words, &[("shop.log", log)], b""));
            if words[0] == "metrics" {
                let mut datagram = [0; 512];
                let length = receiver.recv(&mut datagram).unwrap();
                assert_eq!(printed + str::from_utf8(&datagram[..length]).unwrap() + "\n", output, "{line}");
            } else {
                assert_eq!(printed, output, "{line}");
            }
            shown.push(words[0].to_owned());
        }
    }
    assert_eq!(shown, ["-1", "tree", "stats", "check", "alert", "export", "report", "metrics"]);
}
