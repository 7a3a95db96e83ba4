//! Finds the beginnings and ends of names and values in text.

use crate::redact::text::slice::Slice;
use crate::redact::{
    codec::{entities, json_lexer, json_string},
    rules::told::is_small,
    text::context::Mode,
    work,
};
use memchr::memmem;

/// The most bytes that a name in quotes may have.
const MAX_NAME: usize = 200;

/// More bytes than any value in brackets has.
const REACH: usize = 512;

/// Returns the range of the name before the `=` at `sign`.
pub(super) fn plain_name(text: &[u8], from: usize, sign: usize, mode: Mode) -> (usize, usize) {
    let before = text.part(from..sign);
    let len = match mode {
        // `name := value`
        Mode::Text => before.strip_suffix(b":").unwrap_or(before).trim_ascii_end().len(),
        _ => before.len(),
    };
    let ends = |&b: &u8| {
        matches!(b, b'&' | b';' | b'?' | b'#')
            || mode.ends_word(b)
            || (mode == Mode::Text && matches!(b, b'(' | b')' | b'{' | b'}' | b',' | b'|' | b'\\'))
    };
    let name = before.part(..len);
    let start = name.iter().rposition(ends).map_or(0, |at| at + 1);
    work::spend(6 + before.len() - start);
    (from + start, from + len)
}

/// Returns the range of the name in quotes before the sign at `sign`. The quotes may be escaped.
pub(super) fn quoted_name(text: &[u8], from: usize, sign: usize) -> Option<(usize, usize)> {
    let before = text.get(from..sign)?.trim_ascii_end();
    let (&quote, name) = before.split_last().filter(|(quote, _)| matches!(quote, b'"' | b'\'' | b'`'))?;
    // In CSV, quotes are doubled.
    let name = name.strip_suffix(&[quote]).filter(|name| name.last().is_some_and(|b| *b != quote)).unwrap_or(name);
    let start = memchr::memrchr(quote, name)?;
    let name = name.get(start + 1..)?;
    work::spend(24 + name.len().min(4 * MAX_NAME) / 3);
    // A text between two others in quotes is no name.
    let is_odd = |b: &u8| b"<>(){};,=".contains(b);
    let is_line = |at: usize| at == 0 || name.get(at - 1) != Some(&b'\\');
    if name.len() > MAX_NAME
        || name.iter().any(is_odd)
        || memchr::memchr_iter(b'\n', name).any(is_line)
        || is_escapes(name)
    {
        return None;
    }
    let len = name.iter().rposition(|&b| b != b'\\').map_or(0, |at| at + 1);
    Some((from + start + 1, from + start + 1 + len))
}

/// Returns where what closes a subscript or a list behind a name begins: `config["password"] = x`, `Key (token)=(x)`.
pub(super) fn before_closing(text: &[u8], from: usize, sign: usize) -> Option<usize> {
    let before = text.get(from..sign)?;
    let is_closing = |b: &u8| matches!(b, b']' | b')' | b' ' | b'\t');
    let end = before.iter().rposition(|b| !is_closing(b))? + 1;
    before.after(end).iter().any(|b| matches!(b, b']' | b')')).then_some(from + end)
}

/// Returns whether the value at `start..end` in prose is none: it is punctuation, a type of a programming language, or
/// the first word of a sentence that goes on behind it.
pub(super) fn reads_on(text: &[u8], start: usize, end: usize) -> bool {
    let value = text.part(start..end);
    if !value.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80) || is_type(value) {
        return true;
    }
    if value.iter().all(u8::is_ascii_alphabetic) && is_small(value) {
        return true;
    }
    // GraphQL writes variables so.
    let is_variable =
        value.strip_prefix(b"$").is_some_and(|name| name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_'));
    if is_variable && matches!(text.get(end), Some(b')' | b',')) {
        return true;
    }
    let is_word = |word: &[u8]| {
        let (first, rest) = word.split_first().unwrap_or((&b'-', b""));
        first.is_ascii_alphabetic() && rest.iter().all(u8::is_ascii_lowercase)
    };
    let next = text.after(end).strip_prefix(b" ").unwrap_or_default();
    let next = next.part(..next.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(next.len()));
    is_word(value) && next.iter().all(u8::is_ascii_lowercase) && !next.is_empty()
}

/// Returns whether this is a placeholder that programs write instead of a value, or the type of a value.
pub(super) fn is_type(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 32] = [
        b"id",
        b"string",
        b"str",
        b"bool",
        b"boolean",
        b"int",
        b"integer",
        b"number",
        b"text",
        b"bytes",
        b"char",
        b"varchar",
        b"any",
        b"object",
        b"array",
        b"null",
        b"none",
        b"nil",
        b"undefined",
        b"true",
        b"false",
        b"option",
        b"vec",
        b"secret",
        b"required",
        b"optional",
        b"uuid",
        b"cow",
        b"chararray",
        b"bytearray",
        b"securestring",
        b"secretstring",
    ];
    let value = value.strip_prefix(b"&").unwrap_or(value);
    let value = value.strip_prefix(b"'static ").or(value.strip_prefix(b"mut ")).unwrap_or(value);
    let len = value.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(value.len());
    let (word, rest) = value.split_at_checked(len).unwrap_or_default();
    (2..=12).contains(&len)
        && matches!(rest.first(), None | Some(b'<' | b'[' | b'|' | b';' | b',' | b')' | b'}' | b'?' | b'!' | b'.'))
        && WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Returns the value at `start..end` with the brackets or quotes that it was taken out of: `<token>`, `{token}`.
pub(super) fn outer(text: &[u8], start: usize, end: usize) -> &[u8] {
    let open = start.checked_sub(1).and_then(|at| text.get(at));
    match (open, text.get(end)) {
        (Some(b'<'), Some(b'>')) | (Some(b'{'), Some(b'}')) | (Some(b'"'), Some(b'"')) | (Some(b'\''), Some(b'\'')) => {
            text.part(start - 1..=end)
        }
        _ => text.part(start..end),
    }
}

/// Returns the line that `at` is on, as far as it stands before that and is near.
pub(super) fn line_before(text: &[u8], at: usize) -> &[u8] {
    const REACH: usize = 512;
    let before = text.part(at.saturating_sub(REACH)..at);
    before.after(memchr::memrchr(b'\n', before).map_or(0, |feed| feed + 1))
}

/// Returns the line that `at` is on, as far as it stands behind that and is near.
pub(super) fn line_behind(text: &[u8], at: usize) -> &[u8] {
    let behind = text.part(at..text.len().min(at + REACH));
    behind.part(..memchr::memchr(b'\n', behind).unwrap_or(behind.len()))
}

/// Returns the word that `text` ends with, of letters, digits and `_`.
pub(super) fn last_word(text: &[u8]) -> &[u8] {
    text.after(text.iter().rposition(|b| !b.is_ascii_alphanumeric() && *b != b'_').map_or(0, |at| at + 1))
}

/// Returns whether a placeholder tells the name itself again: `token:<tokenid>`.
pub(super) fn echoes(name: &[u8], value: &[u8]) -> bool {
    let inside = value.strip_prefix(b"<").and_then(|value| value.strip_suffix(b">"));
    inside.is_some_and(|inside| inside.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name)))
}

/// Counts the quotes of a line of a text, from one place in it to the next.
pub(super) struct Quotes<'t> {
    text: &'t [u8],
    /// The beginning of the line, or a place behind that.
    line: usize,
    /// The place up to which quotes are counted.
    at: usize,
    /// Tells of `"`, `'` and `` ` `` whether there is an odd number of them between those places.
    odd: [bool; 3],
}

impl<'t> Quotes<'t> {
    /// More bytes than nearly all lines have.
    const FAR: usize = 2048;

    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, line: 0, at: 0, odd: [false; 3] }
    }

    pub(super) fn text(&self) -> &'t [u8] {
        self.text
    }

    /// Returns whether the quote at `at` closes a string that began before it on its line. Where its line begins is not
    /// known if that is far before. It is cheap where `at` is behind that of the last call.
    pub(super) fn closes(&mut self, at: usize) -> bool {
        let text = self.text;
        let which = match text.get(at) {
            Some(b'"') => 0,
            Some(b'\'') => 1,
            Some(b'`') => 2,
            _ => return false,
        };
        let near = at.saturating_sub(Self::FAR);
        if at < self.at || near > self.at {
            (self.line, self.at, self.odd) = (near, near, [false; 3]);
        }
        let from = self.at;
        if let Some(feed) = memchr::memrchr(b'\n', text.part(self.at..at)) {
            (self.line, self.at, self.odd) = (self.at + feed + 1, self.at + feed + 1, [false; 3]);
        }
        for quote in memchr::memchr3_iter(b'"', b'\'', b'`', text.part(self.at..at)) {
            let [double, single, back] = &mut self.odd;
            match text.get(self.at + quote) {
                Some(b'"') => *double ^= true,
                Some(b'\'') => *single ^= true,
                _ => *back ^= true,
            }
        }
        work::spend(20 + at - from);
        self.at = at;
        let odd = self.odd.get(which) == Some(&true);
        let is_near = at - self.line < Self::FAR;
        odd && is_near && !text.get(at + 1).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
    }
}

/// Returns whether the quote at `at` ends a string, and something follows it that goes on with an expression or ends it: `"token=" +
/// x`, `"token=")`.
pub(super) fn ends_string(quotes: &mut Quotes<'_>, at: usize) -> bool {
    let text = quotes.text();
    let Some(&quote) = text.get(at).filter(|_| quotes.closes(at)) else { return false };
    let line = line_before(text, at);
    // An apostrophe begins no string.
    let opens = memchr::memrchr(quote, line)
        .is_some_and(|open| !line.part(..open).last().is_some_and(u8::is_ascii_alphanumeric));
    let is_joined = |sign: &u8| matches!(sign, b'+' | b'.' | b'%' | b'~');
    let goes_on = match text.after(at + 1) {
        [b' ', sign, b' ', ..] => is_joined(sign),
        [b'.', next, ..] => matches!(next, b'$' | b' '),
        [next, ..] => b"\n,;)]}+".contains(next),
        [] => true,
    };
    opens && goes_on
}

/// Returns a name without its escapes; `None` where it has no backslash. The inner result is `None` where an escape of a
/// letter can't be read: `\\C-x` is a key and no letter.
pub(super) fn without_escapes(name: &[u8]) -> Option<Option<Vec<u8>>> {
    memchr::memchr(b'\\', name)?;
    let undone = entities::undo(name);
    // JSON's own escapes may stand for letters beyond ASCII that look like others.
    let name = undone.as_deref().unwrap_or(name);
    let mut plain = match memchr::memmem::find(name, b"\\u") {
        Some(_) => json_string::decode(name).into_owned(),
        None => name.to_vec(),
    };
    // `\\xe9` stands for no letter of ASCII.
    let is_escape = |at: usize| match plain.after(at + 1) {
        [b'x', digit, ..] => matches!(digit, b'2'..=b'7' | b'{'),
        [b'u' | b'U', digit, ..] => digit.is_ascii_hexdigit() || *digit == b'{',
        _ => false,
    };
    if memchr::memchr_iter(b'\\', &plain).any(is_escape) {
        return Some(None);
    }
    plain.retain(|b| *b != b'\\');
    Some(Some(plain))
}

/// Returns whether this is the name of a file of source text or of a patch.
pub(super) fn is_file_name(name: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 12] =
        [b"patch", b"diff", b"asc", b"md", b"c", b"h", b"py", b"rb", b"rs", b"go", b"js", b"sh"];
    memchr::memrchr(b'.', name).is_some_and(|dot| ENDINGS.contains(&name.after(dot + 1)))
}

/// Returns whether a value goes on as the names of kinds do that have colons: `token:software:totp`.
pub(super) fn is_kind(value: &[u8]) -> bool {
    value.contains(&b':') && value.iter().all(|b| b.is_ascii_lowercase() || *b == b':')
}

/// Returns whether this is the name of a scheme of `Authorization`.
pub(super) fn is_scheme(word: &[u8]) -> bool {
    [&b"basic"[..], b"bearer", b"token", b"digest", b"negotiate", b"apikey"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// Returns whether a value reads as a sentence or a prompt, and not as a secret of several words: it begins with a capital letter, or ends
/// with a colon, and has the small words of English.
pub(super) fn is_sentence(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let value = value.strip_prefix(b"[").or_else(|| value.strip_prefix(b"{")).unwrap_or(value);
    // `(required) The name of it`
    let value =
        value.strip_prefix(b"(").and_then(|rest| Some(rest.after(memmem::find(rest, b") ")? + 2))).unwrap_or(value);
    if !value.iter().any(u8::is_ascii_whitespace) {
        return false;
    }
    let words = || value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let plain =
        words().filter(|word| word.iter().all(|b| b.is_ascii_alphabetic() || b"-,.'`()/:\\}".contains(b))).count();
    let small = words().filter(|word| is_small(word)).count();
    let count = words().count();
    let is_plain = |word: &[u8]| {
        let rest = || word.iter().skip(1);
        (rest().all(|b| b.is_ascii_lowercase() || *b == b'-') || rest().all(u8::is_ascii_uppercase)) && !is_scheme(word)
    };
    let first = value.first().is_some_and(u8::is_ascii_uppercase) && words().next().is_some_and(is_plain);
    let told = count >= 3 && first && small > 0 || count >= 5 && small > 1 && words().next().is_some_and(is_plain);
    told && plain * 3 >= count * 2 || count >= 2 && plain == count && value.ends_with(b":")
}

/// Returns whether a name is made of escapes, as are the keys of a table of characters (`'\\r': 'r'`). Escapes that
/// stand for letters are read once they are undone.
pub(super) fn is_escapes(name: &[u8]) -> bool {
    let mut at = 0;
    while let Some(b'\\') = name.get(at) {
        let digits = match name.get(at + 1) {
            Some(b'u') => 4,
            Some(b'x') => 2,
            _ => 0,
        };
        at += 2 + digits;
    }
    at > 0 && at >= name.len()
}

/// Returns the end of the value at `start` in a URL or form.
///
/// A `;` ends it only before a query, where another pair follows: in a query and a form it is part of the value (URL
/// Standard, section 5.1), though some servers part there.
pub(super) fn value_end(text: &[u8], start: usize, mode: Mode, in_query: bool) -> usize {
    let rest = text.part(start..);
    let ends = |&b: &u8| ends_value_always(b, mode, in_query) || (b == b';' && mode != Mode::Form && !in_query);
    let mut end = 0;
    work::spend(8);
    loop {
        let piece = rest.part(end..);
        let len = piece.iter().position(ends).unwrap_or(piece.len());
        work::spend(8 + len);
        end += len;
        if rest.get(end) != Some(&b';') {
            return start + end;
        }
        let next = rest.part(end + 1..);
        let len = next.iter().position(|b| ends(b) || *b == b'=').unwrap_or(next.len());
        work::spend(2 * len);
        if len == 0 || next.get(len) == Some(&b'=') {
            return start + end;
        }
        end += 1;
    }
}

/// Returns whether a value in a URL or form that is not read further than `at` ends there, as [`value_end`] would say.
pub(super) fn ends_value(text: &[u8], at: usize, mode: Mode, in_query: bool) -> bool {
    match text.get(at) {
        Some(b';') => value_end(text, at, mode, in_query) == at,
        Some(b) => ends_value_always(*b, mode, in_query),
        None => true,
    }
}

/// Returns whether a value in a URL or form ends before `b`, whatever follows.
fn ends_value_always(b: u8, mode: Mode, in_query: bool) -> bool {
    b == b'&' || (mode == Mode::Url && (b == b'#' || (b == b'?' && !in_query))) || mode.ends_word(b)
}

/// Returns the range of the value behind a sign in prose, which is at `from`: in quotes, or to the end of a word. An
/// object or array in JSON that is broken goes to the end of the text. In a query, a `;` is part of the value.
pub(super) fn prose_value(text: &[u8], from: usize, is_json: bool, in_query: bool) -> (usize, usize) {
    let (start, end) = read_value(text, from, is_json, in_query);
    work::spend(20 + end - from.min(end));
    (start, end)
}

fn read_value(text: &[u8], from: usize, is_json: bool, in_query: bool) -> (usize, usize) {
    let rest = text.part(from..);
    let arrow = is_json || rest.first() == Some(&b'>');
    let gap = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'=' | b'>') || (arrow && **b <= b' ')).count();
    let gap = gap + highlighting(rest.after(gap));
    let gap = gap + wrapper(rest.after(gap));
    let slashes = rest.iter().skip(gap).take_while(|&&b| b == b'\\').count();
    let start = gap + slashes;
    match rest.get(start) {
        Some(&quote @ (b'"' | b'\'')) if slashes == 0 && is_doubled(rest.part(start..), quote) => {
            let value = rest.part(start..);
            let quotes = value.iter().take_while(|b| **b == quote).count().min(3);
            let inside = value.part(quotes..);
            let delimiter = value.part(..quotes);
            let len = memmem::find(inside, delimiter)
                .unwrap_or_else(|| inside.iter().position(|&b| b <= b' ').unwrap_or(inside.len()));
            (from + start + quotes, from + start + quotes + len)
        }
        Some(&quote @ (b'"' | b'\'')) => {
            let value = rest.part(start + 1..);
            let mut escaped = 0;
            let len = value.iter().enumerate().position(|(at, &b)| {
                // SQL writes a quote as two.
                let doubled = slashes == 0 && escaped % 2 == 0 && b == quote && value.get(at + 1) == Some(&quote);
                // If the quotes are escaped themselves, an escape within them is escaped once more.
                let ends = b == quote && if slashes == 0 { escaped % 2 == 0 } else { escaped <= slashes };
                escaped = if b == b'\\' || doubled { escaped + 1 } else { 0 };
                ends && !doubled
            });
            let len = len.map_or(value.len(), |len| {
                let slashed = value.part(..len).iter().rev().take_while(|&&b| b == b'\\').count();
                len - slashed.min(slashes)
            });
            (from + start + 1, from + start + 1 + len)
        }
        Some(b'{' | b'[') if is_json => {
            let value = rest.part(start..);
            // A list of another language closes on its line.
            let other = || balanced(value, value.first().copied()?).filter(|len| !value.part(..*len).contains(&b'"'));
            let len = json_lexer::value(value, 0).ok().or_else(|| other().map(|len| len + 1)).unwrap_or(value.len());
            (from + start, from + start + len)
        }
        Some(b'{') if let Some(len) = braced(rest.after(start)) => (from + start + 1, from + start + len),
        Some(&open @ (b'<' | b'{' | b'[' | b'('))
            if slashes == 0
                && let Some(len) = balanced(rest.after(start), open) =>
        {
            (from + start + 1, from + start + len)
        }
        // The text may break off before the bracket is closed.
        Some(b'<' | b'(') if slashes == 0 && rest.len() - start <= REACH && memchr::memchr(b'\n', rest).is_none() => {
            (from + start + 1, text.len())
        }
        _ => {
            let value = rest.part(gap..);
            let closes = |b: Option<&u8>| !b.is_some_and(|b| b.is_ascii_alphanumeric());
            let ends = |(at, &b): (usize, &u8)| match b {
                b'"' | b'\'' | b'`' => closes(value.get(at + 1)),
                b'&' => in_query || !is_character(value.after(at)),
                b'<' | b'>' => true,
                b';' => {
                    let piece = value.part(at + 1..);
                    let end = piece.iter().position(|&b| b <= b' ' || matches!(b, b'&' | b';' | b'"' | b'\''));
                    let piece = piece.part(..end.unwrap_or(piece.len()));
                    piece.is_empty() || (!in_query && piece.contains(&b'='))
                }
                b',' | b'}' | b']' => is_json,
                b => b <= b' ',
            };
            let len = value.iter().enumerate().position(ends).unwrap_or(value.len());
            let value = value.part(..len);
            // A brace that closes a variable (`${NAME}`, `#{name}`) is part of the value.
            let own = value.starts_with(b"${") || value.starts_with(b"#{");
            let is_tail = |b: &&u8| matches!(b, b',' | b')' | b']') || **b == b'}' && !own;
            let tail = value.iter().rev().take_while(is_tail).count();
            (from + gap, from + gap + len - tail)
        }
    }
}

/// Returns where the brace is closed around a value of ODBC, in which a closing one is written as two: `PWD={a}}b};`.
fn braced(value: &[u8]) -> Option<usize> {
    let value = value.part(..value.len().min(REACH));
    let mut at = 1;
    let mut doubled = false;
    loop {
        match memchr::memchr3(b'}', b'{', b'\n', value.after(at)) {
            Some(len) => at += len,
            // The text breaks off in it.
            None => return doubled.then_some(value.len()),
        }
        match value.after(at) {
            [b'}', b'}', ..] => {
                doubled = true;
                at += 2;
            }
            [b'}', b';' | b'"' | b'\'' | b'\n', ..] | [b'}'] if doubled => return Some(at),
            _ => return None,
        }
    }
}

/// Returns whether `text` begins with an escape of XML for a character within a value, and no parameter follows: `&amp;`, `&lt;`.
fn is_character(text: &[u8]) -> bool {
    let behind = [&b"&amp;"[..], b"&lt;", b"&gt;"].iter().find_map(|escape| text.strip_prefix(*escape));
    behind.is_some_and(|behind| {
        let name =
            behind.iter().take(MAX_NAME).take_while(|b| b.is_ascii_alphanumeric() || b"_-[].".contains(b)).count();
        behind.first().is_some_and(u8::is_ascii_graphic) && !matches!(behind.get(name), Some(b'='))
    })
}

/// Returns the length of the tags that colour a value in a page: `<span class="string">"x"</span>`.
fn highlighting(value: &[u8]) -> usize {
    let mut len = 0;
    while value.after(len).starts_with(b"<span ")
        && let Some(end) = memchr::memchr2(b'>', b'\n', value.after(len))
    {
        len += end + 1;
    }
    len
}

/// Returns the length of what stands before the quote of a value that is in some type: `Some("x")`, `b'x'`, `string(1) "x"`.
fn wrapper(value: &[u8]) -> usize {
    let word = value.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':')).count();
    let is_quote = |at: usize| matches!(value.get(at), Some(b'"' | b'\''));
    match value.get(word) {
        Some(b'"' | b'\'') if (1..=2).contains(&word) && value.part(..word).iter().all(|b| b"bBrRuUfF".contains(b)) => {
            word
        }
        Some(b'(') if word > 0 && is_quote(word + 1) => word + 1,
        Some(b'(') if word > 0 => {
            let digits = value.after(word + 1).iter().take_while(|b| b.is_ascii_digit()).count();
            let quote = word + digits + 3;
            if digits > 0 && value.after(word + 1 + digits).starts_with(b") ") && is_quote(quote) { quote } else { 0 }
        }
        _ => 0,
    }
}

/// Returns where the bracket that `value` begins with is closed, on its line and near enough to be one of a value.
fn balanced(value: &[u8], open: u8) -> Option<usize> {
    let close = match open {
        b'(' => b')',
        open => open + 2,
    };
    work::spend(32);
    let value = value.part(..value.len().min(REACH));
    let value = value.part(..memchr::memchr(b'\n', value).unwrap_or(value.len()));
    let value = value.part(..memchr::memrchr(close, value)? + 1);
    let mut depth = 0;
    memchr::memchr2_iter(open, close, value).find(|at| {
        depth += if value.get(*at) == Some(&open) { 1 } else { -1 };
        depth == 0
    })
}

/// Returns whether the beginning of `line`, with a colon at `sign`, is a member of JSON or of what looks like it.
/// `pairs` finds the end of its value.
pub(crate) fn is_member(line: &[u8], sign: usize, mode: Mode) -> bool {
    let is_quote = |b: Option<&u8>| matches!(b, Some(b'"' | b'\''));
    let head = line.part(..sign).trim_ascii();
    let name = head.strip_prefix(b"{").unwrap_or(head).trim_ascii_start();
    let quoted = name.len() > 2 && is_quote(name.first()) && name.first() == name.last();
    let bare =
        mode == Mode::Text && name.len() < head.len() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let (start, end) = prose_value(line, sign + 1, true, false);
    let in_quotes = is_quote(start.checked_sub(1).and_then(|at| line.get(at)));
    let rest = line.after(end + usize::from(in_quotes)).trim_ascii_start();
    let ends = match rest.split_first() {
        None | Some((b'}' | b']', _)) => true,
        Some((b',', rest)) => in_quotes || is_quote(rest.trim_ascii_start().first()),
        _ => false,
    };
    ends && (quoted || bare && in_quotes)
}

/// Returns whether `value` begins with two quotes or three that are no empty value. CSV has two for one in a field that
/// is in quotes itself, some languages have three around a text of several lines.
fn is_doubled(value: &[u8], quote: u8) -> bool {
    match value {
        [_, second, third, ..] if *second == quote => {
            !(*third <= b' ' || matches!(third, b',' | b';' | b')' | b']' | b'}' | b'&' | b'<' | b'>' | b'\\'))
        }
        _ => false,
    }
}

/// Returns whether `text`, which is declared as a form, begins as one: with a pair that has no white space in it.
pub(super) fn begins_as_form(text: &[u8]) -> bool {
    let first = memchr::memchr2(b'&', b'\n', text).and_then(|at| text.get(..at)).unwrap_or(text);
    first.contains(&b'=') && !first.iter().any(|b| *b <= b' ')
}

/// Returns whether `text` may be a form: it begins with a name and `=`, and has no white space before its first `&`.
pub(crate) fn looks_like_form(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let head = memchr::memchr(b'=', text).and_then(|at| text.get(..at)).unwrap_or_default();
    let is_name =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'[' | b']' | b'%' | b'+' | b'$');
    let first = memchr::memchr(b'&', text).and_then(|at| text.get(..at)).unwrap_or(text);
    !head.is_empty()
        && head.iter().all(is_name)
        && !first.iter().any(|b| *b <= b' ' || matches!(b, b'"' | b'<' | b'>'))
        && memchr::memchr(b'\n', text).is_none()
}
