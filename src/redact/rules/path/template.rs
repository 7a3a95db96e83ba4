//! Parses one template, and matches paths with it.

use super::reader::Reading;
use crate::redact::text::slice::Slice;
use crate::redact::{
    codec::percent,
    text::{edits::Edits, mask::Mask},
};
use std::fmt;

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

impl Template {
    /// Parses a template. The error says why it cannot be one.
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

    /// Returns whether a path of this template could begin with a slash and then `after`. This is a quick check of the
    /// first segment.
    pub(super) fn may_follow(&self, after: &[u8]) -> bool {
        match (&self.first, after.first()) {
            (Some(literal), Some(&b)) if !is_unclear(b) => after
                .get(..literal.len())
                .is_some_and(|first| first == &**literal || first.eq_ignore_ascii_case(literal)),
            (_, Some(_)) => !self.segments.is_empty(),
            _ => false,
        }
    }

    /// Returns the number of its segments.
    pub(super) fn len(&self) -> usize {
        self.segments.len()
    }

    /// Returns whether [`Template::may_follow`] could be true for a text that begins with `b`.
    pub(super) fn may_start(&self, b: u8) -> bool {
        match &self.first {
            Some(literal) if !is_unclear(b) => literal.first().is_none_or(|first| first.eq_ignore_ascii_case(&b)),
            _ => !self.segments.is_empty(),
        }
    }

    /// Hides what the template hides in a path that matches, and returns the end of that path.
    pub(super) fn find<'r>(&'r self, path: &Reading<'_>, edits: &mut Edits<'r>) -> Option<usize> {
        let segments = path.segments.as_slice();
        let found = self.find_from(0, path, segments, edits);
        // If the path begins with two slashes, its first segment may be an authority (RFC 3986, section 4.2).
        let behind = segments.get(1..).filter(|_| path.begins_twice);
        found.max(behind.and_then(|segments| self.find_from(0, path, segments, edits)))
    }

    /// Does what [`find`](Self::find) does, for a path that may be the end of any other.
    pub(super) fn find_end<'r>(&'r self, path: &Reading<'_>, edits: &mut Edits<'r>) -> Option<usize> {
        let is_dots = |&&(start, end): &&(usize, usize)| matches!(path.text.get(start..end), Some(b"." | b".."));
        let dots = path.segments.as_slice().iter().take_while(is_dots).count();
        let segments = path.segments.as_slice().part(dots..);
        (0..self.segments.len()).filter_map(|start| self.find_from(start, path, segments, edits)).max()
    }

    /// Hides what the template, from its segment `start` on, hides of `segments`, if it matches all of them.
    fn find_from<'r>(
        &'r self,
        start: usize,
        path: &Reading<'_>,
        segments: &[(usize, usize)],
        edits: &mut Edits<'r>,
    ) -> Option<usize> {
        let (before, cut) = (edits.len(), path.goes_to_end() && !edits.is_whole());
        let hide = |start, end| edits.encoded(start, end, false, &self.mask);
        let found = self.matches(start, path.text, segments, || path.end(), cut, hide);
        if found.is_none() {
            edits.truncate(before);
        }
        found
    }

    /// Returns whether a path of so many segments, none of them dots, could match this template.
    pub(super) fn may_have(&self, segments: usize) -> bool {
        match self.segments.last() {
            Some(Segment::Rest) => segments >= self.segments.len(),
            _ => segments == self.segments.len(),
        }
    }

    /// Matches the path whose segments are at `parts` of `text`, and which goes on to `end`, with the template from its
    /// segment `from` on.
    ///
    /// If it matches, hides what the template hides and returns the end of the path. It may hide something even if the
    /// path does not match.
    ///
    /// If the path is `cut` by the end of the text, its last segment may be cut too, and the missing ones may have
    /// followed.
    pub(super) fn matches(
        &self,
        from: usize,
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
        for segment in self.segments.part(from..) {
            let Some(&(start, stop)) = parts.next() else { return hidden_to.filter(|_| cut) };
            let raw = text.part(start..stop);
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
}

/// Returns whether a segment that begins with `b` may be another one than it looks, or none: empty segments and dots
/// are left out, and an encoded one may be anything.
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

/// Returns whether a segment is `literal`, apart from its parameters (`;v=1`) and from what prose puts behind a path.
fn is_literal(raw: &[u8], literal: &[u8]) -> bool {
    if raw == literal {
        return true;
    }
    // Decoding makes it no longer, and changes its first byte only where that was encoded.
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
            let tail = decoded.part(literal.len()..);
            tail.iter().all(|b| matches!(b, b'.' | b',' | b':' | b'!' | b')' | b']' | b'}' | b'\'' | b' '))
        }
    }
}

/// Returns whether `whole` begins with `beginning`, decoded.
fn is_beginning(beginning: &[u8], whole: &[u8]) -> bool {
    let (beginning, whole) = (percent::decode(beginning, false).0, percent::decode(whole, false).0);
    whole.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(&beginning))
}

/// Returns the range of `raw` between `prefix` and `suffix`.
fn hidden(raw: &[u8], prefix: &[u8], suffix: &[u8]) -> Option<(usize, usize)> {
    if prefix.is_empty() && suffix.is_empty() {
        return Some((0, raw.len()));
    }
    if raw.len() > prefix.len() + suffix.len() && raw.starts_with(prefix) && raw.ends_with(suffix) {
        return Some((prefix.len(), raw.len() - suffix.len()));
    }
    // The prefix or suffix is encoded, so the segment is hidden whole.
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
