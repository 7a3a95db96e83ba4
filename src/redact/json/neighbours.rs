//! Finds what the members of an object say about each other: `{"name": "password", "value": …}`, in any order.
//!
//! Only a member whose name has a [`Sign`] is worth the search: its object is read once, without a tree.

use crate::redact::{
    codec::{json_lexer as lexer, json_string},
    rules::{
        Hidden, Rules, Surety,
        siblings::{self, Sign, gives_name, names_secret},
        value,
    },
    text::slice::Slice,
};
use memchr::memmem;

/// Bounds the bytes that may be read for each byte of input. Past that, the rest is hidden unread.
const LOOKS: usize = 8;

/// Holds what is known of the objects of an input.
pub(super) struct Neighbours<'a> {
    rules: &'a Rules,
    input: &'a [u8],
    /// The number of bytes that may still be read.
    left: usize,
    /// Holds which of [`KINDS`] are in the input, as far as that was asked.
    kinds: [Option<bool>; KINDS.len()],
}

/// The signs of an object of each kind that hides its members.
const KINDS: [&[u8]; 6] = [b"grant_type", b"\"kty\"", b"\"Secret\"", b"\"apiVersion\"", b"\"redirect", b"erifier\""];

/// The names that stand beside an authorization code (RFC 6749, section 4.1.3, and RFC 7636).
const GRANTS: [&[u8]; 5] = [b"grant_type", b"redirect_uri", b"redirectUri", b"code_verifier", b"codeVerifier"];

impl<'a> Neighbours<'a> {
    pub(super) fn new(rules: &'a Rules, input: &'a [u8]) -> Self {
        Self { rules, input, left: LOOKS * input.len(), kinds: [None; KINDS.len()] }
    }

    /// Returns what hides the value of the member whose name, which has this sign, begins at `at`.
    #[cold]
    pub(super) fn hidden(&mut self, sign: Sign, at: usize) -> Option<Hidden<'a>> {
        let rules = self.rules;
        let by_kind = Some(Hidden { mask: rules.mask(), surety: Some(Surety::Strong) }).filter(|_| rules.defaults());
        let value = value_at(self.input, at);
        let opens = |with: &[u8]| self.input.get(value).is_some_and(|b| with.contains(b));
        // Only the data of a Kubernetes `Secret` are an object.
        let sign = if sign == Sign::Data && opens(b"\"") { Sign::Value } else { sign };
        // Where the object breaks off, what it would have said behind is not known.
        let broken = match sign {
            Sign::Value => !opens(b"{[") || is_list(self.input, value),
            Sign::Code | Sign::Jwk | Sign::Said => opens(b"\""),
            Sign::Generated => false,
            _ => opens(b"{"),
        };
        let given: &dyn Fn(Member<'a>) -> Option<Hidden<'a>> = match sign {
            // A label says what a field is.
            Sign::Said if !is_one_word(self.input, value) => return None,
            // Rows of a view count what their keys name.
            Sign::Value if is_digit(self.input, value) || is_series(self.input, value) => return None,
            Sign::Value | Sign::Said if rules.has_names() => &|member| {
                let is_issued = || {
                    [&b"issued_on"[..], b"issued_at"].contains(&member.name)
                        && is_key(self.input, value, value::is_random)
                };
                if sign == Sign::Value && (says_secret(member) || is_issued()) {
                    return by_kind;
                }
                rules.given(member).or_else(|| {
                    // A token of a chain has a name, and is sent `from` and `to`.
                    let is_value = self.input.get(value) == Some(&b'"') && says_value(self.input, at);
                    rules.named(member).filter(|hidden| {
                        // `keyName` tells of many things.
                        is_value && (hidden.surety != Some(Surety::Weak) || is_key(self.input, value, value::is_random))
                    })
                })
            },
            Sign::Code if is_short_number(self.input, value) => {
                &|member| by_kind.filter(|_| GRANTS.contains(&member.name) || gives_person(member.name))
            }
            Sign::Code if broken || [0, 4, 5].into_iter().any(|kind| self.has(kind)) => {
                &|member| by_kind.filter(|_| GRANTS.contains(&member.name))
            }
            Sign::Generated if opens(b"\"") => &|member| {
                by_kind.filter(|_| [&b"bcrypt_hash"[..], b"override_special", b"special"].contains(&member.name))
            },
            Sign::Jwk if broken || self.has(1) => &|member| by_kind.filter(|_| member.name == b"kty"),
            Sign::Data if self.has(2) || self.has(3) => {
                if opens(b"tfn") {
                    return None;
                }
                // Its members are secrets, whatever their names tell.
                &|member| {
                    let is_secret = member.name == b"kind" && member.value == b"\"Secret\"";
                    (is_secret && rules.defaults()).then(|| Hidden::by(rules.mask()))
                }
            }
            Sign::Auth => {
                let is_secret = is_credential(self.input, value) || is_key(self.input, value, value::is_login);
                return by_kind.filter(|_| is_secret);
            }
            Sign::Number => return by_kind.filter(|_| is_card(self.input, value)),
            _ => return None,
        };
        let mut says_kind = (false, false);
        let found = Object::around(self.input, at, self.left).map(|mut object| {
            let found = object.find_map(|member| {
                says_kind.0 |= member.name == b"apiVersion";
                says_kind.1 |= member.name == b"kind";
                given(member)
            });
            (found, object.at)
        });
        match found {
            Some((hidden, end)) if end.abs_diff(at) <= self.left => {
                self.left -= end.abs_diff(at);
                let breaks_off = self.input.get(lexer::space(self.input, end)) != Some(&b'}');
                let may_be = broken && breaks_off && (sign != Sign::Data || says_kind == (true, false));
                hidden.or_else(|| Some(Hidden::by(rules.mask())).filter(|_| may_be && by_kind.is_some()))
            }
            _ => {
                self.left = 0;
                Some(Hidden::by(rules.mask())).filter(|_| rules.has_names())
            }
        }
    }

    /// Returns whether the member whose name begins at `at` is, among secrets, none itself: an `id` or a `code` that is a number, a path or
    /// words, or beside a name or something else that is the secret; or the name of a value beside it.
    #[cold]
    pub(super) fn is_plain(&mut self, name: &[u8], at: usize) -> bool {
        let value = self.input.after(value_at(self.input, at));
        if name == b"code" {
            let is_part = |b: &&u8| b.is_ascii_alphabetic() || b"_-.[]".contains(b);
            let code = value.after(1);
            let code = code.part(..code.iter().take_while(is_part).count());
            // `too_short`, `[tooShort]user.password`, `must-not-be-empty`; but no code of groups of letters: `abcd-efgh`.
            let is_said = code.iter().any(|b| b"_.[".contains(b)) && code.iter().any(u8::is_ascii_lowercase)
                || code.split(|b| *b == b'-').count() > 2 && code.split(|b| *b == b'-').any(|part| part.len() < 4);
            return is_said && value.get(code.len() + 1) == Some(&b'"');
        }
        if !name.eq_ignore_ascii_case(b"id") {
            let is_value = |member: Member<'_>| siblings::sign(member.name) == Some(Sign::Value);
            let mut object = Object::around(self.input, at, self.left).filter(|_| gives_name(name));
            let names = object.as_mut().is_some_and(|object| object.any(is_value));
            return spend(&mut self.left, object.map_or(0, |object| object.at.abs_diff(at))) && names;
        }
        if value.first().is_some_and(u8::is_ascii_digit) || value.starts_with(b"\"/") || value.starts_with(b"\"arn:") {
            return true;
        }
        let Some(mut object) = Object::around(self.input, at, self.left) else { return false };
        let names = object.any(|member| member.value.starts_with(b"\"") && names_secret(member.name));
        spend(&mut self.left, object.at.abs_diff(at)) && names
    }

    /// Returns whether the value of the member whose `name` begins at `at` looks like a key, or is a list that has one. Where too
    /// much was read to tell, it may.
    #[cold]
    pub(super) fn has_key(&mut self, name: &[u8], at: usize) -> bool {
        let (rules, input, value) = (self.rules, self.input, value_at(self.input, at));
        let is_key = |at: usize| is_key(input, at, |text| rules.key(name, text).is_some());
        if !is_list(input, value) {
            return is_key(value) && !self.is_of_field(at);
        }
        Elements::new(input, value).any(|(start, end)| !spend(&mut self.left, end - start) || is_key(start))
    }

    /// Returns whether the member whose name begins at `at` says which field a form has: its type stands beside it.
    fn is_of_field(&mut self, at: usize) -> bool {
        let Some(mut object) = Object::around(self.input, at, self.left) else { return false };
        let has_type = object.any(|member| matches!(member.name, b"field_type" | b"fieldType"));
        spend(&mut self.left, object.at.abs_diff(at)) && has_type
    }

    /// Returns whether this one of [`KINDS`] is in the input, which is looked for once.
    fn has(&mut self, kind: usize) -> bool {
        let (rules, input) = (self.rules, self.input);
        let Some((known, sign)) = self.kinds.get_mut(kind).zip(KINDS.get(kind)) else { return false };
        *known.get_or_insert_with(|| rules.defaults() && memmem::find(input, sign).is_some())
    }

    /// Returns where the cells begin, in the rows of the member whose name begins at `at`, of the columns that the object names after
    /// secrets: `{"columns": ["user", "password"], "rows": [["ada", "…"]]}`.
    /// Returns `None` where too much was read to tell.
    #[cold]
    pub(super) fn rows(&mut self, at: usize) -> Option<Vec<usize>> {
        let input = self.input;
        let is_columns = |name: &[u8]| [&b"columns"[..], b"fields", b"header", b"headers"].contains(&name);
        let mut object = Object::around(input, at, self.left)?;
        let columns = object.find(|member| is_columns(member.name)).map(|member| member.value);
        self.left = self.left.saturating_sub(object.at.abs_diff(at));
        let Some(columns) = columns else { return Some(Vec::new()) };
        let secret: Vec<_> = Elements::new(columns, 0)
            .map(|(start, end)| is_secret_name(self.rules, columns.part(start..end)))
            .collect();
        if !secret.contains(&true) {
            return Some(Vec::new());
        }
        let rows = Elements::new(input, value_at(input, at));
        let left = &mut self.left;
        let found = rows.take_while(|(start, end)| spend(left, end - start)).flat_map(|(start, _)| {
            let cells = Elements::new(input, start).zip(&secret);
            cells.filter(|(_, secret)| **secret).map(|((start, _), _)| start).collect::<Vec<_>>()
        });
        let found = found.collect();
        (self.left > 0).then_some(found)
    }

    /// Returns where the strings begin that an option before each gives the name of, in the array of the member whose name begins at
    /// `at`: `["--token", "…"]`. Returns `None` where too much was read to tell.
    #[cold]
    pub(super) fn arguments(&mut self, at: usize) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        let mut named = false;
        for (start, end) in Elements::new(self.input, value_at(self.input, at)) {
            if !spend(&mut self.left, end - start) {
                return None;
            }
            let element = self.input.part(start..end);
            if named && !element.starts_with(b"\"-") {
                found.push(start);
            }
            named = match element {
                [b'"', b'-', b'-', name @ .., b'"'] => self.rules.secret_anywhere(&json_string::decode(name)).is_some(),
                _ => false,
            };
        }
        Some(found)
    }

    /// Returns where the strings begin that the string before each gives the name of, in the array of the member whose name begins at
    /// `at`: pairs (`[["Authorization", "…"]]`), or, where it is `flat`, names and values in turn.
    /// Returns `None` where too much was read to tell.
    #[cold]
    pub(super) fn pairs(&mut self, at: usize, flat: bool) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        let list = value_at(self.input, at);
        let mut before = None;
        for (start, end) in Elements::new(self.input, list) {
            if !spend(&mut self.left, end - start) {
                return None;
            }
            let element = self.input.part(start..end);
            if flat {
                match before.take() {
                    None => before = Some(element),
                    Some(name) if is_secret_name(self.rules, name) => found.push(start),
                    Some(_) => {}
                }
            } else {
                let mut pair = Elements::new(self.input, start);
                let (name, value) = (pair.next(), pair.next());
                if let Some(((name, end), (value, _))) = name.zip(value)
                    && pair.next().is_none()
                    && is_secret_name(self.rules, self.input.part(name..end))
                {
                    found.push(value);
                }
            }
        }
        Some(found)
    }
}

/// Takes so many bytes from those that are `left` to read, and returns whether there were more.
fn spend(left: &mut usize, bytes: usize) -> bool {
    *left = left.saturating_sub(bytes);
    *left > 0
}

/// Returns whether an element is a string that names a secret.
fn is_secret_name(rules: &Rules, element: &[u8]) -> bool {
    match element {
        [b'"', name @ .., b'"'] => rules.secret_anywhere(&json_string::decode(name)).is_some(),
        _ => false,
    }
}

/// Returns where the value begins of the member whose name begins at `at`.
fn value_at(input: &[u8], at: usize) -> usize {
    let end = lexer::string(input, at + 1).map_or(input.len(), |name| name.end + 1);
    let colon = lexer::space(input, end);
    lexer::space(input, colon + 1)
}

/// Returns whether the member whose name begins at `at` says that it is a value, and that is no number.
fn says_value(input: &[u8], at: usize) -> bool {
    let name = input.after(at + 1);
    let name = name.part(..memchr::memchr(b'"', name).unwrap_or(name.len()));
    let value = input.after(value_at(input, at) + 1);
    let is_number = value.iter().find(|b| !b.is_ascii_digit()) == Some(&b'"');
    name.windows(3).any(|part| part.eq_ignore_ascii_case(b"val")) && !is_number
}

/// Returns whether the value is a container, with something in it, of the member whose name begins at `at`.
pub(super) fn opens(input: &[u8], at: usize) -> bool {
    let value = value_at(input, at);
    let closing = match input.get(value) {
        Some(b'{') => b'}',
        Some(b'[') => b']',
        _ => return false,
    };
    input.get(lexer::space(input, value + 1)) != Some(&closing)
}

/// Returns whether the value at `at` is an array that begins with a string.
fn is_list(input: &[u8], at: usize) -> bool {
    input.get(at) == Some(&b'[') && input.get(lexer::space(input, at + 1)) == Some(&b'"')
}

/// Returns whether the value at `at` is as long as the number of a card and has but digits; where it breaks off it may be.
fn is_card(input: &[u8], at: usize) -> bool {
    let quoted = input.get(at) == Some(&b'"');
    let value = input.after(at + usize::from(quoted));
    let len = value.iter().take_while(|b| b.is_ascii_digit() || quoted && matches!(b, b' ' | b'-')).count();
    let digits = value.part(..len).iter().filter(|b| b.is_ascii_digit()).count();
    match value.get(len) {
        None => digits > 0,
        Some(b'"') if quoted => (13..=19).contains(&digits),
        Some(_) => !quoted && (13..=19).contains(&digits),
    }
}

/// Returns whether the value at `at` is a string without white space that is longer than the name of a scheme, or breaks off.
fn is_credential(input: &[u8], at: usize) -> bool {
    const LONGEST_SCHEME: usize = 15;
    let Some(value) = input.after(at).strip_prefix(b"\"") else { return false };
    let len = value.iter().position(|b| *b <= b' ' || *b == b'"').unwrap_or(value.len());
    let is_word = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'_');
    match value.get(len) {
        None => true,
        Some(b'"') => len > LONGEST_SCHEME && !value.part(..len).iter().all(is_word),
        Some(_) => false,
    }
}

/// Returns whether a member of this name gives whom a code was sent to, or what for.
fn gives_person(name: &[u8]) -> bool {
    #[rustfmt::skip]
    const NAMES: [&[u8]; 14] = [
        b"phone", b"phone_number", b"phoneNumber", b"mobile", b"msisdn", b"email", b"username", b"verification_id", b"verificationId",
        b"session_info", b"sessionInfo", b"challenge_id", b"challengeId", b"factorId",
    ];
    NAMES.contains(&name)
}

/// Returns whether the value at `at` is a string of as many digits as the codes have that are sent to people.
fn is_short_number(input: &[u8], at: usize) -> bool {
    let Some(value) = input.after(at).strip_prefix(b"\"") else { return false };
    let len = value.iter().take_while(|b| b.is_ascii_digit()).count();
    (4..=8).contains(&len) && value.get(len) == Some(&b'"')
}

/// Returns whether a member says that the value beside it is secret: `"sensitive": true`.
fn says_secret(member: Member<'_>) -> bool {
    #[rustfmt::skip]
    const NAMES: [&[u8]; 9] = [
        b"sensitive", b"is_sensitive", b"isSensitive", b"secret", b"is_secret", b"isSecret", b"masked", b"is_masked", b"secured",
    ];
    // The sum of what Google's Secret Manager holds.
    member.value == b"true" && NAMES.contains(&member.name) || member.name == b"dataCrc32c"
}

/// Returns whether the value at `at` is a string of one word that may be a password; where it breaks off, it may go on as one.
fn is_one_word(input: &[u8], at: usize) -> bool {
    const LONGEST: usize = 1024;
    let Some(value) = input.after(at).strip_prefix(b"\"") else { return false };
    let value = value.get(..LONGEST).unwrap_or(value);
    let len = value.iter().position(|b| *b <= b' ' || matches!(b, b'"' | b'<' | b'\\' | b'{')).unwrap_or(value.len());
    value.get(len).is_none_or(|b| *b == b'"' && value::is_chosen(value.part(..len)))
}

/// Returns whether the value at `at` is a number of one digit.
fn is_digit(input: &[u8], at: usize) -> bool {
    matches!(input.after(at), [b'0'..=b'9', next, ..] if b",} \n\r\t".contains(next))
}

/// Returns whether the value at `at` is an array that begins with a number with a fraction, as a series of measures does.
fn is_series(input: &[u8], at: usize) -> bool {
    const LONGEST: usize = 32;
    let first = input.after(lexer::space(input, at + 1));
    let number = first.iter().take(LONGEST).take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-')).count();
    input.get(at) == Some(&b'[')
        && first.part(..number).contains(&b'.')
        && first.get(number).is_some_and(|b| b",] \n\r\t".contains(b))
}

/// Returns whether the value at `at` is a string that `looks` like a secret; where it breaks off, it may.
fn is_key(input: &[u8], at: usize, looks: impl Fn(&[u8]) -> bool) -> bool {
    let Some(value) = input.after(at).strip_prefix(b"\"") else { return false };
    let len = value.iter().position(|b| !b.is_ascii_graphic() || matches!(b, b'"' | b'\\')).unwrap_or(value.len());
    len == value.len() || value.get(len) == Some(&b'"') && looks(value.part(..len))
}

impl Rules {
    /// Returns what hides the value beside a member whose own name says what that is: `keyName`, `secretName`.
    fn named(&self, member: Member<'_>) -> Option<Hidden<'_>> {
        const NAME: &[u8] = b"name";
        let (kind, tail) = member.name.split_at_checked(member.name.len().checked_sub(NAME.len())?)?;
        if !tail.eq_ignore_ascii_case(NAME) {
            return None;
        }
        let by_value = || self.may_be_key(kind).then_some(Hidden { mask: self.mask(), surety: Some(Surety::Weak) });
        self.field(kind).or_else(by_value)
    }

    /// Returns what hides the value beside a member, where that gives its name.
    fn given(&self, member: Member<'_>) -> Option<Hidden<'_>> {
        /// More spaces than a name has. A text with more is a sentence about it.
        const MOST_SPACES: usize = 2;
        if !gives_name(member.name) {
            return None;
        }
        let is_type = member.name.eq_ignore_ascii_case(b"type");
        let judge = |raw: &[u8]| {
            let name = json_string::decode(raw);
            let is_name = name.len() <= 256 && name.iter().filter(|b| **b == b' ').count() <= MOST_SPACES;
            let hidden = self.secret_anywhere(&name).filter(|_| is_name)?;
            (!is_type || hidden.surety > Some(Surety::Weak)).then_some(hidden)
        };
        match member.value {
            [b'"', name @ .., b'"'] => judge(name),
            // A path to the field.
            [b'[', ..] => member.value.split(|&b| b == b'"').skip(1).step_by(2).find_map(judge),
            _ => None,
        }
    }
}

/// A member of an object, both as written, the quotes of the name aside.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

/// The members of an object, as far as they can be read.
pub(super) struct Object<'a> {
    input: &'a [u8],
    /// The end of the last member that was read.
    pub(super) at: usize,
}

impl<'a> Object<'a> {
    /// Returns the members of the object that begins with the brace at `at`.
    pub(super) fn new(input: &'a [u8], at: usize) -> Self {
        Self { input, at: at + 1 }
    }

    /// Returns the members of the object in which the name at `at` stands; `None` where its beginning is further back than
    /// `most` bytes.
    fn around(input: &'a [u8], at: usize, most: usize) -> Option<Self> {
        let least = at.saturating_sub(most);
        let (mut at, mut depth) = (at, 0usize);
        // All text before a name was read already, and so is well-formed: read backwards, a quote ends a string.
        loop {
            at = at.checked_sub(1).filter(|at| *at >= least)?;
            match *input.get(at)? {
                b'"' => at = opening_quote(input, at)?,
                b'}' | b']' => depth += 1,
                b'{' | b'[' => match depth.checked_sub(1) {
                    Some(outer) => depth = outer,
                    None => return Some(Self::new(input, at)),
                },
                _ => {}
            }
        }
    }
}

/// Returns the beginning of the string that ends with the quote at `at`.
pub(super) fn opening_quote(input: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    loop {
        let quote = memchr::memrchr(b'"', input.part(..end))?;
        let slashes = input.part(..quote).iter().rev().take_while(|b| **b == b'\\').count();
        if slashes.is_multiple_of(2) {
            return Some(quote);
        }
        end = quote;
    }
}

impl<'a> Iterator for Object<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let input = self.input;
        let mut at = lexer::space(input, self.at);
        if input.get(at) == Some(&b',') {
            at = lexer::space(input, at + 1);
        }
        if input.get(at) != Some(&b'"') {
            return None;
        }
        let name = lexer::string(input, at + 1).ok().filter(|name| name.closed)?;
        let colon = lexer::space(input, name.end + 1);
        if input.get(colon) != Some(&b':') {
            return None;
        }
        let value = lexer::space(input, colon + 1);
        let end = lexer::value(input, value).ok()?;
        self.at = end;
        Some(Member { name: input.part(at + 1..name.end), value: input.part(value..end) })
    }
}

/// The elements of an array, each from its first byte to the one behind it; the last may break off.
pub(super) struct Elements<'a> {
    input: &'a [u8],
    /// Where the next begins.
    at: Option<usize>,
}

impl<'a> Elements<'a> {
    /// Returns the elements of the value at `at`; none where that is no array.
    pub(super) fn new(input: &'a [u8], at: usize) -> Self {
        Self { input, at: Some(at + 1).filter(|_| input.get(at) == Some(&b'[')) }
    }
}

impl Iterator for Elements<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let start = lexer::space(self.input, self.at.take()?);
        if matches!(self.input.get(start), None | Some(b']' | b'}')) {
            return None;
        }
        let Ok(end) = lexer::value(self.input, start) else { return Some((start, self.input.len())) };
        let sign = lexer::space(self.input, end);
        self.at = Some(sign + 1).filter(|_| self.input.get(sign) == Some(&b','));
        Some((start, end))
    }
}
