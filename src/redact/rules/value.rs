//! Tells by a value in text that it is no secret, whatever its name: `false`, `${NAME}`, `<your-token>`, `1.2.0`.

use super::lexicon;
use crate::redact::text::slice::Slice;
use memchr::memmem;

/// Returns whether a value says whether there is a secret, stands for one that is elsewhere, or is of a kind that none has.
/// It may be in quotes, and what ends a statement may follow it.
pub(crate) fn is_harmless(value: &[u8]) -> bool {
    let end = value.iter().rposition(|b| !matches!(b, b',' | b';' | b')' | b' ' | b'\t' | b'\r'));
    let value = value.part(..end.map_or(0, |end| end + 1));
    let value = value.strip_suffix(b" }").unwrap_or(value);
    // What is behind a placeholder may be said of it.
    let told = memmem::find(value, b" # ").map(|at| value.part(..at)).filter(|value| is_placeholder(value));
    let value = told.unwrap_or(value);
    let quoted = unquoted(value);
    let inside = quoted.unwrap_or(value);
    matches!(
        value,
        b"~" | b"{}" | b"[]" | [b'"', b'"', b';' | b',' | b')', ..] | [b'\'', b'\'', b';' | b',' | b')', ..]
    ) || matches!(value, [b'(', b')', b',', ..] | [b'{', b'}', b',', ..] | [b'[', b']', b',', ..])
        || matches!(value, [digit] | [digit, b'.'] if digit.is_ascii_digit())
        || is_fraction(value)
        || quoted.is_some_and(|inside| is_decimal(inside) || matches!(inside.trim_ascii(), b"Basic" | b"Bearer"))
        || is_file(inside)
        || quoted == Some(b"")
        || inside.split(|b| *b == b'|').all(|rule| is_state(rule) || is_bound(rule))
        || is_symbol(value)
        || are_components(value)
        || is_left_out(inside)
        || is_reference(inside)
        || inside == b"?"
        // A class of a regular expression.
        || inside.starts_with(b"[^")
        || is_statement(inside)
        || is_version(inside)
        || inside.len() == 1 && inside.iter().all(u8::is_ascii_digit)
        || is_placeholder(inside)
        || quoted.is_some_and(|inside| is_template(inside) || is_filled(inside))
        || is_metavariable(value)
}

/// Returns whether this is a rule of a validation that bounds a length: `min:8`.
fn is_bound(rule: &[u8]) -> bool {
    let bound = rule.strip_prefix(b"min:").or_else(|| rule.strip_prefix(b"max:"));
    bound.is_some_and(|bound| bound.iter().all(u8::is_ascii_digit))
}

/// Returns whether these are the parts of a message that a signature covers (RFC 9421, section 2): `"@method" "date"`.
fn are_components(value: &[u8]) -> bool {
    let is_part = |b: &u8| b.is_ascii_lowercase() || b"@-".contains(b);
    let is_name = |item: &[u8]| matches!(item, [b'"', name @ .., b'"'] if name.iter().all(is_part));
    let value = value.strip_prefix(b"(").unwrap_or(value);
    let value = value.part(..memchr::memchr(b')', value).unwrap_or(value.len()));
    value.starts_with(b"\"@") && value.split(|b| *b == b' ').all(is_name)
}

/// Returns whether these are symbols of Ruby's: `:public`, `[:email, :login]`.
fn is_symbol(value: &[u8]) -> bool {
    let list = value.strip_prefix(b"[").map_or(value, |list| list.strip_suffix(b"]").unwrap_or(list));
    list.split(|b| *b == b',').all(|symbol| {
        let name = symbol.trim_ascii().strip_prefix(b":").unwrap_or_default();
        name.len() > 1 && name.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
    })
}

/// Returns the inside of a value in quotes.
fn unquoted(value: &[u8]) -> Option<&[u8]> {
    let inside = |quote: &[u8]| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    inside(b"\"").or_else(|| inside(b"'"))
}

/// Returns whether a text says whether there is a secret, what may be done with it, or of what kind it is.
pub(crate) fn is_state(value: &[u8]) -> bool {
    const STATES: [&[u8]; 52] = [
        b"self",
        b"auto",
        b"inherit",
        b"lax",
        b"strict",
        b"missing",
        b"expired",
        b"revoked",
        b"unset",
        b"absent",
        b"present",
        b"unchanged",
        b"any",
        b"always",
        b"never",
        b"on_create",
        b"true",
        b"false",
        b"null",
        b"none",
        b"nil",
        b"undefined",
        b"yes",
        b"no",
        b"on",
        b"off",
        b"read",
        b"write",
        b"list",
        b"create",
        b"update",
        b"delete",
        b"manage",
        b"required",
        b"optional",
        b"confirmed",
        b"nullable",
        b"define",
        b"enabled",
        b"disabled",
        b"valid",
        b"invalid",
        b"string",
        b"value",
        b"boolean",
        b"integer",
        b"warn",
        b"allow",
        b"deny",
        b"include",
        b"omit",
        b"same-origin",
    ];
    (2..=11).contains(&value.len())
        && value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
        && STATES.iter().any(|state| value.eq_ignore_ascii_case(state))
}

/// Returns whether a text is a sentence, which is said of a secret: it begins with a capital, ends as a sentence does, and
/// has four words or more that are such, or numbers.
pub(crate) fn is_statement(text: &[u8]) -> bool {
    /// Fewer words may be a secret that someone remembers.
    const FEWEST: usize = 4;
    let is_mark = |b: &u8| b",;:()!?.'\"\\`*".contains(b);
    let begins = matches!(text, [b'A'..=b'Z', b'a'..=b'z' | b' ' | b'\'', ..] | [0x80..=0xff, ..]);
    begins
        && text.iter().rev().find(|b| !matches!(b, b')' | b'"')).is_some_and(|b| matches!(b, b'.' | b'!' | b'?'))
        && text.split(|b| *b == b' ').filter(|word| word.iter().any(is_letter)).count() >= FEWEST
        && text.split(|b| *b == b' ').all(|word| is_word(bare(word, is_mark)))
}

/// Returns whether a byte is of a letter, of any script.
pub(crate) fn is_letter(b: &u8) -> bool {
    b.is_ascii_alphabetic() || *b >= 0x80
}

/// Returns a word without the marks around it.
pub(crate) fn bare(word: &[u8], is_mark: impl Fn(&u8) -> bool) -> &[u8] {
    let start = word.iter().position(|b| !is_mark(b)).unwrap_or(word.len());
    word.part(start..word.iter().rposition(|b| !is_mark(b)).map_or(start, |end| end + 1))
}

/// Returns whether this is a word of a sentence, or a number as one has.
pub(crate) fn is_word(word: &[u8]) -> bool {
    word.iter().all(|b| is_letter(b) || matches!(b, b'-' | b'\'' | b'/'))
        || word.len() <= 4 && word.iter().all(u8::is_ascii_digit)
}

/// Returns whether a text says where a secret is, and is none: `${NAME:?missing}`, `%env(NAME)%`, `!secret name`,
/// `(sensitive value)`, `op://vault/item/field`, `arn:aws:secretsmanager:…`.
pub(crate) fn is_reference(text: &[u8]) -> bool {
    const SCHEMES: &[&[u8]] = &[
        b"op://",
        b"vault://",
        b"awssm://",
        b"gcpsm://",
        b"ssm://",
        b"env://",
        b"secret://",
        b"secretref:",
        b"keyring:",
        b"ref+",
        b"arn:aws",
        b"projects/",
        b"npm:",
    ];
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || b"_.-/:".contains(b);
    let is_name = |name: &[u8]| name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(is_word);
    match text {
        [b'$', b'{', name @ .., b'}'] => {
            // What stands behind `:-` may be the secret.
            let name = memmem::find(name, b":?").map_or(name, |at| name.part(..at));
            const SOURCES: [&[u8]; 10] =
                [b"env", b"file", b"ssm", b"vault", b"sys", b"cf", b"opt", b"op", b"secret", b"secretsmanager"];
            let source = memchr::memchr(b':', name).map(|at| name.part(..at));
            is_path(name) || source.is_some_and(|source| SOURCES.contains(&source))
        }
        [b'%', b'e', b'n', b'v', b'(', name @ .., b')', b'%'] => is_name(name),
        [b'%', name @ .., b'%'] => is_name(name) && (name.contains(&b'.') || !name.iter().any(u8::is_ascii_lowercase)),
        // Of Concourse.
        [b'(', b'(', name @ .., b')', b')'] => is_name(name),
        [b'(', words @ .., b')'] => words.contains(&b' ') && words.iter().all(|b| b.is_ascii_lowercase() || *b == b' '),
        [b'!', tag @ ..] => memchr::memchr(b' ', tag).is_some_and(|at| {
            is_name(tag.part(..at)) && is_name(tag.after(at).trim_ascii()) && tag.part(..at) != b"binary"
        }),
        [b'{', b'{', name @ .., b'}', b'}'] => {
            is_name(name.trim_ascii()) && name.iter().any(|b| matches!(b, b'.' | b':'))
        }
        [b'@', rest @ ..] => rest.starts_with(b"Microsoft.KeyVault("),
        // Of Grafana.
        [b'$', b'_', b'_', call @ .., b'}'] => memchr::memchr(b'{', call).is_some(),
        [b'v', b'a', b'u', b'l', b't', b':', path @ ..] => memchr::memchr(b'#', path).is_some(),
        _ => SCHEMES.iter().any(|scheme| text.starts_with(scheme)),
    }
}

/// Returns whether a string of JSON is filled in before it is used: `{{user token}}`, `$(API_KEY)`, `<pin>`.
pub(crate) fn is_to_fill_in(text: &[u8]) -> bool {
    match text {
        [b'{', b'{', name @ .., b'}', b'}'] => {
            name.iter().any(u8::is_ascii_alphabetic) && !name.iter().any(|b| b"\\\"'{}".contains(b))
        }
        [b'$', b'(', name @ .., b')'] => name.iter().all(|b| b.is_ascii_uppercase() || *b == b'_'),
        [b'<', ..] => is_placeholder(text),
        _ => false,
    }
}

/// The fewest and the most bytes of what looks like a key.
pub(crate) const SHORTEST_KEY: usize = 16;
pub(crate) const LONGEST_KEY: usize = 1024;

/// Returns whether a text looks like a key: no one thought of its letters and digits. Words, numbers, dates, paths, UUIDs and
/// names with a hash in them do not.
pub(crate) fn is_random(text: &[u8]) -> bool {
    /// Of a key in another form than Base64, signs part no less.
    const PART: usize = 13;
    let is_part = |part: &&[u8]| part.len() >= PART && changes(part) >= (part.len() / 6).max(4);
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || b"+/=_-".contains(b);
    let is_hash = |part: &[u8]| matches!(part.len(), 32 | 40 | 64) && part.iter().all(u8::is_ascii_hexdigit);
    let mut parts = text.split(|b| b"/_-".contains(b));
    (SHORTEST_KEY..=LONGEST_KEY).contains(&text.len())
        && text.iter().all(is_word)
        && parts.find(is_part).is_some_and(|part| part.len() == text.len() || !is_hash(part))
}

/// Returns whether a text is a user's name and a password, with a colon between: `ada:x1-Yz`. A host and its port is none.
pub(crate) fn is_login(text: &[u8]) -> bool {
    let Some((user, password)) = memchr::memchr(b':', text).map(|at| (text.part(..at), text.after(at + 1))) else {
        return false;
    };
    !user.is_empty()
        && user.iter().all(|b| b.is_ascii_alphanumeric() || b"._-@+".contains(b))
        && password.iter().all(u8::is_ascii_graphic)
        && !password.iter().all(u8::is_ascii_digit)
        && password.first().is_some_and(|b| !b"/$%{<:".contains(b))
}

/// Returns whether a word may be a password that someone chose: it has digits among its letters, or signs or capitals within and
/// capitals too. Words of prose, types and names of programs have not, and no one chooses what is very long.
pub(crate) fn is_chosen(word: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    let any = |is: fn(&u8) -> bool| word.iter().any(is);
    let has_sign = || word.iter().skip(1).take(word.len().saturating_sub(2)).any(|b| b"-_!@#%&*+?~^".contains(b));
    (SHORTEST..=LONGEST_KEY).contains(&word.len())
        && word.iter().all(u8::is_ascii_graphic)
        && (any(u8::is_ascii_alphabetic) && any(u8::is_ascii_digit)
            || any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase) && has_sign())
}

/// Returns how often digits, capitals and small letters take turns. A capital before a small letter begins a word.
fn changes(part: &[u8]) -> usize {
    let class = |b: u8| match b {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    let begins_word = |pair: &[u8]| matches!(pair, [b'A'..=b'Z', b'a'..=b'z']);
    part.windows(2).filter(|pair| class(pair[0]) != class(pair[1]) && !begins_word(pair)).count()
}

/// Returns whether a text is a date, which may have a time: `2026-03-01T10:00:00Z`.
pub(crate) fn is_date(text: &[u8]) -> bool {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let has_dashes = matches!((text.get(4), text.get(7)), (Some(b'-'), Some(b'-')));
    has_dashes
        && [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(is_digit)
        && text.get(10).is_none_or(|b| matches!(b, b'T' | b't' | b' '))
        && text.after(10).iter().all(|b| b.is_ascii_digit() || b"TtZz :.+-UC".contains(b))
}

/// Returns whether a text is one of a few signs that a program knows: `ENCRYPT_DECRYPT`, `<pad>`, `[CLS]`.
pub(crate) fn is_sign(text: &[u8]) -> bool {
    let is_word = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'|' | b'/');
    match text {
        [b'<', name @ .., b'>'] | [b'[', name @ .., b']'] => name.iter().all(is_word),
        _ => text.contains(&b'_') && text.iter().all(|b| b.is_ascii_uppercase() || *b == b'_'),
    }
}

/// Returns whether a text is a measure or a colour, as designs have: `4px`, `1.5rem`, `#3366ff`.
pub(crate) fn is_measure(text: &[u8]) -> bool {
    let number = text.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let is_unit = [&b"px"[..], b"rem", b"em", b"%", b"pt", b"ms", b"vh", b"vw", b"deg"].contains(&text.after(number));
    let is_colour = |hex: &[u8]| matches!(hex.len(), 3 | 6 | 8) && hex.iter().all(u8::is_ascii_hexdigit);
    (1..=5).contains(&number) && is_unit || text.strip_prefix(b"#").is_some_and(is_colour)
}

/// Returns whether dots or stars stand for a value.
fn is_left_out(value: &[u8]) -> bool {
    !value.is_empty()
        && value.len() <= 8
        // Or a sign of a few bytes, as emoji are.
        && (value.iter().all(|b| b".()*-:[]{}".contains(b)) || !value.iter().any(u8::is_ascii))
}

/// Returns whether a text is a version of a package or a range of them: `^4.0.0`, `>=1.0 <2 || 3.1.x`. A
/// bare one has two dots or more, which no PIN has.
pub(crate) fn is_version(raw: &[u8]) -> bool {
    let is_one = |part: &[u8]| {
        let number = part.after(part.iter().take_while(|b| b"^~<>=".contains(b)).count());
        let dots = number.iter().filter(|b| **b == b'.').count();
        let is_number = number.first().is_some_and(u8::is_ascii_digit)
            && number.iter().all(|b| b.is_ascii_digit() || b".x*".contains(b));
        let is_bare = dots == 2 || dots > 2 && number.iter().all(|b| b.is_ascii_digit() || *b == b'.');
        is_number && (is_bare || number.len() < part.len())
    };
    let mut parts = raw.split(|b| b" |".contains(b)).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(is_one)
}

/// Returns whether a value is a number below ten with a fraction, as times and ratios are: `0.012`.
fn is_fraction(value: &[u8]) -> bool {
    matches!(value, [b'0'..=b'9', b'.', b'0'..=b'9', ..])
        && (4..9).contains(&value.len())
        && value.after(2).iter().all(u8::is_ascii_digit)
}

/// Returns whether a string has a decimal number, as a range of versions does: `0.2`.
fn is_decimal(inside: &[u8]) -> bool {
    let is_number = |part: &[u8]| !part.is_empty() && part.len() < 4 && part.iter().all(u8::is_ascii_digit);
    memchr::memchr(b'.', inside).is_some_and(|dot| is_number(inside.part(..dot)) && is_number(inside.after(dot + 1)))
}

/// Returns whether this is the path of a file: of plain words (`/home/ada`, `~/.ssh/id`), or in one of the places where files are
/// (`/run/secrets/db_2`, `C:\\keys\\a.json`, `file:///etc/a`).
pub(crate) fn is_file(value: &[u8]) -> bool {
    #[rustfmt::skip]
    const PLACES: [&[u8]; 22] = [
        b"etc", b"var", b"run", b"home", b"opt", b"usr", b"tmp", b"srv", b"mnt", b"root", b"secrets", b"app", b"data", b"Users", b"proc", b"dev",
        b"config", b"certs", b"keys", b"vault", b"workspace", b"private",
    ];
    /// Of files that programs and pages are made of.
    const EXTENSIONS: [&[u8]; 12] =
        [b"js", b"mjs", b"css", b"json", b"svg", b"png", b"html", b"pem", b"crt", b"map", b"wasm", b"yaml"];
    let is_part = |part: &[u8]| {
        let rest = || part.iter().skip(1);
        part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'.')
            && rest().all(|b| b.is_ascii_lowercase() || b"._-".contains(b))
    };
    let is_named = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|b| b.is_ascii_alphanumeric() || b"._-@+ ".contains(b)) && !is_random(part)
    };
    let value = value.strip_prefix(b"file://").or_else(|| value.strip_prefix(b"file:")).unwrap_or(value);
    if let [b'A'..=b'Z', b':', b'\\', path @ ..] = value {
        return path.split(|b| *b == b'\\').all(|part| part.is_empty() || is_named(part));
    }
    let beside = value.strip_prefix(b"~/").or_else(|| value.strip_prefix(b"./")).or_else(|| value.strip_prefix(b"../"));
    let Some(path) = beside.or_else(|| value.strip_prefix(b"/")) else { return false };
    if memchr::memrchr(b'.', path).is_some_and(|dot| EXTENSIONS.contains(&path.after(dot + 1))) {
        return path.split(|b| *b == b'/').all(is_named);
    }
    let mut parts = path.split(|b| *b == b'/');
    let in_place = parts.next().is_some_and(|place| beside.is_some() || PLACES.contains(&place));
    path.len() > 2
        && (path.split(|b| *b == b'/').all(is_part)
            || in_place && path.split(|b| *b == b'/').all(is_named) && (beside.is_some() || parts.next().is_some()))
}

/// Returns whether a string has a variable behind a scheme: `Basic $encoded`, `Bearer {}`.
fn is_filled(inside: &[u8]) -> bool {
    let value = inside.strip_prefix(b"Basic ").or_else(|| inside.strip_prefix(b"Bearer "));
    value.is_some_and(|value| {
        value.starts_with(b"{")
            || value.starts_with(b"#{")
            || value.starts_with(b"$") && value.after(1).iter().all(|b| b.is_ascii_alphabetic() || *b == b'_')
    })
}

/// Returns whether a string is filled in later, or is a colour: `OAuth %s`, `Bearer ${token}`, `#ff8800`. The string that it is in
/// may end within it: `' . $token . '`.
pub(crate) fn is_template(inside: &[u8]) -> bool {
    if matches!(inside, [b'\'' | b'"', b' ', b'.' | b'+', b' ', .., b' ', b'\'' | b'"']) {
        return true;
    }
    let is_colour = |hex: &[u8]| matches!(hex.len(), 3 | 6) && hex.iter().all(u8::is_ascii_hexdigit);
    inside.strip_prefix(b"#").is_some_and(is_colour)
        || [&b"%s"[..], b"%d", b"${"].iter().any(|sign| memmem::find(inside, sign).is_some())
}

/// Returns whether a value of a manual (groff_man) is in italics, as what stands for a value is, or is left out but for its fonts.
fn is_metavariable(value: &[u8]) -> bool {
    let mut rest = value;
    while let [b'\\', b'f', _, next @ ..] = rest {
        if !next.first().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'\\') || matches!(next, b"\\") {
            return true;
        }
        rest = next;
    }
    let word = rest.strip_suffix(b"\\fR").or_else(|| rest.strip_suffix(b"\\fP"));
    memmem::find(value, b"\\fI").is_some()
        || word.is_some_and(|word| is_left_out(word) || word.iter().all(u8::is_ascii_uppercase))
}

/// Returns whether a value stands for another one: `${NAME}`, `${{ secrets.NAME }}`, `{{ .Values.name }}`, `{token}`, `$dir/key`,
/// `%s`, `<your-token>`, `API_KEY`.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let is_word = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-');
    match value {
        // Only the name of a secret is one: a password may be in such brackets.
        // Types of documentation: `<Buffer|string>`.
        [b'<', types @ .., b'>'] if types.contains(&b'|') => types.iter().all(|b| is_word(b) || *b == b'|'),
        [b'<', name @ .., b'>'] if is_shouted(name) => true,
        [b'<', name @ .., b'>'] => {
            let is_any = [&b"code"[..], b"value", b"string", b"id", b"key"].contains(&name);
            name.iter().all(|b| is_word(b) || *b == b' ') && (is_any || lexicon::judge(name).is_some())
        }
        // A template that puts a literal in its place has quotes.
        [b'{', b'{', name @ .., b'}', b'}'] | [b'$', b'{', b'{', name @ .., b'}', b'}'] => {
            let name = name.strip_prefix(b"-").unwrap_or(name).trim_ascii();
            // The quotes of these are names and sentences.
            let calls = [&b"include "[..], b"required ", b"index "].iter().any(|call| name.starts_with(call));
            calls || !name.is_empty() && memchr::memchr2(b'"', b'\'', name).is_none()
        }
        // A parameter of SQL, or a variable of Razor.
        [b'@', name @ ..] => name.iter().all(is_word) && lexicon::judge(name).is_some(),
        [b'$', b'{', name @ .., b'}'] => is_path(name),
        [b'{', name @ .., b'}'] | [b'#', b'{', name @ .., b'}'] => {
            let name = name.trim_ascii();
            let name = name.after(name.iter().take_while(|b| b.is_ascii_digit()).count().min(1));
            name.iter().all(|b| is_word(b) || b".:?![]()".contains(b))
        }
        // What a command prints.
        [b'$', b'(', ..] => true,
        [b'`', command @ .., b'`'] => {
            let program = command.iter().take_while(|b| b.is_ascii_lowercase() || b"_-./".contains(b)).count();
            let arguments = command.after(program);
            program > 0 && arguments.starts_with(b" ") && (arguments.contains(&b'/') || arguments.starts_with(b" -"))
        }
        // An argument of a shell is a digit.
        [b'$', b'0'..=b'9' | b'@'] | [b'%', b'0'..=b'9'] => true,
        [b'$', name @ ..] => {
            let len = name.iter().take_while(|b| is_word(b)).count();
            // Variables of a shell are written in capitals.
            len > 1 && name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
                || len > 0 && (name.after(len).starts_with(b"/") || name.after(len).starts_with(b"::"))
        }
        // A variable of Windows.
        [b'%', name @ .., b'%'] => name.len() > 1 && name.iter().all(|b| b.is_ascii_uppercase() || *b == b'_'),
        [b'%', b's' | b'd' | b'i' | b'v', rest @ ..] => !rest.first().is_some_and(u8::is_ascii_alphanumeric),
        // `var.db_password`
        _ if memchr::memrchr(b'.', value)
            .is_some_and(|dot| dot > 0 && lexicon::judge(value.after(dot + 1)) > Some(lexicon::Surety::Weak)) =>
        {
            value.iter().all(|b| is_word(b) || *b == b'.')
        }
        _ => is_shouted(value) && memchr::memchr2(b'_', b'-', value).is_some() && lexicon::judge(value).is_some(),
    }
}

/// Returns whether this is a name in capitals, as constants and placeholders have: `STR_DQ`, `ACCESS-KEY`.
pub(crate) fn is_shouted(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_uppercase)
        && value.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'-' | b' '))
}

/// Returns whether this is the name of a variable, or a path to one.
fn is_path(name: &[u8]) -> bool {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    name.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.')) && name.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_secret_is_told() {
        for value in [
            "false",
            "yes|no",
            "self",
            "\"@method\" \"content-digest\"",
            "(\"@method\" \"date\");created=1700000300",
            "~",
            "\"\"",
            "''; last",
            "[]",
            "...",
            "\"***\"",
            "'1.2.0'",
            "${NAME}",
            "${{ secrets.NAME }}",
            "{{ .Values.name }}",
            "{token}",
            "{}",
            "#{token}",
            "$dir/key.pem",
            "%s",
            "<your-token>",
            "CLIENT_SECRET",
            "\"OAuth %s\"",
            "'#ff8800'",
            "\\fR",
            "\\fIPASS\\fR",
            "...\\fR",
        ] {
            assert!(is_harmless(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn what_no_one_thought_of_is_told() {
        for key in [
            "dd3f8e7c6b5a49382716",
            "R0QLNUXBOR4YWBFZKT76Y5UHIHTZ02BO",
            "yh3ksLUcgpw149afwOaF93ypwkRkManDNTOMr5an1LM=",
            "8+jIVU1zUXMrb6961C3aB3be6jyIQumIyQWVbIRn",
            "7a19d7233aa3b8ee7cef05a3c7e3b43ad7bb0d0f",
            "xq7k2m9p4w8r3t6y1u5z",
        ] {
            assert!(is_random(key.as_bytes()), "{key}");
        }
        for text in [
            "settings/theme-2024",
            "550e8400-e29b-41d4-a716-446655440000",
            "orderService2025Backup",
            "npm-linux-x64-7a19d7233aa3b8ee7cef05a3c7e3b43ad7bb0d0f",
            "1234567890123456789",
            "customers:eu-west-1:4471",
            "disk-full/db-02",
            "on_create_or_update_of_user",
            "2026-11-17T10:00:00Z",
        ] {
            assert!(!is_random(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn files_are_told() {
        for path in ["/assets/session-0d7e91c4.js", "./keys/token_2.pem", "/run/secrets/db_2", "/home/ada"] {
            assert!(is_file(path.as_bytes()), "{path}");
        }
        for path in ["/AbC9dE2fG4", "/kirsche7/Mond", "assets/token.js", "/q7ZrT2mX9bL4vK8n/w.js", "/a/b.js?x=1"] {
            assert!(!is_file(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn dates_and_signs_are_told() {
        assert!(is_measure(b"1.5rem") && is_measure(b"#3366ff") && !is_measure(b"4711") && !is_measure(b"px"));
        assert!(is_date(b"2026-11-17") && is_date(b"2026-11-17T10:00:00.000Z") && !is_date(b"2026-11-17x"));
        assert!(is_sign(b"ENCRYPT_DECRYPT") && is_sign(b"<pad>") && is_sign(b"[CLS]") && !is_sign(b"SECRET"));
    }

    #[test]
    fn what_may_be_a_secret_is_told() {
        for value in [
            "hunter2",
            "\"hunter2\"",
            "${x y}",
            "<angle-7f>",
            "{hunter2}",
            "$ecret",
            "SECRET",
            "\"@kirsche7\" \"date\"",
            "#ff8800",
            "abc%s",
            "1234",
            "1.2",
            "truely",
            "\"\"\"",
            "*********",
            "",
        ] {
            assert!(!is_harmless(value.as_bytes()), "{value}");
        }
    }
}
