//! Runs the user's regular expressions and the detectors, behind one scan.

use super::{
    detector::{self, Detector},
    vendor_key,
};
use crate::redact::text::{edits::Edits, mask::Mask};
use regex::{Regex, bytes};
use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
};

/// Holds the rules that search all text.
#[derive(Clone, Default)]
pub(crate) struct Patterns {
    rules: Vec<Rule>,
    /// Matches wherever one of the gated rules may. It holds all of them in one scan, so that their number costs
    /// nothing where there is nothing to find. `None` where there are none, or where the set could not be built. It is
    /// built once all rules are there, since building takes the longer the more rules there are.
    gate: OnceLock<Option<bytes::RegexSet>>,
    /// Is set where a rule depends on the beginning or end of a text, so that it can't search a whole body at once.
    anchored: bool,
    /// The mask for the keys of vendors, if they are searched for.
    keys: Option<Mask>,
}

#[derive(Clone)]
struct Rule {
    search: Search,
    /// Patterns that match wherever this rule does, whatever its flags are; empty where there are none.
    gates: Vec<String>,
    mask: Mask,
}

#[derive(Clone)]
enum Search {
    Pattern { regex: Regex, has_secret: bool },
    Detector(Detector),
}

impl Patterns {
    /// Returns the detectors that are on by default.
    pub(crate) fn defaults() -> Self {
        Self { keys: Some(Mask::redacted()), ..Self::default() }
    }

    pub(crate) fn add(&mut self, regex: Regex, mask: Mask) {
        let has_secret = regex.capture_names().flatten().any(|name| name == "secret");
        self.anchored |= has_line_ends(regex.as_str()) || ["\\A", "\\z"].iter().any(|end| regex.as_str().contains(end));
        let gates = variants(regex.as_str()).unwrap_or_default();
        self.push(Rule { search: Search::Pattern { regex, has_secret }, gates, mask });
    }

    pub(crate) fn detect(&mut self, detector: Detector, mask: Mask) {
        match detector::gate(detector) {
            Some(gate) => self.push(Rule { search: Search::Detector(detector), gates: vec![gate.to_owned()], mask }),
            None => self.keys = Some(mask),
        }
    }

    /// Turns `detector` off.
    pub(crate) fn without(&mut self, detector: Detector) {
        if detector::gate(detector).is_none() {
            self.keys = None;
        }
        self.rules.retain(|rule| !matches!(rule.search, Search::Detector(found) if found == detector));
        self.gate = OnceLock::new();
    }

    /// Adds all rules of `others`.
    pub(crate) fn join(&mut self, others: &Self) {
        others.rules.iter().cloned().for_each(|rule| self.push(rule));
        self.anchored |= others.anchored;
        self.keys = self.keys.take().or_else(|| others.keys.clone());
    }

    fn push(&mut self, rule: Rule) {
        self.rules.push(rule);
        self.gate = OnceLock::new();
    }

    pub(crate) fn reword(&mut self, word: &Arc<str>) {
        self.rules.iter_mut().map(|rule| &mut rule.mask).chain(&mut self.keys).for_each(|mask| mask.reword(word));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.keys.is_none()
    }

    /// Returns whether there may be the key of a vendor in `text`.
    #[inline]
    pub(crate) fn may_have_key(&self, text: &[u8]) -> bool {
        self.keys.is_some() && vendor_key::is_in(text)
    }

    /// Returns whether there is more than the keys of vendors. Those have no escapes in them, but another pattern may
    /// match the decoded text of an escape.
    pub(crate) fn has_own(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Returns whether anything but keys of vendors could be found in any part of `body`.
    pub(crate) fn suspect(&self, body: &[u8]) -> bool {
        self.anchored || self.may_match(body)
    }

    /// Returns whether anything but keys of vendors could be found in `text` as a whole.
    pub(crate) fn may_match(&self, text: &[u8]) -> bool {
        if self.rules.is_empty() {
            return false;
        }
        self.passes(text) || (self.rules.iter().any(|rule| rule.gates.is_empty()) && self.matches_ungated(text))
    }

    /// Returns whether the gate lets `text` through.
    fn passes(&self, text: &[u8]) -> bool {
        match self.gate() {
            Some(gate) => gate.is_match(text),
            None => !self.rules.iter().all(|rule| rule.gates.is_empty()),
        }
    }

    fn matches_ungated(&self, text: &[u8]) -> bool {
        let text = readable(text);
        self.rules.iter().filter(|rule| rule.gates.is_empty()).any(|rule| match &rule.search {
            Search::Pattern { regex, .. } => regex.is_match(&text),
            Search::Detector(_) => true,
        })
    }

    /// Finds the keys of vendors. At the end of a text that `may_break_off`, the beginning of one counts too.
    pub(crate) fn find_keys<'r>(&'r self, text: &[u8], may_break_off: bool, edits: &mut Edits<'r>) {
        if let Some(mask) = &self.keys {
            vendor_key::find_keys(text, may_break_off, |start, end| edits.mask(start, end, mask));
        }
    }

    /// Finds what every other rule hides. Each looks at the text as it is, so that no match hides the start of another.
    pub(crate) fn find<'r>(&'r self, text: &[u8], edits: &mut Edits<'r>) {
        if self.rules.is_empty() {
            return;
        }
        let passes = self.passes(text);
        let text = readable(text);
        for Rule { search, mask, .. } in self.rules.iter().filter(|rule| passes || rule.gates.is_empty()) {
            match search {
                Search::Detector(detector) => {
                    detector::find_matches(*detector, &text, |start, end| edits.mask(start, end, mask))
                }
                Search::Pattern { regex, has_secret: false } => {
                    regex.find_iter(&text).for_each(|found| edits.mask(found.start(), found.end(), mask));
                }
                Search::Pattern { regex, has_secret: true } => {
                    for found in regex.captures_iter(&text) {
                        // If the alternative that matched has no group, the whole match is meant.
                        if let Some(secret) = found.name("secret").or_else(|| found.get(0)) {
                            edits.mask(secret.start(), secret.end(), mask);
                        }
                    }
                }
            }
        }
    }

    /// Returns the gate, and builds it if it was not built yet.
    pub(crate) fn gate(&self) -> Option<&bytes::RegexSet> {
        let gates = || self.rules.iter().flat_map(|rule| &rule.gates);
        // If the set is too large, there is none. Every rule then runs on every text.
        self.gate.get_or_init(|| gates().next().and_then(|_| bytes::RegexSet::new(gates()).ok())).as_ref()
    }
}

/// Returns `text` as UTF-8, with every other byte as a control of one byte, so that offsets in it are offsets in
/// `text`.
fn readable(text: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(text) {
        return Cow::Borrowed(text);
    }
    let mut readable = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        readable.push_str(chunk.valid());
        readable.extend(chunk.invalid().iter().map(|_| '\u{1a}'));
    }
    Cow::Owned(readable)
}

/// Returns whether `pattern` has a `^` or `$`, other than that of a class like `[^a]`.
fn has_line_ends(pattern: &str) -> bool {
    pattern.contains('$') || pattern.matches('^').count() > pattern.matches("[^").count()
}

/// Returns patterns that together match wherever `pattern` does, whatever flags its builder set, since a `Regex` does
/// not tell its flags; `None` where there are none.
///
/// `s` only ever adds matches. The other flags may take some away too, so there is a variant with and one without each
/// flag, if the pattern has what the flag changes. A builder may let a line end with any byte, so there is no variant
/// for `^` and `$`.
fn variants(pattern: &str) -> Option<Vec<String>> {
    if has_line_ends(pattern) {
        return None;
    }
    let mut flags = vec![String::from("s")];
    let mut or = |flag: &str, wanted: bool| {
        if wanted {
            flags.extend(flags.clone().iter().map(|flags| format!("{flag}{flags}")));
        }
    };
    or("i", pattern.chars().any(char::is_alphabetic));
    or("x", pattern.contains(|c: char| c.is_whitespace() || c == '#'));
    let mut variants: Vec<String> = flags.iter().map(|flags| format!("(?{flags}){pattern}")).collect();
    if pattern.contains('\\') || !pattern.is_ascii() {
        variants.extend(flags.iter().map(|flags| format!("(?{flags}-u){pattern}")));
    }
    let mut good = Vec::with_capacity(variants.len());
    for variant in variants {
        match bytes::Regex::new(&variant) {
            Ok(_) => good.push(variant),
            // With these flags it would be no pattern.
            Err(regex::Error::Syntax(_)) => {}
            Err(_) => return None,
        }
    }
    Some(good)
}

/// Shows the patterns, which are rules and no secrets.
impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for rule in &self.rules {
            match &rule.search {
                Search::Pattern { regex, .. } => list.entry(&regex.as_str()),
                Search::Detector(detector) => list.entry(detector),
            };
        }
        if self.keys.is_some() {
            list.entry(&Detector::CloudKey);
        }
        list.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::RegexBuilder;

    fn hide(patterns: &Patterns, text: &[u8]) -> String {
        let mut edits = Edits::new(true);
        patterns.find(text, &mut edits);
        String::from_utf8_lossy(&edits.apply(text, const { &Mask::redacted() }).unwrap_or(text.to_vec())).into_owned()
    }

    fn patterns<const N: usize>(regexes: [&str; N]) -> Patterns {
        let mut patterns = Patterns::default();
        regexes.iter().for_each(|regex| patterns.add(Regex::new(regex).unwrap(), Mask::redacted()));
        patterns
    }

    #[test]
    fn the_whole_match_or_its_secret_goes() {
        assert_eq!(hide(&patterns([r"acct-\d+"]), b"acct-1 acct-22!"), "REDACTED REDACTED!");
        assert_eq!(hide(&patterns([r"acct-(?<secret>\d+)"]), b"acct-1 acct-22!"), "acct-REDACTED acct-REDACTED!");
        assert_eq!(hide(&patterns([r"a(?<secret>\d)|b\d"]), b"a1 b2"), "aREDACTED REDACTED");
        assert_eq!(hide(&patterns([r"x*"]), b"axxb"), "aREDACTEDb");
    }

    #[test]
    fn patterns_do_not_hide_each_others_matches() {
        assert_eq!(hide(&patterns(["abc", "bcd", "de"]), b"0abcde1"), "0REDACTED1");
        assert_eq!(hide(&patterns(["nothing", "a(?<secret>b)c", "bc"]), b"abcd"), "aREDACTEDd");
    }

    #[test]
    fn a_pattern_that_comes_after_the_gate_was_built_passes_it() {
        let mut patterns = patterns([r"acct-\d+"]);
        assert!(patterns.gate().is_some() && !patterns.may_match(b"key-ab"));
        patterns.add(Regex::new(r"key-\w+").unwrap(), Mask::redacted());
        assert_eq!(hide(&patterns, b"acct-1 key-ab"), "REDACTED REDACTED");
        patterns.detect(Detector::Email, Mask::redacted());
        assert_eq!(hide(&patterns.clone(), b"acct-1 a@b.c"), "REDACTED REDACTED");
    }

    #[test]
    fn bytes_that_are_no_utf8_disable_no_pattern() {
        assert_eq!(hide(&patterns([r"key-\w+"]), b"\xff\xfekey-abc\xff"), "\u{fffd}\u{fffd}REDACTED\u{fffd}");
    }

    #[test]
    fn flags_of_a_builder_pass_the_gate() {
        for regex in [
            RegexBuilder::new("KEY-[a-z]+").case_insensitive(true),
            RegexBuilder::new("key - [a-z]+ # a key").ignore_whitespace(true),
            RegexBuilder::new("KEY -[^x]+").ignore_whitespace(true).case_insensitive(true),
            RegexBuilder::new("^key-.*$").multi_line(true),
            RegexBuilder::new("^key-.*$").multi_line(true).crlf(true),
            RegexBuilder::new(r"^\skey-[a-c]+").multi_line(true).line_terminator(b'e'),
            RegexBuilder::new("line.key-abc").dot_matches_new_line(true),
            RegexBuilder::new(r"\bkey-abc\b").unicode(false),
        ] {
            let mut patterns = Patterns::default();
            patterns.add(regex.build().unwrap(), Mask::redacted());
            assert!(!hide(&patterns, "line\nkey-abc\r\né".as_bytes()).contains("key-abc"), "{patterns:?}");
        }
    }

    #[test]
    fn a_pattern_at_the_ends_is_never_ruled_out() {
        assert!(patterns(["^abc$"]).suspect(b"xabcx"));
        assert!(patterns([r"\Aabc"]).suspect(b"xabcx"));
        assert!(!patterns(["abd"]).suspect(b"xabcx"));
        assert!(patterns(["abc"]).suspect(b"xabcx"));
    }

    #[test]
    fn debug_shows_the_rules() {
        assert_eq!(format!("{:?}", patterns(["a", "b"])), r#"["a", "b"]"#);
    }
}
