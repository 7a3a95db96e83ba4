//! Finds `name=value` in URLs, forms and prose, and secrets that are percent-encoded there.

use super::{
    blocks,
    candidates::Candidates,
    encoded::find_encoded,
    expression::Source,
    hide_said,
    key_lines::{self, MAX_HEAD},
    lexeme::{self, Quotes, before_closing, ends_value, plain_name, prose_value, quoted_name, value_end},
    scope::Scope,
    sign::Sign,
    verdict::{beside, in_prose, is_beside_user, judge},
};
use crate::redact::text::slice::Slice;
use crate::redact::{
    codec::percent,
    rules::{Hidden, Rules, siblings, value},
    text::{
        context::{Context, LineStart, Mode},
        edits::Edits,
    },
    work,
};
use std::{borrow::Cow, cell::LazyCell};

/// The signs of a pair are `=`, and a colon beside a quote. Those of a bare name before a colon are another finder's.
pub(super) const SIGN: Sign = Sign {
    of: Candidates::PAIR,
    bytes: b"=:",
    is_at: |rules, text, at| {
        rules.has_names()
            && match text.split_at_checked(at) {
                Some((before, [b':', after @ ..])) => is_beside_quote(before, after),
                _ => true,
            }
    },
    is_in: None,
};

/// Returns whether a `:` stands between a name in quotes and its value, or between a name and its value in quotes.
fn is_beside_quote(before: &[u8], after: &[u8]) -> bool {
    let quote = |b: Option<&u8>| matches!(b, Some(b'"' | b'\'' | b'\\'));
    quote(before.trim_ascii_end().last()) || quote(after.trim_ascii_start().first())
}
/// Bounds how often the rest of a value is searched again because a line seems to begin in it. After so many, the rest
/// is hidden unread.
const MAX_AGAIN: usize = 32;

/// Finds the values with the names of secrets, and what the encoded parts of `text` hide.
pub(super) fn find_values<'r>(
    scope: Scope<'r>,
    source: &Source<'_>,
    context: Context,
    signs: Candidates,
    edits: &mut Edits<'r>,
) {
    let (Scope { rules, .. }, text) = (scope, source.text());
    let mut searched = Vec::new();
    // Without names, no `=` is a sign, but the text behind one may be JSON with another secret in it.
    if signs.of(Candidates::PAIR) || !rules.has_names() {
        searched = values(scope, source, context, edits);
    }
    find_encoded(scope, text, context, &searched, edits);
    if rules.allow_only() {
        bare(rules, text, context.mode, edits);
    }
}

/// Returns whether the `=` at `sign` stands in a query of a URL in prose, and the name before it is no secret's and the
/// value behind it is a word.
pub(crate) fn is_plain_parameter(rules: &Rules, text: &[u8], sign: usize) -> bool {
    let (before, value) = text.split_at_checked(sign).unwrap_or_default();
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let name = lexeme::last_word(before);
    let in_query = matches!(before.part(..before.len() - name.len()).last(), Some(b'?' | b'&'));
    let mut value = value.iter().skip(1);
    let end = value.find(|b| !is_word(b) && !matches!(b, b'.' | b'-' | b'~'));
    in_query
        && !name.is_empty()
        && matches!(end, Some(b'"' | b'&' | b'#' | b' '))
        && name != b"p"
        && rules.query(name).or_else(|| rules.secret(name)).is_none()
}

/// Returns whether `form` has a pair with the name of a secret.
pub(crate) fn has_secret(rules: &Rules, form: &[u8]) -> bool {
    let mut from = 0;
    memchr::memchr_iter(b'=', form).any(|sign| {
        let (start, end) = plain_name(form, from, sign, Mode::Form);
        from = sign + 1;
        judge(rules, form.part(start..end), Mode::Form, true, true).is_some()
    })
}

/// A name that was found before a sign.
struct Name {
    start: usize,
    end: usize,
    quoted: bool,
}

/// Finds the values with the names of secrets. Returns the ranges of those that were decoded and searched as JSON, for nothing.
fn values<'r>(scope: Scope<'r>, source: &Source<'_>, context: Context, edits: &mut Edits<'r>) -> Vec<(usize, usize)> {
    let mut searched = Vec::new();
    let (Scope { rules, .. }, text) = (scope, source.text());
    let Context { mode, decoded, .. } = context;
    let (mut from, mut in_query) = (0, mode == Mode::Form);
    // The earliest beginning of the next name: a name may have colons in it.
    let mut begin = 0;
    // The offsets up to which values were searched as JSON and as lines, so that none is searched twice.
    let (mut json, mut seen) = (0, 0);
    // The bytes that may still be read as schemas within others.
    let mut left = blocks::AGAIN * text.len();
    let mut quotes = Quotes::new(text);
    // Many a sign has no name.
    let hides_no_empty = !rules.allow_only() && rules.secret_anywhere(b"").is_none();
    // Whether the form has what stands beside an authorization code.
    let has = |signs: &[&[u8]]| signs.iter().any(|sign| memchr::memmem::find(text, sign).is_some());
    let is_grant =
        LazyCell::new(|| has(&[b"grant_type=", b"code_verifier=", b"redirect_uri=", b"client_id=", b"client_secret="]));
    // Whether it has whom a code was sent to.
    let has_person =
        LazyCell::new(|| has(&[b"To=", b"hone=", b"obile=", b"mail=", b"sername=", b"umber=", b"msisdn="]));
    // The number of times that part of such a value was searched again, for nothing.
    let mut again = 0;
    while let Some(sign) = memchr::memchr2(b'=', b':', text.part(from..)).map(|at| from + at) {
        if !work::allows(6 + (sign - from) / 16) {
            break;
        }
        let is_colon = text.get(sign) == Some(&b':');
        // `name := value`
        if is_colon && mode == Mode::Text && text.get(sign + 1) == Some(&b'=') {
            from = sign + 1;
            continue;
        }
        let name = name(&mut quotes, begin, sign, is_colon, mode);
        let until = name.as_ref().map_or(sign, |name| name.start);
        in_query = is_in_query(text.part(from.min(until)..until), mode, in_query);
        // A URL has no spaces.
        let is_apart = mode == Mode::Text && name.as_ref().is_some_and(|name| name.end < sign);
        in_query &= !is_apart;
        from = sign + 1;
        let Some(Name { start, end, quoted }) = name else { continue };
        let name = text.part(start..end);
        // `%=` is an operator, and `json.contains('"token":[')` breaks off.
        let is_name = name.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
        let breaks =
            is_colon && matches!(text.get(from), Some(b'[' | b'{')) && lexeme::ends_string(&mut quotes, from + 1);
        if mode == Mode::Text && (!is_name || breaks) {
            begin = from;
            continue;
        }
        // The string ends behind the sign: what is added to it is not in the text, or no literal.
        if mode == Mode::Text && !quoted && !is_colon && lexeme::ends_string(&mut quotes, from) {
            begin = from;
            continue;
        }
        // The value, decoded, where it was searched as JSON, for nothing.
        let mut plain = None;
        work::spend(12 + name.len() / 2);
        let verdict = match quoted || is_colon {
            _ if name.is_empty() && hides_no_empty => None,
            // `"csrf-tokens@npm:^2.0.0":` is a package.
            true if name.contains(&b'@') && is_colon => None,
            true => in_prose(rules, name),
            false => {
                let in_url = matches!(start.checked_sub(1).and_then(|at| text.get(at)), Some(b'?' | b'#'));
                // The code of an error says which it is, and one of FHIR's has the URL of its system.
                if in_url
                    && name == b"code"
                    && (text.part(..start - 1).ends_with(b"/error") || text.after(from).starts_with(b"http://"))
                {
                    continue;
                }
                judge(rules, name, mode, in_query, decoded || in_url)
                    .or_else(|| beside(rules, name, text, from, mode, (&is_grant, &has_person)))
                    .or_else(|| {
                        let of_user = name == b"p" && (mode == Mode::Form || in_query || in_url);
                        (of_user && rules.defaults() && is_beside_user(text, start, from))
                            .then(|| Hidden::by(rules.mask()))
                    })
            }
        };
        match verdict {
            Some(hidden @ Hidden { mask, .. }) if mode == Mode::Text || quoted || is_colon => {
                // `if option == '--token':` and a line that is indented below it.
                let next = text.after(from).trim_ascii_start().first();
                let opens_block =
                    is_colon && text.get(from) == Some(&b'\n') && next.is_some_and(u8::is_ascii_alphabetic);
                if opens_block && source.is_program() {
                    begin = from;
                    continue;
                }
                work::spend(100);
                let in_query = in_query && !quoted && !is_colon;
                let in_path = !quoted && !is_colon && start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b';');
                let signs = text.after(from).iter().take_while(|b| **b == b'=').count();
                let behind = from + signs + usize::from(!is_colon && text.get(from + signs) == Some(&b'>'));
                if mode == Mode::Text && !in_query && source.shows(rules, hidden, (sign, behind), edits) {
                    begin = from;
                    continue;
                }
                let (start, end) = prose_value(text, from, is_colon, in_query);
                let end = if in_path { before_query(text, start, end) } else { end };
                // An object in lines of its own may be a schema.
                if text.part(start..end).starts_with(b"{\n")
                    && left >= end - start
                    && let Some(secret) = blocks::schema(hidden, text, (start + 2, end - 1), edits)
                {
                    left -= end - start;
                    secret.into_iter().for_each(|(start, end)| edits.mask(start, end, mask));
                    (from, begin) = (start + 1, start + 1);
                    continue;
                }
                let may_go_on = end == text.len() && !edits.is_whole();
                let outer = lexeme::outer(text, start, end);
                let in_quotes = matches!(start.checked_sub(1).and_then(|at| text.get(at)), Some(b'"' | b'\''));
                // `volume "token" : secret "x" not found`
                let is_prose = quoted && is_colon && !in_quotes && lexeme::reads_on(text, start, end);
                let stands_for = is_metavariable(&mut quotes, sign, (start, end))
                    || is_outside(text, sign, start)
                    || in_quotes && is_series(text, sign, text.part(start..end));
                if (is_prose || stands_for || hidden.votes(outer) || lexeme::echoes(name, outer)) && !may_go_on {
                    from = end.max(from);
                    begin = from;
                    continue;
                }
                match in_query {
                    true => edits.encoded(start, end, true, mask),
                    false => edits.mask(start, end, mask),
                }
                from = end.max(from);
            }
            Some(Hidden { mask, .. }) => {
                let end = value_end(text, from, mode, in_query);
                edits.encoded(from, end, true, mask);
                from = end;
            }
            None if (mode != Mode::Text || in_query)
                && !quoted
                && let Some(end) = key_end(rules, name, text, from, mode, in_query) =>
            {
                edits.encoded(from, end, true, rules.mask());
                from = end;
            }
            None if mode == Mode::Text
                && !quoted
                && !is_colon
                && let Some(end) = quoted_key(rules, name, text, from) =>
            {
                edits.mask(from + 1, end, rules.mask());
                from = end;
            }
            None if mode == Mode::Form
                && let Some((end, hidden)) = said(rules, text, (start, from), context.whole) =>
            {
                edits.rewrite(from, end, hidden);
                from = end;
            }
            None if mode != Mode::Text && from >= json && begins_as_json(text, from) => {
                json = value_end(text, from, mode, in_query);
                let raw = text.part(from..json);
                let value = percent::decode(raw, true).0;
                let hidden = scope.json(&value);
                if hidden.is_none() {
                    if matches!(value.trim_ascii_start(), [b'{' | b'[', ..]) {
                        searched.push((from, json));
                    }
                    plain = Some(value);
                }
                if let Some(hidden) = hidden {
                    let mut encoded = Vec::with_capacity(hidden.len());
                    // The value as it came: encoded, or with quotes in the middle of a URL.
                    match raw.contains(&b'"') {
                        true => percent::encode_value(&hidden, &mut encoded),
                        false => percent::encode(&hidden, &mut encoded),
                    }
                    edits.rewrite(from, json, encoded);
                    from = json;
                }
            }
            None => {}
        }
        let is_parameter = (mode != Mode::Text || in_query) && !quoted && !is_colon && from == sign + 1;
        if is_parameter && (from >= seen || begins_line(rules, text, from)) {
            let within = from < seen;
            seen = value_end(text, from, mode, in_query);
            let raw = text.part(from..seen);
            let context = Context { whole: context.whole || seen < text.len(), ..context };
            if let Some(hidden) = lines(scope, raw, plain, context) {
                edits.rewrite(from, seen, hidden);
                from = seen;
            } else if within {
                again += 1;
                if again > MAX_AGAIN {
                    edits.mask(from, seen, rules.mask());
                    from = seen;
                }
            }
        }
        begin = from;
    }
    searched
}

/// Returns whether a value stands for what an option is given: in capitals (`--token=TOKEN`), or as its type (`'p|pass=s'`).
fn is_metavariable(quotes: &mut Quotes<'_>, sign: usize, (start, end): (usize, usize)) -> bool {
    let text = quotes.text();
    let before = lexeme::line_before(text, sign);
    let word = before.after(before.iter().rposition(|b| *b <= b' ').map_or(0, |at| at + 1));
    let is_option = [&b"--"[..], b"\\-\\-"].iter().any(|dashes| memchr::memmem::find(word, dashes).is_some());
    let value = text.part(start..end);
    let is_type = matches!(value, [b's' | b'i' | b'f'] | [b's' | b'i', b'@' | b'%']);
    if is_type && text.get(end) == Some(&b'\'') && quotes.closes(end) {
        return true;
    }
    is_option && value.iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'-' | b']'))
}

/// Returns whether a value is that of a label of a time series, and the name of something: `kube_secret_info{secret="shop-db"}`.
fn is_series(text: &[u8], sign: usize, value: &[u8]) -> bool {
    let before = lexeme::line_before(text, sign);
    let open = memchr::memrchr(b'{', before);
    let is_name = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'.');
    open.is_some_and(|open| before.part(..open).last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_'))
        && before.ends_with(b"secret")
        && value.iter().all(is_name)
        && value.contains(&b'-')
}

/// Returns whether the value at `start` begins with the bracket that closes one before the sign: `receive(:token=).with`.
fn is_outside(text: &[u8], sign: usize, start: usize) -> bool {
    let open = || memchr::memrchr2(b'(', b')', lexeme::line_before(text, sign));
    text.part(sign..start).len() == 1
        && text.get(start) == Some(&b')')
        && open().is_some_and(|at| lexeme::line_before(text, sign).get(at) == Some(&b'('))
}

/// Returns the end of the value at `from` if it looks like a key, and its name may be that of one. A `=` in it that does not
/// end it is the sign of another pair, so that no byte is read for two signs.
fn key_end(rules: &Rules, name: &[u8], text: &[u8], from: usize, mode: Mode, in_query: bool) -> Option<usize> {
    /// More bytes than any key has, encoded.
    const REACH: usize = 3 * value::LONGEST_KEY;
    /// More signs than end any.
    const MOST_SIGNS: usize = 4;
    /// The length of a key that an application has for its id.
    const APP_KEY: usize = 32;
    let rest = text.part(from..text.len().min(from + REACH));
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'%');
    let len = rest.iter().position(|b| !is_word(b)).unwrap_or(rest.len());
    work::spend(2 * len);
    if matches!(name, b"sid" | b"_sid") && rules.is_left(name) {
        let ends = |b: &u8| *b <= b' ' || b"&;#=\"'<>".contains(b);
        let len = rest.iter().position(ends).unwrap_or(rest.len());
        return is_session(rest.part(..len)).then_some(from + len);
    }
    let len = len + rest.after(len).iter().take(MOST_SIGNS).take_while(|b| **b == b'=').count();
    if len < value::SHORTEST_KEY || !ends_value(text, from + len, mode, in_query) {
        return None;
    }
    // OpenWeather's key has this name, as shorter ids have.
    if name == b"appid" && len == APP_KEY && rules.is_left(name) && value::is_random(rest.part(..len)) {
        return Some(from + len);
    }
    let name = name.strip_suffix(b"]").unwrap_or(name);
    rules.key(name, &percent::decode(rest.part(..len), false).0).map(|_| from + len)
}

/// Returns whether an id named `sid` is that of a session. Those of Twilio's objects are two capitals and hex.
fn is_session(sid: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    let is_object = sid.len() == 34 && sid.after(2).iter().all(u8::is_ascii_hexdigit);
    sid.len() >= SHORTEST
        && !is_object
        && sid.iter().any(u8::is_ascii_digit)
        && sid.iter().any(u8::is_ascii_uppercase)
        && sid.iter().any(u8::is_ascii_lowercase)
}

/// Returns the end of the value in quotes at `from`, as attributes have, if it looks like a key and its name may be that of one. One
/// that breaks off may go on as a key.
fn quoted_key(rules: &Rules, name: &[u8], text: &[u8], from: usize) -> Option<usize> {
    let quote = text.get(from).filter(|b| matches!(b, b'"' | b'\''))?;
    let value = text.part(from + 1..text.len().min(from + 1 + value::LONGEST_KEY));
    let is_other = |b: &u8| !(b.is_ascii_alphanumeric() || b"+/=_-".contains(b));
    let value = value.part(..value.iter().position(is_other).unwrap_or(value.len()));
    let end = from + 1 + value.len();
    if end == text.len() {
        return rules.may_be_key(name).then_some(end);
    }
    (text.get(end) == Some(quote)).then_some(())?;
    rules.key(name, value).map(|_| end)
}

/// Redacts what is said to a person in the value of a form that begins behind its name, `at`; returns its end and that, encoded.
fn said(rules: &Rules, form: &[u8], at: (usize, usize), whole: bool) -> Option<(usize, Vec<u8>)> {
    let (name, from) = at;
    let begins = name == 0 || form.get(name - 1) == Some(&b'&');
    if !begins || siblings::sign(form.part(name..from - 1)) != Some(siblings::Sign::Said) {
        return None;
    }
    let end = value_end(form, from, Mode::Form, true);
    let hidden = hide_said(rules, &percent::decode(form.part(from..end), true).0, whole || end < form.len())?;
    let mut encoded = Vec::with_capacity(hidden.len());
    percent::encode(&hidden, &mut encoded);
    Some((end, encoded))
}

/// Returns whether a line begins with the value at `from`, which is part of one that was searched.
fn begins_line(rules: &Rules, text: &[u8], from: usize) -> bool {
    let rest = text.part(from..);
    let head = rest.get(..3 * MAX_HEAD).unwrap_or(rest);
    // Makes a quick check: a `=` comes first.
    if matches!(head.iter().find(|b| matches!(b, b':' | b'=' | b'%')), None | Some(b'=')) {
        return false;
    }
    // The name ends at the first sign.
    let sign = head.iter().position(|b| matches!(b, b':' | b'=')).map_or(head.len(), |sign| sign + 1);
    let head = head.part(..sign);
    // A colon may be encoded.
    if !head.ends_with(b":") && memchr::memmem::find(head, b"%3").is_none() {
        return false;
    }
    work::spend(2 * head.len());
    let (head, _) = percent::decode(head, true);
    rules.has_names() && key_lines::begins_by_colon(rules, &head)
}

/// Redacts the value of a parameter in which a line begins with a name, where `plain` is the value decoded, if that is known. The result is encoded as the value came.
fn lines(scope: Scope<'_>, raw: &[u8], plain: Option<Cow<'_, [u8]>>, context: Context) -> Option<Vec<u8>> {
    let Scope { rules, .. } = scope;
    if !rules.has_names() || memchr::memchr2(b':', b'%', raw).is_none() {
        return None;
    }
    let value = plain.unwrap_or_else(|| percent::decode(raw, true).0);
    let mut found = Edits::new(context.whole);
    key_lines::find_key_lines(rules, &Source::new(&value), LineStart::Colon, &mut found);
    if found.len() == 0 {
        return None;
    }
    let hidden = scope.decoded(&value, context)?;
    let mut encoded = Vec::with_capacity(hidden.len());
    match value == raw {
        true => percent::encode_value(&hidden, &mut encoded),
        false => percent::encode(&hidden, &mut encoded),
    }
    Some(encoded)
}

/// Returns the end of the value at `start..end` of a parameter of a path, behind which a query may begin: `/cart;jsessionid=x?page=2`.
fn before_query(text: &[u8], start: usize, end: usize) -> usize {
    let value = text.part(start..end);
    let query = memchr::memchr(b'?', value).filter(|at| {
        let query = value.after(at + 1);
        memchr::memchr(b'=', query)
            .is_some_and(|sign| sign > 0 && query.part(..sign).iter().all(u8::is_ascii_alphanumeric))
    });
    query.map_or(end, |at| start + at)
}

/// Returns the name before the `=` or `:` at `sign`. A `:` has one only where it or its value is in quotes, for prose
/// and URLs are full of colons.
fn name(quotes: &mut Quotes<'_>, from: usize, sign: usize, is_colon: bool, mode: Mode) -> Option<Name> {
    let text = quotes.text();
    // A name and a `=` are on one line.
    let gap = |b: &u8| b.is_ascii_whitespace();
    if mode == Mode::Text && !is_colon && text.part(from..sign).iter().rev().take_while(|b| gap(b)).any(|b| *b == b'\n')
    {
        return None;
    }
    // In Python, a class or a function begins with what is said of it.
    if is_colon && text.get(sign + 1) == Some(&b'\n') && text.after(sign + 1).trim_ascii_start().starts_with(b"\"\"\"")
    {
        return None;
    }
    // A request of troff is on a line of its own.
    if is_colon && matches!(text.after(sign + 1), [b'\n', b'.', b'A'..=b'Z', b'A'..=b'Z', ..]) {
        return None;
    }
    if (is_colon || mode == Mode::Text)
        && let Some((start, end)) = quoted_name(text, from, sign)
        && !(is_colon && text.get(end) == Some(&b'`'))
        // The value of an attribute: `type="password" :value="x"`.
        && !(is_colon && text.part(..start - 1).ends_with(b"="))
        // `mode ? 'Proxy-Authorization' : 'Authorization'`
        && !(is_colon && text.part(..start - 1).trim_ascii_end().ends_with(b" ?"))
    {
        return Some(Name { start, end, quoted: true });
    }
    if mode == Mode::Text
        && !is_colon
        && let Some(closing) = before_closing(text, from, sign)
    {
        if let Some((start, end)) = quoted_name(text, from, closing) {
            return Some(Name { start, end, quoted: true });
        }
        // `Key (email, token)=(a, b)` has several names: one secret's is enough.
        if let Some(open) = memchr::memrchr(b'(', text.part(from..closing)).map(|open| from + open + 1)
            && text.after(sign + 1).starts_with(b"(")
        {
            return Some(Name { start: open, end: closing, quoted: true });
        }
    }
    if is_colon {
        let value = text.part(sign + 1..).trim_ascii_start();
        let slashes = value.iter().take_while(|&&b| b == b'\\').count();
        let quote = text.len() - value.len() + slashes;
        if mode != Mode::Text || !matches!(value.get(slashes), Some(b'"' | b'\'')) || quotes.closes(quote) {
            return None;
        }
    }
    let (start, end) = plain_name(text, from, sign, mode);
    // `Token![=]` is a macro, and the padding of base64 ends it.
    if memchr::memchr_iter(b'!', text.part(start..end)).any(|at| text.get(start + at + 1) == Some(&b'['))
        || is_padding(text.part(start..end), text.after(sign))
    {
        return None;
    }
    Some(Name { start, end, quoted: false })
}

/// Returns whether the signs that `rest` begins with end the base64 before them, and are none.
fn is_padding(base64: &[u8], rest: &[u8]) -> bool {
    /// The length from which it is rather base64 than a name.
    const LONG: usize = 24;
    /// More than end any.
    const MOST: usize = 4;
    let end = rest.get(rest.iter().take(MOST).take_while(|b| **b == b'=').count());
    base64.len() >= LONG
        && end.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'\\' | b'<'))
        && base64.iter().any(u8::is_ascii_digit)
        && base64.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-'))
}

/// Returns whether the value at `from` begins as JSON does, encoded or not.
fn begins_as_json(text: &[u8], from: usize) -> bool {
    let value = text.part(from..);
    let value = value.iter().position(|&b| b != b'+' && b > b' ').and_then(|at| value.get(at..)).unwrap_or_default();
    match value {
        [b'{' | b'[', ..] => true,
        [b'%', b'7', b'b' | b'B', ..] | [b'%', b'5', b'b' | b'B', ..] => true,
        // White space before it, or another layer of encoding.
        [b'%', b'0' | b'2', ..] => true,
        _ => false,
    }
}

/// Returns whether the text behind `text` is in a query or fragment, given whether its beginning is.
fn is_in_query(text: &[u8], mode: Mode, before: bool) -> bool {
    text.iter().fold(before, |inside, &b| match b {
        b'?' | b'#' => true,
        b if mode.ends_word(b) => false,
        _ => inside,
    })
}

/// Hides the parts of a query that have no name, where only what is allowed may be shown.
fn bare<'r>(rules: &'r Rules, text: &[u8], mode: Mode, edits: &mut Edits<'r>) {
    let (mut from, mut in_query) = (0, mode == Mode::Form);
    while from <= text.len() && work::allows(4) {
        let rest = text.part(from..);
        let ends = |&b: &u8| matches!(b, b'&' | b';' | b'?' | b'#') || mode.ends_word(b);
        let len = rest.iter().position(ends).unwrap_or(rest.len());
        let part = rest.part(..len);
        work::spend(part.len() / 4);
        if in_query && !part.contains(&b'=') && judge(rules, part, mode, true, false).is_some() {
            edits.mask(from, from + len, rules.mask());
        }
        in_query = is_in_query(rest.part(len..rest.len().min(len + 1)), mode, in_query);
        from += len + 1;
    }
}
