//! Tells what reads as a statement of a program or as what is said of a name, and what is surely no value.

use super::lexeme;
use crate::redact::{rules::value::is_placeholder, text::slice::Slice};
use memchr::memmem;

/// Bounds the bytes of a line that are read.
pub(super) const MAX_LINE: usize = 512;

/// Returns whether what follows the sign behind this name is surely none: a comment, a rule of a grammar (`1*<any CHAR>`), a role of
/// reStructuredText, a key of the keyboard, or where a package is pinned to.
pub(super) fn is_plainly_none(name: &[u8], line: &[u8]) -> bool {
    /// More bytes than are ever told from.
    const MOST: usize = 128;
    let line = line.part(..line.len().min(MOST));
    let value = line.trim_ascii();
    let word = value.part(..value.iter().position(|b| *b == b' ').unwrap_or(value.len()));
    let is_role = |role: &[u8]| role.iter().take_while(|b| b.is_ascii_lowercase()).count() > 1;
    [&b"# "[..], b"// ", b"/* ", b"1*", b"*("].iter().any(|begin| value.starts_with(begin))
        || memmem::find(word, b":`").is_some_and(|at| is_role(word.part(..at).strip_prefix(b":").unwrap_or(word)))
        // Types of documentation: `<Buffer|string>, …`.
        || word.starts_with(b"<") && word.contains(&b'|') && is_placeholder(word.strip_suffix(b",").unwrap_or(word))
        // What helps to remember something; one of a wallet has twelve words.
        || name.eq_ignore_ascii_case(b"mnemonic") && value.split(|b| b")\n".contains(b)).next().is_some_and(|said| said.split(|b| *b == b' ').count() < 7)
        || name.eq_ignore_ascii_case(b"accesskey") && matches!(word, [b'"' | b'\'', _, b'"' | b'\'', ..])
        // The sources of names of the C library (nsswitch.conf).
        || name == b"passwd" && matches!(word, b"files" | b"compat")
        || line.starts_with(b"~ ")
        // The permission of a workflow: `id-token: write # to sign`.
        || matches!(word, b"read" | b"write") && value.after(word.len()).trim_ascii_start().starts_with(b"# ")
        || word.len() < line.len() && matches!(line.part(..word.len()), b"yes" | b"no" | b"true" | b"false")
        || name.eq_ignore_ascii_case(b"pin") && word.len() < value.len() && word.iter().all(u8::is_ascii_lowercase)
        // `CLIENT_SECRET = "CLIENT_SECRET"`
        || is_shouted(word) && same_letters(name, word)
}

/// Returns whether a text has capitals only, signs aside.
fn is_shouted(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_uppercase) && !text.iter().any(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Returns whether two texts have the same letters, without regard to case and signs.
pub(super) fn same_letters(a: &[u8], b: &[u8]) -> bool {
    let letters =
        |text: &[u8]| text.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_uppercase).collect::<Vec<_>>();
    letters(a) == letters(b)
}

/// Returns whether a name is that of a constant: three words or more, in capitals.
pub(super) fn is_constant(name: &[u8]) -> bool {
    let name = lexeme::last_word(name);
    !name.iter().any(u8::is_ascii_lowercase) && name.iter().filter(|b| **b == b'_').count() > 1
}

/// Returns the line that `text` begins with, as far as it is near.
pub(super) fn first_line(text: &[u8]) -> &[u8] {
    let near = text.part(..text.len().min(MAX_LINE));
    near.part(..memchr::memchr(b'\n', near).unwrap_or(near.len()))
}

/// Returns the line behind the one that `at` is on.
pub(super) fn next_line(text: &[u8], at: usize) -> &[u8] {
    let rest = text.part(at..text.len().min(at + MAX_LINE));
    let Some(feed) = memchr::memchr(b'\n', rest) else { return b"" };
    let next = rest.after(feed + 1);
    next.part(..memchr::memchr(b'\n', next).unwrap_or(next.len())).trim_ascii()
}

/// Returns whether a statement of Python's begins with `head`, whose colon opens a block.
pub(super) fn begins_block(head: &[u8]) -> bool {
    [&b"if "[..], b"elif ", b"while ", b"for ", b"with ", b"except ", b"case "]
        .iter()
        .any(|word| head.starts_with(word))
}

/// Returns whether this is what the comment of a program says of a name: at least three words, or two and a full stop.
pub(super) fn is_description(line: &[u8]) -> bool {
    if !line.trim_ascii().iter().any(u8::is_ascii_whitespace) {
        return false;
    }
    let words = || line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let plain = |word: &[u8]| word.iter().all(|b| b.is_ascii_alphabetic() || b"-,.'`()/:;".contains(b));
    let first =
        words().next().is_some_and(|word| word.iter().all(|b| b.is_ascii_alphabetic() || b"-'`,()/".contains(b)));
    let (count, plain) = (words().count(), words().filter(|word| plain(word)).count());
    first && plain * 3 >= count * 2 && (count > 2 || count == 2 && line.trim_ascii_end().ends_with(b"."))
}

/// Returns whether a line reads as a statement of a program, which begins with a word that those have and ends as they do.
pub(super) fn is_statement(line: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 50] = [
        b"import ",
        b"export ",
        b"from ",
        b"use ",
        b"package ",
        b"def ",
        b"fn ",
        b"pub ",
        b"pub(",
        b"function ",
        b"func ",
        b"class ",
        b"module ",
        b"resource ",
        b"variable ",
        b"locals ",
        b"provider ",
        b"struct ",
        b"impl",
        b"return",
        b"const ",
        b"let ",
        b"var ",
        b"my ",
        b"sub ",
        b"static ",
        b"void ",
        b"public ",
        b"private ",
        b"protected ",
        b"if ",
        b"if(",
        b"for ",
        b"for(",
        b"while ",
        b"} else",
        b"else",
        b"elif ",
        b"except",
        b"raise ",
        b"throw ",
        b"extern ",
        b"typedef ",
        b"enum ",
        b"type ",
        b"self.",
        b"this.",
        b"async ",
        b"try",
        b"#include",
    ];
    const MARKS: [&[u8]; 4] = [b"//! ", b"/// ", b">>> ", b"# "];
    /// The words that begin with each letter, a bit each.
    const WORDS: [u64; 128] = {
        let mut words = [0; 128];
        let mut at = 0;
        while at < BEGINNINGS.len() {
            words[BEGINNINGS[at][0] as usize] |= 1 << at;
            at += 1;
        }
        words
    };
    let line = match line {
        [b'/' | b'>' | b'#', ..] => MARKS.iter().find_map(|mark| line.strip_prefix(*mark)).unwrap_or(line),
        _ => line,
    };
    let line = line.trim_ascii_start();
    if line == b"end" || line.ends_with(b" do") || line.ends_with(b"|") && memmem::find(line, b" do |").is_some() {
        return true;
    }
    let mut words = line.first().and_then(|b| WORDS.get(usize::from(*b))).copied().unwrap_or_default();
    let is_begun = |at: u32| BEGINNINGS.get(at as usize).is_some_and(|word| line.starts_with(word));
    while words != 0 && !is_begun(words.trailing_zeros()) {
        words &= words - 1;
    }
    if words == 0 {
        return false;
    }
    let is_import = (line.starts_with(b"import ")
        || line.starts_with(b"from ") && memmem::find(line, b" import ").is_some())
        && line.iter().all(|b| b.is_ascii_alphanumeric() || b" ._,*()\\".contains(b));
    // In Ruby, only some statements end with a sign.
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || b" _:.?!=<>(),*&@{}".contains(b);
    let is_ruby = [&b"def "[..], b"class ", b"module "].iter().any(|word| line.starts_with(word))
        && line.iter().all(is_word)
        && line.after(6).first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    let is_method =
        (line.starts_with(b"self.") || line.starts_with(b"this.")) && line.iter().any(|b| matches!(b, b'=' | b'('));
    // In JavaScript, semicolons are often left out.
    let is_module = (line.starts_with(b"import ") || line.starts_with(b"export "))
        && [&b" from '"[..], b" from \""].iter().any(|from| memmem::find(line, from).is_some());
    is_import
        || is_module
        || is_method
        || is_ruby
        || line.starts_with(b"#include")
        || matches!(line.last(), Some(b';' | b'{' | b'}' | b')' | b':' | b'(' | b'['))
}
