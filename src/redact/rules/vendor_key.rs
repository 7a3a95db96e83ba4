//! Finds keys of clouds and services by the prefix that their vendor gave them.

use crate::redact::text::{
    block::{BLOCK, Block},
    slice::Slice,
};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
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
    /// What a path has, and what parts a bot's number or a tenant from it.
    Url,
}

impl Of {
    const KINDS: usize = 6;

    fn has(self, b: u8) -> bool {
        match self {
            Self::Capitals => b.is_ascii_uppercase() || b.is_ascii_digit(),
            Self::Hex => b.is_ascii_hexdigit(),
            Self::Letters => b.is_ascii_alphanumeric() || b == b'_',
            Self::Code => b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'),
            Self::Path => b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_'),
            Self::Url => Self::Path.has(b) || matches!(b, b'@' | b':'),
        }
    }
}

/// Lists the prefixes, the characters behind them, and the fewest of those. At the end of a text that may break off, fewer
/// count too.
///
/// They are those of the published rules of gitleaks, TruffleHog and detect-secrets, and of the vendors' documentation, that
/// are distinct: the shape of a key without one (40 letters and digits) is that of much else.
const KEYS: &[(&str, Of, usize)] = &[
    // Amazon
    ("AKIA", Of::Capitals, 8),
    ("ASIA", Of::Capitals, 8),
    ("ABIA", Of::Capitals, 12),
    ("ACCA", Of::Capitals, 12),
    ("ABSK", Of::Path, 24),
    ("bedrock-api-key-", Of::Path, 16),
    ("amzn.mws.", Of::Code, 16),
    ("amzn1.oa2-cs.v1.", Of::Hex, 16),
    ("Atza|", Of::Path, 20),
    ("Atzr|", Of::Path, 20),
    ("da2-", Of::Letters, 20),
    // Google
    ("AIza", Of::Code, 16),
    ("GOCSPX-", Of::Code, 12),
    ("ya29.", Of::Code, 12),
    // Other clouds
    ("LTAI", Of::Letters, 12),
    ("AQVN", Of::Code, 30),
    ("tk-us-", Of::Code, 40),
    ("cfut_", Of::Letters, 20),
    ("cfat_", Of::Letters, 20),
    ("cfk_", Of::Letters, 20),
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
    ("glrtr-", Of::Code, 8),
    ("glptt-", Of::Code, 12),
    ("glcbt-", Of::Code, 12),
    ("glffct-", Of::Code, 12),
    ("glft-", Of::Code, 12),
    ("glimt-", Of::Code, 12),
    ("glagent-", Of::Code, 12),
    ("glsoat-", Of::Code, 12),
    ("glwt-", Of::Code, 12),
    ("gloas-", Of::Code, 12),
    // Atlassian
    ("ATATT3", Of::Path, 12),
    ("ATCTT3", Of::Path, 12),
    ("ATBB", Of::Path, 20),
    ("BBDC-", Of::Path, 20),
    // Slack
    ("xoxa-", Of::Code, 8),
    ("xoxb-", Of::Code, 8),
    ("xoxc-", Of::Code, 8),
    ("xoxd-", Of::Code, 8),
    ("xoxe-", Of::Code, 8),
    ("xoxe.xox", Of::Code, 8),
    ("xoxo-", Of::Code, 12),
    ("xoxp-", Of::Code, 8),
    ("xoxr-", Of::Code, 8),
    ("xoxs-", Of::Code, 8),
    ("xapp-", Of::Code, 8),
    ("xwfp-", Of::Code, 8),
    // Webhooks and bots whose URL is the key
    ("hooks.slack.com/services/", Of::Path, 8),
    ("hooks.slack.com/workflows/", Of::Path, 8),
    ("hooks.slack.com/triggers/", Of::Path, 8),
    ("discord.com/api/webhooks/", Of::Path, 8),
    ("discordapp.com/api/webhooks/", Of::Path, 8),
    ("webhook.office.com/webhookb2/", Of::Url, 8),
    ("hooks.zapier.com/hooks/catch/", Of::Path, 12),
    ("api.telegram.org/bot", Of::Url, 8),
    ("api.telegram.org/file/bot", Of::Url, 8),
    // Stripe
    ("sk_live_", Of::Letters, 8),
    ("sk_test_", Of::Letters, 8),
    ("sk_prod_", Of::Letters, 8),
    ("rk_live_", Of::Letters, 8),
    ("rk_test_", Of::Letters, 8),
    ("rk_prod_", Of::Letters, 8),
    ("whsec_", Of::Path, 8),
    // Others that move money
    ("ak_live_", Of::Letters, 16),
    ("sq0atp-", Of::Code, 10),
    ("sq0csp-", Of::Code, 10),
    ("sq0csb-", Of::Code, 10),
    ("FLWSECK-", Of::Code, 12),
    ("FLWSECK_TEST-", Of::Code, 12),
    ("access-sandbox-", Of::Code, 32),
    ("access-development-", Of::Code, 32),
    ("access-production-", Of::Code, 32),
    ("duffel_test_", Of::Code, 16),
    ("duffel_live_", Of::Code, 16),
    ("shippo_test_", Of::Hex, 16),
    ("shippo_live_", Of::Hex, 16),
    ("EZAK", Of::Letters, 20),
    ("ramp_sec_", Of::Letters, 16),
    ("secret-token:", Of::Url, 8),
    // OpenAI, Anthropic and others of their kind
    ("sk-", Of::Letters, 20),
    ("sk-proj-", Of::Code, 16),
    ("sk-svcacct-", Of::Code, 16),
    ("sk-service-", Of::Code, 30),
    ("sk-admin-", Of::Code, 16),
    ("sk-ant-", Of::Code, 12),
    ("sk-or-v1-", Of::Hex, 16),
    ("sk-lf-", Of::Code, 16),
    ("hf_", Of::Letters, 16),
    ("api_org_", Of::Letters, 28),
    ("gsk_", Of::Letters, 20),
    ("pplx-", Of::Letters, 20),
    ("xai-", Of::Letters, 30),
    ("nvapi-", Of::Code, 20),
    ("r8_", Of::Code, 30),
    ("pcsk_", Of::Letters, 20),
    ("lsv2_pt_", Of::Letters, 16),
    ("lsv2_sk_", Of::Letters, 16),
    ("salad_cloud_", Of::Letters, 16),
    // Registries of packages and images
    ("npm_", Of::Letters, 16),
    ("pypi-Ag", Of::Code, 10),
    ("rubygems_", Of::Hex, 16),
    ("CLOJARS_", Of::Letters, 20),
    ("dckr_pat_", Of::Code, 8),
    ("dckr_oat_", Of::Code, 8),
    ("AKCp", Of::Letters, 20),
    // Stores of secrets
    ("hvs.", Of::Code, 12),
    ("hvb.", Of::Code, 12),
    ("hvr.", Of::Code, 12),
    (".atlasv1.", Of::Code, 12),
    ("ops_eyJ", Of::Path, 12),
    ("dp.pt.", Of::Code, 16),
    ("dp.st.", Of::Code, 16),
    ("dp.ct.", Of::Code, 16),
    ("dp.sa.", Of::Code, 16),
    ("dp.scim.", Of::Code, 16),
    ("dp.audit.", Of::Code, 16),
    ("AGE-SECRET-KEY-1", Of::Capitals, 12),
    ("AGE-SECRET-KEY-PQ-1", Of::Capitals, 12),
    // Hosting and databases
    ("dop_v1_", Of::Hex, 16),
    ("doo_v1_", Of::Hex, 16),
    ("dor_v1_", Of::Hex, 16),
    ("HRKU-AA", Of::Code, 16),
    ("fo1_", Of::Code, 24),
    ("fm1a_", Of::Path, 30),
    ("fm1r_", Of::Path, 30),
    ("fm2_", Of::Path, 30),
    ("nfp_", Of::Letters, 20),
    ("ddp_", Of::Letters, 30),
    ("ddw_", Of::Letters, 30),
    ("dapi", Of::Hex, 16),
    ("pscale_tkn_", Of::Code, 16),
    ("pscale_oauth_", Of::Code, 16),
    ("pscale_pw_", Of::Code, 16),
    ("sbp_", Of::Letters, 30),
    ("sb_secret_", Of::Code, 16),
    ("tskey-", Of::Code, 16),
    ("dnkey-", Of::Code, 20),
    // Building and watching
    ("pul-", Of::Letters, 24),
    ("pnu_", Of::Letters, 24),
    ("bkua_", Of::Letters, 20),
    ("CCIPAT_", Of::Letters, 16),
    ("API-", Of::Capitals, 24),
    ("sgp_", Of::Letters, 24),
    ("slk_", Of::Hex, 24),
    ("squ_", Of::Hex, 20),
    ("sqp_", Of::Hex, 20),
    ("sqa_", Of::Hex, 20),
    ("sqco_", Of::Letters, 30),
    ("sntrys_", Of::Path, 16),
    ("sntryu_", Of::Hex, 16),
    ("glc_eyJ", Of::Path, 16),
    ("glsa_", Of::Letters, 16),
    ("dt0c01.", Of::Code, 20),
    ("dt0s01.", Of::Code, 20),
    ("NRAK-", Of::Capitals, 16),
    ("NRII-", Of::Code, 16),
    ("NRIQ-", Of::Code, 16),
    ("rootly_", Of::Hex, 30),
    ("phx_", Of::Letters, 30),
    ("aio_", Of::Letters, 28),
    ("apify_api_", Of::Letters, 20),
    ("PMAK-", Of::Code, 20),
    // Shops, mail, documents
    ("SG.", Of::Code, 20),
    ("xkeysib-", Of::Code, 16),
    ("xsmtpsib-", Of::Code, 16),
    ("shpat_", Of::Hex, 12),
    ("shpca_", Of::Hex, 12),
    ("shppa_", Of::Hex, 12),
    ("shpss_", Of::Hex, 12),
    ("shltm_", Of::Code, 24),
    ("pat-na1-", Of::Code, 20),
    ("pat-eu1-", Of::Code, 20),
    ("lin_api_", Of::Letters, 16),
    ("lin_oauth_", Of::Letters, 16),
    ("ntn_", Of::Letters, 24),
    ("figd_", Of::Code, 20),
    ("figp_", Of::Code, 20),
    ("tfp_", Of::Code, 24),
    ("rdme_", Of::Letters, 30),
    ("CFPAT-", Of::Code, 20),
    ("fio-u-", Of::Code, 24),
    ("sl.B", Of::Code, 40),
    ("sl.u.A", Of::Code, 40),
    ("sk.eyJ", Of::Code, 20),
    ("sec-c-", Of::Path, 20),
    ("p8e-", Of::Letters, 20),
    ("alcht_", Of::Letters, 20),
    ("flb_live_", Of::Letters, 12),
    ("sm_aat_", Of::Letters, 12),
    ("sm_pat_", Of::Letters, 12),
    ("sm_sat_", Of::Letters, 12),
    ("s-s4t2ud-", Of::Hex, 16),
    ("s-s4t2af-", Of::Hex, 16),
    ("rh-api-", Of::Code, 30),
    ("BBFF-", Of::Letters, 20),
    ("VF.DM.", Of::Code, 20),
    ("ico-", Of::Letters, 30),
    ("bb_pr_", Of::Hex, 20),
    ("bb_ma_", Of::Hex, 20),
];

/// No key is shorter.
const SHORTEST: usize = 12;

/// Holds the last `_`, `-` or `.` of each prefix with the two bytes before it, and with the three before it: the bits that
/// [`bit`] gives are set. Most texts have none of the former.
static LAST_PARTS: [[u64; 512]; 2] = {
    let mut bits = [[0; 512]; 2];
    let mut key = 0;
    while key < KEYS.len() {
        let prefix = KEYS[key].0.as_bytes();
        let at = last_part(prefix);
        if at < prefix.len() {
            assert!(at >= 2);
            let first = if at > 2 { prefix[at - 3] } else { 0 };
            let bytes = u32::from_le_bytes([first, prefix[at - 2], prefix[at - 1], prefix[at]]);
            let (word, mask) = bit(bytes >> 8);
            bits[0][word] |= mask;
            let (word, mask) = bit(bytes);
            bits[1][word] |= mask;
        }
        key += 1;
    }
    bits
};

/// Returns where the bit of three or four bytes is in a half of [`LAST_PARTS`].
#[inline(always)]
const fn bit(bytes: u32) -> (usize, u64) {
    let hash = bytes.wrapping_mul(0x9e37_79b1) >> 17;
    (hash as usize / 64, 1 << (hash % 64))
}

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

/// Returns whether the `_`, `-` or `.` at `at` may be the last one of a prefix.
#[inline(always)]
fn ends_part(text: &[u8], at: usize) -> bool {
    let is_in = |half: usize, bytes: u32| {
        let (word, mask) = bit(bytes);
        LAST_PARTS[half][word] & mask != 0
    };
    let bytes = match text.get(at.wrapping_sub(3)..).and_then(|last| last.first_chunk()) {
        Some(last) => u32::from_le_bytes(*last),
        None => match text.get(..=at) {
            Some([b, c, d]) => u32::from_le_bytes([0, *b, *c, *d]),
            _ => return false,
        },
    };
    // The prefix may have no more bytes than three.
    is_in(0, bytes >> 8) && (is_in(1, bytes) || is_in(1, bytes & !0xff))
}

/// Returns whether a prefix without such a part may be at `at`, by an `A` in it or the `d` that it begins with.
fn is_whole(text: &[u8], at: usize) -> bool {
    match text.get(at..).unwrap_or_default() {
        [b'A', b'I' | b'K', ..] if text.part(..at).ends_with(b"LT") || text.part(..at).ends_with(b"EZ") => true,
        [b'A', next @ ..] => matches!(
            next.first_chunk(),
            Some(
                b"BIA"
                    | b"BSK"
                    | b"CCA"
                    | b"Iza"
                    | b"KCp"
                    | b"KIA"
                    | b"QVN"
                    | b"SIA"
                    | b"TAT"
                    | b"TBB"
                    | b"TCT"
                    | b"tza"
                    | b"tzr"
            )
        ),
        rest => rest.starts_with(b"dapi"),
    }
}

/// Returns whether a prefix may be in `text`: by the end of its last part, or, if it has but one, as a whole.
fn has_sign(text: &[u8]) -> bool {
    let mut from = 0;
    while from < text.len() {
        let block = Block::first(text.after(from));
        let marks = block.within(b'-', b'.').or(block.is(b'_'));
        // Of a `d` only one before an `a` counts. What follows the last byte is in the next block.
        let d = block.is(b'd').bits() & (block.is(b'a').bits() >> 1 | 1 << (BLOCK - 1));
        let mut signs = marks.or(block.is(b'A')).bits() | d;
        if signs != 0 {
            let marks = marks.bits();
            while signs != 0 {
                let (sign, at) = (signs & signs.wrapping_neg(), from + signs.trailing_zeros() as usize);
                let is_sign = if marks & sign != 0 { ends_part(text, at) } else { is_whole(text, at) };
                if is_sign {
                    return true;
                }
                signs ^= sign;
            }
        }
        from += BLOCK;
    }
    false
}

/// Calls `each` with the range of every key in `text`, up to the first for which it returns true. Returns whether there
/// was one.
///
/// A prefix within a word begins no key (`task_live_…`), unless that word may end with an escape. Where the text
/// `may_break_off`, one that ends with it may be the beginning of a key.
fn any(text: &[u8], strict: bool, may_break_off: bool, mut each: impl FnMut(usize, usize) -> bool) -> bool {
    static PREFIXES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        let prefixes = KEYS.iter().map(|(prefix, ..)| prefix);
        // By default, more than a hundred patterns are searched for at a sixth of the pace, to save memory.
        let kind = Some(AhoCorasickKind::DFA);
        AhoCorasick::builder().kind(kind).match_kind(MatchKind::LeftmostLongest).build(prefixes).ok()
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
        let least = match prefix.len() {
            _ if !may_break_off || end < text.len() => least,
            // `sk-SK` is a language.
            ..4 => 8,
            _ => 1,
        };
        let is_key = end - start >= least && mark < end;
        // Whose the URL is shows.
        let begin = if prefix.contains('/') { start } else { found.start() };
        is_key && !(strict && in_word()) && each(begin, end)
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
    any(text, false, true, |_, _| true) || has_escaped_url(text)
}

/// Returns whether the host of a prefix is in `text` and an escaped slash follows it.
fn has_escaped_url(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"\\/").is_some()
        && KEYS.iter().filter_map(|(prefix, ..)| prefix.split_once('/')).any(|(host, _)| {
            let follows = |at: usize| text.after(at + host.len()).starts_with(b"\\/");
            memchr::memmem::find_iter(text, host).any(follows)
        })
}

/// Hands the range of every key in `text` to `hit`, also of one that is cut where the text `may_break_off`.
pub(super) fn find_keys(text: &[u8], may_break_off: bool, mut hit: impl FnMut(usize, usize)) {
    if has_sign(text) {
        any(text, true, may_break_off, |start, end| {
            hit(start, end);
            false
        });
    }
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
        for &(prefix, of, least) in KEYS {
            let key = match of {
                Of::Hex => "7f3a".repeat(least),
                _ => "Q7Z2".repeat(least),
            };
            let key = format!("{prefix}{}", &key[..least]);
            assert!(key.len() >= SHORTEST, "{prefix}");
            let text = format!("(key: {key})");
            let hidden = if prefix.contains('/') { &key[prefix.len()..] } else { &key };
            assert_eq!(keys(&text), [hidden]);
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
            let escaped = has_escaped_url(text);
            prop_assert!(has_sign(text) || !(any(text, false, true, |_, _| true) || escaped));
            let is_at = |at| match text[at] {
                b'_' | b'-' | b'.' => ends_part(text, at),
                _ => is_whole(text, at),
            };
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
            "sk-SK sk-loading-indicator-2 API-KEY ico-arrow_2 access-production-log hooks.slack.com/services",
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
