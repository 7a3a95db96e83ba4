//! Reads what an expression of a program begins with, and where it may end.

use super::program::MAX_LINE;
use crate::redact::text::slice::Slice;

/// Bounds the bytes of one expression that are read.
pub(super) const MAX_LEN: usize = 4096;

/// Words that begin an expression, or stand before a type.
const KEYWORDS: [&[u8]; 24] = [
    b"new",
    b"await",
    b"async",
    b"not",
    b"lambda",
    b"mut",
    b"const",
    b"dyn",
    b"impl",
    b"typeof",
    b"delete",
    b"yield",
    b"return",
    b"static",
    b"struct",
    b"unsigned",
    b"move",
    b"match",
    b"sizeof",
    b"my",
    b"our",
    b"local",
    b"if",
    b"function",
];

/// What an expression begins with: signs and words before it, names with points between, and what follows them.
#[derive(Default)]
pub(super) struct Path {
    /// The end of the names; 0 where there are none.
    pub(super) end: usize,
    pub(super) parts: usize,
    pub(super) keyword: bool,
    /// Is set where a sign of a pointer, a reference or a variable comes first.
    pub(super) pointer: bool,
    /// Is set where names are joined by `::`, `->` or `?.`.
    pub(super) arrow: bool,
    pub(super) generic: bool,
    pub(super) called: bool,
    /// Is set where a call has a string first, or nothing.
    pub(super) quoted: bool,
    pub(super) empty: bool,
}

impl Path {
    pub(super) fn read(text: &[u8]) -> Self {
        let mut path = Self::default();
        let mut at = 0;
        loop {
            let rest = text.after(at);
            if at == 0 && rest.starts_with(b"::") {
                at += 2;
                path.arrow = true;
                continue;
            }
            let len = rest.iter().take_while(|b| b.is_ascii_lowercase()).count();
            if rest.get(len) == Some(&b' ') && KEYWORDS.contains(&rest.part(..len)) {
                path.keyword = true;
                at += len + 1;
                continue;
            }
            match rest {
                [b'&' | b'*' | b'$' | b'@' | b'\\' | b'%', next, ..]
                    if next.is_ascii_alphabetic() || b"_&*'$@%([<".contains(next) =>
                {
                    path.pointer = true
                }
                [b'!' | b'-' | b'~', next, ..] if next.is_ascii_alphabetic() || b"_$(".contains(next) => {
                    path.pointer |= *next == b'('
                }
                [b'\'', ..] if path.pointer && is_lifetime(text, at) => {
                    at += 1 + rest.after(1).iter().take_while(|b| b.is_ascii_alphabetic()).count();
                }
                [b' ', ..] if path.pointer => {}
                _ => break,
            }
            at += 1;
        }
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$');
        loop {
            let len = text.after(at).iter().take_while(|b| is_name(b)).count();
            let begins = text.get(at).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$'));
            if len == 0 || !begins {
                break;
            }
            at += len;
            // Ruby's names may end so: `issue!`.
            let is_last = |rest: &[u8]| matches!(rest, [b'!' | b'?', b'\n' | b' ' | b')' | b'.', ..]);
            at += usize::from(path.parts > 0 && is_last(text.after(at)));
            path.end = at;
            path.parts += 1;
            let rest = text.after(at);
            let join = [&b"::"[..], b"->", b"?.", b"&.", b"."].into_iter().find(|join| rest.starts_with(join));
            let Some(join) = join else { break };
            path.arrow |= join.len() > 1;
            at += join.len();
            // `$self->{token}`, `Vec::<u8>`
            if join.len() > 1 && matches!(text.get(at), Some(b'{' | b'[' | b'<' | b'$')) {
                path.parts += 1;
                break;
            }
        }
        let rest = text.after(path.end);
        // `quote! { … }`
        let opens = if rest.starts_with(b"! {") { 2 } else { usize::from(rest.starts_with(b"!")) };
        match rest.get(opens) {
            Some(b'(') if path.end > 0 => {
                let inside = rest.after(opens + 1).trim_ascii_start();
                path.called = true;
                path.quoted = matches!(inside.first(), Some(b'"' | b'\'' | b'`'));
                path.empty = inside.starts_with(b")");
            }
            Some(b'[' | b'{') if path.end > 0 => path.generic = true,
            Some(b'<') if path.end > 0 => {
                path.generic = rest
                    .after(1)
                    .first()
                    .is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'&' | b'\'' | b'(' | b'[' | b'_'))
            }
            _ => {}
        }
        path
    }

    /// Returns whether the call that `text` begins with ends as an expression does.
    pub(super) fn ends(&self, text: &[u8]) -> bool {
        let open = self.end + usize::from(text.get(self.end) == Some(&b'!'));
        let (mut depth, mut at) = (0usize, open);
        while let Some(&b) = text.get(at).filter(|_| at < MAX_LINE) {
            match b {
                b'(' => depth += 1,
                b')' if depth == 1 => return follows(text.after(at + 1)),
                b')' => depth -= 1,
                b'"' | b'\'' | b'`' => at = close(text, at + 1, b),
                _ => {}
            }
            at += 1;
        }
        true
    }
}

/// Returns whether an expression may end before `rest`, or go on with it.
pub(super) fn follows(rest: &[u8]) -> bool {
    const WORDS: [&[u8]; 10] = [b"if ", b"for ", b"in ", b"as ", b"or ", b"and ", b"is ", b"else", b"unless ", b"not "];
    let spaces = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    let next = rest.after(spaces);
    match next {
        [b'+', b'"' | b'\'', ..] => true,
        // Perl joins by a point.
        [b'.', b' ', ..] => true,
        [] | [b'\n' | b',' | b';' | b')' | b']' | b'}' | b'?' | b'\\', ..] => true,
        [b'.' | b':', ..] | [b'-', b'>', ..] => spaces == 0,
        [b'{' | b'|' | b'+' | b'*' | b'/' | b'%' | b'&' | b'^' | b'<' | b'>' | b'=' | b'!' | b'-' | b'#', ..] => {
            spaces > 0
        }
        [b'(' | b'$' | b'@', ..] => spaces == 1,
        _ => spaces > 0 && WORDS.iter().any(|word| next.starts_with(word)),
    }
}

/// Returns whether the quote at `at` is that of a lifetime: `&'a str`, `<'a>`.
pub(super) fn is_lifetime(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| text.get(at));
    let rest = text.after(at + 1);
    let len = rest.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'_').count();
    len > 0 && rest.get(len) != Some(&b'\'') && matches!(before, Some(b'&' | b'<'))
}

/// Returns where the string closes whose inside begins at `from`: before its quote, or at the end of its line.
pub(super) fn close(text: &[u8], from: usize, quote: u8) -> usize {
    let (mut at, limit) = (from, text.len().min(from + MAX_LEN));
    while let Some(&b) = text.part(..limit).get(at) {
        match b {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return at,
            b if b == quote => return at,
            _ => {}
        }
        at += 1;
    }
    limit
}
