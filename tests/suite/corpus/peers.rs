//! Compares the default redaction with the filters that others have by default, on the messages that they filter too: JSON,
//! forms and queries. Both judge a value by its field's name alone.

use super::{Case, Place, families, show};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write as _};
use tower_request_log::Redactor;

/// Hides what is filed under a name.
type Filter = fn(&str) -> bool;

const PEERS: [(&str, Filter); 2] = [("Rails", rails), ("Sentry", sentry)];

/// Looks for the entries that `rails new` writes into `config/initializers/filter_parameter_logging.rb` (Rails 8.0) anywhere in
/// a name, as `ActiveSupport::ParameterFilter` does.
fn rails(name: &str) -> bool {
    let parts =
        ["passw", "email", "secret", "token", "_key", "crypt", "salt", "certificate", "otp", "ssn", "cvv", "cvc"];
    let name = name.to_ascii_lowercase();
    parts.iter().any(|part| name.contains(part))
}

/// Compares a name with `DEFAULT_DENYLIST` of `sentry_sdk/scrubber.py`, whose entries are whole names. Sentry does so at the
/// top of a body unless it is told to go deeper; here it always goes deeper.
fn sentry(name: &str) -> bool {
    let names = "password passwd secret api_key apikey auth credentials mysql_pwd privatekey private_key token ip_address \
        session csrftoken sessionid remote_addr x_csrftoken x_forwarded_for set_cookie cookie authorization x_api_key \
        x_real_ip aiohttp_session connect.sid csrf_token csrf _csrf _csrf_token phpsessid _session symfony user_session \
        _xsrf xsrf-token";
    let name = name.to_ascii_lowercase();
    names.split(' ').any(|secret| secret == name)
}

/// A message that the peers filter.
enum Fields {
    Json(Value),
    Form(String),
}

impl Fields {
    fn of(case: &Case) -> Option<Self> {
        let message = str::from_utf8(&case.message).ok()?;
        match &case.place {
            Place::Target => Some(Fields::Form(message.split_once('?')?.1.to_owned())),
            Place::Body(kind) if kind.contains("form-urlencoded") => Some(Fields::Form(message.to_owned())),
            Place::Body(_) => {
                let json: Value = serde_json::from_str(message).ok()?;
                (json.is_object() || json.is_array()).then_some(Fields::Json(json))
            }
            Place::Header(_) => None,
        }
    }

    /// Returns the message as `filter` shows it.
    fn show(&self, filter: Filter) -> String {
        match self {
            Fields::Json(json) => {
                let mut json = json.clone();
                hide(&mut json, filter);
                serde_json::to_string(&json).unwrap()
            }
            Fields::Form(pairs) => {
                let show = |pair: &str| match pair.split_once('=') {
                    Some((name, _)) if filter(name) => format!("{name}=REDACTED"),
                    _ => pair.to_owned(),
                };
                pairs.split('&').map(show).collect::<Vec<_>>().join("&")
            }
        }
    }
}

/// Hides the values in `json` whose names `filter` finds.
fn hide(json: &mut Value, filter: Filter) {
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                match filter(name) {
                    true => *value = Value::from("REDACTED"),
                    false => hide(value, filter),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, filter)),
        _ => {}
    }
}

/// Counts messages that show a secret, and messages that lose what is none.
#[derive(Clone, Copy, Default)]
struct Count {
    leaking: usize,
    mangled: usize,
}

impl Count {
    fn add(&mut self, case: &Case, shown: &str, whole: bool) {
        self.leaking += usize::from(case.leak(shown, case.message.len()).is_some());
        self.mangled += usize::from(match case.secrets.is_empty() {
            true => !whole,
            false => case.harmless.iter().any(|part| !shown.contains(part.as_str())),
        });
    }
}

/// In no family does the default redaction show more secrets than a peer, or lose more of what is none.
#[test]
fn in_each_family_it_is_better_than_its_peers() {
    let ours = Redactor::new();
    let mut table = BTreeMap::<_, (usize, [Count; 3])>::new();
    for (family, cases) in families() {
        for case in &cases {
            let Some(fields) = Fields::of(case) else { continue };
            let (cases, [count, peers @ ..]) = table.entry(family.clone()).or_default();
            *cases += 1;
            let shown = show(&ours, case, case.message.len()).unwrap_or_default();
            count.add(case, &shown, Some(&shown) == show(&Redactor::none(), case, case.message.len()).as_ref());
            for ((_, filter), count) in PEERS.iter().zip(peers) {
                let shown = fields.show(*filter);
                count.add(case, &shown, shown == fields.show(|_| false));
            }
        }
    }
    let mut report = String::from("family, messages: leaking and mangled by us");
    PEERS.iter().for_each(|(name, _)| write!(report, ", by {name}").unwrap());
    let mut sum = (0, [Count::default(); 3]);
    for (family, (cases, counts)) in &table {
        write!(report, "\n{family}, {cases}:").unwrap();
        counts.iter().for_each(|count| write!(report, " {}+{}", count.leaking, count.mangled).unwrap());
        sum.0 += cases;
        for (sum, count) in sum.1.iter_mut().zip(counts) {
            sum.leaking += count.leaking;
            sum.mangled += count.mangled;
        }
    }
    write!(report, "\nall, {}:", sum.0).unwrap();
    sum.1.iter().for_each(|count| write!(report, " {}+{}", count.leaking, count.mangled).unwrap());
    println!("{report}");
    for (family, (_, [ours, peers @ ..])) in &table {
        for peer in peers {
            assert!(ours.leaking <= peer.leaking && ours.mangled <= peer.mangled, "{family}:\n{report}");
        }
    }
}
