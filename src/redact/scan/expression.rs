//! Tells the expressions of a program from literal values: of `token = config.get("token");` nothing is a secret.
//!
//! In a program a secret stands in quotes. What stands there without them is a call, a variable or a type. A text is taken
//! for a program where enough of its lines read as statements. Elsewhere, only what no other text has counts: a call of
//! a path, or with a string in it.

use super::{
    lexeme::{self, Quotes},
    literal::{is_encoding, is_file_or_path, is_interpolated, is_name_of_code, is_pattern, literal},
    operand::{MAX_LEN, Path, close, follows, is_lifetime},
    program::{begins_block, first_line, is_constant, is_description, is_plainly_none, is_statement, next_line},
    told,
};
use crate::redact::{
    codec::percent,
    rules::{
        Hidden, Rules, Surety,
        told::names_secret,
        value::{is_file, is_shouted, is_state, is_template, is_version},
    },
    text::{edits::Edits, slice::Slice},
    work,
};
use memchr::memmem;
use std::cell::{Cell, RefCell};

/// Bounds the lines of one expression that are read.
const MAX_LINES: usize = 64;
/// Bounds the bytes that are read of all expressions of a text, for each byte of it.
const READS: usize = 4;

/// A text, and what is known of it.
pub(super) struct Source<'t> {
    text: &'t [u8],
    is_program: Cell<Option<bool>>,
    /// Where the features of a crate stand, once that was asked.
    features: Cell<Option<(usize, usize)>>,
    /// Is set where the text tells of tests that passed and failed, once that was asked.
    reports_tests: Cell<Option<bool>>,
    /// The number of bytes that may still be read as expressions.
    left: Cell<usize>,
    quotes: RefCell<Quotes<'t>>,
    /// The signs of which one finder asked before, in their order, and what follows them does not show: with the ends of
    /// the signs, and how sure their names are.
    hidden: RefCell<Vec<(usize, usize, Option<Surety>)>>,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            is_program: Cell::new(None),
            features: Cell::new(None),
            reports_tests: Cell::new(None),
            left: Cell::new(READS * text.len() + MAX_LEN),
            quotes: RefCell::new(Quotes::new(text)),
            hidden: RefCell::default(),
        }
    }

    pub(super) fn text(&self) -> &'t [u8] {
        self.text
    }

    /// Returns whether what follows the sign at `sign`, to `behind`, shows for what it is: a sentence, or an expression. The
    /// literals in an expression that may be secrets are hidden.
    #[cold]
    pub(super) fn shows<'r>(
        &self,
        rules: &'r Rules,
        hidden: Hidden<'r>,
        (sign, behind): (usize, usize),
        edits: &mut Edits<'r>,
    ) -> bool {
        let mut known = self.hidden.borrow_mut();
        let this = (sign, behind, hidden.surety);
        if known.binary_search_by_key(&sign, |(sign, ..)| *sign).is_ok_and(|at| known.get(at) == Some(&this)) {
            return false;
        }
        let shows = self.is_shown(rules, hidden, (sign, behind), edits);
        if !shows && known.last().is_none_or(|(last, ..)| *last < sign) {
            known.push(this);
        }
        shows
    }

    fn is_shown<'r>(
        &self,
        rules: &'r Rules,
        hidden: Hidden<'r>,
        (sign, behind): (usize, usize),
        edits: &mut Edits<'r>,
    ) -> bool {
        let text = self.text;
        let line = first_line(text.after(behind));
        let ends = behind + line.len() < text.len() || edits.is_whole();
        if hidden.surety.is_none() || !ends || self.left.get() == 0 {
            return false;
        }
        work::spend(320 + 4 * line.len());
        self.spend(line.len());
        let head = lexeme::line_before(text, sign).trim_ascii();
        let is_mark = |b: &u8| !b.is_ascii_alphanumeric() && !matches!(b, b'_' | b'$');
        let name = head.after(head.iter().position(|b| !is_mark(b)).unwrap_or(head.len()));
        let said = !name.contains(&b' ') && matches!(line.first(), Some(b' ' | b'\t' | b'['));
        let last = lexeme::last_word(name);
        // The members of a table of TOML are judged by their own names.
        let is_table =
            hidden.surety == Some(Surety::Weak) && line.starts_with(b" { ") && memmem::find(line, b" = ").is_some();
        if is_table
            || said && lexeme::is_sentence(line)
            || is_plainly_none(last, line)
            || hidden.surety == Some(Surety::Weak) && is_no_signature(last, line)
        {
            return true;
        }
        let before = head.part(..head.len() - last.len()).trim_ascii_end();
        if line.starts_with(b" [") && self.is_feature(sign) || before.ends_with(b"type") || is_own_type(rules, line) {
            return true;
        }
        let is_colon = text.get(sign) == Some(&b':');
        let rest = lexeme::line_behind(text, behind);
        work::spend(rest.len());
        self.spend(rest.len());
        if told::is_none(rules, hidden, head, is_colon, rest)
            || is_colon && last.eq_ignore_ascii_case(b"pass") && self.reports_tests()
        {
            return true;
        }
        // A target of make has a recipe, which a tab indents.
        if is_colon
            && (matches!(text.after(behind + line.len()), [b'\n', b'\t', b'$' | b'@', ..])
                || is_target(line)
                    && text.after(behind + line.len()).starts_with(b"\n\t")
                    && next_line(text, behind).contains(&b' '))
        {
            return true;
        }
        // In Perl, a label is in a line of its own.
        let is_label = || is_colon && line.trim_ascii().is_empty() && is_statement(next_line(text, behind));
        let told = line.starts_with(b" ") && is_description(line) || is_colon && begins_block(head) || is_label();
        if told && self.is_program() {
            return true;
        }
        let Some((start, literal)) = self.begins(sign, behind) else { return false };
        let Some((end, literals)) = self.read(start) else { return false };
        if end >= self.text.len() && !edits.is_whole() {
            return false;
        }
        for (start, end) in literals {
            // A string without its end may be the beginning of another one.
            let is_cut = end >= text.len();
            if !literal && (is_cut || !self.is_harmless(rules, start, end)) {
                edits.mask(start, end, hidden.mask);
            }
        }
        true
    }

    /// Returns whether the text counts or names tests that failed beside those that passed.
    fn reports_tests(&self) -> bool {
        const SIGNS: [&[u8]; 6] = [b"FAIL:", b"FAIL ", b"fail: ", b"Fail: ", b"XFAIL:", b"SKIP:"];
        let known = self.reports_tests.get();
        let reports = known.unwrap_or_else(|| SIGNS.iter().any(|sign| memmem::find(self.text, sign).is_some()));
        self.reports_tests.set(Some(reports));
        reports
    }

    /// Returns where the expression begins that follows the sign at `sign`, to `behind`, and whether it is a number.
    fn begins(&self, sign: usize, behind: usize) -> Option<(usize, bool)> {
        let text = self.text;
        let is_space = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_whitespace);
        let spaced = is_space(Some(behind)) || is_space(sign.checked_sub(1)) && text.get(sign) == Some(&b'=');
        let mut start = behind + text.after(behind).iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if spaced && text.get(sign) == Some(&b'=') && matches!(text.get(start), Some(b'\n' | b'\r')) {
            start += text.after(start).iter().take_while(|b| b.is_ascii_whitespace()).count();
        }
        let rest = text.after(start);
        let name = text.part(..sign).trim_ascii_end();
        let compared = text.part(sign..behind).len() > 1 && text.part(sign..behind).iter().all(|b| *b == b'=');
        let path = Path::read(rest);
        let declared = text.get(sign) == Some(&b':') && next_word(rest, path.end) == Some(b'=');
        // What no other text has.
        let called = path.called && (path.parts > 1 || path.quoted || path.empty || path.keyword) && path.ends(rest);
        let own = rest.part(..path.end);
        let is_path =
            path.arrow && path.parts > 1 && !own.iter().any(u8::is_ascii_digit) && follows(rest.after(path.end));
        let looks_up = path.generic
            && matches!(rest.after(path.end), [b'[', b'"' | b'\'' | b':', next, ..] if next.is_ascii_alphabetic());
        // `if a["token"] == expected`, `call(token = token)`
        let plain = path.end > 0 && path.parts == 1 && !own.iter().any(u8::is_ascii_digit);
        let word = lexeme::last_word(name);
        let is_same = plain
            && own.len() > 2
            && word.len() >= own.len()
            && word.after(word.len() - own.len()).eq_ignore_ascii_case(own)
            && matches!(rest.get(path.end), Some(b',' | b')' | b']'));
        // `crypt(?, salt)`
        let fills = path.called && matches!(rest.after(path.end), [b'(', b'?' | b'$' | b':' | b'@', ..]);
        // `crypt(p_password, password_hash)`
        let argument = rest.after(path.end + 1);
        let argument = argument.part(..argument.iter().take_while(|b| b.is_ascii_lowercase() || **b == b'_').count());
        let names = path.called
            && argument.contains(&b'_')
            && matches!(rest.get(path.end + 1 + argument.len()), Some(b',' | b')'))
            && names_secret(argument);
        let is_known = looks_up || fills || names || is_same || compared && plain && follows(rest.after(path.end));
        let is_macro = path.end > 0 && rest.after(path.end).starts_with(b"![");
        let line = first_line(rest);
        let is_closure = line.starts_with(b"(") && memmem::find(line, b") => ").is_some();
        if spaced
            && (called
                || is_path
                || is_macro
                || is_closure
                || is_known
                || declared && lexeme::is_type(rest.part(..path.end)))
        {
            return Some((start, false));
        }
        if !self.is_program() && !is_in_template(lexeme::line_before(text, sign)) {
            return None;
        }
        let is_code = match *rest.first()? {
            b'"' | b'\'' | b'`' => return literal(rest, 0, name, compared).map(|is_code| (start, is_code)),
            b'r' | b'b' | b'f' | b'u' if matches!(rest.get(1), Some(b'"' | b'\'')) => {
                return literal(rest, 1, name, compared).map(|is_code| (start, is_code));
            }
            b'0'..=b'9' => {
                let is_constant = (is_constant(name) || is_enumerated(text, sign))
                    && matches!(rest.get(number_len(rest)), Some(b',' | b';' | b'\n'));
                return (compared || is_constant || is_small_number(rest)).then_some((start, true));
            }
            // A path in a chart: `:= .Values.auth.password`.
            b'.' => spaced && rest.get(1).is_some_and(u8::is_ascii_alphabetic),
            b'(' | b'[' | b'{' | b'|' => spaced,
            b'<' => spaced && (rest.starts_with(b"<-") || rest.starts_with(b"<") && path_behind(rest)),
            _ if rest.starts_with(b"qr/") || rest.starts_with(b"/^") => true,
            _ if path.called || path.arrow || path.generic || path.keyword || path.pointer => true,
            _ if path.end == 0 => false,
            _ => {
                let next = rest.get(path.end);
                let last = own.rsplit(|b| *b == b'.').next().unwrap_or_default();
                let own_digits = if path.parts > 1 { last } else { own };
                let digits =
                    own_digits.iter().any(u8::is_ascii_digit) && !compared && !declared && !name.ends_with(last);
                let goes_on = path.parts > 1 && next == Some(&b' ') && rest.get(path.end + 1) != Some(&b'\n');
                // Perl and Ruby call without parentheses.
                let calls = match rest.after(path.end) {
                    [b' ', b'"' | b'\'', ..] => {
                        !own.iter().any(u8::is_ascii_uppercase)
                            && !self.quotes.borrow_mut().closes(start + path.end + 1)
                    }
                    [b' ', next, ..] => path.parts > 1 && (next.is_ascii_lowercase() || *next == b':'),
                    _ => false,
                };
                // The last argument of a call, whose bracket closes in the next line.
                let is_argument = next == Some(&b'\n')
                    && text.part(sign..start).len() == 1
                    && !own.iter().any(u8::is_ascii_digit)
                    && next_line(text, start).starts_with(b")");
                next == Some(&b'>') && is_bound(text, sign)
                    || spaced && calls && !digits
                    || is_argument
                    || matches!(next, Some(b',' | b')'))
                    || goes_on && !digits && follows(rest.after(path.end))
                    || spaced && (next == Some(&b';') || !digits && follows(rest.after(path.end)))
            }
        };
        is_code.then_some((start, false))
    }

    /// Returns the end of the expression that begins at `start`, and the insides of the strings in it.
    fn read(&self, start: usize) -> Option<(usize, Vec<(usize, usize)>)> {
        let text = self.text;
        if self.left.get() == 0 {
            return None;
        }
        let limit = text.len().min(start + MAX_LEN);
        let (mut literals, mut at, mut depth, mut braces, mut lines) = (Vec::new(), start, 0usize, 0usize, 0);
        while at < limit {
            match text.part(..limit).get(at)? {
                b'\n' if depth == 0 && !goes_on(text, at) || braces > 0 && text.get(at) == Some(&b'\n') => break,
                b'\n' => lines += 1,
                b'{' if is_blank(text.after(at + 1)) => break,
                b'{' => (depth, braces) = (depth + 1, braces + 1),
                b'(' | b'[' => depth += 1,
                b')' | b']' | b'}' | b';' | b',' if depth == 0 => break,
                b'}' => (depth, braces) = (depth - 1, braces.saturating_sub(1)),
                b')' | b']' => depth -= 1,
                b'\'' if is_lifetime(text, at) => {}
                b'#' | b'/' if is_comment(text, at) => {
                    at += memchr::memchr(b'\n', text.after(at)).unwrap_or(text.len() - at);
                    continue;
                }
                // It closes a string that the whole expression is in.
                b'"' | b'\'' | b'`' if depth == 0 && at > start && is_end(text.get(at - 1)) => break,
                &quote @ (b'"' | b'\'' | b'`') => {
                    let triple = text.after(at).starts_with(&[quote; 3]);
                    let from = at + if triple { 3 } else { 1 };
                    let end = match triple {
                        true => memmem::find(text.part(from..limit), &[quote; 3]).map_or(limit, |len| from + len),
                        false => close(text, from, quote),
                    };
                    // An apostrophe, or a lifetime, closes nothing on its line.
                    let is_string = quote != b'\'' || text.get(end) != Some(&b'\n');
                    if is_string && !(depth > 0 && is_apart(text, at, end, lines > 0)) {
                        literals.push((from, end));
                    }
                    at = match (is_string, triple) {
                        (false, _) => at,
                        (true, triple) => end + if triple { 2 } else { 0 },
                    };
                }
                _ => {}
            }
            at += 1;
        }
        let at = at.min(text.len());
        self.spend(at - start);
        let read = at < limit || limit == text.len();
        (read && lines <= MAX_LINES).then_some((at, literals))
    }

    /// Returns whether a list is one of features, as a manifest of Cargo has them.
    fn is_feature(&self, sign: usize) -> bool {
        const HEAD: &[u8] = b"[features]";
        let (begin, end) = self.features.get().unwrap_or_else(|| {
            let text = self.text;
            let begin = memmem::find(text, b"[features]\n").map_or(text.len(), |at| at + HEAD.len());
            let end = memmem::find(text.after(begin), b"\n[").map_or(text.len(), |len| begin + len);
            self.features.set(Some((begin, end)));
            (begin, end)
        });
        (begin..end).contains(&sign)
    }

    /// Takes so many bytes from those that may still be read.
    fn spend(&self, bytes: usize) {
        self.left.set(self.left.get().saturating_sub(bytes));
    }

    /// Returns whether a string in an expression is no secret: it is the name of one, a prompt or the name of an
    /// encoding.
    fn is_harmless(&self, rules: &Rules, start: usize, end: usize) -> bool {
        let (before, value) = (self.text.part(..start - 1), self.text.part(start..end));
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':');
        let is_name = !value.is_empty() && value.iter().all(is_word);
        let prompt = value.trim_ascii().strip_suffix(b":").unwrap_or_default();
        value.len() < 3
            || !value.is_ascii() && value.len() < 5
            || is_name_of_code(value)
            || value.ends_with(b"://")
            || rules.secret_anywhere(prompt).is_some()
            || !value.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
            || lexeme::is_scheme(value.trim_ascii())
            || is_name && (is_key(before) || is_encoding(value))
            || !value.iter().any(u8::is_ascii_digit) && is_name && rules.secret_anywhere(value).is_some()
            || lexeme::is_sentence(value)
            || is_file(value)
            || is_template(value)
            || is_version(value)
            || is_pattern(value)
            || lexeme::is_escapes(value)
            || value.trim_ascii().starts_with(b"--") && value.ends_with(b"=")
            || value.contains(&b'{') && value.contains(&b'}')
            || says_name(rules, value)
            || value.ends_with(b"[]")
            || is_shouted(value)
            || is_interpolated(value)
            || is_file_or_path(value)
            || value == b"localhost"
            || is_state(value)
            || matches!(value, [b'.', ending @ ..] if ending.len() < 5 && ending.iter().all(u8::is_ascii_lowercase))
    }

    /// Returns whether enough lines of the text read as statements of a program.
    pub(super) fn is_program(&self) -> bool {
        if let Some(known) = self.is_program.get() {
            return known;
        }
        /// The lines at the head of a program, which tell most.
        const HEAD: usize = 60;
        let (mut statements, mut lines, mut head) = (0, 0, 0);
        for line in self.text.split(|b| *b == b'\n') {
            let line = line.trim_ascii();
            lines += usize::from(!line.is_empty());
            statements += usize::from(is_statement(line) || told::is_rule(line));
            if lines <= HEAD {
                head = statements;
            }
        }
        let known = statements >= 2 && statements * 200 >= lines || head > 2;
        self.is_program.set(Some(known));
        known
    }
}

/// Returns whether a string of several words, of letters only, names a secret among them: `no password`.
fn says_name(rules: &Rules, value: &[u8]) -> bool {
    let mut words = value.split(|b| *b == b' ');
    words.clone().count() > 1
        && words.clone().all(|word| !word.is_empty() && word.iter().all(u8::is_ascii_lowercase))
        && words.any(|word| rules.secret_anywhere(word).is_some())
}

/// Returns whether a target of make may be made of what this names: files, or other targets.
fn is_target(line: &[u8]) -> bool {
    line.iter().all(|b| b.is_ascii_lowercase() || b" ._/%-".contains(b)) && !lexeme::is_scheme(line.trim_ascii())
}

/// Returns the length of the number that `text` begins with.
fn number_len(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_alphanumeric()).count()
}

/// Returns whether `text` begins with a type in angle brackets and goes on with a path: `<T>::default()`.
fn path_behind(text: &[u8]) -> bool {
    memmem::find(first_line(text), b">::").is_some()
}

/// Returns whether the word before the sign begins the arguments of a type: `Stream<Token = u8>`.
fn is_bound(text: &[u8], sign: usize) -> bool {
    let line = lexeme::line_before(text, sign);
    let before = line.trim_ascii_end();
    let word = lexeme::last_word(before);
    let start = sign - line.len() + before.len() - word.len();
    !word.is_empty() && text.part(..start).last() == Some(&b'<')
}

/// Returns whether a string in brackets, from `at` to `end`, is no part of the value: it is a key, the value of a name of its own
/// (`call(name="x")`), or one of several operands of a line within the brackets.
fn is_apart(text: &[u8], at: usize, end: usize, is_continued: bool) -> bool {
    let prefix = text.part(..at).iter().rev().take_while(|b| b"rbfu".contains(b)).count();
    let line = lexeme::line_before(text, at - prefix);
    let before = line.trim_ascii();
    let after = text.after(end + 1).trim_ascii_start();
    let is_named = before.ends_with(b"=") && !before.ends_with(b"==") || before.ends_with(b":");
    is_named || after.starts_with(b":") || after.starts_with(b"=>") || is_continued && !before.is_empty()
}

/// Returns whether this is a number that is too small for a secret, or that only programs write: `0x1f`.
fn is_small_number(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let len = text.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let suffix = text.part(digits..len);
    let typed = matches!(suffix, [b'i' | b'u', size @ ..] if size.iter().all(|b| b.is_ascii_digit()));
    follows(text.after(len)) && (suffix.is_empty() && digits <= 3 || typed || text.starts_with(b"0x"))
}

/// Returns the first byte behind the white space at `at`.
fn next_word(text: &[u8], at: usize) -> Option<u8> {
    text.after(at).iter().copied().find(|b| !matches!(b, b' ' | b'\t'))
}

/// Returns whether the value is no signature, though its name is that of one: a signature has digits among its letters.
fn is_no_signature(name: &[u8], line: &[u8]) -> bool {
    /// No signature is shorter.
    const SHORTEST: usize = 8;
    /// A longer line is not read.
    const LONGEST: usize = 64;
    let name = name.part(..name.iter().rposition(|b| *b != b'_').map_or(0, |at| at + 1));
    let ends = |end: &[u8]| name.len() >= end.len() && name.after(name.len() - end.len()).eq_ignore_ascii_case(end);
    let says = |word: &[u8]| name.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    let is_random = |run: &[u8]| run.len() >= SHORTEST && run.iter().any(u8::is_ascii_digit);
    (says(b"signature") || ends(b"sig") || name.starts_with(b"sig_"))
        && line.len() < LONGEST
        && line.iter().any(u8::is_ascii_alphabetic)
        && !line.split(|b| !b.is_ascii_alphanumeric()).any(is_random)
}

/// Returns whether a line begins with a type that says by its own name what it holds: `token: Token`.
fn is_own_type(rules: &Rules, line: &[u8]) -> bool {
    let Some(value) = line.strip_prefix(b" ") else { return false };
    let (word, rest) = value.split_at_checked(number_len(value)).unwrap_or_default();
    word.first().is_some_and(u8::is_ascii_uppercase)
        && word.iter().any(u8::is_ascii_lowercase)
        && matches!(rest.first(), Some(b',' | b')' | b'`' | b'>' | b'|' | b'?'))
        && rules.secret_anywhere(word).is_some()
}

/// Returns whether the sign at `sign` stands in a list of names with numbers, each in a line of its own, as an enumeration is.
fn is_enumerated(text: &[u8], sign: usize) -> bool {
    let is_entry = |line: &[u8]| {
        let line = line.trim_ascii();
        let (name, rest) = line.split_at_checked(memchr::memchr(b'=', line)?)?;
        let number = rest.after(1).trim_ascii().strip_suffix(b",")?;
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        let is_number = number.first().is_some_and(u8::is_ascii_digit) && number.iter().all(is_word);
        (is_number && name.trim_ascii().iter().all(is_word)).then_some(())
    };
    let own = lexeme::line_before(text, sign);
    let before = text.part(..sign - own.len()).strip_suffix(b"\n").unwrap_or_default();
    is_entry(lexeme::line_before(before, before.len())).is_some() || is_entry(next_line(text, sign)).is_some()
}

/// Returns whether a line breaks off within what a template fills in, which is an expression: `<%= link_to(token: `.
fn is_in_template(before: &[u8]) -> bool {
    [(&b"<%"[..], &b"%>"[..]), (b"{{", b"}}")].iter().any(|(open, close)| {
        memmem::rfind(before, open).is_some_and(|open| {
            let inside = before.after(open);
            // `<%20` is an escape.
            memmem::find(inside, close).is_none() && !percent::is_escape(inside.after(1))
        })
    })
}

/// Returns whether an operand ends with this byte.
fn is_end(b: Option<&u8>) -> bool {
    b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b')' | b']' | b'}'))
}

/// Returns whether nothing but white space is left of the line.
fn is_blank(rest: &[u8]) -> bool {
    rest.iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r')).is_none_or(|b| *b == b'\n')
}

/// Returns whether the statement goes on behind the line feed at `at`.
fn goes_on(text: &[u8], at: usize) -> bool {
    let before = text.part(..at).trim_ascii_end().last();
    let after = text.after(at).trim_ascii_start();
    matches!(before, Some(b'+' | b'|' | b'\\' | b'=' | b'?' | b'.'))
        || matches!(after, [b'.' | b'+' | b'?', ..] | [b'|', b'|', ..] | [b'&', b'&', ..])
}

fn is_comment(text: &[u8], at: usize) -> bool {
    let begins = at.checked_sub(1).and_then(|at| text.get(at)).is_none_or(u8::is_ascii_whitespace);
    begins && matches!(text.after(at), [b'#', b' ', ..] | [b'/', b'/', ..])
}

/// Returns whether a string behind `before` is a key that is looked up: `environ["X"]`, `config.get("x")`.
fn is_key(before: &[u8]) -> bool {
    const LOOK_UPS: [&[u8]; 10] =
        [b"require", b"import", b"get", b"getenv", b"env", b"var", b"fetch", b"param", b"header", b"env!"];
    match before {
        // The first of a pair.
        [.., b'[', b'('] => true,
        [.., b, b'[' | b'{'] => b.is_ascii_alphanumeric() || matches!(b, b'_' | b')' | b']' | b'}' | b'>'),
        [call @ .., b'('] => {
            let start = call.iter().rposition(|b| !b.is_ascii_alphanumeric() && *b != b'!').map_or(0, |at| at + 1);
            let name = call.after(start);
            let reads =
                [&b"get"[..], b"read", b"load", b"fetch", b"find", b"create"].iter().any(|verb| name.starts_with(verb));
            reads
                || LOOK_UPS.iter().any(|known| {
                    name.len() >= known.len() && name.after(name.len() - known.len()).eq_ignore_ascii_case(known)
                })
        }
        _ => false,
    }
}
