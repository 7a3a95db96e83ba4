//! Matches paths with templates: `/games/{game}/bet`.

mod byte_class;
mod reader;
mod segments;
mod template;

pub(crate) use byte_class::{Ends, is_slash};
pub(crate) use segments::Segments;
pub(crate) use template::Template;

use crate::redact::text::edits::Edits;
use byte_class::{CODE, DOT, KINDS, NEXT, PARTS, SLASH};
use reader::Reading;
use std::{fmt, sync::Arc};

/// The part of a plain path that templates hide.
pub(crate) struct Hidden<'r> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The mask that replaces it, as it is.
    pub(crate) mask: &'r [u8],
}

/// Says that templates hide more than one range of a path, or that the mask depends on the hidden text or has to be
/// encoded.
pub(crate) struct Unclear;

/// Every template.
#[derive(Clone)]
pub(crate) struct Templates {
    each: Vec<Template>,
    /// The bytes that may follow a slash with which a path of a template begins.
    starts: [bool; 256],
    /// The number of segments of the longest template.
    longest: usize,
}

impl Templates {
    pub(crate) fn push(&mut self, template: Template) {
        for (b, starts) in (0..=u8::MAX).zip(&mut self.starts) {
            *starts |= template.may_start(b);
        }
        self.longest = self.longest.max(template.len());
        self.each.push(template);
    }

    /// Adds all templates of `others`.
    pub(crate) fn join(&mut self, others: &Self) {
        others.each.iter().cloned().for_each(|template| self.push(template));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    pub(crate) fn reword(&mut self, word: &Arc<str>) {
        self.each.iter_mut().for_each(|template| template.mask.reword(word));
    }

    /// Returns whether the text behind a slash may be the first segment of a template's path, or lead to one. This is a
    /// quick check.
    #[inline]
    pub(crate) fn may_follow(&self, after: &[u8]) -> bool {
        after.first().is_some_and(|&b| self.starts[usize::from(b)])
            && self.each.iter().any(|template| template.may_follow(after))
    }

    /// Returns whether there may be something to hide in a path: a slash and then `after`, in a JSON string whose
    /// inside goes on to a quote.
    ///
    /// There may be something where the path is not plain. Escaped or encoded bytes are not what they look like, dots
    /// lead elsewhere, and two slashes may begin an authority. `&` ends a path in a query or a form, and a comma may in
    /// prose.
    pub(crate) fn may_hide(&self, after: &[u8]) -> bool {
        /// More bytes than most paths have. A longer path is searched once, and not at each of its slashes.
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
                return may.any(|template| template.matches(0, after, parts, || at, false, |_, _| ()).is_some());
            }
            start = at + 1;
        }
        true
    }

    /// Returns the one range of a plain path that is hidden, if it is not its mask already. `segments` are those of the
    /// path.
    pub(crate) fn find_plain(&self, path: &[u8], segments: &Segments) -> Result<Option<Hidden<'_>>, Unclear> {
        let (segments, mut found, mut many) = (segments.as_slice(), None, false);
        for template in self.each.iter().filter(|template| template.may_have(segments.len())) {
            let mut hidden = None;
            let hide = |start, end| many |= hidden.replace((start, end)).is_some();
            if template.matches(0, path, segments, || path.len(), false, hide).is_some() {
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

    /// Hides what the templates hide in the path that begins with the slash at `start` in `text` and goes on to where
    /// it `ends`. Returns the offset up to which nothing more is to be found, and how many bytes were read for it.
    pub(crate) fn find<'r>(&'r self, text: &[u8], start: usize, ends: Ends, edits: &mut Edits<'r>) -> (usize, usize) {
        self.find_all(text, start, ends, Template::find, edits)
    }

    /// Does what [`find`](Self::find) does, for a path that begins without a slash, and so is the end of another one.
    pub(crate) fn find_relative<'r>(&'r self, text: &[u8], start: usize, ends: Ends, edits: &mut Edits<'r>) {
        self.find_all(text, start, ends, Template::find_end, edits);
    }

    /// Hides what `find` finds for each template, in every reading of the path.
    fn find_all<'r>(
        &'r self,
        text: &[u8],
        start: usize,
        ends: Ends,
        find: impl Fn(&'r Template, &Reading<'_>, &mut Edits<'r>) -> Option<usize>,
        edits: &mut Edits<'r>,
    ) -> (usize, usize) {
        let mut read = 0;
        let mut hide = |ends, verbatim| {
            let path = Reading::new(text, start, ends, verbatim, self.longest);
            read += path.at - start;
            let end = self.each.iter().filter_map(|template| find(template, &path, edits)).max();
            // The text before the first segment makes no difference: from any other slash there, it is the same path.
            let end = end.unwrap_or(start).max(path.first.unwrap_or(path.at));
            (path, end)
        };
        let (path, mut end) = hide(ends, false);
        // Other programs may read the path in these ways: servers differ, and so do writers of prose.
        for (ends, verbatim, differs) in [
            (ends, true, path.coded),
            (ends.sooner(), false, path.parted),
            (ends.sooner(), true, path.coded && path.parted),
        ] {
            if differs {
                end = end.max(hide(ends, verbatim).1);
            }
        }
        (end, read)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::text::{context::Mode, mask::Mask};

    fn hide(template: &str, path: &str) -> String {
        let mut templates = Templates::default();
        templates.push(Template::parse(template, Mask::redacted()).unwrap());
        let mut edits = Edits::new(true);
        templates.find(path.as_bytes(), 0, Ends::new(Mode::Url, false), &mut edits);
        edits
            .apply(path.as_bytes(), const { &Mask::redacted() })
            .map_or(path.into(), |hidden| String::from_utf8(hidden).unwrap())
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
        let find =
            |path: &str| templates.find(path.as_bytes(), 0, Ends::new(Mode::Url, false), &mut Edits::new(true)).0;
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
            let mut edits = Edits::new(false);
            templates.find(path.as_bytes(), 0, Ends::new(Mode::Text, false), &mut edits);
            let shown = edits
                .apply(path.as_bytes(), const { &Mask::redacted() })
                .map_or(path.into(), |shown| String::from_utf8(shown).unwrap());
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
