//! What one writes without this crate to show JSON: parse, redact, print, prefix.

use serde_json::Value;

/// Names that are hidden, compared as they are: cheaper than comparing them folded.
const SECRETS: [&str; 12] = [
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "password",
    "secret",
    "client_secret",
    "api_key",
    "private_key",
    "authorization",
    "signature",
    "player_ledger",
];

/// Appends `json`, redacted and indented, each line after `prefix`; as it is where it can't be parsed.
pub(crate) fn print(json: &[u8], prefix: &str, out: &mut String) {
    let Ok(mut value) = serde_json::from_slice(json) else {
        out.push_str(&String::from_utf8_lossy(json));
        return;
    };
    redact(&mut value);
    let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
    for line in pretty.lines() {
        out.push_str(prefix);
        out.push_str(line);
        out.push('\n');
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if SECRETS.contains(&name.as_str()) {
                    *value = Value::String("REDACTED".to_owned());
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(redact),
        _ => {}
    }
}
