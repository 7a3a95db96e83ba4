//! What hostile text costs, as a multiple of what clean JSON of its length does: 64 KiB of one piece after the other, as bodies
//! of several types, as a target and as a header's value, with several sets of rules.
//!
//! It prints the dearest for each set of rules, or for the one that is named as an argument, and how much more four times the
//! text costs: far more than 4 is not linear.

#[path = "support/documents.rs"]
#[allow(dead_code)]
mod documents;
#[path = "support/hostile.rs"]
mod hostile;

use regex::Regex;
use std::{env, hint::black_box, time::Instant};
use tower_request_log::{Detector, Redactor};

const LEN: usize = 64 << 10;
/// How many are printed for each set of rules.
const WORST: usize = 12;

/// Puts a text into one of the places that it may have.
type Put = fn(&str) -> String;
/// Shows what has the text in it.
type Show = fn(&Redactor, &str);

const PLACES: [(&str, Put, Show); 8] = [
    ("text", str::to_owned, |redactor, text| body(redactor, "text/plain", text)),
    ("form", str::to_owned, |redactor, text| body(redactor, "application/x-www-form-urlencoded", text)),
    ("json", str::to_owned, |redactor, text| body(redactor, "application/json", text)),
    ("events", str::to_owned, |redactor, text| body(redactor, "text/event-stream", text)),
    (
        "multipart",
        |text| {
            let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
            [part, text, "\r\n--b--\r\n"].concat()
        },
        |redactor, text| body(redactor, "multipart/form-data; boundary=b", text),
    ),
    (
        "string",
        |text| format!("[{}]", serde_json::Value::from(text)),
        |redactor, text| body(redactor, "application/json", text),
    ),
    ("target", str::to_owned, |redactor, text| drop(black_box(redactor.show_target(black_box(text))))),
    ("header", str::to_owned, |redactor, text| drop(black_box(redactor.show_header("x-note", black_box(text))))),
];

fn body(redactor: &Redactor, content_type: &str, text: &str) {
    drop(black_box(redactor.show_body(content_type, black_box(text))));
}

fn main() {
    let smoke = env::args().any(|arg| arg == "--test") || !env::args().any(|arg| arg == "--bench");
    let len = if smoke { 512 } else { LEN };
    let pattern = Regex::new(r"acct-(?<secret>[0-9]+)").unwrap();
    let sets = [
        ("default", Redactor::new()),
        ("path", Redactor::new().path("/games/{game}/bet").path("/files/{*rest}")),
        ("pattern", Redactor::new().pattern(pattern)),
        ("names", Redactor::new().field("pin").field("user.name").query("q").header("x-client-id").cookie("id")),
        ("detectors", Redactor::new().detect(Detector::CardNumber).detect(Detector::Email).detect(Detector::Iban)),
        ("json path", Redactor::new().json_path("$.a[*].b")),
        ("allow only", Redactor::allow_only().allow_field("a")),
        ("every kind", hostile::redactor()),
    ];
    let (_, clean) = documents::ALL[2];
    let clean = String::from_utf8(clean()).unwrap();
    println!("{:<12} {:<10} {:>6} {:>6}  piece", "rules", "place", "times", "growth");
    // `TOWER_REQUEST_LOG_RUN='default,text,token: '` does one again and again, for a profiler.
    if let Ok(run) = env::var("TOWER_REQUEST_LOG_RUN") {
        let [rules, place, piece] = *run.splitn(3, ',').collect::<Vec<_>>() else { panic!("RULES,PLACE,PIECE") };
        let (_, redactor) = sets.iter().find(|(known, _)| *known == rules).unwrap();
        let (_, put, show) = PLACES.into_iter().find(|(known, ..)| *known == place).unwrap();
        let text = put(&hostile::text(piece, LEN));
        return (0..20).for_each(|_| show(redactor, &text));
    }
    let only = env::args().skip(1).find(|arg| !arg.starts_with('-'));
    for (rules, redactor) in sets.iter().filter(|(rules, _)| only.as_ref().is_none_or(|only| only == rules)) {
        let base = time(|| body(redactor, "application/json", &clean)) / clean.len() as f64;
        println!("{rules:<12} clean JSON: {:.2} ns a byte", base * 1e9);
        let mut all = Vec::new();
        for piece in hostile::PIECES {
            let texts = [len, len / 4].map(|len| hostile::text(piece, len));
            for (place, put, show) in PLACES {
                let [text, part] = texts.each_ref().map(|text| put(text));
                let (whole, quarter) = (time(|| show(redactor, &text)), time(|| show(redactor, &part)));
                all.push((whole / text.len() as f64 / base, whole / quarter, place, *piece));
            }
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (times, growth, place, piece) in all.iter().take(WORST) {
            println!("{rules:<12} {place:<10} {times:>6.1} {growth:>6.1}  {piece:?}");
        }
        for (times, growth, place, piece) in all.iter().skip(WORST).filter(|one| one.0 > 2.0 && one.1 > 6.0) {
            println!("{rules:<12} {place:<10} {times:>6.1} {growth:>6.1}  {piece:?} grows");
        }
    }
}

/// Returns the least time that it took, in seconds.
fn time(run: impl Fn()) -> f64 {
    let took = |_| {
        let began = Instant::now();
        run();
        began.elapsed().as_secs_f64()
    };
    (0..5).map(took).fold(f64::MAX, f64::min)
}
