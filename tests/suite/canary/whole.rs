//! Every case, sent whole.

use super::{
    cases::{self, Case},
    exchange::{layer, send},
};
use std::collections::HashSet;
use tower_request_log::Redactor;

/// What both formats make of a case with other rules than its own.
fn log(case: &Case, redactor: &Redactor) -> (String, String) {
    let (layer, memory) = layer(redactor);
    send(&layer, &case.message, &[]);
    let records = memory.records();
    assert_eq!(records.len(), 1, "{}", case.name);
    (memory.text(), format!("{:?}", records[0]))
}

#[test]
fn there_are_enough_and_no_two_alike() {
    let triples: HashSet<_> = cases::all().iter().map(|case| (case.rules, &case.name)).collect();
    assert!(triples.len() >= 200, "{}", triples.len());
    assert_eq!(triples.len(), cases::all().len());
}

#[test]
fn no_secret_shows() {
    let mut leaks = Vec::new();
    for case in cases::all() {
        let (text, debug) = log(case, case.rules.redactor());
        for (what, shown) in [("the log", &text), ("Debug", &debug)] {
            if let Some(found) = case.finder().find(shown) {
                leaks.push(format!("{:?} {}\n    in {what}: {found}", case.rules, case.name));
            }
        }
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

/// Hiding everything would be easy.
#[test]
fn what_is_no_secret_shows() {
    let mut missing = Vec::new();
    for case in cases::all() {
        let message = &case.message;
        let values = message.headers.values().chain(message.trailers.values());
        let planted = [message.target.as_bytes(), &message.body]
            .into_iter()
            .chain(values.map(|value| value.as_bytes()))
            .any(|text| memchr::memmem::find(text, b"v1s1ble").is_some());
        let (text, _) = log(case, case.rules.redactor());
        if planted && !text.contains("v1s1ble") {
            missing.push(format!("{:?} {}\n{}", case.rules, case.name, text));
        }
    }
    assert!(missing.is_empty(), "{} hidden:\n{}", missing.len(), missing.join("\n"));
}

/// A canary that could not be seen would prove nothing: where it is not, a note or mark says that something is missing.
#[test]
fn without_rules_every_secret_shows() {
    const SAID: [&str; 3] = [" left out", ", not logged", " bytes]"];
    let mut missing = Vec::new();
    for case in cases::all().iter().filter(|case| !case.hidden_anyway) {
        let (text, _) = log(case, &Redactor::none());
        if case.finder().find(&text).is_none() && !SAID.iter().any(|said| text.contains(said)) {
            missing.push(format!("{:?} {}\n{}", case.rules, case.name, text));
        }
    }
    assert!(missing.is_empty(), "{} hidden:\n{}", missing.len(), missing.join("\n"));
}
