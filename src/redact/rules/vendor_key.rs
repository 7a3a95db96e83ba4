//! Finds keys of clouds and services by the prefix that their vendor gave them.

use crate::redact::text::{
    block::{BLOCK, Block},
    slice::Slice,
};
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// The characters that a key has behind its prefix.
#[derive(Clone, Copy)]
enum Of {
    Capitals,
    Hex,
    Letters,
    /// Base64url, and the dots between its parts.
    Code,
    /// Base64, padding included, and the separators of a path.
    Path,
}

impl Of {
    const KINDS: usize = 5;

    fn has(self, b: u8) -> bool {
        match self {
            Self::Capitals => b.is_ascii_uppercase() || b.is_ascii_digit(),
            Self::Hex => b.is_ascii_hexdigit(),
            Self::Letters => b.is_ascii_alphanumeric() || b == b'_',
            Self::Code => b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'),
            Self::Path => b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_'),
        }
    }
}

/// Lists the prefixes, the characters behind them, and the fewest of those. At the end of a text that may break off, fewer
/// count too.
const KEYS: [(&str, Of, usize); 61] = [
    // Amazon
    ("AKIA", Of::Capitals, 8),
    ("ASIA", Of::Capitals, 8),
    // Google
    ("AIza", Of::Code, 16),
    ("GOCSPX-", Of::Code, 12),
    ("ya29.", Of::Code, 12),
    // GitHub
    ("ghp_", Of::Letters, 8),
    ("gho_", Of::Letters, 8),
    ("ghu_", Of::Letters, 8),
    ("ghs_", Of::Letters, 8),
    ("ghr_", Of::Letters, 8),
    ("github_pat_", Of::Letters, 8),
    // GitLab
    ("glpat-", Of::Code, 8),
    ("gldt-", Of::Code, 8),
    ("glrt-", Of::Code, 8),
    ("glptt-", Of::Code, 12),
    // Atlassian
    ("ATATT3", Of::Path, 12),
    // Slack
    ("xoxa-", Of::Code, 8),
    ("xoxb-", Of::Code, 8),
    ("xoxc-", Of::Code, 8),
    ("xoxd-", Of::Code, 8),
    ("xoxe-", Of::Code, 8),
    ("xoxe.xox", Of::Code, 8),
    ("xoxp-", Of::Code, 8),
    ("xoxr-", Of::Code, 8),
    ("xoxs-", Of::Code, 8),
    ("xapp-", Of::Code, 8),
    ("hooks.slack.com/services/", Of::Path, 8),
    // Stripe
    ("sk_live_", Of::Letters, 8),
    ("sk_test_", Of::Letters, 8),
    ("rk_live_", Of::Letters, 8),
    ("rk_test_", Of::Letters, 8),
    ("whsec_", Of::Path, 8),
    // Square
    ("sq0atp-", Of::Code, 10),
    ("sq0csp-", Of::Code, 10),
    // OpenAI, Anthropic and others of their kind
    ("sk-proj-", Of::Code, 16),
    ("sk-svcacct-", Of::Code, 16),
    ("sk-admin-", Of::Code, 16),
    ("sk-ant-", Of::Code, 12),
    ("sk-or-v1-", Of::Hex, 16),
    ("hf_", Of::Letters, 16),
    ("gsk_", Of::Letters, 20),
    // Registries of packages and images
    ("npm_", Of::Letters, 16),
    ("pypi-AgEI", Of::Code, 8),
    ("rubygems_", Of::Hex, 16),
    ("dckr_pat_", Of::Code, 8),
    // Vault and Terraform
    ("hvs.", Of::Code, 12),
    ("hvb.", Of::Code, 12),
    (".atlasv1.", Of::Code, 12),
    // Others
    ("SG.", Of::Code, 20),
    ("dop_v1_", Of::Hex, 16),
    ("doo_v1_", Of::Hex, 16),
    ("dor_v1_", Of::Hex, 16),
    ("shpat_", Of::Hex, 12),
    ("shpca_", Of::Hex, 12),
    ("shppa_", Of::Hex, 12),
    ("shpss_", Of::Hex, 12),
    ("dapi", Of::Hex, 16),
    ("lin_api_", Of::Letters, 16),
    ("glsa_", Of::Letters, 16),
    ("PMAK-", Of::Code, 20),
    ("AGE-SECRET-KEY-1", Of::Capitals, 12),
];

/// No key is shorter.
const SHORTEST: usize = 12;

/// Tells which prefixes have a byte as the last `_`, `-` or `.` of theirs, and one, two and three bytes before that: bit N
/// of the row of that byte stands for prefix N. A prefix that has nothing so far before is in all rows.
static LAST_PART: [[u64; 256]; 4] = {
    let mut tables = [[0; 256]; 4];
    let mut key = 0;
    while key < KEYS.len() {
        let prefix = KEYS[key].0.as_bytes();
        let part = last_part(prefix);
        let mut back = 0;
        while back < tables.len() && part < prefix.len() {
            let mut b = 0;
            while b < 256 {
                if part < back || prefix[part - back] as usize == b {
                    tables[back][b] |= 1 << key;
                }
                b += 1;
            }
            back += 1;
        }
        key += 1;
    }
    tables
};

/// Returns where the last `_`, `-` or `.` of a prefix is, its length where there is none.
const fn last_part(prefix: &[u8]) -> usize {
    let mut at = prefix.len();
    while at > 0 {
        at -= 1;
        if matches!(prefix[at], b'_' | b'-' | b'.') {
            return at;
        }
    }
    prefix.len()
}

/// The bytes that a prefix has where [`is_sign`] looks for it.
#[cfg(test)]
const SIGNS: &[u8] = b"_-.Ad";

/// Returns whether a prefix may be at `at` in `text`: by the end of its last part, or, if it has but one, by its beginning.
fn is_sign(text: &[u8], at: usize) -> bool {
    match text.get(at..).unwrap_or_default() {
        [b'_' | b'-' | b'.', ..] => {
            let row = |back: usize| {
                let byte = at.checked_sub(back).and_then(|at| text.get(at));
                byte.map_or(u64::MAX, |&b| LAST_PART[back][usize::from(b)])
            };
            // Most bytes before these are of no prefix.
            let keys = row(0) & row(1);
            keys != 0 && keys & row(2) & row(3) != 0
        }
        [b'A', b'K' | b'S', b'I', b'A', ..] | [b'A', b'I', b'z', b'a', ..] | [b'A', b'T', b'A', b'T', ..] => true,
        rest => rest.starts_with(b"dapi"),
    }
}

/// Returns whether a prefix may be in `text`.
fn has_sign(text: &[u8]) -> bool {
    let mut from = 0;
    while from < text.len() {
        let mut signs = signs(Block::first(text.after(from)));
        while signs != 0 {
            if is_sign(text, from + signs.trailing_zeros() as usize) {
                return true;
            }
            signs &= signs - 1;
        }
        from += BLOCK;
    }
    false
}

/// Returns which bytes of a block [`is_sign`] is worth asking about: [`SIGNS`], and of a `d` only one before an `a`.
#[inline(always)]
fn signs(block: Block) -> u32 {
    let others = block.within(b'-', b'.').or(block.is(b'_')).or(block.is(b'A')).bits();
    // What follows the last byte is in the next block.
    let before_a = block.is(b'a').bits() >> 1 | 1 << (BLOCK - 1);
    others | block.is(b'd').bits() & before_a
}

/// Calls `each` with the range of every key in `text`, up to the first for which it returns true. Returns whether there
/// was one.
///
/// A prefix within a word begins no key (`task_live_…`), unless that word may end with an escape. Where the text
/// `may_break_off`, one that ends with it may be the beginning of a key.
fn any(text: &[u8], strict: bool, may_break_off: bool, mut each: impl FnMut(usize, usize) -> bool) -> bool {
    static PREFIXES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let prefixes = KEYS.map(|(prefix, ..)| prefix);
        AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(prefixes).ok()
    });
    let Some(prefixes) = PREFIXES.as_ref() else { return false };
    // The ends of the last runs of each kind, and the first digit or capital from there on: keys may stand within keys.
    let (mut runs, mut mark) = ([0; Of::KINDS], 0);
    prefixes.find_iter(text).any(|found| {
        let Some(&(prefix, of, least)) = KEYS.get(found.pattern().as_usize()) else { return false };
        let in_word = || match text.get(..found.start()) {
            Some([.., b'\\', b'n' | b'r' | b't']) => false,
            Some([.., last]) => last.is_ascii_alphanumeric() && !prefix.starts_with('.'),
            _ => false,
        };
        let first = |from, is: &dyn Fn(u8) -> bool| {
            text.after(from).iter().position(|&b| is(b)).map_or(text.len(), |len| from + len)
        };
        let start = found.end();
        let run = &mut runs[of as usize];
        if *run < start {
            *run = first(start, &|b| !of.has(b));
        }
        if mark < start {
            mark = first(start, &|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        }
        let end = *run;
        // Names of settings are words (`npm_config_registry`). Keys have digits or capitals among their characters.
        let least = if may_break_off && end == text.len() { 1 } else { least };
        let is_key = end - start >= least && mark < end;
        is_key && !(strict && in_word()) && each(found.start(), end)
    })
}

/// Returns whether there may be a key in `text`.
#[inline]
pub(super) fn is_in(text: &[u8]) -> bool {
    /// Keeps the search out of the caller's loop.
    #[inline(never)]
    fn search(text: &[u8]) -> bool {
        has_sign(text) && may_match(text)
    }
    text.len() >= SHORTEST && search(text)
}

/// Returns whether there may be a key in `text`, which has a sign of one, also where it has escapes.
fn may_match(text: &[u8]) -> bool {
    any(text, false, true, |_, _| true) || memchr::memmem::find(text, b"hooks.slack.com\\/").is_some()
}

/// Hands the range of every key in `text` to `hit`, also of one that is cut where the text `may_break_off`.
pub(super) fn find_keys(text: &[u8], may_break_off: bool, mut hit: impl FnMut(usize, usize)) {
    any(text, true, may_break_off, |start, end| {
        let path = text.get(start..end).and_then(|key| key.strip_prefix(b"hooks.slack.com/services/"));
        hit(path.map_or(start, |path| end - path.len()), end);
        false
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    fn keys(text: &str) -> Vec<&str> {
        let mut keys = Vec::new();
        find_keys(text.as_bytes(), false, |start, end| keys.push(&text[start..end]));
        assert!(keys.is_empty() || may_match(text.as_bytes()), "{text}");
        keys
    }

    #[test]
    fn keys_are_known_by_their_prefix() {
        for (prefix, of, least) in KEYS {
            let key = match of {
                Of::Hex => "7f3a".repeat(least),
                _ => "Q7Z2".repeat(least),
            };
            let key = format!("{prefix}{}", &key[..least]);
            assert!(key.len() >= SHORTEST, "{prefix}");
            let text = format!("(key: {key})");
            let shown = key.strip_prefix("hooks.slack.com/services/").unwrap_or(&key);
            assert_eq!(keys(&text), [shown]);
            assert!(keys(&format!("a{key}")).is_empty() != prefix.starts_with('.'), "{prefix}");
        }
    }

    #[test]
    fn every_prefix_has_a_sign_wherever_it_stands() {
        for (prefix, ..) in KEYS {
            for around in ["", "a", "-", "_.", "A", "dap", "0123456789abcdef0123456789abcdef"] {
                assert!(has_sign(format!("{around}{prefix}{around}").as_bytes()), "{around}{prefix}");
            }
        }
        assert!(has_sign(br"hooks.slack.com\/"));
        for plain in ["", "user_id", "2026-11-28T20:15:00.000Z", "Accept: A, api.example.com", "first_name, last-name"]
        {
            assert!(!has_sign(plain.as_bytes()), "{plain}");
        }
    }

    proptest! {
        #[test]
        fn the_sign_rules_out_no_key(
            key in 0..KEYS.len(),
            before in "[a-zA0_.\\-/\"\\\\ ]{0,40}",
            cut in 0..8usize,
            after in "[A-Za-z0-9_.\\-]{0,80}",
        ) {
            let prefix = KEYS[key].0;
            let text = format!("{before}{}{after}", &prefix[cut.min(prefix.len())..]);
            let text = text.as_bytes();
            let escaped = memchr::memmem::find(text, b"hooks.slack.com\\/").is_some();
            prop_assert!(has_sign(text) || !(any(text, false, true, |_, _| true) || escaped));
            let is_at = |at| is_sign(text, at) && SIGNS.contains(&text[at]);
            prop_assert_eq!(has_sign(text), (0..text.len()).any(is_at));
        }
    }

    #[test]
    fn words_are_no_keys() {
        for text in [
            "AKIA, task_live_Q7Z2Q7Z2, ghp_",
            "npm_config_registry_url npm_lifecycle_event_name",
            "hf_transformers_cache_dir dapitool hvs.",
            "ghp_short sk_test_only SG.Messages.Are.Sent",
        ] {
            assert!(keys(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn an_escape_before_a_key_is_no_part_of_a_word() {
        assert_eq!(keys(r"a\nghp_Q7Z2Q7Z2"), ["ghp_Q7Z2Q7Z2"]);
        assert!(may_match(br"https:\/\/hooks.slack.com\/services\/T0\/B0\/x"));
    }
}
