//! Path templates: `/games/{game}/bet`.

use super::{
    Mask,
    hits::Hits,
    look::{ENDS_WORD, Mode},
    percent,
};
use std::{fmt, sync::Arc};

/// What templates hide of a plain path.
pub(crate) struct Hidden<'r> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What stands in for it, as it is.
    pub(crate) mask: &'r [u8],
}

/// Templates hide more than one range of a path, or the mask depends on what is hidden or has to be encoded.
pub(crate) struct Unclear;

/// A path some of whose segments are hidden.
#[derive(Clone)]
pub(crate) struct Template {
    source: Box<str>,
    segments: Vec<Segment>,
    /// The first segment, where it is a literal of ASCII.
    first: Option<Box<[u8]>>,
    pub(crate) mask: Mask,
}

#[derive(Clone, Debug)]
enum Segment {
    /// Compared decoded, without regard to the case of ASCII: hiding too much does less harm.
    Literal(Box<[u8]>),
    /// `*`: any one segment, kept.
    Any,
    /// `{…}`: any one segment that begins and ends so, hidden in between.
    Hidden { prefix: Box<[u8]>, suffix: Box<[u8]> },
    /// `{*…}`: all that remains, hidden.
    Rest,
}

/// Every template.
#[derive(Clone)]
pub(crate) struct Templates {
    each: Vec<Template>,
    /// The bytes that may follow a slash with which a path of a template begins.
    starts: [bool; 256],
    /// How many segments the longest has.
    longest: usize,
}

impl Templates {
    pub(crate) fn push(&mut self, template: Template) {
        for (b, starts) in (0..=u8::MAX).zip(&mut self.starts) {
            *starts |= template.may_start(b);
        }
        self.longest = self.longest.max(template.segments.len());
        self.each.push(template);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    pub(crate) fn reword(&mut self, word: &Arc<str>) {
        self.each.iter_mut().for_each(|template| template.mask.reword(word));
    }

    /// Whether what is behind a slash may be the first segment of a path of a template, or lead to one: a quick look.
    #[inline]
    pub(crate) fn may_follow(&self, after: &[u8]) -> bool {
        after.first().is_some_and(|&b| self.starts[usize::from(b)])
            && self.each.iter().any(|template| template.may_follow(after))
    }

    /// Whether there may be something to hide in the path that a slash begins with `after` behind it, in a JSON string whose
    /// inside goes on to a quote.
    ///
    /// What is escaped or encoded is not what it looks like, dots lead elsewhere, two slashes may be those of an authority,
    /// in a query or a form `&` ends a path, and in prose a comma may: there may be something then.
    pub(crate) fn may_hide(&self, after: &[u8]) -> bool {
        /// More than most paths have; what is longer is looked at once, and not at each of its slashes.
        const LONG: usize = 256;
        let (mut segments, mut start) = (Segments::default(), 0);
        for (at, &b) in after.iter().take(LONG).enumerate() {
            let kind = KINDS[usize::from(b)];
            if kind == 0 || (kind == DOT && at > start) {
                continue;
            }
            if kind & (CODE | NEXT | DOT | PARTS) != 0 || (at == 0 && kind & SLASH != 0) {
                return true;
            }
            if at > start {
                segments.push((start, at));
            }
            if kind & SLASH == 0 {
                let parts = segments.as_slice();
                let mut may = self.each.iter().filter(|template| template.may_have(parts.len()));
                return may.any(|template| template.matches(after, parts, || at, false, |_, _| ()).is_some());
            }
            start = at + 1;
        }
        true
    }

    /// The one range that is hidden of a plain path, if it is not its mask already. `segments` are those of the path.
    pub(crate) fn find_plain(&self, path: &[u8], segments: &Segments) -> Result<Option<Hidden<'_>>, Unclear> {
        let (segments, mut found, mut many) = (segments.as_slice(), None, false);
        for template in self.each.iter().filter(|template| template.may_have(segments.len())) {
            let mut hidden = None;
            let hide = |start, end| many |= hidden.replace((start, end)).is_some();
            if template.matches(path, segments, || path.len(), false, hide).is_some() {
                many |= found.is_some();
                found = hidden.map(|(start, end)| (start, end, &template.mask));
            }
        }
        if many {
            return Err(Unclear);
        }
        let Some((start, end, mask)) = found else { return Ok(None) };
        let mask = mask.plain().map(str::as_bytes).filter(|mask| mask.iter().all(u8::is_ascii_alphanumeric));
        let mask = mask.ok_or(Unclear)?;
        Ok((path.get(start..end) != Some(mask)).then_some(Hidden { start, end, mask }))
    }

    /// Hides what the templates hide of the path that begins with the slash at `start` in `text` and goes on to where it
    /// `ends`; says how far nothing more is to be found.
    pub(crate) fn find<'r>(&'r self, text: &[u8], start: usize, ends: Ends, hits: &mut Hits<'r>) -> usize {
        self.find_all(text, start, ends, Template::find, hits)
    }

    /// [`find`](Self::find) for a path that begins without a slash, and so is the end of another one.
    pub(crate) fn find_relative<'r>(&'r self, text: &[u8], start: usize, ends: Ends, hits: &mut Hits<'r>) -> usize {
        self.find_all(text, start, ends, Template::find_end, hits)
    }

    /// Hides what `find` finds for each template, however the path is read.
    fn find_all<'r>(
        &'r self,
        text: &[u8],
        start: usize,
        ends: Ends,
        find: impl Fn(&'r Template, &Path<'_>, &mut Hits<'r>) -> Option<usize>,
        hits: &mut Hits<'r>,
    ) -> usize {
        let mut hide = |ends, verbatim| {
            let path = Path::read(text, start, ends, verbatim, self.longest);
            let end = self.each.iter().filter_map(|template| find(template, &path, hits)).max();
            // What comes before the first segment makes no difference: from any other slash there, it is the same path.
            let end = end.unwrap_or(start).max(path.first.unwrap_or(path.at));
            (path, end)
        };
        let (path, mut end) = hide(ends, false);
        // The other readings there may be of it: servers differ, and so do writers of prose.
        for (ends, verbatim, differs) in [
            (ends, true, path.coded),
            (ends.sooner(), false, path.parted),
            (ends.sooner(), true, path.coded && path.parted),
        ] {
            if differs {
                end = end.max(hide(ends, verbatim).1);
            }
        }
        end
    }
}

impl Default for Templates {
    fn default() -> Self {
        Self { each: Vec::new(), starts: [false; 256], longest: 0 }
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.each.fmt(f)
    }
}

impl Template {
    /// Reads a template; the error is the reason why it cannot be one.
    pub(crate) fn parse(template: &str, mask: Mask) -> Result<Self, &'static str> {
        let Some(path) = template.strip_prefix('/') else { return Err("it does not begin with `/`") };
        let mut segments = Vec::new();
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            if matches!(segments.last(), Some(Segment::Rest)) {
                return Err("something follows its `{*…}`");
            }
            segments.push(Segment::parse(segment)?);
        }
        let first = match segments.first() {
            Some(Segment::Literal(literal)) if literal.is_ascii() => Some(literal.clone()),
            _ => None,
        };
        Ok(Self { source: template.into(), segments, first, mask })
    }

    /// Whether a path of this template could begin with a slash that `after` follows: a quick look at the first segment.
    fn may_follow(&self, after: &[u8]) -> bool {
        match (&self.first, after.first()) {
            (Some(literal), Some(&b)) if !is_unclear(b) => after
                .get(..literal.len())
                .is_some_and(|first| first == &**literal || first.eq_ignore_ascii_case(literal)),
            (_, Some(_)) => !self.segments.is_empty(),
            _ => false,
        }
    }

    /// Whether [`Template::may_follow`] could be true of what begins with `b`.
    fn may_start(&self, b: u8) -> bool {
        match &self.first {
            Some(literal) if !is_unclear(b) => literal.first().is_none_or(|first| first.eq_ignore_ascii_case(&b)),
            _ => !self.segments.is_empty(),
        }
    }

    /// Hides what the template hides of a path, where it is such a path; says where that ends.
    fn find<'r>(&'r self, path: &Path<'_>, hits: &mut Hits<'r>) -> Option<usize> {
        let segments = path.segments.as_slice();
        let found = self.find_from(0, path, segments, hits);
        // The first of what begins with two slashes may be an authority (RFC 3986, section 4.2).
        let behind = segments.get(1..).filter(|_| path.begins_twice);
        found.max(behind.and_then(|segments| self.find_from(0, path, segments, hits)))
    }

    /// [`find`](Self::find) for what may be any end of a path.
    fn find_end<'r>(&'r self, path: &Path<'_>, hits: &mut Hits<'r>) -> Option<usize> {
        let starts = 0..self.segments.len();
        starts.filter_map(|start| self.find_from(start, path, path.segments.as_slice(), hits)).max()
    }

    /// Hides what the template, from its segment `start` on, hides of `segments`, where that is all of them.
    fn find_from<'r>(
        &'r self,
        start: usize,
        path: &Path<'_>,
        segments: &[(usize, usize)],
        hits: &mut Hits<'r>,
    ) -> Option<usize> {
        let (before, cut) = (hits.len(), path.goes_to_end() && !hits.is_whole());
        let hide = |start, end| hits.encoded(start, end, false, &self.mask);
        let template = self.segments.get(start..).unwrap_or_default();
        let found = matches(template, path.text, segments, || path.end(), cut, hide);
        if found.is_none() {
            hits.truncate(before);
        }
        found
    }

    /// Whether a path of so many segments, none of them dots, could be one of this template.
    fn may_have(&self, segments: usize) -> bool {
        match self.segments.last() {
            Some(Segment::Rest) => segments >= self.segments.len(),
            _ => segments == self.segments.len(),
        }
    }

    /// [`matches()`] for all of the template.
    fn matches(
        &self,
        text: &[u8],
        parts: &[(usize, usize)],
        end: impl Fn() -> usize,
        cut: bool,
        hide: impl FnMut(usize, usize),
    ) -> Option<usize> {
        matches(&self.segments, text, parts, end, cut, hide)
    }
}

/// Whether a path whose segments are at `parts` of `text` and which goes on to `end` has these segments; hides what they
/// hide of it, and says where that ends. It may hide something even where it is no such path.
///
/// Where a path is `cut` by the end of the text, so may its last segment be, and what it lacks may have followed.
fn matches(
    segments: &[Segment],
    text: &[u8],
    parts: &[(usize, usize)],
    end: impl Fn() -> usize,
    cut: bool,
    mut hide: impl FnMut(usize, usize),
) -> Option<usize> {
    let mut hidden_to = None;
    let mut hide = |start, end| {
        hide(start, end);
        hidden_to = Some(end);
    };
    let mut parts = parts.iter();
    for segment in segments {
        let Some(&(start, stop)) = parts.next() else { return hidden_to.filter(|_| cut) };
        let raw = text.get(start..stop).unwrap_or_default();
        let broken = cut && stop == text.len();
        match segment {
            Segment::Literal(literal) if !(is_literal(raw, literal) || broken && is_beginning(raw, literal)) => {
                return None;
            }
            Segment::Literal(_) | Segment::Any => {}
            Segment::Hidden { prefix, suffix } => match hidden(raw, prefix, suffix) {
                Some((from, to)) => hide(start + from, start + to),
                None if broken && (is_beginning(raw, prefix) || is_beginning(prefix, raw)) => hide(start, stop),
                None => return None,
            },
            // Nothing follows it in a template.
            Segment::Rest => {
                hide(start, end());
                return hidden_to;
            }
        }
    }
    hidden_to.filter(|_| parts.next().is_none())
}

/// What ends a path, its own end aside.
#[derive(Clone, Copy)]
pub(crate) struct Ends(u8);

impl Ends {
    /// What ends a path in a text of that mode, or in a query there.
    pub(crate) fn new(mode: Mode, in_query: bool) -> Self {
        let word = if mode == Mode::Text { WORD } else { 0 };
        Self(QUERY | word | if in_query { NEXT } else { 0 })
    }

    /// Where a path may end as well that other text was put behind.
    fn sooner(self) -> Self {
        Self(self.0 | PARTS)
    }

    #[inline]
    pub(crate) fn at(self, b: u8) -> bool {
        KINDS[usize::from(b)] & self.0 != 0
    }

    /// Whether a path ends at `b`, or a segment of it.
    #[inline]
    fn part(self, b: u8) -> bool {
        KINDS[usize::from(b)] & (self.0 | SLASH) != 0
    }
}

/// `/`, and what may be one.
const SLASH: u8 = 1;
/// What ends every path: `?` and `#`.
const QUERY: u8 = 2;
/// What ends a path in a query: `&`.
const NEXT: u8 = 4;
/// What ends a path in prose.
const WORD: u8 = 8;
/// `\\` and what may stand for another byte.
const CODE: u8 = 16;
/// What a segment that leads elsewhere begins with.
const DOT: u8 = 32;
/// What may be in a path, and may part it from other text in prose: punctuation, letters beyond ASCII and escapes of JSON.
const PARTS: u8 = 64;

/// What each byte is of these.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut b = 0;
    while b < 256 {
        kinds[b] = match b as u8 {
            b'/' => SLASH,
            b'\\' => SLASH | CODE | PARTS,
            b'%' => SLASH | CODE,
            b'+' => CODE,
            b'?' | b'#' => QUERY,
            b'&' => NEXT,
            b'.' => DOT,
            b'!' | b'(' | b')' | b'*' | b',' | b':' | b';' | b'[' | b']' | b'{' | b'}' | b'|' | 0x80.. => PARTS,
            b if ENDS_WORD[b as usize] => WORD,
            _ => 0,
        };
        b += 1;
    }
    kinds
};

/// A path in a text, and as many of its segments as any template asks for.
struct Path<'t> {
    text: &'t [u8],
    /// How far it has been read.
    at: usize,
    ends: Ends,
    /// Whether only slashes part its segments, and dots are segments as any other. Else an encoded slash or a backslash parts
    /// them too, `.` is left out, and `..` takes one back.
    verbatim: bool,
    /// Where its segments are, empty ones left out.
    segments: Segments,
    /// Where the first of them is, also where `..` took it back.
    first: Option<usize>,
    /// Whether it begins with two slashes.
    begins_twice: bool,
    /// Whether it is another path when it is read verbatim, or may be.
    coded: bool,
    /// Whether other text may part it.
    parted: bool,
}

/// What a plain path has but slashes.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        plain[b] = byte != b'J' && (byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
        b += 1;
    }
    plain
};

/// Where segments are, in room for as many as most paths have, or in memory of its own.
#[derive(Default)]
pub(crate) struct Segments {
    few: [(usize, usize); Self::FEW],
    len: usize,
    /// All of them, where they are more.
    many: Vec<(usize, usize)>,
}

impl Segments {
    const FEW: usize = 8;

    /// Those of the path that `text` begins with, if it is plain, and where it ends: it has nothing but letters, digits and
    /// `-._~`. Where it is all of a text, only a template hides anything of it: a JWT has a `J`; dots may lead elsewhere, and
    /// two slashes be those of an authority.
    pub(crate) fn plain(text: &[u8]) -> Option<(Self, usize)> {
        let (mut segments, mut start) = (Self::default(), 1);
        text.strip_prefix(b"/")?;
        loop {
            let rest = text.get(start..)?;
            let len = rest.iter().position(|&b| !PLAIN[usize::from(b)]).unwrap_or(rest.len());
            let (end, next) = (start + len, rest.get(len));
            if rest.first() == Some(&b'.') || (len == 0 && next == Some(&b'/')) {
                return None;
            }
            if len > 0 {
                segments.push((start, end));
            }
            if next != Some(&b'/') {
                return Some((segments, end));
            }
            start = end + 1;
        }
    }

    fn as_slice(&self) -> &[(usize, usize)] {
        if self.many.is_empty() { self.few.get(..self.len).unwrap_or_default() } else { &self.many }
    }

    fn push(&mut self, segment: (usize, usize)) {
        match self.few.get_mut(self.len) {
            Some(slot) if self.many.is_empty() => {
                *slot = segment;
                self.len += 1;
            }
            _ => {
                if self.many.is_empty() {
                    self.many.extend_from_slice(&self.few);
                    self.len = 0;
                }
                self.many.push(segment);
            }
        }
    }

    fn pop(&mut self) {
        if self.many.pop().is_none() {
            self.len = self.len.saturating_sub(1);
        }
    }
}

impl<'t> Path<'t> {
    /// Reads the path at `start` of `text` for templates of `longest` segments at most. A path that goes up is read further,
    /// as far as any path reasonably goes.
    fn read(text: &'t [u8], start: usize, ends: Ends, verbatim: bool, longest: usize) -> Self {
        const MOST_WITH_DOTS: usize = 64;
        let slashes = text.get(start..).unwrap_or_default().iter().take_while(|&&b| is_slash(b)).count();
        let mut path = Self {
            text,
            at: start + slashes,
            ends,
            verbatim,
            segments: Segments::default(),
            first: None,
            begins_twice: slashes > 1,
            coded: false,
            parted: false,
        };
        // One that is none of theirs, and an authority.
        let most = longest + 2;
        let (mut read, mut dots) = (0, false);
        while read < most || (dots && read < MOST_WITH_DOTS) {
            let (raw, slash) = path.segment();
            let (start, end) = (path.at, path.at + raw.len());
            path.at = end + slash;
            path.coded |= slash == 3 || (slash == 1 && text.get(end) == Some(&b'\\'));
            // Only in prose is other text put behind a path.
            path.parted |= ends.0 & WORD != 0 && raw.iter().any(|&b| KINDS[usize::from(b)] & PARTS != 0);
            // Only what begins so can be dots, once decoded.
            let decoded = matches!(raw.first(), Some(b'.' | b'%')).then(|| percent::decode(raw, false).0);
            match decoded.as_deref().unwrap_or(raw) {
                b"" => {}
                b"." | b".." if !verbatim => {
                    path.coded = true;
                    if decoded.is_some_and(|dots| dots.len() > 1) {
                        dots = true;
                        path.segments.pop();
                    }
                }
                _ => {
                    path.segments.push((start, end));
                    path.first.get_or_insert(start);
                    read += 1;
                }
            }
            if slash == 0 {
                break;
            }
        }
        path.parted |= ends.0 & WORD != 0 && path.coded;
        path
    }

    /// The segment at hand, and how long the slash behind it is written; 0 where the path ends.
    fn segment(&self) -> (&'t [u8], usize) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut at = rest.iter().position(|&b| self.ends.part(b)).unwrap_or(rest.len());
        let slash = loop {
            match (rest.get(at), rest.get(at + 1..at + 3)) {
                (None, _) => break 0,
                (Some(b'/'), _) => break 1,
                (Some(&b), _) if self.ends.at(b) => break 0,
                (Some(b'\\'), _) if !self.verbatim => break 1,
                (Some(b'%'), Some([b'2', b'F' | b'f'] | [b'5', b'C' | b'c'])) if !self.verbatim => break 3,
                _ => at += 1,
            }
        };
        (rest.get(..at).unwrap_or_default(), slash)
    }

    /// Whether it goes on to the end of the text.
    fn goes_to_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Where the path ends.
    fn end(&self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let started = self.segments.as_slice().last().is_some_and(|&(_, end)| end == self.at);
        match rest.first() {
            Some(&b) if started && self.ends.at(b) => self.at,
            _ => self.at + rest.iter().position(|&b| self.ends.at(b)).unwrap_or(rest.len()),
        }
    }
}

/// Whether `b` is a slash, or what many read as one (URL Standard, section 4.4).
pub(super) fn is_slash(b: u8) -> bool {
    matches!(b, b'/' | b'\\')
}

/// Whether a segment may be another one than it looks, or none, where `b` begins it: empty segments and dots are left out,
/// what is encoded may be anything.
fn is_unclear(b: u8) -> bool {
    matches!(b, b'/' | b'.' | b'%' | b'\\')
}

impl Segment {
    fn parse(segment: &str) -> Result<Self, &'static str> {
        if segment == "*" {
            return Ok(Self::Any);
        }
        if segment.starts_with(':') {
            return Err("a hidden segment is written `{name}`, not `:name`");
        }
        if segment.contains(['?', '#']) {
            return Err("a query or fragment is no part of a path");
        }
        let Some((prefix, tail)) = segment.split_once('{') else {
            return match segment {
                _ if segment.contains('}') => Err("a `}` has no `{`"),
                _ if segment.contains('*') => Err("`*` stands for a whole segment"),
                _ => Ok(Self::Literal(percent::decode(segment.as_bytes(), false).0.into())),
            };
        };
        let Some((name, suffix)) = tail.split_once('}') else { return Err("a `{` has no `}`") };
        if prefix.contains('}') || name.contains('{') || suffix.contains(['{', '}']) {
            return Err("a segment has one `{…}` at most");
        }
        if prefix.contains('*') || suffix.contains('*') {
            return Err("`*` stands for a whole segment");
        }
        match name.strip_prefix('*') {
            Some(_) if prefix.is_empty() && suffix.is_empty() => Ok(Self::Rest),
            Some(_) => Err("`{*…}` stands for whole segments"),
            None => Ok(Self::Hidden { prefix: prefix.as_bytes().into(), suffix: suffix.as_bytes().into() }),
        }
    }
}

/// Whether a segment is `literal`, its parameters (`;v=1`) and what prose puts behind a path aside.
fn is_literal(raw: &[u8], literal: &[u8]) -> bool {
    if raw == literal {
        return true;
    }
    // Decoded, it is no longer, and begins with another byte only where that was encoded.
    let begins = match (raw.first(), literal.first()) {
        (Some(raw), Some(literal)) => *raw == b'%' || raw.eq_ignore_ascii_case(literal),
        _ => true,
    };
    if raw.len() < literal.len() || !begins {
        return false;
    }
    let (decoded, _) = percent::decode(raw, false);
    let same = decoded.get(..literal.len()).is_some_and(|start| start.eq_ignore_ascii_case(literal));
    same && match decoded.get(literal.len()) {
        None | Some(b';') => true,
        Some(_) => {
            let tail = decoded.get(literal.len()..).unwrap_or_default();
            tail.iter().all(|b| matches!(b, b'.' | b',' | b':' | b'!' | b')' | b']' | b'}' | b'\'' | b' '))
        }
    }
}

/// Whether `whole` begins with `beginning`, decoded.
fn is_beginning(beginning: &[u8], whole: &[u8]) -> bool {
    let (beginning, whole) = (percent::decode(beginning, false).0, percent::decode(whole, false).0);
    whole.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(&beginning))
}

/// The range of `raw` between `prefix` and `suffix`.
fn hidden(raw: &[u8], prefix: &[u8], suffix: &[u8]) -> Option<(usize, usize)> {
    if prefix.is_empty() && suffix.is_empty() {
        return Some((0, raw.len()));
    }
    if raw.len() > prefix.len() + suffix.len() && raw.starts_with(prefix) && raw.ends_with(suffix) {
        return Some((prefix.len(), raw.len() - suffix.len()));
    }
    // An encoded prefix or suffix: the segment goes whole.
    let (decoded, _) = percent::decode(raw, false);
    let inside = decoded.len() > prefix.len() + suffix.len()
        && decoded.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        && decoded.get(decoded.len() - suffix.len()..).is_some_and(|end| end.eq_ignore_ascii_case(suffix));
    inside.then_some((0, raw.len()))
}

/// Shows the template, which is a rule and no secret.
impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.source).field(&self.mask).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hide(template: &str, path: &str) -> String {
        let mut templates = Templates::default();
        templates.push(Template::parse(template, Mask::redacted()).unwrap());
        let mut hits = Hits::new(true);
        templates.find(path.as_bytes(), 0, Ends::new(Mode::Url, false), &mut hits);
        hits.apply(path.as_bytes()).map_or(path.into(), |hidden| String::from_utf8(hidden).unwrap())
    }

    #[test]
    fn hides_what_the_braces_stand_for() {
        assert_eq!(hide("/games/{game}/bet", "/games/abc/bet"), "/games/REDACTED/bet");
        assert_eq!(hide("/games/{game}/bet", "/games/abc/win"), "/games/abc/win");
        assert_eq!(hide("/games/{game}/bet", "/games/abc"), "/games/abc");
        assert_eq!(hide("/games/{game}/bet", "/games/abc/bet/more"), "/games/abc/bet/more");
        assert_eq!(hide("/{a}/{b}", "/x/y"), "/REDACTED/REDACTED");
        assert_eq!(hide("/", "/"), "/");
    }

    #[test]
    fn what_precedes_the_first_segment_is_read_once() {
        let mut templates = Templates::default();
        templates.push(Template::parse("/games/{game}/bet", Mask::redacted()).unwrap());
        let find = |path: &str| templates.find(path.as_bytes(), 0, Ends::new(Mode::Url, false), &mut Hits::new(true));
        assert_eq!(find("/\\/./%2e/../x/y"), 12);
        assert_eq!(find("/x/../y"), 1);
        assert_eq!(find("/\\/\\/\\/?"), 7);
        assert_eq!(find("/\\/games/a/bet"), 10);
    }

    #[test]
    fn the_end_of_a_text_that_is_cut_may_be_the_middle_of_a_path() {
        for (template, path, hidden) in [
            ("/games/{game}/bet", "/games/abc", "/games/REDACTED"),
            ("/games/{game}/bet", "/games/abc/", "/games/REDACTED/"),
            ("/games/{game}/bet", "/games/abc/b", "/games/REDACTED/b"),
            ("/games/{game}/bet", "/games/abc/bet", "/games/REDACTED/bet"),
            ("/games/{game}/bet", "/games/abc/bets", "/games/abc/bets"),
            ("/games/{game}/bet", "/games/abc/x", "/games/abc/x"),
            ("/games/{game}/bet", "/games/", "/games/"),
            ("/games/{game}/bet", "//h/games/abc", "//h/games/REDACTED"),
            ("/games/{game}/bet", "/games/abc/%62", "/games/REDACTED/%62"),
            ("/u/v-{id}.json", "/u/v-7", "/u/REDACTED"),
            ("/u/v-{id}.json", "/u/v-7.js", "/u/REDACTED"),
            ("/u/v-{id}.json", "/u/w-7", "/u/w-7"),
            ("/files/{*rest}", "/files/a/b", "/files/REDACTED"),
        ] {
            let mut templates = Templates::default();
            templates.push(Template::parse(template, Mask::redacted()).unwrap());
            let mut hits = Hits::new(false);
            templates.find(path.as_bytes(), 0, Ends::new(Mode::Text, false), &mut hits);
            let shown = hits.apply(path.as_bytes()).map_or(path.into(), |shown| String::from_utf8(shown).unwrap());
            assert_eq!(shown, hidden, "{template}");
        }
    }

    #[test]
    fn a_star_is_any_one_segment_that_is_kept() {
        assert_eq!(hide("/*/{id}/x", "/users/7/x"), "/users/REDACTED/x");
        assert_eq!(hide("/*/{id}/x", "/a/b/7/x"), "/a/b/7/x");
    }

    #[test]
    fn a_rest_hides_all_that_remains() {
        assert_eq!(hide("/files/{*rest}", "/files/a/b/c"), "/files/REDACTED");
        assert_eq!(hide("/files/{*rest}", "/files//a/b/"), "/files//REDACTED");
        assert_eq!(hide("/files/{*rest}", "/files/"), "/files/");
        assert_eq!(hide("/{*rest}", "/a"), "/REDACTED");
    }

    #[test]
    fn parts_of_a_segment_can_be_kept() {
        assert_eq!(hide("/u/{id}.json", "/u/7.json"), "/u/REDACTED.json");
        assert_eq!(hide("/u/v-{id}", "/u/v-7"), "/u/v-REDACTED");
        assert_eq!(hide("/u/v-{id}", "/u/%76-7"), "/u/REDACTED");
        assert_eq!(hide("/u/{id}.json", "/u/7.xml"), "/u/7.xml");
    }

    #[test]
    fn no_spelling_of_a_path_lets_a_secret_through() {
        for (path, hidden) in [
            ("/g%61mes/abc/bet", "/g%61mes/REDACTED/bet"),
            ("/games//abc/bet", "/games//REDACTED/bet"),
            ("//games/abc/bet//", "//games/REDACTED/bet//"),
            ("/./games/abc/%2e/bet/", "/./games/REDACTED/%2e/bet/"),
            ("/games%2Fabc%2fbet", "/games%2FREDACTED%2fbet"),
            ("/games;v=1/abc;x/bet;y", "/games;v=1/REDACTED/bet;y"),
            ("/GAMES/abc/Bet", "/GAMES/REDACTED/Bet"),
            ("/games\\abc\\bet", "/games\\REDACTED\\bet"),
            ("/games/abc/bet).", "/games/REDACTED/bet)."),
            ("/games/a%zz/bet", "/games/REDACTED/bet"),
            ("/x/../games/abc/bet", "/x/../games/REDACTED/bet"),
            ("/games/x/%2e./abc/bet", "/games/x/%2e./REDACTED/bet"),
            ("/games/a%2Fb/bet", "/games/REDACTED/bet"),
            ("/games/a%5cb/bet", "/games/REDACTED/bet"),
            ("/games/a\\b/bet", "/games/REDACTED/bet"),
            ("/games/%2e%2e/bet", "/games/REDACTED/bet"),
            ("/games/../bet", "/games/REDACTED/bet"),
            ("/games/./bet", "/games/REDACTED/bet"),
            ("//h/games/abc/bet", "//h/games/REDACTED/bet"),
            ("/\\h/games/abc/bet", "/\\h/games/REDACTED/bet"),
            ("///h//games/a%2Fb/bet", "///h//games/REDACTED/bet"),
            ("/\\/\\/games/a%2Fb/bet", "/\\/\\/games/REDACTED/bet"),
        ] {
            assert_eq!(hide("/games/{game}/bet", path), hidden);
        }
    }

    #[test]
    fn what_cannot_be_a_template_is_told() {
        for (template, reason) in [
            ("games/{game}", "it does not begin with `/`"),
            ("", "it does not begin with `/`"),
            ("/games/:game", "a hidden segment is written `{name}`, not `:name`"),
            ("/games/{game", "a `{` has no `}`"),
            ("/games/game}", "a `}` has no `{`"),
            ("/{a}{b}", "a segment has one `{…}` at most"),
            ("/{a{b}}", "a segment has one `{…}` at most"),
            ("/*rest", "`*` stands for a whole segment"),
            ("/x{*rest}", "`{*…}` stands for whole segments"),
            ("/{*rest}/x", "something follows its `{*…}`"),
            ("/a?b={c}", "a query or fragment is no part of a path"),
        ] {
            assert_eq!(Template::parse(template, Mask::redacted()).err(), Some(reason), "{template}");
        }
    }
}
