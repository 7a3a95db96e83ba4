//! Instructions of whole exchanges, of JSON and of ids, counted by callgrind: `cargo bench --bench instructions`.
//!
//! Counts don't vary with what else the machine does, unlike times. It runs itself under `valgrind`, each job twice, once
//! doing it more often than the other: the difference is what doing it costs, without start and warm-up.

#[path = "support/by_hand.rs"]
mod by_hand;
#[path = "support/connection.rs"]
mod connection;
#[path = "support/documents.rs"]
mod documents;
#[path = "support/drive.rs"]
mod drive;
#[path = "support/ids.rs"]
mod ids;
#[path = "support/jobs.rs"]
mod jobs;
#[path = "support/records.rs"]
mod records;
#[path = "support/stacks.rs"]
mod stacks;

use jobs::Job;
use std::{env, process::Command};

/// Set to `JOB TIMES` in a run under `valgrind`.
const RUN: &str = "TOWER_REQUEST_LOG_RUN";

fn main() {
    if let Ok(run) = env::var(RUN) {
        let (job, times) = run.split_once(' ').unwrap();
        return do_it(job.parse().unwrap(), times.parse().unwrap());
    }
    if jobs::smoke() {
        return jobs::table("times", true, |job, _| {
            job.start()();
            1.0
        });
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        return println!("not counted: there is no `valgrind` on this machine");
    }
    jobs::table("instructions", true, |job, number| {
        let (few, many) = (job.times / 5, job.times);
        (counted(number, many) - counted(number, few)) as f64 / (many - few) as f64
    });
}

fn do_it(job: usize, times: u64) {
    drive::discard_tracing();
    let mut run = Job::all()[job].start();
    (0..times).for_each(|_| run());
}

/// The instructions of the process that does a job so many times.
fn counted(job: usize, times: u64) -> u64 {
    let valgrind = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().unwrap())
        .env(RUN, format!("{job} {times}"))
        // Valgrind counts `rep stosb` and `rep movsb` by the byte; glibc's vector loops are counted as they run.
        .env(
            "GLIBC_TUNABLES",
            "glibc.cpu.x86_rep_stosb_threshold=1000000000:glibc.cpu.x86_rep_movsb_threshold=1000000000",
        )
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&valgrind.stderr);
    // `==4242== Collected : 123456`
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    collected.unwrap_or_else(|| panic!("{report}")).1.trim().parse().unwrap()
}
