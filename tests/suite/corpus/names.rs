//! The names of `tests/corpus/names`: what published lists take to be secret, and their harmless neighbours.

use std::{fs, path::PathBuf};
use tower_request_log::Redactor;

/// What a name has that has no value in the list.
const SECRET: &str = "q7Zt2LmX9bRw4VkD8sHn";
const HARMLESS: &str = "standard";

/// Returns what shows of a value, by where it stands: a name may stand in several places.
fn places(kind: &str, name: &str, value: &str) -> Vec<(&'static str, String)> {
    let redactor = Redactor::new();
    let text = |text: String| redactor.show_body("text/plain", text).unwrap();
    match kind {
        "json" => {
            let json = serde_json::json!({"id": 7, name: value, "ok": true}).to_string();
            vec![("JSON", redactor.show_body("application/json", json).unwrap())]
        }
        "query" => {
            let shown = redactor.show_target(&format!("/x?a=1&{name}={}&z=2", encoded(value)));
            vec![("query", shown.replace(&encoded(value), value))]
        }
        "header" => vec![("header", redactor.show_header(name, value))],
        "line" => vec![
            ("line with =", text(format!("A=1\n{name}={value}\nB=2\n"))),
            ("line with :", text(format!("a: 1\n{name}: {value}\nb: 2\n"))),
        ],
        "option" => {
            let (program, option) = name.split_once(':').unwrap();
            let mut places = vec![("option", text(format!("$ {program} run {option} {value} --verbose\n")))];
            if option.starts_with("--") {
                places.push(("option with =", text(format!("$ {program} run {option}={value} --verbose\n"))));
            }
            places
        }
        kind => panic!("{kind} is no place"),
    }
}

/// Encodes what may not stand in a query.
fn encoded(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/*,".contains(&b);
    value.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Returns the part of a value that is the secret: of `sid=x`, that is `x`.
fn core(value: &str) -> &str {
    value.rsplit(['=', ':']).find(|part| !part.is_empty()).unwrap()
}

#[test]
fn published_lists_of_names_hold() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/names");
    let (mut faults, mut hidden, mut shown) = (Vec::new(), 0, 0);
    for file in fs::read_dir(folder).unwrap() {
        let (mut title, mut kinds) = (String::new(), Vec::new());
        for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let Some((mark, rest)) = line.split_once(' ') else { continue };
            let items = rest.split(' ').map(|item| {
                let (name, value) = item.split_once('=').map_or((item, None), |(name, value)| (name, Some(value)));
                (name, value.unwrap_or(if mark == "+" { SECRET } else { HARMLESS }))
            });
            match mark {
                "==" => title = rest.to_owned(),
                "in" => kinds = rest.split(' ').map(str::to_owned).collect(),
                "+" | "-" => items.for_each(|(name, value)| {
                    let secret = mark == "+";
                    *(if secret { &mut hidden } else { &mut shown }) += 1;
                    for (place, text) in kinds.iter().flat_map(|kind| places(kind, name, value)) {
                        let fault = if secret { text.contains(core(value)) } else { text.contains("REDACTED") };
                        if fault {
                            faults.push(format!("{title}: {name}, {place}:\n{text}"));
                        }
                    }
                }),
                _ => {}
            }
        }
    }
    assert!(faults.is_empty(), "{} fail:\n{}", faults.len(), faults.join("\n"));
    assert!(hidden > 850 && shown > 850, "{hidden} are hidden, {shown} show");
}
