//! Finds credentials that no sign precedes: in SQL (`PASSWORD 'x'`, `IDENTIFIED BY 'x'`, rows of an `INSERT`), calls
//! (`define('DB_PASSWORD', 'x')`), and data sources of Go and Oracle.

use super::{
    lexeme::{self, Quotes},
    program::same_letters,
};
use crate::redact::{
    rules::{Hidden, Rules, Surety, value},
    text::{edits::Edits, slice::Slice},
    work,
};
use memchr::memmem::{self, Finder};
use std::sync::LazyLock;

/// Bounds the bytes of a data source that are read.
const MAX_WORD: usize = 512;

/// Made once, since every text is searched for them.
static INSERT: LazyLock<[Finder<'_>; 2]> = LazyLock::new(|| [Finder::new("alues"), Finder::new("ALUES")]);
static BUCKET: LazyLock<[Finder<'_>; 2]> = LazyLock::new(|| [Finder::new("3('"), Finder::new("luster('")]);

/// Finds all of them in `text`.
pub(super) fn find_credentials<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    let (mut from, mut quotes) = (0, Quotes::new(text));
    for quote in memchr::memchr2_iter(b'\'', b'"', text) {
        if !work::allows(4) {
            return;
        }
        if quote >= from && is_value(rules, text.part(..quote)) && !quotes.closes(quote) {
            let (start, end) = lexeme::prose_value(text, quote, false, false);
            // `invalid('device_code', 'The code was not issued to this client')`
            let value = text.part(start..end);
            let told = text.part(..quote).trim_ascii_end().ends_with(b",")
                && (lexeme::is_sentence(value) || repeats(text, quote, value));
            // `secret "x";` ends its line.
            let name = lexeme::last_word(text.part(..quote).trim_ascii_end());
            let is_single =
                name.iter().all(u8::is_ascii_lowercase) && text.part(..quote).trim_ascii_end().ends_with(name);
            let ends_line = || matches!(text.after(end + 1), [] | [b';' | b'\n' | b'\r', ..]);
            let begins_line = || lexeme::line_before(text, quote).trim_ascii().len() == name.len();
            let told = told
                || lexeme::line_before(text, quote).starts_with(b"%token ")
                || is_single && begins_line() && !ends_line();
            if !(told || value::is_harmless(lexeme::outer(text, start, end))) || !edits.is_whole() && end == text.len()
            {
                edits.mask(start, end, rules.mask());
            }
            from = end + 1;
        }
    }
    rows(rules, text, edits);
    for (finder, open) in BUCKET.iter().flat_map(|finder| finder.find_iter(text).map(move |at| (finder, at))) {
        bucket(rules, text, open + finder.needle().len() - 1, edits);
    }
    // The beginning of the word, and where it was last searched for.
    let (mut start, mut seen) = (0, 0);
    for at in memchr::memchr_iter(b'@', text) {
        work::spend(8);
        if text.after(at + 1).starts_with(b"tcp(") || text.after(at + 1).starts_with(b"unix(") {
            let least = at.saturating_sub(MAX_WORD);
            let ends = |b: &u8| *b <= b' ' || b"\"'=".contains(b);
            let near = seen.max(least);
            start = text.part(near..at).iter().rposition(ends).map_or(start.max(least), |at| near + at + 1);
            seen = at;
            if let Some(colon) = memchr::memchr(b':', text.part(start..at)) {
                edits.mask(start + colon + 1, at, rules.mask());
            }
        }
    }
    find_login(rules, text, b"oracle:thin:", 6, edits);
}

/// Returns whether an argument says the name again that the one before it is: `('CLIENT_SECRET', 'clientSecret')`.
fn repeats(text: &[u8], quote: usize, value: &[u8]) -> bool {
    let list = text.part(..quote).trim_ascii_end();
    let list = list.strip_suffix(b",").unwrap_or(list);
    let name = lexeme::quoted_name(list, 0, list.len()).map(|(start, end)| list.part(start..end));
    name.is_some_and(|name| name.len() > value.len() && same_letters(name, value))
}

/// Finds the password behind the slash of Oracle's `USER/PASSWORD@…`, behind each `sign` in `text`. At `rare`, a sign has a
/// byte of which texts have few.
pub(super) fn find_login<'r>(rules: &'r Rules, text: &[u8], sign: &[u8], rare: usize, edits: &mut Edits<'r>) {
    let Some(&byte) = sign.get(rare) else { return };
    for at in memchr::memchr_iter(byte, text) {
        if rare > 0 && at.checked_sub(1).and_then(|at| text.get(at)) != sign.get(rare - 1) {
            continue;
        }
        let Some(before) = at.checked_sub(rare).filter(|before| text.after(*before).starts_with(sign)) else {
            continue;
        };
        let start = before + sign.len();
        let rest = text.after(start);
        let rest = rest.part(..rest.len().min(MAX_WORD));
        let word = rest.part(..rest.iter().position(|b| *b <= b' ' || *b == b'"').unwrap_or(rest.len()));
        // One that ends the text may lack its `@`.
        let ends = || (start + word.len() == text.len()).then_some(word.len());
        let end = memchr::memchr(b'@', word).or_else(ends);
        if let Some((slash, end)) = memchr::memchr(b'/', word).zip(end).filter(|(a, b)| a < b) {
            edits.mask(start + slash + 1, start + end, rules.mask());
        }
    }
}

/// Returns whether what [`find_credentials`] finds behind no quote may begin at the `(`, `-` or `:` between `before` and
/// `after`.
pub(crate) fn is_sign(before: &[u8], sign: u8, after: &[u8]) -> bool {
    match sign {
        b'(' => {
            let word = before.trim_ascii_end();
            [&b"alues"[..], b"ALUES", b"@tcp", b"@unix", b"s3", b"S3", b"luster"]
                .iter()
                .any(|known| word.ends_with(known))
        }
        // Not a number, a range or a dash.
        b'-' => {
            matches!(before, [] | [.., ..=b' ']) && after.first().is_some_and(|b| *b == b'-' || b.is_ascii_lowercase())
        }
        _ => before.ends_with(b"oracle:thin"),
    }
}

/// Returns whether a quote behind `before` begins the value of a secret.
pub(crate) fn is_value(rules: &Rules, before: &[u8]) -> bool {
    /// The longest name that is read, with what is around it.
    const REACH: usize = 96;
    let before = before.after(before.len().saturating_sub(REACH));
    let text = before.trim_ascii_end();
    // The first argument of a call.
    if let Some(list) = text.strip_suffix(b",") {
        let Some((start, end)) = lexeme::quoted_name(list, 0, list.len()) else {
            // `curl_setopt($ch, CURLOPT_USERPWD, "x")`
            let name = lexeme::last_word(list);
            let is_constant = name.contains(&b'_') && !name.iter().any(u8::is_ascii_lowercase);
            return is_constant && rules.secret_anywhere(name).is_some();
        };
        let call = list.part(..start.saturating_sub(1)).trim_ascii_end();
        // A call, or a pair in a list: `[('user', 'ada'), ('password', 'x')]`.
        let Some(call) = call.strip_suffix(b"(") else { return false };
        let is_call =
            call.trim_ascii_end().last().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'[' | b','));
        // These tell of it, or look it up.
        let tells = [
            &b"log"[..],
            b"info",
            b"debug",
            b"warn",
            b"error",
            b"trace",
            b"get",
            b"delete",
            b"remove",
            b"ontains",
            b"has",
        ]
        .iter()
        .any(|known| call.ends_with(known));
        let call = call.trim_ascii_end();
        let word = call.after(call.iter().rposition(|b| *b == b' ').map_or(0, |at| at + 1));
        let is_operator = [&b"in"[..], b"and", b"or", b"not", b"return", b"if"].contains(&word);
        // A path is no name.
        let name = list.part(start..end);
        let tells = tells || is_operator || name.contains(&b'/');
        let is_surely = |hidden: Hidden<'_>| hidden.surety != Some(Surety::Weak);
        return is_call && !tells && rules.secret_anywhere(name).is_some_and(is_surely);
    }
    if text.len() == before.len() || before.after(text.len()).contains(&b'\n') {
        return false;
    }
    let ends = |with: &[u8]| {
        let at = text.len().checked_sub(with.len());
        let word = |at: usize| at.checked_sub(1).and_then(|at| text.get(at)).is_none_or(|b| *b <= b' ' || *b == b'(');
        at.is_some_and(|at| word(at) && text.after(at).eq_ignore_ascii_case(with))
    };
    let of_user =
        || [&b"user"[..], b"USER", b"grant", b"GRANT", b"@"].iter().any(|word| memmem::find(text, word).is_some());
    let is_strong = |hidden: Hidden<'_>| hidden.surety.is_none_or(|surety| surety == Surety::Strong);
    // `storePassword "x"`: a setting of several words begins its line.
    let word = lexeme::last_word(text);
    let is_setting = || {
        let begins = text.part(..text.len() - word.len()).iter().rev().find(|b| !matches!(b, b' ' | b'\t'));
        let is_joined = word.contains(&b'_') || word.iter().skip(1).any(u8::is_ascii_uppercase);
        let is_single = !is_joined && word.len() > 5 && word.iter().all(u8::is_ascii_lowercase);
        (is_joined || is_single)
            && begins.map_or(before.len() < REACH, |b| *b == b'\n')
            && word.iter().any(u8::is_ascii_lowercase)
            && rules.secret_anywhere(word).is_some_and(is_strong)
    };
    // `RequestHeader set X-Api-Key "x"`, `proxy_set_header X-Api-Key "x"`
    let is_header = || {
        let name = text.after(text.iter().rposition(|b| *b <= b' ').map_or(0, |at| at + 1));
        let verb = text.part(..text.len() - name.len()).trim_ascii_end();
        let verb = verb.after(verb.iter().rposition(|b| *b <= b' ').map_or(0, |at| at + 1));
        let sets =
            [&b"set"[..], b"add", b"append", b"always", b"header_up", b"set-header", b"add-header"].contains(&verb);
        (sets || verb.ends_with(b"_header")) && rules.secret_header(name).is_some_and(is_strong)
    };
    // `:api-token "x"` of Clojure, `option key 'x'` of UCI
    let name = text.after(
        text.iter().rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))).map_or(0, |at| at + 1),
    );
    let lead = text.part(..text.len() - name.len());
    let is_keyword = || {
        let begins = lead.strip_suffix(b":").is_some_and(|lead| lead.last().is_none_or(|b| b" \t\n({[,".contains(b)));
        begins && rules.secret_anywhere(name).is_some_and(is_strong)
    };
    let is_option =
        || lead.trim_ascii_end().ends_with(b"option") && (name == b"key" || rules.secret_anywhere(name).is_some());
    is_setting()
        || is_keyword()
        || is_option()
        || is_header()
        || ends(b": eap")
        || ends(b"convertto-securestring -string")
        || ends(b"identified by") && of_user()
        || ends(b"convertto-securestring")
        || ends(b"psk")
        || (ends(b"password") && rules.secret_anywhere(b"password").is_some())
}

/// Finds the values that an `INSERT` gives to the columns of secrets: `(name, password) VALUES ('ada', 'x')`.
fn rows<'r>(rules: &'r Rules, text: &[u8], edits: &mut Edits<'r>) {
    const WORD: usize = b"values".len();
    /// Bounds the bytes of the names of columns, and the columns.
    const MOST: (usize, usize) = (4096, 64);
    if memchr::memchr(b'(', text).is_none() {
        return;
    }
    for open in INSERT.iter().flat_map(|word| word.find_iter(text)) {
        let Some(columns) =
            text.part(open.saturating_sub(MOST.0)..open.saturating_sub(1)).trim_ascii_end().strip_suffix(b")")
        else {
            continue;
        };
        let Some(begin) = memchr::memrchr2(b'(', b')', columns).filter(|at| columns.get(*at) == Some(&b'(')) else {
            continue;
        };
        let unquoted =
            |name: &[u8]| name.trim_ascii().iter().copied().filter(|b| !b"`\"[]".contains(b)).collect::<Vec<_>>();
        let columns = columns.after(begin + 1).split(|b| *b == b',').take(MOST.1);
        let secret: Vec<_> = columns.map(|name| rules.secret_anywhere(&unquoted(name))).collect();
        if secret.iter().all(Option::is_none) {
            continue;
        }
        let mut at = open - 1 + WORD;
        // Each row is a list in parentheses.
        while let Some(b'(') = text.get(at + gap(text, at)) {
            at += gap(text, at) + 1;
            for hidden in &secret {
                at += gap(text, at);
                let rest = text.after(at);
                let (start, end, next) = match rest.first() {
                    Some(b'\'' | b'"') => {
                        let (start, end) = lexeme::prose_value(text, at, false, false);
                        (start, end, end + 1)
                    }
                    _ => {
                        let len = rest.iter().position(|b| matches!(b, b',' | b')' | b'\n')).unwrap_or(rest.len());
                        (at, at + len, at + len)
                    }
                };
                let value = text.part(start..end);
                let is_bound = |value: &[u8]| matches!(value, [b'?' | b'$' | b':' | b'@' | b'%', ..]);
                if let Some(hidden) = hidden.filter(|hidden| !(hidden.votes(value) || start == at && is_bound(value))) {
                    edits.mask(start, end, hidden.mask);
                }
                at = (next + usize::from(text.get(next) == Some(&b','))).min(text.len());
            }
            at += text.after(at).iter().take_while(|b| matches!(b, b')' | b',' | b' ' | b'\n')).count();
        }
    }
}

/// Finds the credentials that ClickHouse's `s3` takes behind the address, whose quote is at `at`: `S3('https://…', 'ID', 'SECRET')`.
fn bucket<'r>(rules: &'r Rules, text: &[u8], at: usize, edits: &mut Edits<'r>) {
    /// No secret of such a store is shorter.
    const SHORTEST: usize = 16;
    let literal = |at: usize| {
        let (start, end) = lexeme::prose_value(text, at + gap(text, at), false, false);
        let is_literal = start > 0 && text.get(start - 1) == Some(&b'\'') && !text.part(start..end).contains(&b' ');
        is_literal.then_some((start, end))
    };
    let next = |(_, end): (usize, usize)| (text.get(end + 1) == Some(&b',')).then_some(end + 2).and_then(literal);
    let is_address = |(start, end): &(usize, usize)| memmem::find(text.part(*start..*end), b"://").is_some();
    let first = literal(at);
    // A cluster stands before the address.
    let address = first.filter(is_address).or_else(|| first.and_then(next).filter(is_address));
    let Some(id) = address.and_then(next) else { return };
    match next(id) {
        Some((start, end)) if end - start >= SHORTEST || end == text.len() => {
            edits.mask(id.0, id.1, rules.mask());
            edits.mask(start, end, rules.mask());
        }
        _ => {}
    }
}

/// Returns the length of the white space at `at`.
fn gap(text: &[u8], at: usize) -> usize {
    text.after(at).iter().take_while(|b| b.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let rules = Rules::new();
        Edits::shown(text, |text, edits| find_credentials(&rules, text, edits))
    }

    #[test]
    fn credentials_go() {
        for (text, hidden) in [
            ("CREATE ROLE a LOGIN PASSWORD 'x''y' VALID", "CREATE ROLE a LOGIN PASSWORD 'REDACTED' VALID"),
            ("USER 'j'@'h' IDENTIFIED BY 'x'", "USER 'j'@'h' IDENTIFIED BY 'REDACTED'"),
            ("define( 'DB_PASSWORD', 'x' );", "define( 'DB_PASSWORD', 'REDACTED' );"),
            ("setenv(\"API_KEY\", \"x\")", "setenv(\"API_KEY\", \"REDACTED\")"),
            (
                "INSERT INTO u (id, password) VALUES (1, 'x'), (2, 'y')",
                "INSERT INTO u (id, password) VALUES (1, 'REDACTED'), (2, 'REDACTED')",
            ),
            ("m([('user', 'ada'), ('password', 'x')])", "m([('user', 'ada'), ('password', 'REDACTED')])"),
            ("INSERT INTO u (id, password) VALUES (1, '$2y$10", "INSERT INTO u (id, password) VALUES (1, 'REDACTED"),
            (
                "S3('https://h/a.csv', 'id-1', 'abcdefgh/ijklmnop+1', 'CSV')",
                "S3('https://h/a.csv', 'REDACTED', 'REDACTED', 'CSV')",
            ),
            ("  storePassword \"x\"\n", "  storePassword \"REDACTED\"\n"),
            ("{:user \"a\", :api-token \"x\"}", "{:user \"a\", :api-token \"REDACTED\"}"),
            ("\toption key 'a b'", "\toption key 'REDACTED'"),
            ("carol : EAP \"x\"", "carol : EAP \"REDACTED\""),
            (
                "s3Cluster('c', 'https://h/a', 'id', 'abcdefgh/ijklmnop+1')",
                "s3Cluster('c', 'https://h/a', 'REDACTED', 'REDACTED')",
            ),
            ("  secret \"x\";\n", "  secret \"REDACTED\";\n"),
            ("RequestHeader set X-Api-Key \"x y\"", "RequestHeader set X-Api-Key \"REDACTED\""),
            (
                "(ConvertTo-SecureString -String 'x' -AsPlainText)",
                "(ConvertTo-SecureString -String 'REDACTED' -AsPlainText)",
            ),
            ("open app:x@y@tcp(db:3306)/shop", "open app:REDACTED@tcp(db:3306)/shop"),
            ("jdbc:oracle:thin:scott/x@//db:1521/o", "jdbc:oracle:thin:scott/REDACTED@//db:1521/o"),
        ] {
            assert_eq!(shown(text), hidden);
        }
    }

    #[test]
    fn prose_stays() {
        for text in [
            "unexpected token 'x'",
            "('password', 'user')",
            "['password', 'user']",
            "define('DB_NAME', 'x')",
            "s3('https://h/a.csv', 'CSV', 'a Int8')",
            "no storePassword 'x'",
            "INSERT INTO u (id, password) VALUES (?, ?)",
            "jdbc:oracle:thin:@//db:1521/o",
            "the passwords 'x'",
            "token 'x' is not expected",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
