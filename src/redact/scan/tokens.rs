//! Finds secrets of the default set by their shape: JWTs, bearer tokens, PEM private keys.

use super::{candidates::Candidates, program, scope::Scope, sign::Sign};
use crate::redact::{
    codec::base64,
    rules::{self, Rules},
    text::{edits::Edits, slice::Slice},
    work,
};
use memchr::memmem;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// From this length on, a search for words pays for its start.
pub(super) const SHORT: usize = 2048;

/// The signs of the shapes are `eyJ`, `PRIVATE KEY`, `Bearer`, `Basic` and `$2b$`.
pub(super) const SIGN: Sign = Sign { of: Candidates::SHAPE, bytes: b"JVbB$", is_at, is_in: Some(is_in) };

fn is_at(rules: &Rules, text: &[u8], at: usize) -> bool {
    rules.defaults()
        && match text.split_at_checked(at) {
            Some((before, [b'J', ..])) => before.ends_with(b"ey"),
            Some((before, rest @ [b'V', ..])) => before.ends_with(b"PRI") && rest.starts_with(b"VATE KEY"),
            Some((_, rest @ [b'$', ..])) => hash(rest).is_some() || named_hash(text, at).is_some(),
            Some((_, [_, b'e' | b'E', ..])) => is_bearer(text, at),
            Some((_, [_, b'a' | b'A', ..])) => basic(text, at).is_some(),
            _ => false,
        }
}

/// Returns whether there is the sign of a shape in the long `text`.
fn is_in(rules: &Rules, text: &[u8]) -> bool {
    // Few and short literals are searched for many bytes at once, at a tenth of the price of more of them or of whole words in
    // any case. Their matches are checked again.
    static SHAPES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"eyJ|PRIV|(?i-u:bea|bas)").ok());
    let is_shape = |found: regex::bytes::Match<'_>| {
        let sign = found.start()
            + match found.as_bytes() {
                b"eyJ" => 2,
                b"PRIV" => 3,
                _ => 0,
            };
        is_at(rules, text, sign)
    };
    let is_at = |at| is_at(rules, text, at);
    rules.defaults()
        && match text.len() {
            ..SHORT => {
                memchr::memchr3_iter(b'J', b'V', b'$', text).any(is_at)
                    || (has_scheme(text) && memchr::memchr2_iter(b'b', b'B', text).any(is_at))
            }
            _ => {
                memchr::memchr_iter(b'$', text).any(is_at)
                    || SHAPES.as_ref().is_none_or(|shapes| shapes.find_iter(text).any(is_shape))
            }
        }
}

/// Returns whether `bea` or `bas`, in any case, is in `text`. It reads many bytes at once, for nearly always all of the text is
/// read in vain.
fn has_scheme(text: &[u8]) -> bool {
    let (seconds, thirds) = (text.part(1..), text.part(2..));
    let windows = text.iter().zip(seconds).zip(thirds);
    windows.fold(false, |any, ((a, b), c)| {
        let (a, b, c) = (a | 0x20, b | 0x20, c | 0x20);
        any | ((a == b'b') & ((b == b'e') & (c == b'a') | (b == b'a') & (c == b's')))
    })
}

/// Finds every shape in `text`, which may end anywhere where it `may_break_off`.
pub(crate) fn find_shapes<'r>(scope: Scope<'r>, text: &[u8], may_break_off: bool, edits: &mut Edits<'r>) {
    let mask = scope.rules.mask();
    // A search for a byte is cheaper than the start of a search for a word.
    if memchr::memchr(b'J', text).is_some() {
        jwts(scope, text, may_break_off, |start, end| edits.mask(start, end, mask));
    }
    bearers(text, |start, end| edits.mask(start, end, mask));
    for at in memchr::memchr2_iter(b'b', b'B', text) {
        if let Some((start, end)) = basic(text, at) {
            edits.mask(start, end, mask);
        }
    }
    let mut behind = 0;
    for at in memchr::memchr_iter(b'$', text) {
        let found = || named_hash(text, at).or_else(|| hash(text.after(at)).map(|len| (at, at + len)));
        if at >= behind
            && let Some((start, end)) = found()
        {
            edits.mask(start, end, mask);
            behind = end;
        }
    }
    if memchr::memchr(b'V', text).is_some() {
        private_keys(text, |start, end| edits.mask(start, end, mask));
    }
}

/// Finds `eyJ….….…` (RFC 7515, section 7.1): base64url that begins as `{"` does, with dots between. One without a dot
/// counts where the text ends with it, for it may have been cut, unless the text goes to its end and this is all of a
/// harmless JSON, as cursors are. One begins at the beginning of a word, an escape before it apart.
fn jwts(scope: Scope<'_>, text: &[u8], may_break_off: bool, mut hit: impl FnMut(usize, usize)) {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| memmem::find(rest, b"eyJ")).map(|at| from + at) {
        if !work::allows(32) {
            return;
        }
        let rest = text.part(start..);
        // JOSE has no padding, but some programs put it behind any part.
        let ends = |b: &u8| !is_part(b) && !matches!(b, b'.' | b'=');
        let len = rest.iter().position(ends).unwrap_or(rest.len());
        work::spend(2 * len);
        let token = rest.part(..len);
        let dotted = memchr::memchr(b'.', token).is_some_and(|dot| token.get(dot + 1).is_some_and(is_part));
        let end = start + len;
        if len > 3
            && begins_word(text.part(..start))
            && (dotted || end == text.len() && (may_break_off || !is_cursor(scope, token)))
        {
            hit(start, end);
        }
        from = end;
    }
}

/// Returns whether this is base64 of all of a JSON with nothing to hide in it.
#[cold]
fn is_cursor(scope: Scope<'_>, token: &[u8]) -> bool {
    let mut json = Vec::new();
    base64::decode(token, &mut json) && json.ends_with(b"}") && json.is_ascii() && scope.value(&json, true).is_none()
}

/// Returns whether a word begins behind `before`, which may end with an escape.
fn begins_word(before: &[u8]) -> bool {
    let are_digits = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'] => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] => are_digits(&[*a, *b]),
        [.., b'\\', b'u', a, b, c, d] => are_digits(&[*a, *b, *c, *d]),
        [.., last] => !last.is_ascii_alphanumeric(),
        [] => true,
    }
}

/// Finds `Bearer …` (RFC 6750, section 2.1), in any case: the text behind it, to a space, a quote or a comma. The
/// parameters of a challenge (section 3) are no token.
fn bearers(text: &[u8], mut hit: impl FnMut(usize, usize)) {
    let mut from = 0;
    let bearer = |from: usize| {
        memchr::memchr2_iter(b'b', b'B', text.get(from..)?).map(|at| from + at).find(|&at| is_bearer(text, at))
    };
    while let Some(at) = bearer(from) {
        if !work::allows(16) {
            return;
        }
        from = at + 6;
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let rest = text.part(from..);
        let gap = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b':' | b'=')).count();
        // An escaped line feed ends before it: `\nBearer x`.
        let escaped = matches!(text.part(..at), [.., b'\\', b'n' | b'r' | b't']);
        if gap == 0 || !escaped && before.is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        let token = rest.part(gap..);
        // A quote that closes a string is followed by no token.
        // So is the section of a manual (`bearer (8)`), and another option.
        if matches!(token, [b'"' | b'\'', b')' | b',' | b';' | b'+' | b' ', ..] | [b'(', ..] | [b'-', b'-', ..]) {
            from += gap + 1;
            continue;
        }
        let quoted = usize::from(matches!(token.first(), Some(b'"' | b'\'')));
        let token = token.part(quoted..);
        let ends = |b: &u8| *b <= b' ' || matches!(b, b'"' | b'\'' | b'`' | b',' | b';' | b'<' | b'>' | b'&' | b'\\');
        let len = token.iter().position(ends).unwrap_or(token.len());
        work::spend(2 * len);
        let behind = token.after(len);
        let token = token.part(..len);
        // `bearer bypass in connection reuse`
        let is_said = token.len() > 1
            && token.iter().all(u8::is_ascii_lowercase)
            && behind.strip_prefix(b" ").and_then(<[u8]>::first).is_some_and(u8::is_ascii_lowercase);
        // `what a bearer shows.`
        let is_noun = token.strip_suffix(b".").unwrap_or(token).iter().all(u8::is_ascii_lowercase)
            && [&b" a "[..], b" the ", b" each ", b" any "].iter().any(|article| text.part(..at).ends_with(article));
        // `bearer = BearerToken(…)`
        let is_call = rest.part(..gap).contains(&b'=') && token.contains(&b'(');
        if !(is_said || is_noun || is_parameter(token) || quoted == 0 && (is_call || is_told_of(token))) {
            hit(from + gap + quoted, from + gap + quoted + len);
        }
        from += gap + quoted + len;
    }
}

/// Returns whether `Bearer` stands at `at`.
pub(crate) fn is_bearer(text: &[u8], at: usize) -> bool {
    text.get(at..at + 6).is_some_and(|word| word.eq_ignore_ascii_case(b"bearer"))
}

/// Returns where the credentials are of the `Basic` at `at` (RFC 7617, section 2): base64 of a user and a password, with a colon between.
fn basic(text: &[u8], at: usize) -> Option<(usize, usize)> {
    /// No longer credentials are decoded.
    const LONGEST: usize = 512;
    let rest = text.after(at);
    let behind = rest.get(..5).filter(|word| word.eq_ignore_ascii_case(b"basic")).map(|_| rest.after(5))?;
    let gap = behind.iter().take_while(|b| **b == b' ').count();
    if gap == 0 || at.checked_sub(1).and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let value = behind.after(gap);
    let len = value.iter().take(LONGEST).take_while(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(b)).count();
    let (digits, mut plain) = (value.part(..len), Vec::new());
    let mut is_login = || {
        base64::decode(digits, &mut plain)
            && plain.contains(&b':')
            && plain.iter().all(|b| matches!(b, b' '..=b'~' | 0x80..))
    };
    // The text may break off in it.
    let is_begun = len == value.len() && digits.iter().skip(1).any(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let start = at + 5 + gap;
    (len > 3 && (is_begun || is_login())).then_some((start, start + len))
}

/// Returns the length of the hash of a password (crypt(5)) that `text` begins with: `$2b$12$…`.
fn hash(text: &[u8]) -> Option<usize> {
    const SHORTEST: usize = 20;
    #[rustfmt::skip]
    const KINDS: [&[u8]; 18] = [
        b"1", b"2a", b"2b", b"2y", b"5", b"6", b"7", b"8", b"9", b"14", b"y", b"gy", b"sha1", b"apr1", b"argon2i", b"argon2d", b"argon2id",
        b"scrypt",
    ];
    let kind = text.after(1);
    let kind = kind.part(..kind.iter().take(9).position(|b| *b == b'$')?);
    if !KINDS.contains(&kind) {
        return None;
    }
    // Only Argon's parameters have commas between them.
    let is_part =
        |b: &&u8| b.is_ascii_alphanumeric() || b"./$=+-_".contains(b) || **b == b',' && kind.starts_with(b"argon");
    let len = text.iter().take_while(is_part).count();
    // The text may break off in it.
    let is_begun = len == text.len() && kind.len() + 1 < len;
    (len >= SHORTEST || is_begun).then_some(len)
}

/// Returns where the hash is of the program whose name ends at the `$` at `at`: `SCRAM-SHA-256$4096:…`, `pbkdf2_sha256$…`.
fn named_hash(text: &[u8], at: usize) -> Option<(usize, usize)> {
    const NAMES: [&[u8]; 6] =
        [b"SCRAM-SHA-256", b"SCRAM-SHA-1", b"pbkdf2_sha256", b"pbkdf2_sha1", b"bcrypt_sha256", b"md5"];
    const SHORTEST: usize = 24;
    let before = text.part(..at);
    let name = NAMES.iter().find(|name| before.ends_with(name))?;
    let is_part = |b: &&u8| b.is_ascii_alphanumeric() || b"./$=+-_:".contains(b);
    let len = text.after(at).iter().take_while(is_part).count();
    (len >= SHORTEST || at + len == text.len() && len > 1).then_some((at - name.len(), at + len))
}

/// Returns whether the text behind `Bearer` stands for a token, or is the word that people say behind it: `bearer tokens`.
fn is_told_of(token: &[u8]) -> bool {
    const NOUNS: [&[u8]; 16] = [
        b"grant",
        b"assertion",
        b"token",
        b"tokens",
        b"auth",
        b"authentication",
        b"authorization",
        b"credential",
        b"credentials",
        b"scheme",
        b"header",
        b"headers",
        b"format",
        b"type",
        b"method",
        b"of",
    ];
    let word = token.part(..token.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |at| at + 1));
    // A group of a regular expression.
    matches!(token, [b'(' | b'[', ..])
        || rules::told::is_small(token)
        || memchr::memmem::find(word, b"://").is_some()
        || NOUNS.iter().any(|noun| word.eq_ignore_ascii_case(noun))
        || rules::value::is_placeholder(token)
}

/// Returns whether the text behind `Bearer` begins a parameter of a challenge: `realm="example"`.
fn is_parameter(token: &[u8]) -> bool {
    const NAMES: [&[u8]; 8] = [
        b"realm",
        b"scope",
        b"error",
        b"error_description",
        b"error_uri",
        b"resource_metadata",
        b"charset",
        b"max_age",
    ];
    memchr::memchr(b'=', token)
        .and_then(|at| token.get(..at))
        .is_some_and(|name| NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

/// Finds `-----BEGIN … PRIVATE KEY-----` (RFC 7468, section 10, and older labels) to the end of its `END` line, or of
/// the text.
fn private_keys(text: &[u8], mut hit: impl FnMut(usize, usize)) {
    const LABEL: &[u8] = b"PRIVATE KEY";
    let label = |from: usize| text.get(from..).and_then(|rest| memmem::find(rest, LABEL)).map(|at| from + at);
    /// Bounds the distance from `PRIVATE KEY` back to its `BEGIN`.
    const REACH: usize = 48;
    let line = |at: usize, word: &[u8], from: usize| {
        let reach = at.saturating_sub(REACH).max(from);
        memmem::rfind(text.part(reach..at), word).map(|found| reach + found)
    };
    let mut from = 0;
    while let Some(at) = label(from) {
        if !work::allows(64) {
            return;
        }
        let body = at + LABEL.len();
        let Some(begin) = line(at, b"BEGIN", from) else {
            from = body;
            continue;
        };
        let before = text.part(from..begin);
        let before = before.strip_suffix(b" ").unwrap_or(before);
        // Prose names the label without its dashes.
        if before.last().is_some_and(|b| *b != b'-') {
            from = body;
            continue;
        }
        let start = from + before.iter().rposition(|b| *b != b'-').map_or(0, |at| at + 1);
        let mut next = body;
        let end = loop {
            work::spend(32);
            let Some(at) = label(next) else { break end_of_base64(text, body) };
            let seen = std::mem::replace(&mut next, at + LABEL.len());
            if line(at, b"END", seen).is_some() {
                let dashes = text.part(next..).iter();
                let rest = dashes.take_while(|b| matches!(b, b'-' | b' ') || b.is_ascii_uppercase()).count();
                let tail = text.part(next..next + rest);
                break next + tail.iter().rposition(|b| *b == b'-').map_or(0, |at| at + 1);
            }
        };
        hit(start, end);
        from = end;
    }
}

/// Returns where the key ends whose last line is missing: before the first line behind `from` that is a sentence.
fn end_of_base64(text: &[u8], from: usize) -> usize {
    let is_mark = |b: &&u8| matches!(b, b'#' | b'*' | b'/' | b' ' | b'\t');
    memchr::memchr_iter(b'\n', text.after(from))
        .map(|feed| from + feed)
        .find(|feed| {
            let line = text.after(feed + 1);
            let line = line.part(..memchr::memchr(b'\n', line).unwrap_or(line.len()));
            let line = line.after(line.iter().take_while(is_mark).count());
            line.first().is_some_and(u8::is_ascii_lowercase) && program::is_description(line)
        })
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::rules::Rules;

    fn hide(text: &str) -> String {
        let rules = Rules::new();
        Edits::shown(text, |text, edits| find_shapes(Scope::new(&rules, |_, _| None), text, true, edits))
    }

    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl-_";

    #[test]
    fn jwts_go_wherever_they_stand() {
        assert_eq!(hide(JWT), "REDACTED");
        assert_eq!(hide(&format!("a {JWT}, b")), "a REDACTED, b");
        assert_eq!(hide(&format!("id:{JWT}/x {JWT}")), "id:REDACTED/x REDACTED");
        assert_eq!(hide("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. x"), "REDACTED x");
        assert_eq!(hide("eyJh.a.b.c.d== x"), "REDACTED x");
        assert_eq!(hide("eyJh==.eyJa=.b_c= x"), "REDACTED x");
    }

    #[test]
    fn a_jwt_cut_anywhere_goes() {
        for cut in 4..JWT.len() {
            assert_eq!(hide(&format!("x {}", &JWT[..cut])), "x REDACTED");
        }
        assert_eq!(hide("eyJ"), "eyJ");
    }

    #[test]
    fn a_jwt_begins_a_word() {
        assert_eq!(hide("0355cNHTqxOuzeyJFsXJL9.1 xeyJhb.c"), "0355cNHTqxOuzeyJFsXJL9.1 xeyJhb.c");
        assert_eq!(
            hide(&format!("a\\n{JWT} %20{JWT} \\u0020{JWT} t_{JWT}")),
            "a\\nREDACTED %20REDACTED \\u0020REDACTED t_REDACTED"
        );
    }

    #[test]
    fn base64_of_json_that_is_no_jwt_stays_in_mid_text() {
        assert_eq!(hide("cursor eyJpZCI6MX0 next"), "cursor eyJpZCI6MX0 next");
        assert_eq!(hide("eyJhbGc. Next"), "eyJhbGc. Next");
    }

    #[test]
    fn bearer_tokens_go_in_any_case() {
        assert_eq!(hide("Bearer abc.def-_~+/="), "Bearer REDACTED");
        assert_eq!(hide("got bEaReR  x|y!z, then"), "got bEaReR  REDACTED, then");
        assert_eq!(hide("\"BEARER abc=\""), "\"BEARER REDACTED\"");
        assert_eq!(hide("Bearer: \"abc\""), "Bearer: \"REDACTED\"");
        assert_eq!(hide("Bearer"), "Bearer");
        assert_eq!(hide("forbearer abc"), "forbearer abc");
        assert_eq!(hide("what a bearer shows."), "what a bearer shows.");
        assert_eq!(hide("~^Bearer (.+)$"), "~^Bearer (.+)$");
    }

    #[test]
    fn basic_credentials_go() {
        assert_eq!(hide("a Basic bGVnYWN5OkRhY2gtUmlubmU=; b"), "a Basic REDACTED; b");
        assert_eq!(hide("basic dTpww7Zw x"), "basic REDACTED x");
        assert_eq!(hide("Basic bGVnYWN5OkRh"), "Basic REDACTED");
        for text in ["Basic authentication is used", "Basic dGVzdA== only", "a basic usage:x"] {
            assert_eq!(hide(text), text);
        }
    }

    #[test]
    fn hashes_of_passwords_go() {
        assert_eq!(hide("ada $2a$14"), "ada REDACTED");
        assert_eq!(hide("ada:$2b$12$Zkx19XLiW6VYouLHR5NmfO:1"), "ada:REDACTED:1");
        assert_eq!(hide("\"a\" \"SCRAM-SHA-256$4096:mfdv10uSNZ==$8nrfZ/Yaa7=:PQ=\""), "\"a\" \"REDACTED\"");
        assert_eq!(hide("secret 9 $9$V7lL2KBmg29vww$eHAs"), "secret 9 REDACTED");
        assert_eq!(hide("for $5.00 and $6$ a"), "for $5.00 and $6$ a");
    }

    #[test]
    fn a_bearer_challenge_stays() {
        let challenge = r#"Bearer realm="example", error="invalid_token""#;
        assert_eq!(hide(challenge), challenge);
        assert_eq!(hide(r#"Bearer error="invalid_token""#), r#"Bearer error="invalid_token""#);
    }

    #[test]
    fn private_keys_go_whole() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
        assert_eq!(hide(&format!("a\n{key}\nb {key}")), "a\nREDACTED\nb REDACTED");
        assert_eq!(hide("x -----BEGIN PRIVATE KEY-----\nMIIE\nAbC"), "x REDACTED");
        assert_eq!(
            hide("-----BEGIN PGP PRIVATE KEY BLOCK-----\nx\n-----END PGP PRIVATE KEY BLOCK-----\ny"),
            "REDACTED\ny"
        );
        assert_eq!(hide("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nx"), "REDACTED");
        assert_eq!(hide("-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----\\n"), "REDACTED\\n");
        let public = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
        assert_eq!(hide(public), public);
        assert_eq!(hide("a PRIVATE KEY is private"), "a PRIVATE KEY is private");
    }
}
