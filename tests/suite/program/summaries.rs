//! `request-log stats` and `request-log check`.

use super::{LOG, all, printed, run, run_with};

#[test]
fn a_row_for_each_route() {
    assert_eq!(
        printed(run(&["stats", "games.log"])),
        "\
route              count   rate      errors     p50     p90     p99     max
-                      1  0.1/s  1 (100.0%)       -       -       -       -
/games/{game}          1  0.1/s           0  0.42ms  0.42ms  0.42ms  0.42ms
/games/{game}/bet      1  0.1/s  1 (100.0%)   164ms   164ms   164ms   164ms
all                    3  0.3/s   2 (66.7%)  0.42ms   164ms   164ms   164ms
"
    );
}

#[test]
fn an_object_for_each_key() {
    assert_eq!(
        printed(run(&["stats", "--json", "--by", "status,method", "games.log"])),
        concat!(
            r#"{"status":"-","method":"POST","count":1,"errors":1,"rate":0.105,"p50_ms":null,"p90_ms":null,"p99_ms":null,"max_ms":null}"#,
            "\n",
            r#"{"status":"200","method":"GET","count":1,"errors":0,"rate":0.105,"p50_ms":0.42,"p90_ms":0.42,"p99_ms":0.42,"max_ms":0.42}"#,
            "\n",
            r#"{"status":"502","method":"POST","count":1,"errors":1,"rate":0.105,"p50_ms":164,"p90_ms":164,"p99_ms":164,"max_ms":164}"#,
            "\n",
        )
    );
    let all = printed(run(&["stats", "--json", "--by", "none", "kind:server", "games.log"]));
    assert_eq!(
        all,
        "{\"count\":2,\"errors\":1,\"rate\":0.210,\"p50_ms\":0.42,\"p90_ms\":164,\"p99_ms\":164,\"max_ms\":164}\n"
    );
}

#[test]
fn a_log_that_is_whole() {
    assert_eq!(
        printed(run(&["check", "games.log"])),
        "         3  exchanges
         0  unread: lines that are no part of an exchange
         0  cut: exchanges of which lines are missing
         0  dropped: records that the log says were lost
         0  orphans: calls whose parent is not in the log
"
    );
}

fn check(log: &str) -> (String, Option<i32>) {
    let (out, err, status) = all(run_with(&["check", "--json"], &[], log.as_bytes()));
    assert_eq!(err, "");
    (out, status)
}

#[test]
fn what_is_wrong_is_counted() {
    let whole = r#"{"exchanges":3,"unread":0,"cut":0,"dropped":0,"orphans":0}"#;
    assert_eq!(check(LOG), (format!("{whole}\n"), Some(0)));
    // A transport that delivers at least once delivered all of it twice.
    assert_eq!(check(&LOG.repeat(2)), (format!("{whole}\n"), Some(0)));
    let wrong = |name: &str, count: u32, exchanges: u32| {
        let object = whole.replace(&format!("\"{name}\":0"), &format!("\"{name}\":{count}"));
        (object.replace("\"exchanges\":3", &format!("\"exchanges\":{exchanges}")) + "\n", Some(1))
    };
    assert_eq!(check(&format!("listening\n{LOG}")), wrong("unread", 1, 3));
    let dropped =
        "-   1234 records dropped (8.1 MB): standard output stalled for 12s\n-   1 record dropped (9 B): gone\n";
    assert_eq!(check(&format!("{LOG}{dropped}")), wrong("dropped", 1_235, 3));
    // The log ends in the middle of a block.
    let cut = LOG.trim_end().rsplit_once('\n').unwrap().0;
    assert_eq!(check(cut), wrong("cut", 1, 3));
    // A bare line that ends a head was lost.
    assert_eq!(check(&LOG.replace("ccbYQHB1xzwqWkjvyKV5i9 <\n", "")).1, Some(1));
    let orphan = LOG.replace("ccbYQHB1xzwqWkjvyKV5i9 ", "another ");
    assert_eq!(check(&orphan), wrong("orphans", 1, 3));
}

#[test]
fn a_block_that_was_sent_again_from_its_middle_counts_once() {
    let lines: Vec<&str> = LOG.lines().collect();
    // The transport lost its connection after the fifth line of the first block, and began again with its first.
    let again = [&lines[..5], &lines[..]].concat();
    let whole = ("{\"exchanges\":3,\"unread\":0,\"cut\":0,\"dropped\":0,\"orphans\":0}\n".to_owned(), Some(0));
    assert_eq!(check(&(again.join("\n") + "\n")), whole);
    // It sent the last lines again, from the middle of any block on.
    for from in 0..lines.len() {
        let again = [&lines[..], &lines[from..]].concat();
        assert_eq!(check(&(again.join("\n") + "\n")), whole, "{from}");
    }
}
