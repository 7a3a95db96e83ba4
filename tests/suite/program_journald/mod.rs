//! `request-log` on a journal: the samples are what `journalctl` 252 printed of a journal to which `systemd-cat -t games` had
//! written, ids and host replaced. The log has a body line of 5,000 characters, and one with a tab and a DEL that the layer
//! would have escaped.

use std::process::Command;

/// Runs the program on a sample.
fn request_log(args: &[&str], sample: &str) -> String {
    let file = format!("{}/tests/suite/program_journald/{sample}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_request-log")).args(args).arg(file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

const WHOLE: &str = r#"{"exchanges":3,"unread":0,"cut":0,"dropped":0,"orphans":0}
"#;

#[test]
fn both_outputs_are_read_whole() {
    let long = "x".repeat(5_000);
    for sample in ["short.log", "json.log"] {
        assert_eq!(
            request_log(&["-1"], sample),
            "\
2026-11-28T16:00:01.000Z 503 POST    /games/7/bet                               2.31ms      0 B a
2026-11-28T16:00:02.000Z 200 GET     /                                          1.00ms   5.0 kB b
2026-11-28T16:00:03.000Z 200 GET     /tab\u{301}                                      1.00ms     11 B c
",
            "{sample}"
        );
        assert_eq!(request_log(&["check", "--json"], sample), WHOLE, "{sample}");
        let objects = request_log(&["--json"], sample);
        assert!(objects.contains(r#""body":{"wager":"0.01","name":"π 日本語"}"#), "{sample}: {objects}");
        assert!(
            objects.contains(&format!(r#""body":"{long}""#)) && objects.contains("\"body\":\"a\\ttab and \\u007f\"")
        );
        assert!(objects.contains(r#""service":"games""#) && objects.contains(r#""peer":"10.47.108.9:50112""#));
    }
}

/// Without `--all`, `journalctl` leaves out what is longer than 4,096 bytes in JSON, and what has a control character in text.
#[test]
fn what_journalctl_leaves_out_is_told() {
    for sample in ["short-without-all.log", "json-without-all.log"] {
        let told = request_log(&["check", "--json"], sample);
        assert_eq!(told, WHOLE.replace(r#""unread":0"#, r#""unread":1"#), "{sample}");
    }
}
