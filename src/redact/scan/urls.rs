//! Finds the user info and the paths of URLs in text.

use super::{candidates::Candidates, sign::Sign};
use crate::redact::text::slice::Slice;
use crate::redact::{
    codec::percent,
    rules::{
        Rules,
        path::{Ends, is_slash},
        value::is_placeholder,
    },
    text::{context::Mode, edits::Edits},
    work,
};

/// The sign of an authority is the two slashes before it.
pub(super) const AUTHORITY: Sign = Sign {
    of: Candidates::AUTHORITY,
    bytes: b"/",
    is_at: |rules, text, at| rules.defaults() && text.get(at + 1) == Some(&b'/'),
    is_in: None,
};

/// The sign of a path is the slash before it, which may be encoded. Many programs read a backslash as one.
pub(super) const PATH: Sign = Sign {
    of: Candidates::PATH,
    bytes: b"/%\\",
    is_at: |rules, text, at| match text.get(at) {
        _ if rules.templates.is_empty() => false,
        Some(b'/') => begins_template(rules, text, at + 1),
        Some(b'%') => percent::is_escape(text.after(at)),
        _ => true,
    },
    is_in: None,
};

/// Returns whether a path of a template may begin with the slash before `after`.
pub(super) fn begins_template(rules: &Rules, text: &[u8], after: usize) -> bool {
    let rest = text.part(after..);
    rules.templates.may_follow(rest) && !is_of_authority(text.part(..after), rest)
}

/// Returns whether the slash that ends `before` is one of the two behind a scheme that begins a text: no path begins
/// with it. If anything precedes the scheme, its colon may be the end of an authority.
fn is_of_authority(before: &[u8], after: &[u8]) -> bool {
    let scheme = match before {
        [scheme @ .., b':', b'/'] if after.first() == Some(&b'/') => scheme,
        [scheme @ .., b':', b'/', b'/'] => scheme,
        _ => return false,
    };
    scheme.iter().all(u8::is_ascii_alphanumeric)
}

/// Finds the user info and the hidden path segments of every URL in `text`, where `signs` has signs of them.
///
/// The text may end anywhere where it `may_break_off`.
pub(crate) fn find_parts<'r>(
    rules: &'r Rules,
    text: &[u8],
    mode: Mode,
    signs: Candidates,
    may_break_off: bool,
    edits: &mut Edits<'r>,
) {
    if rules.defaults() && signs.of(Candidates::AUTHORITY) {
        user_infos(rules, text, mode, may_break_off, edits);
    }
    if !rules.templates.is_empty() && signs.of(Candidates::PATH) {
        paths(rules, text, mode, edits);
    }
}

fn user_infos<'r>(rules: &'r Rules, text: &[u8], mode: Mode, may_break_off: bool, edits: &mut Edits<'r>) {
    let mut from = 0;
    let mut words = Words::new(text, mode);
    while let Some(at) = text.get(from..).and_then(|rest| memchr::memchr(b'/', rest)).map(|at| from + at) {
        if !work::allows(8) {
            return;
        }
        if text.get(at + 1) != Some(&b'/') {
            from = at + 1;
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        // Some programs read any number of slashes as two.
        let slashes = text.part(at..).iter().take_while(|&&b| b == b'/').count();
        from = at + slashes;
        if before == Some(&b':') {
            if may_break_off && let Some(doubt) = cut_user_info(&mut words, from) {
                edits.encoded(doubt, text.len(), false, rules.mask());
                return;
            }
            from = from.max(user_info(rules, &mut words, from, true, edits));
        } else if is_edge(before) {
            from = from.max(user_info(rules, &mut words, from, false, edits));
        }
    }
}

/// Hides the user info of the authority at `start..`, and returns the offset up to which it searched.
///
/// `user:` stays, and the text between it and the `@` is hidden. Without a `:` all of it is hidden, and so is a user
/// that may be the credential. A password may have anything in it, so the last `@` of the word ends it, unless the
/// first is part of a path.
///
/// An authority that is neither user info nor hosts and ports may be user info whose `@` is cut off. It is hidden from
/// the doubtful byte on.
pub(crate) fn user_info<'r>(
    rules: &'r Rules,
    words: &mut Words<'_>,
    start: usize,
    absolute: bool,
    edits: &mut Edits<'r>,
) -> usize {
    let text = words.text;
    let (word, last) = words.at(start);
    let len = word.iter().position(|&b| matches!(b, b'/' | b'?' | b'#' | b'\\')).unwrap_or(word.len());
    work::spend(10 + len / 2);
    let mut authority = word.part(..len);
    // Something else follows the host: settings (`jdbc:sqlserver://h:1433;user=u`), the end of a link of Markdown
    // (`[http://h:80](http://h:80)`), a variable (`http://h:80$path`).
    let ends = |b: &u8| matches!(b, b';' | b')' | b'$') || *b == b']' && !authority.starts_with(b"[");
    if last.is_none()
        && let Some(host) = authority.iter().position(ends).map(|end| authority.part(..end))
        && host.contains(&b':')
        && doubt(host).is_none()
    {
        authority = host;
    }
    let web = is_web(text.part(..start));
    let end = match memchr::memrchr(b'@', authority) {
        // Behind a host, an `@` is part of a path.
        Some(at) if web && is_name(authority.after(at + 1)) => Some(at),
        Some(at) if !absolute => Some(at),
        Some(_) => last,
        None if !absolute => None,
        None => last.filter(|&at| !is_host(authority, web, word.part(..at))),
    };
    match end {
        // Whoever logs in by SSH without a password has a key: `ssh://git@host`.
        Some(at) if is_shell(text.part(..start)) && !word.part(..at).contains(&b':') => start + authority.len(),
        // `[USER@]HOST` is a grammar.
        Some(at) if word.starts_with(b"[") && word.after(at).starts_with(b"@]") => start + authority.len(),
        // A pattern (`//[^@]*@`), a path of XPath (`//div[@class`), or a comment (`//(@ada)`).
        Some(at) if !absolute && (word.starts_with(b"[^") || matches!(word.part(..at).last(), Some(b'[' | b'('))) => {
            start + authority.len()
        }
        // The next cell of a row: `https://h.example,ada@example.org`.
        Some(at)
            if !word.part(..at).contains(&b':')
                && let Some(comma) = memchr::memchr(b',', word.part(..at)).filter(|at| is_name(word.part(..*at))) =>
        {
            start + comma
        }
        Some(at) => {
            let info = word.part(..at);
            let colon = memchr::memchr(b':', info);
            // `user:.+@` is a pattern, `user:${PASSWORD}@` and `{TOKEN}@` are filled in.
            let secret = colon.map_or(info, |colon| info.after(colon + 1));
            if [&b".+"[..], b".*", b"***"].contains(&secret) || is_placeholder(secret) {
                return start + at;
            }
            let user = colon.filter(|&colon| !is_credential(rules, info.part(..colon), info.after(colon + 1)));
            edits.encoded(start + user.map_or(0, |colon| colon + 1), start + at, false, rules.mask());
            start + at.max(authority.len())
        }
        // A decentralized identifier is in the place of a host: `at://did:plc:…`.
        None if authority.starts_with(b"did:") => start + authority.len(),
        None if absolute && let Some(doubt) = doubt(authority) => {
            edits.encoded(start + doubt, start + word.len(), false, rules.mask());
            start + word.len()
        }
        None => start + authority.len(),
    }
}

/// Returns where the doubtful part begins of a URL whose authority begins at `start`, if the text ends with the URL and may
/// lack the `@` behind user info: its host would be written as none is, or its port be empty.
fn cut_user_info(words: &mut Words<'_>, start: usize) -> Option<usize> {
    /// The length from which a name with digits and without dots is rather a key than a host.
    const LONG: usize = 16;
    if !words.is_last(start) {
        return None;
    }
    let text = words.text;
    let word = text.part(start..);
    let len = word.iter().position(|&b| matches!(b, b'/' | b'?' | b'#' | b'\\')).unwrap_or(word.len());
    let authority = word.part(..len);
    let before = text.part(..start);
    if is_web(before) {
        let is_word = len == word.len() && authority.iter().all(u8::is_ascii_alphanumeric);
        let is_long = len >= LONG && authority.iter().any(u8::is_ascii_digit);
        return (is_word && (is_long || authority.iter().any(u8::is_ascii_uppercase))).then_some(start);
    }
    // `file://C:/x` has a drive.
    let has_drive = before.ends_with(b"file://");
    (!is_shell(before) && !has_drive && authority.ends_with(b":") && len < word.len()).then_some(start + len)
}

/// Finds the words of a text, as far as each may be one URL, from one start after the other. What words end at is searched
/// for once, however many begin before it.
pub(crate) struct Words<'t> {
    text: &'t [u8],
    mode: Mode,
    /// The end of a word in prose.
    end: Ahead,
    parameter: Ahead,
    /// The comma before the next URL of a list.
    list: Ahead,
    at: Ahead,
    /// What ends a word in prose, or is an `@`.
    stop: Ahead,
    /// The last `@` before an end of a word in prose, and before a comma.
    last: [(usize, Option<usize>); 2],
}

/// The first place of a kind, from where it was searched for on.
#[derive(Default)]
struct Ahead(Option<usize>);

impl Ahead {
    /// Returns the first place from `from` on, which never is before that of an earlier call.
    fn from(&mut self, from: usize, find: impl FnOnce() -> usize) -> usize {
        let place = self.0.filter(|place| *place >= from).unwrap_or_else(find);
        self.0 = Some(place);
        place
    }
}

impl<'t> Words<'t> {
    pub(crate) fn new(text: &'t [u8], mode: Mode) -> Self {
        let (end, parameter, list, at, stop) = Default::default();
        Self { text, mode, end, parameter, list, at, stop, last: [(0, None); 2] }
    }

    /// Returns the word that begins at `start`, and the offset in it of its last `@`: to white space or quotes in prose, to
    /// the next parameter of a query, to the next URL of a list.
    fn at(&mut self, start: usize) -> (&'t [u8], Option<usize>) {
        let (text, mode) = (self.text, self.mode);
        // A quote in the middle of a word is part of a password. One at its end closes the URL.
        let ends = |at: usize, b: u8| {
            let inside = matches!(b, b'"' | b'\'' | b'`') && text.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
            mode.ends_word(b) && !inside
        };
        let place = |found: Option<usize>| found.map_or(text.len(), |at| start + at);
        let rest = text.after(start);
        let end = self.end.from(start, || place(rest.iter().enumerate().position(|(at, b)| ends(start + at, *b))));
        let parameter = self.parameter.from(start, || place(memchr::memchr(b'&', rest)));
        let at = self.at.from(start, || place(memchr::memchr(b'@', rest)));
        let head = text.part(start..parameter.min(end));
        let authority =
            || head.part(..head.iter().position(|&b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(head.len()));
        let is_parameter = parameter < end && at > parameter && doubt(authority()).is_none();
        let end = if is_parameter { parameter } else { end };
        let word = text.part(start..end);
        if let Some(len) = scheme(word) {
            return (word.part(..len), None);
        }
        work::spend(8 + word.len().min(256) / 16);
        let begins_next = |comma: &usize| scheme(rest.after(comma + 1)).is_some();
        let comma = self.list.from(start, || place(memchr::memchr_iter(b',', rest).find(begins_next)));
        let is_list = comma < end && scheme(text.part(comma + 1..end)).is_some();
        let end = if is_list { comma } else { end };
        if at >= end {
            return (text.part(start..end), None);
        }
        let (known, last) = &mut self.last[usize::from(is_list)];
        if *known != end {
            (*known, *last) = (end, memchr::memrchr(b'@', text.part(start..end)).map(|at| start + at));
        }
        (text.part(start..end), last.and_then(|last| last.checked_sub(start)))
    }

    /// Returns whether no word ends behind `start`, and there is no `@`.
    fn is_last(&mut self, start: usize) -> bool {
        let text = self.text;
        let ends = |b: &u8| *b == b'@' || Mode::Text.ends_word(*b);
        let find = || text.after(start).iter().position(ends).map_or(text.len(), |at| start + at);
        self.stop.from(start, find) == text.len()
    }
}

/// Returns the length of the scheme that `next` begins with.
fn scheme(next: &[u8]) -> Option<usize> {
    let len = next.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')).count();
    (len > 0 && next.after(len).starts_with(b"://")).then_some(len)
}

/// Returns whether the scheme that `before` ends with is one whose URLs have paths with an `@` in them.
fn is_web(before: &[u8]) -> bool {
    let scheme = before.part(..before.iter().rposition(|&b| b != b'/').map_or(0, |at| at + 1));
    [&b"http:"[..], b"https:", b"ws:", b"wss:"]
        .iter()
        .any(|web| scheme.len().checked_sub(web.len()).is_some_and(|at| scheme.after(at).eq_ignore_ascii_case(web)))
}

/// Returns whether the scheme that `before` ends with is one of SSH, whose users are no credentials.
fn is_shell(before: &[u8]) -> bool {
    [&b"ssh://"[..], b"sftp://", b"scp://"].iter().any(|scheme| before.ends_with(scheme))
}

/// Returns whether an authority without `@` is a host: one without a port, or of the web and with one. The `@` behind
/// it, which ends `before`, is then part of a path or a query, and not of user info.
fn is_host(authority: &[u8], web: bool, before: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', authority) else { return !authority.is_empty() };
    let port = web && colon + 1 < authority.len() && doubt(authority).is_none();
    authority.starts_with(b"[")
        || port && (is_name(authority.part(..colon)) || memchr::memchr2(b'?', b'#', before).is_some())
}

/// Returns whether a host of the web is written so: with a dot, or as the one host that has none and is everywhere.
fn is_name(host: &[u8]) -> bool {
    let port = memchr::memchr(b':', host).unwrap_or(host.len());
    let (name, port) = host.split_at_checked(port).unwrap_or_default();
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | 0x80..);
    let dotted = memchr::memchr(b'.', name).is_some_and(|dot| dot > 0 && dot + 1 < name.len());
    (dotted || name == b"localhost") && name.iter().all(is_part) && port.iter().skip(1).all(u8::is_ascii_digit)
}

/// Returns whether a user may be the credential itself, with only a placeholder for a password (`ghp_…:x-oauth-basic`,
/// `key:`).
fn is_credential(rules: &Rules, user: &[u8], password: &[u8]) -> bool {
    // More letters than a user has whose password is one letter.
    const LONG: usize = 12;
    let filler = password.is_empty()
        || password.len() == 1 && user.len() >= LONG
        || [&b"x-oauth-basic"[..], b"api_token"].contains(&password);
    !user.is_empty() && (filler || rules.patterns.may_match(user) || rules.patterns.may_have_key(user))
}

/// Returns the offset at which an authority without `@` stops being hosts with ports (`host`, `host:80`, `[::1]:80`,
/// several with commas).
fn doubt(authority: &[u8]) -> Option<usize> {
    // `host[:port]` is a grammar.
    if memchr::memmem::find(authority, b"[:").is_some_and(|at| at > 0) {
        return None;
    }
    let mut at = 0;
    let tail = |b: &u8| !matches!(b, b')' | b']' | b'}' | b'.' | b';' | b':' | b'!');
    let len = authority.iter().rposition(tail).map_or(0, |at| at + 1);
    // A bracket that closes an address is no punctuation.
    let len = if authority.get(len) == Some(&b']') && authority.contains(&b'[') { len + 1 } else { len };
    // Nor is one that closes a variable: `{port}`.
    let len = if authority.get(len) == Some(&b'}') && authority.contains(&b'{') { len + 1 } else { len };
    for host in authority.part(..len).split(|&b| b == b',') {
        let name = match memchr::memchr(b']', host) {
            Some(close) if host.first() == Some(&b'[') => close + 1,
            _ => memchr::memchr(b':', host).unwrap_or(host.len()),
        };
        let good = match host.get(name..) {
            Some([b':', port @ ..]) => {
                let digits = port.len() <= 5 && port.iter().all(u8::is_ascii_digit);
                // A policy may allow any port, and a program may fill it in.
                port == b"*"
                    || is_placeholder(port)
                    || (port.starts_with(b"${") || port.starts_with(b"{")) && port.ends_with(b"}")
                    || port.starts_with(b"{{")
                    || port.starts_with(b"%") && port.len() < 4 && port.after(1).iter().all(u8::is_ascii_lowercase)
                    || port.starts_with(b"${{")
                    || port.eq_ignore_ascii_case(b"port")
                    || digits && port.iter().fold(0, |port, b| port * 10 + u32::from(b - b'0')) <= 65535
            }
            Some(rest) => rest.is_empty(),
            None => true,
        };
        if !good {
            return Some((at + name + 1).min(authority.len()));
        }
        at += host.len() + 1;
    }
    None
}

fn paths<'r>(rules: &'r Rules, text: &[u8], mode: Mode, edits: &mut Edits<'r>) {
    /// Bounds the bytes that are read for each byte of text. Past that, the rest is hidden unread: a path may be read in
    /// four ways, but hardly any is in all.
    const READS: usize = 4;
    const LEAST: usize = 4096;
    let (mut from, mut in_query) = (0, mode == Mode::Form);
    let mut left = READS * text.len() + LEAST;
    let mut find = |start, ends, edits: &mut Edits<'r>| {
        if left == 0 {
            edits.mask(start, text.len(), rules.mask());
            return text.len();
        }
        let (end, read) = rules.templates.find(text, start, ends, edits);
        work::spend(48 + 2 * read);
        left = left.saturating_sub(read);
        end
    };
    while let Some(at) = text.get(from..).and_then(|rest| memchr::memchr3(b'/', b'?', b'#', rest)).map(|at| from + at) {
        if !work::allows(8 + (at - from) / 8) {
            return;
        }
        from = at + 1;
        let rest = text.part(at..);
        if rest.first() != Some(&b'/') {
            in_query = true;
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let ends = Ends::new(mode, in_query);
        let start = match before {
            Some(b':') if rest.starts_with(b"//") => {
                let ends_host = |&b: &u8| is_slash(b) || ends.at(b);
                let Some(path) = rest.iter().skip(2).position(ends_host).map(|len| at + 2 + len) else { return };
                from = path;
                if !text.get(path).is_some_and(|&b| is_slash(b)) {
                    continue;
                }
                from += 1;
                // In a host, a backslash escapes something.
                let host = text.get(path..).filter(|rest| rest.first() == Some(&b'\\'));
                if let Some(len) = host.and_then(|rest| rest.iter().position(|&b| b == b'/' || ends.at(b)))
                    && text.get(path + len) == Some(&b'/')
                {
                    from = from.max(find(path + len, ends, edits));
                }
                path
            }
            before if is_edge(before) || (mode == Mode::Text && is_behind_text(text, at)) => at,
            _ => continue,
        };
        from = from.max(find(start, ends, edits));
    }
}

/// Finds the hidden segments of the reference at `start`, where it is relative to a path (RFC 3986, section 4.2): as which
/// path it is not known, it may be any end of one.
pub(crate) fn relative<'r>(rules: &'r Rules, text: &[u8], start: usize, mode: Mode, edits: &mut Edits<'r>) {
    let ends = Ends::new(mode, false);
    let rest = text.part(start..);
    let first = rest.iter().take_while(|&&b| !is_slash(b) && !ends.at(b));
    // Else it begins with a slash, or with a scheme.
    if first.clone().next().is_some() && !first.clone().any(|&b| b == b':') {
        rules.templates.find_relative(text, start, ends, edits);
    }
}

/// Returns whether a path or an authority may begin after `before`.
fn is_edge(before: Option<&u8>) -> bool {
    !before.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-' | b'~' | b'%' | 0x80..))
}

/// Returns whether there is a letter before the slash at `at` that is not of a path: one beyond ASCII, or that of an
/// escape such as `\n`.
fn is_behind_text(text: &[u8], at: usize) -> bool {
    matches!(text.get(..at), Some([.., 0x80..=0xff] | [.., b'\\', b'b' | b'f' | b'n' | b'r' | b't']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{rules::path::Template, text::mask::Mask};

    fn hide(text: &str) -> String {
        let mut rules = Rules::new();
        rules.templates.push(Template::parse("/games/{game}/bet", Mask::redacted()).unwrap());
        Edits::shown(text, |text, edits| find_parts(&rules, text, Mode::Text, Candidates::ALL, false, edits))
    }

    #[test]
    fn user_info_goes_and_the_user_stays() {
        assert_eq!(hide("https://joe:hunter2@example.org/x"), "https://joe:REDACTED@example.org/x");
        assert_eq!(hide("see <redis://:hunter2@h:6379>, ok"), "see <redis://:REDACTED@h:6379>, ok");
        assert_eq!(hide("https://ghp_abc@github.com/a"), "https://REDACTED@github.com/a");
        assert_eq!(hide("a://u:p@ss@h b://v:q@i"), "a://u:REDACTED@h b://v:REDACTED@i");
        assert_eq!(hide("//joe:hunter2@h/x"), "//joe:REDACTED@h/x");
        assert_eq!(hide("https://https://joe:hunter2@h"), "https://https://joe:REDACTED@h");
        assert_eq!(
            hide("https://a:x@h.org:1,https://b:y@h.org:1"),
            "https://a:REDACTED@h.org:1,https://b:REDACTED@h.org:1"
        );
    }

    #[test]
    fn a_password_may_have_anything_in_it() {
        assert_eq!(hide("redis://:/abc+x/y==@h:6379/0 ok"), "redis://:REDACTED@h:6379/0 ok");
        assert_eq!(hide("postgres://u:#pw@h"), "postgres://u:REDACTED@h");
        assert_eq!(hide("postgres://u:123/x@h/db"), "postgres://u:REDACTED@h/db");
        assert_eq!(hide("postgres://u:p@ss/w0rd?x@host/db"), "postgres://u:REDACTED@host/db");
        assert_eq!(hide("https://u:p@ss/w0rd@host.org/x"), "https://u:REDACTED@host.org/x");
        assert_eq!(hide("https://u:pw@h.org/@types/node"), "https://u:REDACTED@h.org/@types/node");
        assert_eq!(hide("https://token:@h/x https://4f2a81c09be7:x@h"), "https://REDACTED@h/x https://REDACTED@h");
        assert_eq!(hide(concat!("https://gh", "p_16C7e42F292c:x-oauth-basic@h/")), "https://REDACTED@h/");
    }

    #[test]
    fn user_info_without_its_end_goes() {
        assert_eq!(hide("https://joe:hunter2"), "https://joe:REDACTED");
        assert_eq!(hide("https://joe:hun/ter?2@example.org/x"), "https://joe:REDACTED@example.org/x");
        assert_eq!(hide("'https://joe:it's@h' 'x@y'"), "'https://joe:REDACTED@h' 'x@y'");
        assert_eq!(hide("https://it's:pw@h/"), "https://it's:REDACTED@h/");
        assert_eq!(hide("https://joe:123456"), "https://joe:REDACTED");
    }

    #[test]
    fn hosts_and_ports_stay() {
        for url in [
            "https://example.org:8443/a@b",
            "http://localhost:5173/@vite/client",
            "git+ssh://git@h/a.git",
            "sqlserver://h:1433;user=a;b=c",
            "http://web:80/u?mail=a@b.c",
            "https://h/@types/node",
            "http://[::1]:80/",
            "http://[::1]",
            "pg://a:1,b:2,c/db",
            "file:///etc/x",
            "https://h:",
            "(http://h:80).",
            "http://h:80: ok",
            "https://*.h:* x",
            "[http://[::1]]",
            "https://h:80&mail=a@b.c",
            "// a:b",
            "a//b:c@d",
        ] {
            assert_eq!(hide(url), url);
        }
    }

    #[test]
    fn templates_hold_for_every_url() {
        assert_eq!(hide("/games/abc/bet"), "/games/REDACTED/bet");
        assert_eq!(hide("https://h:80/games/abc/bet?x"), "https://h:80/games/REDACTED/bet?x");
        assert_eq!(hide("GET /games/abc/bet HTTP/1.1"), "GET /games/REDACTED/bet HTTP/1.1");
        assert_eq!(hide("</games/a/bet>; x, (/games/b/bet)."), "</games/REDACTED/bet>; x, (/games/REDACTED/bet).");
        assert_eq!(hide("x?next=/games/abc/bet&y=/games/d/bet"), "x?next=/games/REDACTED/bet&y=/games/REDACTED/bet");
        assert_eq!(hide("'/games/a/bet','/games/b/bet'"), "'/games/REDACTED/bet','/games/REDACTED/bet'");
        assert_eq!(hide("x/games/abc/bet"), "x/games/abc/bet");
        assert_eq!(hide("see //h/games/abc/bet, or"), "see //h/games/REDACTED/bet, or");
        assert_eq!(hide("https:////h/games/abc/bet"), "https:////h/games/REDACTED/bet");
    }

    #[test]
    fn templates_hold_where_other_text_touches_a_path() {
        for (text, hidden) in [
            ("GET,/games/abc/bet,200", "GET,/games/REDACTED/bet,200"),
            ("/games/a/bet,/games/b/bet", "/games/REDACTED/bet,/games/REDACTED/bet"),
            ("/games/a/bet|/games/b/bet:12", "/games/REDACTED/bet|/games/REDACTED/bet:12"),
            ("https://h/games/a/bet,200", "https://h/games/REDACTED/bet,200"),
            ("“/games/abc/bet”", "“/games/REDACTED/bet”"),
            ("去/games/abc/bet。", "去/games/REDACTED/bet。"),
            (r"a\n/games/abc/bet\nb", r"a\n/games/REDACTED/bet\nb"),
            ("/games/a,b/bet", "/games/REDACTED/bet"),
            ("/games/a%2Fb/bet,200", "/games/REDACTED/bet,200"),
            ("/games/abc/bets,200", "/games/abc/bets,200"),
        ] {
            assert_eq!(hide(text), hidden);
        }
    }

    #[test]
    fn an_authority_may_stand_without_its_scheme() {
        assert_eq!(hide("//h/games/abc/bet"), "//h/games/REDACTED/bet");
        assert_eq!(hide("(//h:80/games/abc/bet?x)"), "(//h:80/games/REDACTED/bet?x)");
        assert_eq!(hide("<a href=//h/games/a/bet>"), "<a href=//h/games/REDACTED/bet>");
        assert_eq!(
            hide("x?next=//h/games/a/bet&y=//h/games/b/bet"),
            "x?next=//h/games/REDACTED/bet&y=//h/games/REDACTED/bet"
        );
        assert_eq!(hide("\\/\\/h\\/games\\/a\\/bet"), "\\/\\/h\\/games\\/REDACTED\\/bet");
        assert_eq!(hide("https://h\\games\\a\\bet"), "https://h\\games\\REDACTED\\bet");
        assert_eq!(hide("https://\\u0068/games/a/bet"), "https://\\u0068/games/REDACTED/bet");
        assert_eq!(hide("https://h\\/games/a/bet"), "https://h\\/games/REDACTED/bet");
        // Without an authority, it is a path as before.
        assert_eq!(hide("//games/abc/bet"), "//games/REDACTED/bet");
        assert_eq!(hide("/x/games/abc/bet"), "/x/games/abc/bet");
    }

    #[test]
    fn a_relative_reference_may_be_any_end_of_a_path() {
        for (reference, hidden) in [
            ("games/abc/bet", "games/REDACTED/bet"),
            ("./games/abc/bet?x=/y", "./games/REDACTED/bet?x=/y"),
            ("../../games/abc/bet", "../../games/REDACTED/bet"),
            ("abc/bet", "REDACTED/bet"),
            ("../abc/bet#x", "../REDACTED/bet#x"),
            ("a%2Fb/bet", "REDACTED/bet"),
            ("bet", "bet"),
            ("./", "./"),
            ("..", ".."),
            ("abc/win", "abc/win"),
            ("?abc/bet", "?abc/bet"),
            ("mailto:abc/bet", "mailto:abc/bet"),
            ("", ""),
        ] {
            let mut rules = Rules::new();
            rules.templates.push(Template::parse("/games/{game}/bet", Mask::redacted()).unwrap());
            assert_eq!(Edits::shown(reference, |text, edits| relative(&rules, text, 0, Mode::Url, edits)), hidden);
        }
    }
}
