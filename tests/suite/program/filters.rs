//! Filters on the command line.

use super::{all, printed, run, run_with};

/// The statuses of what a filter keeps.
fn statuses(filter: &str) -> Vec<String> {
    let lines = printed(run(&["-1", filter, "games.log"]));
    lines.lines().map(|line| line[25..28].to_owned()).collect()
}

#[test]
fn every_field_chooses() {
    for (filter, kept) in [
        ("status>=500", &["502"][..]),
        ("status:2xx", &["200"]),
        ("status:none", &["---"]),
        ("not status:2xx", &["---", "502"]),
        ("path:/games/*/bet", &["502"]),
        ("method:POST", &["---", "502"]),
        ("route:/games/{game}", &["200"]),
        ("id:03523nSUCMQXgtAuh1LPX8", &["200"]),
        ("id:ccbYQHB1xzwqWkjvyKV5i9", &["502"]),
        ("id:ccbYQHB1xzwqWkjvyKV5i9*", &["---", "502"]),
        ("time>100ms", &["502"]),
        ("time<1ms", &["200"]),
        ("end>9ms", &["502", "200"]),
        ("header.content-type:json", &["---"]),
        ("body~voucher", &["---"]),
        ("body:PURSE", &["502"]),
        ("outcome:failed", &["---"]),
        ("outcome:aborted", &[]),
        ("kind:client", &["---"]),
        ("note:user", &["502"]),
        ("size>=48kB", &["200"]),
        ("since:2013-02-13T06:26:30Z", &["200"]),
        ("until:2013-02-13T06:26:30Z", &["---", "502"]),
        ("since:-15m", &[]),
        ("method:GET or (method:POST and time>1ms)", &["502", "200"]),
    ] {
        assert_eq!(statuses(filter), kept, "{filter}");
    }
}

#[test]
fn words_are_joined() {
    let lines = printed(run(&["-1", "method:POST", "not", "status:none", "games.log"]));
    assert_eq!(lines.lines().count(), 1);
}

#[test]
fn errors_point_at_the_place() {
    assert_eq!(
        all(run(&["games.log", "method:POST staus>=500"])),
        (
            String::new(),
            "request-log: the filter can't be read: no field is named `staus`\n  method:POST staus>=500\n              ^^^^^ did you mean `status`?\n"
                .to_owned(),
            Some(2)
        )
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_go_on() {
    let (out, err, status) = all(run(&["-1", "none.log", "games.log", "."]));
    assert_eq!(out.lines().count(), 3);
    assert_eq!(err, "request-log: none.log: No such file or directory (os error 2)\nrequest-log: .: Is a directory\n");
    assert_eq!(status, Some(2));
}

#[test]
fn a_file_whose_name_is_like_a_filter_is_a_file() {
    let log = b"a > GET / HTTP/1.1\na >\na < HTTP/1.1 204 No Content\na <\na   1.00ms\n";
    let shown = run_with(&["status:500"], &[("status:500", log)], b"");
    assert_eq!(printed(shown).as_bytes(), log);
}
