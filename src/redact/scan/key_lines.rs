//! Finds lines that begin with a name: header fields, YAML, `.env`, ini and properties in text.

use super::{
    blocks::{
        AGAIN, Lines, indent, is_end, is_told_in_block, labels_code, last, multiline, schema, schema_in_line, told,
    },
    expression::Source,
    lexeme::{self, is_member, looks_like_form},
    program::{is_description, next_line},
};
use crate::redact::text::slice::Slice;
use crate::redact::{
    codec::{entities, json_lexer},
    rules::{Hidden, Rules},
    text::{
        context::{LineStart, Mode},
        edits::Edits,
    },
    work,
};
use memchr::memmem;

/// More bytes than any name has, with the words that may stand before it.
pub(crate) const MAX_HEAD: usize = 200;

/// Finds what follows the name of a secret and a `:` or `=` at the beginning of a line: the rest of the line, and the
/// lines that go on with it, which are those that are indented further.
pub(super) fn find_key_lines<'r>(rules: &'r Rules, source: &Source<'_>, first: LineStart, edits: &mut Edits<'r>) {
    let text = source.text();
    let mut lines = Lines { text, at: 0 };
    // The bytes that may still be read as schemas within others.
    let mut left = AGAIN * text.len();
    while let Some((start, end)) = lines.next() {
        if !work::allows(6) {
            break;
        }
        let line = text.part(start..end);
        let Some(Secret { sign, behind, value, hidden }) = secret(rules, line) else {
            if let Some((from, to)) =
                key(rules, line, end == text.len()).filter(|_| start > 0 || first == LineStart::Line)
            {
                edits.mask(start + from, start + to, rules.mask());
            }
            continue;
        };
        if start == 0 && !is_line(first, text, line, sign) {
            continue;
        }
        let from = start + value;
        let content = text.part(from..end);
        let may_go_on = end == text.len() && !edits.is_whole();
        let is_kind = value == sign + 1 && start == 0 && lexeme::is_kind(content);
        if (hidden.votes(content) || is_kind) && !may_go_on
            || source.shows(rules, hidden, (start + sign, start + behind), edits)
        {
            continue;
        }
        // What is in a block is judged by its own names where the name is a path.
        let opens = content.is_empty() && line.get(sign) == Some(&b':');
        if opens && hidden.surety.is_some() && is_told_in_block(hidden, text, end, indent(line)) {
            continue;
        }
        // What has to pass, or did: a job, a count.
        if opens && line.part(..sign).trim_ascii() == b"pass" {
            continue;
        }
        // The lines of a comment of C go on with stars.
        if opens && line.trim_ascii_start().starts_with(b"/*") {
            continue;
        }
        if opens && hidden.surety.is_some() && (is_a_path(line) || is_title(line, text, end) || labels_code(text, end))
            || line.get(sign) == Some(&b':')
                && hidden.surety.is_some()
                && is_of_a_file(line.part(..sign), content, text.after(end))
            || line.trim_ascii_start().starts_with(b"$") && lexeme::is_type(content)
        {
            continue;
        }
        let mask = hidden.mask;
        if line.get(sign) == Some(&b':')
            && !may_go_on
            && let Some(examples) = schema_in_line(hidden, content)
        {
            examples.into_iter().for_each(|(start, end)| edits.mask(from + start, from + end, mask));
            continue;
        }
        let json = matches!(content.first(), Some(b'{' | b'[')).then(|| json_lexer::value(text, from).ok()).flatten();
        if let Some(end) = json {
            // One that stands in lines of its own may be a schema.
            let inside = if content == b"{" && left >= end - from { Some((from + 2, end - 1)) } else { None };
            left = left.saturating_sub(end - from);
            match inside.and_then(|inside| schema(hidden, text, inside, edits)) {
                Some(secret) => secret.into_iter().for_each(|(start, end)| edits.mask(start, end, mask)),
                None => {
                    edits.mask(from, end, mask);
                    while lines.at < end && lines.next().is_some() {}
                }
            }
        } else if let Some(hidden) = multiline(text, &mut lines, from, end, line.get(sign) == Some(&b'=')) {
            edits.mask(hidden.0, hidden.1, mask);
        } else if let Some(inside) = quoted(content) {
            edits.mask(from + 1, from + 1 + inside, mask);
        } else if let Some(len) = assigned(line, sign, content).or_else(|| column(content)) {
            // What is set for one command may be what another prints.
            if !hidden.votes(content.part(..len)) {
                edits.mask(from, from + len, mask);
            }
        } else {
            let next = lines.at;
            let end = last(text, &mut lines, from, end, indent(line));
            if opens
                && left >= end - from
                && let Some(secret) = schema(hidden, text, (next, end), edits)
            {
                left -= end - from;
                lines.at = next;
                secret.into_iter().for_each(|(start, end)| edits.mask(start, end, mask));
                continue;
            }
            let told = if opens { told(hidden, line, text, (from, end), edits) } else { None };
            match told {
                Some(secret) => secret.into_iter().for_each(|(start, end)| edits.mask(start, end, mask)),
                None => edits.mask(from, end, mask),
            }
        }
    }
}

/// Returns whether a line has more words than a name, and what follows it is a sentence.
fn is_title(line: &[u8], text: &[u8], end: usize) -> bool {
    const MOST_WORDS: usize = 5;
    line.split(|b| *b == b'-').count() > MOST_WORDS && is_description(next_line(text, end))
}

/// Returns where the value of a line is that looks like a key, and whose name may be that of one. One in quotes that the end of the
/// text leaves open, where this is the `last` line, may go on as one.
fn key(rules: &Rules, line: &[u8], last: bool) -> Option<(usize, usize)> {
    let sign = memchr::memchr2(b':', b'=', line.get(..MAX_HEAD).unwrap_or(line))?;
    let rest = line.after(sign + 1);
    let is_mark = |b: &u8| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b',' | b';');
    let from = rest.iter().position(|b| !is_mark(b))?;
    let to = rest.iter().rposition(|b| !is_mark(b))? + 1;
    let (name, value) = (name(line.part(..sign))?, rest.part(from..to));
    let is_open = || {
        let quote = rest.part(..from).last().filter(|b| matches!(b, b'"' | b'\''));
        let is_word = value.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(b));
        last && is_word && quote.is_some_and(|quote| !rest.after(to).contains(quote)) && rules.may_be_key(name)
    };
    (rules.key(name, value).is_some() || is_open()).then_some((sign + 1 + from, sign + 1 + to))
}

/// Returns whether a name before a colon is that of a file, of which something is said, or of which a recipe tells how it is made.
fn is_of_a_file(name: &[u8], content: &[u8], behind: &[u8]) -> bool {
    lexeme::is_file_name(name) && content.contains(&b' ')
        || name.contains(&b'.') && content.is_empty() && behind.starts_with(b"\n\t")
}

/// Returns whether a line begins with a path in the place of a name: `/token:`.
fn is_a_path(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    matches!(line.strip_prefix(b"\"").unwrap_or(line), [b'/', next, ..] if next.is_ascii_alphanumeric() || *next == b'{')
}

/// Returns the length of a value that is a word, where another member stands behind a bar: `token: x | user: ada`.
fn column(content: &[u8]) -> Option<usize> {
    let bar = memmem::find(content, b" | ")?;
    let next = content.after(bar + 3);
    let name = next.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    (name > 0 && next.after(name).starts_with(b": ") && !content.part(..bar).contains(&b' ')).then_some(bar)
}

/// Returns the length of the value that is set for one command of a shell, which follows it on the line: `PGPASSWORD=x psql -h db`.
fn assigned(line: &[u8], sign: usize, content: &[u8]) -> Option<usize> {
    let is_name = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    let name = line.part(..sign);
    let name = name.after(name.iter().rposition(|b| *b == b' ').map_or(0, |at| at + 1));
    if name.is_empty() || !name.iter().all(is_name) || line.get(sign + 1).is_none_or(u8::is_ascii_whitespace) {
        return None;
    }
    let (start, end) = lexeme::prose_value(content, 0, false, false);
    let len = end + start;
    let command = content.after(len).strip_prefix(b" ")?;
    let word = command.part(..command.iter().position(|b| *b == b' ').unwrap_or(command.len()));
    let is_command = word.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-./".contains(b));
    let sets = memchr::memchr(b'=', word).is_some_and(|sign| sign > 0 && word.part(..sign).iter().all(is_name));
    (sets || is_command && memmem::find(command, b" -").is_some()).then_some(len)
}

/// Returns whether `text` begins with the name of a secret and a colon.
pub(crate) fn begins_by_colon(rules: &Rules, text: &[u8]) -> bool {
    secret(rules, text).is_some_and(|secret| text.get(secret.sign) == Some(&b':'))
}

/// Returns whether `text` begins with a line, whose name ends at `sign`.
fn is_line(first: LineStart, text: &[u8], line: &[u8], sign: usize) -> bool {
    match (first, line.get(sign)) {
        (LineStart::Line, _) => true,
        (LineStart::No, _) | (LineStart::Colon, Some(b'=')) => false,
        // Such a text is searched again with its escapes undone.
        (LineStart::Inline, _) if line.get(..sign).and_then(entities::undo).is_some() => false,
        _ if is_path(line, sign) => false,
        (_, Some(b'=')) => !looks_like_form(text),
        (LineStart::Inline, _) => !is_member(line, sign, Mode::Text),
        (LineStart::Colon, _) => !is_member(line, sign, Mode::Form),
    }
}

/// Returns whether the line begins with one slash, which begins no comment, and goes on behind `sign` as a path does.
fn is_path(line: &[u8], sign: usize) -> bool {
    matches!(line.trim_ascii_start(), [b'/', next, ..] if !matches!(next, b'/' | b'*' | b' ' | b'\t'))
        && line.get(sign + 1).is_some_and(u8::is_ascii_graphic)
}

/// A line that begins with the name of a secret.
struct Secret<'r> {
    /// The offset of its `:` or `=`.
    sign: usize,
    /// The end of its signs.
    behind: usize,
    /// The beginning of its value.
    value: usize,
    hidden: Hidden<'r>,
}

fn secret<'r>(rules: &'r Rules, line: &[u8]) -> Option<Secret<'r>> {
    let head = line.get(..MAX_HEAD).unwrap_or(line);
    let sign = memchr::memchr2(b':', b'=', head)?;
    // `pin::Pin` is a path.
    if line.after(sign).starts_with(b"::") && !is_base64(line.after(sign + 2)) {
        return None;
    }
    // Skips a reference of Markdown: `[symmetric_difference_with_key]: https://…`.
    let first = head.part(..sign).trim_ascii_start();
    if line.get(sign) == Some(&b':')
        && first.ends_with(b"]")
        && matches!(first.first(), Some(b'[' | b'/'))
        && first.contains(&b'[')
    {
        return None;
    }
    // Skips a URL, and what a reference of reStructuredText leads to.
    if line.after(sign).starts_with(b"://") || first.starts_with(b".. _") {
        return None;
    }
    // Skips a symbol of Ruby's, which a method is given: `cookies.rotate :signed`.
    if head.part(..sign).ends_with(b" ")
        && first.contains(&b'.')
        && line.get(sign + 1).is_some_and(u8::is_ascii_lowercase)
    {
        return None;
    }
    // Skips a position in a source file: `token.rs:12`.
    if line.get(sign + 1).is_some_and(u8::is_ascii_digit)
        && head.part(..sign).contains(&b'.')
        && line.get(sign) == Some(&b':')
    {
        return None;
    }
    work::spend(20 + sign / 2);
    let hidden = hidden(rules, head.get(..sign)?)?;
    let rest = line.get(sign + 1..)?;
    // `:=`, `==`, `=>`
    let signs = rest.iter().take_while(|b| matches!(b, b'=' | b':')).count();
    let arrow = usize::from(head.get(sign) == Some(&b'=') && rest.get(signs) == Some(&b'>'));
    let behind = sign + 1 + signs + arrow;
    let rest = line.after(behind);
    Some(Secret { sign, behind, value: behind + rest.len() - rest.trim_ascii_start().len(), hidden })
}

/// Returns whether what follows two colons is encoded, as in LDIF (RFC 2849), and no type as Haskell has behind them.
fn is_base64(rest: &[u8]) -> bool {
    const LONGEST: usize = 4096;
    let Some(rest) = rest.strip_prefix(b" ") else { return false };
    let rest = rest.part(..rest.len().min(LONGEST));
    let value = rest.part(..rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len()));
    let is_type = value.first().is_none_or(u8::is_ascii_uppercase) || !value.iter().any(u8::is_ascii_uppercase);
    value.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b))
        && (!is_type || value.iter().any(|b| b.is_ascii_digit() || *b == b'='))
}

/// Returns what hides a line that begins with `head` and a sign.
fn hidden<'r>(rules: &'r Rules, head: &[u8]) -> Option<Hidden<'r>> {
    rules.secret_line(name(head)?)
}

/// Returns whether a string of JSON that begins with `head` and a colon may have something to hide behind them. This is
/// a quick check of plain names.
#[inline]
pub(crate) fn may_begin(rules: &Rules, head: &[u8]) -> bool {
    let Some((rest, next)) = head.iter().position(|&b| !WORD[usize::from(b)]).and_then(|at| head.split_at_checked(at))
    else {
        return !rules.is_harmless(head) && may_be_name(rules, head);
    };
    match *next {
        // No name begins or goes on with these.
        [b'!' | b'%' | b'&' | b'(' | b')' | b':' | b'=' | b'?' | b'^' | b'~', ..] => false,
        _ if rest.is_empty() || rest.starts_with(b"-") => may_be_name(rules, head),
        [b'#' | b'*'..=b',' | b'/' | b';'..=b'@' | b'`' | b'{'..=b'}', ..] => false,
        // Words of prose.
        [b' ', b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z', ..] if !WORDS.contains(&rest) => false,
        _ => may_be_name(rules, head),
    }
}

/// Does what [`may_begin`] does, with a closer look.
#[cold]
fn may_be_name(rules: &Rules, head: &[u8]) -> bool {
    head.contains(&b'\\') || hidden(rules, head).is_some()
}

/// The bytes of names that need not be folded.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = (b as u8).is_ascii_alphanumeric() || matches!(b as u8, b'-' | b'_');
        b += 1;
    }
    table
};

/// Words that may stand before a name.
const WORDS: [&[u8]; 6] = [b"export", b"set", b"ENV", b"const", b"let", b"var"];

/// Returns the length of the inside of a value in quotes, if only what ends a statement or an element follows them.
fn quoted(value: &[u8]) -> Option<usize> {
    let quote = value.first().filter(|b| matches!(b, b'"' | b'\''))?;
    // Another statement follows.
    let (start, close) = lexeme::prose_value(value, 0, false, false);
    if start == 1 && value.get(close) == Some(quote) && value.after(close + 1).starts_with(b"; ") {
        return Some(close - 1);
    }
    let end = value.iter().rposition(|b| !is_end(b))?;
    (end > 0 && value.get(end) == Some(quote) && value.get(end - 1) != Some(&b'\\')).then(|| end - 1)
}

/// Returns the name before the sign, without quotes and without the marks that begin a line.
fn name(head: &[u8]) -> Option<&[u8]> {
    let is_mark = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(
                b,
                b'"' | b'\'' | b'`' | b'-' | b'*' | b'>' | b'<' | b'+' | b'#' | b'/' | b';' | b'|' | b'@' | b',' | b'{'
            )
    };
    let start = head.iter().position(|b| !is_mark(b))?;
    let mut head = head.get(start..)?;
    for word in WORDS {
        if let Some(rest) =
            head.strip_prefix(word).filter(|rest| rest.first().is_some_and(|b| matches!(b, b' ' | b'\t')))
        {
            head = rest.trim_ascii_start();
        }
    }
    let name = head.trim_ascii_end();
    let name = name.strip_suffix(b"\"").or_else(|| name.strip_suffix(b"'")).unwrap_or(name);
    let is_name =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'[' | b']' | b'\\' | b'$' | 0x80..);
    // `map[password:x user:y]` is no line of its own.
    let opens = memchr::memrchr2(b'[', b']', name).is_some_and(|at| at > 0 && name.get(at) == Some(&b'['));
    (!name.is_empty() && !opens && name.iter().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::rules::Place;

    fn shown(text: &str) -> String {
        let rules = Rules::new();
        Edits::shown(text, |text, edits| find_key_lines(&rules, &Source::new(text), LineStart::Line, edits))
    }

    #[test]
    fn header_fields_go() {
        assert_eq!(
            shown(
                "GET / HTTP/1.1\r\nHost: h\r\nCookie: a=b; c=d\r\nauthorization:Basic abc\r\nX-Api-Key : abc\r\n\r\nok"
            ),
            "GET / HTTP/1.1\r\nHost: h\r\nCookie: REDACTED\r\nauthorization:REDACTED\r\nX-Api-Key : REDACTED\r\n\r\nok"
        );
        assert_eq!(
            shown("> Authorization: Basic abc\n< Set-Cookie: a=b\n"),
            "> Authorization: REDACTED\n< Set-Cookie: REDACTED\n"
        );
        assert_eq!(shown("Authorization: Basic\n abc\nHost: h"), "Authorization: REDACTED\nHost: h");
    }

    #[test]
    fn yaml_goes() {
        assert_eq!(
            shown("db:\n  user: jane\n  password: hunter2 # x\n  \"token\": 'a b'\n- secret: \"x\" # \"y\"\n"),
            "db:\n  user: jane\n  password: REDACTED\n  \"token\": 'REDACTED'\n- secret: \"REDACTED\"\n"
        );
        assert_eq!(shown("password: |\n  a\n  b\nuser: jane"), "password: REDACTED\nuser: jane");
        assert_eq!(shown("password: >-\n\n  a\n\n  b\n\nuser: jane"), "password: REDACTED\n\nuser: jane");
        assert_eq!(shown("'password' => x\n"), "'password' => REDACTED\n");
        assert_eq!(shown("password:\n  old: a\n\nuser: jane"), "password:REDACTED\n\nuser: jane");
        assert_eq!(
            shown("routing_key: dd3f8e7c6b5a49382716\na_key: disk-full\n"),
            "routing_key: REDACTED\na_key: disk-full\n"
        );
        assert_eq!(shown("secret:\n- a\n- b\nuser: jane"), "secret:REDACTED\nuser: jane");
        assert_eq!(shown("password:\n\n  hunter2\n\nuser: jane"), "password:REDACTED\n\nuser: jane");
        assert_eq!(shown("  token:\r\n \r\n\n  - a\n\n  - b\nc: d"), "  token:REDACTED\nc: d");
        assert_eq!(shown("password: a\n  b\n\n  c\nd: e"), "password: REDACTED\nd: e");
        assert_eq!(shown("password:\n\nuser: jane\n\n  a"), "password:\n\nuser: jane\n\n  a");
        assert_eq!(shown("password: a\n\n  b"), "password: REDACTED\n\n  b");
    }

    #[test]
    fn what_tells_in_a_block_shows() {
        assert_eq!(
            shown("secret:\n  secretName: tls\n  value: x\na: b"),
            "secret:\n  secretName: tls\n  value: REDACTED\na: b"
        );
        assert_eq!(
            shown("token:\n  type: string\n  example: x\na: b"),
            "token:\n  type: string\n  example: REDACTED\na: b"
        );
        assert_eq!(shown("/token:\n  post:\n    password: x\na: b"), "/token:\n  post:\n    password: REDACTED\na: b");
        assert_eq!(
            shown("token:\n  name: a\n  data: |\n    name: x\na: b"),
            "token:\n  name: a\n  data: REDACTED\na: b"
        );
    }

    #[test]
    fn settings_go() {
        assert_eq!(shown("[db]\nuser = jane\npassword = a b ; c\n"), "[db]\nuser = jane\npassword = REDACTED\n");
        assert_eq!(shown("export DB_PASSWORD=a b\nHOME=/root"), "export DB_PASSWORD=REDACTED\nHOME=/root");
        assert_eq!(shown("spring.datasource.password=a\\\n  b\nx=1"), "spring.datasource.password=REDACTED\nx=1");
        assert_eq!(shown("  \"secret\": \"a\\\"b\",\n  \"a\": 1"), "  \"secret\": \"REDACTED\",\n  \"a\": 1");
        assert_eq!(shown("token = '''\nhunter2'''\na = 1"), "token = '''REDACTED'''\na = 1");
        assert_eq!(shown("token = \"\"\"\n a\n\n\"b\"\n\"\"\"\na = 1"), "token = \"\"\"REDACTED\"\"\"\na = 1");
        assert_eq!(shown("token = \"\"\"a b\"\"\", a"), "token = REDACTED");
        assert_eq!(shown("token = \"\"\"\na\"\"\"\"\nb = 1"), "token = REDACTED\nb = 1");
        assert_eq!(shown("token = \"\"\"\na\nb = 1"), "token = REDACTED");
        assert_eq!(shown("token: '''a'\nb: 1"), "token: 'REDACTED'\nb: 1");
        assert_eq!(shown("# api_key=x\nconst token = 'x';"), "# api_key=REDACTED\nconst token = 'REDACTED';");
    }

    proptest::proptest! {
        #[test]
        fn a_name_is_not_missed_at_a_glance(
            head in "[-{#'* /]{0,2}(export |set |var )?(a|x[.-])?(password|token|pin|Cookie|x-api-key|sig|x|note|p)?[ .:\\[_\u{e9}0'-]{0,2}",
        ) {
            let mut rules = Rules::new();
            for name in ["pin", "x", "p.x", "\u{e9}"] {
                rules.add(Place::Field, name, false);
            }
            rules.add(Place::Header, "note", false);
            let line = format!("{head}: y");
            let hides = secret(&rules, line.as_bytes()).is_some_and(|secret| secret.sign == head.len());
            proptest::prop_assert!(may_begin(&rules, head.as_bytes()) || !hides, "{}", head);
        }
    }

    #[test]
    fn most_heads_are_told_at_a_glance() {
        let rules = Rules::new();
        for head in
            ["", "https", "2026-11-22T15", "12", "Sun Aug 31 00", "note", "a", "token_count", "Golden", "see /a"]
        {
            assert!(!may_begin(&rules, head.as_bytes()), "{head}");
        }
    }

    #[test]
    fn what_is_no_value_of_a_name_shows() {
        assert_eq!(
            shown("PGPASSWORD=x psql -h db\nA_TOKEN='x y' B=1 c"),
            "PGPASSWORD=REDACTED psql -h db\nA_TOKEN=REDACTED B=1 c"
        );
        for text in [
            "check_password:\n\tmovq\t%rsp, %rbp\n\tret\n",
            "token: build\n\t./token --ttl 3600\n",
            "secrets:\n  - db_password\n  - tls-key\na: b",
            "secrets:\n  db:\n    file: ./db.txt\na: b",
            "secrets: inherit\na: b",
        ] {
            assert_eq!(shown(text), text);
        }
        assert_eq!(shown("password:\n\thunter2\na: b"), "password:REDACTED\na: b");
        assert_eq!(shown("secrets:\n  - hunter2\na: b"), "secrets:REDACTED\na: b");
        assert_eq!(
            shown("passwords:\n  hint: The password that you were given last.\n  ada: x\na: b"),
            "passwords:\n  hint: The password that you were given last.\n  ada: REDACTED\na: b"
        );
    }

    #[test]
    fn prose_stays() {
        for text in [
            "Set your password: click here",
            "the token = a",
            "monkey: 1\ncode: 42\nuser=jane",
            "12:30 password",
            "password",
            "password:",
            "no secret: no",
            "https://h/password: x",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
