//! Allocations of whole exchanges, of JSON and of ids: `cargo bench --bench allocations`.

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

fn main() {
    // Only this thread's are counted.
    jobs::table("allocations", false, |job, _| {
        let times = if jobs::smoke() { 1 } else { job.times };
        let mut run = job.start();
        // What is allocated once for all is not an exchange's.
        run();
        let counted = allocation_counter::measure(|| (0..times).for_each(|_| run()));
        counted.count_total as f64 / times as f64
    });
}
