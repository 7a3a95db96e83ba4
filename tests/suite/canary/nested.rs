//! Secrets in documents of every shape: JSON in strings in forms in URLs in JSON, escaped at random, cut at random.

use super::secret::{Finder, SECRET, percent};
use proptest::prelude::*;
use tower_request_log::Redactor;

#[derive(Clone, Debug)]
enum Tree {
    Leaf,
    List(Vec<Tree>),
    Members(Vec<(&'static str, Tree)>),
    /// A string that is this document.
    Text(Box<Tree>),
    /// A string that is a form with this document in it.
    Form(Box<Tree>),
    /// A string that is a URL with this document in it.
    Url(Box<Tree>),
}

const SHOWN: [&str; 5] = ["a", "b c", "tokens", "https://h/?b=1", ""];
const HIDDEN: [&str; 7] =
    ["password", "Access-Token", "user.secret", "api_key", "client[secret]", "ｐasswd", "x.signature.0"];

fn tree() -> impl Strategy<Value = Tree> {
    let name = prop::sample::select([&SHOWN[..], &HIDDEN[..]].concat());
    Just(Tree::Leaf).prop_recursive(5, 24, 3, move |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..3).prop_map(Tree::List),
            4 => prop::collection::vec((name.clone(), inner), 0..4).prop_map(Tree::Members),
            1 => boxed.clone().prop_map(Tree::Text),
            1 => boxed.clone().prop_map(Tree::Form),
            1 => boxed.prop_map(Tree::Url),
        ]
    })
}

/// Writes documents: leaves under a hidden name are the secret, and every so many characters are escaped.
struct Writer {
    every: u32,
    count: u32,
}

impl Writer {
    fn string(&mut self, text: &str) -> String {
        let mut out = "\"".to_owned();
        for c in text.chars() {
            self.count += 1;
            match c {
                _ if self.count.is_multiple_of(self.every) && c as u32 <= 0xffff => {
                    out += &format!("\\u{:04x}", c as u32)
                }
                '"' | '\\' => out.extend(['\\', c]),
                '/' if self.count.is_multiple_of(2) => out += "\\/",
                c => out.push(c),
            }
        }
        out + "\""
    }

    fn write(&mut self, tree: &Tree, secret: bool) -> String {
        match tree {
            Tree::Leaf => self.string(if secret { SECRET } else { "x" }),
            Tree::List(values) => {
                let values: Vec<_> = values.iter().map(|value| self.write(value, secret)).collect();
                format!("[{}]", values.join(","))
            }
            Tree::Members(members) => {
                let members = members.iter().map(|(name, value)| {
                    let value = self.write(value, secret || HIDDEN.contains(name));
                    format!("{}: {value}", self.string(name))
                });
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            Tree::Text(tree) => {
                let text = self.write(tree, secret);
                self.string(&text)
            }
            Tree::Form(tree) => {
                let text = format!("q=1&data={}&z=1", percent(&self.write(tree, secret)));
                self.string(&text)
            }
            Tree::Url(tree) => {
                let text = format!("https://h/a?data={}#top", percent(&self.write(tree, secret)));
                self.string(&text)
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_nesting_shows_a_secret(tree in tree(), every in 2u32..40, cut in 0.0..1.5f64, kind in 0usize..4) {
        let mut writer = Writer { every, count: 0 };
        let json = writer.write(&tree, false);
        let (content_type, body) = match kind {
            0 => ("application/json", json),
            1 => ("", format!("{json}\n{json}")),
            2 => ("text/event-stream", format!("event: a\ndata: {json}\n\n")),
            _ => ("application/x-www-form-urlencoded", format!("a=1&data={}", percent(&json))),
        };
        let cut = (body.len() as f64 * cut) as usize;
        let cut = &body.as_bytes()[..cut.min(body.len())];
        let shown = Redactor::new().show_body(content_type, cut).unwrap_or_default();
        prop_assert_eq!(Finder::canary().find(&shown), None, "{}\n{}", String::from_utf8_lossy(cut), shown);
    }
}
