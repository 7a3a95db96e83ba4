//! `request-log tree`.

use super::{all, printed, run, run_with};

const LOG: &str = include_str!("calls.log");

fn tree(args: &[&str]) -> String {
    printed(run_with(&[&["tree"], args].concat(), &[("calls.log", LOG.as_bytes())], b""))
}

#[test]
fn calls_stand_below_what_made_them() {
    assert_eq!(
        tree(&["calls.log"]),
        "\
0355VueSYU64rempicHKhb  2026-11-28T16:00:00.099Z
games                 POST /games/7/bet       201      +1ms      55ms   ███████████████████████████████████████████░░░░
└─ .1 purse           POST /debit             200      +0ms      35ms  ████████████████████████████
      ! its clock is 5 ms or more behind its caller's
   └─ .1 ledger:8080  GET /entries/7?limit=2  ---     +11ms         -           █

lost  2026-11-28T16:00:01.000Z
-
   ! not in the log
└─ .2 purse  GET /balance  500      +0ms    5.10ms  ███████████████████████████████████████████████░
"
    );
}

#[test]
fn an_id_or_a_filter_chooses_the_tree() {
    assert_eq!(
        tree(&["0355VueSYU64rempicHKhb.1.1", "calls.log"]),
        "\
0355VueSYU64rempicHKhb.1.1  2026-11-28T16:00:00.110Z
ledger:8080  GET /entries/7?limit=2  ---      +0ms         -  ████████████████████████████████████████████████
"
    );
    assert!(tree(&["path:/debit", "calls.log"]).starts_with("0355VueSYU64rempicHKhb  "));
    assert!(tree(&["status>=500", "calls.log"]).starts_with("lost  "));
    let (out, err, status) = all(run(&["tree", "nobody", "games.log"]));
    assert_eq!((out.as_str(), err.as_str(), status), ("", "request-log: no exchange of the id `nobody`\n", Some(1)));
}

#[test]
fn a_tree_is_an_object() {
    assert_eq!(
        tree(&["--json", "calls.log"]),
        concat!(
            r#"{"id":"0355VueSYU64rempicHKhb","kind":"server","service":"games","method":"POST","target":"/games/7/bet","#,
            r#""status":201,"began":"2026-11-28T16:00:00.100Z","ms":55,"children":["#,
            r#"{"id":"0355VueSYU64rempicHKhb.1","kind":"server","service":"purse","method":"POST","target":"/debit","#,
            r#""status":200,"began":"2026-11-28T16:00:00.099Z","ms":35,"#,
            r#""notes":["its clock is 5 ms or more behind its caller's"],"children":["#,
            r#"{"id":"0355VueSYU64rempicHKhb.1.1","kind":"client","service":"ledger:8080","method":"GET","#,
            r#""target":"http://ledger:8080/entries/7?limit=2","status":null,"began":"2026-11-28T16:00:00.110Z","#,
            r#""ms":null,"children":[]}]}]}"#,
            "\n",
            r#"{"id":"lost","kind":null,"service":null,"method":null,"target":null,"status":null,"began":null,"ms":null,"#,
            r#""notes":["not in the log"],"children":[{"id":"lost.2","kind":"server","service":"purse","method":"GET","#,
            r#""target":"/balance","status":500,"began":"2026-11-28T16:00:01.000Z","ms":5.1,"children":[]}]}"#,
            "\n",
        )
    );
}

#[test]
fn a_call_that_was_answered_twice_is_told() {
    let block = |second: u32, status: u16| {
        format!(
            "a > GET / HTTP/1.1\na > Host: games\na >\na < HTTP/1.1 {status}\na <\na   began 2026-11-28T16:00:{second:02}.000Z, end 500ms\na   500ms\n"
        )
    };
    let log = block(1, 503) + &block(2, 200);
    assert_eq!(
        printed(run_with(&["tree"], &[], log.as_bytes())),
        "\
a  2026-11-28T16:00:01.000Z
games   GET /  503      +0ms     500ms  ████████████████
   ! answered 2 times under one id
 again  GET /  200   +1000ms     500ms                                  ████████████████
"
    );
}
